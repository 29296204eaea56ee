"""Every loss: against its slow twin, its gradient, weights of rows, NaN, and logits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nndesigner.engine.engine import Engine, Plan
from nndesigner.engine.lowering.losses import LOSS_FORMS
from nndesigner.graph import Graph
from nndesigner.layers import Activation, Dense, Input
from nndesigner.learning.losses import LOSSES
from nndesigner.network import compile_network, initial_weights
from tests import naive_functions
from tests.engine.test_gradients import check_gradient
from tests.helpers import Array, engine_for

NUMBERS = {"huber": (1.5,), "binary_focal": (2.0, 0.25), "categorical_focal": (2.0, 0.25)}
#: Last activations that each loss can be taken of.
ENDS = {
    "mse": ("linear", "softmax", "prelu"),
    "half_mse": ("linear", "sigmoid"),
    "mae": ("linear", "tanh"),
    "huber": ("linear", "softsign"),
    "log_cosh": ("linear", "gelu"),
    "mape": ("linear", "softplus"),
    "msle": ("softplus", "exponential"),
    "poisson": ("exponential", "softplus"),
    "cosine_similarity": ("linear", "softmax"),
    "binary_crossentropy": ("sigmoid", "linear", "hard_sigmoid", "softmax"),
    "categorical_crossentropy": ("softmax", "linear", "log_softmax", "sigmoid"),
    "binary_focal": ("sigmoid", "linear"),
    "categorical_focal": ("softmax", "linear", "log_softmax", "sigmoid"),
    "hinge": ("linear", "tanh"),
    "squared_hinge": ("linear", "tanh"),
    "categorical_hinge": ("linear", "softmax"),
    "kl_divergence": ("softmax", "sigmoid"),
}
PAIRS = [(loss, end) for loss, ends in ENDS.items() for end in ends]
ON_CLASSES = {"hinge", "squared_hinge", "categorical_hinge"}


def engine_at(
    loss: str, end: str, dtype: type = np.float64, *, labels: bool = False, weighted: bool = False,
    width: int = 3, plan: Plan | None = None,
) -> Engine:  # fmt: skip
    """A small network with an end and a loss, with its first weights."""
    width = 1 if loss == "binary_focal" else width
    last = Dense(units=width, activation="linear" if end == "prelu" else end)  # type: ignore[arg-type]
    graph = Graph.chain([Input(), Dense(units=6, activation="tanh"), last])
    if end == "prelu":
        graph = graph.with_node(Activation(activation="prelu"))
        graph = graph.connected(graph.nodes[-2].id, graph.nodes[-1].id)
    kind = "focal" if loss.endswith("focal") else loss
    tape = compile_network(
        graph, (4,), loss=kind, labels=labels, classes=False, numbers=NUMBERS.get(loss, ()),
        weighted=weighted,
    )  # fmt: skip
    engine = Engine(tape, batch=8, dtype=dtype, plan=plan)
    engine.load(initial_weights(graph, (4,), 0))
    return engine


def rows(loss: str, width: int = 3, count: int = 7) -> tuple[Array, Array]:
    """Rows and targets that suit a loss."""
    generator = np.random.default_rng(4)
    x = generator.normal(size=(count, 4))
    if loss == "binary_focal":
        return x, generator.integers(0, 2, (count, 1)).astype(float)
    if loss in ("mse", "half_mse", "mae", "huber", "log_cosh", "mape", "cosine_similarity"):
        return x, 2 * generator.normal(size=(count, width))
    if loss in ("msle", "poisson"):
        return x, generator.integers(0, 6, (count, width)).astype(float)
    if loss in ON_CLASSES:
        return x, np.eye(width)[generator.integers(0, width, count)]
    soft = generator.random((count, width)) + 0.05
    return x, soft / soft.sum(axis=1, keepdims=True)


def given(engine: Engine, loss: str, end: str, x: Array) -> Array:
    """What the books' loss is taken of: the outputs, or the scores of a hinge."""
    out = engine.predict(x)
    if loss in ("hinge", "squared_hinge") and end != "sigmoid":
        return np.log(out) - np.log1p(-out)  # people see it through a sigmoid
    return out


