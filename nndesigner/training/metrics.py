"""What a network is worth on rows: figures of classes and of numbers, beside a simple guess.

Definitions are scikit-learn's; what cannot be computed is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Encoding, FloatArray, IntArray, Spec
from nndesigner.training.targets import confusion_matrix, predicted_classes

Wide = npt.NDArray[np.float64]

#: Words for the figures, in the order in which they are shown.
TITLES: dict[str, str] = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "top_2": "Right among the first 2",
    "top_5": "Right among the first 5",
    "precision_macro": "Precision, mean of classes",
    "recall_macro": "Recall, mean of classes",
    "f1_macro": "F1, mean of classes",
    "precision_weighted": "Precision, mean of rows",
    "recall_weighted": "Recall, mean of rows",
    "f1_weighted": "F1, mean of rows",
    "auc": "AUC",
    "mae": "Mean absolute error",
    "rmse": "Root mean squared error",
    "r2": "R²",
}

#: Errors from here on are read by their power of ten.
_POWERS_FROM = 1e9

#: What each says, in a sentence.
HELP: dict[str, str] = {
    "accuracy": "The share of rows whose class is right.",
    "balanced_accuracy": "The mean of the classes' recalls: rare classes count like common ones.",
    "top_2": "The share of rows whose class is among the two most likely.",
    "top_5": "The share of rows whose class is among the five most likely.",
    "precision_macro": "Of the rows taken for a class, the share that is of it; all classes count "
    "the same.",
    "recall_macro": "Of the rows of a class, the share that was found; all classes count the same.",
    "f1_macro": "The harmonic mean of precision and recall; all classes count the same.",
    "precision_weighted": "Precision, each class counting by its rows.",
    "recall_weighted": "Recall, each class counting by its rows: the accuracy again.",
    "f1_weighted": "F1, each class counting by its rows.",
    "auc": "The chance that a row of a class is ranked above one that is not; 0.5 is a coin. "
    "Of several classes the mean, each against all others.",
    "mae": "How far off a prediction is on average, in the target's units.",
    "rmse": "Like the mean error, but far misses count more; in the target's units.",
    "r2": "The share of the target's spread that is explained: 1 is all, 0 is the mean's.",
}

#: The figures that are cheap enough to be known after every epoch.
QUICK: dict[str, tuple[str, ...]] = {
    "classification": ("balanced_accuracy", "f1_macro"),
    "regression": ("rmse", "r2"),
}


@dataclass(frozen=True)
class OfClass:
    """The figures of one class; ``rows`` are those that are truly of it."""

    name: str
    rows: int
    precision: float
    recall: float
    f1: float
    auc: float


@dataclass(frozen=True)
class OfTarget:
    """The figures of one number column, in its own units."""

    name: str
    mae: float
    rmse: float
    r2: float


@dataclass(frozen=True, eq=False)
class Metrics:
    """All figures on some rows, by the names of `TITLES`, beside a simple guess.

    ``baseline`` are the figures of always saying ``baseline_name``: the most frequent class of
    these rows, or their mean. ``confusion`` counts each class (row) taken for each (column).
    """

    rows: int
    figures: Mapping[str, float]
    baseline: Mapping[str, float]
    baseline_name: str
    classes: tuple[OfClass, ...] = ()
    targets: tuple[OfTarget, ...] = ()
    confusion: IntArray | None = None


def metrics_of(
    outputs: FloatArray, y: IntArray | FloatArray, spec: Spec, encoding: Encoding
) -> Metrics:
    """All figures of outputs ``(rows, outputs)`` for encoded targets.

    Targets are ``(rows,)`` class numbers, or ``(rows, outputs)`` numbers; errors are in real units.
    """
    if spec.task == "classification":
        names = spec.classes or tuple(str(i) for i in range(spec.outputs))
        return of_classes(outputs, y.astype(np.int64), names)
    truth = np.asarray(y, np.float32).reshape(outputs.shape)
    return of_numbers(encoding.decode(outputs), encoding.decode(truth), spec.target_names)


def quick_figures(
    outputs: FloatArray, y: IntArray | FloatArray, spec: Spec, encoding: Encoding
) -> dict[str, float]:
    """The figures of `QUICK`, for the curves."""
    if spec.task == "classification":
        count = len(spec.classes) or spec.outputs
        counts = confusion_matrix(y.astype(np.int64), predicted_classes(outputs), count)
        _, recall, f1 = scores(counts)
        seen = counts.sum(axis=1) > 0
        named = seen | (counts.sum(axis=0) > 0)
        return {
            "balanced_accuracy": _mean(recall[seen]),
            "f1_macro": _mean(f1[named]),
        }
    truth = np.asarray(y, np.float32).reshape(outputs.shape)
    errors = _errors(encoding.decode(outputs), encoding.decode(truth))
    return {"rmse": _mean(errors[1]), "r2": _mean(errors[2])}


# -- classes


def of_classes(outputs: FloatArray, y: IntArray, names: Sequence[str]) -> Metrics:
    """All figures of class shares ``(rows, classes)``, or ``(rows, 1)`` for yes, for labels."""
    shares = np.concatenate([1 - outputs, outputs], axis=1) if outputs.shape[1] == 1 else outputs
    counts = confusion_matrix(y, predicted_classes(outputs), len(names))
    areas = _areas(shares, y)
    precision, recall, f1 = scores(counts)
    totals = counts.sum(axis=1)
    share = totals / max(1, len(y))
    guess = np.zeros_like(counts)
    largest = int(totals.argmax())
    guess[:, largest] = totals
    return Metrics(
        rows=len(y),
        figures=_figures(counts, areas, _ranks(shares, y)),
        # Always the same shares: ranks are the classes' own, and all rows tie.
        baseline=_figures(guess, np.where(np.isnan(areas), np.nan, 0.5), _share_ranks(share, y)),
        baseline_name=names[largest],
        classes=tuple(
            OfClass(name, int(n), float(p), float(r), float(f), float(a))
            for name, n, p, r, f, a in zip(names, totals, precision, recall, f1, areas, strict=True)
        ),
        confusion=counts,
    )


def scores(counts: IntArray) -> tuple[Wide, Wide, Wide]:
    """Precision, recall and F1 of each class from a confusion matrix; 0 where nothing is there."""
    right = np.diag(counts).astype(np.float64)
    taken, there = counts.sum(axis=0), counts.sum(axis=1)
    precision, recall = right / np.maximum(taken, 1), right / np.maximum(there, 1)
    return precision, recall, 2 * right / np.maximum(taken + there, 1)


def _figures(counts: IntArray, areas: Wide, ranks: IntArray) -> dict[str, float]:
    """All figures from the matrix, each class' AUC, and the rank of each row's class (0 first)."""
    precision, recall, f1 = scores(counts)
    totals = counts.sum(axis=1)
    seen = totals > 0
    named = seen | (counts.sum(axis=0) > 0)
    rows = max(1, int(totals.sum()))
    found = {
        "accuracy": float(np.trace(counts)) / rows,
        "balanced_accuracy": _mean(recall[seen]),
    }
    for k in (2, 5):
        if len(counts) > k:
            found[f"top_{k}"] = _mean(ranks < k)
    for name, values in (("precision", precision), ("recall", recall), ("f1", f1)):
        found[f"{name}_macro"] = _mean(values[named])
    for name, values in (("precision", precision), ("recall", recall), ("f1", f1)):
        found[f"{name}_weighted"] = float((values * totals).sum()) / rows
    found["auc"] = _mean(areas[~np.isnan(areas)])
    return {name: found[name] for name in TITLES if name in found}


def _ranks(shares: FloatArray, y: IntArray) -> IntArray:
    """How many classes stand before the true one, for each row: equal ones from the last on.

    That is the order of scikit-learn's ``top_k_accuracy_score``.
    """
    if not len(y):
        return np.zeros(0, np.int64)
    own = shares[np.arange(len(y)), y][:, None]
    # NaN is above nothing: such a row is not right by being unknown.
    before = ~(shares <= own)
    before |= (shares == own) & (np.arange(shares.shape[1]) > y[:, None])
    return np.asarray(before.sum(axis=1), np.int64)


def _share_ranks(share: Wide, y: IntArray) -> IntArray:
    """The same where every row has the same shares; equal ones in the order of the classes."""
    place = np.empty(len(share), np.int64)
    place[np.argsort(-share, kind="stable")] = np.arange(len(share))
    return np.asarray(place[y], np.int64)


def _areas(shares: FloatArray, y: IntArray) -> Wide:
    """The AUC of each class against all others; NaN where one side has no rows."""
    found = np.full(shares.shape[1], np.nan)
    if not np.isfinite(shares).all():
        return found
    for k in range(shares.shape[1]):
        found[k] = area(shares[:, k], y == k)
    return found


def area(score: npt.NDArray[np.floating], yes: npt.NDArray[np.bool_]) -> float:
    """The area under the ROC curve: the chance that a yes scores above a no, ties half.

    It is the Mann-Whitney statistic of the mean ranks. NaN where there is no yes or no no.
    """
    positive, negative = int(yes.sum()), int((~yes).sum())
    if not positive or not negative:
        return math.nan
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    total = float(mean_rank[place.reshape(-1)][yes].sum())
    return (total - positive * (positive + 1) / 2) / (positive * negative)


# -- numbers


def of_numbers(outputs: FloatArray, truth: FloatArray, names: Sequence[str]) -> Metrics:
    """All figures of predictions ``(rows, targets)`` in real units; of several targets the mean."""
    flat = np.atleast_2d(np.asarray(outputs))
    real = np.asarray(truth).reshape(flat.shape)
    mae, rmse, r2 = _errors(flat, real)
    mean = real.astype(np.float64).mean(axis=0, keepdims=True) if len(real) else real
    base = _errors(np.broadcast_to(mean, real.shape), real)
    words = [names[i] if i < len(names) else f"target {i + 1}" for i in range(flat.shape[1])]
    return Metrics(
        rows=len(flat),
        figures={"mae": _mean(mae), "rmse": _mean(rmse), "r2": _mean(r2)},
        baseline={"mae": _mean(base[0]), "rmse": _mean(base[1]), "r2": _mean(base[2])},
        baseline_name="the mean",
        targets=tuple(
            OfTarget(word, float(a), float(b), float(c))
            for word, a, b, c in zip(words, mae, rmse, r2, strict=True)
        ),
    )


def _errors(outputs: npt.NDArray[Any], truth: npt.NDArray[Any]) -> tuple[Wide, Wide, Wide]:
    """MAE, RMSE and R² of each target. R² of a target that never changes is 1 if met, else 0."""
    if not len(outputs):
        nothing = np.full(outputs.shape[1], np.nan)
        return nothing, nothing, nothing
    real = truth.astype(np.float64)
    miss = outputs.astype(np.float64) - real
    square = (miss * miss).mean(axis=0)
    spread = real.var(axis=0)
    flat = spread <= 1e-14 * np.maximum(1e-300, (real * real).mean(axis=0))
    met = np.where(np.isnan(square), np.nan, (square == 0).astype(np.float64))
    r2 = np.where(flat, met, 1 - square / np.where(flat, 1, spread))
    return np.abs(miss).mean(axis=0), np.sqrt(square), r2 if len(real) > 1 else r2 * np.nan


def _mean(values: npt.NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else math.nan


# -- for people and other programs


def figure_text(name: str, value: float) -> str:
    """A figure for reading: ``93.3 %``, ``0.981``, in the target's unit ``12.34``."""
    if math.isnan(value):
        return "–"
    if name in ("auc", "r2"):
        return f"{value:.3f}".replace("-", "−")
    return error_text(value) if name in ("mae", "rmse") else f"{100 * value:.1f} %"


def error_text(value: float) -> str:
    """An error in the target's unit with four figures, large ones grouped: ``0.1234``, ``46,504``;
    beyond a billion by its power of ten.
    """
    return f"{value:,.0f}" if 999.95 <= abs(value) < _POWERS_FROM else f"{value:.4g}"


def as_json(metrics: Metrics) -> dict[str, object]:
    """The figures as plain values: names as in `TITLES`, classes and targets one by one."""
    found: dict[str, object] = {
        "figures": dict(metrics.figures),
        "baseline": {"always": metrics.baseline_name, **metrics.baseline},
    }
    if metrics.classes:
        found["per_class"] = [
            {
                "class": one.name, "rows": one.rows, "precision": one.precision,
                "recall": one.recall, "f1": one.f1, "auc": one.auc,
            }
            for one in metrics.classes
        ]  # fmt: skip
    if metrics.targets:
        found["per_target"] = [
            {"target": one.name, "mae": one.mae, "rmse": one.rmse, "r2": one.r2}
            for one in metrics.targets
        ]
    return found
