"""Two columns of a table against each other, coloured by class."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nndesigner.data.columns import Column
from nndesigner.data.dataset import IntArray
from nndesigner.data.table import TableDataset
from nndesigner.ui import theme
from nndesigner.ui.views.base import Themed, paint_text
from nndesigner.ui.views.plot import Chart
from nndesigner.ui.views.points import class_color
from nndesigner.ui.views.thin import LARGEST, FloatArray

#: More dots only hide each other.
MOST_DOTS = 4000
#: With so few different values dots would lie on each other.
FEW_PLACES = 12
MOST_TICKS = 30
NO_ROWS: IntArray = np.zeros(0, dtype=np.int64)


class ColumnScatter(QWidget, Themed):
    """Two columns against each other, coloured by class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: TableDataset | None = None
        self._rows = NO_ROWS
        self._labels: IntArray | None = None
        #: Dots are drawn when they are looked at, after whatever else other data brings.
        self._stale = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._draw_if_seen)
        self.chart = Chart("", "", "", whole_x=False, logs=False, parent=self)
        self.chart.ends.setWidth(12)
        self._dots = pg.ScatterPlotItem(size=5, pen=None, pxMode=True)
        self.chart.item.addItem(self._dots, ignoreBounds=True)
        self.across, self.up = QComboBox(self), QComboBox(self)
        side = QVBoxLayout()
        side.setContentsMargins(0, theme.MARGIN, theme.MARGIN, 0)
        side.setSpacing(4)
        self._titles = []
        for text, box in (("Across", self.across), ("Up", self.up)):
            box.setAccessibleName(f"Column {text.lower()}")
            box.setMinimumHeight(theme.TARGET)
            box.setMinimumContentsLength(12)
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.currentIndexChanged.connect(self._draw)
            title = QLabel(text, self)
            title.setBuddy(box)
            self._titles.append(title)
            side.addWidget(title)
            side.addWidget(box)
        self.legend = QLabel(self)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        side.addWidget(self.legend)
        side.addStretch()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(side)
        layout.addWidget(self.chart, 1)
        self.follow_theme()

    @property
    def dots(self) -> tuple[FloatArray, FloatArray]:
        """What is drawn."""
        if self._stale:
            self._draw()
        x, y = self._dots.getData()
        return np.asarray(x), np.asarray(y)

    def show_dataset(self, dataset: TableDataset | None, labels: IntArray | None) -> None:
        """Offer the columns of other data; ``labels`` are its own, the class of every row."""
        self._dataset = dataset
        names = [column.name for column in usable(dataset)] if dataset is not None else []
        self._rows, self._labels = NO_ROWS, None
        if dataset is not None:
            # The window's thread looks at the rows that are drawn, never at all of them.
            rows, rng = dataset.spec.rows, np.random.default_rng(0)
            chosen = rng.choice(rows, min(rows, MOST_DOTS), replace=False)
            self._rows = np.sort(chosen).astype(np.int64)
            self._labels = labels[self._rows] if labels is not None else None
        first = _first_two(usable(dataset), self._rows) if dataset is not None else []
        for place, box in enumerate((self.across, self.up)):
            box.blockSignals(True)
            box.clear()
            box.addItems(names)
            box.setCurrentIndex(first[place] if place < len(first) else len(names) - 1)
            box.blockSignals(False)
        self._stale = True
        self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        """The page comes to light."""
        super().showEvent(event)
        self._later.start()

    def _draw_if_seen(self) -> None:
        if self._stale and self.isVisible():
            self._draw()

    def choose(self, across: str, up: str) -> None:
        """Show these two columns."""
        self.across.setCurrentText(across)
        self.up.setCurrentText(up)
        if self._stale:
            self._draw()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        for title in self._titles:
            paint_text(title, theme.tokens().text_quiet)
        paint_text(self.legend, theme.tokens().text_quiet)
        self._stale = True
        self._later.start()

    def _draw(self) -> None:
        self._stale = False
        dataset = self._dataset
        if dataset is None or self.across.currentIndex() < 0:
            self._dots.setData([], [])
            return
        by_name = {column.name: column for column in usable(dataset)}
        across, up = by_name[self.across.currentText()], by_name[self.up.currentText()]
        x, y = self._spread(across, 1), self._spread(up, 2)
        keep = np.isfinite(x) & np.isfinite(y)
        x, y = np.clip(x[keep], -LARGEST, LARGEST), np.clip(y[keep], -LARGEST, LARGEST)
        labels = self._labels
        size = 3 if len(x) > 1500 else 6
        if labels is None:
            ink = pg.mkBrush(theme.color(theme.tokens().accent, 150))
            self._dots.setData(x, y, brush=ink, size=size)
            self.legend.setText("")
        else:
            inks = [pg.mkBrush(_clear(class_color(index))) for index in range(8)]
            other = pg.mkBrush(theme.color(theme.tokens().text_off, 150))
            own = labels[keep].tolist()
            brushes = [inks[label] if 0 <= label < 8 else other for label in own]
            self._dots.setData(x, y, brush=brushes, size=size)
            self.legend.setText(_legend(dataset.spec.classes))
        for side, column in (("bottom", across), ("left", up)):
            axis = self.chart.item.getAxis(side)
            names = column.values[:MOST_TICKS] if column.numbers is None else ()
            axis.setTicks([[(i, name[:14]) for i, name in enumerate(names)]] if names else None)
        self.chart.set_names(across.name, up.name, f"{up.name} over {across.name}")
        shown = f"{len(x):,} of {dataset.spec.rows:,} rows"
        self.chart.set_caption(shown if len(x) < dataset.spec.rows else "")
        if len(x):
            self.chart.set_range(*_room(x), *_room(y))

    def _spread(self, column: Column, seed: int) -> FloatArray:
        """The values of the rows that are drawn; those of few places are spread around these."""
        values = values_of(column, self._rows)
        there = np.unique(values[np.isfinite(values)])
        if column.numbers is None or len(there) <= FEW_PLACES:
            apart = float(np.diff(there).min()) if len(there) > 1 else 1.0
            values = values + np.random.default_rng(seed).uniform(-0.25, 0.25, len(values)) * apart
        return np.asarray(values, dtype=np.float64)


