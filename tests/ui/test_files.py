"""Opening, saving and exporting from the window, with real files and what is wrong with them."""

from __future__ import annotations

import os
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from nndesigner.data import open_data
from nndesigner.files.project import backup_of, load_project
from nndesigner.files.weights import import_weights
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.shipped import shipped
from nndesigner.training.settings import Settings
from nndesigner.ui import stopping, writing
from nndesigner.ui.background import Job
from nndesigner.ui.document import Document, State
from nndesigner.ui.files_controller import FilesController
from nndesigner.ui.notices import NoticeBar
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.runner import Runner
from nndesigner.ui.stopping import StoppingDialog
from tests.ui import fakes

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class Desk:
    """A document with its files, without a window around it."""

    def __init__(self, qtbot, tmp_path):
        self.notices = NoticeBar()
        qtbot.addWidget(self.notices)
        self.document = Document(self.notices)
        self.runner = Runner(self.document, self.notices)
        self.preferences = Preferences(tmp_path / "config" / "window.json")
        self.files = FilesController(
            self.notices, self.document, self.runner, self.notices, self.preferences
        )
        self.files.ask_unsaved = lambda running: pytest.fail("asked")

    def answers(self, **answers):
        for name, answer in answers.items():
            setattr(self.files, name, lambda *_, answer=answer: answer)


@pytest.fixture
def desk(qtbot, tmp_path):
    return Desk(qtbot, tmp_path)


@pytest.fixture
def iris(desk):
    dataset = open_data("iris")
    graph = Graph.chain([Input(), Dense(units=8), Dense(units=3, activation="softmax")])
    state = State(graph, Settings(epochs=2), dataset.origin, dataset.spec)
    desk.document.load(state, dataset=dataset, name="iris")
    return desk


def test_data_that_does_not_fit_brings_an_offer_to_draw_a_network(qtbot, iris):
    iris.files.take_data(open_data("digits"))
    assert not iris.document.verdict.can_train
    (offer,) = (n for n in iris.notices.notices if "does not fit digits" in n.text)
    offer.button.click()
    assert iris.document.verdict.problems == ()
    iris.document.undo_stack.undo()
    assert not iris.document.verdict.can_train
    iris.files.take_data(open_data("iris"))
    assert iris.document.verdict.can_train
    assert not [n for n in iris.notices.notices if "does not fit iris" in n.text]


def trained(qtbot, desk):
    desk.runner.train()
    qtbot.waitUntil(lambda: not desk.runner.active, timeout=60_000)
    assert desk.document.trained is not None, desk.runner.status
    return desk.document.trained


def test_a_project_comes_back_as_it_was_saved(qtbot, iris, tmp_path):
    before = trained(qtbot, iris)
    path = tmp_path / "odd naïve #1 %" / "my iris.nnd"
    path.parent.mkdir()
    iris.answers(ask_save=path)
    assert iris.document.unsaved
    assert iris.files.save()
    assert not iris.document.unsaved
    assert iris.document.title == "my iris"
    state = iris.document.state
    iris.files.new()
    iris.files.open_path(path)
    qtbot.waitUntil(lambda: iris.document.path == path, timeout=5000)
    assert iris.document.state == state
    assert iris.document.dataset is not None
    for key, array in before.weights.items():
        np.testing.assert_array_equal(iris.document.trained.weights[key], array)
    assert iris.runner.info.history == iris.document.trained.history
    assert iris.preferences.recent == (str(path),)


def test_save_goes_on_without_asking_and_adds_the_suffix(iris, tmp_path):
    iris.answers(ask_save=tmp_path / "plain")
    assert iris.files.save()
    iris.answers(ask_save=None)
    iris.document.edit_settings("more", Settings(epochs=9))
    assert iris.files.save()
    assert load_project(tmp_path / "plain.nnd").settings.epochs == 9


