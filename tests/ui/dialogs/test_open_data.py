"""Data is previewed before it is taken, its choices are offered, and refused in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog
from pytestqt.qtbot import QtBot

from nndesigner.data import prepare
from nndesigner.ui import theme
from nndesigner.ui.dialogs.open_data import DataDialog
from nndesigner.ui.document import Document

# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture(autouse=True)
def light(qapp: object) -> Iterator[None]:
    if theme.mode() != "light":  # a change of style repaints every widget there is
        theme.apply("light")
    yield
    if theme.mode() != "light":
        theme.apply("light")


def opened(qtbot: QtBot, path: Path) -> DataDialog:
    dialog = DataDialog(path)
    qtbot.addWidget(dialog)
    dialog.show()
    settled(qtbot, dialog)
    return dialog


def settled(qtbot: QtBot, dialog: DataDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)


def pick(box: QComboBox, value: object) -> None:
    """Choose as a person does: the signal of a choice, not of a change."""
    index = next(i for i in range(box.count()) if box.itemData(i) == value)
    box.setCurrentIndex(index)
    box.activated.emit(index)


def heads(dialog: DataDialog) -> dict[str, str]:
    return {head.name: head.note for head in dialog.table.rows.table.heads}


def table(tmp_path: Path, text: str, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


FLOWERS = "length;width;kind\n" + "".join(
    f"{n},5;{n + 1},25;{'rose' if n % 2 else 'lily'}\n" for n in range(20)
)


def test_titanic_opens_and_is_taken_without_an_editor(qtbot: QtBot, shared_data: Path) -> None:
    dialog = opened(qtbot, shared_data / "csv" / "titanic.csv")
    assert dialog.problem.text() == ""
    assert heads(dialog)["age"] == "number, 177 missing"
    assert heads(dialog)["survived"].endswith("target")
    assert heads(dialog)["alive"].endswith("ignored")
    assert "891 rows" in dialog.table.facts.text()
    assert dialog.dataset is None
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.spec.rows == 891
    assert dialog.dataset.spec.classes == ("0", "1")
    prepared = prepare(dialog.dataset, 0.2, 1)
    assert prepared.x_train.shape[1:] == dialog.dataset.spec.input_shape
    document = Document()
    document.set_dataset(dialog.dataset)
    assert document.dataset is dialog.dataset


@pytest.mark.parametrize("name", ["penguins.csv", "adult.data", "winequality-red_semicolon.csv"])
def test_tables_of_the_world_open_as_they_are(qtbot: QtBot, shared_data: Path, name: str) -> None:
    dialog = opened(qtbot, shared_data / "csv" / name)
    assert dialog.problem.text() == ""
    with qtbot.waitSignal(dialog.accepted, timeout=120_000):
        dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.spec.rows > 300


def test_what_was_found_is_said_and_can_be_changed(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    page = dialog.table
    assert page.delimiter.currentText() == "semicolon (found)"
    assert page.decimal.currentText() == "comma (found)"
    assert page.header.currentText() == "column names (found)"
    assert page.target.currentText() == "kind (found)"
    pick(page.delimiter, "|")
    settled(qtbot, dialog)
    assert len(heads(dialog)) == 1
    pick(page.delimiter, ";")
    settled(qtbot, dialog)
    assert list(heads(dialog)) == ["length", "width", "kind"]
    pick(page.header, False)
    settled(qtbot, dialog)
    assert len(page.rows.table._rows) == 21
    page.skip.setValue(1)
    settled(qtbot, dialog)
    assert len(page.rows.table._rows) == 20


def test_the_target_can_be_another_column(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    pick(dialog.table.target, "width")
    settled(qtbot, dialog)
    assert heads(dialog)["width"] == "number, target"
    assert "kind" in heads(dialog)
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.spec.task == "regression"
    assert dialog.dataset.spec.target_names == ("width",)
    assert dialog.dataset.origin.options["target"] == "width"


def test_a_column_can_be_left_out_or_taken_as_something_else(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    page = dialog.table
    page.rows.horizontalHeader().sectionClicked.emit(0)
    assert page.column == "length"
    assert page.column_title.text() == "Column length"
    pick(page.role, "ignore")
    settled(qtbot, dialog)
    assert heads(dialog)["length"] == "number, ignored"
    page.choose_column("width")
    pick(page.kind, "category")
    settled(qtbot, dialog)
    assert heads(dialog)["width"] == "category"
    pick(page.kind, None)
    settled(qtbot, dialog)
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.spec.feature_names == ("width",)


def test_the_role_of_a_column_can_be_target(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    dialog.table.choose_column("length")
    pick(dialog.table.role, "target")
    settled(qtbot, dialog)
    assert heads(dialog)["length"] == "number, target"
    assert not heads(dialog)["kind"].endswith("target")
    pick(dialog.table.role, "input")
    settled(qtbot, dialog)
    assert not heads(dialog)["length"].endswith("target")


def test_what_a_preview_of_a_big_file_showed_is_what_is_taken(qtbot: QtBot, tmp_path: Path) -> None:
    text = "a,b,y\n" + "".join(f"{i % 50},{i % 7},{i % 3}\n" for i in range(400_000))
    path = table(tmp_path, text + "".join(f"{i % 50},{i % 7},text{i}\n" for i in range(3000)))
    dialog = opened(qtbot, path)
    assert heads(dialog)["y"].endswith("target")
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.spec.target_names == ("y",)
    assert dialog.dataset.spec.classes == ("0", "1", "2")
    assert any("y: 3,000 cells are no numbers" in note for note in dialog.dataset.notes)


def test_gaps_can_be_filled_with_a_number_of_ones_own(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, "x,c,y\n1,a,4\n,a,14\n5,b,24\n8,b,28\n3,a,18\n"))
    page = dialog.table
    assert not page.fill_value.isVisible()
    pick(page.fill, "constant")
    settled(qtbot, dialog)
    assert page.fill_value.text() == "0"
    page.fill_value.setText("-2,5")
    page.fill_value.editingFinished.emit()
    settled(qtbot, dialog)
    assert "filled with -2.5" in page.notes.text()
    page.fill_value.setText("many")
    page.fill_value.editingFinished.emit()
    assert page.fill_value.text() == "-2.5"
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.origin.options["fill_value"] == -2.5


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x89PNG\r\n\x1a\n0000", "PNG"),
        (b"", "no rows"),
        (b"a,b\n", "no rows"),
        (b'a,b\n1,"unclosed\n2,3\n', "line"),
    ],
    ids=["picture", "empty", "header", "quote"],
)
def test_damaged_files_are_refused_in_one_sentence(
    qtbot: QtBot, tmp_path: Path, content: bytes, word: str
) -> None:
    path = tmp_path / "damaged.csv"
    path.write_bytes(content)
    dialog = opened(qtbot, path)
    assert word in dialog.problem.text()
    assert "damaged.csv" in dialog.problem.text()
    assert "\n" not in dialog.problem.text()
    assert not dialog.use.isEnabled()
    dialog.cancel.click()
    assert dialog.result() == QDialog.DialogCode.Rejected
    assert dialog.dataset is None


def test_when_the_first_look_fails_every_choice_is_there_and_mends_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(qtbot, table(tmp_path, "a,b,y\n" + '1,2,"no\n2,3,yes\n' * 30 + '3,4,"no\n'))
    page = dialog.table
    assert "quote" in dialog.problem.text()
    for box in (page.delimiter, page.quote, page.decimal, page.encoding, page.header, page.ragged):
        assert box.isVisible()
        assert box.count() > 1
        assert box.currentText() != ""
    assert not page.sheet.isVisible()
    pick(page.quote, "")
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""
    assert "61 rows" in page.facts.text()
    assert dialog.use.isEnabled()


def test_a_first_sheet_without_rows_leaves_the_choice_of_another(
    qtbot: QtBot, tmp_path: Path
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Measured")
    for row in [("a", "b", "y"), *((n, n + 1, "yn"[n % 2]) for n in range(20))]:
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    dialog = opened(qtbot, tmp_path / "book.xlsx")
    assert "'Cover' has no rows" in dialog.problem.text()
    assert dialog.table.sheet.isVisible()
    assert not dialog.table.delimiter.isVisible()
    pick(dialog.table.sheet, "Measured")
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""


def test_too_many_lines_skipped_are_told_and_taken_back(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    dialog.table.skip.setValue(5000)
    settled(qtbot, dialog)
    assert dialog.problem.text() == (
        "t.csv: skipping 5,000 lines leaves no row of its 21: skip fewer"
    )
    assert dialog.table.skip.value() == 5000
    dialog.table.skip.setValue(-1)
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""


def test_a_file_that_is_gone_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, tmp_path / "gone.csv")
    assert "gone.csv is not there" in dialog.problem.text()
    assert not dialog.use.isEnabled()


def test_a_bad_choice_can_be_taken_back(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("größe,art\n".encode("latin-1") + "1,süß\n2,herb\n".encode("latin-1") * 9)
    dialog = opened(qtbot, path)
    assert dialog.problem.text() == ""
    pick(dialog.table.encoding, "utf-8")
    settled(qtbot, dialog)
    assert dialog.problem.text() != ""
    assert dialog.table.isVisible()
    pick(dialog.table.encoding, "cp1252")
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""
    assert "größe" in heads(dialog)


def test_markup_in_names_is_only_text(qtbot: QtBot, tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 3},{'ab'[n % 2]}\n" for n in range(30))
    dialog = opened(qtbot, table(tmp_path, "<b>x</b>,<img src=a>,y\n" + rows))
    dialog.table.choose_column("<b>x</b>")
    assert dialog.table.column_title.text() == "Column <b>x</b>"
    assert dialog.table.column_title.textFormat() == Qt.TextFormat.PlainText
    tip = dialog.table.rows.table.headerData(
        0, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )
    assert "&lt;b&gt;x&lt;/b&gt;" in tip


def test_the_theme_reaches_the_dialog(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    theme.apply("dark")
    assert theme.DARK.panel in dialog.table.rows.styleSheet()
    assert not dialog.grab().isNull()
