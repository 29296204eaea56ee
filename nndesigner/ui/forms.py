"""A form made from any declaration: label, control, unit, help, and a dot that resets."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.declare import Declaration, Field, fields_of, values_of
from nndesigner.ui import theme
from nndesigner.ui.fields import Editor, editor_for
from nndesigner.ui.numbers import IN_BOX, NumberBox, number_text

#: The labels of all forms are at least this wide, so that the controls of stacked forms line up.
LABEL_WIDTH = 100


class Form(QWidget):
    """Shows one declaration and reports each allowed change; it holds no copy of the truth.

    ``edited(name, value)`` follows every change by a person. `merge_key` names the stretch of
    typing that it belongs to, so that a typed number becomes one step of undo.
    """

    edited = Signal(str, object)

    #: Whether forms show their advanced settings; one answer for all forms of the program.
    advanced_open = False

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        leave_out: Collection[str] = (),
        percent: Collection[str] = (),
    ) -> None:
        super().__init__(parent)
        self._leave_out, self._percent = frozenset(leave_out), frozenset(percent)
        self._type: type[Declaration] | None = None
        self._stretch = 0
        self.rows: dict[str, Row] = {}
        self._fold: QToolButton | None = None
        #: Rows that do not count for what another field says.
        self._needless: set[str] = set()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)

    def show_declaration(self, declaration: Declaration, needless: Collection[str] = ()) -> None:
        """Show these values; rows are made anew only for another kind.

        ``needless`` names fields that do not count for what is chosen elsewhere: they are hidden.
        """
        if type(declaration) is not self._type:
            self._type = type(declaration)
            self._build(self._type)
        values = values_of(declaration)
        for name, row in self.rows.items():
            row.show_value(values[name])
        self._needless = {
            name
            for name, row in self.rows.items()
            if name in needless
            or (row.field.when and values[row.field.when[0]] not in row.field.when[1])
        }
        self._show_rows()

    def start_afresh(self) -> None:
        """Forget half-typed texts: another thing of the same kind is shown next."""
        self._type = None

    def add_below(self, name: str, widget: QWidget) -> None:
        """Put a picture or a note below a field."""
        self._layout.insertWidget(self._layout.indexOf(self.rows[name]) + 1, widget)

    def merge_key(self, name: str) -> str:
        """The undo steps with this key are one: the same field in one stretch of typing."""
        return f"{name}/{self._stretch}"

    # -- inside

    def _build(self, declaration: type[Declaration]) -> None:
        empty_layout(self._layout)
        self._fold = None
        self.rows = {}
        fields = [
            field
            for field in fields_of(declaration)
            if field.name not in self._leave_out and field.type != "declaration"
        ]
        for field in (field for field in fields if not field.advanced):
            self._add(field)
        hidden = [field for field in fields if field.advanced]
        if hidden:
            self._fold = _fold_button(self, ", ".join(field.title.lower() for field in hidden))
            self._fold.toggled.connect(self._folded)
            self._layout.addWidget(self._fold)
            for field in hidden:
                self._add(field)
            self._fold.setChecked(Form.advanced_open)
            self._folded(Form.advanced_open)

    def _add(self, field: Field) -> None:
        row = Row(field, self, percent=field.name in self._percent)
        row.edited.connect(lambda value, name=field.name: self.edited.emit(name, value))
        row.finished.connect(self._next_stretch)
        self.rows[field.name] = row
        self._layout.addWidget(row)

    def _next_stretch(self) -> None:
        self._stretch += 1

    def _folded(self, is_open: bool) -> None:
        Form.advanced_open = is_open
        if self._fold is not None:
            self._fold.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._show_rows()

    def _show_rows(self) -> None:
        """Hide what is folded away and what does not count now."""
        for name, row in self.rows.items():
            shown = name not in self._needless
            row.setVisible(shown and (Form.advanced_open or not row.field.advanced))


def empty_layout(layout: QLayout) -> None:
    """Take all widgets out of a layout and let go of them.

    They are hidden and not made parentless: that would turn them into windows for a moment.
    """
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _fold_button(parent: QWidget, what: str) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName("fold")
    button.setText("Advanced")
    button.setCheckable(True)
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setToolTip(f"Show {what}")
    button.setMinimumHeight(theme.TARGET)
    return button


class Row(QWidget):
    """Label, control, unit and reset dot of one field, and below them what is wrong."""

    edited = Signal(object)
    finished = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None, *, percent: bool = False):
        super().__init__(parent)
        self.field = field
        self.editor: Editor = editor_for(field, self, percent=percent)
        self.editor.setAccessibleName(field.title)
        self.editor.setAccessibleDescription(field.help)
        self.setToolTip(self._help(percent))
        label = QLabel(field.title, self)
        label.setBuddy(self.editor)
        label.setMinimumWidth(LABEL_WIDTH)
        self.dot = ResetDot(self)
        self.dot.clicked.connect(self._reset)
        self.message = QLabel(self)
        self.message.setObjectName("warningText")
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        self.message.hide()
        control = QHBoxLayout()
        control.setSpacing(4)
        control.addWidget(self.editor, 1)
        if field.unit and field.unit not in IN_BOX:
            unit = QLabel(field.unit, self)
            unit.setObjectName("quiet")
            control.addWidget(unit)
        control.addWidget(self.dot)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(theme.GRID)
        layout.setVerticalSpacing(2)
        layout.setColumnStretch(1, 1)
        layout.addWidget(label, 0, 0)
        layout.addLayout(control, 0, 1)
        layout.addWidget(self.message, 1, 1)
        self.editor.edited.connect(self._edited)
        self.editor.finished.connect(self.finished)
        self.editor.problem_changed.connect(self.show_problem)

    def show_value(self, value: Any) -> None:
        """Show a value of the document."""
        self.editor.set_value(value)
        self.dot.set_on(value != self.field.default)

    def _edited(self, value: Any) -> None:
        self.dot.set_on(value != self.field.default)
        self.edited.emit(value)

    def _reset(self) -> None:
        if self.field.type in ("integer", "number", "pair"):
            self.show_problem("")
            for box in [self.editor, *self.editor.findChildren(NumberBox)]:
                if isinstance(box, NumberBox):
                    box.clear_problem()
        self.finished.emit()
        self.editor.set_value(self.field.default)
        self._edited(self.field.default)
        self.finished.emit()

    def show_problem(self, problem: str) -> None:
        """Say below the control what is wrong, or nothing."""
        self.message.setText(problem)
        self.message.setVisible(bool(problem))

    def _help(self, percent: bool) -> str:
        default = self.field.default
        if isinstance(default, tuple):
            shown = "×".join(str(number) for number in default)
        elif isinstance(default, bool):
            shown = "yes" if default else "no"
        elif isinstance(default, int | float):
            shown = f"{number_text(default * 100)} %" if percent else number_text(default)
        else:
            shown = dict(self.field.choices).get(default, default or "automatic")
        parts = [self.field.help]
        if self.field.type in ("integer", "number", "pair", "sizes"):
            parts.append(f"Allowed: {self.field.range_text}.")
        if self.field.live:
            parts.append("A change counts at once for a training that is on.")
        return "\n".join([*(part for part in parts if part), f"Default: {shown}."])


class ResetDot(QToolButton):
    """A small dot beside a changed field; pressing it brings the default back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dot")
        self.setAutoRaise(True)
        self.setFixedSize(18, theme.TARGET)
        self.setIconSize(QSize(10, 10))
        self.setToolTip("Changed. Press to bring the default back")
        self.setAccessibleName("Bring the default back")
        theme.changed().connect(self._restyle)
        self._on = False
        self.setEnabled(False)

    @property
    def on(self) -> bool:
        """Whether the field differs from its default."""
        return self._on

    def set_on(self, on: bool) -> None:
        """Show or hide the dot; its place is kept so that nothing moves."""
        if on != self._on:
            self._on = on
            self.setEnabled(on)
            self._restyle()

    def _restyle(self) -> None:
        self.setIcon(theme.icon("mdi6.circle", "accent") if self._on else QIcon())
