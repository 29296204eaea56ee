"""Keeps one item for every node and wire of the document, changing only what differs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsScene

from nndesigner.graph import Graph, Link, Node, shape_text
from nndesigner.ui import theme
from nndesigner.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, PORT_REACH, plain
from nndesigner.ui.canvas.link_item import LinkItem
from nndesigner.ui.canvas.node_item import Facts, NodeItem, Port, forget_look
from nndesigner.ui.document import Document

#: The room around the drawing that can be scrolled to.
ROOM = 20_000.0


class NetworkScene(QGraphicsScene):
    """The items of one document. Nodes follow its selection; selected wires live here."""

    synced = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.node_items: dict[str, NodeItem] = {}
        self.link_items: dict[Link, LinkItem] = {}
        self._links_of: dict[str, list[LinkItem]] = {}
        self._selected_links: frozenset[Link] = frozenset()
        self._focused = False
        document.graph_changed.connect(self.sync)
        document.checked.connect(self.sync_facts)
        document.selection_changed.connect(self.sync_selection)
        theme.changed().connect(self.restyle)
        self.sync()
        self.sync_facts()

    @property
    def graph(self) -> Graph:
        """The drawing that the items show."""
        return self.document.graph

    # -- following the document

    def sync(self) -> None:
        """Make the items those of the graph."""
        graph = self.graph
        self._sync_nodes(graph.nodes)
        self._sync_links(graph.links)
        self._sync_room()
        self.sync_selection()
        self.synced.emit()

    def _sync_nodes(self, nodes: tuple[Node, ...]) -> None:
        wanted: dict[str, Node] = {}
        for node in nodes:
            wanted.setdefault(node.id, node)
        for node_id in [i for i in self.node_items if i not in wanted]:
            self.removeItem(self.node_items.pop(node_id))
        for node_id, node in wanted.items():
            item = self.node_items.get(node_id)
            if item is None:
                item = self.node_items[node_id] = NodeItem(node)
                self.addItem(item)
            else:
                item.show_node(node)

    def _sync_links(self, links: tuple[Link, ...]) -> None:
        known = self.node_items
        wanted = {k: None for k in links if k.source in known and k.target in known}
        for link in [k for k in self.link_items if k not in wanted]:
            self.removeItem(self.link_items.pop(link))
        for link in wanted:
            if link not in self.link_items:
                self.link_items[link] = LinkItem(link)
                self.addItem(self.link_items[link])
        self._links_of = {}
        for link, item in self.link_items.items():
            self._links_of.setdefault(link.source, []).append(item)
            self._links_of.setdefault(link.target, []).append(item)
            self._place(item)
        if not self._selected_links <= self.link_items.keys():
            self.select_links(self._selected_links & self.link_items.keys())

    def _place(self, item: LinkItem) -> None:
        source, target = self.node_items[item.link.source], self.node_items[item.link.target]
        item.show_ends(source.output_point, target.input_point)

    def _sync_room(self) -> None:
        """Let the view scroll well beyond the drawing; in steps, so that it seldom changes."""
        box = self.drawing_box().adjusted(-ROOM, -ROOM, ROOM, ROOM)
        step = ROOM / 4
        left, top = math.floor(box.left() / step) * step, math.floor(box.top() / step) * step
        right, low = math.ceil(box.right() / step) * step, math.ceil(box.bottom() / step) * step
        room = QRectF(left, top, right - left, low - top)
        if room != self.sceneRect():
            self.setSceneRect(room)

    def sync_facts(self) -> None:
        """Write shapes, parameter counts and problems onto the items."""
        verdict = self.document.verdict
        report = verdict.report
        messages: dict[str, list[str]] = {}
        severity: dict[str, str] = {}
        for problem in verdict.problems:
            if problem.node is not None:
                messages.setdefault(problem.node, []).append(problem.message)
                worst = "error" in (problem.severity, severity.get(problem.node))
                severity[problem.node] = "error" if worst else "warning"
        titles = self.graph.titles()
        for node_id, item in self.node_items.items():
            item.show_facts(
                Facts(
                    titles[node_id][len(item.node.title) :].strip(),
                    report.count(node_id),
                    tuple(messages.get(node_id, ())),
                    severity.get(node_id, ""),
                )
            )
        for link, wire in self.link_items.items():
            shape = report.shapes.get(link.source)
            wire.show_shape(plain(shape_text(shape)) if shape is not None else "")

    def sync_selection(self) -> None:
        """Mark the selected nodes, and the one that the keyboard acts on."""
        chosen = self.document.selection
        for node_id, item in self.node_items.items():
            selected = node_id in chosen
            if item.isSelected() != selected:
                item.setSelected(selected)
                item.setZValue(2.0 if selected else 1.0)
                item.update()
            item.set_focused(self._focused and selected and len(chosen) == 1)

    def set_focused(self, focused: bool) -> None:
        """Whether keys go to the canvas now."""
        self._focused = focused
        self.sync_selection()

    def restyle(self) -> None:
        """Take over another theme."""
        forget_look()
        for item in self.node_items.values():
            item.restyle()
        for wire in self.link_items.values():
            wire.restyle()
        self.update()

    # -- wires that are selected

    @property
    def selected_links(self) -> frozenset[Link]:
        """The selected wires."""
        return self._selected_links

    def select_links(self, links: Iterable[Link]) -> None:
        """Make these the selected wires."""
        self._selected_links = frozenset(links)
        for link, item in self.link_items.items():
            if item.isSelected() != (link in self._selected_links):
                item.setSelected(link in self._selected_links)

    def select_nothing(self) -> None:
        """Let go of all nodes and wires."""
        self.select_links(())
        self.document.select(())

    # -- a drag that is not yet an edit

    def preview_places(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Show nodes elsewhere while they are in the hand; `sync` puts them back."""
        touched: dict[LinkItem, None] = {}
        for node_id, (x, y) in places.items():
            if node_id in self.node_items:
                self.node_items[node_id].setPos(x, y)
                touched.update(dict.fromkeys(self._links_of.get(node_id, ())))
        for wire in touched:
            self._place(wire)

    # -- what is where

    def drawing_box(self) -> QRectF:
        """The rectangle around all cards."""
        box = QRectF()
        for item in self.node_items.values():
            box = box.united(item.card)
        return box

    def node_at(self, point: QPointF) -> NodeItem | None:
        """The topmost card at a point."""
        reach = QRectF(point.x() - 1, point.y() - 1, 2, 2)
        for item in self.items(reach):
            if isinstance(item, NodeItem) and item.card.contains(point):
                return item
        return None

    def port_at(self, point: QPointF) -> tuple[NodeItem, Port] | None:
        """The nearest port within reach of a point."""
        size = 2 * PORT_REACH
        reach = QRectF(point.x() - PORT_REACH, point.y() - PORT_REACH, size, size)
        found: tuple[float, NodeItem, Port] | None = None
        for item in self.items(reach):
            if isinstance(item, NodeItem):
                near = item.port_near(point)
                if near is not None and (found is None or near[1] < found[0]):
                    found = (near[1], item, near[0])
        return (found[1], found[2]) if found else None

    def link_at(self, point: QPointF) -> LinkItem | None:
        """The topmost wire at a point that no card covers."""
        if self.node_at(point) is not None:
            return None
        for item in self.items(point, deviceTransform=QTransform()):
            if isinstance(item, LinkItem):
                return item
        return None

    def link_under_card(self, corner: QPointF, without: str = "") -> LinkItem | None:
        """The wire that runs through the middle of a card held at a place."""
        middle = corner + QPointF(CARD_WIDTH / 2, CARD_HEIGHT / 2)
        box = QRectF(middle.x() - 24.0, middle.y() - 12.0, 48.0, 24.0)
        for item in self.items(box):
            if isinstance(item, LinkItem) and without not in (item.link.source, item.link.target):
                return item
        return None
