"""Every format leads into the same table: columns, types, target, notes; faults are sentences."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nndesigner.cli.parser import main
from nndesigner.data import (
    formats,
    json_table,
    limits,
    open_data,
    open_origin,
    prepare,
    read_table_head,
    read_with,
    store,
    table_source,
)
from nndesigner.data.formats import FORMATS, dialog_filter, format_of
from nndesigner.data.table import TableDataset
from nndesigner.data.table_options import TableOptions
from nndesigner.errors import DataError
from nndesigner.files.project import load_project
from tests.data.helpers import table

Writer = Callable[[pd.DataFrame, Path], Path]


def _csv(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "t.csv", index=False)
    return folder / "t.csv"


def _parquet(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_parquet(folder / "t.parquet", index=False)
    return folder / "t.parquet"


def _excel(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_excel(folder / "t.xlsx", index=False)
    return folder / "t.xlsx"


def _lines(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_json(folder / "t.jsonl", orient="records", lines=True)
    return folder / "t.jsonl"


def _array(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_json(folder / "t.json", orient="records")
    return folder / "t.json"


WRITERS = (_csv, _parquet, _excel, _lines, _array)
TABLES = ("titanic.csv", "penguins.csv", "mpg.csv", "tips.csv", "california_housing.csv")


@pytest.mark.parametrize("write", WRITERS[1:], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", TABLES[:4])
def test_a_table_is_the_same_in_every_format(
    shared_data: Path, tmp_path: Path, name: str, write: Writer
) -> None:
    path = shared_data / "csv" / name
    first = open_data(path)
    written = write(pd.read_csv(path), tmp_path)  # its name is a hint at the target
    again = open_data(written.rename(tmp_path / f"{path.stem}{written.suffix}"))
    assert isinstance(first, TableDataset)
    assert isinstance(again, TableDataset)
    assert again.spec.rows == first.spec.rows
    assert again.spec.feature_names == first.spec.feature_names
    assert again.spec.classes == first.spec.classes
    assert again.spec.target_names == first.spec.target_names
    assert [(c.name, c.type, c.missing) for c in again.columns] == [
        (c.name, c.type, c.missing) for c in first.columns
    ]
    one, two = prepare(first, 0.2, 1), prepare(again, 0.2, 1)
    np.testing.assert_allclose(one.x_train, two.x_train, atol=1e-6)
    np.testing.assert_allclose(one.y_val, two.y_val, atol=1e-6)


@pytest.mark.parametrize("write", WRITERS, ids=lambda f: f.__name__)
def test_a_network_trained_on_one_format_reads_the_others(tmp_path: Path, write: Writer) -> None:
    frame = pd.DataFrame({"a": [1.5, 2, 3, 4], "b": list("xyxy"), "class": list("uuvv")})
    encoding = prepare(open_data(_csv(frame, tmp_path)), 0.0, 1).encoding
    rows = read_with(encoding, write(frame, tmp_path))
    assert rows.y is not None
    assert rows.y.tolist() == [0, 0, 1, 1]
    assert rows.x.shape == (4, 3)


@pytest.mark.parametrize("write", WRITERS, ids=lambda f: f.__name__)
def test_a_project_opens_every_format_again_and_notices_a_change(
    tmp_path: Path, write: Writer
) -> None:
    frame = pd.DataFrame({"a": range(9), "class": list("uvuvuvuvu")})
    path = write(frame, tmp_path)
    first = open_data(path, target="class")
    again = open_origin(first.origin)
    assert again.origin == first.origin
    assert again.spec == first.spec
    write(pd.concat([frame, frame]), tmp_path)
    assert "has changed since" in open_origin(first.origin).notes[0]


@pytest.mark.parametrize("write", WRITERS, ids=lambda f: f.__name__)
def test_the_content_decides_not_the_name(tmp_path: Path, write: Writer) -> None:
    frame = pd.DataFrame({"a": range(9), "class": list("uvuvuvuvu")})
    path = write(frame, tmp_path)
    other = path.rename(tmp_path / "download")
    head = read_table_head(other)
    assert [column.name for column in head.columns] == ["a", "class"]
    assert head.rows_seen == 9


def test_every_format_is_in_the_file_dialog() -> None:
    text = dialog_filter()
    for found in FORMATS:
        assert found.title in text
        assert all(f"*{suffix}" in text for suffix in found.suffixes)
    assert "*.csv" in dialog_filter("table")
    assert "*.zip" not in dialog_filter("table")
    assert "*.npz" in dialog_filter("table")
    assert "*.npz" in dialog_filter("pictures")


def test_a_format_is_told_by_any_path_without_raising(tmp_path: Path) -> None:
    assert format_of(tmp_path / "gone.csv") is formats.TEXT
    assert format_of(tmp_path / "gone.parquet") is formats.PARQUET
    assert format_of(table(tmp_path, b"PK\x03\x04nonsense", "x.bin")) is formats.ZIP


# -- Parquet


def test_parquet_types_become_ours(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "whole": [1, 2, 3, 4],
            "gaps": pd.array([1, None, 3, 4], dtype="Int64"),
            "long": pd.array([2**60, None, 2**60 + 1, 5], dtype="Int64"),
            "half": np.array([0.5, 1, 2, np.nan], dtype=np.float16),
            "flag": [True, False, True, True],
            "when": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", None]),
            "kind": pd.Categorical(["b", "a", "b", None]),
            "list": [[1], [2], [3], [4]],
            "y": list("uvuv"),
        }
    )
    path = tmp_path / "t.parquet"
    frame.to_parquet(path)
    dataset = open_data(path)
    assert isinstance(dataset, TableDataset)
    types = {column.name: (column.type, column.missing) for column in dataset.columns}
    assert types["whole"] == ("number", 0)
    assert types["gaps"] == ("number", 1)
    assert types["half"] == ("number", 1)
    assert types["flag"][0] == "yes_no"
    assert types["kind"] == ("category", 1)
    assert "list" not in types
    long = next(c for c in dataset.columns if c.name == "long")
    assert str(2**60 + 1) in long.values  # not rounded to a float
    when = next(c for c in dataset.columns if c.name == "when")
    assert "2024-01-02" in when.values
    assert any("list" in note and "left out" in note for note in dataset.notes)


def test_a_parquet_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _parquet(pd.DataFrame({"a": np.zeros(200_000), "y": [0, 1] * 100_000}), tmp_path)
    assert path.stat().st_size < 200_000  # packed well: its size says little
    monkeypatch.setattr(limits, "free_bytes", lambda: 4_000_000)
    monkeypatch.setattr(store, "free_disk", lambda: 0)
    with pytest.raises(DataError, match=r"needs 8\.0 MB of disk"):
        open_data(path)


def test_a_preview_of_parquet_reads_its_beginning(tmp_path: Path) -> None:
    path = _parquet(pd.DataFrame({"a": range(30_000), "y": [0, 1] * 15_000}), tmp_path)
    head = read_table_head(path)
    assert not head.complete
    assert head.rows_seen == 5_000
    assert open_data(path, options=head.pinned().plain()).spec.rows == 30_000


# -- Excel


def _workbook(folder: Path, sheets: dict[str, list[list[object]]]) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = folder / "book.xlsx"
    book.save(path)
    return path


def test_a_sheet_is_chosen_and_titles_above_a_table_are_skipped(tmp_path: Path) -> None:
    path = _workbook(
        tmp_path,
        {
            "notes": [["Sales of 2024"], [], ["a", "b", "class"]]
            + [[i, i / 2, "uv"[i % 2]] for i in range(12)],
            "more": [["z", "class"]] + [[i, "st"[i % 2]] for i in range(8)],
        },
    )
    dataset = open_data(path)
    assert dataset.spec.rows == 12
    assert dataset.spec.feature_names == ("a", "b")
    assert any("2 sheets" in note and "'notes'" in note for note in dataset.notes)
    other = open_data(path, options={"sheet": "more"})
    assert (other.spec.rows, other.spec.feature_names) == (8, ("z",))
    assert read_table_head(path).sheets == ("notes", "more")
    assert read_table_head(path, TableOptions(sheet="more")).rows_seen == 8
    with pytest.raises(DataError, match=r"no sheet 'mor': did you mean 'more'"):
        open_data(path, options={"sheet": "mor"})


def test_sheets_and_arrays_are_chosen_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _workbook(
        tmp_path,
        {
            "one": [["a", "class"]] + [[i, "uv"[i % 2]] for i in range(12)],
            "two": [["b", "c", "class"]] + [[i, i, "uvw"[i % 3]] for i in range(9)],
        },
    )
    out = tmp_path / "p.nnd"
    words = ["new", "--data", str(path), "--out", str(out), "--layers"]
    assert main([*words, "dense 3", "--sheet", "two"]) == 0, capsys.readouterr().err
    spec = load_project(out).spec
    assert spec is not None
    assert spec.feature_names == ("b", "c")
    assert main([*words, "dense 3", "--sheet", "three"]) == 2
    assert "has no sheet 'three'" in capsys.readouterr().err
    shots = np.random.default_rng(0).integers(0, 256, (12, 5, 4)).astype(np.uint8)
    np.savez(tmp_path / "odd.npz", left=shots, right=shots, kind=np.arange(12) % 3)
    words[2] = str(tmp_path / "odd.npz")
    assert main([*words, "flatten, dense 3"]) == 2
    assert "is not clear among" in capsys.readouterr().err
    assert main([*words, "flatten, dense 3", "--arrays", "left", "kind"]) == 0
    project = load_project(out)
    assert project.origin is not None
    assert project.origin.options == {"x": "left", "y": "kind"}


def test_cells_of_a_workbook_become_what_they_show(tmp_path: Path) -> None:
    import datetime

    path = _workbook(
        tmp_path,
        {
            "s": [["n", "day", "flag", "bad", "code", "y"]]
            + [
                [i + 0.25, datetime.date(2024, 1, 1 + i), i % 2 == 0, "#N/A" if i else 3, "007", i]
                for i in range(6)
            ]
        },
    )
    head = read_table_head(path)
    assert head.rows[0] == ("0.25", "2024-01-01", "true", "3", "007", "0")
    assert head.missing["bad"] == 5
    assert {c.name: c.type for c in head.columns}["code"] == "category"


def test_without_openpyxl_a_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _workbook(tmp_path, {"s": [["a", "b"], [1, 2]]})
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DataError, match=r"openpyxl is not here: install it with: pip install"):
        open_data(path)


def test_an_empty_sheet_names_the_others(tmp_path: Path) -> None:
    path = _workbook(tmp_path, {"empty": [], "full": [["a", "b"], [1, 2]]})
    with pytest.raises(DataError, match=r"sheet 'empty' has no rows: choose another sheet .'full'"):
        open_data(path)


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(300 << 20))
    with pytest.raises(DataError, match="would unpack to 315 MB, far more than data do"):
        open_data(path)


# -- JSON


def test_keys_that_are_missing_or_nested_become_columns(tmp_path: Path) -> None:
    text = "\n".join(
        json.dumps({"a": i, "deep": {"b": i * 2, "c": "x"}, "y": "uv"[i % 2]}) for i in range(8)
    )
    path = table(tmp_path, text + '\n{"a": NaN, "y": "u"}\n\n', "t.jsonl")
    head = read_table_head(path)
    assert [c.name for c in head.columns] == ["a", "deep.b", "deep.c", "y"]
    assert head.missing == {"a": 1, "deep.b": 1, "deep.c": 1}
    assert any("2 keys are not in every object" in note for note in head.notes)


def test_times_of_a_workbook_keep_fractions_of_a_second(tmp_path: Path) -> None:
    import datetime

    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["when", "clock", "x", "y"])
    for i in range(12):
        when = datetime.datetime(2024, 1, 1, 10, 0, i, 250_000 * (i % 4))
        book.active.append([when, datetime.time(9, i, 0, 1000 * (i % 3)), i / 4, i % 2])
    book.save(tmp_path / "t.xlsx")
    data = open_data(
        tmp_path / "t.xlsx", target="y", options={"columns": {"when": {"type": "date"}}}
    )
    assert isinstance(data, TableDataset)
    when, clock = data.columns[:2]
    assert when.moments is not None
    assert (when.moments - when.moments[0]).tolist() == [i + 0.25 * (i % 4) for i in range(12)]
    assert clock.values[:2] == ("09:00:00", "09:01:00.001")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1}\n{"a": oops}\n', r"line 2 is no JSON"),
        ('{"a": 1}\n[1, 2]\n', r"line 2 is an array, no object"),
        ('[{"a": 1}, 5]', r"entry 2 is a number, no object"),
        ('[{"a": 1}', r"is no JSON"),
        ("[]", r"has no rows"),
        ('{"a": ' + "[" * 200_000 + "}", r"line 1 is no JSON"),
    ],
)
def test_json_faults_name_their_place(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        open_data(table(tmp_path, text, "t.json"))


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 50, 1000])
def test_a_big_array_is_the_same_wherever_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    odd = '{"a": -1.5e-3, "b": [true, null, "q\\"x"], "c": "\\ud83d\\ude00 \\\\", "d": -Infinity}'
    plain = '{ "a" : 12, "b" : {"n": false}, "c": "größe", "d": NaN, "y": "%s" }'
    text = "[" + " ,\n".join([odd, *(plain % "uv"[i % 2] for i in range(30)), odd]) + "]"
    path = table(tmp_path, text, "t.json")
    expected = open_data(path, target="y")
    monkeypatch.setattr(json_table, "_PIECE", piece)
    monkeypatch.setattr(json_table, "_STREAMED_FROM", 0)
    monkeypatch.setattr(table_source, "BLOCKS_FROM", 1)
    found = open_data(path, target="y")
    assert isinstance(found, TableDataset)
    assert isinstance(expected, TableDataset)
    assert found.spec == expected.spec
    assert found.notes == expected.notes
    for a, b in zip(found.columns, expected.columns, strict=True):
        assert (a.name, a.type, a.missing) == (b.name, b.type, b.missing)
        assert sorted(a.values) == sorted(b.values)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ('{"a": 1 "b": 2}', "Expecting ',' delimiter"),
        ("{a: 1}", "Expecting property name enclosed in double quotes"),
        ('{"a": "\\q"}', r"Invalid \\escape"),
        ('{"a": tru, "b": 3}', "Expecting value"),
    ],
)
def test_a_fault_in_a_big_array_is_told_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, reason: str
) -> None:
    monkeypatch.setattr(json_table, "_PIECE", 100)
    monkeypatch.setattr(json_table, "_LONGEST", 2000)
    monkeypatch.setattr(json_table, "_STREAMED_FROM", 0)
    entries = [json.dumps({"a": i, "b": 5}) for i in range(2000)]
    entries[4] = wrong
    path = table(tmp_path, "[" + ",\n".join(entries) + "]", "t.json")
    with pytest.raises(DataError, match=f"t.json is no JSON .{reason} at entry 5.: write one"):
        open_data(path)


def test_a_big_json_is_previewed_by_its_beginning(tmp_path: Path) -> None:
    one = {"a": 1, "b": "x" * 200, "y": 0}
    for name, text in (
        ("t.jsonl", "\n".join(json.dumps({**one, "a": i, "y": i % 2}) for i in range(12_000))),
        ("t.json", json.dumps([{**one, "a": i, "y": i % 2} for i in range(12_000)])),
    ):
        head = read_table_head(table(tmp_path, text, name))
        assert not head.complete
        assert 1_000 < head.rows_seen < 12_000
        assert open_data(tmp_path / name).spec.rows == 12_000


def test_a_workbook_whose_first_sheet_holds_notes_names_the_others(tmp_path: Path) -> None:
    data = [["a", "b", "y"], *[[i, i * 2, "uv"[i % 2]] for i in range(20)]]
    path = _workbook(tmp_path, {"Info": [["note"], ["read me"], ["then this"]], "Data": data})
    with pytest.raises(DataError, match=r"sheet 'Info'.*also 'Data', choose the sheet"):
        open_data(path)
    assert "'Data'" in read_table_head(path).problem
    assert open_data(path, options={"sheet": "Data"}).spec.rows == 20
