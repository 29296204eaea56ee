"""What is said about the chosen columns, and the rules for all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data import ColumnChoice, TableOptions
from nndesigner.data.column_choice import (
    APPLIES,
    FILLS,
    SCALING_TITLES,
    TARGET_FIELDS,
)
from nndesigner.data.column_facts import Facts
from nndesigner.data.number_texts import number_text
from nndesigner.data.table_head import HeadColumn
from nndesigner.declare import Field, fields_of
from nndesigner.ui import theme
from nndesigner.ui.dialogs.table_columns import paint_bars
from nndesigner.ui.views.base import paint_text
from nndesigner.ui.views.text_table import plain_tip

TABLE_FILLS = (
    ("typical", "mean or most frequent"),
    ("median", "median or most frequent"),
    ("zero", "zero"),
    ("constant", "a number of your own"),
    ("drop", "leave the row out"),
)
#: What a table's rule for missing values means for one column.
_RULE = {
    "typical": {"number": "mean", "date": "mean"},
    "median": {"number": "median", "date": "median"},
    "zero": {"number": "zero"},
    "constant": {"number": "your number"},
    "drop": dict.fromkeys(APPLIES, "leave out"),
}


def line_of(text: str, most: int = 40) -> str:
    """A text on one line of bounded length."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def refill(box: QComboBox, first: Any, items: Any, chosen: Any) -> None:
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


def combo(name: str, parent: QWidget, letters: int = 8) -> QComboBox:
    """A choice as all of this dialog look."""
    box = QComboBox(parent)
    box.setAccessibleName(name)
    box.setMinimumHeight(theme.TARGET)
    box.setMinimumContentsLength(letters)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box


