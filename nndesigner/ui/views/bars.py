"""Names with counts, as bars below each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nndesigner.ui import theme
from nndesigner.ui.views.text_table import plain_tip

#: More bars than this are summed up in a last line.
MOST_BARS = 1000
#: A bar beside a name can grow to this width at least.
LEAST_BAR = 24


class BarList(QWidget):
    """One line a name: the name, a bar, the count and its share."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[tuple[str, int], ...] = ()
        self._colors: tuple[QColor, ...] = ()
        self.setFont(theme.number_font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def items(self) -> tuple[tuple[str, int], ...]:
        """Names and counts."""
        return self._items

    def set_items(self, items: Sequence[tuple[str, int]], colors: Sequence[QColor] = ()) -> None:
        """Show other names and counts; with ``colors`` the bars are a legend, too."""
        self._colors = tuple(colors)
        self._items = tuple(items[:MOST_BARS])
        rest = sum(count for _, count in items[MOST_BARS:])
        if rest:
            self._items += ((f"{len(items) - MOST_BARS:,} more", rest),)
        self.setAccessibleDescription(", ".join(f"{n}: {c:,}" for n, c in self._items[:20]))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line a name."""
        return QSize(200, max(1, len(self._items)) * self._line())

    def minimumSizeHint(self) -> QSize:
        """Narrow is possible, low is not."""
        return QSize(120, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names that no longer fit beside their bars go above them."""
        super().resizeEvent(event)
        if self.height() != self.sizeHint().height():
            self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        """Long names are whole in the tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = event.pos().y() // self._line()
            if 0 <= index < len(self._items):
                name, count = self._items[index]
                QToolTip.showText(event.globalPos(), plain_tip(f"{name}: {count:,} rows"), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lines in sight."""
        t = theme.tokens()
        painter = QPainter(self)
        metrics = QFontMetrics(self.font())
        line, stacked = self._line(), self._stacked
        largest = max((count for _, count in self._items), default=1) or 1
        total = sum(count for _, count in self._items) or 1
        names = self.width() if stacked else self._widest
        start = 0 if stacked else names + 8
        figure = self._figures
        middle = Qt.AlignmentFlag.AlignVCenter
        first = max(0, event.rect().top() // line)
        last = min(len(self._items), event.rect().bottom() // line + 1)
        for index in range(first, last):
            name, count = self._items[index]
            box = QRect(0, index * line, self.width(), line)
            painter.setPen(theme.color(t.text))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names)
            box.setHeight(metrics.height() + 4)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, shown)
            if stacked:
                box.translate(0, metrics.height())
            painter.setPen(theme.color(t.text_quiet))
            share = f"{count / total:.0%}".replace("%", " %")
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, share)
            side = metrics.horizontalAdvance("  100 %")
            painter.drawText(
                box.adjusted(0, 0, -side, 0), Qt.AlignmentFlag.AlignRight | middle, f"{count:,}"
            )
            track = QRectF(start, box.center().y() - 3, 0, 7)
            track.setWidth(max(0.0, self.width() - start - figure - 8) * count / largest)
            own = index < len(self._colors)
            painter.fillRect(track, self._colors[index] if own else theme.color(t.accent))

    @property
    def _widest(self) -> int:
        metrics = QFontMetrics(self.font())
        return max((metrics.horizontalAdvance(name) for name, _ in self._items), default=0)

    @property
    def _figures(self) -> int:
        """The room of a count and its share."""
        largest = max((count for _, count in self._items), default=1) or 1
        return QFontMetrics(self.font()).horizontalAdvance(f"{largest:,}  100 %")

    @property
    def _stacked(self) -> bool:
        """Whether a name needs a line of its own, so that a bar is still seen beside the others."""
        return self._widest + 8 + LEAST_BAR + 8 + self._figures > self.width()

    def _line(self) -> int:
        height = QFontMetrics(self.font()).height()
        return (2 * height if self._stacked else height) + 4
