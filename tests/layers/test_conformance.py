"""Every layer that can be placed keeps the same promises."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from nndesigner.declare import Declaration
from nndesigner.engine.engine import Plan
from nndesigner.errors import ShapeError
from nndesigner.graph import Graph, Layer, Shape
from nndesigner.layers import (
    CATEGORIES,
    LAYERS,
    Activation,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    Input,
    Learned,
    Reshape,
)
from nndesigner.learning.activations import ACTIVATIONS
from nndesigner.report import check
from tests.engine.test_gradients import check_gradient
from tests.helpers import Array, engine_of

PLACED = [cls for kind, cls in LAYERS.items() if kind != "input"]


def ids(cls: type[Declaration]) -> str:
    return cls.kind_name()


@pytest.mark.parametrize("cls", LAYERS.values(), ids=ids)
def test_a_layer_has_a_place_in_the_palette(cls: type[Layer]) -> None:
    assert cls.category in CATEGORIES
    assert cls.icon.startswith("mdi6.")
    assert len(cls().summary()) < 40


def test_one_unit_is_a_unit() -> None:
    assert Dense(units=1, activation="linear").summary() == "1 unit, Linear"
    assert Dense(units=2, activation="linear").summary() == "2 units, Linear"


SHAPE = (6, 6, 2)
#: What may stand between the first convolution and a layer, so that the layer can take it.
BEFORE: tuple[tuple[Layer, ...], ...] = ((), (Reshape(shape=(-1, 4)),), (Flatten(),))


def takes(layer: Layer, shape: Shape) -> bool:
    """Whether a layer can be placed where that shape arrives."""
    try:
        layer.output_shape((shape,) * max(1, layer.arity[0]))
    except ShapeError:
        return False
    return True


def network(layer: Layer) -> tuple[Graph, str]:
    """A small classifier of small images with a layer in it, and the id of the layer's node."""
    for more in BEFORE:
        graph = Graph.chain([Input(), Conv2D(filters=4, kernel=(2, 2), activation="tanh"), *more])
        first = graph.nodes[-1].id
        if takes(layer, check(graph, SHAPE).shapes[first]):
            break
    graph = graph.with_node(layer)
    middle = graph.nodes[-1].id
    graph = graph.connected(first, middle)
    for _ in range(layer.arity[0] - 1):
        graph = graph.with_node(Activation(activation="tanh"))
        side = graph.nodes[-1].id
        graph = graph.connected(first, side).connected(side, middle)
    last = middle
    if len(check(graph, SHAPE).shapes[middle]) != 1:
        graph = graph.with_node(Flatten()).connected(last, graph.free_id("flatten"))
        last = graph.nodes[-1].id
    graph = graph.with_node(Dense(units=3, activation="softmax"))
    return graph.connected(last, graph.nodes[-1].id), middle


def rows(count: int = 9, dtype: type = np.float32) -> tuple[Array, Array]:
    generator = np.random.default_rng(2)
    x = generator.normal(size=(count, math.prod(SHAPE))).astype(dtype)
    return x, generator.integers(0, 3, (count, 1)).astype(dtype)


OPTIONS: dict[str, Any] = {"loss": "categorical_crossentropy", "labels": True, "batch": 4}
HYPER = np.array([0.1, 0, 0, 0])


@pytest.mark.parametrize("cls", PLACED, ids=ids)
def test_a_layer_trains_on_any_batch_the_same_way_each_time(cls: type[Layer]) -> None:
    graph, node = network(cls())
    x, t = rows()
    outcomes = []
    for _ in range(2):
        engine = engine_of(graph, SHAPE, **OPTIONS)
        report = check(graph, SHAPE)
        assert not report.errors
        assert engine.tape.parameter_count == report.parameter_count
        assert engine.tape.output.shape == report.output_shape
        ours = [slot for slot in engine.tape.slots if slot.name.startswith(f"{node}/")]
        assert [(slot.name.split("/")[1], slot.shape, slot.trainable) for slot in ours] == [
            (one.name, one.shape, one.trainable) for one in report.parameters[node]
        ]
        engine.train(x, t, np.arange(9), 0, 100, HYPER, 3, np.zeros(5))
        assert engine.step == 3  # the last batch has one row
        assert np.isfinite(engine.weights).all()
        outcomes.append(engine.weights.tobytes())
    assert outcomes[0] == outcomes[1]
    single = engine.predict(x[:1])
    assert single.shape == (1, 3)
    np.testing.assert_allclose(single, engine.predict(x)[:1], rtol=1e-5)


