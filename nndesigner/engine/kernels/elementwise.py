"""Bias, activations, dropout, sums and copies: one pass over the numbers."""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import maths
from nndesigner.engine.ops import LEAKY_RELU, LINEAR, RELU, SIGMOID, TANH

#: Rows over which a bias gradient is summed before it is added to the whole: sums of float32 stay
#: exact enough however many pixels there are.
_STRETCH = 64


@kernel()
def bias(kind, slope, y, y0, rows, width, b, b0):
    """y = f(y + b) in place. Shapes: y ``(rows, width)``, b ``(width,)``."""
    for r in range(rows):
        at = y0 + r * width
        if kind == RELU:
            for j in range(width):
                v = y[at + j] + b[b0 + j]
                y[at + j] = y.dtype.type(0) if v <= 0 else v
        elif kind == SIGMOID:
            for j in range(width):
                y[at + j] = maths.sigmoid(y[at + j] + b[b0 + j])
        elif kind == TANH:
            for j in range(width):
                y[at + j] = maths.tanh(y[at + j] + b[b0 + j])
        elif kind == LEAKY_RELU:
            for j in range(width):
                v = y[at + j] + b[b0 + j]
                y[at + j] = v * slope if v <= 0 else v
        else:
            for j in range(width):
                y[at + j] += b[b0 + j]


@kernel()
def activate(kind, slope, x, x0, y, y0, size):
    """y = f(x) for ``size`` numbers; x and y may be the same block."""
    if kind == RELU:
        for i in range(size):
            v = x[x0 + i]
            y[y0 + i] = y.dtype.type(0) if v <= 0 else v
    elif kind == SIGMOID:
        for i in range(size):
            y[y0 + i] = maths.sigmoid(x[x0 + i])
    elif kind == TANH:
        for i in range(size):
            y[y0 + i] = maths.tanh(x[x0 + i])
    elif kind == LEAKY_RELU:
        for i in range(size):
            v = x[x0 + i]
            y[y0 + i] = v * slope if v <= 0 else v
    else:
        for i in range(size):
            y[y0 + i] = x[x0 + i]


@kernel()
def activate_back(kind, slope, y, y0, dy, dy0, dx, dx0, size, add):
    """dx = dy f'(x), from y = f(x) alone; ``add`` adds to dx. dy and dx may be the same block."""
    one = y.dtype.type(1)
    zero = y.dtype.type(0)
    keep = one if add else zero
    if kind == RELU:
        for i in range(size):
            g = zero if y[y0 + i] <= 0 else dy[dy0 + i]
            dx[dx0 + i] = g + dx[dx0 + i] if add else g
    elif kind == SIGMOID:
        for i in range(size):
            v = y[y0 + i]
            g = dy[dy0 + i] * v * (one - v)
            dx[dx0 + i] = g + dx[dx0 + i] if add else g
    elif kind == TANH:
        for i in range(size):
            v = y[y0 + i]
            g = dy[dy0 + i] * (one - v * v)
            dx[dx0 + i] = g + dx[dx0 + i] if add else g
    elif kind == LEAKY_RELU:
        for i in range(size):
            g = dy[dy0 + i] * slope if y[y0 + i] <= 0 else dy[dy0 + i]
            dx[dx0 + i] = g + dx[dx0 + i] if add else g
    elif keep != zero:
        for i in range(size):
            dx[dx0 + i] += dy[dy0 + i]
    elif dx0 != dy0:
        for i in range(size):
            dx[dx0 + i] = dy[dy0 + i]


@kernel()
def bias_back(kind, slope, y, y0, dy, rows, width, db, db0, fresh, work, work0):
    """dy = dy f'(y) in place, db (+)= the sum of dy over the rows; ``fresh`` overwrites db.

    Shapes: y, dy ``(rows, width)`` at the same place, db and work ``(width,)``.
    """
    zero = y.dtype.type(0)
    if kind != LINEAR:
        activate_back(kind, slope, y, y0, dy, y0, dy, y0, rows * width, False)
    if fresh:
        for j in range(width):
            db[db0 + j] = zero
    for first in range(0, rows, _STRETCH):
        for j in range(width):
            work[work0 + j] = zero
        for r in range(first, min(rows, first + _STRETCH)):
            at = y0 + r * width
            for j in range(width):
                work[work0 + j] += dy[at + j]
        for j in range(width):
            db[db0 + j] += work[work0 + j]


