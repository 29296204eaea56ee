"""Waits until a run has ended its last step, with a window that goes on answering."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.ui import theme
from nndesigner.ui.runner import Runner

#: A run that ends sooner shows no dialog: it would only flash.
QUIET_S = 0.25


class StoppingDialog(QDialog):
    """Says what is waited for; Escape and the button give up leaving, never the weights."""

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self.setWindowTitle("Stopping")
        self.setModal(True)
        title = QLabel("Stopping…", self)
        title.setFont(theme.title_font())
        text = QLabel("The last step ends first, so that what was learnt can be saved.", self)
        text.setObjectName("quiet")
        bar = QProgressBar(self)
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedHeight(6)
        bar.setAccessibleName("Stopping the training")
        self.stay = QPushButton("Stay here", self)
        self.stay.setMinimumHeight(theme.TARGET)
        self.stay.setMinimumWidth(96)
        self.stay.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.stay)
        layout = QVBoxLayout(self)
        margin = theme.WIDE_MARGIN
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.MARGIN)
        for widget in (title, text, bar):
            layout.addWidget(widget)
        layout.addLayout(row)
        runner.changed.connect(self._look)
        self.setMinimumWidth(380)

    def _look(self) -> None:
        if not self._runner.active:
            self.accept()


def stop_and_wait(runner: Runner, parent: QWidget) -> bool:
    """Stop the run and wait until its weights are there; False when the person stays instead."""
    runner.stop()
    quiet = time.monotonic() + QUIET_S
    while runner.active and time.monotonic() < quiet:  # nothing may be clicked meanwhile
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        time.sleep(0.005)
    if not runner.active:
        return True
    dialog = StoppingDialog(runner, parent)
    ended = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return ended
