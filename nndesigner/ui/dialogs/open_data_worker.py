"""Reads on a thread of its own while the dialog stays alive: progress, cancel, and one answer."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from nndesigner.data.progress import CANCELLED, Progress
from nndesigner.errors import DesignerError

_log = logging.getLogger(__name__)
#: How often the window looks for news, in milliseconds.
LOOK_MS = 30

Work = Callable[[Progress], Any]


class _Job:
    """One piece of work on its thread. It only ever talks through its queue."""

    def __init__(self, work: Work) -> None:
        self.cancelled = threading.Event()
        self.latest: tuple[float, str] = (0.0, "")
        self.answer: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._work = work
        self._thread = threading.Thread(target=self._run, name="read-data", daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the end, but not for long."""
        self._thread.join(seconds)

    def _progress(self, share: float, words: str) -> bool:
        self.latest = (share, words)
        return not self.cancelled.is_set()

    def _run(self) -> None:
        try:
            self.answer.put(("done", self._work(self._progress)))
        except DesignerError as error:
            self.answer.put(("failed", str(error)))
        except MemoryError:
            self.answer.put(
                ("failed", "There is not enough memory for these data: open a part of them")
            )
        except Exception:  # a defect of ours: told in plain words, kept in the log
            _log.exception("reading data failed")
            self.answer.put(
                (
                    "failed",
                    "The data could not be read because of a fault in the program. "
                    "The log says more: Help, Show the log",
                )
            )


class Reader(QObject):
    """Runs one piece of work at a time; a new one makes the old one's answer void."""

    progressed = Signal(float, str)
    done = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: _Job | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether something is being read."""
        return self._job is not None

    def start(self, work: Work) -> None:
        """Begin; what was being read before is dropped."""
        self.cancel()
        self._job = _Job(work)
        self._timer.start()

    def cancel(self) -> None:
        """Give up; nothing is heard of it any more. The thread ends at its next look."""
        if self._job is not None:
            self._job.cancelled.set()
            self._job = None
        self._timer.stop()

    def close(self, seconds: float = 0.2) -> None:
        """Give up and wait a moment for the thread."""
        job = self._job
        self.cancel()
        if job is not None:
            job.join(seconds)

    def _look(self) -> None:
        job = self._job
        if job is None:
            return
        try:
            kind, content = job.answer.get_nowait()
        except queue.Empty:
            self.progressed.emit(*job.latest)
            return
        self._job = None
        self._timer.stop()
        if kind == "done":
            self.done.emit(content)
        elif content != CANCELLED:
            self.failed.emit(content)
