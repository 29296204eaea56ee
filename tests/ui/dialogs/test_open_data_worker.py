"""Data are read beside the window: it stays alive, gives up at once and hears one answer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from nndesigner.ui.dialogs.open_data import DataDialog
from nndesigner.ui.dialogs.open_data_worker import Reader
from tests.ui.dialogs.test_open_data import FLOWERS, settled, table

# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_the_window_stays_alive_while_reading(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nndesigner.ui.dialogs import open_data_look as module

    def slow(path: Path, options: object = None, rows: int = 200) -> object:
        time.sleep(0.4)
        return real(path, options, rows)

    real = module.read_table_head
    monkeypatch.setattr(module, "read_table_head", slow)
    dialog = DataDialog(table(tmp_path, FLOWERS))
    qtbot.addWidget(dialog)
    dialog.show()
    ticks: list[float] = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start(10)
    assert dialog.busy
    assert dialog.bar.isVisible()
    assert not dialog.use.isEnabled()
    settled(qtbot, dialog)
    timer.stop()
    assert len(ticks) > 10
    assert dialog.use.isEnabled()


def test_reading_can_be_cancelled_at_once(qtbot: QtBot) -> None:
    reader = Reader()
    steps: list[int] = []

    def endless(progress: object) -> None:
        from nndesigner.data.progress import tell

        while True:
            steps.append(1)
            tell(progress, 0.5, "reading")  # type: ignore[arg-type]
            time.sleep(0.005)

    heard: list[object] = []
    reader.done.connect(heard.append)
    reader.failed.connect(heard.append)
    with qtbot.waitSignal(reader.progressed, timeout=5000):
        reader.start(endless)
    start = time.perf_counter()
    reader.close(1.0)
    assert time.perf_counter() - start < 1.0
    count = len(steps)
    qtbot.wait(60)
    assert len(steps) == count
    assert heard == []


def test_only_the_last_question_is_answered(qtbot: QtBot) -> None:
    reader = Reader()
    heard: list[object] = []
    reader.done.connect(heard.append)
    reader.start(lambda _: time.sleep(0.1) or "old")
    with qtbot.waitSignal(reader.done, timeout=5000):
        reader.start(lambda _: "new")
    qtbot.wait(150)
    assert heard == ["new"]


def test_a_fault_of_ours_is_told_in_plain_words(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: object) -> None:
        raise RuntimeError("boom")

    reader = Reader()
    with qtbot.waitSignal(reader.failed, timeout=5000) as heard:
        reader.start(fails)
    assert "boom" not in heard.args[0]
    assert "log" in heard.args[0]
    assert "boom" in caplog.text


def test_closing_while_reading_leaves_nothing_behind(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = DataDialog(table(tmp_path, FLOWERS))
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.reject()
    assert not dialog.busy
    assert dialog.dataset is None
