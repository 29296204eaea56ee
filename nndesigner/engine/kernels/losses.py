"""Losses: the sum over the rows, what an accuracy counts, and the gradient of the batch's mean.

Each adds to ``stats``: the loss summed over rows (float64) and the metric summed over rows, which
is 1 for a right class, else the mean distance to the target. ``scale`` is 1 / rows of the batch;
with 0 the gradient is not computed. The block's r-th row is row ``order[r]`` of the targets t, that
lie row behind row, ``columns`` numbers each.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import maths
from nndesigner.engine.kernels.memory import part

#: Probabilities are kept this far from 0 and 1 before a logarithm is taken, as Keras does.
_EDGE = 1e-7


@kernel()
def _hit(y, tr, threshold, labels):
    """Whether the row's answer is right: the largest output, or the one output's side."""
    width = y.shape[0]
    if width == 1:
        return (y[0] > threshold) == (tr[0] > 0.5)
    best = 0
    for j in range(1, width):
        if y[j] > y[best]:
            best = j
    if labels:
        return best == np.int64(tr[0])
    truth = 0
    for j in range(1, width):
        if tr[j] > tr[truth]:
            truth = j
    return best == truth


@kernel()
def distance(squared, classes, threshold, y, width, t, columns, order, scale, d, stats):
    """Mean squared (or absolute) error over the outputs. ``classes``: the metric is accuracy."""
    for r in range(order.shape[0]):
        yr, dr = part(y, r * width, width), part(d, r * width, width)
        tr = part(t, order[r] * columns, columns)
        total = 0.0
        far = 0.0
        for j in range(width):
            e = np.float64(yr[j]) - np.float64(tr[j])
            far += abs(e)
            total += e * e if squared else abs(e)
        stats[0] += total / width
        if classes:
            stats[1] += 1.0 if _hit(yr, tr, threshold, False) else 0.0
        else:
            stats[1] += far / width
        if scale != 0:
            if squared:
                factor = y.dtype.type(2.0 * scale / width)
                for j in range(width):
                    dr[j] = factor * (yr[j] - tr[j])
            else:
                factor = y.dtype.type(scale / width)
                for j in range(width):
                    e = yr[j] - tr[j]
                    sign = y.dtype.type(-1) if e < 0 else e
                    dr[j] = factor * (y.dtype.type(1) if e > 0 else sign)


@kernel()
def binary_logits(labels, threshold, z, width, t, columns, order, scale, d, stats):
    """Binary cross-entropy of sigmoid(z): max(z, 0) - z t + ln(1 + e^-|z|); dz = sigmoid(z) - t."""
    factor = z.dtype.type(scale / width)
    for r in range(order.shape[0]):
        zr, dr = part(z, r * width, width), part(d, r * width, width)
        tr = part(t, order[r] * columns, columns)
        total = 0.0
        for j in range(width):
            v = np.float64(zr[j])
            target = np.float64(tr[j])
            total += (0.0 if v <= 0 else v) - v * target + np.log1p(np.exp(-abs(v)))
        stats[0] += total / width
        stats[1] += 1.0 if _hit(zr, tr, threshold, False) else 0.0
        if scale != 0:
            for j in range(width):
                dr[j] = factor * (maths.sigmoid(zr[j]) - tr[j])


@kernel()
def binary(labels, threshold, p, width, t, columns, order, scale, d, stats):
    """Binary cross-entropy of probabilities."""
    for r in range(order.shape[0]):
        pr, dr = part(p, r * width, width), part(d, r * width, width)
        tr = part(t, order[r] * columns, columns)
        total = 0.0
        for j in range(width):
            v = np.float64(pr[j])
            inside = _EDGE if v < _EDGE else (1.0 - _EDGE if v > 1.0 - _EDGE else v)
            target = np.float64(tr[j])
            total -= target * np.log(inside) + (1.0 - target) * np.log(1.0 - inside)
            if scale != 0:
                slope = (inside - target) / (inside * (1.0 - inside)) if inside == v else 0.0
                dr[j] = p.dtype.type(scale / width * slope)
        stats[0] += total / width
        stats[1] += 1.0 if _hit(pr, tr, threshold, False) else 0.0


@kernel()
def categorical_logits(labels, threshold, z, width, t, columns, order, scale, d, stats):
    """Cross-entropy of softmax(z): ln Σ eᶻ - Σ t z; dz = softmax(z) Σ t - t.

    ``labels``: the target is a class number in ``tr[0]``, else a weight for every class.
    """
    for r in range(order.shape[0]):
        zr, dr = part(z, r * width, width), part(d, r * width, width)
        tr = part(t, order[r] * columns, columns)
        top = zr[0]
        for j in range(1, width):
            top = zr[j] if zr[j] > top else top
        total = 0.0
        for j in range(width):
            total += np.exp(np.float64(zr[j] - top))
        log_total = np.log(total) + np.float64(top)
        mass = 1.0
        if labels:
            stats[0] += log_total - np.float64(zr[np.int64(tr[0])])
        else:
            mass = 0.0
            for j in range(width):
                mass += np.float64(tr[j])
                stats[0] += np.float64(tr[j]) * (log_total - np.float64(zr[j]))
        stats[1] += 1.0 if _hit(zr, tr, threshold, labels) else 0.0
        if scale != 0:
            factor = z.dtype.type(scale)
            share = z.dtype.type(scale * mass / total)
            for j in range(width):
                dr[j] = maths.exp(zr[j] - top) * share
            if labels:
                dr[np.int64(tr[0])] -= factor
            else:
                for j in range(width):
                    dr[j] -= factor * tr[j]


@kernel()
def categorical(labels, threshold, p, width, t, columns, order, scale, d, stats):
    """Cross-entropy of outputs between 0 and 1 that were no softmax: -Σ t ln (p / Σ p).

    Without the division all outputs would grow to 1: Keras divides too.
    """
    for r in range(order.shape[0]):
        pr, dr = part(p, r * width, width), part(d, r * width, width)
        tr = part(t, order[r] * columns, columns)
        whole = 0.0
        mass = 0.0
        for j in range(width):
            v = np.float64(pr[j])
            whole += _EDGE if v < _EDGE else v
            mass += 0.0 if labels else np.float64(tr[j])
        mass = 1.0 if labels else mass
        for j in range(width):
            target = np.float64(j == np.int64(tr[0])) if labels else np.float64(tr[j])
            v = np.float64(pr[j])
            inside = _EDGE if v < _EDGE else v
            stats[0] -= target * np.log(inside / whole)
            if scale != 0:
                slope = mass / whole - target / inside if inside == v else 0.0
                dr[j] = p.dtype.type(scale * slope)
        stats[1] += 1.0 if _hit(pr, tr, threshold, labels) else 0.0
