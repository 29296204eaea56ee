"""The wizard of a table: how its text is cut, what each column is, which rows are kept aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data import SAME, TableOptions
from nndesigner.data.split_plan import Split
from nndesigner.data.split_preview import SplitPreview
from nndesigner.data.table_full import TableFull
from nndesigner.data.table_head import HeadColumn, TableHead
from nndesigner.errors import DataError
from nndesigner.ui import theme
from nndesigner.ui.dialogs.table_added import AddedPage
from nndesigner.ui.dialogs.table_choices import (
    target_remark,
    with_role,
    with_said,
    with_split,
    with_target,
)
from nndesigner.ui.dialogs.table_column_form import ColumnForm, line_of
from nndesigner.ui.dialogs.table_columns import ColumnsView
from nndesigner.ui.dialogs.table_cut import CutStrip
from nndesigner.ui.dialogs.table_foot_strip import FootStrip
from nndesigner.ui.dialogs.table_heading import heading
from nndesigner.ui.dialogs.table_split import SplitPage
from nndesigner.ui.views.base import paint_text
from nndesigner.ui.views.side import SideArea
from nndesigner.ui.views.text_table import ColumnHead, TextTableView

COLUMNS, ADDED, SPLIT, BAD, NOTES = range(5)


class TablePage(QWidget):
    """Choices about the text above, about columns and rows in the middle, the first rows below."""

    #: The choices have changed: read the beginning again.
    changed = Signal()

    def __init__(self, parent: QWidget | None = None, *, validation_share: float = 0.2) -> None:
        super().__init__(parent)
        self.options = TableOptions()
        #: Whether rows are to be given back, rather than a column predicted.
        self.own_target = False
        self.head: TableHead | None = None
        self.full: TableFull | None = None
        self._share = validation_share
        self._filling = False
        self.cut = CutStrip(self)
        # the choices by their own names, as whoever drives the page knows them
        self.target, self.task, self.sheet = self.cut.target, self.cut.task, self.cut.sheet
        self.delimiter, self.decimal = self.cut.delimiter, self.cut.decimal
        self.encoding, self.header = self.cut.encoding, self.cut.header
        self.skip, self.ragged, self.quote = self.cut.skip, self.cut.ragged, self.cut.quote
        self.columns = ColumnsView(self)
        self.form = ColumnForm(self)
        self.role, self.kind = self.form.editors["role"], self.form.editors["type"]
        self.fill, self.fill_value = self.form.fill, self.form.fill_value
        self.column_title = self.form.title
        self.added = AddedPage(self)
        self.split = SplitPage(self)
        self.bad = TextTableView(self)
        self.bad.setAccessibleName("Bad lines")
        self.bad.verticalHeader().hide()
        self.notes = QLabel(self)
        self.facts = self.cut.facts
        #: What a choice did beside what was chosen.
        self.remark = QLabel(self)
        self.remark.setTextFormat(Qt.TextFormat.PlainText)
        self.remark.setWordWrap(True)
        self.remark.hide()
        self._remark = ""
        self.foot = FootStrip(self)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setWordWrap(True)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Find a column")
        self.search.setAccessibleName("Find a column")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumHeight(theme.TARGET)
        self.search.setFixedWidth(200)
        self.tabs = QTabBar(self)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.rows = TextTableView(self)
        self.rows.setAccessibleName("First rows")
        self.rows.setSelectionBehavior(TextTableView.SelectionBehavior.SelectColumns)
        self.rows.setSelectionMode(TextTableView.SelectionMode.SingleSelection)
        self._lay_out()
        self._connect()
        self.restyle()

    # -- content

    def show_head(self, head: TableHead) -> None:
        """Show what was found with the choices in force."""
        self.head, self.options, self.full = head, head.options, None
        chosen = self.columns.names()
        self._filling = True
        self._show_columns(self._as_used(head))
        names = [column.name for column in head.columns]
        kept = [name for name in chosen if name in names]
        if not kept:
            kept = [head.target] if head.target in names else names[:1]
        self.columns.choose(kept)
        self._filling = False
        self._area.setCurrentIndex(1)
        self.rows.show_rows([heading(column) for column in self._as_used(head)], head.rows)
        self._show_facts(head.rows_seen, head.complete)
        self.notes.setText("\n".join(f"• {note}" for note in head.notes))
        self.foot.show_foot(head.raw.foot if head.raw is not None else None, self.options.foot or 0)
        self._show_bad()
        self._fill()

    def show_split(self, preview: SplitPreview | None, *, whole: bool) -> None:
        """Show how the rows would be shared out."""
        self.split.show_preview(preview, whole)

    def show_full(self, full: TableFull) -> None:
        """The whole file was counted: its figures take the place of the preview's."""
        head = self.head
        if head is None:
            return
        self.full = full
        used = self._as_used(head)
        columns = [replace(c, facts=full.facts.get(c.name, c.facts)) for c in used]
        self._show_columns(columns)
        self.rows.show_rows([heading(column) for column in columns], head.rows)
        self._show_facts(full.rows, True)
        self._show_bad()
        self.show_split(full.split, whole=True)
        self._fill_form()

    def forget(self, kind: str = "text", sheets: Sequence[str] = ()) -> None:
        """The choices in force give no rows: show none rather than old ones, and all choices.

        ``kind`` is the file's format and ``sheets`` are those of a workbook.
        """
        self.head = self.full = None
        self.foot.show_foot(None, self.options.foot or 0)
        self._filling = True
        self.cut.show_options(None, self.options, kind, sheets, own_target=self.own_target)
        self._filling = False
        self._area.setCurrentIndex(0)
        self.facts.setText("")
        self.notes.setText("")

    def choose_column(self, name: str) -> None:
        """Look at another column."""
        if self.head is not None and name in [column.name for column in self.head.columns]:
            self.columns.choose([name])

    @property
    def column(self) -> str:
        """The first column whose choices are shown."""
        names = self.columns.names()
        return names[0] if names else ""

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        paint_text(self._nothing, t.text_quiet)
        paint_text(self.notes, t.text_quiet)
        paint_text(self.remark, t.warning)
        for part in (self.rows, self.bad, self.columns, self.form, self.added, self.split):
            part.restyle()
        self.cut.restyle()
        self.foot.restyle()

    # -- building

    def _lay_out(self) -> None:
        self._nothing = QLabel("The columns appear here once the file can be read.", self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        side = SideArea(self.form, self)
        side.setFixedWidth(304)
        first = QSplitter(Qt.Orientation.Horizontal, self)
        first.addWidget(self.columns)
        first.addWidget(side)
        first.setStretchFactor(0, 1)
        first.setChildrenCollapsible(False)
        notes = SideArea(self.notes, self)
        self._pages = QStackedWidget(self)
        for title, page in (
            ("Columns", first),
            ("Added inputs", self.added),
            ("Split", self.split),
            ("Bad lines", self.bad),
            ("Notes", notes),
        ):
            self.tabs.addTab(title)
            self._pages.addWidget(page)
        bar = _row(self.tabs, self.search)
        above = QWidget(self)
        upper = QVBoxLayout(above)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(theme.MARGIN)
        upper.addLayout(bar)
        upper.addWidget(self._pages, 1)
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.addWidget(above)
        both.addWidget(self.rows)
        both.setStretchFactor(0, 1)
        both.setChildrenCollapsible(False)
        both.setSizes([380, 150])
        self._area = QStackedWidget(self)
        self._area.addWidget(self._nothing)
        self._area.addWidget(both)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(self.cut)
        layout.addWidget(self.remark)
        layout.addWidget(self.foot)
        layout.addWidget(self._area, 1)

    def _connect(self) -> None:
        self.cut.said.connect(self._set)
        self.cut.target_said.connect(self._set_target)
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self.tabs.currentChanged.connect(lambda at: self.search.setVisible(at == COLUMNS))
        self.foot.said.connect(lambda lines: self._set("foot", lines))
        self.search.textChanged.connect(self.columns.filter)
        self.columns.chosen.connect(self._column_chosen)
        self.columns.picked.connect(self._said_of_columns)
        self.form.edited.connect(self._said_of_columns)
        self.form.rule_edited.connect(self._rule)
        self.added.edited.connect(lambda added: self._set("added", added))
        self.split.edited.connect(self._set_split)
        self.rows.horizontalHeader().sectionClicked.connect(self._head_clicked)
        self.rows.selectionModel().currentColumnChanged.connect(
            lambda now, _before: self._head_clicked(now.column())
        )

    # -- filling

    def _show_columns(self, columns: Sequence[HeadColumn]) -> None:
        self.columns.show_columns(columns, frozenset(self.options.columns))

    def _show_facts(self, rows: int, complete: bool) -> None:
        head = self.head
        if head is None:
            return
        seen = f"{rows:,} rows" if complete else f"First {rows:,} rows"
        used = self._as_used(head)
        inputs = sum(column.role == "input" for column in used) + len(self.options.added)
        said = {"classification": "a class", "regression": "a number"}.get(head.task or "", "?")
        targets = [line_of(c.name) for c in used if c.role == "target"]
        weights = [c.name for c in head.columns if c.role == "weight"]
        predicted = f", predicts {', '.join(targets[:3])} ({said})" if targets else ""
        predicted = ", gives them back" if self.own_target else predicted
        self.facts.setText(
            f"{seen}, {len(head.columns):,} columns, {inputs:,} used as input{predicted}"
            + "".join(f", weighted by {line_of(name)}" for name in weights)
        )

    def _show_bad(self) -> None:
        held = self.full.raw if self.full is not None else self.head
        if held is None or self.head is None:
            return
        width = len(self.head.columns)
        self.bad.show_rows(
            [
                ColumnHead("Line", numeric=True),
                ColumnHead(f"Cells of {width:,}", numeric=True),
                ColumnHead("What stands there"),
            ],
            [(f"{bad.line:,}", f"{bad.cells:,}", bad.text) for bad in held.bad],
        )
        self.bad.fit_columns()
        self.bad.setColumnWidth(2, 640)
        self.tabs.setTabText(BAD, f"Bad lines ({held.bad_count:,})")
        self.tabs.setTabVisible(BAD, held.bad_count > 0)
        self.tabs.setTabText(NOTES, f"Notes ({len(self.head.notes):,})")

    def _fill(self) -> None:
        """Write what was found and chosen into the fields, without an echo."""
        head = self.head
        self._filling = True
        self.cut.show_options(head, self.options, own_target=self.own_target)
        columns = self._as_used(head) if head is not None else ()
        self.split.show_split(self.options.split, [c.name for c in columns], self._share)
        numbers = [c.name for c in columns if c.role == "input" and c.type == "number"]
        self.added.show_added(self.options.added, numbers)
        count = len(self.options.added)
        self.tabs.setTabText(ADDED, f"Added inputs ({count:,})" if count else "Added inputs")
        self._fill_form()
        self._filling = False

    def _fill_form(self) -> None:
        names = set(self.columns.names())
        shown = [c for c in self.columns.columns.columns if c.name in names]
        self.form.show_columns(shown, self.options, self.head.task if self.head else None)

    # -- choosing

    def _set(self, name: str, value: Any) -> None:
        self._use(msgspec.structs.replace(self.options, **{name: value}))

    def _use(self, options: TableOptions) -> None:
        if not self._filling and options != self.options:
            self.options = options
            self.remark.setText(self._remark)
            self.remark.setVisible(bool(self._remark))
            self._remark = ""
            self.changed.emit()

    def _rule(self, name: str, value: Any) -> None:
        """A rule for all columns; what is no number gives way to the one in force."""
        try:
            if name == "fill_value":
                value = float(value.strip().replace(",", "."))
            self._use(TableOptions.from_plain({**self.options.plain(), name: value}))
        except (ValueError, DataError):
            self._fill_form()

    def _set_target(self, name: str | None) -> None:
        before, self.own_target = self.own_target, name == SAME
        options = self.options if self.own_target else with_target(self.options, name)
        if before != self.own_target and options == self.options:
            self.changed.emit()
        self._use(options)

    def _as_used(self, head: TableHead) -> tuple[HeadColumn, ...]:
        """The columns, each with what it is used for."""
        return head.own_target_columns if self.own_target else head.columns

    def _set_split(self, split: Split) -> None:
        self._use(with_split(self.options, split))
        self._filling = True
        names = [c.name for c in self.head.columns] if self.head is not None else []
        self.split.show_split(self.options.split, names, self._share)
        self._filling = False

    def _said_of_columns(self, name: str, value: Any) -> None:
        if self._filling or self.head is None:
            return
        names = set(self.columns.names())
        options = self.options
        for column in self.head.columns:
            if column.name not in names:
                continue
            if name == "role":
                if value == "target":
                    self.own_target = False
                    self._remark = target_remark(options, column, self.head)
                if value is not None:
                    options = with_role(options, column, value, self.head)
            else:
                options = with_said(options, column, name, value)
        self._use(options)
        if name in ("coding", "fill"):  # other fields mean something now
            self._filling = True
            self._fill_form()
            self._filling = False

    def _column_chosen(self) -> None:
        if not self._filling:
            self._filling = True
            self._fill_form()
            self._filling = False

    def _head_clicked(self, column: int) -> None:
        if self.head is not None and 0 <= column < len(self.head.columns):
            self.choose_column(self.head.columns[column].name)


def _row(*widgets: QWidget) -> QHBoxLayout:
    """The first at the left, the others at the right."""
    row = QHBoxLayout()
    row.setSpacing(theme.MARGIN)
    row.addWidget(widgets[0])
    row.addStretch()
    for widget in widgets[1:]:
        row.addWidget(widget)
    return row
