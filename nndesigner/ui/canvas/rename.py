"""A text field right on the card, to rename a node where it stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from nndesigner.ui import theme

LONGEST_NAME = 60


class RenameField(QLineEdit):
    """Enter or a click elsewhere keeps the name, Esc does not, an empty one is the layer's own."""

    renamed = Signal(str)
    ended = Signal()

    def __init__(self, text: str, placeholder: str, place: QRect, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._before, self._done = text, False
        self.setPlaceholderText(placeholder)
        self.setMaxLength(LONGEST_NAME)
        self.setAccessibleName("Name of the layer")
        self.setFont(theme.title_font(0))
        self.setGeometry(place)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter keeps, Esc gives up, all else is typing."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            self.finish(keep=True)
        elif event.key() == Qt.Key.Key_Escape:
            self.finish(keep=False)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take Tab as the end of the name, not as a step to the next widget."""
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Tab
        ):
            self.keyPressEvent(event)
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keep the name when the person goes on elsewhere (but not for the field's own menu)."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.finish(keep=True)

    def finish(self, *, keep: bool) -> None:
        """End the renaming, once."""
        if self._done:
            return
        self._done = True
        name = " ".join(self.text().split())
        self.hide()
        self.deleteLater()
        if keep and name != self._before:
            self.renamed.emit(name)
        self.ended.emit()
