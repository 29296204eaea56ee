"""The compiled loop that runs a tape: many mini-batches a call, without the interpreter lock.

A mini-batch's rows are shared out over a fixed number of shards, each with its own gradient; the
update sums these in order, so that the outcome does not depend on how many cores there are. Within a
shard rows pass through in blocks, whose values lie in that shard's part of two flat arrays: ``v``
holds values, ``d`` their gradients, and a value of position p begins at ``base + p * block``.
"""

from __future__ import annotations

import numba
import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import elementwise, losses, windows
from nndesigner.engine.kernels.blas import gemm
from nndesigner.engine.kernels.update import update
from nndesigner.engine.ops import (
    ACTIVATE,
    ADD,
    BIAS,
    CONV2D,
    COPY,
    DENSE,
    DROPOUT,
    EVALUATE,
    F0,
    GRAD_A,
    GRAD_B,
    I0,
    INPUT,
    KIND,
    LOSS_ABSOLUTE,
    LOSS_BINARY,
    LOSS_BINARY_LOGITS,
    LOSS_CATEGORICAL_LOGITS,
    LOSS_SQUARED,
    MAXPOOL2D,
    MODES,
    OP,
    OUT,
    SIZE,
    SOFTMAX,
    TRAIN,
    A,
    B,
    P,
)


