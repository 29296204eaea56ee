"""Losses: the sum over the rows, what an accuracy counts, and the gradient of the batch's mean.

Each adds to ``stats``: the loss summed over rows (float64) and the metric summed over rows, which is
1 for a right class, else the mean distance to the target. ``scale`` is 1 / rows of the batch; with 0
the gradient is not computed. The target of a row begins at ``t[row, 0]``.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import maths

#: Probabilities are kept this far from 0 and 1 before a logarithm is taken, as Keras does.
_EDGE = 1e-7


@kernel()
def _hit(y, y0, width, t, row, threshold, labels):
    """Whether the row's answer is right: the largest output, or the one output's side."""
    if width == 1:
        return (y[y0] > threshold) == (t[row, 0] > 0.5)
    best = 0
    for j in range(1, width):
        if y[y0 + j] > y[y0 + best]:
            best = j
    if labels:
        return best == np.int64(t[row, 0])
    truth = 0
    for j in range(1, width):
        if t[row, j] > t[row, truth]:
            truth = j
    return best == truth


@kernel()
def distance(squared, classes, threshold, y, y0, width, t, order, first, rows, scale, d, stats):
    """Mean squared (or absolute) error over the outputs. ``classes``: the metric is accuracy."""
    for r in range(rows):
        at = y0 + r * width
        row = order[first + r]
        total = 0.0
        far = 0.0
        for j in range(width):
            e = np.float64(y[at + j]) - np.float64(t[row, j])
            far += abs(e)
            total += e * e if squared else abs(e)
        stats[0] += total / width
        if classes:
            stats[1] += 1.0 if _hit(y, at, width, t, row, threshold, False) else 0.0
        else:
            stats[1] += far / width
        if scale != 0:
            if squared:
                factor = y.dtype.type(2.0 * scale / width)
                for j in range(width):
                    d[at + j] = factor * (y[at + j] - t[row, j])
            else:
                factor = y.dtype.type(scale / width)
                for j in range(width):
                    e = y[at + j] - t[row, j]
                    sign = y.dtype.type(-1) if e < 0 else e
                    d[at + j] = factor * (y.dtype.type(1) if e > 0 else sign)


@kernel()
def binary_logits(labels, threshold, z, z0, width, t, order, first, rows, scale, d, stats):
    """Binary cross-entropy of sigmoid(z): max(z, 0) - z t + ln(1 + e^-|z|); dz = sigmoid(z) - t."""
    factor = z.dtype.type(scale / width)
    for r in range(rows):
        at = z0 + r * width
        row = order[first + r]
        total = 0.0
        for j in range(width):
            v = np.float64(z[at + j])
            target = np.float64(t[row, j])
            total += (0.0 if v <= 0 else v) - v * target + np.log1p(np.exp(-abs(v)))
        stats[0] += total / width
        stats[1] += 1.0 if _hit(z, at, width, t, row, threshold, False) else 0.0
        if scale != 0:
            for j in range(width):
                d[at + j] = factor * (maths.sigmoid(z[at + j]) - t[row, j])


@kernel()
def binary(labels, threshold, p, p0, width, t, order, first, rows, scale, d, stats):
    """Binary cross-entropy of probabilities."""
    for r in range(rows):
        at = p0 + r * width
        row = order[first + r]
        total = 0.0
        for j in range(width):
            v = np.float64(p[at + j])
            inside = _EDGE if v < _EDGE else (1.0 - _EDGE if v > 1.0 - _EDGE else v)
            target = np.float64(t[row, j])
            total -= target * np.log(inside) + (1.0 - target) * np.log(1.0 - inside)
            if scale != 0:
                slope = (inside - target) / (inside * (1.0 - inside)) if inside == v else 0.0
                d[at + j] = p.dtype.type(scale / width * slope)
        stats[0] += total / width
        stats[1] += 1.0 if _hit(p, at, width, t, row, threshold, False) else 0.0


@kernel()
def categorical_logits(labels, threshold, z, z0, width, t, order, first, rows, scale, d, stats):
    """Cross-entropy of softmax(z): ln Σ eᶻ - Σ t z; dz = softmax(z) Σ t - t.

    ``labels``: the target is a class number in ``t[row, 0]``, else a weight for every class.
    """
    for r in range(rows):
        at = z0 + r * width
        row = order[first + r]
        top = z[at]
        for j in range(1, width):
            top = z[at + j] if z[at + j] > top else top
        total = 0.0
        for j in range(width):
            total += np.exp(np.float64(z[at + j] - top))
        log_total = np.log(total) + np.float64(top)
        mass = 1.0
        if labels:
            stats[0] += log_total - np.float64(z[at + np.int64(t[row, 0])])
        else:
            mass = 0.0
            for j in range(width):
                mass += np.float64(t[row, j])
                stats[0] += np.float64(t[row, j]) * (log_total - np.float64(z[at + j]))
        stats[1] += 1.0 if _hit(z, at, width, t, row, threshold, labels) else 0.0
        if scale != 0:
            factor = z.dtype.type(scale)
            share = z.dtype.type(scale * mass / total)
            for j in range(width):
                d[at + j] = maths.exp(z[at + j] - top) * share
            if labels:
                d[at + np.int64(t[row, 0])] -= factor
            else:
                for j in range(width):
                    d[at + j] -= factor * t[row, j]


@kernel()
def categorical(labels, threshold, p, p0, width, t, order, first, rows, scale, d, stats):
    """Cross-entropy of outputs between 0 and 1 that were no softmax: -Σ t ln p."""
    for r in range(rows):
        at = p0 + r * width
        row = order[first + r]
        for j in range(width):
            if labels:
                target = 1.0 if j == np.int64(t[row, 0]) else 0.0
            else:
                target = np.float64(t[row, j])
            v = np.float64(p[at + j])
            inside = _EDGE if v < _EDGE else v
            stats[0] -= target * np.log(inside)
            if scale != 0:
                d[at + j] = p.dtype.type(-scale * target / inside if inside == v else 0.0)
        stats[1] += 1.0 if _hit(p, at, width, t, row, threshold, labels) else 0.0
