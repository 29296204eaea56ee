"""Trains a network on prepared data, slice by slice, on whatever thread calls it."""

from __future__ import annotations

import threading
import time
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Prepared
from nndesigner.engine.engine import Engine
from nndesigner.errors import TrainingError
from nndesigner.graph import Graph
from nndesigner.learning.optimizers import Optimizer
from nndesigner.network import checked, compile_network, initial_weights
from nndesigner.training.feed import Feed, Point, SlicePoint
from nndesigner.training.predict import flat_rows
from nndesigner.training.settings import Settings
from nndesigner.training.targets import (
    METRIC_NAMES,
    confusion_matrix,
    predicted_classes,
    resolve_loss,
    targets,
    wants_labels,
)
from nndesigner.training.trained import Trained
from nndesigner.training.warm import is_ready, warm_up

#: A slice of training lasts about this long: short enough for Pause, long enough to be cheap.
_SLICE_SECONDS = 0.015
_MOST_STEPS = 100_000
#: Multiplications and additions between two looks at Stop while validating.
_BLOCK_WORK = 3e9
#: How often heavy copies are posted while an epoch runs, and how old the last good weights may be.
_SNAPSHOT_SECONDS = 0.1
_BACKUP_SECONDS = 0.25
#: How often a paused trainer looks at what is wanted.
_LOOK_SECONDS = 0.1

_Wish = Literal["run", "pause", "stop"]


