"""Names of axes are cut to their axis, and figures never run over them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nndesigner.ui import theme
from nndesigner.ui.views.axes import LEAST_WIDTH
from nndesigner.ui.views.plot import Chart

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

LONG = "Predicted median_house_value of all <b>districts</b> & more"


@pytest.fixture
def chart(qtbot: QtBot) -> Chart:
    chart = Chart("Both", LONG, LONG, whole_x=False)
    qtbot.addWidget(chart)
    chart.add_line("line", "curve_val")
    chart.resize(300, 180)
    chart.show()
    return chart


def draw(chart: Chart, highest: float) -> None:
    x = np.linspace(0.0, 1.0, 5)
    chart.set_line("line", x, x * highest)
    chart.set_range(0.0, 1.0, 0.0, highest)
    for _ in range(3):
        chart.grab()
        QApplication.processEvents()


@pytest.mark.parametrize("side", ["left", "bottom"])
def test_a_long_name_ends_within_its_axis(chart: Chart, side: str) -> None:
    draw(chart, 1.0)
    axis = chart.item.getAxis(side)
    label = axis.mapRectFromItem(axis.label, axis.label.boundingRect())
    where = (label.top(), label.bottom(), axis.size().height())
    if side == "bottom":
        where = (label.left(), label.right(), axis.size().width())
    assert where[0] >= -1
    assert where[1] <= where[2] + 1
    shown = axis.label.toPlainText()
    assert shown.endswith("…")
    assert "&lt;b&gt;districts" in axis.label.toolTip()
    chart.resize(1200, 900)
    draw(chart, 1.0)
    assert axis.label.toPlainText().strip() == LONG
    assert axis.label.toolTip() == ""


def test_figures_keep_clear_of_the_name(chart: Chart) -> None:
    axis = chart.item.getAxis("left")
    draw(chart, 1.0)
    assert axis.width() == LEAST_WIDTH
    draw(chart, 612_345.0)
    # Figures end five pixels before the plot, the name begins at the left edge.
    widest = QFontMetrics(theme.number_font()).horizontalAdvance("600,000")
    label = axis.mapRectFromItem(axis.label, axis.label.boundingRect())
    assert axis.width() - 5 - widest >= label.right() - 1
    chart.set_names("x", "y")
    draw(chart, 1.0)
    assert axis.width() == LEAST_WIDTH
