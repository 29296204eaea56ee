"""Convolution and pooling: windows that slide over images stored (height, width, channels).

``form`` is a tuple of (height, width, channels, kernel height, kernel width, stride down, stride
across, zeros above, zeros to the left, output height, output width).
"""

from __future__ import annotations

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.blas import gemm
from nndesigner.engine.kernels.memory import part


@kernel()
def _windows(form, x, out):
    """Each window of one image as a row: out ``(oh * ow, kh * kw * channels)``."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow = form
    zero = x.dtype.type(0)
    line = kw * channels
    for oy in range(oh):
        for ky in range(kh):
            y = oy * sh - ph + ky
            for ox in range(ow):
                to = part(out, ((oy * ow + ox) * kh + ky) * line, line)
                left = ox * sw - pw
                if y < 0 or y >= height:
                    for i in range(line):
                        to[i] = zero
                elif left >= 0 and left + kw <= width:
                    source = part(x, (y * width + left) * channels, line)
                    for i in range(line):
                        to[i] = source[i]
                else:
                    for kx in range(kw):
                        column = left + kx
                        inside = 0 <= column < width
                        for c in range(channels):
                            to[kx * channels + c] = (
                                x[(y * width + column) * channels + c] if inside else zero
                            )


@kernel()
def _windows_back(form, d, dx):
    """Add each window's row of d back to where its numbers came from."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow = form
    line = kw * channels
    for oy in range(oh):
        for ky in range(kh):
            y = oy * sh - ph + ky
            if y < 0 or y >= height:
                continue
            for ox in range(ow):
                left = ox * sw - pw
                first = max(0, -left)
                count = (min(kw, width - left) - first) * channels
                start = ((oy * ow + ox) * kh + ky) * line + first * channels
                source = part(d, start, count)
                to = part(dx, (y * width + left + first) * channels, count)
                for i in range(count):
                    to[i] += source[i]


@kernel()
def conv2d(form, filters, group, rows, x, w, y, work):
    """y = windows of x times W, ``group`` images at a time.

    Shapes: x ``(rows * height * width * channels,)``, W ``(kh * kw * channels * filters,)``, y
    ``(rows * oh * ow * filters,)``, work ``(group * oh * ow * kh * kw * channels,)``.
    """
    height, width, channels, kh, kw, _, _, _, _, oh, ow = form
    depth = kh * kw * channels
    places = oh * ow
    image = height * width * channels
    for first in range(0, rows, group):
        count = min(group, rows - first)
        for r in range(count):
            _windows(
                form,
                part(x, (first + r) * image, image),
                part(work, r * places * depth, places * depth),
            )
        here = part(y, first * places * filters, count * places * filters)
        gemm(
            False, False, count * places, filters, depth, work, depth, w, filters, 0, here, filters
        )


@kernel()
def conv2d_back(form, filters, group, rows, x, w, dy, dw, grad_w, fresh, dx, grad_x, work):
    """dW (+)= windows' dy, and dx (+)= dy W' put back into its windows.

    ``grad_w`` says whether dW is wanted. ``grad_x`` is 0 when dx is not wanted, 1 when it is
    written, 2 when it is added to.
    """
    height, width, channels, kh, kw, _, _, _, _, oh, ow = form
    depth = kh * kw * channels
    places = oh * ow
    image = height * width * channels
    zero = dx.dtype.type(0)
    if grad_x == 1:
        for i in range(rows * image):
            dx[i] = zero
    for first in range(0, rows, group):
        count = min(group, rows - first)
        here = part(dy, first * places * filters, count * places * filters)
        if grad_w:
            for r in range(count):
                _windows(
                    form,
                    part(x, (first + r) * image, image),
                    part(work, r * places * depth, places * depth),
                )
            gemm(
                True, False, depth, filters, count * places, work, depth, here, filters,
                0 if fresh and first == 0 else 1, dw, filters,
            )  # fmt: skip
        if grad_x != 0:
            gemm(
                False, True, count * places, depth, filters, here, filters, w, filters, 0, work,
                depth,
            )  # fmt: skip
            for r in range(count):
                _windows_back(
                    form,
                    part(work, r * places * depth, places * depth),
                    part(dx, (first + r) * image, image),
                )


@kernel()
def maxpool2d(form, rows, x, y):
    """y = the largest number of each window, channel by channel; padding never wins, NaN always."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow = form
    for r in range(rows):
        for oy in range(oh):
            for ox in range(ow):
                to = part(y, ((r * oh + oy) * ow + ox) * channels, channels)
                begun = False
                for iy in range(max(0, oy * sh - ph), min(height, oy * sh - ph + kh)):
                    for ix in range(max(0, ox * sw - pw), min(width, ox * sw - pw + kw)):
                        pixel = part(x, ((r * height + iy) * width + ix) * channels, channels)
                        if begun:
                            for c in range(channels):
                                v, top = pixel[c], to[c]
                                to[c] = v if (v > top) | (v != v) else top
                        else:
                            for c in range(channels):
                                to[c] = pixel[c]
                            begun = True


@kernel()
def maxpool2d_back(form, rows, x, y, dy, dx, add, work):
    """dx (+)= dy at the first place of each window that holds its largest number."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow = form
    zero = dx.dtype.type(0)
    if not add:
        for i in range(rows * height * width * channels):
            dx[i] = zero
    for r in range(rows):
        for oy in range(oh):
            for ox in range(ow):
                at = ((r * oh + oy) * ow + ox) * channels
                top, d = part(y, at, channels), part(dy, at, channels)
                for c in range(channels):
                    work[c] = d[c]
                for iy in range(max(0, oy * sh - ph), min(height, oy * sh - ph + kh)):
                    for ix in range(max(0, ox * sw - pw), min(width, ox * sw - pw + kw)):
                        place = ((r * height + iy) * width + ix) * channels
                        pixel, to = part(x, place, channels), part(dx, place, channels)
                        for c in range(channels):
                            hit = pixel[c] == top[c]
                            left = work[c]
                            to[c] += left if hit else zero
                            work[c] = zero if hit else left


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
