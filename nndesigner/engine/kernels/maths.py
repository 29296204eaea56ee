"""Functions of one number that vectorise: Numba has had no vector math library since 0.62."""

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
_TANH_END = np.float32(10.0)


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
    return (_exp_tail(r) + np.float32(1)) * power


@kernel(fastmath=_ORDERED)
def _exp_tail(r):
    """eʳ − 1 for small r."""
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    return p * r * r + r


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
    """The hyperbolic tangent, within 3e-7 of the truth, relatively, for float32."""
    return math.tanh(x)  # for plain Python; kernels get a form below


@kernel(fastmath=_ORDERED)
def _tanh32(x):
    """(e²ˣ − 1) / (e²ˣ + 1) by e²ˣ − 1, which near 0 has all its digits; beyond 10 it is 1."""
    x = _TANH_END if x > _TANH_END else x  # written so that NaN stays
    x = -_TANH_END if x < -_TANH_END else x
    two = np.float32(2)
    x = two * x
    n, power = _round_and_power(x * _LOG2_E)
    r = x - n * _LN2_HIGH
    r = r - n * _LN2_LOW
    below = _exp_tail(r) * power + (power - np.float32(1))
    return below / (below + two)


@overload(tanh)
def _tanh(x):
    if x == types.float32:
        return lambda x: _tanh32(x)
    return lambda x: math.tanh(x)


def like(x, value):
    """``value`` as a number of the type of x: a bare constant would turn float32 into float64."""
    return type(x)(value)  # for plain Python; kernels get a form below


@overload(like)
def _like(x, value):
    if x == types.float32:
        return lambda x, value: np.float32(value)
    return lambda x, value: np.float64(value)


def expm1(x):
    """eˣ − 1, exact near 0 too: within 3e-7 of the truth, relatively, for float32 up to 88."""
    return math.expm1(x)  # for plain Python; kernels get a form below


@kernel(fastmath=_ORDERED)
def _expm1_32(x):
    x = _HIGH if x > _HIGH else x
    x = _LOW if x < _LOW else x
    n, power = _round_and_power(x * _LOG2_E)
    r = x - n * _LN2_HIGH
    r = r - n * _LN2_LOW
    return _exp_tail(r) * power + (power - np.float32(1))


@overload(expm1)
def _expm1(x):
    if x == types.float32:
        return lambda x: _expm1_32(x)
    return lambda x: math.expm1(x)


def log1p_unit(u):
    """ln(1 + u) for u from 0 to 1, within 3e-7 of the truth, relatively, for float32.

    With s = u / (2 + u) it is 2 artanh s = 2 (s + s³/3 + s⁵/5 + …), and s² is at most 1/9.
    """
    return math.log1p(u)  # for plain Python; kernels get a form below


@kernel(fastmath=_ORDERED)
def _log1p_unit_32(u):
    s = u / (np.float32(2) + u)
    q = s * s
    p = np.float32(2 / 15)
    p = p * q + np.float32(2 / 13)
    p = p * q + np.float32(2 / 11)
    p = p * q + np.float32(2 / 9)
    p = p * q + np.float32(2 / 7)
    p = p * q + np.float32(2 / 5)
    p = p * q + np.float32(2 / 3)
    p = p * q + np.float32(2)
    return p * s


@overload(log1p_unit)
def _log1p_unit(u):
    if u == types.float32:
        return lambda u: _log1p_unit_32(u)
    return lambda u: math.log1p(u)


@kernel()
def softplus(x):
    """ln(1 + eˣ) as max(x, 0) + ln(1 + e^−|x|): nothing overflows."""
    zero = like(x, 0.0)
    return (zero if x <= zero else x) + log1p_unit(exp(-abs(x)))


def erf(x):
    """The error function, within 2e-7 for float32."""
    return math.erf(x)  # for plain Python; kernels get a form below


@kernel(fastmath=_ORDERED)
def _erf32(x):
    """Two polynomials, one on either side of 0.93. Source: N. Juffa, single-precision erf."""
    t = abs(x)
    t = np.float32(4) if t > np.float32(4) else t
    s = t * t
    far = np.float32(-1.72853470e-5) * t + np.float32(3.83197126e-4)
    middle = np.float32(-3.88396438e-3) * t + np.float32(2.42546219e-2)
    far = far * s + middle
    far = far * t + np.float32(-1.06777877e-1)
    far = far * t + np.float32(-6.34846687e-1)
    far = far * t + np.float32(-1.28717512e-1)
    far = far * t - t
    far = np.float32(1) - _exp32(far)
    near = np.float32(-5.96761703e-4)
    near = near * s + np.float32(4.99119423e-3)
    near = near * s + np.float32(-2.67681349e-2)
    near = near * s + np.float32(1.12819925e-1)
    near = near * s + np.float32(-3.76125336e-1)
    near = near * s + np.float32(1.28379166e-1)
    near = near * t + t
    size = far if t > np.float32(0.927734375) else near
    return -size if x < np.float32(0) else size


@overload(erf)
def _erf(x):
    if x == types.float32:
        return lambda x: _erf32(x)
    return lambda x: math.erf(x)
