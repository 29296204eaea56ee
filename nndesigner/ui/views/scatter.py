"""Predicted against true figures of the validation rows, in the units of the data."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nndesigner.files.apart import data_in_use
from nndesigner.ui import theme
from nndesigner.ui.views.base import RunInfo, Themed, number_text, paint_text
from nndesigner.ui.views.outcome import FloatArray, decoded
from nndesigner.ui.views.plot import Chart
from nndesigner.ui.views.thin import LARGEST

#: More dots only hide each other.
MOST_DOTS = 2000


class AgainstTruth(QWidget, Themed):
    """Each validation row is a dot; a perfect network puts all of them on the diagonal."""

    message = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info: RunInfo | None = None
        self._truth: FloatArray | None = None
        self._guess: FloatArray | None = None
        self._rows = np.empty(0, dtype=np.int64)
        self._epoch = 0
        self.chart = Chart(
            "Predicted against true", "True", "Predicted", whole_x=False, logs=False, parent=self
        )
        self.chart.ends.setWidth(12)
        self._dots = pg.ScatterPlotItem(size=5, pen=None, pxMode=True)
        self._diagonal = pg.PlotCurveItem()
        self.chart.item.addItem(self._diagonal, ignoreBounds=True)
        self.chart.item.addItem(self._dots, ignoreBounds=True)
        self.chart.hovered.connect(self._hover)
        self.chart.export_picture.connect(self._save_picture)
        self.chart.export_figures.connect(self._save_figures)
        self.targets = QComboBox(self)
        self.targets.setAccessibleName("Target column")
        self.targets.currentIndexChanged.connect(self._draw)
        self._figures = QLabel(self)
        self._figures.setTextFormat(Qt.TextFormat.PlainText)
        side = QVBoxLayout()
        side.setContentsMargins(0, theme.MARGIN, theme.WIDE_MARGIN, 0)
        side.addWidget(self.targets)
        side.addWidget(self._figures)
        side.addStretch()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, theme.MARGIN // 2, 0, theme.MARGIN // 2)
        layout.addWidget(self.chart, 1)
        layout.addLayout(side)
        self.follow_theme()

    @property
    def dots(self) -> tuple[FloatArray, FloatArray]:
        """The true and the predicted figures that are drawn."""
        x, y = self._dots.getData()
        return np.asarray(x), np.asarray(y)

    @property
    def figures(self) -> str:
        """The mean error and the share of the spread that is explained."""
        return self._figures.text()

    def attach(self, info: RunInfo | None) -> None:
        """Other data: other targets."""
        self._info, self._truth, self._guess = info, None, None
        names = info.spec.target_names if info is not None else ()
        self.targets.blockSignals(True)
        self.targets.clear()
        self.targets.addItems([name or "target" for name in names] or ["target"])
        self.targets.blockSignals(False)
        self.targets.setVisible(len(names) > 1)
        self._dots.setData([], [])

    def show_outputs(self, epoch: int, outputs: FloatArray) -> bool:
        """Draw these outputs of all validation rows; False when they do not fit the data."""
        prepared = self._info.prepared if self._info is not None else None
        if prepared is None or not len(outputs) or len(outputs) != len(prepared.y_val):
            return False
        if self._truth is None:
            self._truth = self._columns(decoded(prepared, np.asarray(prepared.y_val, np.float32)))
            count = len(self._truth)
            self._rows = np.unique(np.linspace(0, count - 1, min(count, MOST_DOTS)).astype(int))
        self._guess, self._epoch = self._columns(decoded(prepared, outputs)), epoch
        self._draw()
        return True

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        self._dots.setBrush(pg.mkBrush(theme.color(t.curve_val, 150)))
        self._diagonal.setPen(pg.mkPen(t.text_off, width=1, style=Qt.PenStyle.DashLine))
        paint_text(self._figures, t.text_quiet)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the dots alone stay."""
        super().resizeEvent(event)
        self._figures.setVisible(self.width() >= 480)

    # -- inside

    def _columns(self, figures: FloatArray) -> FloatArray:
        """Figures a column a target; numbers of rows that are their own targets are all alike."""
        same = self._info is not None and self._info.spec.same_as_input
        return figures.reshape(-1, 1) if same else figures

    def _column(self) -> tuple[FloatArray, FloatArray]:
        index = max(0, self.targets.currentIndex())
        if self._truth is None or self._guess is None or index >= self._truth.shape[1]:
            return np.empty(0, np.float32), np.empty(0, np.float32)
        return self._truth[:, index], self._guess[:, min(index, self._guess.shape[1] - 1)]

    def _draw(self) -> None:
        truth, guess = self._column()
        if not len(truth):
            return
        x, y = truth[self._rows].astype(float), guess[self._rows].astype(float)
        keep = np.isfinite(x) & np.isfinite(y)
        x, y = np.clip(x[keep], -LARGEST, LARGEST), np.clip(y[keep], -LARGEST, LARGEST)
        self._dots.setData(x, y)
        name = self.targets.currentText()
        same = self._info is not None and self._info.spec.same_as_input
        names = ("Input", "Given back") if same else (f"True {name}", f"Predicted {name}")
        if self.chart.names != names:
            self.chart.set_names(*names)
        if len(x):
            low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
            low_x, high_x = float(x.min()), float(x.max())
            self._diagonal.setData([low_x, high_x], [low_x, high_x])
            self.chart.set_range(low_x, high_x, low, high)
        error, right = errors(truth, guess)
        lost = len(self._rows) - len(x)
        lines = [
            f"Mean absolute error  {number_text(error)}",
            f"Explained spread (R²)  {number_text(right)}",
            f"{len(truth):,} {'numbers of ' if same else ''}validation rows",
            f"after epoch {self._epoch:,}" if self._epoch else "before training",
        ]
        if lost:
            lines.append(f"{lost:,} predictions are not numbers")
        self._figures.setText("\n".join(lines))

    def _hover(self, x: float) -> None:
        xs, ys = self.dots
        if not np.isfinite(x) or not len(xs):
            self.chart.show_cross(float("nan"), "")
            return
        index = int(np.abs(xs - x).argmin())
        text = f"true {number_text(float(xs[index]))}, predicted {number_text(float(ys[index]))}"
        self.chart.show_cross(float(xs[index]), text)

    def _save_picture(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save picture", "predicted.png", "Pictures (*.png)"
        )
        if chosen:
            self.chart.grab().save(chosen)

    def _save_figures(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save figures", "predicted.csv", "Tables (*.csv)"
        )
        if chosen:
            self.save_figures(Path(chosen))

    def save_figures(self, path: Path) -> None:
        """Write the figures, and say why where they cannot be written."""
        dataset = self._info.dataset if self._info is not None else None
        reason = data_in_use(path, dataset.origin) if dataset is not None else ""
        if not reason:
            try:
                self.write_figures(path)
            except OSError as error:
                reason = f"Could not save {path}: {error.strerror or error}"
        self.message.emit(reason or f"Saved {path}")

    def write_figures(self, path: Path) -> None:
        """Write truth and prediction of every validation row as CSV. Raises: OSError."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["true", "predicted"])
            writer.writerows(zip(*(column.tolist() for column in self._column()), strict=True))


def errors(truth: FloatArray, guess: FloatArray) -> tuple[float, float]:
    """The mean absolute error, and R²: 1 is perfect, 0 no better than the mean."""
    keep = np.isfinite(truth) & np.isfinite(guess)
    if not keep.any():
        return float("nan"), float("nan")
    truth, guess = truth[keep].astype(np.float64), guess[keep].astype(np.float64)
    spread = float(((truth - truth.mean()) ** 2).sum())
    missed = float(((truth - guess) ** 2).sum())
    return float(np.abs(truth - guess).mean()), 1 - missed / spread if spread else float("nan")
