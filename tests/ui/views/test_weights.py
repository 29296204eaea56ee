"""Weights are shown as they are: as pictures over pixels, else as a table, and they move."""

from __future__ import annotations

import dataclasses
import time

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from nndesigner.graph import Graph, Layer
from nndesigner.layers import Activation, Conv2D, Dense, Dropout, Flatten, Input
from nndesigner.report import check
from nndesigner.training.feed import Feed
from nndesigner.ui import theme
from nndesigner.ui.views.base import RunInfo
from nndesigner.ui.views.colormaps import MIDDLE, reach, signed_levels
from nndesigner.ui.views.pictured import shown_layers
from nndesigner.ui.views.tiles import GAP
from nndesigner.ui.views.weights import WeightsView, tile_levels, tile_values

# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def view(qtbot: QtBot) -> WeightsView:
    view = WeightsView()
    qtbot.addWidget(view)
    view.resize(1280, 240)
    view.show()
    return view


def weights_of(info: RunInfo, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        f"{node}/{item.name}": rng.normal(0, 0.1, item.shape).astype(np.float32)
        for node, items in info.report.parameters.items()
        for item in items
    }


def with_layers(info: RunInfo, *layers: Layer, shape: tuple[int, ...] | None = None) -> RunInfo:
    spec = dataclasses.replace(info).spec
    graph = Graph.chain(layers)
    return dataclasses.replace(info, graph=graph, report=check(graph, shape or spec.input_shape))


def test_empty_it_says_what_to_press(view: WeightsView, digits: RunInfo) -> None:
    view.attach(Feed(), digits)
    assert "Press Train" in view.empty_sentence
    view.attach(Feed(), with_layers(digits, Input(), Flatten()))
    assert "Dense or Conv2D" in view.empty_sentence


def test_layers_that_wait_for_their_input_are_not_asked_for(
    view: WeightsView, digits: RunInfo
) -> None:
    graph = Graph.chain([Input(), Flatten(), Dense(units=4), Dense(units=10)])
    loose = graph.without([], graph.links[:2])
    view.attach(Feed(), dataclasses.replace(digits, graph=loose, report=check(loose, (8, 8, 1))))
    said = view.empty_sentence
    assert said.startswith("2 layers have no weights yet: what arrives at them is not known")
    assert "add a Dense" not in said
    chain = Graph.chain([Input(), Conv2D(filters=4)])
    view.attach(Feed(), dataclasses.replace(digits, graph=chain, report=check(chain, None)))
    assert view.empty_sentence.startswith("Conv2D has no weights yet")


