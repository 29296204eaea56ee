"""The columns of a table as a list: what each holds, what it is for, and how its values lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from nndesigner.data.column_choice import ROLE_TITLES, TYPE_TITLES
from nndesigner.data.column_facts import Facts
from nndesigner.data.table_head import HeadColumn
from nndesigner.ui import theme
from nndesigner.ui.views.text_table import Index, plain_tip

NAME, HOLDS, USED, MISSING, DIFFERENT, RANGE, BARS = range(7)
TITLES = ("Column", "Holds", "Used as", "Missing", "Different", "Range", "Distribution")
WIDTHS = (150, 112, 104, 72, 84, 140, 140)
FACTS = int(Qt.ItemDataRole.UserRole) + 1
SORT = int(Qt.ItemDataRole.UserRole) + 2
_Role = Qt.ItemDataRole


class ColumnsModel(QAbstractTableModel):
    """One row a column of the table; nothing is kept twice, the preview's head is what is shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[HeadColumn, ...] = ()
        self.changed: frozenset[str] = frozenset()

    def set_columns(self, columns: Sequence[HeadColumn], changed: frozenset[str]) -> None:
        """Show these; ``changed`` names those that a person said something about."""
        same = [c.name for c in columns] == [c.name for c in self.columns]
        if not same:
            self.beginResetModel()
        self.columns, self.changed = tuple(columns), changed
        if not same:
            self.endResetModel()
        elif columns:
            last = self.index(len(columns) - 1, len(TITLES) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index | None = None) -> int:
        """How many columns the table has."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def columnCount(self, parent: Index | None = None) -> int:
        """How many facts are told of each."""
        return 0 if parent is not None and parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        """The names of the facts."""
        if orientation == Qt.Orientation.Horizontal:
            if role == _Role.DisplayRole:
                return TITLES[section]
            if role == _Role.TextAlignmentRole:
                return int(_side(section))
        return None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        """One fact of one column."""
        if not index.isValid():
            return None
        column, place = self.columns[index.row()], index.column()
        match role:
            case _Role.DisplayRole:
                return self._text(column, place)
            case _Role.TextAlignmentRole:
                return int(_side(place))
            case _Role.ForegroundRole:
                t = theme.tokens()
                quiet = column.role == "ignore" or (place == MISSING and not column.missing)
                return theme.color(t.text_off if quiet else t.text)
            case _Role.FontRole if place == NAME and column.name in self.changed:
                return theme.title_font(0)
            case _Role.ToolTipRole:
                return plain_tip(_tip(column))
        if role == FACTS:
            return column.facts
        if role == SORT:
            return self._key(column, place)
        return None

    def _text(self, column: HeadColumn, place: int) -> str:
        facts = column.facts
        match place:
            case 0:
                return " ".join(column.name.split())
            case 1:
                return TYPE_TITLES[column.type]
            case 2:
                return ROLE_TITLES[column.role]
            case 3:
                return f"{facts.missing:,}" if facts.missing else "–"
            case 4:
                return f"{facts.distinct:,}"
            case 5 if facts.low:
                return f"{facts.low} … {facts.high}" if facts.high != facts.low else facts.low
            case 5 if facts.labels:
                return ", ".join(facts.labels[:3])
        return ""

    def _key(self, column: HeadColumn, place: int) -> Any:
        if place == MISSING:
            return column.missing
        if place in (DIFFERENT, BARS):
            return column.distinct
        return self._text(column, place).casefold()


def _side(place: int) -> Qt.AlignmentFlag:
    side = (
        Qt.AlignmentFlag.AlignRight if place in (MISSING, DIFFERENT) else Qt.AlignmentFlag.AlignLeft
    )
    return side | Qt.AlignmentFlag.AlignVCenter


def _tip(column: HeadColumn) -> str:
    lines = [
        f"{column.name}: {TYPE_TITLES[column.type]}, {column.distinct:,} different values",
        f"For example {', '.join(column.examples)}" if column.examples else "",
        f"{column.missing:,} values are missing" if column.missing else "No value is missing",
        f"Ignored: {column.why}" if column.why and column.role == "ignore" else "",
    ]
    return "\n".join(line for line in lines if line)


def paint_bars(
    painter: QPainter, facts: Facts, area: QRect, color: QColor, widest: float = 28.0
) -> None:
    """A small histogram: bars of whole pixels on a hairline, the highest as high as the area."""
    bars = facts.bars
    if not bars or area.width() < 2 or area.height() < 2:
        return
    most = max(bars)
    painter.fillRect(
        area.left(), area.bottom(), area.width(), 1, theme.color(theme.tokens().hairline)
    )
    width = min(widest, area.width() / len(bars))
    gap = 1 if width >= 3 else 0
    for place, number in enumerate(bars):
        left = area.left() + round(place * width)
        right = area.left() + round((place + 1) * width) - gap
        height = round(number / most * (area.height() - 1)) if most else 0
        height = max(height, 1 if number else 0)
        painter.fillRect(left, area.bottom() - height, max(1, right - left), height, color)


class _BarsDelegate(QStyledItemDelegate):
    """Paints the histogram of a column."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:  # type: ignore[override]
        super().paint(painter, option, index)
        facts = index.data(FACTS)
        t = theme.tokens()
        ignored = index.sibling(index.row(), USED).data() == ROLE_TITLES["ignore"]
        ink = t.text_off if ignored else t.accent
        area = option.rect.adjusted(8, 5, -8, -6)  # type: ignore[attr-defined]
        paint_bars(painter, facts, area, theme.color(ink))


