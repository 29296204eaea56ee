"""Number boxes leave undo to the project and take numbers as people type them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from nndesigner.declare import fields_of
from nndesigner.layers import Dense
from nndesigner.ui.fields import TextBox
from nndesigner.ui.numbers import NumberBox


def units() -> NumberBox:
    return NumberBox(next(field for field in fields_of(Dense) if field.name == "units"))


@pytest.mark.parametrize("make", [units, TextBox])
def test_undo_is_left_to_the_project(qtbot: QtBot, make: type[QWidget]) -> None:
    box = make()
    qtbot.addWidget(box)
    kind = QEvent.Type.ShortcutOverride
    for key, claimed in ((Qt.Key.Key_Z, False), (Qt.Key.Key_A, True)):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.ControlModifier)
        event.ignore()
        QApplication.sendEvent(box, event)
        assert event.isAccepted() == claimed


def test_a_million_can_be_typed_short(qtbot: QtBot) -> None:
    box = units()
    qtbot.addWidget(box)
    box.type_text("1e6")
    assert box.value == 1_000_000
    assert box.problem == ""
