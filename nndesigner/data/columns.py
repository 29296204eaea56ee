"""Guesses what each column of a table holds: numbers, categories, yes or no, or text to ignore."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import numpy.typing as npt

from nndesigner.data.codes import are_long
from nndesigner.data.column_choice import ColumnChoice, ColumnType
from nndesigner.data.date_reading import read_dates, spelt
from nndesigner.data.dates import find_format, read_moments
from nndesigner.data.number_span import INEXACT, Span, span_of
from nndesigner.data.number_texts import (
    MARK_NAMES,
    CodeColumn,
    FloatColumn,
    almost_numbers,
    codes_of_numbers,
    numbers_of,
    offending,
    too_long,
    written_with,
)
from nndesigner.data.progress import Progress, tell
from nndesigner.data.store import Shelf, on_disk
from nndesigner.data.table_layout import clear_decimal
from nndesigner.data.table_options import MISSING
from nndesigner.data.text_codes import codes_of_texts, reordered, yes_no_order
from nndesigner.data.words import count, natural_key, shorten, some

if TYPE_CHECKING:
    import pandas as pd


#: A text column with more different values than this is no category by itself.
MOST_CATEGORIES = 100
#: So many rows show most columns' nature.
_LOOKED_AT = 1000
#: Beyond this the squares that a deviation is made of leave the range of numbers.
LARGEST = 1e100
#: What a network's own numbers, float32, can hold.
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
_ID_NAMES = re.compile(
    r"(.*[_ ])?(id|uuid|guid|index|key)|.*[a-z]Id|.*ID|unnamed.*|row(_?n(o|um(ber)?)?)?"
)
TOO_LONG = "its whole numbers are too long for anything but names of rows"
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T]\d.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}( \d.*)?"
)


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table as it will be used.

    Numbers are in ``numbers`` (missing is NaN), everything else in ``codes`` (missing is -1) that
    point into ``values``; dates are such texts with a ``date_format``. ``why`` says why a column is
    ignored. ``beyond`` numbers were infinite or too large, and count as missing. Dates that
    ``date_format`` does not read may be written in one of ``other_formats``.
    ``natural`` is the type by what it holds, where another one was chosen. ``lost`` says that its
    texts are not kept, but for the first ones: one value stands for all others.
    """

    name: str
    type: ColumnType
    missing: int
    numbers: FloatColumn | None = None
    codes: CodeColumn | None = None
    values: tuple[str, ...] = ()
    why: str = ""
    notes: tuple[str, ...] = ()
    date_format: str = ""
    beyond: int = 0
    other_formats: tuple[str, ...] = ()
    natural: ColumnType | None = None
    lost: bool = False

    @cached_property
    def moments(self) -> FloatColumn | None:
        """Seconds since 1970 of every row of a date column, NaN where it has none; else None."""
        if self.type != "date" or self.codes is None:
            return None
        formats = (self.date_format, *self.other_formats)
        table = np.append(read_moments(self.values, formats), np.nan)
        return np.asarray(table[self.codes], dtype=np.float64)

    def part(self, first: int, last: int) -> Column:
        """The rows from ``first`` up to ``last``, not copied."""
        numbers = self.numbers[first:last] if self.numbers is not None else None
        codes = self.codes[first:last] if self.codes is not None else None
        return replace(self, numbers=numbers, codes=codes)

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        held = self.numbers if self.numbers is not None else self.codes
        return 0 if held is None else len(held)

    @property
    def distinct(self) -> int:
        """How many different values occur."""
        if self.codes is not None:
            return len(self.values)
        if self.numbers is None:
            return 0
        return len(np.unique(self.numbers[~np.isnan(self.numbers)]))

    @property
    def is_constant(self) -> bool:
        """Whether all values that are there are the same one."""
        if self.numbers is None:
            return self.distinct == 1
        for rows in (self.numbers[:_LOOKED_AT], self.numbers):  # most columns show it at once
            there = rows[~np.isnan(rows)]
            if there.size and (there != there[0]).any():
                return False
        return bool(there.size)

    def present(self) -> npt.NDArray[np.bool_]:
        """Which rows have a value."""
        held = self.numbers if self.numbers is not None else self.moments
        if held is not None:
            return np.asarray(~np.isnan(held))
        if self.codes is not None:
            return np.asarray(self.codes >= 0)
        return np.zeros(0, dtype=bool)


