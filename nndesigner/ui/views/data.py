"""The open data: its first rows or pictures, its classes, and what was decided when opening it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.column_choice import TYPE_TITLES
from nndesigner.data.dataset import Dataset
from nndesigner.data.table import TableDataset
from nndesigner.graph import shape_text
from nndesigner.ui import theme
from nndesigner.ui.views.bars import BarList
from nndesigner.ui.views.base import View, paint_text
from nndesigner.ui.views.colormaps import picture
from nndesigner.ui.views.outcome import names_of
from nndesigner.ui.views.rows import table_rows
from nndesigner.ui.views.side import SideArea
from nndesigner.ui.views.text_table import ColumnHead, TextTableView
from nndesigner.ui.views.thumbnails import Thumbnails

MOST_ROWS = 200
MOST_PICTURES = 200
TYPES = TYPE_TITLES


class DataView(View):
    """Everything one wants to see of the data before trusting a result."""

    kind: ClassVar[str] = "data"
    title: ClassVar[str] = "Data"
    icon: ClassVar[str] = "mdi6.table"
    empty_text: ClassVar[str] = (
        "Press Open data to bring a table, pictures or a sample; its rows appear here."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self.table = TextTableView(self)
        self.table.setAccessibleName("First rows")
        self.thumbnails = Thumbnails(self)
        self.thumbnails.setAccessibleName("Some pictures")
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.thumbnails)
        self._name = QLabel(self)
        self._shape = QLabel(self)
        self._split = QLabel(self)
        self._classes_title = QLabel(self)
        self.bars = BarList(self)
        self._notes_title = QLabel("When opening", self)
        self.notes = QLabel(self)
        for label in self._labels():
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._side = self._side_panel()
        layout = QHBoxLayout(self.page)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN // 2, 0, theme.MARGIN // 2)
        layout.setSpacing(theme.WIDE_MARGIN)
        layout.addWidget(self._pages, 3)
        layout.addWidget(self._side, 2)
        self.restyle()
        self.set_empty(True)

    @property
    def split_text(self) -> str:
        """How many rows are trained on and how many are kept aside."""
        return self._split.text()

    def attached(self) -> None:
        """Show the data of this run; the same data is not read twice."""
        info = self.info
        if info is None:
            self._dataset = None
            self.set_empty(True)
            return
        self._show_facts()
        dataset = info.dataset
        if dataset is None:
            self._dataset = None
            self.set_empty(
                True,
                f"The rows of {info.spec.name} are not here: the file was moved or not opened yet. "
                "Press Open data to find it.",
            )
            return
        if dataset is not self._dataset:
            self._dataset = dataset
            self._show_rows(dataset)
        self.set_empty(False)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        for label in (self._name, self._classes_title, self._notes_title):
            label.setFont(theme.title_font(0))
            paint_text(label, t.text)
        for label in (self._shape, self._split, self.notes):
            paint_text(label, t.text_quiet)
        self.table.restyle()
        for area in (self.table.viewport(), self.thumbnails.viewport(), self.bars):
            area.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the rows give way to the facts."""
        super().resizeEvent(event)
        self._pages.setVisible(self.width() >= 480)

    # -- inside

    def _labels(self) -> tuple[QLabel, ...]:
        return (
            self._name,
            self._shape,
            self._split,
            self._classes_title,
            self._notes_title,
            self.notes,
        )

    def _side_panel(self) -> QScrollArea:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, theme.WIDE_MARGIN, 0)
        layout.setSpacing(2)
        for widget in (self._name, self._shape, self._split):
            layout.addWidget(widget)
        layout.addSpacing(theme.GRID)
        layout.addWidget(self._classes_title)
        layout.addWidget(self.bars)
        layout.addSpacing(theme.GRID)
        layout.addWidget(self._notes_title)
        layout.addWidget(self.notes)
        layout.addStretch()
        area = SideArea(inside, self)
        area.setMinimumWidth(208)
        return area

    def _show_facts(self) -> None:
        info = self.info
        if info is None:
            return
        spec, prepared = info.spec, info.prepared
        self._name.setText(spec.name)
        shape = shape_text(spec.input_shape)
        what = f"{shape} pixels" if len(spec.input_shape) == 3 else f"{shape} inputs"
        if spec.task == "classification":
            self._shape.setText(f"{spec.rows:,} rows, {what}, {spec.outputs:,} classes")
        else:
            targets = ", ".join(spec.target_names) or "numbers"
            self._shape.setText(f"{spec.rows:,} rows, {what}, predicts {targets}")
        if prepared is not None:
            train, kept = len(prepared.x_train), len(prepared.x_val)
            self._split.setText(f"{train:,} rows are trained on, {kept:,} kept aside")
        else:
            share = info.settings.validation_share
            self._split.setText(f"{share:.0%} will be kept aside for validation".replace("%", " %"))

    def _show_rows(self, dataset: Dataset) -> None:
        labels = dataset.labels
        self._show_classes(dataset, labels)
        self.notes.setText("\n".join(f"• {note}" for note in dataset.notes))
        self.notes.setVisible(bool(dataset.notes))
        self._notes_title.setVisible(bool(dataset.notes))
        if isinstance(dataset, TableDataset):
            pairs = zip(dataset.columns, dataset.roles.roles, strict=True)
            heads = [
                ColumnHead(
                    column.name,
                    TYPES[column.type]
                    + {"target": ", target", "ignore": ", ignored"}.get(role, ""),
                    role,
                    column.numbers is not None,
                    column.why and f"{column.name} is ignored: {column.why}",
                )
                for column, role in pairs
            ]
            rows = range(min(MOST_ROWS, dataset.spec.rows))
            self.table.show_rows(heads, table_rows(dataset, rows))
            self._pages.setCurrentIndex(0)
        elif len(dataset.spec.input_shape) == 3:
            self._show_pictures(dataset, labels)
            self._pages.setCurrentIndex(1)
        else:
            self._show_numbers(dataset)
            self._pages.setCurrentIndex(0)

    def _show_classes(self, dataset: Dataset, labels: npt.NDArray[np.int64] | None) -> None:
        shown = labels is not None
        self._classes_title.setVisible(shown)
        self.bars.setVisible(shown)
        if labels is None:
            return
        names = names_of(dataset.spec)
        counts = np.bincount(labels[labels >= 0], minlength=len(names)).tolist()
        self._classes_title.setText("Rows a class")
        self.bars.set_items(list(zip(names, counts, strict=False)))

    def _show_pictures(self, dataset: Dataset, labels: npt.NDArray[np.int64] | None) -> None:
        self.thumbnails.set_items(picture_items(dataset, labels, MOST_PICTURES))

    def _show_numbers(self, dataset: Dataset) -> None:
        """Rows of data that is neither a table nor pictures, as the network sees them."""
        rows = np.arange(min(MOST_ROWS, dataset.spec.rows), dtype=np.int64)
        encoded = dataset.encode(dataset.fit(rows), rows)
        flat = encoded.x.reshape(len(encoded.x), -1)[:, :100]
        names = dataset.spec.feature_names or tuple(f"{i + 1}" for i in range(flat.shape[1]))
        heads = [ColumnHead(name, numeric=True) for name in names[: flat.shape[1]]]
        self.table.show_rows(heads, [[f"{value:.4g}" for value in row] for row in flat.tolist()])


