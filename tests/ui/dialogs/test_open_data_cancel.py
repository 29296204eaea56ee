"""Cancel answers at once in the real dialog, whatever is being read, and nothing is taken."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pytestqt.qtbot import QtBot

from nndesigner.data import open_data, progress
from nndesigner.ui.dialogs.open_data import DataDialog
from nndesigner.ui.document import Document
from tests.data.helpers import idx_bytes, picture

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "propagateSizeHints")

SLOW_S = 0.15


def text(folder: Path) -> Path:
    path = folder / "table.csv"
    path.write_text("a,b,y\n" + "".join(f"{i},{i % 7},{i % 2}\n" for i in range(2_000)))
    return path


def parquet(folder: Path) -> Path:
    path = folder / "table.parquet"
    pd.DataFrame({"a": range(2000), "y": [i % 2 for i in range(2000)]}).to_parquet(path)
    return path


def json_lines(folder: Path) -> Path:
    path = folder / "table.jsonl"
    path.write_text("".join(f'{{"a": {i}, "y": {i % 2}}}\n' for i in range(2_000)))
    return path


def arrays(folder: Path) -> Path:
    path = folder / "pictures.npz"
    x = np.zeros((40, 8, 8), np.uint8)
    np.savez(path, x=x, y=np.arange(40) % 2)
    return path


def idx(folder: Path) -> Path:
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.zeros((40, 8, 8), np.uint8))))
    labels = folder / "train-labels-idx1-ubyte.gz"
    labels.write_bytes(gzip.compress(idx_bytes((np.arange(40) % 2).astype(np.uint8))))
    return path


def folders(folder: Path) -> Path:
    for name in ("cats", "dogs"):
        for index in range(100):
            picture(folder / "pictures" / name / f"{index}.png", colour=index)
    return folder / "pictures"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Every report of progress takes its time, as a slow disk would."""
    said: list[float] = []

    def tell(report: progress.Progress | None, share: float, words: str) -> None:
        if report is None:
            return
        said.append(share)
        time.sleep(SLOW_S)
        if report(share, words) is False:
            raise progress.DataError(progress.CANCELLED)

    for module in list(__import__("sys").modules.values()):
        name = getattr(module, "__name__", "")
        if name.startswith("nndesigner.data.") and getattr(module, "tell", None) is not None:
            monkeypatch.setattr(module, "tell", tell)
    yield said
    for thread in threading.enumerate():
        if thread.name == "read-data":
            thread.join(10)


@pytest.mark.parametrize("make", [text, parquet, json_lines, arrays, idx, folders])
def test_cancel_answers_at_once_and_takes_nothing(
    qtbot: QtBot, tmp_path: Path, make: Callable[[Path], Path], request: pytest.FixtureRequest
) -> None:
    document = Document()
    before = open_data("iris")
    document.set_dataset(before)
    path = make(tmp_path)
    open_data(path)  # its reader is imported now, so that it can be slowed down
    dialog = DataDialog(path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    if dialog.kind != "csv":  # pictures are read for their preview: cancel that
        said = request.getfixturevalue("slow")
        dialog._read()
    else:
        said = request.getfixturevalue("slow")
        dialog.use.click()
    qtbot.waitUntil(lambda: bool(said) and dialog.busy, timeout=60_000)
    began = time.monotonic()
    dialog.cancel.click()
    assert time.monotonic() - began < 1.0
    assert not dialog.isVisible()
    assert not dialog.busy
    assert dialog.dataset is None
    assert document.dataset is before
    reading = [thread for thread in threading.enumerate() if thread.name == "read-data"]
    for thread in reading:
        thread.join(max(0.0, began + 1.0 - time.monotonic()))
        assert not thread.is_alive(), "the reading went on for more than a second"
