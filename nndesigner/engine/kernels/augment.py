"""Rows changed by chance before they are learnt from: moved, turned, brightened, noised, erased."""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import fetch, part
from nndesigner.engine.kernels.registers import copy
from nndesigner.engine.kernels.turned_lines import WIDE
from nndesigner.engine.kernels.turning import STRETCH, copy_one, framed, turned

#: Places of the numbers in ``what``: chances of the flips, the largest shift (share of a side),
#: turn (radians), zoom and brightness, the deviation of the noise, the largest share that is
#: erased, whether the edge is repeated outside (else black), the values of black and white, and
#: whether values stay between these.
MIRROR, TURN_OVER, SHIFT, ROTATE, ZOOM, BRIGHTNESS, NOISE, ERASE, EDGE, LOW, HIGH, CLIP = range(12)
NUMBERS = 12
#: Numbers of the table of normal values; a power of two.
NORMALS = 4096

_GOLDEN = np.uint32(0x9E3779B9)
#: What leaves of a mixed number as many of its highest bits as the table needs.
_HIGH_BITS = np.uint32(32 - NORMALS.bit_length() + 1)


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
    line = width * channels
    # Columns of b before and behind those that a has.
    before, behind = min(max(right, 0), width), min(max(-right, 0), width)
    known = width - before - behind
    for i in range(height):
        row = i - down
        inside = row >= 0 and row < height
        row = min(max(row, 0), height - 1)
        if over:
            row = height - 1 - row
        source, to = part(a, row * line, line), part(b, i * line, line)
        if not (inside or edge):
            for j in range(line):
                to[j] = zero
            continue
        middle = part(to, before * channels, known * channels)
        if not flip:
            copy(source, behind * channels, middle, 0, known * channels)
        elif channels == 1:
            here = part(source, before, known)
            for j in range(known):
                middle[j] = here[known - 1 - j]
        else:
            here = part(source, before * channels, known * channels)
            for j in range(known):
                pixel = part(here, (known - 1 - j) * channels, channels)
                for c in range(channels):
                    middle[j * channels + c] = pixel[c]
        first = part(source, (width - 1) * channels if flip else 0, channels)
        last = part(source, 0 if flip else (width - 1) * channels, channels)
        for j in range(before):
            for c in range(channels):
                to[j * channels + c] = first[c] if edge else zero
        for j in range(width - behind, width):
            for c in range(channels):
                to[j * channels + c] = last[c] if edge else zero


@kernel()
def _spoiled(b, key, what, normals, room, places):
    """b brightened and noised in place, and kept between black and white."""
    kind = b.dtype.type
    light, deviation = kind(_between(key, 6, what[BRIGHTNESS])), kind(what[NOISE])
    low, high = kind(-np.inf), kind(np.inf)
    if what[CLIP]:
        low, high = kind(what[LOW]), kind(what[HIGH])
    if deviation == 0:
        for j in range(b.shape[0]):
            value = b[j] + light
            value = low if value < low else value
            b[j] = high if value > high else value
        return
    here = _mix(key ^ np.uint32(0x85EBCA6B))
    for start in range(0, b.shape[0], STRETCH):
        count = min(STRETCH, b.shape[0] - start)
        some = part(b, start, count)
        half = (count + 1) // 2
        # One mixed number is enough for two places in the table.
        others = part(places, half, half)
        first = np.uint32(start // 2)
        for j in range(half):
            mixed = _mix(here + (first + np.uint32(j)) * _GOLDEN)
            places[j] = np.int32(mixed & np.uint32(NORMALS - 1))
            others[j] = np.int32(mixed >> _HIGH_BITS)
        for j in range(count):
            copy_one(normals, places[j], room, j)
        for j in range(count):
            value = some[j] + (light + deviation * room[j])
            value = low if value < low else value
            some[j] = high if value > high else value


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
def _changed(a, b, kept, height, width, channels, what, key, normals, along, up, room, places):
    """b = a changed by chance, kept = the same before it is spoiled, unless that has no room."""
    turns = what[ROTATE] > 0 or what[ZOOM] > 0
    moves = what[MIRROR] > 0 or what[TURN_OVER] > 0 or what[SHIFT] > 0
    if height > 0 and (turns or moves):
        flip = _chance(key, 0) < what[MIRROR]
        over = _chance(key, 1) < what[TURN_OVER]
        down = _between(key, 2, what[SHIFT] * height)
        right = _between(key, 3, what[SHIFT] * width)
        edge = what[EDGE] > 0
        if turns:
            angle = _between(key, 4, what[ROTATE])
            zoom = 1.0 + _between(key, 5, what[ZOOM])
            notes = 6 * STRETCH
            picture = part(room, notes, room.shape[0] - notes)
            framed(a, picture, height, width, channels, edge, what[LOW])
            turned(picture, b, height, width, channels, -1.0 if flip else 1.0,
                   -1.0 if over else 1.0, down, right, np.cos(angle) / zoom,
                   np.sin(angle) / zoom, along, up, room, places, WIDE)  # fmt: skip
        else:
            _moved(a, b, height, width, channels, flip, over, np.int64(np.rint(down)),
                   np.int64(np.rint(right)), edge, what[LOW])  # fmt: skip
    else:
        copy(a, 0, b, 0, b.shape[0])
    copy(b, 0, kept, 0, kept.shape[0])
    if what[BRIGHTNESS] > 0 or what[NOISE] > 0:
        _spoiled(b, key, what, normals, room, places)
    if height > 0 and what[ERASE] > 0:
        _erased(b, height, width, channels, key, what[ERASE], what[LOW])


@kernel()
def changed(
    x, size, rows, height, width, channels, what, seed, epoch, normals, along, up, room, places,
    out, clean, clean_size,
):  # fmt: skip
    """As `augment`, for arrays of which the shapes are not looked at but that of ``rows``."""
    base = _mix(np.uint32(seed) ^ _mix(np.uint32(epoch) + _GOLDEN))
    kept = size if clean_size > 0 else 0
    for k in range(rows.shape[0]):
        if k + 1 < rows.shape[0]:
            fetch(x, rows[k + 1] * size, size)
        key = _mix(base ^ (np.uint32(rows[k]) * _GOLDEN))
        _changed(part(x, rows[k] * size, size), part(out, k * size, size),
                 part(clean, k * clean_size, kept), height, width, channels, what, key, normals,
                 along, up, room, places)  # fmt: skip


@kernel()
def augment(
    x, size, rows, height, width, channels, what, seed, epoch, normals, along, up, room, places,
    out, clean, clean_size,
):  # fmt: skip
    """out = the given rows of x, each changed by chance; clean = the same, moved but not spoiled.

    What happens to a row depends on seed, epoch and the row's number alone, so that it is the same
    on any number of threads and however rows are cut into parts. ``height`` 0 says that rows are no
    pictures: then noise alone applies. With ``clean_size`` 0 there is no ``clean``; else that is
    how many numbers a row of it has, of which the first are filled.

    Shapes: x ``(n size,)``, rows ``(k,)`` into x, what ``(NUMBERS,)`` float64, normals
    ``(NORMALS,)``, along and up ``(height width,)`` as in `turning.turned`, room
    ``(turning.room_of(...),)`` like x and places ``(STRETCH,)`` int32 for the kernel's own use, out
    ``(k size,)`` and clean ``(k clean_size,)`` like x.
    """
    changed(x, size, rows, height, width, channels, what, seed, epoch, normals, along, up, room,
            places, out, clean, clean_size)  # fmt: skip
