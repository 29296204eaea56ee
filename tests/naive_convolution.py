"""Slow, obvious twins of convolution: float64 NumPy, one loop an index, as in `tests.naive`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.naive import Array, Pair, windows

ONE: Pair = (1, 1)


def slide(size: int, kernel: int, stride: int, padding: str, margin: int) -> tuple[int, int]:
    """How many windows fit along an axis, and the zeros before its first pixel."""
    if padding != "explicit":
        return windows(size, kernel, stride, padding)
    count, _ = windows(size + 2 * margin, kernel, stride, "valid")
    return count, margin


def _looks(
    shape: tuple[int, ...], kernel: Pair, stride: Pair, padding: str, margin: Pair, dilation: Pair
) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Every (row, column) of the answer, (i, j) of the kernel, and the pixel that they meet in."""
    reach = [(kernel[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
    rows, top = slide(shape[1], reach[0], stride[0], padding, margin[0])
    columns, left = slide(shape[2], reach[1], stride[1], padding, margin[1])
    for row, column, i, j in np.ndindex(rows, columns, *kernel):
        u = row * stride[0] + i * dilation[0] - top
        v = column * stride[1] + j * dilation[1] - left
        if 0 <= u < shape[1] and 0 <= v < shape[2]:
            yield row, column, i, j, u, v


def _count(
    shape: tuple[int, ...], kernel: Pair, stride: Pair, padding: str, margin: Pair, dilation: Pair
) -> Pair:
    reach = [(kernel[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
    return (
        slide(shape[1], reach[0], stride[0], padding, margin[0])[0],
        slide(shape[2], reach[1], stride[1], padding, margin[1])[0],
    )


def conv2d(
    x: Array, w: Array, stride: Pair = ONE, padding: str = "valid", margin: Pair = ONE,
    dilation: Pair = ONE, groups: int = 1,
) -> Array:  # fmt: skip
    """Cross-correlation: at each place the window times the kernel, summed, a filter a channel.

    w is (height, width, channels / groups, filters); a group of filters sees its own channels.
    """
    kernel, share, filters = (w.shape[0], w.shape[1]), w.shape[2], w.shape[3]
    y = np.zeros((len(x), *_count(x.shape, kernel, stride, padding, margin, dilation), filters))
    for row, column, i, j, u, v in _looks(x.shape, kernel, stride, padding, margin, dilation):
        for n, f, c in np.ndindex(len(x), filters, share):
            channel = f // (filters // groups) * share + c
            y[n, row, column, f] += x[n, u, v, channel] * w[i, j, c, f]
    return y


def conv2d_backward(
    x: Array, w: Array, dy: Array, stride: Pair = ONE, padding: str = "valid", margin: Pair = ONE,
    dilation: Pair = ONE, groups: int = 1,
) -> tuple[Array, Array]:  # fmt: skip
    """The gradients of x and w: the same loop, each product split to both factors."""
    kernel, share, filters = (w.shape[0], w.shape[1]), w.shape[2], w.shape[3]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for row, column, i, j, u, v in _looks(x.shape, kernel, stride, padding, margin, dilation):
        for n, f, c in np.ndindex(len(x), filters, share):
            channel = f // (filters // groups) * share + c
            dx[n, u, v, channel] += dy[n, row, column, f] * w[i, j, c, f]
            dw[i, j, c, f] += dy[n, row, column, f] * x[n, u, v, channel]
    return dx, dw


def depthwise(
    x: Array, w: Array, stride: Pair = ONE, padding: str = "valid", margin: Pair = ONE,
    dilation: Pair = ONE,
) -> Array:  # fmt: skip
    """Each channel's windows times its own kernels; w is (height, width, channels, multiplier)."""
    kernel, channels, multiplier = (w.shape[0], w.shape[1]), w.shape[2], w.shape[3]
    count = _count(x.shape, kernel, stride, padding, margin, dilation)
    y = np.zeros((len(x), *count, channels * multiplier))
    for row, column, i, j, u, v in _looks(x.shape, kernel, stride, padding, margin, dilation):
        for n, c, m in np.ndindex(len(x), channels, multiplier):
            y[n, row, column, c * multiplier + m] += x[n, u, v, c] * w[i, j, c, m]
    return y


def depthwise_backward(
    x: Array, w: Array, dy: Array, stride: Pair = ONE, padding: str = "valid", margin: Pair = ONE,
    dilation: Pair = ONE,
) -> tuple[Array, Array]:  # fmt: skip
    """The gradients of x and w."""
    kernel, channels, multiplier = (w.shape[0], w.shape[1]), w.shape[2], w.shape[3]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for row, column, i, j, u, v in _looks(x.shape, kernel, stride, padding, margin, dilation):
        for n, c, m in np.ndindex(len(x), channels, multiplier):
            slope = dy[n, row, column, c * multiplier + m]
            dx[n, u, v, c] += slope * w[i, j, c, m]
            dw[i, j, c, m] += slope * x[n, u, v, c]
    return dx, dw


def transposed(
    x: Array, w: Array, stride: Pair = ONE, padding: str = "valid", margin: Pair = ONE,
    dilation: Pair = ONE,
) -> Array:  # fmt: skip
    """Every pixel paints the kernel, stride pixels apart; w is (height, width, filters, channels).

    All that is painted is cut to size: ``same`` to stride times the input (the odd pixel more is
    cut off behind), ``explicit`` by the margin on every side.
    """
    batch, height, width, _ = x.shape
    reach = [(w.shape[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
    whole = [n * s + max(0, r - s) for n, s, r in zip((height, width), stride, reach, strict=True)]
    y = np.zeros((batch, *whole, w.shape[2]))
    for n, row, column, c in np.ndindex(x.shape):
        for i, j, f in np.ndindex(w.shape[:3]):
            u, v = row * stride[0] + i * dilation[0], column * stride[1] + j * dilation[1]
            y[n, u, v, f] += x[n, row, column, c] * w[i, j, f, c]
    (top, high), (left, wide) = _cut(x.shape, whole, stride, padding, margin)
    return y[:, top : top + high, left : left + wide]


def transposed_backward(
    x: Array, w: Array, dy: Array, stride: Pair = ONE, padding: str = "valid", margin: Pair = ONE,
    dilation: Pair = ONE,
) -> tuple[Array, Array]:  # fmt: skip
    """The gradients of x and w."""
    reach = [(w.shape[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
    whole = [n * s + max(0, r - s) for n, s, r in zip(x.shape[1:3], stride, reach, strict=True)]
    (top, high), (left, wide) = _cut(x.shape, whole, stride, padding, margin)
    painted = np.zeros((len(x), *whole, w.shape[2]))
    painted[:, top : top + high, left : left + wide] = dy
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for n, row, column, c in np.ndindex(x.shape):
        for i, j, f in np.ndindex(w.shape[:3]):
            u, v = row * stride[0] + i * dilation[0], column * stride[1] + j * dilation[1]
            dx[n, row, column, c] += painted[n, u, v, f] * w[i, j, f, c]
            dw[i, j, f, c] += painted[n, u, v, f] * x[n, row, column, c]
    return dx, dw


def _cut(
    shape: tuple[int, ...], whole: list[int], stride: Pair, padding: str, margin: Pair
) -> tuple[Pair, Pair]:
    """Of each axis the first pixel that is kept, and how many."""
    found = []
    for axis in (0, 1):
        size = shape[1 + axis] * stride[axis]
        match padding:
            case "valid":
                found.append((0, whole[axis]))
            case "same":
                found.append(((whole[axis] - size) // 2, size))
            case _:
                found.append((margin[axis], whole[axis] - 2 * margin[axis]))
    return found[0], found[1]
