"""Which arrays penalties and limits hold for, layer by layer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nndesigner.engine.changes import Changes
from nndesigner.engine.updating import limit_units
from nndesigner.graph import Graph, Layer
from nndesigner.layers import (
    Conv2D,
    Conv2DTranspose,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
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
