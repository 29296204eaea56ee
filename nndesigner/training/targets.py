"""What a network is compared with: the loss for a task and the targets in the form it wants."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import FloatArray, IntArray, Shape, Spec, Task
from nndesigner.learning.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    MeanSquaredError,
)

#: What the metric of a task is called in curves and files.
METRIC_NAMES: dict[Task, str] = {"classification": "accuracy", "regression": "mae"}


def output_width(shape: Shape | None) -> int:
    """How many numbers a row's output has, whatever its shape."""
    return math.prod(shape) if shape else 1


def resolve_loss(loss: Loss, task: Task, outputs: int) -> Loss:
    """The loss itself, or for automatic the one that suits the task and the number of outputs."""
    if loss.kind != "auto":
        return loss
    if task == "regression":
        return MeanSquaredError()
    return BinaryCrossEntropy() if outputs == 1 else CategoricalCrossEntropy()


def wants_labels(loss: Loss, task: Task, outputs: int) -> bool:
    """Whether the loss takes one class number a row, and not one number an output."""
    several = task == "classification" and outputs > 1
    return several and loss.takes_labels and loss.smoothing == 0


def targets(
    y: IntArray | FloatArray, spec: Spec, loss: Loss, outputs: int
) -> npt.NDArray[np.float32]:
    """Targets as the engine takes them: ``(n, 1)`` class numbers, ``(n, classes)`` one-hot, or
    numbers.

    Class numbers are exact in float32 up to 16 million.
    """
    if spec.task == "regression":
        return np.ascontiguousarray(y.reshape(len(y), outputs), dtype=np.float32)
    if wants_labels(loss, spec.task, outputs):
        return np.ascontiguousarray(y.reshape(-1, 1), dtype=np.float32)
    if outputs == 1:
        return _smooth(np.array(y.reshape(-1, 1), dtype=np.float32), loss.smoothing, 2)
    hot = np.zeros((len(y), outputs), np.float32)
    hot[np.arange(len(y)), y.astype(np.int64)] = 1.0
    # Binary cross-entropy asks yes or no of each output by itself.
    return _smooth(hot, loss.smoothing, 2 if loss.kind == "binary_crossentropy" else outputs)


def _smooth(t: FloatArray, share: float, choices: int) -> FloatArray:
    """t (1 − share) + share / choices, in place. Source: Szegedy et al. 2015, arXiv 1512.00567."""
    if share > 0:
        t *= np.float32(1.0 - share)
        t += np.float32(share / choices)
    return t


def predicted_classes(outputs: FloatArray) -> IntArray:
    """The class of every row: the largest output, or the side of 0.5 of a single one."""
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > 0.5).astype(np.int64)
    return np.asarray(outputs.argmax(axis=1), dtype=np.int64)


def confusion_matrix(truth: IntArray, predicted: IntArray, classes: int) -> IntArray:
    """How often each class (row) was taken for each (column). Shape: ``(classes, classes)``."""
    counts = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)
