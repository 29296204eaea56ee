"""The whole window: layout, menus, keys, panels, what is remembered, closing while training."""

from __future__ import annotations

import json
import re
import threading

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolBar

from nndesigner.data import open_data
from nndesigner.files.project import load_project
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.learning.optimizers import SGD
from nndesigner.ui import theme
from nndesigner.ui.actions import COMMANDS, MENUS
from nndesigner.ui.docks import start_size
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.runner import Runner
from nndesigner.ui.window import MainWindow
from tests.ui import fakes

#: What the offscreen platform says of every window with a least size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def preferences(tmp_path):
    return Preferences(tmp_path / "config" / "window.json")


def make_window(qtbot, preferences, **facts):
    document = fakes.document()
    runner = Runner(document, prepare=fakes.prepare, make_trainer=fakes.trainer(**facts))
    window = MainWindow(preferences, document=document, runner=runner)
    window.files.ask_unsaved = lambda running: "discard"
    qtbot.addWidget(window)
    return window


@pytest.fixture
def window(qtbot, preferences):
    window = make_window(qtbot, preferences)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


def test_every_command_stands_in_a_menu_and_does_something(window):
    named = {entry for _, entries in MENUS for entry in entries if entry}
    for command in COMMANDS:
        assert command.name in named
    assert list(window.menus.by_title) == [
        "File",
        "Edit",
        "View",
        "Network",
        "Train",
        "Data",
        "Help",
    ]


def test_the_keys_of_the_design_are_there(window):
    keys = {
        "new": "Ctrl+N",
        "open": "Ctrl+O",
        "save": "Ctrl+S",
        "save_as": "Ctrl+Shift+S",
        "cut": "Ctrl+X",
        "copy": "Ctrl+C",
        "paste": "Ctrl+V",
        "duplicate": "Ctrl+D",
        "select_all": "Ctrl+A",
        "delete": "Del",
        "fit": "F",
        "help_here": "F1",
        "train": "F5",
        "stop": "Shift+F5",
        "step": "F10",
        "reset": "Ctrl+R",
        "full_screen": "F11",
    }
    for name, key in keys.items():
        assert window.commands[name].shortcut().toString() == key, name
    taken = [
        key.toString()
        for action in window.actions()
        for key in action.shortcuts()
        if key.toString()
    ]
    assert len(taken) == len(set(taken))


def test_canvas_keys_do_not_reach_into_forms(window):
    for command in COMMANDS:
        if command.on_canvas:
            action = window.commands[command.name]
            assert action.shortcutContext() == Qt.ShortcutContext.WidgetWithChildrenShortcut
            assert action in window.canvas.actions()


def test_the_title_tells_the_project_and_whether_it_is_saved(window, tmp_path):
    assert window.windowTitle() == "blobs[*] — nndesigner"
    assert not window.isWindowModified()
    window.document.edit("add", window.document.graph.with_node(Dense()))
    assert window.isWindowModified()
    window.document.undo_stack.undo()
    assert not window.isWindowModified()


@pytest.mark.parametrize("size", [QSize(1024, 640), QSize(1280, 800), QSize(2560, 1440)])
def test_nothing_is_cut_at_any_size(qtbot, tmp_path, size):
    preferences = Preferences(tmp_path / "window.json")
    preferences.set(geometry=[0, 0, size.width(), size.height()])
    window = make_window(qtbot, preferences)
    window.resize(size)
    window.panels.arrange(size)
    window.show()
    qtbot.waitExposed(window)
    QApplication.processEvents()
    assert window.size() == size
    assert window.canvas.width() >= 400
    assert window.canvas.height() >= 240
    docks = window.panels.docks.values()
    shown = [dock for dock in docks if not dock.visibleRegion().isEmpty()]
    for dock in shown:
        assert window.rect().contains(dock.geometry()), dock.objectName()
        for other in shown:
            overlap = dock.geometry().intersected(other.geometry())
            assert other is dock or overlap.isEmpty(), (dock.objectName(), other.objectName())
    for bar in window.findChildren(QToolBar):
        assert bar.sizeHint().width() <= size.width()
    window.close()


def test_panels_are_closed_brought_back_and_remembered(qtbot, window, preferences):
    window.panels.docks["layers"].close()
    window.panels.docks["problems"].close()
    window.close()
    again = make_window(qtbot, Preferences(preferences.path))
    again.show()
    assert again.panels.docks["layers"].isHidden()
    assert not again.panels.docks["settings"].isHidden()
    again.panels.docks["layers"].toggleViewAction().trigger()
    assert not again.panels.docks["layers"].isHidden()
    again.commands["reset_layout"].trigger()
    assert not again.panels.docks["problems"].isHidden()
    again.close()


