"""Moves the drawing along while something is dragged over the edge of the view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QRect, QTimer

EDGE_PX = 20
TICK_MS = 20
MOST_STEP_PX = 24


class AutoScroll(QObject):
    """Calls ``scroll`` with the step to take, again and again, while the mouse is at an edge."""

    def __init__(self, scroll: Callable[[QPoint], None], parent: QObject) -> None:
        super().__init__(parent)
        self._scroll, self._step = scroll, QPoint()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(lambda: self._scroll(self._step))

    @property
    def is_active(self) -> bool:
        """Whether the drawing is moving along."""
        return self._timer.isActive()

    def follow(self, mouse: QPoint, room: QRect) -> None:
        """Start, go on or stop by where the mouse is: the further out, the faster."""
        inner = room.adjusted(EDGE_PX, EDGE_PX, -EDGE_PX, -EDGE_PX)
        self._step = QPoint(
            _overshoot(mouse.x(), inner.left(), inner.right()),
            _overshoot(mouse.y(), inner.top(), inner.bottom()),
        )
        if self._step.isNull():
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """The drag has ended."""
        self._timer.stop()


def _overshoot(place: int, low: int, high: int) -> int:
    beyond = place - low if place < low else place - high if place > high else 0
    return max(-MOST_STEP_PX, min(MOST_STEP_PX, beyond // 2))
