"""Continue in the window: after Stop, after the last epoch, and when it cannot be."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QInputDialog

from nndesigner.layers import Dense, Dropout
from nndesigner.learning.optimizers import SGD
from nndesigner.learning.regularization import Regularization
from nndesigner.training.trainer import Trainer
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.runner import Runner
from nndesigner.ui.window import MainWindow
from tests.ui import fakes

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def document(qtbot):
    return fakes.document()


@pytest.fixture
def runner(document):
    return Runner(document, prepare=fakes.prepare)


def trained_to_the_end(qtbot, runner):
    qtbot.waitUntil(lambda: not runner.active, timeout=90_000)


def test_more_epochs_go_on_from_the_last_one(qtbot, document, runner):
    assert runner.cannot_continue == "Nothing was trained yet"
    runner.train()
    trained_to_the_end(qtbot, runner)
    assert runner.epochs_left == 0
    runner.go_on(3)
    assert document.settings.epochs == 8
    assert "Training is on" in runner.cannot_continue
    trained_to_the_end(qtbot, runner)
    assert [point.epoch for point in runner.feed.points()] == list(range(1, 9))
    assert [point.epoch for point in document.trained.history] == list(range(1, 9))
    prepared = fakes.prepare(document.dataset, 0.2, document.settings.seed)
    whole = Trainer(document.graph, document.settings, prepared).train()
    for name, weight in whole.weights.items():
        assert weight.tobytes() == document.trained.weights[name].tobytes()


def test_it_says_why_it_cannot_go_on(qtbot, document, runner):
    runner.train()
    trained_to_the_end(qtbot, runner)
    document.edit_settings("other", document.settings.changed(optimizer=SGD()))
    assert "remembers other things" in runner.cannot_continue
    heard = []
    runner.failed.connect(heard.append)
    runner.go_on()
    assert heard == [runner.cannot_continue]
    document.undo_stack.undo()
    node = next(node for node in document.graph.nodes if isinstance(node.layer, Dense))
    document.edit("wider", document.graph.with_layer(node.id, node.layer.changed(units=9)))
    assert "no longer the one that was trained" in runner.cannot_continue
    document.undo_stack.undo()
    assert runner.cannot_continue == ""


def test_what_may_change_live_reaches_the_run(qtbot, document):
    runner = Runner(document, prepare=fakes.prepare, make_trainer=fakes.trainer(epoch_s=0.05))
    node = next(node for node in document.graph.nodes if isinstance(node.layer, Dense))
    runner.train()
    qtbot.waitUntil(lambda: len(runner.feed.points()) >= 1, timeout=3000)
    (made,) = fakes.FakeTrainer.made
    held = document.settings.changed(regularization=Regularization(l2=0.1), batch_size=7)
    document.edit_settings("hold", held)
    assert made.changes[-1].regularization.l2 == 0.1
    assert made.changes[-1].batch_size == 7
    document.edit("own", document.graph.with_layer(node.id, node.layer.changed(l1=0.5)))
    assert len(made.changes) == 2
    document.edit("wider", document.graph.with_layer(node.id, node.layer.changed(units=9, l1=0.5)))
    document.edit_settings("seed", document.settings.changed(seed=77))
    assert len(made.changes) == 2  # these wait for the next run
    runner.stop()
    trained_to_the_end(qtbot, runner)


def test_the_command_asks_how_many_more(qtbot, document, runner, tmp_path):
    window = MainWindow(Preferences(tmp_path / "w.json"), document=document, runner=runner)
    window.files.ask_unsaved = lambda running: "discard"
    qtbot.addWidget(window)
    window.show()
    command = window.commands["continue"]
    assert not command.isEnabled()
    assert command.toolTip() == "Nothing was trained yet"
    runner.train()
    trained_to_the_end(qtbot, runner)
    assert command.isEnabled()
    assert "more epochs" in command.toolTip()
    command.trigger()
    dialog = window.findChild(QInputDialog)
    dialog.setIntValue(2)
    dialog.accept()
    trained_to_the_end(qtbot, runner)
    assert len(document.trained.history) == 7
    document.edit_settings("more", document.settings.changed(epochs=9))
    assert "the 2 epochs that are left" in command.toolTip()
    command.trigger()
    trained_to_the_end(qtbot, runner)
    assert len(document.trained.history) == 9
    window.close()


def test_a_live_field_says_so(qtbot):
    from nndesigner.declare import fields_of
    from nndesigner.ui.forms import Row

    (rate,) = (field for field in fields_of(Dropout) if field.name == "rate")
    row = Row(rate)
    qtbot.addWidget(row)
    assert "counts at once for a training that is on" in row.toolTip()
