"""The matrix counts right, says what a cell means, and numbers get a scatter instead."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data
from nndesigner.data.dataset import Origin, Spec
from nndesigner.graph import Graph
from nndesigner.report import check
from nndesigner.training.feed import Feed
from nndesigner.training.settings import Settings
from nndesigner.ui import theme
from nndesigner.ui.views.base import RunInfo
from nndesigner.ui.views.confusion import ConfusionView, cell_sentence
from nndesigner.ui.views.scatter import errors

# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def view(qtbot: QtBot) -> ConfusionView:
    view = ConfusionView()
    qtbot.addWidget(view)
    view.resize(1280, 240)
    view.show()
    return view


def matrix(info: RunInfo, wrong: int = 12) -> np.ndarray:
    """All rows right but some eights that were taken for threes."""
    assert info.prepared is not None
    counts = np.diag(np.bincount(info.prepared.y_val, minlength=10))
    counts[8, 8] -= wrong
    counts[8, 3] += wrong
    return counts


def test_empty_it_says_what_to_press(
    view: ConfusionView, digits: RunInfo, without_rows: Callable[[RunInfo], RunInfo]
) -> None:
    view.attach(Feed(), digits)
    assert view.is_empty
    assert "Press Train" in view.empty_sentence
    view.attach(Feed(), without_rows(digits))
    assert "validation share" in view.empty_sentence


def test_the_numbers_are_those_of_the_mailbox(view: ConfusionView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    counts = matrix(digits)
    feed.post_snapshot("confusion", 3, counts)
    view.refresh()
    assert not view.is_empty
    shown = [[int(text) if text else 0 for text in row] for row in view.grid.texts]
    assert shown == counts.tolist()
    total = int(counts.sum())
    figures = "\n".join(view.figures)
    assert f"{total - 12:,} of {total:,} validation rows are right" in figures
    assert f"{100 * (total - 12) / total:.1f} %" in figures
    assert "8 taken for 3, 12×" in figures
    assert "after epoch 3" in figures
    largest = counts.sum(axis=1).max() / total
    assert f"{100 * largest:.1f} %" in figures


def test_it_is_live_after_every_epoch(view: ConfusionView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    for epoch, wrong in enumerate((30, 20, 5), start=1):
        feed.post_snapshot("confusion", epoch, matrix(digits, wrong))
        view.refresh()
        assert view.grid.texts[8][3] == str(wrong)
        assert f"after epoch {epoch}" in view.figures


def test_a_cell_says_what_it_means(view: ConfusionView, digits: RunInfo, qtbot: QtBot) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("confusion", 1, matrix(digits))
    view.refresh()
    place = view.grid.cell_rect(8, 3).center()
    assert view.grid.cell_at(place) == (8, 3)
    qtbot.mouseMove(view.grid.viewport(), place)
    view.grid.hovered.emit(8, 3)
    assert view.sentence.startswith("12 rows of class 8 were taken for 3")
    with qtbot.waitSignal(view.cell_chosen) as chosen:
        qtbot.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [8, 3]


def test_sentences_fit_one_none_and_many() -> None:
    counts = np.array([[3, 1], [0, 0]])
    names = ("cat", "dog")
    assert cell_sentence(counts, names, 0, 1) == (
        "1 row of class cat was taken for dog (25.0 % of them)"
    )
    assert cell_sentence(counts, names, 0, 0).startswith("3 rows of class cat were recognized")
    assert cell_sentence(counts, names, 1, 0) == "0 rows of class dog were taken for cat"


def test_arrow_keys_walk_over_the_cells(view: ConfusionView, digits: RunInfo, qtbot: QtBot) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("confusion", 1, matrix(digits))
    view.refresh()
    view.grid.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(view.grid, key)
    assert view.grid.cell == (1, 1)
    assert "class 1" in view.sentence


def test_shading_is_the_share_of_the_row_and_ink_stays_readable(
    view: ConfusionView, digits: RunInfo
) -> None:
    feed = Feed()
    view.attach(feed, digits)
    counts = matrix(digits)
    feed.post_snapshot("confusion", 1, counts)
    view.refresh()
    image = view.grid.image
    assert image.pixelColor(0, 0).name() == "#ffea46"  # all of the row: the end of cividis
    assert image.pixelColor(1, 0).name() == theme.tokens().neutral
    assert view.grid.texts[0][1] == "0"  # an empty cell is no hole in the matrix
    for row, column in ((0, 0), (0, 1), (8, 3), (8, 8)):
        fill, ink = image.pixelColor(column, row), view.grid._inks[row][column]
        light = sorted((_luminance(fill), _luminance(ink)))
        assert (light[1] + 0.05) / (light[0] + 0.05) >= 4.5


def _luminance(color: object) -> float:
    parts = [color.redF(), color.greenF(), color.blueF()]  # type: ignore[attr-defined]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_hundred_classes_scroll(view: ConfusionView) -> None:
    spec = Spec(
        name="many",
        rows=1000,
        task="classification",
        input_shape=(2,),
        outputs=100,
        classes=tuple(f"<b>class</b> {n}" for n in range(100)),
    )
    info = RunInfo(spec=spec, graph=Graph(), report=check(Graph(), (2,)), settings=Settings())
    feed = Feed()
    view.attach(feed, info)
    feed.post_snapshot("confusion", 1, np.eye(100, dtype=np.int64) * 5)
    view.refresh()
    assert view.grid.verticalScrollBar().maximum() > 0
    assert view.grid.horizontalScrollBar().maximum() > 0
    view.grid.horizontalScrollBar().setValue(view.grid.horizontalScrollBar().maximum())
    assert view.grid.cell_rect(0, 99).right() <= view.grid.viewport().width() + 1
    assert not view.grab().isNull()


def test_a_matrix_that_does_not_fit_is_not_shown(view: ConfusionView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("confusion", 1, np.zeros((3, 3), np.int64))
    view.refresh()
    feed.post_snapshot("confusion", 1, np.zeros((10, 10), np.int64))
    view.refresh()
    assert view.is_empty


def test_the_theme_reaches_the_cells(view: ConfusionView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("confusion", 1, matrix(digits))
    view.refresh()
    theme.apply("dark")
    assert view.grid.image.pixelColor(1, 0).name() == theme.DARK.neutral
    assert view.grab().toImage().pixelColor(QPoint(2, 2)).name() == theme.DARK.panel


def test_numbers_get_a_scatter_in_real_units(view: ConfusionView, lengths: RunInfo) -> None:
    assert lengths.prepared is not None
    feed = Feed()
    view.attach(feed, lengths)
    assert "Press Train" in view.empty_sentence
    outputs = lengths.prepared.y_val + np.float32(0.0005)
    feed.post_snapshot("predictions", 2, outputs)
    view.refresh()
    x, y = view.scatter.dots
    assert x == pytest.approx(lengths.prepared.y_val[:, 0] * 1000, rel=1e-5)
    assert y - x == pytest.approx(np.full(len(x), 0.5), abs=1e-4)
    assert "0.500" in view.scatter.figures
    assert view.scatter.chart.names == ("True length", "Predicted length")


def test_predictions_that_ran_away_do_not_break_the_scatter(
    view: ConfusionView, lengths: RunInfo
) -> None:
    assert lengths.prepared is not None
    feed = Feed()
    view.attach(feed, lengths)
    outputs = lengths.prepared.y_val.copy()
    outputs[:5] = np.nan
    outputs[5] = np.inf
    outputs[6] = 3e38
    feed.post_snapshot("predictions", 1, outputs)
    with np.errstate(over="ignore"):
        view.refresh()
    assert not view.grab().isNull()
    assert np.isfinite(view.scatter.dots[1]).all()
    assert "not numbers" in view.scatter.figures


def test_scatter_figures_are_saved(view: ConfusionView, lengths: RunInfo, tmp_path: Path) -> None:
    assert lengths.prepared is not None
    feed = Feed()
    view.attach(feed, lengths)
    feed.post_snapshot("predictions", 1, lengths.prepared.y_val)
    view.refresh()
    view.scatter.write_figures(tmp_path / "p.csv")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["true", "predicted"]
    assert len(rows) == 1 + len(lengths.prepared.y_val)


def test_scatter_figures_never_replace_the_data_and_a_failure_is_said(
    view: ConfusionView, lengths: RunInfo, tmp_path: Path
) -> None:
    table = tmp_path / "data.csv"
    table.write_text("the data")
    dataset = replace(open_data("iris"), origin=Origin(kind="csv", path=str(table)))
    view.attach(Feed(), replace(lengths, dataset=dataset))
    told: list[str] = []
    view.message.connect(told.append)
    view.scatter.save_figures(table)
    assert table.read_text() == "the data"
    assert "holds the open data" in told[-1]
    view.scatter.save_figures(tmp_path / "nowhere" / "p.csv")
    assert told[-1].startswith("Could not save")


def test_the_errors_are_those_of_the_books() -> None:
    truth = np.array([1.0, 2.0, 3.0], np.float32)
    assert errors(truth, truth) == (0.0, 1.0)
    assert errors(truth, np.full(3, 2.0, np.float32)) == pytest.approx((2 / 3, 0.0))
    assert np.isnan(errors(truth, np.full(3, np.nan, np.float32))).all()


def test_ten_classes_need_no_scroll_bars_on_a_small_screen(
    view: ConfusionView, digits: RunInfo
) -> None:
    view.resize(400, 168)
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("confusion", 1, matrix(digits))
    view.refresh()
    view.grab()
    assert view.grid.verticalScrollBar().maximum() == 0
    assert view.grid.horizontalScrollBar().maximum() == 0
