"""Losses of numbers: they add to the sums of a shard and write the gradient of their input."""

from __future__ import annotations

import numpy as np

from nndesigner.engine.calling import operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import losses
from nndesigner.engine.operations.loss_rows import add_up, begun, closed, closed_at, row_of
from nndesigner.engine.ops import F1, ROWS, SIZE


@kernel()
def _distances(half, row, constants, frame, stats, v, d):
    factor = 1.0 / row[SIZE] if half else 2.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        number = y.dtype.type(factor)
        total = 0.0
        for j in range(y.shape[0]):
            e = np.float64(y[j]) - np.float64(t[j])
            total += e * e
            slope[j] = number * (y[j] - t[j])
        more, figure = closed(run, 0.5 * factor * total, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


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
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            e = np.float64(y[j]) - np.float64(t[j])
            total += abs(e)
            slope[j] = y.dtype.type(losses.sign(e) / row[SIZE])
        more, figure = closed(run, total / row[SIZE], y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def huber(row, constants, frame, stats, v, d, w, g, work):
    """Mean Huber loss."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.huber(
                np.float64(y[j]) - np.float64(t[j]), np.float64(constants[F1])
            )
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed(run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def log_cosh(row, constants, frame, stats, v, d, w, g, work):
    """Mean logarithm of cosh."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.log_cosh(np.float64(y[j]) - np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed(run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def percentage(row, constants, frame, stats, v, d, w, g, work):
    """Mean absolute percentage error."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.percentage(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed(run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def squared_log(row, constants, frame, stats, v, d, w, g, work):
    """Mean squared logarithmic error."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.squared_log(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed(run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def poisson(row, constants, frame, stats, v, d, w, g, work):
    """Mean Poisson loss."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.poisson(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed(run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def poisson_logits(row, constants, frame, stats, v, d, w, g, work):
    """Mean Poisson loss of an exponential."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total, far = 0.0, 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.poisson_logits(np.float64(y[j]), np.float64(t[j]))
            total += loss
            far += abs(bend)
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed_at(far * share, run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def cosine(row, constants, frame, stats, v, d, w, g, work):
    """Negative cosine similarity."""
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        loss = losses.cosine(y, t, slope)
        more, figure = closed(run, loss, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)