@kernel()
def _forward(
    ops, constants, mode, w, x, t, order, first, rows, scale, v, d, base, block, work, work0,
    seed, step, row, stats,
):  # fmt: skip
    """Run all operations of a mode on ``rows`` rows, the last one being the loss."""
    for k in range(ops.shape[0]):
        if ops[k, MODES] & mode == 0:
            continue
        op = ops[k, OP]
        a0 = base + ops[k, A] * block
        y0 = base + ops[k, OUT] * block
        size = ops[k, SIZE]
        constant = constants[k, F0]
        i = I0
        if op == INPUT:
            for r in range(rows):
                source = order[first + r]
                for j in range(size):
                    v[y0 + r * size + j] = x[source, j]
        elif op == DENSE:
            width = ops[k, i]
            gemm(
                False, False, rows, size, width, v, a0, width, w, ops[k, P], size, 0, v, y0, size
            )
        elif op == CONV2D:
            windows.conv2d(
                v, a0, rows, ops[k, i], ops[k, i + 1], ops[k, i + 2], w, ops[k, P], ops[k, i + 11],
                ops[k, i + 3], ops[k, i + 4], ops[k, i + 5], ops[k, i + 6], ops[k, i + 7],
                ops[k, i + 8], ops[k, i + 9], ops[k, i + 10], v, y0, work, work0, ops[k, i + 12],
            )  # fmt: skip
        elif op == BIAS:
            width = ops[k, i]
            elementwise.bias(
                ops[k, KIND], constant, v, y0, rows * size // width, width, w, ops[k, P]
            )
        elif op == ACTIVATE:
            elementwise.activate(ops[k, KIND], constant, v, a0, v, y0, rows * size)
        elif op == SOFTMAX:
            width = ops[k, i]
            elementwise.softmax(v, a0, v, y0, rows * size // width, width)
        elif op == MAXPOOL2D:
            windows.maxpool2d(
                v, a0, rows, ops[k, i], ops[k, i + 1], ops[k, i + 2], ops[k, i + 3], ops[k, i + 4],
                ops[k, i + 5], ops[k, i + 6], ops[k, i + 7], ops[k, i + 8], ops[k, i + 9],
                ops[k, i + 10], v, y0,
            )  # fmt: skip
        elif op == DROPOUT:
            if mode == TRAIN:
                elementwise.dropout(
                    constant, seed, step, k, row, v, a0, v, base + ops[k, B] * block, v, y0, rows,
                    size,
                )  # fmt: skip
            else:
                elementwise.pass_back(v, a0, y0, rows * size, False)
        elif op == ADD:
            elementwise.add(v, a0, base + ops[k, B] * block, y0, rows * size)
        elif op == COPY:
            elementwise.copy_columns(
                v, a0, y0, rows * ops[k, i + 3], ops[k, i], ops[k, i + 1], ops[k, i + 2]
            )
        else:
            _loss(op, ops, constant, k, v, a0, size, t, order, first, rows, scale, d, stats)


@kernel()
def _loss(op, ops, constant, k, v, a0, size, t, order, first, rows, scale, d, stats):
    labels = ops[k, I0] != 0
    if op == LOSS_SQUARED or op == LOSS_ABSOLUTE:
        losses.distance(
            op == LOSS_SQUARED, ops[k, I0 + 1] != 0, constant, v, a0, size, t, order, first, rows,
            scale, d, stats,
        )  # fmt: skip
    elif op == LOSS_BINARY_LOGITS:
        losses.binary_logits(
            labels, constant, v, a0, size, t, order, first, rows, scale, d, stats
        )
    elif op == LOSS_BINARY:
        losses.binary(labels, constant, v, a0, size, t, order, first, rows, scale, d, stats)
    elif op == LOSS_CATEGORICAL_LOGITS:
        losses.categorical_logits(
            labels, constant, v, a0, size, t, order, first, rows, scale, d, stats
        )
    else:
        losses.categorical(labels, constant, v, a0, size, t, order, first, rows, scale, d, stats)


@kernel()
def _backward(ops, constants, w, rows, v, d, base, block, g, g0, fresh, work, work0):
    """Run the training operations in reverse: gradients of the parameters into ``g`` from ``g0``.

    ``fresh`` overwrites what ``g`` holds, else the block's gradient is added.
    """
    for k in range(ops.shape[0] - 1, -1, -1):
        if ops[k, MODES] & TRAIN == 0:
            continue
        op = ops[k, OP]
        a0 = base + ops[k, A] * block
        y0 = base + ops[k, OUT] * block
        size = ops[k, SIZE]
        grad = ops[k, GRAD_A]
        constant = constants[k, F0]
        i = I0
        if op == DENSE:
            width = ops[k, i]
            at = ops[k, P]
            gemm(
                True, False, width, size, rows, v, a0, width, d, y0, size,
                0 if fresh else 1, g, g0 + at, size,
            )  # fmt: skip
            if grad != 0:
                gemm(
                    False, True, rows, width, size, d, y0, size, w, at, size,
                    grad - 1, d, a0, width,
                )  # fmt: skip
        elif op == CONV2D:
            windows.conv2d_back(
                v, a0, rows, ops[k, i], ops[k, i + 1], ops[k, i + 2], w, ops[k, P], ops[k, i + 11],
                ops[k, i + 3], ops[k, i + 4], ops[k, i + 5], ops[k, i + 6], ops[k, i + 7],
                ops[k, i + 8], ops[k, i + 9], ops[k, i + 10], d, y0, g, g0 + ops[k, P], fresh,
                d, a0, grad, work, work0, ops[k, i + 12],
            )  # fmt: skip
        elif op == BIAS:
            width = ops[k, i]
            elementwise.bias_back(
                ops[k, KIND], constant, v, y0, d, rows * size // width, width,
                g, g0 + ops[k, P], fresh, work, work0,
            )  # fmt: skip
        elif grad != 0 and op == ACTIVATE:
            elementwise.activate_back(
                ops[k, KIND], constant, v, y0, d, y0, d, a0, rows * size, grad == 2
            )
        elif grad != 0 and op == SOFTMAX:
            width = ops[k, i]
            elementwise.softmax_back(
                v, y0, d, y0, d, a0, rows * size // width, width, grad == 2
            )
        elif grad != 0 and op == MAXPOOL2D:
            windows.maxpool2d_back(
                v, a0, rows, ops[k, i], ops[k, i + 1], ops[k, i + 2], ops[k, i + 3], ops[k, i + 4],
                ops[k, i + 5], ops[k, i + 6], ops[k, i + 7], ops[k, i + 8], ops[k, i + 9],
                ops[k, i + 10], v, y0, d, y0, d, a0, grad == 2, work, work0,
            )  # fmt: skip
        elif grad != 0 and op == DROPOUT:
            elementwise.multiply_back(
                v, base + ops[k, B] * block, d, y0, d, a0, rows * size, grad == 2
            )
        elif op == ADD:
            if grad != 0:
                elementwise.pass_back(d, y0, a0, rows * size, grad == 2)
            if ops[k, GRAD_B] != 0:
                b0 = base + ops[k, B] * block
                elementwise.pass_back(d, y0, b0, rows * size, ops[k, GRAD_B] == 2)
        elif grad != 0 and op == COPY:
            elementwise.copy_columns_back(
                d, y0, a0, rows * ops[k, i + 3], ops[k, i], ops[k, i + 1], ops[k, i + 2], grad == 2
            )


@kernel()
def _shard(
    s, ops, constants, w, g, x, t, order, first, rows, share, scale, v, d, block, work, seed, step,
    stats,
):  # fmt: skip
    """Forward, loss and backward of one shard's rows of a mini-batch, block by block."""
    stats[s, 0] = 0.0
    stats[s, 1] = 0.0
    begin = s * share
    end = min(rows, begin + share)
    base = s * (v.shape[0] // stats.shape[0])
    work0 = s * (work.shape[0] // stats.shape[0])
    g0 = s * w.shape[0]
    mine = stats[s]
    for lo in range(begin, end, block):
        count = min(block, end - lo)
        _forward(
            ops, constants, TRAIN, w, x, t, order, first + lo, count, scale, v, d, base, block,
            work, work0, seed, step, lo, mine,
        )  # fmt: skip
        _backward(
            ops, constants, w, count, v, d, base, block, g, g0, lo == begin, work, work0
        )


@kernel(parallel=True)
def _shards_together(
    active, ops, constants, w, g, x, t, order, first, rows, share, scale, v, d, block, work, seed,
    step, stats,
):  # fmt: skip
    for s in numba.prange(active):
        _shard(
            s, ops, constants, w, g, x, t, order, first, rows, share, scale, v, d, block, work,
            seed, step, stats,
        )  # fmt: skip


@kernel(parallel=True)
def _update_together(optimizer, hyper, step, w, g, active, state, stretches):
    for c in numba.prange(stretches.shape[0]):
        update(
            optimizer, hyper, step, w, g, w.shape[0], active, state, stretches[c, 0],
            stretches[c, 1],
        )  # fmt: skip


@kernel()
def train(
    ops, constants, stretches, optimizer, hyper, w, g, state, x, t, order, first, last, batch,
    steps, v, d, block, work, seed, step, stats, together, totals,
):  # fmt: skip
    """Train on up to ``steps`` mini-batches of the rows ``order[first:last]``; return the next row.

    ``step`` counts the updates done before. ``totals`` gathers the loss and the metric summed over
    rows, the rows, and the steps; its last entry becomes 1 when a loss was not finite: the weights
    are then those that gave it, not changed by it. ``together`` shares the work out over threads.
    """
    shards = stats.shape[0]
    done = 0
    while first < last and done < steps:
        rows = min(batch, last - first)
        share = -(-rows // shards)
        active = -(-rows // share)
        scale = 1.0 / rows
        if together:
            _shards_together(
                active, ops, constants, w, g, x, t, order, first, rows, share, scale, v, d, block,
                work, seed, step, stats,
            )  # fmt: skip
        else:
            for s in range(active):
                _shard(
                    s, ops, constants, w, g, x, t, order, first, rows, share, scale, v, d, block,
                    work, seed, step, stats,
                )  # fmt: skip
        loss = 0.0
        metric = 0.0
        for s in range(active):
            loss += stats[s, 0]
            metric += stats[s, 1]
        if not np.isfinite(loss):
            totals[4] = 1.0
            break
        step += 1
        if together:
            _update_together(optimizer, hyper, step, w, g, active, state, stretches)
        else:
            for c in range(stretches.shape[0]):
                update(
                    optimizer, hyper, step, w, g, w.shape[0], active, state, stretches[c, 0],
                    stretches[c, 1],
                )  # fmt: skip
        totals[0] += loss
        totals[1] += metric
        totals[2] += rows
        totals[3] += 1.0
        first += rows
        done += 1
    return first


@kernel()
def gradient(
    ops, constants, w, g, x, t, order, rows, v, d, block, work, seed, step, stats
):  # fmt: skip
    """The gradient of the mean loss over ``rows`` rows, summed into the first shard's part of g."""
    shards = stats.shape[0]
    share = -(-rows // shards)
    active = -(-rows // share)
    for s in range(active):
        _shard(
            s, ops, constants, w, g, x, t, order, 0, rows, share, 1.0 / rows, v, d, block, work,
            seed, step, stats,
        )  # fmt: skip
    for s in range(1, active):
        for i in range(w.shape[0]):
            g[i] += g[s * w.shape[0] + i]
        stats[0, 0] += stats[s, 0]
        stats[0, 1] += stats[s, 1]


@kernel()
def _evaluate_shard(
    s, ops, constants, w, x, t, order, rows, v, d, block, work, stats, output, width, out
):  # fmt: skip
    shards = stats.shape[0]
    share = -(-rows // shards)
    begin = s * share
    end = min(rows, begin + share)
    base = s * (v.shape[0] // shards)
    work0 = s * (work.shape[0] // shards)
    stats[s, 0] = 0.0
    stats[s, 1] = 0.0
    mine = stats[s]
    for lo in range(begin, end, block):
        count = min(block, end - lo)
        _forward(
            ops, constants, EVALUATE, w, x, t, order, lo, count, 0.0, v, d, base, block, work,
            work0, 0, 0, lo, mine,
        )  # fmt: skip
        at = base + output * block
        for r in range(count):
            for j in range(width):
                out[lo + r, j] = v[at + r * width + j]


@kernel(parallel=True)
def _evaluate_together(
    ops, constants, w, x, t, order, rows, v, d, block, work, stats, output, width, out
):  # fmt: skip
    for s in numba.prange(stats.shape[0]):
        _evaluate_shard(
            s, ops, constants, w, x, t, order, rows, v, d, block, work, stats, output, width, out
        )


@kernel()
def evaluate(
    ops, constants, w, x, t, order, rows, v, d, block, work, stats, output, width, out, together
):  # fmt: skip
    """Predict ``rows`` rows into ``out`` ``(rows, width)``; stats get loss and metric a shard."""
    if together:
        _evaluate_together(
            ops, constants, w, x, t, order, rows, v, d, block, work, stats, output, width, out
        )
    else:
        for s in range(stats.shape[0]):
            _evaluate_shard(
                s, ops, constants, w, x, t, order, rows, v, d, block, work, stats, output, width,
                out,
            )  # fmt: skip
