"""A big text table that is read in blocks gives what one reading of the whole text gives."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import TableOptions, open_data, table_blocks, table_source
from nndesigner.data.table import RawTable, read_raw
from nndesigner.errors import DataError

BLOCK = 700
Read = Callable[..., RawTable]


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read a table as a whole."""

    def read(path: Path, **options: object) -> RawTable:
        monkeypatch.setattr(table_source, "BLOCKS_FROM", 1 << 40)
        return read_raw(path, TableOptions.from_plain(options))

    return read


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read a table in very small blocks; it fails where that is not possible."""

    def read(path: Path, **options: object) -> RawTable:
        monkeypatch.setattr(table_source, "BLOCKS_FROM", 1)
        monkeypatch.setattr(table_blocks, "BLOCK_BYTES", BLOCK)
        chosen = TableOptions.from_plain(options)
        assert table_blocks.read_big(path, chosen, None) is not None, "it was not read in blocks"
        return read_raw(path, chosen)

    return read


def same(one: RawTable, other: RawTable) -> None:
    """Both tables hold the same in the same words."""
    assert one.layout == other.layout
    assert one.notes == other.notes
    assert (one.bad, one.bad_count) == (other.bad, other.bad_count)
    assert one.text.content_hash == other.text.content_hash
    for a, b in zip(one.columns, other.columns, strict=True):
        assert (a.name, a.type, a.missing, a.why) == (b.name, b.type, b.missing, b.why)
        assert (a.numbers is None) == (b.numbers is None), a.name
        assert (a.notes, a.date_format, a.beyond) == (b.notes, b.date_format, b.beyond)
        if a.numbers is not None and b.numbers is not None:
            assert a.numbers.dtype == b.numbers.dtype == np.float64
            assert a.numbers.tobytes() == b.numbers.tobytes(), a.name
        else:
            assert a.codes is not None
            assert b.codes is not None
            texts = [
                [c.values[code] if code >= 0 else None for code in c.codes.tolist()]
                for c in (a, b)
                if c.codes is not None
            ]
            assert texts[0] == texts[1], a.name
            assert sorted(a.values) == sorted(b.values)


def saved(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "big.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(*cells: Callable[[int], str], count: int = 400, head: str = "a,b,c,y") -> str:
    body = "\n".join(",".join(cell(i) for cell in cells) for i in range(count))
    return f"{head}\n{body}\n"


def colour(i: int) -> str:
    return ("red", "green", "blue")[i % 3]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            lines(lambda i: f"{i / 7:.4f}", str, colour, lambda i: str(i % 2)), id="plain"
        ),
        pytest.param(
            lines(lambda i: f"{i / 7:.4f}", str, colour, lambda i: "yn"[i % 2]).replace(
                "\n", "\r\n"
            ),
            id="windows",
        ),
        pytest.param(
            lines(lambda i: str(i) if i != 300 else "1.50", str, colour, colour),
            id="whole, then not",
        ),
        pytest.param(
            lines(lambda i: f"{i}.50" if i < 350 else "many", str, colour, colour),
            id="a text in the last block",
        ),
        pytest.param(
            lines(lambda i: "many" if i < 50 else f"{i}.50", str, colour, colour),
            id="texts in the first blocks",
        ),
        pytest.param(
            lines(
                lambda i: "" if i % 3 else "?",
                lambda i: "NA" if i < 200 else str(i),
                colour,
                colour,
            ),
            id="missing",
        ),
        pytest.param(
            lines(lambda i: "True" if i % 2 else "False", lambda i: "TRUE", colour, colour),
            id="truth",
        ),
        pytest.param(
            lines(lambda i: "true" if i < 390 else "perhaps", str, colour, colour),
            id="truth, then text",
        ),
        pytest.param(
            lines(lambda i: "TRUE" if i < 390 else "1", str, colour, colour),
            id="truth, then number",
        ),
        pytest.param(
            lines(lambda i: "" if i < 390 else "true", str, colour, colour), id="truth at the end"
        ),
        pytest.param(
            lines(lambda i: f'"{i},5"', lambda i: f'"two\nlines {i % 3}"', colour, colour),
            id="quotes",
        ),
        pytest.param(
            lines(lambda i: f'"say ""{i % 4}"""', str, colour, colour), id="doubled quotes"
        ),
        pytest.param(lines(str, lambda i: f" {i}", lambda i: f" {colour(i)}", colour), id="blanks"),
        pytest.param(
            lines(lambda i: f"{i:05d}", lambda i: str(2**62 + i), lambda i: str(2**63 + i), colour),
            id="codes and long numbers",
        ),
        pytest.param(lines(lambda i: str(10**25 + i), str, colour, colour), id="longer than words"),
        pytest.param(
            lines(
                lambda i: "" if i % 9 == 4 else str(2**63 + i if i > 450 else i),
                lambda i: str(10**25 + i) if i == 750 else str(-i),
                lambda i: "2.5" if i < 9 else "" if i % 9 else str(10**19),
                lambda i: "yn"[i % 2],
                count=900,
            ),
            id="long numbers beside gaps and negative ones",
        ),
        pytest.param(
            lines(
                lambda i: "2.5" if i == 20 else "12345678901234567890" if i > 200 else "NA",
                lambda i: "inf" if i == 90 else "?" if i % 3 else str(10**19 + i),
                lambda i: "1.50" if i == 399 else str(-(10**20) - i) if i > 9 else "-",
                lambda i: "yn"[i % 2],
            ),
            id="long numbers in a column of numbers with gaps",
        ),
        pytest.param(
            lines(lambda i: "inf" if i == 77 else f"1e{i}", str, colour, colour), id="huge"
        ),
        pytest.param(lines(lambda i: "+5", lambda i: "0x1f", colour, colour), id="odd numbers"),
        pytest.param(
            "".join(f"{i},{colour(i)},{i % 2}\n" + "\n" * (i % 50 == 0) for i in range(400)),
            id="empty lines, no header",
        ),
        pytest.param(
            "".join(
                f"{i},{colour(i)}"
                + ("" if i % 90 == 5 else f",{i % 2}")
                + ",9" * (i % 99 == 7)
                + "\n"
                for i in range(400)
            ),
            id="too short and too long",
        ),
        pytest.param(
            "x;y;z\n" + "".join(f"{i},5;{colour(i)};{i % 2}\n" for i in range(400)), id="commas"
        ),
        pytest.param(
            b"\xef\xbb\xbf" + lines(str, lambda i: "größe", colour, colour).encode(), id="mark"
        ),
        pytest.param(lines(str, str, colour, colour).rstrip("\n"), id="no last line end"),
        pytest.param("# note\n\n" + lines(str, str, colour, colour), id="a note before"),
    ],
)
def test_blocks_give_what_the_whole_gives(
    tmp_path: Path, whole: Read, blocks: Read, content: str | bytes
) -> None:
    path = saved(tmp_path, content)
    found = blocks(path)
    same(whole(path), found)
    assert found.text.content_hash == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("ragged", ["fill", "skip"])
