"""In the window rows become their own targets, and what comes back of them is seen."""

from __future__ import annotations

import dataclasses

import pytest
from pytestqt.qtbot import QtBot

from nndesigner import api
from nndesigner.data import SAME, open_data, prepare
from nndesigner.files.project import Project
from nndesigner.report import check
from nndesigner.training.feed import Feed
from nndesigner.training.predict import predict
from nndesigner.training.settings import Settings
from nndesigner.training.starter import starter
from nndesigner.ui.views.base import RunInfo
from nndesigner.ui.views.data import DataView
from nndesigner.ui.views.predictions import PredictionsView
from nndesigner.ui.views.scatter import AgainstTruth
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def test_the_menu_makes_rows_their_own_targets_and_back(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    document, command = window.document, window.commands["own_target"]
    window.files.take_data(open_data("digits"))
    assert not command.isChecked()
    command.trigger()
    assert document.spec is not None
    assert document.spec.same_as_input
    assert command.isChecked()
    assert "the input" in window.data_bar.text
    document.edit("draw", starter(document.spec))
    assert document.verdict.can_train
    command.trigger()
    assert document.spec.task == "classification"
    document.undo_stack.undo()
    assert command.isChecked()
    window.files.take_data(open_data("circle:points=50"))
    command.trigger()
    window.commands["regenerate"].trigger()
    assert document.spec.same_as_input
    document.mark_discarded()


@pytest.mark.parametrize("name", ["digits", "iris"])
def test_what_comes_back_is_seen(qtbot: QtBot, name: str) -> None:
    dataset = open_data(name, target=SAME)
    graph = starter(dataset.spec)
    settings = Settings(epochs=2)
    project = Project(graph=graph, settings=settings, origin=dataset.origin, spec=dataset.spec)
    trained = api.train(project)
    prepared = prepare(dataset, settings.validation_share, settings.seed)
    feed = Feed()
    outputs = predict(trained, prepared.x_val)
    feed.post_snapshot("predictions", 2, outputs)
    info = RunInfo(
        spec=dataset.spec,
        graph=graph,
        report=check(graph, dataset.spec.input_shape),
        settings=settings,
        prepared=prepared,
        dataset=dataset,
    )
    view = PredictionsView()
    qtbot.addWidget(view)
    view.resize(960, 260)
    view.show()
    view.attach(feed, info)
    if name == "digits":
        assert len(view.pairs.items) == 60
        assert view.pairs.isVisible()
        view.choice.setCurrentIndex(1)
        errors = [error for _, _, error in view.pairs.items]
        assert all(error > 0 for error in errors)
    else:
        assert view.cards[0].guess.startswith("off by")
        assert "→" in view.cards[0].values[0][1]
    assert not view.grab().isNull()
    against = AgainstTruth()
    qtbot.addWidget(against)
    against.attach(info)
    assert against.show_outputs(2, outputs)
    assert len(against.dots[0]) > len(prepared.x_val)
    data = DataView()
    qtbot.addWidget(data)
    data.attach(None, dataclasses.replace(info, prepared=None))
    assert data.current_page == ("pictures" if name == "digits" else "rows")
    qtbot.waitUntil(lambda: not data.busy, timeout=30_000)
