"""Which rows are trained on, which check, which are kept for the end, and how that comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.split_plan import METHOD_TITLES, Split
from nndesigner.data.split_preview import SplitPreview
from nndesigner.declare import fields_of
from nndesigner.ui import theme
from nndesigner.ui.dialogs.table_column_form import combo, line_of, refill
from nndesigner.ui.views.base import paint_text
from nndesigner.ui.views.text_table import ColumnHead, TextTableView, plain_tip

#: What decides the part of a table's row, and of a picture; folders alone where they are parts.
OF_TABLES = ("auto", "stratified", "random", "group", "time", "column")
OF_PICTURES = ("auto", "stratified", "random")
#: So many lines of the counts are always in sight; of more one scrolls.
LEAST_LINES = 4


class AmountBox(QWidget):
    """A share or a number of rows; ``amount`` is None where another rule holds."""

    edited = Signal(object)

    def __init__(self, name: str, none_text: str, none: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._none = none
        self.unit = combo(name, self, 6)
        for value, text in (("none", none_text), ("share", "per cent"), ("rows", "rows")):
            self.unit.addItem(text, value)
        self.number = QDoubleSpinBox(self)
        self.number.setAccessibleName(f"{name}, amount")
        self.number.setMinimumHeight(theme.TARGET)
        self.number.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.number.setFixedWidth(96)
        self.number.setKeyboardTracking(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MARGIN // 2)
        layout.addWidget(self.number)
        layout.addWidget(self.unit, 1)
        self.setFocusProxy(self.unit)
        self.unit.activated.connect(self._unit_chosen)
        self.number.valueChanged.connect(lambda: self.edited.emit(self.amount))

    @property
    def amount(self) -> Any:
        """What is asked for: a share below 1, a number of rows, or the other rule."""
        match self.unit.currentData():
            case "share":
                return self.number.value() / 100
            case "rows":
                return float(int(self.number.value()))
        return self._none

    def set_none_text(self, text: str) -> None:
        """What the other rule is."""
        self.unit.setItemText(0, text)

    def show_amount(self, amount: float | None) -> None:
        """Show what is asked for."""
        place = 0 if amount is None or amount == self._none else 1 if amount < 1 else 2
        self.unit.setCurrentIndex(place)
        self._fit(place)
        if amount is not None and place:
            self.number.blockSignals(True)
            self.number.setValue(amount * 100 if place == 1 else amount)
            self.number.blockSignals(False)

    def _fit(self, place: int) -> None:
        self.number.setVisible(place > 0)
        self.number.blockSignals(True)
        self.number.setDecimals(1 if place == 1 else 0)
        self.number.setRange(0.1 if place == 1 else 1, 99.9 if place == 1 else 1e9)
        self.number.blockSignals(False)

    def _unit_chosen(self, place: int) -> None:
        self._fit(place)
        self.number.blockSignals(True)
        self.number.setValue(20 if place == 1 else 100)
        self.number.blockSignals(False)
        self.edited.emit(self.amount)


class SplitPage(QWidget):
    """The choices of a split at the left, its parts counted at the right."""

    #: Another split is wanted.
    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.split = Split()
        self.method = combo("Split", self, 14)
        self.column = combo("By the column", self, 10)
        self.validation = AmountBox("Validation", "as the training says", None, self)
        self.test = AmountBox("Test", "no test rows", 0.0, self)
        self.seed = QLineEdit(self)
        self.seed.setAccessibleName("Seed of the split")
        self.seed.setPlaceholderText("the training's")
        self.seed.setMinimumHeight(theme.TARGET)
        self.counts = TextTableView(self)
        self.counts.setAccessibleName("Rows of each part")
        self.counts.verticalHeader().hide()
        self.counts.setSelectionMode(TextTableView.SelectionMode.NoSelection)
        self.counts.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.notes = QLabel(self)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setWordWrap(True)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._connect()
        self._lay_out()
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.counts.restyle()
        paint_text(self.notes, theme.tokens().text_quiet)

    def show_split(
        self,
        split: Split,
        columns: Sequence[str],
        share: float,
        methods: Sequence[str] = OF_TABLES,
    ) -> None:
        """Show a split; ``share`` is what the training keeps aside, ``methods`` what is offered."""
        self.split = split
        refill(self.method, None, [(key, METHOD_TITLES[key]) for key in methods], split.method)
        names = [(name, line_of(name)) for name in columns]
        refill(self.column, ("", "choose a column"), names, split.column)
        self._form.setRowVisible(self.column, split.method in ("group", "time", "column"))
        named = split.method == "column"
        for field in (self.validation, self.test):
            self._form.setRowVisible(field, not named)
        self.validation.set_none_text(f"as the training: {share:.0%}".replace("%", " %"))
        self.validation.show_amount(split.validation)
        self.test.show_amount(split.test)
        self.seed.setText("" if split.seed is None else str(split.seed))

    def leave_out(self, *, validation: bool, test: bool) -> None:
        """Hide the amount of a part that the data itself names."""
        for field, named in ((self.validation, validation), (self.test, test)):
            if named:
                self._form.setRowVisible(field, False)

    def show_preview(self, preview: SplitPreview | None, whole: bool) -> None:
        """Show how the split comes out; None while that is not known."""
        if preview is None:
            self.counts.show_rows([], [])
            self.notes.setText("The parts are counted once the whole file has been read.")
            return
        notes = [preview.problem] if preview.problem else list(preview.notes)
        if not whole and not preview.problem:
            notes.insert(0, "Counted over the rows of the preview.")
        self.notes.setText("\n".join(f"• {note}" for note in notes if note))
        parts = {
            name: counts for name, counts in preview.counts.items() if sum(counts) or name != "test"
        }
        total = max(1, sum(preview.rows.values()))
        rows = [
            ["Rows", *(f"{sum(counts):,}" for counts in parts.values())],
            [
                "Share",
                *(f"{sum(counts) / total:.1%}".replace("%", " %") for counts in parts.values()),
            ],
        ]
        # classes below one another: ten of them beside one another are wider than the window
        for place, name in enumerate(preview.classes):
            rows.append([line_of(name, 32), *(f"{counts[place]:,}" for counts in parts.values())])
        heads = [
            ColumnHead("Class" if preview.classes else ""),
            *(ColumnHead(name.capitalize(), numeric=True) for name in parts),
        ]
        self.counts.show_rows(heads if parts else [], rows if parts else [])
        self.counts.fit_columns()
        header = self.counts.horizontalHeader().sizeHint().height()
        line = self.counts.verticalHeader().defaultSectionSize()
        shown = len(rows) if parts else 1
        self.counts.setMaximumHeight(header + line * shown + 14)
        self.counts.setMinimumHeight(header + line * min(shown, LEAST_LINES) + 14)

    # -- building

    def _connect(self) -> None:
        self.method.activated.connect(lambda: self._say(method=self.method.currentData()))
        self.column.activated.connect(lambda: self._say(column=self.column.currentData()))
        self.validation.edited.connect(lambda amount: self._say(validation=amount))
        self.test.edited.connect(lambda amount: self._say(test=amount))
        self.seed.editingFinished.connect(self._seed_said)

    def _say(self, **said: Any) -> None:
        split = msgspec.structs.replace(self.split, **said)
        if said.get("method") in ("auto", "stratified", "random"):
            split = msgspec.structs.replace(split, column="")
        if split != self.split:
            self.split = split
            self.edited.emit(split)

    def _seed_said(self) -> None:
        text = self.seed.text().strip()
        number = int(text) if text.isdecimal() and len(text) < 11 else None
        if number is not None and number >= 2**31:
            number = None
        self._say(seed=number)
        self.seed.setText("" if number is None else str(number))

    def _lay_out(self) -> None:
        helps = {field.name: field.help for field in fields_of(Split)}
        self._form = QFormLayout()
        self._form.setVerticalSpacing(6)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for text, field, name in (
            ("Rows are split", self.method, "method"),
            ("By the column", self.column, "column"),
            ("Validation", self.validation, "validation"),
            ("Test", self.test, "test"),
            ("Seed", self.seed, "seed"),
        ):
            label = QLabel(text, self)
            label.setMinimumSize(96, theme.TARGET)
            label.setBuddy(field)
            for widget in (label, field):
                widget.setToolTip(plain_tip(helps[name]))
            self._form.addRow(label, field)
        left = QWidget(self)
        left.setFixedWidth(336)
        left.setLayout(self._form)
        self._form.setContentsMargins(0, 0, 0, 0)
        right = QVBoxLayout()
        right.setSpacing(theme.MARGIN)
        right.addWidget(self.counts, 1)
        right.addWidget(self.notes)
        right.addStretch()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.WIDE_MARGIN * 2)
        layout.addWidget(left, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(right, 1)
