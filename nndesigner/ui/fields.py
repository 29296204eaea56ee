"""Controls for one field of a declaration: sliders, pairs, choices, switches and texts."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QToolButton,
    QWidget,
)

from nndesigner.declare import Field, parse_value
from nndesigner.errors import DesignerError
from nndesigner.ui import theme
from nndesigner.ui.numbers import NumberBox, is_undo, mark_bad, refusal

#: What a slider on a log scale spans where the field allows more: beyond it, type the number.
LOG_LOW, LOG_HIGH = 1e-6, 10.0
#: Positions of a slider from end to end.
SLIDER_STEPS = 600


class SliderBox(QWidget):
    """A slider for the feeling and a box for the exact number, always in step."""

    edited = Signal(object)
    problem_changed = Signal(str)
    finished = Signal()

    def __init__(
        self, field: Field, parent: QWidget | None = None, *, percent: bool = False
    ) -> None:
        super().__init__(parent)
        self.field = field
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, SLIDER_STEPS)
        self.slider.setMinimumWidth(56)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slider.setAccessibleName(field.title)
        self.slider.wheelEvent = lambda event: event.ignore()  # type: ignore[method-assign]
        self.box = NumberBox(field, self, percent=percent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.box)
        self.setFocusProxy(self.box)
        low = field.low if field.low is not None else 0.0
        high = field.high if field.high is not None else 1.0
        if field.log:
            self._low = math.log10(max(low, LOG_LOW))
            self._high = math.log10(min(high, LOG_HIGH))
        else:
            self._low, self._high = low, high - (0.01 if field.high_open else 0.0)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self.finished)
        self.box.edited.connect(self._boxed)
        self.box.problem_changed.connect(self.problem_changed)
        self.box.finished.connect(self.finished)

    @property
    def value(self) -> Any:
        """The last allowed value."""
        return self.box.value

    def set_value(self, value: Any) -> None:
        """Show a value."""
        self.box.set_value(value)
        self._move(value)

    def type_text(self, text: str) -> None:
        """Take a text as if it had been typed into the box."""
        self.box.type_text(text)

    def _boxed(self, value: Any) -> None:
        self._move(value)
        self.edited.emit(value)

    def _move(self, value: Any) -> None:
        place = math.log10(value) if self.field.log else float(value)
        share = (place - self._low) / (self._high - self._low)
        self.slider.blockSignals(True)
        self.slider.setValue(round(SLIDER_STEPS * min(1.0, max(0.0, share))))
        self.slider.blockSignals(False)

    def _slid(self, position: int) -> None:
        place = self._low + (self._high - self._low) * position / SLIDER_STEPS
        value = float(f"{10.0**place:.2g}") if self.field.log else round(place, 2)
        if value != self.box.value and not refusal(self.field, value):
            self.box.put(value)
            self.edited.emit(value)


class PairBox(QWidget):
    """Two numbers, such as height and width, that change together while their chain is closed."""

    edited = Signal(object)
    problem_changed = Signal(str)
    finished = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._value: tuple[int, int] | None = None
        self.first, self.second = NumberBox(field, self), NumberBox(field, self)
        for box, name in zip((self.first, self.second), field.parts, strict=True):
            box.setAccessibleName(f"{field.title}, {name}")
            box.setToolTip(f"{field.title}: {name}")
            box.setMinimumWidth(48)
            box.problem_changed.connect(self._problem)
            box.finished.connect(self.finished)
        self.chain = QToolButton(self)
        self.chain.setCheckable(True)
        self.chain.setChecked(True)
        self.chain.setAutoRaise(True)
        self.chain.setAccessibleName(f"Keep both numbers of {field.title.lower()} the same")
        self.chain.setToolTip("Keep both numbers the same")
        self.chain.setFixedSize(20, theme.TARGET)
        self.chain.toggled.connect(self._restyle)
        theme.changed().connect(self._restyle)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.first, 1)
        layout.addWidget(self.chain)
        layout.addWidget(self.second, 1)
        self.setFocusProxy(self.first)
        self.first.edited.connect(lambda value: self._typed(self.first, value))
        self.second.edited.connect(lambda value: self._typed(self.second, value))
        self._restyle()

    @property
    def value(self) -> Any:
        """The last allowed pair, or None where it is left open."""
        return self._value

    def set_value(self, value: tuple[int, int] | None) -> None:
        """Show a pair; the chain opens where its numbers differ."""
        self._value = value
        pair = value if value is not None else (None, None)
        if pair[0] != pair[1]:
            self.chain.setChecked(False)
        self.first.set_value(pair[0])
        self.second.set_value(pair[1])

    def type_text(self, text: str) -> None:
        """Take a text as if it had been typed into the first box."""
        self.first.type_text(text)

    def _typed(self, box: NumberBox, number: int | None) -> None:
        other = self.second if box is self.first else self.first
        if self.chain.isChecked() or number is None or other.value is None:
            other.put(number)
        pair = (self.first.value, self.second.value)
        self._value = None if None in pair else pair
        self.edited.emit(self._value)

    def _problem(self) -> None:
        self.problem_changed.emit(self.first.problem or self.second.problem)

    def _restyle(self) -> None:
        closed = self.chain.isChecked()
        self.chain.setIcon(
            theme.icon(
                "mdi6.link-variant" if closed else "mdi6.link-variant-off",
                "accent" if closed else "text_quiet",
            )
        )


class ChoiceBox(QComboBox):
    """One of several words; the wheel scrolls the form and not the choice."""

    edited = Signal(object)
    problem_changed = Signal(str)
    finished = Signal()

    def __init__(self, choices: tuple[tuple[str, str], ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(theme.TARGET)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        for value, title in choices:
            self.addItem(title, value)
        self.activated.connect(self._chosen)

    @property
    def value(self) -> Any:
        """The chosen value."""
        return self.currentData()

    def set_value(self, value: Any) -> None:
        """Show a choice."""
        self.setCurrentIndex(self.findData(value))

    def type_text(self, text: str) -> None:
        """Choose by title or value."""
        index = max(self.findText(text), self.findData(text))
        self.setCurrentIndex(index)
        self._chosen(index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the form."""
        event.ignore()

    def _chosen(self, index: int) -> None:
        self.edited.emit(self.itemData(index))
        self.finished.emit()


