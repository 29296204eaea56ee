"""The figures are the mailbox's, stand beside a guess, and one of them is drawn as a curve."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from nndesigner.training.feed import Feed, Point
from nndesigner.training.metrics import TITLES, metrics_of
from nndesigner.ui import theme
from nndesigner.ui.views import VIEWS
from nndesigner.ui.views.base import RunInfo
from nndesigner.ui.views.results import ResultsView

# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def view(qtbot: QtBot) -> ResultsView:
    view = ResultsView()
    qtbot.addWidget(view)
    view.resize(1280, 260)
    view.show()
    return view


def posted(view: ResultsView, info: RunInfo, epochs: int = 3) -> Feed:
    """A feed with epochs and the figures of outputs that are mostly right."""
    assert info.prepared is not None
    feed = Feed()
    view.attach(feed, info)
    y = info.prepared.y_val
    if info.spec.task == "classification":
        outputs = 0.8 * np.eye(len(info.spec.classes), dtype=np.float32)[y]
        outputs[: len(y) // 4] = np.roll(outputs[: len(y) // 4], 1, axis=1)
        figures = {"balanced_accuracy": 0.5, "f1_macro": 0.4}
    else:
        outputs = np.asarray(y, np.float32).reshape(len(y), -1) * 0.9
        figures = {"rmse": 12.0, "r2": 0.5}
    for epoch in range(1, epochs + 1):
        grown = {name: value + 0.1 * epoch for name, value in figures.items()}
        feed.post(
            Point(epoch=epoch, loss=1, metric=0.5, val_loss=1, val_metric=0.6, val_figures=grown)
        )
    found = metrics_of(outputs, y, info.spec, info.prepared.encoding)
    feed.post_snapshot("metrics", epochs, found)
    view.refresh()
    return feed


def cells(view: ResultsView, table: str) -> list[list[str]]:
    model = getattr(view, table).model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_it_is_one_of_the_views() -> None:
    assert ResultsView in VIEWS
    assert ResultsView.wants == {"metrics"}


def test_empty_it_says_what_to_press(
    view: ResultsView, digits: RunInfo, without_rows: Callable[[RunInfo], RunInfo]
) -> None:
    view.attach(Feed(), digits)
    assert view.is_empty
    assert "Press Train" in view.empty_sentence
    view.attach(Feed(), without_rows(digits))
    assert "validation share" in view.empty_sentence


def test_figures_stand_beside_the_guess(view: ResultsView, digits: RunInfo) -> None:
    posted(view, digits)
    rows = {row[0]: row[1:] for row in cells(view, "figures")}
    assert list(rows) == [TITLES[name] for name in view.found.figures]  # type: ignore[union-attr]
    assert rows["Accuracy"][0] == "75.1 %"
    assert float(rows["Accuracy"][1].rstrip("%")) < 13
    assert rows["AUC"][1] == "0.500"
    assert "after epoch 3" in view.note.text
    parts = cells(view, "parts")
    assert [row[0] for row in parts] == list("0123456789")
    assert len(parts[0]) == 6
    assert view.parts_heading.text() == "Classes"


def test_the_chosen_figure_is_drawn(view: ResultsView, digits: RunInfo, qtbot: QtBot) -> None:
    feed = posted(view, digits)
    assert view.chosen == "f1_macro"
    np.testing.assert_allclose(view.chart.line("val")[1], [50, 60, 70])
    place = view.figures.visualRect(view.figures.model().index(1, 0)).center()
    qtbot.mouseClick(view.figures.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert view.chosen == "balanced_accuracy"
    np.testing.assert_allclose(view.chart.line("val")[1], [60, 70, 80])
    view.choose("top_5")  # it is measured at the end of an epoch alone, when the view is seen
    assert view.chosen == "balanced_accuracy"
    assert view.figures.selectionModel().selectedRows()[0].row() == 1
    view.choose("accuracy")
    np.testing.assert_allclose(view.chart.line("val")[1], [60, 60, 60])
    feed.post(Point(epoch=4, loss=1, metric=1, val_metric=0.9, val_figures={}))
    view.refresh()
    assert view.chart.line("val")[1][-1] == pytest.approx(90)


def test_a_narrow_place_keeps_the_figures(view: ResultsView, digits: RunInfo) -> None:
    posted(view, digits)
    assert view.chart.isVisible()
    assert len(view.figures.selectionModel().selectedRows()) == 1
    view.resize(700, 260)
    assert not view.chart.isVisible()
    assert not view.figures.selectionModel().hasSelection()  # no curve: no row stands out
    assert view.parts.isVisible()
    view.resize(400, 260)
    assert not view.parts.isVisible()
    assert view.figures.isVisible()


def test_another_run_forgets_and_a_theme_is_taken(view: ResultsView, digits: RunInfo) -> None:
    posted(view, digits)
    try:
        theme.apply("dark")
        assert not view.grab().isNull()
    finally:
        theme.apply("light")
    view.attach(Feed(), digits)
    assert view.is_empty
    assert view.found is None


def test_numbers_have_targets_and_their_own_figures(view: ResultsView, lengths: RunInfo) -> None:
    posted(view, lengths)
    assert view.parts_heading.text() == "Targets"
    assert view.chosen == "rmse"
    rows = {row[0]: row[1:] for row in cells(view, "figures")}
    assert list(rows) == [TITLES["mae"], TITLES["rmse"], TITLES["r2"]]
    assert rows["R²"][1] == "0.000"
    assert len(cells(view, "parts")) == lengths.spec.outputs
    view.choose("r2")
    np.testing.assert_allclose(view.chart.line("val")[1], [0.6, 0.7, 0.8])


def test_the_first_figures_stay_in_sight_in_a_low_view(view: ResultsView, digits: RunInfo) -> None:
    view.resize(1000, 160)  # wide enough for the curve, so that a row is marked
    posted(view, digits)
    assert view.chosen == "f1_macro"
    assert view.figures.selectionModel().selectedRows()
    assert view.figures.verticalScrollBar().maximum() > 0
    assert view.figures.verticalScrollBar().value() == 0
