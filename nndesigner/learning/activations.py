"""Activation functions that a layer can end with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ActivationKind = Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "softmax"]

#: The slope of leaky ReLU for negative numbers where a layer has no setting for it.
LEAKY_SLOPE = 0.01


@dataclass(frozen=True)
class Activation:
    """One activation: its words, its formula, and the function on one number for drawing it.

    ``curve`` is None where the function is not one of a single number (softmax).
    """

    kind: str
    title: str
    formula: str
    help: str
    curve: Callable[[float], float] | None


ACTIVATIONS: dict[str, Activation] = {
    activation.kind: activation
    for activation in (
        Activation("linear", "Linear", "f(x) = x", "Passes its input on unchanged.", lambda x: x),
        Activation(
            "sigmoid",
            "Sigmoid",
            "f(x) = 1 / (1 + e⁻ˣ)",
            "Squeezes any number into 0 to 1: a probability of yes.",
            lambda x: 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, x)))),
        ),
        Activation(
            "tanh",
            "Tanh",
            "f(x) = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
            "Squeezes any number into −1 to 1.",
            math.tanh,
        ),
        Activation(
            "relu",
            "ReLU",
            "f(x) = max(0, x)",
            "Lets positive numbers pass and turns negative ones into 0.",
            lambda x: max(0.0, x),
        ),
        Activation(
            "leaky_relu",
            "Leaky ReLU",
            "f(x) = x if x > 0 else 0.01 x",
            "Like ReLU, with a small slope for negative numbers so that no unit dies.",
            lambda x: x if x > 0 else LEAKY_SLOPE * x,
        ),
        Activation(
            "softmax",
            "Softmax",
            "f(x)ᵢ = e^(xᵢ) / Σⱼ e^(xⱼ)",
            "Turns the last layer's numbers into probabilities that sum to 1, one a class.",
            None,
        ),
    )
}

ACTIVATION_TITLES: dict[str, str] = {kind: item.title for kind, item in ACTIVATIONS.items()}
