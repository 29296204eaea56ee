"""Numbers as people write them, with either decimal mark, and what only looks like one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from nndesigner.data import open_data
from nndesigner.data.number_texts import codes_of_numbers, parse_number
from nndesigner.data.table import TableDataset
from tests.data.helpers import table


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("1 234,50 €", ",", 1234.5),
        ("1.234,50 €", ",", 1234.5),
        ("1.234.567", ",", 1234567.0),
        ("-0,5", ",", -0.5),
        ("12.5", ",", math.nan),
        ("12.05.2020", ",", math.nan),
        ("1.23,4", ",", math.nan),
        ("$1,234.5", ".", 1234.5),
        ("1,23", ".", math.nan),
        ("12 %", ".", 12.0),
        ("1e400", ".", math.nan),
        ("12.05.2020", ".", math.nan),
    ],
)
def test_a_number_is_read_by_its_decimal_mark_or_not_at_all(
    text: str, decimal: Literal[".", ","], number: float
) -> None:
    assert parse_number(text, decimal) == pytest.approx(number, nan_ok=True)


def test_what_is_no_number_beside_decimal_commas_counts_as_missing(tmp_path: Path) -> None:
    cells = ["1,5 €", "2,25 €", "1.000,5 €", "7.5 €"] * 10
    lines = "".join(f"{cell};{i},5;{'ab'[i % 2]}\n" for i, cell in enumerate(cells))
    dataset = open_data(
        table(tmp_path, "price;x;kind\n" + lines),
        options={"columns": {"price": {"type": "number"}}},
    )
    assert isinstance(dataset, TableDataset)
    numbers = dataset.columns[0].numbers
    assert numbers is not None
    assert numbers[:3].tolist() == [1.5, 2.25, 1000.5]
    assert np.isnan(numbers[3::4]).all()
    assert any("10 cells are no number" in note and "7.5 €" in note for note in dataset.notes)


def test_numbers_become_texts_in_their_order() -> None:
    codes, values = codes_of_numbers(np.array([2.5, np.nan, 1.0, 2.5, -3.0]))
    assert values == ("-3", "1", "2.5")
    assert codes.tolist() == [2, -1, 1, 2, 0]


@pytest.mark.parametrize(
    ("head", "cells", "first"),
    [
        ("price;n;y\n", ["3.735,77", "9.552,89", "170,63"], 3735.77),
        ("price,n,y\n", ['"68,95"', '"5,5"', '"100"'], 68.95),
        ("price,n,y\n", ['"7,576.53"', '"1,430.49"', "855.91"], 7576.53),
    ],
)
def test_numbers_beyond_doubt_are_read_and_it_is_said(
    tmp_path: Path, head: str, cells: list[str], first: float
) -> None:
    sign = head[5]
    lines = "".join(
        sign.join((cells[i % 3], f"{i}.5" if sign == "," else str(i), "uv"[i % 2])) + "\n"
        for i in range(60)
    )
    dataset = open_data(table(tmp_path, head + lines), target="y")
    assert isinstance(dataset, TableDataset)
    price = dataset.columns[0]
    assert price.type == "number"
    assert price.numbers is not None
    assert price.numbers[0] == pytest.approx(first)
    assert price.missing == 0
    assert any("price: cells such as" in note and "numbers" in note for note in dataset.notes)


@pytest.mark.parametrize(
    "cells", [["007", "1.5"], ["1,234", "900"], ["1,2,3", "4,5"], ["12-5", "1,5"]]
)
def test_texts_that_leave_doubt_stay_texts(tmp_path: Path, cells: list[str]) -> None:
    lines = "".join(f'"{cells[i % 2]}",{i}.5,{"uv"[i // 2 % 2]}\n' for i in range(60))
    dataset = open_data(table(tmp_path, "code,x,y\n" + lines), target="y")
    assert isinstance(dataset, TableDataset)
    assert dataset.columns[0].type == "category"


def test_a_column_with_another_mark_than_the_table_is_read_when_it_shall_be(tmp_path: Path) -> None:
    lines = "".join(f'"{i},5{" kg" if i == 3 else ""}",{i}.5,{"uv"[i % 2]}\n' for i in range(60))
    path = table(tmp_path, "a,x,y\n" + lines)
    dataset = open_data(path, target="y", options={"columns": {"a": {"type": "number"}}})
    assert isinstance(dataset, TableDataset)
    assert dataset.columns[0].missing == 1
    assert "a: its numbers are read with a decimal comma." in dataset.notes
