"""Optimizers: how a gradient becomes a change of the weights."""

from __future__ import annotations

from typing import Annotated, ClassVar

from nndesigner.declare import Declaration, setting

_RATE_HELP = "How far each step goes along the gradient. Too large jumps about, too small crawls."


class Optimizer(Declaration, frozen=True, kw_only=True, tag_field="kind"):
    """The base of all optimizers.

    ``slots`` is how many extra arrays of the parameters' size it keeps.
    """

    slots: ClassVar[int] = 0
    #: The fields that the engine's update reads, in its order.
    numbers: ClassVar[tuple[str, ...]] = ("learning_rate",)

    learning_rate: Annotated[
        float, setting("Learning rate", _RATE_HELP, gt=0.0, le=1e6, log=True)
    ] = 0.01

    def hyper(self) -> tuple[float, ...]:
        """The numbers of `numbers`, filled up to the four that the engine takes."""
        values = tuple(float(getattr(self, name)) for name in self.numbers)
        return (*values, 0.0, 0.0, 0.0, 0.0)[:4]


class SGD(Optimizer, frozen=True, kw_only=True, tag="sgd"):
    """w ← w − η g, with the mean gradient g of a mini-batch."""

    title: ClassVar[str] = "Gradient descent (SGD)"
    help: ClassVar[str] = "Steps straight down the gradient of each mini-batch."

    learning_rate: Annotated[
        float, setting("Learning rate", _RATE_HELP, gt=0.0, le=1e6, log=True)
    ] = 0.1


class _WithMomentum(Optimizer, frozen=True, kw_only=True):
    """What both forms of momentum keep and set."""

    slots: ClassVar[int] = 1
    numbers: ClassVar[tuple[str, ...]] = ("learning_rate", "momentum")

    momentum: Annotated[
        float,
        setting("Momentum", "The share of the last step that is kept.", ge=0.0, lt=1.0),
    ] = 0.9


class Momentum(_WithMomentum, frozen=True, kw_only=True, tag="momentum"):
    """v ← μ v + g;  w ← w − η v.

    Source: Polyak 1964, in PyTorch's form (the rate outside the velocity).
    """

    title: ClassVar[str] = "SGD with momentum"
    help: ClassVar[str] = "Keeps rolling in the direction of the last steps, like a ball downhill."


class Nesterov(_WithMomentum, frozen=True, kw_only=True, tag="nesterov"):
    """v ← μ v + g;  w ← w − η (g + μ v).

    Source: Nesterov 1983; Sutskever et al. 2013, in PyTorch's form.
    """

    title: ClassVar[str] = "Nesterov momentum"
    help: ClassVar[str] = "Momentum that looks ahead to where the last step would lead."


class Adam(Optimizer, frozen=True, kw_only=True, tag="adam"):
    """m ← β₁ m + (1−β₁) g;  v ← β₂ v + (1−β₂) g²;  w ← w − η m̂ / (√v̂ + ε), bias-corrected.

    Source: Kingma and Ba 2015, arXiv 1412.6980.
    """

    title: ClassVar[str] = "Adam"
    help: ClassVar[str] = "Gives every weight its own step size from its recent gradients."
    slots: ClassVar[int] = 2
    numbers: ClassVar[tuple[str, ...]] = ("learning_rate", "beta_1", "beta_2", "epsilon")

    learning_rate: Annotated[
        float, setting("Learning rate", _RATE_HELP, gt=0.0, le=1e6, log=True)
    ] = 0.001
    beta_1: Annotated[
        float,
        setting("Beta 1", "Memory of the mean gradient.", ge=0.0, lt=1.0, advanced=True),
    ] = 0.9
    beta_2: Annotated[
        float,
        setting("Beta 2", "Memory of the squared gradient.", ge=0.0, lt=1.0, advanced=True),
    ] = 0.999
    epsilon: Annotated[
        float,
        setting(
            "Epsilon", "Keeps the division from zero.", gt=0.0, le=1.0, advanced=True, log=True
        ),
    ] = 1e-8


AnyOptimizer = SGD | Momentum | Nesterov | Adam
OPTIMIZERS: dict[str, type[Optimizer]] = {
    cls.kind_name(): cls for cls in (SGD, Momentum, Nesterov, Adam)
}
