"""Inputs that are made of number columns: powers, products, sine and cosine."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.added import MOST_ADDED, Added
from nndesigner.ui import theme
from nndesigner.ui.dialogs.table_column_form import line_of
from nndesigner.ui.views.base import paint_text

#: What the buttons make of each chosen column (products: of each pair).
BUTTONS = (
    ("square", "x²   Square", "Each chosen column times itself."),
    ("cube", "x³   Cube", "Each chosen column to the third power."),
    ("product", "x·y  Products", "Each pair of the chosen columns, multiplied."),
    ("sin", "sin x  Sine", "The sine of each chosen column, in radians."),
    ("cos", "cos x  Cosine", "The cosine of each chosen column, in radians."),
)


class AddedPage(QWidget):
    """Number columns at the left, what they become in the middle, the added inputs at the right."""

    #: Other added inputs are wanted.
    edited = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.added: tuple[Added, ...] = ()
        self.numbers = self._list("Number columns")
        self.made = self._list("Added inputs")
        self.buttons: dict[str, QPushButton] = {}
        for kind, text, help_text in BUTTONS:
            button = QPushButton(text, self)
            button.setToolTip(help_text)
            button.setMinimumSize(136, theme.TARGET)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, kind=kind: self.add(kind))
            self.buttons[kind] = button
        self.remove = QPushButton("Remove", self)
        self.remove.setMinimumHeight(theme.TARGET)
        self.remove.setAutoDefault(False)
        self.remove.clicked.connect(self.remove_chosen)
        self._titles = [QLabel(text, self) for text in ("Number inputs", "Added inputs")]
        self.help = QLabel(
            "Choose columns, then what is to be made of them. The numbers are those of the data, "
            "filled and without outliers; the outcome is scaled on the training rows.",
            self,
        )
        self.help.setWordWrap(True)
        self.numbers.itemSelectionChanged.connect(self._enable)
        self.made.itemSelectionChanged.connect(self._enable)
        self._lay_out()
        self.restyle()
        self._enable()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        sheet = (
            f"QListWidget {{ background: {t.raised}; border-radius: 6px; padding: 4px; }}"
            "QListWidget::item { padding: 5px 8px; }"
            f"QListWidget::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}"
        )
        for found in (self.numbers, self.made):
            found.setStyleSheet(sheet)
        for title in self._titles:
            title.setFont(theme.title_font(0))
            paint_text(title, t.text)
        paint_text(self.help, t.text_quiet)

    def show_added(self, added: Sequence[Added], numbers: Sequence[str]) -> None:
        """Show these added inputs, and the columns that others can be made of."""
        self.added = tuple(added)
        chosen = {item.data(Qt.ItemDataRole.UserRole) for item in self.numbers.selectedItems()}
        _fill(self.numbers, [(name, line_of(name)) for name in numbers], chosen)
        count = f"{len(added):,}" if added else "none yet"
        self._titles[1].setText(f"Added inputs ({count})")
        _fill(self.made, [(item.name, line_of(item.name, 60)) for item in added], set())
        self._enable()

    def chosen(self) -> list[str]:
        """The chosen number columns, in their order."""
        names = [self.numbers.item(i) for i in range(self.numbers.count())]
        return [item.data(Qt.ItemDataRole.UserRole) for item in names if item.isSelected()]

    def add(self, kind: str) -> None:
        """Make inputs of the chosen columns."""
        names = self.chosen()
        if kind == "product":
            wanted = [Added("product", a, b) for a, b in itertools.combinations(names, 2)]
        elif kind in ("square", "cube"):
            wanted = [Added("power", name, power=2 if kind == "square" else 3) for name in names]
        else:
            wanted = [Added("sin" if kind == "sin" else "cos", name) for name in names]
        new = [item for item in wanted if item not in self.added]
        if new:
            self._say((*self.added, *new)[:MOST_ADDED])

    def remove_chosen(self) -> None:
        """Take the chosen added inputs away."""
        gone = {item.data(Qt.ItemDataRole.UserRole) for item in self.made.selectedItems()}
        self._say(tuple(item for item in self.added if item.name not in gone))

    # -- building

    def _say(self, added: tuple[Added, ...]) -> None:
        """A next click builds on this one, though the preview has not followed yet."""
        self.added = added
        self.edited.emit(added)

    def _enable(self) -> None:
        chosen = len(self.numbers.selectedItems())
        for kind, button in self.buttons.items():
            button.setEnabled(chosen > (1 if kind == "product" else 0))
        self.remove.setEnabled(bool(self.made.selectedItems()))

    def _list(self, name: str) -> QListWidget:
        found = QListWidget(self)
        found.setAccessibleName(name)
        found.setFrameShape(QListWidget.Shape.NoFrame)
        found.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        found.setUniformItemSizes(True)
        return found

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.WIDE_MARGIN)
        for place, widget in enumerate((self.numbers, None, self.made)):
            column = QVBoxLayout()
            column.setSpacing(theme.MARGIN // 2)
            if widget is None:
                column.addStretch()
                for button in self.buttons.values():
                    column.addWidget(button)
                column.addStretch()
                layout.addLayout(column)
                continue
            column.addWidget(self._titles[0 if place == 0 else 1])
            column.addWidget(widget, 1)
            if place == 2:
                column.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                column.addWidget(self.help)
            layout.addLayout(column, 1)


def _fill(found: QListWidget, items: Sequence[tuple[str, str]], chosen: set[str]) -> None:
    """Other items; nothing is heard of it."""
    found.blockSignals(True)
    found.clear()
    for name, text in items:
        item = QListWidgetItem(text, found)
        item.setData(Qt.ItemDataRole.UserRole, name)
        item.setSelected(name in chosen)
    found.blockSignals(False)
