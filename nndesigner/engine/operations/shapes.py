"""Numbers of a row in other places."""

from __future__ import annotations

from nndesigner.engine.calling import operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import shapes
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import BLOCK, GRAD_A, I0, OUT, ROWS, SIZE, A


@kernel()
def _form(row):
    """The numbers of a rearrangement as `kernels.shapes` takes them."""
    i = I0
    return (
        row[i], row[i + 1], row[i + 2], row[i + 3], row[i + 4], row[i + 5], row[i + 6], row[i + 7],
        row[i + 8], row[i + 9], row[i + 10], row[i + 11], row[i + 12],
    )  # fmt: skip


@operation
def rearrange(row, constants, frame, stats, v, d, w, g, work):
    """OUT = the numbers of A, I0 + 13 a row, at their new places."""
    rows, block, size = frame[ROWS], frame[BLOCK], row[I0 + 13]
    x, y = part(v, row[A] * block, rows * size), part(v, row[OUT] * block, rows * row[SIZE])
    shapes.rearrange(_form(row), rows, size, x, y)


@operation
def rearrange_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT at all places where each number went."""
    if row[GRAD_A] != 0:
        rows, block, size = frame[ROWS], frame[BLOCK], row[I0 + 13]
        dy, dx = part(d, row[OUT] * block, rows * row[SIZE]), part(d, row[A] * block, rows * size)
        shapes.rearrange_back(_form(row), rows, size, dy, dx, row[GRAD_A] == 2)
