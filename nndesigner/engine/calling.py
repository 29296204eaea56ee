"""Compiled functions behind addresses: what an operation and an optimizer look like to the machine.

The machine calls operations through a table of addresses. So it is compiled once, whatever the
number of operations, each of them is compiled by itself, and a start loads only those in use.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import llvmlite.ir as ir
import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import intrinsic

from nndesigner.engine.jit import kept_forms, kernel

_WHOLE = types.CPointer(types.int64)
_FINE = types.CPointer(types.float64)


#: Two threads that compiled the same function would each keep code, and one of them would be freed
#: while the other's address is called.
_COMPILING = threading.RLock()


class Compiled:
    """A function without a result that is compiled for one signature a number type."""

    def __init__(self, function: Callable[..., None], kinds: Callable[[Any], list[Any]]) -> None:
        self.name = function.__name__
        self._dispatcher: Any = kernel()(function)
        self._kinds = kinds
        self._addresses: dict[str, int] = {}

    def address(self, dtype: npt.DTypeLike) -> int:
        """Where its code for float32 or float64 lies in this process; compiled when first asked."""
        name = np.dtype(dtype).name
        with _COMPILING:
            if name not in self._addresses:
                self._addresses[name] = self._compiled(name)
            return self._addresses[name]

    def is_kept(self, dtype: npt.DTypeLike) -> bool:
        """Whether it is compiled already, here or on disk."""
        name = np.dtype(dtype).name
        return name in self._addresses or str(self._signature(name)) in kept_forms(self._dispatcher)

    def _signature(self, name: str) -> Any:
        number = types.float32 if name == "float32" else types.float64
        return types.none(*self._kinds(types.CPointer(number)))

    def _compiled(self, name: str) -> int:
        signature = self._signature(name)
        self._dispatcher.compile(signature)
        found = self._dispatcher.overloads[signature.args]
        return int(found.library.get_pointer_to_function(found.fndesc.llvm_cfunc_wrapper_name))


def operation(function: Callable[..., None]) -> Compiled:
    """Compile a function of an operation.

    It takes ``(row, constants, frame, stats, v, d, w, g, work)``: pointers to its row of the tape,
    its constants, the numbers of `engine.ops`' frame, the sums of the losses, and this shard's
    values, their gradients, all weights, this shard's gradients of them, and scratch numbers.
    `memory.part` makes arrays of them, `memory.at` of the addresses in the frame.
    """
    return Compiled(function, lambda number: [_WHOLE, number, _WHOLE, _FINE, *[number] * 5])


def optimizer(function: Callable[..., None]) -> Compiled:
    """Compile the update of a stretch of weights.

    It takes ``(hyper, t, start, size, count, w, g, state)``: a pointer to the optimizer's numbers,
    the step from 1 on, which of the ``count`` weights to change, and pointers to all weights, to
    their gradient, and to the arrays that the optimizer remembers, one behind the other.
    """
    whole = types.int64
    return Compiled(
        function, lambda number: [_FINE, whole, whole, whole, whole, number, number, number]
    )


def _pointer(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    return context.make_array(kind)(context, builder, value).data


def _call(builder: Any, address: Any, arguments: list[Any]) -> None:
    signature = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
    builder.call(builder.inttoptr(address, signature.as_pointer()), arguments)


@intrinsic
def call_operation(
    context: Any, address: Any, k: Any, table: Any, constants: Any, frame: Any, stats: Any, v: Any,
    d: Any, w: Any, g: Any, work: Any,
) -> Any:  # fmt: skip
    """Call the operation of row ``k``. Arrays: table and constants 2-D, all others flat."""
    kinds = (table, constants, frame, stats, v, d, w, g, work)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, k, *arrays = arguments
        pointers = []
        for kind, array in zip(kinds, arrays, strict=True):
            whole = context.make_array(kind)(context, builder, array)
            pointer = whole.data
            if kind.ndim == 2:
                columns = builder.extract_value(whole.shape, 1)
                pointer = builder.gep(pointer, [builder.mul(k, columns)])
            pointers.append(pointer)
        _call(builder, address, pointers)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, *kinds), generate


@intrinsic
def call_optimizer(
    context: Any, address: Any, hyper: Any, t: Any, start: Any, size: Any, count: Any, w: Any,
    g: Any, state: Any,
) -> Any:  # fmt: skip
    """Call the update of ``size`` weights from ``start`` on."""
    whole = types.int64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, hyper_value, t, start, size, count, *arrays = arguments
        pointers = [
            _pointer(context, builder, kind, array)
            for kind, array in zip((w, g, state), arrays, strict=True)
        ]
        first = _pointer(context, builder, hyper, hyper_value)
        _call(builder, address, [first, t, start, size, count, *pointers])
        return context.get_dummy_value()

    return types.void(whole, hyper, whole, whole, whole, whole, w, g, state), generate
