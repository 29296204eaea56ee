"""Numbers that stop being finite: the step stops at once, and where it began is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from nndesigner.engine import tracing, updating
from nndesigner.engine.changes import Rules
from nndesigner.engine.engine import Engine, Plan
from nndesigner.engine.operations.update import UPDATES
from nndesigner.engine.tracing import Place
from nndesigner.graph import Layer
from nndesigner.layers import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten
from nndesigner.learning.optimizers import OPTIMIZERS
from tests.helpers import Array, engine_for
from tests.layers.test_conformance import OPTIONS, PLACED, SHAPE, ids, network, rows
from tests.layers.test_conformance import engine_of as engine_of_graph

PLANS = [Plan(1, 6), Plan(3, 1)]
PLAN_IDS = ["one shard", "three shards"]


def numbers(size: float = 1.0, count: int = 6) -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    x = (size * generator.normal(size=(count, 3))).astype(np.float32)
    return x, generator.normal(size=(count, 1)).astype(np.float32)


def test_rows_are_looked_at_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mini-batch may be all rows of data that memory does not hold twice."""
    x = np.zeros((1000, 3), np.float32)
    order = np.random.default_rng(0).permutation(1000)
    for piece in (1, 100, 1 << 20):
        monkeypatch.setattr(tracing, "_PIECE_BYTES", piece)
        assert tracing._first_bad_row(x, order) == -1
        for place in (0, 7, 999):
            spoiled = x.copy()
            spoiled[order[place:], 1] = np.nan
            assert tracing._first_bad_row(spoiled, order) == place


def given_up(
    layers: Sequence[Layer], x: Array, t: Array, *, rate: float = 0.1, rules: Rules | None = None,
    spoil: dict[str, float] | None = None, **options: Any,
) -> tuple[Engine, int, Place]:  # fmt: skip
    """Train for a step that must be given up: the engine, how it ended, and the place."""
    engine = engine_for(layers, x.shape[1:], batch=len(x), **options)
    if rules is not None:
        engine.use(rules)
    for name, value in (spoil or {}).items():
        (slot,) = (slot for slot in engine.tape.slots if slot.name == name)
        engine.weights[slot.position : slot.position + slot.size] = value
    totals, order = np.zeros(5), np.arange(len(x))[::-1].copy()
    hyper = np.array([rate, *OPTIMIZERS[options.get("optimizer", "sgd")]().hyper()[1:]])
    before = engine.weights.copy()
    assert engine.train(x, t, order, 0, 9, hyper, 3, totals) == 0
    ended = int(totals[4])
    assert ended != updating.DONE
    assert totals[3] == engine.step == 0  # the step does not count
    if ended != updating.BAD_WEIGHTS:  # running statistics alone may have moved
        for low, high in engine.trained_parts():
            assert engine.weights[low:high].tobytes() == before[low:high].tobytes()
    return engine, ended, engine.first_not_finite(x, t, order, 3)


def test_a_bad_row_is_named_and_so_is_a_bad_target() -> None:
    layers = [Dense(units=4), Dense(units=1, activation="linear")]
    x, t = numbers()
    x[4, 1] = np.nan
    _, ended, place = given_up(layers, x, t)
    assert (ended, place) == (updating.BAD_LOSS, Place("row", row=1))  # they run backwards here
    x, t = numbers()
    t[0] = np.inf
    assert given_up(layers, x, t)[2] == Place("target", row=5)


@pytest.mark.parametrize("plan", PLANS, ids=PLAN_IDS)
def test_the_first_layer_whose_output_is_not_finite(plan: Plan) -> None:
    layers = [Dense(units=4), Dense(units=4), Dense(units=1, activation="linear")]
    big = {"dense_1/weight": 1e20, "dense_2/weight": 1e20}
    _, ended, place = given_up(layers, *numbers(), spoil=big, plan=plan)
    assert (ended, place) == (updating.BAD_LOSS, Place("output", "dense_2"))


@pytest.mark.parametrize("plan", PLANS, ids=PLAN_IDS)
def test_what_only_training_computes_is_placed_in_its_layer(plan: Plan) -> None:
    """Dropout scales up what it lets pass, and the mini-batch's moments overflow; evaluation
    does neither."""
    x, t = numbers()
    layers = [Dense(units=4, activation="linear"), Dropout(rate=0.9), Dense(units=1)]
    spoil = {"dense_1/weight": 0.0, "dense_1/bias": 2e38, "dense_2/weight": 1e-30}
    engine, ended, place = given_up(layers, x, t, spoil=spoil, plan=plan)
    assert (ended, place) == (updating.BAD_LOSS, Place("output", "dropout_1"))
    assert np.isfinite(engine.evaluate(x, t)[0])

    layers = [Dense(units=4, activation="linear"), BatchNorm(), Dense(units=1)]
    spoil = {"dense_1/weight": 0.0, "dense_1/bias": 3e38}
    x[:, 0] = 1
    engine, ended, place = given_up(layers, x, t, spoil=spoil, plan=plan)
    assert (ended, place) == (updating.BAD_LOSS, Place("output", "batchnorm_1"))
    assert np.isfinite(engine.evaluate(x, t)[2]).all()


