"""Convolution by tiles that read the windows of an image where they lie, without copying them."""

from __future__ import annotations

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.kernels.registers import REGISTER_BYTES, accumulate
from nndesigner.engine.kernels.tiles import HEIGHT, WIDEST, places, tile


@kernel()
def lanes_in(array):
    """How many numbers of an array a register holds."""
    return REGISTER_BYTES // array.itemsize


@kernel()
def pack(rows, columns, w, packed):
    """w ``(rows, columns)`` as panels, one behind the other, as wide as a tile.

    Zeros follow the last column up to a whole register.
    """
    lanes = lanes_in(w)
    vectors = -(-columns // lanes)
    zero = w.dtype.type(0)
    for v in range(0, vectors, WIDEST):
        width = min(WIDEST, vectors - v) * lanes
        count = min(width, columns - v * lanes)
        for r in range(rows):
            source = part(w, r * columns + v * lanes, count)
            to = part(packed, v * lanes * rows + r * width, width)
            for j in range(count):
                to[j] = source[j]
            for j in range(count, width):
                to[j] = zero


@kernel()
def pack_turned(rows, columns, w, packed):
    """w ``(rows, columns)`` transposed, as panels: `pack` of its ``(columns, rows)``."""
    lanes = lanes_in(w)
    vectors = -(-rows // lanes)
    zero = w.dtype.type(0)
    for v in range(0, vectors, WIDEST):
        width = min(WIDEST, vectors - v) * lanes
        count = min(width, rows - v * lanes)
        panel = part(packed, v * lanes * columns, columns * width)
        for j in range(count):
            source = part(w, (v * lanes + j) * columns, columns)
            for c in range(columns):
                panel[c * width + j] = source[c]
        for c in range(columns):
            for j in range(count, width):
                panel[c * width + j] = zero


@kernel()
def padded_size(form):
    """Height and width of an image with its padding, as far as windows reach."""
    kh, kw, sh, sw, oh, ow = form[3], form[4], form[5], form[6], form[9], form[10]
    return (oh - 1) * sh + (kh - 1) * form[11] + 1, (ow - 1) * sw + kw


@kernel()
def pad(form, x, out):
    """One image with zeros around it; out ``padded_size``."""
    height, width, channels, top, left = form[0], form[1], form[2], form[7], form[8]
    high, wide = padded_size(form)
    zero = x.dtype.type(0)
    first = left * channels
    middle = min(width, wide - left) * channels
    for y in range(high):
        to = part(out, y * wide * channels, wide * channels)
        if 0 <= y - top < height:
            source = part(x, (y - top) * width * channels, middle)
            inside = part(to, first, middle)
            for i in range(first):
                to[i] = zero
            for i in range(middle):
                inside[i] = source[i]
            for i in range(first + middle, wide * channels):
                to[i] = zero
        else:
            for i in range(wide * channels):
                to[i] = zero


@kernel()
def is_whole(form):
    """Whether windows never reach beyond the image."""
    high, wide = padded_size(form)
    return form[7] == 0 and form[8] == 0 and high <= form[0] and wide <= form[1]


@kernel()
def outputs(form, filters, rows, x, w, y, add, work):
    """y (+)= windows of x times W.

    Shapes: as in `convolution.outputs`; work holds W with whole registers a row, and a padded
    image.
    """
    height, width, channels = form[0], form[1], form[2]
    kh, kw, sh, sw, oh, ow, down = form[3], form[4], form[5], form[6], form[9], form[10], form[11]
    lanes = lanes_in(x)
    vectors = -(-filters // lanes)
    across = vectors * lanes
    depth, line = kh * kw * channels, kw * channels
    image, count = height * width * channels, oh * ow
    pack(depth, filters, w, work)
    whole = is_whole(form)
    wide = width if whole else padded_size(form)[1]
    room = part(work, depth * across, padded_size(form)[0] * wide * channels)
    where = places()
    step = wide * channels
    for r in range(rows):
        if not whole:
            pad(form, part(x, r * image, image), room)
        source = part(x, r * image, image) if whole else room
        for first in range(0, count, HEIGHT):
            for i in range(HEIGHT):
                p = min(first + i, count - 1)
                where[i] = (p // ow * sh) * step + (p % ow) * sw * channels
            for v in range(0, vectors, WIDEST):
                take = min(WIDEST, vectors - v)
                tile(
                    take, source, where, count - first, kh, down * step, line, 1,
                    part(work, v * lanes * depth, depth * take * lanes), line * take * lanes,
                    take * lanes,
                    part(y, (r * count + first) * filters + v * lanes, count * filters), filters,
                    min(lanes, filters - (v + take - 1) * lanes), 1 if add else 0,
                )  # fmt: skip


@kernel()
def inputs(form, filters, rows, dy, w, dx, work):
    """dx += dy W', put back into its windows, as many windows at a time as a tile has rows.

    Shapes: as in `outputs`; work holds W transposed and the numbers of those windows.
    """
    height, width, channels = form[0], form[1], form[2]
    kh, kw, sw, oh, ow = form[3], form[4], form[6], form[9], form[10]
    lanes = lanes_in(dy)
    depth, line = kh * kw * channels, kw * channels
    vectors = -(-depth // lanes)
    across = vectors * lanes
    image, count = height * width * channels, oh * ow
    pack_turned(depth, filters, w, work)
    found = part(work, filters * across, HEIGHT * across)
    where = places()
    # Windows side by side write to the same places. A place that was just written, and is read
    # again as part of another register, makes the processor wait: so none follows its neighbour.
    apart = min(HEIGHT, -(-kw // sw))
    for r in range(rows):
        slope = part(dy, r * count * filters, count * filters)
        to = part(dx, r * image, image)
        for first in range(0, count, HEIGHT):
            many = min(HEIGHT, count - first)
            for i in range(HEIGHT):
                where[i] = min(first + i, count - 1) * filters
            for v in range(0, vectors, WIDEST):
                take = min(WIDEST, vectors - v)
                tile(
                    take, slope, where, many, 1, 0, filters, 1,
                    part(work, v * lanes * filters, filters * take * lanes), 0, take * lanes,
                    part(found, v * lanes, HEIGHT * across), across, lanes, 0,
                )  # fmt: skip
            for begin in range(apart):
                for i in range(begin, many, apart):
                    _put_back(form, first + i, line, part(found, i * across, depth), to)


@kernel()
def _put_back(form, place, line, found, dx):
    """Add the numbers of one window to where they come from."""
    height, width, channels, kh, kw = form[0], form[1], form[2], form[3], form[4]
    ow, down = form[10], form[11]
    top = place // ow * form[5] - form[7]
    left = place % ow * form[6] - form[8]
    skip = max(0, -left)
    count = (min(kw, width - left) - skip) * channels
    if count <= 0:
        return
    for ky in range(kh):
        y = top + ky * down
        if 0 <= y < height:
            accumulate(
                found, ky * line + skip * channels, dx, (y * width + left + skip) * channels, count
            )


@kernel()
def weights(form, filters, rows, x, dy, dw, fresh, work):
    """dW (+)= windows' dy. Shapes: as in `outputs`; work holds dW and a padded image."""
    height, width, channels = form[0], form[1], form[2]
    kh, kw, sh, sw, oh, ow, down = form[3], form[4], form[5], form[6], form[9], form[10], form[11]
    lanes = lanes_in(x)
    depth, line = kh * kw * channels, kw * channels
    image, count = height * width * channels, oh * ow
    whole = is_whole(form)
    high = padded_size(form)[0]
    wide = width if whole else padded_size(form)[1]
    step = wide * channels
    turned = -(-line // lanes) * lanes * filters < -(-filters // lanes) * lanes * line
    room = part(work, depth * filters if turned else 0, high * step)
    where = places()
    if turned:
        zero = dw.dtype.type(0)
        for i in range(depth * filters):
            work[i] = zero
    for r in range(rows):
        if not whole:
            pad(form, part(x, r * image, image), room)
        source = part(x, r * image, image) if whole else room
        slope = part(dy, r * count * filters, count * filters)
        if turned:
            _weights_turned(
                filters, lanes, kh, line, down * step, oh, sh * step, ow, sw * channels, source,
                slope, where, work,
            )  # fmt: skip
        else:
            add = 0 if fresh and r == 0 else 1
            vectors = -(-filters // lanes)
            for first in range(0, depth, HEIGHT):
                for i in range(HEIGHT):
                    k = min(first + i, depth - 1)
                    where[i] = k // line * down * step + k % line
                for v in range(0, vectors, WIDEST):
                    take = min(WIDEST, vectors - v)
                    tile(
                        take, source, where, depth - first, oh, sh * step, ow, sw * channels,
                        part(slope, v * lanes, count * filters), ow * filters, filters,
                        part(dw, first * filters + v * lanes, depth * filters), filters,
                        min(lanes, filters - (v + take - 1) * lanes), add,
                    )  # fmt: skip
    if turned:
        for k in range(depth):
            to = part(dw, k * filters, filters)
            for f in range(filters):
                to[f] = work[f * depth + k] + (to[f] * 0 if fresh else to[f])


@kernel()
def _weights_turned(
    filters, lanes, kh, line, below, oh, down, ow, right, source, slope, where, out
):  # fmt: skip
    """out ``(filters, kh * line)`` += dy' windows of one image, a line of the window at a time."""
    depth = kh * line
    vectors = -(-line // lanes)
    for first in range(0, filters, HEIGHT):
        for i in range(HEIGHT):
            where[i] = min(first + i, filters - 1)
        for ky in range(kh):
            for v in range(0, vectors, WIDEST):
                take = min(WIDEST, vectors - v)
                tile(
                    take, slope, where, filters - first, oh, ow * filters, ow, filters,
                    part(source, ky * below + v * lanes, oh * down), down, right,
                    part(out, first * depth + ky * line + v * lanes, filters * depth), depth,
                    min(lanes, line - (v + take - 1) * lanes), 1,
                )  # fmt: skip
