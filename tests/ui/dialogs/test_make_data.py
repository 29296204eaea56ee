"""Points are made and painted in their windows, and taken as data like any other."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data
from nndesigner.data.generators import GENERATORS
from nndesigner.data.made import generate, generator_of
from nndesigner.data.table import TableDataset
from nndesigner.ui import theme
from nndesigner.ui.dialogs import paint_points
from nndesigner.ui.dialogs.make_data import MakeDataDialog
from nndesigner.ui.dialogs.paint_points import PaintDialog
from nndesigner.ui.document import Document
from nndesigner.ui.files_controller import FilesController
from nndesigner.ui.making import Making
from nndesigner.ui.notices import NoticeBar
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.runner import Runner
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def maker(qtbot: QtBot) -> MakeDataDialog:
    dialog = MakeDataDialog()
    qtbot.addWidget(dialog)
    return dialog


@pytest.fixture
def painter(qtbot: QtBot) -> PaintDialog:
    dialog = PaintDialog()
    qtbot.addWidget(dialog)
    dialog.resize(dialog.sizeHint())
    dialog.show()
    return dialog


def test_every_set_is_shown_with_its_settings(maker: MakeDataDialog) -> None:
    assert maker.sets.count() == len(GENERATORS)
    for row, (kind, cls) in enumerate(GENERATORS.items()):
        maker.sets.setCurrentRow(row)
        assert maker.generator.kind == kind
        assert maker.heading.text() == cls.title
        assert set(maker.form.rows) == set(cls.__struct_fields__)
        assert maker.view.points is not None
        assert len(maker.view.points.x) == cls().points
        assert not maker.sets.item(row).icon().isNull()
        maker.grab()


def test_the_points_follow_the_noise(maker: MakeDataDialog) -> None:
    clean = maker.made
    maker.form.edited.emit("noise", 0.4)
    assert maker.generator.noise == 0.4
    assert not np.array_equal(maker.made.y, clean.y)
    maker.form.edited.emit("noise", 3.0)
    assert maker.generator.noise == 0.4
    assert "from 0 to 0.5" in maker.form.rows["noise"].message.text()


def test_regenerate_changes_the_seed_alone(maker: MakeDataDialog) -> None:
    before = maker.generator
    maker.regenerate.click()
    assert maker.generator.seed != before.seed
    assert maker.generator.changed(seed=before.seed) == before


def test_settings_of_each_set_are_kept_while_looking_at_others(maker: MakeDataDialog) -> None:
    maker.form.edited.emit("points", 77)
    maker.sets.setCurrentRow(3)
    maker.sets.setCurrentRow(0)
    assert maker.generator.points == 77
    maker.take()
    assert maker.dataset is not None
    assert maker.dataset.spec.rows == 77


def test_it_opens_with_the_open_points(qtbot: QtBot) -> None:
    origin = generate(GENERATORS["rings"](points=123, classes=5, seed=8)).origin
    dialog = MakeDataDialog(origin)
    qtbot.addWidget(dialog)
    assert dialog.generator == generator_of(origin)
    assert dialog.sets.currentRow() == list(GENERATORS).index("rings")


def test_both_themes_are_painted(maker: MakeDataDialog, painter: PaintDialog) -> None:
    painter.start_from("circle")
    try:
        for mode in ("dark", "light"):
            theme.apply(mode)  # type: ignore[arg-type]
            for dialog in (maker, painter):
                picture = dialog.grab().toImage()
                assert picture.pixelColor(5, 5).lightness() < 100 if mode == "dark" else True
    finally:
        theme.apply("light")


def press(dialog: PaintDialog, qtbot: QtBot, x: float, y: float, button: Qt.MouseButton) -> QPoint:
    place = dialog.canvas.place()
    at = QPoint(
        round(place.left() + (x + 6) / 12 * place.width()),
        round(place.bottom() - (y + 6) / 12 * place.height()),
    )
    qtbot.mouseClick(dialog.canvas, button, pos=at)
    return at


def test_the_mouse_paints_erases_and_is_undone(painter: PaintDialog, qtbot: QtBot) -> None:
    assert not painter.use.isEnabled()
    left, right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
    press(painter, qtbot, -3, 0, left)
    painter.classes.setCurrentRow(1)
    press(painter, qtbot, 3, 2, left)
    assert painter.painting.counts == (1, 1)
    np.testing.assert_allclose(painter.painting.now.x, [[-3, 0], [3, 2]], atol=0.03)
    assert painter.use.isEnabled()
    press(painter, qtbot, -3, 0, right)
    assert painter.painting.counts == (0, 1)
    painter.undo.click()
    assert painter.painting.counts == (1, 1)
    painter.redo.click()
    assert painter.painting.counts == (0, 1)
    assert painter.classes.item(1).text().split() == ["B", "1"]


def test_a_drag_leaves_a_trail_of_one_step(painter: PaintDialog, qtbot: QtBot) -> None:
    canvas, button = painter.canvas, Qt.MouseButton.LeftButton
    place = canvas.place().toRect()
    qtbot.mousePress(canvas, button, pos=place.center() - QPoint(100, 0))
    qtbot.mouseMove(canvas, place.center() + QPoint(100, 0))
    qtbot.mouseRelease(canvas, button, pos=place.center() + QPoint(100, 0))
    assert painter.painting.counts[0] > 4
    gaps = np.diff(np.sort(painter.painting.now.x[:, 0]))
    assert gaps.min() >= 0.5 - 1e-9
    painter.undo.click()
    assert painter.painting.counts == (0, 0)


def test_spray_goes_on_while_pressed(painter: PaintDialog, qtbot: QtBot) -> None:
    painter._press_tool("spray")
    canvas, button = painter.canvas, Qt.MouseButton.LeftButton
    qtbot.mousePress(canvas, button, pos=canvas.place().center().toPoint())
    first = painter.painting.counts[0]
    qtbot.waitUntil(lambda: painter.painting.counts[0] > first + 3)
    qtbot.mouseRelease(canvas, button, pos=canvas.place().center().toPoint())
    painter.undo.click()
    assert painter.painting.counts == (0, 0)


def test_the_keyboard_paints_too(painter: PaintDialog, qtbot: QtBot) -> None:
    canvas = painter.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    qtbot.keyClick(canvas, Qt.Key.Key_2)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    np.testing.assert_allclose(painter.painting.now.x, [[0.25, 0.25], [0.5, 0.25]])
    np.testing.assert_array_equal(painter.painting.now.labels, [0, 1])
    qtbot.keyClick(canvas, Qt.Key.Key_E)
    assert canvas.tool == "erase"
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    assert painter.painting.counts == (0, 0)


def test_classes_are_added_and_removed_with_buttons(
    painter: PaintDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With some seeds a point lies outside the square, where nothing can be painted.
    monkeypatch.setattr(paint_points, "another_seed", lambda seed: 1)
    assert not painter.remove_class.isEnabled()
    painter.add_class.click()
    assert painter.painting.now.classes == ("A", "B", "C")
    assert painter.canvas.label == 2
    painter.remove_class.click()
    assert painter.painting.now.classes == ("A", "B")
    painter.start_from("blobs")
    assert painter.painting.counts == (75, 75, 75, 75)
    painter.clear.click()
    assert not painter.use.isEnabled()
    painter.undo.click()
    painter.take()
    assert isinstance(painter.dataset, TableDataset)
    assert painter.dataset.spec.outputs == 4


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow()
    qtbot.addWidget(window)
    return window


def test_regenerate_keeps_network_and_settings(window: MainWindow) -> None:
    document = window.document
    window.files.take_data(open_data("circle"))
    for repair in document.verdict.problems[0].repairs:
        document.repair(repair)
        break
    assert document.verdict.can_train
    graph, settings = document.graph, document.settings
    first = document.dataset
    assert window.commands["regenerate"].isEnabled()
    window.commands["regenerate"].trigger()
    assert document.graph is graph
    assert document.settings == settings
    assert document.dataset is not first
    assert document.spec is not None
    assert document.spec.rows == 500
    document.undo_stack.undo()
    assert document.dataset is first
    window.files.take_data(open_data("iris"))
    assert not window.commands["regenerate"].isEnabled()
    assert not window.data_bar.again.isVisibleTo(window.data_bar)
    document.mark_discarded()


def test_the_window_makes_points_and_takes_them_into_the_painter(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.commands["make_points"].trigger()
    maker = window.making.dialog
    assert isinstance(maker, MakeDataDialog)
    maker.sets.setCurrentRow(3)
    maker.edit.click()
    painter = window.making.dialog
    assert isinstance(painter, PaintDialog)
    assert painter.painting.counts == (250, 250)
    painter.take()
    origin = window.document.state.origin
    assert origin is not None
    assert origin.kind == "points"
    window.commands["paint_points"].trigger()
    again = window.making.dialog
    assert isinstance(again, PaintDialog)
    assert again.painting.counts == (250, 250)
    again.reject()
    window.document.mark_discarded()


def test_only_made_points_are_made_anew(qtbot: QtBot) -> None:
    document = Document()
    notices = NoticeBar()
    qtbot.addWidget(notices)
    runner = Runner(document)
    files = FilesController(notices, document, runner, notices, Preferences())
    making = Making(notices, document, files, notices)
    document.set_dataset(open_data("iris"))
    making.regenerate()
    assert document.spec is not None
    assert document.spec.name == "iris"
