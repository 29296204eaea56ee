"""Parts of arrays without cost, so that kernels on plain arrays still vectorise."""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array


@intrinsic
def part(context: Any, array: Any, start: Any, count: Any) -> Any:
    """``array[start : start + count]`` of a flat array, not checked and not counted as a reference.

    A slice would count references, which two threads fight over; and an index with an offset,
    ``a[start + i]``, may be negative for all the compiler knows, so that a loop over it is never
    vectorised. The part must not outlive the array.
    """
    kind = types.Array(array.dtype, 1, "C")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = context.make_array(array)(context, builder, arguments[0])
        result = context.make_array(kind)(context, builder)
        size = context.get_abi_sizeof(context.get_data_type(array.dtype))
        item = ir.Constant(context.get_value_type(types.intp), size)
        populate_array(
            result,
            data=builder.gep(whole.data, [arguments[1]]),
            shape=[arguments[2]],
            strides=[item],
            itemsize=item,
            meminfo=None,
            parent=None,
        )
        return result._getvalue()

    return kind(array, types.intp, types.intp), generate
