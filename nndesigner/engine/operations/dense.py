"""Rows of the data, fully connected layers, and biases."""

from __future__ import annotations

from nndesigner.engine.calling import operation
from nndesigner.engine.kernels import elementwise, products
from nndesigner.engine.kernels.blas import gemm
from nndesigner.engine.kernels.memory import at, fetch, part
from nndesigner.engine.ops import (
    BATCH,
    BLOCK,
    F0,
    FIRST,
    FOLLOWING,
    FRESH,
    GRAD_A,
    GRAD_P,
    I0,
    KIND,
    LINEAR,
    MODE,
    ORDER,
    OUT,
    ROWS,
    SIZE,
    TRAIN,
    X_SIZE,
    A,
    P,
    X,
)

#: So many numbers of the next mini-batch are brought near while this one is computed: rows picked
#: by chance lie where no processor expects them. More would not stay in its second cache, fewer
#: cost more than they bring.
_FEW, _MOST = 2048, 65_536


@operation
def take_rows(row, constants, frame, stats, v, d, w, g, work):
    """OUT = the block's rows of the data; those of the next mini-batch are asked for."""
    rows, size, batch = frame[ROWS], row[SIZE], frame[BATCH]
    order = at(frame, frame[ORDER], rows + batch)
    soon = 0
    if frame[MODE] == TRAIN and _FEW <= rows * size <= _MOST:
        soon = min(rows, frame[FOLLOWING] - frame[FIRST])
    for r in range(rows):
        to = part(v, row[OUT] * frame[BLOCK] + r * size, size)
        bytes_a_row = frame[X_SIZE] * to.itemsize
        source = at(v, frame[X] + order[r] * bytes_a_row, size)
        for j in range(size):
            to[j] = source[j]
        if r < soon:
            fetch(at(v, frame[X] + order[r + batch] * bytes_a_row, size), 0, size)


@operation
def dense(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A W."""
    rows, block, size, width = frame[ROWS], frame[BLOCK], row[SIZE], row[I0]
    a, y = part(v, row[A] * block, rows * width), part(v, row[OUT] * block, rows * size)
    weight = part(w, row[P], width * size)
    products.forward(rows, width, size, a, weight, y)


@operation
def dense_back(row, constants, frame, stats, v, d, w, g, work):
    """dW (+)= A' dOUT, dA (+)= dOUT W'."""
    rows, block, size, width = frame[ROWS], frame[BLOCK], row[SIZE], row[I0]
    dy = part(d, row[OUT] * block, rows * size)
    if row[GRAD_P] != 0:
        a, dw = part(v, row[A] * block, rows * width), part(g, row[P], width * size)
        beta = 0 if frame[FRESH] else 1
        gemm(True, False, width, size, rows, a, width, dy, size, beta, dw, size)
    grad = row[GRAD_A]
    if grad != 0:
        weight = part(w, row[P], width * size)
        da = part(d, row[A] * block, rows * width)
        products.backward(rows, width, size, dy, weight, da, grad == 2, part(work, 0, 1))


@operation
def bias(row, constants, frame, stats, v, d, w, g, work):
    """OUT = f(OUT + b), in place."""
    y = part(v, row[OUT] * frame[BLOCK], frame[ROWS] * row[SIZE])
    elementwise.bias(row[KIND], constants[F0], y, part(w, row[P], row[I0]), part(work, 0, 1))


@operation
def bias_back(row, constants, frame, stats, v, d, w, g, work):
    """dOUT = dOUT f'(OUT) in place, db (+)= its sum over the rows."""
    count, start = frame[ROWS] * row[SIZE], row[OUT] * frame[BLOCK]
    y, dy = part(v, start, count), part(d, start, count)
    if row[GRAD_P] != 0:
        elementwise.bias_back(
            row[KIND], constants[F0], y, dy, part(g, row[P], row[I0]), frame[FRESH] != 0,
            part(work, 0, 1),
        )  # fmt: skip
    elif row[KIND] != LINEAR:
        elementwise.activate_back(row[KIND], constants[F0], y, dy, dy, False)
