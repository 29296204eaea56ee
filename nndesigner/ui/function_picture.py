"""Draws an activation function as a small curve with its formula."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from nndesigner.learning.activations import ACTIVATIONS, Activation
from nndesigner.ui import theme

POINTS = 97


class FunctionPicture(QWidget):
    """The curve of one activation around 0, beside its formula."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._function = ACTIVATIONS["linear"]
        self.setMinimumSize(QSize(120, 64))
        theme.changed().connect(self.update)

    @property
    def kind(self) -> str:
        """The function that is drawn."""
        return self._function.kind

    def show_function(self, function: Activation) -> None:
        """Draw another function."""
        self._function = function
        self.setToolTip(f"{function.title}: {function.formula}\n{function.help}")
        self.setAccessibleName(f"{function.title}: {function.formula}")
        self.update()

    def sizeHint(self) -> QSize:
        """A strip below the field."""
        return QSize(240, 64)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, curve, formula."""
        t = theme.tokens()
        function = self._function
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(t.raised))
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, theme.RADIUS, theme.RADIUS)
        text = frame.adjusted(theme.GRID, 4, -theme.GRID, -4)
        if function.curve is not None:
            graph = QRectF(frame.left() + 8, frame.top() + 6, 88, frame.height() - 12)
            text.setLeft(graph.right() + theme.GRID)
            self._draw_curve(painter, graph)
        painter.setPen(theme.color(t.text_quiet))
        painter.drawText(
            text,
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap,
            function.formula,
        )

    def _draw_curve(self, painter: QPainter, graph: QRectF) -> None:
        curve, span = self._function.curve, self._function.span
        if curve is None:
            return
        t = theme.tokens()
        xs = [-span + 2 * span * i / (POINTS - 1) for i in range(POINTS)]
        ys = [curve(x) for x in xs]
        low, high = min(*ys, -0.2), max(*ys, 1.0)
        if not (math.isfinite(low) and math.isfinite(high)):
            return

        def place(x: float, y: float) -> QPointF:
            return QPointF(
                graph.left() + graph.width() * (x + span) / (2 * span),
                graph.bottom() - graph.height() * (y - low) / (high - low),
            )

        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color(t.hairline), 1))
        painter.drawLine(place(-span, 0), place(span, 0))
        painter.drawLine(place(0, low), place(0, high))
        painter.setPen(QPen(theme.color(t.accent), 2))
        painter.drawPolyline(QPolygonF([place(x, y) for x, y in zip(xs, ys, strict=True)]))
