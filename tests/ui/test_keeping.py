"""What is open stays as it was while other data are read, whatever becomes of those."""

from __future__ import annotations

import errno
import gzip
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QDialog

from nndesigner import api
from nndesigner.data import (
    idx_file,
    image_cache,
    images,
    limits,
    open_data,
    prepare,
    store,
    table_blocks,
    table_head,
)
from nndesigner.data import table_source as source
from nndesigner.errors import DataError
from nndesigner.files.project import load_project, save_project
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.training.settings import Settings
from nndesigner.ui.document import State
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow
from tests.data.helpers import class_folders, idx_bytes

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "propagateSizeHints")

Patch = pytest.MonkeyPatch


def late_quote(folder: Path, patch: Patch) -> tuple[Path, str]:
    """A big table, read in blocks, that turns bad near its end."""
    path = folder / "late.csv"
    lines = "".join(f"{i},{i % 7},{i % 2}\n" for i in range(40_000))
    path.write_text("a,b,y\n" + lines + '1,"2,0\n' + "3,4,1\n" * 500)
    patch.setattr(source, "BLOCKS_FROM", 1)
    patch.setattr(table_blocks, "BLOCK_BYTES", 50_000)
    return path, "is never closed"


def cut_archive(folder: Path, patch: Patch) -> tuple[Path, str]:
    rng = np.random.default_rng(0)
    whole = gzip.compress(idx_bytes(rng.integers(0, 256, (400, 16, 16)).astype(np.uint8)))
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(whole[: len(whole) // 2])
    labels = gzip.compress(idx_bytes((np.arange(400) % 2).astype(np.uint8)))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(labels)
    patch.setattr(idx_file, "_CHUNK", 4096)
    return path, "is cut off"


def vanishing_folder(folder: Path, patch: Patch) -> tuple[Path, str]:
    """The pictures are listed and looked at, and gone when they are to be read."""
    root = class_folders(folder / "pictures", count=30)
    probe = images._probe_all

    def gone(*of: Any) -> Any:
        found = probe(*of)
        for file in root.rglob("*.png"):
            file.unlink()
        return found

    patch.setattr(images, "_probe_all", gone)
    return root, "No picture in .* can be read"


def full_disk(folder: Path, patch: Patch) -> tuple[Path, str]:
    """A table that memory cannot hold, on a disk that is full before it ends."""
    path, _ = late_quote(folder, patch)
    path.write_text(path.read_text().replace('"', ""))
    patch.setattr(table_head, "BLOCKS_FROM", 1)
    patch.setattr(limits, "free_bytes", lambda: 40_000)
    real, calls = store.os.posix_fallocate, [0]

    def claim(*of: int) -> None:
        calls[0] += 1
        if calls[0] == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*of)

    patch.setattr(store.os, "posix_fallocate", claim)
    return path, "No space left on device"


def no_memory(folder: Path, patch: Patch) -> tuple[Path, str]:
    root = class_folders(folder / "pictures", count=30)

    def fail(*_: Any) -> Any:
        raise MemoryError

    patch.setattr(images, "room", fail)
    return root, "memory"


FAULTS = [late_quote, cut_archive, vanishing_folder, full_disk, no_memory]
Fault = Callable[[Path, Patch], tuple[Path, str]]


@pytest.fixture
def window(qtbot, tmp_path):
    window = MainWindow(Preferences(tmp_path / "config" / "window.json"))
    window.files.ask_unsaved = lambda running: "discard"
    qtbot.addWidget(window)
    dataset = open_data("iris")
    graph = Graph.chain([Input(), Dense(units=8), Dense(units=3, activation="softmax")])
    state = State(graph, Settings(epochs=2), dataset.origin, dataset.spec)
    window.document.load(state, dataset=dataset, name="flowers")
    window.show()
    yield window
    window.close()


def train(qtbot, window):
    before = window.document.trained
    window.runner.train()
    qtbot.waitUntil(
        lambda: not window.runner.active and window.document.trained is not before, timeout=60_000
    )
    return window.document.trained


class Kept:
    """Everything of an open project that other data must not change."""

    def __init__(self, window: MainWindow) -> None:
        document = window.document
        self.window = window
        self.dataset, self.state = document.dataset, document.state
        self.trained = document.trained
        self.weights = {name: array.copy() for name, array in self.trained.weights.items()}
        self.facts = self._facts()
        prepared = prepare(self.dataset, 0.2, 1)
        self.rows = prepared.x_train.copy()

    def _facts(self) -> tuple[Any, ...]:
        document = self.window.document
        return (
            document.title,
            self.window.windowTitle(),
            document.unsaved,
            document.path,
            document.undo_stack.count(),
            document.undo_stack.index(),
            document.whose_weights,
        )

    def check(self) -> None:
        document = self.window.document
        assert document.dataset is self.dataset
        assert document.state is self.state
        assert document.trained is self.trained
        assert self._facts() == self.facts
        for name, array in document.trained.weights.items():
            np.testing.assert_array_equal(array, self.weights[name])
        np.testing.assert_array_equal(prepare(document.dataset, 0.2, 1).x_train, self.rows)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_open_stays_while_other_data_fail(qtbot, window, tmp_path, fault: Fault) -> None:
    train(qtbot, window)
    kept = Kept(window)
    with pytest.MonkeyPatch.context() as patch:
        path, words = fault(tmp_path, patch)
        window.files.open_data(path)
        dialog = window.files.dialog
        qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
        if not dialog.problem.text():  # a preview of the beginning found nothing
            dialog.use.click()
            qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
        said = dialog.problem.text()
        assert said
        assert "\n" not in said
        assert "fault in the program" not in said
        assert re.search(words, said), said
        assert dialog.isVisible()
        dialog.cancel.click()
        assert dialog.result() == QDialog.DialogCode.Rejected
    kept.check()
    assert train(qtbot, window).history


@pytest.mark.parametrize("fault", FAULTS)
def test_the_data_of_a_script_stay_while_others_fail(tmp_path: Path, fault: Fault) -> None:
    project = api.new("dense 8, dense 3 softmax", data="iris", epochs=2)
    trained = api.train(project)
    before = {name: array.copy() for name, array in trained.weights.items()}
    rows = prepare(api.project_data(project), 0.2, 1).x_train
    with pytest.MonkeyPatch.context() as patch:
        path, words = fault(tmp_path, patch)
        with pytest.raises(DataError, match=words):
            api.new("dense 2", data=path)
        with pytest.raises(DataError):
            api.train(project, data=path)
    np.testing.assert_array_equal(prepare(api.project_data(project), 0.2, 1).x_train, rows)
    for name, array in trained.weights.items():
        np.testing.assert_array_equal(array, before[name])
    again = api.train(project)
    for name, array in again.weights.items():
        np.testing.assert_array_equal(array, before[name])


# -- projects, whose data may be large


@pytest.fixture
def slow_project(tmp_path: Path, monkeypatch: Patch) -> Path:
    """A project whose pictures take long to read."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = class_folders(tmp_path / "pictures", count=150)
    project = api.new("flatten, dense 2 softmax", data=root)
    save_project(tmp_path / "pictures.nnd", project)
    for kept in (tmp_path / "cache").rglob("facts.json"):
        kept.unlink()
    real = images._content

    def slow(file: Path) -> bytes:
        time.sleep(0.05)
        return real(file)

    monkeypatch.setattr(images, "_content", slow)
    return tmp_path / "pictures.nnd"


def test_opening_a_project_shows_how_far_it_is_and_can_be_cancelled(
    qtbot, window, slow_project: Path
) -> None:
    train(qtbot, window)
    kept = Kept(window)
    window.files.open_path(slow_project)
    qtbot.waitUntil(
        lambda: window.opening.isVisible() and window.opening.bar.value() > 250, timeout=20_000
    )
    assert "reading picture" in window.opening.bar.toolTip()
    began = time.monotonic()
    window.opening.cancel.click()
    assert not window.opening.isVisible()
    reading = [thread for thread in threading.enumerate() if thread.name == "opening"]
    for thread in reading:
        thread.join(5)
    assert time.monotonic() - began < 1.0
    qtbot.wait(60)
    kept.check()
    assert window.notices.texts[-1] == "Opening was cancelled"
    assert load_project(slow_project).origin is not None
    assert train(qtbot, window).history


def test_a_project_whose_data_fail_late_leaves_a_project_without_data_and_says_why(
    qtbot, window, slow_project: Path, monkeypatch: Patch
) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(images, "_content", full)
    window.files.open_path(slow_project)
    qtbot.waitUntil(lambda: window.document.path == slow_project, timeout=20_000)
    assert window.document.dataset is None
    assert window.document.spec is not None
    assert any("No picture in" in text for text in window.notices.texts)


def test_a_full_disk_keeps_nothing_and_the_pictures_are_there(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    """The cache is a help: without it the pictures have been read all the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(image_cache, "_write", full)
    assert open_data(class_folders(tmp_path / "pictures", count=150)).spec.rows == 300
    assert list((tmp_path / "cache" / "nndesigner" / "data").iterdir()) == []
