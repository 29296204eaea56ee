"""Every figure that the window names beside weights is of the epoch whose weights are kept."""

from __future__ import annotations

import pytest

from nndesigner.learning.optimizers import SGD
from nndesigner.ui.run_panel import loss_text
from tests.ui.test_filling import view_of, window

__all__ = ["window"]  # the fixture
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def train_past_the_best(qtbot, window):
    """A run that gets worse after its best epoch."""
    document = window.document
    document.edit_settings(
        "steep", document.settings.changed(epochs=8, optimizer=SGD(learning_rate=2.0), seed=1)
    )
    window.runner.train()
    qtbot.waitUntil(lambda: not window.runner.active, timeout=120_000)
    trained = document.trained
    assert trained.kept_epoch is not None
    assert trained.kept_point.val_metric != trained.history[-1].val_metric
    return trained


def test_at_the_end_the_strip_shows_the_epoch_that_is_kept(qtbot, window):
    trained = train_past_the_best(qtbot, window)
    kept, figures = trained.kept_point, window.run_panel.figures
    assert f"weights of epoch {kept.epoch} are kept" in window.run_panel.state.text
    assert figures["epoch"].text() == f"kept epoch {kept.epoch}"
    assert figures["loss"].text() == f"train loss {loss_text(kept.loss)}"
    percent = f"{kept.val_metric:.1%}".replace("%", " %")
    assert figures["metric"].text() == f"validation {percent}"
    assert "training rows" in figures["loss"].toolTip()
    assert "validation rows" in figures["metric"].toolTip()
    window.panels.show("results")
    results = view_of(window, "results")
    qtbot.waitUntil(lambda: not results.is_empty, timeout=20_000)
    assert f"after epoch {kept.epoch}" in results.note.text
    assert results.found.figures["accuracy"] == pytest.approx(kept.val_metric)


def test_a_project_that_is_opened_again_names_the_kept_epoch(qtbot, window, tmp_path):
    epoch = train_past_the_best(qtbot, window).kept_epoch
    path = tmp_path / "p.nnd"
    window.files.ask_save = lambda *_: path
    assert window.files.save()
    window.files.new()
    window.files.open_path(path)
    qtbot.waitUntil(lambda: window.document.path == path, timeout=20_000)
    qtbot.waitUntil(lambda: not view_of(window, "weights").is_empty, timeout=20_000)
    assert view_of(window, "weights").caption.text.endswith(f"after epoch {epoch}")
    said = f"Trained for 8 epochs; the weights of epoch {epoch} are kept"
    assert window.run_panel.state.text == said


def test_after_an_epoch_or_stop_the_strip_and_the_curve_say_the_same(qtbot, window):
    document = window.document
    document.edit_settings("long", document.settings.changed(epochs=100_000))
    window.runner.step()
    qtbot.waitUntil(lambda: window.runner.state == "paused", timeout=120_000)
    point = window.runner.feed.points(-1)[0]
    assert window.run_panel.figures["loss"].text() == f"train loss {loss_text(point.loss)}"
    window.runner.resume()
    qtbot.waitUntil(lambda: len(window.runner.feed.points()) > 2, timeout=20_000)
    window.runner.stop()
    qtbot.waitUntil(lambda: not window.runner.active, timeout=20_000)
    trained = document.trained
    shown = window.run_panel.figures["loss"].text()
    assert shown == f"train loss {loss_text(trained.kept_point.loss)}"


def test_a_run_that_learnt_nothing_gets_no_tick(qtbot, window):
    document = window.document
    document.edit_settings(
        "far too steep",
        document.settings.changed(epochs=2, optimizer=SGD(learning_rate=1000.0), seed=1),
    )
    window.runner.train()
    qtbot.waitUntil(lambda: not window.runner.active, timeout=120_000)
    assert window.runner.state == "finished"
    panel = window.run_panel
    assert panel.state.text.startswith(
        "Finished, but the network is no better on the validation rows than always saying "
    )
    assert "lower the learning rate from 1000" in panel.state.text
    assert panel._sentence(window.runner.status)[1:] == ("mdi6.alert-outline", "warning")
