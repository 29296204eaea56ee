"""The compiled loop that runs a tape: many mini-batches a call, without the interpreter lock.

A mini-batch's rows are shared out over a fixed number of shards, each with its own gradient; the
update sums these in order, so that the outcome does not depend on how many cores there are. Within
a shard rows pass through in blocks, whose values lie in that shard's part of two flat arrays: ``v``
holds values, ``d`` their gradients, and a value of position p begins at ``p * block``.

What a row of the tape does is a compiled function behind an address (`calls`); a tape is cut into
segments, each up to an operation after which all shards must meet. A tape with one segment runs
whole, forward and backward, shard by shard and block by block.
"""

from __future__ import annotations

import numba
import numpy as np

from nndesigner.engine.calling import call_operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import (
    ACTIVE,
    BACK,
    BATCH,
    BLOCK,
    EVALUATE,
    FIRST,
    FOLLOWING,
    FRESH,
    INDEX,
    LOSS,
    METRIC,
    MODE,
    MODES,
    ORDER,
    ROOM,
    ROWS,
    SCALE,
    STEP,
    STRAIGHT,
    T_ORDER,
    TRAIN,
)
from nndesigner.engine.updating import BAD_LOSS, DONE, update

# Columns of ``calls``: addresses of what a row of the tape does, 0 for nothing.
FORWARD, BACKWARD, MEET, MEET_BACK = 0, 1, 2, 3
CALLS = 4

# What the shards are told to do.
_WHOLE, _THERE, _BACK, _LOOK = 0, 1, 2, 3


@kernel()
def _forward(low, high, table, calls, constants, frame, stats, v, d, w, g, work):
    """Run the operations ``low .. high`` of the frame's mode on a block of rows."""
    mode = frame[MODE]
    for k in range(low, high):
        if table[k, MODES] & mode != 0:
            frame[INDEX] = k
            call_operation(calls[k, FORWARD], k, table, constants, frame, stats, v, d, w, g, work)


@kernel()
def _backward(low, high, table, calls, constants, frame, stats, v, d, w, g, work):
    """Run the training operations ``low .. high`` in reverse: gradients into ``d`` and ``g``."""
    for k in range(high - 1, low - 1, -1):
        if table[k, MODES] & BACK != 0 and calls[k, BACKWARD] != 0:
            frame[INDEX] = k
            call_operation(calls[k, BACKWARD], k, table, constants, frame, stats, v, d, w, g, work)


@kernel()
def _shard(
    s, what, low, high, table, calls, constants, frames, stats, v, d, w, g, work, order, first,
    rows, share, output, width, out,
):  # fmt: skip
    """Let one shard do its part of a mini-batch: all of it, a segment there or back, or a look."""
    shards = stats.shape[0]
    frame, sums = frames[s], stats[s]
    room, scratch_room = v.shape[0] // shards, work.shape[0] // shards
    values, slopes = part(v, s * room, room), part(d, s * room, room)
    scratch = part(work, s * scratch_room, scratch_room)
    mine = part(g, s * w.shape[0] if what != _LOOK else 0, w.shape[0])
    begin = s * share
    end = min(rows, begin + share)
    block = frame[BLOCK]
    if low == 0 and what != _BACK:
        sums[LOSS] = 0.0
        sums[METRIC] = 0.0
        sums[SCALE] = 0.0 if what == _LOOK else 1.0 / rows
        frame[MODE] = EVALUATE if what == _LOOK else TRAIN
    for lo in range(begin, end, block):
        count = min(block, end - lo)
        frame[ROWS] = count
        frame[FIRST] = lo
        frame[FRESH] = 1 if lo == begin else 0
        frame[ORDER] = order + 8 * (first + lo)
        straight = frame[STRAIGHT]
        frame[T_ORDER] = straight + 8 * lo if straight != 0 else frame[ORDER]
        if what != _BACK:
            _forward(
                low, high, table, calls, constants, frame, sums, values, slopes, w, mine, scratch
            )
        if what in (_WHOLE, _BACK):
            _backward(
                low, high, table, calls, constants, frame, sums, values, slopes, w, mine, scratch
            )
        if what == _LOOK:
            for r in range(count):
                source = part(values, output * block + r * width, width)
                for j in range(width):
                    out[lo + r, j] = source[j]


@kernel(parallel=True)
def _shards_together(
    active, what, low, high, table, calls, constants, frames, stats, v, d, w, g, work, order,
    first, rows, share, output, width, out,
):  # fmt: skip
    for s in numba.prange(active):
        shard = np.int64(s)
        _shard(
            shard, what, low, high, table, calls, constants, frames, stats, v, d, w, g, work, order,
            first, rows, share, output, width, out,
        )  # fmt: skip


@kernel()
def _shards(
    together, active, what, low, high, table, calls, constants, frames, stats, v, d, w, g, work,
    order, first, rows, share, output, width, out,
):  # fmt: skip
    if together:
        _shards_together(
            active, what, low, high, table, calls, constants, frames, stats, v, d, w, g, work,
            order, first, rows, share, output, width, out,
        )  # fmt: skip
    else:
        for s in range(active):
            _shard(
                s, what, low, high, table, calls, constants, frames, stats, v, d, w, g, work,
                order, first, rows, share, output, width, out,
            )  # fmt: skip