class _ChoiceDelegate(QStyledItemDelegate):
    """Paints a choice with a small arrow that says it can be opened."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:  # type: ignore[override]
        super().paint(painter, option, index)
        rect = option.rect  # type: ignore[attr-defined]
        arrow = QRect(rect.right() - 20, rect.center().y() - 7, 14, 14)
        theme.icon("mdi6.chevron-down", "text_off").paint(painter, arrow)


class ColumnsView(QTableView):
    """The list of columns: filtered by name, several chosen at once, types and roles by a click."""

    #: Other columns were chosen.
    chosen = Signal()
    #: A type or a role was picked for the chosen columns: the field and its value.
    picked = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = ColumnsModel(self)
        self.filtered = QSortFilterProxyModel(self)
        self.filtered.setSourceModel(self.columns)
        self.filtered.setFilterKeyColumn(NAME)
        self.filtered.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filtered.setSortRole(SORT)
        self.setModel(self.filtered)
        self.setAccessibleName("Columns")
        self.setFont(theme.number_font())
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(30)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        self.setSortingEnabled(True)
        for place, width in enumerate(WIDTHS):
            self.setColumnWidth(place, width)
        # Two numbers of six digits are wider than their place, and the last column has room.
        header.setSectionResizeMode(RANGE, QHeaderView.ResizeMode.ResizeToContents)
        self.setItemDelegateForColumn(BARS, _BarsDelegate(self))
        for place in (HOLDS, USED):
            self.setItemDelegateForColumn(place, _ChoiceDelegate(self))
        self.clicked.connect(self._clicked)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        self.setStyleSheet(
            f"QTableView {{ background: {t.raised}; border-radius: 6px; }}"
            f"QHeaderView {{ background: {t.raised}; }}"
            f"QHeaderView::section {{ background: {t.raised}; color: {t.text_quiet};"
            f" border: none; border-bottom: 1px solid {t.hairline}; padding: 5px 8px; }}"
            "QTableView::item { padding: 0 8px; }"
            f"QTableView::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}"
        )
        self.viewport().update()

    def show_columns(self, columns: Sequence[HeadColumn], changed: frozenset[str]) -> None:
        """Show these columns; what is chosen stays so while the names do."""
        self.columns.set_columns(columns, changed)

    def filter(self, text: str) -> None:
        """Show only columns whose name holds the text."""
        self.filtered.setFilterFixedString(text)

    def names(self) -> list[str]:
        """The names of the chosen columns, in the order of the table."""
        rows = {self.filtered.mapToSource(i).row() for i in self.selectionModel().selectedRows()}
        return [self.columns.columns[row].name for row in sorted(rows)]

    def choose(self, names: Sequence[str]) -> None:
        """Choose these columns and bring the first into view."""
        wanted = set(names)
        selection = QItemSelection()
        first: QModelIndex | None = None
        for row, column in enumerate(self.columns.columns):
            if column.name in wanted:
                index = self.filtered.mapFromSource(self.columns.index(row, NAME))
                if index.isValid():
                    selection.select(index, index.siblingAtColumn(BARS))
                    first = first or index
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)
        if first is not None:
            self.selectionModel().setCurrentIndex(first, flags.NoUpdate)
            self.scrollTo(first)

    def menu_for(self, place: int) -> QMenu | None:
        """The menu of types or roles that a click opens."""
        titles = {HOLDS: TYPE_TITLES, USED: ROLE_TITLES}.get(place)
        if titles is None:
            return None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        field = "type" if place == HOLDS else "role"
        if place == HOLDS:
            menu.addAction("find out").triggered.connect(lambda: self.picked.emit("type", None))
            menu.addSeparator()
        for value, title in titles.items():
            if value == "empty":
                continue
            action = menu.addAction(title)
            action.triggered.connect(lambda _=False, value=value: self.picked.emit(field, value))
        return menu

    def _clicked(self, index: QModelIndex) -> None:
        menu = self.menu_for(index.column())
        if menu is not None:
            rect = self.visualRect(index)
            menu.popup(self.viewport().mapToGlobal(QPoint(rect.left(), rect.bottom())))
