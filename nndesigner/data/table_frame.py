"""Reads the rows of a table through pandas' C parser, and accounts for every line that is odd."""

from __future__ import annotations

import csv
import io
import itertools
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nndesigner.data.number_texts import too_long
from nndesigner.data.table_layout import Layout, csv_reader
from nndesigner.data.table_options import MISSING, TableOptions
from nndesigner.data.words import count, shorten, some
from nndesigner.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

#: Put behind the last line to see whether a quoted cell is open there.
_END = "\x1a\x1a"
_LINE_END = re.compile(rb"\r\n|\r|\n")
#: So many bad lines are listed; all are counted.
MOST_BAD = 1000
_LEADING_ZERO = re.compile(r"0\d+")


@dataclass(frozen=True, eq=False)
class TableFrame:
    """The rows of a table as pandas typed them; ``lines`` is the first line of every row.

    ``bad`` are the first lines with more or fewer cells than columns, ``bad_count`` is how many
    there are. ``on_disk`` says that the rows do not fit into memory.
    """

    frame: pd.DataFrame
    lines: npt.NDArray[np.int64]
    notes: tuple[str, ...]
    bad: tuple[BadRow, ...] = ()
    bad_count: int = 0
    on_disk: bool = False


@dataclass(frozen=True)
class BadRow:
    """A line that has more or fewer cells than the table has columns, and its first letters."""

    line: int
    cells: int
    text: str


@dataclass(frozen=True, eq=False)
class Records:
    """How many cells each record of the body has (0 for an empty line) and where it starts."""

    cells: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]


def read_frame(data: bytes, layout: Layout, options: TableOptions, name: str) -> TableFrame:
    """The rows below the header. Raises: DataError naming the line that cannot be read."""
    import pandas as pd

    width = len(layout.names)
    records = _scan(data, layout, name)
    filled = records.cells > 0
    long, short = records.cells > width, filled & (records.cells < width)
    notes = ragged_notes(records, long, short, options, name, width)
    drop = long | (short if options.ragged == "skip" else np.zeros_like(short))
    skipped = set(np.flatnonzero(drop).tolist())
    texts = dict.fromkeys(text_columns(layout), str)
    try:
        frame = parse(data, layout, options, texts, sorted(skipped))
    except pd.errors.EmptyDataError:
        raise DataError(f"{name}: the file has no rows below the header") from None
    except (pd.errors.ParserError, ValueError, OverflowError):
        line = _opening_line(data, layout)
        if line:
            raise DataError(_unclosed(name, line, layout.quote)) from None
        raise DataError(
            f"{name} cannot be read as a table: its lines cannot be cut into {width} cells each. "
            "Choose another delimiter, or save it again as CSV"
        ) from None
    except MemoryError:
        raise DataError(f"{name} does not fit into memory: open a part of it") from None
    long_wholes(frame, data, layout, options, sorted(skipped))
    lines = records.lines[filled & ~drop]
    if len(lines) != len(frame):  # pandas and the scan disagree about odd blank lines
        lines = np.arange(len(frame), dtype=np.int64) + layout.body_line
    if not len(frame):
        raise DataError(f"{name}: the file has no rows that can be used")
    bad = long | short
    shown = bad_rows(data, layout, records.lines[bad], records.cells[bad]) if bad.any() else ()
    return TableFrame(frame, lines, tuple(notes), shown, int(bad.sum()))


