"""A run that has learnt nothing is told from one that has, and what to do is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nndesigner import api
from nndesigner.data import open_data, prepare
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Flatten, Input
from nndesigner.learning.optimizers import SGD
from nndesigner.training.ending import doubt
from nndesigner.training.feed import Feed, Point
from nndesigner.training.metrics import of_classes
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.training.trainer import Trainer
from tests.training.test_watching import GRAPH, SETTINGS, prepared_classes

DIGITS = Graph.chain(
    [Input(), Flatten(), Dense(units=16, activation="relu"), Dense(units=10, activation="softmax")]
)


def run(graph: Graph, settings: Settings, data: str) -> tuple[Trained, Any, Feed]:
    feed = Feed()
    prepared = prepare(open_data(data), settings.validation_share, settings.seed)
    return Trainer(graph, settings, prepared, feed).train(), prepared, feed


def test_a_rate_that_kills_the_network_is_doubted_with_the_class_and_the_remedy() -> None:
    settings = Settings(epochs=3, optimizer=SGD(learning_rate=1000.0), validation_share=0.2)
    trained, prepared, feed = run(DIGITS, settings, "digits")
    assert feed.status.state == "finished"
    counts = np.bincount(prepared.y_val)
    share = f"{100 * counts.max() / counts.sum():.1f} %"
    assert feed.status.doubt == (
        "the network is no better on the validation rows than always saying "
        f"{counts.argmax()} ({share} right): lower the learning rate from 1000, for example to "
        "0.1, or train longer"
    )
    assert trained.kept_point is not None
    # the same words as the table of results
    base = of_classes(
        np.eye(10, dtype=np.float32)[prepared.y_val], prepared.y_val, prepared.spec.classes
    )
    assert base.baseline_name == str(counts.argmax())


def test_a_network_that_learns_is_not_doubted() -> None:
    settings = Settings(epochs=5, optimizer=SGD(learning_rate=0.1), validation_share=0.2)
    assert run(DIGITS, settings, "digits")[2].status.doubt == ""
    feed = Feed()
    Trainer(GRAPH, SETTINGS.changed(epochs=5), prepared_classes(), feed).train()
    assert feed.status.doubt == ""


@pytest.mark.parametrize(
    ("point", "doubted"),
    [
        (Point(epoch=1, loss=1, metric=1, val_loss=1, val_metric=0.9), True),
        (Point(epoch=1, loss=1, metric=1, val_loss=1, val_metric=0.91), False),
        # rare classes are found at the cost of the common one
        (
            Point(
                epoch=1, loss=1, metric=1, val_loss=1, val_metric=0.8,
                val_figures={"balanced_accuracy": 0.75},
            ),
            False,
        ),
        # better than chance by less than chance gives
        (
            Point(
                epoch=1, loss=1, metric=1, val_loss=1, val_metric=0.8,
                val_figures={"balanced_accuracy": 0.54},
            ),
            True,
        ),
        # without validation rows one epoch says little
        (Point(epoch=1, loss=1, metric=0.1), False),
        (Point(epoch=3, loss=1, metric=0.1), True),
    ],
)  # fmt: skip
def test_accuracy_is_held_against_the_most_frequent_class(point: Point, doubted: bool) -> None:
    project = api.new("dense 3 softmax", data="iris")
    trained = api.train(project, epochs=1)
    spec, y = replace_classes(trained), np.array([0] * 90 + [1] * 10)
    _, prepared, _ = run(project.graph, Settings(epochs=1), "iris")
    prepared = replace(prepared, spec=spec, y_val=y, y_train=y)
    told = doubt(replace(trained, history=(point,), kept_epoch=None), prepared)
    assert bool(told) == doubted
    if doubted:
        rows = "validation" if point.val_metric is not None else "training"
        assert told.startswith(
            f"the network is no better on the {rows} rows than always saying no (90.0 %"
        )


def replace_classes(trained: Trained) -> Any:
    import msgspec

    return msgspec.structs.replace(trained.spec, classes=("no", "yes"), outputs=2)


def test_numbers_are_held_against_the_mean() -> None:
    graph = Graph.chain([Input(), Dense(units=1)])
    settings = Settings(epochs=1, optimizer=SGD(learning_rate=1e-6), validation_share=0.3)
    trained, prepared, _ = run(graph, settings, "plane")
    prepared = replace(prepared, y_val=np.array([[1.0], [2.0], [6.0]], np.float32))
    truth = np.asarray(prepared.y_val, np.float64)
    miss = np.abs(truth - truth.mean()).mean()

    def told(metric: float, r2: float) -> str:
        point = Point(
            epoch=1, loss=1, metric=9, val_loss=1, val_metric=metric, val_figures={"r2": r2}
        )
        return doubt(replace(trained, history=(point,), kept_epoch=None), prepared)

    assert miss > 0
    assert "always saying the mean" in told(miss + 1, -0.1)
    assert "raise the learning rate from 1e-06, for example to 0.1" in told(miss + 1, -0.1)
    assert told(miss + 1, 0.2) == ""  # far misses are fewer
    assert told(miss / 2, -0.1) == ""  # near ones are nearer
    flat = replace(prepared, y_val=np.ones_like(prepared.y_val))
    assert doubt(trained, flat) == ""  # nothing is there to be better at
