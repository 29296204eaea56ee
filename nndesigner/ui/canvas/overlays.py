"""What lies over the drawing and does not move with it: the count, and a hint when it is empty."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from nndesigner.ui import theme

HINT = "Drag a layer here, double-click one in the palette, or press Space"


def _untouchable(widget: QWidget) -> None:
    widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)


class CornerLabel(QLabel):
    """The size of the network, at the bottom right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName("Size of the network")
        self.setContentsMargins(10, 5, 10, 5)
        _untouchable(self)
        self.restyle()

    def show_count(self, parameters: str, *, empty: bool) -> None:
        """Write how many parameters there are; nothing for an empty canvas."""
        self.setText(parameters)
        self.setVisible(not empty)
        self.adjustSize()

    def restyle(self) -> None:
        """Take over the theme."""
        t = theme.tokens()
        self.setFont(theme.number_font())
        self.setStyleSheet(
            f"background: {t.panel}; color: {t.text_quiet}; border: 1px solid {t.hairline};"
            f"border-radius: {theme.RADIUS}px;"
        )
        self.adjustSize()


class EmptyHint(QWidget):
    """One friendly sentence in the middle of an empty canvas."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        _untouchable(self)
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel("Draw a network", alignment=Qt.AlignmentFlag.AlignCenter)
        self._text = QLabel(HINT, alignment=Qt.AlignmentFlag.AlignCenter)
        self._text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setSpacing(theme.MARGIN)
        for label in (self._picture, self._title, self._text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        self.restyle()

    @property
    def text(self) -> str:
        """The sentence."""
        return self._text.text()

    def restyle(self) -> None:
        """Take over the theme."""
        t = theme.tokens()
        self._picture.setPixmap(theme.icon("mdi6.graph-outline", "text_off").pixmap(48, 48))
        self._title.setFont(theme.title_font(2))
        self._title.setStyleSheet(f"color: {t.text};")
        self._text.setStyleSheet(f"color: {t.text_quiet};")
