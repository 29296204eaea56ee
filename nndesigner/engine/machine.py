"""The compiled loop that runs a tape: many mini-batches a call, without the interpreter lock.

A mini-batch's rows are shared out over a fixed number of shards, each with its own gradient; the
update sums these in order, so that the outcome does not depend on how many cores there are. Within
a shard rows pass through in blocks, whose values lie in that shard's part of two flat arrays: ``v``
holds values, ``d`` their gradients, and a value of position p begins at ``p * block``.
"""

from __future__ import annotations

import numba
import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import elementwise, losses, windows
from nndesigner.engine.kernels.blas import gemm
from nndesigner.engine.kernels.memory import part
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
def _form(ops, k):
    """The numbers of a convolution or pooling as `windows` takes them."""
    i = I0
    return (
        ops[k, i], ops[k, i + 1], ops[k, i + 2], ops[k, i + 3], ops[k, i + 4], ops[k, i + 5],
        ops[k, i + 6], ops[k, i + 7], ops[k, i + 8], ops[k, i + 9], ops[k, i + 10],
    )  # fmt: skip


@kernel()
def _forward(
    ops, constants, mode, w, x, t, order, scale, v, d, block, work, seed, step, row, stats
):  # fmt: skip
    """Run all operations of a mode on the rows ``order`` of x, the last one being the loss."""
    rows = order.shape[0]
    for k in range(ops.shape[0]):
        if ops[k, MODES] & mode == 0:
            continue
        op = ops[k, OP]
        size = ops[k, SIZE]
        constant = constants[k, F0]
        a0 = ops[k, A] * block
        y = part(v, ops[k, OUT] * block, rows * size)
        if op == INPUT:
            for r in range(rows):
                to = part(y, r * size, size)
                source = x[order[r]]
                for j in range(size):
                    to[j] = source[j]
        elif op == DENSE:
            width = ops[k, I0]
            weight = part(w, ops[k, P], width * size)
            a = part(v, a0, rows * width)
            gemm(False, False, rows, size, width, a, width, weight, size, 0, y, size)
        elif op == CONV2D:
            form = _form(ops, k)
            filters = ops[k, I0 + 11]
            a = part(v, a0, rows * form[0] * form[1] * form[2])
            weight = part(w, ops[k, P], form[2] * form[3] * form[4] * filters)
            windows.conv2d(form, filters, ops[k, I0 + 12], rows, a, weight, y, work)
        elif op == BIAS:
            elementwise.bias(ops[k, KIND], constant, y, part(w, ops[k, P], ops[k, I0]))
        elif op == ACTIVATE:
            elementwise.activate(ops[k, KIND], constant, part(v, a0, rows * size), y)
        elif op == SOFTMAX:
            elementwise.softmax(part(v, a0, rows * size), y, ops[k, I0])
        elif op == MAXPOOL2D:
            form = _form(ops, k)
            windows.maxpool2d(form, rows, part(v, a0, rows * form[0] * form[1] * form[2]), y)
        elif op == DROPOUT:
            a = part(v, a0, rows * size)
            if mode == TRAIN:
                mask = part(v, ops[k, B] * block, rows * size)
                elementwise.dropout(constant, seed, step, k, row, rows, a, mask, y)
            else:
                elementwise.copy(a, y, False)
        elif op == ADD:
            other = part(v, ops[k, B] * block, rows * size)
            elementwise.add(part(v, a0, rows * size), other, y)
        elif op == COPY:
            whole = part(v, ops[k, OUT] * block, rows * ops[k, I0 + 3] * ops[k, I0 + 1])
            a = part(v, a0, rows * size)
            elementwise.copy_columns(a, whole, ops[k, I0], ops[k, I0 + 1], ops[k, I0 + 2])
        else:
            a, da = part(v, a0, rows * size), part(d, a0, rows * size)
            _loss(op, ops[k, I0] != 0, ops[k, I0 + 1] != 0, constant, a, size, t, order, scale,
                  da, stats)  # fmt: skip


@kernel()
def _loss(op, labels, classes, constant, y, size, t, order, scale, d, stats):
    if op in (LOSS_SQUARED, LOSS_ABSOLUTE):
        squared = op == LOSS_SQUARED
        losses.distance(squared, classes, constant, y, size, t, order, scale, d, stats)
    elif op == LOSS_BINARY_LOGITS:
        losses.binary_logits(labels, constant, y, size, t, order, scale, d, stats)
    elif op == LOSS_BINARY:
        losses.binary(labels, constant, y, size, t, order, scale, d, stats)
    elif op == LOSS_CATEGORICAL_LOGITS:
        losses.categorical_logits(labels, constant, y, size, t, order, scale, d, stats)
    else:
        losses.categorical(labels, constant, y, size, t, order, scale, d, stats)


