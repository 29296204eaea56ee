"""Owns the training thread and the one timer that reads its mailbox."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from nndesigner.training.feed import Feed, State, Status
from nndesigner.training.live import live_graph
from nndesigner.training.run_state import cannot_continue
from nndesigner.training.settings import live_changes
from nndesigner.training.trained import Trained
from nndesigner.ui.document import Document
from nndesigner.ui.run_thread import MakeTrainer, Prepare, Run, make_trainer, prepare_data
from nndesigner.ui.views.base import RunInfo

#: How often the mailbox is read, in milliseconds: 30 times a second.
TICK_MS = 33
#: Views follow the drawing this long after its last change, in milliseconds.
REDRAW_MS = 150
#: A run may take this long to end when the window closes, in seconds.
CLOSING_S = 2.0


def _full_speed(epochs: int) -> float:
    return 0.0


class Runner(QObject):
    """Starts, steers and watches one training run at a time.

    All verbs return at once; ``changed`` follows every change of `state`, ``ticked`` everything new
    in the mailbox (30 times a second at most), ``attached`` a change of what views look at, and
    ``failed`` carries the sentence to show.
    """

    changed = Signal()
    ticked = Signal()
    attached = Signal()
    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        parent: QObject | None = None,
        *,
        prepare: Prepare = prepare_data,
        make_trainer: MakeTrainer = make_trainer,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._prepare, self._make_trainer = prepare, make_trainer
        self._run: Run | None = None  # the run on its thread
        self._shown: Run | None = None  # the run whose curves are shown
        self._leaving: list[Run] = []  # forgotten runs that end their last batch
        self._info: RunInfo | None = None
        self._state: State = "idle"
        self._version = -1
        #: What the visible views want copied; asked before every look at the mailbox.
        self.wanted: Callable[[], frozenset[str]] = frozenset
        self._pace: Callable[[int], float] = _full_speed
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        document.checked.connect(self._pass_on_changes)
        document.data_changed.connect(self._look_again)
        document.checked.connect(self._redrawn)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(REDRAW_MS)
        self._redraw.timeout.connect(self._show_drawing)
        document.loaded.connect(self._loaded)

    # -- looking

    @property
    def state(self) -> State:
        """Where the run stands, as the window shows it."""
        return self._state

    @property
    def active(self) -> bool:
        """Whether a run holds the training thread (also while it is paused)."""
        return self._run is not None

    @property
    def stopping(self) -> bool:
        """Whether the run was told to stop and ends its last batch."""
        return self._run is not None and self._run.stopping

    @property
    def feed(self) -> Feed | None:
        """The mailbox of the run that is shown."""
        return self._shown.feed if self._shown else None

    @property
    def status(self) -> Status:
        """The newest figures."""
        return self.feed.status if self.feed else Status()

    @property
    def info(self) -> RunInfo | None:
        """What views must know beside the mailbox."""
        return self._info

    @property
    def trained(self) -> Trained | None:
        """The weights of what is shown, once no thread changes them any more."""
        if self._shown is not None:
            return self._shown.trained if self._shown is not self._run else None
        return self._document.trained

    def latest(self) -> Trained | None:
        """The newest copy of the weights of a run that is on, where one was wanted and made."""
        run = self._run
        snapshot = run.feed.snapshot("weights") if run is not None else None
        if run is None or snapshot is None or run.prepared is None:
            return None
        return Trained(
            graph=run.graph,
            settings=run.settings,
            spec=run.dataset.spec,
            encoding=run.prepared.encoding,
            weights=snapshot[1],
            history=tuple(run.feed.points()),
        )

    # -- steering

    def train(self) -> None:
        """Start a run from fresh weights, or go on with the paused one."""
        if self._run is not None:
            if self._state == "paused":
                self.resume()
            return
        self._start()

    @property
    def cannot_continue(self) -> str:
        """Why training cannot go on from the weights that are there; empty where it can."""
        document = self._document
        if self._run is not None or document.trained is None:
            return "Nothing was trained yet" if self._run is None else "Training is on"
        if document.dataset is None or document.spec is None:
            return "The data of this project is not open"
        if not document.verdict.can_train:
            return document.verdict.first_error
        return cannot_continue(document.trained, document.graph, document.settings, document.spec)

    @property
    def epochs_left(self) -> int:
        """How many epochs of the settings are still to be trained, going on."""
        trained = self._document.trained
        done = trained.state.progress.epoch if trained and trained.state else 0
        return max(0, self._document.settings.epochs - done)

    def go_on(self, more: int = 0) -> None:
        """Go on with the last training as if it had never ended; ``more`` epochs are added."""
        reason = self.cannot_continue
        trained = self._document.trained
        if reason or trained is None or trained.state is None:
            self.failed.emit(reason)
            return
        if more:
            epochs = trained.state.progress.epoch + more
            settings = self._document.settings.changed(epochs=epochs)
            self._document.edit_settings("train further", settings)
        self._start(resume=trained)

    def pause(self) -> None:
        """Hold after the current slice."""
        if self._run is not None and not self._run.stopping:
            self._run.ask("pause")

    def resume(self) -> None:
        """Go on after a pause."""
        if self._run is not None and not self._run.stopping:
            self._run.ask("resume")

    def step(self) -> None:
        """Train one epoch and hold."""
        if self._run is None:
            self._start(stepwise=True)
        elif not self._run.stopping:
            self._run.ask("step", 1)

    def stop(self) -> None:
        """End after the current batch and keep the weights."""
        if self._run is not None and not self._run.stopping:
            self._run.ask("stop")
            self.changed.emit()

    def reset(self) -> None:
        """Forget weights and curves; the seed stays, so the next run is the same one."""
        had = self._document.trained is not None
        self._abandon()
        if had:
            self._document.set_trained(None, unsaved=self._document.path is not None)
        self._show(None)

    def new_seed(self) -> None:
        """Forget weights and curves, and start from other random numbers next time."""
        settings = self._document.settings
        seed = random.SystemRandom().randrange(1, 10_000)
        if seed == settings.seed:
            seed += 1
        self._document.edit_settings("new seed", settings.changed(seed=seed))
        self.reset()

    def set_pace(self, pace: Callable[[int], float]) -> None:
        """Let epochs last at least ``pace(epochs of the run)`` seconds, from now on."""
        self._pace = pace
        if self._run is not None:
            self._run.ask("set_pace", pace(self._run.settings.epochs))

    def shut_down(self, timeout_s: float = CLOSING_S) -> bool:
        """Stop every run and wait for its thread; False when one did not end in time.

        What has not ended by then is still watched, and its outcome kept when it ends.
        """
        deadline = time.monotonic() + timeout_s
        runs = [*self._leaving, *([self._run] if self._run else [])]
        for run in runs:
            run.ask("stop")
        for run in runs:
            if run.thread is not None:
                run.thread.join(max(0.0, deadline - time.monotonic()))
        self._leaving = [run for run in self._leaving if not run.ended]
        if self._run is not None and self._run.ended:
            self._finish(self._run)
        if self._run is not None:
            latest = self.latest()
            if latest is not None:
                self._document.set_trained(latest)
            self.changed.emit()
        if not self._leaving and self._run is None:
            self._timer.stop()
        return all(run.ended for run in runs)

    # -- inside

    def _start(self, *, stepwise: bool = False, resume: Trained | None = None) -> None:
        document = self._document
        if not document.verdict.can_train:
            self.failed.emit(document.verdict.first_error)
            return
        dataset = document.dataset
        if dataset is None:
            self.failed.emit("The data of this project is not open: locate its file or open other")
            return
        run = Run(
            document.graph, document.settings, dataset, document.verdict.report, resume=resume
        )
        run.ask("set_pace", self._pace(run.settings.epochs))
        if stepwise:
            run.ask("step", 1)
        run.feed.want(self.wanted())
        run.thread = threading.Thread(
            target=run.work,
            args=(self._prepare, self._make_trainer),
            name="training",
            daemon=True,  # never keeps a closed program alive; closing waits for it all the same
        )
        self._run = run
        self._show(run)
        run.thread.start()
        self._timer.start()

    def _tick(self) -> None:
        started = time.monotonic()
        for run in list(self._leaving):
            if run.done.is_set() and run.thread is not None:
                run.thread.join()
                self._leaving.remove(run)
        run_now = self._run
        if run_now is not None:
            done = run_now.done.is_set()  # asked first: what is posted later is read next time
            run_now.feed.want(self.wanted())
            if run_now.prepared is not None and self._info and self._info.prepared is None:
                self._info = replace(self._info, prepared=run_now.prepared)
                self.attached.emit()
            version = run_now.feed.version
            if version != self._version:
                self._version = version
                state = run_now.feed.status.state
                if state in ("preparing", "running", "paused"):  # the end is told with its outcome
                    self._set_state(state)
                self.ticked.emit()
            if done:
                self._finish(run_now)
        if self._run is None and not self._leaving:
            self._timer.stop()
            return
        # Views that paint slowly must not take the window's time from the person's hand.
        spent_ms = int(1000 * (time.monotonic() - started))
        self._timer.setInterval(max(TICK_MS, 2 * spent_ms))

    def _finish(self, run: Run) -> None:
        if run.thread is not None:
            run.thread.join()
        self._run = None
        if run.trained is not None:
            self._document.set_trained(run.trained)
        if run.error:
            self._set_state("failed")
            self.failed.emit(run.error)
        else:
            state = run.feed.status.state
            self._set_state(state if state in ("stopped", "finished") else "finished")
        self.ticked.emit()
        self.changed.emit()

    def _abandon(self) -> None:
        """Let go of the run on the thread; its outcome is not kept."""
        if self._run is not None:
            self._run.ask("stop")
            self._leaving.append(self._run)
            self._run = None

    def _set_state(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()

    def _show(self, run: Run | None) -> None:
        """Make views look at a run, or without one at what the project holds."""
        document = self._document
        self._shown, self._version = run, -1
        if run is not None:
            self._info = RunInfo(
                spec=run.dataset.spec,
                graph=run.graph,
                report=run.report,
                settings=run.settings,
                dataset=run.dataset,
            )
        elif document.spec is None:
            self._info = None
        else:
            self._info = RunInfo(
                spec=document.spec,
                graph=document.graph,
                report=document.verdict.report,
                settings=document.settings,
                dataset=document.dataset,
            )
            trained = document.trained
            if trained is not None and trained.spec == document.spec:
                self._info = replace(
                    self._info,
                    graph=trained.graph,
                    settings=trained.settings,
                    history=trained.history,
                    weights=trained.weights,
                    epoch=trained.epoch,
                )
        self._state = "preparing" if run is not None else "idle"
        self.attached.emit()
        self.changed.emit()

    def _loaded(self) -> None:
        self._abandon()
        self._show(None)

    def _look_again(self) -> None:
        """Other data was opened (or undone): curves of the data before do not fit it."""
        if self._run is None:
            same = self._shown is not None and self._shown.dataset is self._document.dataset
            if not same:
                self._show(None)

    def _redrawn(self) -> None:
        """The drawing has changed: without a run or weights, views speak of the drawing."""
        if self._speaks_of_drawing:
            self._redraw.start()

    def _show_drawing(self) -> None:
        if self._speaks_of_drawing:
            self._show(None)

    @property
    def _speaks_of_drawing(self) -> bool:
        """Weights of other data are not shown either: they do not hold the drawing back."""
        trained = self._document.trained
        return self._shown is None and (trained is None or trained.spec != self._document.spec)

    def _pass_on_changes(self) -> None:
        """What may change while a run is on counts for it from the next slice on."""
        run, document = self._run, self._document
        if run is None or run.stopping:
            return
        settings = live_changes(run.settings, document.settings)
        graph = live_graph(run.graph, document.graph)
        if settings != run.settings or graph != run.graph:
            run.settings, run.graph = settings, graph
            run.ask("change", settings, graph)
