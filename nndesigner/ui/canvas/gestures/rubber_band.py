"""Selects what a frame touches; a click on the empty canvas lets go of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from nndesigner.ui.canvas.gestures.base import Gesture, Pointer
from nndesigner.ui.canvas.link_item import RubberBand

if TYPE_CHECKING:
    from nndesigner.ui.canvas.editor import Editor


class RubberBandGesture(Gesture):
    """The selection follows the frame while it is drawn; Shift or Ctrl adds to the old one."""

    def __init__(self, editor: Editor, start: Pointer) -> None:
        super().__init__(editor, start)
        self._before = editor.document.selection
        self._links_before = editor.network.selected_links
        self._frame = RubberBand()

    def begin(self) -> None:
        """Show the frame."""
        self.editor.network.addItem(self._frame)

    def drag(self, pointer: Pointer) -> None:
        """Select what the frame touches now."""
        network = self.editor.network
        box = QRectF(self.start.scene, pointer.scene).normalized()
        self._frame.show_box(box)
        touched = {i for i, item in network.node_items.items() if item.card.intersects(box)}
        if not pointer.adds:
            network.select_links(())
        self.editor.document.select(touched | self._before if pointer.adds else touched)

    def drop(self, pointer: Pointer) -> None:
        """Keep the selection."""
        self.editor.network.removeItem(self._frame)

    def click(self, pointer: Pointer) -> None:
        """Let go of everything."""
        if not pointer.adds:
            self.editor.network.select_nothing()

    def cancel(self) -> None:
        """Bring the old selection back."""
        if self._frame.scene() is not None:
            self.editor.network.removeItem(self._frame)
        document, network = self.editor.document, self.editor.network
        document.select(i for i in self._before if document.graph.has(i))
        network.select_links(self._links_before & network.link_items.keys())