def parse(
    data: bytes,
    layout: Layout,
    options: TableOptions,
    dtypes: Mapping[int, Any],
    skipped: Sequence[int] = (),
    *,
    only: bool = False,
    strict: bool = False,
) -> pd.DataFrame:
    """The cells of UTF-8 text below its header, typed by pandas but for columns of ``dtypes``.

    ``skipped`` are records to leave out; with ``only`` the columns of ``dtypes`` alone are read.
    Lines that are too long lose their last cells, unless ``strict``: then pandas raises where one
    is longer than the first, and where the text is no UTF-8. Raises: what pandas raises.
    """
    import pandas as pd

    stream = io.BytesIO(data)
    stream.seek(layout.body)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.ParserWarning)
        return pd.read_csv(
            stream,
            sep=r"\s+" if layout.delimiter == " " else layout.delimiter,
            header=None,
            names=list(range(len(layout.names))),
            usecols=sorted(dtypes) if only else None,
            index_col=None if strict else False,
            na_values=[*MISSING, *options.missing],
            keep_default_na=False,
            decimal=layout.decimal,
            skipinitialspace=b" " in data
            or b"\t" in data,  # looking for blanks takes a quarter more
            quotechar=layout.quote or '"',
            quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
            skiprows=list(skipped) or None,
            dtype=dict(dtypes) or None,
            low_memory=False,
            encoding="utf-8",
            encoding_errors="strict" if strict else "replace",
        )


def long_wholes(
    frame: pd.DataFrame,
    data: bytes,
    layout: Layout,
    options: TableOptions,
    skipped: Sequence[int],
) -> None:
    """Take the texts of columns of long whole numbers with gaps, which pandas rounded."""
    rounded: dict[int, Any] = {}
    for index in range(len(layout.names)):
        series = frame[index]
        if series.dtype.kind == "f" and too_long(series.to_numpy()):
            rounded[index] = str
    if not rounded:
        return
    texts = parse(data, layout, options, rounded, skipped, only=True)
    for index in rounded:
        column = texts[index]
        if column.dropna().str.strip().str.fullmatch(r"[+-]?\d+").all():
            frame[index] = column


def bad_rows(
    data: bytes, layout: Layout, lines: npt.NDArray[np.int64], cells: npt.NDArray[np.int64]
) -> tuple[BadRow, ...]:
    """The first bad lines with what stands in them."""
    wanted = dict(zip(lines[:MOST_BAD].tolist(), cells[:MOST_BAD].tolist(), strict=True))
    found: list[BadRow] = []
    place, number = layout.body, layout.body_line
    last = max(wanted)
    while number <= last and place < len(data):
        end = _LINE_END.search(data, place)
        stop = end.start() if end else len(data)
        if number in wanted:
            text = data[place : min(stop, place + 400)].decode("utf-8", "replace")
            found.append(BadRow(number, wanted[number], shorten(text, 200)))
        place = end.end() if end else len(data)
        number += 1
    return tuple(found)


def text_columns(layout: Layout) -> list[int]:
    """Columns of codes such as 00417, which would lose their zeros as numbers."""
    found = []
    for index in range(len(layout.names)):
        column = [row[index] for row in layout.rows if index < len(row)]
        if any(_LEADING_ZERO.fullmatch(cell) for cell in column):
            found.append(index)
    return found


def ragged_notes(
    records: Records,
    long: npt.NDArray[np.bool_],
    short: npt.NDArray[np.bool_],
    options: TableOptions,
    name: str,
    width: int,
) -> list[str]:
    notes = []
    fate = (
        "their missing cells count as missing" if options.ragged == "fill" else "they are skipped"
    )
    for mask, found, what in ((long, "more", "they are skipped"), (short, "fewer", fate)):
        if not mask.any():
            continue
        number = int(mask.sum())
        where = some(records.lines[mask][:5].tolist()) + (", …" if number > 5 else "")
        text = (
            f"{count(number, 'line has', 'lines have')} {found} cells than the {width} columns "
            f"(line {where})"
        )
        if options.ragged == "stop":
            raise DataError(f"{name}: {text}: repair them, or let such lines be skipped")
        notes.append(f"{text}: {what}.")
    return notes


# -- counting cells


def _scan(data: bytes, layout: Layout, name: str) -> Records:
    """Count the cells of every record, vectorised where quotes allow it."""
    if layout.delimiter != " ":
        found = scan_fast(data, layout)
        if found is not None:
            return found
    return _scan_exact(data, layout, name)


