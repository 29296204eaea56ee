"""Running tapes: updates, seeds, cores, short batches, evaluation, and numbers that run away."""

from __future__ import annotations

import os
import subprocess
import sys

import numba
import numpy as np
import pytest

from nndesigner.engine import machine, threads
from nndesigner.engine.calling import call_optimizer
from nndesigner.engine.engine import Engine, Plan, training_bytes
from nndesigner.engine.jit import kernel
from nndesigner.engine.operations.update import MEMORY, UPDATES
from nndesigner.layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D
from nndesigner.learning.optimizers import OPTIMIZERS
from tests import naive_optimizers as naive
from tests.helpers import Array, engine_for


def totals() -> Array:
    return np.zeros(5)


def images(count: int = 50, seed: int = 0) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(count, 72)).astype(np.float32)
    return x, generator.integers(0, 3, (count, 1)).astype(np.float32)


def convnet(**options: object) -> Engine:
    layers = [
        Conv2D(filters=4),
        MaxPool2D(),
        Dropout(rate=0.3),
        Flatten(),
        Dense(units=3, activation="softmax"),
    ]
    given = {"loss": "categorical_crossentropy", "labels": True, "batch": 16, **options}
    return engine_for(layers, (6, 6, 2), **given)  # type: ignore[arg-type]


@kernel(cache=False)
def update(address, hyper, step, start, size, count, w, g, state):  # type: ignore[no-untyped-def]
    call_optimizer(address, hyper, step, start, size, count, w, g, state)


@pytest.mark.parametrize("kind", sorted(UPDATES))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_updates_follow_their_twin_for_50_steps(kind: str, dtype: type) -> None:
    generator = np.random.default_rng(0)
    optimizer = OPTIMIZERS[kind]()
    rate, before = optimizer.learning_rate, UPDATES[kind].before
    hyper = np.array([*optimizer.hyper(), *np.zeros(MEMORY)])
    w = generator.normal(size=40)
    found = w.astype(dtype)
    state = np.zeros(40 * optimizer.slots, dtype)
    expected, naive_state = w.copy(), naive.optimizer_state(w)
    for step in range(1, 51):
        g = generator.normal(size=40).astype(dtype)
        if before is not None:
            update(before.address(dtype), hyper, step, 0, 0, 40, found, g, state)
        for start, size in ((0, 16), (16, 24)):
            address = UPDATES[kind].change.address(dtype)
            update(address, hyper, step, start, size, 40, found, g, state)
        getattr(naive, kind)(expected, g.astype(np.float64), naive_state, step, rate)
    np.testing.assert_allclose(
        found, expected, rtol=1e-4 if dtype == np.float32 else 1e-10, atol=1e-6
    )


def test_the_same_seed_gives_the_same_weights_bit_for_bit() -> None:
    x, t = images()
    order = np.random.default_rng(1).permutation(50)
    results = []
    for _ in range(2):
        engine = convnet(optimizer="adam", slots=2)
        hyper = np.array([0.01, 0.9, 0.999, 1e-8])
        engine.train(x, t, order, 0, 100, hyper, 7, totals())
        results.append(engine.weights.tobytes())
    assert results[0] == results[1]
    engine = convnet(optimizer="adam", slots=2)
    engine.train(x, t, order, 0, 100, hyper, 8, totals())
    assert engine.weights.tobytes() != results[0]  # another dropout


def test_slices_do_not_change_the_outcome() -> None:
    x, t = images()
    order = np.arange(50)
    whole, sliced = convnet(), convnet()
    hyper = np.array([0.1, 0, 0, 0])
    assert whole.train(x, t, order, 0, 100, hyper, 7, totals()) == 50
    first = 0
    for _ in range(4):
        first = sliced.train(x, t, order, first, 1, hyper, 7, totals())
    assert first == 50
    assert whole.step == sliced.step == 4
    assert whole.weights.tobytes() == sliced.weights.tobytes()


@pytest.mark.parametrize("plan", [Plan(2, 8), Plan(4, 3), Plan(3, 1)])
def test_shards_and_blocks_agree_with_one_piece(plan: Plan) -> None:
    x, t = images()
    order, hyper = np.arange(50), np.array([0.1, 0, 0, 0])
    pieces, whole = convnet(plan=plan), convnet(plan=Plan(1, 16))
    figures = [totals(), totals()]
    pieces.train(x, t, order, 0, 100, hyper, 7, figures[0])
    whole.train(x, t, order, 0, 100, hyper, 7, figures[1])
    np.testing.assert_allclose(pieces.weights, whole.weights, rtol=2e-4, atol=2e-6)
    np.testing.assert_allclose(figures[0], figures[1], rtol=1e-4)
    np.testing.assert_allclose(pieces.predict(x), whole.predict(x), rtol=2e-4, atol=2e-6)