def test_every_declared_loss_is_computed_and_tested() -> None:
    declared = (set(LOSSES) - {"auto", "focal"}) | {"binary_focal", "categorical_focal"}
    assert declared == set(LOSS_FORMS) == set(ENDS) == set(naive_functions.LOSSES)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("loss", "end"), PAIRS)
def test_values_agree_with_the_slow_twin(loss: str, end: str, dtype: type) -> None:
    engine = engine_at(loss, end, dtype)
    x, t = (array.astype(dtype) for array in rows(loss))
    if loss == "categorical_hinge" and end == "linear":
        tape = engine.tape  # scores lie below the softmax that people see
        y = x_through(engine, x)
        assert tape.output.size == 3
    else:
        y = given(engine, loss, end, x)
    twin = naive_functions.LOSSES[loss]
    expected = np.mean([twin(a, b) for a, b in zip(y.astype(float), t.astype(float), strict=True)])
    rel = 3e-5 if dtype is np.float32 else 1e-6
    assert engine.gradient(x, t)[0] == pytest.approx(expected, rel=rel, abs=1e-7)
    found, distance, out = engine.evaluate(x, t)
    assert found == pytest.approx(expected, rel=rel, abs=1e-7)
    if loss in ("mse", "mae", "mape", "msle", "poisson", "kl_divergence"):
        assert distance == pytest.approx(np.abs(out - t).mean(), rel=1e-5)


def x_through(engine: Engine, x: Array) -> Array:
    """The network's scores by hand: tanh layer, then linear."""
    w = engine.named(engine.weights)
    first, second = sorted({name.split("/")[0] for name in w})
    hidden = np.tanh(x @ w[f"{first}/weight"] + w[f"{first}/bias"])
    return hidden @ w[f"{second}/weight"] + w[f"{second}/bias"]


@pytest.mark.parametrize("plan", [None, Plan(3, 2)], ids=["one shard", "three shards"])
@pytest.mark.parametrize(("loss", "end"), PAIRS)
def test_gradients_agree_with_central_differences(loss: str, end: str, plan: Plan | None) -> None:
    check_gradient(engine_at(loss, end, plan=plan), *rows(loss))


