"""Every initializer has its exact statistics, its seed, and survives a file."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from nndesigner.files.codec import graph_in, graph_out
from nndesigner.graph import Graph, Parameter
from nndesigner.layers import Conv2D, Dense, Input
from nndesigner.learning.initializers import (
    INITIALIZER_SCALES,
    INITIALIZER_TITLES,
    InitializerKind,
    initial_values,
)
from nndesigner.network import initial_weights
from nndesigner.recipe import parse_recipe, recipe_of

WEIGHT = Parameter("weight", (200, 300), "", 200, 300)


def values(kind: str, scale: float | None = None, parameter: Parameter = WEIGHT) -> npt.NDArray:
    chosen = replace(parameter, initializer=kind, scale=scale)
    return initial_values(chosen, np.random.default_rng(0))


def test_every_declared_initializer_has_a_name() -> None:
    assert set(INITIALIZER_TITLES) == set(get_args(InitializerKind))


@pytest.mark.parametrize(
    ("kind", "variance"),
    [("glorot", 2 / 500), ("he", 2 / 200), ("lecun", 1 / 200)],
)
@pytest.mark.parametrize("form", ["uniform", "normal"])
def test_scaled_initializers_have_their_variance(kind: str, variance: float, form: str) -> None:
    found = values(f"{kind}_{form}")
    deviation = math.sqrt(variance)
    # 60,000 draws: the deviation is known to about 0.3 %, the mean to 0.4 % of it.
    assert found.std() == pytest.approx(deviation, rel=0.012)
    assert abs(found.mean()) < 4 * deviation / math.sqrt(found.size)
    fourth = ((found - found.mean()) ** 4).mean() / found.var() ** 2
    if form == "uniform":
        assert np.abs(found).max() <= math.sqrt(3) * deviation
        assert np.abs(found).max() > 0.999 * math.sqrt(3) * deviation
        assert fourth == pytest.approx(1.8, rel=0.02)
    else:
        assert fourth == pytest.approx(3.0, rel=0.05)


@pytest.mark.parametrize("scale", [None, 0.5])
def test_drawn_from_a_range(scale: float | None) -> None:
    limit = 0.05 if scale is None else scale
    found = values("uniform", scale)
    assert np.abs(found).max() <= limit
    assert found.std() == pytest.approx(limit / math.sqrt(3), rel=0.01)
    found = values("normal", scale)
    assert found.std() == pytest.approx(limit, rel=0.012)
    assert np.abs(found).max() > 3 * limit


def test_truncated_normal_ends_at_two_deviations() -> None:
    found = values("truncated_normal", 2.0)
    assert np.abs(found).max() <= 4.0
    assert np.abs(found).max() > 3.99
    assert found.std() == pytest.approx(2.0 * 0.87962566, rel=0.01)


@pytest.mark.parametrize("shape", [(40, 12), (12, 40), (3, 3, 8, 20)])
def test_orthogonal_keeps_lengths(shape: tuple[int, ...]) -> None:
    parameter = Parameter("weight", shape)
    flat = values("orthogonal", 1.5, parameter).reshape(-1, shape[-1])
    product = flat.T @ flat if flat.shape[0] >= flat.shape[1] else flat @ flat.T
    np.testing.assert_allclose(product, 2.25 * np.eye(len(product)), atol=1e-10)
    signs = [np.sign(initial_values(replace(parameter, initializer="orthogonal"),
             np.random.default_rng(seed)).flat[0]) for seed in range(40)]  # fmt: skip
    assert {-1.0, 1.0} <= set(signs)


def test_identity_passes_its_input_on() -> None:
    np.testing.assert_array_equal(values("identity", 2.0), 2 * np.eye(200, 300))
    window = values("identity", None, Parameter("weight", (3, 3, 2, 4)))
    assert window.sum() == 2
    assert window[1, 1, 0, 0] == window[1, 1, 1, 1] == 1
    graph = Graph.chain([Input(), Conv2D(filters=1, padding="same", initializer="identity")])
    (weight,) = (v for k, v in initial_weights(graph, (5, 5, 1), 0).items() if "weight" in k)
    assert weight[1, 1, 0, 0] == 1


@pytest.mark.parametrize(
    ("low", "number", "ends"),
    [
        (0.0, 0.5, (0, 0.5)),
        (0.2, -0.1, (-0.1, 0.2)),
        (None, 0.5, (-0.5, 0.5)),
        (-1.0, 0.0, (-1, 0)),
    ],
)
def test_a_range_can_have_two_ends(
    low: float | None, number: float, ends: tuple[float, float]
) -> None:
    layer = Dense(units=200, initializer="uniform", initializer_scale=number, initializer_low=low)
    graph = Graph.chain([Input(), layer])
    weight = initial_weights(graph, (50,), 1)[f"{graph.nodes[1].id}/weight"]
    np.testing.assert_allclose((weight.min(), weight.max()), ends, atol=1e-3)
    assert graph_in(graph_out(graph), "$", "p.nnd") == graph
    assert parse_recipe(recipe_of(graph)) == graph


def test_zeros_and_constants() -> None:
    assert not values("zeros").any()
    assert (values("constant", -0.3) == -0.3).all()
    assert not values("constant").any()


@pytest.mark.parametrize("kind", INITIALIZER_TITLES)
def test_it_is_drawn_from_the_seed_for_any_layer(kind: str) -> None:
    scale = 0.7 if kind in INITIALIZER_SCALES else None
    layer = Dense(units=4, activation="prelu", initializer=kind, initializer_scale=scale)  # type: ignore[arg-type]
    graph = Graph.chain([Input(), layer])
    first, again, other = (initial_weights(graph, (6,), seed) for seed in (3, 3, 4))
    name = graph.nodes[1].id
    np.testing.assert_array_equal(first[f"{name}/weight"], again[f"{name}/weight"])
    drawn = kind not in ("zeros", "constant", "identity")
    assert (first[f"{name}/weight"] != other[f"{name}/weight"]).any() == drawn
    assert not first[f"{name}/bias"].any()
    assert (first[f"{name}/slope"] == 0.25).all()
    if kind == "constant":
        assert (first[f"{name}/weight"] == 0.7).all()
    text = msgspec.json.encode(layer)
    assert msgspec.json.decode(text, type=Dense) == layer
    assert parse_recipe(recipe_of(graph)) == graph


def test_an_old_file_without_the_number_opens() -> None:
    text = b'{"kind":"dense","units":3,"activation":"relu","initializer":"he_normal","bias":true}'
    layer = msgspec.json.decode(text, type=Dense)
    assert layer == Dense(units=3, initializer="he_normal")
