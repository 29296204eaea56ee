"""Unsaved work outlives the end of the program, is offered once, and stays the person's."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import SIGNAL
from PySide6.QtWidgets import QApplication

from nndesigner.errors import TrainingError
from nndesigner.files.project import load_project
from nndesigner.layers import Dense
from nndesigner.ui import recovery
from nndesigner.ui.app import Signals
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow
from tests.ui import fakes

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def kept_in(tmp_path, monkeypatch):
    monkeypatch.setattr(recovery, "folder", lambda: tmp_path / "recovered")
    return tmp_path / "recovered"


@pytest.fixture
def preferences(tmp_path):
    return Preferences(tmp_path / "window.json")


def start(qtbot, preferences):
    window = MainWindow(preferences)
    window.start_with(None)
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=10_000)
    return window


def offers(window):
    return [text for text in window.notices.texts if "kept" in text]


def test_ended_from_outside_the_work_is_offered_at_the_next_start(qtbot, kept_in, preferences):
    window = start(qtbot, preferences)
    assert not offers(window)
    document = window.document
    document.edit("add", document.graph.with_node(Dense(units=77)))
    graph = document.graph
    window.close_now()
    assert len(recovery.kept()) == 1
    again = start(qtbot, preferences)
    (offer,) = (notice for notice in again.notices.notices if "kept" in notice.text)
    offer.button.click()
    qtbot.waitUntil(lambda: again.document.graph == graph, timeout=10_000)
    assert again.document.path is None
    assert again.document.unsaved
    assert recovery.kept() == []
    assert len(list((kept_in / "opened").iterdir())) == 1  # never deleted unasked
    again.document.mark_discarded()
    assert again.close()


def test_saved_work_is_not_kept_twice(qtbot, kept_in, preferences):
    window = start(qtbot, preferences)
    window.close_now()
    assert not kept_in.exists()


def test_a_folder_that_cannot_be_written_is_no_reason_to_hang(qtbot, monkeypatch, preferences):
    monkeypatch.setattr(recovery, "folder", lambda: Path("/dev/null/nowhere"))
    window = start(qtbot, preferences)
    window.document.edit("add", window.document.graph.with_node(Dense()))
    window.close_now()
    assert window.isHidden()
    assert recovery.kept() == []


def run_of(window, **facts):
    window.runner._prepare = fakes.prepare
    window.runner._make_trainer = fakes.trainer(**facts)
    window.document.load(fakes.document().state, dataset=fakes.Blobs(), name="blobs")
    window.runner.train()


def test_the_weights_of_a_run_that_ends_in_time_are_kept(qtbot, kept_in, preferences):
    window = start(qtbot, preferences)
    run_of(window, epoch_s=0.1)
    qtbot.waitUntil(lambda: window.runner.state == "running", timeout=3000)
    window.close_now()
    (path,) = recovery.kept()
    assert load_project(path).trained is not None


@pytest.mark.parametrize("error", [TrainingError("ran away"), MemoryError(), ValueError("ours")])
def test_the_weights_of_a_run_that_failed_are_kept(qtbot, kept_in, preferences, error):
    window = start(qtbot, preferences)

    def fail(self):
        raise error

    run_of(window, train=fail)
    qtbot.waitUntil(lambda: window.runner.state == "failed", timeout=3000)
    window.close_now()
    (path,) = recovery.kept()
    assert load_project(path).trained is not None


def test_of_a_run_that_does_not_end_the_newest_copy_is_kept(
    qtbot, kept_in, preferences, monkeypatch
):
    window = start(qtbot, preferences)
    release = threading.Event()

    def stuck(self):
        self.feed.post_status(state="running", epochs=5, steps_per_epoch=1)
        self.feed.post_snapshot("weights", 2, dict(self._outcome(()).weights))
        release.wait(5)
        return self._outcome(())

    run_of(window, train=stuck)
    qtbot.waitUntil(lambda: window.runner.state == "running", timeout=3000)
    shut_down = window.runner.shut_down
    monkeypatch.setattr(window.runner, "shut_down", lambda: shut_down(0.1))
    window.close_now()
    (path,) = recovery.kept()
    assert load_project(path).trained is not None
    release.set()
    qtbot.waitUntil(lambda: not window.runner.active, timeout=3000)


def test_a_log_off_is_answered_as_a_signal_is(qtbot, kept_in, preferences):
    window = start(qtbot, preferences)
    window.document.edit("add", window.document.graph.with_node(Dense(units=77)))
    window.files.ask_unsaved = lambda running: pytest.fail("asked")
    signals = Signals(window)
    try:
        assert QApplication.instance().receivers(SIGNAL("commitDataRequest(QSessionManager&)"))
        signals.log_off()
    finally:
        signals.remove()
    assert len(recovery.kept()) == 1
    assert window.isHidden()
