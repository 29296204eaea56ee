"""Exponential, sigmoid and tanh that vectorise: Numba has had no vector math library since 0.62."""

from __future__ import annotations

import math
from typing import Any

import llvmlite.ir as ir
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from nndesigner.engine.jit import kernel

_LOG2_E = np.float32(1.4426950408889634)
_LN2_HIGH = np.float32(0.693359375)
_LN2_LOW = np.float32(-2.12194440e-4)
_HIGH = np.float32(88.37)
_LOW = np.float32(-87.3)


@intrinsic
def _round_and_power(context: Any, x: Any) -> Any:
    """``(rint(x), 2 ** rint(x))`` of a float32 by integer arithmetic on its bits.

    Adding 1.5 * 2**23 leaves the rounded number in the low bits; shifted into the exponent they are
    the power. Integer arithmetic on 32 bits needs the compiler's own language: Numba widens it.
    """
    pair = types.UniTuple(types.float32, 2)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, integer = ir.FloatType(), ir.IntType(32)
        magic = ir.Constant(number, 12582912.0)
        shifted = builder.fadd(arguments[0], magic)
        rounded = builder.fsub(shifted, magic)
        bits = builder.bitcast(shifted, integer)
        bits = builder.add(
            builder.shl(bits, ir.Constant(integer, 23)), ir.Constant(integer, 0x3F800000)
        )
        return cgutils.pack_array(builder, [rounded, builder.bitcast(bits, number)])

    return pair(types.float32), generate


#: Without "reassoc": a compiler that may reorder sums removes the rounding below.
_ORDERED = {"nsz", "arcp", "contract", "afn"}


@kernel(fastmath=_ORDERED)
def _exp32(x):
    x = _HIGH if x > _HIGH else x  # written so that NaN stays
    x = _LOW if x < _LOW else x
    n, power = _round_and_power(x * _LOG2_E)
    r = x - n * _LN2_HIGH
    r = r - n * _LN2_LOW
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    return (p * r * r + r + np.float32(1)) * power


def exp(x):
    """eˣ; for float32 within 2e-7 of the truth from -87 to 88, where it levels off. NaN stays.

    Source: the polynomial of Cephes' expf.
    """
    return math.exp(x)  # for plain Python; kernels get a form below


@overload(exp)
def _exp(x):
    if x == types.float32:
        return lambda x: _exp32(x)
    return lambda x: math.exp(x)


@kernel()
def sigmoid(x):
    """1 / (1 + e⁻ˣ)."""
    one = np.float32(1)
    return one / (one + exp(-x))


def tanh(x):
    """The hyperbolic tangent, within 2e-7 for float32."""
    return math.tanh(x)  # for plain Python; kernels get a form below


@kernel()
def _tanh32(x):
    one, two = np.float32(1), np.float32(2)
    return one - two / (_exp32(two * x) + one)


@overload(tanh)
def _tanh(x):
    if x == types.float32:
        return lambda x: _tanh32(x)
    return lambda x: math.tanh(x)
