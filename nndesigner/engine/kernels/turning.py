"""Pictures turned, zoomed, flipped and moved, read between pixels linearly."""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
import numpy as np
from numba import types
from numba.extending import intrinsic

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.kernels.registers import copy
from nndesigner.engine.kernels.turned_lines import ACROSS, DOWN, PIXELS, turned_line

#: Pixels around a picture while it is turned.
FRAME = 2
#: Pixels that are turned at a time, so that what is noted of them stays in the fastest cache.
STRETCH = 256
#: The most channels of a pixel that are read as one register, and its numbers.
LANES = 4

_INDEX = ir.IntType(64)


def room_of(height: int, width: int, channels: int) -> int:
    """Numbers that `turned` needs for its own use: a framed picture, and notes of a stretch."""
    picture = (height + 2 * FRAME) * (width + 2 * FRAME) * channels
    return picture + 2 * PIXELS + 6 * STRETCH


def _copy_whole(count: int) -> Any:
    """What copies ``count`` numbers as one whole number."""

    def typed(context: Any, a: Any, at: Any, b: Any, to: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a_value, at, b_value, to = arguments
            size = context.get_abi_sizeof(context.get_data_type(a.dtype))
            whole = ir.IntType(8 * size * count).as_pointer()
            source = context.make_array(a)(context, builder, a_value).data
            target = context.make_array(b)(context, builder, b_value).data
            value = builder.load(builder.bitcast(builder.gep(source, [at]), whole), align=size)
            builder.store(value, builder.bitcast(builder.gep(target, [to]), whole), align=size)
            return context.get_dummy_value()

        return types.void(a, types.intp, b, types.intp), generate

    return typed


@intrinsic
def copy_one(context: Any, a: Any, at: Any, b: Any, to: Any) -> Any:
    """b[to] = a[at], of which no compiler makes a register's worth at a time."""
    return _copy_whole(1)(context, a, at, b, to)


@intrinsic
def _copy_pair(context: Any, a: Any, at: Any, b: Any, to: Any) -> Any:
    """b[to] and b[to + 1] = a[at] and a[at + 1]."""
    return _copy_whole(2)(context, a, at, b, to)


@intrinsic
def _blend_pixel(
    context: Any, a: Any, above: Any, below: Any, channels: Any, fx: Any, fy: Any, b: Any, to: Any
) -> Any:
    """b[to + c] between a's four pixels at ``above``, ``below`` and ``channels`` beside each.

    All `LANES` numbers are read and written, whatever the channels.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a_value, above, below, channels, fx, fy, b_value, to = arguments
        number = context.get_data_type(a.dtype)
        size = context.get_abi_sizeof(number)
        vector = ir.VectorType(number, LANES)
        source = context.make_array(a)(context, builder, a_value).data
        target = context.make_array(b)(context, builder, b_value).data

        def place(data: Any, offset: Any) -> Any:
            return builder.bitcast(builder.gep(data, [offset]), vector.as_pointer())

        def load(offset: Any) -> Any:
            return builder.load(place(source, offset), align=size)

        def splat(value: Any) -> Any:
            nothing = ir.Constant(vector, ir.Undefined)
            short = ir.IntType(32)
            one = builder.insert_element(nothing, value, ir.Constant(short, 0))
            return builder.shuffle_vector(
                one, nothing, ir.Constant(ir.VectorType(short, LANES), [0] * LANES)
            )

        def between(low: Any, high: Any, share: Any) -> Any:
            step = builder.fsub(high, low, flags=("contract",))
            return builder.fadd(
                builder.fmul(step, share, flags=("contract",)), low, flags=("contract",)
            )

        right = splat(fx)
        upper = between(load(above), load(builder.add(above, channels)), right)
        lower = between(load(below), load(builder.add(below, channels)), right)
        builder.store(between(upper, lower, splat(fy)), place(target, to), align=size)
        return context.get_dummy_value()

    whole = types.intp
    return types.void(a, whole, whole, whole, a.dtype, a.dtype, b, whole), generate


@kernel()
def framed(a, b, height, width, channels, edge, black):
    """b = a with `FRAME` pixels around it: those of the edge again, or black.

    Reading between pixels then needs no look at whether a neighbour is there.
    """
    zero = b.dtype.type(black)
    line = (width + 2 * FRAME) * channels
    for i in range(height + 2 * FRAME):
        row = min(max(i - FRAME, 0), height - 1)
        source = part(a, row * width * channels, width * channels)
        to = part(b, i * line, line)
        if edge or row == i - FRAME:
            copy(source, 0, to, FRAME * channels, width * channels)
        else:
            for j in range(FRAME * channels, (FRAME + width) * channels):
                to[j] = zero
        right = (FRAME + width) * channels
        if not edge:
            for j in range(FRAME * channels):
                to[j] = zero
                to[right + j] = zero
            continue
        for c in range(channels):
            first, last = source[c], source[(width - 1) * channels + c]
            for j in range(FRAME):
                to[j * channels + c] = first
                to[right + j * channels + c] = last


@kernel()
def turned(
    a, b, height, width, channels, over_x, over_y, down, right, cosine, sine, along, up, room,
    places, wide,
):  # fmt: skip
    """b = a flipped, turned, zoomed and moved, between pixels linearly; a has a frame of `FRAME`.

    ``over_x`` and ``over_y`` are -1 to flip, else 1. The pixel (i, j) of b is read at the place of
    a that the inverse movement gives; ``cosine`` and ``sine`` are divided by the zoom. Places
    beyond the frame's middle are moved onto it: all that is read there is frame.

    Shapes: along and up ``(height width,)`` are how far right of and below the middle a pixel is;
    room ``(6 STRETCH,)`` like a, places ``(STRETCH,)`` int32. a has twice `PIXELS` numbers behind
    it that may be read. Not to be ``wide`` is to do without the registers of `turned_lines`.
    """
    kind = a.dtype.type
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    x_along, x_up = kind(over_x * cosine), kind(over_x * sine)
    y_along, y_up = kind(-over_y * sine), kind(over_y * cosine)
    x_start = kind(middle_x + FRAME - over_x * (right * cosine + down * sine))
    y_start = kind(middle_y + FRAME - over_y * (down * cosine - right * sine))
    low, high_x, high_y = kind(FRAME - 1), kind(width + FRAME), kind(height + FRAME)
    little = abs(x_along) <= ACROSS and abs(y_along) <= DOWN
    if wide and channels == 1 and a.itemsize == 4 and little:
        for i in range(height):
            x = up[i * width] * x_up - kind(middle_x) * x_along + x_start
            y = up[i * width] * y_up - kind(middle_x) * y_along + y_start
            turned_line(a, width + 2 * FRAME, b, i * width, width, x, y, x_along, y_along, low,
                        high_x, high_y)  # fmt: skip
        return
    line = np.int32((width + 2 * FRAME) * channels)
    across = np.int32(channels)
    shares_x, shares_y = part(room, 0, STRETCH), part(room, STRETCH, STRETCH)
    above, below = part(room, 2 * STRETCH, 2 * STRETCH), part(room, 4 * STRETCH, 2 * STRETCH)
    pixels = height * width
    for start in range(0, pixels, STRETCH):
        count = min(STRETCH, pixels - start)
        rights, downs = part(along, start, count), part(up, start, count)
        for j in range(count):
            x = rights[j] * x_along + downs[j] * x_up + x_start
            y = rights[j] * y_along + downs[j] * y_up + y_start
            x = low if x < low else x
            y = low if y < low else y
            x = high_x if x > high_x else x
            y = high_y if y > high_y else y
            left, top = np.int32(x), np.int32(y)
            shares_x[j], shares_y[j] = x - kind(left), y - kind(top)
            places[j] = np.int32(top * line + left * across)
        to = part(b, start * channels, count * channels)
        if channels == 1:
            for j in range(count):
                _copy_pair(a, places[j], above, 2 * j)
                _copy_pair(a, places[j] + line, below, 2 * j)
            for j in range(count):
                upper = above[2 * j] + shares_x[j] * (above[2 * j + 1] - above[2 * j])
                lower = below[2 * j] + shares_x[j] * (below[2 * j + 1] - below[2 * j])
                to[j] = upper + shares_y[j] * (lower - upper)
            continue
        whole = 0
        if channels <= LANES:  # a pixel's last numbers are overwritten by the next pixel's first
            whole = max(0, count - (LANES - 1) // channels)
            for j in range(whole):
                _blend_pixel(a, places[j], places[j] + line, channels, shares_x[j], shares_y[j],
                             to, j * channels)  # fmt: skip
        for j in range(whole, count):
            pair = part(a, places[j], 2 * channels)
            under = part(a, places[j] + line, 2 * channels)
            pixel = part(to, j * channels, channels)
            for c in range(channels):
                upper = pair[c] + shares_x[j] * (pair[c + channels] - pair[c])
                lower = under[c] + shares_x[j] * (under[c + channels] - under[c])
                pixel[c] = upper + shares_y[j] * (lower - upper)
