"""Trains a project on a thread of its own, watched from the caller's."""

from __future__ import annotations

import threading
from collections.abc import Callable

from nndesigner.data.dataset import Prepared
from nndesigner.errors import TrainingError
from nndesigner.files.project import Project
from nndesigner.training.check import check_training
from nndesigner.training.feed import Feed
from nndesigner.training.trained import Trained

WATCH_SECONDS = 0.05


class RanAway(TrainingError):
    """Training had to stop; ``trained`` holds the last weights that were good."""

    def __init__(self, message: str, trained: Trained) -> None:
        super().__init__(message)
        self.trained = trained


def run(
    project: Project,
    prepared: Prepared,
    watch: Callable[[Feed], bool] | None = None,
    *,
    resume: Trained | None = None,
) -> Trained:
    """Train a project on prepared data, on a thread of its own.

    With ``resume`` training goes on from there as if it had never been interrupted.

    ``watch`` is called with the mailbox about twenty times a second, on the caller's thread, and
    once after the end; when it returns False, training stops after the batch and keeps the weights.
    Raises: TrainingError, GraphError; RanAway when numbers stopped being finite.
    """
    from nndesigner.training.trainer import Trainer

    verdict = check_training(project.graph, project.settings, prepared.spec)
    if not verdict.can_train:
        raise TrainingError(verdict.first_error)
    feed = Feed()
    outcome: list[Trained] = []
    failures: list[BaseException] = []
    trainers: list[Trainer] = []
    done = threading.Event()

    def work() -> None:
        try:
            trainers.append(Trainer(project.graph, project.settings, prepared, feed, resume=resume))
            try:
                outcome.append(trainers[0].train())
            except TrainingError as error:
                raise RanAway(str(error), trainers[0].trained()) from error
        except BaseException as error:  # carried over to the caller's thread
            failures.append(error)
        finally:
            done.set()

    # A daemon, so that a second Ctrl-C ends the program even while the engine is being compiled.
    thread = threading.Thread(target=work, name="training", daemon=True)
    thread.start()
    stopped = False
    try:
        while not done.wait(WATCH_SECONDS):
            if watch is not None and not stopped and not watch(feed):
                stopped = True
            if stopped and trainers:
                trainers[0].stop()
    except BaseException:
        if trainers:
            trainers[0].stop()
        raise
    thread.join()
    if watch is not None:
        watch(feed)
    if failures:
        raise failures[0]
    return outcome[0]
