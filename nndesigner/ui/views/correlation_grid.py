"""How columns of numbers go together: a cell a pair, with names at both sides and a scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nndesigner.data.looking import Correlations
from nndesigner.ui import theme
from nndesigner.ui.views.colormaps import LEVELS, indexed_image, signed_table

#: A cell grows no further than this.
WIDEST, HIGHEST = 112.0, 56.0
#: The strip of colours at the right with its three numbers.
STRIP, STRIP_GAP = 10.0, 14.0
SCALE = ((1.0, "1"), (0.0, "0"), (-1.0, "−1"))
#: A column's name stands upright over cells from this width on, else it is turned.
UPRIGHT = 72.0
_Align = Qt.AlignmentFlag
#: A line may be lower than its letters, which then reach into the space of the next.
_RIGHT = _Align.AlignRight | _Align.AlignVCenter | Qt.TextFlag.TextDontClip


@dataclass(frozen=True)
class _Places:
    """Where the parts are, in pixels: the corner of the cells, and the size of one."""

    left: float
    top: float
    width: float
    height: float

    def cell(self, row: int, column: int) -> QRectF:
        return QRectF(
            self.left + column * self.width,
            self.top + row * self.height,
            self.width - 1,
            self.height - 1,
        )


class CorrelationGrid(QWidget):
    """A cell a pair of columns: blue goes up together, orange against each other."""

    #: A pair was clicked: the names of its columns.
    chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Correlations | None = None
        self._pair: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(160, 96)
        self.setFont(theme.number_font())

    @property
    def shown(self) -> Correlations | None:
        """What is shown."""
        return self._found

    @property
    def words(self) -> str:
        """The pair under the mouse, or what to do."""
        found = self._found
        if found is None:
            return "Correlations need two columns of numbers."
        if self._pair is None:
            return "Point at a square; click it to see the two columns."
        row, column = self._pair
        value = found.matrix[row, column]
        shown = "none can be computed" if math.isnan(value) else f"{value:+.2f}".replace("-", "−")
        return f"{found.names[row]} and {found.names[column]}: {shown}"

    def show_correlations(self, found: Correlations | None) -> None:
        """Show other columns."""
        self._found, self._pair = found, None
        self.update()

    def cell_box(self, row: int, column: int) -> QRectF:
        """Where a pair is drawn."""
        return self._places().cell(row, column)

    def sizeHint(self) -> QSize:
        """A grid with names beside it."""
        return QSize(480, 320)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Name the pair under the mouse."""
        self._pair = self._at(event.position())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No pair without a mouse."""
        self._pair = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See the two columns against each other."""
        pair = self._at(event.position())
        if pair is not None and self._found is not None:
            self.chosen.emit(self._found.names[pair[0]], self._found.names[pair[1]])

    # -- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names at two sides, cells, the scale of colours, and the words below."""
        t = theme.tokens()
        painter = QPainter(self)
        metrics = QFontMetrics(self.font())
        painter.setPen(theme.color(t.text_quiet))
        foot = QRectF(0, self.height() - metrics.height() - 4, self.width(), metrics.height() + 4)
        words = metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(foot, _Align.AlignLeft | _Align.AlignVCenter, words)
        found = self._found
        if found is None:
            return
        places = self._places()
        self._paint_names(painter, found.names, places)
        for row in range(len(found.names)):
            for column in range(len(found.names)):
                self._paint_cell(painter, places.cell(row, column), found.matrix[row, column])
        self._paint_scale(painter, places)
        if self._pair is not None:
            painter.setPen(theme.color(t.text))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(places.cell(*self._pair))

    def _paint_cell(self, painter: QPainter, box: QRectF, value: float) -> None:
        if math.isnan(value):
            painter.fillRect(box, theme.color(theme.tokens().hairline))
            return
        ink = theme.signed_color(float(value))
        painter.fillRect(box, ink)
        text = f"{value:.2f}".replace("-", "−")
        metrics = painter.fontMetrics()
        if box.width() > metrics.horizontalAdvance("−0.00") and box.height() > metrics.height() - 2:
            painter.setPen(_readable(ink))
            painter.drawText(box, _Align.AlignCenter, text)

    def _paint_names(self, painter: QPainter, names: tuple[str, ...], places: _Places) -> None:
        """Where lines are closer than letters are high, every second name is left out."""
        metrics = QFontMetrics(self.font())
        painter.setPen(theme.color(theme.tokens().text))
        right = Qt.TextElideMode.ElideRight
        skip = _skip(places.height, metrics.height())
        for row in range(0, len(names), skip):
            line = QRectF(0, places.top + row * places.height, places.left - 8, places.height)
            shown = metrics.elidedText(names[row], right, int(line.width()))
            painter.drawText(line, int(_RIGHT), shown)
        if places.width >= UPRIGHT:
            for column, name in enumerate(names):
                box = places.cell(0, column)
                box = QRectF(box.left(), 0, box.width() - 4, places.top - 2)
                shown = metrics.elidedText(name, right, int(box.width()))
                painter.drawText(box, _Align.AlignHCenter | _Align.AlignVCenter, shown)
            return
        for column in range(0, len(names), _skip(places.width, metrics.height())):
            box = places.cell(0, column)
            painter.save()
            painter.translate(box.center().x(), places.top - 4)
            painter.rotate(-90)
            shown = metrics.elidedText(names[column], right, int(places.top - 4))
            line = QRectF(0, -metrics.height() / 2, places.top, metrics.height())
            painter.drawText(line, _Align.AlignLeft | _Align.AlignVCenter, shown)
            painter.restore()

    def _paint_scale(self, painter: QPainter, places: _Places) -> None:
        """Which colour is which correlation, from 1 at the top down to −1."""
        number = len(self._found.names) if self._found is not None else 0
        metrics = QFontMetrics(self.font())
        left = places.left + number * places.width + STRIP_GAP
        strip = QRectF(left, places.top, STRIP, max(3.0, number * places.height - 1))
        levels = np.arange(LEVELS - 1, -1, -1, dtype=np.uint8)[:, None]
        painter.drawImage(strip, indexed_image(levels, signed_table()))
        painter.setPen(theme.color(theme.tokens().text_quiet))
        for value, text in SCALE:
            middle = strip.top() + (1 - value) / 2 * strip.height()
            top = middle - metrics.height() / 2
            top = min(max(top, strip.top() - 2), strip.bottom() + 2 - metrics.height())
            box = QRectF(strip.right() + 5, top, 40, metrics.height())
            painter.drawText(box, _Align.AlignLeft | _Align.AlignVCenter, text)

    # -- inside

    def _places(self) -> _Places:
        """Names take a third of the room at most; cells share what is left."""
        metrics = QFontMetrics(self.font())
        names = self._found.names if self._found is not None else ()
        number = max(1, len(names))
        widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
        left = float(min(widest + 12, self.width() // 3))
        scale = STRIP_GAP + STRIP + 5 + metrics.horizontalAdvance("−1") + 4
        room = max(0.0, self.width() - left - scale)
        width = max(3.0, min(WIDEST, room / number))
        turned = min(widest + 8, max(metrics.height(), self.height() // 4))
        top = float(metrics.height() + 4 if width >= UPRIGHT else turned)
        below = self.height() - top - metrics.height() - 8
        return _Places(left, top, width, max(3.0, min(HIGHEST, below / number)))

    def _at(self, position: QPointF) -> tuple[int, int] | None:
        if self._found is None:
            return None
        places = self._places()
        row = int((position.y() - places.top) // places.height)
        column = int((position.x() - places.left) // places.width)
        number = len(self._found.names)
        return (row, column) if 0 <= row < number and 0 <= column < number else None


def _skip(step: float, letters: float) -> int:
    """Every how many names there is room for."""
    return max(1, math.ceil(letters * 0.7 / max(1.0, step)))


def _readable(ground: QColor) -> QColor:
    """Black or white, whichever is read better on a colour."""
    light = 0.299 * ground.redF() + 0.587 * ground.greenF() + 0.114 * ground.blueF()
    return QColor("#111111" if light > 0.55 else "#ffffff")
