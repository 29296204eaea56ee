"""Dialogs open at the size that they ask for, as far as the screen has it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from nndesigner.ui.dialogs.room import FRAME, SHARE, make_room, roomy

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


def test_a_table_takes_its_share_of_a_large_screen(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Screen:
        def __init__(self, size: QSize) -> None:
            self.size = size

        def availableGeometry(self) -> QRect:
            return QRect(QPoint(0, 0), self.size)

    dialog = Wide()
    qtbot.addWidget(dialog)
    least = QSize(1180, 740)
    for size, wanted in (
        (QSize(2560, 1440), QSize(2560, 1440) * SHARE),
        (QSize(1280, 800), least),
        (QSize(1024, 640), least),
    ):
        monkeypatch.setattr(dialog, "screen", lambda size=size: Screen(size))
        assert roomy(least, dialog) == wanted