def test_odd_lines_are_told_as_for_the_whole(
    tmp_path: Path, whole: Read, blocks: Read, ragged: str
) -> None:
    rng = random.Random(5)
    rows = [[str(rng.random()), colour(i), str(i % 2)] for i in range(600)]
    for row in rng.sample(rows, 40):
        row.pop()
    for row in rng.sample(rows, 40):
        row.append("more")
    path = saved(tmp_path, "a,b,y\n" + "\n".join(map(",".join, rows)))
    same(whole(path, ragged=ragged), blocks(path, ragged=ragged))
    with pytest.raises(DataError, match=r"lines have more cells than the 3 columns \(line"):
        blocks(path, ragged="stop")


@pytest.mark.parametrize("ragged", ["fill", "skip"])
def test_a_line_too_short_is_seen_behind_long_numbers(
    tmp_path: Path, whole: Read, blocks: Read, ragged: str
) -> None:
    """There the parser gives the cells as they are written, and no gap for the one that lacks."""
    rows = [f"{i % 17},{10**19 + i if i > 450 else i}" for i in range(900)]
    rows[700] = "13"
    path = saved(tmp_path, "x,tweet\n" + "\n".join(rows) + "\n")
    one, other = whole(path, ragged=ragged), blocks(path, ragged=ragged)
    same(one, other)
    assert other.columns[0].rows == 900 - (ragged == "skip")
    with pytest.raises(DataError, match=r"1 line has fewer cells than the 2 columns \(line 702"):
        blocks(path, ragged="stop")


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_does_not_decide_what_a_column_is(
    tmp_path: Path, whole: Read, blocks: Read, order: int
) -> None:
    cells = [str(10**25), *["2.5", ""] * 200][::order]
    path = saved(tmp_path, "x,y\n" + "".join(f"{cell},{i % 2}\n" for i, cell in enumerate(cells)))
    one, other = whole(path), blocks(path)
    same(one, other)
    assert (one.columns[0].type, one.columns[0].missing) == ("number", 200)


