"""Vector registers by hand, for short rows of numbers that no compiler turns into vectors well."""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _register_bytes() -> int:
    features = llvmlite.binding.get_host_cpu_features()
    if features.get("avx512f"):
        return 64
    return 32 if features.get("avx") else 16


#: How many bytes a vector register of this processor holds. Compiled kernels are kept by processor.
REGISTER_BYTES = _register_bytes()

_INDEX, _SHORT = ir.IntType(64), ir.IntType(32)


class Registers:
    """Writes instructions on registers full of one type of number."""

    def __init__(self, context: Any, builder: Any, dtype: Any) -> None:
        self.context, self.builder = context, builder
        self.number = context.get_value_type(dtype)
        self.itemsize = context.get_abi_sizeof(self.number)
        self.lanes = REGISTER_BYTES // self.itemsize
        self.vector = ir.VectorType(self.number, self.lanes)
        self.truth = ir.VectorType(ir.IntType(1), self.lanes)
        self.zero = ir.Constant(self.vector, [0.0] * self.lanes)
        self._suffix = f"v{self.lanes}f{self.itemsize * 8}"

    def data(self, array: Any, kind: Any) -> Any:
        """The pointer of a flat array."""
        return self.context.make_array(kind)(self.context, self.builder, array).data

    def at(self, pointer: Any, offset: Any) -> Any:
        """The pointer some numbers on."""
        if isinstance(offset, int):
            offset = ir.Constant(_INDEX, offset)
        return self.builder.bitcast(self.builder.gep(pointer, [offset]), self.vector.as_pointer())

    def splat(self, value: Any) -> Any:
        """A register with one number everywhere."""
        return self._spread(value, self.vector)

    def first(self, count: Any) -> Any:
        """A mask of the first numbers; ``count`` may be more than there are."""
        counted = ir.VectorType(_SHORT, self.lanes)
        bound = self._spread(self.builder.trunc(count, _SHORT), counted)
        return self.builder.icmp_signed("<", ir.Constant(counted, list(range(self.lanes))), bound)

    def load(self, place: Any) -> Any:
        """A whole register."""
        return self.builder.load(place, align=self.itemsize)

    def store(self, value: Any, place: Any) -> None:
        """A whole register."""
        self.builder.store(value, place, align=self.itemsize)

    def load_some(self, place: Any, mask: Any) -> Any:
        """What the mask names, zeros elsewhere."""
        kinds = [place.type, _SHORT, self.truth, self.vector]
        function = self._function("masked.load", ir.FunctionType(self.vector, kinds), ".p0")
        align = ir.Constant(_SHORT, self.itemsize)
        return self.builder.call(function, [place, align, mask, self.zero])

    def store_some(self, value: Any, place: Any, mask: Any) -> None:
        """What the mask names."""
        kinds = [self.vector, place.type, _SHORT, self.truth]
        function = self._function("masked.store", ir.FunctionType(ir.VoidType(), kinds), ".p0")
        align = ir.Constant(_SHORT, self.itemsize)
        self.builder.call(function, [value, place, align, mask])

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """a b + c."""
        function = self._function("fmuladd", ir.FunctionType(self.vector, [self.vector] * 3))
        return self.builder.call(function, [a, b, c])

    def _function(self, name: str, kind: Any, ending: str = "") -> Any:
        full = f"llvm.{name}.{self._suffix}{ending}"
        return cgutils.get_or_insert_function(self.builder.module, kind, full)

    def _spread(self, value: Any, vector: Any) -> Any:
        nothing = ir.Constant(vector, ir.Undefined)
        one = self.builder.insert_element(nothing, value, ir.Constant(_SHORT, 0))
        zeros = ir.Constant(ir.VectorType(_SHORT, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(one, nothing, zeros)


@intrinsic
def largest(
    context: Any, x: Any, start: Any, down: Any, across: Any, line: Any, channels: Any, y: Any,
    to: Any,
) -> Any:  # fmt: skip
    """y[to + c] = the largest x[start + i line + j channels + c], for i < down and j < across.

    NaN wins. ``down`` and ``across`` are at least 1.
    """
    whole = types.intp

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x_value, start, down, across, line, channels, y_value, to = arguments
        registers = Registers(context, builder, x.dtype)
        source = builder.gep(registers.data(x_value, x), [start])
        target = builder.gep(registers.data(y_value, y), [to])
        top = cgutils.alloca_once(builder, registers.vector)
        step = ir.Constant(_INDEX, registers.lanes)
        with cgutils.for_range_slice(builder, ir.Constant(_INDEX, 0), channels, step, _INDEX) as (
            c,
            _,
        ):
            mask = registers.first(builder.sub(channels, c))
            builder.store(registers.load_some(registers.at(source, c), mask), top)
            with cgutils.for_range(builder, down) as i:
                row = builder.add(c, builder.mul(i.index, line))
                with cgutils.for_range(builder, across) as j:
                    place = builder.add(row, builder.mul(j.index, channels))
                    value = registers.load_some(registers.at(source, place), mask)
                    best = builder.load(top)
                    more = builder.or_(
                        builder.fcmp_ordered(">", value, best),
                        builder.fcmp_unordered("uno", value, value),
                    )
                    builder.store(builder.select(more, value, best), top)
            registers.store_some(builder.load(top), registers.at(target, c), mask)
        return context.get_dummy_value()

    return types.void(x, whole, whole, whole, whole, whole, y, whole), generate


@intrinsic
def to_largest(
    context: Any, x: Any, start: Any, down: Any, across: Any, line: Any, channels: Any, y: Any,
    dy: Any, to: Any, dx: Any, add: Any,
) -> Any:  # fmt: skip
    """dx (+)= dy[to + c] at the first place of a window where x is y[to + c], as in `largest`."""
    whole = types.intp

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (
            x_value, start, down, across, line, channels, y_value, dy_value, to, dx_value, add,
        ) = arguments  # fmt: skip
        registers = Registers(context, builder, x.dtype)
        source = builder.gep(registers.data(x_value, x), [start])
        slope = builder.gep(registers.data(dx_value, dx), [start])
        tops = builder.gep(registers.data(y_value, y), [to])
        given = builder.gep(registers.data(dy_value, dy), [to])
        left = cgutils.alloca_once(builder, registers.vector)
        adding = builder.icmp_signed("!=", add, ir.Constant(_INDEX, 0))
        old = cgutils.alloca_once(builder, registers.vector)
        step = ir.Constant(_INDEX, registers.lanes)
        with cgutils.for_range_slice(builder, ir.Constant(_INDEX, 0), channels, step, _INDEX) as (
            c,
            _,
        ):
            mask = registers.first(builder.sub(channels, c))
            top = registers.load_some(registers.at(tops, c), mask)
            builder.store(registers.load_some(registers.at(given, c), mask), left)
            with cgutils.for_range(builder, down) as i:
                row = builder.add(c, builder.mul(i.index, line))
                with cgutils.for_range(builder, across) as j:
                    place = builder.add(row, builder.mul(j.index, channels))
                    value = registers.load_some(registers.at(source, place), mask)
                    hit = builder.fcmp_ordered("==", value, top)
                    rest = builder.load(left)
                    given_here = builder.select(hit, rest, registers.zero)
                    builder.store(builder.select(hit, registers.zero, rest), left)
                    builder.store(registers.zero, old)
                    here = registers.at(slope, place)
                    with builder.if_then(adding):
                        builder.store(registers.load_some(here, mask), old)
                    total = builder.fadd(given_here, builder.load(old))
                    registers.store_some(total, here, mask)
        return context.get_dummy_value()

    return types.void(
        x, whole, whole, whole, whole, whole, y, dy, whole, dx, whole
    ), generate  # fmt: skip


@intrinsic
def accumulate(context: Any, source: Any, start: Any, target: Any, to: Any, count: Any) -> Any:
    """target[to + i] += source[start + i] for i < count; the two must not overlap."""
    whole = types.intp

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source_value, start, target_value, to, count = arguments
        registers = Registers(context, builder, source.dtype)
        from_here = builder.gep(registers.data(source_value, source), [start])
        to_here = builder.gep(registers.data(target_value, target), [to])
        step = ir.Constant(_INDEX, registers.lanes)
        rest = builder.srem(count, step)
        full = builder.sub(count, rest)
        with cgutils.for_range_slice(builder, ir.Constant(_INDEX, 0), full, step, _INDEX) as (i, _):
            place = registers.at(to_here, i)
            total = builder.fadd(registers.load(place), registers.load(registers.at(from_here, i)))
            registers.store(total, place)
        with builder.if_then(builder.icmp_signed(">", rest, ir.Constant(_INDEX, 0))):
            mask = registers.first(rest)
            place = registers.at(to_here, full)
            total = builder.fadd(
                registers.load_some(place, mask),
                registers.load_some(registers.at(from_here, full), mask),
            )
            registers.store_some(total, place, mask)
        return context.get_dummy_value()

    return types.void(source, whole, target, whole, whole), generate


@intrinsic
def copy(context: Any, source: Any, start: Any, target: Any, to: Any, count: Any) -> Any:
    """target[to + i] = source[start + i] for i < count; the two must not overlap."""
    whole = types.intp

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source_value, start, target_value, to, count = arguments
        registers = Registers(context, builder, source.dtype)
        from_here = builder.gep(registers.data(source_value, source), [start])
        to_here = builder.gep(registers.data(target_value, target), [to])
        nothing, step = ir.Constant(_INDEX, 0), ir.Constant(_INDEX, registers.lanes)

        def move(i: Any) -> None:
            registers.store(registers.load(registers.at(from_here, i)), registers.at(to_here, i))

        last = builder.sub(count, step)
        with builder.if_else(builder.icmp_signed(">=", last, nothing)) as (long, short):
            with long:  # the last register overlaps the one before
                with cgutils.for_range_slice(builder, nothing, last, step, _INDEX) as (i, _):
                    move(i)
                move(last)
            with short:
                mask = registers.first(count)
                value = registers.load_some(registers.at(from_here, nothing), mask)
                registers.store_some(value, registers.at(to_here, nothing), mask)
        return context.get_dummy_value()

    return types.void(source, whole, target, whole, whole), generate
