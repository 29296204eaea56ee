"""Trains a network on prepared data, slice by slice, on whatever thread calls it."""

from __future__ import annotations

import threading
import time

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Prepared
from nndesigner.errors import TrainingError
from nndesigner.graph import Graph
from nndesigner.training import runaway
from nndesigner.training.control import Control
from nndesigner.training.ending import doubt, kept_words
from nndesigner.training.feed import Feed, Point, SlicePoint
from nndesigner.training.learner import Flat, Learner
from nndesigner.training.live import live_graph
from nndesigner.training.measure import Measure, Measured
from nndesigner.training.metrics import quick_figures
from nndesigner.training.preparing import prepare
from nndesigner.training.run_state import cannot_continue, comparable, other_data
from nndesigner.training.settings import Settings, live_changes
from nndesigner.training.snapshots import Snapshots
from nndesigner.training.targets import METRIC_NAMES
from nndesigner.training.testing import with_test
from nndesigner.training.trained import Trained
from nndesigner.training.units import in_loss_units
from nndesigner.training.watching import Memory, after_epoch, is_over, watched

#: A slice of training lasts about this long: short enough for Pause, long enough to be cheap.
_SLICE_SECONDS = 0.015
_MOST_STEPS = 100_000
#: How often heavy copies are posted while an epoch runs, and how old the last good weights may be.
_SNAPSHOT_SECONDS = 0.1
_BACKUP_SECONDS = 0.25
_OTHER_DATA = "The data has changed since: what was best on it before no longer counts"


