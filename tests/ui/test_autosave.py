"""Unsaved work is on disk while the window is open, and gone when nobody needs it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from nndesigner.errors import FileError
from nndesigner.files.project import load_project
from nndesigner.layers import Dense
from nndesigner.ui import autosave as room
from nndesigner.ui import recovery
from nndesigner.ui.autosave import Autosave, collect
from nndesigner.ui.document import Document
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.runner import Runner
from nndesigner.ui.window import MainWindow
from tests.ui import fakes


@pytest.fixture(autouse=True)
def gone_from_this_thread():
    """A timer that is no more used must not be collected on the thread of a later test's save."""
    yield
    gc.collect()


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(recovery, "folder", lambda: tmp_path / "recovered")
    return tmp_path / "recovered" / "open"


@pytest.fixture
def document(qtbot):
    return Document()


@pytest.fixture
def saver(document, place):
    saver = Autosave(document, Runner(document), document)
    yield saver
    saver.stop()


def copies(place):
    return sorted(place.glob("*/*.nnd"))


def write(qtbot, saver):
    saver._next_at = 0.0
    saver.look()
    qtbot.waitUntil(lambda: saver._job is None, timeout=10_000)


def add(document, units):
    document.edit("add", document.graph.with_node(Dense(units=units)))


def test_what_is_not_saved_is_on_disk_once_and_anew_when_it_changes(qtbot, document, saver, place):
    write(qtbot, saver)
    assert copies(place) == []
    add(document, 5)
    write(qtbot, saver)
    (path,) = copies(place)
    assert load_project(path).graph == document.graph
    facts = path.stat()
    write(qtbot, saver)
    assert copies(place) == [path]
    assert path.stat().st_mtime_ns == facts.st_mtime_ns, "nothing has changed"
    add(document, 6)
    write(qtbot, saver)
    (path,) = copies(place)
    assert load_project(path).graph == document.graph


def test_what_is_saved_is_forgotten(qtbot, document, saver, place, tmp_path):
    add(document, 5)
    write(qtbot, saver)
    assert copies(place)
    document.mark_saved(tmp_path / "x.nnd")
    assert copies(place) == []
    document.undo_stack.undo()  # and is unsaved again
    write(qtbot, saver)
    assert len(copies(place)) == 1


def test_what_another_project_took_the_place_of_is_forgotten(qtbot, place):
    """The person was asked; the run of the project before was on until then."""
    document = fakes.document()
    runner = Runner(document, prepare=fakes.prepare, make_trainer=fakes.trainer(epoch_s=0.5))
    saver = Autosave(document, runner, document)
    saver._copied.setInterval(1)
    runner.train()
    add(document, 5)
    saver.look()
    qtbot.waitUntil(lambda: bool(copies(place)) and saver._job is None, timeout=10_000)
    assert runner.active
    document.load(fakes.document().state, dataset=fakes.Blobs(), name="other")
    assert copies(place) == []
    runner.shut_down()
    saver.stop()


def test_the_work_of_a_window_that_lives_is_offered_to_nobody(qtbot, document, saver, place):
    add(document, 5)
    write(qtbot, saver)
    collect()
    assert len(copies(place)) == 1
    assert recovery.kept() == []


KILLED = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from nndesigner.layers import Dense
from nndesigner.ui import autosave, recovery
from nndesigner.ui.document import Document
from nndesigner.ui.runner import Runner

recovery.folder = lambda: Path(sys.argv[1])
app = QApplication([])
document = Document()
document.name = "my digits"
document.edit("add", document.graph.with_node(Dense(units=77)))
autosave.INTERVAL_MS = 50
saver = autosave.Autosave(document, Runner(document))
saver.start()
look = QTimer()
look.timeout.connect(lambda: saver._written and print("written", flush=True))
look.start(20)
app.exec()
"""


def test_what_a_killed_program_had_open_is_offered_at_the_next_start(qtbot, place):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(place.parent)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        collect()
        assert recovery.kept() == [], "it lives"
        process.kill()
    (folder,) = place.iterdir()
    (folder / ".nndesigner-0123.tmp").write_bytes(b"cut short")
    (folder / "cut short 2026-01-02 03.04.05.nnd").touch()
    collect()
    (path,) = recovery.kept()
    assert [node.layer.units for node in load_project(path).graph.nodes] == [77]
    assert recovery.title_of(path) == "my digits"
    assert not list(place.iterdir())


def test_a_run_that_is_on_is_kept_with_its_weights(qtbot, place):
    def train(self):
        self.feed.post_status(state="running", epochs=5, steps_per_epoch=1)
        while not self._stop.wait(0.01):
            if "weights" in self.feed.wanted:
                self.feed.post_snapshot("weights", 2, dict(self._outcome(()).weights))
        return self._outcome(())

    document = fakes.document()
    runner = Runner(document, prepare=fakes.prepare, make_trainer=fakes.trainer(train=train))
    saver = Autosave(document, runner, document)
    saver._copied.setInterval(200)
    document.load(document.state, dataset=fakes.Blobs(), name="blobs")
    runner.train()
    qtbot.waitUntil(lambda: runner.state == "running", timeout=3000)
    saver.look()
    assert "weights" in runner.wanted()
    qtbot.waitUntil(lambda: bool(copies(place)) and saver._job is None, timeout=10_000)
    assert "weights" not in runner.wanted()
    (path,) = copies(place)
    found = load_project(path).trained
    assert found is not None
    assert found.weights
    runner.shut_down()
    document.mark_discarded()
    saver.stop()
    assert copies(place) == []
    assert not list(place.iterdir())


def test_a_place_that_cannot_be_written_is_told_of_once(qtbot, document, saver, monkeypatch):
    told = []
    saver.failed.connect(told.append)

    def full(path, project):
        raise FileError("cannot save x: the disk is full; free some space")

    monkeypatch.setattr(room, "save_project", full)
    for units in (1, 2, 3):
        add(document, units)
        write(qtbot, saver)
    assert told == ["cannot save x: the disk is full; free some space"]
    assert copies(room.folder()) == []


def test_a_folder_that_cannot_be_made_is_told_of(qtbot, document, saver, tmp_path):
    told = []
    saver.failed.connect(told.append)
    (tmp_path / "recovered").write_text("a file")
    add(document, 1)
    write(qtbot, saver)
    assert len(told) == 1
    assert "cannot save" in told[0]
    collect()


def window_of(qtbot, tmp_path):
    window = MainWindow(Preferences(tmp_path / "window.json"))
    qtbot.addWidget(window)
    return window, Autosave(window.document, window.runner, window)


def test_what_the_person_discards_is_forgotten(qtbot, place, tmp_path):
    window, saver = window_of(qtbot, tmp_path)
    add(window.document, 5)
    write(qtbot, saver)
    window.files.ask_unsaved = lambda running: "discard"
    assert window.close()
    saver.stop()
    assert copies(place) == []


@pytest.mark.parametrize("room_left", [True, False])
def test_at_the_end_work_is_kept_once_or_the_copy_of_the_minute_before_stays(
    qtbot, place, tmp_path, monkeypatch, room_left
):
    window, saver = window_of(qtbot, tmp_path)
    add(window.document, 5)
    write(qtbot, saver)
    if not room_left:
        monkeypatch.setattr(recovery, "_written", lambda title, project: None)
    window.close_now()
    saver.stop()
    assert len(copies(place)) == (0 if room_left else 1)
    collect()
    assert len(recovery.kept()) == 1