class Histogram(QWidget):
    """The distribution of one column, with its ends below."""

    HEIGHT = 76

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(self.HEIGHT)
        self.facts: Facts | None = None

    def show_facts(self, facts: Facts | None) -> None:
        """Show another column."""
        self.facts = facts
        self.setVisible(facts is not None and bool(facts.bars))
        self.setAccessibleName(
            f"Distribution from {facts.low} to {facts.high}" if facts is not None else ""
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, and the range or the values below them."""
        facts = self.facts
        if facts is None or not facts.bars:
            return
        t = theme.tokens()
        painter = QPainter(self)
        if facts.labels:
            self._paint_values(painter, facts)
            return
        line = self.fontMetrics().height()
        area = QRect(0, 4, self.width(), self.height() - line - 8)
        width = self.width()
        painter.save()
        paint_bars_wide(painter, facts, area)
        painter.restore()
        painter.setPen(theme.color(t.text_quiet))
        below = QRect(0, self.height() - line - 2, width, line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, facts.low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, facts.high)

    def _paint_values(self, painter: QPainter, facts: Facts) -> None:
        """The most frequent values as bars that lie, named and counted."""
        t = theme.tokens()
        line = self.fontMetrics().height() + 5
        most = max(facts.bars) or 1
        half = self.width() // 2
        for place, (label, number) in enumerate(zip(facts.labels, facts.bars, strict=True)):
            top = place * line
            if top + line > self.height():
                break
            long = max(2, round((self.width() - half - 56) * number / most))
            painter.fillRect(half, top + 3, long, line - 6, theme.color(t.accent))
            painter.setPen(theme.color(t.text_quiet))
            text = self.fontMetrics().elidedText(
                line_of(label), Qt.TextElideMode.ElideRight, half - 8
            )
            painter.drawText(
                QRect(0, top, half - 8, line),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                text,
            )
            painter.drawText(
                QRect(half + long + 6, top, 60, line),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                f"{number:,}",
            )


def paint_bars_wide(painter: QPainter, facts: Facts, area: QRect) -> None:
    """The bars over the whole width of an area."""
    paint_bars(painter, facts, area, theme.color(theme.tokens().accent), widest=area.width())


class ColumnForm(QWidget):
    """The declared choices of a column as a form; only those that mean something are shown."""

    #: A field of the chosen columns and its new value.
    edited = Signal(str, object)
    #: A rule for all columns and its new value.
    rule_edited = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel("Column", self)
        self.why = QLabel(self)
        for label in (self.title, self.why):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.histogram = Histogram(self)
        self.editors: dict[str, QWidget] = {}
        self._form = self._grid()
        for field in fields_of(ColumnChoice):
            editor = self._editor(field)
            self.editors[field.name] = editor
            self._row(self._form, field.title, editor, field.help)
        self.rules_title = QLabel("All other columns", self)
        self.fill = combo("Missing values", self)
        self.fill_value = QLineEdit(self)
        self.fill_value.setAccessibleName("Number for missing values")
        self.fill_value.setMinimumHeight(theme.TARGET)
        self.scaling = combo("Scaling of all", self)
        self.rules = self._grid()
        self._row(self.rules, "Missing values", self.fill, "What stands in for a missing value.")
        self._row(self.rules, "Number", self.fill_value, "The number that stands in.")
        self._row(self.rules, "Scaling", self.scaling, "How numbers are brought to one size.")
        self.fill.activated.connect(lambda: self.rule_edited.emit("fill", self.fill.currentData()))
        self.scaling.activated.connect(
            lambda: self.rule_edited.emit("scaling", self.scaling.currentData())
        )
        self.fill_value.editingFinished.connect(
            lambda: self.rule_edited.emit("fill_value", self.fill_value.text())
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, theme.MARGIN, 0)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(self.title)
        layout.addWidget(self.histogram)
        layout.addWidget(self.why)
        layout.addLayout(self._form)
        layout.addSpacing(theme.MARGIN)
        layout.addWidget(self.rules_title)
        layout.addLayout(self.rules)
        layout.addStretch()
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        for label in (self.title, self.rules_title):
            label.setFont(theme.title_font(0))
            paint_text(label, t.text)
        paint_text(self.why, t.text_quiet)
        self.histogram.update()

    def show_columns(
        self, columns: Sequence[HeadColumn], options: TableOptions, task: str | None = None
    ) -> None:
        """Show what is said about these columns; where they differ, nothing is chosen.

        ``task`` says what the target is learnt as, where that is known.
        """
        self._show_rules(options)
        for name, editor in self.editors.items():
            editor.setEnabled(bool(columns))
            if not columns:
                self._form.setRowVisible(editor, name in ("role", "type"))
        if not columns:
            self.title.setText("No column is chosen")
            self.histogram.show_facts(None)
            self.why.hide()
            return
        one = columns[0] if len(columns) == 1 else None
        self.title.setText(
            f"Column {line_of(one.name)}" if one else f"{len(columns):,} columns chosen"
        )
        self.histogram.show_facts(one.facts if one else None)
        why = one.why if one is not None and one.role == "ignore" else ""
        self.why.setText(f"Ignored: {why}." if why else "")
        self.why.setVisible(bool(self.why.text()))
        choices = [options.columns.get(column.name, ColumnChoice()) for column in columns]
        shown = _shown_fields(columns, choices, classes=task == "classification")
        for field in fields_of(ColumnChoice):
            self._form.setRowVisible(self.editors[field.name], field.name in shown)
            values = {getattr(choice, field.name) for choice in choices}
            value = values.pop() if len(values) == 1 else None
            self._show_value(field, value, columns, options)

    def _show_value(
        self, field: Field, value: Any, columns: Sequence[HeadColumn], options: TableOptions
    ) -> None:
        editor = self.editors[field.name]
        editor.blockSignals(True)
        if isinstance(editor, QCheckBox):
            editor.setChecked(bool(value))
        elif isinstance(editor, QLineEdit):
            editor.setText(value or "")
        elif isinstance(editor, QComboBox):
            first, items, current = self._items(field, value, columns, options)
            refill(editor, first, items, current)
        editor.blockSignals(False)

    def _items(
        self, field: Field, value: Any, columns: Sequence[HeadColumn], options: TableOptions
    ) -> tuple[Any, list[tuple[Any, str]], Any]:
        """The first item, the others and the current one of a choice."""
        items: list[tuple[Any, str]] = list(field.choices)
        kinds = {column.type for column in columns}
        kind = columns[0].type
        if field.name == "role":
            roles = {column.role for column in columns}
            several = None if len(roles) == 1 else (None, "different")
            return several, items, columns[0].role if len(roles) == 1 else None
        if field.name == "type":
            items = [(key, text) for key, text in items if key != "empty"]
            found = dict(field.choices)[kind] if len(kinds) == 1 else ""
            return (None, f"{found} (found)" if found else "find out"), items, value
        if field.name == "fill":
            allowed = [set(FILLS.get(k, ())) for k in kinds]
            both = set.intersection(*allowed) if allowed else set()
            items = [(key, text) for key, text in items if key in both]
            rule = _RULE[options.fill].get(kind, "most frequent")
            return (None, f"as all ({rule})"), items, value
        if field.name == "scaling":
            return (None, f"as all ({SCALING_TITLES[options.scaling].split(',')[0]})"), items, value
        if field.optional:
            return (None, items[0][1]), items[1:], None if value == items[0][0] else value
        return None, items, value

    def _show_rules(self, options: TableOptions) -> None:
        refill(self.fill, None, TABLE_FILLS, options.fill)
        self.fill_value.setText(number_text(options.fill_value))
        self.rules.setRowVisible(self.fill_value, options.fill == "constant")
        refill(self.scaling, None, SCALING_TITLES.items(), options.scaling)

    # -- building

    def _grid(self) -> QFormLayout:
        grid = QFormLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        grid.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        return grid

    def _row(self, grid: QFormLayout, text: str, field: QWidget, help: str) -> None:
        name = QLabel(text, self)
        name.setMinimumSize(96, theme.TARGET)
        name.setBuddy(field)
        for widget in (name, field):
            widget.setToolTip(plain_tip(help))
        grid.addRow(name, field)

    def _editor(self, field: Field) -> QWidget:
        name = field.name
        if field.type == "boolean":
            box = QCheckBox("as one more input", self)
            box.setAccessibleName(field.title)
            box.setMinimumHeight(theme.TARGET)
            box.toggled.connect(lambda on: self.edited.emit(name, on))
            return box
        if field.type == "choice":
            titles = {"role": "Column used as", "type": "Column type"}
            choice = combo(titles.get(name, field.title), self)
            choice.activated.connect(lambda: self.edited.emit(name, choice.currentData()))
            return choice
        line = QLineEdit(self)
        line.setAccessibleName(field.title)
        line.setMinimumHeight(theme.TARGET)
        if name == "order":
            line.setPlaceholderText("low|middle|high")
        line.editingFinished.connect(lambda: self.edited.emit(name, line.text().strip()))
        return line


def _shown_fields(
    columns: Sequence[HeadColumn], choices: Sequence[ColumnChoice], *, classes: bool
) -> set[str]:
    """The fields that mean something for every chosen column; a class is never scaled."""
    shown: set[str] | None = None
    for column, choice in zip(columns, choices, strict=True):
        mine = set(APPLIES.get(column.type, ()))
        if column.role == "target":
            mine = set(TARGET_FIELDS) if column.type == "number" and not classes else set()
        elif column.role != "input":
            mine = set()
        if choice.fill != "constant":
            mine.discard("fill_value")
        if choice.coding != "ordinal":
            mine.discard("order")
        shown = mine if shown is None else shown & mine
    return {"role", "type", *(shown or ())}
