"""Numbers with a unit become numbers, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.data.table import open_table
from nndesigner.data.table_head import read_table_head
from nndesigner.data.table_options import ColumnChoice, TableOptions
from nndesigner.data.unit_texts import split_unit, united, without_unit
from tests.data.helpers import table
from tests.data.test_new_rows import again, learnt


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("12 kg", "kg", "12"), ("12kg", "kg", "12"), ("1.005,50 €", "€", "1.005,50"),
        ("45 %", "%", "45"), ("$1,234.5", "$", "1,234.5"), ("-$3", "$", "-3"),
        ("EUR 12", "EUR", "12"), ("12 EUR", "EUR", "12"), ("-3.5 °C", "°C", "-3.5"),
        ("120 km/h", "km/h", "120"), ("80 m²", "m²", "80"), ("1 234,50 €", "€", "1 234,50"),
        ("40 sq ft", "sq ft", "40"), ("5 µm", "µm", "5"),
    ],
)  # fmt: skip
def test_a_unit_and_its_number_are_parted(text: str, unit: str, number: str) -> None:
    assert split_unit(text) == (unit, number)


@pytest.mark.parametrize(
    "text",
    ["C85", "PC 17599", "Room 12", "007 kg", "12:30", "3-4", "10.0.0.1", "12", "kg", "v1.2", "1/2",
     "12.5.2020", "A", "", "12 kg 3", "+49 123 456", "3.png", "12. of"],
)  # fmt: skip
def test_names_codes_times_and_plain_numbers_are_none(text: str) -> None:
    assert split_unit(text) is None


def test_all_values_must_have_the_same_unit_and_be_numbers() -> None:
    assert united(["1 kg", "2 g"], ".") is None
    assert united(["1 kg", "2"], ".") is None
    assert united(["1 kg", "heavy"], ".") is None
    assert united([], ".") is None
    found = united(["1.005,50 €", "12,25 €"], ".")
    assert found is not None
    assert (found.unit, found.decimal) == ("€", ",")
    assert without_unit(["1 kg", "2 kg", "x"]) == ("kg", ("1", "2", "x"))
    assert without_unit(["1", "2 kg"]) == ("", ("1", "2 kg"))


def prices(cells: list[str]) -> str:
    lines = (f"{cell};{'ab'[place % 2]}" for place, cell in enumerate(cells))
    return "price;class\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("cell", "unit", "first"),
    [
        ("1.{:03d},50 €", "€", 1000.5), ("{} kg", "kg", 0.0), ("{} %", "%", 0.0),
        ("${}.25", "$", 0.25), ("{} km/h", "km/h", 0.0),
    ],
)  # fmt: skip
def test_a_column_that_would_be_ignored_is_read_and_it_is_said(
    tmp_path: Path, cell: str, unit: str, first: float
) -> None:
    path = table(tmp_path, prices([cell.format(row) for row in range(60)]))
    dataset = open_table(path, TableOptions(target="class"))
    (column,) = dataset.inputs
    assert (column.name, column.type, column.unit) == ("price", "number", unit)
    assert column.numbers is not None
    np.testing.assert_allclose(column.numbers, first + np.arange(60))
    note = next(one for one in dataset.notes if "price" in one)
    assert f"are read as numbers, the unit {unit!r} left out" in note
    assert "set its type to category" in note
    head = read_table_head(path)  # what the window shows first
    assert head.columns[0].type == "number"
    kept = open_table(
        path, TableOptions(target="class", columns={"price": ColumnChoice(type="category")})
    )
    (column,) = kept.inputs
    assert (column.type, column.natural) == ("category", "number")
    assert cell.format(7) in column.values


def test_a_few_values_stay_a_category_and_the_remedy_works(tmp_path: Path) -> None:
    path = table(tmp_path, prices([f"{10 * (1 + row % 3)} mg" for row in range(60)]))
    dataset = open_table(path, TableOptions(target="class"))
    assert dataset.inputs[0].type == "category"
    assert any("set its type to number to use their numbers" in note for note in dataset.notes)
    options = TableOptions(target="class", columns={"price": ColumnChoice(type="number")})
    (column,) = open_table(path, options).inputs
    assert column.numbers is not None
    assert column.numbers[:4].tolist() == [10, 20, 30, 10]


def test_new_rows_with_a_unit_are_read_and_another_unit_is_said(tmp_path: Path) -> None:
    found = learnt(tmp_path, prices([f"{row} kg" for row in range(60)]), target="class")
    same = again(tmp_path, "price;n\n5 kg;1\n6 kg;1\n", found)
    plain = again(tmp_path, "price;n\n5;1\n6;1\n", found)
    np.testing.assert_array_equal(same.x, plain.x)
    assert same.filled is None
    other = again(tmp_path, "price;n\n5 g;1\n6 g;1\n", found)
    assert any("are in 'g' here and were in 'kg' in the training" in one for one in other.notes)
    assert not any("in the training:" in one for one in (*same.notes, *plain.notes))
    mixed = again(tmp_path, "price;n\n5 kg;1\n6 kg;1\n7 g;1\n", found)
    assert mixed.filled is not None
    assert mixed.filled.tolist() == [2]
    assert any("'7 g' in line 4" in one for one in mixed.notes)


def test_a_target_in_another_unit_is_said(tmp_path: Path) -> None:
    found = learnt(
        tmp_path, "w;n\n" + "".join(f"{row / 4} kg;{row}\n" for row in range(60)), target="w"
    )
    same = again(tmp_path, "w;n\n1.5 kg;6\n", found)
    assert not any("in the training:" in one for one in same.notes)
    other = again(tmp_path, "w;n\n1500 g;6\n", found)
    assert any("w: its numbers are in 'g' here and were in 'kg'" in one for one in other.notes)


def test_a_foot_below_numbers_with_a_unit_is_pointed_out(tmp_path: Path) -> None:
    rows = "w;a;n\n" + "".join(f"{row} kg;{row / 9:.3f};{row % 7}\n" for row in range(50))
    dataset = open_table(table(tmp_path, rows + "Total;136;147\n"), TableOptions(target="n"))
    assert any("leave out the last line" in note for note in dataset.notes)


def test_cabins_tickets_and_mixed_texts_stay_texts(tmp_path: Path) -> None:
    for cells in (
        [f"C{row}" for row in range(60)],
        [f"PC {17000 + row}" for row in range(60)],
        [f"{row} {'kg' if row % 2 else 'g'}" for row in range(60)],
        [f"{row:03d} kg" for row in range(60)],
    ):
        head = read_table_head(table(tmp_path, prices(cells)))
        assert head.columns[0].type == "text"
