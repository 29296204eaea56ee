"""Codes that look like numbers keep every sign of theirs, wherever in a file they first appear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import TableOptions, open_data, table_blocks, table_source
from nndesigner.data.codes import are_long, columns_at, is_long, look
from nndesigner.data.columns import Column
from nndesigner.data.number_span import span_of
from nndesigner.data.table import RawTable, TableDataset, read_raw
from nndesigner.data.table_layout import detect

#: Rows of plain numbers above a code: more than the layout is found from.
ABOVE = 1200


def table(
    path: Path, cell: str, *, rows: int = 2400, at: int = ABOVE, sep: str = ",", end: str = "\n"
) -> Path:
    """Numbers, a column that holds one odd cell at a row, and two classes."""
    lines = [sep.join(("a", "code", "y"))]
    for i in range(rows):
        own = cell if i == at else str(i % 700)
        lines.append(sep.join((f"{i / 7:.3f}", own, "yn"[i % 2])))
    path.write_bytes((end.join(lines) + end).encode())
    return path


def texts(column: Column) -> list[str | None]:
    assert column.codes is not None
    return [column.values[code] if code >= 0 else None for code in column.codes.tolist()]


@pytest.fixture(params=["whole", "blocks"])
def read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Read as a whole, and in small blocks."""
    if request.param == "blocks":
        monkeypatch.setattr(table_source, "BLOCKS_FROM", 1)
        monkeypatch.setattr(table_blocks, "BLOCK_BYTES", 2000)
    return str(request.param)


def raw(path: Path, read: str, **options: object) -> RawTable:
    chosen = TableOptions.from_plain(options)
    if read == "blocks":
        assert table_blocks.read_big(path, chosen, None) is not None
    return read_raw(path, chosen)


@pytest.mark.parametrize("cell", ["00417", '"00417"', "00", "0123456789"])
@pytest.mark.parametrize(("sep", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "\n"), ("|", "\n")])
def test_a_leading_zero_below_the_sample_makes_a_column_of_texts(
    tmp_path: Path, read: str, cell: str, sep: str, end: str
) -> None:
    path = table(tmp_path / "t.csv", cell, sep=sep, end=end)
    column = raw(path, read).columns[1]
    found = texts(column)
    assert column.type == "text"
    assert found[ABOVE] == cell.strip('"')
    assert found[:3] == ["0", "1", "2"]
    assert found[-1] == str(2399 % 700)


@pytest.mark.parametrize("at", [0, ABOVE, 2399])
def test_in_the_first_column_too(tmp_path: Path, read: str, at: int) -> None:
    rows = [f"{'007' if i == at else i % 90},{i / 8},{'yn'[i % 2]}" for i in range(2400)]
    path = tmp_path / "t.csv"
    path.write_text("code,b,y\n" + "\n".join(rows))
    column = raw(path, read).columns[0]
    assert texts(column)[at] == "007"


@pytest.mark.parametrize(
    "cell", ["0", "0.5", "-0.25", "1e+05", "0e0", "0.0", "10", "1e05", "-05", "007.5", " 0"]
)
def test_numbers_stay_numbers(tmp_path: Path, read: str, cell: str) -> None:
    column = raw(table(tmp_path / "t.csv", cell), read).columns[1]
    assert column.type == "number"
    assert column.numbers is not None
    assert column.numbers[ABOVE] == float(cell)


def test_a_mark_for_missing_is_no_code(tmp_path: Path, read: str) -> None:
    column = raw(table(tmp_path / "t.csv", "0999"), read, missing=("0999",)).columns[1]
    assert column.type == "number"
    assert column.missing == 1


def test_with_gaps_fractions_and_odd_lines(tmp_path: Path, read: str) -> None:
    rows = [f"{i},{i % 40},{'' if i % 3 else i / 2},{'yn'[i % 2]}" for i in range(2400)]
    rows[1300] = "1300,5,0042,y"
    rows[1700] = "1700,5"
    rows[1800] = "1800,5,7,y,9"
    path = tmp_path / "t.csv"
    path.write_text("a,b,code,y\n" + "\n".join(rows) + "\n")
    found = raw(path, read)
    held = texts(found.columns[2])
    assert held[1300] == "0042"
    assert held[3] == "1.5"
    assert held[1700] is None
    assert found.bad_count == 2


