"""Offers to leave out lines at the foot of a table that seem to be no rows of it, such as sums."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from nndesigner.data.table_foot import Foot
from nndesigner.data.words import count
from nndesigner.ui import theme
from nndesigner.ui.views.base import paint_text


class FootStrip(QFrame):
    """One sentence and one button: leave the last lines out, or take them in again."""

    #: So many last lines are to be left out; None where all are rows.
    said = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: int | None = None
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QPushButton(self)
        self.button.setAutoDefault(False)
        self.button.setMinimumHeight(theme.TARGET)
        self.button.clicked.connect(lambda: self.said.emit(self._lines))
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.MARGIN, theme.MARGIN // 2, theme.MARGIN, theme.MARGIN // 2)
        row.setSpacing(theme.MARGIN)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        self.restyle()
        self.hide()

    def show_foot(self, found: Foot | None, left_out: int) -> None:
        """Show what the last lines do, or how many of them are left out."""
        self.setVisible(bool(found or left_out))
        if left_out:
            are = "is" if left_out == 1 else "are"
            self.text.setText(
                f"{count(left_out, 'line')} at the foot {are} left out; Bad lines shows what "
                "stands there."
            )
            self.button.setText("Take in again")
            self._lines = None
        elif found is not None:
            self.text.setText(found.sentence)
            self.button.setText(f"Leave out {count(len(found.rows), 'line')}")
            self._lines = len(found.rows)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        self.setStyleSheet(
            f"FootStrip {{ background: {t.raised}; border-left: 3px solid {t.warning}; }}"
        )
        paint_text(self.text, t.text)  # a new sheet takes the ink of what lies in it
