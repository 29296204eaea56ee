"""Losses as operations: they add to the sums of a shard and write the gradient of their input."""

from __future__ import annotations

from nndesigner.engine.calling import operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import losses
from nndesigner.engine.kernels.memory import at, part
from nndesigner.engine.ops import BLOCK, F0, I0, ORDER, ROWS, SCALE, SIZE, STATS, T_SIZE, A, T


@kernel()
def _known(row, frame, v):
    """The block's outputs, its rows of the targets, and all targets, flat."""
    rows = frame[ROWS]
    y = part(v, row[A] * frame[BLOCK], rows * row[SIZE])
    return y, at(frame, frame[ORDER], rows), at(v, frame[T], 1)


@operation
def squared(row, constants, frame, stats, v, d, w, g, work):
    """Mean squared error."""
    y, order, t = _known(row, frame, v)
    dy = part(d, row[A] * frame[BLOCK], y.shape[0])
    losses.distance(
        True, row[I0 + 1] != 0, constants[F0], y, row[SIZE], t, frame[T_SIZE], order, stats[SCALE],
        dy, part(stats, 0, STATS),
    )  # fmt: skip


@operation
def absolute(row, constants, frame, stats, v, d, w, g, work):
    """Mean absolute error."""
    y, order, t = _known(row, frame, v)
    dy = part(d, row[A] * frame[BLOCK], y.shape[0])
    losses.distance(
        False, row[I0 + 1] != 0, constants[F0], y, row[SIZE], t, frame[T_SIZE], order,
        stats[SCALE], dy, part(stats, 0, STATS),
    )  # fmt: skip


@operation
def binary_logits(row, constants, frame, stats, v, d, w, g, work):
    """The kernel of that name."""
    y, order, t = _known(row, frame, v)
    dy = part(d, row[A] * frame[BLOCK], y.shape[0])
    losses.binary_logits(
        row[I0] != 0, constants[F0], y, row[SIZE], t, frame[T_SIZE], order, stats[SCALE], dy,
        part(stats, 0, STATS),
    )  # fmt: skip


@operation
def binary(row, constants, frame, stats, v, d, w, g, work):
    """The kernel of that name."""
    y, order, t = _known(row, frame, v)
    dy = part(d, row[A] * frame[BLOCK], y.shape[0])
    losses.binary(
        row[I0] != 0, constants[F0], y, row[SIZE], t, frame[T_SIZE], order, stats[SCALE], dy,
        part(stats, 0, STATS),
    )  # fmt: skip


@operation
def categorical_logits(row, constants, frame, stats, v, d, w, g, work):
    """The kernel of that name."""
    y, order, t = _known(row, frame, v)
    dy = part(d, row[A] * frame[BLOCK], y.shape[0])
    losses.categorical_logits(
        row[I0] != 0, constants[F0], y, row[SIZE], t, frame[T_SIZE], order, stats[SCALE], dy,
        part(stats, 0, STATS),
    )  # fmt: skip


@operation
def categorical(row, constants, frame, stats, v, d, w, g, work):
    """The kernel of that name."""
    y, order, t = _known(row, frame, v)
    dy = part(d, row[A] * frame[BLOCK], y.shape[0])
    losses.categorical(
        row[I0] != 0, constants[F0], y, row[SIZE], t, frame[T_SIZE], order, stats[SCALE], dy,
        part(stats, 0, STATS),
    )  # fmt: skip
