"""What the mouse does on the canvas: dropping, wiring, moving, selecting, and leaving off."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from nndesigner.graph import Graph, Link
from nndesigner.layers import Add, Conv2D, Dense, Dropout, Flatten, Input

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_a_layer_dropped_on_the_canvas_is_placed_on_the_grid_under_the_mouse(hand):
    place = QPoint(500, 400)
    assert hand.drop_layer("dropout", place)
    node = hand.graph.nodes[-1]
    assert node.layer.kind == "dropout"
    assert (node.x % 8, node.y % 8) == (0, 0)
    assert hand.view.network.node_items[node.id].card.contains(hand.view.mapToScene(place))
    assert hand.document.selection == {node.id}
    assert hand.document.undo_stack.undoText() == "add Dropout"
    hand.agrees()


def test_a_layer_dropped_on_a_wire_is_put_into_it(hand):
    wire = hand.view.network.link_items[Link("dense_1", "dense_2")]
    hand.drop_layer("dropout", hand.at(wire.middle), drop=False)
    assert wire.wanted
    assert hand.drop_layer("dropout", hand.at(wire.middle))
    assert ("dense_1", "dropout_1") in hand.links()
    assert ("dropout_1", "dense_2") in hand.links()
    assert ("dense_1", "dense_2") not in hand.links()
    hand.agrees()
    cards = [item.card for item in hand.view.network.node_items.values()]
    assert not any(a.intersects(b) for a in cards for b in cards if a is not b)
    hand.document.undo_stack.undo()
    assert len(hand.graph.nodes) == 4


def test_an_input_cannot_be_dropped_into_a_wire(hand):
    wire = hand.view.network.link_items[Link("dense_1", "dense_2")]
    hand.drop_layer("input", hand.at(wire.middle))
    assert ("dense_1", "dense_2") in hand.links()
    assert len(hand.graph.nodes) == 5


def test_files_and_unknown_layers_are_left_to_the_window(hand):
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("/tmp/table.csv")])
    foreign = QMimeData()
    foreign.setData("application/x-nndesigner-layer", b"warp")
    for data in (files, foreign):
        event = QDragEnterEvent(
            QPoint(50, 50),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(hand.view.viewport(), event)
        assert not event.isAccepted()


def test_a_wire_is_drawn_from_port_to_port(hand):
    hand.load(hand.graph.without([], [Link("dense_1", "dense_2")]))
    hand.drag(hand.output("dense_1"), hand.input("dense_2"))
    assert ("dense_1", "dense_2") in hand.links()
    assert hand.document.undo_stack.undoText() == "wire Dense 1 to Dense 2"
    hand.agrees()


def test_a_wire_can_be_drawn_backwards_and_onto_the_card(hand):
    hand.load(hand.graph.without([], [Link("dense_1", "dense_2")]))
    hand.drag(hand.input("dense_2"), hand.card("dense_1"))
    assert ("dense_1", "dense_2") in hand.links()


def test_a_single_input_lets_go_of_its_old_wire(hand):
    hand.drag(hand.output("flatten_1"), hand.input("dense_2"))
    assert ("flatten_1", "dense_2") in hand.links()
    assert ("dense_1", "dense_2") not in hand.links()
    assert any("in place of Dense" in message for message in hand.messages)


def test_a_merge_keeps_its_wires(hand):
    hand.load(
        Graph.chain([Input(), Conv2D(padding="same"), Conv2D(padding="same"), Add(), Flatten()])
    )
    hand.drag(hand.output("conv2d_1"), hand.input("add_1"))
    assert {("conv2d_1", "add_1"), ("conv2d_2", "add_1")} <= hand.links()


def test_a_cycle_is_refused_with_its_reason_and_shown_while_dragging(hand):
    before = hand.graph
    hand.load(before.without([], [Link("flatten_1", "dense_1")]))
    before = hand.graph
    hand.drag(hand.output("dense_2"), hand.input("dense_1"), release=False)
    items = hand.view.network.node_items
    assert items["dense_1"].hint == "dim"
    assert items["flatten_1"].hint == "target"
    assert "cycle" in hand.messages[-1]
    hand.release(hand.input("dense_1"))
    assert hand.graph is before
    assert "cycle" in hand.messages[-1]
    assert {item.hint for item in items.values()} == {""}


def test_the_end_of_a_wire_taken_off_and_dropped_on_the_canvas_removes_it(hand):
    hand.drag(hand.input("dense_2"), hand.empty())
    assert ("dense_1", "dense_2") not in hand.links()
    assert hand.view.picker is None
    hand.document.undo_stack.undo()
    assert ("dense_1", "dense_2") in hand.links()


def test_the_end_of_a_wire_put_back_changes_nothing(hand):
    before = hand.graph
    hand.press(hand.input("dense_2"))
    hand.move(hand.empty())
    hand.move(hand.input("dense_2"))
    hand.release(hand.input("dense_2"))
    assert hand.graph is before
    assert hand.document.undo_stack.count() == 0


def test_a_wire_dropped_on_the_canvas_asks_for_a_layer_and_wires_it(hand, pick):
    place = QPoint(880, 400)
    hand.drag(hand.output("dense_2"), place)
    assert hand.view.picker is not None
    assert "input" not in hand.view.picker.offered()
    pick("drop")
    assert ("dense_2", "dropout_1") in hand.links()
    item = hand.view.network.node_items["dropout_1"]
    assert item.card.contains(hand.view.mapToScene(place))
    hand.document.undo_stack.undo()
    assert len(hand.graph.nodes) == 4


def test_a_wire_dropped_outside_the_window_does_nothing(hand):
    before = hand.graph
    hand.drag(hand.output("dense_2"), QPoint(-400, 9000))
    assert hand.graph is before
    assert hand.view.picker is None


def test_a_drag_moves_a_node_in_one_step_on_the_grid(hand):
    start = hand.card("dense_1")
    hand.drag(start, start + QPoint(37, 91))
    node = hand.graph.node("dense_1")
    assert (node.x % 8, node.y % 8) == (0, 0)
    assert node.y > 60
    assert hand.document.undo_stack.count() == 1
    assert hand.document.undo_stack.undoText() == "move Dense 1"
    hand.agrees()
    hand.document.undo_stack.undo()
    hand.agrees()
    assert hand.graph.node("dense_1").y == 0


def test_all_selected_nodes_move_together(hand):
    hand.document.select(["dense_1", "dense_2"])
    start = hand.card("dense_1")
    hand.drag(start, start + QPoint(0, 80))
    assert hand.graph.node("dense_1").y == hand.graph.node("dense_2").y > 0
    assert hand.document.undo_stack.undoText() == "move 2 layers"


def test_a_loose_node_dropped_on_a_wire_is_put_into_it(hand):
    hand.load(hand.graph.with_node(Dropout(), 464, 160).shifted("dense_2", 200))
    wire = hand.view.network.link_items[Link("dense_1", "dense_2")]
    hand.drag(hand.card("dropout_1"), hand.at(wire.middle))
    assert {("dense_1", "dropout_1"), ("dropout_1", "dense_2")} <= hand.links()
    assert hand.document.undo_stack.count() == 1


@pytest.mark.parametrize("what", ["move", "wire", "taken", "band", "pan"])
def test_esc_leaves_any_gesture_without_a_trace(qtbot, hand, what):
    before, chosen = hand.graph, hand.document.selection
    items = len(hand.view.scene().items())
    far = QPoint(700, 450)
    start = {
        "move": hand.card("dense_1"),
        "wire": hand.output("dense_1"),
        "taken": hand.input("dense_1"),
    }.get(what, hand.empty())
    held = CTRL if what == "pan" else Qt.KeyboardModifier.NoModifier
    hand.drag(start, far, release=False, held=held)
    assert hand.view.gesture is not None
    qtbot.keyClick(hand.view, Qt.Key.Key_Escape)
    assert hand.view.gesture is None
    hand.move(far + QPoint(20, 0))
    hand.release(far + QPoint(20, 0))
    assert hand.graph is before
    assert hand.document.selection == chosen
    assert hand.document.undo_stack.count() == 0
    assert len(hand.view.scene().items()) == items
    hand.agrees()


def test_an_edit_during_a_drag_ends_the_drag(hand):
    start = hand.card("dense_1")
    hand.drag(start, start + QPoint(0, 90), release=False)
    hand.document.edit("delete Dense", hand.graph.without(["dense_1"]))
    assert hand.view.gesture is None
    hand.release(start + QPoint(0, 90))
    hand.agrees()


def test_clicks_select_add_and_let_go(hand):
    hand.click(hand.card("dense_1"))
    assert hand.document.selection == {"dense_1"}
    hand.click(hand.card("flatten_1"), held=SHIFT)
    assert hand.document.selection == {"dense_1", "flatten_1"}
    hand.click(hand.card("dense_1"), held=CTRL)
    assert hand.document.selection == {"flatten_1"}
    hand.click(hand.empty())
    assert not hand.document.selection
    hand.agrees()


def test_a_frame_selects_what_it_touches(hand):
    hand.drag(hand.empty(), hand.card("flatten_1"))
    assert hand.document.selection == {"input_1", "flatten_1"}


def test_a_wire_is_selected_and_deleted(qtbot, hand):
    link = Link("dense_1", "dense_2")
    hand.click(hand.at(hand.view.network.link_items[link].middle))
    assert hand.view.network.selected_links == {link}
    assert hand.view.network.link_items[link].isSelected()
    qtbot.keyClick(hand.view, Qt.Key.Key_Delete)
    assert link not in hand.graph.links
    assert len(hand.graph.nodes) == 4
    assert not hand.view.network.selected_links


def test_a_double_click_storm_on_canvas_and_card_adds_nothing(qtbot, hand):
    for _ in range(20):
        hand.double_click(hand.empty())
    for _ in range(20):
        hand.double_click(hand.card("dense_1"))
    assert len(hand.graph.nodes) == 4
    assert hand.view.rename_field is not None
    qtbot.keyClick(hand.view.rename_field, Qt.Key.Key_Escape)
    assert hand.document.undo_stack.count() == 0
    hand.agrees()


def test_a_second_button_during_a_gesture_changes_nothing(hand):
    start = hand.card("dense_1")
    hand.drag(start, start + QPoint(0, 80), release=False)
    gesture = hand.view.gesture
    hand.down = Qt.MouseButton.LeftButton
    hand.press(start, button=Qt.MouseButton.MiddleButton)
    hand.down = Qt.MouseButton.NoButton
    assert hand.view.gesture is gesture
    hand.release(start + QPoint(0, 80))
    assert hand.document.undo_stack.count() == 1


def test_the_middle_button_pans(hand):
    before = hand.view.mapToScene(0, 0)
    hand.drag(hand.card("dense_1"), QPoint(300, 300), button=Qt.MouseButton.MiddleButton)
    assert hand.view.mapToScene(0, 0) != before
    assert hand.document.undo_stack.count() == 0


def _wheel(hand, place: QPoint, turn: int, held=Qt.KeyboardModifier.NoModifier, pad=False):
    phase = Qt.ScrollPhase.ScrollUpdate if pad else Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(
        QPointF(place),
        QPointF(hand.view.viewport().mapToGlobal(place)),
        QPoint(0, turn // 4) if pad else QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        held,
        phase,
        False,
    )
    QApplication.sendEvent(hand.view.viewport(), event)


def test_the_wheel_zooms_at_the_mouse_within_bounds(hand):
    place = hand.card("dense_1")
    held = hand.view.mapToScene(place)
    before = hand.view.zoom
    _wheel(hand, place, 120)
    assert hand.view.zoom == pytest.approx(before * 1.2)
    moved = hand.view.mapToScene(place) - held
    assert moved.manhattanLength() < 4
    for _ in range(60):
        _wheel(hand, place, 480)
    assert hand.view.zoom == 4.0
    for _ in range(60):
        _wheel(hand, place, -480)
    assert hand.view.zoom == pytest.approx(0.05)


def test_two_fingers_pan_and_with_ctrl_zoom(hand):
    before, zoom = hand.view.mapToScene(0, 0), hand.view.zoom
    _wheel(hand, QPoint(200, 200), 120, pad=True)
    assert hand.view.zoom == zoom
    assert hand.view.mapToScene(0, 0).y() < before.y()
    _wheel(hand, QPoint(200, 200), 120, held=CTRL, pad=True)
    assert hand.view.zoom > zoom


def test_ports_and_wires_answer_to_the_mouse_above_them(hand):
    hand.mouse(QEvent.Type.MouseMove, hand.output("dense_1"), button=Qt.MouseButton.NoButton)
    assert hand.view.network.node_items["dense_1"].hot_port == "output"
    wire = hand.view.network.link_items[Link("flatten_1", "dense_1")]
    hand.mouse(QEvent.Type.MouseMove, hand.at(wire.middle), button=Qt.MouseButton.NoButton)
    assert hand.view.network.node_items["dense_1"].hot_port is None
    assert wire.hovered
    hand.mouse(QEvent.Type.MouseMove, hand.empty(), button=Qt.MouseButton.NoButton)
    assert not wire.hovered


def test_a_port_can_be_hit_twelve_pixels_off(hand):
    hand.load(Graph.chain([Input(), Dense()]))
    item = hand.view.network.node_items["dense_1"]
    assert hand.view.zoom == 1.0
    found = hand.view.network.port_at(item.output_point + QPointF(11, 11))
    assert found == (item, "output")
    assert hand.view.network.port_at(item.output_point + QPointF(14, 0)) is None
    start = hand.view.network.node_items["input_1"]
    assert hand.view.network.port_at(start.input_point) is None


def test_a_press_after_a_lost_release_starts_afresh(hand):
    start = hand.card("dense_1")
    hand.drag(start, start + QPoint(0, 80), release=False)
    hand.click(hand.card("flatten_1"))
    assert hand.view.gesture is None
    assert hand.document.undo_stack.count() == 0
    assert hand.document.selection == {"flatten_1"}
    hand.agrees()


def test_deleting_in_the_middle_of_a_drag_leaves_no_ghost_selected(hand):
    hand.document.select(["dense_1", "dense_2"])
    start = hand.card("dense_1")
    hand.drag(start, start + QPoint(0, 80), release=False)
    hand.view.delete_selection()
    assert not hand.document.selection
    hand.agrees()


def test_the_drawing_moves_along_when_a_drag_reaches_the_edge(qtbot, hand):
    start = hand.card("dense_2")
    hand.drag(start, QPoint(hand.view.viewport().width() + 40, start.y()), release=False)
    at_once = hand.view.network.node_items["dense_2"].x()
    qtbot.waitUntil(
        lambda: hand.view.network.node_items["dense_2"].x() > at_once + 80, timeout=3000
    )
    hand.release(QPoint(hand.view.viewport().width() + 40, start.y()))
    assert not hand.view._auto_scroll.is_active
    assert hand.graph.node("dense_2").x > at_once + 80
    assert hand.document.undo_stack.count() == 1
    hand.agrees()
