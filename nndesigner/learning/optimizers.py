"""Optimizers: how a gradient becomes a change of the weights, in PyTorch's definition."""

from __future__ import annotations

from typing import Annotated, ClassVar

from nndesigner.declare import Declaration, setting

#: So many numbers an update in the engine is given.
NUMBERS = 8

_RATE_HELP = "How far each step goes along the gradient. Too large jumps about, too small crawls."
_RATE = setting("Learning rate", _RATE_HELP, gt=0.0, le=1e6, log=True)
_BETA_1 = setting("Beta 1", "Memory of the mean gradient.", ge=0.0, lt=1.0, advanced=True)
_BETA_2 = setting("Beta 2", "Memory of the squared gradient.", ge=0.0, lt=1.0, advanced=True)
_EPSILON = setting(
    "Epsilon", "Keeps the division from zero.", gt=0.0, le=1.0, advanced=True, log=True
)
_DECAY = setting(
    "Weight decay",
    "Every step shrinks all that is trained, biases and the scales of normalisations too, by this "
    "times the learning rate, whatever the gradient.",
    ge=0.0,
    le=1e3,
)


class Optimizer(Declaration, frozen=True, kw_only=True, tag_field="kind"):
    """The base of all optimizers.

    ``slots`` is how many extra arrays of the parameters' size it keeps.
    """

    slots: ClassVar[int] = 0
    #: The fields that the engine's update reads, in its order.
    numbers: ClassVar[tuple[str, ...]] = ("learning_rate",)
    #: Whether each of its steps takes all training rows, and a search for how far to go.
    whole_data: ClassVar[bool] = False

    learning_rate: Annotated[float, _RATE] = 0.01

    def hyper(self) -> tuple[float, ...]:
        """The numbers of `numbers`, filled up to those that the engine takes."""
        values = tuple(float(getattr(self, name)) for name in self.numbers)
        return (*values, *[0.0] * (NUMBERS - len(values)))


class SGD(Optimizer, frozen=True, kw_only=True, tag="sgd"):
    """w ← w − η g, with the mean gradient g of a mini-batch."""

    title: ClassVar[str] = "Gradient descent (SGD)"
    help: ClassVar[str] = (
        "Steps straight down the gradient of each mini-batch, of single rows (stochastic) or of "
        "all rows (batch), as the batch is set."
    )

    learning_rate: Annotated[float, _RATE] = 0.1


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


class Adagrad(Optimizer, frozen=True, kw_only=True, tag="adagrad"):
    """s ← s + g²;  w ← w − η g / (√s + ε).

    Source: Duchi et al. 2011, with epsilon outside the root as in PyTorch.
    """

    title: ClassVar[str] = "Adagrad"
    help: ClassVar[str] = (
        "Slows down each weight by all of its gradients so far; suits rare features."
    )
    slots: ClassVar[int] = 1
    numbers: ClassVar[tuple[str, ...]] = ("learning_rate", "initial_accumulator", "epsilon")

    initial_accumulator: Annotated[
        float,
        setting(
            "Start of the sum",
            "What the sum of squared gradients begins with: 0 in PyTorch, 0.1 in Keras.",
            ge=0.0,
            le=1e3,
            advanced=True,
        ),
    ] = 0.0
    epsilon: Annotated[float, _EPSILON] = 1e-10


class Adadelta(Optimizer, frozen=True, kw_only=True, tag="adadelta"):
    """s ← ρ s + (1−ρ) g²;  δ = √(u+ε) / √(s+ε) g;  u ← ρ u + (1−ρ) δ²;  w ← w − η δ.

    Source: Zeiler 2012, arXiv 1212.5701.
    """

    title: ClassVar[str] = "Adadelta"
    help: ClassVar[str] = "Finds its own step size from the last steps; the rate may stay at 1."
    slots: ClassVar[int] = 2
    numbers: ClassVar[tuple[str, ...]] = ("learning_rate", "rho", "epsilon")

    learning_rate: Annotated[float, _RATE] = 1.0
    rho: Annotated[
        float, setting("Rho", "Memory of squared gradients and steps.", ge=0.0, lt=1.0)
    ] = 0.9
    epsilon: Annotated[float, _EPSILON] = 1e-6


