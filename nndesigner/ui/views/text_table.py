"""Rows of texts under named columns, as a model for Qt's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from nndesigner.ui import theme

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


@dataclass(frozen=True)
class ColumnHead:
    """How one column is headed. ``note`` is a second line; ``role`` input, target or ignore."""

    name: str
    note: str = ""
    role: str = "input"
    numeric: bool = False
    help: str = ""


class TextTable(QAbstractTableModel):
    """What is read stays as it is: cells cannot be edited here."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._heads: tuple[ColumnHead, ...] = ()
        self._rows: Sequence[Sequence[str]] = ()
        self._first = 1

    def set_content(
        self, heads: Sequence[ColumnHead], rows: Sequence[Sequence[str]], first: int = 1
    ) -> None:
        """Show other rows; ``first`` is the number of the first one."""
        self.beginResetModel()
        self._heads, self._rows, self._first = tuple(heads), rows, first
        self.endResetModel()

    @property
    def heads(self) -> tuple[ColumnHead, ...]:
        """The columns."""
        return self._heads

    def rowCount(self, parent: Index | None = None) -> int:
        """How many rows are shown."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """How many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(self._heads)

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        """A cell's text, ink and place; what is missing says so, what is ignored is quiet."""
        if not index.isValid():
            return None
        head = self._heads[index.column()]
        text = self._rows[index.row()][index.column()]
        match role:
            case _Role.DisplayRole:
                return " ".join(text.split())[:200] if text else "missing"
            case _Role.ForegroundRole:
                t = theme.tokens()
                quiet = not text or head.role == "ignore"
                return theme.color(t.text_off if quiet else t.text)
            case _Role.FontRole if not text:
                font = QFont()
                font.setItalic(True)
                return font
            case _Role.TextAlignmentRole if head.numeric:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case _Role.BackgroundRole if head.role == "target":
                return theme.color(theme.tokens().accent_soft)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        """Name and note of a column; the number of a row."""
        if orientation == Qt.Orientation.Vertical:
            return str(section + self._first) if role == _Role.DisplayRole else None
        head = self._heads[section]
        match role:
            case _Role.DisplayRole:
                name = head.name if len(head.name) <= 28 else head.name[:27] + "…"
                return f"{name}\n{head.note}" if head.note else name
            case _Role.ForegroundRole:
                t = theme.tokens()
                return theme.color(t.text_off if head.role == "ignore" else t.text)
            case _Role.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if head.numeric else Qt.AlignmentFlag.AlignLeft
                return int(side | Qt.AlignmentFlag.AlignVCenter)
            case _Role.ToolTipRole:
                return plain_tip(head.help or head.name)
        return None


def plain_tip(text: str) -> str:
    """A text as a tooltip that Qt does not take for HTML."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<p>{safe}</p>".replace("\n", "<br>")


class TextTableView(QTableView):
    """A quiet table: no grid of boxes, rows of one height, columns as wide as they need."""

    WIDEST = 240

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = TextTable(self)
        self.setModel(self.table)
        self.setFont(theme.number_font())
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 8)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setMinimumSectionSize(48)
        columns.setResizeContentsPrecision(60)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the theme: flat headings with room around the words."""
        t = theme.tokens()
        self.setStyleSheet(
            f"QHeaderView {{ background: {t.panel}; }}"
            f"QHeaderView::section {{ background: {t.panel}; border: none;"
            f" border-bottom: 1px solid {t.hairline}; padding: 4px 8px; }}"
            "QHeaderView::section:vertical { border: none; }"
            f"QTableCornerButton::section {{ background: {t.panel}; border: none; }}"
            "QTableView::item { padding: 0 8px; }"
            f"QTableView::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}"
            f"QAbstractScrollArea::corner {{ background: {t.panel}; border: none; }}"
        )

    def show_rows(
        self, heads: Sequence[ColumnHead], rows: Sequence[Sequence[str]], first: int = 1
    ) -> None:
        """Show these rows under these columns; widths are kept while the names stay the same, but
        for headings that say more than before.
        """
        before = self.table.heads
        same = [head.name for head in heads] == [head.name for head in before]
        self.table.set_content(heads, rows, first)
        if not same:
            self.fit_columns()
            return
        header = self.horizontalHeader()
        for column, (head, old) in enumerate(zip(heads, before, strict=True)):
            wanted = min(self.WIDEST, header.sectionSizeHint(column) + 8)
            if head.note != old.note and wanted > self.columnWidth(column):
                self.setColumnWidth(column, wanted)

    def fit_columns(self) -> None:
        """Give each column the room that its first rows need."""
        header = self.horizontalHeader()
        for column in range(min(self.table.columnCount(), 200)):
            wanted = max(self.sizeHintForColumn(column), header.sectionSizeHint(column)) + 8
            self.setColumnWidth(column, min(self.WIDEST, wanted))
