"""Activation functions of one number and their derivatives.

Each function comes with its ``_slope``. Where the derivative follows from the output alone, the
slope takes the output y, so that the input may be overwritten; else it takes the input x. All keep
NaN: comparisons are written so that what is not comparable goes through.
"""

from __future__ import annotations

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.maths import erf, exp, expm1, like, sigmoid

#: The scale and the alpha of SELU. Source: Klambauer et al. 2017, arXiv 1706.02515.
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772
#: Beyond it Mish is the identity to the last digit of float64; no product with e²ˣ is taken there.
_MISH_END = 20.0
#: Below it eˣ is no number of its own in float32, and would be multiplied by an x of any size.
_NOTHING = -87.0


@kernel()
def threshold(x):
    """1 from 0 on, else 0."""
    return like(x, 1.0) if x >= 0 else (like(x, 0.0) if x < 0 else x)


@kernel()
def hard_sigmoid(x):
    """(x + 3) / 6, kept between 0 and 1."""
    zero, one = like(x, 0.0), like(x, 1.0)
    y = (x + like(x, 3.0)) * like(x, 1.0 / 6.0)
    y = zero if y < zero else y
    return one if y > one else y


@kernel()
def hard_sigmoid_slope(y):
    """1/6 where y is neither 0 nor 1."""
    inside = (y > 0) & (y < 1)
    return like(y, 1.0 / 6.0) if inside else like(y, 0.0)


@kernel()
def relu6(x):
    """x kept between 0 and 6."""
    zero, six = like(x, 0.0), like(x, 6.0)
    y = zero if x < zero else x
    return six if y > six else y


@kernel()
def relu6_slope(y):
    """1 where y is neither 0 nor 6."""
    inside = (y > 0) & (y < 6)
    return like(y, 1.0) if inside else like(y, 0.0)


@kernel()
def elu(x, alpha):
    """x above 0, else α (eˣ − 1)."""
    below = alpha * expm1(x)
    return below if x <= 0 else x


@kernel()
def elu_slope(y, alpha):
    """1 above 0, else α eˣ = y + α."""
    return y + alpha if y <= 0 else like(y, 1.0)


@kernel()
def selu(x):
    """1.0507 x above 0, else 1.0507 · 1.6733 (eˣ − 1)."""
    below = like(x, SELU_SCALE * SELU_ALPHA) * expm1(x)
    return below if x <= 0 else like(x, SELU_SCALE) * x


@kernel()
def selu_slope(y):
    """1.0507 above 0, else 1.0507 · 1.6733 eˣ."""
    return y + like(y, SELU_SCALE * SELU_ALPHA) if y <= 0 else like(y, SELU_SCALE)


@kernel()
def gelu(x):
    """x Φ(x) with the normal distribution Φ, by the error function."""
    half = like(x, 0.5)
    return half * x * (like(x, 1.0) + erf(x * like(x, 0.7071067811865476)))


@kernel()
def gelu_slope(x):
    """Φ(x) + x φ(x), of which the second part is nothing beyond ±13."""
    half, one = like(x, 0.5), like(x, 1.0)
    below = half * (one + erf(x * like(x, 0.7071067811865476)))
    bend = x * like(x, 0.3989422804014327) * exp(-half * x * x)
    return below + (like(x, 0.0) if abs(x) > like(x, 13.0) else bend)


@kernel()
def silu(x):
    """x sigmoid(x)."""
    return like(x, 0.0) if x < like(x, _NOTHING) else x * sigmoid(x)


@kernel()
def silu_slope(x):
    """s (1 + x (1 − s)) with s = sigmoid(x)."""
    one = like(x, 1.0)
    s = sigmoid(x)
    # Where s is 0 or 1 an x of any size would be multiplied by what rounding left of the rest.
    bend = like(x, 0.0) if abs(x) > like(x, -_NOTHING) else x * (one - s)
    return s * (one + bend)


@kernel()
def hard_silu(x):
    """x hard_sigmoid(x)."""
    return x * hard_sigmoid(x)


@kernel()
def hard_silu_slope(x):
    """0 up to −3, 1 from 3 on, (2 x + 3) / 6 between."""
    y = (x + x + like(x, 3.0)) * like(x, 1.0 / 6.0)
    y = like(x, 0.0) if x <= like(x, -3.0) else y
    return like(x, 1.0) if x >= like(x, 3.0) else y


@kernel()
def _mish_share(x):
    """tanh(softplus(x)) = n / (n + 2) with n = eˣ (eˣ + 2)."""
    end = like(x, _MISH_END)
    e = exp(end if x > end else x)
    n = e * (e + like(x, 2.0))
    return n / (n + like(x, 2.0))


@kernel()
def mish(x):
    """x tanh(softplus(x))."""
    y = like(x, 0.0) if x < like(x, _NOTHING) else x * _mish_share(x)
    return x if x > like(x, _MISH_END) else y


@kernel()
def mish_slope(x):
    """t + x (1 − t²) sigmoid(x) with t = tanh(softplus(x))."""
    one = like(x, 1.0)
    t = _mish_share(x)
    y = t + x * (one - t * t) * sigmoid(x)
    y = like(x, 0.0) if x < like(x, _NOTHING) else y
    return one if x > like(x, _MISH_END) else y


@kernel()
def softplus_slope(y):
    """sigmoid(x) = 1 − e^−y."""
    return -expm1(-y)


@kernel()
def softsign(x):
    """x / (1 + |x|)."""
    return x / (like(x, 1.0) + abs(x))


@kernel()
def softsign_slope(y):
    """(1 − |y|)²."""
    left = like(y, 1.0) - abs(y)
    return left * left
