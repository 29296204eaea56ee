"""What all losses do with a row: find it, count it, and make its slopes those of the mean.

Numbers of a loss' row of the tape: whether a target is one class number, whether the metric is
accuracy, whether the last column of the targets is what a row counts, and whether the outputs are
probabilities already. The frame may lead to a table of the outputs' units, of three float64
numbers each (scale, shift, and whether a logarithm was learnt): the distance is then in these.
Constants: where a single output changes sides, and the loss' own.

All are inlined by Numba: called, they cost a small network a sixth of its time.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import losses
from nndesigner.engine.kernels.memory import at, part
from nndesigner.engine.ops import (
    BLOCK,
    F0,
    I0,
    LOSS,
    METRIC,
    ROWS,
    SCALE,
    SIZE,
    T_ORDER,
    T_SIZE,
    UNITS,
    A,
    T,
)


@kernel(inline="always")
def begun(row, constants, frame, stats, v):
    """What all rows of the block share, read once."""
    return (
        row[SIZE], row[A] * frame[BLOCK], frame[T_SIZE], at(frame, frame[T_ORDER], frame[ROWS]),
        at(v, frame[T], 1), row[I0] != 0, row[I0 + 1] != 0, row[I0 + 2] != 0, constants[F0],
        stats[SCALE], at(stats, frame[UNITS], 3 * row[SIZE] if frame[UNITS] != 0 else 0),
    )  # fmt: skip


@kernel(inline="always")
def row_of(r, run, v, d):
    """The r-th row of the block: outputs, targets, slopes."""
    size, start, columns, order, targets = run[0], run[1], run[2], run[3], run[4]
    return (
        part(v, start + r * size, size), part(targets, order[r] * columns, columns),
        part(d, start + r * size, size),
    )  # fmt: skip


@kernel(inline="always")
def closed_at(far, run, loss, y, t, slope):
    """As `closed`, for a row whose outputs are so far from the target: y may be what is below."""
    columns, labels, classes, weighted, threshold, scale = (
        run[2], run[5], run[6], run[7], run[8], run[9],
    )  # fmt: skip
    if classes:
        far = 1.0 if losses.hit(y, t, threshold, labels) else 0.0
    weight = np.float64(t[columns - 1]) if weighted else 1.0
    if scale != 0:
        factor = slope.dtype.type(scale * weight)
        for j in range(slope.shape[0]):
            slope[j] *= factor
    return weight * loss, far


@kernel(inline="always")
def closed(run, loss, y, t, slope):
    """What a row adds to the loss and to the metric. Its slopes, of one row, become the mean's."""
    far = 0.0
    if not run[6]:
        units = run[10]
        if units.shape[0] == 0:
            far = losses.distance(y, t)
        else:
            far = losses.distance_in_units(y, t, units)
    return closed_at(far, run, loss, y, t, slope)


@kernel(inline="always")
def add_up(stats, lost, measured):
    """Add what the block's rows lost, and their metric, to the sums of the shard."""
    stats[LOSS] += lost
    stats[METRIC] += measured
