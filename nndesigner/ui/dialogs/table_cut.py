"""The strip above a table's preview: what is predicted, and how the text was cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from nndesigner.data import SAME, TableOptions
from nndesigner.data.table_head import TableHead
from nndesigner.ui import theme
from nndesigner.ui.dialogs.table_column_form import combo, line_of, refill
from nndesigner.ui.views.base import paint_text

DELIMITERS = ((",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar |"), (" ", "blanks"))
QUOTES = (('"', 'double "'), ("'", "single '"), ("", "none"))
DECIMALS = ((".", "point"), (",", "comma"))
HEADERS = ((True, "column names"), (False, "data"))
TASKS = (("classification", "a class"), ("regression", "a number"))
ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16", "mac-roman", "shift_jis", "gb18030")
MOST_WIDE = 220
#: The target that is no column.
ITSELF = (SAME, "the input itself")
RAGGED = (("fill", "fill them up"), ("skip", "skip them"), ("stop", "refuse the file"))


class CutStrip(QWidget):
    """One line of choices, each with what was found; a name stands above each."""

    #: A field of the options and its new value.
    said = Signal(str, object)
    target_said = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.target = combo("Target", self, 10)
        self.task = combo("Predict", self, 6)
        self.delimiter = combo("Separator", self, 6)
        self.quote = combo("Quotes", self, 5)
        self.decimal = combo("Decimal sign", self, 5)
        self.header = combo("First line", self, 7)
        self.skip = QSpinBox(self)
        self.skip.setRange(-1, 1_000_000)
        self.skip.setAccessibleName("Lines to skip")
        self.skip.setMinimumSize(84, theme.TARGET)
        self.encoding = combo("Encoding", self, 5)
        self.ragged = combo("Short lines", self, 6)
        self.sheet = combo("Sheet", self, 8)
        self._cells: dict[QWidget, QWidget] = {}
        self._names: list[QLabel] = []
        self.facts = QLabel(self)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        cut = QHBoxLayout()
        cut.setSpacing(theme.MARGIN)
        for text, field, stretch in (
            ("Sheet", self.sheet, 8),
            ("Separator", self.delimiter, 9),
            ("Quotes", self.quote, 9),
            ("Decimal sign", self.decimal, 7),
            ("First line", self.header, 10),
            ("Skip lines", self.skip, 5),
            ("Encoding", self.encoding, 7),
            ("Short lines", self.ragged, 7),
        ):
            cell = self._cell(text, field)
            cell.setMaximumWidth(MOST_WIDE)  # the few of a workbook do not grow over the window
            cut.addWidget(cell, stretch)
        cut.addStretch(0)
        goal = QHBoxLayout()
        goal.setSpacing(theme.MARGIN)
        for text, field, width in (("Target", self.target, 240), ("It is", self.task, 150)):
            label = QLabel(text, self)
            label.setBuddy(field)
            self._names.append(label)
            field.setFixedWidth(width)
            goal.addWidget(label)
            goal.addWidget(field)
        goal.addSpacing(theme.MARGIN)
        goal.addWidget(self.facts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MARGIN)
        layout.addLayout(cut)
        layout.addLayout(goal)
        for box, name in {
            self.task: "task",
            self.delimiter: "delimiter",
            self.quote: "quote",
            self.decimal: "decimal",
            self.encoding: "encoding",
            self.header: "header",
            self.sheet: "sheet",
            self.ragged: "ragged",
        }.items():
            box.activated.connect(
                lambda _, box=box, name=name: self.said.emit(name, box.currentData())
            )
        self.target.activated.connect(lambda: self.target_said.emit(self.target.currentData()))
        self.skip.valueChanged.connect(
            lambda lines: self.said.emit("skip", None if lines < 0 else lines)
        )

    def restyle(self) -> None:
        """Take the colours of the theme."""
        for name in self._names:
            paint_text(name, theme.tokens().text_quiet)
        paint_text(self.facts, theme.tokens().text)

    def show_options(
        self,
        head: TableHead | None,
        options: TableOptions,
        kind: str = "text",
        sheets: Sequence[str] = (),
        *,
        own_target: bool = False,
    ) -> None:
        """Write what was found and chosen into the fields.

        Without a head nothing was found: ``kind`` is the file's format then, ``sheets`` its own.
        """
        found = dict(DELIMITERS).get(head.delimiter, head.delimiter) if head else ""
        refill(self.delimiter, _auto(found), DELIMITERS, options.delimiter)
        refill(self.quote, _auto(dict(QUOTES)[head.quote] if head else ""), QUOTES, options.quote)
        decimal = dict(DECIMALS)[head.decimal] if head else ""
        refill(self.decimal, _auto(decimal), DECIMALS, options.decimal)
        encodings = [(name, name) for name in ENCODINGS]
        if options.encoding and options.encoding not in ENCODINGS:
            encodings.append((options.encoding, options.encoding))
        refill(self.encoding, _auto(head.encoding if head else ""), encodings, options.encoding)
        header = dict(HEADERS)[head.header] if head else ""
        refill(self.header, _auto(header), HEADERS, options.header)
        self.skip.blockSignals(True)
        self.skip.setSpecialValueText(_auto(str(head.skip) if head else "")[1])
        self.skip.setValue(-1 if options.skip is None else options.skip)
        self.skip.blockSignals(False)
        refill(self.ragged, None, RAGGED, options.ragged)
        task = dict(TASKS).get(head.task or "", "") if head else ""
        refill(self.task, _auto(task), TASKS, options.task)
        names: list[tuple[str, str]] = []
        targets: list[str] = []
        if head is not None:
            names = [(column.name, line_of(column.name)) for column in head.columns]
            targets = [column.name for column in head.columns if column.role == "target"]
        elif options.target is not None:
            names = [(options.target, line_of(options.target))]
        several = (None, f"{len(targets):,} columns") if len(targets) > 1 else None
        chosen = None if several else options.target
        if own_target:
            chosen = SAME
        items = [*names, ITSELF] if names or own_target else []
        refill(self.target, several or _auto(head.target if head else ""), items, chosen)
        self.task.setEnabled(not own_target)
        sheets = head.sheets if head else sheets
        refill(
            self.sheet, (None, "the first"), [(name, line_of(name)) for name in sheets],
            options.sheet,
        )  # fmt: skip
        self._show_fields(head.format if head else kind, len(sheets) > 1)

    def _show_fields(self, kind: str, sheets: bool) -> None:
        """How text is cut is no question where a format says it itself."""
        for box in (self.delimiter, self.quote, self.decimal, self.encoding, self.ragged):
            self._cells[box].setVisible(kind == "text")
        for field in (self.header, self.skip):
            self._cells[field].setVisible(kind in ("text", "excel"))
        self._cells[self.sheet].setVisible(sheets)

    def _cell(self, text: str, field: QWidget) -> QWidget:
        cell = QWidget(self)
        name = QLabel(text, cell)
        name.setBuddy(field)
        self._names.append(name)
        layout = QVBoxLayout(cell)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(name)
        layout.addWidget(field)
        self._cells[field] = cell
        return cell


def _auto(found: str) -> tuple[Any, str]:
    """The first item of a choice that is found out, with what was found."""
    return None, f"{line_of(found)} (found)" if found else "find out"
