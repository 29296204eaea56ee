"""The bar of opening stands at the end of the status bar and is no wider than its parts."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from nndesigner.ui.opening_bar import OpeningBar

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.mark.parametrize("width", [800, 2560])
def test_cancel_is_as_wide_as_its_word(qtbot: QtBot, width: int) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    bar = OpeningBar(window)
    window.statusBar().addPermanentWidget(bar)
    window.resize(width, 400)
    window.show()
    bar.show()
    QApplication.processEvents()
    assert bar.cancel.width() == bar.cancel.sizeHint().width()
    assert bar.width() <= bar.sizeHint().width()
