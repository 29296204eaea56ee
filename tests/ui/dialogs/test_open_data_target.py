"""What is to be learnt is chosen where data are opened: classes, a number, or the input itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from nndesigner.data import SAME, open_data
from nndesigner.data.pixels import MeasuredPixelEncoding
from nndesigner.ui.dialogs.open_data import DataDialog
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def listed(folder: Path, labels: list[object], head: str = "file,age,kind") -> Path:
    """A list of grey pictures with these labels and a kind."""
    lines = [head]
    for index, label in enumerate(labels):
        pixels = np.full((8, 8), index * 3 % 256, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
        lines.append(f"{index}.png,{label},{'uv'[index % 2]}")
    (folder / "list.csv").write_text("\n".join(lines) + "\n")
    return folder / "list.csv"


def pick(box: QComboBox, value: object) -> None:
    """Choose as a person does: the signal of a choice, not of a change."""
    index = next(i for i in range(box.count()) if box.itemData(i) == value)
    box.setCurrentIndex(index)
    box.activated.emit(index)


def settled(qtbot: QtBot, dialog: DataDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.busy and dialog.kind is not None, timeout=30_000)


def opened(qtbot: QtBot, path: Path) -> DataDialog:
    dialog = DataDialog(path)
    qtbot.addWidget(dialog)
    dialog.show()
    settled(qtbot, dialog)
    return dialog


def taken(qtbot: QtBot, dialog: DataDialog) -> None:
    dialog.use.click()
    qtbot.waitUntil(lambda: dialog.dataset is not None, timeout=30_000)


def test_a_list_says_what_its_numbers_were_taken_for_and_lets_it_be_changed(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(qtbot, listed(tmp_path, [20 + 0.5 * i for i in range(40)]))
    page = dialog.pictures
    goal = page.goal
    assert page.facts.text() == "40 pictures of 8×8×1, predicts age"
    assert goal.target.currentText() == "age (found)"
    assert goal.task.currentText() == "a number (found)"
    assert goal.task.isVisible()
    assert not page.bars.isVisible()
    assert [text for _, text in page.thumbnails.items[:3]] == ["20", "20.5", "21"]
    pick(goal.task, "classification")
    settled(qtbot, dialog)
    assert "are measures and no classes: set the task to regression" in dialog.problem.text()
    pick(goal.task, "regression")
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""
    pick(goal.target, "kind")
    settled(qtbot, dialog)
    assert page.facts.text() == "40 pictures of 8×8×1, 2 classes"
    assert goal.task.currentText() == "a class (found)"
    assert page.bars.isVisible()
    pick(goal.target, SAME)
    settled(qtbot, dialog)
    assert page.facts.text() == "40 pictures of 8×8×1, gives back the input"
    assert not goal.task.isVisible()
    pick(goal.target, None)
    settled(qtbot, dialog)
    taken(qtbot, dialog)
    assert dialog.dataset.spec.target_names == ("age",)
    assert dialog.dataset.origin.options == {"task": "regression"}


def test_digits_stay_classes_until_somebody_says_otherwise(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, listed(tmp_path, [i % 10 for i in range(60)]))
    goal = dialog.pictures.goal
    assert dialog.pictures.facts.text().endswith("10 classes")
    assert goal.task.currentText() == "a class (found)"
    assert "10 numbers taken as classes" in dialog.pictures.notes.text()
    pick(goal.task, "regression")
    settled(qtbot, dialog)
    assert dialog.pictures.facts.text().endswith("predicts age")
    taken(qtbot, dialog)
    dataset = dialog.dataset
    assert dataset.spec.task == "regression"
    assert isinstance(dataset.fit(np.arange(60)), MeasuredPixelEncoding)


def test_pictures_without_labels_offer_to_be_given_back(qtbot: QtBot, tmp_path: Path) -> None:
    np.savez(tmp_path / "only_x.npz", x=np.random.default_rng(0).integers(0, 256, (40, 5, 4)))
    dialog = opened(qtbot, tmp_path / "only_x.npz")
    assert "without labels" in dialog.problem.text()
    assert dialog.label_file.isVisible()
    assert dialog.give_back.isVisible()
    assert not dialog.use.isEnabled()
    dialog.give_back.click()
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""
    assert not dialog.give_back.isVisible()
    assert dialog.pictures.goal.target.currentData() == SAME
    assert dialog.pictures.facts.text().endswith("gives back the input")
    pick(dialog.pictures.goal.target, None)
    settled(qtbot, dialog)
    assert dialog.give_back.isVisible()
    dialog.give_back.click()
    settled(qtbot, dialog)
    taken(qtbot, dialog)
    assert dialog.dataset.spec.same_as_input


def test_what_has_no_labels_stays_its_own_target(qtbot: QtBot, tmp_path: Path) -> None:
    np.savez(tmp_path / "only_x.npz", x=np.random.default_rng(0).integers(0, 256, (40, 5, 4)))
    window = MainWindow()
    qtbot.addWidget(window)
    window.files.take_data(open_data(tmp_path / "only_x.npz", target=SAME))
    window.commands["own_target"].trigger()
    assert window.document.spec.same_as_input
    assert window.commands["own_target"].isChecked()
    assert any("holds no labels" in text for text in window.notices.texts)
    window.document.mark_discarded()


def test_a_table_without_labels_can_be_given_back(qtbot: QtBot, tmp_path: Path) -> None:
    np.savez(tmp_path / "only_x.npz", x=np.random.default_rng(0).normal(size=(60, 4)))
    dialog = opened(qtbot, tmp_path / "only_x.npz")
    page = dialog.table
    assert page.target.currentText() == "x_4 (found)"
    assert "and no labels: choose which column is the target" in page.notes.text()
    assert page.facts.text().endswith("3 used as input, predicts x_4 (a number)")
    pick(page.target, SAME)
    settled(qtbot, dialog)
    assert page.target.currentData() == SAME
    assert not page.task.isEnabled()
    assert page.facts.text().endswith("4 used as input, gives them back")
    pick(page.target, "x_2")
    settled(qtbot, dialog)
    assert page.facts.text().endswith("3 used as input, predicts x_2 (a number)")
    pick(page.target, None)
    settled(qtbot, dialog)
    pick(page.target, SAME)
    settled(qtbot, dialog)
    taken(qtbot, dialog)
    spec = dialog.dataset.spec
    assert spec.same_as_input
    assert (spec.input_shape, spec.outputs) == ((4,), 4)


def test_a_line_of_sums_is_left_out_and_taken_in_again(qtbot: QtBot, tmp_path: Path) -> None:
    rows = "".join(f"{i},{i % 7},{i * 3}\n" for i in range(40))
    (tmp_path / "sums.csv").write_text("id,length,price\n" + rows + "Total,,1234\n")
    dialog = opened(qtbot, tmp_path / "sums.csv")
    page = dialog.table
    assert page.foot.isVisible()
    assert "'Total,,1234'" in page.foot.text.text()
    assert page.foot.button.text() == "Leave out 1 line"
    page.foot.button.click()
    settled(qtbot, dialog)
    assert page.options.foot == 1
    assert page.facts.text().startswith("40 rows")
    assert page.foot.button.text() == "Take in again"
    assert page.tabs.tabText(3) == "Bad lines (1)"
    assert page.tabs.isTabVisible(3)
    assert page.bad.table._rows[0][2] == "Total,,1234"
    page.foot.button.click()
    settled(qtbot, dialog)
    assert page.options.foot is None
    assert page.facts.text().startswith("41 rows")
    page.foot.button.click()
    settled(qtbot, dialog)
    taken(qtbot, dialog)
    assert dialog.dataset.spec.rows == 40
    assert dialog.dataset.origin.options["foot"] == 1