def test_a_sample_is_never_saved_over_itself(qtbot, desk, tmp_path):
    desk.files.open_sample("digits.nnd")
    qtbot.waitUntil(lambda: desk.document.dataset is not None, timeout=10_000)
    assert desk.document.title == "digits"
    assert desk.document.path is None
    assert not desk.document.unsaved
    assert desk.preferences.recent == ()


@pytest.mark.parametrize("content", [b"", b"\0" * 500, b"PK\x03\x04 truncated", b"{}"])
def test_a_damaged_file_is_a_sentence_and_leaves_the_project_alone(qtbot, iris, tmp_path, content):
    path = tmp_path / "broken.nnd"
    path.write_bytes(content)
    state = iris.document.state
    iris.files.open_path(path)
    qtbot.waitUntil(lambda: bool(iris.notices.texts), timeout=5000)
    assert "broken.nnd" in iris.notices.texts[0]
    assert iris.document.state is state
    assert iris.document.title == "iris"


def test_missing_data_is_located_and_the_rest_opens(qtbot, desk, tmp_path, shared_data):
    source = tmp_path / "flowers.csv"
    source.write_text("a,b,kind\n" + "".join(f"{i},{i * 2},{'xy'[i % 2]}\n" for i in range(40)))
    dataset = open_data(source)
    graph = Graph.chain([Input(), Dense(units=2, activation="softmax")])
    desk.document.load(State(graph, Settings(), dataset.origin, dataset.spec), dataset=dataset)
    path = tmp_path / "p.nnd"
    desk.answers(ask_save=path)
    assert desk.files.save()
    moved = tmp_path / "elsewhere.csv"
    source.rename(moved)
    desk.files.new()
    desk.document.mark_discarded()
    desk.files.open_path(path)
    qtbot.waitUntil(lambda: desk.document.path == path, timeout=5000)
    assert desk.document.graph == graph
    assert desk.document.dataset is None
    assert desk.document.spec == dataset.spec
    assert "flowers.csv" in desk.notices.texts[0]
    assert desk.notices.notices[0].button.text() == "Locate…"
    desk.runner.train()
    assert not desk.runner.active  # there is nothing to train on yet
    desk.answers(ask_open=moved)
    desk.notices.notices[0].button.click()
    qtbot.waitUntil(lambda: desk.document.dataset is not None, timeout=5000)
    assert desk.document.dataset.spec.rows == 40


def test_a_place_that_cannot_be_written_is_said_with_a_way_out(iris, tmp_path):
    iris.answers(ask_save=tmp_path / "absent" / "deep" / "p.nnd")
    assert not iris.files.save()
    assert iris.notices.notices[0].button.text() == "Save as…"
    assert iris.document.path is None


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_exported_weights_open_with_the_same_numbers(qtbot, iris, tmp_path, suffix):
    before = trained(qtbot, iris)
    path = tmp_path / f"w{suffix}"
    iris.answers(ask_save=path)
    iris.files.export_weights()
    notice = iris.notices.notices[-1]
    assert notice.button.text() == "Show in folder"
    assert path.name in notice.text
    loaded = import_weights(path)
    for key, array in before.weights.items():
        np.testing.assert_array_equal(loaded.weights[key], array)
    iris.answers(ask_unsaved="discard")
    iris.files.open_path(path)
    qtbot.waitUntil(lambda: iris.document.title == "w", timeout=5000)
    assert iris.document.graph == before.graph
    assert iris.document.dataset is not None  # the same data is still open


def test_exporting_to_an_unknown_kind_is_a_sentence(qtbot, iris, tmp_path):
    trained(qtbot, iris)
    iris.answers(ask_save=tmp_path / "w.pt")
    iris.files.export_weights()
    assert ".npz" in iris.notices.texts[-1]
    assert not (tmp_path / "w.pt").exists()