@pytest.mark.parametrize(
    "content",
    [
        "{not json",
        "[]",
        '{"layout": "%%%", "geometry": [1, 2], "recent": 7}',
        '{"layout": "AAAA", "geometry": [0, 0, 2000000000, 3]}',
        '{"geometry": [-90000, -90000, 800, 600]}',
        '{"geometry": ["a", null, {}, true], "maximised": "yes", "theme": 5}',
        "[" * 100_000,
    ],
)
def test_absurd_settings_become_the_defaults(qtbot, tmp_path, content):
    path = tmp_path / "window.json"
    path.write_text(content)
    window = make_window(qtbot, Preferences(path))
    window.show()
    assert window.width() >= 640
    assert not window.panels.docks["layers"].isHidden()
    window.close()
    json.loads(path.read_text())


def test_damaged_settings_are_kept_aside_and_said(qtbot, tmp_path):
    path = tmp_path / "window.json"
    path.write_text("{not json")
    window = make_window(qtbot, Preferences(path))
    assert "damaged" in window.notices.texts[0]
    assert (tmp_path / "window.bad").read_text() == "{not json"
    window.close()


def test_a_home_that_cannot_be_written_costs_nothing(qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    preferences = Preferences(tmp_path / "file" / "window.json")
    window = make_window(qtbot, preferences)
    window.show()
    window.close()
    assert "cannot be" in preferences.notice


def test_train_says_why_it_cannot_run(window):
    window.document.edit("break", Graph().with_node(Dense()))
    train = window.commands["train"]
    error = window.document.verdict.first_error
    assert not train.isEnabled()
    assert train.toolTip() == error
    assert window.run_panel.state.text == error
    window.document.undo_stack.undo()
    assert train.isEnabled()


def test_buttons_follow_the_run(qtbot, preferences):
    window = make_window(qtbot, preferences, epoch_s=0.15)
    window.show()
    commands = window.commands
    assert not commands["pause"].isEnabled()
    assert not commands["stop"].isEnabled()
    assert not commands["reset"].isEnabled()
    assert not commands["export_weights"].isEnabled()
    commands["train"].trigger()
    assert not commands["train"].isEnabled()
    assert commands["pause"].isEnabled()
    qtbot.waitUntil(lambda: window.runner.state == "running", timeout=3000)
    assert commands["pause"].shortcut().toString() == "F5"
    commands["pause"].trigger()
    qtbot.waitUntil(lambda: window.runner.state == "paused", timeout=3000)
    assert commands["train"].text() == "&Resume"
    assert commands["train"].shortcut().toString() == "F5"
    assert window.run_panel.state.text == "Paused"
    commands["train"].trigger()
    qtbot.waitUntil(lambda: window.runner.state == "finished", timeout=3000)
    assert window.run_panel.figures["epoch"].text() == "epoch 5/5"
    assert "rows/s" in window.run_panel.figures["speed"].text()
    assert "75.0 %" in window.run_panel.figures["metric"].text()
    assert commands["export_weights"].isEnabled()
    assert commands["reset"].isEnabled()
    commands["reset"].trigger()
    assert window.run_panel.state.text == "Ready to train"
    window.close()


def test_f5_trains_pauses_and_goes_on(qtbot, preferences):
    window = make_window(qtbot, preferences, epoch_s=0.15)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.runner.state == "running", timeout=3000)
    QTest.keyClick(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.runner.state == "paused", timeout=3000)
    QTest.keyClick(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.runner.state == "finished", timeout=3000)
    window.close()


def test_closing_while_training_asks_once_and_stops(qtbot, preferences):
    window = make_window(qtbot, preferences, epoch_s=0.15)
    asked = []
    window.files.ask_unsaved = lambda running: asked.append(running) or "cancel"
    window.show()
    window.commands["train"].trigger()
    qtbot.wait(60)
    assert not window.close()
    assert window.runner.active
    assert asked == [True]
    window.files.ask_unsaved = lambda running: asked.append(running) or "discard"
    assert window.close()
    assert asked == [True, True]
    assert not [t for t in threading.enumerate() if t.name == "training"]


def test_the_system_ends_the_window_without_a_question(qtbot, preferences):
    window = make_window(qtbot, preferences, epoch_s=0.15)
    window.files.ask_unsaved = lambda running: pytest.fail("asked")
    window.show()
    window.commands["train"].trigger()
    window.close_now()
    assert window.isHidden()
    assert not [t for t in threading.enumerate() if t.name == "training"]


