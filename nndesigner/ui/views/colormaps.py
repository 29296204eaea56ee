"""Colours for arrays: signed values around zero, and magnitudes."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nndesigner.ui import theme
from nndesigner.ui.views.base import number_text

#: Levels of a signed table; an odd number, so that zero has its own in the middle.
LEVELS = 255
MIDDLE = LEVELS // 2
#: The share of weights that may lie beyond the ends of the colours.
OUTSIDE = 0.005
#: So many numbers say well enough where the rest lie.
SAMPLE = 100_000

Bytes = npt.NDArray[np.uint8]


def signed_table() -> list[int]:
    """The colours of levels 0 to 254, as Qt's colour tables want them."""
    return [theme.signed_color((i - MIDDLE) / MIDDLE).rgb() for i in range(LEVELS)]


@functools.cache
def magnitude_table() -> Bytes:
    """Cividis, 256 colours ``(256, 3)``: the same for any colour vision."""
    table: Bytes = pg.colormap.get("cividis").getLookupTable(nPts=256)
    return np.ascontiguousarray(table[:, :3])


def reach(values: npt.NDArray[np.floating]) -> float:
    """A range that is symmetric and not governed by a few outliers; above 0 and finite."""
    flat = values.reshape(-1)
    if flat.size > SAMPLE:
        flat = flat[:: flat.size // SAMPLE + 1]
    sizes = np.abs(flat)
    sizes = sizes[np.isfinite(sizes)]
    if not sizes.size:
        return 1.0
    limit = float(np.quantile(sizes, 1 - OUTSIDE))
    return min(max(limit or float(sizes.max()), 1e-12), 1e30)


def signed_levels(values: npt.NDArray[np.floating], limit: float) -> Bytes:
    """Each value's level in `signed_table`; those beyond the limit get the ends, NaN the middle."""
    with np.errstate(invalid="ignore", over="ignore"):
        levels = np.multiply(values, np.float32(MIDDLE / limit), dtype=np.float32)
        np.clip(levels, -MIDDLE, MIDDLE, out=levels)
        levels += MIDDLE + 0.5
    if not np.isfinite(values).all():
        np.nan_to_num(levels, copy=False, nan=MIDDLE + 0.5)
    return levels.astype(np.uint8)


def indexed_image(levels: Bytes, table: list[int]) -> QImage:
    """A picture of levels ``(height, width)`` that owns its pixels."""
    height, width = levels.shape
    levels = np.ascontiguousarray(levels)
    image = QImage(levels.data, width, height, width, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(table)
    return image


def color_image(pixels: Bytes) -> QImage:
    """A picture of colours ``(height, width, 3)`` that owns its pixels."""
    height, width, _ = pixels.shape
    pixels = np.ascontiguousarray(pixels)
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def picture(row: npt.NDArray[np.floating], low: float, high: float) -> QImage:
    """An image row ``(height, width, channels)`` as a picture, in colour if it has three channels.

    Other numbers of channels are shown as the grey of their mean.
    """
    span = high - low if high > low else 1.0
    shades = np.clip((np.nan_to_num(row) - low) / span, 0, 1) * 255
    if row.shape[2] == 3:
        return color_image(shades.astype(np.uint8))
    grey = shades.mean(axis=2).astype(np.uint8)
    return color_image(np.repeat(grey[:, :, None], 3, axis=2))


class ColorBar(QWidget):
    """A strip of colours with its numbers: the least, zero (if signed), the greatest."""

    def __init__(self, *, signed: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._signed = signed
        self._low, self._high = ("0 %", "100 %") if not signed else ("−1", "1")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(theme.number_font())

    @property
    def texts(self) -> tuple[str, str]:
        """The numbers at the ends."""
        return self._low, self._high

    def set_limit(self, limit: float) -> None:
        """The value of the outermost colours of a signed bar."""
        high = number_text(limit)
        if high != self._high:
            self._low, self._high = f"−{high}", high
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """The strip and the room of its numbers."""
        metrics = QFontMetrics(self.font())
        ends = metrics.horizontalAdvance(self._low) + metrics.horizontalAdvance(self._high)
        return QSize(96 + ends + 16, max(20, metrics.height() + 4))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The strip between its two numbers."""
        metrics = QFontMetrics(self.font())
        painter = QPainter(self)
        painter.setPen(theme.color(theme.tokens().text_quiet))
        left = metrics.horizontalAdvance(self._low) + 8
        right = self.width() - metrics.horizontalAdvance(self._high) - 8
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | middle, self._low)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | middle, self._high)
        strip = QRectF(left, self.height() / 2 - 5, right - left, 10)
        if self._signed:
            levels = np.arange(LEVELS, dtype=np.uint8)[None, :]
            painter.drawImage(strip, indexed_image(levels, signed_table()))
        else:
            painter.drawImage(strip, color_image(magnitude_table()[None, :, :]))
