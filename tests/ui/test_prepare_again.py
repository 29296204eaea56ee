"""The choices of an open table are made anew, of a sample too, which stays that sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from nndesigner.data import SAME, Dataset, open_data
from nndesigner.data.added import Added
from nndesigner.data.opening import open_origin
from nndesigner.data.same import as_own_target
from nndesigner.training.augmentation import Augmentation
from nndesigner.training.settings import Settings
from nndesigner.training.starter import starter
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def prepared_anew(qtbot: QtBot, window: MainWindow) -> None:
    """Prepare again, and add x1 squared."""
    window.commands["prepare_data"].trigger()
    dialog = window.files.dialog
    qtbot.waitUntil(lambda: dialog.table.head is not None and not dialog.busy, timeout=20_000)
    first = dialog.table.head.columns[0].name
    dialog.table._set("added", (Added("power", first, power=2),))
    qtbot.waitUntil(lambda: not dialog.busy, timeout=20_000)
    dialog.take()
    qtbot.waitUntil(lambda: window.files.dialog is None, timeout=20_000)


@pytest.mark.parametrize("name", ["moons", "wine"])
def test_a_sample_gets_added_inputs_and_stays_that_sample(qtbot: QtBot, name: str) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.files.take_data(open_data(name))
    before = window.document.spec
    prepared_anew(qtbot, window)
    document = window.document
    assert document.spec.input_shape == (before.input_shape[0] + 1,)
    assert (document.spec.name, document.spec.task) == (before.name, before.task)
    origin = document.state.origin
    assert (origin.kind, origin.path) == ("sample", name)
    assert open_origin(origin).spec == document.spec
    document.mark_discarded()


def test_a_file_keeps_its_path_and_its_choices(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i},{i % 5},{'rs'[i % 2]}\n" for i in range(60)))
    window = MainWindow()
    qtbot.addWidget(window)
    window.files.take_data(open_data(path, options={"target": "b"}))
    prepared_anew(qtbot, window)
    assert window.document.state.origin.path == str(path)
    assert window.document.spec.target_names == ("b",)
    window.document.mark_discarded()


def test_made_points_get_added_inputs_that_regenerate_keeps(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.files.take_data(open_data("circle:noise=0.1,points=60"))
    window.commands["prepare_data"].trigger()
    dialog = window.files.dialog
    page = dialog.table
    qtbot.waitUntil(lambda: page.head is not None and not dialog.busy, timeout=20_000)
    assert [column.role for column in page.head.columns] == ["input", "input", "target"]
    assert page.head.rows_seen == 60
    assert len(page.head.rows) == 60
    page.added.numbers.selectAll()
    page.added.buttons["square"].click()
    page.added.numbers.selectAll()
    page.added.buttons["product"].click()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=20_000)
    dialog.use.click()
    qtbot.waitUntil(lambda: window.files.dialog is None, timeout=20_000)
    document = window.document
    names = ("x1", "x2", "x1^2", "x2^2", "x1*x2")
    assert document.spec.feature_names == names
    origin = document.state.origin
    assert (origin.kind, origin.path, document.spec.name) == ("generated", "circle", "circle")
    window.making.regenerate()
    assert document.spec.feature_names == names
    assert document.state.origin.options["seed"] != origin.options["seed"]
    assert document.state.origin.options["noise"] == 0.1
    # other points keep the choices where they fit, and are taken bare where they do not
    window.making._take(open_data("xor"))
    assert document.spec.feature_names == names
    window.making._take(open_data("curve"))
    assert document.spec.feature_names == ("x",)
    assert "were left out" in document.dataset.notes[-1]
    document.mark_discarded()


def test_made_points_keep_their_types_and_say_so(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.files.take_data(open_data("circle"))
    window.commands["prepare_data"].trigger()
    dialog = window.files.dialog
    qtbot.waitUntil(lambda: dialog.table.head is not None and not dialog.busy, timeout=20_000)
    dialog.table.choose_column("x1")
    dialog.table._said_of_columns("type", "category")
    qtbot.waitUntil(lambda: not dialog.busy, timeout=20_000)
    assert "made points keep their types" in dialog.problem.text()
    assert not dialog.use.isEnabled()
    dialog.table._said_of_columns("type", None)
    qtbot.waitUntil(lambda: not dialog.busy, timeout=20_000)
    assert not dialog.problem.text()
    assert dialog.use.isEnabled()
    dialog.reject()
    window.document.mark_discarded()


def test_without_data_one_sentence_says_what_to_do(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.commands["prepare_data"].trigger()
    assert window.notices.texts == ("Open data first: they can then be prepared anew",)
    assert window.files.dialog is None


def autoencoder(window: MainWindow, data: Dataset) -> Settings:
    """Open data as its own target under a network that fits, with noise on the input."""
    window.files.ask_unsaved = lambda running: "discard"
    window.files.take_data(as_own_target(data))
    document = window.document
    document.edit("draw", starter(document.spec))
    noise = Augmentation(noise=0.2)
    document.edit_settings("noise", Settings(epochs=2, augmentation=noise, batch_size=16))
    assert document.verdict.can_train, document.verdict.first_error
    return document.settings


def trained(qtbot: QtBot, window: MainWindow) -> None:
    """Train to the end in the window."""
    window.runner.train()
    qtbot.waitUntil(lambda: not window.runner.active, timeout=120_000)
    assert window.document.trained is not None
    assert len(window.document.trained.history) == 2


@pytest.mark.parametrize("name", ["wine", "circle:points=60", "file"])
def test_a_table_that_gives_its_rows_back_goes_on_doing_so(
    qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    if name == "file":
        path = tmp_path / "own.csv"
        path.write_text("a,b,kind\n" + "".join(f"{i},{i % 5},{'rs'[i % 2]}\n" for i in range(60)))
        data = open_data(path, options={"target": "b"})
    else:
        data = open_data(name)
    window = MainWindow()
    qtbot.addWidget(window)
    settings = autoencoder(window, data)
    document = window.document
    before, origin = document.spec, document.state.origin
    window.commands["prepare_data"].trigger()
    dialog = window.files.dialog
    page = dialog.table
    qtbot.waitUntil(lambda: page.head is not None and not dialog.busy, timeout=20_000)
    assert page.target.currentData() == SAME
    assert page.facts.text().endswith("gives them back")
    assert not any(column.role == "target" for column in page.columns.columns.columns)
    dialog.use.click()
    qtbot.waitUntil(lambda: window.files.dialog is None, timeout=20_000)
    assert document.spec == before
    assert (document.state.origin.kind, document.state.origin.path) == (origin.kind, origin.path)
    prepared_anew(qtbot, window)
    assert document.spec.same_as_input
    assert document.spec.outputs == before.outputs + 1
    assert document.settings == settings
    again = document.state.origin
    assert (again.kind, again.path, document.spec.name) == (origin.kind, origin.path, before.name)
    assert open_origin(again).spec == document.spec
    assert not document.verdict.can_train  # one more number comes in: the last layer is to grow
    document.edit("draw", starter(document.spec))
    trained(qtbot, window)
    window.commands["own_target"].trigger()
    assert document.spec.target_names == data.spec.target_names
    assert document.dataset.origin.kind == origin.kind
    document.mark_discarded()


@pytest.mark.parametrize("name", ["digits", "arrays"])
def test_pictures_that_are_given_back_go_on_being_so(
    qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    data = open_data(name) if name == "digits" else None
    if data is None:
        x = np.random.default_rng(0).integers(0, 256, (60, 8, 8))
        np.savez(tmp_path / "only_x.npz", x=x)
        data = open_data(tmp_path / "only_x.npz", target=SAME)
    window = MainWindow()
    qtbot.addWidget(window)
    settings = autoencoder(window, data)
    document = window.document
    before, origin = document.spec, document.state.origin
    window.commands["prepare_data"].trigger()
    dialog = window.files.dialog
    qtbot.waitUntil(lambda: not dialog.busy and dialog.kind is not None, timeout=30_000)
    page = dialog.pictures
    assert dialog.problem.text() == ""
    assert page.goal.target.currentData() == SAME
    assert page.facts.text().endswith("gives back the input")
    page.split.test.unit.setCurrentIndex(1)
    page.split.test.unit.activated.emit(1)
    qtbot.waitUntil(lambda: not dialog.busy, timeout=30_000)
    dialog.use.click()
    qtbot.waitUntil(lambda: window.files.dialog is None, timeout=20_000)
    assert document.spec == before
    assert document.settings == settings
    assert document.dataset.split.test == 0.2
    again = document.state.origin
    assert (again.kind, again.path) == (origin.kind, origin.path)
    assert open_origin(again).spec == before
    trained(qtbot, window)
    document.mark_discarded()
