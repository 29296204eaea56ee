"""The trainer as the window and the command line drive it."""

from __future__ import annotations

import itertools
import threading
import time

import numpy as np
import pytest

from nndesigner.errors import GraphError, TrainingError
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Dropout, Input
from nndesigner.learning.optimizers import SGD, Adam
from nndesigner.training.feed import Feed
from nndesigner.training.predict import Predictor, evaluate, predict
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer
from tests.helpers import prepared_classes, prepared_numbers

GRAPH = Graph.chain(
    [Input(), Dense(units=8), Dropout(rate=0.1), Dense(units=3, activation="softmax")]
)
SETTINGS = Settings(epochs=12, batch_size=8, optimizer=Adam(learning_rate=0.02))


class Running:
    """A trainer on a thread of its own."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer, self.feed = trainer, trainer.feed
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.trainer.train()
        except TrainingError as error:
            self.error = error

    def until(self, state: str, seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while self.feed.status.state != state:
            assert time.monotonic() < deadline, self.feed.status
            time.sleep(0.005)

    def join(self) -> None:
        self.thread.join(10)
        assert not self.thread.is_alive()


def long_run(**changes: object) -> Running:
    settings = SETTINGS.changed(epochs=100_000, **changes)
    return Running(Trainer(GRAPH, settings, prepared_classes(600)))


def test_it_learns_and_posts_every_epoch() -> None:
    feed = Feed()
    trained = Trainer(GRAPH, SETTINGS, prepared_classes(), feed).train()
    points = feed.points()
    assert [point.epoch for point in points] == list(range(1, 13))
    assert points == list(trained.history)
    assert points[-1].loss < points[0].loss / 2
    assert points[-1].val_metric is not None
    assert points[-1].val_metric > 0.9
    assert feed.status.state == "finished"
    assert feed.status.share == 1.0
    slices = feed.slices()
    assert slices[-1].epoch == 12
    assert all(a.step < b.step for a, b in itertools.pairwise(slices))


def test_the_same_seed_gives_the_same_result_and_another_does_not() -> None:
    runs = [
        Trainer(GRAPH, SETTINGS.changed(seed=seed), prepared_classes()).train()
        for seed in (1, 1, 2)
    ]
    first, again, other = (b"".join(w.tobytes() for w in run.weights.values()) for run in runs)
    assert first == again
    assert first != other
    losses = [[point.loss for point in run.history] for run in runs]
    assert losses[0] == losses[1] != losses[2]


def test_snapshots_are_posted_only_when_wanted() -> None:
    feed = Feed()
    Trainer(GRAPH, SETTINGS, prepared_classes(), feed).train()
    assert feed.snapshot("weights") is None
    feed = Feed()
    feed.want(("weights", "confusion", "predictions"))
    trained = Trainer(GRAPH, SETTINGS, prepared_classes(), feed).train()
    epoch, weights = feed.snapshot("weights") or (0, {})
    assert epoch == (trained.kept_epoch or 12)
    assert set(weights) == set(trained.weights)
    np.testing.assert_array_equal(weights["dense_1/weight"], trained.weights["dense_1/weight"])
    _, matrix = feed.snapshot("confusion") or (0, np.zeros(0))
    assert matrix.shape == (3, 3)
    assert matrix.sum() == 30
    _, outputs = feed.snapshot("predictions") or (0, np.zeros(0))
    prepared = prepared_classes()
    np.testing.assert_allclose(outputs, predict(trained, prepared.x_val), rtol=1e-5, atol=1e-7)
    assert matrix.trace() == (outputs.argmax(1) == prepared.y_val).sum()


def test_pause_holds_and_resume_goes_on() -> None:
    run = long_run()
    run.until("running")
    run.trainer.pause()
    run.until("paused")
    step = run.feed.status.step
    time.sleep(0.05)
    assert run.feed.status.step == step
    run.trainer.resume()
    run.until("running")
    deadline = time.monotonic() + 5
    while run.feed.status.step <= step and time.monotonic() < deadline:
        time.sleep(0.005)
    assert run.feed.status.step > step
    run.trainer.stop()
    run.join()
    assert run.feed.status.state == "stopped"


def test_pausing_changes_nothing_in_the_outcome() -> None:
    settings = SETTINGS.changed(epochs=60)
    whole = Trainer(GRAPH, settings, prepared_classes(600)).train()
    trainer = Trainer(GRAPH, settings, prepared_classes(600))
    trainer.set_pace(0.01)
    run = Running(trainer)
    for _ in range(3):
        run.until("running")
        run.trainer.pause()
        run.until("paused")
        run.trainer.resume()
    run.join()
    assert run.feed.status.state == "finished"
    for name, weight in run.trainer.trained().weights.items():
        np.testing.assert_array_equal(weight, whole.weights[name])


def test_step_runs_one_epoch_and_pauses() -> None:
    trainer = Trainer(GRAPH, SETTINGS, prepared_classes())
    trainer.step()
    run = Running(trainer)
    run.until("paused")
    assert len(run.feed.points()) == 1
    trainer.step()
    deadline = time.monotonic() + 5
    while len(run.feed.points()) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    run.until("paused")
    assert len(run.feed.points()) == 2
    trainer.stop()
    run.join()
    assert len(trainer.trained().history) == 2


def test_stop_keeps_the_weights_and_works_while_paused() -> None:
    run = long_run()
    run.until("running")
    run.trainer.pause()
    run.until("paused")
    run.trainer.stop()
    run.join()
    trained = run.trainer.trained()
    assert all(np.isfinite(weight).all() for weight in trained.weights.values())
    assert evaluate(trained, run.trainer.prepared.x_val, run.trainer.prepared.y_val).rows == 30


def test_the_learning_rate_can_change_while_it_runs() -> None:
    run = long_run(optimizer=SGD(learning_rate=1e-9))
    run.until("running")
    run.trainer.change(SETTINGS.changed(epochs=100_000, optimizer=SGD(learning_rate=0.1)))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        points = run.feed.points()
        if points and points[-1].loss < 0.3:
            break
        time.sleep(0.01)
    assert points[-1].loss < 0.3
    run.trainer.stop()
    run.join()


def test_weights_that_only_the_last_update_spoils_are_caught() -> None:
    x, y = np.array([[1e4]]), np.array([[1e4]])
    graph = Graph.chain([Input(), Dense(units=1, activation="linear")])
    settings = SETTINGS.changed(epochs=1, optimizer=SGD(learning_rate=1e6))
    prepared = prepared_numbers(x * 1e15, y * 1e15)
    trainer = Trainer(graph, settings, prepared)
    with pytest.raises(TrainingError, match="epoch 1, batch 1"):
        trainer.train()
    assert all(np.isfinite(w).all() for w in trainer.trained().weights.values())


def test_a_paused_trainer_serves_what_is_newly_wanted() -> None:
    run = long_run()
    run.until("running")
    run.trainer.pause()
    run.until("paused")
    assert run.feed.snapshot("confusion") is None
    run.feed.want(("confusion", "weights"))
    deadline = time.monotonic() + 5
    while run.feed.snapshot("confusion") is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert run.feed.snapshot("confusion") is not None
    assert run.feed.snapshot("weights") is not None
    run.trainer.stop()
    run.join()


def test_validation_in_pieces_is_validation_as_a_whole() -> None:
    whole = Trainer(GRAPH, SETTINGS, prepared_classes())
    pieces = Trainer(GRAPH, SETTINGS, prepared_classes())
    pieces._measure.piece = 7
    expected, found = (trainer.train().history for trainer in (whole, pieces))
    for a, b in zip(expected, found, strict=True):
        assert a.val_loss == pytest.approx(b.val_loss, rel=1e-5)
        assert a.val_metric == pytest.approx(b.val_metric)


def test_the_outcome_names_the_rate_that_was_in_force() -> None:
    trainer = Trainer(GRAPH, SETTINGS, prepared_classes())
    trainer.change(SETTINGS.changed(optimizer=Adam(learning_rate=0.5)))
    assert trainer.train().settings.optimizer.learning_rate == 0.5


def test_a_pace_lets_people_watch_and_never_delays_stop() -> None:
    trainer = Trainer(GRAPH, SETTINGS.changed(epochs=3), prepared_classes())
    trainer.set_pace(0.1)
    started = time.monotonic()
    trained = trainer.train()
    assert 0.2 <= time.monotonic() - started < 2
    assert trained.seconds < 0.2  # the time of training alone
    slow = Trainer(GRAPH, SETTINGS, prepared_classes())
    slow.set_pace(1_000)
    run = Running(slow)
    run.until("running")
    started = time.monotonic()
    slow.set_pace(0)
    run.join()
    assert len(slow.trained().history) == 12
    assert time.monotonic() - started < 5


def test_numbers_that_run_away_stop_at_once_and_name_the_place() -> None:
    run = long_run(optimizer=SGD(learning_rate=1e6))
    run.join()
    assert run.error is not None
    message = str(run.error)
    assert "epoch 1, batch" in message
    assert "dense_" in message
    assert "100000" in message
    assert "learning rate" in message
    assert run.feed.status.state == "failed"
    assert run.feed.status.message == message
    assert all(np.isfinite(w).all() for w in run.trainer.trained().weights.values())


def test_a_broken_graph_or_no_rows_is_refused_with_a_sentence() -> None:
    with pytest.raises(GraphError, match="no Input"):
        Trainer(Graph.chain([Dense()]), SETTINGS, prepared_classes())
    with pytest.raises(TrainingError, match="no training row"):
        Trainer(GRAPH, SETTINGS, prepared_classes(30, validation=30))


def test_a_batch_larger_than_the_data_is_one_step_an_epoch() -> None:
    trainer = Trainer(GRAPH, SETTINGS.changed(batch_size=10_000), prepared_classes())
    trainer.train()
    assert trainer.feed.status.step == 12


def test_without_validation_rows_there_are_no_validation_figures() -> None:
    trained = Trainer(GRAPH, SETTINGS, prepared_classes(validation=0)).train()
    assert trained.history[-1].val_loss is None


def test_regression_posts_the_mean_absolute_error() -> None:
    x = np.linspace(-1, 1, 50)[:, None]
    graph = Graph.chain([Input(), Dense(units=1, activation="linear")])
    settings = SETTINGS.changed(epochs=200, optimizer=SGD(learning_rate=0.1))
    prepared = prepared_numbers(x, 3 * x + 1)
    trained = Trainer(graph, settings, prepared).train()
    assert trained.history[-1].metric < 0.01
    found = Predictor(trained).evaluate(prepared.x_train, prepared.y_train)
    assert found.metric_name == "mae"
    assert found.confusion is None


def test_two_classes_with_one_sigmoid() -> None:
    graph = Graph.chain([Input(), Dense(units=8), Dense(units=1, activation="sigmoid")])
    prepared = prepared_classes(classes=2)
    trained = Trainer(graph, SETTINGS, prepared).train()
    found = evaluate(trained, prepared.x_val, prepared.y_val)
    assert found.metric > 0.9
    assert found.confusion is not None
    assert found.confusion.shape == (2, 2)


def test_missing_weights_are_named() -> None:
    import dataclasses

    trained = Trainer(GRAPH, SETTINGS, prepared_classes()).train()
    broken = dataclasses.replace(trained, weights={})
    with pytest.raises(TrainingError, match="dense_1/weight"):
        Predictor(broken)