def test_an_export_never_replaces_the_open_project_or_its_data(qtbot, desk, tmp_path):
    table, project = tmp_path / "iris.csv", tmp_path / "p.nnd"
    table.write_bytes(shipped("samples", "iris.csv").read_bytes())
    dataset = open_data(table, target="class")
    graph = Graph.chain([Input(), Dense(units=8), Dense(units=3, activation="softmax")])
    state = State(graph, Settings(epochs=2), dataset.origin, dataset.spec)
    desk.document.load(state, dataset=dataset, name="iris")
    trained(qtbot, desk)
    desk.answers(ask_save=project)
    assert desk.files.save()
    before = table.read_bytes(), project.read_bytes()
    for path, what in ((table, "holds the open data"), (project, "is the open project")):
        desk.answers(ask_save=path)
        desk.files.export_picture(lambda place: place.write_text("a picture"))
        assert what in desk.notices.texts[-1]
    assert (table.read_bytes(), project.read_bytes()) == before
    (tmp_path / "link.npz").symlink_to(table)
    desk.answers(ask_save=tmp_path / "link.npz")
    desk.files.export_weights()
    assert "link.npz holds the open data" in desk.notices.texts[-1]
    assert table.read_bytes() == before[0]


@pytest.mark.parametrize(("answer", "goes"), [("cancel", False), ("discard", True)])
def test_unsaved_work_is_asked_about(iris, answer, goes):
    iris.document.edit_settings("more", Settings(epochs=9))
    asked = []
    iris.files.ask_unsaved = lambda running: asked.append(running) or answer
    assert iris.files.may_leave() is goes
    assert asked == [False]


def test_save_and_leave_stays_when_no_place_is_given(iris):
    iris.document.edit_settings("more", Settings(epochs=9))
    iris.answers(ask_unsaved="save", ask_save=None)
    assert not iris.files.may_leave()


def test_the_question_names_what_happens(iris, monkeypatch):
    seen = []

    def answer(box):
        seen.append([button.text() for button in box.buttons()])

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert FilesController.ask_unsaved(iris.files, False) == "cancel"
    assert FilesController.ask_unsaved(iris.files, True) == "cancel"
    assert {"Save", "Discard", "Cancel"} == set(seen[0])
    assert {"Stop and save", "Stop without saving", "Keep training"} == set(seen[1])


def test_recent_files_are_not_touched_at_the_start(tmp_path, monkeypatch):
    preferences = Preferences(tmp_path / "window.json")
    preferences.add_recent(Path("/net/asleep/one.nnd"))
    preferences.add_recent(Path("/gone/two.nnd"))
    touched = []
    real = Path.stat

    def stat(self, **options):
        touched.append(str(self))
        return real(self, **options)

    monkeypatch.setattr(Path, "stat", stat)
    again = Preferences(preferences.path)
    assert again.recent == ("/gone/two.nnd", "/net/asleep/one.nnd")
    assert not [path for path in touched if path.startswith(("/net", "/gone"))]


def test_sample_data_opens_by_name(qtbot, desk):
    desk.files.open_named_data("wine")
    qtbot.waitUntil(lambda: desk.document.dataset is not None, timeout=10_000)
    assert desk.document.spec.rows == 178
    desk.document.undo_stack.undo()
    assert desk.document.dataset is None


def test_a_newer_wish_replaces_one_under_way(qtbot, desk):
    desk.files.open_named_data("wine")
    desk.files.open_named_data("iris")
    qtbot.waitUntil(lambda: desk.document.dataset is not None, timeout=10_000)
    qtbot.wait(100)
    assert desk.document.spec.rows == 150
    assert desk.document.undo_stack.count() == 1


