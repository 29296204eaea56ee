"""Everything that is declared keeps the same promises."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from nndesigner.declare import Declaration, fields_of
from nndesigner.graph import Graph, Layer
from nndesigner.layers import CATEGORIES, LAYERS, Activation, Conv2D, Dense, Flatten
from nndesigner.learning.activations import ACTIVATIONS
from nndesigner.learning.losses import LOSSES
from nndesigner.learning.optimizers import OPTIMIZERS
from nndesigner.report import check
from tests.helpers import Array, engine_of

DECLARED: list[type[Declaration]] = [*LAYERS.values(), *LOSSES.values(), *OPTIMIZERS.values()]
PLACED = [cls for kind, cls in LAYERS.items() if kind != "input"]


def ids(cls: type[Declaration]) -> str:
    return cls.kind_name()


@pytest.mark.parametrize("cls", DECLARED, ids=ids)
def test_it_survives_json_and_has_words(cls: type[Declaration]) -> None:
    value = cls()
    text = msgspec.json.encode(value)
    assert msgspec.json.decode(text, type=cls) == value
    assert msgspec.json.decode(text)["kind"] == value.kind
    assert cls.title
    assert cls.help.endswith(".")
    for field in fields_of(cls):
        assert field.title
        assert field.help, f"{cls.kind_name()}.{field.name} has no help"
    assert set(cls.positional) <= {field.name for field in fields_of(cls)}


@pytest.mark.parametrize("cls", LAYERS.values(), ids=ids)
def test_a_layer_has_a_place_in_the_palette(cls: type[Layer]) -> None:
    assert cls.category in CATEGORIES
    assert cls.icon.startswith("mdi6.")
    assert len(cls().summary()) < 40


def test_one_unit_is_a_unit() -> None:
    assert Dense(units=1, activation="linear").summary() == "1 unit, Linear"
    assert Dense(units=2, activation="linear").summary() == "2 units, Linear"


def network(cls: type[Layer]) -> tuple[Graph, tuple[int, ...]]:
    """A small classifier with one layer of the class in it, on small images."""
    shape = (6, 6, 2)
    before: list[Layer] = [LAYERS["input"]()]
    before += [Conv2D(filters=3, kernel=(2, 2), activation="tanh")]
    if cls in (Dense,):
        before += [Flatten()]
    graph = Graph.chain(before)
    first = graph.nodes[-1].id
    graph = graph.with_node(cls())
    middle = graph.nodes[-1].id
    graph = graph.connected(first, middle)
    if cls.arity[1] is None:
        graph = graph.with_node(Activation(activation="tanh"))
        side = graph.nodes[-1].id
        graph = graph.connected(first, side).connected(side, middle)
    last = middle
    report = check(graph, shape)
    if len(report.shapes[middle]) != 1:
        graph = graph.with_node(Flatten())
        graph = graph.connected(last, graph.nodes[-1].id)
        last = graph.nodes[-1].id
    graph = graph.with_node(Dense(units=3, activation="softmax"))
    return graph.connected(last, graph.nodes[-1].id), shape


def rows(shape: tuple[int, ...], count: int = 9) -> tuple[Array, Array]:
    generator = np.random.default_rng(2)
    x = generator.normal(size=(count, math.prod(shape))).astype(np.float32)
    return x, generator.integers(0, 3, (count, 1)).astype(np.float32)


OPTIONS: dict[str, object] = {"loss": "categorical_crossentropy", "labels": True, "batch": 4}


@pytest.mark.parametrize("cls", PLACED, ids=ids)
def test_a_layer_trains_on_any_batch_the_same_way_each_time(cls: type[Layer]) -> None:
    graph, shape = network(cls)
    x, t = rows(shape)
    outcomes = []
    for _ in range(2):
        engine = engine_of(graph, shape, **OPTIONS)  # type: ignore[arg-type]
        report = check(graph, shape)
        assert engine.tape.parameter_count == report.parameter_count
        assert engine.tape.output.shape == report.output_shape
        engine.train(x, t, np.arange(9), 0, 100, np.array([0.1, 0, 0, 0]), 3, np.zeros(5))
        assert engine.step == 3  # the last batch has one row
        outcomes.append(engine.weights.tobytes())
    assert outcomes[0] == outcomes[1]
    single = engine.predict(x[:1])
    assert single.shape == (1, 3)
    np.testing.assert_allclose(single, engine.predict(x)[:1], rtol=1e-5)
    assert engine.evaluate(x, t)[0] == engine.evaluate(x, t)[0]


@pytest.mark.parametrize("cls", PLACED, ids=ids)
def test_nan_in_gives_nan_out(cls: type[Layer]) -> None:
    graph, shape = network(cls)
    x, _ = rows(shape)
    x[0] = np.nan
    engine = engine_of(graph, shape, **OPTIONS)  # type: ignore[arg-type]
    out = engine.predict(x)
    assert np.isnan(out[0]).all()
    assert np.isfinite(out[1:]).all()


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
