"""Activations as operations of their own: each is compiled only where a network uses it.

Where the derivative follows from the output, the output may lie where the input did.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.calling import operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import activations, maths
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import BLOCK, F0, FRESH, GRAD_A, GRAD_P, I0, OUT, ROWS, SIZE, A, P


@kernel()
def _there(row, frame, v):
    """The block's input and output, flat."""
    block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
    return part(v, row[A] * block, count), part(v, row[OUT] * block, count)


@kernel()
def _back(row, frame, d):
    """The gradients of the block's output and input, flat."""
    block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
    return part(d, row[OUT] * block, count), part(d, row[A] * block, count)


@kernel()
def _old(row, dx, i):
    """What is in dx already, where the gradient is added to it."""
    return dx[i] if row[GRAD_A] == 2 else dx.dtype.type(0)


@operation
def hard_sigmoid(row, constants, frame, stats, v, d, w, g, work):
    """OUT = min(1, max(0, (A + 3) / 6))."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.hard_sigmoid(x[i])


@operation
def hard_sigmoid_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from OUT."""
    if row[GRAD_A] != 0:
        _, y = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.hard_sigmoid_slope(y[i]) + _old(row, dx, i)


@operation
def relu6(row, constants, frame, stats, v, d, w, g, work):
    """OUT = min(6, max(0, A))."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.relu6(x[i])


@operation
def relu6_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from OUT."""
    if row[GRAD_A] != 0:
        _, y = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.relu6_slope(y[i]) + _old(row, dx, i)


@operation
def elu(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A above 0, else α (e^A − 1)."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.elu(x[i], constants[F0])


@operation
def elu_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from OUT."""
    if row[GRAD_A] != 0:
        _, y = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.elu_slope(y[i], constants[F0]) + _old(row, dx, i)


@operation
def selu(row, constants, frame, stats, v, d, w, g, work):
    """OUT = 1.0507 A above 0, else 1.7581 (e^A − 1)."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.selu(x[i])


@operation
def selu_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from OUT."""
    if row[GRAD_A] != 0:
        _, y = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.selu_slope(y[i]) + _old(row, dx, i)


@operation
def softplus(row, constants, frame, stats, v, d, w, g, work):
    """OUT = ln(1 + e^A)."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = maths.softplus(x[i])


@operation
def softplus_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from OUT."""
    if row[GRAD_A] != 0:
        _, y = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.softplus_slope(y[i]) + _old(row, dx, i)


@operation
def softsign(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A / (1 + |A|)."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.softsign(x[i])


@operation
def softsign_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from OUT."""
    if row[GRAD_A] != 0:
        _, y = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.softsign_slope(y[i]) + _old(row, dx, i)


@operation
def gelu(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A Φ(A)."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.gelu(x[i])


@operation
def gelu_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from A."""
    if row[GRAD_A] != 0:
        x, _ = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.gelu_slope(x[i]) + _old(row, dx, i)


@operation
def silu(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A sigmoid(A)."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.silu(x[i])


@operation
def silu_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from A."""
    if row[GRAD_A] != 0:
        x, _ = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.silu_slope(x[i]) + _old(row, dx, i)


@operation
def hard_silu(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A hard_sigmoid(A)."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.hard_silu(x[i])


@operation
def hard_silu_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from A."""
    if row[GRAD_A] != 0:
        x, _ = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.hard_silu_slope(x[i]) + _old(row, dx, i)


@operation
def mish(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A tanh(ln(1 + e^A))."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.mish(x[i])


@operation
def mish_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), from A."""
    if row[GRAD_A] != 0:
        x, _ = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * activations.mish_slope(x[i]) + _old(row, dx, i)


@operation
def threshold(row, constants, frame, stats, v, d, w, g, work):
    """OUT = 1 where A is at least 0, else 0."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = activations.threshold(x[i])


@operation
def threshold_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT: the straight-through gradient."""
    if row[GRAD_A] != 0:
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] + _old(row, dx, i)


@operation
def exponential(row, constants, frame, stats, v, d, w, g, work):
    """OUT = e^A."""
    x, y = _there(row, frame, v)
    for i in range(y.shape[0]):
        y[i] = maths.exp(x[i])


@operation
def exponential_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT OUT."""
    if row[GRAD_A] != 0:
        _, y = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        for i in range(dx.shape[0]):
            dx[i] = dy[i] * y[i] + _old(row, dx, i)


@operation
def prelu(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A above 0, else A times the slope of its place along the last axis."""
    x, y = _there(row, frame, v)
    width = row[I0]
    slope = part(w, row[P], width)
    for r in range(x.shape[0] // width):
        a, b = part(x, r * width, width), part(y, r * width, width)
        for j in range(width):
            b[j] = a[j] * slope[j] if a[j] <= 0 else a[j]


@operation
def prelu_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT f'(A), dslope (+)= the sum of dOUT A where A is not above 0."""
    x, _ = _there(row, frame, v)
    dy, dx = _back(row, frame, d)
    width = row[I0]
    slope, total = part(w, row[P], width), part(work, 0, width)
    zero = x.dtype.type(0)
    for j in range(width):
        total[j] = zero
    for r in range(x.shape[0] // width):
        a, b, c = part(x, r * width, width), part(dy, r * width, width), part(dx, r * width, width)
        for j in range(width):
            total[j] += b[j] * a[j] if a[j] <= 0 else zero
        if row[GRAD_A] != 0:
            for j in range(width):
                c[j] = (b[j] * slope[j] if a[j] <= 0 else b[j]) + _old(row, c, j)
    if row[GRAD_P] != 0:
        dslope = part(g, row[P], width)
        for j in range(width):
            dslope[j] = total[j] + (zero if frame[FRESH] else dslope[j])


@operation
def log_softmax(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A − ln Σ e^A over the last axis."""
    x, y = _there(row, frame, v)
    width = row[I0]
    for r in range(x.shape[0] // width):
        a, b = part(x, r * width, width), part(y, r * width, width)
        top = a[0]
        for j in range(1, width):
            top = a[j] if a[j] > top else top
        total = 0.0
        for j in range(width):
            total += np.float64(maths.exp(a[j] - top))
        shift = y.dtype.type(np.log(total))
        for j in range(width):
            b[j] = a[j] - top - shift


@operation
def log_softmax_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT − e^OUT Σ dOUT."""
    if row[GRAD_A] != 0:
        _, y = _there(row, frame, v)
        dy, dx = _back(row, frame, d)
        width = row[I0]
        for r in range(y.shape[0] // width):
            a, b = part(y, r * width, width), part(dy, r * width, width)
            c = part(dx, r * width, width)
            total = y.dtype.type(0)
            for j in range(width):
                total += b[j]
            for j in range(width):
                c[j] = b[j] - maths.exp(a[j]) * total + _old(row, c, j)
