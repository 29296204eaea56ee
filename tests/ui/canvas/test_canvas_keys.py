"""What can be done on the canvas without a mouse, and by its verbs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from nndesigner.errors import FileError
from nndesigner.graph import GRID_STEP, Graph, Link, Unknown
from nndesigner.layers import LAYERS, Add, Conv2D, Dense, Flatten, Input
from nndesigner.ui.canvas import menus

Key, Held = Qt.Key, Qt.KeyboardModifier


def test_a_layer_is_added_after_the_selected_node_and_wired(hand):
    hand.document.select(["dense_2"])
    hand.view.add_layer("dropout")
    node = hand.graph.node("dropout_1")
    assert (node.x, node.y) == (hand.graph.node("dense_2").x + GRID_STEP, 0)
    assert ("dense_2", "dropout_1") in hand.links()
    assert hand.document.selection == {"dropout_1"}
    hand.agrees()


def test_without_a_selection_it_follows_the_end_of_the_network(hand):
    for kind in ("dropout", "dense"):
        hand.document.select(())
        hand.view.add_layer(kind)
    assert {("dense_2", "dropout_1"), ("dropout_1", "dense_3")} <= hand.links()


def test_layers_chosen_one_after_the_other_make_a_network(hand):
    hand.load(Graph())
    assert hand.view.hint.isVisible()
    for kind in ("input", "conv2d", "maxpool2d", "flatten", "dense"):
        hand.view.add_layer(kind)
    assert not hand.view.hint.isVisible()
    assert len(hand.graph.links) == 4
    assert hand.document.verdict.report.output_shape == (32,)
    cards = [item.card for item in hand.view.network.node_items.values()]
    assert not any(a.intersects(b) for a in cards for b in cards if a is not b)
    hand.agrees()


def test_an_input_is_added_before_the_first_layer(hand):
    hand.load(Graph.chain([Flatten(), Dense()]))
    hand.view.add_layer("input")
    assert ("input_1", "flatten_1") in hand.links()
    assert hand.graph.node("input_1").x < 0


def test_a_storm_of_added_layers_covers_none(hand):
    for _ in range(20):
        hand.document.select(["dense_2"])
        hand.view.add_layer("dense")
    places = {(node.x, node.y) for node in hand.graph.nodes}
    assert len(places) == len(hand.graph.nodes) == 24
    hand.agrees()


def test_an_unknown_kind_is_refused_in_words(hand):
    hand.view.add_layer("warp")
    assert hand.messages[-1] == "There is no layer 'warp'"


@pytest.mark.parametrize("key", [Key.Key_Space, Key.Key_Tab])
def test_quick_add_wires_from_the_selected_node(qtbot, hand, pick, key):
    hand.document.select(["dense_2"])
    qtbot.keyClick(hand.view, key)
    pick("dense 7 tanh")
    node = hand.graph.node("dense_3")
    assert (node.layer.units, node.layer.activation) == (7, "tanh")
    assert ("dense_2", "dense_3") in hand.links()
    assert hand.view.picker is None


def test_quick_add_is_left_with_esc_and_says_when_nothing_fits(qtbot, hand):
    qtbot.keyClick(hand.view, Key.Key_Space)
    picker = hand.view.picker
    assert len(picker.offered()) == len(LAYERS)
    qtbot.keyClicks(picker.field, "zzzz")
    assert picker.offered() == []
    qtbot.keyClick(picker.field, Key.Key_Return)
    assert hand.view.picker is picker
    qtbot.keyClick(picker.field, Key.Key_Escape)
    assert hand.view.picker is None
    assert len(hand.graph.nodes) == 4


def test_arrows_choose_in_quick_add(qtbot, hand):
    hand.view.quick_add(QPointF(0, 200))
    picker = hand.view.picker
    for key, row in (
        (Key.Key_Down, 1),
        (Key.Key_Up, 0),
        (Key.Key_Up, len(LAYERS) - 1),
        (Key.Key_Down, 0),
    ):
        qtbot.keyClick(picker.field, key)
        assert picker.list.currentRow() == row
    qtbot.keyClick(picker.field, Key.Key_Down)
    qtbot.keyClick(picker.field, Key.Key_Tab)
    assert hand.kinds()[-1] == "dense"


def test_w_wires_without_a_mouse(qtbot, hand, pick):
    hand.load(hand.graph.without([], [Link("dense_1", "dense_2")]).with_name("dense_2", "Out"))
    hand.document.select(["dense_1"])
    qtbot.keyClick(hand.view, Key.Key_W)
    assert hand.view.picker.offered() == ["dense_2"]
    pick("ou")
    assert ("dense_1", "dense_2") in hand.links()
    hand.document.select(())
    qtbot.keyClick(hand.view, Key.Key_W)
    assert "Select one layer" in hand.messages[-1]
    hand.document.select(["dense_2"])
    qtbot.keyClick(hand.view, Key.Key_W)
    assert "cannot be wired" in hand.messages[-1]


def test_arrows_nudge_by_the_grid_as_one_step(qtbot, hand):
    hand.document.select(["dense_1"])
    for _ in range(3):
        qtbot.keyClick(hand.view, Key.Key_Down)
    qtbot.keyClick(hand.view, Key.Key_Right, Held.ShiftModifier)
    node = hand.graph.node("dense_1")
    assert (node.x, node.y) == (2 * GRID_STEP + 32, 24)
    assert hand.document.undo_stack.count() == 1
    hand.document.undo_stack.undo()
    hand.agrees()


def test_ctrl_arrows_walk_from_node_to_node(qtbot, hand):
    qtbot.keyClick(hand.view, Key.Key_Home)
    assert hand.document.selection == {"input_1"}
    assert hand.view.network.node_items["input_1"].focused
    qtbot.keyClick(hand.view, Key.Key_Right, Held.ControlModifier)
    assert hand.document.selection == {"flatten_1"}
    qtbot.keyClick(hand.view, Key.Key_Left, Held.ControlModifier)
    assert hand.document.selection == {"input_1"}
    qtbot.keyClick(hand.view, Key.Key_End)
    assert hand.document.selection == {"dense_2"}
    assert "330 parameters" in hand.view.accessibleDescription()
    qtbot.keyClick(hand.view, Key.Key_Escape)
    assert not hand.document.selection
    assert "4 layers" in hand.view.accessibleDescription()


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_F2])
def test_a_node_is_renamed_where_it_stands(qtbot, hand, key):
    hand.document.select(["dense_1"])
    qtbot.keyClick(hand.view, key)
    field = hand.view.rename_field
    qtbot.keyClicks(field, "  hidden   layer ")
    qtbot.keyClick(field, Key.Key_Return)
    assert hand.graph.node("dense_1").name == "hidden layer"
    assert hand.view.rename_field is None
    assert hand.document.undo_stack.undoText() == "rename Dense 1"
    hand.agrees()


def test_esc_keeps_the_old_name_and_a_click_elsewhere_the_new(qtbot, hand):
    hand.document.select(["dense_1"])
    hand.view.rename_selected()
    qtbot.keyClicks(hand.view.rename_field, "lost")
    qtbot.keyClick(hand.view.rename_field, Key.Key_Escape)
    assert hand.graph.node("dense_1").name == ""
    hand.view.rename_selected()
    qtbot.keyClicks(hand.view.rename_field, "kept")
    hand.click(hand.empty())
    assert hand.graph.node("dense_1").name == "kept"


def test_delete_undo_and_redo_keep_items_in_place(qtbot, hand):
    kept = hand.view.network.node_items["input_1"]
    hand.document.select(["flatten_1", "dense_1"])
    qtbot.keyClick(hand.view, Key.Key_Delete)
    assert [n.id for n in hand.graph.nodes] == ["input_1", "dense_2"]
    assert hand.document.undo_stack.undoText() == "delete 2 layers"
    hand.agrees()
    qtbot.keyClick(hand.view, Key.Key_Z, Held.ControlModifier)
    assert len(hand.graph.links) == 3
    hand.agrees()
    hand.document.undo_stack.redo()
    hand.agrees()
    assert hand.view.network.node_items["input_1"] is kept
    hand.document.select(())
    qtbot.keyClick(hand.view, Key.Key_Delete)
    assert "Nothing is selected" in hand.messages[-1]


def test_ctrl_delete_closes_the_gap(qtbot, hand):
    hand.document.select(["dense_1"])
    qtbot.keyClick(hand.view, Key.Key_Delete, Held.ControlModifier)
    assert ("flatten_1", "dense_2") in hand.links()


def test_zoom_keys_and_fit(qtbot, hand):
    hand.view.resize(1400, 500)
    hand.view.zoom_reset()
    for key, zoom in ((Key.Key_Plus, 1.2), (Key.Key_0, 1.0), (Key.Key_Minus, 1 / 1.2)):
        qtbot.keyClick(hand.view, key)
        assert hand.view.zoom == pytest.approx(zoom)
    hand.view.resize(600, 400)
    qtbot.keyClick(hand.view, Key.Key_F)
    seen = hand.view.mapToScene(hand.view.viewport().rect()).boundingRect()
    assert seen.contains(hand.view.network.drawing_box())
    hand.load(Graph.chain([Input()]))
    hand.view.fit()
    assert hand.view.zoom == 1.0


def test_the_whole_drawing_stays_in_view_until_someone_looks_elsewhere(hand):
    hand.view.resize(500, 300)
    seen = hand.view.mapToScene(hand.view.viewport().rect()).boundingRect()
    assert seen.contains(hand.view.network.drawing_box())
    hand.view.zoom_reset()
    hand.view.resize(700, 300)
    assert hand.view.zoom == 1.0


def test_f1_asks_for_help_on_the_selected_layer(qtbot, hand):
    hand.document.select(["flatten_1"])
    with qtbot.waitSignal(hand.view.help_requested) as caught:
        qtbot.keyClick(hand.view, Key.Key_F1)
    assert caught.args == ["flatten"]


def test_tidy_lays_out_and_is_one_step(hand):
    hand.document.edit("mess", hand.graph.moved({n.id: (0.0, 0.0) for n in hand.graph.nodes}))
    hand.view.tidy()
    assert [n.x for n in hand.graph.nodes] == [0, GRID_STEP, 2 * GRID_STEP, 3 * GRID_STEP]
    assert hand.document.undo_stack.undoText() == "tidy"
    hand.agrees()


def test_changing_a_layer_keeps_wires_and_shared_settings(hand):
    hand.load(hand.graph.with_layer("dense_1", Dense(units=9, activation="tanh")))
    hand.view.swap_layer("dense_1", "conv2d")
    layer = hand.graph.node("dense_1").layer
    assert (layer.kind, layer.activation) == ("conv2d", "tanh")
    assert len(hand.graph.links) == 3
    hand.load(Graph.chain([Input(), Conv2D(), Conv2D(), Add()]).connected("conv2d_1", "add_1"))
    hand.view.swap_layer("add_1", "flatten")
    assert len(hand.graph.sources("add_1")) == 1
    hand.agrees()


def test_a_layer_is_inserted_before_a_node(hand):
    hand.view.insert_before("dropout", "dense_2")
    assert {("dense_1", "dropout_1"), ("dropout_1", "dense_2")} <= hand.links()
    hand.agrees()


def _choose(menu: QMenu, *path: str) -> None:
    """Take an entry of a menu by its words."""
    *outer, last = path
    for word in outer:
        menu = next(sub for sub in menu.findChildren(QMenu) if sub.title() == word)
    next(a for a in menu.actions() if a.text().split("\t")[0] == last).trigger()


def test_the_menus_do_what_they_say(hand):
    view = hand.view
    hand.document.select(["dense_1"])
    _choose(menus.node_menu(view, "dense_1"), "Insert before", "Dropout")
    assert hand.graph.sources("dense_1") == ("dropout_1",)
    _choose(menus.node_menu(view, "dropout_1"), "Change to", "Activation")
    assert hand.graph.node("dropout_1").layer.kind == "activation"
    _choose(menus.node_menu(view, "dropout_1"), "Delete and close the gap")
    assert hand.graph.sources("dense_1") == ("flatten_1",)
    link = Link("dense_1", "dense_2")
    _choose(menus.link_menu(view, link), "Insert layer", "Dropout")
    assert link not in hand.graph.links
    _choose(menus.link_menu(view, Link("dense_1", "dropout_1")), "Delete wire")
    assert ("dense_1", "dropout_1") not in hand.links()
    _choose(menus.canvas_menu(view, QPointF()), "Select all")
    assert len(hand.document.selection) == 5
    _choose(menus.canvas_menu(view, QPointF()), "Add layer…")
    assert view.picker is not None
    view.picker.close()


def test_a_node_with_a_remedy_offers_it_in_its_menu(hand):
    hand.load(Graph.chain([Input(), Conv2D(), Dense()]))
    hand.document.select(["dense_1"])
    _choose(menus.node_menu(hand.view, "dense_1"), "Insert Flatten")
    assert "flatten" in hand.kinds()
    hand.agrees()


def test_the_right_button_opens_the_menu_of_what_is_below(hand, monkeypatch):
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)
    link = Link("dense_1", "dense_2")
    for place, first in (
        (hand.card("dense_1"), "Rename"),
        (hand.at(hand.view.network.link_items[link].middle), "Insert layer"),
        (hand.empty(), "Add layer…"),
    ):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, place)
        QApplication.sendEvent(hand.view.viewport(), event)
        assert hand.view.menu.actions()[0].text().split("\t")[0] == first
    hand.document.select(["flatten_1"])
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, hand.empty(), hand.empty())
    QApplication.sendEvent(hand.view.viewport(), event)
    assert hand.document.selection == {"flatten_1"}
    assert hand.view.menu.actions()[0].text().startswith("Rename")


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_drawing_is_exported_as_a_picture(hand, tmp_path, ending):
    hand.document.select(["dense_1"])
    path = tmp_path / f"größe 1.{ending}"
    hand.view.export_picture(path)
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG" if ending == "png" else b"<?xml")
    if ending == "svg":
        assert b"32 units, ReLU" in content
        assert b"<image" not in content.split(b"32 units")[0][-400:]
    assert hand.document.selection == {"dense_1"}
    hand.agrees()


def test_a_picture_that_cannot_be_written_is_explained(hand, tmp_path):
    with pytest.raises(FileError, match=r"\.png or \.svg"):
        hand.view.export_picture(tmp_path / "net.bmp")
    with pytest.raises(FileError, match="cannot be written"):
        hand.view.export_picture(tmp_path / "no" / "net.png")
    hand.load(Graph())
    with pytest.raises(FileError, match="draw a network first"):
        hand.view.export_picture(tmp_path / "net.png")


def test_an_unknown_layer_is_drawn_kept_and_can_be_deleted(qtbot, hand):
    unknown = Unknown(original={"kind": "gelu"}, reason="This version does not know gelu")
    hand.load(hand.graph.with_node(unknown, 0, 160))
    item = hand.view.network.node_items["unknown_1"]
    assert "does not know gelu" in item.toolTip()
    assert not hand.view.grab().isNull()
    hand.document.select(["unknown_1"])
    qtbot.keyClick(hand.view, Key.Key_Delete)
    assert "unknown_1" not in hand.view.network.node_items
