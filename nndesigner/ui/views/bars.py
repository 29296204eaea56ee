"""Names with counts, as bars below each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nndesigner.ui import theme
from nndesigner.ui.views.text_table import plain_tip

#: More bars than this are summed up in a last line.
MOST_BARS = 1000


class BarList(QWidget):
    """One line a name: the name, a bar, the count and its share."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[tuple[str, int], ...] = ()
        self.setFont(theme.number_font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def items(self) -> tuple[tuple[str, int], ...]:
        """Names and counts."""
        return self._items

    def set_items(self, items: Sequence[tuple[str, int]]) -> None:
        """Show other names and counts."""
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
        line = self._line()
        largest = max((count for _, count in self._items), default=1) or 1
        total = sum(count for _, count in self._items) or 1
        widest = max((metrics.horizontalAdvance(name) for name, _ in self._items), default=0)
        names = min(widest, self.width() * 2 // 5)
        figure = metrics.horizontalAdvance(f"{largest:,}  100 %")
        middle = Qt.AlignmentFlag.AlignVCenter
        first = max(0, event.rect().top() // line)
        last = min(len(self._items), event.rect().bottom() // line + 1)
        for index in range(first, last):
            name, count = self._items[index]
            box = QRect(0, index * line, self.width(), line)
            painter.setPen(theme.color(t.text))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, shown)
            painter.setPen(theme.color(t.text_quiet))
            share = f"{count / total:.0%}".replace("%", " %")
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, share)
            side = metrics.horizontalAdvance("  100 %")
            painter.drawText(
                box.adjusted(0, 0, -side, 0), Qt.AlignmentFlag.AlignRight | middle, f"{count:,}"
            )
            track = QRectF(names + 8, box.center().y() - 3, 0, 7)
            track.setWidth(max(0.0, self.width() - names - figure - 16) * count / largest)
            painter.fillRect(track, theme.color(t.accent))

    def _line(self) -> int:
        return QFontMetrics(self.font()).height() + 4
