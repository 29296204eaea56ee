"""A small bubble that points at one button until it was pressed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from nndesigner.ui import theme

TIP = 8


class Bubble(QWidget):
    """Floats below a widget of the same window; a click closes it."""

    def __init__(self, text: str, target: QWidget, window: QWidget) -> None:
        super().__init__(window)
        self._target, self._window = target, window
        self._seen = False
        self._label = QLabel(text, self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, TIP + 6, 12, 8)
        layout.addWidget(self._label)
        window.installEventFilter(self)
        target.installEventFilter(self)
        theme.changed().connect(self._restyle)
        self._restyle()
        self.place()

    def point(self, on: bool) -> None:
        """Be there only while the target can be pressed; once seen, not again."""
        self.setVisible(on and not self._seen)

    def dismiss(self) -> None:
        """Go for good."""
        self._seen = True
        self.hide()

    def place(self) -> None:
        """Go below the target."""
        self.adjustSize()
        corner = self._target.mapTo(self._window, QPoint(0, self._target.height() + 2))
        self.move(max(4, corner.x()), corner.y())
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the target when the window changes."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            self.place()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Seen: go."""
        self.dismiss()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A rounded card with a tip that points up."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(theme.tokens().accent))
        card = QRectF(0, TIP, self.width(), self.height() - TIP)
        painter.drawRoundedRect(card, theme.RADIUS, theme.RADIUS)
        middle = min(self._target.width() / 2, self.width() - 20.0)
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(middle - TIP, TIP + 1),
                    QPointF(middle, 0),
                    QPointF(middle + TIP, TIP + 1),
                ]
            )
        )

    def _restyle(self) -> None:
        palette = self._label.palette()
        palette.setColor(self._label.foregroundRole(), theme.color(theme.tokens().accent_text))
        self._label.setPalette(palette)
        self.update()
