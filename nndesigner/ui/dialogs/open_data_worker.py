"""Reads on a thread of its own while the dialog stays alive: progress, cancel, and one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from nndesigner.data.progress import Progress
from nndesigner.ui.background import LongJob

Work = Callable[[Progress], Any]


class _Reading(LongJob):
    """One piece of work, with the sentences of a dialog that reads data."""

    THREAD = "read-data"
    NO_MEMORY = "There is not enough memory for these data: open a part of them"
    FAULT = (
        "The data could not be read because of a fault in the program. "
        "The log says more: Help, Show the log"
    )


class Reader(QObject):
    """Runs one piece of work at a time; a new one makes the old one's answer void."""

    progressed = Signal(float, str)
    done = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: _Reading | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being read."""
        return self._job is not None

    def start(self, work: Work) -> None:
        """Begin; what was being read before is dropped."""
        self.cancel()
        job = _Reading(work, self)
        job.progressed.connect(self.progressed)
        job.done.connect(self._done)
        job.failed.connect(self._failed)
        self._job = job
        job.start()

    def cancel(self) -> None:
        """Give up; nothing is heard of it any more. The thread ends at its next look."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def close(self, seconds: float = 0.2) -> None:
        """Give up and wait a moment for the thread."""
        job = self._job
        self.cancel()
        if job is not None:
            job.wait(seconds)

    def _done(self, answer: object) -> None:
        self._job = None
        self.done.emit(answer)

    def _failed(self, sentence: str) -> None:
        self._job = None
        self.failed.emit(sentence)