#: Columns from which on taking one out of a frame costs more than holding it twice: the frame
#: looks at all that are left.
_WIDE = 1_000


def read_columns(
    frame: pd.DataFrame,
    names: tuple[str, ...],
    choices: Mapping[str, ColumnChoice],
    missing: tuple[str, ...],
    decimal: Literal[".", ","],
    lines: npt.NDArray[np.int64],
    scaling: str = "standardise",
    spill: bool = False,
    spans: Mapping[int, Span] = MappingProxyType({}),
    progress: Progress | None = None,
) -> list[Column]:
    """Every column of a frame, typed by its choice or by what it holds; the frame is used up, so
    that cells are not held twice.

    Numbers beyond `LARGEST` count as missing, with a note; where nothing is scaled, those that
    float32 cannot hold. With ``spill`` they are kept on disk. ``spans`` are known of columns of
    numbers that nobody else holds; others are copied.
    """
    markers = frozenset((*MISSING, *missing))
    found = []
    wide = len(names) > _WIDE
    shelf = Shelf("The table") if spill else None
    for index, name in enumerate(names):
        tell(progress, index / len(names), f"looking at the column {shorten(name, 30)}")
        choice = choices.get(name, ColumnChoice())
        series = frame[cast("str", index)] if wide else frame.pop(cast("str", index))
        span = spans.get(index)
        column = _read(series, span, name, choice, markers, decimal, lines)
        largest = LARGEST_FLOAT32 if (choice.scaling or scaling) == "none" else LARGEST
        if span is None or span.largest > largest:
            column = _without_huge(column, largest, lines)
        found.append(column if shelf is None else _kept(column, shelf))
    return found


def _kept(column: Column, shelf: Shelf) -> Column:
    """The column with its rows on disk."""
    if column.numbers is not None and not on_disk(column.numbers):
        numbers = shelf.array(column.numbers.shape, np.float64)
        numbers[:] = column.numbers
        return replace(column, numbers=numbers)
    if column.codes is not None and not on_disk(column.codes):
        codes = shelf.array(column.codes.shape, np.int32)
        codes[:] = column.codes
        return replace(column, codes=codes)
    return column


def _without_huge(column: Column, largest: float, lines: npt.NDArray[np.int64]) -> Column:
    """The column with numbers that cannot be reckoned with as missing ones."""
    if column.numbers is None:
        return column
    huge = np.abs(column.numbers) > largest
    if not huge.any():
        return column
    number = int(huge.sum())
    cells = count(number, "number beyond", "numbers beyond")
    note = (
        f"{column.name}: {cells} ±{largest:.0e} {'counts' if number == 1 else 'count'} as missing "
        f"(line {some(lines[huge].tolist(), 3)})."
    )
    numbers = np.where(huge, np.nan, column.numbers)
    missing = int(np.isnan(numbers).sum())
    empty = missing == len(numbers)
    return replace(
        column,
        numbers=numbers,
        missing=missing,
        type="empty" if empty else column.type,
        why="it holds no number that can be reckoned with" if empty else column.why,
        notes=(*column.notes, note),
        beyond=column.beyond + number,
    )