def test_messy_tables_are_the_same_bit_for_bit(tmp_path: Path, whole: Read, blocks: Read) -> None:
    """Quotes, blanks, both line ends, odd lines, marks for missing, both decimal marks, dates,
    truth values, codes and long numbers, changing their kind below the sample."""
    rng = random.Random(23)
    kinds: list[Callable[[int, str], str]] = [
        lambda i, d: f"{rng.gauss(0, 1e3):.17g}".replace(".", d),
        lambda i, d: repr(rng.uniform(-1, 1) * 10 ** rng.randrange(-300, 300)).replace(".", d),
        lambda i, d: str(rng.randrange(1000)),
        lambda i, d: str(10**15 + rng.randrange(10**17)),
        lambda i, d: str(2**63 + i),
        lambda i, d: f"{rng.randrange(99999):05d}",
        lambda i, d: rng.choice(("True", "False", "TRUE")),
        lambda i, d: rng.choice(("true", "")),
        lambda i, d: rng.choice(("", "NA", "?", "n.v.")),
        lambda i, d: f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}",
        lambda i, d: rng.choice(("größe", "日本", "a b", " c ", "O'Neill")),
        lambda i, d: '"' + rng.choice(("x; y, z", "line\nend", 'say ""hi""', "5", "007")) + '"',
        lambda i, d: f"{rng.randrange(1, 999)},{rng.randrange(1000):03d}" if d == "." else "1.234",
        lambda i, d: "inf" if i % 97 == 0 else f"1e{rng.randrange(310)}",
        lambda i, d: f" {i} ",
        lambda i, d: "",
    ]
    for _ in range(40):
        decimal, sep = rng.choice(((".", ","), (",", ";"), (".", "\t"), (".", "|")))
        end = rng.choice(("\n", "\n", "\r\n"))
        plan = [(rng.choice(kinds), rng.choice(kinds), rng.randrange(700)) for _ in range(5)]
        plan = [p if rng.random() < 0.4 else (p[0], p[0], 0) for p in plan]
        rows = []
        for i in range(600):
            cells = [(late if i >= at > 400 else early)(i, decimal) for early, late, at in plan]
            cells = [f'"{c}"' if sep in c and c[:1] != '"' else c for c in cells]
            cells.append("yn"[i % 2])
            if rng.random() < 0.01:
                cells = cells[:-1] if rng.random() < 0.5 else [*cells, "more"]
            rows.append(sep.join(cells))
        text = end.join([sep.join("abcdey"), *rows]) + end * rng.randrange(2)
        path = saved(tmp_path, text)
        options = {
            "target": "y",
            "header": True,
            "delimiter": sep,
            "decimal": decimal,
            "missing": ("n.v.",),
            "ragged": rng.choice(("fill", "skip")),
        }
        same(whole(path, **options), blocks(path, **options))


