"""Curves appear, stay bounded, survive every number, and are saved as they are."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from nndesigner.training.feed import Feed, Point, SlicePoint
from nndesigner.ui import theme
from nndesigner.ui.views.base import RunInfo
from nndesigner.ui.views.curves import CurvesView

Post = Callable[[Feed, int, int], None]
# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def view(qtbot: QtBot) -> CurvesView:
    view = CurvesView()
    qtbot.addWidget(view)
    view.resize(1280, 240)
    view.show()
    return view


def test_empty_it_says_what_to_press(view: CurvesView, digits: RunInfo) -> None:
    assert view.is_empty
    view.attach(Feed(), digits)
    assert view.is_empty
    assert "Press Train" in view.empty_sentence


def test_points_appear_as_they_are_posted(view: CurvesView, digits: RunInfo, post: Post) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 3)
    view.refresh()
    assert not view.is_empty
    x, y = view.loss_chart.line("train")
    assert x.tolist() == [1, 2, 3]
    assert y.tolist() == pytest.approx([2.0, 1.0, 2 / 3])
    post(feed, 4, 8)
    view.refresh()
    assert len(view.loss_chart.line("val")[0]) == 8
    assert view.metric_chart.line("train")[1][-1] == pytest.approx(100 * (1 - 0.5 / 8))
    assert len(view.loss_chart.line("slices")[0]) == 8
    texts = [label.text for label in view.loss_chart.ends.labels]
    assert texts == ["training 0.250", "validation 0.330"]


def test_the_best_epoch_is_the_one_that_validation_says(
    view: CurvesView, digits: RunInfo, post: Post
) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 30)
    view.refresh()
    losses = [point.val_loss or 0.0 for point in view.points]
    best = 1 + int(np.argmin(losses))
    assert f"after epoch {best}" in view.loss_chart.caption.text
    assert "after epoch 30" in view.metric_chart.caption.text


def test_a_loaded_project_shows_its_last_curves(view: CurvesView, digits: RunInfo) -> None:
    history = tuple(Point(epoch=n, loss=1 / n, metric=0.5) for n in range(1, 6))
    view.attach(None, dataclasses.replace(digits, history=history))
    assert view.points == history
    assert len(view.loss_chart.line("val")[0]) == 0
    assert [label.text for label in view.loss_chart.ends.labels] == ["training 0.200"]


def test_a_run_that_goes_on_is_appended_and_a_new_one_replaces(
    view: CurvesView, digits: RunInfo, post: Post
) -> None:
    history = tuple(Point(epoch=n, loss=1 / n, metric=0.5) for n in range(1, 6))
    feed = Feed()
    view.attach(feed, dataclasses.replace(digits, history=history))
    post(feed, 6, 7)
    view.refresh()
    assert [point.epoch for point in view.points] == list(range(1, 8))
    feed = Feed()
    view.attach(feed, dataclasses.replace(digits, history=history))
    post(feed, 1, 2)
    view.refresh()
    assert [point.epoch for point in view.points] == [1, 2]
    assert len(view.loss_chart.line("train")[0]) == 2


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e-310, 1e308, 0.0, -1.0], ids=str)
def test_no_number_breaks_a_plot(view: CurvesView, digits: RunInfo, bad: float) -> None:
    feed = Feed()
    view.attach(feed, digits)
    for epoch, value in enumerate((1.0, bad, 0.5, bad), start=1):
        feed.post_slice(SlicePoint(step=epoch, epoch=epoch, loss=value))
        feed.post(Point(epoch=epoch, loss=value, metric=value, val_loss=value, val_metric=value))
    for log in (False, True, False):
        view.loss_chart.set_log(log)
        view.metric_chart.set_log(log)
        view.refresh()
        assert not view.grab().isNull()
        for chart in (view.loss_chart, view.metric_chart):
            assert np.isfinite(chart.item.getViewBox().viewRange()).all()
            assert all(np.isfinite(chart.line(name)[1]).all() for name in chart.lines)


def test_only_bad_numbers_leave_an_empty_frame(view: CurvesView, digits: RunInfo) -> None:
    feed = Feed()
    feed.post(Point(epoch=1, loss=math.nan, metric=math.nan, val_loss=math.nan))
    view.attach(feed, digits)
    assert not view.grab().isNull()
    assert view.loss_chart.ends.labels == ()


def test_a_million_slices_stay_bounded_and_real(view: CurvesView, digits: RunInfo) -> None:
    feed = Feed()
    losses = np.random.default_rng(1).random(1_000_000)
    feed._slices.extend(
        SlicePoint(step=index, epoch=index / 10_000, loss=loss)
        for index, loss in enumerate(losses.tolist())
    )
    view.attach(feed, digits)
    x, y = view.loss_chart.line("slices")
    assert len(x) <= 2100
    assert y.max() == losses.max()
    assert y.min() == losses.min()
    assert (losses[np.rint(x * 10_000).astype(int)] == y).all()


def test_nothing_new_costs_nothing(
    view: CurvesView, digits: RunInfo, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 2)
    view.refresh()
    monkeypatch.setattr(CurvesView, "update_view", lambda self: pytest.fail("drawn again"))
    view.refresh()


def test_the_epoch_axis_has_whole_numbers(view: CurvesView, digits: RunInfo, post: Post) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 1)
    view.refresh()
    axis = view.loss_chart.item.getAxis("bottom")
    for step, values in axis.tickValues(0.0, 1.0, 600):
        assert step >= 1
        assert axis.tickStrings(values, 1, step) == [f"{value:.0f}" for value in values]


@pytest.mark.parametrize("span", [(0.5, 0.6), (-3.0, 1.0), (-15.0, 15.0)])
def test_a_log_axis_has_a_few_ticks_that_lie_apart(
    view: CurvesView, span: tuple[float, float]
) -> None:
    view.loss_chart.set_log(True)
    axis = view.loss_chart.item.getAxis("left")
    ((_, values),) = axis.tickValues(*span, 160)
    places = sorted(values)
    assert len(places) <= 9
    assert all(b - a > (span[1] - span[0]) * 0.05 for a, b in itertools.pairwise(places))
    assert len(axis.tickStrings(places, 1, 1)) == len(places)


def test_the_cross_hair_tells_a_measured_epoch(
    view: CurvesView, digits: RunInfo, post: Post
) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 10)
    view.refresh()
    rest = view.loss_chart.caption.text
    view.loss_chart.hovered.emit(4.2)
    assert view.loss_chart.caption.text == "Epoch 4: training 0.500, validation 0.700"
    assert view.metric_chart.caption.text == "Epoch 4: training 87.5 %, validation 80.0 %"
    assert view.metric_chart.cross.isVisible()
    view.loss_chart.hovered.emit(math.nan)
    assert view.loss_chart.caption.text == rest
    assert not view.loss_chart.cross.isVisible()


def test_the_mouse_moves_the_cross_hair(
    view: CurvesView, digits: RunInfo, post: Post, qtbot: QtBot
) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 10)
    view.refresh()
    box = view.loss_chart.item.getViewBox().sceneBoundingRect()
    view.loss_chart.plot.scene().sigMouseMoved.emit(box.center())
    assert "Epoch" in view.loss_chart.caption.text
    view.loss_chart.plot.scene().sigMouseMoved.emit(box.topLeft() - box.bottomRight())
    assert "best validation" in view.loss_chart.caption.text


def test_zooming_stays_until_everything_is_asked_for(
    view: CurvesView, digits: RunInfo, post: Post
) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 5)
    view.refresh()
    box = view.loss_chart.item.getViewBox()
    box.scaleBy((0.5, 0.5))
    box.sigRangeChangedManually.emit([True, True])
    before = box.viewRange()
    post(feed, 6, 20)
    view.refresh()
    assert box.viewRange() == before
    view.loss_chart.fit()
    assert box.viewRange()[0][1] >= 20


def test_regression_shows_its_error_in_the_units_of_the_target(
    view: CurvesView, lengths: RunInfo
) -> None:
    feed = Feed()
    view.attach(feed, lengths)
    for epoch, error in enumerate((12.0, 3.0, 5.0), start=1):
        feed.post(Point(epoch=epoch, loss=1, metric=error, val_loss=1, val_metric=error))
    view.refresh()
    assert view.metric_chart.title.text() == "Mean absolute error"
    assert view.metric_chart.names == ("Epoch", "Error of length")
    assert view.metric_chart.line("val")[1].tolist() == [12, 3, 5]
    assert "best validation 3.00 after epoch 2" in view.metric_chart.caption.text


def test_the_figures_are_saved_as_they_are(
    view: CurvesView, digits: RunInfo, post: Post, tmp_path: Path
) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 3)
    feed.post(Point(epoch=4, loss=0.1, metric=0.99))
    view.refresh()
    view.save_figures(tmp_path / "f.csv")
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3, 4]
    assert float(rows[1]["loss"]) == 1.0
    assert rows[3]["val_loss"] == ""
    view.save_picture(tmp_path / "f.png")
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OSError, match="nowhere"):
        view.save_picture(tmp_path / "nowhere" / "f.png")


def test_a_failed_saving_is_said(
    view: CurvesView, digits: RunInfo, post: Post, tmp_path: Path, qtbot: QtBot
) -> None:
    from PySide6.QtWidgets import QFileDialog

    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 2)
    view.refresh()
    for place, word in (
        (tmp_path / "no" / "f.csv", "Could not save"),
        (tmp_path / "f.csv", "Saved"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(QFileDialog, "getSaveFileName", lambda *a, p=place: (str(p), ""))
            with qtbot.waitSignal(view.message) as heard:
                view.loss_chart.export_figures.emit()
        assert heard.args[0].startswith(word)
    assert (tmp_path / "f.csv").exists()


def test_the_menu_offers_scale_copy_and_export(
    view: CurvesView, digits: RunInfo, post: Post
) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 5)
    view.refresh()
    menu = view.loss_chart.menu()
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert set(actions) == {
        "Logarithmic scale",
        "Show all",
        "Copy picture",
        "Save picture…",
        "Save figures…",
    }
    actions["Logarithmic scale"].trigger()
    assert view.loss_chart.log
    assert view.loss_chart.log_button.isChecked()
    actions["Copy picture"].trigger()
    assert not QGuiApplication.clipboard().pixmap().isNull()


def test_the_theme_reaches_every_line(view: CurvesView, digits: RunInfo, post: Post) -> None:
    feed = Feed()
    view.attach(feed, digits)
    post(feed, 1, 5)
    view.refresh()
    for mode in ("dark", "light"):
        theme.apply(mode)  # type: ignore[arg-type]
        t = theme.tokens()
        curve = view.loss_chart.lines["train"][0]
        assert curve.opts["pen"].color().name() == t.curve_train.lower()
        assert view.loss_chart.ends.labels[0].color == t.curve_train
        corner = view.loss_chart.plot.grab().toImage().pixelColor(QPoint(1, 1))
        assert corner.name() == t.panel
