"""A box for one number that keeps a bad text, turns amber and says what is allowed."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from nndesigner.declare import Field, parse_value
from nndesigner.errors import DesignerError
from nndesigner.ui import theme


def sentence(text: str) -> str:
    """A message with a capital first letter."""
    return text[:1].upper() + text[1:]


def number_text(value: float | int) -> str:
    """A number as the person's locale writes it, without needless digits."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.6g}"
    mantissa, power, exponent = text.partition("e")
    if power:
        text = f"{mantissa}e{int(exponent)}"
    return text.replace(".", QLocale().decimalPoint())


def refusal(field: Field, value: Any) -> str:
    """Why a number is not allowed, or an empty text."""
    if value is None:
        return ""
    numbers = value if isinstance(value, tuple) else (value,)
    for number in numbers:
        bad = not math.isfinite(number)
        if field.low is not None:
            bad = bad or number < field.low or (field.low_open and number == field.low)
        if field.high is not None:
            bad = bad or number > field.high or (field.high_open and number == field.high)
        if bad:
            shown = number_text(number) if math.isfinite(number) else str(number)
            return f"{field.title} must be {field.range_text}, got {shown}"
    return ""


#: Units that are written right behind their number: beside the box they would narrow it.
IN_BOX = ("°",)


class NumberBox(QAbstractSpinBox):
    """A number that is typed, stepped with arrows, or turned with the wheel while it has focus.

    ``edited`` carries every allowed value as it is typed, ``problem_changed`` why the text is not
    one (empty when it is), ``finished`` the end of typing.
    """

    edited = Signal(object)
    problem_changed = Signal(str)
    finished = Signal()

    def __init__(
        self, field: Field, parent: QWidget | None = None, *, percent: bool = False
    ) -> None:
        super().__init__(parent)
        self.field, self._percent = field, percent
        self._sign = field.unit if field.unit in IN_BOX else ""
        self._value: Any = None
        self.problem = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(theme.number_font())
        self.setMinimumHeight(theme.TARGET)
        if field.optional:
            self.lineEdit().setPlaceholderText("auto")
        self.lineEdit().textEdited.connect(self._typed)
        self.editingFinished.connect(self._normalise)

    # -- the value

    @property
    def value(self) -> Any:
        """The last allowed value."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show a value; the text stays where it already means this value or is being typed."""
        if value == self._value and (self.problem or self.hasFocus()):
            return
        self._value = value
        self._write()

    def type_text(self, text: str) -> None:
        """Take a text as if it had been typed."""
        self.lineEdit().setText(text)
        self._typed(text)

    def clear_problem(self) -> None:
        """Forget a text that was not allowed."""
        self._set_problem("")

    def put(self, value: Any) -> None:
        """Take a value from a control beside this one, whatever the text was."""
        self._value = value
        self._write()

    def _write(self) -> None:
        self.lineEdit().setText(self._text_of(self._value))
        self._set_problem("")

    def _text_of(self, value: Any) -> str:
        if value is None:
            return ""
        if self._percent:
            return f"{number_text(round(float(value) * 100, 6))} %"
        return f"{number_text(value)}{self._sign}"

    def _typed(self, text: str) -> None:
        try:
            value = self._parsed(text)
        except DesignerError as error:
            self._set_problem(sentence(str(error)))
            return
        problem = refusal(self.field, value)
        self._set_problem(problem)
        if not problem and value != self._value:
            self._value = value
            self.edited.emit(value)

    def _parsed(self, text: str) -> Any:
        if self.field.optional and not text.strip():
            return None
        field = self.field
        if field.type == "pair":  # one number of the two
            pair = parse_value(field, text)
            if pair is None or pair[0] != pair[1]:
                raise DesignerError(f"{field.title} must be a whole number, got {text!r}")
            return pair[0]
        if self._percent:
            return parse_value(field, text.replace("%", "")) / 100.0
        return parse_value(field, text.replace(self._sign, "") if self._sign else text)

    def _set_problem(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            mark_bad(self, bool(problem))
            self.problem_changed.emit(problem)

    def _normalise(self) -> None:
        if not self.problem:
            self._write()
        self.finished.emit()

    # -- what a spin box asks

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Anything may be typed: what is wrong with it is said, not swallowed."""
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both ways; the ends of the range hold."""
        return (
            QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
            | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        )

    def stepBy(self, steps: int) -> None:
        """So many steps up: by one for whole numbers, 1-2-5 on a log scale, else a twentieth."""
        if isinstance(self._value, int) and not isinstance(self._value, bool):
            value: Any = self._value + steps
        elif self._value is None:
            value = 1
        elif self.field.log:
            value = _one_two_five(float(self._value), steps)
        else:
            value = round(float(self._value) + 0.05 * steps, 6)
        if self.field.low is not None and not self.field.low_open:
            value = max(value, type(value)(self.field.low))
        if self.field.high is not None and not self.field.high_open:
            value = min(value, type(value)(self.field.high))
        if refusal(self.field, value):
            return
        if value != self._value:
            self._value = value
            self._write()
            self.edited.emit(value)

    def sizeHint(self) -> QSize:
        """Wide enough for the numbers that occur."""
        return QSize(92, max(theme.TARGET, super().sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        """Room for five figures."""
        return QSize(64, theme.TARGET)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling past a form must not change it: the wheel turns the focused number alone."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Ctrl+Z belongs to the project: what is typed here is a step of its undo already."""
        if is_undo(event):
            event.ignore()
            return False
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tab selects the number, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc brings the last allowed value back."""
        if event.key() == Qt.Key.Key_Escape and self.problem:
            self._write()
            return
        super().keyPressEvent(event)


def _one_two_five(value: float, steps: int) -> float:
    """The next number of 1, 2, 5, 10, 20, ... above or below."""
    for _ in range(abs(steps)):
        power = math.floor(math.log10(value) + 1e-9)
        ladder = [m * 10.0**p for p in (power - 1, power, power + 1) for m in (1, 2, 5)]
        if steps > 0:
            value = min(rung for rung in ladder if rung > value * (1 + 1e-6))
        else:
            value = max(rung for rung in ladder if rung < value * (1 - 1e-6))
    return float(f"{value:.3g}")


def is_undo(event: QEvent) -> bool:
    """Whether a field asks to keep Ctrl+Z or its opposite for itself."""
    keys = QKeySequence.StandardKey
    return (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and (event.matches(keys.Undo) or event.matches(keys.Redo))
    )


def mark_bad(widget: QWidget, bad: bool) -> None:
    """Turn a control amber, or back."""
    widget.setProperty("bad", bad)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
