"""The wizard of a table: columns at a glance, choices for many at once, split and added inputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from nndesigner.data import ColumnChoice, prepare
from nndesigner.data.table import TableDataset
from nndesigner.ui import theme
from nndesigner.ui.dialogs.open_data import DataDialog
from nndesigner.ui.dialogs.open_data_table import ADDED, BAD
from nndesigner.ui.dialogs.table_columns import BARS, FACTS, HOLDS, MISSING, NAME, RANGE, USED
from tests.ui.dialogs.test_open_data import heads, opened, pick, settled, table

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

FLOWERS = "length,width,place,kind\n" + "".join(
    f"{n},{'' if n % 5 == 0 else n * n % 17},p{n // 10},{'rose' if n % 2 else 'lily'}\n"
    for n in range(60)
)


def take(qtbot: QtBot, dialog: DataDialog) -> TableDataset:
    settled(qtbot, dialog)
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        dialog.use.click()
    assert isinstance(dialog.dataset, TableDataset)
    return dialog.dataset


def cells(dialog: DataDialog, name: str) -> dict[int, str]:
    model = dialog.table.columns.columns
    row = [column.name for column in model.columns].index(name)
    return {place: model.index(row, place).data() for place in range(7)}


def editor(dialog: DataDialog, name: str) -> QComboBox:
    found = dialog.table.form.editors[name]
    assert isinstance(found, QComboBox)
    return found


def test_columns_are_told_at_a_glance(qtbot: QtBot, shared_data: Path) -> None:
    dialog = opened(qtbot, shared_data / "csv" / "titanic.csv")
    assert cells(dialog, "age") == {
        0: "age", 1: "number", 2: "Input", 3: "177", 4: "88", 5: "0.42 … 80", 6: "",
    }  # fmt: skip
    assert cells(dialog, "alive")[USED] == "Ignored"
    assert cells(dialog, "survived")[USED] == "Target"
    model = dialog.table.columns.columns
    assert sum(model.index(3, BARS).data(FACTS).bars) == 891 - 177
    dialog.table.search.setText("FAR")
    assert dialog.table.columns.filtered.rowCount() == 1
    dialog.table.search.setText("")
    header = dialog.table.columns.horizontalHeader()
    dialog.table.columns.sortByColumn(MISSING, header.sortIndicatorOrder().DescendingOrder)
    assert dialog.table.columns.filtered.index(0, NAME).data() == "deck"


def test_several_columns_are_prepared_at_once(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    page = dialog.table
    page.columns.choose(["length", "width"])
    assert page.column_title.text() == "2 columns chosen"
    pick(editor(dialog, "scaling"), "robust")
    pick(editor(dialog, "fill"), "constant")
    line = page.form.editors["fill_value"]
    assert isinstance(line, QLineEdit)
    line.setText("3,5")
    line.editingFinished.emit()
    mark = page.form.editors["was_missing"]
    assert isinstance(mark, QCheckBox)
    mark.setChecked(True)
    pick(editor(dialog, "clip"), "percentiles")
    dataset = take(qtbot, dialog)
    wanted = ColumnChoice(
        scaling="robust",
        fill="constant",
        fill_value="3,5",
        was_missing=True,
        clip="percentiles",
    )
    assert dataset.options.columns == {"length": wanted, "width": wanted}
    assert dataset.spec.feature_names[:4] == (
        "length",
        "length was missing",
        "width",
        "width was missing",
    )


def test_only_what_means_something_is_asked(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    page = dialog.table

    def asked(column: str) -> set[str]:
        page.choose_column(column)
        form = page.form
        return {name for name, field in form.editors.items() if form._form.isRowVisible(field)}

    assert asked("length") == {"type", "role", "scaling", "fill", "was_missing", "clip"}
    assert asked("place") == {"type", "role", "coding", "fill", "was_missing"}
    assert asked("kind") == {"type", "role"}
    pick(editor(dialog, "role"), "ignore")
    settled(qtbot, dialog)
    assert cells(dialog, "kind")[USED] == "Ignored"


def test_a_click_on_a_type_or_role_opens_its_choices(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    view = dialog.table.columns
    view.choose(["length", "width"])
    menu = view.menu_for(USED)
    assert menu is not None
    next(action for action in menu.actions() if action.text() == "Ignored").trigger()
    settled(qtbot, dialog)
    assert {name: note for name, note in heads(dialog).items() if "ignored" in note} == {
        "length": "number, ignored",
        "width": "number, ignored, 12 missing",
    }
    types = view.menu_for(HOLDS)
    assert types is not None
    assert types.actions()[0].text() == "find out"
    assert view.menu_for(MISSING) is None


def test_a_second_number_target_joins_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS.replace("kind", "sort")))
    for name in ("length", "width"):
        dialog.table.choose_column(name)
        pick(editor(dialog, "role"), "target")
        settled(qtbot, dialog)
    assert dialog.table.target.currentText() == "2 columns"
    dataset = take(qtbot, dialog)
    assert dataset.spec.target_names == ("length", "width")
    assert dataset.spec.task == "regression"


def test_a_second_column_of_weights_replaces_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS.replace("kind", "sort")))
    for name in ("width", "length"):
        dialog.table.choose_column(name)
        pick(editor(dialog, "role"), "weight")
        settled(qtbot, dialog)
    assert cells(dialog, "length")[USED] == "Weight"
    for place in (0, 1):  # a heading that says more than before is not cut
        rows = dialog.table.rows
        assert rows.columnWidth(place) >= rows.horizontalHeader().sectionSizeHint(place)
    assert cells(dialog, "width")[USED] == "Input"
    assert dialog.table.facts.text().endswith(", weighted by length")
    dataset = take(qtbot, dialog)
    assert dataset.options.columns == {"length": ColumnChoice(role="weight")}
    assert "length" not in dataset.spec.feature_names
    assert any(note.startswith("Weight of the row: length, from ") for note in dataset.notes)


def test_the_split_is_counted_as_it_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    page = dialog.table.split

    def counted() -> dict[str, list[str]]:
        settled(qtbot, dialog)
        names = [head.name for head in page.counts.table.heads[1:]]
        lines = [list(row[1:]) for row in page.counts.table._rows]
        return dict(zip(names, (list(column) for column in zip(*lines, strict=True)), strict=True))

    assert counted() == {
        "Training": ["48", "80.0 %", "24", "24"],
        "Validation": ["12", "20.0 %", "6", "6"],
    }
    pick(page.test.unit, "rows")
    page.test.number.setValue(10)
    assert counted()["Test"] == ["10", "16.7 %", "5", "5"]
    pick(page.method, "group")
    settled(qtbot, dialog)
    assert "name the column" in dialog.problem.text().lower()
    pick(page.column, "place")
    assert counted()["Test"][0] == "10"
    assert heads(dialog)["place"].endswith("group")
    dataset = take(qtbot, dialog)
    prepared = prepare(dataset, 0.2, 1)
    assert prepared.test_rows is not None
    assert len(set((prepared.test_rows // 10).tolist())) == 1


def test_added_inputs_are_made_of_chosen_columns(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, table(tmp_path, FLOWERS))
    page = dialog.table.added
    assert page.numbers.count() == 2
    assert not page.buttons["square"].isEnabled()
    page.numbers.selectAll()
    page.buttons["square"].click()
    settled(qtbot, dialog)
    page.numbers.selectAll()
    page.buttons["product"].click()
    settled(qtbot, dialog)
    assert dialog.table.tabs.tabText(ADDED) == "Added inputs (3)"
    page.made.item(0).setSelected(True)
    page.remove.click()
    settled(qtbot, dialog)
    dialog.table.choose_column("width")
    pick(editor(dialog, "scaling"), "log")
    dataset = take(qtbot, dialog)
    assert dataset.spec.feature_names[-2:] == ("width^2", "length*width")


def test_bad_lines_are_listed(qtbot: QtBot, tmp_path: Path) -> None:
    text = FLOWERS + "1,2\n" + "3,4,p1,rose,extra\n"
    dialog = opened(qtbot, table(tmp_path, text))
    page = dialog.table
    assert page.tabs.tabText(BAD) == "Bad lines (2)"
    assert page.tabs.isTabVisible(BAD)
    assert [tuple(row) for row in page.bad.table._rows] == [
        ("62", "2", "1,2"),
        ("63", "5", "3,4,p1,rose,extra"),
    ]
    pick(page.ragged, "stop")
    settled(qtbot, dialog)
    assert "(line 63)" in dialog.problem.text()
    pick(page.ragged, "skip")
    settled(qtbot, dialog)
    assert take(qtbot, dialog).spec.rows == 60


def test_quotes_can_be_said(qtbot: QtBot, tmp_path: Path) -> None:
    lines = "".join(f"'red, light';{i};{'ab'[i % 2]}\n" for i in range(12))
    dialog = opened(qtbot, table(tmp_path, "'colour';x;kind\n" + lines))
    assert dialog.table.quote.currentText() == "single ' (found)"
    pick(dialog.table.quote, "")
    settled(qtbot, dialog)
    assert next(iter(heads(dialog))) == "'colour'"


def test_a_big_file_is_counted_beside_the_preview_and_not_read_twice(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nndesigner.ui.dialogs import open_data as module

    rows = "".join(f"{i},{i % 7},{'ab'[i % 2]}\n" for i in range(300_000))
    dialog = opened(qtbot, table(tmp_path, "a,b,kind\n" + rows))
    assert dialog.table.facts.text().startswith("First ")
    assert dialog.counter.busy
    qtbot.waitUntil(lambda: not dialog.counter.busy, timeout=60_000)
    assert dialog.table.facts.text().startswith("300,000 rows")
    assert cells(dialog, "a")[5] == "0 … 299999"
    assert dialog.table.split.counts.table._rows[0][1:] == ["240,000", "60,000"]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the file is read twice")

    monkeypatch.setattr(module, "open_data", refuse)
    dataset = take(qtbot, dialog)
    assert dataset.spec.rows == 300_000
    assert dataset.spec.target_names == ("kind",)


def test_what_stops_the_counting_of_all_rows_is_told_before_the_data_are_taken(
    qtbot: QtBot, tmp_path: Path
) -> None:
    rows = "".join(f"{i},{i % 7},{'ab'[i % 2]}\n" for i in range(300_000))
    dialog = opened(qtbot, table(tmp_path, f"a,b,kind\n{rows}1,2,a,5\n"))
    pick(dialog.table.ragged, "stop")
    settled(qtbot, dialog)
    qtbot.waitUntil(lambda: not dialog.counter.busy, timeout=60_000)
    assert "line 300002" in dialog.problem.text()
    assert not dialog.use.isEnabled()
    pick(dialog.table.ragged, "skip")
    settled(qtbot, dialog)
    qtbot.waitUntil(lambda: not dialog.counter.busy, timeout=60_000)
    assert dialog.problem.text() == ""
    assert dialog.use.isEnabled()


def test_choices_made_before_are_there_again(qtbot: QtBot, tmp_path: Path) -> None:
    path = table(tmp_path, FLOWERS)
    dialog = opened(qtbot, path)
    dialog.table.choose_column("length")
    pick(editor(dialog, "scaling"), "minmax")
    pick(dialog.table.split.test.unit, "share")
    first = take(qtbot, dialog)
    again = DataDialog(path, options=first.origin.options, validation_share=0.3)
    qtbot.addWidget(again)
    again.show()
    settled(qtbot, again)
    again.table.choose_column("length")
    assert editor(again, "scaling").currentData() == "minmax"
    assert again.table.split.test.amount == pytest.approx(0.2)
    assert "30 %" in again.table.split.validation.unit.currentText()
    assert take(qtbot, again).origin == first.origin


def test_two_hundred_columns_stay_usable(qtbot: QtBot, tmp_path: Path) -> None:
    names = ",".join(f"c{i}" for i in range(200)) + ",kind\n"
    line = ",".join("{n}" for _ in range(200))
    text = names + "".join(f"{line.format(n=n)},{'ab'[n % 2]}\n" for n in range(300))
    dialog = opened(qtbot, table(tmp_path, text))
    view = dialog.table.columns
    dialog.table.search.setText("c19")
    assert view.filtered.rowCount() == 11
    view.selectAll()
    assert len(view.names()) == 11
    pick(editor(dialog, "role"), "ignore")
    settled(qtbot, dialog)
    assert sum(column.role == "ignore" for column in view.columns.columns) == 11


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_page_paints_in_both_themes(qtbot: QtBot, tmp_path: Path, mode: theme.Mode) -> None:
    theme.apply(mode)
    dialog = opened(qtbot, table(tmp_path, FLOWERS + "1,2\n"))
    dialog.resize(1180, 740)
    for place in range(dialog.table.tabs.count()):
        dialog.table.tabs.setCurrentIndex(place)
        assert not dialog.grab().isNull()
    theme.apply("light")


SEVERAL = "a,b,c,kind\n" + "".join(
    f"{n},{n * 3 % 17 + 0.5},{n * 7 % 31 + 0.25},{'rs'[n % 2]}\n" for n in range(60)
)


def test_a_target_that_takes_anothers_place_says_so_and_why(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "several.csv"
    path.write_text(SEVERAL)
    dialog = opened(qtbot, path)
    page = dialog.table
    assert page.head.target == "kind"
    assert not page.remark.isVisible()
    page.choose_column("b")
    page._said_of_columns("role", "target")
    settled(qtbot, dialog)
    assert page.head.target == "b"
    assert page.remark.isVisible()
    assert page.remark.text() == (
        "b takes the place of kind as the target: several targets must all be numbers, and kind "
        "holds no numbers"
    )
    page.choose_column("c")
    page._said_of_columns("role", "target")
    settled(qtbot, dialog)
    assert [c.name for c in page.head.columns if c.role == "target"] == ["b", "c"]
    assert not page.remark.isVisible()
    page.choose_column("kind")
    page._said_of_columns("role", "target")
    settled(qtbot, dialog)
    assert "kind takes the place of b, c" in page.remark.text()


def test_a_guessed_number_gives_way_and_says_how_to_keep_it(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("\n".join(line.rsplit(",", 1)[0] for line in SEVERAL.splitlines()) + "\n")
    dialog = opened(qtbot, path)
    page = dialog.table
    guessed = page.head.target
    other = "a" if guessed != "a" else "b"
    page.choose_column(other)
    page._said_of_columns("role", "target")
    settled(qtbot, dialog)
    assert f"{other} takes the place of {guessed}" in page.remark.text()
    assert "was guessed" in page.remark.text()
    page.choose_column(guessed)
    page._said_of_columns("role", "target")
    settled(qtbot, dialog)
    assert {c.name for c in page.head.columns if c.role == "target"} == {other, guessed}
    assert not page.remark.isVisible()


def test_a_date_that_is_used_is_not_called_ignored(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text(
        "day,a,kind\n" + "".join(f"2024-01-{n % 28 + 1:02d},{n},{'rs'[n % 2]}\n" for n in range(60))
    )
    dialog = opened(qtbot, path)
    page = dialog.table
    page.choose_column("day")
    assert "Ignored: it holds dates" in page.form.why.text()
    page._said_of_columns("role", "input")
    settled(qtbot, dialog)
    page.choose_column("day")
    assert page.form.why.text() == ""
    tips = [head.help for head in page.rows.table.heads]
    assert not any("Ignored" in tip for tip in tips)


def test_a_number_that_is_a_class_is_not_scaled(qtbot: QtBot, tmp_path: Path) -> None:
    rows = "".join(f"{n * 1.001234:.5f},{n % 3}\n" for n in range(60))
    dialog = opened(qtbot, table(tmp_path, f"size,grade\n{rows}"))
    page = dialog.table
    page.choose_column("grade")
    assert page.head.task == "classification"
    assert next(c.type for c in page.head.columns if c.name == "grade") == "number"
    assert not page.form._form.isRowVisible(page.form.editors["scaling"])
    # The range is whole.
    index = page.columns.model().index(0, RANGE)
    needed = page.columns.fontMetrics().horizontalAdvance(index.data())
    assert page.columns.columnWidth(RANGE) >= needed
