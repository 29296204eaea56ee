"""Loss and metric over the epochs, for training and validation rows."""

from __future__ import annotations

import bisect
import csv
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QWidget

from nndesigner.files.apart import data_in_use
from nndesigner.training.feed import Point
from nndesigner.ui import theme
from nndesigner.ui.views.axes import EndLabel
from nndesigner.ui.views.base import View, number_text
from nndesigner.ui.views.plot import Chart, percent_text
from nndesigner.ui.views.thin import LARGEST, Series

#: Slices are read in portions, so that a long run that is opened late stays bounded.
PORTION = 50_000
#: Below this width the charts do not fit side by side, from this height on below each other.
NARROW, TALL = 480, 320
#: From this width on a chart has room for whole words beside its lines.
WIDE = 360


class CurvesView(View):
    """Two charts side by side: the loss that training makes small, and what people care about."""

    kind: ClassVar[str] = "curves"
    title: ClassVar[str] = "Curves"
    icon: ClassVar[str] = "mdi6.chart-line"
    empty_text: ClassVar[str] = "Press Train to see the loss fall, epoch by epoch."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss_chart = Chart("Loss", "Epoch", "Loss", parent=self)
        # Not "metric": that is what Qt asks every widget for its resolution by.
        self.metric_chart = Chart("Accuracy", "Epoch", "Rows right (%)", parent=self)
        self.loss_chart.add_line("slices", "curve_train", alpha=80, mark="")
        for chart in (self.loss_chart, self.metric_chart):
            chart.add_line("train", "curve_train")
            chart.add_line("val", "curve_val", mark="s")
            chart.hovered.connect(self._hover)
            chart.export_picture.connect(self._ask_picture)
            chart.export_figures.connect(self._ask_figures)
            chart.swap_button.clicked.connect(self._swap)
        layout = QHBoxLayout(self.page)
        layout.setContentsMargins(0, theme.MARGIN // 2, 0, theme.MARGIN // 2)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(self.loss_chart, 1)
        layout.addWidget(self.metric_chart, 1)
        self._layout = layout
        self._front = self.loss_chart
        self._forget()
        self.set_empty(True)

    @property
    def points(self) -> tuple[Point, ...]:
        """Every epoch that is shown, oldest first."""
        return tuple(self._points)

    def attached(self) -> None:
        """Start with the epochs of the run before, if this one goes on from there."""
        self._forget()
        regression = self.info is not None and self.info.spec.task == "regression"
        self._scale = 1.0 if regression else 100.0
        self._metric_text: Callable[[float], str] = number_text if regression else percent_text
        if regression and self.info is not None:
            names = ", ".join(self.info.spec.target_names[:2]) or "target"
            self.metric_chart.set_names("Epoch", f"Error of {names}", "Mean absolute error")
        else:
            self.metric_chart.set_names("Epoch", "Rows right (%)", "Accuracy")
        for chart in (self.loss_chart, self.metric_chart):
            chart.fit()
        if self.info is not None:
            self._add(list(self.info.history))

    def update_view(self) -> None:
        """Add what was posted since."""
        if self.feed is not None:
            new = self.feed.points(self._read_points)
            if new:
                self._read_points += len(new)
                if self._points and self._points[-1].epoch >= new[0].epoch:
                    kept = [point for point in self._points if point.epoch < new[0].epoch]
                    self._clear_points()
                    self._add(kept)
                self._add(new)
            slices = self.feed.slices(self._read_slices)
            self._read_slices += len(slices)
            for start in range(0, len(slices), PORTION):
                part = slices[start : start + PORTION]
                self._slices.add([item.epoch for item in part], [item.loss for item in part])
        empty = not self._points and not len(self._slices)
        self.set_empty(empty)
        if not empty:
            self._draw()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        if not self.is_empty:
            self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side, below each other, or one at a time: as the place allows."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        below = narrow and self.height() >= TALL
        direction = QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight
        self._layout.setDirection(direction)
        alone = narrow and not below
        for chart in (self.loss_chart, self.metric_chart):
            chart.setVisible(not alone or chart is self._front)
            chart.swap_button.setVisible(alone)
            chart.log_button.setVisible(not narrow or below)

    def _swap(self) -> None:
        """Bring the other chart to the front."""
        other = self._front is self.loss_chart
        self._front = self.metric_chart if other else self.loss_chart
        self.loss_chart.setVisible(self._front is self.loss_chart)
        self.metric_chart.setVisible(self._front is self.metric_chart)

    # -- saving

    def save_figures(self, path: Path) -> None:
        """Write every epoch's figures as CSV. Raises: OSError."""
        names = ("epoch", "loss", "metric", "val_loss", "val_metric", "seconds", "rows_per_second")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            for point in self._points:
                values = (getattr(point, name) for name in names)
                writer.writerow(["" if value is None else value for value in values])

    def save_picture(self, path: Path) -> None:
        """Write both charts as a PNG. Raises: OSError."""
        if not self.page.grab().save(str(path)):
            raise OSError(f"cannot write a picture to {path}")

    def _ask_picture(self) -> None:
        self._save("Save picture", "curves.png", "Pictures (*.png)", self.save_picture)

    def _ask_figures(self) -> None:
        self._save("Save figures", "curves.csv", "Tables (*.csv)", self.save_figures)

    def _save(self, title: str, name: str, kinds: str, write: Callable[[Path], None]) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, title, name, kinds)
        if not chosen:
            return
        dataset = self.info.dataset if self.info is not None else None
        reason = data_in_use(chosen, dataset.origin) if dataset is not None else ""
        if reason:
            self.message.emit(reason)
            return
        try:
            write(Path(chosen))
        except OSError as error:
            self.message.emit(f"Could not save {chosen}: {error.strerror or error}")
        else:
            self.message.emit(f"Saved {chosen}")

    # -- inside

    def _forget(self) -> None:
        self._read_points = self._read_slices = 0
        self._slices = Series()
        self._clear_points()
        self._scale = 100.0
        self._metric_text = percent_text

    def _clear_points(self) -> None:
        self._points: list[Point] = []
        self._epochs: list[int] = []
        self._series = {name: Series() for name in ("loss", "val_loss", "metric", "val_metric")}
        self._best_loss: Point | None = None
        self._best_metric: Point | None = None

    def _add(self, points: list[Point]) -> None:
        if not points:
            return
        self._points += points
        self._epochs += [point.epoch for point in points]
        for name, series in self._series.items():
            scale = self._scale if name.endswith("metric") else 1.0
            pairs = [
                (point.epoch, value * scale)
                for point in points
                if (value := getattr(point, name)) is not None
            ]
            if pairs:
                series.add(*zip(*pairs, strict=True))
        for point in points:
            self._best_loss = _better(self._best_loss, point, "val_loss", 1.0)
            self._best_metric = _better(self._best_metric, point, "val_metric", self._metric_sign)

    @property
    def _metric_sign(self) -> float:
        """Accuracy is best when large, an error when small."""
        return 1.0 if self._scale == 1.0 else -1.0

    def _draw(self) -> None:
        slices = self._slices.points()
        self.loss_chart.set_line("slices", *slices)
        lines = {name: series.points() for name, series in self._series.items()}
        self.loss_chart.set_line("train", *lines["loss"])
        self.loss_chart.set_line("val", *lines["val_loss"])
        self.metric_chart.set_line("train", *lines["metric"])
        self.metric_chart.set_line("val", *lines["val_metric"])
        end = self._end(float(slices[0][-1]) if len(slices[0]) else 0.0)
        losses = [lines["loss"][1], lines["val_loss"][1]]
        # The noise of single slices may leave the frame; a run without epochs has nothing else.
        low, high = _limits(losses if len(lines["loss"][1]) else [slices[1]])
        self.loss_chart.set_range(0.0, end, min(low, 0.0) if low < 0.5 * high else low, high)
        low, high = _limits([lines["metric"][1], lines["val_metric"][1]])
        if self._scale == 100.0:
            low, high = (0.0 if low < 50 else low), 100.0
        self.metric_chart.set_range(0.0, end, low, high)
        self._label(self.loss_chart, lines["loss"], lines["val_loss"], number_text)
        self._label(self.metric_chart, lines["metric"], lines["val_metric"], self._scaled_text)
        self._mark(self.loss_chart, self._best_loss, "val_loss", 1.0, number_text)
        self._mark(
            self.metric_chart, self._best_metric, "val_metric", self._scale, self._metric_text
        )

    def _end(self, slices_end: float) -> float:
        """The right end of the epoch axis: as planned for short runs, in stages for long ones."""
        last = max(float(self._epochs[-1]) if self._epochs else 0.0, slices_end)
        if self.feed is None or self.feed.status.state not in ("preparing", "running", "paused"):
            return max(last, 1.0)
        planned = max(float(self.feed.status.epochs), last)
        stage = 10.0
        while stage < last * 1.05:
            stage *= 2
        return max(1.0, min(planned, stage))

    def _scaled_text(self, value: float) -> str:
        return self._metric_text(value / self._scale)

    def _label(self, chart: Chart, train: tuple, val: tuple, text: Callable[[float], str]) -> None:
        t = theme.tokens()
        labels = []
        wide = chart.width() >= WIDE
        for name, short, color, (x, y) in (
            ("training", "train", t.curve_train, train),
            ("validation", "valid.", t.curve_val, val),
        ):
            if len(y):
                last = float(y[-1])
                words = f"{name if wide else short} {text(last)}"
                labels.append(EndLabel(float(x[-1]), last, words, color))
        chart.ends.set_labels(tuple(labels))

    def _mark(
        self,
        chart: Chart,
        best: Point | None,
        name: str,
        scale: float,
        text: Callable[[float], str],
    ) -> None:
        """A ring around the best epoch, as validation rows judge it."""
        if best is None:
            chart.set_ring(0.0, float("nan"), "curve_val")
            chart.set_caption("")
            return
        value = getattr(best, name)
        shown = float(np.clip(value * scale, -LARGEST, LARGEST))
        chart.set_ring(float(best.epoch), shown, "curve_val")
        chart.set_caption(f"best validation {text(value)} after epoch {best.epoch:,}")

    def _hover(self, x: float) -> None:
        """The cross-hair of both charts snaps to the nearest epoch that was measured."""
        if not np.isfinite(x) or not self._points:
            for chart in (self.loss_chart, self.metric_chart):
                chart.show_cross(float("nan"), "")
            return
        index = bisect.bisect_left(self._epochs, x)
        near = [i for i in (index - 1, index) if 0 <= i < len(self._points)]
        point = self._points[min(near, key=lambda i: abs(self._epochs[i] - x))]
        self.loss_chart.show_cross(
            point.epoch, _sentence(point.epoch, point.loss, point.val_loss, number_text)
        )
        self.metric_chart.show_cross(
            point.epoch, _sentence(point.epoch, point.metric, point.val_metric, self._metric_text)
        )

    def keyPressEvent(self, event: object) -> None:
        """Home fits the data again, L changes the scale of the loss."""
        key = event.key()  # type: ignore[attr-defined]
        if key == Qt.Key.Key_Home:
            self.loss_chart.fit()
            self.metric_chart.fit()
        elif key == Qt.Key.Key_L:
            self.loss_chart.set_log(not self.loss_chart.log)
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]


def _sentence(epoch: int, train: float, val: float | None, text: Callable[[float], str]) -> str:
    checked = "" if val is None else f", validation {text(val)}"
    return f"Epoch {epoch:,}: training {text(train)}{checked}"


def _better(best: Point | None, point: Point, name: str, sign: float) -> Point | None:
    value = getattr(point, name)
    if value is None or not np.isfinite(value):
        return best
    if best is None or value * sign < getattr(best, name) * sign:
        return point
    return best


def _limits(arrays: list[np.ndarray]) -> tuple[float, float]:
    arrays = [array for array in arrays if len(array)]
    if not arrays:
        return 0.0, 1.0
    return min(float(a.min()) for a in arrays), max(float(a.max()) for a in arrays)
