"""Which arrays penalties and limits hold for, layer by layer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nndesigner.engine.changes import Changes
from nndesigner.engine.updating import limit_units
from nndesigner.graph import Graph, Layer
from nndesigner.layers import (
    LAYERS,
    Activation,
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GroupNorm,
    Input,
    LayerNorm,
    Learned,
    SeparableConv2D,
)
from nndesigner.learning.regularization import Regularization
from nndesigner.network import compile_network, initial_weights
from nndesigner.training.rules import rules_of
from nndesigner.training.settings import Settings

SHAPE = (5, 5, 3)
# For each array the axes that are summed over: all that lead into one number of the answer.
WINDOWS: list[tuple[Layer, dict[str, tuple[int, ...]]]] = [
    (Conv2D(filters=4), {"weight": (0, 1, 2)}),
    (Conv2DTranspose(filters=4), {"weight": (0, 1, 3)}),
    (DepthwiseConv2D(multiplier=2), {"weight": (0, 1)}),
    (SeparableConv2D(filters=4, multiplier=2), {"depthwise": (0, 1), "pointwise": (0, 1, 2)}),
]


@pytest.mark.parametrize(("layer", "summed"), WINDOWS, ids=lambda v: getattr(v, "title", ""))
def test_penalties_and_norms_hold_for_the_weights_of_every_convolution(
    layer: Layer, summed: dict[str, tuple[int, ...]]
) -> None:
    graph = Graph.chain([Input(), layer, Flatten(), Dense(units=2, activation="softmax")])
    node = next(n.id for n in graph.nodes if n.layer == layer)
    tape = compile_network(graph, SHAPE, loss="categorical_crossentropy", labels=True, classes=True)
    settings = Settings(regularization=Regularization(l1=0.01, l2=0.1, max_norm=0.3))
    rules = rules_of(graph, settings, tape)
    names = {f"{node}/{name}" for name in summed} | {n for n in rules.l2 if "dense" in n}
    assert {name for name, value in rules.l2.items() if value} == names
    assert set(rules.l1) == names  # biases are exempt
    flat = np.zeros(tape.parameter_count)
    weights = initial_weights(graph, SHAPE, 3)
    for slot in tape.slots:
        flat[slot.position : slot.position + slot.size] = 4 * weights[slot.name].ravel()
    before = flat.copy()
    changes = Changes.of(tape, rules)
    limit_units(flat, changes.units, changes.largest, changes.room)
    for slot in tape.slots:
        if not slot.name.startswith(f"{node}/"):
            continue
        here = slice(slot.position, slot.position + math.prod(slot.shape))
        old, new = before[here].reshape(slot.shape), flat[here].reshape(slot.shape)
        axes = summed.get(slot.name.rpartition("/")[2])
        if axes is None:
            np.testing.assert_array_equal(old, new)
            continue
        norms = np.sqrt((old**2).sum(axis=axes, keepdims=True))
        assert (norms > 0.3).any()
        np.testing.assert_allclose(new, old * np.minimum(1.0, 0.3 / norms), rtol=1e-5)


HELD: list[tuple[Layer, str]] = [
    (BatchNorm(l1=0.01, l2=0.1, max_norm=0.5), "gamma"),
    (LayerNorm(l1=0.01, l2=0.1, max_norm=0.5), "gamma"),
    (GroupNorm(groups=2, l1=0.01, l2=0.1, max_norm=0.5), "gamma"),
    (Activation(activation="prelu", l1=0.01, l2=0.1, max_norm=0.125), "slope"),
]


@pytest.mark.parametrize(("layer", "array"), HELD, ids=lambda v: getattr(v, "title", v))
def test_what_a_layer_sets_holds_its_scales_or_slopes_back(layer: Layer, array: str) -> None:
    """What is shown does something: here as Keras' gamma_regularizer and alpha_regularizer."""
    graph = Graph.chain([Input(), layer, Flatten(), Dense(units=2, activation="softmax")])
    node = graph.nodes[1].id
    tape = compile_network(
        graph, (5, 5, 4), loss="categorical_crossentropy", labels=True, classes=True
    )
    everywhere = Settings(regularization=Regularization(l1=1.0, l2=2.0, max_norm=9.0))
    rules = rules_of(graph, everywhere, tape)
    name = f"{node}/{array}"
    own = {key for key in rules.l1 if key.startswith(node)}
    assert own == {name}
    assert (rules.l1[name], rules.l2[name]) == (0.01, 0.1)
    flat = np.zeros(tape.parameter_count)
    weights = initial_weights(graph, (5, 5, 4), 3)
    for slot in tape.slots:
        flat[slot.position : slot.position + slot.size] = weights[slot.name].ravel()
    slot = next(slot for slot in tape.slots if slot.name == name)
    here = slice(slot.position, slot.position + slot.size)
    before = flat[here].copy()
    changes = Changes.of(tape, rules)
    limit_units(flat, changes.units, changes.largest, changes.room)
    np.testing.assert_allclose(flat[here], before / 2, rtol=1e-6)
    with_biases = Settings(regularization=Regularization(l2=2.0, biases=True))
    assert rules_of(graph, with_biases, tape).l2[name] == pytest.approx(2.1)


@pytest.mark.parametrize("kind", [kind for kind, cls in LAYERS.items() if issubclass(cls, Learned)])
def test_no_layer_shows_a_penalty_that_does_nothing(kind: str) -> None:
    layer = LAYERS[kind]().changed(l2=0.5)
    if kind == "activation":
        layer = layer.changed(activation="prelu")
    shape = (6, 4) if kind == "conv1d" else (6,) if kind == "dense" else (6, 6, 4)
    end = [Dense(units=2, activation="softmax")]
    if kind != "dense":
        end = [Flatten(), *end]
    graph = Graph.chain([Input(), layer, *end])
    tape = compile_network(graph, shape, loss="categorical_crossentropy", labels=True, classes=True)
    rules = rules_of(graph, Settings(), tape)
    node = graph.nodes[1].id
    assert any(value == 0.5 for name, value in rules.l2.items() if name.startswith(f"{node}/"))