class Trainer:
    """One training run. `train` blocks; all other verbs may be called from any thread.

    The feed gets status, points, slices and the snapshots that are wanted, also once before the
    first step (epoch 0, untrained) and once after the last.
    """

    def __init__(
        self, graph: Graph, settings: Settings, prepared: Prepared, feed: Feed | None = None
    ) -> None:
        """Build the network and draw its first weights. Raises: GraphError, TrainingError."""
        spec = prepared.spec
        shape = checked(graph, spec.input_shape).output_shape
        width = shape[-1] if shape else 1
        loss = resolve_loss(settings.loss, spec.task, width)
        tape = compile_network(
            graph,
            spec.input_shape,
            loss=loss.kind,
            labels=wants_labels(loss, spec.task, width),
            classes=spec.task == "classification",
        )
        self.graph, self.settings, self.prepared = graph, settings, prepared
        self.feed = feed or Feed()
        rows = len(prepared.x_train)
        if rows == 0:
            raise TrainingError("There is no training row: make the validation share smaller")
        try:
            self._engine = Engine(
                tape,
                batch=min(settings.batch_size, rows),
                optimizer=settings.optimizer.kind,
                slots=settings.optimizer.slots,
            )
            self._x, self._t = (
                flat_rows(prepared.x_train),
                targets(prepared.y_train, spec, loss, width),
            )
            self._x_val, self._t_val = (
                flat_rows(prepared.x_val),
                targets(prepared.y_val, spec, loss, width),
            )
        except MemoryError:
            raise TrainingError(
                "There is not enough memory for this network and data: make layers or the batch "
                "smaller"
            ) from None
        self._engine.load(initial_weights(graph, spec.input_shape, settings.seed))
        self._metric_scale = (
            float(np.mean(prepared.encoding.target_scale)) if spec.task == "regression" else 1.0
        )
        self._optimizer: Optimizer = settings.optimizer
        self._hyper = np.array(self._optimizer.hyper())
        self._control = threading.Condition()
        self._wish: _Wish = "run"
        self._pause_after_epoch = 0
        self._pace = 0.0
        self._epoch = 0
        self._history: list[Point] = []
        self._seconds = 0.0
        self._steps_per_epoch = -(-rows // self._engine.batch)
        self._slice_steps = 1
        self._backup = self._engine.weights.copy()
        self._backup_at = self._posted_at = 0.0
        # About 20 ms of work; it depends on the network alone, so that figures do not on the clock.
        self._val_block = max(64, int(_BLOCK_WORK / max(1, tape.flops)))

    # -- verbs for any thread

    def pause(self) -> None:
        """Hold after the current slice."""
        self._set_wish("pause")

    def resume(self) -> None:
        """Go on after `pause`."""
        with self._control:
            self._pause_after_epoch = 0
        self._set_wish("run")

    def step(self, epochs: int = 1) -> None:
        """Run to the end of the current epoch (or so many epochs on) and pause there."""
        with self._control:
            self._pause_after_epoch = self._epoch + epochs
        self._set_wish("run")

    def stop(self) -> None:
        """End after the current slice, keeping the weights."""
        self._set_wish("stop")

    def change(self, settings: Settings) -> None:
        """Use the learning rate (and other optimizer numbers) of these settings from the next
        slice.

        Another kind of optimizer, batch size or network waits for the next run.
        """
        if settings.optimizer.kind == self._optimizer.kind:
            with self._control:
                self._optimizer = settings.optimizer
                self._hyper = np.array(settings.optimizer.hyper())

    def set_pace(self, seconds: float) -> None:
        """Let every epoch take at least so many seconds, to be watched; 0 is full speed."""
        with self._control:
            self._pace = max(0.0, seconds)
            self._control.notify_all()

    def _set_wish(self, wish: _Wish) -> None:
        with self._control:
            if self._wish != "stop":
                self._wish = wish
            self._control.notify_all()

    # -- the training thread

    def train(self) -> Trained:
        """Train until the last epoch or `stop`. Raises: TrainingError (the numbers ran away)."""
        if not is_ready():  # compiling is no training: it must not count in the figures
            self.feed.post_status(state="preparing", message="Preparing the engine")
            warm_up()
        self.feed.post_status(
            state="running",
            epochs=self.settings.epochs,
            steps_per_epoch=self._steps_per_epoch,
            metric_name=METRIC_NAMES[self.prepared.spec.task],
            message="",
        )
        try:
            self._post_snapshots(0, self.feed.wanted)
            while self._epoch < self.settings.epochs and self._wish != "stop":
                began = time.monotonic()
                if not self._run_epoch():
                    break
                self._keep_pace(began)
                if self._pause_after_epoch and self._epoch >= self._pause_after_epoch:
                    with self._control:
                        self._pause_after_epoch = 0
                        if self._wish == "run" and self._epoch < self.settings.epochs:
                            self._wish = "pause"
                self._hold()
        except TrainingError as error:
            self.feed.post_status(state="failed", message=str(error), seconds_left=None)
            raise
        self._post_snapshots(self._epoch, self.feed.wanted)
        finished = self._epoch >= self.settings.epochs
        self.feed.post_status(
            state="finished" if finished else "stopped", seconds_left=0.0 if finished else None
        )
        return self.trained()

    def trained(self) -> Trained:
        """The outcome so far; call it from another thread only when `train` has ended.

        Its settings are those in force at the end: the rate may have been changed on the way.
        """
        return Trained(
            graph=self.graph,
            settings=self.settings.changed(optimizer=self._optimizer),
            spec=self.prepared.spec,
            encoding=self.prepared.encoding,
            weights=self._engine.named(self._engine.weights),
            history=tuple(self._history),
            seconds=self._seconds,
        )

    # -- inside

    def _hold(self) -> bool:
        """Wait while paused, serving what watchers newly want; return whether to go on."""
        if self._wishes("pause"):
            self.feed.post_status(state="paused", seconds_left=None)
            served: frozenset[str] = frozenset()
            while self._wishes("pause"):
                wanted = self.feed.wanted
                if wanted - served:  # copied without the lock: nobody's Stop waits for it
                    self._post_snapshots(self._epoch, wanted - served)
                served = wanted
                with self._control:
                    if self._wishes("pause"):
                        self._control.wait(_LOOK_SECONDS)
            if self._wishes("run"):
                self.feed.post_status(state="running")
        return self._wishes("run")

    def _keep_pace(self, began: float) -> None:
        """Wait for the rest of an epoch's least time; any wish or a quicker pace ends it."""
        with self._control:
            while self._wishes("run") and self._epoch < self.settings.epochs:
                left = began + self._pace - time.monotonic()
                if left <= 0:
                    return
                self._control.wait(left)

    def _wishes(self, wish: _Wish) -> bool:
        return self._wish == wish

    def _order(self) -> npt.NDArray[np.int64]:
        """The rows of this epoch, from seed and epoch alone, so that a run can be resumed."""
        rows = len(self._x)
        if not self.settings.shuffle:
            return np.arange(rows)
        return np.random.default_rng([self.settings.seed, 1 + self._epoch]).permutation(rows)

    def _run_epoch(self) -> bool:
        """One pass over the training rows; False when stopped on the way."""
        order, first = self._order(), 0
        totals = np.zeros(5)
        seconds = 0.0
        while first < len(order):
            if not self._hold():
                return False
            before = totals.copy()
            started = time.perf_counter()
            first = self._engine.train(
                self._x, self._t, order, first, self._slice_steps, self._hyper,
                self.settings.seed, totals,
            )  # fmt: skip
            lasted = time.perf_counter() - started
            seconds += lasted
            if totals[4]:
                self._seconds += seconds
                self._ran_away(order, first)
            self._after_slice(totals, before, seconds, lasted)
        self._seconds += seconds
        if not np.isfinite(self._engine.weights).all():  # by the last update: no loss has seen it
            self._ran_away(order, (len(order) - 1) // self._engine.batch * self._engine.batch)
        self._epoch += 1
        self._post_epoch(totals, seconds)
        return True

    def _after_slice(
        self, totals: npt.NDArray[np.float64], before: npt.NDArray[np.float64], seconds: float,
        lasted: float,
    ) -> None:  # fmt: skip
        """Post where the run stands, and fit the next slice's length to the clock."""
        steps = int(totals[3] - before[3])
        wanted = int(steps * _SLICE_SECONDS / max(lasted, 1e-7))
        self._slice_steps = max(1, min(wanted, _MOST_STEPS))
        now = time.monotonic()
        step = self._engine.step
        speed = float(totals[2] / max(seconds, 1e-9))
        left = (self.settings.epochs * self._steps_per_epoch - step) * self._engine.batch / speed
        left = max(left, (self.settings.epochs - self._epoch) * self._pace)
        if steps:
            mean = (totals[0] - before[0]) / (totals[2] - before[2])
            self.feed.post_slice(SlicePoint(step, step / self._steps_per_epoch, float(mean)))
        self.feed.post_status(
            epoch=self._epoch,
            step=step,
            rows_per_second=speed,
            seconds=self._seconds + seconds,
            seconds_left=max(0.0, left),
        )
        if now - self._backup_at > _BACKUP_SECONDS:
            self._back_up(now)
        if now - self._posted_at > _SNAPSHOT_SECONDS and "weights" in self.feed.wanted:
            self._posted_at = now
            self._post_weights(self._epoch)

    def _back_up(self, now: float) -> None:
        if np.isfinite(self._engine.weights).all():
            np.copyto(self._backup, self._engine.weights)
        self._backup_at = now

    def _post_epoch(self, totals: npt.NDArray[np.float64], seconds: float) -> None:
        rows = totals[2]
        val_loss, val_metric, outputs = self._validate() or (None, None, None)
        point = Point(
            epoch=self._epoch,
            loss=float(totals[0] / rows),
            metric=float(totals[1] / rows) * self._metric_scale,
            val_loss=val_loss,
            val_metric=val_metric,
            seconds=seconds,
            rows_per_second=float(rows / max(seconds, 1e-9)),
        )
        self._history.append(point)
        self.feed.post(point)
        self.feed.post_status(epoch=self._epoch, step=self._engine.step)
        self._post_validation(self._epoch, outputs)

    def _validate(self) -> tuple[float, float, npt.NDArray[Any]] | None:
        """Loss, metric and outputs of the validation rows.

        None without such rows, and when told to stop on the way.
        """
        rows = len(self._x_val)
        parts = []
        loss = metric = 0.0
        for first in range(0, rows, self._val_block):
            if self._wishes("stop"):
                return None
            here = slice(first, first + self._val_block)
            part = self._engine.evaluate(self._x_val[here], self._t_val[here])
            share = len(part[2]) / rows
            loss, metric = loss + share * part[0], metric + share * part[1]
            parts.append(part[2])
        return (loss, metric * self._metric_scale, np.concatenate(parts)) if parts else None

    def _post_snapshots(self, epoch: int, wanted: frozenset[str]) -> None:
        if "weights" in wanted:
            self._post_weights(epoch)
        if wanted & {"confusion", "predictions"}:
            found = self._validate()
            self._post_validation(epoch, found[2] if found else None)

    def _post_weights(self, epoch: int) -> None:
        self.feed.post_snapshot("weights", epoch, self._engine.named(self._engine.weights))

    def _post_validation(self, epoch: int, outputs: npt.NDArray[Any] | None) -> None:
        if outputs is None:
            return
        wanted = self.feed.wanted
        if "confusion" in wanted and self.prepared.spec.task == "classification":
            counts = confusion_matrix(
                self.prepared.y_val.astype(np.int64),
                predicted_classes(outputs),
                len(self.prepared.spec.classes),
            )
            self.feed.post_snapshot("confusion", epoch, counts)
        if "predictions" in wanted:
            self.feed.post_snapshot("predictions", epoch, outputs)

    def _ran_away(self, order: npt.NDArray[np.int64], first: int) -> None:
        """Say where numbers stopped being finite, and go back to the last good weights."""
        rows = order[first : first + self._engine.batch]
        owner = self._engine.first_non_finite(self._x[rows], self._t[rows])
        place = f", first in {self.graph.node(owner).title} ({owner})" if owner else ""
        batch = first // self._engine.batch + 1
        np.copyto(self._engine.weights, self._backup)
        rate = self._optimizer.learning_rate
        raise TrainingError(
            f"The loss stopped being a finite number in epoch {self._epoch + 1}, batch {batch}"
            f"{place}. The last good weights are kept. Lower the learning rate, for example from "
            f"{rate:g} to {rate / 10:g}, and reset"
        )
