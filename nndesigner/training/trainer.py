"""Trains a network on prepared data, slice by slice, on whatever thread calls it."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Prepared
from nndesigner.engine.engine import Engine
from nndesigner.errors import TrainingError
from nndesigner.graph import Graph
from nndesigner.learning.optimizers import Optimizer
from nndesigner.network import initial_weights
from nndesigner.training.control import Control
from nndesigner.training.feed import Feed, Point, SlicePoint
from nndesigner.training.measure import Measure, Measured
from nndesigner.training.network_of import training_tape
from nndesigner.training.parts import parts_of
from nndesigner.training.rows import RunRows
from nndesigner.training.settings import Settings
from nndesigner.training.snapshots import Snapshots
from nndesigner.training.targets import METRIC_NAMES
from nndesigner.training.testing import in_units, with_test
from nndesigner.training.trained import Trained
from nndesigner.training.units import in_loss_units
from nndesigner.training.weighting import row_weights

#: A slice of training lasts about this long: short enough for Pause, long enough to be cheap.
_SLICE_SECONDS = 0.015
_MOST_STEPS = 100_000
#: How often heavy copies are posted while an epoch runs, and how old the last good weights may be.
_SNAPSHOT_SECONDS = 0.1
_BACKUP_SECONDS = 0.25


class Trainer:
    """One training run. `train` blocks; all other verbs may be called from any thread.

    The feed gets status, points, slices and the snapshots that are wanted, also once before the
    first step (epoch 0, untrained) and once after the last.
    """

    def __init__(
        self, graph: Graph, settings: Settings, prepared: Prepared, feed: Feed | None = None
    ) -> None:
        """Build the network and draw its first weights. Raises: GraphError, TrainingError."""
        prepared = in_loss_units(prepared, settings.loss)
        spec = prepared.spec
        weights = row_weights(prepared, settings)
        weighted = weights is not None
        tape, loss, width = training_tape(graph, settings, spec, weighted=weighted)
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
            self._rows = RunRows(prepared, loss, width, weights)
            self._parts = parts_of(self._rows, settings, spec, self._engine.batch)
        except MemoryError:
            raise TrainingError(
                "There is not enough memory for this network and data: make layers or the batch "
                "smaller"
            ) from None
        self._engine.load(initial_weights(graph, spec.input_shape, settings.seed))
        scale = float(np.mean(prepared.encoding.target_scale)) if spec.task == "regression" else 1.0
        self._metric_scale = scale
        self._control = Control(self.feed)
        self._measure = Measure(self._engine, scale, lambda: self._control.wishes("stop"))
        self._snapshots = Snapshots(
            self.feed,
            prepared,
            lambda: self._engine.named(self._engine.weights),
            lambda: found.outputs if (found := self._validate()) else None,
        )
        self._optimizer: Optimizer = settings.optimizer
        self._hyper = np.array(self._optimizer.hyper())
        self._epoch = 0
        self._history: list[Point] = []
        self._seconds = 0.0
        self._steps_per_epoch = -(-rows // self._engine.batch)
        self._slice_steps = 1
        self._backup = self._engine.weights.copy()
        self._backup_at = self._posted_at = 0.0

    # -- verbs for any thread

    def pause(self) -> None:
        """Hold after the current slice."""
        self._control.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._control.resume()

    def step(self, epochs: int = 1) -> None:
        """Run to the end of the current epoch (or so many epochs on) and pause there."""
        self._control.run_until(self._epoch + epochs)

    def stop(self) -> None:
        """End after the current slice, keeping the weights."""
        self._control.stop()

    def change(self, settings: Settings) -> None:
        """Use the learning rate (and other optimizer numbers) of these settings from the next
        slice.

        Another kind of optimizer, batch size or network waits for the next run.
        """
        if settings.optimizer.kind == self._optimizer.kind:
            self._optimizer = settings.optimizer
            self._hyper = np.array(settings.optimizer.hyper())

    def set_pace(self, seconds: float) -> None:
        """Let every epoch take at least so many seconds, to be watched; 0 is full speed."""
        self._control.set_pace(seconds)

    # -- the training thread

    def train(self) -> Trained:
        """Train until the last epoch or `stop`. Raises: TrainingError (the numbers ran away)."""
        if not self._engine.is_ready:  # compiling is no training: it must not count in the figures
            self.feed.post_status(state="preparing", message="Preparing the engine")
            self._engine.prepare()
        self._parts.warm_up()
        self.feed.post_status(
            state="running",
            epochs=self.settings.epochs,
            steps_per_epoch=self._steps_per_epoch,
            metric_name=METRIC_NAMES[self.prepared.spec.task],
            message="",
        )
        try:
            self._snapshots.post(0, self.feed.wanted)
            while self._epoch < self.settings.epochs and not self._control.wishes("stop"):
                began = time.monotonic()
                if not self._run_epoch():
                    break
                more = self._epoch < self.settings.epochs
                if more:
                    self._control.keep_pace(began)
                self._control.epoch_ended(self._epoch, more=more)
                self._hold()
        except TrainingError as error:
            self.feed.post_status(state="failed", message=str(error), seconds_left=None)
            raise
        finally:
            self._parts.rest()
        self._snapshots.post(self._epoch, self.feed.wanted)
        trained = with_test(self.trained(), self.prepared)
        finished = self._epoch >= self.settings.epochs
        self.feed.post_status(
            state="finished" if finished else "stopped", seconds_left=0.0 if finished else None
        )
        return trained

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
        """Wait while paused; return whether to go on."""
        return self._control.hold(lambda wanted: self._snapshots.post(self._epoch, wanted))

    def _run_epoch(self) -> bool:
        """One pass over the training rows; False when stopped on the way."""
        settings = self.settings
        order = self._rows.order(self._epoch, settings.seed, shuffle=settings.shuffle)
        first = 0
        totals = np.zeros(5)
        seconds = 0.0
        while first < len(order):
            if not self._hold():
                return False
            before = totals.copy()
            started = time.perf_counter()
            x, t, here, place = self._parts.part(self._epoch, order, first)
            first += -place + self._engine.train(
                x, t, here, place, self._slice_steps, self._hyper, settings.seed, totals
            )
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
        left = max(left, (self.settings.epochs - self._epoch) * self._control.pace)
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
            self._snapshots.post_weights(self._epoch)

    def _back_up(self, now: float) -> None:
        if np.isfinite(self._engine.weights).all():
            np.copyto(self._backup, self._engine.weights)
        self._backup_at = now

    def _post_epoch(self, totals: npt.NDArray[np.float64], seconds: float) -> None:
        rows = totals[2]
        found = self._validate()
        point = Point(
            epoch=self._epoch,
            loss=float(totals[0] / rows),
            metric=float(totals[1] / rows) * self._metric_scale,
            val_loss=found.loss if found else None,
            val_metric=found.metric if found else None,
            seconds=seconds,
            rows_per_second=float(rows / max(seconds, 1e-9)),
        )
        self._history.append(point)
        self.feed.post(point)
        self.feed.post_status(epoch=self._epoch, step=self._engine.step)
        if found is not None:
            self._snapshots.post_outputs(self._epoch, found.outputs)

    def _validate(self) -> Measured | None:
        return in_units(self._measure.of(self._rows.x_val, self._rows.t_val), self.prepared)

    def _ran_away(self, order: npt.NDArray[np.int64], first: int) -> None:
        """Say where numbers stopped being finite, and go back to the last good weights."""
        rows = order[first : first + self._engine.batch]
        owner = self._engine.first_non_finite(self._rows.x[rows], self._rows.t[rows])
        place = f", first in {self.graph.node(owner).title} ({owner})" if owner else ""
        batch = first // self._engine.batch + 1
        np.copyto(self._engine.weights, self._backup)
        rate = self._optimizer.learning_rate
        raise TrainingError(
            f"The loss stopped being a finite number in epoch {self._epoch + 1}, batch {batch}"
            f"{place}. The last good weights are kept. Lower the learning rate, for example from "
            f"{rate:g} to {rate / 10:g}, and reset"
        )
