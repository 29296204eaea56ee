"""Slow, obvious twins of the figures on rows: counted one by one, as the textbooks have them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Rows = Sequence[Sequence[float]]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def guesses(outputs: Rows) -> list[int]:
    """The class of the largest share; of equal ones the first."""
    return [max(range(len(row)), key=lambda k: (row[k], -k)) for row in outputs]


def of_class(guess: Sequence[int], y: Sequence[int], k: int) -> tuple[float, float, float]:
    """Precision, recall and F1 of a class, 0 where there is nothing to divide by."""
    right = sum(1 for g, t in zip(guess, y, strict=True) if g == t == k)
    taken, there = sum(1 for g in guess if g == k), sum(1 for t in y if t == k)
    precision, recall = right / taken if taken else 0.0, right / there if there else 0.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def area(scores: Sequence[float], yes: Sequence[bool]) -> float:
    """Of all pairs of a yes and a no, the share in which the yes is above; ties count half."""
    pairs = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, p in zip(scores, yes, strict=True) if p
        for b, q in zip(scores, yes, strict=True) if not q
    ]  # fmt: skip
    return _mean(pairs)


def of_classes(outputs: Rows, y: Sequence[int], classes: int) -> dict[str, float]:
    """Every figure of classes by its name."""
    guess = guesses(outputs)
    each = [of_class(guess, y, k) for k in range(classes)]
    counts = [sum(1 for t in y if t == k) for k in range(classes)]
    named = [k for k in range(classes) if counts[k] or k in guess]
    rows = max(1, len(y))
    found = {
        "accuracy": sum(1 for g, t in zip(guess, y, strict=True) if g == t) / rows,
        "balanced_accuracy": _mean([each[k][1] for k in range(classes) if counts[k]]),
    }
    for most in (2, 5):
        if classes > most:
            # A share that is no number is never among the first.
            found[f"top_{most}"] = _mean(
                [
                    float(sum(1 for v in row if not v <= row[t]) < most)
                    for row, t in zip(outputs, y, strict=True)
                ]
            )
    for i, name in enumerate(("precision", "recall", "f1")):
        found[f"{name}_macro"] = _mean([each[k][i] for k in named])
        found[f"{name}_weighted"] = sum(each[k][i] * counts[k] for k in range(classes)) / rows
    whole = all(math.isfinite(v) for row in outputs for v in row)
    areas = [area([row[k] for row in outputs], [t == k for t in y]) for k in range(classes)]
    found["auc"] = _mean([one for one in areas if not math.isnan(one)]) if whole else math.nan
    return found


def _mae(y: Sequence[float], t: Sequence[float]) -> float:
    return _mean([abs(a - b) for a, b in zip(y, t, strict=True)])


def _rmse(y: Sequence[float], t: Sequence[float]) -> float:
    return math.sqrt(_mean([(a - b) ** 2 for a, b in zip(y, t, strict=True)])) if t else math.nan


def _r2(y: Sequence[float], t: Sequence[float]) -> float:
    if len(t) < 2:
        return math.nan
    left = sum((a - b) ** 2 for a, b in zip(y, t, strict=True))
    whole = sum((b - _mean(t)) ** 2 for b in t)
    return 1 - left / whole if whole else (left if math.isnan(left) else float(left == 0))


NUMBERS: dict[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "mae": _mae,
    "rmse": _rmse,
    "r2": _r2,
}


def of_numbers(outputs: Rows, truth: Rows) -> dict[str, float]:
    """Every figure of numbers by its name, of several targets the mean."""
    columns = list(zip(zip(*outputs, strict=True), zip(*truth, strict=True), strict=True))
    return {
        name: _mean([twin(y, t) for y, t in columns]) if columns else math.nan
        for name, twin in NUMBERS.items()
    }
