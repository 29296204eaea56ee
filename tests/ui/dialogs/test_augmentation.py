"""Augmentation is chosen with a preview, from the training panel, as one step of undo."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data
from nndesigner.declare import fields_of
from nndesigner.training.augmentation import Augmentation
from nndesigner.training.check import check_training
from nndesigner.training.settings import Settings
from nndesigner.training.starter import starter
from nndesigner.ui import theme
from nndesigner.ui.dialogs.augmentation import ROWS, VARIANTS, AugmentationDialog
from nndesigner.ui.document import Document
from nndesigner.ui.numbers import NumberBox
from nndesigner.ui.settings_panel import SettingsPanel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def shown(qtbot: QtBot, dialog: AugmentationDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)


def test_the_preview_follows_the_choices(qtbot: QtBot) -> None:
    dialog = AugmentationDialog(Augmentation(), open_data("digits"), 1)
    qtbot.addWidget(dialog)
    shown(qtbot, dialog)
    assert len(dialog.preview.rows) == ROWS
    for images in dialog.preview.rows:
        assert len(images) == VARIANTS + 1
        assert all(image == images[0] for image in images)
    dialog.form.edited.emit("rotate", 60.0)
    shown(qtbot, dialog)
    first = dialog.preview.rows
    assert all(image != images[0] for images in first for image in images[1:])
    dialog.others.click()
    shown(qtbot, dialog)
    assert dialog.preview.rows[0][0] == first[0][0]
    assert dialog.preview.rows[0][1] != first[0][1]
    assert set(dialog.form.rows) == {field.name for field in fields_of(Augmentation)}
    dialog.off.click()
    shown(qtbot, dialog)
    assert dialog.chosen == Augmentation()
    dialog.form.edited.emit("shift", 3.0)
    assert "from 0 to 0.5" in dialog.form.rows["shift"].message.text()
    for mode in ("dark", "light"):
        theme.apply(mode)  # type: ignore[arg-type]
        assert not dialog.grab().isNull()


def test_rows_of_a_table_get_noise_alone(qtbot: QtBot) -> None:
    dialog = AugmentationDialog(Augmentation(flip=True, noise=0.1), open_data("iris"), 1)
    qtbot.addWidget(dialog)
    shown(qtbot, dialog)
    assert dialog.note.isVisibleTo(dialog)
    assert "Training sees" in dialog.preview.note
    dialog.form.edited.emit("flip", False)
    assert not dialog.note.isVisibleTo(dialog)
    shown(qtbot, dialog)


def test_without_data_it_can_be_chosen_all_the_same(qtbot: QtBot) -> None:
    dialog = AugmentationDialog(Augmentation(), None, 1)
    qtbot.addWidget(dialog)
    assert "Open data" in dialog.preview.note
    dialog.form.edited.emit("flip", True)
    dialog.use.click()
    assert dialog.chosen.flip


def test_the_panel_says_what_is_on_and_undo_takes_it_back(qtbot: QtBot) -> None:
    document = Document()
    panel = SettingsPanel(document)
    qtbot.addWidget(panel)
    row = panel.augmentation
    assert row.button.text() == "Off"
    row.button.click()
    dialog = row.dialog
    assert dialog is not None
    dialog.form.edited.emit("rotate", 10.0)
    dialog.form.edited.emit("noise", 0.1)
    dialog.use.click()
    assert document.settings.augmentation == Augmentation(rotate=10.0, noise=0.1)
    assert row.button.text() == "Rotate 10°, noise 10…" or row.button.text() == "Rotate, noise"
    assert "rotate 10°, noise 10 %" in row.button.accessibleName()
    document.undo_stack.undo()
    assert row.button.text() == "Off"
    document.undo_stack.redo()
    row.dot.click()
    assert not document.settings.augmentation.is_on


def test_what_cannot_apply_is_pointed_out_with_a_repair() -> None:
    spec = open_data("iris").spec
    settings = Settings(augmentation=Augmentation(flip=True, noise=0.1))
    found = check_training(starter(spec), settings, spec).problems
    problem = next(each for each in found if "Augmentation" in each.message)
    assert problem.severity == "warning"
    assert problem.repairs[0].settings == {"augmentation": Augmentation(noise=0.1)}
    spec = open_data("digits").spec
    found = check_training(starter(spec), settings, spec).problems
    assert not any("Augmentation" in each.message for each in found)


def test_fields_stand_below_each_other_and_angles_are_typed_with_their_sign(qtbot: QtBot) -> None:
    dialog = AugmentationDialog(Augmentation(rotate=15.0, shift=0.1), open_data("digits"), 1)
    qtbot.addWidget(dialog)
    dialog.show()
    shown(qtbot, dialog)
    rows = dialog.form.rows
    boxes = [rows[name].editor.findChild(NumberBox) for name in ("shift", "rotate", "zoom")]
    rights = {box.mapTo(dialog, box.rect().topRight()).x() for box in boxes}
    assert len(rights) == 1
    assert boxes[1].text() == "15°"
    for text, value in (("20°", 20.0), ("25", 25.0), ("30 °", 30.0)):
        boxes[1].type_text(text)
        assert dialog.chosen.rotate == value
    shown(qtbot, dialog)
