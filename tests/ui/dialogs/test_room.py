"""Dialogs open at the size that they ask for, as far as the screen has it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from nndesigner.ui.dialogs.room import FRAME, make_room

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class Wide(QDialog):
    wanted = QSize(10, 10)

    def sizeHint(self) -> QSize:
        return self.wanted


def test_more_than_two_thirds_of_the_screen_and_never_more_than_it_has(qtbot: QtBot) -> None:
    dialog = Wide()
    qtbot.addWidget(dialog)
    screen = dialog.screen().availableGeometry().size()
    dialog.wanted = screen * 0.85
    make_room(dialog)
    dialog.show()
    assert dialog.size() == dialog.wanted
    dialog.wanted = screen * 2
    make_room(dialog)
    assert dialog.size() == screen - FRAME