def test_random_tables_are_the_same(tmp_path: Path, whole: Read, blocks: Read) -> None:
    rng = random.Random(11)
    cells = ["1", "2.5", "-3", "", "NA", "a", "b c", "True", "1e3", '"x, y"', '"1"', "0.1", "ä"]
    for _ in range(25):
        usual = [rng.sample(cells, rng.choice((1, 2, 3, len(cells)))) for _ in range(4)]
        rows = ["w,x,y,z"]
        rows += [",".join(rng.choice(known) for known in usual) for _ in range(200)]
        path = saved(tmp_path, "\n".join(rows) + "\n")
        same(whole(path, target="z", header=True), blocks(path, target="z", header=True))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lines(lambda i: '5" pipe', str, colour, colour), id="quotes within"),
        pytest.param(lines(str, str, colour, colour).encode("utf-16"), id="utf-16"),
        pytest.param("".join(f"{i} {i % 3} {i % 2}\n" for i in range(400)), id="cut by blanks"),
        pytest.param(
            lines(lambda i: "ä" if i == 399 else "a", str, colour, colour).encode("latin-1"),
            id="a byte that is no UTF-8 near the end",
        ),
    ],
)
def test_what_blocks_cannot_read_is_read_as_a_whole(
    tmp_path: Path, whole: Read, monkeypatch: pytest.MonkeyPatch, content: str | bytes
) -> None:
    path = saved(tmp_path, content)
    expected = whole(path)
    monkeypatch.setattr(table_source, "BLOCKS_FROM", 1)
    monkeypatch.setattr(table_blocks, "BLOCK_BYTES", BLOCK)
    assert table_blocks.read_big(path, TableOptions(), None) is None
    same(expected, read_raw(path, TableOptions()))


def test_a_quote_that_is_never_closed_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = lines(str, str, colour, colour).replace("\n200,", '\n"200,')
    monkeypatch.setattr(table_source, "BLOCKS_FROM", 1)
    monkeypatch.setattr(table_blocks, "BLOCK_BYTES", BLOCK)
    with pytest.raises(DataError, match="begins in line 202 is never closed"):
        open_data(saved(tmp_path, text))


def test_reading_in_blocks_can_be_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, lines(str, str, colour, colour))
    monkeypatch.setattr(table_source, "BLOCKS_FROM", 1)
    monkeypatch.setattr(table_blocks, "BLOCK_BYTES", BLOCK)
    shares: list[float] = []

    def progress(share: float, words: str) -> bool:
        shares.append(share)
        return share < 0.5

    with pytest.raises(DataError, match="cancelled"):
        open_data(path, progress=progress)
    assert shares == sorted(shares)
    assert len(shares) > 5


def test_long_whole_numbers_are_exact_in_blocks_too(
    tmp_path: Path, whole: Read, blocks: Read
) -> None:
    first = 123_456_789_012_345_678
    wide = [str(first + i // 2) if i > 90 else str(i // 2) for i in range(300)]
    sums = [f"{i}.5" if i < 200 else str(first + i) for i in range(300)]
    lines = "".join(
        f"{name},{total},{'' if i == 5 else first + i}\n"
        for i, (name, total) in enumerate(zip(wide, sums, strict=True))
    )
    path = tmp_path / "long.csv"
    path.write_text("who,sum,gap\n" + lines)
    one, other = whole(path), blocks(path)
    same(one, other)
    assert [column.type for column in other.columns] == ["id", "number", "id"]
    assert [column.distinct for column in other.columns][::2] == [151, 299]


def test_a_block_ends_where_no_quoted_cell_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(3)
    for _ in range(2000):
        monkeypatch.setattr(table_blocks, "_LOOKED_AT", rng.choice((1, 2, 5, 100)))
        weights = (rng.random(), rng.random(), 1)
        text = "".join(rng.choices('"\nx', weights, k=rng.randrange(30)))
        ends = [i + 1 for i, c in enumerate(text) if c == "\n" and not text[:i].count('"') % 2]
        assert table_blocks._last_record_end(text.encode(), b'"') == (ends or [0])[-1], text


def test_a_cell_of_very_many_lines_is_looked_through_once() -> None:
    cell = '""key"": 1\n' * 100_000
    data = f'1,"{cell}",x\n2,"{cell}'.encode()
    began = time.perf_counter()
    assert table_blocks._last_record_end(data, b'"') == data.index(b"x\n") + 2
    assert time.perf_counter() - began < 2  # line by line from the beginning: some minutes
