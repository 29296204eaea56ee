"""Slow, obvious twins: normalisation, pooling, moved numbers and merges, in float64 NumPy.

Layout is (batch, height, width, channels). Every forward function has a backward one that takes
the gradient of its output and gives those of its inputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tests.naive import windows

Array = npt.NDArray[np.float64]
Pair = tuple[int, int]


# -- normalisation


def _normal(x: Array, epsilon: float) -> tuple[Array, float]:
    """Some numbers with mean 0 and deviation 1, and 1 / √(variance + ε)."""
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / len(x)
    inverse = 1.0 / math.sqrt(variance + epsilon)
    return np.array([(v - mean) * inverse for v in x]), inverse


def _normal_backward(even: Array, inverse: float, dy: Array) -> Array:
    """The gradient of numbers that were normalised to ``even``."""
    total, along = sum(dy) / len(dy), sum(dy * even) / len(dy)
    return np.array([inverse * (s - total - v * along) for v, s in zip(even, dy, strict=True)])


def batch_norm(x: Array, gamma: Array, beta: Array, epsilon: float) -> tuple[Array, Array]:
    """y, and x̂ without scale and shift: each channel over all rows and places."""
    y, even = np.zeros_like(x), np.zeros_like(x)
    for c in range(x.shape[-1]):
        normal, _ = _normal(x[..., c].ravel(), epsilon)
        even[..., c] = normal.reshape(x.shape[:-1])
        y[..., c] = gamma[c] * even[..., c] + beta[c]
    return y, even


def batch_norm_backward(
    x: Array, gamma: Array, dy: Array, epsilon: float
) -> tuple[Array, Array, Array]:
    """The gradients of x, γ and β."""
    dx = np.zeros_like(x)
    dgamma, dbeta = np.zeros_like(gamma), np.zeros_like(gamma)
    for c in range(x.shape[-1]):
        even, inverse = _normal(x[..., c].ravel(), epsilon)
        slope = dy[..., c].ravel()
        dx[..., c] = _normal_backward(even, inverse, gamma[c] * slope).reshape(x.shape[:-1])
        dgamma[c], dbeta[c] = sum(slope * even), sum(slope)
    return dx, dgamma, dbeta


def group_norm(x: Array, gamma: Array, beta: Array, groups: int, epsilon: float) -> Array:
    """Each row and group of channels over all places; x is ``(rows, places, channels)``."""
    y = np.zeros_like(x)
    width = x.shape[-1] // groups
    for r in range(x.shape[0]):
        for k in range(groups):
            part = slice(k * width, (k + 1) * width)
            even, _ = _normal(x[r, :, part].ravel(), epsilon)
            y[r, :, part] = even.reshape(-1, width) * gamma[part] + beta[part]
    return y


def group_norm_backward(
    x: Array, gamma: Array, dy: Array, groups: int, epsilon: float
) -> tuple[Array, Array, Array]:
    """The gradients of x, γ and β."""
    dx = np.zeros_like(x)
    dgamma, dbeta = np.zeros_like(gamma), np.zeros_like(gamma)
    width = x.shape[-1] // groups
    for r in range(x.shape[0]):
        for k in range(groups):
            part = slice(k * width, (k + 1) * width)
            even, inverse = _normal(x[r, :, part].ravel(), epsilon)
            slope = dy[r, :, part]
            inner = (slope * gamma[part]).ravel()
            dx[r, :, part] = _normal_backward(even, inverse, inner).reshape(-1, width)
            dgamma[part] += (slope * even.reshape(-1, width)).sum(axis=0)
            dbeta[part] += slope.sum(axis=0)
    return dx, dgamma, dbeta


# -- pooling


def _pixels(
    size: Pair, window: Pair, stride: Pair, padding: str, place: Pair
) -> list[tuple[int, int]]:
    """The pixels that are there in one window."""
    spans = []
    for axis in (0, 1):
        _, before = windows(size[axis], window[axis], stride[axis], padding)
        first = place[axis] * stride[axis] - before
        spans.append([i for i in range(first, first + window[axis]) if 0 <= i < size[axis]])
    return [(i, j) for i in spans[0] for j in spans[1]]


def averagepool2d(x: Array, window: Pair, stride: Pair, padding: str) -> Array:
    """The mean of each window; padding does not count."""
    rows, height, width, channels = x.shape
    down, _ = windows(height, window[0], stride[0], padding)
    across, _ = windows(width, window[1], stride[1], padding)
    y = np.zeros((rows, down, across, channels))
    for r, i, j, c in np.ndindex(y.shape):
        pixels = _pixels((height, width), window, stride, padding, (i, j))
        y[r, i, j, c] = sum(x[r, a, b, c] for a, b in pixels) / len(pixels)
    return y


def averagepool2d_backward(x: Array, dy: Array, window: Pair, stride: Pair, padding: str) -> Array:
    """The gradient of x."""
    dx = np.zeros_like(x)
    for r, i, j, c in np.ndindex(dy.shape):
        pixels = _pixels(x.shape[1:3], window, stride, padding, (i, j))  # type: ignore[arg-type]
        for a, b in pixels:
            dx[r, a, b, c] += dy[r, i, j, c] / len(pixels)
    return dx


# -- numbers in other places


def _places(x: Array, source: Callable[[Array], Array]) -> Array:
    """Which number of x stands at each place of the result, -1 for a zero."""
    return source(np.arange(1, x.size + 1).reshape(x.shape).astype(float)).astype(int) - 1


def moved(x: Array, source: Callable[[Array], Array]) -> Array:
    """Numbers at their new places, as NumPy's own functions put them."""
    return source(x)


def moved_backward(x: Array, source: Callable[[Array], Array], dy: Array) -> Array:
    """The gradient of x: the sum over all places where a number went."""
    dx = np.zeros(x.size)
    for place, slope in zip(_places(x, source).ravel(), dy.ravel(), strict=True):
        if place >= 0:
            dx[place] += slope
    return dx.reshape(x.shape)


# -- merges


def merged(kind: str, a: Array, b: Array) -> Array:
    """Two values number by number; the first of equal ones counts as the extreme."""
    y = np.zeros_like(a)
    for i in np.ndindex(a.shape):
        u, v = a[i], b[i]
        y[i] = {
            "subtract": u - v, "multiply": u * v, "maximum": max(u, v), "minimum": min(u, v),
        }[kind]  # fmt: skip
    return y


def merged_backward(kind: str, a: Array, b: Array, dy: Array) -> tuple[Array, Array]:
    """The gradients of both."""
    da, db = np.zeros_like(a), np.zeros_like(b)
    for i in np.ndindex(a.shape):
        u, v, s = a[i], b[i], dy[i]
        first = u >= v if kind == "maximum" else u <= v
        da[i], db[i] = {
            "subtract": (s, -s),
            "multiply": (s * v, s * u),
            "maximum": (s, 0.0) if first else (0.0, s),
            "minimum": (s, 0.0) if first else (0.0, s),
        }[kind]
    return da, db


def dot(a: Array, b: Array, normalise: bool) -> Array:
    """Σ a b of each row, or the cosine between them. Shapes: ``(rows, n)`` to ``(rows,)``."""
    y = np.zeros(len(a))
    for r in range(len(a)):
        total = sum(u * v for u, v in zip(a[r], b[r], strict=True))
        lengths = [math.sqrt(max(sum(v * v for v in one[r]), 1e-12)) for one in (a, b)]
        y[r] = total / (lengths[0] * lengths[1]) if normalise else total
    return y