def scan_fast(data: bytes, layout: Layout) -> Records | None:
    """Cells of every record by counting bytes; None where quotes stand in odd places."""
    body = np.frombuffer(data, dtype=np.uint8, offset=layout.body)
    newline = body == ord("\n")
    carriage = body == ord("\r")
    if carriage.any():
        # of \r\n the \n ends the line; a lone \r ends one itself
        alone = carriage.copy()
        alone[:-1] &= ~newline[1:]
        newline = newline | alone
    separator = body == ord(layout.delimiter)
    sign = layout.quote or None
    quotes = np.flatnonzero(body == ord(sign)) if sign else np.zeros(0, dtype=np.int64)
    if quotes.size:
        if quotes.size % 2:
            return None
        opening, closing = quotes[0::2], quotes[1::2]
        before = np.where(opening > 0, body[opening - 1], ord("\n"))
        after = np.where(closing + 1 < body.size, body[np.minimum(closing + 1, body.size - 1)], 10)
        edges = np.array([10, 13, 32, body[quotes[0]], ord(layout.delimiter)], dtype=np.uint8)
        if not (np.isin(before, edges).all() and np.isin(after, edges).all()):
            return None
        marks = np.zeros(body.size + 1, dtype=np.int8)
        marks[opening] = 1
        marks[closing] -= 1
        inside = np.cumsum(marks[:-1], dtype=np.int8).astype(bool)
        lines_before = np.cumsum(newline)
        newline = newline & ~inside
        separator &= ~inside
    else:
        lines_before = None
    ends = np.flatnonzero(newline)
    if not ends.size or ends[-1] != body.size - 1:
        ends = np.append(ends, body.size)
    starts = np.concatenate(([0], ends[:-1] + 1))
    positions = np.flatnonzero(separator)
    cells = np.searchsorted(positions, ends) - np.searchsorted(positions, starts) + 1
    # a line without a delimiter may be empty (or blanks alone): pandas leaves it out
    for index in np.flatnonzero(cells == 1):
        if not body[starts[index] : ends[index]].tobytes().strip():
            cells[index] = 0
    if lines_before is None:
        lines = np.arange(ends.size, dtype=np.int64)
    else:
        lines = np.where(starts > 0, lines_before[np.maximum(starts - 1, 0)], 0).astype(np.int64)
    return Records(cells.astype(np.int64), lines + layout.body_line)


def _scan_exact(data: bytes, layout: Layout, name: str) -> Records:
    """Cells of every record by Python's own reader: slow, but right about stray quotes."""
    stream = io.TextIOWrapper(io.BytesIO(data[layout.body :]), "utf-8", "replace", newline="")
    cut = layout.delimiter == " "
    source = (line.strip(" \t\r\n").replace("\t", " ") + "\n" for line in stream) if cut else stream
    reader = csv_reader(itertools.chain(source, [_END]), layout.delimiter, layout.quote)
    cells, lines = [], []
    last: list[str] = []
    line = 0
    try:
        for row in reader:
            cells.append(len(row) if any(cell.strip() for cell in row) or len(row) > 1 else 0)
            lines.append(line + layout.body_line)
            line, last = reader.line_num, row
    except csv.Error:
        raise DataError(_unclosed(name, line + layout.body_line, layout.quote)) from None
    if last != [_END]:  # a cell that is still open has swallowed it
        line = _opening_line(data, layout) or lines[-1]
        raise DataError(_unclosed(name, line, layout.quote))
    return Records(np.array(cells[:-1], dtype=np.int64), np.array(lines[:-1], dtype=np.int64))


def _opening_line(data: bytes, layout: Layout) -> int:
    """The line of the first quote that is not closed as it should be; 0 where all are.

    Of three open quotes the second seems to close the first, in the middle of a cell: the line to
    repair is that of the first.
    """
    stream = io.TextIOWrapper(io.BytesIO(data[layout.body :]), "utf-8", "replace", newline="")
    reader = csv_reader(stream, layout.delimiter, layout.quote, strict=True)
    line = 0
    try:
        for _ in reader:
            line = reader.line_num
    except csv.Error:
        return line + layout.body_line
    return 0


def _unclosed(name: str, line: int, quote: str) -> str:
    return (
        f"{name}: a quoted cell that begins in line {line} is never closed: put a {quote or '|'} "
        "at its end or remove the one at its start"
    )
