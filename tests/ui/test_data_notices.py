"""What is said of data goes with them, all of it can be read, and warnings know their split."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data
from nndesigner.learning.optimizers import Adam
from nndesigner.training.augmentation import Augmentation
from nndesigner.ui.window import MainWindow
from tests.ui.test_pictures_again import folders

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow()
    qtbot.addWidget(window)
    window.files.ask_unsaved = lambda running: "discard"
    return window


def leaky(path: Path) -> Path:
    """A table with a column that gives the target away, an identifier, gaps and a constant."""
    rows = "".join(
        f"{n},{n % 7 or ''},{'ab'[n % 2]},4,{n * n % 11 or ''},{'yn'[n % 2]}\n" for n in range(80)
    )
    path.write_text("id,gaps,twin,same,more,target\n" + rows)
    return path


def test_notices_of_earlier_data_go_with_it(window: MainWindow, tmp_path: Path) -> None:
    first = open_data(leaky(tmp_path / "first.csv"))
    window.files.take_data(first)
    said = window.notices.texts
    assert any(note in said for note in first.notes)
    stays = window.notices.say("Something else", "warning")
    window.files.take_data(open_data("moons"))
    assert not set(first.notes) & set(window.notices.texts)
    assert not any("first" in text for text in window.notices.texts)
    assert stays.text in window.notices.texts
    window.document.undo_stack.undo()
    assert not any("moons" in text for text in window.notices.texts)


def test_all_notes_can_be_read(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.show()
    dataset = open_data(leaky(tmp_path / "first.csv"))
    window.files.take_data(dataset)
    buttons = [n.button for n in window.notices.notices if n.button and "more" in n.button.text()]
    assert len(buttons) == 1
    shown = [note for note in dataset.notes if note in window.notices.texts]
    left = len([note for note in dataset.notes if "target" not in note]) - len(shown)
    assert len(shown) == 2
    assert left > 0
    buttons[0].click()
    text = window.files.said.dialog.notes.text()
    assert all(note in text for note in dataset.notes)
    assert "first" in window.files.said.dialog.windowTitle()
    window.files.said.dialog.reject()


def test_a_batch_is_judged_by_the_rows_that_folders_leave_for_training(
    window: MainWindow, tmp_path: Path
) -> None:
    counts = {"train/a": 10, "train/b": 10, "val/a": 4, "val/b": 4, "test/a": 4, "test/b": 4}
    dataset = open_data(folders(tmp_path / "parts", counts, side=4))
    window.files.take_data(dataset)
    document = window.document
    assert document.parts == (20, 8, 8)
    assert window.data_bar.text.startswith("parts: 20 + 8 + 8 rows")
    for notice in window.notices.notices:
        if notice.button and "Draw" in notice.button.text():
            notice.button.click()
    document.edit_settings("batch", document.settings.changed(batch_size=24))
    told = [problem.message for problem in document.verdict.problems]
    assert any("larger than the 20 training rows" in text for text in told), told
    document.edit_settings("batch", document.settings.changed(batch_size=20))
    told = [problem.message for problem in document.verdict.problems]
    assert not any("training rows" in text for text in told), told


def test_the_drawn_network_brings_its_settings_in_one_step(window: MainWindow) -> None:
    document = window.document
    window.files.take_data(open_data("iris"))
    old = document.settings.changed(
        optimizer=Adam(learning_rate=0.01),
        batch_size=7,
        epochs=9,
        augmentation=Augmentation(noise=0.3),
    )
    document.edit_settings("mine", old)
    window.files.take_data(open_data("digits"))
    drawn, steps = document.graph, document.undo_stack.index()
    button = next(
        n.button for n in window.notices.notices if n.button and "Draw" in n.button.text()
    )
    button.click()
    assert document.undo_stack.index() == steps + 1
    assert document.verdict.can_train
    assert not document.settings.augmentation.is_on
    assert document.settings.batch_size != 7
    assert document.settings.epochs == 9
    said = [text for text in window.notices.texts if "settings were chosen for this" in text]
    assert len(said) == 1
    assert "augmentation is off (it was noise 30 %)" in said[0]
    document.undo_stack.undo()
    assert document.settings == old
    assert document.graph == drawn


def test_a_new_project_drops_old_notices_and_offers_a_network(
    window: MainWindow, tmp_path: Path
) -> None:
    first = open_data(leaky(tmp_path / "first.csv"))
    window.files.take_data(first)
    assert set(first.notes) & set(window.notices.texts)
    window.files.new()
    assert not set(first.notes) & set(window.notices.texts)
    assert window.document.dataset is first
    assert len(window.document.graph.nodes) == 1
    button = next(
        n.button for n in window.notices.notices if n.button and "Draw" in n.button.text()
    )
    button.click()
    assert window.document.verdict.can_train
