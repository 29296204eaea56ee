"""The data bar says what is open and offers what can be opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data, samples
from nndesigner.data.dataset import Spec
from nndesigner.data.split_plan import Split
from nndesigner.ui import theme
from nndesigner.ui.data_bar import DataBar, data_line
from nndesigner.ui.document import Document, State
from nndesigner.ui.window import MainWindow

# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def document(qapp: object) -> Document:
    return Document()


@pytest.fixture
def bar(document: Document, qtbot: QtBot) -> DataBar:
    bar = DataBar(document)
    qtbot.addWidget(bar)
    return bar


def actions(bar: DataBar) -> dict[str, QAction]:
    bar.menu.aboutToShow.emit()
    return {action.text(): action for action in bar.menu.actions() if not action.isSeparator()}


def test_without_data_it_says_so(bar: DataBar) -> None:
    assert bar.text == "no data yet"


def test_the_open_data_is_described(bar: DataBar, document: Document) -> None:
    document.set_dataset(open_data("digits"))
    assert bar.text == "digits: 1,438 + 359 rows, 8×8×1, 10 classes"
    document.edit_settings("share", document.settings.changed(validation_share=0.0))
    assert bar.text == "digits: 1,797 rows, 8×8×1, 10 classes"
    document.undo_stack.undo()
    document.set_dataset(open_data("iris"))
    assert bar.text == "iris: 120 + 30 rows, 4 inputs, 3 classes"
    document.undo_stack.undo()
    assert bar.text.startswith("digits")


def test_numbers_are_predicted_by_name() -> None:
    spec = Spec(
        name="line",
        rows=5,
        task="regression",
        input_shape=(1,),
        outputs=1,
        target_names=("y",),
    )
    assert data_line(spec, 10, 0.2, Split(test=3)).startswith("line: 5 + 2 + 3 rows")
    assert data_line(spec, 10, 0.2, Split(method="group", column="x")).startswith("line: 10 rows")
    assert data_line(spec, 5, 0.2) == "line: 4 + 1 rows, 1 input, predicts y"


def test_each_kind_can_be_asked_for(bar: DataBar, qtbot: QtBot) -> None:
    kinds = (("Table…", "table"), ("Image folder…", "images"), ("Packed pictures…", "idx"))
    for title, kind in kinds:
        with qtbot.waitSignal(bar.open_requested) as asked:
            actions(bar)[title].trigger()
        assert asked.args == [kind]


def test_every_sample_is_offered_with_its_help(bar: DataBar, qtbot: QtBot) -> None:
    for sample in samples():
        action = actions(bar)[sample.title]
        assert action.toolTip() == sample.help
        with qtbot.waitSignal(bar.sample_chosen) as chosen:
            action.trigger()
        assert chosen.args == [sample.name]


def test_recent_data_is_offered_and_samples_are_not(
    bar: DataBar, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "flowers & more.csv"
    path.write_text("a,b\n" + "".join(f"{n},{'xy'[n % 2]}\n" for n in range(20)), "utf-8")
    document.set_dataset(open_data("iris"))
    assert bar.recent == ()
    with qtbot.waitSignal(bar.recent_changed):
        document.set_dataset(open_data(path))
    assert bar.recent == (str(path),)
    with qtbot.waitSignal(bar.recent_chosen) as chosen:
        actions(bar)["flowers && more.csv"].trigger()
    assert chosen.args == [str(path)]
    bar.forget_recent(str(path))
    assert "flowers && more.csv" not in actions(bar)
    bar.set_recent([f"/nowhere/{n}.csv" for n in range(20)])
    assert len(bar.recent) == 8


def test_the_theme_reaches_the_icon(bar: DataBar) -> None:
    before = bar.button.icon().cacheKey()
    theme.apply("dark")
    assert bar.button.icon().cacheKey() != before
    theme.apply("light")


def test_the_line_takes_what_the_toolbar_has_left(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    names = tuple(f"a_column_with_a_long_name_{n}" for n in range(2))
    spec = Spec(
        name="california_housing", rows=20_640, task="regression", input_shape=(13,), outputs=2,
        target_names=names,
    )  # fmt: skip
    window.document.load(State(spec=spec), dataset=None)
    label = window.data_bar.label
    for width, whole in ((1024, False), (1280, False), (2560, True)):
        window.resize(width, 800)
        window.show()
        QApplication.processEvents()
        needed = label.fontMetrics().horizontalAdvance(label.text)
        assert (label.width() >= needed) == whole
        assert label.width() >= 320
        if width > 1024:  # Train and Resume are wider than what cannot be pressed: there is room
            assert window.toolbar.sizeHint().width() <= window.toolbar.width() - 20
    # Where it is cut, the target is still read.
    assert label.elide == Qt.TextElideMode.ElideMiddle
    assert label.text.endswith(f"{names[1]} (the file is missing)")