def picture_items(
    dataset: Dataset, labels: npt.NDArray[np.int64] | None, most: int
) -> tuple[tuple[QImage, str], ...]:
    """Some pictures of each class, each with the name of its class."""
    rows = spread_rows(labels, dataset.spec.rows, most)
    encoded = dataset.encode(dataset.fit(rows), rows)
    names = names_of(dataset.spec)
    low, high = float(encoded.x.min(initial=0)), float(encoded.x.max(initial=0))
    items = []
    for index, row in enumerate(encoded.kept.tolist()):
        label = int(labels[row]) if labels is not None else -1
        text = names[label] if 0 <= label < len(names) else str(row + 1)
        items.append((picture(encoded.x[index], low, high), text))
    return tuple(items)


def spread_rows(
    labels: npt.NDArray[np.int64] | None, rows: int, most: int
) -> npt.NDArray[np.int64]:
    """Row numbers that show all classes: the first of each class in turn, then the second ones."""
    if labels is None:
        return np.arange(min(rows, most), dtype=np.int64)
    order = np.argsort(labels, kind="stable")
    order = order[labels[order] >= 0]
    found = labels[order]
    starts = np.searchsorted(found, found, side="left")
    turn = np.arange(len(found)) - starts
    chosen = order[np.lexsort((found, turn))][:most]
    return np.asarray(chosen, dtype=np.int64)
