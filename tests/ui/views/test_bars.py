"""Names beside bars are whole: those without room go above their bars."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nndesigner.ui.views.bars import BarList

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def outer(qtbot: QtBot) -> QWidget:
    outer = QWidget()
    qtbot.addWidget(outer)
    return outer


@pytest.fixture
def bars(outer: QWidget) -> BarList:
    layout = QVBoxLayout(outer)
    layout.setContentsMargins(0, 0, 0, 0)
    bars = BarList(outer)
    bars.set_items([("upper class passengers", 1_216), ("lower", 491)])
    layout.addWidget(bars)
    layout.addStretch()
    outer.resize(600, 300)
    outer.show()
    QApplication.processEvents()
    return bars


def test_a_name_without_room_gets_a_line_of_its_own(bars: BarList) -> None:
    beside = bars.height()
    window = bars.window()
    window.resize(190, 300)
    QApplication.processEvents()
    letters = QFontMetrics(bars.font()).height()
    assert bars.height() == beside + 2 * letters
    image = bars.grab().toImage()
    # The end of the longer name is written, not cut.
    end = QFontMetrics(bars.font()).horizontalAdvance("upper class passengers")
    ground = image.pixel(189, bars.height() - 1)
    near = range(end - 14, min(190, end))
    assert any(image.pixel(x, y) != ground for x in near for y in range(2, letters))
    window.resize(600, 300)
    QApplication.processEvents()
    assert bars.height() == beside


def test_bars_take_the_colours_of_their_classes(bars: BarList) -> None:
    inks = [QColor("#112233"), QColor("#aa5500")]
    bars.set_items([("a", 10), ("b", 10)], inks)
    image = bars.grab().toImage()
    line = bars.height() // 2
    for row, ink in enumerate(inks):
        assert image.pixelColor(100, row * line + line // 2) == ink
