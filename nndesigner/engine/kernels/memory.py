"""Parts of arrays without cost, so that kernels on plain arrays still vectorise, and fetching."""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array


def flat_array(context: Any, builder: Any, kind: Any, data: Any, count: Any) -> Any:
    """A flat array over memory that something else owns."""
    result = context.make_array(kind)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    item = ir.Constant(context.get_value_type(types.intp), size)
    populate_array(
        result,
        data=data,
        shape=[count],
        strides=[item],
        itemsize=item,
        meminfo=None,
        parent=None,
    )
    return result._getvalue()


@intrinsic
def part(context: Any, array: Any, start: Any, count: Any) -> Any:
    """``array[start : start + count]`` of a flat array or a pointer, not checked, not counted.

    A slice would count references, which two threads fight over; and an index with an offset,
    ``a[start + i]``, may be negative for all the compiler knows, so that a loop over it is never
    vectorised. The part must not outlive the array.
    """
    kind = types.Array(array.dtype, 1, "C")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = arguments[0]
        if isinstance(array, types.Array):
            data = context.make_array(array)(context, builder, data).data
        return flat_array(context, builder, kind, builder.gep(data, [arguments[1]]), arguments[2])

    return kind(array, types.intp, types.intp), generate


@intrinsic
def at(context: Any, like: Any, address: Any, count: Any) -> Any:
    """``count`` numbers of the type of ``like`` (an array or a pointer) from an address on."""
    kind = types.Array(like.dtype, 1, "C")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_data_type(like.dtype)
        data = builder.inttoptr(arguments[1], number.as_pointer())
        return flat_array(context, builder, kind, data, arguments[2])

    return kind(like, types.int64, types.intp), generate


@intrinsic
def shorts_at(context: Any, address: Any, count: Any) -> Any:
    """``count`` 32-bit integers from an address on."""
    kind = types.Array(types.int32, 1, "C")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = builder.inttoptr(arguments[0], ir.IntType(32).as_pointer())
        return flat_array(context, builder, kind, data, arguments[1])

    return kind(types.int64, types.intp), generate


#: Bytes that a processor fetches from memory at a time.
_CACHE_LINE = 64


@intrinsic
def fetch(context: Any, array: Any, start: Any, count: Any) -> Any:
    """Have ``array[start : start + count]`` brought near while something else is computed.

    What is fetched need not be there: a place without memory is no fault.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, start, count = arguments
        data = context.make_array(array)(context, builder, value).data
        step = _CACHE_LINE // context.get_abi_sizeof(context.get_data_type(array.dtype))
        byte, short, index = ir.IntType(8).as_pointer(), ir.IntType(32), start.type
        kind = ir.FunctionType(ir.VoidType(), [byte, short, short, short])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        # To be read, kept in all caches but the first, data.
        how = [ir.Constant(short, number) for number in (0, 2, 1)]
        with cgutils.for_range_slice(
            builder, ir.Constant(index, 0), count, ir.Constant(index, step), index
        ) as (i, _):
            place = builder.gep(data, [builder.add(start, i)])
            builder.call(prefetch, [builder.bitcast(place, byte), *how])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate
