"""The preview of a table: how its text is cut, what each column is, and what is predicted."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data import ColumnChoice, TableOptions
from nndesigner.data.columns import number_text
from nndesigner.data.table_head import HeadColumn, TableHead
from nndesigner.errors import DataError
from nndesigner.ui import theme
from nndesigner.ui.views.base import paint_text
from nndesigner.ui.views.data import TYPES
from nndesigner.ui.views.side import SideArea
from nndesigner.ui.views.text_table import ColumnHead, TextTableView

DELIMITERS = ((",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar |"), (" ", "blanks"))
ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16", "mac-roman", "shift_jis", "gb18030")
FILLS = (
    ("typical", "mean or most frequent"),
    ("median", "median or most frequent"),
    ("zero", "zero"),
    ("constant", "a number of your own"),
    ("drop", "leave the row out"),
)
RAGGED = (("fill", "fill them up"), ("skip", "skip them"), ("stop", "refuse the file"))
ROLES = (("input", "Input"), ("target", "Target"), ("ignore", "Ignored"))


class TablePage(QWidget):
    """Choices at the left, the rows as they would be read at the right."""

    #: The choices have changed: read the beginning again.
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.options = TableOptions()
        self.head: TableHead | None = None
        self._filling = False
        self._column = ""
        self.target = self._combo("Target")
        self.task = self._combo("Predict")
        self.delimiter = self._combo("Cells end at")
        self.decimal = self._combo("Decimal sign")
        self.encoding = self._combo("Letters")
        self.header = self._combo("First line")
        self.skip = QSpinBox(self)
        self.skip.setRange(-1, 1_000_000)
        self.skip.setAccessibleName("Lines to skip")
        self.skip.setMinimumHeight(theme.TARGET)
        self.skip.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.sheet = self._combo("Sheet")
        self.fill = self._combo("Missing values")
        self.fill_value = QLineEdit(self)
        self.fill_value.setAccessibleName("Number for missing values")
        self.fill_value.setMinimumHeight(theme.TARGET)
        self.ragged = self._combo("Short lines")
        self.role = self._combo("Column used as")
        self.kind = self._combo("Column type")
        self.column_title = QLabel(self)
        self.rows = TextTableView(self)
        self.rows.setAccessibleName("First rows")
        self.rows.setSelectionBehavior(TextTableView.SelectionBehavior.SelectColumns)
        self.rows.setSelectionMode(TextTableView.SelectionMode.SingleSelection)
        self._nothing = QLabel("The rows appear here once the file can be read.", self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area = QStackedWidget(self)
        self._area.addWidget(self._nothing)
        self._area.addWidget(self.rows)
        self.facts = QLabel(self)
        self.notes = QLabel(self)
        for label in (self.facts, self.notes, self.column_title):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._connect()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.WIDE_MARGIN)
        layout.addWidget(self._choices())
        layout.addLayout(self._preview(), 1)
        self.restyle()
        self._fill()

    # -- content

    def show_head(self, head: TableHead) -> None:
        """Show what was found with the choices in force."""
        self.head, self.options = head, head.options
        names = [column.name for column in head.columns]
        if self._column not in names:
            self._column = head.target if head.target in names else (names[0] if names else "")
        self._fill()
        self._area.setCurrentWidget(self.rows)
        heads = [_heading(column) for column in head.columns]
        self.rows.show_rows(heads, head.rows)
        seen = f"{head.rows_seen:,} rows" if head.complete else f"First {head.rows_seen:,} rows"
        inputs = sum(column.role == "input" for column in head.columns)
        said = {"classification": "a class", "regression": "a number"}.get(head.task or "", "?")
        predicted = f", predicts {head.target} ({said})" if head.target else ""
        self.facts.setText(f"{seen}, {len(names):,} columns, {inputs:,} used as input{predicted}")
        self.notes.setText("\n".join(f"• {note}" for note in head.notes))

    def forget(self) -> None:
        """The choices in force give no rows: show none rather than old ones."""
        self._area.setCurrentWidget(self._nothing)
        self.facts.setText("")
        self.notes.setText("")

    def choose_column(self, name: str) -> None:
        """Look at another column."""
        if self.head is not None and name in [column.name for column in self.head.columns]:
            self._column = name
            self._fill()

    @property
    def column(self) -> str:
        """The column whose role and type are shown."""
        return self._column

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        self.column_title.setFont(theme.title_font(0))
        paint_text(self.column_title, t.text)
        paint_text(self.facts, t.text)
        paint_text(self._nothing, t.text_quiet)
        self.rows.restyle()
        paint_text(self.notes, t.text_quiet)

    # -- building

    def _combo(self, name: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setMinimumHeight(theme.TARGET)
        box.setMinimumContentsLength(8)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return box

    def _connect(self) -> None:
        simple = {
            self.task: "task",
            self.delimiter: "delimiter",
            self.decimal: "decimal",
            self.encoding: "encoding",
            self.header: "header",
            self.sheet: "sheet",
            self.fill: "fill",
            self.ragged: "ragged",
        }
        for box, name in simple.items():
            box.activated.connect(lambda _, box=box, name=name: self._set(name, box.currentData()))
        self.target.activated.connect(lambda: self._set_target(self.target.currentData()))
        self.skip.valueChanged.connect(self._set_skip)
        self.fill_value.editingFinished.connect(self._set_fill_value)
        self.role.activated.connect(lambda: self._set_role(self.role.currentData()))
        self.kind.activated.connect(lambda: self._set_kind(self.kind.currentData()))
        self.rows.horizontalHeader().sectionClicked.connect(self._head_clicked)
        self.rows.selectionModel().currentColumnChanged.connect(
            lambda now, _before: self._head_clicked(now.column())
        )

    def _choices(self) -> QWidget:
        inside = QWidget()
        form = QVBoxLayout(inside)
        form.setContentsMargins(0, 0, theme.MARGIN, 0)
        form.setSpacing(theme.MARGIN)
        groups: tuple[tuple[str | QLabel, tuple[tuple[str, QWidget], ...]], ...] = (
            ("What to predict", (("Target", self.target), ("It is", self.task))),
            (self.column_title, (("Used as", self.role), ("Holds", self.kind))),
            (
                "How the text is read",
                (
                    ("Cells end at", self.delimiter),
                    ("Decimal sign", self.decimal),
                    ("First line", self.header),
                    ("Skip lines", self.skip),
                    ("Letters", self.encoding),
                    ("Sheet", self.sheet),
                ),
            ),
            (
                "What is missing",
                (
                    ("Fill with", self.fill),
                    ("Number", self.fill_value),
                    ("Short lines", self.ragged),
                ),
            ),
        )
        for title, fields in groups:
            label = title if isinstance(title, QLabel) else QLabel(title, inside)
            label.setFont(theme.title_font(0))
            form.addWidget(label)
            grid = QFormLayout()
            grid.setContentsMargins(0, 0, 0, theme.MARGIN // 2)
            grid.setVerticalSpacing(4)
            if title == "What is missing":
                self._missing_form = grid
            if title == "How the text is read":
                self._text_form, self._text_title = grid, label
            grid.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
            grid.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
            for text, field in fields:
                name = QLabel(text, inside)
                name.setMinimumSize(88, theme.TARGET)
                name.setBuddy(field)
                grid.addRow(name, field)
            form.addLayout(grid)
        form.addStretch()
        area = SideArea(inside, self)
        area.setFixedWidth(296)
        return area

    def _preview(self) -> QVBoxLayout:
        notes = SideArea(self.notes, self)
        notes.setMaximumHeight(104)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        preview = QVBoxLayout()
        preview.setSpacing(theme.MARGIN)
        preview.addWidget(self.facts)
        preview.addWidget(self._area, 1)
        preview.addWidget(notes)
        return preview

    # -- filling

    def _fill(self) -> None:
        """Write what was found and chosen into the fields, without an echo."""
        head, options = self.head, self.options
        self._filling = True
        found = dict(DELIMITERS).get(head.delimiter, head.delimiter) if head else ""
        _refill(self.delimiter, _auto(found), DELIMITERS, options.delimiter)
        decimal = {".": "point", ",": "comma"}.get(head.decimal if head else "", "")
        _refill(self.decimal, _auto(decimal), ((".", "point"), (",", "comma")), options.decimal)
        encodings = [(name, name) for name in ENCODINGS]
        if options.encoding and options.encoding not in ENCODINGS:
            encodings.append((options.encoding, options.encoding))
        _refill(self.encoding, _auto(head.encoding if head else ""), encodings, options.encoding)
        header = ("column names" if head.header else "data") if head else ""
        _refill(
            self.header, _auto(header), ((True, "column names"), (False, "data")), options.header
        )
        self.skip.setSpecialValueText(_auto(str(head.skip) if head else "")[1])
        self.skip.setValue(-1 if options.skip is None else options.skip)
        _refill(self.fill, None, FILLS, options.fill)
        self.fill_value.setText(number_text(options.fill_value))
        self._missing_form.setRowVisible(self.fill_value, options.fill == "constant")
        _refill(self.ragged, None, RAGGED, options.ragged)
        tasks = (("classification", "a class"), ("regression", "a number"))
        _refill(
            self.task,
            _auto(dict(tasks).get(head.task or "", "") if head else ""),
            tasks,
            options.task,
        )
        names = [(column.name, _line(column.name)) for column in head.columns] if head else []
        _refill(self.target, _auto(head.target if head else ""), names, options.target)
        sheets = head.sheets if head else ()
        _refill(
            self.sheet, (None, "the first"), [(name, _line(name)) for name in sheets], options.sheet
        )
        self._show_text_choices(head.format if head else "text", len(sheets) > 1)
        self._fill_column()
        self._filling = False

    def _show_text_choices(self, kind: str, sheets: bool) -> None:
        """How text is cut is no question where a format says it itself."""
        for box in (self.delimiter, self.decimal, self.encoding):
            self._text_form.setRowVisible(box, kind == "text")
        for field in (self.header, self.skip):
            self._text_form.setRowVisible(field, kind in ("text", "excel"))
        self._text_form.setRowVisible(self.sheet, sheets)
        self._text_title.setVisible(kind in ("text", "excel"))

    def _fill_column(self) -> None:
        column = self._shown()
        for box in (self.role, self.kind):
            box.setEnabled(column is not None)
        if column is None:
            self.column_title.setText("Column")
            return
        title = f"Column {_line(column.name)}"
        self.column_title.setText(title)
        choice = self.options.columns.get(column.name, ColumnChoice())
        _refill(self.role, None, ROLES, column.role)
        kinds = [(key, text) for key, text in TYPES.items() if key != "empty"]
        _refill(self.kind, _auto(TYPES[column.type]), kinds, choice.type)

    def _shown(self) -> HeadColumn | None:
        columns = self.head.columns if self.head is not None else ()
        return next((column for column in columns if column.name == self._column), None)

    # -- choosing

    def _set(self, name: str, value: Any) -> None:
        self._use(msgspec.structs.replace(self.options, **{name: value}))

    def _use(self, options: TableOptions) -> None:
        if not self._filling and options != self.options:
            self.options = options
            self.changed.emit()

    def _set_skip(self, lines: int) -> None:
        self._set("skip", None if lines < 0 else lines)

    def _set_fill_value(self) -> None:
        """Take the number; what is none gives way to the one in force."""
        try:
            value = float(self.fill_value.text().strip().replace(",", "."))
            said = {**self.options.plain(), "fill_value": value}
            self._use(TableOptions.from_plain(said))
        except (ValueError, DataError):
            self.fill_value.setText(number_text(self.options.fill_value))

    def _set_target(self, name: str | None) -> None:
        """Another target; roles that were said of it, and other targets, are forgotten."""
        columns = {
            column: ColumnChoice(choice.type, None)
            if choice.role == "target" or column == name
            else choice
            for column, choice in self.options.columns.items()
        }
        columns = {column: c for column, c in columns.items() if c != ColumnChoice()}
        # The kind of the old target says nothing about the new one.
        self._use(msgspec.structs.replace(self.options, target=name, columns=columns, task=None))

    def _set_role(self, role: str) -> None:
        if role == "target":
            self._set_target(self._column)
            return
        options = self.options
        if options.target == self._column:
            options = msgspec.structs.replace(options, target=None, task=None)
        self._use(_with_choice(options, self._column, role=role))

    def _set_kind(self, kind: str | None) -> None:
        self._use(_with_choice(self.options, self._column, type=kind))

    def _head_clicked(self, column: int) -> None:
        if self.head is not None and 0 <= column < len(self.head.columns):
            self.choose_column(self.head.columns[column].name)


def _with_choice(options: TableOptions, column: str, **said: Any) -> TableOptions:
    choice = msgspec.structs.replace(options.columns.get(column, ColumnChoice()), **said)
    return msgspec.structs.replace(options, columns={**options.columns, column: choice})


def _auto(found: str) -> tuple[None, str]:
    """The first item of a choice that is found out, with what was found."""
    return None, f"{_line(found)} (found)" if found else "find out"


def _line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else flat[:39] + "…"


def _refill(box: QComboBox, first: Any, items: Any, chosen: Any) -> None:
    """Other items in a choice; the chosen one is the current one."""
    box.blockSignals(True)
    box.clear()
    for value, text in ([first] if first is not None else []) + list(items):
        box.addItem(text, value)
    for index in range(box.count()):
        if box.itemData(index) == chosen and type(box.itemData(index)) is type(chosen):
            box.setCurrentIndex(index)
            break
    box.blockSignals(False)


def _heading(column: HeadColumn) -> ColumnHead:
    missing = f", {column.missing:,} missing" if column.missing else ""
    role = {"target": ", target", "ignore": ", ignored"}.get(column.role, "")
    examples = ", ".join(_line(example) for example in column.examples)
    lines = [
        f"{column.name}: {TYPES[column.type]}, {column.distinct:,} different values",
        f"For example {examples}" if examples else "",
        f"{column.missing:,} values are missing" if column.missing else "No value is missing",
        f"Ignored: {column.why}" if column.why else "",
    ]
    return ColumnHead(
        name=_line(column.name),
        note=TYPES[column.type] + role + missing,
        role=column.role,
        numeric=column.type == "number",
        help="\n".join(line for line in lines if line),
    )