def test_stop_and_save_waits_for_the_weights(qtbot, iris, tmp_path, monkeypatch):
    """A step longer than any patience: the file holds what the run has learnt all the same."""
    monkeypatch.setattr(stopping, "QUIET_S", 0.05)
    iris.runner._prepare, iris.runner._make_trainer = fakes.prepare, fakes.stubborn(0.8)
    iris.runner.train()
    qtbot.waitUntil(lambda: iris.runner.state == "running", timeout=3000)
    seen = []
    QTimer.singleShot(
        200, lambda: seen.extend(w for w in QApplication.topLevelWidgets() if w.isVisible())
    )
    path = tmp_path / "p.nnd"
    iris.answers(ask_unsaved="save", ask_save=path)
    assert iris.files.may_leave()
    assert any(isinstance(widget, StoppingDialog) for widget in seen)
    assert iris.document.trained is not None
    with zipfile.ZipFile(path) as file:
        assert any("weight" in name for name in file.namelist())


def test_who_cancels_the_save_has_a_window_that_works(qtbot, iris, monkeypatch):
    iris.runner._prepare, iris.runner._make_trainer = fakes.prepare, fakes.stubborn(0.3)
    iris.runner.train()
    qtbot.waitUntil(lambda: iris.runner.state == "running", timeout=3000)
    iris.answers(ask_unsaved="save", ask_save=None)
    assert not iris.files.may_leave()
    assert iris.runner.state == "stopped"
    assert not iris.runner.active
    iris.runner._make_trainer = fakes.trainer()
    iris.runner.train()
    qtbot.waitUntil(lambda: iris.runner.state == "finished", timeout=3000)


def test_staying_after_all_keeps_the_weights(qtbot, iris, monkeypatch):
    monkeypatch.setattr(stopping, "QUIET_S", 0.05)
    iris.runner._prepare, iris.runner._make_trainer = fakes.prepare, fakes.stubborn(0.8)
    iris.runner.train()
    qtbot.waitUntil(lambda: iris.runner.state == "running", timeout=3000)
    iris.answers(ask_unsaved="save", ask_save=None)

    def stay():
        (dialog,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, StoppingDialog))
        dialog.stay.click()

    QTimer.singleShot(200, stay)
    assert not iris.files.may_leave()
    qtbot.waitUntil(lambda: not iris.runner.active, timeout=3000)
    assert iris.document.trained is not None


def test_stop_without_saving_leaves_at_once(qtbot, iris):
    iris.runner._prepare, iris.runner._make_trainer = fakes.prepare, fakes.stubborn(0.8)
    iris.runner.train()
    qtbot.waitUntil(lambda: iris.runner.state == "running", timeout=3000)
    iris.answers(ask_unsaved="discard")
    start = time.monotonic()
    assert iris.files.may_leave()
    assert time.monotonic() - start < 0.3
    iris.runner.shut_down()


def test_edits_made_while_a_project_loads_are_asked_about(qtbot, iris, tmp_path):
    path = tmp_path / "p.nnd"
    iris.answers(ask_save=path)
    assert iris.files.save()
    iris.files.open_path(path)
    iris.document.edit_settings("more", Settings(epochs=77))
    asked = []
    iris.files.ask_unsaved = lambda running: asked.append(running) or "cancel"
    qtbot.waitUntil(lambda: bool(asked), timeout=5000)
    assert iris.document.settings.epochs == 77
    assert "p.nnd was not opened" in iris.notices.texts[-1]
    iris.answers(ask_unsaved="discard")
    iris.notices.notices[-1].button.click()
    qtbot.waitUntil(lambda: iris.document.settings.epochs == 2, timeout=5000)


def test_a_run_started_while_a_project_loads_is_asked_about(qtbot, iris, tmp_path):
    path = tmp_path / "p.nnd"
    iris.answers(ask_save=path)
    assert iris.files.save()
    iris.runner._prepare, iris.runner._make_trainer = fakes.prepare, fakes.trainer(epoch_s=0.3)
    iris.files.open_path(path)
    iris.runner.train()
    asked = []
    iris.files.ask_unsaved = lambda running: asked.append(running) or "cancel"
    qtbot.waitUntil(lambda: bool(asked), timeout=5000)
    assert asked == [True]
    assert iris.runner.active
    iris.runner.shut_down()


