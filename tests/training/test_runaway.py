"""What people are told when numbers stop being finite: where it began, and the way out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nndesigner.errors import TrainingError
from nndesigner.graph import Graph
from nndesigner.layers import BatchNorm, Dense, Dropout, Flatten, Input
from nndesigner.learning.optimizers import LBFGS, SGD
from nndesigner.learning.regularization import Clipping
from nndesigner.training.augmentation import Augmentation
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer
from tests.helpers import Array, prepared_classes, prepared_numbers
from tests.training.test_trainer import Running

SETTINGS = Settings(epochs=3, batch_size=4, optimizer=SGD(learning_rate=0.5), shuffle=False)
#: A chain in which a gradient grows a million times a layer: outputs of 0 stay 0 on the way there.
STEEP = [
    Dense(units=1, activation="linear", initializer="constant", initializer_scale=1e6, bias=False)
] * 8


def failed(layers: list[Any], x: Array, y: Array, **changes: Any) -> tuple[Trainer, str]:
    """A trainer that ran away, and what it said."""
    graph = Graph.chain([Input(), *layers])
    trainer = Trainer(graph, SETTINGS.changed(**changes), prepared_numbers(x, y))
    with pytest.raises(TrainingError) as told:
        trainer.train()
    message = str(told.value)
    assert trainer.feed.status.state == "failed"
    assert trainer.feed.status.message == message
    assert "The last good weights are kept" in message
    assert all(np.isfinite(w).all() for w in trainer.trained().weights.values())
    return trainer, message


def rows(count: int = 10) -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    return generator.normal(size=(count, 2)), generator.normal(size=(count, 1))


@pytest.mark.parametrize("error", [MemoryError(), KeyboardInterrupt()])
def test_the_last_good_weights_are_kept_though_looking_where_fails(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """The step is gone through once more, which takes memory that may not be there."""

    def fail() -> None:
        raise error

    x = np.full((4, 1), 1e19)
    graph = Graph.chain([Input(), Dense(units=1, activation="linear")])
    settings = SETTINGS.changed(optimizer=SGD(learning_rate=1e6), batching="one")
    trainer = Trainer(graph, settings, prepared_numbers(x, x))
    monkeypatch.setattr(trainer._learner, "first_not_finite", fail)
    with pytest.raises(type(error)):
        trainer.train()
    trained = trainer.trained()
    assert all(np.isfinite(weights).all() for weights in trained.weights.values())
    assert trained.state is None


@pytest.mark.parametrize("optimizer", [SGD(), LBFGS()], ids=["sgd", "lbfgs"])
def test_a_row_that_holds_nan_is_named_and_no_rate_is_blamed(optimizer: Any) -> None:
    x, y = rows()
    x[6, 1] = np.nan
    layers = [Dense(units=1, activation="linear")]
    _, message = failed(layers, x, y, optimizer=optimizer)
    assert message.startswith("Row 7 of the data holds a number that is not finite: no network")
    assert "learning rate" not in message
    batch = 1 if optimizer.whole_data else 2
    assert f"(epoch 1, batch {batch})" in message
    x, y = rows()
    y[2] = np.inf
    assert (
        "Row 3 of the data holds a number that is not finite in its target"
        in (failed(layers, x, y, optimizer=optimizer)[1])
    )


def test_a_shuffled_row_of_the_data_is_named_by_its_place_in_the_data() -> None:
    prepared = prepared_classes(40, validation=10)
    prepared.x_train[11] = np.inf
    graph = Graph.chain([Input(), Dense(units=3, activation="softmax")])
    trainer = Trainer(graph, SETTINGS.changed(shuffle=True), prepared)
    with pytest.raises(TrainingError, match="Row 12 of the data"):
        trainer.train()


def test_a_changed_row_is_named_too() -> None:
    prepared = prepared_classes(24, shape=(6, 6, 1), validation=0)
    prepared.x_train[13, 2, 2] = np.nan
    graph = Graph.chain([Input(), Flatten(), Dense(units=3, activation="softmax")])
    settings = SETTINGS.changed(shuffle=True, augmentation=Augmentation(flip=True))
    with pytest.raises(TrainingError, match="Row 14 of the data"):
        Trainer(graph, settings, prepared).train()


def test_a_layer_that_only_training_makes_infinite_is_named() -> None:
    """Evaluation sees finite numbers: dropout scales by ten, moments square what they see."""
    x, y = np.full((8, 2), 2e38), np.zeros((8, 1))
    layers = [Dropout(rate=0.9), Dense(units=1, activation="tanh")]
    _, message = failed(layers, x, y)
    assert message.startswith(
        "The loss stopped being a finite number in epoch 1, batch 1, first in Dropout (dropout_1)"
    )
    assert "Lower the learning rate, for example from 0.5 to 0.05, or clip gradients" in message
    x[::2] = -2e38
    _, message = failed([BatchNorm(), Dense(units=1, activation="tanh")], x, y)
    assert "in epoch 1, batch 1, first in BatchNorm (batchnorm_1)" in message


@pytest.mark.parametrize("optimizer", [SGD(), LBFGS()], ids=["sgd", "lbfgs"])
def test_a_gradient_that_explodes_is_placed_where_it_begins(optimizer: Any) -> None:
    """Outputs and loss are finite, and so is each weight: nothing but the way back overflows."""
    x, y = np.zeros((8, 1)), np.ones((8, 1))
    _, message = failed(STEEP, x, y, optimizer=optimizer)
    assert message.startswith(
        "The gradient stopped being finite in epoch 1, batch 1: it begins in Dense (dense_2)"
    )
    assert ("use another optimizer" in message) == optimizer.whole_data


def test_a_step_that_is_too_long_is_told_before_any_loss_sees_it() -> None:
    layers = [Dense(units=1, activation="linear")]
    settings = {"optimizer": SGD(learning_rate=1e6), "batching": "one"}
    x, y = np.full((4, 1), 1e19), np.full((4, 1), 1e19)
    trainer, message = failed(layers, x, y, **settings)
    assert message.startswith(
        "The step made weights that are no finite numbers in epoch 1, batch 1, first in Dense"
    )
    assert "from 1e+06 to 100000" in message
    assert trainer.feed.status.step == 0


def test_clipping_is_not_advised_where_it_is_on() -> None:
    x, y = np.full((8, 2), 2e38), np.zeros((8, 1))
    clipping = Clipping(clip="global_norm")
    layers = [Dropout(rate=0.9), Dense(units=1, activation="tanh")]
    _, message = failed(layers, x, y, clipping=clipping)
    assert message.endswith("Lower the learning rate, for example from 0.5 to 0.05, and reset")


def test_what_was_drawn_before_stays() -> None:
    """The rate rises until it is too large: the points of the epochs before are there."""
    x, y = rows(40)
    graph = Graph.chain([Input(), Dense(units=1, activation="linear")])
    trainer = Trainer(graph, SETTINGS.changed(epochs=100_000), prepared_numbers(x, y))
    trainer.step(2)
    run = Running(trainer)
    run.until("paused")
    trainer.change(trainer.settings.changed(optimizer=SGD(learning_rate=1e6)))
    trainer.resume()
    run.join()
    assert run.error is not None
    assert [point.epoch for point in trainer.feed.points()][:2] == [1, 2]
    assert "in epoch 3, batch" in trainer.feed.status.message
    assert len(trainer.trained().history) >= 2