@pytest.mark.parametrize("plan", PLANS, ids=PLAN_IDS)
@pytest.mark.parametrize("between", [[], [BatchNorm()]], ids=["plain", "shards meet"])
def test_a_gradient_that_overflows_is_placed_where_it_begins(
    plan: Plan, between: list[Layer]
) -> None:
    """Outputs are 0 and the loss is finite; on the way back 1e20 times 1e20 is too much."""
    layers = [
        Dense(units=2, activation="linear"),
        *between,
        Activation(activation="tanh"),
        Dense(units=2, activation="linear", bias=False),
        Dense(units=1, activation="linear", bias=False),
    ]
    spoil = {"dense_1/weight": 0.0, "dense_2/weight": 1e20, "dense_3/weight": 1e20}
    x, t = numbers()
    engine, ended, place = given_up(layers, x, t, spoil=spoil, plan=plan)
    assert np.isfinite(engine.evaluate(x, t)[0])
    assert (ended, place) == (updating.BAD_GRADIENT, Place("gradient", "dense_2"))


def test_a_penalty_whose_gradient_overflows_is_placed_in_its_weights() -> None:
    rules = Rules(l2={"dense_1/weight": 1e30})
    spoil = {"dense_1/weight": 1e20, "dense_2/weight": 0.0}
    layers = [Dense(units=2, activation="tanh"), Dense(units=1, activation="linear")]
    _, ended, place = given_up(layers, *numbers(), rules=rules, spoil=spoil)
    assert (ended, place) == (updating.BAD_GRADIENT, Place("gradient", "dense_1", "weight"))


@pytest.mark.parametrize("rules", [Rules(), Rules(clip="norm", limit=10.0), Rules(average=0.9)])
@pytest.mark.parametrize("kind", sorted(UPDATES))
def test_weights_that_the_step_itself_spoils_are_told_at_once(kind: str, rules: Rules) -> None:
    """With every optimizer, though no loss has seen them yet; the average stays as it was."""
    layers = [Dense(units=2, activation="tanh"), Dense(units=1, activation="linear")]
    x, t = numbers()
    slots = OPTIMIZERS[kind].slots
    engine, ended, place = given_up(
        layers, x, 1e3 * t, rate=1e39 * 1e3, rules=rules, optimizer=kind, slots=slots
    )
    assert ended == updating.BAD_WEIGHTS
    assert place == Place("weights", "dense_1", "weight")
    assert np.isfinite(engine.average).all()


@pytest.mark.parametrize("together", [False, True])
def test_shards_on_two_cores_stop_the_same_way(together: bool) -> None:
    x, t = numbers(count=12)
    layers = [Dense(units=40), Dense(units=500), Dense(units=1, activation="linear")]
    engine = engine_for(layers, (3,), batch=12, plan=Plan(3, 4))
    engine._together = together
    before, totals = engine.weights.copy(), np.zeros(5)
    t[7] = 3e38
    engine.train(x, t, np.arange(12), 0, 9, np.array([0.1, 0, 0, 0]), 0, totals)
    assert totals[4] == updating.BAD_GRADIENT
    assert engine.weights.tobytes() == before.tobytes()
    assert engine.first_not_finite(x, t, np.arange(12)) == Place("gradient", "loss")


@pytest.mark.parametrize("plan", [Plan(1, 9), Plan(3, 2)], ids=PLAN_IDS)
@pytest.mark.parametrize("cls", PLACED, ids=ids)
def test_in_every_layer_good_steps_have_no_place_and_bad_rows_are_found(
    cls: type[Layer], plan: Plan
) -> None:
    """The slow step reads what the quick one wrote for the last one, and nothing beside it."""
    graph, node = network(cls())
    engine = engine_of_graph(graph, SHAPE, **{**OPTIONS, "batch": 9}, plan=plan)
    x, t = rows()
    order = np.arange(9)
    engine._values[:], engine._value_gradients[:] = np.nan, np.nan
    before = engine.weights.copy()
    assert engine.first_not_finite(x, t, order, 1) == Place("nothing")
    assert engine.weights.tobytes() == before.tobytes()
    assert np.isfinite(engine.gradient(x, t, seed=1)[0])
    first = graph.nodes[1].id
    (slot,) = (slot for slot in engine.tape.slots if slot.name == f"{first}/bias")
    engine.weights[slot.position] = np.nan
    assert engine.first_not_finite(x, t, order, 1) == Place("weights", first, "bias")
    x[3] = 3e38
    engine.weights[:] = before
    found = engine.first_not_finite(x, t, order, 1)
    assert found.what in ("output", "nothing", "gradient"), node


def test_images_are_placed_too() -> None:
    x, t = np.ones((4, 2 * 5 * 5), np.float32), np.zeros((4, 1), np.float32)
    layers = [Conv2D(filters=2), Conv2D(filters=2), Flatten(), Dense(units=1, activation="linear")]
    engine = engine_for(layers, (5, 5, 2), batch=4)
    engine.weights[:] = 1e19
    assert engine.first_not_finite(x, t, np.arange(4)) == Place("output", "conv2d_2")