SCRIPT = """
import hashlib, sys
sys.path.insert(0, {root!r})
import numpy as np
from nndesigner.engine import threads
threads.training_threads = lambda: {threads}
from tests.engine.test_engine import convnet, images, totals
from nndesigner.engine.engine import Plan
x, t = images(200)
engine = convnet(optimizer="adam", slots=2, plan=Plan(4, 4))
assert engine._together == ({threads} > 1)
order = np.random.default_rng(1).permutation(200)
hyper = np.array([0.01, 0.9, 0.999, 1e-8])
for _ in range(3):
    engine.train(x, t, order, 0, 100, hyper, 7, totals())
print(hashlib.sha256(engine.weights.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_one_core_and_two_give_the_same_weights(root: object) -> None:
    found = set()
    for count in (1, 2):
        code = SCRIPT.format(root=str(root), threads=count)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env=dict(os.environ),
        )  # fmt: skip
        found.add(done.stdout.strip())
    assert len(found) == 1


def test_the_last_short_batch_counts_its_own_rows() -> None:
    layers = [Dense(units=1, activation="linear", bias=False)]
    engine = engine_for(layers, (1,), batch=4)
    engine.weights[:] = 0
    x, t = np.ones((5, 1), np.float32), np.ones((5, 1), np.float32)
    figures = totals()
    engine.train(x, t, np.arange(5), 0, 100, np.array([0.25, 0, 0, 0]), 0, figures)
    # Means: 0.25 * 2 = 0.5 after four rows, then 0.5 + 0.25 * 2 * 0.5 after one.
    assert engine.weights[0] == pytest.approx(0.75)
    assert figures[2] == 5
    assert figures[3] == 2


def test_predicting_a_batch_is_predicting_row_by_row() -> None:
    x, _ = images(21)
    engine = convnet(plan=Plan(2, 5))
    together = engine.predict(x)
    single = np.concatenate([engine.predict(x[i : i + 1]) for i in range(len(x))])
    np.testing.assert_allclose(together, single, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)


def test_dropout_is_off_in_evaluation() -> None:
    x, t = images()
    engine = convnet()
    assert engine.evaluate(x, t)[0] == engine.evaluate(x, t)[0]
    assert engine.gradient(x[:10], t[:10], seed=1)[0] != engine.gradient(x[:10], t[:10], seed=2)[0]


def test_no_rows_predict_nothing() -> None:
    loss, metric, out = convnet().evaluate(*(array[:0] for array in images()))
    assert np.isnan(loss)
    assert np.isnan(metric)
    assert out.shape == (0, 3)


def test_a_loss_that_is_not_finite_stops_before_it_changes_anything() -> None:
    x, t = images()
    engine = convnet()
    before = engine.weights.copy()
    x[20] = np.nan  # in the second batch of 16
    figures = totals()
    order = np.arange(50)
    following = engine.train(x, t, order, 0, 100, np.array([0.1, 0, 0, 0]), 0, figures)
    assert following == 16
    assert figures[3] == 1
    assert figures[4] == 1
    assert np.isfinite(engine.weights).all()
    assert (engine.weights != before).any()


def test_weights_go_in_and_out_by_name() -> None:
    engine = convnet()
    named = engine.named(engine.weights)
    assert list(named) == ["conv2d_1/weight", "conv2d_1/bias", "dense_1/weight", "dense_1/bias"]
    assert named["conv2d_1/weight"].shape == (3, 3, 2, 4)
    other = convnet(seed=5)
    assert not np.array_equal(other.weights, engine.weights)
    other.load(named)
    assert np.array_equal(other.weights, engine.weights)


def test_the_plan_follows_the_work_and_not_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = engine_for([Dense(units=4)], (2,)).tape
    large = engine_for([Dense(units=500), Dense(units=500)], (784,)).tape
    for cores in (1, 64):
        monkeypatch.setattr(threads, "core_count", lambda cores=cores: cores)
        assert Plan.of(tiny, 10).shards == 1
        assert Plan.of(large, 128).shards == 2
        assert Plan.of(large, 512).shards == 8
    assert training_bytes(large, 128, 2) > 4 * 648_000


def test_the_threads_of_numba_are_there_before_a_kept_kernel_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The code of `evaluate` calls them; loaded without them, it calls address 0."""
    order: list[str] = []
    evaluate, started = machine.evaluate, numba.get_num_threads
    monkeypatch.setattr(numba, "get_num_threads", lambda: order.append("threads") or started())
    monkeypatch.setattr(
        machine, "evaluate", lambda *given: order.append("evaluate") or evaluate(*given)
    )
    convnet().predict(images(3)[0])
    assert order == ["threads", "evaluate"]


ALLOCATIONS = """
import sys
sys.path.insert(0, {root!r})
import numpy as np
from numba.core.runtime import _nrt_python, rtsys
from nndesigner.engine.engine import Plan
from nndesigner.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D
from tests.engine.test_engine import images, totals
from tests.helpers import engine_for

layers = [Conv2D(filters=4), BatchNorm(), MaxPool2D(), Dropout(rate=0.3), Flatten()]
engine = engine_for(
    [*layers, Dense(units=3, activation="softmax")], (6, 6, 2), optimizer="adam", slots=2,
    loss="categorical_crossentropy", labels=True, batch=10, plan=Plan(2, 5),
)
x, t = images(200)
order, hyper = np.arange(200), np.array([0.01, 0.9, 0.999, 1e-8])

def train(steps):
    engine.train(x, t, order, 0, steps, hyper, 7, totals())

def taken(steps):
    before = rtsys.get_allocation_stats().alloc
    train(steps)
    return rtsys.get_allocation_stats().alloc - before

train(1)
_nrt_python.memsys_enable_stats()
print(taken(2), taken(20))
"""


@pytest.mark.slow
def test_nothing_is_allocated_inside_a_step(root: object) -> None:
    """Twenty steps take as many allocations as two: those of the call."""
    done = subprocess.run(
        [sys.executable, "-c", ALLOCATIONS.format(root=str(root))], capture_output=True, text=True,
        check=True, env=dict(os.environ),
    )  # fmt: skip
    few, many = map(int, done.stdout.split())
    assert few == many
