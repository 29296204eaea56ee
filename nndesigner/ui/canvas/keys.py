"""What the keys do on the canvas, so that all of it can be done without a mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from nndesigner.ui import theme

if TYPE_CHECKING:
    from nndesigner.ui.canvas.view import CanvasView

_Key = Qt.Key
_Modifier = Qt.KeyboardModifier
ARROWS = {
    _Key.Key_Left: (-1, 0),
    _Key.Key_Right: (1, 0),
    _Key.Key_Up: (0, -1),
    _Key.Key_Down: (0, 1),
}


class Keys:
    """Turns key presses into the verbs of a canvas."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key says; False leaves it to the window."""
        if event.key() == _Key.Key_Escape:
            return self._escape()
        return self._standard_key(event) or self._plain_key(event)

    def _escape(self) -> bool:
        if self._view.gesture is not None:
            self._view.leave_gesture()
            return True
        if self._view.document.selection or self._view.network.selected_links:
            self._view.network.select_nothing()
            return True
        return False

    def _standard_key(self, event: QKeyEvent) -> bool:
        """The keys that every program has; a window's own shortcuts come before these."""
        standard = QKeySequence.StandardKey
        stack = self._view.document.undo_stack
        for key, do in (
            (standard.Undo, stack.undo),
            (standard.Redo, stack.redo),
            (standard.Cut, self._view.cut),
            (standard.Copy, self._view.copy),
            (standard.Paste, self._view.paste),
            (standard.SelectAll, self._view.select_all),
        ):
            if event.matches(key):
                self._view.leave_gesture()
                do()
                return True
        return False

    def _plain_key(self, event: QKeyEvent) -> bool:
        key, held = event.key(), event.modifiers() & ~_Modifier.KeypadModifier
        if key in ARROWS:
            return self._arrow(key, held)
        if held == _Modifier.ControlModifier:
            if key in (_Key.Key_Delete, _Key.Key_Backspace):
                self._view.delete_selection(heal=True)
            elif key == _Key.Key_D:
                self._view.duplicate()
            else:
                return False
            return True
        if held & ~_Modifier.ShiftModifier:
            return False
        verbs: dict[int, Callable[[], object]] = {
            _Key.Key_Space: self._view.quick_add,
            _Key.Key_Tab: self._view.quick_add,
            _Key.Key_Delete: self._view.delete_selection,
            _Key.Key_Backspace: self._view.delete_selection,
            _Key.Key_Return: self._view.rename_selected,
            _Key.Key_Enter: self._view.rename_selected,
            _Key.Key_F2: self._view.rename_selected,
            _Key.Key_F1: self._help,
            _Key.Key_W: self._view.wire_selected,
            _Key.Key_F: self._view.fit,
            _Key.Key_Plus: self._view.zoom_in,
            _Key.Key_Equal: self._view.zoom_in,
            _Key.Key_Minus: self._view.zoom_out,
            _Key.Key_0: self._view.zoom_reset,
            _Key.Key_Home: lambda: self._walk_to(0),
            _Key.Key_End: lambda: self._walk_to(-1),
        }
        if key not in verbs:
            return False
        self._view.leave_gesture()
        verbs[key]()
        return True

    def _arrow(self, key: int, held: Qt.KeyboardModifier) -> bool:
        """Arrows move what is selected (far with Shift); with Ctrl they walk from node to node."""
        dx, dy = ARROWS[_Key(key)]
        if held == _Modifier.ControlModifier or not self._view.document.selection:
            self._walk(dx, dy)
        elif held & ~_Modifier.ShiftModifier:
            return False
        else:
            far = 4 if held & _Modifier.ShiftModifier else 1
            self._view.leave_gesture()
            self._view.nudge(dx * theme.GRID * far, dy * theme.GRID * far)
        return True

    def _walk(self, dx: int, dy: int) -> None:
        """Select the nearest node in a direction."""
        graph = self._view.document.graph
        if len(self._view.document.selection) != 1:
            self._walk_to(0)
            return
        here = graph.node(next(iter(self._view.document.selection)))
        best: tuple[float, str] | None = None
        for node in graph.nodes:
            along = (node.x - here.x) * dx + (node.y - here.y) * dy
            aside = abs((node.x - here.x) * dy) + abs((node.y - here.y) * dx)
            if along > 0 and (best is None or along + 2 * aside < best[0]):
                best = (along + 2 * aside, node.id)
        if best is not None:
            self._go_to(best[1])

    def _walk_to(self, index: int) -> None:
        order = self._view.document.graph.order() or tuple(
            n.id for n in self._view.document.graph.nodes
        )
        if order:
            self._go_to(order[index])

    def _go_to(self, node_id: str) -> None:
        self._view.network.select_links(())
        self._view.document.select([node_id])
        self._view.keep_visible(node_id)

    def _help(self) -> None:
        selection = self._view.document.selection
        if len(selection) == 1:
            node = self._view.document.graph.node(next(iter(selection)))
            self._view.help_requested.emit(node.layer.kind)
        else:
            self._view.help_requested.emit("")
