"""Axes that people can read: whole epochs, plain figures, and names at the line ends."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QWidget

from nndesigner.ui import theme

#: A left axis is never narrower, so that charts above each other line up.
LEAST_WIDTH = 64


class NamedAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose name is cut to its length, and which gives its figures room beside the name."""

    _room = LEAST_WIDTH

    def labelString(self) -> str:
        """The name as far as it fits; it may be that of a column, and nothing in it is markup."""
        metrics = QFontMetrics(self.label.font())
        # The document keeps a rim around its text.
        length = self._length() - 2 * self.label.document().documentMargin()
        shown = metrics.elidedText(self.labelText, Qt.TextElideMode.ElideRight, int(length))
        self.label.setToolTip("" if shown == self.labelText else html.escape(self.labelText))
        style = ";".join(f"{key}: {value}" for key, value in self.labelStyle.items())
        return f"<span style='{style}'>{html.escape(shown)}</span>"

    def resizeEvent(self, event: Any = None) -> None:
        """A longer axis has room for more of its name."""
        if self.label is not None:
            self.label.setHtml(self.labelString())
        super().resizeEvent(event)

    def start_afresh(self) -> None:
        """Other figures are shown: they ask for their own room."""
        if self.orientation == "left":
            self._room = LEAST_WIDTH
            self.setWidth(self._room)

    def generateDrawSpecs(self, painter: QPainter) -> Any:
        """pyqtgraph's, with the axis made wider where a figure would run over the name."""
        specs = super().generateDrawSpecs(painter)
        if specs is not None and self.orientation == "left":
            widest = max((rect.width() for rect, _, _ in specs[2]), default=0.0)
            name = self.label.boundingRect().height() - 5.0 if self.label.isVisible() else 0.0
            needed = widest + self.style["tickTextOffset"][0] + name
            # In steps, and never less: a plot whose width follows every figure would tremble.
            room = 16 * -(-int(needed + 1) // 16)
            if room > self._room:
                self._room = room
                self.setWidth(room)
        return specs

    def _length(self) -> float:
        size = self.size()
        return float(size.height() if self.orientation in ("left", "right") else size.width())


class WholeAxis(NamedAxis):
    """An axis of whole numbers."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """pyqtgraph's spacings without the fractions."""
        spacings = super().tickSpacing(low, high, size)
        return [(step, offset) for step, offset in spacings if step >= 1] or [(1.0, 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """``1,000`` instead of ``1e+03``."""
        return [f"{value * scale:,.0f}" for value in values]


class NumberAxis(NamedAxis):
    """An axis of figures as people read them; on a log scale only ticks that lie well apart."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """On a log scale powers of ten, with 2 and 5 between them where there is room."""
        if not self.logMode:
            return super().tickValues(low, high, size)
        low, high = min(low, high), max(low, high)
        most = max(2.0, size / 24)
        for steps in ((1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
            if (high - low) * len(steps) <= most:
                break
        skip = max(1, int(np.ceil((high - low) / most)))
        powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
        logs = [power + np.log10(step) for power in powers if power % skip == 0 for step in steps]
        return [(1.0, [float(value) for value in logs if low <= value <= high])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """As many digits as neighbouring ticks need to differ."""
        if self.logMode:
            return [_short(10.0**value * scale) for value in values]
        digits = max(0, -int(np.floor(np.log10(spacing * scale) + 1e-9))) if spacing > 0 else 0
        if digits > 5 or any(abs(value * scale) >= 1e6 for value in values):
            return [_short(value * scale) for value in values]
        return [f"{value * scale:,.{digits}f}".replace("-", "−") for value in values]


def _short(value: float) -> str:
    text = f"{value:.3g}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", "−")


@dataclass(frozen=True)
class EndLabel:
    """A name and a figure beside the end of a line."""

    end: float
    value: float
    text: str
    color: str


class EndLabels(pg.AxisItem):  # type: ignore[misc]
    """Takes the place of the right axis and writes each line's name beside its last sample."""

    def __init__(self) -> None:
        super().__init__("right")
        self.labels: tuple[EndLabel, ...] = ()
        self._room = 64
        self.setWidth(self._room)

    def set_labels(self, labels: tuple[EndLabel, ...]) -> None:
        """Show these; those that would overlap are moved apart."""
        if labels != self.labels:
            self.labels = labels
            self.picture = None
            metrics = QFontMetrics(theme.number_font())
            needed = max((metrics.horizontalAdvance(label.text) for label in labels), default=0)
            # In steps, and never less: a plot whose width follows every figure would tremble.
            room = 16 * -(-(needed + 14) // 16)
            if labels and room > self._room:
                self._room = room
                self.setWidth(room)
            self.update()

    def paint(self, painter: QPainter, option: Any, widget: QWidget) -> None:
        """The names, from top to bottom."""
        view = self.linkedView()
        if view is None or not self.labels:
            return
        (start, end), (low, high) = view.viewRange()
        # Not boundingRect: that one reaches over the plot as soon as there is a grid.
        area = self.mapRectFromParent(self.geometry())
        width = view.geometry().width()
        font = theme.number_font()
        metrics = QFontMetrics(font)
        height = metrics.height()
        painter.setFont(font)
        places: list[list[Any]] = []
        for label in self.labels:
            value = label.value
            if self.logMode:
                value = np.log10(value) if value > 0 else low
            share = (high - value) / (high - low) if high > low else 0.5
            places.append([area.top() + min(1.0, max(0.0, share)) * area.height(), label])
        places.sort(key=lambda place: place[0])
        spread(places, height, area.top(), area.bottom())
        for middle, label in places:
            share = (end - label.end) / (end - start) if end > start else 0.0
            left = area.left() - max(0.0, min(1.0, share)) * width + 10
            text = metrics.elidedText(
                label.text, Qt.TextElideMode.ElideRight, int(area.right() - left)
            )
            painter.setPen(theme.color(label.color))
            box = QRectF(left, middle - height / 2, area.right() - left, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def spread(places: list[list[Any]], height: float, top: float, bottom: float) -> None:
    """Move labels (sorted, first item their middle) apart and inside top and bottom."""
    for index, place in enumerate(places):
        least = places[index - 1][0] + height if index else top + height / 2
        place[0] = max(place[0], least)
    for index in range(len(places) - 1, -1, -1):
        most = places[index + 1][0] - height if index + 1 < len(places) else bottom - height / 2
        places[index][0] = min(places[index][0], most)
