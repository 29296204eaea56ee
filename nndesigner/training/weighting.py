"""How much each training row counts: weights of classes times weights of rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nndesigner.data.dataset import FloatArray, IntArray, Prepared, Spec
from nndesigner.errors import DesignerError, TrainingError
from nndesigner.training.settings import Settings

#: More than this is a slip of the key, and would drown all other rows.
_MOST = 1e6


def row_weights(prepared: Prepared, settings: Settings) -> FloatArray | None:
    """What each training row counts ``(rows,)``, or None where all count the same.

    The loss of a mini-batch is Σ w l / rows, as in Keras. Raises: TrainingError.
    """
    weights = prepared.weights_train
    if weights is not None:
        weights = np.asarray(weights, np.float32).reshape(-1)
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
            raise TrainingError(
                "The weights of the rows must be numbers from 0 on, not all 0: look at the column"
            )
    if prepared.spec.task != "classification" or settings.class_weighting == "none":
        return weights
    labels = prepared.y_train.astype(np.int64)
    count = len(prepared.spec.classes) or prepared.spec.outputs
    try:
        of_class = class_weights(settings, prepared.spec, np.bincount(labels, minlength=count))
    except DesignerError as error:
        raise TrainingError(str(error)) from None
    found = of_class[labels]
    return found if weights is None else found * weights


def class_weights(settings: Settings, spec: Spec, counts: IntArray) -> FloatArray:
    """What a row of each class counts, from how often each occurs ``(classes,)``.

    Balanced: rows / (classes · rows of the class), so that all classes count the same and the mean
    weight is 1. A class without rows counts nothing. Raises: DesignerError.
    """
    if settings.class_weighting == "custom":
        return np.array(parsed(settings.class_weights, spec.classes), np.float32)
    present = np.count_nonzero(counts)
    share = counts.sum() / (max(1, present) * np.maximum(counts, 1))
    return np.where(counts > 0, share, 0.0).astype(np.float32)


def parsed(text: str, classes: Sequence[str]) -> list[float]:
    """Weights as people write them: ``yes=3, no=1``, or a number for each class in order.

    Classes that are not named count 1. Raises: DesignerError saying what was found.
    """
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if not parts:
        first = classes[0] if classes else "yes"
        raise DesignerError(f"The class weights are empty: write for example {first}=2")
    if all("=" not in part for part in parts):
        if len(parts) != len(classes):
            raise DesignerError(
                f"There are {len(parts)} class weights and {len(classes)} classes: write one for "
                f"each, or name=weight for some ({', '.join(classes[:5])})"
            )
        return [_number(part) for part in parts]
    found = dict.fromkeys(classes, 1.0)
    for part in parts:
        name, _, value = part.rpartition("=")
        name = name.strip()
        if name not in found:
            shown = ", ".join(classes[:8]) + (" …" if len(classes) > 8 else "")
            raise DesignerError(f"There is no class {name!r} to weigh: choose from {shown}")
        found[name] = _number(value)
    return list(found.values())


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= _MOST:
        raise DesignerError(f"A class weight must be a number from 0 to {_MOST:,.0f}, got {text!r}")
    return number
