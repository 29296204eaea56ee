"""Slow, obvious twins of activations and losses: one number or one row, in plain Python floats."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
EDGE = 1e-7

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848


def sigmoid(x: float) -> float:
    """1 / (1 + e⁻ˣ)."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def softplus(x: float) -> float:
    """ln(1 + eˣ)."""
    return math.log1p(math.exp(x)) if x < 30 else x + math.exp(-x)


def elu(x: float, alpha: float) -> float:
    """x above 0, else α (eˣ − 1)."""
    return x if x > 0 else alpha * (math.exp(x) - 1)


def normal_below(x: float) -> float:
    """The chance that a normal number lies below x."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "threshold": lambda x: 1.0 if x >= 0 else 0.0,
    "sigmoid": sigmoid,
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "tanh": math.tanh,
    "relu": lambda x: max(x, 0.0),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "prelu": lambda x: x if x > 0 else 0.25 * x,
    "elu": lambda x: elu(x, 1.0),
    "selu": lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * (math.exp(x) - 1)),
    "gelu": lambda x: x * normal_below(x),
    "silu": lambda x: x * sigmoid(x),
    "hard_silu": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "mish": lambda x: x * math.tanh(softplus(x)),
    "softplus": softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "exponential": math.exp,
}


def softmax(row: Array) -> list[float]:
    """Probabilities of a row."""
    powers = [math.exp(float(v) - max(row)) for v in row]
    return [power / sum(powers) for power in powers]


def of_rows(x: Array, kind: str) -> Array:
    """An activation of every number, or of every row of the last axis."""
    y = np.zeros_like(x)
    if kind in ("softmax", "log_softmax"):
        for lead in np.ndindex(x.shape[:-1]):
            for j, p in enumerate(softmax(x[lead])):
                y[(*lead, j)] = p if kind == "softmax" else math.log(p)
        return y
    for index in np.ndindex(x.shape):
        y[index] = ACTIVATIONS[kind](float(x[index]))
    return y


# -- losses of one row of outputs y with targets t


def _mean(each: Callable[[float, float], float]) -> Callable[[Array, Array], float]:
    def loss(y: Array, t: Array) -> float:
        return sum(each(float(a), float(b)) for a, b in zip(y, t, strict=True)) / len(y)

    return loss


def _inside(p: float) -> float:
    return min(max(p, EDGE), 1 - EDGE)


def _huber(y: float, t: float, delta: float = 1.5) -> float:
    miss = abs(y - t)
    return miss**2 / 2 if miss <= delta else delta * miss - delta**2 / 2


def _binary(p: float, t: float) -> float:
    return -t * math.log(_inside(p)) - (1 - t) * math.log(1 - _inside(p))


def _binary_focal(p: float, t: float, gamma: float = 2.0, alpha: float = 0.25) -> float:
    right = t * p + (1 - t) * (1 - p)
    return (alpha * t + (1 - alpha) * (1 - t)) * (1 - right) ** gamma * _binary(p, t)


def _categorical(p: Array, t: Array) -> float:
    shares = [max(float(v), EDGE) for v in p]
    return -sum(
        float(wanted) * math.log(share / sum(shares))
        for share, wanted in zip(shares, t, strict=True)
    )


def _categorical_focal(p: Array, t: Array, gamma: float = 2.0, alpha: float = 0.25) -> float:
    shares = [max(float(v), EDGE) for v in p]
    total = 0.0
    for share, wanted in zip(shares, t, strict=True):
        q = share / sum(shares)
        total -= alpha * float(wanted) * (1 - q) ** gamma * math.log(q)
    return total


def _side(t: float) -> float:
    return -1.0 if t == 0 else t


def _categorical_hinge(y: Array, t: Array) -> float:
    right = sum(float(a) * float(b) for a, b in zip(y, t, strict=True))
    wrong = max(float(a) * (1 - float(b)) for a, b in zip(y, t, strict=True))
    return max(0.0, wrong - right + 1)


def _divergence(p: Array, t: Array) -> float:
    total = 0.0
    for share, wanted in zip(p, t, strict=True):
        a, b = min(max(float(wanted), EDGE), 1), min(max(float(share), EDGE), 1)
        total += a * math.log(a / b)
    return total


def _cosine(y: Array, t: Array) -> float:
    dot = sum(float(a) * float(b) for a, b in zip(y, t, strict=True))
    return -dot / math.sqrt(sum(float(a) ** 2 for a in y) * sum(float(b) ** 2 for b in t))


#: Losses of what the network gives after its last activation, as the books have them.
LOSSES: dict[str, Callable[[Array, Array], float]] = {
    "mse": _mean(lambda y, t: (y - t) ** 2),
    "half_mse": _mean(lambda y, t: (y - t) ** 2 / 2),
    "mae": _mean(lambda y, t: abs(y - t)),
    "huber": _mean(_huber),
    "log_cosh": _mean(lambda y, t: math.log(math.cosh(y - t))),
    "mape": _mean(lambda y, t: 100 * abs(y - t) / max(abs(t), EDGE)),
    "msle": _mean(lambda y, t: (math.log(1 + max(y, EDGE)) - math.log(1 + max(t, EDGE))) ** 2),
    "poisson": _mean(lambda y, t: y - t * math.log(y + EDGE)),
    "cosine_similarity": _cosine,
    "binary_crossentropy": _mean(_binary),
    "categorical_crossentropy": _categorical,
    "binary_focal": _mean(_binary_focal),
    "categorical_focal": _categorical_focal,
    "hinge": _mean(lambda y, t: max(0.0, 1 - _side(t) * y)),
    "squared_hinge": _mean(lambda y, t: max(0.0, 1 - _side(t) * y) ** 2),
    "categorical_hinge": _categorical_hinge,
    "kl_divergence": _divergence,
}
