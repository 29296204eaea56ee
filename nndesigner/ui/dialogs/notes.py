"""A list of sentences to be read and copied."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from nndesigner.ui import theme
from nndesigner.ui.dialogs.room import make_room
from nndesigner.ui.views.base import paint_text
from nndesigner.ui.views.side import SideArea


class NotesDialog(QDialog):
    """Sentences below a title."""

    def __init__(self, title: str, notes: Iterable[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setSizeGripEnabled(True)
        self.notes = QLabel("\n\n".join(f"• {note}" for note in notes), self)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setWordWrap(True)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.notes.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        margin = theme.WIDE_MARGIN
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(SideArea(self.notes, self), 1)
        layout.addWidget(buttons)
        theme.changed().connect(self._restyle)
        self._restyle()
        make_room(self)

    def sizeHint(self) -> QSize:
        """Room for a dozen sentences."""
        return QSize(640, 440)

    def _restyle(self) -> None:
        paint_text(self.notes, theme.tokens().text)
