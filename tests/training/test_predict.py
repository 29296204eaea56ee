"""Predictions and figures agree with each other, whatever the network ends with."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.graph import Graph, Layer
from nndesigner.layers import Activation, Dense, Dropout, Flatten, Input
from nndesigner.learning.losses import (
    Automatic,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    MeanSquaredError,
)
from nndesigner.learning.optimizers import Adam
from nndesigner.training.predict import Predictor
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer
from tests.helpers import prepared_classes

ENDS: list[tuple[list[Layer], int, Loss]] = [
    ([Dense(units=1, activation="sigmoid")], 2, Automatic()),
    ([Dense(units=1, activation="sigmoid"), Flatten()], 2, Automatic()),
    ([Dense(units=1, activation="linear")], 2, BinaryCrossEntropy()),
    ([Dense(units=1, activation="linear"), Activation(activation="sigmoid")], 2, Automatic()),
    ([Dense(units=1, activation="sigmoid")], 2, MeanSquaredError()),
    ([Dense(units=3, activation="softmax")], 3, Automatic()),
    ([Dense(units=3, activation="softmax"), Flatten()], 3, Automatic()),
    ([Dense(units=3, activation="softmax"), Dropout(rate=0.1)], 3, Automatic()),
    ([Dense(units=3, activation="linear")], 3, CategoricalCrossEntropy()),
    ([Dense(units=3, activation="sigmoid")], 3, CategoricalCrossEntropy()),
    ([Dense(units=3, activation="sigmoid")], 3, BinaryCrossEntropy()),
    ([Dense(units=3, activation="softmax")], 3, BinaryCrossEntropy()),
    ([Dense(units=3, activation="linear")], 3, MeanSquaredError()),
]


@pytest.mark.parametrize(
    ("layers", "classes", "loss"),
    ENDS,
    ids=["-".join(x.kind for x in layers) + f"-{loss.kind}" for layers, _, loss in ENDS],
)
def test_accuracy_confusion_and_probabilities_tell_the_same_story(
    layers: list[Layer], classes: int, loss: Loss
) -> None:
    prepared = prepared_classes(classes=classes, seed=2)
    graph = Graph.chain([Input(), Dense(units=8), *layers])
    settings = Settings(epochs=30, batch_size=8, loss=loss, optimizer=Adam(learning_rate=0.02))
    predictor = Predictor(Trainer(graph, settings, prepared).train())
    found = predictor.evaluate(prepared.x_val, prepared.y_val)
    assert found.confusion is not None
    assert found.metric > 0.8
    assert found.metric == pytest.approx(found.confusion.trace() / found.confusion.sum())
    shares = predictor.probabilities(prepared.x_val)
    assert shares.shape == (30, classes)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    assert (shares >= 0).all()
    assert (shares.argmax(axis=1) == prepared.y_val).mean() == pytest.approx(found.metric)