class RMSProp(Optimizer, frozen=True, kw_only=True, tag="rmsprop"):
    """s ← ρ s + (1−ρ) g²;  b ← μ b + g / (√(s − m²) + ε);  w ← w − η b; m = 0 unless centred.

    Source: Tieleman and Hinton 2012; centred: Graves 2013; epsilon outside the root as in PyTorch.
    """

    title: ClassVar[str] = "RMSProp"
    help: ClassVar[str] = "Divides each gradient by the size of its recent ones."
    slots: ClassVar[int] = 3
    numbers: ClassVar[tuple[str, ...]] = (
        "learning_rate",
        "rho",
        "epsilon",
        "momentum",
        "centered",
    )

    learning_rate: Annotated[float, _RATE] = 0.001
    rho: Annotated[float, setting("Rho", "Memory of squared gradients.", ge=0.0, lt=1.0)] = 0.99
    momentum: Annotated[
        float,
        setting("Momentum", "The share of the last step that is kept.", ge=0.0, lt=1.0),
    ] = 0.0
    centered: Annotated[
        bool,
        setting(
            "Centred",
            "Divide by the spread of the gradients about their mean, not by their size.",
            advanced=True,
        ),
    ] = False
    epsilon: Annotated[float, _EPSILON] = 1e-8


class _AdamLike(Optimizer, frozen=True, kw_only=True):
    """What Adam and its kin keep and set."""

    slots: ClassVar[int] = 2
    numbers: ClassVar[tuple[str, ...]] = ("learning_rate", "beta_1", "beta_2", "epsilon")

    learning_rate: Annotated[float, _RATE] = 0.001
    beta_1: Annotated[float, _BETA_1] = 0.9
    beta_2: Annotated[float, _BETA_2] = 0.999
    epsilon: Annotated[float, _EPSILON] = 1e-8


class Adam(_AdamLike, frozen=True, kw_only=True, tag="adam"):
    """m ← β₁ m + (1−β₁) g;  v ← β₂ v + (1−β₂) g²;  w ← w − η m̂ / (√v̂ + ε), bias-corrected.

    Source: Kingma and Ba 2015, arXiv 1412.6980.
    """

    title: ClassVar[str] = "Adam"
    help: ClassVar[str] = "Gives every weight its own step size from its recent gradients."


class AMSGrad(_AdamLike, frozen=True, kw_only=True, tag="amsgrad"):
    """Adam, divided by the largest v so far.

    Source: Reddi et al. 2018, arXiv 1904.09237, in PyTorch's form (the largest before correction).
    """

    title: ClassVar[str] = "AMSGrad"
    help: ClassVar[str] = "Adam whose step sizes never grow again."
    slots: ClassVar[int] = 3


class AdamW(_AdamLike, frozen=True, kw_only=True, tag="adamw"):
    """w ← w − η λ w, then Adam: weight decay apart from the gradient.

    Source: Loshchilov and Hutter 2019, arXiv 1711.05101.
    """

    title: ClassVar[str] = "AdamW"
    help: ClassVar[str] = "Adam with weight decay that its step sizes do not weaken."
    numbers: ClassVar[tuple[str, ...]] = (
        "learning_rate",
        "beta_1",
        "beta_2",
        "epsilon",
        "weight_decay",
    )

    weight_decay: Annotated[float, _DECAY] = 0.01


