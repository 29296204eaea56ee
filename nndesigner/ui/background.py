"""Runs slow work, such as opening a file, beside the window and brings its outcome back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from nndesigner.data.progress import CANCELLED, Progress
from nndesigner.errors import DesignerError

log = logging.getLogger(__name__)


class Job(QObject):
    """One piece of work on a thread of its own; the newest one of a window wins.

    Exactly one of ``done`` (with what the work returned) and ``failed`` (with a sentence) follows,
    on the window's thread, unless the job was cancelled.
    """

    done = Signal(object)
    failed = Signal(str)

    def __init__(self, work: Callable[[], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._result: Any = None
        self._error = ""
        self._cancelled = False
        self._thread = threading.Thread(target=self._run, name="opening", daemon=True)
        self._timer = QTimer(self)
        self._timer.setInterval(15)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin."""
        self._thread.start()
        self._timer.start()

    def cancel(self) -> None:
        """Let the work run out without anybody hearing of it; the job is gone when it has."""
        self._cancelled = True

    def wait(self, seconds: float) -> None:
        """Stand still until the work has ended, or for so long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._result = self._work()
        except DesignerError as error:
            self._error = str(error)
        except MemoryError:
            self._error = (
                "There is not enough memory for this: close other programs, or choose less"
            )
        except Exception:  # a defect of ours: a sentence for the person, the rest for the log
            log.exception("work beside the window failed")
            self._error = (
                "Something went wrong. Your work is still open, and the details are in the log"
            )

    def _heard(self) -> None:
        """Pass on what the work said meanwhile."""

    def _look(self) -> None:
        self._heard()
        if self._thread.is_alive():
            return
        self._timer.stop()
        self._thread.join()
        self.deleteLater()
        if self._cancelled:
            return
        if self._error and self._error != CANCELLED:
            self.failed.emit(self._error)
        elif not self._error:
            self.done.emit(self._result)


class LongJob(Job):
    """A job that says how far it is, and ends soon after it was cancelled."""

    progressed = Signal(float, str)

    def __init__(self, work: Callable[[Progress], Any], parent: QObject | None = None) -> None:
        super().__init__(lambda: work(self._progress), parent)
        self._said: tuple[float, str] | None = None

    def _progress(self, share: float, words: str) -> bool:
        self._said = (share, words)
        return not self._cancelled

    def _heard(self) -> None:
        said, self._said = self._said, None
        if said is not None and not self._cancelled:
            self.progressed.emit(*said)