@kernel()
def _backward(ops, constants, w, rows, v, d, block, g, fresh, work):
    """Run the training operations in reverse: gradients of the parameters into ``g``.

    ``fresh`` overwrites what ``g`` holds, else the block's gradient is added.
    """
    for k in range(ops.shape[0] - 1, -1, -1):
        op = ops[k, OP]
        if ops[k, MODES] & TRAIN == 0 or op == INPUT or op >= LOSS_SQUARED:
            continue
        size = ops[k, SIZE]
        grad = ops[k, GRAD_A]
        add = grad == 2
        constant = constants[k, F0]
        a0 = ops[k, A] * block
        y0 = ops[k, OUT] * block
        y, dy = part(v, y0, rows * size), part(d, y0, rows * size)
        da = part(d, a0, rows * size)
        if op == DENSE:
            width = ops[k, I0]
            a, dw = part(v, a0, rows * width), part(g, ops[k, P], width * size)
            beta = 0 if fresh else 1
            gemm(True, False, width, size, rows, a, width, dy, size, beta, dw, size)
            if grad != 0:
                weight = part(w, ops[k, P], width * size)
                da = part(d, a0, rows * width)
                gemm(False, True, rows, width, size, dy, size, weight, size, grad - 1, da, width)
        elif op == CONV2D:
            form = _form(ops, k)
            filters = ops[k, I0 + 11]
            image = rows * form[0] * form[1] * form[2]
            count = form[2] * form[3] * form[4] * filters
            windows.conv2d_back(
                form, filters, ops[k, I0 + 12], rows, part(v, a0, image),
                part(w, ops[k, P], count), dy, part(g, ops[k, P], count), fresh,
                part(d, a0, image), grad, work,
            )  # fmt: skip
        elif op == BIAS:
            db = part(g, ops[k, P], ops[k, I0])
            elementwise.bias_back(ops[k, KIND], constant, y, dy, db, fresh, work)
        elif grad != 0 and op == ACTIVATE:
            elementwise.activate_back(ops[k, KIND], constant, y, dy, da, add)
        elif grad != 0 and op == SOFTMAX:
            elementwise.softmax_back(y, dy, da, ops[k, I0], add)
        elif grad != 0 and op == MAXPOOL2D:
            form = _form(ops, k)
            image = rows * form[0] * form[1] * form[2]
            windows.maxpool2d_back(
                form, rows, part(v, a0, image), y, dy, part(d, a0, image), add, work
            )
        elif grad != 0 and op == DROPOUT:
            elementwise.multiply_back(part(v, ops[k, B] * block, rows * size), dy, da, add)
        elif op == ADD:
            if grad != 0:
                elementwise.copy(dy, da, add)
            if ops[k, GRAD_B] != 0:
                db = part(d, ops[k, B] * block, rows * size)
                elementwise.copy(dy, db, ops[k, GRAD_B] == 2)
        elif grad != 0 and op == COPY:
            whole = part(d, y0, rows * ops[k, I0 + 3] * ops[k, I0 + 1])
            elementwise.copy_columns_back(
                whole, da, ops[k, I0], ops[k, I0 + 1], ops[k, I0 + 2], add
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
    shards = stats.shape[0]
    room = v.shape[0] // shards
    values, slopes = part(v, s * room, room), part(d, s * room, room)
    scratch = part(work, s * (work.shape[0] // shards), work.shape[0] // shards)
    mine = part(g, s * w.shape[0], w.shape[0])
    for lo in range(begin, end, block):
        count = min(block, end - lo)
        _forward(
            ops, constants, TRAIN, w, x, t, part(order, first + lo, count), scale, values, slopes,
            block, scratch, seed, step, lo, stats[s],
        )  # fmt: skip
        _backward(ops, constants, w, count, values, slopes, block, mine, lo == begin, scratch)


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
    room = v.shape[0] // shards
    values, slopes = part(v, s * room, room), part(d, s * room, room)
    scratch = part(work, s * (work.shape[0] // shards), work.shape[0] // shards)
    stats[s, 0] = 0.0
    stats[s, 1] = 0.0
    for lo in range(begin, end, block):
        count = min(block, end - lo)
        _forward(
            ops, constants, EVALUATE, w, x, t, part(order, lo, count), 0.0, values, slopes, block,
            scratch, 0, 0, lo, stats[s],
        )  # fmt: skip
        for r in range(count):
            row = part(values, output * block + r * width, width)
            for j in range(width):
                out[lo + r, j] = row[j]


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
