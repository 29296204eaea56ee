"""Cross-validation: every row is held out once, nothing of it leaks, and it can be cancelled."""

from __future__ import annotations

import statistics

import pytest

from nndesigner.data import open_data
from nndesigner.data.split import prepare_folds
from nndesigner.errors import DataError, TrainingError
from nndesigner.learning.optimizers import Adam
from nndesigner.learning.regularization import EarlyStopping
from nndesigner.recipe import parse_recipe
from nndesigner.training.crossval import Fold, cross_validate
from nndesigner.training.predict import evaluate
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer

GRAPH = parse_recipe("dense 16 relu, dense 3 softmax")
SETTINGS = Settings(epochs=30, batch_size=16, optimizer=Adam(learning_rate=0.01))


def test_every_fold_is_what_training_by_hand_gives() -> None:
    dataset = open_data("iris")
    heard: list[Fold] = []
    found = cross_validate(GRAPH, SETTINGS, dataset, 4, told=heard.append)
    assert found.folds == tuple(heard)
    assert [fold.number for fold in found.folds] == [1, 2, 3, 4]
    assert sum(fold.test_rows for fold in found.folds) == 150
    metrics = []
    for prepared in prepare_folds(dataset, 4, SETTINGS.seed):
        trained = Trainer(GRAPH, SETTINGS, prepared).train()
        assert prepared.x_test is not None
        assert prepared.y_test is not None
        metrics.append(evaluate(trained, prepared.x_test, prepared.y_test).metric)
    assert [fold.metric for fold in found.folds] == metrics
    assert found.mean == pytest.approx(statistics.mean(metrics))
    assert found.deviation == pytest.approx(statistics.stdev(metrics))
    assert found.mean > 0.9


def test_what_steers_the_training_is_taken_from_the_training_rows() -> None:
    steered = SETTINGS.changed(stopping=EarlyStopping(stop_early=True, patience=2))
    found = cross_validate(GRAPH, steered, open_data("iris"), 5)
    assert [(fold.train_rows, fold.test_rows) for fold in found.folds] == [(96, 30)] * 5


def test_it_ends_at_once_when_cancelled() -> None:
    calls: list[float] = []

    def progress(share: float, words: str) -> bool:
        calls.append(share)
        assert "fold 1 of 5" in words
        return len(calls) < 3

    with pytest.raises(DataError, match=r"^cancelled$"):
        cross_validate(
            GRAPH, SETTINGS.changed(epochs=1_000_000), open_data("iris"), progress=progress
        )
    assert len(calls) == 3


def test_what_cannot_be_trained_is_refused_before_the_first_fold() -> None:
    with pytest.raises(TrainingError):
        cross_validate(parse_recipe("dense 7 softmax"), SETTINGS, open_data("iris"))
    with pytest.raises(DataError, match="folds must be from 2 to its 150 rows, got 151"):
        cross_validate(GRAPH, SETTINGS, open_data("iris"), 151)