@kernel()
def softmax(x, x0, y, y0, rows, width):
    """y = eˣ / Σ eˣ for every row, shifted by the row's largest number. NaN makes its row NaN."""
    one = y.dtype.type(1)
    for r in range(rows):
        a, b = x0 + r * width, y0 + r * width
        top = x[a]
        for j in range(1, width):
            top = x[a + j] if x[a + j] > top else top
        total = y.dtype.type(0)
        for j in range(width):
            v = maths.exp(x[a + j] - top)
            y[b + j] = v
            total += v
        scale = one / total
        for j in range(width):
            y[b + j] *= scale


@kernel()
def softmax_back(y, y0, dy, dy0, dx, dx0, rows, width, add):
    """dx = y (dy - Σ y dy) for every row; ``add`` adds to dx."""
    for r in range(rows):
        at = r * width
        total = y.dtype.type(0)
        for j in range(width):
            total += y[y0 + at + j] * dy[dy0 + at + j]
        for j in range(width):
            g = y[y0 + at + j] * (dy[dy0 + at + j] - total)
            dx[dx0 + at + j] = g + dx[dx0 + at + j] if add else g


@kernel()
def _mix(x):
    """A well-mixed 32-bit number from any other. Source: C. Wellons, prospecting for hash functions."""
    x = np.uint32(x)
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@kernel()
def dropout(rate, seed, step, op, row, x, x0, mask, mask0, y, y0, rows, width):
    """y = x mask with mask = 0 for a share ``rate`` and 1 / (1 - rate) elsewhere.

    Every number's fate depends on seed, step, operation, row of the batch and column alone, so that
    it is the same on any number of threads.
    """
    scale = y.dtype.type(1) / (y.dtype.type(1) - rate)
    limit = np.uint32(np.float64(rate) * 4294967295.0)
    key = _mix(np.uint32(seed) ^ _mix(np.uint32(step) ^ _mix(np.uint32(op + 1))))
    for r in range(rows):
        here = _mix(key ^ np.uint32((row + r) * 2654435769))
        at = r * width
        for j in range(width):
            kept = _mix(here + np.uint32(j) * np.uint32(0x9E3779B9)) >= limit
            m = scale if kept else y.dtype.type(0)
            mask[mask0 + at + j] = m
            y[y0 + at + j] = x[x0 + at + j] * m


@kernel()
def multiply_back(mask, mask0, dy, dy0, dx, dx0, size, add):
    """dx (+)= dy mask."""
    for i in range(size):
        g = dy[dy0 + i] * mask[mask0 + i]
        dx[dx0 + i] = g + dx[dx0 + i] if add else g


@kernel()
def add(a, a0, b0, y0, size):
    """y = a + b, all in one flat array."""
    for i in range(size):
        a[y0 + i] = a[a0 + i] + a[b0 + i]


@kernel()
def pass_back(d, dy0, dx0, size, add):
    """dx (+)= dy, in one flat array."""
    if add:
        for i in range(size):
            d[dx0 + i] += d[dy0 + i]
    else:
        for i in range(size):
            d[dx0 + i] = d[dy0 + i]


@kernel()
def copy_columns(a, a0, y0, rows, width, whole, start):
    """Columns ``start .. start + width`` of y ``(rows, whole)`` = x ``(rows, width)``."""
    for r in range(rows):
        for j in range(width):
            a[y0 + r * whole + start + j] = a[a0 + r * width + j]


@kernel()
def copy_columns_back(d, dy0, dx0, rows, width, whole, start, add):
    """dx ``(rows, width)`` (+)= those columns of dy ``(rows, whole)``."""
    zero = d.dtype.type(0)
    for r in range(rows):
        for j in range(width):
            old = d[dx0 + r * width + j] if add else zero
            d[dx0 + r * width + j] = d[dy0 + r * whole + start + j] + old
