"""The square that is painted on, by mouse or by keyboard."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from nndesigner.data.generators import REACH
from nndesigner.data.painting import Painting
from nndesigner.ui import theme
from nndesigner.ui.views.points import PointSet, PointsView, class_color

Tool = Literal["brush", "spray", "erase"]
#: A held spray puffs this often, in milliseconds.
PUFF_MS = 40
#: One press of an arrow key moves the cross this far.
KEY_STEP = 0.25
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class PaintCanvas(PointsView):
    """Paints with the current tool, class and radius; a stroke is one step of undo."""

    changed = Signal()
    #: A number key asks for a class, a letter for a tool.
    class_wanted = Signal(int)
    tool_wanted = Signal(str)

    def __init__(self, painting: Painting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painting = painting
        self.tool: Tool = "brush"
        self.label = 0
        self.radius = 0.5
        self._rng = np.random.default_rng()
        self._at: tuple[float, float] | None = None
        self._erasing = False
        self._pressed = False
        self._puffs = QTimer(self)
        self._puffs.setInterval(PUFF_MS)
        self._puffs.timeout.connect(self._apply)
        self.setAccessibleName("Painting: arrow keys move, space paints, 1 to 8 choose the class")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def set_tool(self, tool: Tool) -> None:
        """Paint with another tool."""
        self.tool = tool
        self.update()

    def set_radius(self, radius: float) -> None:
        """How large brush, spray and eraser are, in units of the square."""
        self.radius = radius
        self.update()

    def follow(self) -> None:
        """Draw the painting as it is now."""
        now = self._painting.now
        self.show_points(PointSet(now.x[:, 0], now.x[:, 1], now.labels))

    # -- events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A stroke begins; the right button erases."""
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        self.setFocus()
        self._erasing = event.button() == Qt.MouseButton.RightButton or self.tool == "erase"
        self._pressed = True
        self._at = self.to_data(event.position())
        self._painting.begin()
        self._apply(first=True)
        if self.tool == "spray" and not self._erasing:
            self._puffs.start()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The stroke goes on, without gaps however fast the mouse is."""
        before, self._at = self._at, self.to_data(event.position())
        if self._pressed and before is not None:
            far = max(abs(self._at[0] - before[0]), abs(self._at[1] - before[1]))
            steps = max(1, int(far / max(self.radius / 2, 0.05)))
            end = self._at
            for step in range(1, steps + 1):
                share = step / steps
                self._at = (
                    before[0] + (end[0] - before[0]) * share,
                    before[1] + (end[1] - before[1]) * share,
                )
                self._stamp(first=False)
            self._tell()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The stroke ends."""
        if self._pressed:
            self._finish()

    def leaveEvent(self, event: QEvent) -> None:
        """No ring where there is no mouse."""
        if not self._pressed:
            self._at = None
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel belongs to nobody here."""
        event.ignore()

    def hideEvent(self, event: QEvent) -> None:  # type: ignore[override]
        """A stroke never outlives the window."""
        if self._pressed:
            self._finish()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the cross, space paints there, numbers choose classes, letters tools."""
        key = Qt.Key(event.key())
        letters = {Qt.Key.Key_B: "brush", Qt.Key.Key_S: "spray", Qt.Key.Key_E: "erase"}
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in _ARROWS:
            x, y = self._at or (0.0, 0.0)
            right, up = _ARROWS[key]
            self._at = (
                float(np.clip(x + right * KEY_STEP, -REACH, REACH)),
                float(np.clip(y + up * KEY_STEP, -REACH, REACH)),
            )
            self.update()
        elif key == Qt.Key.Key_Space:
            self._at = self._at or (0.0, 0.0)
            self._erasing = self.tool == "erase"
            self._painting.begin()
            self._apply(first=True)
            self._painting.end()
            self.changed.emit()
        elif key in letters:
            self.tool_wanted.emit(letters[key])
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_8:
            index = int(key) - int(Qt.Key.Key_1)
            if index < len(self._painting.now.classes):
                self.class_wanted.emit(index)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The points, and the ring of the tool."""
        super().paintEvent(event)
        if self._at is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = self.place()
        painter.setClipRect(place)
        unit = place.width() / (2 * REACH)
        middle = QPointF(
            place.left() + (self._at[0] + REACH) * unit,
            place.top() + (REACH - self._at[1]) * unit,
        )
        erasing = self._erasing if self._pressed else self.tool == "erase"
        ink = theme.color(theme.tokens().text_quiet) if erasing else class_color(self.label)
        painter.setPen(QPen(ink, 1.5, Qt.PenStyle.DashLine if erasing else Qt.PenStyle.SolidLine))
        painter.drawEllipse(middle, self.radius * unit, self.radius * unit)
        painter.setPen(QPen(ink, 1))
        painter.drawLine(middle - QPointF(4, 0), middle + QPointF(4, 0))
        painter.drawLine(middle - QPointF(0, 4), middle + QPointF(0, 4))

    # -- inside

    def _apply(self, first: bool = False) -> None:
        self._stamp(first)
        self._tell()

    def _stamp(self, first: bool) -> None:
        if self._at is None:
            return
        x, y = self._at
        if self._erasing:
            self._painting.erase(x, y, self.radius)
        elif self.tool == "spray":
            self._painting.spray(x, y, self.label, self.radius, self._rng)
        else:
            self._painting.dot(x, y, self.label, 0.0 if first else self.radius)

    def _tell(self) -> None:
        """Draw at once; the lists beside are told at the end of the stroke."""
        self.follow()
        if self._painting.full:
            self.changed.emit()

    def _finish(self) -> None:
        self._pressed = False
        self._puffs.stop()
        self._painting.end()
        self._erasing = False
        self.changed.emit()
