"""Training settings: what can be typed, what is refused, and what Automatic means now."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from nndesigner.declare import fields_of
from nndesigner.learning.losses import MeanSquaredError
from nndesigner.learning.optimizers import Momentum, Nesterov
from nndesigner.learning.regularization import Regularization
from nndesigner.learning.schedules import Cosine, Plateau
from nndesigner.training.settings import LIVE, NOT_FOR_WHOLE_DATA, Settings
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
    QApplication.processEvents()
    place = panel.loss.pos()
    panel.set_running(True)
    QApplication.processEvents()
    assert panel.running_note.isVisible()
    assert panel.loss.pos() == place  # nothing moves under the mouse


def test_what_waits_for_the_next_run_is_named(panel):
    """Class weights once were left out, and a run that was on ignored them in silence."""
    note = panel.running_note.toolTip().lower()
    note = note[: note.index("all others")]
    waiting = [field for field in fields_of(Settings) if field.name not in LIVE]
    for field in waiting:
        if field.name != "class_weights":  # they come with the choice of class weights
            words = field.title.lower().removesuffix("e" if field.name == "shuffle" else "")
            assert words in note, field.name
    for name in LIVE:
        assert name not in note


def test_l_bfgs_shows_no_setting_that_it_takes_no_notice_of(panel, document):
    rows = panel.form.rows
    assert rows["batch_size"].isVisible()
    panel.optimizer.choice.type_text("lbfgs")
    assert [name for name in NOT_FOR_WHOLE_DATA if not rows[name].isHidden()] == []
    assert rows["epochs"].isVisible()
    panel.optimizer.choice.type_text("adam")
    assert rows["batch_size"].isVisible()
    assert rows["shuffle"].isVisible()


def test_a_schedule_shows_its_fields_and_its_curve(panel, document):
    assert panel.picture.isHidden()
    panel.schedule.choice.type_text("cosine")
    assert isinstance(document.settings.schedule, Cosine)
    assert panel.picture.isVisible()
    shares = [share for _, share in panel.picture.points]
    assert shares[0] == 1.0
    assert shares[-1] < 0.02  # the last step of the run still moves
    assert shares == sorted(shares, reverse=True)
    panel.schedule_form.rows["warmup"].editor.type_text("1")
    assert document.settings.schedule.warmup == 1.0
    assert panel.picture.points[0][1] == pytest.approx(1 / 3)  # the first of three steps
    assert "over 5 epochs" in panel.picture.toolTip()
    panel.schedule.choice.type_text("plateau")
    assert document.settings.schedule == Plateau(warmup=1.0)  # the warm-up means the same
    assert "nobody knows" in panel.picture.toolTip()
    panel.schedule.dot.click()
    assert panel.picture.isHidden()


def test_groups_are_folded_and_say_what_is_on(panel, document):
    group = panel.groups["regularization"]
    assert group.form.isHidden()
    assert group.words.text() == "Off"
    group.button.click()
    assert group.form.isVisible()
    group.form.rows["l2"].editor.type_text("0.001")
    assert document.settings.regularization == Regularization(l2=0.001)
    assert group.words.text() == "L2 0.001"
    group.dot.click()
    assert document.settings.regularization == Regularization()
    document.undo_stack.undo()
    assert group.words.text() == "L2 0.001"
    group.form.rows["l2"].editor.type_text("-1")
    assert document.settings.regularization == Regularization(l2=0.001)
    assert group.form.rows["l2"].message.isVisible()


def test_early_stopping_says_that_the_best_is_kept(panel, document):
    group = panel.groups["stopping"]
    assert group.words.text() == "Best kept"
    group.button.click()
    assert not group.form.rows["patience"].isVisible()
    group.form.rows["stop_early"].editor.type_text("yes")
    assert group.form.rows["patience"].isVisible()
    assert group.words.text() == "After 10 epochs, best kept"


def test_the_batch_is_chosen_in_words(panel, document):
    panel.form.rows["batching"].editor.type_text("whole")
    assert document.settings.batching == "whole"
    assert not panel.form.rows["batch_size"].isVisible()
    assert document.settings.batch_rows(90) == 90
    panel.form.rows["batching"].editor.type_text("one")
    assert document.settings.batch_rows(90) == 1
