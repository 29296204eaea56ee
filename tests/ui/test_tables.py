"""Tables that people bring train from the window: drop, look, use, draw, train. No editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from nndesigner.training.settings import Settings
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def drop(window: MainWindow, path: Path) -> None:
    """Let go of a file over the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(
            QPointF(300, 300),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


@pytest.mark.parametrize(
    ("name", "least"),
    [("titanic.csv", 0.75), ("penguins.csv", 0.93), ("adult.data", 0.82), ("mpg.csv", None)],
)
def test_a_table_is_dropped_taken_and_learnt(
    qtbot: QtBot, tmp_path: Path, shared_data: Path, name: str, least: float | None
) -> None:
    window = MainWindow(Preferences(tmp_path / "window.json"))
    qtbot.addWidget(window)
    window.files.ask_unsaved = lambda running: "discard"
    window.show()
    window.start_with(None)
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=20_000)
    window.speed.actions["full"].trigger()

    drop(window, shared_data / "csv" / name)
    qtbot.waitUntil(lambda: window.files.dialog is not None, timeout=5_000)
    dialog = window.files.dialog
    qtbot.waitUntil(dialog.use.isEnabled, timeout=20_000)
    dialog.use.click()
    title = Path(name).stem
    qtbot.waitUntil(lambda: title in window.document.spec.name, timeout=20_000)
    (offer,) = (n for n in window.notices.notices if "does not fit" in n.text)
    offer.button.click()
    window.document.edit_settings("short", Settings(epochs=4 if name == "adult.data" else 30))
    assert window.document.verdict.can_train, window.document.verdict.first_error

    window.commands["train"].trigger()
    qtbot.waitUntil(lambda: window.runner.state in ("finished", "failed"), timeout=60_000)
    assert window.runner.state == "finished", window.notices.texts
    history = window.document.trained.history
    if least is None:  # miles per gallon; a table's mean alone misses by 6.5
        assert history[-1].val_metric < 3.5
    else:
        assert history[-1].val_metric > least
    window.close()
