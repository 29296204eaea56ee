"""Every activation: against its slow twin, its derivative, NaN, and the curve that is drawn."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import activations, maths
from nndesigner.engine.lowering.activations import ACTIVATION_CODES, ACTIVATION_OPERATIONS
from nndesigner.errors import DesignerError
from nndesigner.files.codec import graph_in, graph_out
from nndesigner.graph import Graph
from nndesigner.layers import Activation, Add, Dense, Input
from nndesigner.learning.activations import ACTIVATIONS, activation_of
from nndesigner.recipe import parse_recipe, recipe_of
from tests import naive, naive_functions
from tests.engine.test_gradients import check_gradient, rows
from tests.helpers import Array, engine_for, engine_of

DTYPES = [np.float32, np.float64]
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-12}


def test_every_declared_activation_is_computed() -> None:
    assert set(ACTIVATIONS) == set(ACTIVATION_CODES) | set(ACTIVATION_OPERATIONS)
    assert len(ACTIVATIONS) == 20


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_values_agree_with_the_slow_twin(kind: str, dtype: type) -> None:
    x = np.concatenate([np.linspace(-9, 9, 301), [-30.0, -1e-4, 0.0, 1e-4, 30.0]]).astype(dtype)
    wide = kind in ("softmax", "log_softmax")
    x = x[:300].reshape(-1, 5) if wide else x[:, None]
    engine = engine_for([Activation(activation=kind)], x.shape[1:], dtype=dtype)
    expected = naive_functions.of_rows(x.astype(np.float64), kind)
    found = engine.predict(np.ascontiguousarray(x))
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("kind", ["mish", "silu", "gelu", "hard_silu", "softplus", "softsign"])
def test_values_and_slopes_are_right_for_every_float32(kind: str) -> None:
    """Products with an exponential stay finite: Mish of 7,000 once was infinite."""
    sizes = np.geomspace(1e-30, float(np.finfo(np.float32).max), 400).astype(np.float32)
    x = np.concatenate([-sizes[::-1], sizes])[:, None]
    engine = engine_for([Activation(activation=kind)], (1,))
    far = np.abs(x.astype(np.float64)) > 100
    near = naive_functions.of_rows(np.clip(x, -100.0, 100.0).astype(np.float64), kind)
    expected = np.where(far, np.maximum(x, 0.0), near)
    if kind == "softsign":
        expected = x.astype(np.float64) / (1 + np.abs(x.astype(np.float64)))
    found = engine.predict(x)
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("kind", ["mish", "silu", "gelu"])
def test_slopes_at_the_ends_of_float32(kind: str) -> None:
    slope = {
        "mish": _mish_slope, "silu": _silu_slope, "gelu": _gelu_slope,
    }[kind]  # fmt: skip
    sizes = np.geomspace(100, float(np.finfo(np.float32).max), 200).astype(np.float32)
    np.testing.assert_allclose(applied(slope, sizes), 1, rtol=1e-6)
    np.testing.assert_allclose(applied(slope, -sizes), 0, atol=1e-30)


@pytest.mark.parametrize("place", ["in a dense", "after a dense", "at the end", "twice read"])
@pytest.mark.parametrize("kind", [kind for kind in ACTIVATIONS if kind != "threshold"])
def test_gradients_agree_with_central_differences(kind: str, place: str) -> None:
    x, t = rows((4,), 3, False)
    end = Dense(units=3, activation="softmax")
    first = Dense(units=6, activation="linear")
    alone = Activation(activation=kind)
    if place == "twice read":
        graph = Graph.chain([Input(), first, alone])
        start, middle = graph.nodes[1].id, graph.nodes[2].id
        graph = graph.with_node(Add())
        total = graph.nodes[-1].id
        graph = graph.connected(start, total).connected(middle, total).with_node(end)
        engine = engine_of(graph.connected(total, graph.nodes[-1].id), (4,), dtype=np.float64)
    else:
        chains = {
            "in a dense": [Dense(units=6, activation=kind), end],
            "after a dense": [first, alone, end],
            "at the end": [Dense(units=5, activation="tanh"), Dense(units=3, activation=kind)],
        }
        engine = engine_for(chains[place], (4,), dtype=np.float64)
    check_gradient(engine, x, t)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.5])
def test_elu_has_an_alpha_as_a_layer(alpha: float, dtype: type) -> None:
    layer = Activation(activation="elu", alpha=alpha)
    x = np.linspace(-9, 9, 301).astype(dtype)[:, None]
    expected = [[naive_functions.elu(float(v), alpha)] for v in x[:, 0]]
    found = engine_for([layer], (1,), dtype=dtype).predict(x)
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    function = activation_of(layer)
    assert function is not None
    assert function.curve is not None
    np.testing.assert_allclose([[function.curve(float(v))] for v in x[:, 0]], expected)
    assert function.reach == (-alpha, math.inf)
    assert (f"{alpha:g} (eˣ" in function.formula) == (alpha != 1)


@pytest.mark.parametrize("layer", [Activation(activation="elu", alpha=0.4),
                                   Activation(activation="leaky_relu", slope=0.3)])  # fmt: skip
def test_a_number_of_its_own_has_its_gradient_and_survives_a_file(layer: Activation) -> None:
    x, t = rows((4,), 3, False)
    chain = [Dense(units=6, activation="linear"), layer, Dense(units=3, activation="softmax")]
    check_gradient(engine_for(chain, (4,), dtype=np.float64), x, t)
    graph = Graph.chain([Input(), *chain])
    assert parse_recipe(recipe_of(graph)) == graph
    assert graph_in(graph_out(graph), "$", "p.nnd") == graph


def test_an_old_file_without_an_alpha_opens_with_that_of_old() -> None:
    text = b'{"kind":"activation","activation":"elu","slope":0.01,"frozen":false}'
    assert msgspec.json.decode(text, type=Activation) == Activation(activation="elu", alpha=1.0)
    with pytest.raises(DesignerError, match="alpha must be a number above 0 and at most 100"):
        Activation().changed(alpha=0.0)


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_nan_stays_and_one_row_is_enough(kind: str) -> None:
    engine = engine_for([Dense(units=3, activation=kind)], (2,), batch=1)
    x = np.array([[np.nan, 1.0], [0.5, 1.0]], np.float32)
    out = engine.predict(x)
    assert np.isnan(out[0]).all()
    assert np.isfinite(out[1]).all()
    np.testing.assert_array_equal(engine.predict(x[1:]), out[1:])


@pytest.mark.parametrize("kind", sorted(naive_functions.ACTIVATIONS))
def test_values_lie_within_their_reach(kind: str) -> None:
    low, high = ACTIVATIONS[kind].reach
    values = [naive_functions.ACTIVATIONS[kind](x) for x in np.linspace(-20, 20, 4001)]
    assert low - 1e-9 <= min(values)
    assert max(values) <= high + 1e-9
    if math.isfinite(low):
        assert min(values) - low < 0.06
    curve = ACTIVATIONS[kind].curve
    assert curve is not None
    for x in np.linspace(-4, 4, 33):
        assert curve(float(x)) == pytest.approx(naive_functions.ACTIVATIONS[kind](float(x)))


# -- the functions that vectorise


@kernel()
def _expm1(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = maths.expm1(x[i])


@kernel()
def _log1p(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = maths.log1p_unit(x[i])


@kernel()
def _erf(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = maths.erf(x[i])


@kernel()
def _softplus(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = maths.softplus(x[i])


@kernel()
def _mish_slope(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = activations.mish_slope(x[i])


@kernel()
def _silu_slope(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = activations.silu_slope(x[i])


@kernel()
def _gelu_slope(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = activations.gelu_slope(x[i])


def applied(function: object, x: Array) -> Array:
    y = np.empty_like(x)
    function(x, y)  # type: ignore[operator]
    return y


def test_float32_functions_are_as_exact_as_they_say() -> None:
    x = np.concatenate([np.linspace(-80, 88, 20_001), np.geomspace(1e-20, 1, 500)])
    x = np.concatenate([x, -x[20_001:]]).astype(np.float32)
    x = x[x != 0]
    assert np.abs(applied(_expm1, x) / np.expm1(x.astype(np.float64)) - 1).max() < 3e-7
    u = np.concatenate([np.linspace(0, 1, 20_001)[1:], np.geomspace(1e-30, 1, 500)])
    u = u.astype(np.float32)
    assert np.abs(applied(_log1p, u) / np.log1p(u.astype(np.float64)) - 1).max() < 3e-7
    x = np.linspace(-6, 6, 40_001, dtype=np.float32)
    truth = np.array([math.erf(float(v)) for v in x])
    assert np.abs(applied(_erf, x) - truth).max() < 2e-7
    truth = np.array([naive_functions.softplus(float(v)) for v in x])
    assert np.abs(applied(_softplus, x) / truth - 1).max() < 5e-7


def test_float32_functions_keep_nan_and_level_off() -> None:
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30], np.float32)
    for function in (_expm1, _erf, _softplus):
        assert np.isnan(applied(function, x)[0])
    assert applied(_erf, x)[1:].tolist() == [1, -1, 1, -1]
    assert applied(_expm1, x)[2] == -1
    assert applied(_softplus, x)[3] == np.float32(1e30)


# -- Rosenblatt's perceptron


def test_the_perceptron_learns_by_rosenblatts_rule() -> None:
    """With half the squared error the straight-through gradient is w ← w + η (t − y) x."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    t = np.array([[0], [0], [0], [1]], np.float32)
    layer = Dense(units=1, activation="threshold", initializer="zeros")
    engine = engine_for([layer], (2,), loss="half_mse", batch=1)
    w, b = np.zeros(2), 0.0
    for _ in range(10):
        engine.train(x, t, np.arange(4), 0, 4, np.array([0.5, 0, 0, 0]), 0, np.zeros(5))
        for row, truth in zip(x, t[:, 0], strict=True):
            miss = float(truth) - (1.0 if row @ w + b >= 0 else 0.0)
            w, b = w + 0.5 * miss * row, b + 0.5 * miss
    np.testing.assert_allclose(engine.weights, [*w, b])
    assert engine.predict(x).ravel().tolist() == [0, 0, 0, 1]


def test_the_slopes_of_prelu_are_learnt_and_can_be_frozen() -> None:
    x, t = rows((4,), 3, False)
    for frozen in (False, True):
        layer = Dense(units=3, activation="prelu", frozen=frozen)
        engine = engine_for([layer, Dense(units=3, activation="linear")], (4,), dtype=np.float64)
        (slope,) = (slot for slot in engine.tape.slots if slot.name.endswith("slope"))
        assert slot_values(engine, slope) == [0.25] * 3
        engine.train(x, t, np.arange(7), 0, 1, np.array([0.1, 0, 0, 0]), 0, np.zeros(5))
        assert (slot_values(engine, slope) == [0.25] * 3) is frozen


def slot_values(engine: object, slot: object) -> list[float]:
    weights = engine.weights  # type: ignore[attr-defined]
    return weights[slot.position : slot.position + slot.size].tolist()  # type: ignore[attr-defined]


def test_the_old_twin_still_agrees() -> None:
    x = np.linspace(-2, 2, 12).reshape(3, 4)
    for kind in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "softmax"):
        np.testing.assert_allclose(naive.activation(x, kind), naive_functions.of_rows(x, kind))
