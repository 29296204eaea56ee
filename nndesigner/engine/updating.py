"""One step's change of the weights: gradients summed, penalised and clipped, then the optimizer.

The weights are changed stretch by stretch: ``bounds`` ``(stretches, 3)`` int64 says which, and
``extras`` ``(stretches, 3)`` float64 what is added to its gradient. ``options`` are numbers for
all, ``room`` has a number for each stretch, each array and the most units of one. After the
optimizer the norms of units stay below ``largest`` for the arrays of ``units`` (position, and how
many numbers lie along the axes before those of the units, along these, and behind them), and
``average`` follows the weights, unless these are empty. The whole gradient is summed before any
weight changes: one that is not finite changes none.
"""

from __future__ import annotations

import numba
import numpy as np

from nndesigner.engine.calling import call_optimizer
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part

#: Columns of ``bounds``: a stretch of weights, and the array that it is of.
START, STOP, GROUP = 0, 1, 2
#: Columns of ``extras``: factors of the penalties, and the largest value of a gradient, 0 for any.
L1, L2, LARGEST = 0, 1, 2
#: Places in ``options``: what the norm is taken of and its limit; the share of the average that
#: stays a step, and the step from which on there is one; how many arrays there are.
CLIP, LIMIT, DECAY, FRESH, GROUPS = 0, 1, 2, 3, 4
OPTIONS = 5

#: What a gradient is clipped by.
BY_NOTHING, BY_ARRAY, BY_ALL = 0, 1, 2

#: How a step ends: well; without a change, for a loss or a gradient that is not finite; or with
#: weights that it made so.
DONE, BAD_LOSS, BAD_GRADIENT, BAD_WEIGHTS = 0, 1, 2, 3

# As PyTorch has them: they keep divisions from zero.
_NORM_EPSILON = 1e-6
_UNIT_EPSILON = 1e-7


@kernel()
def _spoiled(numbers):
    """1 where any of the numbers is not finite, else 0: 0 times such a one is no number."""
    zero = numbers.dtype.type(0)
    total = zero
    for i in range(numbers.shape[0]):
        total += zero * numbers[i]
    return 0 if total == zero else 1


@kernel()
def _gather(w, g, active, bounds, extras, squared, room, c):
    """Sum a stretch of the shards' gradients into the first one, add penalties, clip by value.

    With ``squared`` the sum of its squares goes into ``room``. Gives 1 where it is not finite.
    """
    start, size, count = bounds[START], bounds[STOP] - bounds[START], w.shape[0]
    total = part(g, start, size)
    for s in range(1, active):
        other = part(g, s * count + start, size)
        for i in range(size):
            total[i] += other[i]
    number = w.dtype.type
    if extras[L2] != 0.0:
        weight, l2 = part(w, start, size), number(extras[L2])
        for i in range(size):
            total[i] += l2 * weight[i]
    if extras[L1] != 0.0:
        weight, l1 = part(w, start, size), number(extras[L1])
        for i in range(size):
            total[i] += l1 if weight[i] > 0 else (-l1 if weight[i] < 0 else weight[i])
    spoiled = _spoiled(total)
    if extras[LARGEST] > 0.0:
        largest = number(extras[LARGEST])
        for i in range(size):
            v = total[i]
            total[i] = largest if v > largest else (-largest if v < -largest else v)
    if squared:
        square = 0.0
        for i in range(size):
            square += np.float64(total[i]) * np.float64(total[i])
        room[c] = square
    return spoiled


@kernel(parallel=True)
def _gather_together(w, g, active, bounds, extras, squared, room):
    # Each stretch has its flag at the end of the room: a sum over threads would take memory.
    flags = room.shape[0] - bounds.shape[0]
    for c in numba.prange(bounds.shape[0]):
        room[flags + c] = _gather(w, g, active, bounds[c], extras[c], squared, room, c)


@kernel()
def _norms(bounds, options, room):
    """Sum the squares of all stretches, in their order, by array or over all of them."""
    stretches, groups = bounds.shape[0], int(options[GROUPS])
    whole = 0.0
    for k in range(groups):
        room[stretches + k] = 0.0
    for c in range(stretches):
        room[stretches + bounds[c, GROUP]] += room[c]
        whole += room[c]
    for k in range(groups):
        square = whole if options[CLIP] == BY_ALL else room[stretches + k]
        room[stretches + k] = options[LIMIT] / (np.sqrt(square) + _NORM_EPSILON)


