"""The line of the training panel that says how training rows are changed by chance."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from nndesigner.training.augmentation import Augmentation
from nndesigner.ui import theme
from nndesigner.ui.dialogs.augmentation import AugmentationDialog
from nndesigner.ui.document import Document
from nndesigner.ui.forms import LABEL_WIDTH, ResetDot
from nndesigner.ui.views.text_table import plain_tip


class AugmentationRow(QWidget):
    """Label, a button with what is on, and the dot that turns all off."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.dialog: AugmentationDialog | None = None
        label = QLabel(Augmentation.title, self)
        label.setMinimumWidth(LABEL_WIDTH)
        self.button = QPushButton(self)
        self.button.setMinimumHeight(theme.TARGET)
        self.button.setMinimumWidth(96)
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.open)
        label.setBuddy(self.button)
        self.dot = ResetDot(self)
        self.dot.clicked.connect(lambda: self._push(Augmentation()))
        control = QHBoxLayout()
        control.setSpacing(4)
        control.addWidget(self.button, 1)
        control.addWidget(self.dot)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(theme.GRID)
        layout.setColumnStretch(1, 1)
        layout.addWidget(label, 0, 0)
        layout.addLayout(control, 0, 1)

    def follow(self) -> None:
        """Say what is on now."""
        chosen = self._document.settings.augmentation
        words = chosen.words if chosen.is_on else "Off"
        # Each change is its first word here; the tooltip has the figures.
        names = [part.split(" ")[0] for part in words.split(", ")]
        shown = ", ".join(dict.fromkeys(names)) if len(words) > 22 else words
        self.button.setText(f"{shown[0].upper()}{shown[1:20]}{'…' if len(shown) > 20 else ''}")
        self.button.setToolTip(plain_tip(f"{Augmentation.help}\nNow: {words}"))
        self.button.setAccessibleName(f"{Augmentation.title}: {words}")
        self.dot.set_on(chosen != Augmentation())

    def open(self) -> None:
        """Choose in a window with a preview."""
        document = self._document
        dialog = AugmentationDialog(
            document.settings.augmentation, document.dataset, document.settings.seed, self.window()
        )
        self.dialog = dialog
        dialog.accepted.connect(lambda: self._push(dialog.chosen))
        dialog.finished.connect(lambda _: self._closed(dialog))
        dialog.open()

    def _push(self, chosen: Augmentation) -> None:
        settings = self._document.settings.changed(augmentation=chosen)
        self._document.edit_settings("change augmentation", settings)

    def _closed(self, dialog: AugmentationDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()
