"""Gradients of whole tapes in float64 against central differences."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.engine.engine import Engine, Plan
from nndesigner.graph import Graph
from nndesigner.layers import (
    Activation,
    Add,
    Concatenate,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    Input,
    MaxPool2D,
    SeparableConv2D,
)
from tests.helpers import Array, engine_for, engine_of

EPS, ATOL, RTOL = 1e-6, 1e-5, 1e-3


def check_gradient(engine: Engine, x: Array, t: Array, most: int = 25) -> None:
    """Compare up to ``most`` numbers of every trained parameter with central differences."""
    generator = np.random.default_rng(5)
    _, gradient = engine.gradient(x, t)
    for slot in engine.tape.slots:
        if not slot.trainable:
            continue
        found = gradient[slot.name].ravel()
        for i in generator.choice(slot.size, min(slot.size, most), replace=False):
            at = slot.position + i
            kept = engine.weights[at]
            engine.weights[at] = kept + EPS
            above, _ = engine.gradient(x, t)
            engine.weights[at] = kept - EPS
            below, _ = engine.gradient(x, t)
            engine.weights[at] = kept
            expected = (above - below) / (2 * EPS)
            assert found[i] == pytest.approx(expected, abs=ATOL, rel=RTOL), (slot.name, i)


def rows(shape: tuple[int, ...], outputs: int, labels: bool, count: int = 7) -> tuple[Array, Array]:
    generator = np.random.default_rng(3)
    x = generator.normal(size=(count, int(np.prod(shape))))
    classes = generator.integers(0, outputs, count)
    if labels:
        return x, classes[:, None].astype(float)
    return x, np.eye(outputs)[classes] if outputs > 1 else (classes[:, None] + 0.3)


@pytest.mark.parametrize(
    ("loss", "last", "labels"),
    [
        ("categorical_crossentropy", "softmax", True),
        ("categorical_crossentropy", "softmax", False),
        ("categorical_crossentropy", "linear", True),
        ("categorical_crossentropy", "sigmoid", True),
        ("binary_crossentropy", "sigmoid", False),
        ("binary_crossentropy", "softmax", False),
        ("mse", "linear", False),
        ("mse", "softmax", False),
        ("mse", "leaky_relu", False),
        ("mae", "tanh", False),
    ],
)
def test_every_pair_of_loss_and_last_activation(loss: str, last: str, labels: bool) -> None:
    layers = [Dense(units=5, activation="tanh"), Dense(units=3, activation=last)]
    engine = engine_for(layers, (4,), loss=loss, labels=labels, dtype=np.float64)
    check_gradient(engine, *rows((4,), 3, labels))


@pytest.mark.parametrize(
    "layers",
    [
        [Conv2D(filters=3, kernel=(3, 2), activation="tanh")],
        [Conv2D(filters=2, kernel=(3, 3), stride=(2, 1), padding="same", activation="sigmoid")],
        [Conv2D(filters=2, activation="linear", bias=False), MaxPool2D()],
        [MaxPool2D(window=(3, 2), stride=(2, 2), padding="same")],
        [Conv2D(filters=4, activation="leaky_relu"), MaxPool2D(window=(3, 3), stride=(1, 1))],
        [Conv2D(filters=3, activation="relu"), Conv2D(filters=2, activation="tanh")],
        [Dropout(rate=0.4), Conv2D(filters=2, activation="tanh"), Dropout(rate=0.3)],
        [Conv2D(filters=2, activation="linear"), Activation(activation="softmax")],
        [
            Conv2D(filters=4, activation="tanh", padding="explicit", margin=(2, 1)),
            Conv2D(filters=6, dilation=(2, 1), groups=2, activation="tanh"),
        ],
        [
            DepthwiseConv2D(multiplier=2, activation="tanh"),
            DepthwiseConv2D(kernel=(2, 3), stride=(2, 1), padding="same", activation="tanh"),
        ],
        [
            Conv2D(filters=3, activation="tanh"),
            SeparableConv2D(filters=5, multiplier=2, padding="same", activation="tanh"),
        ],
        [
            Conv2D(filters=3, activation="tanh"),
            Conv2DTranspose(filters=2, activation="tanh"),
            Conv2DTranspose(filters=3, stride=(1, 2), padding="valid", activation="tanh"),
        ],
    ],
    ids=lambda layers: "-".join(layer.kind for layer in layers),
)
@pytest.mark.parametrize("plan", [Plan(1, 7), Plan(3, 2)], ids=["one shard", "three shards"])
def test_image_layers(layers: list, plan: Plan) -> None:
    chain = [*layers, Flatten(), Dense(units=3, activation="softmax")]
    engine = engine_for(
        chain, (6, 7, 2), loss="categorical_crossentropy", labels=True, dtype=np.float64, plan=plan
    )
    check_gradient(engine, *rows((6, 7, 2), 3, True))


@pytest.mark.parametrize("plan", [Plan(1, 7), Plan(3, 2)], ids=["one shard", "three shards"])
def test_sequence_layers(plan: Plan) -> None:
    chain = [
        Conv1D(filters=4, padding="explicit", margin=2, activation="tanh"),
        Conv1D(filters=6, dilation=2, groups=2, activation="tanh"),
        Conv1D(filters=3, kernel=2, stride=2, padding="same", activation="tanh"),
        Flatten(),
        Dense(units=3, activation="softmax"),
    ]
    engine = engine_for(
        chain, (9, 2), loss="categorical_crossentropy", labels=True, dtype=np.float64, plan=plan
    )
    check_gradient(engine, *rows((9, 2), 3, True))


def branching() -> Graph:
    """Two branches that add up, one that skips past them, and a value that three nodes read."""
    graph = Graph.chain([Input(), Dense(units=4, activation="linear")])
    start, first = (node.id for node in graph.nodes)
    ends = []
    for layer in (Dense(units=4, activation="tanh"), Activation(activation="tanh")):
        graph = graph.with_node(layer)
        ends.append(graph.nodes[-1].id)
        graph = graph.connected(first, ends[-1])
    graph = graph.with_node(Add())
    total = graph.nodes[-1].id
    for end in (*ends, first):
        graph = graph.connected(end, total)
    graph = graph.with_node(Concatenate())
    side = graph.nodes[-1].id
    graph = graph.connected(total, side).connected(start, side).connected(first, side)
    graph = graph.with_node(Dense(units=3, activation="softmax"))
    return graph.connected(side, graph.nodes[-1].id)


@pytest.mark.parametrize("plan", [Plan(1, 7), Plan(2, 2)])
def test_branches_and_merges(plan: Plan) -> None:
    engine = engine_of(
        branching(), (5,), loss="categorical_crossentropy", labels=True, dtype=np.float64, plan=plan
    )
    check_gradient(engine, *rows((5,), 3, True))


def test_the_batch_gradient_is_the_mean_of_the_rows_gradients() -> None:
    layers = [Dense(units=6, activation="sigmoid"), Dense(units=3, activation="softmax")]
    engine = engine_for(
        layers, (4,), loss="categorical_crossentropy", labels=True, dtype=np.float64
    )
    x, t = rows((4,), 3, True)
    whole, gradient = engine.gradient(x, t)
    single = [engine.gradient(x[i : i + 1], t[i : i + 1]) for i in range(len(x))]
    assert whole == pytest.approx(np.mean([loss for loss, _ in single]), rel=1e-12)
    for name, value in gradient.items():
        mean = np.mean([one[name] for _, one in single], axis=0)
        np.testing.assert_allclose(value, mean, rtol=1e-9, atol=1e-12)