def _read(
    series: pd.Series[str],
    span: Span | None,
    name: str,
    choice: ColumnChoice,
    markers: frozenset[str],
    decimal: Literal[".", ","],
    lines: npt.NDArray[np.int64],
) -> Column:
    wanted = choice.type
    if series.dtype.kind in "iu" and wanted != "number" and too_long(series.to_numpy()):
        codes, values = codes_of_texts(series, frozenset())  # float64 would round them
        column = _coded(codes, values, name, wanted or "id", [])
        return replace(column, why=column.why and TOO_LONG, natural="id" if wanted else None)
    if series.dtype.kind in "iuf":
        held = series.to_numpy()
        numbers: FloatColumn = np.asarray(held, dtype=np.float64)
        if span is None or not numbers.flags.c_contiguous:
            numbers = np.array(numbers)
        span = span or span_of(held)
        notes = []
        infinite = np.isinf(numbers) if np.isinf(span.largest) else np.zeros(0, dtype=bool)
        if infinite.any():
            where = some(lines[infinite].tolist(), 3)
            cells = count(int(infinite.sum()), "infinite number counts", "infinite numbers count")
            notes.append(f"{name}: {cells} as missing (line {where}).")
            numbers = np.where(infinite, np.nan, numbers)
            span = span_of(numbers, span.whole)
        if wanted not in (None, "number", "empty"):
            plain = _number_column(name, numbers, span, None, []).type
            codes, values = codes_of_numbers(numbers)
            if wanted == "date":
                column = _dated(codes, values, name, choice, lines)
            else:
                column = _coded(codes, values, name, wanted, notes)
            return replace(column, natural=plain)
        column = _number_column(name, numbers, span, wanted, notes)
        return replace(column, beyond=int(infinite.sum()))
    codes, values = codes_of_texts(series, markers)
    if wanted is not None:
        plain = _guess(codes, values, int((codes < 0).sum()), name)[0] if values else "empty"
        if wanted == "number":
            column = _forced_number(name, codes, values, decimal, lines)
        elif wanted == "date":
            column = _dated(codes, values, name, choice, lines)
        else:
            column = _coded(codes, values, name, wanted, [])
        return replace(column, natural=plain)
    mark = written_with(values, decimal)
    if mark is not None:
        column = _forced_number(name, codes, values, mark, lines)
        what = f"{name}: cells such as {shorten(values[0])!r} are read as numbers with a decimal "
        note = f"{what}{MARK_NAMES[mark]}; set its type to category to keep them as they are."
        return replace(column, notes=(*column.notes, note))
    column = _coded(codes, values, name, None, almost_numbers(name, codes, values, lines))
    if column.type == "date" and column.codes is not None:
        dated = _dated(column.codes, column.values, name, choice, lines)
        return column if dated.type != "date" else replace(dated, why=column.why)
    return column


def _number_column(
    name: str, numbers: FloatColumn, span: Span, wanted: ColumnType | None, notes: list[str]
) -> Column:
    missing = span.missing
    if missing == len(numbers):
        return Column(name, "empty", missing, numbers, why="it is empty", notes=tuple(notes))
    why = ""
    if wanted is None and span.whole and len(numbers) > 1:
        named = _ID_NAMES.fullmatch(name) is not None or name == "column_1"
        if span.largest >= INEXACT:
            why = TOO_LONG
        elif named and len(numbers) > 2 and bool((np.diff(numbers) == 1).all()):
            why = "it only numbers the rows"
        elif named and name != "column_1" and len(np.unique(numbers)) == len(numbers):
            why = "it only names the rows"
    kind: ColumnType = "id" if why else "number"
    return Column(name, kind, missing, numbers, why=why, notes=tuple(notes))


