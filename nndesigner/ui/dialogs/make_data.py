"""Makes points from a generator: choose a set by its picture, turn its knobs, take the points."""

from __future__ import annotations

import functools
import random
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.dataset import Dataset, Origin
from nndesigner.data.generators import GENERATORS, Generator, Made
from nndesigner.data.made import GENERATED, generate, generator_of
from nndesigner.errors import DesignerError
from nndesigner.ui import theme
from nndesigner.ui.dialogs.room import make_room
from nndesigner.ui.forms import Form
from nndesigner.ui.views.bars import BarList
from nndesigner.ui.views.base import paint_text
from nndesigner.ui.views.points import PointSet, PointsView, class_color, thumbnail

SIDE = 72
CELL = QSize(SIDE + 40, SIDE + 36)
#: As the Playground's: so many points without noise.
THUMBNAIL_POINTS = 200


@functools.cache
def _small(kind: str) -> Made:
    cls = GENERATORS[kind]
    return cls(points=THUMBNAIL_POINTS, noise=0.0).make()


def another_seed(seed: int) -> int:
    """A seed that is not this one."""
    found = random.SystemRandom().randrange(1, 10_000)
    return found if found != seed else found + 1


class MakeDataDialog(QDialog):
    """Sets as pictures at the left, the points in the middle, their settings at the right.

    After `accept` the data are in ``dataset``.
    """

    #: The points on show are wanted in the painter, as painted points.
    paint_wanted = Signal()

    def __init__(self, origin: Origin | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Make points")
        self.setSizeGripEnabled(True)
        self.dataset: Dataset | None = None
        self._chosen: dict[str, Generator] = {kind: cls() for kind, cls in GENERATORS.items()}
        self._kind = next(iter(GENERATORS))
        if origin is not None and origin.kind == GENERATED:
            try:
                generator = generator_of(origin)
            except DesignerError:  # of a newer version: the first set then
                generator = self._chosen[self._kind]
            self._kind = generator.kind
            self._chosen[self._kind] = generator
        self.made: Made = self.generator.make()
        self.sets = QListWidget(self)
        self.sets.setAccessibleName("Sets of points")
        self.sets.setViewMode(QListView.ViewMode.IconMode)
        self.sets.setMovement(QListView.Movement.Static)
        self.sets.setResizeMode(QListView.ResizeMode.Adjust)
        self.sets.setUniformItemSizes(True)
        self.sets.setWordWrap(True)
        self.sets.setIconSize(QSize(SIDE, SIDE))
        self.sets.setGridSize(CELL)
        self.sets.setFrameShape(QListWidget.Shape.NoFrame)
        self.sets.setFixedWidth(3 * CELL.width() + 24)
        for kind, cls in GENERATORS.items():
            item = QListWidgetItem(cls.title)
            item.setData(Qt.ItemDataRole.UserRole, kind)
            item.setToolTip(cls.help)
            item.setSizeHint(CELL - QSize(6, 6))
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.sets.addItem(item)
        self.view = PointsView(self)
        self.view.setAccessibleName("The points")
        self.heading = QLabel(self)
        self.help = QLabel(self)
        self.formula = QLabel(self)
        for label in (self.heading, self.help, self.formula):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.form = Form(self, percent=("noise",))
        self.regenerate = QPushButton("Regenerate", self)
        self.regenerate.setToolTip("Other points of the same kind: a new seed")
        self.bars = BarList(self)
        self.edit = QPushButton("Edit in the painter", self)
        self.edit.setToolTip("Take these points into the painter, to add, change and erase some")
        self.use = QPushButton("Use these points", self)
        self.use.setDefault(True)
        self.cancel = QPushButton("Cancel", self)
        for button in (self.regenerate, self.edit, self.cancel):
            button.setAutoDefault(False)
        for button in (self.regenerate, self.edit, self.cancel, self.use):
            button.setMinimumSize(96, theme.TARGET)
        self._lay_out()
        self.sets.currentItemChanged.connect(self._choose)
        self.form.edited.connect(self._edited)
        self.regenerate.clicked.connect(self._regenerate)
        self.edit.clicked.connect(self._edit)
        self.use.clicked.connect(self.take)
        self.cancel.clicked.connect(self.reject)
        theme.changed().connect(self._restyle)
        self._restyle()
        make_room(self)
        self.sets.setCurrentRow(tuple(GENERATORS).index(self._kind))
        self._show()

    @property
    def generator(self) -> Generator:
        """The set on show with its settings."""
        return self._chosen[self._kind]

    def sizeHint(self) -> QSize:
        """Room for the pictures, the points and the settings side by side."""
        return QSize(1100, 640)

    def take(self) -> None:
        """Take the points on show."""
        self.dataset = generate(self.generator)
        self.accept()

    # -- inside

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._kind = str(item.data(Qt.ItemDataRole.UserRole))
            self.form.start_afresh()
            self._show()

    def _edited(self, name: str, value: Any) -> None:
        try:
            self._chosen[self._kind] = self.generator.changed(**{name: value})
        except DesignerError as error:
            self.form.rows[name].show_problem(str(error))
            return
        self._show()

    def _regenerate(self) -> None:
        seed = another_seed(self.generator.seed)
        self._chosen[self._kind] = self.generator.changed(seed=seed)
        self._show()

    def _edit(self) -> None:
        self.paint_wanted.emit()
        self.reject()

    def _show(self) -> None:
        generator = self.generator
        self.made = generator.make()
        self.heading.setText(generator.title)
        self.help.setText(generator.help)
        self.formula.setText(generator.formula)
        self.form.show_declaration(generator)
        self.view.show_points(PointSet.of(self.made))
        self.edit.setEnabled(bool(self.made.classes))
        classes = self.made.classes
        self.bars.setVisible(bool(classes))
        self.bars.set_items(
            [(name, int((self.made.y == index).sum())) for index, name in enumerate(classes)],
            [class_color(index) for index in range(len(classes))],
        )

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(theme.MARGIN)
        for widget in (self.heading, self.help, self.form, self.regenerate, self.bars):
            side.addWidget(widget)
        side.addStretch()
        side.addWidget(self.formula)
        column = QWidget(self)
        column.setFixedWidth(300)
        side.setContentsMargins(0, 0, 0, 0)
        column.setLayout(side)
        middle = QHBoxLayout()
        middle.setSpacing(theme.WIDE_MARGIN)
        middle.addWidget(self.sets)
        middle.addWidget(self.view, 1)
        middle.addWidget(column)
        foot = QHBoxLayout()
        foot.setSpacing(theme.MARGIN)
        foot.addWidget(self.edit)
        foot.addStretch()
        foot.addWidget(self.cancel)
        foot.addWidget(self.use)
        layout = QVBoxLayout(self)
        margin = theme.WIDE_MARGIN
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.WIDE_MARGIN)
        layout.addLayout(middle, 1)
        layout.addLayout(foot)

    def _restyle(self) -> None:
        t = theme.tokens()
        self.heading.setFont(theme.title_font(1))
        paint_text(self.heading, t.text)
        for label in (self.help, self.formula):
            paint_text(label, t.text_quiet)
        self.regenerate.setIcon(theme.icon("mdi6.refresh", "text"))
        self.edit.setIcon(theme.icon("mdi6.brush", "text"))
        self.sets.setStyleSheet(
            f"QListWidget {{ background: {t.panel}; outline: none; }}"
            f"QListWidget::item {{ border-radius: {theme.RADIUS}px; padding: 4px; color: {t.text};"
            " border: 1px solid transparent; }"
            f"QListWidget::item:hover {{ background: {t.raised}; }}"
            f"QListWidget::item:selected {{ background: {t.accent_soft}; color: {t.text};"
            f" border: 1px solid {t.accent}; }}"
        )
        ratio = self.devicePixelRatioF()
        for row in range(self.sets.count()):
            item = self.sets.item(row)
            kind = str(item.data(Qt.ItemDataRole.UserRole))
            picture = thumbnail(PointSet.of(_small(kind)), SIDE, ratio)
            icon = QIcon(picture)
            icon.addPixmap(picture, QIcon.Mode.Selected)
            item.setIcon(icon)
        self.view.redraw()
