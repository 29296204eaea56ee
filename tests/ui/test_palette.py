"""The palette: all layers, search, and three ways to choose one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from nndesigner.layers import CATEGORIES, LAYERS
from nndesigner.ui import theme
from nndesigner.ui.canvas.catalog import LAYER_MIME, kind_in
from nndesigner.ui.palette import PaletteWidget

# The offscreen platform says so of every window that has a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def palette(qtbot):
    theme.apply("light")
    widget = PaletteWidget()
    qtbot.addWidget(widget)
    widget.resize(200, 460)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def _texts(palette: PaletteWidget) -> list[str]:
    tree = palette.tree
    return [tree.topLevelItem(row).text(0) for row in range(tree.topLevelItemCount())]


def test_every_layer_stands_under_its_category_with_icon_and_help(palette):
    assert sorted(palette.kinds()) == sorted(LAYERS)
    assert [text for text in _texts(palette) if text in CATEGORIES.values()] == list(
        CATEGORIES.values()
    )
    for row in palette._rows():
        cls = LAYERS[palette._kind(row)]
        assert row.text(0) == cls.title
        assert not row.icon(0).isNull()
        assert row.toolTip(0).startswith("<qt>")
        assert row.sizeHint(0).height() >= theme.TARGET


def test_search_narrows_and_enter_takes_the_best(qtbot, palette):
    qtbot.keyClicks(palette.search, "conv")
    assert palette.kinds()[0] == "conv2d"
    assert "Core" not in _texts(palette)
    with qtbot.waitSignal(palette.layer_chosen) as caught:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert caught.args == ["conv2d"]
    palette.search.setText("pool")
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.layer_chosen) as caught:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert caught.args == [palette.kinds()[1]]
    qtbot.keyClick(palette.search, Qt.Key.Key_Escape)
    assert len(palette.kinds()) == len(LAYERS)


def test_a_search_without_a_find_says_so_and_chooses_nothing(qtbot, palette):
    palette.search.setText("warp drive")
    assert palette.kinds() == []
    assert _texts(palette) == ["Nothing fits: try a shorter word"]
    with qtbot.assertNotEmitted(palette.layer_chosen):
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)


def test_a_double_click_chooses_once(qtbot, palette):
    row = next(r for r in palette._rows() if palette._kind(r) == "flatten")
    palette.tree.scrollToItem(row)
    place = palette.tree.visualItemRect(row).center()
    chosen = []
    palette.layer_chosen.connect(chosen.append)
    qtbot.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == ["flatten"]


def test_enter_in_the_list_chooses_once(qtbot, palette):
    row = next(r for r in palette._rows() if palette._kind(r) == "dense")
    palette.tree.setCurrentItem(row)
    palette.tree.setFocus()
    chosen = []
    palette.layer_chosen.connect(chosen.append)
    qtbot.keyClick(palette.tree, Qt.Key.Key_Return)
    assert chosen == ["dense"]


def test_a_heading_cannot_be_chosen(qtbot, palette):
    heading = palette.tree.topLevelItem(0)
    with qtbot.assertNotEmitted(palette.layer_chosen):
        palette.tree.itemDoubleClicked.emit(heading, 0)
    assert not heading.flags() & Qt.ItemFlag.ItemIsSelectable


def test_a_drag_carries_the_kind(palette):
    row = next(r for r in palette._rows() if palette._kind(r) == "add")
    data = palette.tree.mimeData([row])
    assert data.formats() == [LAYER_MIME]
    assert kind_in(data) == "add"
    assert palette.tree.mimeTypes() == [LAYER_MIME]
    assert palette.tree.dragEnabled()


def test_the_theme_is_followed(palette):
    palette.tree.setCurrentItem(palette._rows()[2])
    theme.apply("dark")
    assert theme.DARK.accent_soft in palette.tree.styleSheet()
    assert palette.tree.currentItem() is palette._rows()[2]
    theme.apply("light")


def test_the_longest_name_has_room_at_the_width_that_is_asked_for(palette, qtbot):
    palette.resize(palette.sizeHint())
    tree = palette.tree
    longest = max(
        palette._rows(), key=lambda row: tree.fontMetrics().horizontalAdvance(row.text(0))
    )
    tree.scrollToItem(longest)
    name = tree.fontMetrics().horizontalAdvance(longest.text(0))
    assert tree.verticalScrollBar().isVisible()
    assert tree.iconSize().width() + name + 6 <= tree.viewport().width()
