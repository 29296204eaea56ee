"""Predictions are written beside the window: it stays alive, and giving up leaves the old file."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from nndesigner.ui.dialogs import predict_new
from nndesigner.ui.dialogs.predict_new import PredictDialog
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow
from tests.ui.test_predict_new import iris_rows, learnt, opened, settled

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    window = MainWindow(Preferences(tmp_path / "config" / "window.json"))
    qtbot.addWidget(window)
    window.files.ask_unsaved = lambda running: "discard"
    window.show()
    return window


class HeldWriter:
    """Writes the first piece, then waits until it is let go; the progress is heard meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.waiting = threading.Event(), threading.Event()
        self.thread: threading.Thread | None = None
        self._real: Callable[..., Iterator[bytes]] = predict_new.predictions_csv
        monkeypatch.setattr(predict_new, "predictions_csv", self._pieces)

    def _pieces(self, trained: object, said: object, progress: Callable[..., bool]) -> object:
        for piece in self._real(trained, said, progress):
            yield piece
            self.thread = threading.current_thread()
            progress(0.4, "writing row 7 of 9")
            self.waiting.set()
            self.go.wait(20)


def predicted(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> PredictDialog:
    """A dialog with the predictions of twenty rows, about to be saved as ``p.csv``."""
    learnt(qtbot, window, "iris", epochs=2)
    dialog = opened(window)
    dialog.predict(iris_rows(tmp_path / "new.csv", slice(0, 20)))
    settled(qtbot, dialog)
    dialog._ask_save = lambda *_: tmp_path / "p.csv"
    return dialog


def test_the_window_stays_alive_while_writing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = predicted(qtbot, window, tmp_path)
    writer = HeldWriter(monkeypatch)
    ticks: list[float] = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    dialog.save.click()
    qtbot.waitUntil(lambda: "row 7 of 9" in dialog.words.text, timeout=5_000)
    timer.start(10)
    qtbot.waitUntil(lambda: len(ticks) > 10, timeout=5_000)
    timer.stop()
    assert writer.thread is not threading.current_thread()
    assert dialog.bar.value() == 400
    assert dialog.close_button.text() == "Cancel"
    assert dialog.close_button.isEnabled()
    assert not (tmp_path / "p.csv").exists()
    writer.go.set()
    settled(qtbot, dialog)
    assert "20 predictions were written" in dialog.problem.text()
    assert len((tmp_path / "p.csv").read_text().splitlines()) == 21
    dialog.reject()
    assert not dialog.isVisible()


@pytest.mark.parametrize("how", ["cancel", "escape"])
def test_writing_can_be_cancelled_and_leaves_the_old_file(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    dialog = predicted(qtbot, window, tmp_path)
    (tmp_path / "p.csv").write_text("old")
    before = sorted(path.name for path in tmp_path.iterdir())
    writer = HeldWriter(monkeypatch)
    dialog.save.click()
    assert writer.waiting.wait(10)
    if how == "cancel":
        dialog.close_button.click()
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert not dialog.busy
    assert "p.csv was not written" in dialog.problem.text()
    assert dialog.save.isEnabled()
    writer.go.set()
    assert writer.thread is not None
    writer.thread.join(10)
    assert (tmp_path / "p.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    dialog.save.click()  # and once more, to the end
    settled(qtbot, dialog)
    assert len((tmp_path / "p.csv").read_text().splitlines()) == 21
    dialog.reject()
    assert not dialog.isVisible()
