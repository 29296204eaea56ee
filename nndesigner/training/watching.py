"""What a run remembers of its figures: the best epoch, and how long there was no progress."""

from __future__ import annotations

import math

import msgspec

from nndesigner.learning.regularization import EarlyStopping, WatchKind
from nndesigner.learning.schedules import Plateau
from nndesigner.training.feed import Point

#: Metrics that are errors; all others are better the larger they are.
ERRORS = frozenset({"mae", "rmse"})
_WORDS = {
    "val_loss": "validation loss",
    "val_metric": "validation metric",
    "loss": "training loss",
    "metric": "training metric",
}


class Memory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The best figure so far, its epoch, the epochs without progress since, and the rate's factor.

    ``best`` is None before the first finite figure; smaller is better. ``factor`` is a plateau's.
    """

    best: float | None = None
    epoch: int = 0
    waited: int = 0
    factor: float = 1.0


def watched(point: Point, watch: WatchKind, metric_name: str) -> tuple[float, str]:
    """The figure of an epoch that is watched, smaller being better, and what it is called.

    Without validation rows it is that of training. A figure that is no number is infinitely bad.
    """
    name: str = watch
    if name.startswith("val_") and getattr(point, name) is None:
        name = name.removeprefix("val_")
    value = float(getattr(point, name))
    if name.endswith("metric") and metric_name not in ERRORS:
        value = -value
    return (value if math.isfinite(value) else math.inf), _WORDS[name]


def after_epoch(memory: Memory, epoch: int, value: float, smallest_change: float) -> Memory:
    """The memory after an epoch, for early stopping: better means by more than the change."""
    known = memory.best
    if math.isfinite(value) and (known is None or value < known - smallest_change):
        return Memory(best=value, epoch=epoch)
    return msgspec.structs.replace(memory, waited=memory.waited + 1)


def is_over(memory: Memory, stopping: EarlyStopping) -> bool:
    """Whether patience has ended."""
    return stopping.stop_early and memory.waited >= stopping.patience


def on_plateau(memory: Memory, epoch: int, value: float, plateau: Plateau) -> Memory:
    """The memory after an epoch, for the rate: lowered when patience has ended.

    As PyTorch's: progress is a fall by a share of the best; the count begins anew then.
    """
    known = memory.best
    limit = math.inf if known is None else known - plateau.threshold * abs(known)
    if value < limit:
        return Memory(best=value, epoch=epoch, factor=memory.factor)
    waited = memory.waited + 1
    if waited <= plateau.patience:
        return msgspec.structs.replace(memory, waited=waited)
    factor = max(memory.factor * plateau.factor, plateau.least)
    return msgspec.structs.replace(memory, waited=0, factor=factor)
