"""L-BFGS: PyTorch's steps, its convergence, Stop, and what it says when it does not suit."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from nndesigner.graph import Graph
from nndesigner.layers import BatchNorm, Dense, Dropout, Input
from nndesigner.learning.optimizers import LBFGS as Chosen
from nndesigner.training.check import check_training
from nndesigner.training.lbfgs import LBFGS, Vector
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer
from tests.helpers import prepared_classes, prepared_numbers

GRAPH = Graph.chain(
    [Input(), Dense(units=8, activation="tanh"), Dense(units=3, activation="softmax")]
)
SETTINGS = Settings(epochs=30, optimizer=Chosen())


def rosenbrock(x: Vector) -> tuple[float, Vector]:
    """The banana valley in any dimension, and its gradient."""
    a, b = x[:-1], x[1:]
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * a * (b - a**2) - 2 * (1 - a)
    gradient[1:] += 200 * (b - a**2)
    return float((100 * (b - a**2) ** 2 + (1 - a) ** 2).sum()), gradient


@pytest.mark.torch
@pytest.mark.parametrize(("history", "rate"), [(10, 1.0), (3, 1.0), (1, 0.5)])
def test_it_walks_as_pytorchs_does(history: int, rate: float) -> None:
    torch = pytest.importorskip("torch")
    begin = np.array([-1.2, 1.0, 0.7, -0.4, 1.5, 0.2])
    theirs = torch.tensor(begin, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [theirs], lr=rate, max_iter=1, max_eval=26, history_size=history,
        line_search_fn="strong_wolfe", tolerance_grad=0, tolerance_change=1e-9,
    )  # fmt: skip

    def closure():  # type: ignore[no-untyped-def]
        optimizer.zero_grad()
        a, b = theirs[:-1], theirs[1:]
        loss = (100 * (b - a**2) ** 2 + (1 - a) ** 2).sum()
        loss.backward()
        return loss

    memory, weights = LBFGS(history), begin.copy()
    for _ in range(25):
        optimizer.step(closure)
        found = memory.step(weights, *rosenbrock(weights), rate, rosenbrock)
        assert found is not None
        weights = found
        np.testing.assert_allclose(weights, theirs.detach().numpy(), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("history", [1, 5, 10])
def test_it_finds_the_bottom_and_then_says_so(history: int) -> None:
    memory, weights = LBFGS(history), np.array([-1.2, 1.0, 0.5])
    for _ in range(300):
        found = memory.step(weights, *rosenbrock(weights), 1.0, rosenbrock)
        if found is None:
            break
        weights = found
    np.testing.assert_allclose(weights, 1.0, atol=3e-4)  # where the slope is 1e-9
    assert found is None
    assert len(memory.moves) <= history


def test_what_is_kept_goes_on_the_same_way() -> None:
    memory, weights = LBFGS(4), np.array([-1.2, 1.0, 0.5])
    for _ in range(7):
        weights = memory.step(weights, *rosenbrock(weights), 1.0, rosenbrock)
    kept = LBFGS.kept(4, 3, memory.arrays(), memory.numbers())
    ways = [one.step(weights, *rosenbrock(weights), 1.0, rosenbrock) for one in (memory, kept)]
    assert ways[0].tobytes() == ways[1].tobytes()
    with pytest.raises(ValueError, match="memory"):
        LBFGS.kept(4, 3, memory.arrays()[:6], memory.numbers())


def test_a_line_is_fitted_exactly_within_a_few_epochs() -> None:
    x = np.linspace(-1, 1, 50)[:, None]
    graph = Graph.chain([Input(), Dense(units=1, activation="linear")])
    trainer = Trainer(graph, SETTINGS.changed(epochs=8), prepared_numbers(x, 3 * x + 1))
    trained = trainer.train()
    assert trained.history[-1].loss < 1e-9
    assert trainer.feed.status.step == 8  # an epoch is a step


def test_the_loss_never_rises_and_a_penalty_counts() -> None:
    free = Trainer(GRAPH, SETTINGS, prepared_classes()).train()
    losses = [point.loss for point in free.history]
    assert all(b <= a + 1e-6 for a, b in itertools.pairwise(losses))
    assert losses[-1] < 0.02
    held = SETTINGS.changed(regularization=SETTINGS.regularization.changed(l2=0.1))
    small = Trainer(GRAPH, held, prepared_classes()).train()
    sizes = [
        sum(float((w**2).sum()) for name, w in run.weights.items() if name.endswith("weight"))
        for run in (free, small)
    ]
    assert sizes[1] < sizes[0] / 4


def test_running_statistics_move_once_a_step_whatever_the_search_tries() -> None:
    """A step looks at its rows many times but has seen them once."""
    graph = Graph.chain(
        [
            Input(),
            Dense(units=4, activation="linear"),
            BatchNorm(),
            Dense(units=3, activation="softmax"),
        ]
    )
    trainer = Trainer(graph, SETTINGS, prepared_classes())
    learner, tries = trainer._learner, 0
    engine = learner.engine
    looking = engine.whole_gradient

    def counted(*given: Any, **more: Any) -> Any:
        nonlocal tries
        tries += 1
        return looking(*given, **more)

    engine.whole_gradient = counted  # type: ignore[method-assign]
    for _ in range(3):
        before = engine.named(engine.weights)
        low = learner.rows.x @ before["dense_1/weight"] + before["dense_1/bias"]
        learner.learn(1)
        learner.end_epoch()
        after = engine.named(engine.weights)
        for name, moment in (("mean", low.mean(axis=0)), ("variance", low.var(axis=0))):
            key = f"batchnorm_1/running_{name}"
            keep = BatchNorm().momentum
            expected = keep * before[key] + (1 - keep) * moment
            np.testing.assert_allclose(after[key], expected, rtol=1e-4, atol=1e-6)
    assert tries > 3  # it did search


def test_stop_in_the_middle_of_a_step_leaves_the_weights_of_before() -> None:
    trainer = Trainer(GRAPH, SETTINGS, prepared_classes())
    before = trainer._learner.engine.weights.copy()
    trainer.stop()
    trainer._learner.learn(1)
    assert trainer._learner.engine.weights.tobytes() == before.tobytes()
    assert trainer._learner.first == 0


def test_it_says_when_it_does_not_suit() -> None:
    spec = prepared_classes().spec
    noisy = Graph.chain([Input(), Dense(units=4), Dropout(), Dense(units=3, activation="softmax")])
    verdict = check_training(noisy, SETTINGS, spec)
    assert not verdict.can_train
    assert "Dropout changes numbers by chance" in verdict.first_error
    assert [repair.title for repair in verdict.problems[0].repairs] == [
        "Remove Dropout",
        "Use Adam",
    ]
    large = Graph.chain([Input(), Dense(units=60_000), Dense(units=3, activation="softmax")])
    assert "up to 200,000 parameters" in check_training(large, SETTINGS, spec).first_error
    assert check_training(GRAPH, SETTINGS, spec).can_train
