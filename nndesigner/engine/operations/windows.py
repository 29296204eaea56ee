"""Pooling."""

from __future__ import annotations

from nndesigner.engine.calling import operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import windows
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import BLOCK, GRAD_A, I0, OUT, ROWS, SIZE, A


@kernel()
def _form(row):
    """The numbers of a pooling as `kernels.windows` takes them."""
    i = I0
    return (
        row[i], row[i + 1], row[i + 2], row[i + 3], row[i + 4], row[i + 5], row[i + 6], row[i + 7],
        row[i + 8], row[i + 9], row[i + 10],
    )  # fmt: skip


@operation
def maxpool2d(row, constants, frame, stats, v, d, w, g, work):
    """OUT = the largest of each window of A."""
    rows, block, form = frame[ROWS], frame[BLOCK], _form(row)
    x = part(v, row[A] * block, rows * form[0] * form[1] * form[2])
    windows.maxpool2d(form, rows, x, part(v, row[OUT] * block, rows * row[SIZE]))


@operation
def maxpool2d_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT at the first place of each window that holds its largest number."""
    if row[GRAD_A] != 0:
        rows, block, form = frame[ROWS], frame[BLOCK], _form(row)
        image, count = rows * form[0] * form[1] * form[2], rows * row[SIZE]
        y, dy = part(v, row[OUT] * block, count), part(d, row[OUT] * block, count)
        windows.maxpool2d_back(
            form, rows, part(v, row[A] * block, image), y, dy, part(d, row[A] * block, image),
            row[GRAD_A] == 2,
        )  # fmt: skip


@operation
def averagepool2d(row, constants, frame, stats, v, d, w, g, work):
    """OUT = the mean of each window of A."""
    rows, block, form = frame[ROWS], frame[BLOCK], _form(row)
    x = part(v, row[A] * block, rows * form[0] * form[1] * form[2])
    windows.averagepool2d(form, rows, x, part(v, row[OUT] * block, rows * row[SIZE]))


@operation
def averagepool2d_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= its share of dOUT of each window that it lies in."""
    if row[GRAD_A] != 0:
        rows, block, form = frame[ROWS], frame[BLOCK], _form(row)
        dx = part(d, row[A] * block, rows * form[0] * form[1] * form[2])
        dy = part(d, row[OUT] * block, rows * row[SIZE])
        windows.averagepool2d_back(form, rows, dy, dx, row[GRAD_A] == 2)