def test_a_layer_over_pixels_gives_one_picture_a_unit(view: WeightsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    weights = weights_of(digits)
    feed.post_snapshot("weights", 1, weights)
    view.refresh()
    assert not view.is_empty
    assert view.tiles.count == 32
    assert view.layer is not None
    assert view.layer.form == "images"
    # The colour on screen is that of the weight: unit 0, pixel row 2, column 5.
    array = weights["dense_1/weight"]
    limit = reach(array)
    value = float(array[2 * 8 + 5, 0])
    scale = view.tiles.scale
    color = view.tiles.image.pixelColor(5 * scale + scale // 2, 2 * scale + scale // 2)
    wanted = theme.signed_color(value / limit)
    assert abs(color.red() - wanted.red()) <= 2
    assert abs(color.blue() - wanted.blue()) <= 2


def test_the_pictures_move_with_the_weights(view: WeightsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("weights", 1, weights_of(digits, 1))
    view.refresh()
    before = view.tiles.image.copy()
    feed.post_snapshot("weights", 2, weights_of(digits, 2))
    view.refresh()
    assert view.tiles.image != before
    assert "after epoch 2" in view.caption.text
    same = view.tiles.image.cacheKey()
    feed.post_status(epoch=2)
    view.refresh()
    assert view.tiles.image.cacheKey() == same


def test_a_loaded_project_shows_its_weights(view: WeightsView, digits: RunInfo) -> None:
    view.attach(None, dataclasses.replace(digits, weights=weights_of(digits)))
    assert not view.is_empty
    assert view.tiles.count == 32


def test_columns_give_a_table_with_their_names(view: WeightsView, iris: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, iris)
    weights = weights_of(iris)
    feed.post_snapshot("weights", 1, weights)
    view.refresh()
    assert view.layer is not None
    assert view.layer.form == "table"
    assert view.grid.row_names == iris.spec.feature_names
    assert view.grid.column_names == tuple("123456")
    view.grid.hovered.emit(2, 4)
    value = float(weights["dense_1/weight"][2, 4])
    assert view.caption.text.startswith("petal length → unit 5: ")
    shown = float(view.caption.text.rsplit(" ", 1)[-1].replace("−", "-"))
    assert shown == pytest.approx(value, abs=1e-3)


def test_another_layer_can_be_chosen_and_stays_chosen(view: WeightsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("weights", 1, weights_of(digits))
    view.refresh()
    assert [view.choice.itemText(i) for i in range(view.choice.count())] == ["Dense 1", "Dense 2"]
    view.choice.setCurrentIndex(1)
    assert view.grid.row_names[0] == "input 1"
    view.attach(feed, digits)
    assert view.choice.currentIndex() == 1
    # A network that begins otherwise is another one: it is looked at from its first layer on.
    before = view.choice.currentData()
    other = with_layers(digits, Input(), Conv2D(), Flatten(), Dense(), Dense(), shape=(8, 8, 1))
    view.attach(feed, other)
    assert view.choice.findData(before) > 0
    assert view.choice.currentText() == "Conv2D"


def test_which_layers_see_pixels() -> None:
    graph = Graph.chain(
        [Input(), Dropout(), Flatten(), Activation(), Dense(units=5), Dense(units=2)]
    )
    first, second = shown_layers(graph, check(graph, (4, 6, 3)), ())
    assert (first.form, first.shape, second.form) == ("images", (4, 6, 3), "table")
    graph = Graph.chain([Input(), Conv2D(filters=7, kernel=(3, 5)), Flatten(), Dense(units=2)])
    conv, dense = shown_layers(graph, check(graph, (8, 8, 1)), ())
    assert (conv.form, conv.shape, dense.form) == ("kernels", (3, 5, 1), "table")


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_kernels_are_drawn_as_they_are(channels: int) -> None:
    graph = Graph.chain([Input(), Conv2D(filters=4, kernel=(2, 3))])
    (layer,) = shown_layers(graph, check(graph, (8, 8, channels)), ())
    array = np.random.default_rng(1).normal(size=(2, 3, channels, 4)).astype(np.float32)
    values, levels = tile_values(layer, array), tile_levels(layer, array, reach(array))
    for unit in range(4):
        for row in range(2):
            for column in range(3):
                here = array[row, column, :, unit]
                wanted = here if channels == 3 else here.mean()
                assert values[unit, row, column] == pytest.approx(wanted)
    assert levels.shape == values.shape
    assert (levels == signed_levels(values, reach(array))).all()


def test_images_are_drawn_as_they_are() -> None:
    graph = Graph.chain([Input(), Flatten(), Dense(units=3)])
    (layer,) = shown_layers(graph, check(graph, (2, 4, 1)), ())
    array = np.arange(24, dtype=np.float32).reshape(8, 3)
    values = tile_values(layer, array)
    assert values[1].tolist() == array[:, 1].reshape(2, 4).tolist()
    levels = tile_levels(layer, array, 30.0)
    assert (levels == signed_levels(values, 30.0)).all()


def test_zero_is_in_the_middle_and_the_range_is_robust() -> None:
    values = np.concatenate((np.random.default_rng(1).normal(size=10_000), [1e9])).astype("f4")
    limit = reach(values)
    assert 2 < limit < 4
    levels = signed_levels(np.array([0, limit, -limit, 9e9, np.nan, -np.inf], "f4"), limit)
    assert levels.tolist() == [MIDDLE, 254, 0, 254, MIDDLE, 0]
    assert reach(np.zeros(4)) > 0
    assert reach(np.full(4, np.nan)) == 1.0


def test_hovering_names_unit_and_pixel(view: WeightsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    weights = weights_of(digits)
    feed.post_snapshot("weights", 1, weights)
    view.refresh()
    step = 8 * view.tiles.scale + GAP
    place = view.tiles.viewport().rect().topLeft()
    place.setX(3 * step + 5 * view.tiles.scale + 1)
    place.setY(2 * view.tiles.scale + 1)
    assert view.tiles.tile_at(place) == (3, 2, 5)
    view.tiles.hovered.emit(3, 2, 5)
    value = float(weights["dense_1/weight"][2 * 8 + 5, 3])
    assert view.caption.text.startswith("Unit 4, row 3, column 6: ")
    assert float(view.caption.text.rsplit(" ", 1)[-1].replace("−", "-")) == pytest.approx(
        value, abs=1e-3
    )
    view.tiles.hovered.emit(-1, -1, -1)
    assert "32 units" in view.caption.text


def test_the_colour_bar_tells_the_range(view: WeightsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    feed.post_snapshot("weights", 1, weights_of(digits))
    view.refresh()
    low, high = view.bar.texts
    assert low == f"−{high}"
    assert 0.1 < float(high) < 0.5


def test_the_theme_changes_zero(view: WeightsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    zeros = {name: np.zeros_like(array) for name, array in weights_of(digits).items()}
    feed.post_snapshot("weights", 0, zeros)
    view.refresh()
    for mode in ("light", "dark"):
        theme.apply(mode)  # type: ignore[arg-type]
        assert view.tiles.image.pixelColor(3, 3) == QColor(theme.tokens().neutral)


def test_weights_that_ran_away_are_drawn_without_harm(view: WeightsView, digits: RunInfo) -> None:
    feed = Feed()
    view.attach(feed, digits)
    weights = weights_of(digits)
    weights["dense_1/weight"][:] = np.nan
    weights["dense_2/weight"][:3] = np.inf
    feed.post_snapshot("weights", 1, weights)
    view.refresh()
    view.choice.setCurrentIndex(1)
    assert not view.grab().isNull()


def test_five_hundred_pictures_take_a_moment(view: WeightsView, digits: RunInfo) -> None:
    info = with_layers(digits, Input(), Flatten(), Dense(units=500), shape=(28, 28, 1))
    feed = Feed()
    view.attach(feed, info)
    best = 1.0
    for seed in range(5):
        feed.post_snapshot("weights", seed, weights_of(info, seed))
        start = time.perf_counter()
        view.refresh()
        best = min(best, time.perf_counter() - start)
    assert view.tiles.count == 500
    assert best < 0.05  # 2 ms on an idle machine
    assert view.tiles.verticalScrollBar().maximum() > 0


def test_filters_in_colour_stand_apart_and_have_no_signed_scale(
    view: WeightsView, digits: RunInfo
) -> None:
    spec = msgspec.structs.replace(digits.spec, input_shape=(12, 12, 3))
    graph = Graph.chain([Input(), Conv2D(filters=16), Conv2D(filters=4)])
    info = dataclasses.replace(
        digits, spec=spec, graph=graph, report=check(graph, (12, 12, 3)), prepared=None
    )
    feed = Feed()
    view.attach(feed, info)
    feed.post_snapshot("weights", 1, weights_of(info))
    view.refresh()
    assert not view.bar.isVisible()
    tiles, side = view.tiles, 3 * view.tiles.scale
    panel = theme.color(theme.tokens().panel)
    gap = [tiles.image.pixelColor(side + x, side // 2) for x in range(4)]
    assert gap == [panel] * 4
    view.choice.setCurrentIndex(1)
    assert view.bar.isVisible()


@pytest.mark.parametrize("width", [300, 333, 377, 420])
def test_the_last_unit_is_whole_beside_a_scroll_bar(
    view: WeightsView, digits: RunInfo, width: int
) -> None:
    graph = Graph.chain([Input(), Dense(units=8)])
    info = dataclasses.replace(digits, graph=graph, report=check(graph, (28,)), prepared=None)
    view.resize(width, 190)
    feed = Feed()
    view.attach(feed, info)
    feed.post_snapshot("weights", 1, weights_of(info))
    view.refresh()
    view.grab()
    grid = view.grid
    assert grid.verticalScrollBar().maximum() > 0
    assert grid.horizontalScrollBar().maximum() == 0
    assert grid.cell_rect(0, 7).right() < grid.viewport().width()
