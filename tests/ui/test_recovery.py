"""Unsaved work outlives the end of the program, is offered once, and stays the person's."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.layers import Dense
from nndesigner.ui import recovery
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def kept_in(tmp_path, monkeypatch):
    monkeypatch.setattr(recovery, "folder", lambda: tmp_path / "recovered")
    return tmp_path / "recovered"


@pytest.fixture
def preferences(tmp_path):
    return Preferences(tmp_path / "window.json")


def start(qtbot, preferences):
    window = MainWindow(preferences)
    window.start_with(None)
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=10_000)
    return window


def offers(window):
    return [text for text in window.notices.texts if "kept" in text]


def test_ended_from_outside_the_work_is_offered_at_the_next_start(qtbot, kept_in, preferences):
    window = start(qtbot, preferences)
    assert not offers(window)
    document = window.document
    document.edit("add", document.graph.with_node(Dense(units=77)))
    graph = document.graph
    window.close_now()
    assert len(recovery.kept()) == 1
    again = start(qtbot, preferences)
    (offer,) = (notice for notice in again.notices.notices if "kept" in notice.text)
    offer.button.click()
    qtbot.waitUntil(lambda: again.document.graph == graph, timeout=10_000)
    assert again.document.path is None
    assert again.document.unsaved
    assert recovery.kept() == []
    assert len(list((kept_in / "opened").iterdir())) == 1  # never deleted unasked
    again.document.mark_discarded()
    assert again.close()


def test_saved_work_is_not_kept_twice(qtbot, kept_in, preferences):
    window = start(qtbot, preferences)
    window.close_now()
    assert not kept_in.exists()


def test_a_folder_that_cannot_be_written_is_no_reason_to_hang(qtbot, monkeypatch, preferences):
    monkeypatch.setattr(recovery, "folder", lambda: Path("/dev/null/nowhere"))
    window = start(qtbot, preferences)
    window.document.edit("add", window.document.graph.with_node(Dense()))
    window.close_now()
    assert window.isHidden()
    assert recovery.kept() == []
