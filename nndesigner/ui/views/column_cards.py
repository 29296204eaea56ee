"""Columns as cards: name, figures and a histogram, and under them what they hold."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from nndesigner.data.column_choice import ROLE_TITLES, TYPE_TITLES
from nndesigner.data.looking import ColumnLook
from nndesigner.ui import theme
from nndesigner.ui.views.base import number_text
from nndesigner.ui.views.text_table import plain_tip

WIDTH, HEIGHT = 216, 144


class ColumnCards(QAbstractScrollArea):
    """A card a column, as many side by side as fit; only those in sight are painted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[ColumnLook, ...] = ()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(WIDTH, 96)
        self.setFont(theme.number_font())
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)

    @property
    def columns(self) -> tuple[ColumnLook, ...]:
        """What is shown."""
        return self._columns

    def set_columns(self, columns: tuple[ColumnLook, ...]) -> None:
        """Show other columns."""
        self._columns = columns
        self.setAccessibleDescription(". ".join(sentence(each) for each in columns[:12]))
        self._arrange()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many side by side as fit."""
        self._arrange()

    def viewportEvent(self, event: QEvent) -> bool:
        """Everything about a column is in its tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            for index, column in enumerate(self._columns):
                if self._place(index).contains(event.pos()):
                    QToolTip.showText(event.globalPos(), plain_tip(sentence(column)), self)
                    return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cards in sight."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.color(theme.tokens().panel))
        for index, column in enumerate(self._columns):
            place = self._place(index)
            if place.bottom() >= 0 and place.top() <= self.viewport().height():
                self._card(painter, place, column)

    # -- inside

    def _across(self) -> int:
        return max(1, self.viewport().width() // (WIDTH + theme.GRID))

    def _place(self, index: int) -> QRect:
        row, column = divmod(index, self._across())
        width = (self.viewport().width() - theme.GRID) // self._across() - theme.GRID
        top = row * (HEIGHT + theme.GRID) - self.verticalScrollBar().value()
        return QRect(column * (width + theme.GRID), top, width, HEIGHT)

    def _arrange(self) -> None:
        rows = -(-len(self._columns) // self._across())
        bar = self.verticalScrollBar()
        bar.setPageStep(max(1, self.viewport().height()))
        bar.setSingleStep(HEIGHT // 3)
        bar.setRange(0, max(0, rows * (HEIGHT + theme.GRID) - self.viewport().height()))

    def _card(self, painter: QPainter, place: QRect, column: ColumnLook) -> None:
        t = theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(t.raised))
        painter.drawRoundedRect(place, theme.RADIUS, theme.RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        inner = place.adjusted(10, 8, -10, -8)
        name_font = theme.title_font(0)
        name_metrics, metrics = QFontMetrics(name_font), QFontMetrics(self.font())
        kind = TYPE_TITLES.get(column.type, column.type)
        if column.role != "input":
            kind += f", {ROLE_TITLES.get(column.role, column.role).lower()}"
        name_width = name_metrics.horizontalAdvance(column.name)
        least = inner.width() - min(name_width, inner.width() // 2) - 8
        kind_width = min(metrics.horizontalAdvance(kind) + 1, least)
        painter.setFont(name_font)
        quiet = column.role == "ignore"
        painter.setPen(theme.color(t.text_off if quiet else t.text))
        room = inner.width() - kind_width - 8
        line = QRect(inner.left(), inner.top(), room, name_metrics.height())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, left, name_metrics.elidedText(column.name, _ELIDE, room))
        painter.setFont(self.font())
        painter.setPen(theme.color(t.accent if column.role == "target" else t.text_quiet))
        head = QRect(inner.left(), inner.top(), inner.width(), name_metrics.height())
        painter.drawText(head, right, metrics.elidedText(kind, _ELIDE, kind_width))
        painter.setPen(theme.color(t.text_quiet))
        facts = facts_of(column)
        second = head.translated(0, name_metrics.height() + 2)
        painter.drawText(second, left, metrics.elidedText(facts, _ELIDE, inner.width()))
        body = QRect(
            inner.left(), second.bottom() + 6, inner.width(), inner.bottom() - second.bottom() - 6
        )
        if column.names:
            self._bars(painter, body, column, metrics)
        elif column.counts:
            self._histogram(painter, body, column, metrics)

    def _histogram(
        self, painter: QPainter, body: QRect, column: ColumnLook, metrics: QFontMetrics
    ) -> None:
        t = theme.tokens()
        foot = metrics.height()
        chart = body.adjusted(0, 0, 0, -foot - 2)
        most = max(column.counts) or 1
        wide = chart.width() / len(column.counts)
        ink = theme.color(t.text_off if column.role == "ignore" else t.accent)
        for index, number in enumerate(column.counts):
            if number:
                tall = max(1.0, chart.height() * number / most)
                bar = QRectF(
                    chart.left() + index * wide, chart.bottom() + 1 - tall, max(1.0, wide - 1), tall
                )
                painter.fillRect(bar, ink)
        painter.fillRect(
            QRect(chart.left(), chart.bottom() + 1, chart.width(), 1), theme.color(t.hairline)
        )
        painter.setPen(theme.color(t.text_quiet))
        line = QRect(body.left(), body.bottom() - foot + 1, body.width(), foot)
        if column.low is not None and column.high is not None:
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, number_text(column.low))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight, number_text(column.high))
            if column.mean is not None:
                painter.drawText(
                    line, Qt.AlignmentFlag.AlignHCenter, f"mean {number_text(column.mean)}"
                )

    def _bars(
        self, painter: QPainter, body: QRect, column: ColumnLook, metrics: QFontMetrics
    ) -> None:
        t = theme.tokens()
        line = metrics.height() + 1
        fitting = max(1, body.height() // line)
        most = max(column.counts) or 1
        names = body.width() * 2 // 5
        numbers = max(metrics.horizontalAdvance(f"{number:,}") for number in column.counts)
        ink = theme.color(t.text_off if column.role == "ignore" else t.accent)
        shown = list(zip(column.names, column.counts, strict=True))
        if len(shown) > fitting:
            rest = sum(number for _, number in shown[fitting - 1 :])
            shown = [*shown[: fitting - 1], ("others", rest)]
        for index, (name, number) in enumerate(shown):
            here = QRect(body.left(), body.top() + index * line, body.width(), line)
            painter.setPen(theme.color(t.text))
            painter.drawText(
                here, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(name, _ELIDE, names - 8)
            )
            room = here.width() - names - numbers - 8
            bar = max(1.0, room * min(1.0, number / most))
            painter.fillRect(QRectF(here.left() + names, here.top() + 3, bar, line - 6), ink)
            painter.setPen(theme.color(t.text_quiet))
            painter.drawText(
                here, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{number:,}"
            )


_ELIDE = Qt.TextElideMode.ElideRight


def facts_of(column: ColumnLook) -> str:
    """``714 values, 88 different, 177 missing``."""
    parts = [f"{column.rows - column.missing:,} values, {column.distinct:,} different"]
    if column.missing:
        parts.append(f"{column.missing:,} missing")
    return ", ".join(parts)


def sentence(column: ColumnLook) -> str:
    """A column in words."""
    text = f"{column.name}: {TYPE_TITLES.get(column.type, column.type)}, {facts_of(column)}"
    figures = [("from", column.low), ("to", column.high), ("mean", column.mean)]
    figures.append(("deviation", column.deviation))
    return text + "".join(
        f", {name} {number_text(value)}" for name, value in figures if value is not None
    )
