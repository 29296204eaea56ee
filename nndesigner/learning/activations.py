"""Activation functions that a layer can end with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from nndesigner.graph import Parameter, Shape

ActivationKind = Literal[
    "linear",
    "threshold",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "relu",
    "relu6",
    "leaky_relu",
    "prelu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "hard_silu",
    "mish",
    "softplus",
    "softsign",
    "exponential",
    "softmax",
    "log_softmax",
]

#: The slope of leaky ReLU for negative numbers, and the alpha of ELU, where a layer has no setting
#: for it.
LEAKY_SLOPE = 0.01
ELU_ALPHA = 1.0
#: Where the slopes of PReLU start. Source: He et al. 2015, arXiv 1502.01852.
PRELU_SLOPE = 0.25
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


@dataclass(frozen=True)
class Activation:
    """One activation: its words, its formula, and the function on one number for drawing it.

    ``curve`` is None where the function is not one of a single number (softmax). ``reach`` is the
    range of its values. ``number`` is that in its formula which a layer may have a setting for.
    """

    kind: str
    title: str
    formula: str
    help: str
    curve: Callable[[float], float] | None
    reach: tuple[float, float] = (-math.inf, math.inf)
    #: Inputs from -span to span show what is special about it.
    span: float = 3.0
    number: float = 0.0


def _leaky_relu(slope: float) -> Activation:
    return Activation(
        "leaky_relu",
        "Leaky ReLU",
        f"f(x) = x if x > 0 else {slope:g} x",
        "Like ReLU, with a small slope for negative numbers so that no unit dies.",
        lambda x: x if x > 0 else slope * x,
        number=slope,
    )


def _elu(alpha: float) -> Activation:
    below = "eˣ − 1" if alpha == 1.0 else f"{alpha:g} (eˣ − 1)"
    return Activation(
        "elu",
        "ELU",
        f"f(x) = x if x > 0 else {below}",
        f"Like ReLU above 0, and below it a curve down to −{alpha:g}, so that means stay near 0.",
        lambda x: x if x > 0 else alpha * math.expm1(x),
        (-alpha, math.inf),
        number=alpha,
    )


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, x))))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _hard_sigmoid(x: float) -> float:
    return max(0.0, min(1.0, (x + 3.0) / 6.0))


ACTIVATIONS: dict[str, Activation] = {
    activation.kind: activation
    for activation in (
        Activation("linear", "Linear", "f(x) = x", "Passes its input on unchanged.", lambda x: x),
        Activation(
            "threshold",
            "Threshold",
            "f(x) = 1 if x ≥ 0 else 0",
            "Rosenblatt's perceptron: fires or does not. It has no slope, so the gradient is "
            "passed straight through as if it were linear; with half the squared error this is "
            "his learning rule, w ← w + η (t − y) x.",
            lambda x: 1.0 if x >= 0 else 0.0,
            (0.0, 1.0),
        ),
        Activation(
            "sigmoid",
            "Sigmoid",
            "f(x) = 1 / (1 + e⁻ˣ)",
            "Squeezes any number into 0 to 1: a probability of yes.",
            _sigmoid,
            (0.0, 1.0),
        ),
        Activation(
            "hard_sigmoid",
            "Hard sigmoid",
            "f(x) = min(1, max(0, (x + 3) / 6))",
            "Three straight lines instead of the sigmoid's curve.",
            _hard_sigmoid,
            (0.0, 1.0),
            5.0,
        ),
        Activation(
            "tanh",
            "Tanh",
            "f(x) = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
            "Squeezes any number into −1 to 1.",
            math.tanh,
            (-1.0, 1.0),
        ),
        Activation(
            "relu",
            "ReLU",
            "f(x) = max(0, x)",
            "Lets positive numbers pass and turns negative ones into 0.",
            lambda x: max(0.0, x),
            (0.0, math.inf),
        ),
        Activation(
            "relu6",
            "ReLU6",
            "f(x) = min(6, max(0, x))",
            "ReLU that ends at 6.",
            lambda x: min(6.0, max(0.0, x)),
            (0.0, 6.0),
            9.0,
        ),
        _leaky_relu(LEAKY_SLOPE),
        Activation(
            "prelu",
            "PReLU",
            "f(x) = x if x > 0 else a x",
            "Leaky ReLU that learns the slope a of each unit or channel, from 0.25 on.",
            lambda x: x if x > 0 else PRELU_SLOPE * x,
        ),
        _elu(ELU_ALPHA),
        Activation(
            "selu",
            "SELU",
            "f(x) = 1.0507 x if x > 0 else 1.7581 (eˣ − 1)",
            "An ELU scaled so that deep networks keep their spread; start with LeCun normal.",
            lambda x: _SELU_SCALE * (x if x > 0 else _SELU_ALPHA * math.expm1(x)),
            (-_SELU_SCALE * _SELU_ALPHA, math.inf),
        ),
        Activation(
            "gelu",
            "GELU",
            "f(x) = ½ x (1 + erf(x / √2))",
            "x times the chance that a normal number lies below it: the exact form with erf, "
            "as Keras takes by default, not the one with tanh.",
            lambda x: 0.5 * x * (1.0 + math.erf(x / math.sqrt(2.0))),
            (-0.17, math.inf),
        ),
        Activation(
            "silu",
            "SiLU (Swish)",
            "f(x) = x / (1 + e⁻ˣ)",
            "x times its sigmoid: a smooth ReLU that dips below 0.",
            lambda x: x * _sigmoid(x),
            (-0.279, math.inf),
        ),
        Activation(
            "hard_silu",
            "Hard SiLU",
            "f(x) = x min(1, max(0, (x + 3) / 6))",
            "SiLU with the hard sigmoid: nearly the same and cheaper.",
            lambda x: x * _hard_sigmoid(x),
            (-0.375, math.inf),
            5.0,
        ),
        Activation(
            "mish",
            "Mish",
            "f(x) = x tanh(ln(1 + eˣ))",
            "Smooth like SiLU, a little deeper below 0.",
            lambda x: x * math.tanh(_softplus(x)),
            (-0.309, math.inf),
        ),
        Activation(
            "softplus",
            "Softplus",
            "f(x) = ln(1 + eˣ)",
            "A ReLU with a rounded corner; always above 0.",
            _softplus,
            (0.0, math.inf),
        ),
        Activation(
            "softsign",
            "Softsign",
            "f(x) = x / (1 + |x|)",
            "Squeezes any number into −1 to 1, more slowly than tanh.",
            lambda x: x / (1.0 + abs(x)),
            (-1.0, 1.0),
        ),
        Activation(
            "exponential",
            "Exponential",
            "f(x) = eˣ",
            "Always above 0: for counts and rates, with the Poisson loss.",
            lambda x: math.exp(min(x, 80.0)),
            (0.0, math.inf),
        ),
        Activation(
            "softmax",
            "Softmax",
            "f(x)ᵢ = e^(xᵢ) / Σⱼ e^(xⱼ)",
            "Turns the last layer's numbers into probabilities that sum to 1, one a class.",
            None,
            (0.0, 1.0),
        ),
        Activation(
            "log_softmax",
            "Log-softmax",
            "f(x)ᵢ = xᵢ − ln Σⱼ e^(xⱼ)",
            "The logarithm of softmax. Before a cross-entropy it is the same as softmax.",
            None,
            (-math.inf, 0.0),
        ),
    )
}

ACTIVATION_TITLES: dict[str, str] = {kind: item.title for kind, item in ACTIVATIONS.items()}


def activation_of(layer: object) -> Activation | None:
    """The activation that a layer ends with, with the layer's own number where it sets one."""
    kind = getattr(layer, "activation", None)
    match kind:
        case "leaky_relu":
            return _leaky_relu(getattr(layer, "slope", LEAKY_SLOPE))
        case "elu":
            return _elu(getattr(layer, "alpha", ELU_ALPHA))
    return ACTIVATIONS.get(str(kind))


def activation_number(layer: object) -> float:
    """The number in the formula of a layer's activation; 0 where there is none."""
    function = activation_of(layer)
    return function.number if function else 0.0


def activation_parameters(kind: str, shape: Shape) -> tuple[Parameter, ...]:
    """What an activation of outputs of ``shape`` trains: PReLU a slope a unit or channel."""
    if kind != "prelu":
        return ()
    return (Parameter("slope", (shape[-1],), "constant", scale=PRELU_SLOPE),)
