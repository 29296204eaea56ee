"""The layers that can be placed, in categories, with a search field above them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nndesigner.layers import CATEGORIES, LAYERS
from nndesigner.ui import theme
from nndesigner.ui.canvas.catalog import LAYER_MIME, layer_mime, matching
from nndesigner.ui.canvas.geometry import tooltip

KIND = Qt.ItemDataRole.UserRole
_Key = Qt.Key


class LayerTree(QTreeWidget):
    """The list of layers; a drag carries the kind of one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(QSize(20, 20))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Layers")

    def mimeTypes(self) -> list[str]:
        """What a drag carries."""
        return [LAYER_MIME]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        """The kind of the dragged layer."""
        kinds = [item.data(0, KIND) for item in items if item.data(0, KIND)]
        return layer_mime(kinds[0]) if kinds else QMimeData()

    def supportedDropActions(self) -> Qt.DropAction:
        """A drag copies: the palette keeps its layer."""
        return Qt.DropAction.CopyAction


class PaletteWidget(QWidget):
    """Search, categories and layers. ``layer_chosen`` follows a double click or Enter."""

    layer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search layers")
        self.search.setAccessibleName("Search layers")
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(200)
        self.search.setMinimumHeight(theme.TARGET)
        self._lens = self.search.addAction(
            theme.icon("mdi6.magnify"), QLineEdit.ActionPosition.LeadingPosition
        )
        self.tree = LayerTree(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        column.setSpacing(theme.MARGIN)
        column.addWidget(self.search)
        column.addWidget(self.tree)
        self.setMinimumWidth(150)
        self.search.textChanged.connect(self._fill)
        self.tree.itemDoubleClicked.connect(self._choose)
        theme.changed().connect(self.restyle)
        self.restyle()

    def sizeHint(self) -> QSize:
        """Wide enough for the longest name, its icon and the scroll bar."""
        names = max(self.fontMetrics().horizontalAdvance(cls.title) for cls in LAYERS.values())
        bar = self.tree.verticalScrollBar().sizeHint().width()
        return QSize(names + self.tree.iconSize().width() + bar + 5 * theme.MARGIN, 420)

    def kinds(self) -> list[str]:
        """The kinds that are shown now, from top to bottom."""
        return [item.data(0, KIND) for item in self._rows()]

    def restyle(self) -> None:
        """Take over the theme."""
        t = theme.tokens()
        self._lens.setIcon(theme.icon("mdi6.magnify"))
        self.tree.setStyleSheet(
            f"QTreeWidget {{ background: transparent; outline: none; }}"
            f"QTreeWidget::item {{ border-radius: 4px; padding-left: 2px; color: {t.text}; }}"
            f"QTreeWidget::item:disabled {{ color: {t.text_quiet}; }}"
            f"QTreeWidget::item:hover:enabled {{ background: {t.raised}; }}"
            f"QTreeWidget::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}"
        )
        self._fill(self.search.text())

    def _fill(self, text: str) -> None:
        """Show what fits: by category, or without headings and best first while searching."""
        chosen = self._kind(self.tree.currentItem())
        self.tree.clear()
        kinds = matching(text)
        if text.strip():
            for kind in kinds:
                self._add_layer(kind)
            if not kinds:
                self._add_heading("Nothing fits: try a shorter word")
        else:
            for category, title in CATEGORIES.items():
                members = [kind for kind in kinds if LAYERS[kind].category == category]
                if members:
                    self._add_heading(title)
                for kind in members:
                    self._add_layer(kind)
        rows = self._rows()
        same = [row for row in rows if self._kind(row) == chosen]
        if text.strip() and rows:
            self.tree.setCurrentItem(rows[0])
        elif same:
            self.tree.setCurrentItem(same[0])

    def _add_heading(self, title: str) -> None:
        item = QTreeWidgetItem([title])
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setForeground(0, QBrush(QColor(theme.tokens().text_quiet)))
        font = theme.title_font(-1)
        item.setFont(0, font)
        item.setSizeHint(0, QSize(0, theme.TARGET))
        item.setTextAlignment(0, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
        self.tree.addTopLevelItem(item)

    def _add_layer(self, kind: str) -> None:
        cls = LAYERS[kind]
        item = QTreeWidgetItem([cls.title])
        item.setData(0, KIND, kind)
        item.setIcon(0, theme.icon(cls.icon, f"bar_{cls.category}"))
        item.setToolTip(0, tooltip(cls.help))
        item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, cls.help)
        item.setSizeHint(0, QSize(0, theme.TARGET + 2))
        self.tree.addTopLevelItem(item)

    def _rows(self) -> list[QTreeWidgetItem]:
        items = (self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount()))
        return [item for item in items if item is not None and self._kind(item)]

    @staticmethod
    def _kind(item: QTreeWidgetItem | None) -> str:
        return str(item.data(0, KIND) or "") if item is not None else ""

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        kind = self._kind(item)
        if kind:
            self.layer_chosen.emit(kind)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the marked layer, from the field too; arrows go down into the list."""
        if event.key() in (_Key.Key_Return, _Key.Key_Enter):
            self._choose(self.tree.currentItem())
        elif event.key() == _Key.Key_Escape and self.search.text():
            self.search.clear()
        elif event.key() in (_Key.Key_Down, _Key.Key_Up) and self.search.hasFocus():
            self._step(1 if event.key() == _Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def _step(self, step: int) -> None:
        rows = self._rows()
        if rows:
            current = self.tree.currentItem()
            at = rows.index(current) + step if current in rows else 0
            self.tree.setCurrentItem(rows[max(0, min(at, len(rows) - 1))])
