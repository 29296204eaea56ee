"""Draws the learning rate over the epochs of a run, before it is trained."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from nndesigner.learning.schedules import Plateau
from nndesigner.training.rates import preview
from nndesigner.training.settings import Settings
from nndesigner.ui import theme


class SchedulePicture(QWidget):
    """A small curve: rate upwards, epochs to the right; dashed where nobody knows yet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: list[tuple[float, float]] = []
        self._high = 0.0
        self._epochs = 1
        self._dashed = False
        self.setMinimumSize(QSize(120, 72))
        theme.changed().connect(self.update)

    @property
    def points(self) -> list[tuple[float, float]]:
        """What is drawn: times from 0 to 1, and shares of the highest rate."""
        return self._points

    def show_settings(self, settings: Settings, rows: int) -> None:
        """Draw the schedule of these settings for so many training rows."""
        times, rates = preview(settings, max(1, rows))
        self._high = float(rates.max())
        self._epochs = settings.epochs
        self._dashed = isinstance(settings.schedule, Plateau)
        top = self._high or 1.0
        self._points = [
            (float(t) / settings.epochs, float(r) / top) for t, r in zip(times, rates, strict=True)
        ]
        words = (
            "Lowered when the loss stays where it is: when, nobody knows before"
            if self._dashed
            else f"From {rates[0]:.3g} to {rates[-1]:.3g} over {settings.epochs:,} epochs, at most "
            f"{self._high:.3g}"
        )
        self.setToolTip(words)
        self.setAccessibleName(f"Learning rate: {words}")
        self.update()

    def sizeHint(self) -> QSize:
        """A strip below the fields."""
        return QSize(240, 72)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame, curve, and what its ends mean."""
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(t.raised))
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, theme.RADIUS, theme.RADIUS)
        painter.setPen(theme.color(t.text_quiet))
        line = painter.fontMetrics().height()
        inner = frame.adjusted(theme.GRID, 4, -theme.GRID, -4)
        flags = Qt.AlignmentFlag
        painter.drawText(inner, flags.AlignTop | flags.AlignLeft, f"{self._high:.3g}")
        painter.drawText(inner, flags.AlignBottom | flags.AlignLeft, "0")
        painter.drawText(inner, flags.AlignBottom | flags.AlignRight, f"{self._epochs:,} epochs")
        left = inner.left() + painter.fontMetrics().horizontalAdvance("0.00000") + 4
        box = QRectF(left, inner.top() + 4, inner.right() - left, inner.height() - line - 6)
        painter.setPen(QPen(theme.color(t.hairline), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        pen = QPen(theme.color(t.accent), 2)
        if self._dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(
            QPolygonF(
                [
                    QPointF(box.left() + x * box.width(), box.bottom() - y * box.height())
                    for x, y in self._points
                ]
            )
        )
