"""What every gesture has: it follows the mouse, and ends with a release or with Esc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt

if TYPE_CHECKING:
    from nndesigner.ui.canvas.editor import Editor

#: A press that moves less than this is a click.
CLICK_PX = 4


@dataclass(frozen=True)
class Pointer:
    """Where the mouse is, in the viewport and in the scene, and which keys are held."""

    screen: QPoint
    scene: QPointF
    modifiers: Qt.KeyboardModifier

    @property
    def adds(self) -> bool:
        """Whether Shift or Ctrl is held: a click adds to the selection."""
        both = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        return bool(self.modifiers & both)


class Gesture:
    """One movement of the hand, from press to release.

    Nothing in the document changes before `release`, and `cancel` leaves no trace.
    """

    #: The drawing moves along when the drag reaches the edge of the view.
    scrolls = True

    def __init__(self, editor: Editor, start: Pointer) -> None:
        self.editor, self.start = editor, start
        self.is_drag = False

    def move(self, pointer: Pointer) -> None:
        """The mouse has moved."""
        if not self.is_drag:
            far = (pointer.screen - self.start.screen).manhattanLength() >= CLICK_PX
            if not far:
                return
            self.is_drag = True
            self.begin()
        self.drag(pointer)

    def release(self, pointer: Pointer) -> None:
        """The button went up: do it."""
        if self.is_drag:
            self.drop(pointer)
        else:
            self.click(pointer)

    def begin(self) -> None:
        """The press has become a drag."""

    def drag(self, pointer: Pointer) -> None:
        """The mouse has moved while dragging."""

    def drop(self, pointer: Pointer) -> None:
        """The drag has ended."""

    def click(self, pointer: Pointer) -> None:
        """The button went up without a drag."""

    def cancel(self) -> None:
        """Esc was pressed or something else came between: leave all as it was."""
