"""Gives a dialog the room that it asks for, as far as the screen has it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

#: The window manager's frame and title, and a little of the window behind.
FRAME = QSize(24, 56)


#: A dialog of tables takes as much of a large screen: the rest is margin.
SHARE = 0.7


def roomy(least: QSize, dialog: QDialog) -> QSize:
    """At least this, and on a large screen as much of it as a table can use."""
    screen = dialog.screen() or QGuiApplication.primaryScreen()
    return least.expandedTo(screen.availableGeometry().size() * SHARE)


def make_room(dialog: QDialog) -> None:
    """Open a dialog at its own size: Qt alone would stop at two thirds of the screen."""
    screen = dialog.screen() or QGuiApplication.primaryScreen()
    most = screen.availableGeometry().size() - FRAME
    dialog.resize(dialog.sizeHint().boundedTo(most).expandedTo(dialog.minimumSizeHint()))
