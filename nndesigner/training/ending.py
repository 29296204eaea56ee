"""What is said at the end of a run: whose weights are kept, and whether they are of any use."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nndesigner.data.dataset import Encoding, FloatArray, IntArray, Prepared, Spec
from nndesigner.learning.regularization import WatchKind
from nndesigner.training.feed import Point
from nndesigner.training.metrics import figure_text
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.training.watching import watched

#: Without validation rows an epoch's figures are those on the way through it: so many tell enough.
_EPOCHS_WITHOUT = 3
#: A learning rate so many times the optimizer's own, or as small a part of it, is named as such.
_FAR = 10.0


def kept_words(
    history: Sequence[Point], kept: int | None, watch: WatchKind, metric_name: str, why_over: str
) -> str:
    """Why the run is over, where it was before its last epoch, and which epoch is kept, if another
    than the last.
    """
    if kept is None:
        return why_over
    point = next(point for point in history if point.epoch == kept)
    _, words = watched(point, watch, metric_name)
    best = f"the weights of epoch {kept} are kept, its {words} was the best"
    return f"{why_over}; {best}" if why_over else f"{best[0].upper()}{best[1:]}"


def doubt(trained: Trained, prepared: Prepared) -> str:
    """Why the kept weights are worth no more than a simple guess, and what to do; empty where they
    are, or where nothing can be told.
    """
    point = trained.kept_point
    if point is None:
        return ""
    judged = point.val_metric is not None
    if not judged and point.epoch < _EPOCHS_WITHOUT:
        return ""
    y = prepared.y_val if judged else prepared.y_train
    if not len(y):
        return ""
    metric = point.val_metric if point.val_metric is not None else point.metric
    figures = point.val_figures or {}
    if prepared.spec.task == "classification":
        guess = _of_classes(metric, figures.get("balanced_accuracy"), y, prepared.spec)
    else:
        guess = _of_numbers(metric, figures.get("r2"), y, prepared.encoding)
    rows = "validation" if judged else "training"
    if not guess:
        return ""
    return f"the network is no better on the {rows} rows than {guess}: {_remedy(trained.settings)}"


def _of_classes(
    accuracy: float, balanced: float | None, y: IntArray | FloatArray, spec: Spec
) -> str:
    """The guess that is as good: the most frequent class; empty where the network is better.

    A network whose classes weigh alike may trade accuracy for the rare ones: then their mean recall
    stands above what chance gives.
    """
    names = spec.classes or tuple(str(place) for place in range(spec.outputs))
    labels = np.asarray(y, np.int64)
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    total, largest = int(counts.sum()), int(counts.argmax())
    share = counts[largest] / max(1, total)
    if not total or share == 1.0 or not accuracy <= share + 1e-6:
        return ""
    even = 1.0 / int(np.count_nonzero(counts))
    if balanced is not None and balanced > even + math.sqrt(even * (1 - even) / total):
        return ""
    return f"always saying {names[largest]} ({figure_text('accuracy', share)} right)"


def _of_numbers(
    error: float, r2: float | None, y: IntArray | FloatArray, encoding: Encoding
) -> str:
    """The guess that is as good: the mean; empty where the network is better."""
    if r2 is not None and not r2 <= 0:
        return ""
    truth = np.asarray(encoding.decode(np.asarray(y, np.float32).reshape(len(y), -1)), np.float64)
    miss = float(np.abs(truth - truth.mean(axis=0)).mean())
    if not miss > 0 or not error >= miss:
        return ""
    return f"always saying the mean (off by {figure_text('mae', miss)})"


def _remedy(settings: Settings) -> str:
    rate, usual = settings.optimizer.learning_rate, type(settings.optimizer)().learning_rate
    if rate >= _FAR * usual:
        return f"lower the learning rate from {rate:g}, for example to {usual:g}, or train longer"
    if rate <= usual / _FAR:
        return f"raise the learning rate from {rate:g}, for example to {usual:g}, or train longer"
    return "lower the learning rate, or train longer"
