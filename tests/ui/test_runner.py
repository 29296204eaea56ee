"""The runner: one run at a time, off the window's thread, and nothing left when it is over."""

from __future__ import annotations

import dataclasses
import threading
import time

import msgspec
import pytest
from PySide6.QtCore import QTimer

from nndesigner.data.dataset import Origin
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.learning.optimizers import SGD
from nndesigner.ui.runner import Runner
from tests.ui import fakes


@pytest.fixture
def document(qtbot):
    return fakes.document()


def runner_of(document, **facts):
    return Runner(document, prepare=fakes.prepare, make_trainer=fakes.trainer(**facts))


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "training"]


def test_a_run_goes_through_its_states_and_leaves_weights(qtbot, document):
    runner = runner_of(document)
    states = []
    runner.changed.connect(lambda: states.append(runner.state))
    runner.train()
    assert runner.active
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    assert runner.state == "finished"
    assert states[0] == "preparing"
    assert "running" in states
    assert len(runner.feed.points()) == 5
    assert document.trained is not None
    assert len(document.trained.history) == 5
    assert document.unsaved
    assert runner.info.prepared is not None
    assert threads() == []


def test_start_pressed_twenty_times_starts_one_run(qtbot, document):
    runner = runner_of(document)
    for _ in range(20):
        runner.train()
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    assert len(fakes.FakeTrainer.made) == 1


def test_pause_holds_and_resume_goes_on(qtbot, document):
    runner = runner_of(document, epoch_s=0.05)
    runner.train()
    runner.pause()  # at once: there is no trainer yet, and the wish is kept
    qtbot.waitUntil(lambda: runner.state == "paused", timeout=3000)
    seen = len(runner.feed.points())
    qtbot.wait(150)
    assert len(runner.feed.points()) == seen < 5
    runner.train()
    qtbot.waitUntil(lambda: runner.state == "finished", timeout=3000)


def test_step_trains_one_epoch_and_holds(qtbot, document):
    runner = runner_of(document)
    runner.step()
    qtbot.waitUntil(lambda: runner.state == "paused", timeout=3000)
    assert len(runner.feed.points()) == 1
    runner.step()
    qtbot.waitUntil(lambda: len(runner.feed.points()) == 2, timeout=3000)
    qtbot.waitUntil(lambda: runner.state == "paused", timeout=3000)
    runner.stop()
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    assert runner.state == "stopped"


def test_stop_keeps_the_weights(qtbot, document):
    runner = runner_of(document, epoch_s=0.05)
    runner.train()
    qtbot.waitUntil(lambda: len(runner.feed.points()) >= 1, timeout=3000)
    runner.stop()
    assert runner.stopping
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    assert document.trained is not None


def test_reset_forgets_weights_and_curves_and_keeps_the_seed(qtbot, document):
    runner = runner_of(document)
    runner.train()
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    seed = document.settings.seed
    runner.reset()
    assert document.trained is None
    assert runner.feed is None
    assert runner.state == "idle"
    assert document.settings.seed == seed


def test_new_seed_while_training_forgets_the_run(qtbot, document):
    runner = runner_of(document, epoch_s=0.05)
    runner.train()
    seed = document.settings.seed
    runner.new_seed()
    assert document.settings.seed != seed
    assert not runner.active
    qtbot.waitUntil(lambda: threads() == [], timeout=3000)
    assert document.trained is None
    assert document.undo_stack.undoText() == "new seed"


def test_a_failure_is_a_sentence_and_the_curves_survive(qtbot, document):
    runner = runner_of(document, fail_at=3)
    with qtbot.waitSignal(runner.failed, timeout=3000) as failed:
        runner.train()
    assert "epoch 3" in failed.args[0]
    assert runner.state == "failed"
    assert len(runner.feed.points()) == 2
    runner._make_trainer = fakes.trainer()
    runner.train()
    qtbot.waitUntil(lambda: runner.state == "finished", timeout=3000)


def test_a_defect_becomes_a_sentence_and_a_line_in_the_log(qtbot, document, caplog):
    def broken(*arguments):
        raise ValueError("a defect of ours")

    runner = Runner(document, prepare=fakes.prepare, make_trainer=broken)
    with qtbot.waitSignal(runner.failed, timeout=3000) as failed:
        runner.train()
    assert "log" in failed.args[0]
    assert "defect" not in failed.args[0]
    assert "a defect of ours" in caplog.text


def test_a_broken_network_does_not_start(qtbot, document):
    document.edit("break", Graph().with_node(Dense()))
    runner = runner_of(document)
    with qtbot.waitSignal(runner.failed) as failed:
        runner.train()
    assert failed.args[0] == document.verdict.first_error
    assert not runner.active


def test_editing_while_training_leaves_the_run_its_own_network(qtbot, document):
    runner = runner_of(document, epoch_s=0.03)
    runner.train()
    graph = document.graph
    document.edit("delete", graph.without([graph.nodes[1].id]))
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    assert document.trained.graph is graph
    assert runner.info.graph is graph
    document.undo_stack.undo()
    assert document.trained.graph == document.graph


