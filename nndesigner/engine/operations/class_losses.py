"""Losses of classes: they add to the sums of a shard and write the gradient of their input."""

from __future__ import annotations

import numpy as np

from nndesigner.engine.calling import operation
from nndesigner.engine.kernels import losses
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.operations.loss_rows import add_up, begun, closed, closed_at, row_of
from nndesigner.engine.ops import BLOCK, F1, F2, I0, ROWS, SIZE, A


@operation
def binary_logits(row, constants, frame, stats, v, d, w, g, work):
    """Binary cross-entropy from logits."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total, far = 0.0, 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.binary_logits(np.float64(y[j]), np.float64(t[j]))
            total += loss
            far += abs(bend)  # of the probability from the target, which may be a number
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed_at(far * share, run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def binary(row, constants, frame, stats, v, d, w, g, work):
    """Binary cross-entropy from probabilities."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.binary(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed(run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def binary_focal(row, constants, frame, stats, v, d, w, g, work):
    """Focal loss of yes or no, from logits or probabilities."""
    given = row[I0 + 3] != 0
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
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
        more, figure = closed(run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def hinge(row, constants, frame, stats, v, d, w, g, work):
    """Mean hinge loss."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.hinge(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed(run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def squared_hinge(row, constants, frame, stats, v, d, w, g, work):
    """Mean squared hinge loss."""
    share = 1.0 / row[SIZE]
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.squared_hinge(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend * share)
        more, figure = closed(run, total * share, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def divergence(row, constants, frame, stats, v, d, w, g, work):
    """Kullback-Leibler divergence of outputs."""
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        total = 0.0
        for j in range(y.shape[0]):
            loss, bend = losses.divergence(np.float64(y[j]), np.float64(t[j]))
            total += loss
            slope[j] = slope.dtype.type(bend)
        more, figure = closed(run, total, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def divergence_logits(row, constants, frame, stats, v, d, w, g, work):
    """Kullback-Leibler divergence of a softmax."""
    run = begun(row, constants, frame, stats, v)
    start, count = row[A] * frame[BLOCK], frame[ROWS] * row[SIZE]
    losses.exponentials(part(v, start, count), row[SIZE], part(d, start, count))
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        loss, far = losses.divergence_logits(y, t, slope)
        more, figure = closed_at(far, run, loss, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def categorical_logits(row, constants, frame, stats, v, d, w, g, work):
    """Cross-entropy of a softmax."""
    run = begun(row, constants, frame, stats, v)
    start, count = row[A] * frame[BLOCK], frame[ROWS] * row[SIZE]
    losses.exponentials(part(v, start, count), row[SIZE], part(d, start, count))
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        loss = losses.categorical_logits(row[I0] != 0, y, t, slope)
        more, figure = closed(run, loss, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def categorical(row, constants, frame, stats, v, d, w, g, work):
    """Cross-entropy of outputs between 0 and 1."""
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        loss = losses.categorical(row[I0] != 0, y, t, slope)
        more, figure = closed(run, loss, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def categorical_focal(row, constants, frame, stats, v, d, w, g, work):
    """Focal loss of one class of several, from logits or probabilities."""
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        loss = losses.categorical_focal(
            row[I0] != 0, row[I0 + 3] != 0, y, t, np.float64(constants[F1]),
            np.float64(constants[F2]), slope,
        )  # fmt: skip
        more, figure = closed(run, loss, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)


@operation
def categorical_hinge(row, constants, frame, stats, v, d, w, g, work):
    """Categorical hinge loss."""
    run = begun(row, constants, frame, stats, v)
    lost, measured = 0.0, 0.0
    for r in range(frame[ROWS]):
        y, t, slope = row_of(r, run, v, d)
        loss = losses.categorical_hinge(row[I0] != 0, y, t, slope)
        more, figure = closed(run, loss, y, t, slope)
        lost += more
        measured += figure
    add_up(stats, lost, measured)