class Adamax(_AdamLike, frozen=True, kw_only=True, tag="adamax"):
    """m ← β₁ m + (1−β₁) g;  u ← max(β₂ u, |g| + ε);  w ← w − η / (1−β₁ᵗ) m / u.

    Source: Kingma and Ba 2015, arXiv 1412.6980, section 7.1.
    """

    title: ClassVar[str] = "Adamax"
    help: ClassVar[str] = "Adam that divides by the largest recent gradient; calm with outliers."

    learning_rate: Annotated[float, _RATE] = 0.002


class Nadam(_AdamLike, frozen=True, kw_only=True, tag="nadam"):
    """Adam with Nesterov's look ahead: μₜ = β₁ (1 − 0.96^(t ψ) / 2).

    Source: Dozat 2016, in PyTorch's form.
    """

    title: ClassVar[str] = "Nadam"
    help: ClassVar[str] = "Adam that looks ahead to where the last step would lead."
    numbers: ClassVar[tuple[str, ...]] = (
        "learning_rate",
        "beta_1",
        "beta_2",
        "epsilon",
        "momentum_decay",
    )

    learning_rate: Annotated[float, _RATE] = 0.002
    momentum_decay: Annotated[
        float,
        setting(
            "Momentum decay",
            "How quickly the momentum grows to beta 1.",
            ge=0.0,
            le=1.0,
            advanced=True,
        ),
    ] = 0.004


class Lion(Optimizer, frozen=True, kw_only=True, tag="lion"):
    """w ← w − η (sign(β₁ m + (1−β₁) g) + λ w);  m ← β₂ m + (1−β₂) g.

    Source: Chen et al. 2023, arXiv 2302.06675.
    """

    title: ClassVar[str] = "Lion"
    help: ClassVar[str] = (
        "Every weight takes a step of the same size, up or down; wants a rate three to ten times "
        "smaller than Adam's."
    )
    slots: ClassVar[int] = 1
    numbers: ClassVar[tuple[str, ...]] = ("learning_rate", "beta_1", "beta_2", "weight_decay")

    learning_rate: Annotated[float, _RATE] = 0.0001
    beta_1: Annotated[float, _BETA_1] = 0.9
    beta_2: Annotated[
        float, setting("Beta 2", "Memory of the mean.", ge=0.0, lt=1.0, advanced=True)
    ] = 0.99
    weight_decay: Annotated[float, _DECAY] = 0.0


class LBFGS(Optimizer, frozen=True, kw_only=True, tag="lbfgs"):
    """w ← w + α d, where d = −H g from the last changes and α passes the strong Wolfe conditions.

    Source: Nocedal 1980; Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 3.5, in
    PyTorch's form.
    """

    title: ClassVar[str] = "L-BFGS (small networks)"
    help: ClassVar[str] = (
        "Learns the curvature of the loss from its last steps: few, exact steps over all rows. An "
        "epoch is one step. For small networks and data without dropout."
    )
    whole_data: ClassVar[bool] = True
    numbers: ClassVar[tuple[str, ...]] = ("learning_rate",)

    learning_rate: Annotated[
        float,
        setting(
            "Step",
            "The first length that each search along a direction tries; 1 suits nearly always.",
            gt=0.0,
            le=1e6,
            log=True,
        ),
    ] = 1.0
    history: Annotated[
        int,
        setting("Memory", "How many of the last steps tell the curvature.", ge=1, le=100),
    ] = 10


AnyOptimizer = (
    SGD
    | Momentum
    | Nesterov
    | Adagrad
    | Adadelta
    | RMSProp
    | Adam
    | AMSGrad
    | AdamW
    | Adamax
    | Nadam
    | Lion
    | LBFGS
)
OPTIMIZERS: dict[str, type[Optimizer]] = {
    cls.kind_name(): cls
    for cls in (
        SGD,
        Momentum,
        Nesterov,
        Adagrad,
        Adadelta,
        RMSProp,
        Adam,
        AMSGrad,
        AdamW,
        Adamax,
        Nadam,
        Lion,
        LBFGS,
    )
}
