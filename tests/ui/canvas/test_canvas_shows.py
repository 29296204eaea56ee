"""What the canvas shows: shapes, counts, problems, themes, motion; and odd content from files."""

from __future__ import annotations

import itertools
import math

import pytest
from PySide6.QtGui import QColor

from nndesigner.graph import Graph, Link, Node
from nndesigner.layers import Conv2D, Dense, Dropout, Flatten, Input
from nndesigner.ui import theme
from nndesigner.ui.canvas.geometry import tooltip
from nndesigner.ui.canvas.node_item import LEAST_ZOOM_DETAIL


def test_shapes_counts_and_the_corner_follow_every_change(hand):
    network = hand.view.network
    assert network.link_items[Link("input_1", "flatten_1")].shape_label == "8×8×1"
    assert network.link_items[Link("dense_1", "dense_2")].shape_label == "32"
    assert network.node_items["dense_1"]._count == "2,080"
    assert network.node_items["dense_1"]._title == "Dense 1"
    assert network.node_items["flatten_1"]._title == "Flatten"
    assert hand.view.corner.text() == "2,410 parameters"
    hand.document.edit("units", hand.graph.with_layer("dense_1", Dense(units=64)))
    assert network.link_items[Link("dense_1", "dense_2")].shape_label == "64"
    assert network.node_items["dense_1"]._count == "4,160"
    assert hand.view.corner.text() == "4,810 parameters"
    hand.load(Graph())
    assert not hand.view.corner.isVisible()
    assert "press Space" in hand.view.hint.text


def test_a_pill_has_room_on_its_wire_or_stands_above(hand):
    link = Link("input_1", "flatten_1")
    wire = hand.view.network.link_items[link]
    cards = [item.card for item in hand.view.network.node_items.values()]
    assert wire.pill.center().y() == pytest.approx(wire.middle.y())
    assert not any(wire.pill.intersects(card) for card in cards)
    x = hand.graph.node("flatten_1").x
    hand.document.edit("near", hand.graph.moved({"flatten_1": (x - 48, 0)}))
    cards = [item.card for item in hand.view.network.node_items.values()]
    assert wire.pill.bottom() < 0
    assert not any(wire.pill.intersects(card) for card in cards)


def test_a_problem_is_marked_and_its_sentence_is_plain_text(hand):
    graph = Graph.chain([Input(), Conv2D(), Dense()])
    hand.load(graph.with_name("dense_1", "<b>bold</b> & <img src=x>"))
    item = hand.view.network.node_items["dense_1"]
    assert item.facts.severity == "error"
    assert "add Flatten before it" in item.toolTip()
    hand.load(hand.graph.without(["conv2d_1"]))
    item = hand.view.network.node_items["dense_1"]
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; " in item.toolTip()
    assert "<b>" not in item.toolTip()


def test_a_tooltip_takes_nothing_for_markup():
    assert tooltip("a < b", "<i>x</i>") == "<qt>a &lt; b<br>&lt;i&gt;x&lt;/i&gt;</qt>"
    assert tooltip("", "") == ""


@pytest.mark.parametrize(
    "name",
    ["\x00\x01\n\tx", "\ud800 lone", "🧠" * 300, "عربى", "<b>" * 1000, "a" * 100_000],
)
def test_odd_names_are_shown_as_plain_text(hand, name):
    hand.load(hand.graph.with_name("dense_1", name))
    assert not hand.view.grab().isNull()
    hand.agrees()


def test_odd_places_and_dangling_wires_from_a_file_do_not_hurt(hand):
    places = [(math.nan, 0.0), (math.inf, -math.inf), (1e300, -1e300), (0.5, 0.25)]
    nodes = [Node(id=f"n{i}", layer=Dropout(), x=x, y=y) for i, (x, y) in enumerate(places)]
    nodes.append(Node(id="n0", layer=Flatten()))
    links = (Link("n0", "gone"), Link("n0", "n1"), Link("n0", "n1"), Link("n2", "n2"))
    hand.load(Graph(tuple(nodes), links))
    hand.view.fit()
    assert not hand.view.grab().isNull()
    hand.document.select(["n1"])
    hand.view.nudge(8, 0)
    hand.view.select_all()
    hand.view.duplicate()
    hand.view.delete_selection()


