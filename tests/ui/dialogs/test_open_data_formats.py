"""The preview of formats that are no text: none about delimiters, but one about the sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from pytestqt.qtbot import QtBot

from nndesigner.ui.dialogs.open_data import DataDialog

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "propagateSizeHints")


def opened(qtbot: QtBot, path: Path) -> DataDialog:
    dialog = DataDialog(path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    return dialog


def test_the_sheet_of_a_workbook_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title, count in (("first", 8), ("second", 20)):
        sheet = book.create_sheet(title)
        sheet.append(["a", "class"])
        for index in range(count):
            sheet.append([index, "uv"[index % 2]])
    del book["Sheet"]
    book.save(tmp_path / "b.xlsx")
    dialog = opened(qtbot, tmp_path / "b.xlsx")
    page = dialog.table
    assert page.facts.text().startswith("8 rows")
    assert page.sheet.isVisible()
    assert not page.delimiter.isVisible()
    page.sheet.setCurrentIndex(page.sheet.findData("second"))
    page.sheet.activated.emit(page.sheet.currentIndex())
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    assert page.facts.text().startswith("20 rows")
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.origin.options["sheet"] == "second"


def test_a_parquet_asks_nothing_about_text(qtbot: QtBot, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": range(30), "class": list("uvw") * 10})
    frame.to_parquet(tmp_path / "t.parquet")
    dialog = opened(qtbot, tmp_path / "t.parquet")
    page = dialog.table
    shown = (page.delimiter, page.decimal, page.encoding, page.header, page.skip, page.sheet)
    assert not any(field.isVisible() for field in shown)
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.spec.classes == ("u", "v", "w")


def test_arrays_whose_names_say_nothing_are_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "odd.npz"
    pixels = np.zeros((6, 4, 4), np.uint8)
    np.savez(path, one=pixels, two=pixels, three=np.arange(6) % 2, four=np.arange(6) % 3)
    dialog = DataDialog(path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    assert "which array holds the inputs and which the labels is not clear" in dialog.problem.text()
    chooser = dialog.arrays
    assert chooser.isVisible()
    assert not dialog.use.isEnabled()
    for box, name in ((chooser.inputs, "two"), (chooser.labels, "four")):
        index = box.findData(name)
        box.setCurrentIndex(index)
        box.activated.emit(index)
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    assert dialog.problem.text() == ""
    dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.spec.outputs == 3
    assert dialog.dataset.origin.options == {"x": "two", "y": "four"}
