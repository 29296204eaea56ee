"""A column of facts or choices at the side, which scrolls up and down only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class SideArea(QScrollArea):
    """A scroll area without a frame that is as wide as its place and as long as it must be."""

    def __init__(self, inside: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().rangeChanged.connect(
            self._settle, Qt.ConnectionType.QueuedConnection
        )

    def _settle(self) -> None:
        """Hide a bar that is needed no more.

        Where wrapped texts grow shorter, Qt leaves it standing over the right end of the content.
        """
        bar = self.verticalScrollBar()
        if bar.isVisible() and bar.maximum() == bar.minimum():
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
