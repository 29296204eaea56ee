"""A scrollable field of coloured cells whose row and column names stay in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from nndesigner.ui import theme

#: Names are cut where they would take more room than this, in pixels.
WIDEST_NAME = 160


class CellGrid(QAbstractScrollArea):
    """Cells of one size, as large as the room allows between a least and a greatest size."""

    #: Row and column under the mouse or the cursor keys; -1, -1 when there is none.
    hovered = Signal(int, int)
    clicked = Signal(int, int)

    def __init__(
        self,
        least: QSize,
        greatest: QSize,
        *,
        row_title: str,
        column_title: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._least, self._greatest = least, greatest
        self._titles = (row_title, column_title)
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._image = QImage()
        self._texts: Sequence[Sequence[str]] = ()
        self._inks: Sequence[Sequence[QColor]] = ()
        self._cell = QSize(1, 1)
        #: The room of the names; painting asks for it a thousand times, so it is measured once.
        self._head_room: QSize | None = None
        self._at = (-1, -1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.number_font())
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 96)

    # -- content

    def set_content(
        self,
        rows: Sequence[str],
        columns: Sequence[str],
        image: QImage,
        texts: Sequence[Sequence[str]] = (),
        inks: Sequence[Sequence[QColor]] = (),
    ) -> None:
        """Show one pixel of ``image`` a cell, with a text in its ink where it fits."""
        renamed = (tuple(rows), tuple(columns)) != (self._rows, self._columns)
        self._rows, self._columns = tuple(rows), tuple(columns)
        self._image, self._texts, self._inks = image, texts, inks
        if renamed:
            self._head_room = None
            self._go_to(-1, -1)
            self._arrange()
        self.viewport().update()

    @property
    def image(self) -> QImage:
        """One pixel a cell."""
        return self._image

    @property
    def texts(self) -> Sequence[Sequence[str]]:
        """What is written in the cells."""
        return self._texts

    @property
    def cell(self) -> tuple[int, int]:
        """The row and column that are pointed at, or (-1, -1)."""
        return self._at

    @property
    def row_names(self) -> tuple[str, ...]:
        """What stands left of the rows."""
        return self._rows

    @property
    def column_names(self) -> tuple[str, ...]:
        """What stands above the columns."""
        return self._columns

    def cell_at(self, place: QPoint) -> tuple[int, int]:
        """The row and column at a place of the viewport, or (-1, -1)."""
        head = self._head()
        x = place.x() - head.width() + self.horizontalScrollBar().value()
        y = place.y() - head.height() + self.verticalScrollBar().value()
        if place.x() < head.width() or place.y() < head.height():
            return -1, -1
        row, column = y // self._cell.height(), x // self._cell.width()
        if row < len(self._rows) and column < len(self._columns):
            return row, column
        return -1, -1

    def cell_rect(self, row: int, column: int) -> QRect:
        """Where a cell lies in the viewport."""
        head = self._head()
        return QRect(
            head.width() + column * self._cell.width() - self.horizontalScrollBar().value(),
            head.height() + row * self._cell.height() - self.verticalScrollBar().value(),
            self._cell.width(),
            self._cell.height(),
        )

    # -- events

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs other room for the names."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._head_room = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cells grow with the room."""
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells first, then the names over their edges."""
        painter = QPainter(self.viewport())
        t = theme.tokens()
        painter.fillRect(self.viewport().rect(), theme.color(t.panel))
        if not self._rows or not self._columns:
            return
        head = self._head()
        rows, columns = self._visible()
        field = QRect(
            head.width(), head.height(), self.viewport().width(), self.viewport().height()
        )
        painter.setClipRect(field)
        first, last = (
            self.cell_rect(rows.start, columns.start),
            self.cell_rect(rows.stop - 1, columns.stop - 1),
        )
        source = QRectF(columns.start, rows.start, len(columns), len(rows))
        painter.drawImage(QRectF(first.united(last)), self._image, source)
        self._paint_lines(painter, rows, columns, field)
        self._paint_texts(painter, rows, columns)
        if self._at != (-1, -1):
            painter.setPen(theme.color(t.text))
            painter.drawRect(self.cell_rect(*self._at).adjusted(0, 0, -1, -1))
        painter.setClipping(False)
        self._paint_names(painter, rows, columns)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which cell is under the mouse."""
        self._go_to(*self.cell_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a cell."""
        row, column = self.cell_at(event.position().toPoint())
        if row >= 0:
            self._go_to(row, column)
            self.clicked.emit(row, column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk over the cells."""
        step = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at[0] >= 0:
            self.clicked.emit(*self._at)
        elif step is None or not self._rows:
            super().keyPressEvent(event)
        else:
            row = min(len(self._rows) - 1, max(0, self._at[0] + step[0]))
            column = min(len(self._columns) - 1, max(0, self._at[1] + step[1]))
            self._go_to(row, column)
            self._bring_to_sight(row, column)

    def viewportEvent(self, event: QEvent) -> bool:
        """No cell is pointed at when the mouse has left."""
        if event.type() == QEvent.Type.Leave:
            self._go_to(-1, -1)
        return super().viewportEvent(event)

    # -- inside

    def _go_to(self, row: int, column: int) -> None:
        if (row, column) != self._at:
            self._at = (row, column)
            self.hovered.emit(row, column)
            self.viewport().update()

    def _bring_to_sight(self, row: int, column: int) -> None:
        place, head = self.cell_rect(row, column), self._head()
        for bar, low, high, first, end in (
            (
                self.horizontalScrollBar(),
                place.left(),
                place.right(),
                head.width(),
                self.viewport().width(),
            ),
            (
                self.verticalScrollBar(),
                place.top(),
                place.bottom(),
                head.height(),
                self.viewport().height(),
            ),
        ):
            if low < first:
                bar.setValue(bar.value() + low - first)
            elif high >= end:
                bar.setValue(bar.value() + high - end + 1)

    def _head(self) -> QSize:
        """The room of the row names (width) and of the column names (height)."""
        if self._head_room is not None:
            return self._head_room
        metrics = QFontMetrics(self.font())
        widest = max((metrics.horizontalAdvance(name) for name in self._rows), default=0)
        line = metrics.height()
        self._head_room = QSize(min(widest, WIDEST_NAME) + 12 + line + 4, 2 * line + 6)
        return self._head_room

    def _arrange(self) -> None:
        head = self._head()
        across, down = max(1, len(self._columns)), max(1, len(self._rows))
        room = self.maximumViewportSize()
        bars = self.verticalScrollBar().sizeHint().width()
        # A bar takes its room from the cells across it: else the last of them would be cut.
        if down * self._least.height() > room.height() - head.height():
            room.setWidth(room.width() - bars)
        if across * self._least.width() > room.width() - head.width():
            room.setHeight(room.height() - bars)
        width = (room.width() - head.width()) // across
        height = (room.height() - head.height()) // down
        self._cell = QSize(
            min(self._greatest.width(), max(self._least.width(), width)),
            min(self._greatest.height(), max(self._least.height(), height)),
        )
        # Scroll bars that still stand take room themselves: what fits without them needs none.
        fits = across * self._cell.width() <= room.width() - head.width() and (
            down * self._cell.height() <= room.height() - head.height()
        )
        shown = room if fits else self.viewport().size()
        for bar, cells, step, free in (
            (self.horizontalScrollBar(), across, self._cell.width(), shown.width() - head.width()),
            (self.verticalScrollBar(), down, self._cell.height(), shown.height() - head.height()),
        ):
            bar.setPageStep(max(1, free))
            bar.setSingleStep(step)
            bar.setRange(0, max(0, cells * step - free))

    def _visible(self) -> tuple[range, range]:
        head = self._head()
        result = []
        for bar, cells, step, free in (
            (
                self.verticalScrollBar(),
                len(self._rows),
                self._cell.height(),
                self.viewport().height() - head.height(),
            ),
            (
                self.horizontalScrollBar(),
                len(self._columns),
                self._cell.width(),
                self.viewport().width() - head.width(),
            ),
        ):
            start = min(bar.value() // step, cells - 1)
            result.append(range(start, max(start + 1, min(cells, start + free // step + 2))))
        return result[0], result[1]

    def _paint_lines(self, painter: QPainter, rows: range, columns: range, field: QRect) -> None:
        """Hairlines between cells that are large enough to bear them."""
        if min(self._cell.width(), self._cell.height()) < 10:
            return
        painter.setPen(theme.color(theme.tokens().panel))
        end = self.cell_rect(rows.stop - 1, columns.stop - 1)
        for row in rows:
            y = self.cell_rect(row, 0).top()
            painter.drawLine(field.left(), y, end.right(), y)
        for column in columns:
            x = self.cell_rect(0, column).left()
            painter.drawLine(x, field.top(), x, end.bottom())

    def _paint_texts(self, painter: QPainter, rows: range, columns: range) -> None:
        metrics = QFontMetrics(self.font())
        if not self._texts or self._cell.height() < metrics.height() - 4:
            return
        for row in rows:
            for column in columns:
                text = self._texts[row][column]
                if text and metrics.horizontalAdvance(text) <= self._cell.width() - 2:
                    painter.setPen(self._inks[row][column])
                    # Figures have no descenders: a cell may be lower than a line.
                    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
                    painter.drawText(self.cell_rect(row, column), int(flags), text)

    def _paint_names(self, painter: QPainter, rows: range, columns: range) -> None:
        t, head = theme.tokens(), self._head()
        metrics = QFontMetrics(self.font())
        line = metrics.height()
        size = self.viewport().size()
        painter.fillRect(0, 0, size.width(), head.height(), theme.color(t.panel))
        painter.fillRect(0, 0, head.width(), size.height(), theme.color(t.panel))
        end = self.cell_rect(len(self._rows) - 1, len(self._columns) - 1)
        width = min(end.right(), size.width()) - head.width()
        height = min(end.bottom(), size.height()) - head.height()
        painter.setPen(theme.color(t.text_quiet))
        center = Qt.AlignmentFlag.AlignCenter
        title = metrics.elidedText(
            self._titles[1], Qt.TextElideMode.ElideRight, size.width() - head.width()
        )
        painter.drawText(
            QRect(head.width(), 0, max(width, metrics.horizontalAdvance(title) + 2), line),
            center if width > metrics.horizontalAdvance(title) else Qt.AlignmentFlag.AlignLeft,
            title,
        )
        painter.save()
        painter.translate(0, head.height() + height)
        painter.rotate(-90)
        painter.drawText(QRect(0, 0, height, line), center, self._titles[0])
        painter.restore()
        painter.setPen(theme.color(t.text))
        painter.save()
        painter.setClipRect(0, head.height(), head.width(), size.height())
        every = max(1, -(-(line - 2) // self._cell.height()))
        for row in rows:
            if row % every == 0:
                cell = self.cell_rect(row, 0)
                place = QRect(line + 4, cell.top(), head.width() - line - 10, cell.height())
                place.setHeight(max(cell.height(), line if every > 1 else 0))
                name = metrics.elidedText(
                    self._rows[row], Qt.TextElideMode.ElideMiddle, place.width()
                )
                right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(place, right, name)
        painter.setClipRect(head.width(), 0, size.width(), head.height())
        widest = max(metrics.horizontalAdvance(self._columns[column]) for column in columns)
        every = max(1, -(-(min(widest, 56) + 4) // self._cell.width()))
        for column in columns:
            if column % every == 0:
                cell = self.cell_rect(0, column)
                place = QRect(cell.left() + 1, line + 2, cell.width() * every - 2, line)
                align = center if every == 1 else Qt.AlignmentFlag.AlignLeft
                name = metrics.elidedText(
                    self._columns[column], Qt.TextElideMode.ElideRight, place.width()
                )
                painter.drawText(place, align, name)
        painter.restore()