class SwitchBox(QCheckBox):
    """Yes or no."""

    edited = Signal(object)
    problem_changed = Signal(str)
    finished = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(theme.TARGET)
        self.clicked.connect(self._chosen)

    @property
    def value(self) -> Any:
        """Whether it is ticked."""
        return self.isChecked()

    def set_value(self, value: Any) -> None:
        """Show yes or no."""
        self.setChecked(bool(value))

    def type_text(self, text: str) -> None:
        """Tick for ``yes``."""
        self.setChecked(text == "yes")
        self._chosen(self.isChecked())

    def _chosen(self, on: bool) -> None:
        self.edited.emit(on)
        self.finished.emit()


class TextBox(QLineEdit):
    """A text."""

    edited = Signal(object)
    problem_changed = Signal(str)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(theme.TARGET)
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(self.finished)

    @property
    def value(self) -> Any:
        """The text."""
        return self.text()

    def event(self, event: QEvent) -> bool:
        """Ctrl+Z belongs to the project: what is typed here is a step of its undo already."""
        if is_undo(event):
            event.ignore()
            return False
        return super().event(event)

    def set_value(self, value: Any) -> None:
        """Show a text without moving the cursor of who types it."""
        if value != self.text():
            self.setText(value)

    def type_text(self, text: str) -> None:
        """Take a text as if it had been typed."""
        self.setText(text)
        self._typed(text)

    def _typed(self, text: str) -> None:
        self.edited.emit(text)


class SizesBox(TextBox):
    """A few whole numbers with × between them, such as 28×28×1."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._value: tuple[int, ...] | None = None

    @property
    def value(self) -> Any:
        """The last allowed numbers."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show numbers; what is being typed and means the same stays as it is."""
        if value != self._value:
            self._value = value
            self.setText("×".join(str(number) for number in value or ()))
        self._tell("")

    def _typed(self, text: str) -> None:
        try:
            value = parse_value(self.field, text)
        except DesignerError as error:
            self._tell(str(error))
            return
        problem = refusal(self.field, value)
        if self.field.most is not None and len(value) > self.field.most:
            problem = f"{self.field.title} must be {self.field.range_text}, got {text}"
        self._tell(problem)
        if not problem and value != self._value:
            self._value = value
            self.edited.emit(value)

    def _tell(self, problem: str) -> None:
        mark_bad(self, bool(problem))
        self.problem_changed.emit(problem)


Editor = NumberBox | SliderBox | PairBox | ChoiceBox | SwitchBox | TextBox


def editor_for(field: Field, parent: QWidget | None = None, *, percent: bool = False) -> Editor:
    """The control that suits a field."""
    match field.type:
        case "choice":
            return ChoiceBox(field.choices, parent)
        case "boolean":
            return SwitchBox(field, parent)
        case "pair":
            return PairBox(field, parent)
        case "number":
            felt = field.log or (field.low is not None and field.high is not None)
            if felt and not field.advanced:
                return SliderBox(field, parent, percent=percent)
            return NumberBox(field, parent, percent=percent)
        case "integer":
            return NumberBox(field, parent)
        case "sizes":
            return SizesBox(field, parent)
        case _:
            return TextBox(parent)
