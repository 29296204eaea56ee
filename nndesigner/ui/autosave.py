"""Writes unsaved work aside while it grows: a kill or a power cut costs a minute of it."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import time
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from nndesigner.files.atomic import file_error
from nndesigner.files.project import SUFFIX, Project, save_project
from nndesigner.ui import recovery
from nndesigner.ui.background import Job
from nndesigner.ui.document import Document
from nndesigner.ui.runner import Runner

log = logging.getLogger(__name__)

INTERVAL_MS = 60_000
#: How long a run is given to make a copy of its weights, in milliseconds.
COPY_MS = 1_500
#: Weights that take long to write are written less often: at most this share of the time is.
_BUSY_SHARE = 0.02
#: How long closing waits for what is being written, in seconds.
_CLOSING_S = 5.0
_LOCK = "lock"


def folder() -> Path:
    """Where each window that is open has a folder of its own."""
    return recovery.folder() / "open"


def collect() -> None:
    """Offer what windows have left that were killed; what lives is not touched. Never raises."""
    with contextlib.suppress(OSError):
        for place in folder().iterdir():
            lock = _lock_of(place)
            if lock.tryLock(0):
                left = [path for path in _files_of(place) if not _moved(path)]
                lock.unlock()
                if not left:  # beside these there is only what was cut short
                    shutil.rmtree(place, ignore_errors=True)


def _moved(path: Path) -> bool:
    """Put a copy where it is offered; whether it is gone from here."""
    try:
        if path.stat().st_size:
            title = recovery.title_of(path)
            path.replace(recovery.free_place(title, path.stem.removeprefix(title)))
    except OSError:
        return False
    return True


class Autosave(QObject):
    """Keeps a copy of a window's unsaved work on disk while there is any.

    A lock says that the window lives; what one that was killed has left is collected at the next
    start. ``failed`` carries why nothing can be kept, once.
    """

    failed = Signal(str)

    def __init__(self, document: Document, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._runner = document, runner
        self._place = folder() / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = _lock_of(self._place)
        self._job: Job | None = None
        self._written: tuple[object, ...] | None = None
        self._asking = self._told = False
        self._next_at = 0.0
        self._timer, self._copied = QTimer(self), QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        self._copied.setSingleShot(True)
        self._copied.setInterval(COPY_MS)
        self._copied.timeout.connect(self._write)
        self._views_want, runner.wanted = runner.wanted, self._wanted
        document.title_changed.connect(self._forget_saved)
        document.loaded.connect(self._forget_saved)  # the run of the project before is over by then

    def start(self) -> None:
        """Begin to look every minute for what is not saved."""
        self._timer.start()

    def look(self) -> None:
        """Write what is not saved, beside the window; a run is asked for its weights before."""
        if self._job is not None or time.monotonic() < self._next_at:
            return
        if self._runner.active:
            self._asking = True
            self._copied.start()
        else:
            self._write()

    def stop(self) -> None:
        """The window is closed: what was saved, discarded or kept otherwise is forgotten."""
        self._timer.stop()
        self._copied.stop()
        self._document.title_changed.disconnect(self._forget_saved)
        self._document.loaded.disconnect(self._forget_saved)
        self._runner.wanted = self._views_want
        if self._job is not None:
            self._job.cancel()
            self._job.wait(_CLOSING_S)
            self._job = None
        if not self._document.unsaved:
            self._forget()
        self._lock.unlock()
        with contextlib.suppress(OSError):
            self._place.rmdir()

    # -- inside

    def _wanted(self) -> frozenset[str]:
        return self._views_want() | (frozenset({"weights"}) if self._asking else frozenset())

    def _write(self) -> None:
        self._asking = False
        document, latest = self._document, self._runner.latest()
        if self._job is not None or not (document.unsaved or latest is not None):
            return
        mark = (document.state, document.trained, latest and self._runner.status.step)
        if mark == self._written:
            return
        project, title, begun = recovery.project_of(document), document.title, time.monotonic()
        if latest is not None:
            project = replace(project, trained=latest)
        job = self._job = Job(lambda: self._save(project, title), self)
        job.done.connect(lambda _: self._ended(mark, begun))
        job.failed.connect(self._fail)
        job.start()

    def _save(self, project: Project, title: str) -> None:
        """On the job's thread. Raises: FileError."""
        before = _files_of(self._place)
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            self._lock.tryLock(0)  # where that cannot be, another start may offer our copy
            path = recovery.free_place(title, where=self._place)
        except OSError as error:
            raise file_error("save", self._place, error) from error
        try:
            save_project(path, project)
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        for old in before:
            with contextlib.suppress(OSError):
                old.unlink()

    def _ended(self, mark: tuple[object, ...], begun: float) -> None:
        self._job, self._written = None, mark
        now = time.monotonic()
        self._next_at = now + (now - begun) / _BUSY_SHARE
        self._forget_saved()

    def _fail(self, error: str) -> None:
        self._job = None
        log.warning("unsaved work cannot be kept meanwhile: %s", error)
        if not self._told:
            self._told = True
            self.failed.emit(error)

    def _forget_saved(self) -> None:
        """What is saved by now needs no copy."""
        if not (self._document.unsaved or self._job is not None or self._runner.active):
            self._forget()

    def _forget(self) -> None:
        self._written = None
        for path in _files_of(self._place):
            with contextlib.suppress(OSError):
                path.unlink()


def _files_of(place: Path) -> list[Path]:
    try:
        return list(place.glob(f"*{SUFFIX}"))
    except OSError:
        return []


def _lock_of(place: Path) -> QLockFile:
    """A lock that a process which is no more does not hold."""
    lock = QLockFile(str(place / _LOCK))
    lock.setStaleLockTime(0)
    return lock
