"""Random edits, and a network of 500 layers: items and document agree, and a frame is quick."""

from __future__ import annotations

import random
import statistics
import time

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from nndesigner.graph import Graph
from nndesigner.layers import LAYERS, Dense, Input
from nndesigner.ui.canvas.editor import Editor

#: More nodes than this are thinned out, so that every edit meets a drawing of a usual size.
MOST_NODES = 40


def _random_edit(hand, draw: random.Random) -> None:
    view, graph = hand.view, hand.graph
    ids = [node.id for node in graph.nodes]
    if len(ids) > MOST_NODES:
        hand.document.select(draw.sample(ids, 20))
        view.delete_selection()
        return
    if ids:
        hand.document.select(draw.sample(ids, draw.randint(0, min(3, len(ids)))))
    if graph.links and draw.random() < 0.2:
        view.network.select_links([draw.choice(graph.links)])
    kind = draw.choice(list(LAYERS))
    one = draw.choice(ids) if ids else ""
    point = QPointF(draw.uniform(-500, 1500), draw.uniform(-300, 300))
    choices = [
        lambda: view.add_layer(kind),
        lambda: view.add_layer(kind, point),
        lambda: view.nudge(draw.choice((-8, 8)), draw.choice((-8, 8))),
        view.duplicate,
        view.tidy,
        hand.document.undo_stack.undo,
        hand.document.undo_stack.redo,
    ]
    if ids:
        other = draw.choice(ids)
        choices += [
            lambda: hand.drag(hand.output(one), hand.input(other)),
            lambda: hand.drag(hand.output(one), hand.input(other)),
            lambda: hand.drag(hand.card(one), hand.card(one) + QPoint(40, draw.randint(-90, 90))),
            lambda: view.swap_layer(one, kind),
            lambda: view.insert_before(kind, one),
            lambda: view.delete_selection(heal=draw.random() < 0.5),
        ]
    if graph.links:
        choices.append(lambda: view.insert_layer(kind, draw.choice(graph.links)))
    draw.choice(choices)()
    if view.picker is not None:
        view.picker.close()
    if view.rename_field is not None:
        view.rename_field.finish(keep=False)


def _monkey(hand, edits: int, look_every: int, seed: int = 7) -> None:
    draw = random.Random(seed)
    hand.load(Graph())
    # Fitting anew after each edit would hide cards under the overlay; look once from afar.
    hand.view.zoom_by(0.5, hand.view.viewport().rect().center())
    for step in range(edits):
        _random_edit(hand, draw)
        if step % look_every == 0:
            hand.agrees()
            can_train = hand.document.verdict.can_train
            assert can_train == (hand.document.verdict.first_error == "")
    hand.agrees()
    last, stack = hand.graph, hand.document.undo_stack
    index = stack.index()  # the last edits may have been undos: there is more to redo than `last`
    while stack.canUndo():
        stack.undo()
    assert hand.graph == Graph()
    hand.agrees()
    while stack.index() < index:
        stack.redo()
    assert hand.graph == last
    hand.agrees()


def test_a_thousand_random_edits_keep_items_and_document_equal(hand):
    _monkey(hand, 1_000, 20)


@pytest.mark.slow
def test_ten_thousand_random_edits_keep_items_and_document_equal(hand):
    _monkey(hand, 10_000, 100)


def _five_hundred() -> Graph:
    """Columns of ten, wired along: all of them are seen at once when fitted."""
    graph = Graph.chain([Input(), *(Dense(units=8) for _ in range(499))])
    return graph.moved(
        {n.id: ((i // 20) * 232.0, (i % 20) * 96.0) for i, n in enumerate(graph.nodes)}
    )


def _frame_ms(view: Editor) -> float:
    """The time of one full frame."""
    view.viewport().update()
    start = time.perf_counter()
    view.viewport().repaint()
    return (time.perf_counter() - start) * 1000


def test_five_hundred_layers_stay_fluent(hand, record_property):
    view = hand.view
    view.resize(760, 420)
    hand.load(_five_hundred())
    QApplication.processEvents()
    figures = {}
    for name, zoom in (("fitted", None), ("natural size", 1.0), ("half size", 0.5)):
        view.fit()
        if zoom is not None:
            view.zoom_by(zoom / view.zoom, view.viewport().rect().center())
        _frame_ms(view)  # the first frame at a zoom fills the caches
        frames = []
        for _ in range(15):
            view.pan_by(3, 1)
            frames.append(_frame_ms(view))
        figures[name] = statistics.median(frames)
    start = time.perf_counter()
    hand.document.select(["dense_250"])
    view.nudge(8, 0)
    figures["one edit"] = (time.perf_counter() - start) * 1000
    view.show_node("dense_250")
    card = hand.card("dense_250")
    hand.press(card)
    hand.move(card + QPoint(9, 9))
    start = time.perf_counter()
    for step in range(20):
        hand.move(card + QPoint(10 + step * 8, 10))
        QApplication.processEvents()
    figures["one step of a drag"] = (time.perf_counter() - start) * 1000 / 20
    hand.release(card)
    for name, value in figures.items():
        record_property(name, f"{value:.1f} ms")
    print("500 layers:", {name: round(value, 1) for name, value in figures.items()})
    # Shared machines are slow at times: the promise is 16 ms, the alarm rings at thrice that.
    assert max(figures["fitted"], figures["natural size"], figures["half size"]) < 48
    assert figures["one step of a drag"] < 48
    assert figures["one edit"] < 400
    hand.agrees()


def test_wiring_among_five_hundred_layers_starts_at_once(qtbot, hand):
    hand.load(_five_hundred())
    hand.view.show_node("dense_250")
    start = time.perf_counter()
    hand.drag(hand.output("dense_250"), hand.card("dense_250") + QPoint(80, 60), release=False)
    assert time.perf_counter() - start < 0.5
    qtbot.keyClick(hand.view, Qt.Key.Key_Escape)
    hand.agrees()
