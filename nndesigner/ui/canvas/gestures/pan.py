"""Moves the paper under the eye: the middle button, or Ctrl or Alt on the empty canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from nndesigner.ui.canvas.gestures.base import Gesture, Pointer

if TYPE_CHECKING:
    from nndesigner.ui.canvas.editor import Editor


class PanGesture(Gesture):
    """The drawing follows the mouse."""

    scrolls = False

    def __init__(self, editor: Editor, start: Pointer) -> None:
        super().__init__(editor, start)
        self._last = start.screen

    def begin(self) -> None:
        """Show a closed hand."""
        self.editor.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def drag(self, pointer: Pointer) -> None:
        """Follow the mouse."""
        step = pointer.screen - self._last
        self._last = pointer.screen
        self.editor.pan_by(step.x(), step.y())

    def drop(self, pointer: Pointer) -> None:
        """Give the cursor back."""
        self.editor.viewport().unsetCursor()

    def cancel(self) -> None:
        """Go back to where the drag began."""
        back = self.start.screen - self._last
        self.editor.pan_by(back.x(), back.y())
        self.editor.viewport().unsetCursor()