def test_a_target_of_codes_gives_classes_that_keep_their_zeros(tmp_path: Path, read: str) -> None:
    rows = [f"{i / 7:.2f},{10 + i % 3 if i < 2000 else '010'}" for i in range(2400)]
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "\n".join(rows) + "\n")
    raw(path, read)
    data = open_data(path)
    assert isinstance(data, TableDataset)
    assert data.spec.task == "classification"
    assert set(data.spec.classes) == {"010", "10", "11", "12"}


def test_somebody_who_says_number_gets_numbers(tmp_path: Path, read: str) -> None:
    path = table(tmp_path / "t.csv", "00417")
    column = raw(path, read, columns={"code": {"type": "number"}}).columns[1]
    assert column.numbers is not None
    assert column.numbers[ABOVE] == 417


@pytest.mark.parametrize("ignored", [True, False])
def test_an_ignored_column_is_read_the_same(tmp_path: Path, read: str, ignored: bool) -> None:
    path = table(tmp_path / "t.csv", "00417")
    role = {"role": "ignore"} if ignored else {}
    column = raw(path, read, columns={"code": role}).columns[1]
    assert texts(column)[ABOVE] == "00417"


@pytest.mark.parametrize(
    "cell", ["9007199254740993", "12345678901234567", "-12345678901234567890", str(10**25 + 1)]
)
@pytest.mark.parametrize("gap", [True, False])
def test_long_ids_below_the_sample_keep_every_digit(
    tmp_path: Path, read: str, cell: str, gap: bool
) -> None:
    path = table(tmp_path / "t.csv", cell)
    if gap:
        path.write_text(path.read_text().replace(",699,", ",NA,"))
    column = raw(path, read).columns[1]
    assert column.type == "id"
    assert "too long" in column.why
    assert texts(column)[ABOVE] == cell
    assert texts(column)[3] == "3"


def test_large_measurements_are_no_ids(tmp_path: Path, read: str) -> None:
    rows = [f"{i * 1e15 + 0.5:.6e},{i * 1e14},{'yn'[i % 2]}" for i in range(2400)]
    rows[1500] = "12345678901234567890,0.5,y"
    rows[3] = "0.125,0.5,y"
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "\n".join(rows) + "\n")
    found = raw(path, read).columns
    assert [column.type for column in found[:2]] == ["number", "number"]
    assert found[0].numbers is not None
    assert found[0].numbers[1500] == 12345678901234567890.0


def test_what_a_code_is() -> None:
    assert all(map(is_long, ("9007199254740992", "-12345678901234567")))
    assert not any(map(is_long, ("0", "00417", "0.5", "x01", "9007199254740991", "", "1e300")))
    assert are_long(["1", "9007199254740993"])
    assert not are_long(["1", "2"])
    assert not are_long(["1", "x", "9007199254740993"])


def test_places_are_found_by_bytes_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    cells = ["0", "0.5", "01", "1", "10", "a01", "-01", "", "1e+05", "007", "0x1"]
    for _ in range(50):
        rows = [rng.choice(cells, 4).tolist() for _ in range(60)]
        data = "\n".join(",".join(row) for row in rows).encode()
        layout = detect(data, TableOptions(header=False, delimiter=","), "t")
        monkeypatch.setattr("nndesigner.data.codes._PIECE", int(rng.integers(5, 60)))
        ends, places = look(data, layout)
        assert ends == data.count(b"\n")
        starts = [c for row in rows for c in range(len(row)) if row[c] in ("01", "007")]
        assert len(places) == len(starts)
        assert set(columns_at(data, layout, places, range(4))) == set(starts)


@pytest.mark.parametrize("number", [2**53 - 1, 2**53, 2**53 + 1, 2**60])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_is_too_long_alike_as_a_number_and_as_a_text(number: int, sign: int) -> None:
    span = span_of(np.array([3, sign * number, 7]))
    assert span.is_long == is_long(str(sign * number)) == (number >= 2**53)
    assert not span_of(np.array([3, 7])).is_long
    assert not span_of(np.array([np.nan])).is_long
