"""Says in the status bar how far the preparation of the engine is."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from nndesigner.ui import theme


class EngineNote(QWidget):
    """A small progress bar with words, there only while the engine is prepared."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLabel(self)
        self.text.setObjectName("quiet")
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(96, 6)
        self.bar.setAccessibleName("Preparing the engine")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, theme.GRID, 0)
        layout.addWidget(self.text)
        layout.addWidget(self.bar)
        self.hide()

    def show_progress(self, share: float, text: str) -> None:
        """Show how far it is."""
        self.setVisible(share < 1.0)
        self.text.setText(text or "Preparing the engine")
        self.bar.setValue(round(100 * share))