def _coded(
    codes: CodeColumn,
    values: tuple[str, ...],
    name: str,
    wanted: ColumnType | None,
    notes: list[str],
) -> Column:
    """A column of texts: a category where there are few, else ignored."""
    missing = int((codes < 0).sum())
    if not values:
        return Column(name, "empty", missing, codes=codes, why="it is empty", notes=tuple(notes))
    kind, why = wanted, ""
    if kind is None:
        kind, why = _guess(codes, values, missing, name)
    elif kind == "id":
        why = "it names the rows"
    order = yes_no_order(values) if kind == "yes_no" or wanted is None else None
    if kind == "category" and wanted is None and order is not None:
        kind = "yes_no"
    if kind == "yes_no" and order is None:
        if len(values) > 2:
            kind = "category"
            notes = [
                *notes,
                f"{name}: {len(values)} different values are no yes or no: a category.",
            ]
        order = None
    if order is None and kind not in ("text", "id", "date"):
        order = sorted(range(len(values)), key=lambda index: natural_key(values[index]))
    if order is not None:
        codes, values = reordered(codes, values, order)
    return Column(name, kind, missing, codes=codes, values=values, why=why, notes=tuple(notes))


def _guess(
    codes: CodeColumn, values: tuple[str, ...], missing: int, name: str
) -> tuple[ColumnType, str]:
    present = len(codes) - missing
    sample = values[:200]
    if are_long(values):
        return "id", TOO_LONG
    if all(_DATE.fullmatch(value) for value in sample) and len(values) > 2:
        return "date", "it holds dates"
    if len(values) == present and present > 4 and _ID_NAMES.fullmatch(name):
        return "id", "it only names the rows"
    if len(values) > MOST_CATEGORIES:
        return "text", f"it holds {len(values):,} different texts"
    if len(values) > max(10, present // 2):
        return "text", f"nearly every row has its own text ({len(values):,} of {present:,})"
    if len(values) == present and present > 4:
        return "text", "every row has its own text"
    return "category", ""


def _dated(
    codes: CodeColumn,
    values: tuple[str, ...],
    name: str,
    choice: ColumnChoice,
    lines: npt.NDArray[np.int64],
) -> Column:
    """A column of dates; of texts where no format reads most of them.

    A column that is only guessed to hold dates is not read through: nothing is done with it.
    """
    missing = int((codes < 0).sum())
    date_format, word = choice.date_format, ""
    if not date_format:
        date_format, word = find_format(values)
    if not date_format:
        why = "its dates are written in no known way" if values else "it is empty"
        kind: ColumnType = "text" if values else "empty"
        return Column(name, kind, missing, codes=codes, values=values, why=why)
    column = Column(name, "date", missing, codes=codes, values=values, date_format=date_format)
    if choice.type != "date" and choice.role is None:
        return column
    present, others, said = read_dates(name, codes, values, date_format, lines)
    notes = [*([f"{name}: {word}."] if word else []), *said]
    if not present.any():
        why = f"no cell is a date such as {spelt(date_format)}"
        return Column(
            name, "text", missing, codes=codes, values=values, why=why, notes=tuple(notes)
        )
    gaps = int((~present).sum())
    return replace(column, missing=gaps, notes=tuple(notes), other_formats=others)


def _forced_number(
    name: str,
    codes: CodeColumn,
    values: tuple[str, ...],
    decimal: Literal[".", ","],
    lines: npt.NDArray[np.int64],
) -> Column:
    mark = clear_decimal([values], thousands=decimal == ",") or decimal
    numbers, bad = numbers_of(codes, values, mark)
    missing = int(np.isnan(numbers).sum())
    notes: tuple[str, ...] = ()
    if mark != decimal:
        notes = (f"{name}: its numbers are read with a decimal {MARK_NAMES[mark]}.",)
    if bad:
        cells = int((np.isnan(numbers) & (codes >= 0)).sum())
        what = offending(codes, values, set(bad), lines)
        verb = "is no number and counts" if cells == 1 else "are no numbers and count"
        notes = (*notes, f"{name}: {count(cells, 'cell')} {verb} as missing: {what}.")
    if missing == len(numbers):
        return Column(name, "empty", missing, numbers, why="it holds no number", notes=notes)
    return Column(name, "number", missing, numbers, notes=notes)