def test_a_failed_run_is_a_notice_and_the_curves_stay(qtbot, preferences):
    window = make_window(qtbot, preferences, fail_at=2)
    window.show()
    window.commands["train"].trigger()
    qtbot.waitUntil(lambda: window.runner.state == "failed", timeout=3000)
    assert "lower the learning rate" in window.notices.texts[-1]
    assert len(window.runner.feed.points()) == 1
    window.close()


@pytest.mark.parametrize("what", ["gradient", "rate"])
def test_a_run_whose_numbers_run_away_says_where_and_what_to_do(qtbot, preferences, what):
    document = fakes.document()
    # Nothing but zeros arrives at the end; slopes grow a million times a layer on the way back.
    large = {"initializer": "constant", "initializer_scale": 1e6, "activation": "linear"}
    layers = [Dense(units=4, **large)] * (5 if what == "rate" else 8)
    start = Dense(units=4, initializer="zeros", activation="linear")
    graph = Graph.chain([Input(), start, *layers, Dense(units=3, activation="softmax")])
    document.edit("steep", graph)
    optimizer = SGD(learning_rate=1e6 if what == "rate" else 1e-6)
    document.edit_settings("rate", document.settings.changed(optimizer=optimizer))
    words = {
        "rate": "The loss stopped being a finite number in epoch 1, batch 2, first in Dense (",
        "gradient": "The gradient stopped being finite in epoch 1, batch 1: it begins in Dense (",
    }[what]
    runner = Runner(document, prepare=fakes.prepare)
    window = MainWindow(preferences, document=document, runner=runner)
    window.files.ask_unsaved = lambda running: "discard"
    qtbot.addWidget(window)
    window.show()
    window.commands["train"].trigger()
    qtbot.waitUntil(lambda: runner.state == "failed", timeout=60_000)
    text = window.notices.texts[-1]
    assert text.startswith(words)
    assert "Lower the learning rate, for example from" in text
    window.close()


def test_numbers_of_views_come_to_light_with_their_key(window):
    names = [view.kind for view in window.live.views]
    window.panels.docks[names[1]].close()
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.panels.docks[names[1]].isVisible()


def test_only_visible_views_ask_for_copies(window):
    for view in window.live.views:
        window.panels.docks[view.kind].close()
    assert window.live.wanted() == frozenset()
    view = next(view for view in window.live.views if view.wants)
    window.panels.show(view.kind)
    QApplication.processEvents()
    assert window.live.wanted() == view.wants


def test_light_and_dark_are_chosen_in_the_menu_and_remembered(window, preferences):
    before = theme.mode()
    try:
        themes = {
            action.text(): action
            for menu in window.menus.by_title["View"].findChildren(QMenu)
            for action in menu.actions()
        }
        themes["&Dark"].trigger()
        assert theme.tokens().dark
        assert preferences.get("theme", str, "") == "dark"
        themes["&Light"].trigger()
        assert not theme.tokens().dark
    finally:
        theme.apply(before)


