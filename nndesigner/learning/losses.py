"""Losses: the one number that training makes small, always a mean over the batch."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from nndesigner.declare import Declaration, setting

_SHOWN = " Scores are shown as shares, squeezed into 0 to 1."


class Loss(Declaration, frozen=True, kw_only=True, tag_field="kind"):
    """The base of all losses. ``formula`` is for one row with k outputs."""

    formula: ClassVar[str] = ""
    #: Targets that it suits: "classification", "regression" or both.
    tasks: ClassVar[tuple[str, ...]] = ("regression",)
    #: Whether a target may be one class number, where there is an output a class.
    takes_labels: ClassVar[bool] = False
    #: Whether it means nothing on targets that were shifted and scaled: percentages, logarithms.
    real_units: ClassVar[bool] = False
    #: Between which numbers it wants targets to lie.
    reach: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    def numbers(self) -> tuple[float, ...]:
        """Its own numbers, as the engine takes them."""
        return ()

    @property
    def smoothing(self) -> float:
        """How much of each target is shared out among all classes."""
        return 0.0


class Automatic(Loss, frozen=True, kw_only=True, tag="auto"):
    """Chosen from the target and the last layer."""

    title: ClassVar[str] = "Automatic"
    help: ClassVar[str] = (
        "Cross-entropy for classes (binary for a single output), mean squared error for numbers."
    )
    tasks: ClassVar[tuple[str, ...]] = ("classification", "regression")


# -- numbers


class MeanSquaredError(Loss, frozen=True, kw_only=True, tag="mse"):
    """(1/k) Σ (y − t)²"""

    title: ClassVar[str] = "Mean squared error"
    formula: ClassVar[str] = "(1/k) Σ (y − t)²"
    help: ClassVar[str] = "For numbers; large misses count most."


class HalfSquaredError(Loss, frozen=True, kw_only=True, tag="half_mse"):
    """(1/2k) Σ (y − t)²"""

    title: ClassVar[str] = "Half squared error"
    formula: ClassVar[str] = "(1/2k) Σ (y − t)²"
    help: ClassVar[str] = (
        "Half the mean squared error, as textbooks and the TensorFlow Playground have it: its "
        "slope is the miss itself. Of two classes the targets are 0 and 1, in the Playground −1 "
        "and 1."
    )


class MeanAbsoluteError(Loss, frozen=True, kw_only=True, tag="mae"):
    """(1/k) Σ |y − t|"""

    title: ClassVar[str] = "Mean absolute error"
    formula: ClassVar[str] = "(1/k) Σ |y − t|"
    help: ClassVar[str] = "For numbers; every miss counts as far as it is."


class Huber(Loss, frozen=True, kw_only=True, tag="huber"):
    """(1/k) Σ e²/2 where |e| ≤ δ, else δ |e| − δ²/2, with e = y − t.

    Source: Huber 1964.
    """

    title: ClassVar[str] = "Huber"
    formula: ClassVar[str] = "(1/k) Σ e²/2 if |e| ≤ δ else δ|e| − δ²/2"
    help: ClassVar[str] = "Squared for small misses, straight for large ones: outliers pull less."

    delta: Annotated[
        float,
        setting("Delta", "The miss from which on it is straight.", gt=0.0, le=1e6, log=True),
    ] = 1.0

    def numbers(self) -> tuple[float, ...]:
        """Delta."""
        return (self.delta,)


class LogCosh(Loss, frozen=True, kw_only=True, tag="log_cosh"):
    """(1/k) Σ ln cosh(y − t)"""

    title: ClassVar[str] = "Log-cosh"
    formula: ClassVar[str] = "(1/k) Σ ln cosh(y − t)"
    help: ClassVar[str] = "Like Huber without a corner: squared near 0, straight far away."


class MeanAbsolutePercentageError(Loss, frozen=True, kw_only=True, tag="mape"):
    """(100/k) Σ |y − t| / max(|t|, 1e-7)"""

    title: ClassVar[str] = "Mean absolute percentage error"
    formula: ClassVar[str] = "(100/k) Σ |y − t| / |t|"
    help: ClassVar[str] = (
        "Misses in percent of the target, in its own units; for targets that are never near 0."
    )
    real_units: ClassVar[bool] = True


class MeanSquaredLogarithmicError(Loss, frozen=True, kw_only=True, tag="msle"):
    """(1/k) Σ (ln(1 + y) − ln(1 + t))², both kept above 0."""

    title: ClassVar[str] = "Mean squared logarithmic error"
    formula: ClassVar[str] = "(1/k) Σ (ln(1 + y) − ln(1 + t))²"
    help: ClassVar[str] = (
        "For amounts from 0 upwards that differ by factors, in their own units; end with softplus."
    )
    real_units: ClassVar[bool] = True
    reach: ClassVar[tuple[float, float]] = (0.0, math.inf)


class Poisson(Loss, frozen=True, kw_only=True, tag="poisson"):
    """(1/k) Σ y − t ln y, computed from the logarithm below an exponential."""

    title: ClassVar[str] = "Poisson"
    formula: ClassVar[str] = "(1/k) Σ y − t ln y"
    help: ClassVar[str] = "For counts, in their own units: end with exponential or softplus."
    real_units: ClassVar[bool] = True
    reach: ClassVar[tuple[float, float]] = (0.0, math.inf)


class CosineSimilarity(Loss, frozen=True, kw_only=True, tag="cosine_similarity"):
    """−(y · t) / (|y| |t|)"""

    title: ClassVar[str] = "Cosine similarity"
    formula: ClassVar[str] = "−Σ y t / (|y| |t|)"
    help: ClassVar[str] = (
        "Whether outputs point where the targets point, whatever their length: −1 is the same way."
    )
    tasks: ClassVar[tuple[str, ...]] = ("classification", "regression")
    real_units: ClassVar[bool] = True


# -- classes


class _Entropy(Loss, frozen=True, kw_only=True):
    """What both cross-entropies set."""

    tasks: ClassVar[tuple[str, ...]] = ("classification",)

    label_smoothing: Annotated[
        float,
        setting(
            "Label smoothing",
            "The share of each target that is spread over all classes, so that no answer needs "
            "to be certain.",
            ge=0.0,
            lt=1.0,
        ),
    ] = 0.0

    @property
    def smoothing(self) -> float:
        """The setting."""
        return self.label_smoothing


class BinaryCrossEntropy(_Entropy, frozen=True, kw_only=True, tag="binary_crossentropy"):
    """−(1/k) Σ t ln p + (1−t) ln(1−p), computed from the logits below a sigmoid."""

    title: ClassVar[str] = "Binary cross-entropy"
    formula: ClassVar[str] = "−(1/k) Σ t ln p + (1−t) ln(1−p)"
    help: ClassVar[str] = (
        "For yes or no: one sigmoid output. Also for numbers from 0 to 1, such as pixels or "
        "columns of 0 and 1, in their own units: a sigmoid output each."
    )
    tasks: ClassVar[tuple[str, ...]] = ("classification", "regression")
    real_units: ClassVar[bool] = True
    reach: ClassVar[tuple[float, float]] = (0.0, 1.0)


class CategoricalCrossEntropy(_Entropy, frozen=True, kw_only=True, tag="categorical_crossentropy"):
    """−Σ t ln p, computed from the logits below a softmax; t is a class label or one-hot."""

    title: ClassVar[str] = "Categorical cross-entropy"
    formula: ClassVar[str] = "−Σ t ln p"
    help: ClassVar[str] = "For one class of several: a softmax output, one unit a class."
    takes_labels: ClassVar[bool] = True


class Focal(Loss, frozen=True, kw_only=True, tag="focal"):
    """−α (1 − p)^γ ln p of the true class, computed from the logits.

    With a single output α weighs yes and 1 − α no; else it is a factor of all classes, as in
    Keras. Source: Lin et al. 2017, arXiv 1708.02002.
    """

    title: ClassVar[str] = "Focal"
    formula: ClassVar[str] = "−α Σ t (1 − p)^γ ln p"
    help: ClassVar[str] = (
        "Cross-entropy that looks past rows that are right already, for classes of which one is "
        "rare. With one output alpha weighs yes and 1 − alpha weighs no."
    )
    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    takes_labels: ClassVar[bool] = True

    gamma: Annotated[
        float, setting("Gamma", "How far easy rows are looked past; 0 is not.", ge=0.0, le=10.0)
    ] = 2.0
    alpha: Annotated[
        float, setting("Alpha", "The weight of yes, or of all classes.", gt=0.0, le=1.0)
    ] = 0.25

    def numbers(self) -> tuple[float, ...]:
        """Gamma and alpha."""
        return (self.gamma, self.alpha)


class Hinge(Loss, frozen=True, kw_only=True, tag="hinge"):
    """(1/k) Σ max(0, 1 − t y), t = −1 or 1."""

    title: ClassVar[str] = "Hinge"
    formula: ClassVar[str] = "(1/k) Σ max(0, 1 − t y)"
    help: ClassVar[str] = (
        "For yes or no, as support vector machines learn: a linear or tanh output should be above "
        "1 for yes and below −1 for no. Targets 0 and 1 become −1 and 1." + _SHOWN
    )
    tasks: ClassVar[tuple[str, ...]] = ("classification",)


class SquaredHinge(Loss, frozen=True, kw_only=True, tag="squared_hinge"):
    """(1/k) Σ max(0, 1 − t y)², t = −1 or 1."""

    title: ClassVar[str] = "Squared hinge"
    formula: ClassVar[str] = "(1/k) Σ max(0, 1 − t y)²"
    help: ClassVar[str] = (
        "Hinge with a rounded corner; far misses count more. Targets 0 and 1 become −1 and 1."
        + _SHOWN
    )
    tasks: ClassVar[tuple[str, ...]] = ("classification",)


class CategoricalHinge(Loss, frozen=True, kw_only=True, tag="categorical_hinge"):
    """max(0, 1 + max (1 − t) y − Σ t y)"""

    title: ClassVar[str] = "Categorical hinge"
    formula: ClassVar[str] = "max(0, 1 + max (1 − t) y − Σ t y)"
    help: ClassVar[str] = (
        "For one class of several: the true class' linear output should be 1 above every other."
        + _SHOWN
    )
    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    takes_labels: ClassVar[bool] = True


class KLDivergence(Loss, frozen=True, kw_only=True, tag="kl_divergence"):
    """Σ t ln(t / p), computed from the logits below a softmax."""

    title: ClassVar[str] = "KL divergence"
    formula: ClassVar[str] = "Σ t ln(t / p)"
    help: ClassVar[str] = (
        "How far the softmax is from a target that is itself a distribution over the outputs."
    )
    tasks: ClassVar[tuple[str, ...]] = ("classification", "regression")
    real_units: ClassVar[bool] = True
    reach: ClassVar[tuple[float, float]] = (0.0, math.inf)


AnyLoss = (
    Automatic
    | MeanSquaredError
    | HalfSquaredError
    | MeanAbsoluteError
    | Huber
    | LogCosh
    | MeanAbsolutePercentageError
    | MeanSquaredLogarithmicError
    | Poisson
    | CosineSimilarity
    | BinaryCrossEntropy
    | CategoricalCrossEntropy
    | Focal
    | Hinge
    | SquaredHinge
    | CategoricalHinge
    | KLDivergence
)
#: In the order of the forms: first for numbers, then for classes.
LOSSES: dict[str, type[Loss]] = {cls.kind_name(): cls for cls in AnyLoss.__args__}
