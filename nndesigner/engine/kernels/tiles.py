"""Small matrix products held in the processor's vector registers, for operands of any distances.

A product through BLAS wants its operands laid out as matrices. A tile reads them where they lie:
the windows of an image need not be copied, since a tile asks where each of its rows begins.
"""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import flat_array
from nndesigner.engine.kernels.registers import REGISTER_BYTES, Registers

#: The rows of a tile: with those across as many sums as there are registers to hold them.
HEIGHT = 8 if REGISTER_BYTES == 64 else 6
#: The most registers across.
WIDEST = 3 if REGISTER_BYTES == 64 else 2


def _tile(vectors: int) -> Any:
    @intrinsic
    def tile(
        context: Any, a: Any, where: Any, count: Any, outer: Any, a_outer: Any, inner: Any,
        a_inner: Any, b: Any, b_outer: Any, b_inner: Any, c: Any, distance: Any, last: Any,
        add: Any,
    ) -> Any:  # fmt: skip
        whole = types.intp
        signature = types.void(
            a, where, whole, whole, whole, whole, whole, b, whole, whole, c, whole, whole, whole
        )

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            (
                a_value, where_value, count, outer, a_outer, inner, a_inner, b_value, b_outer,
                b_inner, c_value, distance, last, add,
            ) = arguments  # fmt: skip
            index = ir.IntType(64)
            registers = Registers(context, builder, a.dtype)
            lanes, vector = registers.lanes, registers.vector
            a_data, b_data, c_data = (
                registers.data(value, kind)
                for value, kind in ((a_value, a), (b_value, b), (c_value, c))
            )
            places = registers.data(where_value, where)
            rows = []
            for i in range(HEIGHT):
                start = builder.load(builder.gep(places, [ir.Constant(index, i)]))
                rows.append(builder.gep(a_data, [start]))
            sums = [
                [cgutils.alloca_once(builder, vector) for _ in range(vectors)]
                for _ in range(HEIGHT)
            ]
            for row in sums:
                for place in row:
                    builder.store(registers.zero, place)
            with cgutils.for_range(builder, outer) as first:
                a_start = builder.mul(first.index, a_outer)
                b_start = builder.mul(first.index, b_outer)
                with cgutils.for_range(builder, inner) as second:
                    a_at = builder.add(a_start, builder.mul(second.index, a_inner))
                    b_at = builder.add(b_start, builder.mul(second.index, b_inner))
                    b_row = builder.gep(b_data, [b_at])
                    across = [
                        registers.load(registers.at(b_row, j * lanes)) for j in range(vectors)
                    ]
                    for i in range(HEIGHT):
                        factor = registers.splat(builder.load(builder.gep(rows[i], [a_at])))
                        for j in range(vectors):
                            total = builder.load(sums[i][j])
                            total = registers.multiply_add(factor, across[j], total)
                            builder.store(total, sums[i][j])

            mask = registers.first(last)
            adding = builder.icmp_signed("!=", add, ir.Constant(index, 0))
            for i in range(HEIGHT):
                wanted = builder.icmp_signed(">", count, ir.Constant(index, i))
                with builder.if_then(wanted):
                    row = builder.gep(c_data, [builder.mul(distance, ir.Constant(index, i))])
                    for j in range(vectors):
                        whole_one = j < vectors - 1
                        to = registers.at(row, j * lanes)
                        with builder.if_then(adding):
                            old = registers.load(to) if whole_one else registers.load_some(to, mask)
                            total = builder.fadd(builder.load(sums[i][j]), old)
                            builder.store(total, sums[i][j])
                        if whole_one:
                            registers.store(builder.load(sums[i][j]), to)
                        else:
                            registers.store_some(builder.load(sums[i][j]), to, mask)
            return context.get_dummy_value()

        return signature, generate

    return tile


_tile_1, _tile_2 = _tile(1), _tile(2)
_tile_3 = _tile(3) if WIDEST > 2 else _tile_2


@intrinsic
def places(context: Any) -> Any:
    """Room for the `HEIGHT` places of a tile, which lasts until the kernel that asked returns."""
    kind = types.Array(types.int64, 1, "C")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        room = cgutils.alloca_once(builder, ir.IntType(64), size=HEIGHT)
        count = context.get_constant(types.intp, HEIGHT)
        return flat_array(context, builder, kind, room, count)

    return kind(), generate


@kernel()
def tile(
    vectors, a, where, count, outer, a_outer, inner, a_inner, b, b_outer, b_inner, c, distance,
    last, add,
):  # fmt: skip
    """C[i, :] (+)= Σ_o Σ_t a[where[i] + o a_outer + t a_inner] b[o b_outer + t b_inner, :].

    C has ``count`` rows, ``distance`` apart, and ``vectors`` registers across, of which the last
    keeps its first ``last`` numbers; b is read whole. ``where`` names `HEIGHT` places; those beyond
    ``count`` must be safe to read.
    """
    if vectors == 1:
        _tile_1(
            a, where, count, outer, a_outer, inner, a_inner, b, b_outer, b_inner, c, distance,
            last, add,
        )  # fmt: skip
    elif vectors == 2:
        _tile_2(
            a, where, count, outer, a_outer, inner, a_inner, b, b_outer, b_inner, c, distance,
            last, add,
        )  # fmt: skip
    else:
        _tile_3(
            a, where, count, outer, a_outer, inner, a_inner, b, b_outer, b_inner, c, distance,
            last, add,
        )  # fmt: skip
