"""One block of a big text table: its cells typed by pandas, its odd lines accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nndesigner.data.table_frame import (
    BadRow,
    Records,
    TableFrame,
    bad_rows,
    parse,
    ragged_notes,
    scan_fast,
    text_columns,
)
from nndesigner.data.table_layout import Layout
from nndesigner.data.table_options import TableOptions

if TYPE_CHECKING:
    import pandas as pd


class Unfit(Exception):
    """The text cannot be read in blocks; as a whole it may be."""


@dataclass(frozen=True, eq=False)
class Block:
    """What a block holds. ``odd`` are its lines with too few or too many cells, or None.

    ``lines`` is the line of every row, None where each row has a line of its own from
    ``first_line`` on.
    """

    frame: pd.DataFrame | None
    rows: int
    first_line: int
    lines: np.ndarray[tuple[int], np.dtype[np.int64]] | None = None
    odd: Records | None = None
    bad: tuple[BadRow, ...] = ()


def read_block(
    data: bytes,
    layout: Layout,
    options: TableOptions,
    texts: Sequence[int],
    regular: bool | None = None,
) -> Block:
    """The rows of a block that begins with the layout's ``body_line``.

    ``texts`` are columns that are known to hold texts: they come as they are, and with ``only``
    they alone come. Raises: Unfit.
    """
    import pandas as pd

    width = len(layout.names)
    dtypes = dict.fromkeys([*text_columns(layout), *texts], str)
    if regular is not None:
        dtypes = dict.fromkeys(texts, str)
    body = np.frombuffer(data, dtype=np.uint8)
    quoted = bool(layout.quote) and layout.quote.encode() in data
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        raise Unfit
    if not quoted and regular is not False:
        try:
            frame = parse(data, layout, options, dtypes, only=regular is True, strict=True)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OverflowError):
            frame = None
        if frame is not None and (regular or _is_regular(body, data, layout, len(frame))):
            return Block(frame, len(frame), layout.body_line)
    records = scan_fast(data, layout)
    if records is None:
        raise Unfit
    filled = records.cells > 0
    long, short = records.cells > width, filled & (records.cells < width)
    drop = long | (short if options.ragged == "skip" else np.zeros_like(short))
    try:
        skipped = np.flatnonzero(drop).tolist()
        frame = parse(data, layout, options, dtypes, skipped, only=regular is not None)
    except pd.errors.EmptyDataError:
        return Block(None, 0, layout.body_line, lines=records.lines[:0])
    except (pd.errors.ParserError, ValueError, OverflowError):
        raise Unfit from None
    lines = records.lines[filled & ~drop]
    if len(lines) != len(frame):
        raise Unfit
    bad = long | short
    if not bad.any():
        return Block(frame, len(frame), layout.body_line, lines)
    odd = Records(records.cells[bad], records.lines[bad])
    return Block(
        frame,
        len(frame),
        layout.body_line,
        lines,
        odd,
        bad_rows(data, layout, odd.lines, odd.cells),
    )


def _is_regular(
    body: np.ndarray[tuple[int], np.dtype[np.uint8]], data: bytes, layout: Layout, rows: int
) -> bool:
    """Whether every line of a block without quotes is a row with a cell for every column.

    The parser refuses lines that are too long, all but the first; with as many delimiters as
    complete rows have, none is too short.
    """
    ends = int(np.count_nonzero(body == ord("\n")))
    if rows != ends + (not data.endswith(b"\n")):
        return False
    first = data[: data.find(b"\n")] if ends else data
    sign = layout.delimiter.encode()
    if len(sign) > 1 or first.count(sign) != len(layout.names) - 1:
        return False
    return int(np.count_nonzero(body == ord(sign))) == rows * (len(layout.names) - 1)


def told(
    frame: pd.DataFrame, blocks: Sequence[Block], layout: Layout, options: TableOptions, name: str
) -> TableFrame:
    """The whole table with what is to be said about its odd lines.

    Raises: DataError where such lines are to stop the reading.
    """
    lines = np.empty(len(frame), dtype=np.int64)
    start = 0
    for block in blocks:
        own = block.lines
        if own is None:
            own = np.arange(block.first_line, block.first_line + block.rows, dtype=np.int64)
        lines[start : start + block.rows] = own
        start += block.rows
    found = [block.odd for block in blocks if block.odd is not None]
    if not found:
        return TableFrame(frame, lines, ())
    width = len(layout.names)
    records = Records(
        np.concatenate([odd.cells for odd in found]), np.concatenate([odd.lines for odd in found])
    )
    long, short = records.cells > width, records.cells < width
    notes = ragged_notes(records, long, short, options, name, width)
    bad = tuple(row for block in blocks for row in block.bad)
    return TableFrame(frame, lines, tuple(notes), bad, len(records.lines))


def without_frame(block: Block) -> Block:
    """The block's account alone, so that its cells do not stay in memory."""
    return replace(block, frame=None)
