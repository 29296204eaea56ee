"""The crash net: what nobody caught goes to a log, and the person gets one calm sentence."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import threading
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QMessageBox, QWidget

log = logging.getLogger("nndesigner")

LOG_BYTES, LOG_FILES = 1_000_000, 3
SENTENCE = "Something went wrong; your work is still open."
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def default_log() -> Path:
    """Where the log lies for this person."""
    return Path(platformdirs.user_log_path("nndesigner", appauthor=False)) / "nndesigner.log"


def open_log(path: Path) -> logging.Handler | None:
    """Send everything from warnings on to a rotating file; None where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True
        )
    except OSError:
        return None
    handler.setLevel(logging.WARNING)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")
    )
    logging.getLogger().addHandler(handler)
    return handler


class CrashNet(QObject):
    """Catches what slots, threads and Qt let fall, while it is installed.

    The dialog comes once, however often the same thing happens (a paint event fails 60 times a
    second); later failures go to the log alone.
    """

    _fell = Signal()

    def __init__(self, path: Path | None = None, window: QWidget | None = None) -> None:
        super().__init__()
        self.path = path or default_log()
        self.window = window
        self.dialog: QMessageBox | None = None
        self._told = False
        self._handler = open_log(self.path)
        self._before = (sys.excepthook, threading.excepthook)
        self._qt_before: object = None
        # Queued: the failure may come from another thread, or from the middle of a paint event.
        self._fell.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Begin to catch."""
        sys.excepthook = self._exception
        threading.excepthook = self._thread_exception
        self._qt_before = qInstallMessageHandler(self._qt_message)
        if self._handler is not None and sys.stderr is not None:
            faulthandler.enable()

    def remove(self) -> None:
        """Let everything be as it was."""
        sys.excepthook, threading.excepthook = self._before
        qInstallMessageHandler(self._qt_before)  # type: ignore[arg-type]
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()

    # -- inside

    def _exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.error("not caught", exc_info=(kind, error, trace))
        self._fell.emit()

    def _thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _qt_message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s (%s)", text, context.category)

    def _tell(self) -> None:
        if self._told:
            return
        self._told = True
        box = QMessageBox(self.window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(SENTENCE)
        box.setInformativeText(
            f"Save it under a new name to be safe. What happened was written to {self.path}."
            if self._handler is not None
            else "Save it under a new name to be safe."
        )
        box.setStandardButtons(QMessageBox.StandardButton.Ok)
        self.dialog = box
        box.open()