def test_a_learning_rate_reaches_the_run_at_once(qtbot, document):
    runner = runner_of(document, epoch_s=0.05)
    runner.train()
    qtbot.waitUntil(lambda: len(runner.feed.points()) >= 1, timeout=3000)
    optimizer = document.settings.optimizer.changed(learning_rate=0.5)
    document.edit_settings("rate", document.settings.changed(optimizer=optimizer))
    (made,) = fakes.FakeTrainer.made
    assert made.changes[-1].optimizer.learning_rate == 0.5
    document.edit_settings("other", document.settings.changed(optimizer=SGD()))
    assert len(made.changes) == 1  # another optimizer waits for the next run
    runner.stop()
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)


def test_another_project_ends_the_run_and_drops_its_outcome(qtbot, document):
    runner = runner_of(document, epoch_s=0.05)
    runner.train()
    document.load(document.state, dataset=document.dataset)
    assert not runner.active
    assert runner.feed is None
    qtbot.waitUntil(lambda: threads() == [], timeout=3000)
    assert document.trained is None


def test_shutting_down_while_training_takes_less_than_two_seconds(qtbot, document):
    runner = runner_of(document, epoch_s=0.05)
    runner.train()
    qtbot.wait(60)
    start = time.monotonic()
    assert runner.shut_down()
    assert time.monotonic() - start < 2.0
    assert threads() == []
    assert document.trained is not None


def test_a_paused_run_shuts_down_as_well(qtbot, document):
    runner = runner_of(document)
    runner.step()
    qtbot.waitUntil(lambda: runner.state == "paused", timeout=3000)
    assert runner.shut_down()
    assert threads() == []


def test_a_run_that_outlasts_the_wait_is_finished_when_its_thread_ends(qtbot, document):
    runner = Runner(document, prepare=fakes.prepare, make_trainer=fakes.stubborn(0.6))
    runner.train()
    qtbot.waitUntil(lambda: runner.state == "running", timeout=3000)
    assert not runner.shut_down(0.05)
    assert runner.stopping
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    assert runner.state == "stopped"
    assert document.trained is not None
    assert threads() == []


def test_the_window_answers_while_data_is_prepared_and_a_network_trains(qtbot, document):
    gaps = []
    last = [time.monotonic()]

    def beat():
        now = time.monotonic()
        gaps.append(now - last[0])
        last[0] = now

    timer = QTimer()
    timer.setInterval(2)
    timer.timeout.connect(beat)
    timer.start()
    runner = Runner(document, prepare=fakes.busy_prepare(0.4), make_trainer=fakes.trainer())
    runner.train()
    qtbot.waitUntil(lambda: not runner.active, timeout=5000)
    timer.stop()
    gaps.sort()
    assert gaps[int(len(gaps) * 0.95)] < 0.05
    assert gaps[-1] < 0.2


def test_the_timer_rests_when_nothing_runs(qtbot, document):
    runner = runner_of(document)
    assert not runner._timer.isActive()
    runner.train()
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    assert not runner._timer.isActive()


def test_wants_of_visible_views_reach_the_mailbox(qtbot, document):
    runner = runner_of(document, epoch_s=0.05)
    runner.wanted = lambda: frozenset({"weights"})
    runner.train()
    assert runner.feed.wanted == {"weights"}
    runner.wanted = lambda: frozenset({"confusion"})
    qtbot.waitUntil(lambda: runner.feed.wanted == {"confusion"}, timeout=3000)
    runner.shut_down()


def test_a_loaded_project_shows_what_it_has_learnt(qtbot, document):
    runner = runner_of(document)
    runner.train()
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    trained = document.trained
    document.load(document.state, dataset=document.dataset, trained=trained)
    assert runner.feed is None
    assert runner.info.history == trained.history
    assert runner.info.weights is trained.weights


def test_views_follow_the_drawing_while_nothing_was_trained(qtbot):
    document = fakes.document()
    runner = Runner(document, prepare=fakes.prepare, make_trainer=fakes.trainer())
    with qtbot.waitSignal(runner.attached, timeout=2000):
        document.edit("more", document.graph.with_layer("dense_1", Dense(units=99)))
    assert runner.info.graph is document.graph
    assert runner.info.report.parameters["dense_1"][0].shape == (4, 99)


def test_views_follow_the_drawing_beside_weights_of_other_data(qtbot, document):
    runner = runner_of(document)
    runner.train()
    qtbot.waitUntil(lambda: not runner.active, timeout=3000)
    trained = document.trained
    other = dataclasses.replace(
        document.dataset,
        spec=msgspec.structs.replace(document.spec, name="other", input_shape=(6,)),
        origin=Origin(kind="sample", path="other"),
    )
    document.set_dataset(other)
    drawn = Graph.chain([Input(), Dense(units=5), Dense(units=3, activation="softmax")])
    document.edit("draw", drawn)
    qtbot.waitUntil(lambda: runner.info.graph is document.graph, timeout=3000)
    assert runner.info.report.parameter_count == 6 * 5 + 5 + 5 * 3 + 3
    assert document.trained is trained
