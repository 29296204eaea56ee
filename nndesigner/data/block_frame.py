"""One block of a big text table: its cells typed by pandas, its odd lines accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nndesigner.data.block_columns import BlockColumns, Cells, cells_of, text_cells
from nndesigner.data.codes import IntArray, has_integers, has_long, has_zeros, look, suspects
from nndesigner.data.table_frame import (
    MOST_BAD,
    BadRow,
    TableFrame,
    bad_rows,
    columns_of,
    parse,
    ragged_notes,
    spans_of,
    typed_columns,
)
from nndesigner.data.table_layout import Layout
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_scan import Records, scan_fast

if TYPE_CHECKING:
    import pandas as pd


class Unfit(Exception):
    """The text cannot be read in blocks; as a whole it may be."""


@dataclass(frozen=True, eq=False)
class Block:
    """What a block holds: its cells, None once they are taken, and its lines.

    It begins with ``line``. ``ends`` is how many lines it has, ``lines`` the line of every row,
    None where each row has a line of its own. ``odd`` are its lines with too few or too many
    cells, or None.
    """

    cells: Mapping[int, Cells] | None
    rows: int
    ends: int
    lines: npt.NDArray[np.int64] | None = None
    odd: Records | None = None
    bad: tuple[BadRow, ...] = ()
    line: int = 0

    def at(self, line: int) -> Block:
        """The account of the block, which began with line 0, without its cells."""
        odd = self.odd and Records(self.odd.cells, self.odd.lines + line)
        bad = tuple(replace(row, line=row.line + line) for row in self.bad)
        lines = None if self.lines is None else self.lines + line
        return replace(self, cells=None, lines=lines, odd=odd, bad=bad, line=line)


def read_block(data: bytes, layout: Layout, options: TableOptions, texts: Sequence[int]) -> Block:
    """The rows of a block, which begins with the first line of a layout's body.

    ``texts`` are columns that are known to hold texts: they come as they are.
    Raises: Unfit, UnicodeDecodeError.
    """
    import pandas as pd

    if b"\0" in data or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        raise Unfit
    if not data.isascii():
        data.decode("utf-8")
    ends, places = look(data, layout)
    lines = ends + (not data.endswith(b"\n"))
    dtypes = dict.fromkeys(texts, str)
    if not (layout.quote and layout.quote.encode() in data):
        try:
            frame = parse(data, layout, options, dtypes, strict=True)
            cells = _cells(frame, data, layout, options, places, texts)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OverflowError):
            cells = {}
        if cells and len(frame) == lines and _is_regular(data, layout, lines, cells):
            return Block(cells, len(frame), lines)
    width = len(layout.names)
    records = scan_fast(data, layout)
    if records is None:
        raise Unfit
    filled, drop = records.cells > 0, _dropped(records, width, options)
    try:
        skipped = np.flatnonzero(drop).tolist()
        frame = parse(data, layout, options, dtypes, skipped)
        cells = _cells(frame, data, layout, options, places, texts, skipped)
    except pd.errors.EmptyDataError:
        return Block({}, 0, lines, lines=records.lines[:0])
    except (pd.errors.ParserError, ValueError, OverflowError):
        raise Unfit from None
    own = records.lines[filled & ~drop]
    if len(own) != len(frame):
        raise Unfit
    bad = filled & (records.cells != width)
    if not bad.any():
        return Block(cells, len(frame), lines, own)
    odd = Records(records.cells[bad], records.lines[bad])
    told = bad_rows(data, layout, odd.lines, odd.cells)
    return Block(cells, len(frame), lines, own, odd, told)


def read_texts(
    data: bytes, layout: Layout, options: TableOptions, wanted: Sequence[int], regular: bool
) -> dict[int, Cells]:
    """The cells of some columns of a block that was read before, as texts. Raises: Unfit."""
    import pandas as pd

    skipped: list[int] = []
    if not regular:
        records = scan_fast(data, layout)
        if records is None:
            raise Unfit
        skipped = np.flatnonzero(_dropped(records, len(layout.names), options)).tolist()
    try:
        frame = parse(data, layout, options, dict.fromkeys(wanted, str), skipped, only=True)
    except pd.errors.EmptyDataError:
        return {}
    return {index: text_cells(series) for index, series in columns_of(frame).items()}


def _dropped(records: Records, width: int, options: TableOptions) -> npt.NDArray[np.bool_]:
    """Which records are left out."""
    long, short = records.cells > width, (records.cells > 0) & (records.cells < width)
    return long | (short if options.ragged == "skip" else np.zeros_like(short))


def _cells(
    frame: pd.DataFrame,
    data: bytes,
    layout: Layout,
    options: TableOptions,
    places: IntArray,
    asked: Sequence[int],
    skipped: Sequence[int] = (),
) -> dict[int, Cells]:
    """The cells of all columns; those of numbers that turn out to be codes as texts, as are those
    that were ``asked`` for as such.
    """
    held = typed_columns(frame, data, layout, options, asked, skipped)
    spans = spans_of(held)
    wanted = suspects(held, spans, data, layout, places)
    long: set[int] = set()
    if wanted:
        again = parse(data, layout, options, dict.fromkeys(wanted, str), skipped, only=True)
        for index, texts in columns_of(again).items():
            if has_integers(held[index]) or has_zeros(texts):
                held[index] = texts
                spans.pop(index, None)
            elif spans[index].is_long and has_long(texts):
                long.add(index)
    return {
        index: cells_of(series, spans.get(index), index in long) for index, series in held.items()
    }


def _is_regular(data: bytes, layout: Layout, rows: int, cells: Mapping[int, Cells]) -> bool:
    """Whether every line of a block without quotes, each a row, has a cell for every column.

    The parser refuses lines that are too long, all but the first; a line that is too short lacks
    its last cell, and with as many delimiters as complete rows have there is none.
    """
    width = len(layout.names)
    first = data[: data.find(b"\n")] if b"\n" in data else data
    sign = layout.delimiter.encode()
    if len(sign) > 1 or first.count(sign) != width - 1:
        return False
    last = cells[width - 1]
    if last.kind in ("whole", "number") and not last.missing:  # among texts a gap may be no NaN
        return True
    body = np.frombuffer(data, dtype=np.uint8)
    return int(np.count_nonzero(body == ord(sign))) == rows * (width - 1)


def told(
    columns: BlockColumns, blocks: Sequence[Block], layout: Layout, options: TableOptions, name: str
) -> TableFrame:
    """The whole table with what is to be said about its odd lines.

    Raises: DataError where such lines are to stop the reading.
    """
    frame, spans = columns.frame()
    lines = np.concatenate(
        [
            np.arange(block.line, block.line + block.rows) if block.lines is None else block.lines
            for block in blocks
        ]
    ).astype(np.int64, copy=False)
    found = [block.odd for block in blocks if block.odd is not None]
    if not found:
        return TableFrame(frame, lines, (), spans=spans, lost=columns.lost)
    width = len(layout.names)
    records = Records(
        np.concatenate([odd.cells for odd in found]), np.concatenate([odd.lines for odd in found])
    )
    long, short = records.cells > width, records.cells < width
    notes = ragged_notes(records, long, short, options, name, width)
    bad = tuple(row for block in blocks for row in block.bad)[:MOST_BAD]
    return TableFrame(
        frame, lines, tuple(notes), bad, len(records.lines), spans=spans, lost=columns.lost
    )
