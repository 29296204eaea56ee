"""Asks which array of a file holds the inputs and which the labels, where names do not say."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QWidget

from nndesigner.data.npy_file import ArrayFile
from nndesigner.errors import DataError
from nndesigner.ui import theme


def arrays_of(path: Path) -> tuple[tuple[str, str], ...]:
    """The names of a file's arrays with their sizes; nothing where it cannot be read."""
    try:
        infos = ArrayFile(path).infos
    except DataError:
        return ()
    return tuple((info.name, info.text) for info in infos) if len(infos) > 1 else ()


class ArrayChooser(QWidget):
    """Two choices, of inputs and of labels; ``changed`` is emitted once both are made."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.inputs = self._box("Inputs")
        self.labels = self._box("Labels")
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(4)
        for box in (self.inputs, self.labels):
            name = QLabel(box.accessibleName(), self)
            name.setMinimumHeight(theme.TARGET)
            name.setBuddy(box)
            layout.addRow(name, box)

    @property
    def options(self) -> dict[str, str]:
        """The choices as options of the data; nothing until both are made."""
        x, y = self.inputs.currentData(), self.labels.currentData()
        return {"x": x, "y": y} if x and y else {}

    def offer(self, arrays: tuple[tuple[str, str], ...]) -> None:
        """Let a person choose among these; choices that were made stay."""
        for box in (self.inputs, self.labels):
            chosen = box.currentData()
            box.clear()
            box.addItem("choose…", "")
            for name, text in arrays:
                box.addItem(text, name)
            box.setCurrentIndex(max(0, box.findData(chosen)))

    def _box(self, name: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setMinimumHeight(theme.TARGET)
        box.setMinimumWidth(200)
        box.activated.connect(lambda _: self.changed.emit() if self.options else None)
        return box