def test_a_new_project_ends_what_was_being_opened(qtbot, iris, tmp_path):
    path = tmp_path / "p.nnd"
    iris.answers(ask_save=path)
    assert iris.files.save()
    iris.files.open_path(path)
    iris.files.new()
    qtbot.wait(150)
    assert iris.document.path is None


def test_a_job_that_was_cancelled_is_gone_when_it_ends(qtbot, desk):
    job = Job(lambda: time.sleep(0.05), desk.files)
    job.done.connect(lambda _: pytest.fail("heard of it"))
    job.start()
    job.cancel()
    with qtbot.waitSignal(job.destroyed, timeout=3000):
        pass


def test_large_projects_are_written_beside_the_window(qtbot, iris, tmp_path, monkeypatch):
    trained(qtbot, iris)
    monkeypatch.setattr(writing, "LARGE_BYTES", 10)
    threads, said = [], []
    save = writing.save_project

    def slow(path, project):
        threads.append(threading.current_thread())
        time.sleep(0.2)
        return save(path, project)

    monkeypatch.setattr(writing, "save_project", slow)
    iris.files.busy.connect(said.append)
    iris.answers(ask_save=tmp_path / "p.nnd")

    def edit():
        assert not iris.files.may_leave()  # not before the file is there
        iris.document.edit_settings("more", Settings(epochs=55))

    QTimer.singleShot(60, edit)
    assert iris.files.save()
    assert threads[0] is not threading.main_thread()
    assert said == ["Saving p.nnd…", ""]
    assert load_project(tmp_path / "p.nnd").settings.epochs == 2
    assert iris.document.path == tmp_path / "p.nnd"
    assert iris.document.unsaved  # what was changed meanwhile
    assert iris.files.save()
    assert not iris.document.unsaved
    iris.answers(ask_save=tmp_path / "absent" / "w.npz")
    iris.files.export_weights()
    assert "absent" in iris.notices.texts[-1]


def test_the_kept_version_of_a_damaged_project_is_offered_with_its_time(qtbot, iris, tmp_path):
    path = tmp_path / "p.nnd"
    iris.answers(ask_save=path)
    assert iris.files.save()
    path.rename(backup_of(path))
    os.utime(backup_of(path), (1_700_000_000, 1_700_000_000))
    path.write_bytes(b"damaged")
    iris.files.open_path(path)
    qtbot.waitUntil(lambda: bool(iris.notices.texts), timeout=5000)
    assert "of 2023-11-1" in iris.notices.texts[-1]
    assert iris.notices.notices[-1].button.text() == "Open the kept version"


def test_idx_data_is_located_with_its_labels(qtbot, desk, tmp_path, shared_data):
    source = shared_data / "mnist"
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        (old / name).write_bytes((source / name).read_bytes())
    labels = old / "answers.gz"
    (old / "t10k-labels-idx1-ubyte.gz").rename(labels)
    dataset = open_data(old / "t10k-images-idx3-ubyte.gz", labels=labels)
    desk.document.set_dataset(dataset)
    old.rename(new)
    desk.answers(ask_open=new / "t10k-images-idx3-ubyte.gz")
    desk.files.locate_data()
    qtbot.waitUntil(
        lambda: desk.document.state.origin.path.startswith(str(new)),
        timeout=20_000,
    )
    assert desk.document.state.origin.options["labels"] == str(new / "answers.gz")


def test_weights_that_cannot_be_saved_are_said_and_the_design_is_saved(qtbot, iris, tmp_path):
    trained(qtbot, iris)
    for array in iris.document.trained.weights.values():
        array[:] = np.nan
    iris.answers(ask_save=tmp_path / "p.nnd")
    assert iris.files.save()
    assert load_project(tmp_path / "p.nnd").trained is None
    assert [notice for notice in iris.notices.notices if "weights" in notice.text]
