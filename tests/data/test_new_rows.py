"""New rows that are written in another way than those of the training: read, or said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from nndesigner.data import prepare, read_with
from nndesigner.data.dataset import Encoded, Encoding
from nndesigner.data.table import open_table
from nndesigner.data.table_encoding import TableEncoding
from nndesigner.data.table_options import TableOptions
from nndesigner.errors import DataError

from .helpers import table


def learnt(folder: Path, text: str | bytes, **options: Any) -> tuple[Encoding, dict[str, Any]]:
    """The encoding of a table, and what a project keeps of how it was opened."""
    path = table(folder, text, "learnt.csv")
    dataset = open_table(path, TableOptions.from_plain(options))
    return prepare(dataset, 0.2, 1).encoding, dict(dataset.origin.options)


def again(folder: Path, text: str | bytes, found: tuple[Encoding, dict[str, Any]]) -> Encoded:
    """New rows as that network would see them."""
    encoding, options = found
    path = table(folder, text, "new.csv")
    return read_with(encoding, path, base_options=options, keep_all=True)


# -- dates

US = "when,x,y\n" + "".join(f"{1 + i % 12}/{1 + i % 28}/2020,{i},{i * 1.5}\n" for i in range(60))


def dates(folder: Path) -> tuple[Encoding, dict[str, Any]]:
    return learnt(folder, US, columns={"when": {"type": "date", "role": "input"}}, target="y")


@pytest.mark.parametrize("text", ["2020-01-12", "12.01.2020", "2020/1/12", "2020-01-12T08:30"])
def test_dates_that_no_one_takes_for_others_are_read_and_said(tmp_path: Path, text: str) -> None:
    found = dates(tmp_path)
    usual = again(tmp_path, "when,x\n1/12/2020,3\n", found)
    other = again(tmp_path, f"when,x\n{text},3\n", found)
    np.testing.assert_array_equal(other.x, usual.x)
    assert not any("when" in note for note in usual.notes)
    note = next(note for note in other.notes if note.startswith("when:"))
    assert "1 cell is a date written in another way than %m/%d/%Y" in note
    assert repr(text) in note


@pytest.mark.parametrize("text", ["hello", "28-01-2020", "20.13.2020"])
def test_dates_that_cannot_be_read_are_counted_named_and_shown(tmp_path: Path, text: str) -> None:
    rows = again(tmp_path, f"when,x\n{text},3\n{text},4\n", dates(tmp_path))
    note = next(note for note in rows.notes if "missing" in note)
    assert note.startswith("when: 2 cells are no dates and count as missing")
    assert f"{text!r} in line 2" in note


def test_day_and_month_in_each_others_place_are_pointed_out(tmp_path: Path) -> None:
    rows = again(tmp_path, "when,x\n28/01/2020,3\n05/01/2020,4\n", dates(tmp_path))
    assert any("%d/%m/%Y" in note and "read wrongly too" in note for note in rows.notes)


# -- decimal marks

GERMAN = "size;mass;town;kind\n" + "".join(
    f"1{i % 90 + 10},{i % 9};{i % 70 + 20},{i % 7}5;{'SNO'[i % 3]};{'uv'[i % 2]}\n"
    for i in range(80)
)


def first_numbers(rows: Encoded, found: tuple[Encoding, dict[str, Any]]) -> list[float]:
    """The first two inputs of the first row in their own units."""
    encoding = found[0]
    assert isinstance(encoding, TableEncoding)
    return [round(float(value), 3) for value in encoding.undone(rows.x)[0, :2]]


def test_the_decimal_mark_of_the_training_is_kept(tmp_path: Path) -> None:
    found = learnt(tmp_path, GERMAN)
    rows = again(tmp_path, "size;mass;town\n161,900;81,490;S\n", found)
    assert first_numbers(rows, found) == [161.9, 81.49]
    assert any("decimal comma, as in the training: '161,900' is read as 161.9" in n
               for n in rows.notes)  # fmt: skip
    points = again(tmp_path, "size;mass;town\n1.234;81,5;S\n", found)
    assert first_numbers(points, found) == [1234.0, 81.5]


def test_a_file_that_leaves_no_doubt_about_its_mark_is_followed_and_said(tmp_path: Path) -> None:
    found = learnt(tmp_path, GERMAN)
    rows = again(tmp_path, "size,mass,town\n161.9,81.49,S\n", found)
    assert first_numbers(rows, found) == [161.9, 81.49]
    assert any("decimal point here, and had a decimal comma in the training" in n
               for n in rows.notes)  # fmt: skip
    told = learnt(tmp_path, GERMAN, decimal=",")
    rows = again(tmp_path, "size,mass,town\n161.9,81.49,S\n", told)
    assert first_numbers(rows, told) == [161.9, 81.49]
    plain = learnt(tmp_path, GERMAN.replace(",", "."))
    rows = again(tmp_path, "size;mass;town\n161,9;81,49;S\n", plain)
    assert first_numbers(rows, plain) == [161.9, 81.49]
    rows = again(tmp_path, "size;mass;town\n1,234;81;S\n", plain)
    assert first_numbers(rows, plain) == [1234.0, 81.0]
    assert any("'1,234' is read as 1234" in note for note in rows.notes)


def test_an_encoding_without_a_mark_guesses_as_before_and_says_so(tmp_path: Path) -> None:
    encoding, options = learnt(tmp_path, GERMAN)
    assert isinstance(encoding, TableEncoding)
    plain = msgspec.to_builtins(encoding)
    del plain["decimal"]
    old = (msgspec.convert(plain, TableEncoding), options)
    assert first_numbers(again(tmp_path, "size;mass;town\n161,9;81,5;S\n", old), old) == [
        161.9,
        81.5,
    ]
    rows = again(tmp_path, "size;mass;town\n161,900;81,490;S\n", old)
    assert any("'161,900' is read as 161900" in note for note in rows.notes)


# -- values in other letters

ANSWERS = "smoker,x,kind\n" + "".join(
    f"{('Yes', 'No', 'Rarely')[i % 3]},{i},{('cat', 'Dog')[i % 2]}\n" for i in range(60)
)


def test_values_in_other_letters_are_known_and_it_is_said(tmp_path: Path) -> None:
    found = learnt(tmp_path, ANSWERS)
    usual = again(tmp_path, "smoker,x,kind\nYes,1,cat\nNo,2,Dog\n", found)
    other = again(tmp_path, "smoker,x,kind\nyes,1,Cat\nNO,2,dog\n", found)
    np.testing.assert_array_equal(other.x, usual.x)
    np.testing.assert_array_equal(other.y, usual.y)
    assert any("smoker: read 'yes' as 'Yes'" in n or "'NO' as 'No'" in n for n in other.notes)
    assert any(note.startswith("kind: read") for note in other.notes)


def test_letters_that_tell_values_apart_are_kept(tmp_path: Path) -> None:
    text = "gene,x,y\n" + "".join(
        f"{('aB', 'Ab', 'C')[i % 3]},{i},{'uv'[i % 2]}\n" for i in range(60)
    )
    rows = again(tmp_path, "gene,x\nab,1\nAB,2\n", learnt(tmp_path, text))
    note = next(note for note in rows.notes if "has not seen" in note)
    assert "'AB'" in note
    assert "'ab'" in note
    assert not rows.x[:, :3].any()


def test_marks_for_missing_cells_can_be_said_for_new_rows_alone(tmp_path: Path) -> None:
    training = tmp_path / "t.csv"
    training.write_text("a,y\n" + "".join(f"{i % 17},{'uv'[i % 2]}\n" for i in range(60)))
    prepared = prepare(open_table(training, TableOptions()), 0.2, 1)
    new = tmp_path / "new.csv"
    new.write_text("a\n-999\n3\n")
    plain = read_with(prepared.encoding, new, keep_all=True)
    told = read_with(prepared.encoding, new, keep_all=True, options={"missing": ["-999"]})
    assert plain.x[0, 0] != told.x[0, 0] == 0  # the mean of the training, standardised
    assert plain.x[1, 0] == told.x[1, 0]


# -- missing cells, and values far away

SIZES = "a,b,kind,y\n" + "".join(
    f"{4 + i % 5},{i % 7},{'red' if i % 3 else 'blue'},{i}\n" for i in range(60)
)


def test_filled_cells_are_named_with_their_rows_and_what_stands_in(tmp_path: Path) -> None:
    found = learnt(tmp_path, SIZES, target="y")
    text = "a,b,kind\n5,,red\n6,1,blue\n,,\n"
    rows = again(tmp_path, text, found)
    assert rows.filled is not None
    assert rows.filled.tolist() == [0, 2]
    (note,) = (one for one in rows.notes if "missing" in one)
    assert note.startswith("2 rows have missing values, which were filled with what stood in")
    assert "a with 5.9" in note
    assert "kind with 'red'" in note
    assert note.endswith(": rows 1 and 3.")
    whole = again(tmp_path, "a,b,kind\n5,2,red\n", found)
    assert whole.filled is None
    assert not any("missing" in one for one in whole.notes)


def test_values_far_from_those_of_the_training_are_named_with_column_and_range(
    tmp_path: Path,
) -> None:
    found = learnt(tmp_path, SIZES, target="y")
    rows = again(tmp_path, "a,b,kind\n5000,1,red\n5,1,blue\n-7,1,red\n9,12,red\n", found)
    (note,) = (one for one in rows.notes if "far" in one)
    assert note == (
        "a: 2 values are far outside 4 to 8, which is all that the network was trained on: 5000 "
        "in row 1 and others. Its answer for those rows is a guess."
    )
    encoding, options = found
    assert isinstance(encoding, TableEncoding)
    old = msgspec.structs.replace(  # as saved before the range was measured
        encoding,
        columns=tuple(
            msgspec.structs.replace(one, least=None, most=None) if hasattr(one, "least") else one
            for one in encoding.columns
        ),
    )
    rows = again(tmp_path, "a,b,kind\n5000,1,red\n", (old, options))
    assert not any("far" in one for one in rows.notes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b,kind\n,,\n", [0]),
        ("a,b,kind\n,,\n5,1,red\n", [0]),
        ("a,b,kind\n5,1,red\n,,\n6,1,blue\n", [1]),
        ("a,b,kind\n5,1,red\n,,\n", [1]),
        ("a;b;kind\n;;\n;;\n5;1;red\n", [0, 1]),
    ],
)
def test_a_row_of_delimiters_alone_is_a_row_wherever_it_stands(
    tmp_path: Path, text: str, expected: list[int]
) -> None:
    found = learnt(tmp_path, SIZES, target="y")
    rows = again(tmp_path, text, found)
    assert len(rows.x) == text.count("\n") - 1
    assert rows.filled is not None
    assert rows.filled.tolist() == expected


def test_a_header_with_blank_lines_below_still_has_no_rows(tmp_path: Path) -> None:
    found = learnt(tmp_path, SIZES, target="y")
    with pytest.raises(DataError, match="there is nothing below the header"):
        again(tmp_path, "a,b,kind\n\n  \n", found)
