"""Pictures with what a network gives back of each, one above the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from nndesigner.ui import theme
from nndesigner.ui.views.base import number_text

SIDE = 72
GAP = 4

#: A picture, what came back, and the mean distance of the two.
Pair = tuple[QImage | None, QImage, float]


class Pairs(QAbstractScrollArea):
    """Columns of two pictures with their distance below, in rows that fill the width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[Pair, ...] = ()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(SIDE, SIDE)
        self.setFont(theme.number_font())
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)

    @property
    def items(self) -> tuple[Pair, ...]:
        """What is shown."""
        return self._items

    def set_items(self, items: Sequence[Pair]) -> None:
        """Show other pictures."""
        self._items = tuple(items)
        self._arrange()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many side by side as fit."""
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The pairs in sight."""
        t = theme.tokens()
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.color(t.panel))
        across, tall = self._across(), self._tall()
        line = QFontMetrics(self.font()).height()
        for index, (before, after, error) in enumerate(self._items):
            row, column = divmod(index, across)
            top = row * tall - self.verticalScrollBar().value()
            if top > self.viewport().height() or top + tall < 0:
                continue
            left = column * (SIDE + 2 * GAP)
            for place, image in enumerate((before, after)):
                if image is None:
                    continue
                frame = QRect(left, top + place * (SIDE + GAP), SIDE, SIDE)
                target = QRect(frame.topLeft(), image.size().scaled(frame.size(), _KEEP))
                target.moveCenter(frame.center())
                painter.drawImage(target, image)
                painter.setPen(QPen(theme.color(t.accent if place else t.hairline), 1))
                painter.drawRect(target.adjusted(0, 0, -1, -1))
            painter.setPen(theme.color(t.text_quiet))
            below = QRect(left, top + 2 * (SIDE + GAP), SIDE, line)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"± {number_text(error)}")

    def _across(self) -> int:
        return max(1, self.viewport().width() // (SIDE + 2 * GAP))

    def _tall(self) -> int:
        return 2 * (SIDE + GAP) + QFontMetrics(self.font()).height() + 2 * GAP

    def _arrange(self) -> None:
        rows = -(-len(self._items) // self._across())
        bar = self.verticalScrollBar()
        bar.setPageStep(max(1, self.viewport().height()))
        bar.setSingleStep(SIDE)
        bar.setRange(0, max(0, rows * self._tall() - self.viewport().height()))


_KEEP = Qt.AspectRatioMode.KeepAspectRatio
