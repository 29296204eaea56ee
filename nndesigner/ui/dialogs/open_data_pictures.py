"""The preview of pictures: some of each class, how many there are, and what they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
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
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data import Dataset
from nndesigner.data.split_plan import Split, split_from
from nndesigner.data.split_preview import SplitPreview
from nndesigner.graph import shape_text
from nndesigner.ui import theme
from nndesigner.ui.dialogs.picture_goal import PictureGoal
from nndesigner.ui.dialogs.table_split import OF_PICTURES, SplitPage
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
    #: Other parts are wanted: share out again.
    split_changed = Signal()

    def __init__(self, parent: QWidget | None = None, *, validation_share: float = 0.2) -> None:
        super().__init__(parent)
        self._share = validation_share
        self._methods: tuple[str, ...] = OF_PICTURES
        #: The parts that folders name: 0 training, 1 validation, 2 test.
        self._named: frozenset[int] = frozenset()
        self.split = SplitPage(self)
        self.split.edited.connect(self._split_said)
        self._show_split()
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
        self.goal = PictureGoal(self)
        self.goal.changed.connect(self.changed)
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
        self.tabs = QTabBar(self)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self._pages = QStackedWidget(self)
        for title, page in (("Pictures", self.thumbnails), ("Split", self.split)):
            self.tabs.addTab(title)
            self._pages.addWidget(page)
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        left = QVBoxLayout()
        left.setSpacing(theme.MARGIN)
        left.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignLeft)
        left.addWidget(self._pages, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.WIDE_MARGIN)
        layout.addLayout(left, 1)
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
        said |= self.goal.options
        if self.split.split != Split():
            said["split"] = msgspec.to_builtins(self.split.split)
        return said

    def show_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Show choices that were made before; gives those that are not made here.

        Raises: DataError.
        """
        left = dict(options)
        self.goal.show_options({key: left.pop(key, None) for key in ("target", "task")})
        size = left.pop("size", None)
        if size is not None:
            sides = (size, size) if isinstance(size, int) else tuple(size)
            self._choose_size(*sides)
        for name, box in (("colours", self.colours), ("fit", self.fit), ("scaling", self.scaling)):
            place = box.findData(left.pop(name, None))
            if place >= 0:
                box.setCurrentIndex(place)
        self.split.split = split_from(left.pop("split", None))
        self._show_split()
        return left

    def _split_said(self) -> None:
        self._show_split()
        self.split_changed.emit()

    def _show_split(self) -> None:
        split = self.split.split
        self.split.show_split(split, (), self._share, self._methods)
        if split.method in ("auto", "folder"):
            validation, test = 1 in self._named, 2 in self._named
            self.split.leave_out(validation=validation, test=test)

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
        self._choose_size(sides[0], sides[-1])
        self.changed.emit()

    def _choose_size(self, width: int, height: int) -> None:
        title = f"{width} × {height}"
        place = self.size_choice.findText(title)
        if place < 0:
            size = width if width == height else [width, height]
            self.size_choice.addItem(title, size)
            place = self.size_choice.count() - 1
        self.size_choice.setCurrentIndex(place)

    def set_choices(self, shown: bool) -> None:
        """Whether size and colours can be chosen: for folders of pictures."""
        self._choices.setVisible(shown)

    def show_pictures(self, pictures: Pictures, split: SplitPreview | None) -> None:
        """Show what was read, and how it is shared out."""
        spec = pictures.dataset.spec
        parts = pictures.dataset.parts
        self._named = frozenset(np.unique(parts).tolist()) if parts is not None else frozenset()
        self._methods = (*OF_PICTURES, "folder") if parts is not None else OF_PICTURES
        self._show_split()
        self.split.show_preview(split, whole=True)
        self.thumbnails.set_items(pictures.items)
        self.bars.set_items(pictures.counts)
        self.goal.show_found(pictures.dataset)
        goal = f"{spec.outputs:,} classes"
        if spec.task == "regression":
            goal = f"{'gives back' if spec.same_as_input else 'predicts'} {spec.target_names[0]}"
        self.facts.setText(f"{spec.rows:,} pictures of {shape_text(spec.input_shape)}, {goal}")
        self.bars.setVisible(bool(pictures.counts))
        self.notes.setText("\n".join(f"• {note}" for note in pictures.dataset.notes))
        skipped = getattr(pictures.dataset.source, "skipped_files", ())
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
        self.split.restyle()
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
            self.goal,
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