def _room(values: FloatArray) -> tuple[float, float]:
    """From the least to the greatest, with a little room so that no dot is cut."""
    low, high = float(values.min()), float(values.max())
    rim = 0.03 * (high - low) or 0.5
    return low - rim, high + rim


def _first_two(columns: tuple[Column, ...], rows: IntArray) -> list[int]:
    """The places of two columns that are worth a look: numbers of many values first.

    How many values is judged by ``rows``, those that are drawn.
    """
    many = []
    for place, column in enumerate(columns):
        if column.numbers is not None:
            values = values_of(column, rows)
            if len(np.unique(values[~np.isnan(values)])) > FEW_PLACES:
                many.append(place)
        if len(many) == 2:
            break
    rest = [i for i in range(len(columns)) if i not in many]
    return [*many, *rest][:2]


def _clear(color: QColor) -> QColor:
    color.setAlpha(190)
    return color


def _legend(classes: tuple[str, ...]) -> str:
    lines = []
    for index, name in enumerate(classes[:8]):
        safe = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        lines.append(f'<span style="color:{class_color(index).name()}">●</span> {safe[:24]}')
    if len(classes) > 8:
        lines.append(f"● {len(classes) - 8:,} more")
    return "<br>".join(lines)


def usable(dataset: TableDataset) -> tuple[Column, ...]:
    """The columns that can be drawn along an axis."""
    return tuple(
        column
        for column in dataset.columns
        if column.type in ("number", "category", "yes_no") and column.rows
    )


def values_of(column: Column, rows: IntArray) -> FloatArray:
    """These rows of a column along an axis: numbers, or the places of its categories."""
    if column.numbers is not None:
        return np.asarray(column.numbers[rows])
    codes = column.codes[rows] if column.codes is not None else np.zeros(0, np.int32)
    return np.where(codes < 0, np.nan, codes.astype(np.float64))
