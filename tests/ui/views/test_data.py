"""The open data is seen: rows or pictures, classes, notes and the split."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nndesigner import api
from nndesigner.data import open_data, prepare
from nndesigner.data.dataset import Dataset
from nndesigner.data.table import TableDataset
from nndesigner.graph import Graph
from nndesigner.report import check
from nndesigner.training.settings import Settings
from nndesigner.ui import theme
from nndesigner.ui.views import VIEWS
from nndesigner.ui.views.base import RunInfo, View
from nndesigner.ui.views.data import DataView
from nndesigner.ui.views.data_pages import DoubtsPage
from nndesigner.ui.views.lazy import spread_rows

# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def view(qtbot: QtBot) -> DataView:
    view = DataView()
    qtbot.addWidget(view)
    view.resize(1280, 240)
    view.show()
    return view


def info_of(dataset: Dataset) -> RunInfo:
    return RunInfo(
        spec=dataset.spec,
        graph=Graph(),
        report=check(Graph(), dataset.spec.input_shape),
        settings=Settings(),
        dataset=dataset,
    )


def cell(view: DataView, row: int, column: int) -> str:
    return str(view.table.table.index(row, column).data())


def test_empty_it_says_what_to_press(view: DataView) -> None:
    assert view.is_empty
    assert "Open data" in view.empty_sentence
    view.attach(None, None)
    assert view.is_empty


def test_a_table_shows_its_rows_and_classes(view: DataView) -> None:
    dataset = open_data("iris")
    view.attach(None, info_of(dataset))
    assert not view.is_empty
    assert view.table.table.rowCount() == 150
    names = [head.name for head in view.table.table.heads]
    assert set(dataset.spec.feature_names) <= set(names)
    assert [count for _, count in view.bars.items] == [50, 50, 50]
    assert "20 % will be kept aside" in view.split_text
    assert not view.grab().isNull()


def test_the_split_is_told_once_it_is_made(view: DataView) -> None:
    dataset = open_data("iris")
    view.attach(None, dataclasses.replace(info_of(dataset), prepared=prepare(dataset, 0.2, 1)))
    assert view.split_text == "120 rows are trained on, 30 kept aside"


def test_missing_cells_notes_and_the_target_are_shown(view: DataView, shared_data: Path) -> None:
    dataset = open_data(shared_data / "csv" / "titanic.csv")
    view.attach(None, info_of(dataset))
    heads = view.table.table.heads
    names = [head.name for head in heads]
    assert cell(view, 5, names.index("age")) == "missing"
    assert cell(view, 0, names.index("age")) == "22"
    assert heads[names.index("survived")].role == "target"
    assert heads[names.index("alive")].role == "ignore"
    assert all(note in view.notes.text() for note in dataset.notes)
    title = view.table.table.headerData(names.index("alive"), Qt.Orientation.Horizontal)
    assert title.endswith("ignored")


def test_pictures_of_all_classes_are_shown(view: DataView) -> None:
    view.attach(None, info_of(open_data("digits")))
    items = view.thumbnails.items
    assert len(items) == 1797
    assert {text for _, text in items[:200]} == set("0123456789")
    assert (items[0][0].width(), items[0][0].height()) == (8, 8)


def test_data_that_is_gone_is_said(view: DataView) -> None:
    info = dataclasses.replace(info_of(open_data("iris")), dataset=None)
    view.attach(None, info)
    assert view.is_empty
    assert "iris" in view.empty_sentence


def test_the_same_data_is_not_read_twice(view: DataView, monkeypatch: pytest.MonkeyPatch) -> None:
    info = info_of(open_data("iris"))
    view.attach(None, info)
    monkeypatch.setattr(DataView, "_show_rows", lambda *a: pytest.fail("read again"))
    view.attach(None, info)


def test_rows_are_spread_over_the_classes() -> None:
    labels = np.array([2, 2, 2, 0, 0, 1, -1])
    assert spread_rows(labels, 7, 4).tolist() == [3, 5, 0, 4]
    assert Counter(labels[spread_rows(labels, 7, 100)]) == Counter([2, 2, 2, 0, 0, 1])
    assert spread_rows(None, 7, 3).tolist() == [0, 1, 2]


@pytest.mark.parametrize("cls", VIEWS, ids=lambda cls: cls.kind)
def test_every_view_is_named_and_bears_any_theme_and_size(cls: type[View], qtbot: QtBot) -> None:
    view = cls()
    qtbot.addWidget(view)
    assert view.title
    assert view.kind
    assert view.empty_text.endswith(".")
    view.setMinimumSize(224, 144)
    for mode in ("dark", "light"):
        theme.apply(mode)  # type: ignore[arg-type]
        for size in ((224, 144), (320, 480), (1280, 240)):
            view.resize(*size)
            view.show()
            assert (view.grab().width(), view.grab().height()) == size


def test_the_views_stand_in_the_order_of_their_tabs() -> None:
    titles = ["Curves", "Confusion", "Weights", "Predictions", "Data", "Results"]
    assert [cls.title for cls in VIEWS] == titles


def looked(view: DataView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.busy, timeout=30_000)


def test_columns_correlations_and_findings_are_shown(
    view: DataView, qtbot: QtBot, shared_data: Path
) -> None:
    view.attach(None, info_of(open_data(shared_data / "csv" / "titanic.csv")))
    looked(view, qtbot)
    assert [each.name for each in view.columns.columns][:2] == ["survived", "pclass"]
    assert "'deck'" in view.found.text()
    assert view.correlations.shown is not None
    for page in ("columns", "correlations", "scatter", "doubts", "rows"):
        view.show_page(page)
        assert view.current_page == page
        assert not view.grab().isNull()
    view.correlations.chosen.emit("age", "fare")
    assert view.current_page == "scatter"
    assert view.scatter.chart.names == ("age", "fare")
    x, y = view.scatter.dots
    assert len(x) == len(y) == 714
    view.scatter.choose("sex", "fare")
    x, _ = view.scatter.dots
    assert set(np.rint(x).tolist()) == {0, 1}
    view.copy.click()
    assert QGuiApplication.clipboard().text().startswith("titanic: 891 rows")


def test_pages_are_those_that_the_data_has(view: DataView, qtbot: QtBot) -> None:
    view.attach(None, info_of(open_data("digits")))
    assert view.current_page == "pictures"
    assert not view.bar.buttons["columns"].isVisibleTo(view)
    view.attach(None, info_of(open_data("reg-plane")))
    assert view.current_page == "rows"
    assert not view.bar.buttons["doubts"].isVisibleTo(view)
    looked(view, qtbot)


def test_the_pictures_of_one_class_can_be_seen(view: DataView) -> None:
    dataset = open_data("digits")
    view.attach(None, info_of(dataset))
    view.classes.setCurrentIndex(4)
    assert dataset.labels is not None
    assert len(view.thumbnails.items) == int((dataset.labels == 3).sum())
    assert {view.thumbnails.items[i][1] for i in range(20)} == {"3"}
    view.thumbnails.verticalScrollBar().setValue(10_000)
    assert not view.grab().isNull()


def test_a_million_rows_are_shown_and_scrolled_at_once(view: DataView, qtbot: QtBot) -> None:
    rows = 1_000_000
    small = open_data("blobs:points=1000")
    assert isinstance(small, TableDataset)
    columns = tuple(
        dataclasses.replace(
            column,
            numbers=None if column.numbers is None else np.tile(column.numbers, 1000),
            codes=None if column.codes is None else np.tile(column.codes, 1000),
        )
        for column in small.columns
    )
    spec = msgspec.structs.replace(small.spec, rows=rows)
    big = dataclasses.replace(small, columns=columns, spec=spec)
    started = time.perf_counter()
    view.attach(None, info_of(big))
    view.grab()
    shown = time.perf_counter() - started
    assert view.table.table.rowCount() == rows
    started = time.perf_counter()
    for place in (0.5, 1.0, 0.25):
        bar = view.table.verticalScrollBar()
        bar.setValue(int(bar.maximum() * place))
        view.table.grab()
    assert time.perf_counter() - started < 1
    assert shown < 3
    assert cell(view, rows - 1, 0) == cell(view, 999, 0)
    looked(view, qtbot)


def test_doubtful_labels_are_asked_for_after_training(view: DataView, qtbot: QtBot) -> None:
    dataset = open_data("iris")
    info = info_of(dataset)
    view.attach(None, info)
    page = view.doubts
    page.search()
    assert "Train the network on this data first" in page.words.text()
    project = api.new("dense 16 tanh, dense 3 softmax", data="iris")
    trained = api.train(project, epochs=60, learning_rate=0.02)
    view.trained = lambda: trained
    page.search()
    qtbot.waitUntil(lambda: not page.busy, timeout=30_000)
    assert page.doubts is not None
    assert page.doubts.looked_at == 150
    assert len(page.wall.cards) == len(page.doubts.rows)
    assert page.words.text() == page.doubts.sentence
    for card in page.wall.cards:
        assert card.truth != card.guess
        assert card.values


def test_the_pages_keep_their_names_in_half_a_window(view: DataView) -> None:
    view.resize(560, 240)
    view.attach(None, info_of(open_data("iris")))
    QGuiApplication.processEvents()
    buttons = [button for button in view.bar.buttons.values() if button.isVisible()]
    assert len(buttons) == 5
    for button in buttons:
        assert button.width() >= button.sizeHint().width(), button.text()
    assert view.copy.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
    view.resize(1280, 240)
    assert view.copy.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon


def test_the_window_never_counts_the_values_of_all_rows(
    view: DataView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "many.csv"
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(30_000, 4)).round(4)
    path.write_text(
        "few,a,b,c,y\n"
        + "".join(
            f"{index % 3},{a},{b},{c},{'no' if d < 0 else 'yes'}\n"
            for index, (a, b, c, d) in enumerate(rows.tolist())
        )
    )
    dataset = open_data(path)
    lengths: list[int] = []
    unique = np.unique

    def spied(values: np.ndarray, *args: object, **more: object) -> object:
        if threading.current_thread() is threading.main_thread():
            lengths.append(len(values))
        return unique(values, *args, **more)

    monkeypatch.setattr(np, "unique", spied)
    view.attach(None, info_of(dataset))
    assert lengths
    assert max(lengths) <= 4000
    # numbers of many values first: "few" has three
    assert view.scatter.across.currentText() == "a"
    assert view.scatter.up.currentText() == "b"
    view.scatter.choose("few", "c")
    assert max(lengths) <= 4000
    x, _ = view.scatter.dots
    assert len(set(x.tolist())) > 1000  # three places, spread around each
    looked(view, qtbot)


def test_the_words_of_doubtful_labels_are_never_cut(qtbot: QtBot) -> None:
    page = DoubtsPage()
    qtbot.addWidget(page)
    page.resize(320, 170)  # its place at 1280 by 800
    page.show()
    for sentence in (page.words.text(), "Of 16,512 rows none is doubted. " * 3):
        page.words.setText(sentence)
        QApplication.processEvents()
        words = page.words
        assert words.width() >= page.width() - 4
        assert words.height() >= words.heightForWidth(words.width())
        assert page.look.geometry().top() >= words.geometry().bottom()
        assert page.look.width() >= page.look.sizeHint().width()
