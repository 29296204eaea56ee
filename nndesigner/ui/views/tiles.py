"""Many small pictures of one size side by side, as large as the room allows."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from nndesigner.ui import theme
from nndesigner.ui.views.colormaps import (
    Bytes,
    color_image,
    indexed_image,
    signed_table,
)

#: The panel between two tiles: a filter has pixels of its own, so a thin line would not part them.
GAP = 5
#: A tile is at least and at most about so many pixels wide.
LEAST, GREATEST = 28, 112


class TileGrid(QAbstractScrollArea):
    """Tiles in rows that fill the width, scaled by a whole number so that pixels stay sharp.

    Only the tiles in sight are put together, when something changes and not while painting.
    """

    #: Tile, pixel row and pixel column under the mouse; -1 each when there is none.
    hovered = Signal(int, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._levels: Bytes = np.zeros((0, 1, 1), np.uint8)
        self._scale, self._across = 1, 1
        self._image = QImage()
        self._table = signed_table()
        self._at = (-1, -1, -1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.setMinimumSize(120, 64)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.valueChanged.connect(self._compose)

    # -- content

    def set_tiles(self, levels: Bytes) -> None:
        """Show tiles ``(tiles, height, width)`` of signed levels, or ``(..., 3)`` of colours."""
        other = levels.shape != self._levels.shape
        self._levels = levels
        if other:
            self._go_to((-1, -1, -1))
            self._arrange()
        self._compose()

    @property
    def count(self) -> int:
        """How many tiles there are."""
        return len(self._levels)

    @property
    def scale(self) -> int:
        """How many screen pixels one pixel of a tile takes."""
        return self._scale

    @property
    def across(self) -> int:
        """How many tiles stand in one row."""
        return self._across

    @property
    def image(self) -> QImage:
        """The part that is in sight."""
        return self._image

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self._table = signed_table()
        self._compose()

    def tile_at(self, place: QPoint) -> tuple[int, int, int]:
        """Tile, pixel row and pixel column at a place of the viewport."""
        height, width = self._levels.shape[1:3]
        x = place.x() + self.horizontalScrollBar().value()
        y = place.y() + self.verticalScrollBar().value()
        step_x, step_y = width * self._scale + GAP, height * self._scale + GAP
        column, inside_x = divmod(x, step_x)
        row, inside_y = divmod(y, step_y)
        tile = row * self._across + column
        if column >= self._across or not 0 <= tile < self.count:
            return -1, -1, -1
        pixel = min(inside_y // self._scale, height - 1), min(inside_x // self._scale, width - 1)
        return tile, *pixel

    # -- events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tiles grow with the room."""
        self._arrange()
        self._compose()

    def paintEvent(self, event: QPaintEvent) -> None:
        """What was put together before."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.color(theme.tokens().panel))
        painter.drawImage(0, 0, self._image)
        tile = self._at[0]
        if tile >= 0:
            height, width = self._levels.shape[1:3]
            step_x, step_y = width * self._scale + GAP, height * self._scale + GAP
            row, column = divmod(tile, self._across)
            painter.setPen(theme.color(theme.tokens().text))
            x = column * step_x - self.horizontalScrollBar().value()
            y = row * step_y - self.verticalScrollBar().value()
            painter.drawRect(QRect(x, y, step_x - GAP - 1, step_y - GAP - 1))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which pixel of which tile is under the mouse."""
        self._go_to(self.tile_at(event.position().toPoint()))

    def viewportEvent(self, event: QEvent) -> bool:
        """Nothing is pointed at when the mouse has left."""
        if event.type() == QEvent.Type.Leave:
            self._go_to((-1, -1, -1))
        return super().viewportEvent(event)

    # -- inside

    def _go_to(self, at: tuple[int, int, int]) -> None:
        if at != self._at:
            self._at = at
            self.hovered.emit(*at)
            self.viewport().update()

    def _arrange(self) -> None:
        """The largest whole scale at which all tiles are in sight, within bounds."""
        count, height, width = len(self._levels), *self._levels.shape[1:3]
        if not count:
            return
        room = self.maximumViewportSize()
        least = max(1, -(-LEAST // max(width, height)))
        greatest = max(least, GREATEST // max(width, height))

        def fits(scale: int) -> bool:
            across = max(1, room.width() // (width * scale + GAP))
            return -(-count // across) * (height * scale + GAP) <= room.height()

        self._scale = next((s for s in range(greatest, least, -1) if fits(s)), least)
        step_x, step_y = width * self._scale + GAP, height * self._scale + GAP
        bar = self.verticalScrollBar()
        free = room.width() - (0 if fits(self._scale) else bar.sizeHint().width())
        self._across = min(count, max(1, free // step_x))
        whole = QSize(self._across * step_x, -(-count // self._across) * step_y)
        for scroll, length, shown, step in (
            (self.horizontalScrollBar(), whole.width(), free, step_x),
            (bar, whole.height(), room.height(), step_y),
        ):
            scroll.setPageStep(max(1, shown))
            scroll.setSingleStep(step)
            scroll.setRange(0, max(0, length - shown))

    def _compose(self) -> None:
        """Put the tiles in sight together into one picture."""
        count, height, width = len(self._levels), *self._levels.shape[1:3]
        if not count:
            self._image = QImage()
            self.viewport().update()
            return
        step_x, step_y = width * self._scale + GAP, height * self._scale + GAP
        left, top = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        room = self.maximumViewportSize()
        first, end = top // step_y, (top + room.height()) // step_y + 1
        start, stop = first * self._across, min(count, end * self._across)
        shown = self._levels[start:stop]
        rows = -(-max(1, stop - start) // self._across)
        big = shown.repeat(self._scale, axis=1).repeat(self._scale, axis=2)
        cells = np.zeros((rows * self._across, step_y, step_x, *big.shape[3:]), np.uint8)
        here = np.arange(len(shown))
        cells[here, : step_y - GAP, : step_x - GAP] = big
        mask = np.zeros((rows * self._across, step_y, step_x), bool)
        mask[here, : step_y - GAP, : step_x - GAP] = True

        def joined(array: np.ndarray) -> np.ndarray:
            array = array.reshape(rows, self._across, step_y, step_x, *array.shape[3:])
            array = array.swapaxes(1, 2)
            array = array.reshape(rows * step_y, self._across * step_x, *array.shape[4:])
            return array[top - first * step_y :, left:]

        field, inside = joined(cells), joined(mask)
        if field.ndim == 3:
            panel = theme.color(theme.tokens().panel)
            field[~inside] = (panel.red(), panel.green(), panel.blue())
            self._image = color_image(field)
        else:
            field[~inside] = 255  # the one colour that is no level: the panel behind
            panel_color = theme.color(theme.tokens().panel).rgb()
            self._image = indexed_image(field, [*self._table, panel_color])
        self.viewport().update()
