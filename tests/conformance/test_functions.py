"""Every activation and loss, wherever it stands: gradients, short batches, class numbers, NaN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from nndesigner.engine.lowering.losses import LOSS_FORMS
from nndesigner.graph import Graph, Layer
from nndesigner.layers import LAYERS, Activation, Dense, Flatten, Input
from nndesigner.learning.activations import ACTIVATIONS
from nndesigner.learning.losses import LOSSES
from tests.engine.test_gradients import check_gradient
from tests.engine.test_losses import ENDS, engine_at, rows
from tests.helpers import Array, engine_of
from tests.layers.test_conformance import takes

#: Layers that have an activation as a setting; those of images and sequences see a small one.
SETTING = [cls for cls in LAYERS.values() if hasattr(cls, "activation") and cls is not Activation]
SHAPES: tuple[tuple[int, ...], ...] = ((4,), (4, 3), (4, 4, 2))
#: Losses with the first end that suits each.
PAIRS = [(loss, ends[0]) for loss, ends in ENDS.items()]
DTYPES = [np.float32, np.float64]


def ids(value: Any) -> str:
    return value.kind_name() if isinstance(value, type) else str(value)


def small(cls: type[Layer], kind: str) -> tuple[Graph, tuple[int, ...]]:
    """A network of few numbers in which a layer of a kind ends with an activation."""
    sizes = {"units": 3, "filters": 2, "kernel": 2 if cls.kind_name() == "conv1d" else (2, 2)}
    given = {name: value for name, value in sizes.items() if hasattr(cls(), name)}
    layer = cls().changed(activation=kind, **given)
    shape = next(shape for shape in SHAPES if takes(layer, shape))
    return Graph.chain([Input(), layer, Flatten(), Dense(units=2, activation="linear")]), shape


def numbers(shape: tuple[int, ...], count: int, dtype: type) -> tuple[Array, Array]:
    """Rows for a network; on these no activation is within 1e-6 of a corner."""
    generator = np.random.default_rng(6)
    x = generator.normal(size=(count, math.prod(shape))).astype(dtype)
    return x, generator.normal(size=(count, 2)).astype(dtype)


@pytest.mark.parametrize("kind", ACTIVATIONS)
@pytest.mark.parametrize("cls", SETTING, ids=ids)
def test_an_activation_is_a_setting_of_every_layer_that_has_one(
    cls: type[Layer], kind: str
) -> None:
    graph, shape = small(cls, kind)
    engine = engine_of(graph, shape, dtype=np.float64, batch=5)
    x, t = numbers(shape, 5, np.float64)
    if kind != "threshold":  # whose gradient is passed straight through, as it has none
        check_gradient(engine, x, t, most=2)
    loss, gradient = engine.gradient(x, t)
    alone = [engine.gradient(x[i : i + 1], t[i : i + 1]) for i in range(5)]
    assert loss == pytest.approx(np.mean([one for one, _ in alone]), rel=1e-9)
    for name, slopes in gradient.items():
        expected = np.mean([one[name] for _, one in alone], axis=0)
        np.testing.assert_allclose(slopes, expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_nan_in_an_activation_is_nan_in_output_loss_and_gradient(kind: str, dtype: type) -> None:
    graph, shape = small(Dense, kind)
    engine = engine_of(graph, shape, dtype=dtype, batch=4)
    x, t = numbers(shape, 4, dtype)
    x[2, 1] = np.nan
    out = engine.predict(x)
    assert np.isnan(out[2]).all()
    assert np.isfinite(out[[0, 1, 3]]).all()
    assert math.isnan(engine.evaluate(x, t)[0])
    assert math.isnan(engine.gradient(x, t)[0])


def test_every_loss_that_is_declared_is_walked() -> None:
    assert {loss for loss, _ in PAIRS} == set(LOSS_FORMS)
    assert {loss.replace("binary_focal", "focal").replace("categorical_focal", "focal")
            for loss, _ in PAIRS} == set(LOSSES) - {"auto"}  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize(("loss", "end"), PAIRS)
def test_a_batch_is_the_mean_of_its_rows_and_so_is_a_short_one(
    loss: str, end: str, weighted: bool
) -> None:
    engine = engine_at(loss, end, weighted=weighted)
    x, t = rows(loss)
    if weighted:
        t = np.concatenate([t, np.array([[0.5, 2, 0, 1, 1, 3, 0.1]]).T], axis=1)
    alone = [engine.gradient(x[i : i + 1], t[i : i + 1]) for i in range(len(x))]
    for count in (7, 3):  # fewer rows than a mini-batch of 8 holds, and one row above
        found, gradient = engine.gradient(x[:count], t[:count])
        assert found == pytest.approx(np.mean([one for one, _ in alone[:count]]), rel=1e-9)
        for name, slopes in gradient.items():
            expected = np.mean([one[name] for _, one in alone[:count]], axis=0)
            np.testing.assert_allclose(slopes, expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("loss", "end"), PAIRS)
def test_a_loss_of_nan_is_nan(loss: str, end: str, dtype: type) -> None:
    engine = engine_at(loss, end, dtype)
    x, t = (array.astype(dtype) for array in rows(loss))
    x[1] = np.nan
    assert math.isnan(engine.gradient(x, t)[0])
    assert math.isnan(engine.evaluate(x, t)[0])
    x, t = (array.astype(dtype) for array in rows(loss))
    t[1] = np.nan  # as a number, or as one of the shares of classes
    assert math.isnan(engine.gradient(x, t)[0])
    assert math.isfinite(engine.evaluate(x[2:], t[2:])[0])


@pytest.mark.parametrize("kind", [kind for kind, cls in LOSSES.items() if cls.takes_labels])
def test_a_loss_that_takes_class_numbers_takes_them_as_one_hot_rows(kind: str) -> None:
    loss = f"categorical_{kind}" if kind == "focal" else kind
    x, classes = rows(loss)[0], np.array([0, 2, 1, 1, 0, 2, 2])
    one = engine_at(loss, ENDS[loss][0], labels=True).gradient(x, classes[:, None].astype(float))
    other = engine_at(loss, ENDS[loss][0]).gradient(x, np.eye(3)[classes])
    assert one[0] == pytest.approx(other[0], rel=1e-12)
    for name in one[1]:
        np.testing.assert_allclose(one[1][name], other[1][name], rtol=1e-9, atol=1e-12)
