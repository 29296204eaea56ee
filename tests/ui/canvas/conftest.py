"""A shown canvas over a document with digits, and a hand that presses, moves and releases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nndesigner.data.dataset import Spec
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Flatten, Input
from nndesigner.ui import theme
from nndesigner.ui.canvas import CanvasView
from nndesigner.ui.canvas.catalog import layer_mime
from nndesigner.ui.document import Document, State

DIGITS = Spec(name="digits", rows=1797, task="classification", input_shape=(8, 8, 1), outputs=10)
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Hand:
    """Drives a canvas with real events and looks at what came of it."""

    def __init__(self, view: CanvasView, document: Document) -> None:
        self.view, self.document = view, document
        self.messages: list[str] = []
        self.down = Qt.MouseButton.NoButton  # other buttons that are held
        view.status_message.connect(self.messages.append)

    def load(self, graph: Graph) -> None:
        """Open another network."""
        self.document.load(State(graph=graph, spec=DIGITS), dataset=None)

    @property
    def graph(self) -> Graph:
        """The drawing."""
        return self.document.graph

    def kinds(self) -> list[str]:
        """The kinds of the nodes, in order."""
        return [node.layer.kind for node in self.graph.nodes]

    def links(self) -> set[tuple[str, str]]:
        """The wires."""
        return {(link.source, link.target) for link in self.graph.links}

    def at(self, point: QPointF) -> QPoint:
        """A point of the scene in the viewport."""
        return self.view.mapFromScene(point)

    def card(self, node: str) -> QPoint:
        """The middle of a card."""
        return self.at(self.view.network.node_items[node].card.center())

    def output(self, node: str) -> QPoint:
        """A right port."""
        return self.at(self.view.network.node_items[node].output_point)

    def input(self, node: str) -> QPoint:
        """A left port."""
        return self.at(self.view.network.node_items[node].input_point)

    def empty(self) -> QPoint:
        """A point of the canvas with nothing at it."""
        return QPoint(30, self.view.viewport().height() - 30)

    def mouse(
        self,
        kind: QEvent.Type,
        place: QPoint,
        button: Qt.MouseButton = LEFT,
        held: Qt.KeyboardModifier = NONE,
    ) -> None:
        """One mouse event at a point of the viewport."""
        up = kind in (QEvent.Type.MouseButtonRelease,)
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(
            kind,
            QPointF(place),
            QPointF(self.view.viewport().mapToGlobal(place)),
            none if kind == QEvent.Type.MouseMove else button,
            none if up else button | self.down,
            held,
        )
        QApplication.sendEvent(self.view.viewport(), event)

    def press(self, place: QPoint, **how: object) -> None:
        """Press a button."""
        self.mouse(QEvent.Type.MouseButtonPress, place, **how)

    def move(self, place: QPoint, **how: object) -> None:
        """Move with the button down."""
        self.mouse(QEvent.Type.MouseMove, place, **how)

    def release(self, place: QPoint, **how: object) -> None:
        """Let the button go."""
        self.mouse(QEvent.Type.MouseButtonRelease, place, **how)

    def click(self, place: QPoint, **how: object) -> None:
        """Press and release."""
        self.press(place, **how)
        self.release(place, **how)

    def double_click(self, place: QPoint) -> None:
        """What Qt sends for a double click."""
        self.click(place)
        self.mouse(QEvent.Type.MouseButtonDblClick, place)
        self.release(place)

    def drag(self, start: QPoint, end: QPoint, *, release: bool = True, **how: object) -> None:
        """Press, move in steps, and release unless told otherwise."""
        self.press(start, **how)
        for step in (0.25, 0.5, 0.75, 1.0):
            self.move(start + (end - start) * step, **how)
        if release:
            self.release(end, **how)

    def drop_layer(self, kind: str, place: QPoint, *, drop: bool = True) -> bool:
        """Drag a layer from the palette to a point; whether the canvas took it."""
        data, target = layer_mime(kind), self.view.viewport()
        copy = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(place, copy, data, LEFT, NONE)
        QApplication.sendEvent(target, enter)
        QApplication.sendEvent(target, QDragMoveEvent(place, copy, data, LEFT, NONE))
        if not drop:
            return enter.isAccepted()
        event = QDropEvent(QPointF(place), copy, data, LEFT, NONE)
        QApplication.sendEvent(target, event)
        return event.isAccepted()

    def agrees(self) -> None:
        """Fail unless items and document say the same."""
        network, graph = self.view.network, self.graph
        assert set(network.node_items) == {node.id for node in graph.nodes}
        assert set(network.link_items) == set(graph.links)
        report = self.document.verdict.report
        for node in graph.nodes:
            item = network.node_items[node.id]
            assert item.node is node
            # Qt takes places for equal that differ in the last digit, and then moves nothing.
            assert (item.x(), item.y()) == pytest.approx((node.x, node.y))
            assert item.isSelected() == (node.id in self.document.selection)
            assert item.facts.count == report.count(node.id)
        for link, wire in network.link_items.items():
            source = network.node_items[link.source]
            assert wire._path.elementAt(0).x == source.output_point.x()
            assert bool(wire.shape_label) == (link.source in report.shapes)


@pytest.fixture
def digits() -> Graph:
    """Input, Flatten, Dense, Dense."""
    return Graph.chain([Input(), Flatten(), Dense(units=32), Dense(units=10, activation="softmax")])


@pytest.fixture
def hand(qtbot: QtBot, digits: Graph) -> Iterator[Hand]:
    """A hand over a canvas that shows the digits network."""
    theme.apply("light")
    document = Document()
    view = CanvasView(document)
    qtbot.addWidget(view)
    view.resize(1000, 500)
    with qtbot.waitExposed(view):
        view.show()
    hand = Hand(view, document)
    hand.load(digits)
    view.setFocus()
    yield hand
    view.set_running(False)


@pytest.fixture
def pick(qtbot: QtBot, hand: Hand) -> Callable[[str], None]:
    """Type into the open quick-add and press Enter."""

    def type_and_enter(text: str) -> None:
        picker = hand.view.picker
        assert picker is not None
        qtbot.keyClicks(picker.field, text)
        qtbot.keyClick(picker.field, Qt.Key.Key_Return)

    return type_and_enter
