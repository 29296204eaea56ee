"""The mailbox between a training thread and whoever watches it.

Scalars are always kept. Heavy things are copied only when somebody asked: a watcher names what it
wants, the trainer posts a copy between two slices of training, and the watcher takes the newest.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

State = Literal["idle", "preparing", "running", "paused", "stopped", "finished", "failed"]

#: What can be asked for, and what is posted for it.
#: ``weights``     dict of "node/parameter" -> float32 array, copies
#: ``confusion``   int64 array (classes, classes), rows are the truth, of the validation rows
#: ``metrics``     `training.metrics.Metrics` of the validation rows
#: ``predictions`` float32 array (validation rows, outputs), after the last activation
Snapshot = Literal["weights", "confusion", "predictions", "metrics"]


#: So many slices are kept one by one; a day of training then takes a few megabytes.
SLICES_WHOLE = 20_000


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one finished epoch. ``metric`` is accuracy (0 to 1) or mean absolute error.

    ``seconds`` and ``rows_per_second`` count training alone; validation figures are None without
    validation rows. ``val_figures`` are further ones by the names of `training.metrics`.
    ``learning_rate`` is that of the epoch's last step.
    """

    epoch: int
    loss: float
    metric: float
    val_loss: float | None = None
    val_metric: float | None = None
    val_figures: dict[str, float] | None = None
    seconds: float = 0.0
    rows_per_second: float = 0.0
    learning_rate: float | None = None


class SlicePoint(msgspec.Struct, frozen=True):
    """The mean training loss of one slice of steps; ``epoch`` is fractional."""

    step: int
    epoch: float
    loss: float


@dataclass(frozen=True)
class Status:
    """Where a run stands. ``message`` is a sentence for the person when there is one to say.

    ``doubt`` says at the end why what was learnt is of no use, and what to do.
    ``done`` counts epochs with the share of the running one.
    """

    state: State = "idle"
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps_per_epoch: int = 0
    done: float = 0.0
    learning_rate: float | None = None
    rows_per_second: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None
    metric_name: str = "accuracy"
    message: str = ""
    doubt: str = ""

    @property
    def share(self) -> float:
        """How much of the run is done, 0 to 1."""
        if self.done and self.epochs:
            return min(1.0, self.done / self.epochs)
        total = self.epochs * self.steps_per_epoch
        return min(1.0, self.step / total) if total else 0.0


@dataclass
class Feed:
    """A mailbox that any thread may use."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _points: list[Point] = field(default_factory=list)
    _slices: list[SlicePoint] = field(default_factory=list)
    _slices_seen: int = 0
    _status: Status = Status()
    _wanted: frozenset[str] = frozenset()
    _snapshots: dict[str, tuple[int, Any]] = field(default_factory=dict)
    _version: int = 0

    # -- the trainer's side

    def post(self, point: Point) -> None:
        """Add the figures of a finished epoch."""
        with self._lock:
            self._points.append(point)
            self._version += 1

    def post_slice(self, point: SlicePoint) -> None:
        """Add the loss of a slice; of a very long run every second, then fourth, is kept."""
        with self._lock:
            self._slices_seen += 1
            if self._slices_seen % (1 << len(self._slices) // SLICES_WHOLE) == 0:
                self._slices.append(point)
            self._version += 1

    def post_status(self, **changes: Any) -> None:
        """Change some fields of the status."""
        with self._lock:
            self._status = replace(self._status, **changes)
            self._version += 1

    def post_snapshot(self, name: Snapshot, epoch: int, content: Any) -> None:
        """Put a copy where watchers take it; it must not be changed afterwards."""
        with self._lock:
            self._snapshots[name] = (epoch, content)
            self._version += 1

    @property
    def wanted(self) -> frozenset[str]:
        """What watchers asked for."""
        with self._lock:
            return self._wanted

    # -- the watcher's side

    def want(self, names: Iterable[str]) -> None:
        """Say which snapshots are wanted from now on (all others are not)."""
        with self._lock:
            self._wanted = frozenset(names)

    @property
    def version(self) -> int:
        """A number that grows with every post: nothing to do while it stays."""
        with self._lock:
            return self._version

    @property
    def status(self) -> Status:
        """Where the run stands."""
        with self._lock:
            return self._status

    def points(self, since: int = 0) -> list[Point]:
        """The epochs' figures from an index on."""
        with self._lock:
            return self._points[since:]

    def slices(self, since: int = 0) -> list[SlicePoint]:
        """The slices' losses from an index on."""
        with self._lock:
            return self._slices[since:]

    def snapshot(self, name: str) -> tuple[int, Any] | None:
        """The newest copy of that name and the epoch (0 = untrained) it belongs to."""
        with self._lock:
            return self._snapshots.get(name)