@kernel()
def _meet(column, k, table, calls, constants, frames, stats, v, d, w, g, work):
    """What an operation does with the parts of all shards."""
    if calls[k, column] != 0:
        frames[0, INDEX] = k
        call_operation(calls[k, column], k, table, constants, frames[0], stats[0], v, d, w, g, work)


@kernel()
def _batch(
    together, segments, table, calls, constants, frames, stats, v, d, w, g, work, order, first,
    rows, out,
):  # fmt: skip
    """Loss and gradients of one mini-batch; returns how many shards had rows."""
    share = -(-rows // stats.shape[0])
    active = -(-rows // share)
    last = segments.shape[0]
    # A constant argument would be compiled into a form of its own: four of everything.
    none, whole, there, back = np.int64(0), np.int64(_WHOLE), np.int64(_THERE), np.int64(_BACK)
    for s in range(active):
        frames[s, BATCH] = rows
        frames[s, ACTIVE] = active
        frames[s, ROOM] = v.shape[0] // stats.shape[0]
    if last == 1:
        _shards(
            together, active, whole, none, table.shape[0], table, calls, constants, frames, stats,
            v, d, w, g, work, order, first, rows, share, none, none, out,
        )  # fmt: skip
        return active
    for i in range(last):
        low = none if i == 0 else segments[i - 1]
        _shards(
            together, active, there, low, segments[i], table, calls, constants, frames, stats, v,
            d, w, g, work, order, first, rows, share, none, none, out,
        )  # fmt: skip
        _meet(MEET, segments[i] - 1, table, calls, constants, frames, stats, v, d, w, g, work)
    for i in range(last - 1, -1, -1):
        low = none if i == 0 else segments[i - 1]
        _shards(
            together, active, back, low, segments[i], table, calls, constants, frames, stats, v,
            d, w, g, work, order, first, rows, share, none, none, out,
        )  # fmt: skip
        if i > 0:
            _meet(MEET_BACK, low, table, calls, constants, frames, stats, v, d, w, g, work)
    return active


@kernel()
def train(
    table, calls, constants, segments, updates, hyper, rates, bounds, extras, options, room,
    units, largest, average, frames, stats, v, d, w, g, work, state, order, first, last, batch,
    steps, step, together, totals,
):  # fmt: skip
    """Train on up to ``steps`` mini-batches of the rows ``order[first:last]``; return the next row.

    ``step`` counts the updates done before, ``order`` is the address of row numbers. ``updates``
    are the two addresses of an optimizer; ``bounds`` to ``average`` are told in `updating`.
    ``rates`` holds a learning rate for each step, or is empty: then that in ``hyper`` holds.
    ``totals`` gathers the loss and the metric summed over rows, the rows, and the steps; its last
    entry becomes `BAD_LOSS`, `BAD_GRADIENT` or `BAD_WEIGHTS` where such numbers were not finite.
    That step does not count; the weights are those before it, unless it is they that were spoiled.
    ``together`` shares the work out over threads.
    """
    done = 0
    nothing = np.empty((0, 0), v.dtype)
    while first < last and done < steps:
        rows = min(batch, last - first)
        for s in range(stats.shape[0]):
            frames[s, STEP] = step
            frames[s, FOLLOWING] = last - first - rows
        active = _batch(
            together, segments, table, calls, constants, frames, stats, v, d, w, g, work, order,
            first, rows, nothing,
        )  # fmt: skip
        loss = 0.0
        metric = 0.0
        for s in range(active):
            loss += stats[s, LOSS]
            metric += stats[s, METRIC]
        if not np.isfinite(loss):
            totals[4] = BAD_LOSS
            break
        step += 1
        if rates.shape[0] > 0:
            hyper[0] = rates[done]
        ended = update(
            updates, hyper, step, w, g, active, state, bounds, extras, options, room, units,
            largest, average, together,
        )  # fmt: skip
        if ended != DONE:
            totals[4] = ended
            break
        totals[0] += loss
        totals[1] += metric
        totals[2] += rows
        totals[3] += 1.0
        first += rows
        done += 1
    return first


@kernel()
def gradient(
    table, calls, constants, segments, frames, stats, v, d, w, g, work, order, rows, together
):  # fmt: skip
    """The gradient of the mean loss over ``rows`` rows, summed into the first shard's part of g."""
    nothing = np.empty((0, 0), v.dtype)
    active = _batch(
        together, segments, table, calls, constants, frames, stats, v, d, w, g, work, order,
        np.int64(0), rows, nothing,
    )  # fmt: skip
    for s in range(1, active):
        for i in range(w.shape[0]):
            g[i] += g[s * w.shape[0] + i]
        stats[0, LOSS] += stats[s, LOSS]
        stats[0, METRIC] += stats[s, METRIC]


@kernel()
def evaluate(
    table, calls, constants, frames, stats, v, d, w, g, work, order, rows, output, width, out,
    together,
):  # fmt: skip
    """Predict ``rows`` rows into ``out`` ``(rows, width)``; stats get loss and metric a shard."""
    shards = stats.shape[0]
    none, look = np.int64(0), np.int64(_LOOK)
    _shards(
        together, shards, look, none, table.shape[0], table, calls, constants, frames, stats, v, d,
        w, g, work, order, none, rows, -(-rows // shards), output, width, out,
    )  # fmt: skip
