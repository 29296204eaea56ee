"""Views are filled when no trainer serves them: brought to the front later, or of a project."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from nndesigner.ui import filling
from nndesigner.ui.live_views import is_seen
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def window(qtbot, tmp_path):
    preferences = Preferences(tmp_path / "config" / "window.json")
    preferences.set(geometry=[0, 0, 1280, 800])
    window = MainWindow(preferences)
    window.files.ask_unsaved = lambda running: "discard"
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.start_with(None)
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=20_000)
    QApplication.processEvents()
    yield window
    window.close()


def view_of(window, kind):
    return next(view for view in window.live.views if view.kind == kind)


def train(qtbot, window, epochs=2):
    document = window.document
    document.edit_settings("short", document.settings.changed(epochs=epochs))
    window.runner.train()
    qtbot.waitUntil(lambda: not window.runner.active, timeout=120_000)
    assert document.trained is not None


def test_tabs_behind_others_ask_for_nothing(qtbot, window):
    seen = {view.kind for view in window.live.views if is_seen(view)}
    assert seen == {"curves", "weights"}
    assert window.live.wanted() == {"weights"}
    refreshed = []
    hidden = view_of(window, "confusion")
    hidden.refresh = lambda: refreshed.append(1)
    train(qtbot, window)
    assert refreshed.count(1) <= 2  # attached, with and without prepared rows
    assert hidden.is_empty


def test_a_tab_brought_to_the_front_after_the_end_is_filled(qtbot, window):
    train(qtbot, window)
    threads = []
    predict = filling.compute

    def noted(*arguments):
        threads.append(threading.current_thread())
        return predict(*arguments)

    filling.compute = noted
    try:
        window.panels.show("confusion")
        confusion = view_of(window, "confusion")
        qtbot.waitUntil(lambda: not confusion.is_empty, timeout=20_000)
    finally:
        filling.compute = predict
    assert threads
    assert threading.main_thread() not in threads
    last = window.document.trained.history[-1]
    counts = confusion.counts
    assert np.trace(counts) / counts.sum() == pytest.approx(last.val_metric)
    window.panels.show("predictions")
    qtbot.waitUntil(lambda: not view_of(window, "predictions").is_empty, timeout=20_000)


def test_a_tab_brought_to_the_front_while_paused_is_filled(qtbot, window):
    document = window.document
    document.edit_settings("long", document.settings.changed(epochs=100_000))
    window.runner.step()
    qtbot.waitUntil(lambda: window.runner.state == "paused", timeout=120_000)
    window.panels.show("confusion")
    qtbot.waitUntil(lambda: not view_of(window, "confusion").is_empty, timeout=20_000)
    window.runner.stop()
    qtbot.waitUntil(lambda: not window.runner.active, timeout=20_000)


def test_a_trained_project_that_is_opened_shows_what_it_has_learnt(qtbot, window, tmp_path):
    train(qtbot, window)
    last = window.document.trained.history[-1]
    path = tmp_path / "p.nnd"
    window.files.ask_save = lambda *_: path
    assert window.files.save()
    window.files.new()
    window.files.open_path(path)
    qtbot.waitUntil(lambda: window.document.path == path, timeout=20_000)
    confusion, predictions = view_of(window, "confusion"), view_of(window, "predictions")
    window.panels.show("confusion")
    qtbot.waitUntil(lambda: not confusion.is_empty, timeout=20_000)
    assert np.trace(confusion.counts) / confusion.counts.sum() == pytest.approx(last.val_metric)
    window.panels.show("predictions")
    qtbot.waitUntil(lambda: not predictions.is_empty, timeout=20_000)
    assert predictions.cards
    assert not window.document.unsaved
    window.runner.reset()
    assert confusion.is_empty
    assert predictions.is_empty


def test_figures_are_said_to_be_of_the_epoch_whose_weights_are_kept(qtbot, window):
    train(qtbot, window, epochs=3)
    run = window.runner._shown
    run.trained = dataclasses.replace(run.trained, kept_epoch=2)
    window.panels.show("results")
    results = view_of(window, "results")
    qtbot.waitUntil(lambda: not results.is_empty, timeout=20_000)
    assert "after epoch 2" in results.note.text
