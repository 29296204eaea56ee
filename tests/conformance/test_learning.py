"""Every optimizer, schedule, initializer, clipping and change of rows: seeds, cores, rates."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest

from nndesigner.declare import Field, fields_of
from nndesigner.engine.changes import Rules
from nndesigner.engine.engine import Plan
from nndesigner.graph import Graph, Parameter
from nndesigner.layers import Dense, Flatten, Input
from nndesigner.learning.initializers import (
    INITIALIZER_TITLES,
    InitializerKind,
    initial_values,
)
from nndesigner.learning.losses import MeanAbsoluteError
from nndesigner.learning.optimizers import OPTIMIZERS, SGD
from nndesigner.learning.regularization import ClipKind
from nndesigner.learning.schedules import SCHEDULES, Plateau
from nndesigner.training.augmentation import Augmentation
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.training.trainer import Trainer
from tests.engine.test_optimizers import by_hand
from tests.engine.test_steps import expected_gradient, network, one_step, rows
from tests.helpers import Array, engine_for, prepared_classes, prepared_numbers

FROZEN = Graph.chain([Input(), Dense(units=5, frozen=True), Dense(units=3, activation="softmax")])
GRAPH = Graph.chain([Input(), Dense(units=5), Dense(units=3, activation="softmax")])


def trained(graph: Graph, kind: str, **changes: Any) -> Trained:
    settings = Settings(epochs=3, batch_size=16, optimizer=OPTIMIZERS[kind]())
    return Trainer(graph, settings.changed(**changes), prepared_classes(60)).train()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_an_optimizer_has_its_seed_and_leaves_frozen_weights_alone(kind: str) -> None:
    runs = [trained(GRAPH, kind, seed=seed) for seed in (1, 1, 2)]
    weights = [b"".join(w.tobytes() for w in run.weights.values()) for run in runs]
    assert weights[0] == weights[1] != weights[2]
    first = Trainer(FROZEN, Settings(optimizer=OPTIMIZERS[kind]()), prepared_classes(60))
    before = first.trained().weights
    after = trained(FROZEN, kind).weights
    for name, array in after.items():
        assert np.array_equal(array, before[name]) == name.startswith("dense_1/"), name


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_an_optimizer_has_first_steps_by_hand(kind: str) -> None:
    """Or it is a search, which `test_lbfgs.py` holds to PyTorch's way."""
    assert OPTIMIZERS[kind].whole_data or kind in by_hand()


@pytest.mark.parametrize("clip", get_args(ClipKind))
@pytest.mark.parametrize("kind", [kind for kind, cls in OPTIMIZERS.items() if not cls.whole_data])
def test_two_threads_do_as_one(kind: str, clip: Any) -> None:
    """Bit for bit: the shards are the same, and so is the order in which they are summed."""
    optimizer = OPTIMIZERS[kind]()
    generator = np.random.default_rng(0)
    x = generator.normal(size=(24, 6)).astype(np.float32)
    t = generator.normal(size=(24, 2)).astype(np.float32)
    found = []
    for together in (False, True):
        layers = [Dense(units=9, activation="tanh"), Dense(units=2, activation="linear")]
        engine = engine_for(
            layers, (6,), batch=12, optimizer=kind, slots=optimizer.slots, plan=Plan(3, 4)
        )
        engine.use(Rules(clip=clip, limit=0.1, l2={"dense_1/weight": 0.1}, average=0.9))
        engine._together = together
        for _ in range(3):
            engine.train(x, t, np.arange(24), 0, 9, np.array(optimizer.hyper()), 1, np.zeros(5))
        found.append((engine.weights.tobytes(), engine.state.tobytes(), engine.average.tobytes()))
    assert found[0] == found[1]


@pytest.mark.parametrize("clip", get_args(ClipKind))
def test_every_clipping_is_its_twin(clip: Any) -> None:
    rules = Rules(clip=clip, limit=0.05, l1={"dense_1/weight": 0.03}, l2={"dense_2/bias": 0.1})
    engine = network()
    x, t = rows()
    expected = expected_gradient(engine, x, t, rules)
    before = engine.named(engine.weights)
    engine.use(rules)
    one_step(engine, x, t)
    for name, array in engine.named(engine.weights).items():
        np.testing.assert_allclose(array, before[name] - 0.1 * expected[name], rtol=1e-9)


# -- schedules: one weight with a slope of -1, so that each step is the rate that was applied

