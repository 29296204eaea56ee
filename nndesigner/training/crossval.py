"""Cross-validation: the same network trained once a fold, and judged on the rows left out of it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nndesigner.data.dataset import Dataset, Prepared
from nndesigner.data.progress import CANCELLED, Progress
from nndesigner.data.split import prepare_folds
from nndesigner.errors import DataError, TrainingError
from nndesigner.graph import Graph
from nndesigner.learning.schedules import Plateau
from nndesigner.training.check import check_training
from nndesigner.training.feed import Feed
from nndesigner.training.metrics import Metrics
from nndesigner.training.settings import Settings
from nndesigner.training.targets import METRIC_NAMES
from nndesigner.training.trained import Trained

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Fold:
    """One fold: what was trained on all rows but its own, judged on its own rows."""

    number: int
    train_rows: int
    test_rows: int
    loss: float
    metric: float
    seconds: float
    #: All figures on the fold's own rows.
    details: Metrics | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class CrossValidation:
    """The figures of all folds. ``metric`` is accuracy (0 to 1) or the mean absolute error."""

    metric_name: str
    folds: tuple[Fold, ...]

    @property
    def mean(self) -> float:
        """The mean of the folds' metrics."""
        return sum(fold.metric for fold in self.folds) / len(self.folds)

    @property
    def deviation(self) -> float:
        """The deviation of the folds' metrics (of a sample: divided by one less than the folds)."""
        return _deviation([fold.metric for fold in self.folds])

    @property
    def spread(self) -> dict[str, tuple[float, float]]:
        """Mean and deviation over the folds of every figure that all of them have.

        A fold where a figure has no meaning (AUC, where a class has no row) is left out of it.
        """
        held = [fold.details.figures for fold in self.folds if fold.details is not None]
        found = {}
        for name in held[0] if held else ():
            values = [figures[name] for figures in held if name in figures]
            known = [value for value in values if not math.isnan(value)]
            if known and len(values) == len(held):
                found[name] = (sum(known) / len(known), _deviation(known))
        return found

    @property
    def mean_loss(self) -> float:
        """The mean of the folds' losses."""
        return sum(fold.loss for fold in self.folds) / len(self.folds)


def _deviation(values: Sequence[float]) -> float:
    """The deviation of a sample: the sum of squares is divided by one less than its number."""
    if len(values) < 2:
        return 0.0
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def cross_validate(
    graph: Graph,
    settings: Settings,
    dataset: Dataset,
    folds: int = 5,
    *,
    validation_share: float | None = None,
    progress: Progress | None = None,
    told: Callable[[Fold], None] | None = None,
) -> CrossValidation:
    """Train and judge a network once a fold; nothing is measured on the rows that judge it.

    ``validation_share`` of the training rows is set aside; without one, the settings' share where
    they stop early or lower the rate on a plateau, and none otherwise: held out rows never steer.
    ``progress`` is called about twenty times a second on the caller's thread and may cancel,
    ``told`` once a fold.

    Raises: DataError("cancelled"), DataError, GraphError, TrainingError naming the fold.
    """
    verdict = check_training(graph, settings, dataset.spec)
    if not verdict.can_train:
        raise TrainingError(verdict.first_error)
    if validation_share is None:
        steered = settings.stopping.stop_early or isinstance(settings.schedule, Plateau)
        validation_share = settings.validation_share if steered else 0.0
    found: list[Fold] = []
    parts = prepare_folds(dataset, folds, settings.seed, validation_share)
    for number, prepared in enumerate(parts, 1):
        try:
            trained = _train(graph, settings, prepared, number, folds, progress)
        except TrainingError as error:
            raise TrainingError(f"fold {number}: {error}") from error
        test = trained.test
        if test is None:
            raise DataError(f"{dataset.spec.name}: fold {number} has no row that can be judged")
        fold = Fold(
            number,
            len(prepared.x_train),
            test.rows,
            test.loss,
            test.metric,
            trained.seconds,
            _details(trained, prepared),
        )
        found.append(fold)
        if told is not None:
            told(fold)
    return CrossValidation(METRIC_NAMES[dataset.spec.task], tuple(found))


def _details(trained: Trained, prepared: Prepared) -> Metrics | None:
    """All figures on the rows that were held out."""
    from nndesigner.training.predict import evaluate  # which needs the compiled engine

    x, y = prepared.x_test, prepared.y_test
    return evaluate(trained, x, y).details if x is not None and y is not None else None


def _train(
    graph: Graph,
    settings: Settings,
    prepared: Prepared,
    number: int,
    folds: int,
    progress: Progress | None,
) -> Trained:
    """Train one fold on a thread of its own, so that whoever waits can give up at any time."""
    from nndesigner.training.trainer import Trainer

    feed = Feed()
    trainer = Trainer(graph, settings, prepared, feed)
    outcome: list[Trained] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(trainer.train())
        except BaseException as error:  # carried over to the caller's thread
            failures.append(error)

    thread = threading.Thread(target=work, name="fold", daemon=True)
    thread.start()
    cancelled = False
    try:
        while thread.is_alive():
            thread.join(_LOOK_SECONDS)
            done = feed.status.epoch / max(1, settings.epochs)
            words = f"fold {number} of {folds}, epoch {feed.status.epoch} of {settings.epochs}"
            if progress is not None and progress((number - 1 + done) / folds, words) is False:
                cancelled = True
                break
    finally:
        if thread.is_alive():
            trainer.stop()
            thread.join()
    if cancelled:
        raise DataError(CANCELLED)
    if failures:
        raise failures[0]
    return outcome[0]
