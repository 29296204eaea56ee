"""Convolution: windows with weights that slide over images stored (height, width, channels).

``form`` is a tuple of (height, width, channels, kernel height, kernel width, stride down, stride
across, zeros above, zeros to the left, output height, output width, dilation down, dilation
across). ``how`` says how windows are got at (`engine.ops`).
"""

from __future__ import annotations

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import direct
from nndesigner.engine.kernels.blas import gemm
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import DIRECT, POINTWISE


@kernel()
def _windows(form, start, depth, x, out):
    """Each window of one image as a row: out ``(oh * ow, kh * kw * depth)``.

    Of the channels ``depth`` from ``start`` on are looked at.
    """
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow, dh, dw = form
    zero = x.dtype.type(0)
    line = kw * depth
    together = dw == 1 and depth == channels
    for oy in range(oh):
        for ky in range(kh):
            y = oy * sh - ph + ky * dh
            for ox in range(ow):
                to = part(out, ((oy * ow + ox) * kh + ky) * line, line)
                left = ox * sw - pw
                if y < 0 or y >= height:
                    for i in range(line):
                        to[i] = zero
                elif together and left >= 0 and left + kw <= width:
                    source = part(x, (y * width + left) * channels, line)
                    for i in range(line):
                        to[i] = source[i]
                else:
                    for kx in range(kw):
                        column = left + kx * dw
                        pixel = part(to, kx * depth, depth)
                        if 0 <= column < width:
                            source = part(x, (y * width + column) * channels + start, depth)
                            for c in range(depth):
                                pixel[c] = source[c]
                        else:
                            for c in range(depth):
                                pixel[c] = zero


@kernel()
def _windows_back(form, start, depth, d, dx):
    """Add each window's row of d back to where its numbers came from."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow, dh, dw = form
    line = kw * depth
    together = dw == 1 and depth == channels
    # Windows side by side write to the same places. A place that was just written, and is read
    # again as part of another register, makes the processor wait: so none follows its neighbour.
    apart = -(-((kw - 1) * dw + 1) // sw)
    for oy in range(oh):
        for ky in range(kh):
            y = oy * sh - ph + ky * dh
            if y < 0 or y >= height:
                continue
            for begin in range(min(apart, ow)):
                for ox in range(begin, ow, apart):
                    left = ox * sw - pw
                    here = ((oy * ow + ox) * kh + ky) * line
                    if together:
                        first = max(0, -left)
                        count = (min(kw, width - left) - first) * channels
                        source = part(d, here + first * channels, count)
                        to = part(dx, (y * width + left + first) * channels, count)
                        for i in range(count):
                            to[i] += source[i]
                    else:
                        for kx in range(kw):
                            column = left + kx * dw
                            if 0 <= column < width:
                                source = part(d, here + kx * depth, depth)
                                to = part(dx, (y * width + column) * channels + start, depth)
                                for c in range(depth):
                                    to[c] += source[c]


@kernel()
def _all_windows(form, start, depth, first, count, x, work):
    """The windows of some images, one behind the other."""
    image, size = form[0] * form[1] * form[2], form[9] * form[10] * form[3] * form[4] * depth
    for r in range(count):
        _windows(
            form, start, depth, part(x, (first + r) * image, image), part(work, r * size, size)
        )


@kernel()
def outputs(form, how, filters, groups, group, rows, x, w, y, add, work):
    """y (+)= windows of x times W, ``group`` images at a time.

    Shapes: x ``(rows * height * width * channels,)``, W ``(kh * kw * channels / groups *
    filters,)``, y ``(rows * oh * ow * filters,)``, work ``(group * oh * ow * kh * kw * channels /
    groups,)`` and, for direct tiles, as `direct.outputs` says.
    """
    channels, area, places = form[2] // groups, form[3] * form[4], form[9] * form[10]
    beta = 1 if add else 0
    if how == DIRECT:
        direct.outputs(form, filters, rows, x, w, y, add, work)
    elif how == POINTWISE:
        gemm(
            False, False, rows * places, filters, channels, x, channels, w, filters, beta, y,
            filters,
        )  # fmt: skip
    else:
        depth, share = area * channels, filters // groups
        for first in range(0, rows, group):
            count = min(group, rows - first)
            for g in range(groups):
                _all_windows(form, g * channels, channels, first, count, x, work)
                gemm(
                    False, False, count * places, share, depth, work, depth,
                    part(w, g * share, (depth - 1) * filters + share), filters, beta,
                    part(y, first * places * filters + g * share, count * places * filters),
                    filters,
                )  # fmt: skip


@kernel()
def weights(form, how, filters, groups, group, rows, x, dy, dw, fresh, work):
    """dW (+)= windows' dy; ``fresh`` overwrites. Shapes: as in `outputs`."""
    channels, area, places = form[2] // groups, form[3] * form[4], form[9] * form[10]
    if how == DIRECT:
        direct.weights(form, filters, rows, x, dy, dw, fresh, work)
    elif how == POINTWISE:
        gemm(
            True, False, channels, filters, rows * places, x, channels, dy, filters,
            0 if fresh else 1, dw, filters,
        )  # fmt: skip
    else:
        depth, share = area * channels, filters // groups
        for first in range(0, rows, group):
            count = min(group, rows - first)
            for g in range(groups):
                _all_windows(form, g * channels, channels, first, count, x, work)
                gemm(
                    True, False, depth, share, count * places, work, depth,
                    part(dy, first * places * filters + g * share, count * places * filters),
                    filters, 0 if fresh and first == 0 else 1,
                    part(dw, g * share, (depth - 1) * filters + share), filters,
                )  # fmt: skip


@kernel()
def inputs(form, how, filters, groups, group, rows, dy, w, dx, add, work):
    """dx (+)= dy W', put back into its windows. Shapes: as in `outputs`."""
    channels, area, places = form[2] // groups, form[3] * form[4], form[9] * form[10]
    if how == POINTWISE:
        gemm(
            False, True, rows * places, channels, filters, dy, filters, w, filters,
            1 if add else 0, dx, channels,
        )  # fmt: skip
        return
    image, depth, share = form[0] * form[1] * form[2], area * channels, filters // groups
    if not add:
        zero = dx.dtype.type(0)
        for i in range(rows * image):
            dx[i] = zero
    if how == DIRECT:
        direct.inputs(form, filters, rows, dy, w, dx, work)
        return
    for first in range(0, rows, group):
        count = min(group, rows - first)
        for g in range(groups):
            gemm(
                False, True, count * places, depth, share,
                part(dy, first * places * filters + g * share, count * places * filters), filters,
                part(w, g * share, (depth - 1) * filters + share), filters, 0, work, depth,
            )  # fmt: skip
            for r in range(count):
                _windows_back(
                    form, g * channels, channels, part(work, r * places * depth, places * depth),
                    part(dx, (first + r) * image, image),
                )  # fmt: skip
