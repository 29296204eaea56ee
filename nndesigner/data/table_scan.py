"""Counts the cells of every record of a text table, and the lines on which they begin."""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nndesigner.data.table_layout import Layout, csv_reader
from nndesigner.errors import DataError

#: Put behind the last line to see whether a quoted cell is open there.
_END = "\x1a\x1a"


@dataclass(frozen=True, eq=False)
class Records:
    """How many cells each record of the body has (0 for an empty line) and where it starts."""

    cells: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]


def scan(data: bytes, layout: Layout, name: str) -> Records:
    """Count the cells of every record, vectorised where quotes allow it."""
    if layout.delimiter != " ":
        found = scan_fast(data, layout)
        if found is not None:
            return found
    return _scan_exact(data, layout, name)


@dataclass(frozen=True, eq=False)
class CellEnds:
    """Which bytes of the body end a line and which ones a cell within it, quoted ones left out.

    ``quoted_lines`` counts the line ends up to each byte, those within quotes too; None where
    nothing is quoted.
    """

    lines: npt.NDArray[np.bool_]
    cells: npt.NDArray[np.bool_]
    quoted_lines: npt.NDArray[np.int64] | None = None


def cell_ends(data: bytes, layout: Layout) -> CellEnds | None:
    """Where cells end, by their bytes; None where quotes stand in odd places."""
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
    if not quotes.size:
        return CellEnds(newline, separator)
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
    return CellEnds(newline & ~inside, separator & ~inside, np.cumsum(newline))


def scan_fast(data: bytes, layout: Layout) -> Records | None:
    """Cells of every record by counting bytes; None where quotes stand in odd places."""
    found = cell_ends(data, layout)
    if found is None:
        return None
    body = np.frombuffer(data, dtype=np.uint8, offset=layout.body)
    ends = np.flatnonzero(found.lines)
    if not ends.size or ends[-1] != body.size - 1:
        ends = np.append(ends, body.size)
    starts = np.concatenate(([0], ends[:-1] + 1))
    positions = np.flatnonzero(found.cells)
    cells = np.searchsorted(positions, ends) - np.searchsorted(positions, starts) + 1
    # a line without a delimiter may be empty (or blanks alone): pandas leaves it out
    for index in np.flatnonzero(cells == 1):
        if not body[starts[index] : ends[index]].tobytes().strip():
            cells[index] = 0
    if found.quoted_lines is None:
        lines = np.arange(ends.size, dtype=np.int64)
    else:
        counted = found.quoted_lines[np.maximum(starts - 1, 0)]
        lines = np.where(starts > 0, counted, 0).astype(np.int64)
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
        raise DataError(unclosed(name, line + layout.body_line, layout.quote)) from None
    if last != [_END]:  # a cell that is still open has swallowed it
        line = opening_line(data, layout) or lines[-1]
        raise DataError(unclosed(name, line, layout.quote))
    return Records(np.array(cells[:-1], dtype=np.int64), np.array(lines[:-1], dtype=np.int64))


def opening_line(data: bytes, layout: Layout) -> int:
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


def unclosed(name: str, line: int, quote: str) -> str:
    return (
        f"{name}: a quoted cell that begins in line {line} is never closed: put a {quote or '|'} "
        "at its end or remove the one at its start"
    )
