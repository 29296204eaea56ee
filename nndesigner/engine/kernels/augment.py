"""Rows changed by chance before they are learnt from: moved, turned, brightened, noised, erased."""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part

#: Places of the numbers in ``what``: chances of the flips, the largest shift (share of a side),
#: turn (radians), zoom and brightness, the deviation of the noise, the largest share that is
#: erased, whether the edge is repeated outside (else black), the values of black and white, and
#: whether values stay between these.
MIRROR, TURN_OVER, SHIFT, ROTATE, ZOOM, BRIGHTNESS, NOISE, ERASE, EDGE, LOW, HIGH, CLIP = range(12)
NUMBERS = 12
#: Numbers of the table of normal values; a power of two.
NORMALS = 4096
#: Pixels around a picture while it is turned.
FRAME = 2

_GOLDEN = np.uint32(0x9E3779B9)


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
def _chance(key, place):
    """A number from 0 (included) to 1 for one decision about one row."""
    return np.float64(_mix(key + np.uint32(place) * _GOLDEN)) / 4294967296.0


@kernel()
def _between(key, place, most):
    """A number from -most to most."""
    return (2.0 * _chance(key, place) - 1.0) * most


@kernel()
def _moved(a, b, height, width, channels, flip, over, down, right, edge, black):
    """b = a flipped and moved by whole pixels."""
    zero = b.dtype.type(black)
    for i in range(height):
        row = i - down
        inside = row >= 0 and row < height
        row = min(max(row, 0), height - 1)
        if over:
            row = height - 1 - row
        source = part(a, row * width * channels, width * channels)
        to = part(b, i * width * channels, width * channels)
        if not (inside or edge):
            for j in range(width * channels):
                to[j] = zero
            continue
        for j in range(width):
            column = j - right
            known = column >= 0 and column < width
            column = min(max(column, 0), width - 1)
            if flip:
                column = width - 1 - column
            for c in range(channels):
                to[j * channels + c] = source[column * channels + c] if known or edge else zero


@kernel()
def _framed(a, b, height, width, channels, frame, edge, black):
    """b = a with ``frame`` pixels around it: those of the edge again, or black.

    Reading between pixels then needs no look at whether a neighbour is there.
    """
    zero = b.dtype.type(black)
    line = (width + 2 * frame) * channels
    for i in range(height + 2 * frame):
        row = min(max(i - frame, 0), height - 1)
        source = part(a, row * width * channels, width * channels)
        to = part(b, i * line, line)
        known = edge or row == i - frame
        for c in range(frame * channels):
            to[c] = source[c % channels] if edge else zero
            to[line - 1 - c] = source[width * channels - 1 - c % channels] if edge else zero
        inner = part(to, frame * channels, width * channels)
        for j in range(width * channels):
            inner[j] = source[j] if known else zero


@kernel()
def _turned_grey(a, b, height, width, over_x, over_y, down, right, cosine, sine):
    """As `_turned` for one channel, with 32-bit places: so it is vectorised."""
    one, low = np.float32(1), np.float32(1)
    high_x, high_y = np.float32(width + 2), np.float32(height + 2)
    middle_y, middle_x = np.float32((height - 1) / 2), np.float32((width - 1) / 2)
    line = np.int32(width + 4)
    for i in range(height):
        up = np.float32(i) - middle_y - down
        to = part(b, i * width, width)
        for j in range(width):
            along = np.float32(j) - middle_x - right
            x = over_x * (along * cosine + up * sine) + middle_x + np.float32(2)
            y = over_y * (up * cosine - along * sine) + middle_y + np.float32(2)
            x, y = min(max(x, low), high_x), min(max(y, low), high_y)
            left, top = np.int32(x), np.int32(y)
            fx, fy = x - np.float32(left), y - np.float32(top)
            at = np.uint32(top * line + left)
            below = np.uint32(at + np.uint32(line))
            upper = (one - fx) * a[at] + fx * a[at + np.uint32(1)]
            lower = (one - fx) * a[below] + fx * a[below + np.uint32(1)]
            to[j] = (one - fy) * upper + fy * lower


@kernel()
def _turned(a, b, height, width, channels, over_x, over_y, down, right, cosine, sine):
    """b = a flipped, turned, zoomed and moved, between pixels linearly; a has a frame of 2.

    ``over_x`` and ``over_y`` are -1 to flip, else 1.

    The pixel (i, j) of b is read at the place of a that the inverse movement gives; ``cosine`` and
    ``sine`` are divided by the zoom. Places beyond the frame's middle are moved onto it: all that
    is read there is frame.
    """
    one, low = np.float32(1), np.float32(1)
    high_x, high_y = np.float32(width + 2), np.float32(height + 2)
    middle_y, middle_x = np.float32((height - 1) / 2), np.float32((width - 1) / 2)
    line = (width + 4) * channels
    for i in range(height):
        up = np.float32(i) - middle_y - down
        to = part(b, i * width * channels, width * channels)
        for j in range(width):
            along = np.float32(j) - middle_x - right
            x = over_x * (along * cosine + up * sine) + middle_x + np.float32(2)
            y = over_y * (up * cosine - along * sine) + middle_y + np.float32(2)
            x, y = min(max(x, low), high_x), min(max(y, low), high_y)
            left, top = np.int64(x), np.int64(y)
            fx, fy = x - np.float32(left), y - np.float32(top)
            above = part(a, top * line + left * channels, 2 * channels)
            below = part(a, (top + 1) * line + left * channels, 2 * channels)
            w1, w3 = fx * (one - fy), fx * fy
            w0, w2 = (one - fx) * (one - fy), (one - fx) * fy
            pixel = part(to, j * channels, channels)
            for c in range(channels):
                pixel[c] = (
                    w0 * above[c] + w1 * above[c + channels]
                    + w2 * below[c] + w3 * below[c + channels]
                )  # fmt: skip


