"""Unsaved work outlives the end of the program, is offered once, and stays the person's."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import SIGNAL
from PySide6.QtWidgets import QApplication

from nndesigner.errors import FileError, TrainingError
from nndesigner.files.project import load_project
from nndesigner.layers import Dense
from nndesigner.ui import recovery
from nndesigner.ui.app import Signals
from nndesigner.ui.document import Document
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


def changed_document(name, units=3):
    document = Document()
    document.name = name
    document.edit("add", document.graph.with_node(Dense(units=units)))
    return document


def units_of(path):
    return [node.layer.units for node in load_project(path).graph.nodes]


def test_two_windows_of_one_title_that_end_in_the_same_second(qtbot, kept_in, monkeypatch):
    monkeypatch.setattr(recovery.time, "strftime", lambda form: "2026-01-02 03.04.05")
    paths = [recovery.keep(changed_document("digits", units)) for units in (1, 2, 3)]
    assert [units_of(path) for path in paths] == [[1], [2], [3]]
    assert set(recovery.kept()) == set(paths)
    assert {recovery.title_of(path) for path in paths} == {"digits"}


@pytest.mark.parametrize("name", ["\U00020000" * 60, "中" * 200, "a" * 400, "\udcff", "", "../x"])
def test_whatever_a_project_is_called_it_is_kept(qtbot, kept_in, name):
    path = recovery.keep(changed_document(name))
    assert path is not None
    assert path.parent == kept_in
    assert len(path.name.encode()) < 143
    assert recovery.kept() == [path]


@pytest.mark.parametrize("error", [MemoryError(), FileError("full"), ValueError("ours")])
def test_the_program_ends_whatever_keeps_work_from_being_kept(
    qtbot, kept_in, preferences, monkeypatch, error
):
    def fail(path, project):
        raise error

    monkeypatch.setattr(recovery, "save_project", fail)
    window = start(qtbot, preferences)
    window.document.edit("add", window.document.graph.with_node(Dense()))
    window.close_now()
    assert window.isHidden()
    assert recovery.kept() == []
    assert not list(kept_in.glob("*.nnd"))


def test_where_weights_find_no_room_the_drawing_is_kept(qtbot, kept_in, preferences, monkeypatch):
    save = recovery.save_project

    def small_disk(path, project):
        if project.trained is not None:
            raise FileError("the disk is full")
        return save(path, project)

    monkeypatch.setattr(recovery, "save_project", small_disk)
    window = start(qtbot, preferences)
    run_of(window, epoch_s=0.1)
    qtbot.waitUntil(lambda: window.runner.state == "running", timeout=3000)
    graph = window.document.graph
    window.close_now()
    (path,) = recovery.kept()
    assert load_project(path).graph == graph


def test_kept_work_that_is_damaged_hides_no_other(qtbot, kept_in, preferences, monkeypatch):
    monkeypatch.setattr(recovery.time, "strftime", lambda form: "2026-01-02 03.04.05")
    older = recovery.keep(changed_document("older"))
    monkeypatch.setattr(recovery.time, "strftime", lambda form: "2026-01-02 03.04.06")
    newer = recovery.keep(changed_document("newer"))
    newer.write_bytes(b"PK damaged")
    (kept_in / "cut short 2026-01-02 03.04.07.nnd").touch()  # killed as it took its name
    window = start(qtbot, preferences)
    (offer,) = (notice for notice in window.notices.notices if "was kept" in notice.text)
    assert "newer" in offer.text
    offer.button.click()
    qtbot.waitUntil(lambda: any("older" in text for text in offers(window)), timeout=10_000)
    assert recovery.kept() == [older]
    assert (kept_in / "damaged" / newer.name).read_bytes() == b"PK damaged"


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
