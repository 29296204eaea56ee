"""Depthwise convolution: every channel of an image is looked at by itself.

``form`` is that of `kernels.convolution`. Output channel c m + j is the answer of channel c to its
weights j, for a multiplier m.
"""

from __future__ import annotations

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part


@kernel()
def outputs(form, multiplier, rows, x, w, y):
    """y = windows of x times W, channel by channel.

    Shapes: x ``(rows * height * width * channels,)``, W ``(kh * kw * channels * multiplier,)``, y
    ``(rows * oh * ow * channels * multiplier,)``.
    """
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow, dh, dw = form
    across = channels * multiplier
    zero = y.dtype.type(0)
    for r in range(rows):
        for oy in range(oh):
            for ox in range(ow):
                to = part(y, ((r * oh + oy) * ow + ox) * across, across)
                for i in range(across):
                    to[i] = zero
                for ky in range(kh):
                    iy = oy * sh - ph + ky * dh
                    for kx in range(kw):
                        ix = ox * sw - pw + kx * dw
                        if 0 <= iy < height and 0 <= ix < width:
                            place = ((r * height + iy) * width + ix) * channels
                            pixel = part(x, place, channels)
                            weight = part(w, (ky * kw + kx) * across, across)
                            if multiplier == 1:
                                for c in range(channels):
                                    to[c] += pixel[c] * weight[c]
                            else:
                                for c in range(channels):
                                    for j in range(multiplier):
                                        i = c * multiplier + j
                                        to[i] += pixel[c] * weight[i]


@kernel()
def weights(form, multiplier, rows, x, dy, dw, fresh, work):
    """dW (+)= windows' dy, channel by channel; ``fresh`` overwrites. work is as large as dW.

    Sums of one image at a time, so that float32 stays exact enough however many images there are.
    """
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow, dh, dw_ = form
    across = channels * multiplier
    zero = dw.dtype.type(0)
    if fresh:
        for i in range(kh * kw * across):
            dw[i] = zero
    for r in range(rows):
        for i in range(kh * kw * across):
            work[i] = zero
        for oy in range(oh):
            for ox in range(ow):
                d = part(dy, ((r * oh + oy) * ow + ox) * across, across)
                for ky in range(kh):
                    iy = oy * sh - ph + ky * dh
                    for kx in range(kw):
                        ix = ox * sw - pw + kx * dw_
                        if 0 <= iy < height and 0 <= ix < width:
                            place = ((r * height + iy) * width + ix) * channels
                            pixel = part(x, place, channels)
                            to = part(work, (ky * kw + kx) * across, across)
                            if multiplier == 1:
                                for c in range(channels):
                                    to[c] += pixel[c] * d[c]
                            else:
                                for c in range(channels):
                                    for j in range(multiplier):
                                        i = c * multiplier + j
                                        to[i] += pixel[c] * d[i]
        for i in range(kh * kw * across):
            dw[i] += work[i]


@kernel()
def inputs(form, multiplier, rows, dy, w, dx, add):
    """dx (+)= dy W, put back into its windows."""
    height, width, channels, kh, kw, sh, sw, ph, pw, oh, ow, dh, dw = form
    across = channels * multiplier
    zero = dx.dtype.type(0)
    if not add:
        for i in range(rows * height * width * channels):
            dx[i] = zero
    for r in range(rows):
        for oy in range(oh):
            for ox in range(ow):
                d = part(dy, ((r * oh + oy) * ow + ox) * across, across)
                for ky in range(kh):
                    iy = oy * sh - ph + ky * dh
                    for kx in range(kw):
                        ix = ox * sw - pw + kx * dw
                        if 0 <= iy < height and 0 <= ix < width:
                            place = ((r * height + iy) * width + ix) * channels
                            to = part(dx, place, channels)
                            weight = part(w, (ky * kw + kx) * across, across)
                            if multiplier == 1:
                                for c in range(channels):
                                    to[c] += d[c] * weight[c]
                            else:
                                for c in range(channels):
                                    total = zero
                                    for j in range(multiplier):
                                        i = c * multiplier + j
                                        total += d[i] * weight[i]
                                    to[c] += total
