"""What a step does beside the optimizer: penalties, clipping, limits to norms, an average."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.engine.changes import Rules
from nndesigner.engine.engine import Engine, Plan
from nndesigner.layers import Dense
from tests.helpers import Array, engine_for

RATE = 0.1


def network(dtype: type = np.float64, plan: Plan | None = None, **options: object) -> Engine:
    return engine_for(
        [Dense(units=5, activation="tanh"), Dense(units=2, activation="linear")],
        (3,),
        batch=12,
        dtype=dtype,
        plan=plan,
        **options,  # type: ignore[arg-type]
    )


def rows(dtype: type = np.float64) -> tuple[Array, Array]:
    generator = np.random.default_rng(3)
    return generator.normal(size=(12, 3)).astype(dtype), generator.normal(size=(12, 2)).astype(
        dtype
    )


def one_step(engine: Engine, x: Array, t: Array) -> None:
    engine.train(x, t, np.arange(len(x)), 0, 1, np.array([RATE]), 0, np.zeros(5))


NAMES = ("dense_1/weight", "dense_1/bias", "dense_2/weight", "dense_2/bias")
PENALISED = {"l1": {"dense_1/weight": 0.03}, "l2": {"dense_2/weight": 0.2, "dense_2/bias": 0.1}}


def expected_gradient(engine: Engine, x: Array, t: Array, rules: Rules) -> dict[str, Array]:
    """The slow way: loss gradient, plus penalties, then clipped as PyTorch does."""
    _, gradient = engine.gradient(x, t)
    weights = engine.named(engine.weights)
    for name in NAMES:
        gradient[name] = (
            gradient[name]
            + rules.l1.get(name, 0.0) * np.sign(weights[name])
            + rules.l2.get(name, 0.0) * weights[name]
        )
    whole = np.sqrt(sum(float((g**2).sum()) for g in gradient.values()))
    for name, g in gradient.items():
        if rules.clip == "value":
            gradient[name] = np.clip(g, -rules.limit, rules.limit)
        elif rules.clip != "none":
            norm = whole if rules.clip == "global_norm" else float(np.sqrt((g**2).sum()))
            gradient[name] = g * min(1.0, rules.limit / (norm + 1e-6))
    return gradient


@pytest.mark.parametrize("plan", [None, Plan(3, 4)], ids=["whole", "three shards"])
@pytest.mark.parametrize("clip", ["none", "value", "norm", "global_norm"])
def test_penalties_and_clipping_follow_their_slow_twin(clip: str, plan: Plan | None) -> None:
    x, t = rows()
    rules = Rules(**PENALISED, clip=clip, limit=0.2)  # type: ignore[arg-type]
    engine = network(plan=plan)
    gradient = expected_gradient(engine, x, t, rules)
    before = engine.named(engine.weights)
    engine.use(rules)
    one_step(engine, x, t)
    for name, weight in engine.named(engine.weights).items():
        np.testing.assert_allclose(weight, before[name] - RATE * gradient[name], rtol=1e-12)


def test_the_gradient_of_the_penalty_is_that_of_what_it_adds_to_the_loss() -> None:
    engine = network()
    rules = Rules(**PENALISED)
    found = np.zeros_like(engine.weights)
    rules.add_penalty(engine.tape, engine.weights, found)
    for index in range(0, len(found), 3):
        moved = [engine.weights.copy() for _ in range(2)]
        moved[0][index] += 1e-6
        moved[1][index] -= 1e-6
        above, below = (rules.penalty(engine.tape, weights) for weights in moved)
        assert found[index] == pytest.approx((above - below) / 2e-6, abs=1e-7)


def test_a_gradient_below_its_limit_is_not_clipped() -> None:
    x, t = rows()
    outcomes = []
    for rules in (Rules(), Rules(clip="norm", limit=1e3), Rules(clip="global_norm", limit=1e3)):
        engine = network()
        engine.use(rules)
        one_step(engine, x, t)
        outcomes.append(engine.weights.tobytes())
    assert len(set(outcomes)) == 1


def test_units_keep_below_the_largest_norm() -> None:
    x, t = rows()
    engine = network()
    engine.use(Rules(max_norm={"dense_1/weight": 0.5}))
    free = network()
    one_step(engine, x, t)
    one_step(free, x, t)
    limited, whole = (e.named(e.weights) for e in (engine, free))
    norms = np.sqrt((limited["dense_1/weight"] ** 2).sum(axis=0))
    wanted = np.minimum(np.sqrt((whole["dense_1/weight"] ** 2).sum(axis=0)), 0.5)
    assert (wanted == 0.5).any()
    np.testing.assert_allclose(norms, wanted, rtol=1e-6)
    for name in NAMES[1:]:
        np.testing.assert_array_equal(limited[name], whole[name])


def test_the_average_follows_the_weights() -> None:
    x, t = rows()
    engine = network()
    engine.use(Rules(average=0.8))
    np.testing.assert_array_equal(engine.averaged(), engine.weights)
    average = np.zeros_like(engine.weights)
    for step in range(5):
        one_step(engine, x, t)
        average = engine.weights.copy() if step == 0 else 0.8 * average + 0.2 * engine.weights
        np.testing.assert_allclose(engine.averaged(), average, rtol=1e-12)
    loss = engine.evaluate(x, t)[0]
    assert engine.evaluate(x, t, engine.averaged())[0] != loss
    assert engine.evaluate(x, t)[0] == loss


@pytest.mark.parametrize("clip", ["none", "norm", "global_norm"])
def test_cores_do_not_change_the_outcome(clip: str) -> None:
    x, t = rows(np.float32)
    outcomes = []
    for together in (False, True):
        engine = network(np.float32, Plan(3, 4))
        engine.use(Rules(**PENALISED, clip=clip, limit=0.2, average=0.9))  # type: ignore[arg-type]
        engine._together = together
        for _ in range(4):
            one_step(engine, x, t)
        outcomes.append(engine.weights.tobytes() + engine.averaged().tobytes())
    assert outcomes[0] == outcomes[1]


def test_each_step_has_its_own_rate() -> None:
    x, t = rows()
    order, rates = np.arange(12), np.array([0.5, 0.25, 0.125])
    whole, single = network(), network()
    whole.batch = single.batch = 4
    whole.train(x, t, order, 0, 3, np.array([9.0]), 0, np.zeros(5), rates)
    first = 0
    for rate in rates:
        first = single.train(x, t, order, first, 1, np.array([rate]), 0, np.zeros(5))
    assert whole.weights.tobytes() == single.weights.tobytes()


@pytest.mark.parametrize("clip", ["none", "value", "norm", "global_norm"])
def test_a_gradient_that_is_no_number_is_not_hidden(clip: str) -> None:
    x, t = rows()
    engine = network()
    engine.use(Rules(clip=clip, limit=0.5))  # type: ignore[arg-type]
    engine.weights[:] = 1e200  # the loss is finite no more, or its gradient
    t[:] = 1e200
    one_step(engine, x, t)
    figures = np.zeros(5)
    engine.train(x, t, np.arange(12), 0, 1, np.array([RATE]), 0, figures)
    assert figures[4] == 1.0 or not np.isfinite(engine.weights).all()
