"""Runs as the trainer posts them, made by hand from data that scikit-learn brings along."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris

from nndesigner.data.dataset import Encoding, Prepared, Spec
from nndesigner.graph import Graph, Layer
from nndesigner.layers import Dense, Flatten, Input
from nndesigner.report import check
from nndesigner.training.feed import Feed, Point, SlicePoint
from nndesigner.training.settings import Settings
from nndesigner.ui import theme
from nndesigner.ui.views.base import RunInfo


class Thousands(Encoding, frozen=True, kw_only=True, tag="thousands"):
    """Targets were divided by a thousand."""

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """Back to the units of the data."""
        return outputs * 1000


def info_for(spec: Spec, layers: list[Layer], x: np.ndarray, y: np.ndarray) -> RunInfo:
    """A run on rows of which the first half is kept aside for validation."""
    graph = Graph.chain(layers)
    half = len(x) // 2
    prepared = Prepared(
        spec=spec,
        encoding=Thousands(),
        x_train=x[half:],
        y_train=y[half:],
        x_val=x[:half],
        y_val=y[:half],
        train_rows=np.arange(half, len(x)),
        val_rows=np.arange(half),
    )
    return RunInfo(
        spec=spec,
        graph=graph,
        report=check(graph, spec.input_shape),
        settings=Settings(),
        prepared=prepared,
    )


@pytest.fixture
def digits() -> RunInfo:
    """8×8 images of ten classes."""
    data = load_digits()
    spec = Spec(
        name="digits",
        rows=len(data.target),
        task="classification",
        input_shape=(8, 8, 1),
        outputs=10,
        classes=tuple("0123456789"),
    )
    layers: list[Layer] = [
        Input(),
        Flatten(),
        Dense(units=32),
        Dense(units=10, activation="softmax"),
    ]
    x = (data.images[..., None] / 16).astype(np.float32)
    return info_for(spec, layers, x, data.target.astype(np.int64))


@pytest.fixture
def iris() -> RunInfo:
    """Four columns, three classes."""
    data = load_iris()
    order = np.random.default_rng(1).permutation(150)
    spec = Spec(
        name="iris",
        rows=150,
        task="classification",
        input_shape=(4,),
        outputs=3,
        classes=("setosa", "versicolor", "virginica"),
        feature_names=("sepal length", "sepal width", "petal length", "petal width"),
    )
    layers: list[Layer] = [Input(), Dense(units=6), Dense(units=3, activation="softmax")]
    return info_for(
        spec, layers, data.data[order].astype(np.float32), data.target[order].astype(np.int64)
    )


@pytest.fixture
def lengths(iris: RunInfo) -> RunInfo:
    """Iris again, with a number as its target: the sepal length, in thousandths."""
    spec = Spec(
        name="lengths",
        rows=150,
        task="regression",
        input_shape=(4,),
        outputs=1,
        feature_names=iris.spec.feature_names,
        target_names=("length",),
    )
    assert iris.prepared is not None
    x = np.concatenate((iris.prepared.x_val, iris.prepared.x_train))
    return info_for(spec, [Input(), Dense(units=1, activation="linear")], x, x[:, :1] / 1000)


@pytest.fixture
def post() -> Callable[..., None]:
    """Posts epochs with falling losses."""

    def posts(feed: Feed, first: int, last: int) -> None:
        for epoch in range(first, last + 1):
            loss = 2.0 / epoch
            feed.post_slice(SlicePoint(step=epoch * 10, epoch=epoch - 0.5, loss=loss * 1.1))
            feed.post(
                Point(
                    epoch=epoch,
                    loss=loss,
                    metric=1 - 0.5 / epoch,
                    val_loss=loss + (0.01 * epoch if epoch > 5 else 0.2),
                    val_metric=0.9 - 0.4 / epoch,
                )
            )

    return posts


@pytest.fixture
def without_rows() -> Callable[[RunInfo], RunInfo]:
    """The same run with no rows kept aside."""
    return lambda info: dataclasses.replace(
        info, settings=info.settings.changed(validation_share=0.0)
    )


@pytest.fixture(autouse=True)
def light() -> Iterator[None]:
    """Every test starts and ends in the light theme."""
    if theme.mode() != "light":  # a change of style repaints every widget there is
        theme.apply("light")
    yield
    if theme.mode() != "light":
        theme.apply("light")
