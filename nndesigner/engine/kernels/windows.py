"""Convolution and pooling: windows that slide over images stored (height, width, channels)."""

from __future__ import annotations

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.blas import gemm


@kernel()
def _windows(x, x0, height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow, out, out0):
    """Each window of one image as a row: out ``(oh * ow, kh * kw * channels)``."""
    zero = x.dtype.type(0)
    line = kw * channels
    for oy in range(oh):
        for ox in range(ow):
            at = out0 + (oy * ow + ox) * kh * line
            left = ox * sw - pw
            for ky in range(kh):
                y = oy * sh - ph + ky
                to = at + ky * line
                if y < 0 or y >= height:
                    for i in range(line):
                        out[to + i] = zero
                elif left >= 0 and left + kw <= width:
                    start = x0 + (y * width + left) * channels
                    for i in range(line):
                        out[to + i] = x[start + i]
                else:
                    for kx in range(kw):
                        column = left + kx
                        if column < 0 or column >= width:
                            for c in range(channels):
                                out[to + kx * channels + c] = zero
                        else:
                            start = x0 + (y * width + column) * channels
                            for c in range(channels):
                                out[to + kx * channels + c] = x[start + c]


@kernel()
def _windows_back(d, d0, height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow, dx, dx0):
    """Add each window's row back to where its numbers came from."""
    line = kw * channels
    for oy in range(oh):
        for ox in range(ow):
            at = d0 + (oy * ow + ox) * kh * line
            left = ox * sw - pw
            first = max(0, -left)
            last = min(kw, width - left)
            for ky in range(kh):
                y = oy * sh - ph + ky
                if 0 <= y < height:
                    start = dx0 + (y * width + left) * channels
                    for i in range(first * channels, last * channels):
                        dx[start + i] += d[at + ky * line + i]


@kernel()
def conv2d(
    x, x0, rows, height, width, channels, w, w0, filters, kh, kw, sh, sw, ph, pw, oh, ow, y, y0,
    work, work0, group,
):  # fmt: skip
    """y = windows of x times W, ``group`` images at a time.

    Shapes: x ``(rows, height, width, channels)``, W ``(kh * kw * channels, filters)``, y ``(rows, oh,
    ow, filters)``, work ``(group * oh * ow, kh * kw * channels)``.
    """
    depth = kh * kw * channels
    places = oh * ow
    for first in range(0, rows, group):
        count = min(group, rows - first)
        for r in range(count):
            _windows(
                x, x0 + (first + r) * height * width * channels, height, width, channels,
                kh, kw, sh, sw, ph, pw, oh, ow, work, work0 + r * places * depth,
            )  # fmt: skip
        gemm(
            False, False, count * places, filters, depth, work, work0, depth, w, w0, filters,
            0, y, y0 + first * places * filters, filters,
        )  # fmt: skip


@kernel()
def conv2d_back(
    x, x0, rows, height, width, channels, w, w0, filters, kh, kw, sh, sw, ph, pw, oh, ow, dy, dy0,
    dw, dw0, fresh, dx, dx0, grad_x, work, work0, group,
):  # fmt: skip
    """dW (+)= windows' dy, and dx (+)= dy W' put back into its windows where ``grad_x`` says so."""
    depth = kh * kw * channels
    places = oh * ow
    image = height * width * channels
    zero = dx.dtype.type(0)
    if grad_x == 1:
        for i in range(rows * image):
            dx[dx0 + i] = zero
    for first in range(0, rows, group):
        count = min(group, rows - first)
        here = dy0 + first * places * filters
        for r in range(count):
            _windows(
                x, x0 + (first + r) * image, height, width, channels,
                kh, kw, sh, sw, ph, pw, oh, ow, work, work0 + r * places * depth,
            )  # fmt: skip
        gemm(
            True, False, depth, filters, count * places, work, work0, depth, dy, here, filters,
            0 if fresh and first == 0 else 1, dw, dw0, filters,
        )  # fmt: skip
        if grad_x != 0:
            gemm(
                False, True, count * places, depth, filters, dy, here, filters, w, w0, filters,
                0, work, work0, depth,
            )  # fmt: skip
            for r in range(count):
                _windows_back(
                    work, work0 + r * places * depth, height, width, channels,
                    kh, kw, sh, sw, ph, pw, oh, ow, dx, dx0 + (first + r) * image,
                )  # fmt: skip


@kernel()
def maxpool2d(
    x, x0, rows, height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow, y, y0
):  # fmt: skip
    """y = the largest number of each window, channel by channel; padding never wins, NaN always."""
    for r in range(rows):
        image = x0 + r * height * width * channels
        for oy in range(oh):
            for ox in range(ow):
                to = y0 + ((r * oh + oy) * ow + ox) * channels
                begun = False
                for iy in range(max(0, oy * sh - ph), min(height, oy * sh - ph + kh)):
                    for ix in range(max(0, ox * sw - pw), min(width, ox * sw - pw + kw)):
                        at = image + (iy * width + ix) * channels
                        if begun:
                            for c in range(channels):
                                v, top = x[at + c], y[to + c]
                                y[to + c] = v if (v > top) | (v != v) else top
                        else:
                            for c in range(channels):
                                y[to + c] = x[at + c]
                            begun = True


@kernel()
def maxpool2d_back(
    x, x0, rows, height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow, y, y0, dy, dy0, dx, dx0,
    add, work, work0,
):  # fmt: skip
    """dx (+)= dy at the first place of each window that holds its largest number."""
    zero = dx.dtype.type(0)
    if not add:
        for i in range(rows * height * width * channels):
            dx[dx0 + i] = zero
    for r in range(rows):
        image = r * height * width * channels
        for oy in range(oh):
            for ox in range(ow):
                to = ((r * oh + oy) * ow + ox) * channels
                for c in range(channels):
                    work[work0 + c] = dy[dy0 + to + c]
                for iy in range(max(0, oy * sh - ph), min(height, oy * sh - ph + kh)):
                    for ix in range(max(0, ox * sw - pw), min(width, ox * sw - pw + kw)):
                        at = image + (iy * width + ix) * channels
                        for c in range(channels):
                            hit = x[x0 + at + c] == y[y0 + to + c]
                            left = work[work0 + c]
                            dx[dx0 + at + c] += left if hit else zero
                            work[work0 + c] = zero if hit else left
