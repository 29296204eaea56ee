"""The preview of pictures: some of each class, how many there are, and what they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data import Dataset
from nndesigner.graph import shape_text
from nndesigner.ui import theme
from nndesigner.ui.views.bars import BarList
from nndesigner.ui.views.base import paint_text
from nndesigner.ui.views.lazy import picture_items
from nndesigner.ui.views.outcome import names_of
from nndesigner.ui.views.side import SideArea
from nndesigner.ui.views.text_table import plain_tip
from nndesigner.ui.views.thumbnails import Thumbnails

MOST_PICTURES = 300
#: So many skipped files are listed one by one.
MOST_SKIPPED = 500
LARGEST_SIDE = 1024
SIZES = (16, 28, 32, 48, 64, 96, 128)
COLOURS = ((None, "as found"), ("grey", "grey"), ("rgb", "red, green and blue"))
SCALINGS = (
    ("unit", "0 to 1"),
    ("signed", "−1 to 1"),
    ("standard", "mean 0, deviation 1"),
)
FITS = (("stretch", "stretch"), ("pad", "pad with black"), ("crop", "crop"))


@dataclass(frozen=True, eq=False)
class Pictures:
    """A data set of pictures with some of them ready to be shown; made on the reading thread."""

    dataset: Dataset
    items: tuple[tuple[QImage, str], ...]
    counts: tuple[tuple[str, int], ...]


def pictures_of(dataset: Dataset) -> Pictures:
    """Some pictures of each class, and how many each class has."""
    labels = dataset.labels
    names = names_of(dataset.spec)
    counts: tuple[tuple[str, int], ...] = ()
    if labels is not None:
        found = np.bincount(labels[labels >= 0], minlength=len(names)).tolist()
        counts = tuple(zip(names, found, strict=False))
    shown = len(dataset.spec.input_shape) == 3
    items = picture_items(dataset, labels, MOST_PICTURES) if shown else ()
    return Pictures(dataset, items, counts)


class PicturesPage(QWidget):
    """Pictures at the left; classes, choices and notes at the right."""

    #: The choices have changed: read again.
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thumbnails = Thumbnails(self)
        self.thumbnails.setAccessibleName("Some pictures of each class")
        self.facts = QLabel(self)
        self.bars = BarList(self)
        self.notes = QLabel(self)
        self.skipped_title = QLabel(self)
        self.skipped = QListWidget(self)
        self.skipped.setAccessibleName("Skipped files and why")
        self.skipped.setMaximumHeight(160)
        self.skipped.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for label in (self.facts, self.notes):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.size_choice = self._combo("Size of the pictures")
        self.size_choice.setEditable(True)
        self.size_choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.size_choice.setToolTip("One number for a square, or width × height, as 80 × 60")
        line = self.size_choice.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._size_typed)
        self.size_choice.addItem("automatic", None)
        for side in SIZES:
            self.size_choice.addItem(f"{side} × {side}", side)
        self.colours = self._combo("Colours")
        self.fit = self._combo("Other shapes")
        self.scaling = self._combo("What pixels become")
        for box, items in (
            (self.colours, COLOURS),
            (self.fit, FITS),
            (self.scaling, SCALINGS),
        ):
            for value, text in items:
                box.addItem(text, value)
        self._choices = QWidget(self)
        form = QFormLayout(self._choices)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for text, box in (
            ("Size", self.size_choice),
            ("Colours", self.colours),
            ("Other shapes", self.fit),
            ("Values", self.scaling),
        ):
            label = QLabel(text, self)
            label.setMinimumHeight(theme.TARGET)
            label.setBuddy(box)
            form.addRow(label, box)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.WIDE_MARGIN)
        layout.addWidget(self.thumbnails, 1)
        layout.addWidget(self._side())
        self.restyle()

    @property
    def options(self) -> dict[str, Any]:
        """What was chosen, as `open_data` takes it; empty for files without choices."""
        said: dict[str, Any] = {}
        if not self._choices.isHidden():
            if self.size_choice.currentData() is not None:
                said["size"] = self.size_choice.currentData()
            if self.colours.currentData() is not None:
                said["colours"] = self.colours.currentData()
            if self.fit.currentData() != "stretch":
                said["fit"] = self.fit.currentData()
            if self.scaling.currentData() != "unit":
                said["scaling"] = self.scaling.currentData()
        return said

    def _size_typed(self) -> None:
        """Take a size that was typed; what is none goes back to the one before."""
        text = self.size_choice.currentText().strip()
        if text == self.size_choice.itemText(self.size_choice.currentIndex()):
            return
        parts = text.lower().replace("×", "x").replace(" ", "").split("x")
        sides = [int(part) for part in parts if part.isascii() and part.isdigit()]
        good = len(sides) == len(parts) and len(sides) in (1, 2)
        if not good or not all(1 <= side <= LARGEST_SIDE for side in sides):
            self.size_choice.setCurrentText(
                self.size_choice.itemText(self.size_choice.currentIndex())
            )
            return
        title = f"{sides[0]} × {sides[-1]}"
        place = self.size_choice.findText(title)
        if place < 0:
            size = sides[0] if sides[0] == sides[-1] else [sides[0], sides[-1]]
            self.size_choice.addItem(title, size)
            place = self.size_choice.count() - 1
        self.size_choice.setCurrentIndex(place)
        self.changed.emit()

    def set_choices(self, shown: bool) -> None:
        """Whether size and colours can be chosen: for folders of pictures."""
        self._choices.setVisible(shown)

    def show_pictures(self, pictures: Pictures) -> None:
        """Show what was read."""
        spec = pictures.dataset.spec
        self.thumbnails.set_items(pictures.items)
        self.bars.set_items(pictures.counts)
        self.facts.setText(
            f"{spec.rows:,} pictures of {shape_text(spec.input_shape)}, {spec.outputs:,} classes"
        )
        self.notes.setText("\n".join(f"• {note}" for note in pictures.dataset.notes))
        skipped = getattr(pictures.dataset, "skipped_files", ())
        self.skipped_title.setText(f"Skipped files ({len(skipped):,})")
        self.skipped_title.setVisible(bool(skipped))
        self.skipped.setVisible(bool(skipped))
        self.skipped.clear()
        for name, reason in skipped[:MOST_SKIPPED]:
            self.skipped.addItem(f"{name}\n{reason}")
            self.skipped.item(self.skipped.count() - 1).setToolTip(plain_tip(f"{name}: {reason}"))
        if len(skipped) > MOST_SKIPPED:
            self.skipped.addItem(f"and {len(skipped) - MOST_SKIPPED:,} more")

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        self.facts.setFont(theme.title_font(0))
        self.skipped_title.setFont(theme.title_font(0))
        paint_text(self.facts, t.text)
        paint_text(self.notes, t.text_quiet)

    # -- building

    def _combo(self, name: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setMinimumHeight(theme.TARGET)
        box.setMinimumContentsLength(8)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.activated.connect(lambda: self.changed.emit())
        return box

    def _side(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, theme.MARGIN, 0)
        column.setSpacing(theme.MARGIN)
        for widget in (
            self.facts,
            self._choices,
            self.bars,
            self.notes,
            self.skipped_title,
            self.skipped,
        ):
            column.addWidget(widget)
        column.addStretch()
        area = SideArea(inside, self)
        area.setFixedWidth(304)
        return area
