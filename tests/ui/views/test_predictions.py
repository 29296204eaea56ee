"""Cards say truth, prediction and how sure, for the rows that were asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data, prepare
from nndesigner.data.columns import Column
from nndesigner.graph import Graph
from nndesigner.report import check
from nndesigner.training.feed import Feed
from nndesigner.training.settings import Settings
from nndesigner.ui import theme
from nndesigner.ui.views.base import RunInfo
from nndesigner.ui.views.outcome import shares
from nndesigner.ui.views.predictions import MOST_CARDS, PredictionsView
from nndesigner.ui.views.rows import _short

# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def view(qtbot: QtBot) -> PredictionsView:
    view = PredictionsView()
    qtbot.addWidget(view)
    view.resize(1280, 240)
    view.show()
    return view


def outputs_of(info: RunInfo, wrong: int) -> np.ndarray:
    """Surely right but for the first rows, which are taken for the next class, less and less so."""
    assert info.prepared is not None
    y, classes = info.prepared.y_val, info.spec.outputs
    outputs = np.full((len(y), classes), 0.05 / (classes - 1), np.float32)
    outputs[np.arange(len(y)), y] = 0.95
    for row in range(wrong):
        outputs[row] = 0.0
        outputs[row, (y[row] + 1) % classes] = 0.9 - 0.01 * row
        outputs[row, y[row]] = 0.1 + 0.01 * row
    return outputs


def test_empty_it_says_what_to_press(
    view: PredictionsView, digits: RunInfo, without_rows: Callable[[RunInfo], RunInfo]
) -> None:
    view.attach(Feed(), digits)
    assert "Press Train" in view.empty_sentence
    view.attach(Feed(), without_rows(digits))
    assert "validation share" in view.empty_sentence


def test_cards_show_pictures_truth_and_bars(view: PredictionsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("predictions", 4, outputs_of(digits, 7))
    view.refresh()
    assert digits.prepared is not None
    assert len(view.cards) == MOST_CARDS
    first = view.cards[0]
    assert first.right is False
    assert first.truth == str(digits.prepared.y_val[0])
    assert first.guess == str((digits.prepared.y_val[0] + 1) % 10)
    assert first.bars[0] == (first.guess, pytest.approx(0.9))
    assert first.bars[1] == (first.truth, pytest.approx(0.1))
    assert first.picture is not None
    assert (first.picture.width(), first.picture.height()) == (8, 8)
    assert "wrong, it is" in first.sentence
    total = len(digits.prepared.y_val)
    assert view.caption.text == (
        f"60 of {total} validation rows are shown; 7 of all {total} are wrong, after epoch 4"
    )
    feed.post_snapshot("predictions", 5, outputs_of(digits, 1))
    view.refresh()
    assert f"; 1 of all {total} is wrong, after epoch 5" in view.caption.text
    assert not view.grab().isNull()


def test_it_follows_every_epoch_with_the_same_rows(view: PredictionsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("predictions", 1, outputs_of(digits, 20))
    view.refresh()
    rows, wrong = [card.row for card in view.cards], sum(not card.right for card in view.cards)
    feed.post_snapshot("predictions", 2, outputs_of(digits, 0))
    view.refresh()
    assert [card.row for card in view.cards] == rows
    assert wrong > 0
    assert all(card.right for card in view.cards)


def test_wrong_and_unsure_rows_can_be_asked_for(view: PredictionsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("predictions", 1, outputs_of(digits, 7))
    view.refresh()
    view.choice.setCurrentIndex(1)
    assert [card.row for card in view.cards] == list(range(7))
    view.choice.setCurrentIndex(2)
    assert [card.row for card in view.cards[:7]] == list(range(6, -1, -1))


def test_columns_are_shown_where_there_is_no_picture(view: PredictionsView, iris: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, iris)
    feed.post_snapshot("predictions", 1, outputs_of(iris, 2))
    view.refresh()
    card = view.cards[0]
    assert card.picture is None
    assert [name for name, _ in card.values] == list(iris.spec.feature_names)
    assert card.guess in iris.spec.classes


def test_a_table_shows_its_own_words_and_not_the_network_s(view: PredictionsView) -> None:
    dataset = open_data("iris")
    prepared = prepare(dataset, 0.2, 1)
    info = RunInfo(
        spec=dataset.spec,
        graph=Graph(),
        report=check(Graph(), dataset.spec.input_shape),
        settings=Settings(),
        prepared=prepared,
        dataset=dataset,
    )
    feed = Feed()
    view.attach(feed, info)
    feed.post_snapshot("predictions", 1, outputs_of(info, 0))
    view.refresh()
    # Standardised numbers would be around zero; petals and sepals are not.
    assert all(float(value) > 0 for card in view.cards for _, value in card.values)
    assert all(card.right for card in view.cards)


def test_figures_are_in_real_units(view: PredictionsView, lengths: RunInfo) -> None:
    assert lengths.prepared is not None
    feed = Feed()
    view.attach(feed, lengths)
    outputs = lengths.prepared.y_val.copy()
    outputs[3] += np.float32(0.002)
    feed.post_snapshot("predictions", 1, outputs)
    view.refresh()
    view.choice.setCurrentIndex(1)
    worst = view.cards[0]
    assert worst.row == 3
    assert worst.right is None
    assert float(worst.guess) - float(worst.truth.split()[-1]) == pytest.approx(2.0, abs=0.02)
    assert view.choice.itemText(1) == "Largest misses"


def test_predictions_of_other_data_are_not_shown(view: PredictionsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("predictions", 1, np.zeros((3, 10), np.float32))
    view.refresh()
    assert view.is_empty


def test_one_output_stands_for_two_classes() -> None:
    assert shares(np.array([[0.25]], np.float32), 2).tolist() == [[0.75, 0.25]]
    assert shares(np.array([[np.nan, 1.0]], np.float32), 2).tolist() == [[0.0, 1.0]]


def test_predictions_that_ran_away_do_no_harm(view: PredictionsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    outputs = outputs_of(digits, 0)
    outputs[:] = np.nan
    feed.post_snapshot("predictions", 1, outputs)
    view.refresh()
    theme.apply("dark")
    assert not view.grab().isNull()


def test_a_measured_number_stands_on_a_card_with_five_figures() -> None:
    numbers = np.array([-1.617462713, 3.0, 1234567.25, np.nan])
    column = Column("x", "number", 1, numbers=numbers)
    assert [_short(column, row) for row in range(4)] == ["-1.6175", "3", "1234567.25", ""]
