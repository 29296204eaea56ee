"""Seeded chance: masks and noise that are the same on any number of threads."""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part


@kernel()
def _mix(x):
    """A well-mixed 32-bit number. Source: C. Wellons, prospecting for hash functions, 2018."""
    x = np.uint32(x)
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@kernel()
def _key(seed, step, op):
    """Where the numbers of one operation in one step begin."""
    return _mix(np.uint32(seed) ^ _mix(np.uint32(step) ^ _mix(np.uint32(op + 1))))


@kernel()
def _of_row(key, row):
    """Where those of one row of the mini-batch begin."""
    return _mix(key ^ np.uint32(row * 2654435769))


@kernel()
def _draw(here, j):
    """The number of column ``j``: any of 2³² with the same chance."""
    return _mix(here + np.uint32(j) * np.uint32(0x9E3779B9))


@kernel()
def dropout(rate, seed, step, op, row, rows, x, mask, y):
    """y = x mask with mask = 0 for a share ``rate`` and 1 / (1 - rate) elsewhere.

    Every number's fate depends on seed, step, operation, row of the batch and column alone, so that
    it is the same on any number of threads.
    """
    zero = y.dtype.type(0)
    scale = y.dtype.type(1) / (y.dtype.type(1) - rate)
    limit = np.uint32(np.float64(rate) * 4294967295.0)
    key = _key(seed, step, op)
    width = x.shape[0] // rows
    for r in range(rows):
        here = _of_row(key, row + r)
        a, m = part(x, r * width, width), part(mask, r * width, width)
        b = part(y, r * width, width)
        for j in range(width):
            kept = _draw(here, j) >= limit
            m[j] = scale if kept else zero
            b[j] = a[j] * m[j]


@kernel()
def spatial_dropout(rate, seed, step, op, row, rows, channels, x, mask, y):
    """y = x mask where a channel is silenced as a whole or not at all, as in `dropout`.

    Shapes: x and y ``(rows * places * channels,)``, mask ``(rows * channels,)``.
    """
    zero = y.dtype.type(0)
    scale = y.dtype.type(1) / (y.dtype.type(1) - rate)
    limit = np.uint32(np.float64(rate) * 4294967295.0)
    key = _key(seed, step, op)
    width = x.shape[0] // rows
    for r in range(rows):
        here = _of_row(key, row + r)
        m = part(mask, r * channels, channels)
        for j in range(channels):
            m[j] = scale if _draw(here, j) >= limit else zero
        for p in range(width // channels):
            start = r * width + p * channels
            a, b = part(x, start, channels), part(y, start, channels)
            for j in range(channels):
                b[j] = a[j] * m[j]


@kernel()
def spatial_dropout_back(rows, channels, mask, dy, dx, add):
    """dx (+)= dy mask, the mask of each row over all its places."""
    zero = dx.dtype.type(0)
    width = dx.shape[0] // rows
    for r in range(rows):
        m = part(mask, r * channels, channels)
        for p in range(width // channels):
            start = r * width + p * channels
            a, b = part(dy, start, channels), part(dx, start, channels)
            for j in range(channels):
                b[j] = a[j] * m[j] + (b[j] if add else zero)


@kernel()
def gaussian(deviation, seed, step, op, row, rows, x, y):
    """y = x + deviation z with z normal, from two numbers a column by Box and Muller's way."""
    key = _key(seed, step, op)
    width = x.shape[0] // rows
    turn = 2.0 * np.pi / 4294967296.0
    for r in range(rows):
        here = _of_row(key, row + r)
        a, b = part(x, r * width, width), part(y, r * width, width)
        for j in range(width):
            first, second = _draw(here, 2 * j), _draw(here, 2 * j + 1)
            far = np.sqrt(-2.0 * np.log((np.float64(first) + 1.0) / 4294967296.0))
            b[j] = a[j] + deviation * b.dtype.type(far * np.cos(np.float64(second) * turn))
