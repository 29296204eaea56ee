"""A line of a turned grey picture from whole registers, where a processor can mix two by index.

A register's worth of pixels of a line that is turned a little lies on a few lines of the picture,
within two registers of each: these are loaded as they lie and mixed, where reading pixel by pixel
takes two loads and two stores for each.
"""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from nndesigner.engine.kernels.registers import REGISTER_BYTES, Registers

#: Whether this processor can: it has AVX-512.
WIDE = REGISTER_BYTES == 64
#: Pixels of a register.
PIXELS = 16
#: The furthest that a pixel's neighbour may be read, across (so that all lie within two registers)
#: and down (beyond it, pixel by pixel is as quick).
ACROSS, DOWN = 1.9, 0.5

_INDEX, _SHORT = ir.IntType(64), ir.IntType(32)


class _Turning(Registers):
    """Registers of pixels, their places and their indices."""

    def __init__(self, context: Any, builder: Any, dtype: Any) -> None:
        super().__init__(context, builder, dtype)
        self.whole = ir.VectorType(_SHORT, self.lanes)
        self.lane = ir.Constant(self.whole, list(range(self.lanes)))

    def constant(self, number: float) -> Any:
        return ir.Constant(self.vector, [number] * self.lanes)

    def spread(self, index: Any) -> Any:
        return self._spread(index, self.whole)

    def kept(self, values: Any, low: Any, high: Any) -> Any:
        """Values not below low nor above high."""
        builder = self.builder
        values = builder.select(builder.fcmp_ordered("<", values, low), low, values)
        return builder.select(builder.fcmp_ordered(">", values, high), high, values)

    def ends(self, indices: Any) -> tuple[Any, Any]:
        """The smaller and the larger one of the first and the last index, of a straight line."""
        builder = self.builder
        first, last = (
            builder.extract_element(indices, ir.Constant(_SHORT, lane))
            for lane in (0, self.lanes - 1)
        )
        less = builder.icmp_signed("<", first, last)
        return builder.select(less, first, last), builder.select(less, last, first)

    def mixed(self, one: Any, other: Any, index: Any) -> Any:
        """By index from the numbers of two registers, one behind the other."""
        kind = ir.FunctionType(self.vector, [self.vector, self.whole, self.vector])
        name = "llvm.x86.avx512.vpermi2var.ps.512"
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [one, index, other])

    def size_of(self, values: Any) -> Any:
        function = self._function("fabs", ir.FunctionType(self.vector, [self.vector]))
        return self.builder.call(function, [values])


@intrinsic
def turned_line(
    context: Any, a: Any, line: Any, b: Any, to: Any, width: Any, x: Any, y: Any, x_step: Any,
    y_step: Any, low: Any, high_x: Any, high_y: Any,
) -> Any:  # fmt: skip
    """b[to + j] = a between the pixels around (x + j x_step, y + j y_step), for j < width.

    Places are kept between ``low`` and ``high_x``, ``high_y``. ``line`` numbers of a are a line;
    two registers behind its last pixel may be read, and b is written up to its end, not beyond,
    whatever the width. For float32 where `WIDE`, and steps up to `ACROSS` and `DOWN`.
    """
    whole = types.intp

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if a.dtype != types.float32 or not WIDE:  # never called then, yet compiled
            return context.get_dummy_value()
        (
            a_value, line, b_value, to, width, x, y, x_step, y_step, low, high_x, high_y,
        ) = arguments  # fmt: skip
        registers = _Turning(context, builder, a.dtype)
        source = registers.data(a_value, a)
        target_array = context.make_array(b)(context, builder, b_value)
        room = builder.sub(builder.extract_value(target_array.shape, 0), to)
        target = builder.gep(target_array.data, [to])
        x, y, x_step, y_step, low, high_x, high_y = (
            registers.splat(value) for value in (x, y, x_step, y_step, low, high_x, high_y)
        )
        one = registers.constant(1.0)
        total = cgutils.alloca_once(builder, registers.vector)
        away = cgutils.alloca_once(builder, registers.vector)
        start, step = ir.Constant(_INDEX, 0), ir.Constant(_INDEX, registers.lanes)
        with cgutils.for_range_slice(builder, start, width, step, _INDEX) as (j, _):
            places = builder.add(registers.spread(builder.trunc(j, _SHORT)), registers.lane)
            steps = builder.sitofp(places, registers.vector)
            right = registers.kept(registers.multiply_add(steps, x_step, x), low, high_x)
            under = registers.kept(registers.multiply_add(steps, y_step, y), low, high_y)
            left, top = (builder.fptosi(value, registers.whole) for value in (right, under))
            share = builder.fsub(right, builder.sitofp(left, registers.vector))
            first_column, _ = registers.ends(left)
            first_row, last_row = registers.ends(top)
            here = builder.sub(left, registers.spread(first_column))
            beside = builder.add(here, registers.spread(ir.Constant(_SHORT, 1)))
            row = builder.sitofp(first_row, registers.number)
            builder.store(builder.fsub(under, registers.splat(row)), away)
            builder.store(registers.zero, total)
            first_row, last_row, first_column = (
                builder.sext(value, _INDEX) for value in (first_row, last_row, first_column)
            )
            corner = builder.add(builder.mul(first_row, line), first_column)
            rows = builder.add(builder.sub(last_row, first_row), ir.Constant(_INDEX, 2))
            with cgutils.for_range(builder, rows) as i:
                place = builder.add(corner, builder.mul(i.index, line))
                near = registers.load(registers.at(source, place))
                far = registers.load(registers.at(source, builder.add(place, step)))
                value = registers.mixed(near, far, here)
                neighbour = registers.mixed(near, far, beside)
                value = registers.multiply_add(builder.fsub(neighbour, value), share, value)
                distance = builder.load(away)
                weight = builder.fsub(one, registers.size_of(distance))
                old = builder.load(total)
                # Not by a weight of 0: lines that do not count may hold NaN.
                counts = builder.fcmp_ordered(">", weight, registers.zero)
                new = registers.multiply_add(value, weight, old)
                builder.store(builder.select(counts, new, old), total)
                builder.store(builder.fsub(distance, one), away)
            left_over = builder.sub(room, j)
            result, there = builder.load(total), registers.at(target, j)
            fits = builder.icmp_signed(">=", left_over, step)
            with builder.if_else(fits) as (inside, at_end):
                with inside:  # beyond the line: the next one overwrites it
                    registers.store(result, there)
                with at_end:
                    registers.store_some(result, there, registers.first(left_over))
        return context.get_dummy_value()

    number = a.dtype
    return types.void(
        a, whole, b, whole, whole, number, number, number, number, number, number, number
    ), generate  # fmt: skip
