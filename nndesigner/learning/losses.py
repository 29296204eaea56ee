"""Losses: the one number that training makes small, always a mean over the batch."""

from __future__ import annotations

from typing import ClassVar

from nndesigner.declare import Declaration


class Loss(Declaration, frozen=True, kw_only=True, tag_field="kind"):
    """The base of all losses. ``formula`` is for one row with k outputs."""

    formula: ClassVar[str] = ""


class Automatic(Loss, frozen=True, kw_only=True, tag="auto"):
    """Chosen from the target and the last layer."""

    title: ClassVar[str] = "Automatic"
    help: ClassVar[str] = (
        "Cross-entropy for classes (binary for a single output), mean squared error for numbers."
    )


class MeanSquaredError(Loss, frozen=True, kw_only=True, tag="mse"):
    """(1/k) Σ (y − t)²"""

    title: ClassVar[str] = "Mean squared error"
    formula: ClassVar[str] = "(1/k) Σ (y − t)²"
    help: ClassVar[str] = "For numbers; large misses count most."


class MeanAbsoluteError(Loss, frozen=True, kw_only=True, tag="mae"):
    """(1/k) Σ |y − t|"""

    title: ClassVar[str] = "Mean absolute error"
    formula: ClassVar[str] = "(1/k) Σ |y − t|"
    help: ClassVar[str] = "For numbers; every miss counts as far as it is."


class BinaryCrossEntropy(Loss, frozen=True, kw_only=True, tag="binary_crossentropy"):
    """−(1/k) Σ t ln p + (1−t) ln(1−p), computed from the logits below a sigmoid."""

    title: ClassVar[str] = "Binary cross-entropy"
    formula: ClassVar[str] = "−(1/k) Σ t ln p + (1−t) ln(1−p)"
    help: ClassVar[str] = "For yes or no: one sigmoid output."


class CategoricalCrossEntropy(Loss, frozen=True, kw_only=True, tag="categorical_crossentropy"):
    """−Σ t ln p, computed from the logits below a softmax; t is a class label or one-hot."""

    title: ClassVar[str] = "Categorical cross-entropy"
    formula: ClassVar[str] = "−Σ t ln p"
    help: ClassVar[str] = "For one class of several: a softmax output, one unit a class."


AnyLoss = (
    Automatic | MeanSquaredError | MeanAbsoluteError | BinaryCrossEntropy | CategoricalCrossEntropy
)
LOSSES: dict[str, type[Loss]] = {
    cls.kind_name(): cls
    for cls in (
        Automatic,
        MeanSquaredError,
        MeanAbsoluteError,
        BinaryCrossEntropy,
        CategoricalCrossEntropy,
    )
}
