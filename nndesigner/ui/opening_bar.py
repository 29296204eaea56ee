"""How far the opening of a project or of data is, and the button that gives it up."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QWidget

from nndesigner.ui import theme

#: What is there within this time shows no bar.
_PATIENCE_MS = 300


class OpeningBar(QWidget):
    """A bar with a Cancel beside it; it is seen only while something takes its time."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setAccessibleName("How far the opening is")
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setMinimumHeight(theme.TARGET)
        self.cancel.setToolTip("Give up opening; what is open stays as it is")
        self.cancel.clicked.connect(self.cancelled)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.bar)
        layout.addWidget(self.cancel)
        # A status bar gives what may grow all of its width: this is as wide as its two parts.
        self.cancel.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PATIENCE_MS)
        self._timer.timeout.connect(self.show)
        self.hide()

    def set_active(self, active: bool) -> None:
        """Something is being opened, or nothing any more."""
        self.bar.setValue(0)
        if active:
            self._timer.start()
        else:
            self._timer.stop()
            self.hide()

    def show_progress(self, share: float, words: str) -> None:
        """How far it is, and with what."""
        self.bar.setValue(round(1000 * min(1.0, max(0.0, share))))
        self.bar.setToolTip(words)