class Trainer:
    """One training run. `train` blocks; all other verbs may be called from any thread.

    The feed gets status, points, slices and the snapshots that are wanted, also once before the
    first step (epoch 0, untrained) and once after the last: then those of the weights that are
    kept. With ``resume`` the run goes on from what was trained as if it had never been interrupted.
    """

    def __init__(
        self,
        graph: Graph,
        settings: Settings,
        prepared: Prepared,
        feed: Feed | None = None,
        *,
        resume: Trained | None = None,
    ) -> None:
        """Build the network and draw its first weights. Raises: GraphError, TrainingError."""
        prepared = in_loss_units(prepared, settings.loss)
        spec = prepared.spec
        self.prepared = prepared
        self.feed = feed or Feed()
        self._control = Control(self.feed)
        self._learner = Learner(graph, settings, prepared, self._hold)
        # Where one scale does not bring an error into units, the engine tells it in these itself.
        one_scale = spec.task == "regression" and prepared.encoding.target_units is None
        self._metric_scale = float(np.mean(prepared.encoding.target_scale)) if one_scale else 1.0
        self._measure = Measure(
            self._learner, self._metric_scale, lambda: self._control.wishes("stop")
        )
        self._snapshots = Snapshots(
            self.feed,
            prepared,
            lambda: self._learner.engine.named(self._shown()),
            lambda: found.outputs if (found := self._validate()) else None,
        )
        self._change_lock = threading.Lock()
        self._wanted: tuple[Settings, Graph] | None = None
        self._history: list[Point] = []
        self._seconds = 0.0
        self._slice_steps = 1
        self._stopping = Memory()
        self._watch = settings.stopping.watch
        self._best: Flat | None = None
        self._why_over = self._note = ""
        self._ended = False
        self._failed = False
        if resume is not None:
            self._go_on_from(resume)
        self._backup = self._learner.engine.averaged()
        self._backup_at = self._posted_at = 0.0

    def _go_on_from(self, trained: Trained) -> None:
        reason = cannot_continue(trained, self.graph, self.settings, self.prepared.spec)
        if reason or trained.state is None:
            raise TrainingError(reason)
        self._learner.restore(trained.state)
        progress, data = trained.state.progress, self._learner.data
        memories = comparable(trained.settings, self.settings, progress, data)
        self._stopping, self._learner.plateau = memories
        if other_data(progress, data):
            self._note = _OTHER_DATA
        best = trained.state.arrays["best"]
        if len(best) and self._stopping.epoch:
            self._best = np.array(best, np.float32)
        if is_over(self._stopping, self.settings.stopping):  # it had ended; more is wanted now
            self._stopping = msgspec.structs.replace(self._stopping, waited=0)
        self._history = list(trained.history)
        self._seconds = trained.seconds
        for point in self._history:
            self.feed.post(point)

    @property
    def graph(self) -> Graph:
        """The network, with the settings of layers that are in force now."""
        return self._learner.graph

    @property
    def settings(self) -> Settings:
        """The settings in force now."""
        return self._learner.settings

    # -- verbs for any thread

    def pause(self) -> None:
        """Hold after the current slice."""
        self._control.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._control.resume()

    def step(self, epochs: int = 1) -> None:
        """Run to the end of the current epoch (or so many epochs on) and pause there."""
        self._control.run_until(self._learner.epoch + epochs)

    def stop(self) -> None:
        """End after the current slice, keeping the weights."""
        self._control.stop()

    def change(self, settings: Settings, graph: Graph | None = None) -> None:
        """Use these settings, and the live ones of a drawing's layers, from the next slice on.

        Another kind of optimizer, another loss, seed or network wait for the next run.
        """
        with self._change_lock:
            before = self._wanted[1] if self._wanted else self.graph
            self._wanted = (settings, graph or before)

    def set_pace(self, seconds: float) -> None:
        """Let every epoch take at least so many seconds, to be watched; 0 is full speed."""
        self._control.set_pace(seconds)

    # -- the training thread

    def train(self) -> Trained:
        """Train until the last epoch or `stop`. Raises: TrainingError (the numbers ran away)."""
        learner = self._learner
        if not learner.engine.is_ready and not prepare(
            learner.engine, learner.parts, self.feed, self._control
        ):
            self._ended = True
            self.feed.post_status(state="stopped")
            return self.trained()
        self._apply_changes()
        self.feed.post_status(
            state="running",
            epoch=learner.epoch,
            epochs=self.settings.epochs,
            step=learner.engine.step,
            done=learner.done,
            steps_per_epoch=learner.steps_per_epoch,
            metric_name=METRIC_NAMES[self.prepared.spec.task],
            message=self._note,
        )
        try:
            self._snapshots.post(learner.epoch, self.feed.wanted)
            while learner.epoch < self.settings.epochs and not self._control.wishes("stop"):
                began = time.monotonic()
                if not self._run_epoch():
                    break
                more = learner.epoch < self.settings.epochs and not self._why_over
                if more:
                    self._control.keep_pace(began)
                self._control.epoch_ended(learner.epoch, more=more)
                self._hold()
                if self._why_over:
                    break
        except TrainingError as error:
            self.feed.post_status(state="failed", message=str(error), seconds_left=None)
            raise
        finally:
            self._learner.parts.rest()
        self._apply_changes()
        self._ended = True
        self._snapshots.post(self._kept_epoch() or learner.epoch, self.feed.wanted)
        trained = with_test(self.trained(), self.prepared)
        finished = learner.epoch >= self.settings.epochs or bool(self._why_over)
        self.feed.post_status(
            state="finished" if finished else "stopped",
            seconds_left=0.0 if finished else None,
            message=self._last_words(),
            doubt=doubt(trained, self.prepared) if finished else "",
        )
        return trained

    def trained(self) -> Trained:
        """The outcome so far; call it from another thread only when `train` has ended.

        Its settings are those in force at the end, and its weights those that are kept: of the
        best epoch, or the average, or simply the last.
        """
        state = None if self._failed else self._learner.state(self._stopping, self._best)
        return Trained(
            graph=self.graph,
            settings=self.settings if self._wanted is None else self._settings_to_be(),
            spec=self.prepared.spec,
            encoding=self.prepared.encoding,
            weights=self._learner.engine.named(self._kept()),
            history=tuple(self._history),
            seconds=self._seconds,
            state=state,
            kept_epoch=self._kept_epoch(),
        )

    # -- which weights

    def _kept_epoch(self) -> int | None:
        """The epoch whose weights are kept where these are not the last ones."""
        learner = self._learner
        if self._best is None or not self.settings.stopping.restore_best:
            return None
        last = self._stopping.epoch == learner.epoch and learner.first == 0
        return None if last and not self._failed else self._stopping.epoch

    def _kept(self) -> Flat:
        """The weights to keep."""
        if self._kept_epoch() is not None and self._best is not None:
            return self._best
        return self._learner.engine.averaged()

    def _shown(self) -> Flat:
        """The weights that validation and views look at."""
        return self._kept() if self._ended else self._learner.engine.averaged()

    def _last_words(self) -> str:
        name = self.feed.status.metric_name
        words = kept_words(self._history, self._kept_epoch(), self._watch, name, self._why_over)
        return f"{self._note}. {words}".removesuffix(". ") if self._note else words

    # -- inside

    def _hold(self) -> bool:
        """Wait while paused; return whether to go on."""
        return self._control.hold(lambda wanted: self._snapshots.post(self._learner.epoch, wanted))

    def _settings_to_be(self) -> Settings:
        wanted = self._wanted
        return live_changes(self.settings, wanted[0]) if wanted else self.settings

    def _apply_changes(self) -> None:
        """Take over what was changed since the last slice."""
        if self._wanted is None:
            return
        with self._change_lock:
            wanted, self._wanted = self._wanted, None
        settings = live_changes(self.settings, wanted[0])
        graph = live_graph(self.graph, wanted[1])
        if settings == self.settings and graph == self.graph:
            return
        self._learner.change(settings, graph)
        self.feed.post_status(epochs=settings.epochs, steps_per_epoch=self._learner.steps_per_epoch)

    def _run_epoch(self) -> bool:
        """The rest of a pass over the training rows; False when stopped on the way."""
        learner = self._learner
        seconds, begun = 0.0, float(learner.totals[2])
        while not learner.epoch_is_over:
            if not self._hold():
                return False
            self._apply_changes()
            before = learner.totals.copy()
            lasted = learner.learn(self._slice_steps)
            seconds += lasted
            self._seconds += lasted
            if learner.ran_away:
                self._ran_away()
            self._after_slice(before, (learner.totals[2] - begun) / max(seconds, 1e-9), lasted)
        if not np.isfinite(learner.engine.weights).all():  # running statistics, which no step tells
            self._ran_away()
        return self._end_epoch(seconds, float(learner.totals[2]) - begun)

    def _after_slice(self, before: npt.NDArray[np.float64], speed: float, lasted: float) -> None:
        """Post where the run stands, and fit the next slice's length to the clock."""
        learner = self._learner
        totals, epochs = learner.totals, self.settings.epochs
        steps = int(totals[3] - before[3])
        wanted = int(steps * _SLICE_SECONDS / max(lasted, 1e-7))
        self._slice_steps = max(1, min(wanted, _MOST_STEPS))
        now = time.monotonic()
        left = (epochs - learner.done) * learner.rows.count / max(speed, 1e-9)
        left = max(left, (epochs - learner.epoch) * self._control.pace)
        if steps:
            mean = (totals[0] - before[0]) / (totals[2] - before[2])
            self.feed.post_slice(SlicePoint(learner.engine.step, learner.done, float(mean)))
        self.feed.post_status(
            epoch=learner.epoch,
            step=learner.engine.step,
            done=learner.done,
            learning_rate=learner.rate,
            rows_per_second=float(speed),
            seconds=self._seconds,
            seconds_left=max(0.0, float(left)),
        )
        if now - self._backup_at > _BACKUP_SECONDS:
            self._back_up(now)
        if now - self._posted_at > _SNAPSHOT_SECONDS and "weights" in self.feed.wanted:
            self._posted_at = now
            self._snapshots.post_weights(learner.epoch)

    def _back_up(self, now: float) -> None:
        weights = self._learner.engine.averaged()
        if np.isfinite(weights).all() and np.isfinite(self._learner.engine.weights).all():
            self._backup = weights
        self._backup_at = now

    def _end_epoch(self, seconds: float, rows: float) -> bool:
        """Validate, post the figures, remember the best; False when stopped on the way.

        An epoch whose validation was interrupted has not ended: it is validated when going on.
        """
        learner, totals = self._learner, self._learner.totals
        found = self._validate()
        if found is None and len(learner.rows.x_val):
            return False
        point = Point(
            epoch=learner.epoch + 1,
            loss=float(totals[0] / totals[2]),
            metric=float(totals[1] / totals[2]) * self._metric_scale,
            val_loss=found.loss if found else None,
            val_metric=found.metric if found else None,
            val_figures=self._figures(found) if found else None,
            seconds=seconds,
            rows_per_second=float(rows / max(seconds, 1e-9)),
            learning_rate=learner.rate,
        )
        learner.end_epoch()
        self._history.append(point)
        self._remember(point)
        self.feed.post(point)
        self.feed.post_status(epoch=learner.epoch, step=learner.engine.step, done=learner.done)
        if found is not None:
            self._snapshots.post_outputs(learner.epoch, found.outputs)
        return True

    def _remember(self, point: Point) -> None:
        """Follow what is watched: for the best epoch, for early stopping, for a plateau."""
        stopping, name = self.settings.stopping, self.feed.status.metric_name
        if stopping.watch != self._watch:  # no figure is compared with another's best
            self._watch, self._stopping, self._best = stopping.watch, Memory(), None
        value, words = watched(point, stopping.watch, name)
        self._stopping = after_epoch(self._stopping, point.epoch, value, stopping.smallest_change)
        if not stopping.restore_best:
            self._best = None
        elif self._stopping.epoch == point.epoch:
            self._best = self._learner.engine.averaged()
        self._learner.watch_plateau(watched(point, "val_loss", name)[0])
        if is_over(self._stopping, stopping):
            self._why_over = (
                f"Stopped early after epoch {point.epoch}: the {words} has not become better for "
                f"{self._stopping.waited} epochs"
            )

    def _figures(self, found: Measured) -> dict[str, float]:
        prepared = self.prepared
        return quick_figures(found.outputs, prepared.y_val, prepared.spec, prepared.encoding)

    def _validate(self) -> Measured | None:
        rows = self._learner.rows
        return self._measure.of(rows.x_val, rows.t_val, self._shown())

    def _ran_away(self) -> None:
        """Say where numbers stopped being finite, and go back to the last good weights."""
        learner = self._learner
        try:
            place, batch = learner.first_not_finite()
            words = runaway.words(
                place, learner.ran_away, self.graph, self.settings, self.prepared.train_rows,
                where=f"epoch {learner.epoch + 1}, batch {batch}", rate=learner.rate,
            )  # fmt: skip
        finally:  # looking takes memory, and may be interrupted
            np.copyto(learner.engine.weights, self._backup)
            learner.engine.average_from = learner.engine.step  # it may have run away as well
            self._failed = True
        raise TrainingError(words)