def test_dropped_files_are_opened(qtbot, window, tmp_path):
    opened = []
    window.files.open_path = opened.append
    path = tmp_path / "odd naïve #1 %.csv"
    path.write_text("a,b\n1,2\n")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    drop = QDropEvent(
        QPointF(400, 300),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(drop)
    qtbot.waitUntil(lambda: bool(opened))
    assert opened == [path]


def test_the_first_start_points_at_train_until_it_was_pressed(qtbot, window, preferences):
    window.files.open_sample = lambda name: None
    window.start_with(None)
    assert window.bubble.isVisible()
    assert "Train" in window.bubble.accessibleName()
    fitting = window.document.graph
    window.document.edit("nothing to train", Graph())
    assert not window.document.verdict.can_train
    assert window.bubble.isHidden()
    window.document.edit("back", fitting)
    assert window.bubble.isVisible()
    window.commands["train"].trigger()
    assert window.bubble.isHidden()
    window.document.edit("another", Graph())
    window.document.edit("back", fitting)
    assert window.bubble.isHidden()
    window.runner.shut_down()
    window.bubble = None
    window.start_with(None)
    assert window.bubble is None


def test_the_engine_note_comes_and_goes(window):
    window.show_engine_progress(0.4, "Preparing the engine")
    assert window.engine.isVisible()
    assert window.engine.bar.value() == 40
    window.show_engine_progress(1.0, "")
    assert window.engine.isHidden()


def test_the_first_problem_is_found(window):
    graph = window.document.graph
    window.document.edit("cut", graph.without([], [graph.links[-1]]))
    window.commands["first_problem"].trigger()
    problem = window.document.verdict.problems[0]
    assert window.document.selection == ({problem.node} if problem.node else frozenset())


def test_help_tells_what_a_layer_does(window):
    window.document.select(["dense_1"])
    window.commands["help_here"].trigger()
    text = window._help.page.toPlainText()
    assert "Dense" in text
    assert "Units" in text
    window.commands["keys"].trigger()
    assert "F5" in window._help.page.toPlainText()
    window.commands["about"].trigger()
    assert "MIT" in window._help.page.toPlainText()
    window._help.close()


def test_status_bar_counts_the_network(window):
    assert "3 layers, 67 parameters" in window.facts.text()


def test_what_training_takes_is_told_live(window):
    assert re.search(r"67 parameters, [\d.]+ [kM]B to train", window.facts.text())
    assert "of memory to train" in window.inspector.nothing.figures.text()
    before = window.facts.text()
    graph = window.document.graph
    dense = graph.node("dense_1").layer.changed(units=3000)
    window.document.edit("more", graph.with_layer("dense_1", dense))
    assert window.facts.text() != before
    assert "MB to train" in window.facts.text() or "kB to train" in window.facts.text()
    window.document.edit("break", Graph().with_node(Dense()))
    assert "to train" not in window.facts.text()


def test_a_run_stays_that_of_the_network_at_its_start(qtbot, preferences):
    window = make_window(qtbot, preferences, epoch_s=0.15)
    window.commands["train"].trigger()
    qtbot.waitUntil(lambda: window.runner.state == "running", timeout=3000)
    assert window.run_panel.state.text == "Training"
    graph = window.document.graph
    window.document.edit("move", graph.moved({"dense_1": (500.0, 500.0)}))
    assert window.run_panel.state.text == "Training"
    dense = graph.node("dense_1").layer.changed(units=9)
    window.document.edit("more", graph.with_layer("dense_1", dense))
    assert window.run_panel.state.text == "Training the network as it was at the start"
    window.commands["stop"].trigger()
    qtbot.waitUntil(lambda: not window.runner.active, timeout=3000)
    assert "before it was changed" in window.run_panel.state.text
    window.document.undo_stack.undo()
    assert window.run_panel.state.text == "Stopped; the weights are kept"
    window.close()


def test_data_opened_while_training_does_not_take_the_weights(qtbot, preferences, tmp_path):
    window = make_window(qtbot, preferences, epoch_s=0.15)
    window.commands["train"].trigger()
    qtbot.waitUntil(lambda: len(window.runner.feed.points()) >= 1, timeout=3000)
    window.document.set_dataset(open_data("iris"))
    window.commands["stop"].trigger()
    qtbot.waitUntil(lambda: not window.runner.active, timeout=3000)
    text = window.run_panel.state.text
    assert "weights of blobs" in text
    assert "epoch" in text
    assert window.panels.docks["curves"].windowTitle() == "Curves of blobs"
    window.files.ask_save = lambda *_: tmp_path / "p.nnd"
    assert window.files.save()
    kept = load_project(tmp_path / "p.nnd")
    assert kept.spec.name == "iris"
    assert kept.trained.spec.name == "blobs"
    window.files.ask_save = lambda *_: tmp_path / "w.npz"
    window.files.export_weights()
    assert "of blobs" in window.notices.texts[-1]
    window.runner.reset()
    assert window.panels.docks["curves"].windowTitle() == "Curves"
    window.close()


def test_the_page_of_keys_has_every_key_in_one_table(window):
    window.commands["keys"].trigger()
    page = window._help_window().page
    text = page.toPlainText()
    for words in ("Ctrl+Z", "Undo", "Ctrl+Shift+Z or Ctrl+Y", "Redo", "F5", "Add a layer"):
        assert words in text
    assert page.toHtml().count("<table") == 1
    window._help_window().close()


def test_the_panel_of_numbers_is_not_called_confusion(qtbot, window):
    dock = window.panels.docks["confusion"]
    assert dock.windowTitle() == "Confusion"
    window.document.set_dataset(open_data("linear"))
    assert window.document.spec.task == "regression"
    assert dock.windowTitle() == "Predicted against true"
    window.document.undo_stack.undo()
    assert dock.windowTitle() == "Confusion"


@pytest.mark.parametrize(
    ("screen", "wanted"),
    [((2560, 1440), (2048, 1152)), ((1366, 768), (1280, 768)), ((1920, 1080), (1536, 864))],
)
def test_the_first_window_takes_four_fifths_of_a_large_screen(screen, wanted):
    assert start_size(QSize(*screen)) == QSize(*wanted)
