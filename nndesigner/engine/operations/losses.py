"""Losses as operations: they add to the sums of a shard and write the gradient of their input.

Numbers of a row: whether a target is one class number, whether the metric is accuracy, whether the
last column of the targets is the row's weight, and whether the outputs are probabilities already.
Constants: where a single output changes sides, and the loss' own.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.calling import operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import losses
from nndesigner.engine.kernels.memory import at, part
from nndesigner.engine.ops import (
    BLOCK,
    F0,
    F1,
    F2,
    I0,
    ORDER,
    ROWS,
    SCALE,
    SIZE,
    STATS,
    T_SIZE,
    A,
    T,
)


@kernel()
def _row(r, row, frame, v, d):
    """The r-th row of the block: outputs, targets, slopes."""
    start, size = row[A] * frame[BLOCK] + r * row[SIZE], row[SIZE]
    order = at(frame, frame[ORDER], frame[ROWS])
    targets = at(v, frame[T], 1)
    return (
        part(v, start, size), part(targets, order[r] * frame[T_SIZE], frame[T_SIZE]),
        part(d, start, size),
    )  # fmt: skip


@kernel()
def _close_at(far, row, constants, frame, stats, loss, y, t, slope):
    """As `_close`, for a row whose outputs are so far from the target: y may be what is below."""
    weight = np.float64(t[frame[T_SIZE] - 1]) if row[I0 + 2] != 0 else 1.0
    if row[I0 + 1] != 0:
        far = 1.0 if losses.hit(y, t, constants[F0], row[I0] != 0) else 0.0
    losses.close_row(weight, loss, far, stats[SCALE], slope, part(stats, 0, STATS))


@kernel()
def _close(row, constants, frame, stats, loss, y, t, slope):
    """Count a row whose loss and slopes are known. The slopes are of one row, not of the mean."""
    far = 0.0 if row[I0 + 1] != 0 else losses.distance(y, t)
    _close_at(far, row, constants, frame, stats, loss, y, t, slope)


@kernel()
def _distances(half, row, constants, frame, stats, v, d):
    factor = 1.0 / row[SIZE] if half else 2.0 / row[SIZE]
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        number = y.dtype.type(factor)
        total = 0.0
        for j in range(y.shape[0]):
            e = np.float64(y[j]) - np.float64(t[j])
            total += e * e
            slope[j] = number * (y[j] - t[j])
        _close(row, constants, frame, stats, 0.5 * factor * total, y, t, slope)


@operation
def squared(row, constants, frame, stats, v, d, w, g, work):
    """Mean squared error."""
    _distances(False, row, constants, frame, stats, v, d)


@operation
def half_squared(row, constants, frame, stats, v, d, w, g, work):
    """Half the mean squared error."""
    _distances(True, row, constants, frame, stats, v, d)


@operation
def absolute(row, constants, frame, stats, v, d, w, g, work):
    """Mean absolute error."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            e = np.float64(y[j]) - np.float64(t[j])
            total += abs(e)
            slope[j] = y.dtype.type(losses.sign(e) / row[SIZE])
        _close(row, constants, frame, stats, total / row[SIZE], y, t, slope)


@operation
def huber(row, constants, frame, stats, v, d, w, g, work):
    """Mean Huber loss."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.huber(
                np.float64(y[j]) - np.float64(t[j]), np.float64(constants[F1])
            )
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def log_cosh(row, constants, frame, stats, v, d, w, g, work):
    """Mean logarithm of cosh."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.log_cosh(np.float64(y[j]) - np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def percentage(row, constants, frame, stats, v, d, w, g, work):
    """Mean absolute percentage error."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.percentage(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def squared_log(row, constants, frame, stats, v, d, w, g, work):
    """Mean squared logarithmic error."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.squared_log(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def binary_logits(row, constants, frame, stats, v, d, w, g, work):
    """Binary cross-entropy from logits."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.binary_logits(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def binary(row, constants, frame, stats, v, d, w, g, work):
    """Binary cross-entropy from probabilities."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.binary(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def binary_focal(row, constants, frame, stats, v, d, w, g, work):
    """Focal loss of yes or no, from logits or probabilities."""
    given = row[I0 + 3] != 0
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            z, inner = np.float64(y[j]), 1.0
            if given:  # the logit of a probability, and how it changes with it
                p = z
                inside = losses.kept_inside(p)
                z = np.log(inside) - np.log(1.0 - inside)
                inner = 1.0 / (inside * (1.0 - inside)) if inside == p or p != p else 0.0
            loss, bend = losses.binary_focal(
                z, np.float64(t[j]), np.float64(constants[F1]), np.float64(constants[F2])
            )
            total += loss
            slope[j] = slope.dtype.type(bend * inner * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def hinge(row, constants, frame, stats, v, d, w, g, work):
    """Mean hinge loss."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.hinge(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def squared_hinge(row, constants, frame, stats, v, d, w, g, work):
    """Mean squared hinge loss."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.squared_hinge(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def poisson(row, constants, frame, stats, v, d, w, g, work):
    """Mean Poisson loss."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total = 1.0 / row[SIZE], 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.poisson(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        _close(row, constants, frame, stats, total * share, y, t, slope)


@operation
def poisson_logits(row, constants, frame, stats, v, d, w, g, work):
    """Mean Poisson loss of an exponential."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        share, total, far = 1.0 / row[SIZE], 0.0, 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.poisson_logits(np.float64(y[j]), np.float64(t[j]))
            total += loss
            far += abs(bend)
            slope[j] = slope.dtype.type(bend * share)
        _close_at(far * share, row, constants, frame, stats, total * share, y, t, slope)


@operation
def divergence(row, constants, frame, stats, v, d, w, g, work):
    """Kullback-Leibler divergence of outputs."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.divergence(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend)
        _close(row, constants, frame, stats, total, y, t, slope)


@operation
def divergence_logits(row, constants, frame, stats, v, d, w, g, work):
    """Kullback-Leibler divergence of a softmax."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        loss, far = losses.divergence_logits(y, t, slope)
        _close_at(far, row, constants, frame, stats, loss, y, t, slope)


@operation
def cosine(row, constants, frame, stats, v, d, w, g, work):
    """Negative cosine similarity."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        loss = losses.cosine(y, t, slope)
        _close(row, constants, frame, stats, loss, y, t, slope)


@operation
def categorical_logits(row, constants, frame, stats, v, d, w, g, work):
    """Cross-entropy of a softmax."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        loss = losses.categorical_logits(row[I0] != 0, y, t, slope)
        _close(row, constants, frame, stats, loss, y, t, slope)


@operation
def categorical(row, constants, frame, stats, v, d, w, g, work):
    """Cross-entropy of outputs between 0 and 1."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        loss = losses.categorical(row[I0] != 0, y, t, slope)
        _close(row, constants, frame, stats, loss, y, t, slope)


@operation
def categorical_focal(row, constants, frame, stats, v, d, w, g, work):
    """Focal loss of one class of several, from logits or probabilities."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        loss = losses.categorical_focal(
            row[I0] != 0, row[I0 + 3] != 0, y, t, np.float64(constants[F1]),
            np.float64(constants[F2]), slope,
        )  # fmt: skip
        _close(row, constants, frame, stats, loss, y, t, slope)


@operation
def categorical_hinge(row, constants, frame, stats, v, d, w, g, work):
    """Categorical hinge loss."""
    for r in range(frame[ROWS]):
        y, t, slope = _row(r, row, frame, v, d)
        loss = losses.categorical_hinge(row[I0] != 0, y, t, slope)
        _close(row, constants, frame, stats, loss, y, t, slope)
