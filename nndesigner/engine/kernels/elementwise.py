"""Bias, activations, dropout, sums and copies: one pass over the numbers."""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import maths
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import BIAS_ROOM, LEAKY_RELU, LINEAR, RELU, SIGMOID, TANH

#: Rows over which a bias gradient is summed before it is added to the whole: sums of float32 stay
#: exact enough however many pixels there are.
_STRETCH = 64


@kernel()
def _together(width, count):
    """How many rows to take at a time, so that a loop over them is long enough to be quick."""
    return max(1, min(count, BIAS_ROOM // width))


@kernel()
def bias(kind, slope, y, b, work):
    """y = f(y + b) in place.

    Shapes: y ``(rows * width,)``, b ``(width,)``, work ``(max(width, BIAS_ROOM),)``.
    """
    width = b.shape[0]
    many = _together(width, y.shape[0] // width)
    for i in range(many):
        to = part(work, i * width, width)
        for j in range(width):
            to[j] = b[j]
    zero = y.dtype.type(0)
    long = many * width
    for first in range(0, y.shape[0], long):
        count = min(long, y.shape[0] - first)
        row = part(y, first, count)
        if kind == RELU:
            for j in range(count):
                v = row[j] + work[j]
                row[j] = zero if v <= 0 else v
        elif kind == SIGMOID:
            for j in range(count):
                row[j] = maths.sigmoid(row[j] + work[j])
        elif kind == TANH:
            for j in range(count):
                row[j] = maths.tanh(row[j] + work[j])
        elif kind == LEAKY_RELU:
            for j in range(count):
                v = row[j] + work[j]
                row[j] = v * slope if v <= 0 else v
        else:
            for j in range(count):
                row[j] += work[j]


@kernel()
def activate(kind, slope, x, y):
    """y = f(x); x and y may be the same block."""
    zero = y.dtype.type(0)
    if kind == RELU:
        for i in range(y.shape[0]):
            v = x[i]
            y[i] = zero if v <= 0 else v
    elif kind == SIGMOID:
        for i in range(y.shape[0]):
            y[i] = maths.sigmoid(x[i])
    elif kind == TANH:
        for i in range(y.shape[0]):
            y[i] = maths.tanh(x[i])
    elif kind == LEAKY_RELU:
        for i in range(y.shape[0]):
            v = x[i]
            y[i] = v * slope if v <= 0 else v
    else:
        for i in range(y.shape[0]):
            y[i] = x[i]


@kernel()
def activate_back(kind, slope, y, dy, dx, add):
    """dx = dy f'(x), from y = f(x) alone; ``add`` adds to dx. dy and dx may be the same block."""
    one = y.dtype.type(1)
    zero = y.dtype.type(0)
    for i in range(y.shape[0]):
        old = dx[i] if add else zero
        if kind == RELU:
            dx[i] = (zero if y[i] <= 0 else dy[i]) + old
        elif kind == SIGMOID:
            dx[i] = dy[i] * y[i] * (one - y[i]) + old
        elif kind == TANH:
            dx[i] = dy[i] * (one - y[i] * y[i]) + old
        elif kind == LEAKY_RELU:
            dx[i] = (dy[i] * slope if y[i] <= 0 else dy[i]) + old
        else:
            dx[i] = dy[i] + old


@kernel()
def bias_back(kind, slope, y, dy, db, fresh, work):
    """dy = dy f'(y) in place, db (+)= the sum of dy over the rows; ``fresh`` overwrites db.

    Shapes: y, dy ``(rows * width,)``, db ``(width,)``, work ``(max(width, BIAS_ROOM),)``.
    """
    zero = y.dtype.type(0)
    width = db.shape[0]
    many = _together(width, y.shape[0] // width)
    long = many * width
    if kind != LINEAR and kind != RELU:
        activate_back(kind, slope, y, dy, dy, False)
    if fresh:
        for j in range(width):
            db[j] = zero
    for start in range(0, y.shape[0], long * _STRETCH):
        for j in range(long):
            work[j] = zero
        end = min(y.shape[0], start + long * _STRETCH)
        for first in range(start, end, long):
            count = min(long, end - first)
            row = part(dy, first, count)
            if kind == RELU:
                answer = part(y, first, count)
                for j in range(count):
                    d = zero if answer[j] <= 0 else row[j]
                    row[j] = d
                    work[j] += d
            else:
                for j in range(count):
                    work[j] += row[j]
        for i in range(many):
            total = part(work, i * width, width)
            for j in range(width):
                db[j] += total[j]


@kernel()
def softmax(x, y, width):
    """y = eˣ / Σ eˣ for every row of ``width`` numbers. NaN makes its row NaN."""
    one = y.dtype.type(1)
    for r in range(x.shape[0] // width):
        a, b = part(x, r * width, width), part(y, r * width, width)
        top = a[0]
        for j in range(1, width):
            top = a[j] if a[j] > top else top
        total = y.dtype.type(0)
        for j in range(width):
            v = maths.exp(a[j] - top)
            b[j] = v
            total += v
        scale = one / total
        for j in range(width):
            b[j] *= scale


@kernel()
def softmax_back(y, dy, dx, width, add):
    """dx = y (dy - Σ y dy) for every row; ``add`` adds to dx."""
    zero = y.dtype.type(0)
    for r in range(y.shape[0] // width):
        a, b, c = part(y, r * width, width), part(dy, r * width, width), part(dx, r * width, width)
        total = zero
        for j in range(width):
            total += a[j] * b[j]
        for j in range(width):
            c[j] = a[j] * (b[j] - total) + (c[j] if add else zero)


@kernel()
def multiply_back(mask, dy, dx, add):
    """dx (+)= dy mask."""
    zero = dx.dtype.type(0)
    for i in range(dx.shape[0]):
        dx[i] = dy[i] * mask[i] + (dx[i] if add else zero)


@kernel()
def add(a, b, y):
    """y = a + b."""
    for i in range(y.shape[0]):
        y[i] = a[i] + b[i]


@kernel()
def copy(x, y, add):
    """y (+)= x."""
    if add:
        for i in range(y.shape[0]):
            y[i] += x[i]
    else:
        for i in range(y.shape[0]):
            y[i] = x[i]


@kernel()
def copy_columns(x, y, width, whole, start):
    """Columns ``start .. start + width`` of y ``(rows * whole,)`` = x ``(rows * width,)``."""
    for r in range(x.shape[0] // width):
        copy(part(x, r * width, width), part(y, r * whole + start, width), False)


@kernel()
def copy_columns_back(dy, dx, width, whole, start, add):
    """dx ``(rows * width,)`` (+)= those columns of dy ``(rows * whole,)``."""
    for r in range(dx.shape[0] // width):
        copy(part(dy, r * whole + start, width), part(dx, r * width, width), add)


@kernel()
def subtract(a, b, y):
    """y = a - b."""
    for i in range(y.shape[0]):
        y[i] = a[i] - b[i]


@kernel()
def negative(x, y, add):
    """y (+)= -x."""
    zero = y.dtype.type(0)
    for i in range(y.shape[0]):
        y[i] = (y[i] if add else zero) - x[i]


@kernel()
def multiply(a, b, y):
    """y = a b."""
    for i in range(y.shape[0]):
        y[i] = a[i] * b[i]


@kernel()
def scale(factor, x, y, add):
    """y (+)= factor x."""
    zero = y.dtype.type(0)
    for i in range(y.shape[0]):
        y[i] = factor * x[i] + (y[i] if add else zero)


@kernel()
def extreme(largest, a, b, y):
    """y = the larger (or the smaller) of a and b; NaN wins over any number."""
    for i in range(y.shape[0]):
        u, v = a[i], b[i]
        first = u > v if largest else u < v
        y[i] = u if first | (u == v) | (u != u) else v


@kernel()
def extreme_back(take, a, b, dy, dx, add):
    """dx (+)= dy where a is the one that was taken (``take``), or where it was not; a wins ties."""
    zero = dx.dtype.type(0)
    for i in range(dx.shape[0]):
        here = (a[i] == b[i]) == take
        dx[i] = (dy[i] if here else zero) + (dx[i] if add else zero)


@kernel()
def dot(normalise, rows, a, b, y):
    """y = Σ a b of each row, or the cosine between them. Shapes: y ``(rows,)``."""
    width = a.shape[0] // rows
    for r in range(rows):
        u, v = part(a, r * width, width), part(b, r * width, width)
        total = y.dtype.type(0)
        for j in range(width):
            total += u[j] * v[j]
        y[r] = total * inverse_length(u) * inverse_length(v) if normalise else total


@kernel()
def inverse_length(x):
    """1 / √(Σ x²), at most 10⁶: a row of zeros stays one."""
    total = x.dtype.type(0)
    for j in range(x.shape[0]):
        total += x[j] * x[j]
    least = x.dtype.type(1e-12)
    return x.dtype.type(1) / np.sqrt(least if total < least else total)


@kernel()
def dot_back(normalise, rows, a, b, dy, da, add):
    """da (+)= dy b; normalised: dy (b / |b| - cos a / |a|) / |a|, of a too short dy b / |a||b|."""
    width = a.shape[0] // rows
    zero = da.dtype.type(0)
    for r in range(rows):
        u, v = part(a, r * width, width), part(b, r * width, width)
        to = part(da, r * width, width)
        slope, back = dy[r], zero
        if normalise:
            short, other = inverse_length(u), inverse_length(v)
            slope = dy[r] * short * other
            total, square = zero, zero
            for j in range(width):
                total += u[j] * v[j]
                square += u[j] * u[j]
            if square > da.dtype.type(1e-12):
                back = slope * total * short * short
        for j in range(width):
            to[j] = slope * v[j] - back * u[j] + (to[j] if add else zero)
