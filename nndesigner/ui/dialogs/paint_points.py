"""Paint points of any class by hand: brush, spray, erase, with undo; or start from a made set."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.dataset import Dataset
from nndesigner.data.generators import GENERATORS
from nndesigner.data.made import MOST_PAINTED, Painted, paint
from nndesigner.data.painting import Painting, empty
from nndesigner.errors import DataError
from nndesigner.ui import theme
from nndesigner.ui.dialogs.make_data import another_seed
from nndesigner.ui.dialogs.paint_canvas import PaintCanvas, Tool
from nndesigner.ui.dialogs.room import make_room
from nndesigner.ui.views.base import paint_text
from nndesigner.ui.views.points import class_color, mark

TOOLS: tuple[tuple[Tool, str, str, str], ...] = (
    ("brush", "Brush", "mdi6.brush", "One point a click; a drag leaves a trail (B)"),
    ("spray", "Spray", "mdi6.spray", "A cloud of points as long as you press (S)"),
    ("erase", "Erase", "mdi6.eraser", "Take points away; the right mouse button does it too (E)"),
)
#: The slider's positions are so many a unit.
SIZE_STEPS = 20


class PaintDialog(QDialog):
    """A canvas with its tools. After `accept` the points are in ``dataset``."""

    def __init__(self, painted: Painted | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Paint points")
        self.setSizeGripEnabled(True)
        self.dataset: Dataset | None = None
        self.painting = Painting(empty())
        if painted is not None:
            start = Painting(empty())
            start.replace(painted)
            self.painting = Painting(start.now)
        self.canvas = PaintCanvas(self.painting, self)
        self.classes = QListWidget(self)
        self.classes.setAccessibleName("Classes")
        self.classes.setFrameShape(QListWidget.Shape.NoFrame)
        self.classes.setIconSize(QSize(20, 20))
        self.classes.setEditTriggers(QListWidget.EditTrigger.NoEditTriggers)
        self.add_class = QPushButton("Add", self)
        self.rename = QPushButton("Rename…", self)
        self.remove_class = QPushButton("Remove", self)
        self.tools = QButtonGroup(self)
        self.size_slider = QSlider(Qt.Orientation.Horizontal, self)
        self.size_slider.setRange(2, 3 * SIZE_STEPS)
        self.size_slider.setAccessibleName("Brush size")
        self.size_text = QLabel(self)
        self.undo = QPushButton("Undo", self)
        self.redo = QPushButton("Redo", self)
        self.clear = QPushButton("Clear", self)
        self.start = QPushButton("Start from a set", self)
        self.start.setToolTip("Take made points and change them")
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.use = QPushButton("Use these points", self)
        self.use.setDefault(True)
        self.cancel = QPushButton("Cancel", self)
        self._titles = [QLabel(text, self) for text in ("Classes", "Tool", "Brush size")]
        self._lay_out()
        self._connect()
        theme.changed().connect(self._restyle)
        self._restyle()
        make_room(self)
        self._set_size(round(0.5 * SIZE_STEPS))
        self.show_painting()
        self.classes.setCurrentRow(0)
        self.canvas.setFocus()

    def sizeHint(self) -> QSize:
        """Room for the square and the tools beside it."""
        return QSize(880, 660)

    def take(self) -> None:
        """Take what was painted, if that can be learnt from."""
        try:
            self.dataset = paint(self.painting.now)
        except DataError as error:
            self._say(str(error), warn=True)
            return
        self.accept()

    def show_painting(self) -> None:
        """Show the painting as it is now."""
        painting = self.painting
        self.canvas.follow()
        names, counts = painting.now.classes, painting.counts
        row = min(max(0, self.canvas.label), len(names) - 1)
        self.classes.blockSignals(True)
        if self.classes.count() != len(names):
            self.classes.clear()
            for index in range(len(names)):
                item = QListWidgetItem(self._swatch(index), "")
                item.setSizeHint(QSize(80, theme.TARGET))
                self.classes.addItem(item)
        for index, (name, number) in enumerate(zip(names, counts, strict=True)):
            item = self.classes.item(index)
            item.setText(f"{name}   {number:,}")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}: {number:,} points")
        self.classes.setCurrentRow(row)
        self.classes.blockSignals(False)
        self.canvas.label = row
        self.undo.setEnabled(painting.can_undo)
        self.redo.setEnabled(painting.can_redo)
        self.clear.setEnabled(bool(len(painting.now.x)))
        self.remove_class.setEnabled(len(names) > 2)
        used = sum(1 for number in counts if number)
        self.use.setEnabled(used >= 2)
        number = len(painting.now.x)
        if painting.full:
            self._say(f"{MOST_PAINTED:,} points: no more fit. Erase some", warn=True)
        elif used < 2:
            self._say("Paint points of at least two classes: press and drag in the square")
        else:
            self._say(f"{number:,} points of {used} classes, kept in the project itself")

    def start_from(self, kind: str) -> None:
        """Replace the painting by a made set."""
        made = GENERATORS[kind](seed=another_seed(0), points=300, noise=0.05).make()
        self.painting.replace(Painted(made.x, made.y.astype("int64"), made.classes))
        self.canvas.label = 0
        self.show_painting()

    # -- inside

    def _connect(self) -> None:
        self.canvas.changed.connect(self.show_painting)
        self.canvas.class_wanted.connect(self.classes.setCurrentRow)
        self.canvas.tool_wanted.connect(self._press_tool)
        self.classes.currentRowChanged.connect(self._choose_class)
        self.size_slider.valueChanged.connect(self._set_size)
        self.add_class.clicked.connect(lambda: self._change(self.painting.add_class, last=True))
        self.remove_class.clicked.connect(
            lambda: self._change(lambda: self.painting.remove_class(self.canvas.label))
        )
        self.rename.clicked.connect(self._rename)
        self.classes.itemDoubleClicked.connect(lambda _: self._rename())
        self.undo.clicked.connect(lambda: self._change(self.painting.undo))
        self.redo.clicked.connect(lambda: self._change(self.painting.redo))
        self.clear.clicked.connect(lambda: self._change(self.painting.clear))
        self.use.clicked.connect(self.take)
        self.cancel.clicked.connect(self.reject)
        for keys, button in (
            (("Ctrl+Z",), self.undo),
            (("Ctrl+Shift+Z", "Ctrl+Y"), self.redo),
        ):
            action = QAction(button.text(), self)
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.triggered.connect(button.click)
            self.addAction(action)

    def _change(self, verb: object, *, last: bool = False) -> None:
        try:
            verb()  # type: ignore[operator]
        except DataError as error:
            self._say(str(error), warn=True)
            return
        if last:
            self.canvas.label = len(self.painting.now.classes) - 1
        self.show_painting()

    def _rename(self) -> None:
        index = self.canvas.label
        name, agreed = QInputDialog.getText(
            self, "Rename the class", "Name", text=self.painting.now.classes[index]
        )
        if agreed:
            self._change(lambda: self.painting.rename_class(index, name))

    def _choose_class(self, row: int) -> None:
        if row >= 0:
            self.canvas.label = row
            if self.canvas.tool == "erase":
                self._press_tool("brush")

    def _press_tool(self, tool: str) -> None:
        button = self.tools.button([name for name, *_ in TOOLS].index(tool))  # type: ignore[arg-type]
        button.setChecked(True)
        self.canvas.set_tool(tool)  # type: ignore[arg-type]

    def _set_size(self, value: int) -> None:
        self.size_slider.blockSignals(True)
        self.size_slider.setValue(value)
        self.size_slider.blockSignals(False)
        self.canvas.set_radius(value / SIZE_STEPS)
        self.size_text.setText(f"{value / SIZE_STEPS:.2f}")

    def _say(self, text: str, *, warn: bool = False) -> None:
        t = theme.tokens()
        self.note.setText(text)
        paint_text(self.note, t.warning if warn else t.text_quiet)

    def _swatch(self, index: int) -> QIcon:
        picture = QPixmap(mark(class_color(index), 14, index, self.devicePixelRatioF()))
        icon = QIcon(picture)
        icon.addPixmap(picture, QIcon.Mode.Selected)
        return icon

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(theme.MARGIN)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(self._titles[0])
        side.addWidget(self.classes, 1)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.add_class, self.rename, self.remove_class):
            row.addWidget(button)
        side.addLayout(row)
        side.addSpacing(theme.MARGIN)
        side.addWidget(self._titles[1])
        row = QHBoxLayout()
        row.setSpacing(4)
        for place, (tool, title, _, tip) in enumerate(TOOLS):
            press = QToolButton(self)
            press.setText(title)
            press.setToolTip(tip)
            press.setCheckable(True)
            press.setChecked(tool == "brush")
            press.setMinimumHeight(theme.TARGET + 4)
            press.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            press.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            press.clicked.connect(lambda _=False, tool=tool: self.canvas.set_tool(tool))
            self.tools.addButton(press, place)
            row.addWidget(press, 1)
        side.addLayout(row)
        row = QHBoxLayout()
        row.addWidget(self._titles[2])
        row.addWidget(self.size_slider, 1)
        row.addWidget(self.size_text)
        side.addLayout(row)
        side.addSpacing(theme.MARGIN)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.undo, self.redo, self.clear):
            row.addWidget(button)
        side.addLayout(row)
        side.addWidget(self.start)
        menu = QMenu(self.start)
        for kind, cls in GENERATORS.items():
            if cls.inputs == 2 and not kind.startswith("reg-"):
                menu.addAction(cls.title).triggered.connect(
                    lambda _=False, kind=kind: self.start_from(kind)
                )
        self.start.setMenu(menu)
        column = QWidget(self)
        column.setFixedWidth(280)
        column.setLayout(side)
        middle = QHBoxLayout()
        middle.setSpacing(theme.WIDE_MARGIN)
        middle.addWidget(self.canvas, 1)
        middle.addWidget(column)
        foot = QHBoxLayout()
        foot.setSpacing(theme.MARGIN)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.use)
        for button in (self.cancel, self.use):
            button.setMinimumSize(96, theme.TARGET)
        for button in self.findChildren(QPushButton):
            button.setMinimumHeight(theme.TARGET)
            button.setAutoDefault(button is self.use)
        layout = QVBoxLayout(self)
        margin = theme.WIDE_MARGIN
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.WIDE_MARGIN)
        layout.addLayout(middle, 1)
        layout.addLayout(foot)

    def _restyle(self) -> None:
        t = theme.tokens()
        for title in self._titles[:2]:
            title.setFont(theme.title_font(0))
        paint_text(self.size_text, t.text_quiet)
        self.size_text.setFont(theme.number_font())
        for button, (_, _, icon, _) in zip(self.tools.buttons(), TOOLS, strict=True):
            button.setIcon(theme.icon(icon, "text"))
            button.setStyleSheet(
                f"QToolButton {{ border: 1px solid {t.hairline}; border-radius: {theme.RADIUS}px;"
                f" background: {t.raised}; }}"
                f"QToolButton:checked {{ background: {t.accent_soft};"
                f" border: 1px solid {t.accent}; }}"
                f"QToolButton:focus {{ border: 1px solid {t.accent}; }}"
            )
        for push, icon in (
            (self.undo, "mdi6.undo"),
            (self.redo, "mdi6.redo"),
            (self.clear, "mdi6.delete-outline"),
            (self.add_class, "mdi6.plus"),
            (self.remove_class, "mdi6.minus"),
        ):
            push.setIcon(theme.icon(icon, "text"))
        self.start.setIcon(theme.icon("mdi6.chart-scatter-plot", "text"))
        self.classes.setStyleSheet(
            f"QListWidget {{ background: {t.panel}; outline: none; }}"
            f"QListWidget::item {{ color: {t.text}; border: 1px solid transparent;"
            f" border-radius: {theme.RADIUS}px; padding: 2px 6px; }}"
            f"QListWidget::item:selected {{ background: {t.accent_soft};"
            f" border: 1px solid {t.accent}; }}"
        )
        for index in range(self.classes.count()):
            self.classes.item(index).setIcon(self._swatch(index))
        self.canvas.redraw()
