"""Starts the window: theme, crash net, the first project, one event loop, a clean end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from nndesigner import __version__
from nndesigner.errors import FileError
from nndesigner.shipped import shipped
from nndesigner.ui import theme
from nndesigner.ui.autosave import Autosave, collect
from nndesigner.ui.crash import CrashNet
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow

log = logging.getLogger(__name__)


def main(project: str | None = None) -> int:
    """Open the window, with a project if one is named, and run until it is closed."""
    app = make_application()
    preferences = Preferences()
    mode = preferences.get("theme", str, "system")
    theme.apply(mode if mode in ("light", "dark") else "system")
    theme.follow_system()
    net = CrashNet()
    net.install()
    try:
        window = MainWindow(preferences)
        net.window, window.log_path = window, net.path
        signals = Signals(window)
        warming = Warming(window)
        autosave = Autosave(window.document, window.runner, window)
        autosave.failed.connect(
            lambda error: window.notices.say(
                f"Unsaved work cannot be kept meanwhile, so save it often: {error}", "warning"
            )
        )
        collect()
        window.show()
        window.start_with(project)
        autosave.start()
        warming.start()
        try:
            return app.exec()
        finally:
            window.runner.shut_down()
            autosave.stop()
            warming.stop()
            signals.remove()
    finally:
        net.remove()


def make_application() -> QApplication:
    """The one QApplication, with its name and icon."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QCoreApplication.setApplicationName("nndesigner")
        QCoreApplication.setApplicationVersion(__version__)
        app = QApplication(sys.argv[:1])
        app.setApplicationDisplayName("")
        app.setDesktopFileName("nndesigner")
    try:
        app.setWindowIcon(QIcon(str(shipped("resources", "icons/nndesigner.svg"))))
    except FileError:
        log.warning("the program's icon is missing")
    return app


class Signals(QObject):
    """Ctrl-C, a log-off and the wish of the system close the window without a question."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._ours, self._python = socket.socketpair()
        for end in (self._ours, self._python):
            end.setblocking(False)
        # Python runs its handlers between two instructions of Python code, and Qt's loop has none:
        # the byte that is written at a signal wakes the loop.
        self._fd_before = signal.set_wakeup_fd(self._python.fileno())
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._before = {
            number: signal.signal(number, self._caught)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        self._asked = False
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.commitDataRequest.connect(self.log_off)

    def log_off(self, session: object = None) -> None:
        """The session ends: what is not saved is kept and offered at the next start."""
        self._window.close_now()

    def remove(self) -> None:
        """Give the signals back."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.commitDataRequest.disconnect(self.log_off)
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._ours.close()
        self._python.close()

    def _caught(self, number: int, frame: FrameType | None) -> None:
        self._asked = True

    def _woken(self) -> None:
        try:
            self._ours.recv(64)
        except OSError:
            return
        if self._asked:
            self._window.close_now()
            QCoreApplication.quit()


class Warming(QObject):
    """Compiles the engine beside the window, so that the first Train starts at once."""

    progressed = Signal(float, str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.progressed.connect(window.show_engine_progress)
        self._thread = threading.Thread(target=self._work, name="warm-up", daemon=True)

    def start(self) -> None:
        """Begin, unless the environment says that nothing should be compiled ahead."""
        if not os.environ.get("NNDESIGNER_NO_WARM_UP"):
            self._thread.start()

    def stop(self) -> None:
        """End it; a process that compiles must not outlive the window, whoever asked for it."""
        # Without the engine in this process there is none, and loading it now would take a second.
        if self._thread.is_alive() or "nndesigner.engine.ahead" in sys.modules:
            from nndesigner.training.warm import stop_warming

            stop_warming()

    def _work(self) -> None:
        try:
            from nndesigner.training.warm import warm_up

            warm_up(self._tell)
        except Exception:  # the first Train prepares the engine then, and says what is wrong
            log.exception("the engine could not be prepared ahead")
        self._tell(1.0, "")

    def _tell(self, share: float, text: str) -> None:
        try:
            self.progressed.emit(float(share), text)
        except RuntimeError:  # the window was closed meanwhile
            return
