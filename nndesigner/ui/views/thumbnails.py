"""Small pictures with a line of text below each, in rows that fill the width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from nndesigner.ui import theme

SIDE = 64
WIDTH = 80


class Thumbnails(QAbstractScrollArea):
    """A wall of pictures; small ones are enlarged pixel by pixel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: Sequence[tuple[QImage, str]] = ()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(WIDTH, SIDE)

    @property
    def items(self) -> Sequence[tuple[QImage, str]]:
        """Pictures and their texts; they may be made only when they are asked for."""
        return self._items

    def set_items(self, items: Sequence[tuple[QImage, str]]) -> None:
        """Show other pictures."""
        self._items = items
        self._arrange()
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """A few rows."""
        return QSize(480, 240)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many side by side as fit."""
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The pictures in sight."""
        t = theme.tokens()
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.color(t.panel))
        metrics = QFontMetrics(self.font())
        across, height = self._across(), self._height()
        shift = self.verticalScrollBar().value()
        first = max(0, shift // height) * across
        last = ((shift + self.viewport().height()) // height + 1) * across
        for index in range(first, min(last, len(self._items))):
            picture, text = self._items[index]
            row, column = divmod(index, across)
            top = row * height - shift
            frame = QRect(column * WIDTH + (WIDTH - SIDE) // 2, top + 2, SIDE, SIDE)
            target = QRect(frame.topLeft(), picture.size().scaled(frame.size(), _KEEP))
            target.moveCenter(frame.center())
            painter.setRenderHint(_SMOOTH, picture.width() > SIDE)
            painter.drawImage(target, picture)
            painter.setPen(theme.color(t.text_quiet))
            line = QRect(column * WIDTH + 2, frame.bottom() + 2, WIDTH - 4, metrics.height())
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, shown)

    def _across(self) -> int:
        return max(1, self.viewport().width() // WIDTH)

    def _height(self) -> int:
        return SIDE + QFontMetrics(self.font()).height() + 8

    def _arrange(self) -> None:
        rows = -(-len(self._items) // self._across())
        bar = self.verticalScrollBar()
        bar.setPageStep(max(1, self.viewport().height()))
        bar.setSingleStep(self._height() // 2)
        bar.setRange(0, max(0, rows * self._height() - self.viewport().height()))


_KEEP = Qt.AspectRatioMode.KeepAspectRatio
_SMOOTH = QPainter.RenderHint.SmoothPixmapTransform
