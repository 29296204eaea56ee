"""The choices of an open table are made anew, of a sample too, which stays that sample."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data
from nndesigner.data.added import Added
from nndesigner.data.opening import open_origin
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def prepared_anew(qtbot: QtBot, window: MainWindow) -> None:
    """Prepare again, and add x1 squared."""
    window.commands["prepare_data"].trigger()
    dialog = window.files.dialog
    qtbot.waitUntil(lambda: dialog.table.head is not None and not dialog.busy, timeout=20_000)
    first = dialog.table.head.columns[0].name
    dialog.table._set("added", (Added("power", first, power=2),))
    qtbot.waitUntil(lambda: not dialog.busy, timeout=20_000)
    dialog.take()
    qtbot.waitUntil(lambda: window.files.dialog is None, timeout=20_000)


@pytest.mark.parametrize("name", ["moons", "wine"])
def test_a_sample_gets_added_inputs_and_stays_that_sample(qtbot: QtBot, name: str) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.files.take_data(open_data(name))
    before = window.document.spec
    prepared_anew(qtbot, window)
    document = window.document
    assert document.spec.input_shape == (before.input_shape[0] + 1,)
    assert (document.spec.name, document.spec.task) == (before.name, before.task)
    origin = document.state.origin
    assert (origin.kind, origin.path) == ("sample", name)
    assert open_origin(origin).spec == document.spec
    document.mark_discarded()


def test_a_file_keeps_its_path_and_its_choices(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i},{i % 5},{'rs'[i % 2]}\n" for i in range(60)))
    window = MainWindow()
    qtbot.addWidget(window)
    window.files.take_data(open_data(path, options={"target": "b"}))
    prepared_anew(qtbot, window)
    assert window.document.state.origin.path == str(path)
    assert window.document.spec.target_names == ("b",)
    window.document.mark_discarded()


def test_what_is_no_table_is_told_in_one_sentence(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    said: list[str] = []
    window.judging._notices.say = lambda text, *_: said.append(text)
    window.commands["prepare_data"].trigger()
    window.files.take_data(open_data("digits"))
    window.commands["prepare_data"].trigger()
    assert "Open a table first" in said[0]
    assert "Only a table" in said[-1]
    window.document.mark_discarded()