LINE = Graph.chain([Input(), Dense(units=1, activation="linear", initializer="zeros", bias=False)])
ROWS, BATCH, EPOCHS = 10, 4, 6  # three steps an epoch, the last of two rows
STEPS = -(-ROWS // BATCH)


def line(kind: str, every: Any, warmup: float) -> tuple[Settings, Any]:
    settings = Settings(
        epochs=EPOCHS,
        batch_size=BATCH,
        optimizer=SGD(learning_rate=0.25),
        loss=MeanAbsoluteError(),
        schedule=SCHEDULES[kind](every=every, warmup=warmup),  # type: ignore[arg-type]
    )
    return settings, prepared_numbers(np.ones((ROWS, 1)), np.full((ROWS, 1), 1e6))


def applied(trainer: Trainer, stop_after: int = 0) -> tuple[Array, Trained]:
    """The rates that a run applies, step by step, read off its weight."""
    learner, values = trainer._learner, []
    learn = learner.learn

    def one(_: int) -> float:
        values.append(float(learner.engine.weights[0]))
        lasted = learn(1)
        values.append(float(learner.engine.weights[0]))
        if stop_after and len(values) == 2 * stop_after:
            trainer.stop()
        return lasted

    learner.learn = one  # type: ignore[method-assign]
    outcome = trainer.train()
    return np.diff(np.array(values).reshape(-1, 2), axis=1).ravel(), outcome


@pytest.mark.parametrize("warmup", [0.0, 2.0])
@pytest.mark.parametrize("every", ["step", "epoch"])
@pytest.mark.parametrize("kind", SCHEDULES)
def test_a_schedule_is_what_the_trainer_applies_also_after_continuing(
    kind: str, every: Any, warmup: float
) -> None:
    settings, prepared = line(kind, every, warmup)
    times = np.arange(EPOCHS * STEPS) / STEPS
    drawn = 0.25 * settings.schedule.factors(times, EPOCHS, 1 / STEPS)
    found, whole = applied(Trainer(LINE, settings, prepared))
    np.testing.assert_allclose(found, drawn, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        [point.learning_rate for point in whole.history], drawn[STEPS - 1 :: STEPS], rtol=1e-6
    )
    begun, part = applied(Trainer(LINE, settings, prepared), stop_after=7)
    rest, again = applied(Trainer(LINE, settings, prepared, resume=part))
    np.testing.assert_array_equal(np.concatenate([begun, rest]), found)
    assert again.weights["dense_1/weight"].tobytes() == whole.weights["dense_1/weight"].tobytes()


def test_a_plateau_lowers_the_rate_that_is_applied() -> None:
    settings, prepared = line("plateau", "epoch", 0.0)
    schedule = Plateau(patience=0, factor=0.5, threshold=0.5)
    found, _ = applied(Trainer(LINE, settings.changed(schedule=schedule), prepared))
    expected = 0.25 * np.repeat([1, *0.5 ** np.arange(EPOCHS - 1)], STEPS)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


# -- initializers

#: Mean square of each kind's numbers for 120 inputs and 200 outputs with the number 0.3.
SQUARES = {
    "glorot_uniform": 2 / 320, "glorot_normal": 2 / 320, "he_uniform": 2 / 120,
    "he_normal": 2 / 120, "lecun_uniform": 1 / 120, "lecun_normal": 1 / 120,
    "uniform": 0.3**2 / 3, "normal": 0.3**2, "truncated_normal": (0.3 * 0.87962566) ** 2,
    "orthogonal": 0.3**2 / 200, "identity": 0.3**2 / 200, "zeros": 0.0, "constant": 0.3**2,
}  # fmt: skip
NOT_DRAWN = {"identity", "zeros", "constant"}


@pytest.mark.parametrize("kind", INITIALIZER_TITLES)
def test_an_initializer_has_its_seed_its_spread_and_any_shape(kind: str) -> None:
    assert set(INITIALIZER_TITLES) == set(get_args(InitializerKind))
    assert kind in SQUARES, f"{kind} is new: say what its mean square is"

    def drawn(shape: tuple[int, ...], seed: int = 0) -> Array:
        parameter = Parameter("weight", shape, kind, 120, 200, scale=0.3)
        return initial_values(parameter, np.random.default_rng(seed))

    values = drawn((120, 200))
    assert (values**2).mean() == pytest.approx(SQUARES[kind], rel=0.03, abs=1e-12)
    if kind not in NOT_DRAWN:
        assert abs(values.mean()) < 4 * math.sqrt(SQUARES[kind] / values.size)
    np.testing.assert_array_equal(values, drawn((120, 200)))
    assert (drawn((120, 200), 1) != values).any() == (kind not in NOT_DRAWN)
    for shape in ((1,), (1, 1), (7,), (3, 2, 5), (3, 3, 4, 6)):
        one = drawn(shape)
        assert one.shape == shape
        assert one.dtype == np.float64
        assert np.isfinite(one).all()


# -- augmentation

PICTURES = Graph.chain([Input(), Flatten(), Dense(units=3, activation="softmax")])


@pytest.mark.parametrize(
    "field", [field for field in fields_of(Augmentation) if field.name != "outside"],
    ids=lambda field: field.name,
)  # fmt: skip
def test_every_change_of_rows_is_seeded_and_does_something(field: Field) -> None:
    on = Augmentation().changed(**{field.name: True if field.type == "boolean" else field.high})
    assert on.is_on
    assert not Augmentation().is_on
    assert field.title.lower() in on.words
    found = []
    for chosen, seed in ((on, 1), (on, 1), (on, 2), (Augmentation(), 1)):
        settings = Settings(epochs=1, batch_size=8, augmentation=chosen, seed=seed)
        run = Trainer(PICTURES, settings, prepared_classes(24, shape=(6, 6, 1))).train()
        found.append(run.weights["dense_1/weight"].tobytes())
    assert found[0] == found[1]
    assert len({*found}) == 3
