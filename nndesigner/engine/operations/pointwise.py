"""What is done number by number: activations, sums, and values side by side."""

from __future__ import annotations

from nndesigner.engine.calling import operation
from nndesigner.engine.kernels import elementwise
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import (
    BLOCK,
    F0,
    GRAD_A,
    GRAD_B,
    I0,
    KIND,
    OUT,
    ROWS,
    SIZE,
    A,
    B,
)


@operation
def activate(row, constants, frame, stats, v, d, w, g, work):
    """OUT = f(A), in place where A is OUT."""
    block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
    x, y = part(v, row[A] * block, count), part(v, row[OUT] * block, count)
    elementwise.activate(row[KIND], constants[F0], x, y)


@operation
def activate_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(OUT)."""
    if row[GRAD_A] != 0:
        block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
        y, dy = part(v, row[OUT] * block, count), part(d, row[OUT] * block, count)
        dx = part(d, row[A] * block, count)
        elementwise.activate_back(row[KIND], constants[F0], y, dy, dx, row[GRAD_A] == 2)


@operation
def softmax(row, constants, frame, stats, v, d, w, g, work):
    """OUT = softmax(A) over the last axis."""
    block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
    x, y = part(v, row[A] * block, count), part(v, row[OUT] * block, count)
    elementwise.softmax(x, y, row[I0])


@operation
def softmax_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= OUT (dOUT - Σ OUT dOUT)."""
    if row[GRAD_A] != 0:
        block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
        y, dy = part(v, row[OUT] * block, count), part(d, row[OUT] * block, count)
        elementwise.softmax_back(y, dy, part(d, row[A] * block, count), row[I0], row[GRAD_A] == 2)


@operation
def add(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A + B."""
    block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
    a, b = part(v, row[A] * block, count), part(v, row[B] * block, count)
    elementwise.add(a, b, part(v, row[OUT] * block, count))


@operation
def add_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT, dB (+)= dOUT."""
    block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
    dy = part(d, row[OUT] * block, count)
    if row[GRAD_A] != 0:
        elementwise.copy(dy, part(d, row[A] * block, count), row[GRAD_A] == 2)
    if row[GRAD_B] != 0:
        elementwise.copy(dy, part(d, row[B] * block, count), row[GRAD_B] == 2)


@operation
def place_columns(row, constants, frame, stats, v, d, w, g, work):
    """Columns of OUT = A: one part of a concatenation."""
    rows, block = frame[ROWS], frame[BLOCK]
    width, whole, start, outer = row[I0], row[I0 + 1], row[I0 + 2], row[I0 + 3]
    x, y = (
        part(v, row[A] * block, rows * row[SIZE]),
        part(v, row[OUT] * block, rows * outer * whole),
    )
    elementwise.copy_columns(x, y, width, whole, start)


@operation
def place_columns_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= those columns of dOUT."""
    if row[GRAD_A] != 0:
        rows, block = frame[ROWS], frame[BLOCK]
        width, whole, start, outer = row[I0], row[I0 + 1], row[I0 + 2], row[I0 + 3]
        dy = part(d, row[OUT] * block, rows * outer * whole)
        dx = part(d, row[A] * block, rows * row[SIZE])
        elementwise.copy_columns_back(dy, dx, width, whole, start, row[GRAD_A] == 2)
