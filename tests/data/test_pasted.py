"""Cells of a spreadsheet on the clipboard become a file that opens as any table."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.data import open_data
from nndesigner.data.pasted import MOST_CHARACTERS, keep_pasted, looks_like_table, pasted_home
from nndesigner.errors import DataError

SHEET = "a\tb\tclass\r\n" + "".join(f"{i}\t{i / 2}\t{'uv'[i % 2]}\r\n" for i in range(12))


def test_cells_become_a_table_of_their_own(tmp_path: Path) -> None:
    path = keep_pasted(SHEET, tmp_path / "pasted")
    dataset = open_data(path)
    assert dataset.spec.name == "pasted table"
    assert (dataset.spec.rows, dataset.spec.feature_names) == (12, ("a", "b"))
    assert keep_pasted(SHEET, tmp_path / "pasted") == path
    assert keep_pasted(SHEET + "1\t2\tu\n", tmp_path / "pasted") != path
    assert len(list((tmp_path / "pasted").iterdir())) == 2
    assert pasted_home().parts[-2:] == ("nndesigner", "pasted")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (SHEET, True),
        ("a,b\n1,2\n3,4\n", True),
        ("a;b\n1,5;2\n3,5;4", True),
        ("", False),
        ("one line\tof cells", False),
        ("Dear all,\nplease find below\nthe text.", False),
        ('{"format": 1,\n "nodes": []}', False),
        ("x" * 3_000_000, False),
    ],
)
def test_a_table_is_told_from_prose(text: str, answer: bool) -> None:
    assert looks_like_table(text) is answer


def test_what_cannot_be_pasted_is_explained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no table: copy rows and columns"):
        keep_pasted("hello", tmp_path)
    with pytest.raises(DataError, match="more than the 100 MB that can be pasted"):
        keep_pasted("a\tb\n" * (MOST_CHARACTERS // 4 + 1), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be kept in"):
        keep_pasted(SHEET, tmp_path / "file")
