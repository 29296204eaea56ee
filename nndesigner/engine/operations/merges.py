"""Two values that become one: differences, products, extremes, dot products."""

from __future__ import annotations

from nndesigner.engine.calling import operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import elementwise
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import BLOCK, F0, GRAD_A, GRAD_B, I0, OUT, ROWS, SIZE, A, B


@kernel()
def _three(row, frame, array):
    """The block's numbers of A, B and OUT."""
    block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
    return (
        part(array, row[A] * block, count),
        part(array, row[B] * block, count),
        part(array, row[OUT] * block, count),
    )


@operation
def subtract(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A - B."""
    a, b, y = _three(row, frame, v)
    elementwise.subtract(a, b, y)


@operation
def subtract_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT, dB (+)= -dOUT."""
    da, db, dy = _three(row, frame, d)
    if row[GRAD_A] != 0:
        elementwise.copy(dy, da, row[GRAD_A] == 2)
    if row[GRAD_B] != 0:
        elementwise.negative(dy, db, row[GRAD_B] == 2)


@operation
def multiply(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A B."""
    a, b, y = _three(row, frame, v)
    elementwise.multiply(a, b, y)


@operation
def multiply_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT B, dB (+)= dOUT A."""
    a, b, _ = _three(row, frame, v)
    da, db, dy = _three(row, frame, d)
    if row[GRAD_A] != 0:
        elementwise.multiply_back(b, dy, da, row[GRAD_A] == 2)
    if row[GRAD_B] != 0:
        elementwise.multiply_back(a, dy, db, row[GRAD_B] == 2)


@operation
def maximum(row, constants, frame, stats, v, d, w, g, work):
    """OUT = the larger of A and B."""
    a, b, y = _three(row, frame, v)
    elementwise.extreme(True, a, b, y)


@operation
def minimum(row, constants, frame, stats, v, d, w, g, work):
    """OUT = the smaller of A and B."""
    a, b, y = _three(row, frame, v)
    elementwise.extreme(False, a, b, y)


@operation
def extreme_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT where OUT is A, dB (+)= dOUT where it is not."""
    a, _, y = _three(row, frame, v)
    da, db, dy = _three(row, frame, d)
    if row[GRAD_A] != 0:
        elementwise.extreme_back(True, a, y, dy, da, row[GRAD_A] == 2)
    if row[GRAD_B] != 0:
        elementwise.extreme_back(False, a, y, dy, db, row[GRAD_B] == 2)


@operation
def scale_by(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A times the constant."""
    a, _, y = _three(row, frame, v)
    elementwise.scale(constants[F0], a, y, False)


@operation
def scale_by_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT times the constant."""
    if row[GRAD_A] != 0:
        da, _, dy = _three(row, frame, d)
        elementwise.scale(constants[F0], dy, da, row[GRAD_A] == 2)


@operation
def dot(row, constants, frame, stats, v, d, w, g, work):
    """OUT = the sum of A B over I0 numbers; the cosine where I0 + 1 is set."""
    rows, block = frame[ROWS], frame[BLOCK]
    count = rows * row[I0]
    a, b = part(v, row[A] * block, count), part(v, row[B] * block, count)
    elementwise.dot(row[I0 + 1] != 0, rows, a, b, part(v, row[OUT] * block, rows))


@operation
def dot_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT B and dB (+)= dOUT A, or what the cosine makes of them."""
    rows, block = frame[ROWS], frame[BLOCK]
    count = rows * row[I0]
    a, b = part(v, row[A] * block, count), part(v, row[B] * block, count)
    dy = part(d, row[OUT] * block, rows)
    if row[GRAD_A] != 0:
        da = part(d, row[A] * block, count)
        elementwise.dot_back(row[I0 + 1] != 0, rows, a, b, dy, da, row[GRAD_A] == 2)
    if row[GRAD_B] != 0:
        db = part(d, row[B] * block, count)
        elementwise.dot_back(row[I0 + 1] != 0, rows, b, a, dy, db, row[GRAD_B] == 2)
