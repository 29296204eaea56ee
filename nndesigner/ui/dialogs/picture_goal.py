"""What is to be learnt of pictures: their classes, a number of a list, or to give them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from nndesigner.data import SAME
from nndesigner.data.dataset import Dataset
from nndesigner.data.pixels import PixelDataset
from nndesigner.ui import theme
from nndesigner.ui.dialogs.table_column_form import combo, line_of, refill
from nndesigner.ui.dialogs.table_cut import ITSELF, TASKS


class PictureGoal(QWidget):
    """Two choices: the target, and for a list of pictures whether it is a class or a number."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._target: str | None = None
        self._task: str | None = None
        self.target = combo("Target of the pictures", self, 8)
        self.task = combo("What the target is", self, 8)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setVerticalSpacing(4)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for text, box in (("Target", self.target), ("It is", self.task)):
            label = QLabel(text, self)
            # as wide as the names of the choices below, so that all begin at one place
            label.setMinimumSize(self.fontMetrics().horizontalAdvance("Other shapes"), theme.TARGET)
            label.setBuddy(box)
            self.form.addRow(label, box)
        self.target.activated.connect(lambda: self._say(self.target.currentData(), None))
        self.task.activated.connect(lambda: self._say(self._target, self.task.currentData()))
        self._fill("its classes", ())

    @property
    def options(self) -> dict[str, Any]:
        """What was chosen, as `open_data` takes it."""
        said: dict[str, Any] = {}
        if self._target is not None:
            said["target"] = self._target
        if self._task is not None:
            said["task"] = self._task
        return said

    def show_options(self, options: Mapping[str, Any]) -> None:
        """Show choices that were made before."""
        self._target, self._task = options.get("target"), options.get("task")
        names = (self._target,) if self._target not in (None, SAME) else ()
        self._fill("its classes", names)

    def show_found(self, dataset: Dataset) -> None:
        """Show what was found with the choices in force."""
        source = dataset.source
        if not isinstance(source, PixelDataset):
            return
        names, labelled = source.label_columns, len(source.rows_with_target()) > 0
        found = source.label_column or "its classes" if labelled else "none"
        self._fill(found, names)
        known = bool(names) and labelled and self._target != SAME
        self.form.setRowVisible(self.task, known)
        if known:
            said = dict(TASKS)[source.spec.task]
            refill(self.task, (None, f"{said} (found)"), TASKS, self._task)

    def choose_own_target(self) -> None:
        """Learn to give the pictures back."""
        self._say(SAME, None)
        self._fill("none", ())

    # -- inside

    def _say(self, target: str | None, task: str | None) -> None:
        if (target, task) != (self._target, self._task):
            self._target, self._task = target, task
            self.changed.emit()

    def _fill(self, found: str, names: Sequence[str]) -> None:
        items = [*((name, line_of(name)) for name in names), ITSELF]
        refill(self.target, (None, f"{line_of(found)} (found)"), items, self._target)
        self.form.setRowVisible(self.task, self._task is not None)
