"""Moves nodes over the grid as one undo step; a loose node dropped on a wire is put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from nndesigner.ui.canvas.geometry import snapped
from nndesigner.ui.canvas.gestures.base import Gesture, Pointer
from nndesigner.ui.canvas.link_item import LinkItem
from nndesigner.ui.canvas.placing import names, threaded

if TYPE_CHECKING:
    from nndesigner.ui.canvas.editor import Editor


class MoveGesture(Gesture):
    """A press on a card selects it, a drag moves all selected cards."""

    def __init__(self, editor: Editor, start: Pointer, node_id: str) -> None:
        super().__init__(editor, start)
        self._node = node_id
        self._before = editor.document.selection
        self._graph = editor.document.graph
        self._origins: dict[str, tuple[float, float]] = {}
        self._places: dict[str, tuple[float, float]] = {}
        self._wire: LinkItem | None = None
        if node_id not in self._before:
            chosen = self._before | {node_id} if start.adds else {node_id}
            if not start.adds:
                editor.network.select_links(())
            editor.document.select(chosen)

    def begin(self) -> None:
        """Take all selected nodes into the hand."""
        chosen = self.editor.document.selection | {self._node}
        self._origins = {n.id: (n.x, n.y) for n in self._graph.nodes if n.id in chosen}

    def drag(self, pointer: Pointer) -> None:
        """Show the nodes where they would go: the one in the hand lies on the grid."""
        way = pointer.scene - self.start.scene
        x, y = self._origins[self._node]
        dx, dy = snapped(x + way.x()) - x, snapped(y + way.y()) - y
        self._places = {i: (ox + dx, oy + dy) for i, (ox, oy) in self._origins.items()}
        self.editor.network.preview_places(self._places)
        self._mark(self._wire_below())

    def drop(self, pointer: Pointer) -> None:
        """Make it one undo step."""
        wire = self._wire
        self._mark(None)
        graph = self._graph.moved(self._places)
        text = f"move {names(graph, self._origins)}"
        if wire is not None:
            joined = threaded(graph, self._node, wire.link)
            if joined is not None:
                graph, text = joined, f"put {names(graph, [self._node])} into a wire"
        self.editor.document.edit(text, graph)
        self.editor.network.sync()

    def click(self, pointer: Pointer) -> None:
        """A plain click selects this node alone; with Shift or Ctrl it is added or let go."""
        document = self.editor.document
        if not pointer.adds:
            self.editor.network.select_links(())
            document.select([self._node])
        elif self._node in self._before:
            document.select(document.selection - {self._node})

    def cancel(self) -> None:
        """Put all back."""
        self._mark(None)
        self.editor.network.sync()
        document = self.editor.document
        document.select(i for i in self._before if document.graph.has(i))

    def _wire_below(self) -> LinkItem | None:
        if len(self._places) != 1:
            return None
        corner = QPointF(*self._places[self._node])
        wire = self.editor.network.link_under_card(corner, without=self._node)
        if wire is None or threaded(self._graph, self._node, wire.link) is None:
            return None
        return wire

    def _mark(self, wire: LinkItem | None) -> None:
        if wire is not self._wire:
            for item, wanted in ((self._wire, False), (wire, True)):
                if item is not None:
                    item.set_state(wanted=wanted)
            self._wire = wire
