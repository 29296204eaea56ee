"""Reads the rows of a table through pandas' C parser, and accounts for every line that is odd."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from nndesigner.data.codes import (
    all_whole,
    code_columns,
    has_integers,
    has_long,
    has_zeros,
    left_as_texts,
    look,
    suspects,
)
from nndesigner.data.number_span import Span, span_of
from nndesigner.data.table_layout import Layout
from nndesigner.data.table_options import MISSING, TableOptions
from nndesigner.data.table_scan import Records, opening_line, scan, unclosed
from nndesigner.data.words import count, shorten, some
from nndesigner.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_LINE_END = re.compile(rb"\r\n|\r|\n")
#: So many bad lines are listed; all are counted.
MOST_BAD = 1000


@dataclass(frozen=True, eq=False)
class TableFrame:
    """The rows of a table as pandas typed them; ``lines`` is the first line of every row.

    ``bad`` are the first lines with more or fewer cells than columns, ``bad_count`` is how many
    there are. ``on_disk`` says that the rows do not fit into memory. ``spans`` are known of columns
    of numbers that nobody else holds. Of the columns in ``lost`` the texts are not kept: memory
    holds no more different ones than are named there.
    """

    frame: pd.DataFrame
    lines: npt.NDArray[np.int64]
    notes: tuple[str, ...]
    bad: tuple[BadRow, ...] = ()
    bad_count: int = 0
    on_disk: bool = False
    spans: Mapping[int, Span] = field(default_factory=dict)
    lost: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class BadRow:
    """A line that has more or fewer cells than the table has columns, and its first letters."""

    line: int
    cells: int
    text: str


def read_frame(data: bytes, layout: Layout, options: TableOptions, name: str) -> TableFrame:
    """The rows below the header. Raises: DataError naming the line that cannot be read."""
    import pandas as pd

    width = len(layout.names)
    records = scan(data, layout, name)
    filled = records.cells > 0
    long, short = records.cells > width, filled & (records.cells < width)
    notes = ragged_notes(records, long, short, options, name, width)
    drop = long | (short if options.ragged == "skip" else np.zeros_like(short))
    foot = np.zeros_like(drop)
    if options.foot:
        foot[np.flatnonzero(filled & ~drop)[-options.foot :]] = True
        drop |= foot
    skipped = np.flatnonzero(drop).tolist()
    texts = dict.fromkeys(code_columns(layout, options), str)
    try:
        frame = parse(data, layout, options, texts, skipped)
        columns = typed_columns(frame, data, layout, options, texts, skipped)
        spans = spans_of(columns)
        wanted = suspects(columns, spans, data, layout, look(data, layout)[1])
        if wanted:
            again = parse(data, layout, options, dict.fromkeys(wanted, str), skipped, only=True)
            frame = pd.DataFrame(_with_codes(columns, spans, columns_of(again)), copy=False)
    except pd.errors.EmptyDataError:
        raise DataError(f"{name}: the file has no rows below the header") from None
    except (pd.errors.ParserError, ValueError, OverflowError):
        line = opening_line(data, layout)
        if line:
            raise DataError(unclosed(name, line, layout.quote)) from None
        raise DataError(
            f"{name} cannot be read as a table: its lines cannot be cut into {width} cells each. "
            "Choose another delimiter, or save it again as CSV"
        ) from None
    except MemoryError:
        raise DataError(f"{name} does not fit into memory: open a part of it") from None
    lines = records.lines[filled & ~drop]
    if len(lines) != len(frame):  # pandas and the scan disagree about odd blank lines
        lines = np.arange(len(frame), dtype=np.int64) + layout.body_line
    if not len(frame):
        raise DataError(f"{name}: the file has no rows that can be used")
    if foot.any():
        notes.append(
            left_out_note(bad_rows(data, layout, records.lines[foot], records.cells[foot]))
        )
    bad = long | short | foot
    shown = bad_rows(data, layout, records.lines[bad], records.cells[bad]) if bad.any() else ()
    return TableFrame(frame, lines, tuple(notes), shown, int(bad.sum()), spans=spans)


def columns_of(frame: pd.DataFrame) -> dict[int, pd.Series[Any]]:
    """The columns by their places."""
    return {cast("int", index): series for index, series in frame.items()}


def typed_columns(
    frame: pd.DataFrame,
    data: bytes,
    layout: Layout,
    options: TableOptions,
    asked: Collection[int],
    skipped: Sequence[int] = (),
) -> dict[int, pd.Series[Any]]:
    """The columns by their places, those of numbers as numbers.

    Where the parser gave up at whole numbers beyond 64 bits, it depends on the order of the rows
    what it makes of a column: it is told to read numbers, and refuses where there is a text.
    ``asked`` are the columns that were to be texts. Raises: what pandas raises.
    """
    columns = columns_of(frame)
    markers = frozenset((*MISSING, *options.missing))
    for index, series in columns.items():
        if index in asked or series.dtype.kind in "iufb" or not left_as_texts(series, markers):
            continue
        try:
            again = parse(data, layout, options, {index: np.float64}, skipped, only=True)
        except ValueError:  # some cell is no number
            continue
        columns[index] = again[cast("str", index)]
    return columns


def spans_of(columns: Mapping[int, pd.Series[Any]]) -> dict[int, Span]:
    """The spans of the columns that hold numbers."""
    return {
        index: span_of(series.to_numpy())
        for index, series in columns.items()
        if series.dtype.kind in "iuf"
    }


def _with_codes(
    columns: dict[int, pd.Series[Any]], spans: dict[int, Span], texts: dict[int, pd.Series[Any]]
) -> dict[int, pd.Series[Any]]:
    """The columns, those that hold codes as texts; their spans are taken out."""
    found = dict(columns)
    for index, column in texts.items():
        held = columns[index]
        long = index in spans and spans[index].is_long and all_whole(held.to_numpy())
        if has_integers(held) or has_zeros(column) or (long and has_long(column)):
            found[index] = column
            spans.pop(index, None)
    return found


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


def left_out_note(rows: Sequence[BadRow]) -> str:
    """What is said once lines at the foot were left out."""
    was = "was" if len(rows) == 1 else "were"
    return f"{count(len(rows), 'line')} at the foot {was} left out, as was said: {told(rows)}."


def told(rows: Sequence[BadRow]) -> str:
    """Some lines with what stands in them."""
    return some((f"line {row.line:,}: {row.text!r}" for row in rows), 3)


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
