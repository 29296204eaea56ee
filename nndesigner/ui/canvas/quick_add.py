"""A small search field at the cursor: type a few letters, press Enter, and it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout
from PySide6.QtWidgets import QWidget as Widget

from nndesigner.layers import CATEGORIES, LAYERS
from nndesigner.ui import theme
from nndesigner.ui.canvas.catalog import matching
from nndesigner.ui.canvas.geometry import plain, tooltip

ROW_PX = theme.TARGET
MOST_ROWS = 9
WIDTH_PX = 264


@dataclass(frozen=True)
class Choice:
    """One row that can be picked."""

    key: str
    title: str
    icon: QIcon
    help: str = ""


def layer_choices(text: str, kinds: Sequence[str] | None = None) -> list[Choice]:
    """The layers that fit a search."""
    return [
        Choice(
            kind,
            LAYERS[kind].title,
            theme.icon(LAYERS[kind].icon, f"bar_{LAYERS[kind].category}"),
            f"{CATEGORIES.get(LAYERS[kind].category, '')}. {LAYERS[kind].help}",
        )
        for kind in matching(text, kinds)
    ]


class Picker(QFrame):
    """A search field over a list, floating in the window. ``picked`` carries the key and the text.

    It is a child of the window and no popup of its own: so it needs no grab of mouse and keyboard,
    and goes as soon as the person turns elsewhere.
    """

    picked = Signal(str, str)
    closed = Signal()

    def __init__(
        self,
        choices: Callable[[str], list[Choice]],
        prompt: str,
        footer: str = "",
        parent: Widget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAutoFillBackground(True)
        self.setObjectName("picker")
        self.setAccessibleName(prompt)
        self._choices = choices
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(prompt)
        self.field.setAccessibleName(prompt)
        self.field.setMaxLength(200)
        self.field.setMinimumHeight(theme.TARGET + 4)
        self.field.addAction(
            theme.icon("mdi6.magnify", "text_quiet"), QLineEdit.ActionPosition.LeadingPosition
        )
        self.list = QListWidget(self)
        self.list.setAccessibleName(prompt)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setIconSize(QSize(20, 20))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self._footer = QLabel(footer, self)
        self._footer.setTextFormat(Qt.TextFormat.PlainText)
        self._footer.setVisible(bool(footer))
        self._footer.setContentsMargins(8, 2, 8, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for widget in (self.field, self.list, self._footer):
            column.addWidget(widget)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._pick)
        self.list.itemEntered.connect(self.list.setCurrentItem)
        self._restyle()
        self._fill("")

    def open_at(self, place: QPoint) -> None:
        """Show at a point of the parent, moved as far as needed to be all inside it."""
        self.setFixedWidth(WIDTH_PX)
        self.adjustSize()
        parent = self.parentWidget()
        if parent is not None:
            room = parent.rect().adjusted(4, 4, -4, -4)
            x = max(room.left(), min(place.x(), room.right() - self.width()))
            y = max(room.top(), min(place.y(), room.bottom() - self.height()))
            place = QPoint(x, y)
        self.move(place)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def offered(self) -> list[str]:
        """The keys that are offered now, best first."""
        rows = (self.list.item(row) for row in range(self.list.count()))
        return [row.data(Qt.ItemDataRole.UserRole) for row in rows if _can_be_picked(row)]

    def _fill(self, text: str) -> None:
        self.list.clear()
        for choice in self._choices(text):
            row = QListWidgetItem(choice.icon, plain(choice.title, 60))
            row.setData(Qt.ItemDataRole.UserRole, choice.key)
            row.setSizeHint(QSize(0, ROW_PX))
            row.setToolTip(tooltip(choice.help))
            self.list.addItem(row)
        if self.list.count() == 0:
            row = QListWidgetItem("Nothing fits: try a shorter word")
            row.setFlags(Qt.ItemFlag.NoItemFlags)
            row.setSizeHint(QSize(0, ROW_PX))
            self.list.addItem(row)
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(min(self.list.count(), MOST_ROWS) * ROW_PX + 2)
        self.adjustSize()

    def _pick(self, row: QListWidgetItem | None) -> None:
        if row is not None and _can_be_picked(row):
            key, text = row.data(Qt.ItemDataRole.UserRole), self.field.text()
            self.close()
            self.picked.emit(key, text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows walk the list while letters go to the field; Enter and Tab pick."""
        if watched is self.field and isinstance(event, QFocusEvent) and event.lostFocus():
            elsewhere = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
            if event.reason() not in elsewhere:
                self.close()
            return False
        if watched is self.field and isinstance(event, QKeyEvent):
            if event.type() != QEvent.Type.KeyPress:
                return False
            row, last = self.list.currentRow(), self.list.count() - 1
            match event.key():
                case Qt.Key.Key_Down:
                    self.list.setCurrentRow(0 if row >= last else row + 1)
                case Qt.Key.Key_Up:
                    self.list.setCurrentRow(last if row <= 0 else row - 1)
                case Qt.Key.Key_PageDown | Qt.Key.Key_End:
                    self.list.setCurrentRow(last)
                case Qt.Key.Key_PageUp | Qt.Key.Key_Home:
                    self.list.setCurrentRow(0)
                case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Tab:
                    self._pick(self.list.currentItem())
                case Qt.Key.Key_Escape:
                    self.close()
                case _:
                    return False
            return True
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that nothing more will be picked."""
        super().hideEvent(event)
        self.closed.emit()

    def _restyle(self) -> None:
        t = theme.tokens()
        self.setStyleSheet(
            f"#picker {{ background: {t.raised}; border: 1px solid {t.hairline}; }}"
            f"QListWidget {{ background: {t.raised}; outline: none; }}"
            f"QListWidget::item {{ padding-left: 4px; border-radius: 4px; color: {t.text}; }}"
            f"QListWidget::item:disabled {{ color: {t.text_off}; }}"
            f"QListWidget::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}"
            f"QLabel {{ color: {t.text_quiet}; }}"
        )


def _can_be_picked(row: QListWidgetItem) -> bool:
    return bool(row.flags() & Qt.ItemFlag.ItemIsEnabled)
