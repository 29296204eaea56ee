"""What the preview of a table tells: how it was cut, its columns at a glance, its bad lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import ColumnChoice, TableOptions, open_data, read_table_head
from nndesigner.data.split_preview import preview_table_split
from nndesigner.data.table import TableDataset
from nndesigner.errors import DataError
from tests.data.helpers import rows, table


def test_columns_are_told_at_a_glance(shared_data: Path) -> None:
    head = read_table_head(shared_data / "csv" / "titanic.csv")
    columns = {column.name: column for column in head.columns}
    age = columns["age"].facts
    assert (age.missing, age.distinct, age.low, age.high) == (177, 88, "0.42", "80")
    assert sum(age.bars) == 891 - 177
    assert len(age.bars) == 24
    town = columns["embark_town"].facts
    assert town.labels == ("Southampton", "Cherbourg", "Queenstown")
    assert town.bars == (644, 168, 77)
    assert sum(columns["parch"].facts.bars) == 891


def test_dates_have_a_range(tmp_path: Path) -> None:
    lines = "".join(f"2024-01-{i % 28 + 1:02d},{i},{'ab'[i % 2]}\n" for i in range(60))
    head = read_table_head(table(tmp_path, "day,x,kind\n" + lines))
    day = head.columns[0]
    assert (day.type, day.role) == ("date", "ignore")
    assert (day.facts.low, day.facts.high, day.facts.distinct) == ("2024-01-01", "2024-01-28", 28)


def test_bad_lines_are_counted_and_listed(tmp_path: Path) -> None:
    text = "a,b,kind\n" + rows(20) + "1,2\n" + rows(5) + "1,2,a,4\n" + rows(3)
    path = table(tmp_path, text)
    head = read_table_head(path)
    assert head.bad_count == 2
    assert [(bad.line, bad.cells, bad.text) for bad in head.bad] == [
        (22, 2, "1,2"),
        (28, 4, "1,2,a,4"),
    ]
    assert head.rows_seen == 29
    assert read_table_head(path, TableOptions(ragged="skip")).rows_seen == 28
    with pytest.raises(DataError, match="line 28"):
        read_table_head(path, TableOptions(ragged="stop"))


def test_single_quotes_are_found_and_can_be_said(tmp_path: Path) -> None:
    lines = "".join(f"'red, light',{i},'{'ab'[i % 2]}'\n" for i in range(12))
    path = table(tmp_path, "'colour','x','kind'\n" + lines)
    head = read_table_head(path)
    assert head.quote == "'"
    assert [column.name for column in head.columns] == ["colour", "x", "kind"]
    assert head.rows[0] == ("red, light", "0", "a")
    assert any("single quotes" in note for note in head.notes)
    dataset = open_data(path)
    assert isinstance(dataset, TableDataset)
    assert dataset.spec.rows == 12
    bare = read_table_head(path, TableOptions(quote=""))
    assert len(bare.columns) == 4
    odd = table(tmp_path, 'a,b,kind\n5",1,x\n6",2,y\n7",3,x\n', "inches.csv")
    assert read_table_head(odd, TableOptions(quote="")).rows[0] == ('5"', "1", "x")


def test_a_preview_is_taken_with_all_that_was_said(tmp_path: Path) -> None:
    text = "a,b,kind\n" + rows(300_000)
    path = table(tmp_path, text)
    said = {"a": ColumnChoice(scaling="log"), "b": ColumnChoice(role="ignore")}
    head = read_table_head(path, TableOptions(columns=said))
    assert not head.complete
    pinned = head.pinned()
    assert pinned.columns["a"] == ColumnChoice(type="number", role="input", scaling="log")
    assert pinned.columns["b"].role == "ignore"
    assert pinned.quote == '"'


def test_the_split_is_shown_before_it_is_taken(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,kind\n" + rows(60))
    options = TableOptions.from_plain({"split": {"test": 0.1}})
    head = read_table_head(path, options)
    assert head.raw is not None
    found = preview_table_split(path, head.raw, options, 0.2, 1)
    assert found.rows == {"training": 42, "validation": 12, "test": 6}
    assert found.classes == ("a", "b")
    assert np.sum([*found.counts.values()], axis=0).tolist() == [40, 20]
    wrong = TableOptions.from_plain({"split": {"method": "column", "column": "b"}})
    assert "name no part" in preview_table_split(path, head.raw, wrong, 0.2, 1).problem