@kernel()
def _change(address, hyper, step, w, g, state, bounds, clipped, stretches, room):
    """Change a stretch of the weights; gives 1 where they are not finite then, else 0."""
    start, size = bounds[START], bounds[STOP] - bounds[START]
    factor = room[stretches + bounds[GROUP]] if clipped else 1.0
    if factor < 1.0:
        total, scale = part(g, start, size), w.dtype.type(factor)
        for i in range(size):
            total[i] *= scale
    call_optimizer(address, hyper, step, start, size, w.shape[0], w, g, state)
    return _spoiled(part(w, start, size))


@kernel(parallel=True)
def _change_together(address, hyper, step, w, g, state, bounds, clipped, stretches, room):
    flags = room.shape[0] - bounds.shape[0]
    for c in numba.prange(bounds.shape[0]):
        room[flags + c] = _change(
            address, hyper, step, w, g, state, bounds[c], clipped, stretches, room
        )


@kernel()
def _flagged(room, stretches):
    """How many stretches have a flag."""
    found = 0.0
    for c in range(room.shape[0] - stretches, room.shape[0]):
        found += room[c]
    return np.int64(found)


@kernel()
def limit_units(w, units, largest, room):
    """Scale down every unit whose incoming weights have a norm above its array's largest."""
    for k in range(units.shape[0]):
        before, count, behind = units[k, 1], units[k, 2], units[k, 3]
        line = count * behind
        weight = part(w, units[k, 0], before * line)
        square = part(room, 0, count)
        for j in range(count):
            square[j] = 0.0
        for i in range(before):
            row = part(weight, i * line, line)
            if behind == 1:  # by itself: across the units this loop is vectorised
                for j in range(count):
                    square[j] += np.float64(row[j]) * np.float64(row[j])
            else:
                for j in range(count):
                    for c in range(behind):
                        v = np.float64(row[j * behind + c])
                        square[j] += v * v
        for j in range(count):
            norm = np.sqrt(square[j])
            square[j] = largest[k] / (norm + _UNIT_EPSILON) if norm > largest[k] else 1.0
        for i in range(before):
            row = part(weight, i * line, line)
            if behind == 1:
                for j in range(count):
                    row[j] *= w.dtype.type(square[j])
            else:
                for j in range(count):
                    for c in range(behind):
                        row[j * behind + c] *= w.dtype.type(square[j])


@kernel()
def _add_to_average(w, average, bounds, decay, fresh):
    start, size = bounds[START], bounds[STOP] - bounds[START]
    now, mean = part(w, start, size), part(average, start, size)
    share = w.dtype.type(1.0 if fresh else 1.0 - decay)
    for i in range(size):
        mean[i] += share * (now[i] - mean[i])


@kernel()
def update(
    updates, hyper, step, w, g, active, state, bounds, extras, options, room, units, largest,
    average, together,
):  # fmt: skip
    """Do one step: ``updates`` are the optimizer's addresses: of a stretch, and before it, or 0.

    ``step`` is the one that is done, from 1 on; ``active`` shards have a gradient. Gives how it
    ended: `DONE`, `BAD_GRADIENT` or `BAD_WEIGHTS`.
    """
    address, stretches = updates[0], bounds.shape[0]
    clipped, spoiled = options[CLIP] != BY_NOTHING, 0
    if together:
        _gather_together(w, g, active, bounds, extras, clipped, room)
        spoiled += _flagged(room, stretches)
    else:
        for c in range(stretches):
            spoiled += _gather(w, g, active, bounds[c], extras[c], clipped, room, c)
    if spoiled > 0:
        return BAD_GRADIENT
    if clipped:
        _norms(bounds, options, room)
    if updates[1] != 0:
        call_optimizer(updates[1], hyper, step, 0, 0, w.shape[0], w, g, state)
    if together:
        _change_together(address, hyper, step, w, g, state, bounds, clipped, stretches, room)
        spoiled += _flagged(room, stretches)
    else:
        for c in range(stretches):
            spoiled += _change(
                address, hyper, step, w, g, state, bounds[c], clipped, stretches, room
            )
    if spoiled > 0:
        return BAD_WEIGHTS
    if units.shape[0] > 0:
        limit_units(w, units, largest, room)
    if average.shape[0] > 0:
        for c in range(stretches):
            _add_to_average(w, average, bounds[c], options[DECAY], step <= options[FRESH])
    return DONE
