"""Asks how many more epochs to train when all are done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QInputDialog, QWidget

#: What is proposed, and the most.
USUAL, MOST = 10, 1_000_000


def ask_more_epochs(parent: QWidget, chosen: Callable[[int], None]) -> QInputDialog:
    """Open the question; ``chosen`` gets the number when the person accepts."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle("Continue")
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    dialog.setLabelText("All epochs are done. How many more?")
    dialog.setIntRange(1, MOST)
    dialog.setIntValue(USUAL)
    dialog.setOkButtonText("Continue")
    dialog.intValueSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
