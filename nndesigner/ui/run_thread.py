"""What one training thread does, and the verbs that reach it from the window."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from nndesigner.data.dataset import Dataset, Prepared
from nndesigner.errors import DesignerError
from nndesigner.graph import Graph
from nndesigner.report import Report
from nndesigner.training.feed import Feed
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.training.units import in_loss_units

log = logging.getLogger(__name__)


class TrainerLike(Protocol):
    """The verbs of `nndesigner.training.trainer.Trainer` that the window uses."""

    def train(self) -> Trained: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def step(self, epochs: int = 1) -> None: ...
    def stop(self) -> None: ...
    def change(self, settings: Settings, graph: Graph | None = None) -> None: ...
    def set_pace(self, seconds: float) -> None: ...
    def trained(self) -> Trained: ...


MakeTrainer = Callable[..., TrainerLike]
Prepare = Callable[[Dataset, float, int], Prepared]


def prepare_data(dataset: Dataset, validation_share: float, seed: int) -> Prepared:
    """The data split and encoded, as a run wants it."""
    from nndesigner.data import prepare  # imports heavy libraries: on the training thread

    return prepare(dataset, validation_share, seed)


def make_trainer(
    graph: Graph,
    settings: Settings,
    prepared: Prepared,
    feed: Feed,
    *,
    resume: Trained | None = None,
) -> TrainerLike:
    """The trainer that computes with the compiled engine."""
    from nndesigner.training.trainer import Trainer  # brings the compiled engine

    return Trainer(graph, settings, prepared, feed, resume=resume)


@dataclass(eq=False)
class Run:
    """One training run, shared between its thread and the window under a lock."""

    graph: Graph
    settings: Settings
    dataset: Dataset
    report: Report
    feed: Feed = field(default_factory=Feed)
    #: What was trained before and is gone on with.
    resume: Trained | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    trainer: TrainerLike | None = None
    prepared: Prepared | None = None
    stopping: bool = False
    trained: Trained | None = None
    error: str = ""
    done: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    @property
    def ended(self) -> bool:
        """Whether its thread is over, so that nothing changes any more."""
        return self.thread is None or not self.thread.is_alive()

    def ask(self, verb: str, *arguments: Any) -> None:
        """Tell the trainer something, or keep it until there is a trainer."""
        with self.lock:
            if verb == "stop":
                self.stopping = True
            if self.trainer is None:
                self.waiting.append((verb, arguments))
                return
            trainer = self.trainer
        getattr(trainer, verb)(*arguments)

    def work(self, prepare: Prepare, make: MakeTrainer) -> None:
        """What the thread does: split and encode the data, build the network, train it."""
        try:
            self.feed.post_status(state="preparing", epochs=self.settings.epochs)
            prepared = prepare(self.dataset, self.settings.validation_share, self.settings.seed)
            prepared = in_loss_units(prepared, self.settings.loss)
            self.prepared = prepared
            more = {} if self.resume is None else {"resume": self.resume}
            trainer = make(self.graph, self.settings, prepared, self.feed, **more)
            with self.lock:
                if self.stopping:
                    self.feed.post_status(state="stopped")
                    return
                for verb, arguments in self.waiting:
                    getattr(trainer, verb)(*arguments)
                self.trainer = trainer
            self.trained = trainer.train()
        except DesignerError as error:
            self.error = str(error)
        except MemoryError:
            self.error = (
                "There is not enough memory for this run: make the batch or the layers smaller"
            )
        except Exception:  # a defect of ours: the person gets a sentence, the log gets the rest
            log.exception("a training run failed")
            self.error = (
                "Something went wrong while training. Your work is still open, and the details "
                "are in the log (Help, Show the log)"
            )
        finally:
            if self.error:
                self._rescue()
                self.feed.post_status(state="failed", message=self.error)
            self.done.set()

    def _rescue(self) -> None:
        """Keep the last good weights of a run that failed, whatever it failed of."""
        if self.trainer is None:
            return
        try:
            self.trained = self.trainer.trained()
        except Exception:  # the failure itself is told; this would only hide it
            log.exception("the weights of a failed run could not be kept")
