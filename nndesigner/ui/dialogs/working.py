"""A dialog that works beside the window: words, a bar, Cancel, and closing while it works."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QProgressBar, QVBoxLayout, QWidget

from nndesigner.ui.dialogs.open_data_worker import Reader, Work
from nndesigner.ui.views.base import Elided


class WorkingDialog(QDialog):
    """One piece of work at a time, on a thread of its own; the buttons stay alive meanwhile.

    A dialog of this kind lays out ``words`` and ``bar``, starts work with `_begin`, and says in
    `_done` and `_failed` what becomes of its answer, in `_show_state` what can be pressed.
    """

    #: So many seconds closing waits for the thread.
    PATIENCE = 0.2

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.words = Elided(parent=self)
        self.reader = Reader(self)
        self.reader.progressed.connect(self._progressed)
        self.reader.done.connect(self._done)
        self.reader.failed.connect(self._failed)

    @property
    def busy(self) -> bool:
        """Whether it works, so that the answer is still to come."""
        return self.reader.busy

    def done(self, result: int) -> None:
        """Stop working, then close."""
        self.reader.close(self.PATIENCE)
        super().done(result)

    # -- for the dialogs of this kind

    def _begin(self, work: Work, words: str) -> None:
        """Start work; what was done before is dropped."""
        self.words.set_text(words)
        self.bar.setValue(0)
        self.reader.start(work)
        self._show_state()

    def _cancel_or_close(self) -> None:
        """What a button does that gives up the work, and closes where there is none."""
        if not self.busy:
            self.reject()
            return
        self.reader.cancel()
        self._cancelled()
        self._show_state()

    def _cancelled(self) -> None:
        """Say that the work was given up."""

    def _progressed(self, share: float, words: str) -> None:
        self.bar.setValue(round(share * 1000))
        if words:
            self.words.set_text(words)

    def _done(self, answer: object) -> None:
        """Take what the work returned."""
        raise NotImplementedError

    def _failed(self, sentence: str) -> None:
        """Show why there is no answer."""
        raise NotImplementedError

    def _show_state(self) -> None:
        """The bar and its words are there while it works."""
        busy = self.busy
        self.bar.setVisible(busy)
        self.words.setVisible(busy)

    def _progress_column(self) -> QVBoxLayout:
        """The words above the bar, for the foot of a dialog."""
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        return column