@pytest.mark.parametrize(
    ("loss", "end"),
    [pair for pair in PAIRS if pair[0].startswith("categorical")],
)
def test_a_class_number_is_its_one_hot_row(loss: str, end: str) -> None:
    x, _ = rows(loss)
    classes = np.array([0, 2, 1, 1, 0, 2, 2])
    by_number = engine_at(loss, end, labels=True)
    by_row = engine_at(loss, end)
    one, first = by_number.gradient(x, classes[:, None].astype(float))
    other, second = by_row.gradient(x, np.eye(3)[classes])
    assert one == pytest.approx(other, rel=1e-12)
    for name in first:
        np.testing.assert_allclose(first[name], second[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("loss", "end"), [(loss, ends[0]) for loss, ends in ENDS.items()])
def test_a_row_counts_as_its_weight_says(loss: str, end: str) -> None:
    """A weight of 2 is the row twice, a weight of 0 is no row; the mean is over the rows."""
    x, t = rows(loss)
    weights = np.array([1.0, 2.0, 0.0, 1.0, 1.0, 2.0, 0.0])
    weighted = engine_at(loss, end, weighted=True)
    found, slopes = weighted.gradient(x, np.concatenate([t, weights[:, None]], axis=1))
    again = np.repeat(np.arange(7), weights.astype(int))
    expected, others = engine_at(loss, end).gradient(x[again], t[again])
    assert found == pytest.approx(expected, rel=1e-9)
    for name in slopes:
        np.testing.assert_allclose(slopes[name], others[name], rtol=1e-8, atol=1e-12)
    assert weighted.tape.target_size == t.shape[1] + 1


@pytest.mark.parametrize("loss", ["binary_crossentropy", "binary_focal", "hinge"])
def test_one_row_and_a_short_last_batch_train(loss: str) -> None:
    engine = engine_at(loss, ENDS[loss][0], np.float32, width=1)
    x = np.random.default_rng(0).normal(size=(17, 4)).astype(np.float32)
    t = (x[:, :1] > 0).astype(np.float32)
    totals = np.zeros(5)
    engine.train(x, t, np.arange(17), 0, 100, np.array([0.1, 0, 0, 0]), 0, totals)
    assert engine.step == 3
    assert totals[2] == 17
    assert engine.evaluate(x[:1], t[:1])[0] >= 0


@pytest.mark.parametrize("size", [30.0, 300.0])
@pytest.mark.parametrize(
    ("loss", "end"),
    [
        ("binary_crossentropy", "sigmoid"), ("categorical_crossentropy", "softmax"),
        ("categorical_crossentropy", "log_softmax"), ("binary_focal", "sigmoid"),
        ("categorical_focal", "softmax"), ("kl_divergence", "softmax"),
    ],
)  # fmt: skip
def test_large_logits_are_finite_and_still_learn(loss: str, end: str, size: float) -> None:
    """A probability that rounds to 0 has a large loss and a slope, for it is never taken of it."""
    width = 1 if loss.startswith("binary") else 3
    engine = engine_at(loss, end, np.float32, width=width)
    names = [slot for slot in engine.tape.slots if slot.name.endswith("bias")]
    bias = names[-1]
    engine.weights[:] = 0
    engine.weights[bias.position] = size if width > 1 else -size
    x = np.ones((1, 4), np.float32)
    t = np.eye(3, dtype=np.float32)[[1]] if width > 1 else np.ones((1, 1), np.float32)
    loss_value, gradient = engine.gradient(x, t)
    scale = {"binary_focal": 0.25, "categorical_focal": 0.25}.get(loss, 1.0)
    assert loss_value == pytest.approx(scale * size, rel=1e-4)
    assert np.abs(gradient[bias.name]).max() == pytest.approx(scale, rel=1e-3)


def test_scores_of_a_hinge_are_shown_as_shares() -> None:
    engine = engine_at("hinge", "linear", width=1)
    x, _ = rows("hinge")
    shown = engine.predict(x)
    np.testing.assert_allclose(shown, 1 / (1 + np.exp(-x_through(engine, x))), rtol=1e-9)
    assert ((shown > 0.5) == (x_through(engine, x) > 0)).all()


def test_equal_logits_lose_the_logarithm_of_the_classes() -> None:
    engine = engine_at("categorical_crossentropy", "softmax", width=10)
    engine.weights[:] = 0
    x = np.ones((2, 4))
    assert engine.evaluate(x, np.eye(10)[[3, 7]])[0] == pytest.approx(math.log(10))


@pytest.mark.parametrize("ahead", [0.5, 3.0, 8.0, 15.0])
def test_a_sure_and_right_answer_loses_next_to_nothing_exactly(ahead: float) -> None:
    """ln Σ eᶻ − z in float32: of a loss of 1e-6 every digit that the exponentials have is kept."""
    engine = engine_for(
        [Dense(units=10, activation="softmax")], (10,), loss="categorical_crossentropy"
    )
    engine.load(
        {s.name: np.eye(10) if s.name.endswith("weight") else np.zeros(s.shape)
         for s in engine.tape.slots}
    )  # fmt: skip
    x = np.zeros((3, 10), np.float32)
    x[:, 4] = ahead
    loss, _ = engine.gradient(x, np.eye(10, dtype=np.float32)[[4, 4, 4]])
    assert loss == pytest.approx(math.log1p(9 * math.exp(-ahead)), rel=3e-7)


def test_log_cosh_of_small_misses_has_all_digits() -> None:
    """|e| + ln(1 + e^−2|e|) − ln 2 cancels: of 1e-8 nothing was left."""
    engine = engine_for([Dense(units=1, activation="linear")], (1,), loss="log_cosh")
    engine.load(
        {s.name: np.ones(s.shape) if s.name.endswith("weight") else np.zeros(s.shape)
         for s in engine.tape.slots}
    )  # fmt: skip
    for e in (1e-12, 1e-8, 1e-5, 1e-3, 0.5, 0.99, 1.01, 3.0, 300.0):
        x = np.array([[e]], np.float32)
        loss, _ = engine.gradient(x, np.zeros_like(x))
        small = float(x[0, 0])
        truth = small**2 / 2 - small**4 / 12
        if e > 0.01:
            truth = small + math.log1p(math.exp(-2 * small)) - math.log(2)
        assert loss == pytest.approx(truth, rel=1e-9), e
