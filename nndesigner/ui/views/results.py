"""All figures of the validation rows beside a simple guess, of each class, and over the epochs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QModelIndex, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from nndesigner.training.feed import Point
from nndesigner.training.metrics import HELP, QUICK, TITLES, Metrics, figure_text
from nndesigner.ui import theme
from nndesigner.ui.views.axes import EndLabel
from nndesigner.ui.views.base import Elided, View, paint_text
from nndesigner.ui.views.plot import Chart
from nndesigner.ui.views.text_table import ColumnHead, TextTableView, plain_tip
from nndesigner.ui.views.thin import Series

#: From these widths on there is room for the classes, and for the curve.
TWO, THREE = 620, 960


class ResultsView(View):
    """A table of figures, one of the classes or targets, and the curve of the chosen figure."""

    kind: ClassVar[str] = "results"
    title: ClassVar[str] = "Results"
    icon: ClassVar[str] = "mdi6.clipboard-check-outline"
    wants: ClassVar[frozenset[str]] = frozenset({"metrics"})
    empty_text: ClassVar[str] = (
        "Press Train to see precision, recall and other figures, beside those of a simple guess."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Metrics | None = None
        self._epoch = -1
        self._chosen = ""
        self._points: list[Point] = []
        self._curves: tuple[str, ...] = ()
        self.heading = QLabel("Validation rows", self)
        self.heading.setFont(theme.title_font(0))
        self.note = Elided(parent=self)
        self.figures = _table("Figures", self)
        self.figures.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.figures.clicked.connect(self._clicked)
        self.figures.activated.connect(self._clicked)
        self.parts_heading = QLabel(self)
        self.parts_heading.setFont(theme.title_font(0))
        self.parts = _table("Classes", self)
        self.chart = Chart("", "Epoch", "", logs=False, parent=self)
        self.chart.add_line("val", "curve_val", mark="s")
        self.chart.hovered.connect(self._hover)
        left = _column(self.heading, self.note, self.figures)
        self._middle = QWidget(self)
        self._middle.setLayout(_column(self.parts_heading, Elided(parent=self), self.parts))
        layout = QHBoxLayout(self.page)
        half = theme.MARGIN // 2
        layout.setContentsMargins(theme.MARGIN, half, theme.MARGIN, half)
        layout.setSpacing(theme.WIDE_MARGIN)
        layout.addLayout(left, 5)
        layout.addWidget(self._middle, 5)
        layout.addWidget(self.chart, 4)
        self._forget()
        self.restyle()
        self.set_empty(True)

    @property
    def found(self) -> Metrics | None:
        """The figures that are shown."""
        return self._found

    @property
    def chosen(self) -> str:
        """The figure whose curve is drawn."""
        return self._chosen

    def attached(self) -> None:
        """Start with the epochs of the run before, if this one goes on from there."""
        self._forget()
        task = self.info.spec.task if self.info is not None else "classification"
        own = "accuracy" if task == "classification" else "mae"
        self._curves = (own, *QUICK[task])
        if self._chosen not in self._curves:
            self._chosen = "f1_macro" if task == "classification" else "rmse"
        if self.info is not None:
            self._points = list(self.info.history)
        if self.info is not None and self.info.settings.validation_share == 0:
            self.set_empty(
                True,
                "No rows are kept aside for validation: set a validation share above 0, "
                "then press Train.",
            )
        else:
            self.set_empty(True)

    def update_view(self) -> None:
        """Show the newest figures, and add the epochs that were posted since."""
        if self.feed is None or self.info is None:
            return
        new = self.feed.points(self._read)
        if new:
            self._read += len(new)
            self._points = [p for p in self._points if p.epoch < new[0].epoch] + list(new)
        snapshot = self.feed.snapshot("metrics")
        if snapshot is None or not isinstance(snapshot[1], Metrics):
            return
        if snapshot[1] is not self._found:
            self._epoch, self._found = snapshot
            self._fill()
        if new or self.is_empty:
            self._draw()
        self.set_empty(False)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        for label in (self.heading, self.parts_heading):
            paint_text(label, theme.tokens().text)
        self.figures.restyle()
        self.parts.restyle()
        if self._found is not None:
            self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the figures alone stay."""
        super().resizeEvent(event)
        self._middle.setVisible(self.width() >= TWO)
        self.chart.setVisible(self.width() >= THREE)
        self._select()

    def choose(self, name: str) -> None:
        """Draw the curve of another figure; one without a curve is not chosen."""
        if name in self._curves:
            self._chosen = name
            self._draw()
        self._select()

    def _select(self) -> None:
        """Mark the figure whose curve is drawn; without a chart no figure is anything special."""
        names = list(self._found.figures) if self._found is not None else []
        if not self.chart.isVisibleTo(self.page):
            self.figures.clearSelection()
        elif self._chosen in names:
            # Marking is no wish to scroll: the first figures stay in sight.
            self.figures.setAutoScroll(False)
            self.figures.selectRow(names.index(self._chosen))
            self.figures.setAutoScroll(True)

    # -- inside

    def _forget(self) -> None:
        self._found, self._epoch, self._read = None, -1, 0
        self._points, self._curves = [], ()

    def _clicked(self, index: QModelIndex) -> None:
        names = list(self._found.figures) if self._found is not None else []
        if index.row() < len(names):
            self.choose(names[index.row()])

    def _fill(self) -> None:
        found = self._found
        if found is None:
            return
        when = f"after epoch {self._epoch:,}" if self._epoch else "before training"
        self.note.set_text(f"{found.rows:,} rows, {when}")
        always = f"Always {_short(found.baseline_name)}"
        self.figures.show_rows(
            (
                ColumnHead("Figure", help="Press a figure with a curve to see it over the epochs."),
                ColumnHead("Network", numeric=True),
                ColumnHead(always, numeric=True, help="What a guess without a network would reach"),
            ),
            [
                (TITLES[name], figure_text(name, value), figure_text(name, found.baseline[name]))
                for name, value in found.figures.items()
            ],
        )
        rows: list[tuple[str, ...]]
        if found.classes:
            self.parts_heading.setText("Classes")
            self.parts.setAccessibleName("Figures of each class")
            heads = [ColumnHead("Class"), ColumnHead("Rows", numeric=True)]
            for title, name in (("Precision", "precision_macro"), ("Recall", "recall_macro"),
                                ("F1", "f1_macro"), ("AUC", "auc")):  # fmt: skip
                heads.append(ColumnHead(title, help=HELP[name], numeric=True))
            rows = [
                (
                    one.name, f"{one.rows:,}", figure_text("precision", one.precision),
                    figure_text("recall", one.recall), figure_text("f1", one.f1),
                    figure_text("auc", one.auc),
                )
                for one in found.classes
            ]  # fmt: skip
        else:
            self.parts_heading.setText("Targets")
            self.parts.setAccessibleName("Figures of each target")
            heads = [ColumnHead("Target")]
            for name in ("mae", "rmse", "r2"):
                heads.append(ColumnHead(name.upper().replace("R2", "R²"), help=HELP[name],
                                        numeric=True))  # fmt: skip
            rows = [
                (
                    one.name, figure_text("mae", one.mae), figure_text("rmse", one.rmse),
                    figure_text("r2", one.r2),
                )
                for one in found.targets
            ]  # fmt: skip
        self.parts.show_rows(heads, rows)
        for table in (self.figures, self.parts):  # the names get the room that figures leave
            table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._select()

    def _value(self, point: Point) -> float | None:
        if self._chosen in ("accuracy", "mae"):
            return point.val_metric
        return (point.val_figures or {}).get(self._chosen)

    def _draw(self) -> None:
        """The curve of the chosen figure."""
        name = self._chosen
        scale = 1.0 if name in ("mae", "rmse", "r2") else 100.0
        unit = "" if scale == 1.0 else "%"
        title = TITLES.get(name, name)
        self.chart.set_names("Epoch", unit or title, title)
        self.chart.setToolTip(plain_tip(HELP.get(name, "")))
        pairs = [
            (float(point.epoch), value * scale)
            for point in self._points
            if (value := self._value(point)) is not None and np.isfinite(value)
        ]
        series = Series()
        if pairs:
            series.add(*zip(*pairs, strict=True))
        x, y = series.points()
        self.chart.set_line("val", x, y)
        if not pairs:
            self.chart.ends.set_labels(())
            return
        low, high = float(y.min()), float(y.max())
        if scale == 100.0:
            low, high = (0.0 if low < 50 else low), 100.0
        self.chart.set_range(0.0, max(1.0, float(x[-1])), low, high)
        last = float(y[-1])
        words = figure_text(name, last / scale)
        color = theme.tokens().curve_val
        self.chart.ends.set_labels((EndLabel(float(x[-1]), last, words, color),))

    def _hover(self, x: float) -> None:
        known = [p for p in self._points if self._value(p) is not None]
        if not np.isfinite(x) or not known:
            self.chart.show_cross(float("nan"), "")
            return
        point = min(known, key=lambda p: abs(p.epoch - x))
        value = self._value(point)
        text = figure_text(self._chosen, float("nan") if value is None else value)
        self.chart.show_cross(point.epoch, f"Epoch {point.epoch:,}: {text}")


def _table(name: str, parent: QWidget) -> TextTableView:
    table = TextTableView(parent)
    table.setAccessibleName(name)
    table.verticalHeader().hide()
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setMinimumSize(QSize(200, 80))
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    return table


def _column(heading: QLabel, note: QWidget, table: TextTableView) -> QVBoxLayout:
    """A heading with a quiet note beside it, and a table below."""
    head = QHBoxLayout()
    head.setSpacing(theme.GRID)
    head.addWidget(heading)
    head.addWidget(note, 1)
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    layout.addLayout(head)
    layout.addWidget(table, 1)
    return layout


def _short(name: str) -> str:
    return name if len(name) <= 18 else name[:17] + "…"