@pytest.mark.parametrize("plan", [Plan(1, 9), Plan(3, 2)], ids=["one shard", "three shards"])
@pytest.mark.parametrize("cls", PLACED, ids=ids)
def test_a_layers_gradient_is_that_of_central_differences(cls: type[Layer], plan: Plan) -> None:
    graph, _ = network(cls())
    engine = engine_of(graph, SHAPE, dtype=np.float64, plan=plan, **{**OPTIONS, "batch": 9})
    check_gradient(engine, *rows(dtype=np.float64), most=12)


@pytest.mark.parametrize("cls", PLACED, ids=ids)
def test_evaluation_is_training_without_chance_and_changes_nothing(cls: type[Layer]) -> None:
    layer = cls()
    engine = engine_of(network(layer)[0], SHAPE, **{**OPTIONS, "batch": 9})
    x, t = rows()
    before = engine.weights.copy()
    evaluated = engine.evaluate(x, t)[0]
    assert engine.evaluate(x, t)[0] == evaluated
    trained = [engine.gradient(x, t, seed=seed)[0] for seed in (1, 2)]
    assert (trained[0] != trained[1]) == layer.disturbs
    if not layer.disturbs and not isinstance(layer, BatchNorm):
        assert trained[0] == pytest.approx(evaluated, rel=1e-5)
    np.testing.assert_array_equal(engine.weights, before)


@pytest.mark.parametrize("cls", PLACED, ids=ids)
def test_nan_in_gives_nan_out(cls: type[Layer]) -> None:
    x, t = rows()
    x[0] = np.nan
    graph, _ = network(cls())
    engine = engine_of(graph, SHAPE, **OPTIONS)
    out = engine.predict(x)
    assert np.isnan(out[0]).all()
    assert np.isfinite(out[1:]).all()
    before = engine.weights.copy()
    engine.train(x, t, np.arange(9), 0, 1, HYPER, 3, np.zeros(5))
    np.testing.assert_array_equal(engine.weights, before)  # running averages too


@pytest.mark.parametrize("cls", PLACED, ids=ids)
def test_every_layer_with_parameters_can_be_frozen(cls: type[Layer]) -> None:
    graph, node = network(cls())
    has = bool(check(graph, SHAPE).parameters[node])
    if not has:
        return
    assert issubclass(cls, Learned)
    frozen = graph.with_layer(node, graph.node(node).layer.changed(frozen=True))
    report = check(frozen, SHAPE)
    assert report.trainable(node) == 0
    assert report.count(node) == check(graph, SHAPE).count(node)
    engine = engine_of(frozen, SHAPE, **OPTIONS)
    x, t = rows()
    before = engine.named(engine.weights)
    engine.train(x, t, np.arange(9), 0, 100, HYPER, 3, np.zeros(5))
    for name, array in engine.named(engine.weights).items():
        assert name.startswith(f"{node}/") == np.array_equal(array, before[name]), name
    check_gradient(
        engine_of(frozen, SHAPE, dtype=np.float64, **{**OPTIONS, "batch": 9}),
        *rows(dtype=np.float64),
        most=6,
    )


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_the_drawn_curve_is_the_engines(kind: str) -> None:
    curve = ACTIVATIONS[kind].curve
    graph = Graph.chain([LAYERS["input"](), Activation(activation=kind)])  # type: ignore[call-arg]
    x = np.linspace(-4, 4, 9, dtype=np.float32)[:, None]
    engine = engine_of(graph, (1,))
    if curve is None:
        # Softmax over one number is 1, its logarithm 0.
        assert (engine.predict(x) == (1 if kind == "softmax" else 0)).all()
        return
    np.testing.assert_allclose(
        engine.predict(x).ravel(), [curve(float(v)) for v in x[:, 0]], rtol=1e-5, atol=1e-6
    )
