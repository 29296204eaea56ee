"""The open data: rows or pictures, columns, correlations, and what is worth knowing of them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.dataset import Dataset
from nndesigner.data.looking import Looked, look_at, summary_text
from nndesigner.data.table import TableDataset
from nndesigner.graph import shape_text
from nndesigner.ui import theme
from nndesigner.ui.background import Job
from nndesigner.ui.views.bars import BarList
from nndesigner.ui.views.base import View, paint_text
from nndesigner.ui.views.column_cards import ColumnCards
from nndesigner.ui.views.correlation import ColumnScatter
from nndesigner.ui.views.correlation_grid import CorrelationGrid
from nndesigner.ui.views.data_pages import PAGES, DoubtsPage, PageBar
from nndesigner.ui.views.data_rows import column_heads, rows_of_numbers
from nndesigner.ui.views.lazy import PictureItems, TableCells, spread_rows
from nndesigner.ui.views.outcome import names_of
from nndesigner.ui.views.side import SideArea
from nndesigner.ui.views.text_table import TextTableView
from nndesigner.ui.views.thumbnails import Thumbnails


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
        self._job: Job | None = None
        self.looked: Looked | None = None
        self.table = TextTableView(self)
        self.table.setAccessibleName("All rows")
        self.thumbnails = Thumbnails(self)
        self.thumbnails.setAccessibleName("Pictures")
        self.columns = ColumnCards(self)
        self.columns.setAccessibleName("Columns")
        self.correlations = CorrelationGrid(self)
        self.correlations.setAccessibleName("Correlations")
        self.scatter = ColumnScatter(self)
        self.doubts = DoubtsPage(self)
        self.doubts.trained = lambda: self.trained()
        self._pages = QStackedWidget(self)
        for page in self._widgets():
            self._pages.addWidget(page)
        self.correlations.chosen.connect(self._show_pair)
        self.classes = QComboBox(self)
        self.classes.setAccessibleName("Pictures of which class")
        self.classes.setMinimumHeight(theme.TARGET)
        self.classes.currentIndexChanged.connect(self._choose_class)
        self.copy = QToolButton(self)
        self.copy.setText("Copy summary")
        self.copy.setToolTip("Copy everything about this data as text, for a report or a sheet")
        self.copy.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.copy.setAutoRaise(True)
        self.copy.setMinimumHeight(theme.TARGET)
        self.copy.clicked.connect(self.copy_summary)
        self._name = QLabel(self)
        self._shape = QLabel(self)
        self._split = QLabel(self)
        self._split_notes = QLabel(self)
        self._found_title = QLabel("Worth a look", self)
        self.found = QLabel(self)
        self._classes_title = QLabel(self)
        self.bars = BarList(self)
        self._notes_title = QLabel("When opening", self)
        self.notes = QLabel(self)
        for label in self._labels():
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        for label in (self.notes, self.found):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._side = self._side_panel()
        self.bar = PageBar(self)
        self.bar.chosen.connect(self.show_page)
        self.bar.add_right(self.classes)
        self.bar.add_right(self.copy)
        both = QHBoxLayout()
        both.setSpacing(theme.WIDE_MARGIN)
        both.addWidget(self._pages, 5)
        both.addWidget(self._side, 2)
        # The bar lies over the whole width: beside the facts its words would be cut.
        layout = QVBoxLayout(self.page)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN // 2, 0, theme.MARGIN // 2)
        layout.setSpacing(theme.MARGIN // 2)
        layout.addWidget(self.bar)
        layout.addLayout(both, 1)
        self.restyle()
        self.set_empty(True)

    @property
    def split_text(self) -> str:
        """How many rows are trained on and how many are kept aside."""
        return self._split.text()

    @property
    def current_page(self) -> str:
        """The name of the page that is shown."""
        return PAGES[self._pages.currentIndex()][0]

    @property
    def busy(self) -> bool:
        """Whether the data is being looked through."""
        return self._job is not None

    def show_page(self, name: str) -> None:
        """Show one of the pages of this data."""
        self.bar.buttons[name].setChecked(True)
        self._pages.setCurrentIndex([page for page, *_ in PAGES].index(name))
        self.classes.setVisible(name == "pictures" and self.classes.count() > 2)

    def copy_summary(self) -> None:
        """Put the summary on the clipboard."""
        if self._dataset is None:
            return
        looked = self.looked or look_at(self._dataset)
        QGuiApplication.clipboard().setText(summary_text(self._dataset, looked))
        self.message.emit("The summary of the data is on the clipboard")

    def attached(self) -> None:
        """Show the data of this run; the same data is not read twice."""
        info = self.info
        if info is None:
            self._forget()
            self.set_empty(True)
            return
        self._show_facts()
        dataset = info.dataset.source if info.dataset is not None else None
        if dataset is None:
            self._forget()
            self.set_empty(
                True,
                f"The rows of {info.spec.name} are not here: the file was moved or not opened yet. "
                "Press Open data to find it.",
            )
            return
        if dataset is not self._dataset:
            self._dataset = dataset
            self._show_rows(dataset)
            self._look(dataset)
        self.doubts.attach(info)
        self.set_empty(False)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        for label in (self._name, self._classes_title, self._notes_title, self._found_title):
            label.setFont(theme.title_font(0))
            paint_text(label, t.text)
        for label in (self._shape, self._split, self._split_notes, self.notes):
            paint_text(label, t.text_quiet)
        paint_text(self.found, t.warning)
        self.table.restyle()
        self.copy.setIcon(theme.icon("mdi6.content-copy", "text"))
        for area in (
            self.table.viewport(),
            self.thumbnails.viewport(),
            self.columns.viewport(),
            self.correlations,
            self.bars,
        ):
            area.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the rows give way to the facts."""
        super().resizeEvent(event)
        for part in (self.bar, self._pages):
            part.setVisible(self.width() >= 480)
        self._fold()

    # -- inside

    def _fold(self) -> None:
        """The copy button gives its word up where a page's name needs the room."""
        styles = Qt.ToolButtonStyle
        room = self.bar.room_for(self.copy)
        self.copy.setToolButtonStyle(
            styles.ToolButtonTextBesideIcon if room else styles.ToolButtonIconOnly
        )

    def _widgets(self) -> tuple[QWidget, ...]:
        """The pages in the order of `PAGES`."""
        return (
            self.table,
            self.thumbnails,
            self.columns,
            self.correlations,
            self.scatter,
            self.doubts,
        )

    def _labels(self) -> tuple[QLabel, ...]:
        return (
            self._name,
            self._shape,
            self._split,
            self._split_notes,
            self._found_title,
            self.found,
            self._classes_title,
            self._notes_title,
            self.notes,
        )

    def _side_panel(self) -> QScrollArea:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, theme.WIDE_MARGIN, 0)
        layout.setSpacing(2)
        for widget in (self._name, self._shape, self._split, self._split_notes):
            layout.addWidget(widget)
        layout.addSpacing(theme.GRID)
        layout.addWidget(self._found_title)
        layout.addWidget(self.found)
        layout.addWidget(self._classes_title)
        layout.addWidget(self.bars)
        layout.addSpacing(theme.GRID)
        layout.addWidget(self._notes_title)
        layout.addWidget(self.notes)
        layout.addStretch()
        area = SideArea(inside, self)
        area.setMinimumWidth(208)
        return area

    def _forget(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._dataset = self.looked = None
        self.doubts.attach(None)

    def _look(self, dataset: Dataset) -> None:
        """Look through the columns beside the window."""
        if self._job is not None:
            self._job.cancel()
        self.looked = None
        self._show_found("")
        job = Job(lambda: look_at(dataset), self)
        self._job = job
        job.done.connect(lambda looked: self._seen_through(job, looked))
        job.failed.connect(lambda text: self._not_seen_through(job, text))
        job.start()

    def _seen_through(self, job: Job, looked: Looked) -> None:
        if job is not self._job:
            return
        self._job, self.looked = None, looked
        self.columns.set_columns(looked.columns)
        self.correlations.show_correlations(looked.correlations)
        self._show_found("\n".join(f"• {found.sentence}" for found in looked.findings))

    def _not_seen_through(self, job: Job, text: str) -> None:
        if job is self._job:
            self._job = None
            self._show_found(text)

    def _show_found(self, text: str) -> None:
        self.found.setText(text)
        self.found.setVisible(bool(text))
        self._found_title.setVisible(bool(text))

    def _show_pair(self, across: str, up: str) -> None:
        self.scatter.choose(across, up)
        self.show_page("scatter")

    def _show_facts(self) -> None:
        info = self.info
        if info is None:
            return
        spec, prepared = info.spec, info.prepared
        notes = prepared.notes if prepared is not None else ()
        self._split_notes.setText("\n".join(notes))
        self._split_notes.setVisible(bool(notes))
        self._name.setText(spec.name)
        shape = shape_text(spec.input_shape)
        what = f"{shape} pixels" if len(spec.input_shape) == 3 else f"{shape} inputs"
        if spec.task == "classification":
            self._shape.setText(f"{spec.rows:,} rows, {what}, {spec.outputs:,} classes")
        else:
            targets = ", ".join(spec.target_names) or "numbers"
            verb = "gives back" if spec.same_as_input else "predicts"
            self._shape.setText(f"{spec.rows:,} rows, {what}, {verb} {targets}")
        if prepared is not None:
            train, kept = len(prepared.x_train), len(prepared.x_val)
            test = len(prepared.x_test) if prepared.x_test is not None else 0
            tested = f", {test:,} for the test at the end" if test else ""
            self._split.setText(f"{train:,} rows are trained on, {kept:,} kept aside{tested}")
        else:
            share = info.settings.validation_share
            self._split.setText(f"{share:.0%} will be kept aside for validation".replace("%", " %"))

    def _show_rows(self, dataset: Dataset) -> None:
        labels = dataset.labels
        self._show_classes(dataset, labels)
        self.notes.setText("\n".join(f"• {note}" for note in dataset.notes))
        self.notes.setVisible(bool(dataset.notes))
        self._notes_title.setVisible(bool(dataset.notes))
        table = dataset if isinstance(dataset, TableDataset) else None
        pictures = len(dataset.spec.input_shape) == 3
        if table is not None:
            self.table.show_rows(column_heads(table), TableCells(table))
        elif pictures:
            self._show_pictures(dataset, labels)
        else:
            self.table.show_rows(*rows_of_numbers(dataset))
        offered = {
            "rows": not pictures or table is not None,
            "pictures": pictures and table is None,
            "columns": table is not None,
            "correlations": table is not None,
            "scatter": table is not None,
            "doubts": dataset.spec.task == "classification",
        }
        self.scatter.show_dataset(table, labels)
        for name, there in offered.items():
            self.bar.buttons[name].setVisible(there)
        if not offered[self.current_page]:
            self.show_page(next(name for name, there in offered.items() if there))
        else:
            self.show_page(self.current_page)
        self._fold()

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
        self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItem("All classes", -1)
        if labels is not None:
            for index, name in enumerate(names_of(dataset.spec)):
                self.classes.addItem(name, index)
        self.classes.blockSignals(False)
        self._choose_class()

    def _choose_class(self) -> None:
        """Show the pictures of one class, or of all of them in turn."""
        dataset = self._dataset
        if dataset is None:
            return
        labels, wanted = dataset.labels, self.classes.currentData()
        rows = spread_rows(labels, dataset.spec.rows, dataset.spec.rows)
        if labels is not None and wanted is not None and wanted >= 0:
            rows = np.flatnonzero(labels == wanted).astype(np.int64)
        encoding = dataset.fit(spread_rows(labels, dataset.spec.rows, 200))
        self.thumbnails.set_items(PictureItems(dataset, encoding, rows))
        self.thumbnails.verticalScrollBar().setValue(0)
