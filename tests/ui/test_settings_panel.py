"""Training settings: what can be typed, what is refused, and what Automatic means now."""

from __future__ import annotations

import pytest

from nndesigner.learning.losses import MeanSquaredError
from nndesigner.learning.optimizers import Momentum, Nesterov
from nndesigner.ui.settings_panel import SettingsPanel
from tests.ui import fakes


@pytest.fixture
def document(qtbot):
    return fakes.document()


@pytest.fixture
def panel(qtbot, document):
    widget = SettingsPanel(document)
    qtbot.addWidget(widget)
    widget.resize(324, 400)
    widget.show()
    return widget


def rate(panel):
    return panel.optimizer_form.rows["learning_rate"]


@pytest.mark.parametrize(("text", "value"), [("0,01", 0.01), ("1e-3", 0.001), (" 0.5 ", 0.5)])
def test_a_learning_rate_is_read_as_people_write_it(panel, document, text, value):
    rate(panel).editor.type_text("0.3")
    rate(panel).editor.type_text(text)
    assert document.settings.optimizer.learning_rate == value
    assert not rate(panel).message.isVisible()


@pytest.mark.parametrize("text", ["0", "-0.1", "nan", "inf", "1e9", "fast", "", "1,5,2"])
def test_a_bad_learning_rate_is_refused_with_the_range(panel, document, text):
    rate(panel).editor.type_text(text)
    assert document.settings.optimizer.learning_rate == 0.001
    assert "above 0 and at most 1,000,000" in rate(panel).message.text()
    assert rate(panel).message.isVisible()
    assert rate(panel).editor.box.text() == text


def test_the_slider_feels_the_rate_on_a_log_scale(panel, document):
    slider = rate(panel).editor.slider
    slider.setValue(0)
    assert document.settings.optimizer.learning_rate == pytest.approx(1e-6)
    slider.setValue(slider.maximum())
    assert document.settings.optimizer.learning_rate == pytest.approx(10.0)
    assert document.undo_stack.count() == 1  # one drag


def test_another_optimizer_brings_its_own_rate_and_fields(panel, document):
    panel.optimizer.choice.type_text("momentum")
    assert document.settings.optimizer == Momentum()
    assert "momentum" in panel.optimizer_form.rows
    panel.optimizer_form.rows["momentum"].editor.type_text("0.5")
    panel.optimizer.choice.type_text("nesterov")
    assert document.settings.optimizer == Nesterov(momentum=0.5)
    panel.optimizer.dot.click()
    assert document.settings.optimizer.kind == "adam"
    document.undo_stack.undo()
    assert panel.optimizer.choice.value == "nesterov"


def test_a_loss_can_be_chosen_and_says_its_formula(panel, document):
    panel.loss.choice.type_text("mse")
    assert document.settings.loss == MeanSquaredError()
    assert "Σ" in panel.loss_note.text()


def test_automatic_says_what_it_means_now(panel, document):
    meant = document.verdict.loss
    assert meant is not None
    assert meant.title in panel.loss_note.text()


def test_a_share_is_typed_in_percent(panel, document):
    row = panel.form.rows["validation_share"]
    assert row.editor.box.text() == "20 %"
    row.editor.type_text("35")
    assert document.settings.validation_share == pytest.approx(0.35)
    row.editor.type_text("12,5 %")
    assert document.settings.validation_share == pytest.approx(0.125)
    row.editor.type_text("100")
    assert document.settings.validation_share == pytest.approx(0.125)
    assert row.message.isVisible()


def test_whole_numbers_and_switches_reach_the_settings(panel, document):
    panel.form.rows["epochs"].editor.type_text("7")
    panel.form.rows["batch_size"].editor.type_text("16")
    panel.form.rows["seed"].editor.type_text("42")
    panel.form.rows["shuffle"].editor.type_text("no")
    settings = document.settings
    assert (settings.epochs, settings.batch_size, settings.seed) == (7, 16, 42)
    assert settings.shuffle is False
    assert document.undo_stack.count() == 4


def test_no_epochs_are_refused(panel, document):
    panel.form.rows["epochs"].editor.type_text("0")
    assert document.settings.epochs == 5
    assert "from 1 to 1,000,000" in panel.form.rows["epochs"].message.text()


def test_undo_shows_the_former_value(panel, document):
    panel.form.rows["epochs"].editor.type_text("7")
    document.undo_stack.undo()
    assert panel.form.rows["epochs"].editor.text() == "5"


def test_while_training_it_says_what_counts_at_once(panel):
    assert panel.running_note.isHidden()
    panel.set_running(True)
    assert panel.running_note.isVisible()
