"""Convolution, its transpose, and convolution channel by channel."""

from __future__ import annotations

from nndesigner.engine.calling import operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import convolution
from nndesigner.engine.kernels import depthwise as channelwise
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import BLOCK, FRESH, GRAD_A, GRAD_P, I0, OUT, ROWS, SIZE, A, P

#: Where the numbers behind the form lie: filters, groups, images at a time, how.
_MORE = I0 + 13


@kernel()
def _form(row):
    """The numbers of the windows as `kernels.convolution` takes them."""
    i = I0
    return (
        row[i], row[i + 1], row[i + 2], row[i + 3], row[i + 4], row[i + 5], row[i + 6], row[i + 7],
        row[i + 8], row[i + 9], row[i + 10], row[i + 11], row[i + 12],
    )  # fmt: skip


@kernel()
def _sizes(row, form, rows):
    """Numbers of the images, of the weights and of the answers; filters, groups, group, how."""
    filters, groups, group, how = row[_MORE], row[_MORE + 1], row[_MORE + 2], row[_MORE + 3]
    return (
        rows * form[0] * form[1] * form[2], form[2] // groups * form[3] * form[4] * filters,
        rows * form[9] * form[10] * filters, filters, groups, group, how,
    )  # fmt: skip


@operation
def conv2d(row, constants, frame, stats, v, d, w, g, work):
    """OUT = windows of A times W."""
    rows, block, form = frame[ROWS], frame[BLOCK], _form(row)
    image, size, answers, filters, groups, group, how = _sizes(row, form, rows)
    convolution.outputs(
        form, how, filters, groups, group, rows, part(v, row[A] * block, image),
        part(w, row[P], size), part(v, row[OUT] * block, answers), False, part(work, 0, 1),
    )  # fmt: skip


@operation
def conv2d_back(row, constants, frame, stats, v, d, w, g, work):
    """dW (+)= windows' dOUT, and dA (+)= dOUT W' put back into its windows."""
    rows, block, form = frame[ROWS], frame[BLOCK], _form(row)
    image, size, answers, filters, groups, group, how = _sizes(row, form, rows)
    dy, scratch = part(d, row[OUT] * block, answers), part(work, 0, 1)
    if row[GRAD_P] != 0:
        convolution.weights(
            form, how, filters, groups, group, rows, part(v, row[A] * block, image), dy,
            part(g, row[P], size), frame[FRESH] != 0, scratch,
        )  # fmt: skip
    if row[GRAD_A] != 0:
        convolution.inputs(
            form, how, filters, groups, group, rows, dy, part(w, row[P], size),
            part(d, row[A] * block, image), row[GRAD_A] == 2, scratch,
        )  # fmt: skip


@operation
def transposed(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A W', put back into the windows of an image."""
    rows, block, form = frame[ROWS], frame[BLOCK], _form(row)
    image, size, answers, filters, groups, group, how = _sizes(row, form, rows)
    convolution.inputs(
        form, how, filters, groups, group, rows, part(v, row[A] * block, answers),
        part(w, row[P], size), part(v, row[OUT] * block, image), False, part(work, 0, 1),
    )  # fmt: skip


@operation
def transposed_back(row, constants, frame, stats, v, d, w, g, work):
    """dW (+)= windows of dOUT, transposed, times A, and dA (+)= windows of dOUT times W."""
    rows, block, form = frame[ROWS], frame[BLOCK], _form(row)
    image, size, answers, filters, groups, group, how = _sizes(row, form, rows)
    dy, scratch = part(d, row[OUT] * block, image), part(work, 0, 1)
    if row[GRAD_P] != 0:
        convolution.weights(
            form, how, filters, groups, group, rows, dy, part(v, row[A] * block, answers),
            part(g, row[P], size), frame[FRESH] != 0, scratch,
        )  # fmt: skip
    if row[GRAD_A] != 0:
        convolution.outputs(
            form, how, filters, groups, group, rows, dy, part(w, row[P], size),
            part(d, row[A] * block, answers), row[GRAD_A] == 2, scratch,
        )  # fmt: skip


@operation
def depthwise(row, constants, frame, stats, v, d, w, g, work):
    """OUT = windows of A times W, channel by channel."""
    rows, block, form, multiplier = frame[ROWS], frame[BLOCK], _form(row), row[_MORE]
    channelwise.outputs(
        form, multiplier, rows, part(v, row[A] * block, rows * form[0] * form[1] * form[2]),
        part(w, row[P], form[2] * form[3] * form[4] * multiplier),
        part(v, row[OUT] * block, rows * row[SIZE]),
    )  # fmt: skip


@operation
def depthwise_back(row, constants, frame, stats, v, d, w, g, work):
    """dW (+)= windows' dOUT and dA (+)= dOUT W, channel by channel."""
    rows, block, form, multiplier = frame[ROWS], frame[BLOCK], _form(row), row[_MORE]
    image, size = rows * form[0] * form[1] * form[2], form[2] * form[3] * form[4] * multiplier
    dy = part(d, row[OUT] * block, rows * row[SIZE])
    if row[GRAD_P] != 0:
        channelwise.weights(
            form, multiplier, rows, part(v, row[A] * block, image), dy, part(g, row[P], size),
            frame[FRESH] != 0, part(work, 0, size),
        )  # fmt: skip
    if row[GRAD_A] != 0:
        channelwise.inputs(
            form, multiplier, rows, dy, part(w, row[P], size), part(d, row[A] * block, image),
            row[GRAD_A] == 2,
        )  # fmt: skip
