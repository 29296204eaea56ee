"""Correlations have names at both sides, a scale, and the width of their panel."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from nndesigner.data.looking import Correlations
from nndesigner.ui import theme
from nndesigner.ui.views.correlation_grid import CorrelationGrid

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NAMES = ("longitude", "latitude", "housing_median_age", "total_rooms", "median_income")


@pytest.fixture
def grid(qtbot: QtBot) -> CorrelationGrid:
    grid = CorrelationGrid()
    qtbot.addWidget(grid)
    matrix = np.eye(5)
    matrix[0, 1] = matrix[1, 0] = -0.92
    matrix[2, 4] = matrix[4, 2] = np.nan
    grid.show_correlations(Correlations(names=NAMES, matrix=matrix))
    grid.show()
    return grid


def inked(image: QImage, left: float, top: float, right: float, bottom: float) -> bool:
    """Whether anything but the ground is drawn there."""
    ground = image.pixel(0, 0)
    return any(
        image.pixel(x, y) != ground
        for x in range(int(left), int(right))
        for y in range(int(top), int(bottom))
    )


@pytest.mark.parametrize("size", [(320, 165), (760, 420), (1900, 700)])
def test_every_column_is_named_and_the_colours_are_explained(
    grid: CorrelationGrid, size: tuple[int, int]
) -> None:
    grid.resize(*size)
    image = grid.grab().toImage()
    last = grid.cell_box(4, 4)
    for place in range(5):
        box = grid.cell_box(0, place)
        assert inked(image, box.left(), 0, box.right(), box.top() - 1), NAMES[place]
        row = grid.cell_box(place, 0)
        assert inked(image, 0, row.top() + 1, row.left() - 6, row.bottom()), NAMES[place]
    assert last.bottom() < size[1] - 16
    # The strip: blue at its top, orange at its end.
    x = int(last.right() + 20)
    high = image.pixelColor(x, int(grid.cell_box(0, 0).top() + 2))
    low = image.pixelColor(x, int(last.bottom() - 2))
    assert near(high, theme.signed_color(1.0))
    assert near(low, theme.signed_color(-1.0))
    cell = grid.cell_box(0, 1)
    assert near(
        image.pixelColor(int(cell.left() + 2), int(cell.top() + 2)), theme.signed_color(-0.92)
    )


def test_cells_take_the_width_of_a_narrow_panel(grid: CorrelationGrid) -> None:
    grid.resize(320, 165)
    assert grid.cell_box(0, 4).right() > 260


def test_a_click_chooses_the_pair_under_the_mouse(qtbot: QtBot, grid: CorrelationGrid) -> None:
    grid.resize(700, 400)
    with qtbot.waitSignal(grid.chosen) as chosen:
        place = grid.cell_box(3, 1).center().toPoint()
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == ["total_rooms", "latitude"]


def near(one: QColor, other: QColor) -> bool:
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return all(abs(a - b) <= 12 for a, b in pairs)
