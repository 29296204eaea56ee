"""Batch normalisation: the first operation for which all shards of a mini-batch meet."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.engine import threads
from nndesigner.engine.engine import Engine, Plan, training_bytes
from nndesigner.graph import Layer
from nndesigner.layers import BatchNorm, Conv2D, Dense, Flatten
from tests import naive_layers
from tests.helpers import Array, engine_for

HYPER = np.array([0.05, 0, 0, 0])


def rows(count: int = 24, size: int = 72, dtype: type = np.float32) -> tuple[Array, Array]:
    generator = np.random.default_rng(4)
    x = generator.normal(1.0, 2.0, (count, size)).astype(dtype)
    return x, generator.integers(0, 3, (count, 1)).astype(dtype)


def convnet(plan: Plan | None = None, **options: object) -> Engine:
    """Two that follow each other closely, and one after a Dense."""
    layers: list[Layer] = [
        BatchNorm(),
        Conv2D(filters=4, activation="tanh"),
        BatchNorm(momentum=0.5),
        BatchNorm(),
        Flatten(),
        Dense(units=5, activation="relu"),
        BatchNorm(),
        Dense(units=3, activation="softmax"),
    ]
    given = {"loss": "categorical_crossentropy", "labels": True, "batch": 24, **options}
    return engine_for(layers, (6, 6, 2), plan=plan, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("shards", [2, 3, 4, 7, 24])
def test_shards_meet_for_the_same_gradient_as_in_one_piece(shards: int) -> None:
    x, t = rows(dtype=np.float64)
    whole = convnet(Plan(1, 24), dtype=np.float64)
    cut = convnet(Plan(shards, 1), dtype=np.float64)
    for count in (24, 23, 5, 1):  # full, uneven, fewer rows than shards, a single row
        loss, expected = whole.gradient(x[:count], t[:count])
        found_loss, found = cut.gradient(x[:count], t[:count])
        assert found_loss == pytest.approx(loss, rel=1e-12)
        for name, gradient in expected.items():
            np.testing.assert_allclose(found[name], gradient, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("shards", [1, 2, 4])
def test_one_thread_and_two_train_the_same_bits(
    shards: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, t = rows(61)
    outcomes = []
    for count in (1, 2, 2):
        monkeypatch.setattr(threads, "training_threads", lambda count=count: count)
        engine = convnet(Plan(shards, 8))
        assert engine._together == (shards > 1 and count > 1)
        for _ in range(3):
            engine.train(x, t, np.arange(61), 0, 100, HYPER, 7, np.zeros(5))
        outcomes.append(engine.weights.tobytes())
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_running_moments_follow_the_batches_as_in_keras() -> None:
    x, t = rows(10, 3)
    engine = engine_for([BatchNorm(momentum=0.9), Dense(units=1)], (3,), batch=5, plan=Plan(2, 3))
    frozen_rate = np.zeros(4)
    engine.train(x, t, np.arange(10), 0, 100, frozen_rate, 0, np.zeros(5))
    mean, variance = np.zeros(3), np.ones(3)
    for part in (x[:5], x[5:]):
        mean = 0.9 * mean + 0.1 * part.mean(axis=0)
        variance = 0.9 * variance + 0.1 * part.var(axis=0)  # biased
    found = engine.named(engine.weights)
    np.testing.assert_allclose(found["batchnorm_1/running_mean"], mean, rtol=1e-5)
    np.testing.assert_allclose(found["batchnorm_1/running_variance"], variance, rtol=1e-5)


def test_training_uses_the_batch_and_predicting_the_running_moments() -> None:
    x, t = rows(6, 3, np.float64)
    engine = engine_for([BatchNorm(momentum=0.0), Dense(units=1)], (3,), batch=6, dtype=np.float64)
    before = engine.evaluate(x, t)[0]
    in_training = engine.gradient(x, t)[0]
    assert in_training != pytest.approx(before, rel=1e-3)
    engine.train(x, t, np.arange(6), 0, 1, np.zeros(4), 0, np.zeros(5))
    assert engine.evaluate(x, t)[0] == pytest.approx(in_training, rel=1e-9)
    single = engine.predict(x[:1])
    np.testing.assert_allclose(single, engine.predict(x)[:1], rtol=1e-12)


def test_frozen_it_stands_still_and_uses_its_running_moments() -> None:
    x, t = rows(6, 3, np.float64)
    layers = [BatchNorm(frozen=True), Dense(units=1)]
    engine = engine_for(layers, (3,), batch=6, dtype=np.float64)
    assert len(engine.tape.segments) == 1  # nobody has to meet
    assert engine.gradient(x, t)[0] == pytest.approx(engine.evaluate(x, t)[0], rel=1e-12)
    before = engine.named(engine.weights)
    engine.train(x, t, np.arange(6), 0, 1, HYPER, 0, np.zeros(5))
    for name, array in engine.named(engine.weights).items():
        assert np.array_equal(array, before[name]) == name.startswith("batchnorm")


def test_a_channel_that_never_changes_becomes_its_shift() -> None:
    x = np.ones((4, 2), np.float32) * 1e6
    engine = engine_for([BatchNorm()], (2,), batch=4)
    found, _ = naive_layers.batch_norm(x.astype(float), np.ones(2), np.zeros(2), 1e-3)
    assert engine.gradient(x, np.zeros((4, 2), np.float32))[0] == 0
    assert not found.any()


def test_rows_that_wait_for_each_other_must_fit_in_the_batch() -> None:
    x, t = rows(25)
    with pytest.raises(ValueError, match="at most 24"):
        convnet().gradient(x, t)


def test_the_memory_of_waiting_rows_is_counted() -> None:
    tape = convnet().tape
    plan = Plan.of(tape, 4096)
    assert plan.shards * plan.block >= 4096
    assert training_bytes(tape, 4096, 0) >= 4 * 2 * 4096 * tape.size
