"""The window's cross-validation: a line a fold, mean and deviation, and Cancel at any time."""

from __future__ import annotations

import time

import pytest
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data
from nndesigner.learning.optimizers import Adam
from nndesigner.recipe import parse_recipe
from nndesigner.training.crossval import cross_validate
from nndesigner.training.settings import Settings
from nndesigner.ui.dialogs.cross_validation import CrossValidationDialog

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

GRAPH = parse_recipe("dense 16 relu, dense 3 softmax")


@pytest.fixture(autouse=True, scope="module")
def _compiled() -> None:
    """The engine is compiled before anybody waits for a fold."""
    cross_validate(GRAPH, Settings(epochs=1), open_data("iris"), 2)


def shown(qtbot: QtBot, epochs: int) -> CrossValidationDialog:
    settings = Settings(epochs=epochs, optimizer=Adam(learning_rate=0.01))
    dialog = CrossValidationDialog(GRAPH, settings, open_data("iris"))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_every_fold_and_their_mean_are_shown(qtbot: QtBot) -> None:
    dialog = shown(qtbot, 30)
    dialog.folds.setValue(4)
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    assert dialog.outcome is not None
    rows = dialog.table.table._rows
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert sum(int(row[2]) for row in rows) == 150
    mean = f"{dialog.outcome.mean:.1%}".replace("%", " %")
    assert f"Accuracy {mean} ± " in dialog.summary.text()
    assert dialog.start.isEnabled()


def test_it_is_cancelled_at_once(qtbot: QtBot) -> None:
    dialog = shown(qtbot, 1_000_000)
    dialog.start.click()
    qtbot.waitUntil(lambda: "epoch" in dialog.words.text, timeout=60_000)
    assert dialog.close_button.text() == "Cancel"
    assert not dialog.start.isEnabled()
    before = time.monotonic()
    dialog.close_button.click()
    assert not dialog.busy
    assert time.monotonic() - before < 1
    assert dialog.summary.text() == "Cancelled after 0 of 5 folds."
    dialog.close_button.click()
    assert not dialog.isVisible()
