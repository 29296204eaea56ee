"""Pictures are split where they are opened, and their choices are made anew like a table's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data
from nndesigner.data.opening import open_origin
from nndesigner.data.split import prepare
from nndesigner.ui.dialogs.open_data import DataDialog
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def folders(root: Path, counts: dict[str, int], side: int = 12) -> Path:
    """Folders of noise; a name such as ``train/a`` is a part and a class."""
    rng = np.random.default_rng(1)
    for name, number in counts.items():
        folder = root / name
        folder.mkdir(parents=True)
        for index in range(number):
            pixels = rng.integers(0, 255, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{index}.png")
    return root


def pick(box: QComboBox, value: object) -> None:
    """Choose as a person does: the signal of a choice, not of a change."""
    index = next(i for i in range(box.count()) if box.itemData(i) == value)
    box.setCurrentIndex(index)
    box.activated.emit(index)


def settled(qtbot: QtBot, dialog: DataDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.busy, timeout=30_000)


def rows(dialog: DataDialog) -> list[list[str]]:
    """Part by part its name, rows, share, and rows of each class."""
    table = dialog.pictures.split.counts.table
    lines = [
        [str(table.index(row, column).data()) for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]
    heads = [head.name for head in table.heads[1:]]
    return [[head, *column] for head, *column in zip(heads, *(x[1:] for x in lines), strict=True)]


def test_the_counts_of_many_classes_fit_the_window(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    many = {f"class {index}": 2 for index in range(100)}
    window.files.open_data(folders(tmp_path / "many", many, side=4))
    dialog = window.files.dialog
    settled(qtbot, dialog)
    dialog.pictures.tabs.setCurrentIndex(1)
    dialog.resize(1180, 740)  # as on a screen of 1280 by 800
    qtbot.wait(50)
    counts = dialog.pictures.split.counts
    assert counts.table.rowCount() == 102
    assert [head.name for head in counts.table.heads] == ["Class", "Training", "Validation"]
    assert counts.horizontalScrollBar().maximum() == 0
    assert counts.verticalScrollBar().maximum() > 0
    page = dialog.pictures.split
    assert counts.geometry().bottom() <= page.height()
    assert counts.height() > 300  # it takes the room that there is
    dialog.cancel.click()


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow()
    qtbot.addWidget(window)
    window.files.ask_unsaved = lambda running: "discard"
    window.resize(1280, 800)
    window.show()
    return window


def test_pictures_are_split_where_they_are_opened(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    folders(tmp_path / "signs", {"stop": 40, "go": 20})
    window.files.open_data(tmp_path / "signs")
    dialog = window.files.dialog
    settled(qtbot, dialog)
    page = dialog.pictures
    page.tabs.setCurrentIndex(1)
    assert page.split.isVisible()
    assert rows(dialog) == [
        ["Training", "48", "80.0 %", "16", "32"],
        ["Validation", "12", "20.0 %", "4", "8"],
    ]
    methods = [page.split.method.itemData(i) for i in range(page.split.method.count())]
    assert methods == ["auto", "stratified", "random"]  # no folder names a part
    pick(page.split.test.unit, "share")
    page.split.test.number.setValue(10)
    settled(qtbot, dialog)
    page.split.seed.setText("7")
    page.split.seed.editingFinished.emit()
    settled(qtbot, dialog)
    assert [row[:2] for row in rows(dialog)] == [
        ["Training", "42"],
        ["Validation", "12"],
        ["Test", "6"],
    ]
    pick(page.split.validation.unit, "rows")
    page.split.validation.number.setValue(60)
    settled(qtbot, dialog)
    assert "leave none of 60" in dialog.problem.text()
    assert not dialog.use.isEnabled()
    page.split.validation.number.setValue(10)
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""
    dialog.use.click()
    qtbot.waitUntil(lambda: window.files.dialog is None)
    prepared = prepare(window.document.dataset, 0.2, 1)
    assert [len(prepared.x_train), len(prepared.x_val), len(prepared.x_test)] == [44, 10, 6]
    assert window.document.dataset.split.seed == 7
    window.document.mark_discarded()


def test_folders_that_name_parts_are_followed_or_not(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    root = folders(
        tmp_path / "parts", {"train/a": 9, "train/b": 9, "val/a": 3, "val/b": 3, "test/a": 2}
    )
    window.files.open_data(root)
    dialog = window.files.dialog
    settled(qtbot, dialog)
    split = dialog.pictures.split
    assert [row[1] for row in rows(dialog)] == ["18", "6", "2"]
    dialog.pictures.tabs.setCurrentIndex(1)
    assert not split.validation.isVisible()  # the folders say it
    assert not split.test.isVisible()
    assert "folder" in [split.method.itemData(i) for i in range(split.method.count())]
    pick(split.method, "stratified")
    settled(qtbot, dialog)
    assert [row[1] for row in rows(dialog)] == ["21", "5"]
    assert split.validation.isVisible()
    assert split.test.isVisible()
    pick(split.method, "folder")
    settled(qtbot, dialog)
    assert [row[1] for row in rows(dialog)] == ["18", "6", "2"]
    dialog.cancel.click()


def test_the_choices_of_pictures_are_made_anew(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    root = folders(tmp_path / "signs", {"stop": 20, "go": 20})
    first = {"size": [10, 6], "colours": "grey", "scaling": "signed", "split": {"test": 0.1}}
    window.files.take_data(open_data(root, options=first))
    assert window.document.spec.input_shape == (6, 10, 1)
    window.commands["prepare_data"].trigger()
    dialog = window.files.dialog
    settled(qtbot, dialog)
    page = dialog.pictures
    assert page.isVisible()
    assert page.size_choice.currentText() == "10 × 6"
    assert page.colours.currentData() == "grey"
    assert page.scaling.currentData() == "signed"
    assert page.split.test.amount == 0.1
    assert page.options == first
    pick(page.colours, "rgb")
    pick(page.fit, "crop")
    settled(qtbot, dialog)
    pick(page.split.test.unit, "none")
    settled(qtbot, dialog)
    dialog.use.click()
    qtbot.waitUntil(lambda: window.files.dialog is None)
    document = window.document
    assert document.spec.input_shape == (6, 10, 3)
    assert document.dataset.split.test == 0
    assert open_origin(document.state.origin).spec == document.spec
    document.undo_stack.undo()
    assert document.spec.input_shape == (6, 10, 1)
    document.mark_discarded()


def test_the_digits_get_a_test_part_and_stay_that_sample(qtbot: QtBot, window: MainWindow) -> None:
    window.files.take_data(open_data("digits"))
    window.commands["prepare_data"].trigger()
    dialog = window.files.dialog
    settled(qtbot, dialog)
    assert not dialog.pictures._choices.isVisible()
    pick(dialog.pictures.split.test.unit, "rows")
    settled(qtbot, dialog)
    dialog.use.click()
    qtbot.waitUntil(lambda: window.files.dialog is None)
    origin = window.document.state.origin
    assert (origin.kind, origin.path) == ("sample", "digits")
    assert origin.options == {"split": {"test": 100.0}}
    assert len(prepare(window.document.dataset, 0.2, 1).x_test) == 100
    window.document.mark_discarded()