def test_a_cycle_in_a_file_is_shown_marked(hand):
    graph = hand.graph
    hand.load(Graph(graph.nodes, (*graph.links, Link("dense_2", "dense_1"))))
    network = hand.view.network
    assert any("circle" in item.toolTip() for item in network.node_items.values())
    assert Link("dense_2", "dense_1") in network.link_items
    assert not hand.view.grab().isNull()


def test_the_theme_is_followed(hand):
    theme.apply("dark")
    image = hand.view.grab().toImage()
    assert image.pixelColor(2, 2).lightness() < 80
    card = hand.card("dense_1")
    assert image.pixelColor(card.x() + 60, card.y() + 18).lightness() < 90
    theme.apply("light")
    image = hand.view.grab().toImage()
    assert image.pixelColor(2, 2).lightness() > 200
    assert image.pixelColor(card.x() + 60, card.y() + 18) == QColor(theme.LIGHT.raised)


def test_a_line_moves_over_the_wires_while_training(qtbot, hand):
    hand.view.reduced_motion = False
    wire = hand.view.network.link_items[Link("dense_1", "dense_2")]
    hand.view.set_running(True)
    qtbot.waitUntil(lambda: wire.motion == "moving" and wire.phase > 0, timeout=2000)
    hand.view.add_layer("dense")  # edits go on; a run keeps its own graph
    assert hand.view.network.link_items[Link("dense_2", "dense_3")].motion == "moving"
    hand.view.set_running(False)
    assert wire.motion == "off"


def test_nothing_moves_when_motion_is_not_wanted(hand):
    hand.view.reduced_motion = True
    hand.view.set_running(True)
    wire = hand.view.network.link_items[Link("dense_1", "dense_2")]
    assert wire.motion == "still"
    assert not hand.view._motion_timer.isActive()


def test_a_node_that_is_asked_for_comes_to_the_middle(hand):
    hand.view.zoom_by(3.0, hand.empty())
    hand.view.show_node("dense_2")
    assert hand.document.selection == {"dense_2"}
    middle = hand.view.viewport().rect().center()
    assert (hand.card("dense_2") - middle).manhattanLength() < 6
    hand.view.show_node("gone")
    assert hand.document.selection == {"dense_2"}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_state_of_items_can_be_painted(hand, mode):
    theme.apply(mode)
    wire = hand.view.network.link_items[Link("dense_1", "dense_2")]
    item = hand.view.network.node_items["dense_1"]
    seen = []
    for change in (
        lambda: wire.set_state(wanted=True),
        lambda: wire.set_state(wanted=False, hovered=True),
        lambda: wire.set_state(hovered=False, detached=True),
        lambda: wire.set_motion("moving", 0.3),
        lambda: wire.set_motion("still"),
        lambda: hand.view.network.select_links([wire.link]),
        lambda: item.set_hint("target"),
        lambda: item.set_hint("hot"),
        lambda: item.set_hint("dim"),
        lambda: item.set_hot_port("output"),
        lambda: item.set_focused(True),
        lambda: hand.drag(hand.output("dense_1"), hand.card("input_1"), release=False),
        lambda: hand.drag(hand.empty(), hand.card("input_1"), release=False),
    ):
        change()
        seen.append(hand.view.grab().toImage())
        hand.view.leave_gesture()
    assert all(a != b for a, b in itertools.pairwise(seen))
    theme.apply("light")


def test_a_folded_chain_is_read_at_a_small_size_and_its_wire_back_crosses_no_card(hand):
    hand.view.resize(767, 420)
    hand.load(Graph.chain([Input(), *[Dense(units=n + 2) for n in range(7)]]).folded())
    hand.view.fit()
    assert hand.view.zoom >= LEAST_ZOOM_DETAIL
    network = hand.view.network
    back = network.link_items[Link("dense_3", "dense_4")]
    points = [back._path.pointAtPercent(step / 400) for step in range(401)]
    for node_id, item in network.node_items.items():
        inside = item.card.adjusted(1, 1, -1, -1)
        assert not any(inside.contains(point) for point in points), node_id
    for wire in network.link_items.values():
        if wire is not back:
            seen = wire._end.x() - wire._start.x() - wire.pill.width()
            assert seen >= 20
