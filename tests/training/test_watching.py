"""Early stopping, the best epoch and plateaus: what a run remembers and does for it."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.learning.optimizers import SGD, Adam
from nndesigner.learning.regularization import Averaging, EarlyStopping, Regularization
from nndesigner.learning.schedules import Cosine, Milestones, Plateau
from nndesigner.training.feed import Feed, Point
from nndesigner.training.predict import Predictor, evaluate
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer
from nndesigner.training.watching import Memory, after_epoch, is_over, on_plateau, watched
from tests.helpers import prepared_classes

GRAPH = Graph.chain([Input(), Dense(units=16), Dense(units=3, activation="softmax")])
SETTINGS = Settings(epochs=12, batch_size=8, optimizer=Adam(learning_rate=0.05))


def point(epoch: int, **figures: float) -> Point:
    return Point(**{"epoch": epoch, "loss": 1.0, "metric": 0.5, **figures})


def test_what_is_watched_falls_back_to_training_and_turns_accuracy_over() -> None:
    assert watched(point(1, val_loss=0.3), "val_loss", "accuracy") == (0.3, "validation loss")
    assert watched(point(1, loss=0.7), "val_loss", "accuracy") == (0.7, "training loss")
    assert watched(point(1, metric=0.9), "metric", "accuracy")[0] == -0.9
    assert watched(point(1, metric=0.9), "metric", "mae")[0] == 0.9
    assert watched(point(1, val_loss=float("nan")), "val_loss", "mae")[0] == float("inf")


def test_patience_counts_epochs_without_enough_progress() -> None:
    stopping = EarlyStopping(stop_early=True, patience=2, smallest_change=0.1)
    memory, over = Memory(), []
    for epoch, value in enumerate((1.0, 0.95, 0.85, float("inf"), 0.8, 0.79), 1):
        memory = after_epoch(memory, epoch, value, stopping.smallest_change)
        over.append(is_over(memory, stopping))
    assert over == [False, False, False, False, True, True]
    assert (memory.best, memory.epoch, memory.waited) == (0.85, 3, 3)
    assert not is_over(memory, stopping.changed(stop_early=False))


@pytest.mark.torch
@pytest.mark.parametrize("patience", [0, 1, 3])
def test_a_plateau_lowers_the_rate_when_pytorch_does(patience: int) -> None:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience, threshold=0.01
    )
    plateau, memory = Plateau(factor=0.5, patience=patience, threshold=0.01), Memory()
    values = np.concatenate([np.linspace(2, 1, 10), np.full(12, 1.0), [0.995, 0.98, 3, 3, 3, 3, 3]])
    for epoch, value in enumerate(values, 1):
        theirs.step(float(value))
        memory = on_plateau(memory, epoch, float(value), plateau)
        assert memory.factor == pytest.approx(optimizer.param_groups[0]["lr"])


def test_a_plateau_never_falls_below_its_least() -> None:
    plateau, memory = Plateau(patience=0, least=0.3), Memory()
    for epoch in range(1, 9):
        memory = on_plateau(memory, epoch, 1.0, plateau)
    assert memory.factor == 0.3


def test_training_stops_early_says_why_and_keeps_the_best() -> None:
    feed = Feed()
    settings = SETTINGS.changed(
        epochs=500, stopping=EarlyStopping(stop_early=True, patience=3, smallest_change=0.01)
    )
    prepared = prepared_classes()
    trained = Trainer(GRAPH, settings, prepared, feed).train()
    best = trained.kept_epoch
    assert best is not None
    assert len(trained.history) == best + 3 < 500
    assert feed.status.state == "finished"
    assert feed.status.message == (
        f"Stopped early after epoch {best + 3}: the validation loss has not become better for 3 "
        f"epochs; the weights of epoch {best} are kept, its validation loss was the best"
    )
    found = evaluate(trained, prepared.x_val, prepared.y_val)
    assert found.loss == pytest.approx(trained.history[best - 1].val_loss, rel=1e-5)
    assert trained.kept_point == trained.history[best - 1]


def test_the_best_is_kept_by_default_and_the_last_on_wish() -> None:
    rising = SETTINGS.changed(optimizer=SGD(learning_rate=3.0), epochs=8)
    prepared = prepared_classes()
    feed = Feed()
    trained = Trainer(GRAPH, rising, prepared, feed).train()
    losses = [one.val_loss for one in trained.history]
    kept = trained.kept_epoch or 8
    assert losses[kept - 1] == min(losses)
    if trained.kept_epoch is not None:
        assert f"weights of epoch {kept} are kept" in feed.status.message
    last = Trainer(
        GRAPH, rising.changed(stopping=EarlyStopping(restore_best=False)), prepared
    ).train()
    assert last.kept_epoch is None
    found = evaluate(last, prepared.x_val, prepared.y_val)
    assert found.loss == pytest.approx(losses[-1], rel=1e-5)


def test_every_epoch_tells_its_rate_and_slices_do_not_matter() -> None:
    settings = SETTINGS.changed(
        epochs=6, optimizer=SGD(learning_rate=0.5), schedule=Milestones(milestones="2, 4")
    )
    trained = Trainer(GRAPH, settings, prepared_classes()).train()
    rates = [one.learning_rate for one in trained.history]
    assert rates == pytest.approx([0.5, 0.5, 0.05, 0.05, 0.005, 0.005])
    smooth = settings.changed(schedule=Cosine())
    whole, pieces = (Trainer(GRAPH, smooth, prepared_classes()) for _ in range(2))
    learn = pieces._learner.learn
    pieces._learner.learn = lambda _: learn(1)  # type: ignore[method-assign]
    first, second = whole.train(), pieces.train()
    assert first.history[-1].loss == second.history[-1].loss
    for name, weight in first.weights.items():
        np.testing.assert_array_equal(weight, second.weights[name])
    steps = 12 * 6  # 90 rows by 8 are 12 steps, the last of 2 rows
    last = (1 + np.cos(np.pi * (steps - 1) / steps)) / 2
    assert first.history[-1].learning_rate == pytest.approx(0.5 * last)
    assert whole.feed.status.step == steps


def test_validation_and_what_is_kept_use_the_average() -> None:
    settings = SETTINGS.changed(
        averaging=Averaging(average=True, average_decay=0.95),
        stopping=EarlyStopping(restore_best=False),
    )
    prepared = prepared_classes()
    trainer = Trainer(GRAPH, settings, prepared)
    trained = trainer.train()
    engine = trainer._learner.engine
    assert not np.array_equal(engine.averaged(), engine.weights)
    for name, weight in engine.named(engine.averaged()).items():
        np.testing.assert_array_equal(trained.weights[name], weight)
    found = Predictor(trained).evaluate(prepared.x_val, prepared.y_val)
    assert found.loss == pytest.approx(trained.history[-1].val_loss, rel=1e-5)


def test_the_loss_that_is_shown_is_without_the_penalty() -> None:
    held = SETTINGS.changed(
        epochs=1, optimizer=SGD(learning_rate=1e-12), regularization=Regularization(l2=10.0, l1=5.0)
    )
    free = held.changed(regularization=Regularization())
    losses = [Trainer(GRAPH, one, prepared_classes()).train().history[0] for one in (held, free)]
    assert losses[0].loss == pytest.approx(losses[1].loss, rel=1e-6)
    assert losses[0].val_loss == pytest.approx(losses[1].val_loss, rel=1e-6)


def test_l1_brings_weights_to_nothing_and_biases_are_exempt() -> None:
    settings = SETTINGS.changed(
        epochs=60, optimizer=SGD(learning_rate=0.05), regularization=Regularization(l1=0.05)
    )
    free = Trainer(GRAPH, settings.changed(regularization=Regularization()), prepared_classes())
    held = Trainer(GRAPH, settings, prepared_classes())
    counts = [
        sum(int((np.abs(w) < 0.01).sum()) for n, w in one.train().weights.items() if "weight" in n)
        for one in (free, held)
    ]
    assert counts[1] > 3 * counts[0] + 5
    rules = held._learner.engine.rules
    assert set(rules.l1) == {"dense_1/weight", "dense_2/weight"}
