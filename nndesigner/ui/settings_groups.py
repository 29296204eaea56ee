"""Groups of training settings that are folded away, each with a word on what is on."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nndesigner.declare import Declaration
from nndesigner.ui import theme
from nndesigner.ui.forms import LABEL_WIDTH, Form, ResetDot


class SettingsGroup(QWidget):
    """A title that unfolds the form of one declaration; beside it, in words, what is on.

    ``edited(name, value)`` follows every change by a person, ``reset`` the press of the dot.
    """

    edited = Signal(str, object)
    reset = Signal()

    def __init__(self, declaration: type[Declaration], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._default = declaration()
        self.button = QToolButton(self)
        self.button.setObjectName("fold")
        self.button.setText(declaration.title)
        self.button.setToolTip(declaration.help)
        self.button.setCheckable(True)
        self.button.setAutoRaise(True)
        self.button.setArrowType(Qt.ArrowType.RightArrow)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setMinimumHeight(theme.TARGET)
        self.button.setMinimumWidth(LABEL_WIDTH)
        self.words = QLabel(self)
        self.words.setObjectName("quiet")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.dot = ResetDot(self)
        self.dot.clicked.connect(self.reset)
        self.help = QLabel(declaration.help, self)
        self.help.setObjectName("quiet")
        self.help.setWordWrap(True)
        self.form = Form(self)
        self.form.edited.connect(self.edited)
        header = QHBoxLayout()
        header.setSpacing(4)
        header.addWidget(self.button)
        header.addWidget(self.words, 1)
        header.addWidget(self.dot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(header)
        layout.addWidget(self.help)
        layout.addWidget(self.form)
        self.button.toggled.connect(self._fold)
        self._fold(False)

    def show_declaration(self, declaration: Any) -> None:
        """Show these values."""
        self.form.show_declaration(declaration)
        self.words.setText(declaration.words)
        self.words.setToolTip(declaration.words)
        self.button.setAccessibleName(f"{declaration.title}: {declaration.words}")
        self.dot.set_on(declaration != self._default)

    def _fold(self, is_open: bool) -> None:
        arrows = Qt.ArrowType
        self.button.setArrowType(arrows.DownArrow if is_open else arrows.RightArrow)
        self.help.setVisible(is_open)
        self.form.setVisible(is_open)
