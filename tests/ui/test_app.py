"""The application: it starts, ends cleanly on a signal, and its crash net tells once."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from PySide6.QtCore import QtMsgType, qInstallMessageHandler, qWarning
from PySide6.QtWidgets import QApplication

from nndesigner.ui.app import Warming
from nndesigner.ui.crash import SENTENCE, CrashNet
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow

START = """
import sys
from nndesigner.ui.app import main
print("code", main(sys.argv[1] if len(sys.argv) > 1 else None), flush=True)
"""


def environment(tmp_path):
    return {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "NNDESIGNER_NO_WARM_UP": "1",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_window_cleanly(tmp_path, number):
    ready = tmp_path / "config" / "nndesigner" / "window.json"
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from PySide6.QtCore import QTimer\n"
            "import nndesigner.ui.window as w\n"
            "show = w.MainWindow.showEvent\n"
            "def shown(self, event):\n"
            "    show(self, event); self.preferences.set(shown=True)\n"
            "w.MainWindow.showEvent = shown\n" + START,
        ],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not ready.exists() and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "code 0" in out
    assert "Traceback" not in err
    assert "Destroyed while" not in err


def test_closing_ends_what_train_had_compiled(qtbot, monkeypatch):
    """No warm-up ran: the processes that compile were asked for by Train alone."""
    from nndesigner.training import warm

    ended = []
    monkeypatch.setattr(warm, "stop_warming", lambda: ended.append(True))
    monkeypatch.setenv("NNDESIGNER_NO_WARM_UP", "1")
    window = MainWindow(Preferences())
    qtbot.addWidget(window)
    warming = Warming(window)
    warming.start()
    warming.stop()
    assert ended == [True]


def test_closing_a_window_that_never_trained_does_not_load_the_engine(qtbot, monkeypatch):
    monkeypatch.setenv("NNDESIGNER_NO_WARM_UP", "1")
    for name in [name for name in sys.modules if name.startswith("nndesigner.engine.ahead")]:
        monkeypatch.delitem(sys.modules, name)
    window = MainWindow(Preferences())
    qtbot.addWidget(window)
    warming = Warming(window)
    warming.start()
    warming.stop()
    assert "nndesigner.engine.ahead" not in sys.modules


@pytest.fixture
def net(qtbot, tmp_path):
    net = CrashNet(tmp_path / "log" / "nndesigner.log")
    before = qInstallMessageHandler(None)
    qInstallMessageHandler(before)
    net.install()
    yield net
    net.remove()
    if net.dialog is not None:
        net.dialog.close()


def test_an_exception_that_nobody_caught_is_one_dialog_and_log_lines(qtbot, net):
    for number in range(60):
        try:
            raise ValueError(f"a slip {number}")
        except ValueError:
            sys.excepthook(*sys.exc_info())
    qtbot.waitUntil(lambda: net.dialog is not None)
    assert net.dialog.text() == SENTENCE
    assert "Traceback" not in net.dialog.informativeText()
    text = net.path.read_text()
    assert "a slip 0" in text
    assert "a slip 59" in text
    boxes = [w for w in QApplication.topLevelWidgets() if w is net.dialog]
    assert len(boxes) == 1


def test_an_exception_in_a_thread_is_caught_as_well(qtbot, net):
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: net.dialog is not None)
    assert "ZeroDivisionError" in net.path.read_text()


def test_what_qt_says_goes_to_the_log(net):
    qWarning("a word from Qt")
    assert "a word from Qt" in net.path.read_text()
    assert QtMsgType.QtWarningMsg is not None


def test_a_log_that_cannot_be_written_costs_nothing(qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    net = CrashNet(tmp_path / "file" / "x.log")
    net.install()
    try:
        sys.excepthook(ValueError, ValueError("x"), None)
        qtbot.waitUntil(lambda: net.dialog is not None)
    finally:
        net.remove()
        net.dialog.close()
    assert SENTENCE in net.dialog.text()


def test_the_hooks_are_given_back(tmp_path):
    before = (sys.excepthook, threading.excepthook)
    net = CrashNet(tmp_path / "x.log")
    net.install()
    assert sys.excepthook != before[0]
    net.remove()
    assert (sys.excepthook, threading.excepthook) == before
    assert not any(
        getattr(handler, "baseFilename", "").endswith("x.log")
        for handler in logging.getLogger().handlers
    )


def test_a_thousand_emits_lose_no_reference(qtbot):
    from nndesigner.ui.notices import NoticeBar

    bar = NoticeBar()
    qtbot.addWidget(bar)
    before = sys.getrefcount(True), sys.getrefcount(None)
    for number in range(1000):
        bar.windowTitleChanged.emit(str(number))
        bar.setVisible(False)
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert after[0] >= before[0] - 50
    assert after[1] >= before[1] - 50
