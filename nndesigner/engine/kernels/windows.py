"""Pooling: windows that slide over images stored (height, width, channels).

``form`` is a tuple of (height, width, channels, window height, window width, stride down, stride
across, zeros above, zeros to the left, output height, output width).
"""

from __future__ import annotations

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.kernels.registers import largest, to_largest


@kernel()
def maxpool2d(form, rows, x, y):
    """y = the largest number of each window, channel by channel; padding never wins, NaN always."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow = form
    line = width * channels
    for r in range(rows):
        for oy in range(oh):
            top, low = max(0, oy * sh - ph), min(height, oy * sh - ph + kh)
            for ox in range(ow):
                left, right = max(0, ox * sw - pw), min(width, ox * sw - pw + kw)
                largest(
                    x, (r * height + top) * line + left * channels, low - top, right - left, line,
                    channels, y, ((r * oh + oy) * ow + ox) * channels,
                )  # fmt: skip


@kernel()
def maxpool2d_back(form, rows, x, y, dy, dx, add):
    """dx (+)= dy at the first place of each window that holds its largest number."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow = form
    line = width * channels
    # Windows side by side that leave no pixel out write every number once.
    once = sh == kh and sw == kw and oh * kh == height and ow * kw == width
    if not (add or once):
        zero = dx.dtype.type(0)
        for i in range(rows * height * line):
            dx[i] = zero
    adding = 1 if add or not once else 0
    for r in range(rows):
        for oy in range(oh):
            top, low = max(0, oy * sh - ph), min(height, oy * sh - ph + kh)
            for ox in range(ow):
                left, right = max(0, ox * sw - pw), min(width, ox * sw - pw + kw)
                to_largest(
                    x, (r * height + top) * line + left * channels, low - top, right - left, line,
                    channels, y, dy, ((r * oh + oy) * ow + ox) * channels, dx, adding,
                )  # fmt: skip


@kernel()
def averagepool2d(form, rows, x, y):
    """y = the mean of each window, channel by channel, over the pixels that are there."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow = form
    zero, one = y.dtype.type(0), y.dtype.type(1)
    for r in range(rows):
        for oy in range(oh):
            top, low = max(0, oy * sh - ph), min(height, oy * sh - ph + kh)
            for ox in range(ow):
                left, right = max(0, ox * sw - pw), min(width, ox * sw - pw + kw)
                to = part(y, ((r * oh + oy) * ow + ox) * channels, channels)
                for c in range(channels):
                    to[c] = zero
                for iy in range(top, low):
                    for ix in range(left, right):
                        pixel = part(x, ((r * height + iy) * width + ix) * channels, channels)
                        for c in range(channels):
                            to[c] += pixel[c]
                share = one / y.dtype.type((low - top) * (right - left))
                for c in range(channels):
                    to[c] *= share


@kernel()
def averagepool2d_back(form, rows, dy, dx, add):
    """dx (+)= its share of the gradient of each window that it lies in."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow = form
    zero, one = dx.dtype.type(0), dx.dtype.type(1)
    if not add:
        for i in range(rows * height * width * channels):
            dx[i] = zero
    for r in range(rows):
        for oy in range(oh):
            top, low = max(0, oy * sh - ph), min(height, oy * sh - ph + kh)
            for ox in range(ow):
                left, right = max(0, ox * sw - pw), min(width, ox * sw - pw + kw)
                d = part(dy, ((r * oh + oy) * ow + ox) * channels, channels)
                share = one / dx.dtype.type((low - top) * (right - left))
                for iy in range(top, low):
                    for ix in range(left, right):
                        to = part(dx, ((r * height + iy) * width + ix) * channels, channels)
                        for c in range(channels):
                            to[c] += share * d[c]