@kernel()
def _spoiled(b, key, what, normals):
    """b brightened and noised in place."""
    light = b.dtype.type(_between(key, 6, what[BRIGHTNESS]))
    deviation = b.dtype.type(what[NOISE])
    if deviation > 0:
        here = _mix(key ^ np.uint32(0x85EBCA6B))
        for j in range(b.shape[0]):
            place = _mix(here + np.uint32(j) * _GOLDEN) & np.uint32(NORMALS - 1)
            b[j] += light + deviation * normals[place]
    elif light != 0:
        for j in range(b.shape[0]):
            b[j] += light
    if what[CLIP] and (deviation > 0 or light != 0):
        low, high = b.dtype.type(what[LOW]), b.dtype.type(what[HIGH])
        for j in range(b.shape[0]):
            b[j] = min(max(b[j], low), high)


@kernel()
def _erased(b, height, width, channels, key, most, black):
    """A rectangle of b made black, in every second row: its area up to the share ``most``."""
    if _chance(key, 7) < 0.5:
        return
    share = most * _chance(key, 8)
    ratio = np.exp(_between(key, 9, np.log(2.0)))
    tall = min(height, max(1, np.int64(np.rint(np.sqrt(share * ratio) * height))))
    wide = min(width, max(1, np.int64(np.rint(np.sqrt(share / ratio) * width))))
    top = np.int64(_chance(key, 10) * (height - tall + 1))
    left = np.int64(_chance(key, 11) * (width - wide + 1))
    zero = b.dtype.type(black)
    for i in range(top, top + tall):
        line = part(b, (i * width + left) * channels, wide * channels)
        for j in range(line.shape[0]):
            line[j] = zero


@kernel()
def augment(x, rows, height, width, channels, what, seed, epoch, normals, room, out, clean):
    """out = the given rows of x, each changed by chance; clean = the same, moved but not spoiled.

    What happens to a row depends on seed, epoch and the row's number alone, so that it is the same
    on any number of threads and however rows are cut into parts. ``height`` 0 says that rows are no
    pictures: then noise alone applies. Without ``clean`` (no rows) it is not filled.

    Shapes: x ``(n, height width channels)``, rows ``(k,)`` into x, what ``(NUMBERS,)`` float64,
    normals ``(NORMALS,)``, room ``(numbers of a picture with its frame,)`` like x for the kernel's
    own use, out ``(k, ...)`` and clean ``(k or 0, ...)`` like x.
    """
    size = x.shape[1]
    base = _mix(np.uint32(seed) ^ _mix(np.uint32(epoch) + _GOLDEN))
    turns = what[ROTATE] > 0 or what[ZOOM] > 0
    moves = what[MIRROR] > 0 or what[TURN_OVER] > 0 or what[SHIFT] > 0
    for k in range(rows.shape[0]):
        a, b = x[rows[k]], out[k]
        key = _mix(base ^ (np.uint32(rows[k]) * _GOLDEN))
        if height > 0 and (turns or moves):
            flip = _chance(key, 0) < what[MIRROR]
            over = _chance(key, 1) < what[TURN_OVER]
            down = _between(key, 2, what[SHIFT] * height)
            right = _between(key, 3, what[SHIFT] * width)
            edge = what[EDGE] > 0
            if turns:
                angle = _between(key, 4, what[ROTATE])
                zoom = 1.0 + _between(key, 5, what[ZOOM])
                cosine = np.float32(np.cos(angle) / zoom)
                sine = np.float32(np.sin(angle) / zoom)
                _framed(a, room, height, width, channels, FRAME, edge, what[LOW])
                over_x, over_y = np.float32(-1 if flip else 1), np.float32(-1 if over else 1)
                if channels == 1:
                    _turned_grey(room, b, height, width, over_x, over_y, np.float32(down),
                                 np.float32(right), cosine, sine)  # fmt: skip
                else:
                    _turned(room, b, height, width, channels, over_x, over_y, np.float32(down),
                            np.float32(right), cosine, sine)  # fmt: skip
            else:
                _moved(a, b, height, width, channels, flip, over, np.int64(np.rint(down)),
                       np.int64(np.rint(right)), edge, what[LOW])  # fmt: skip
        else:
            for j in range(size):
                b[j] = a[j]
        if clean.shape[0] > 0:
            kept = clean[k]
            for j in range(size):
                kept[j] = b[j]
        if what[BRIGHTNESS] > 0 or what[NOISE] > 0:
            _spoiled(b, key, what, normals)
        if height > 0 and what[ERASE] > 0:
            _erased(b, height, width, channels, key, what[ERASE], what[LOW])
