"""Guesses what each column of a table holds: numbers, categories, yes or no, or text to ignore."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import numpy.typing as npt

from nndesigner.data.codes import are_long
from nndesigner.data.column_choice import ColumnChoice, ColumnType
from nndesigner.data.columns import LARGEST, LARGEST_FLOAT32, MOST_CATEGORIES, Column
from nndesigner.data.date_reading import read_dates, spelt
from nndesigner.data.dates import find_format
from nndesigner.data.number_span import Span, span_of
from nndesigner.data.number_texts import (
    MARK_NAMES,
    CodeColumn,
    FloatColumn,
    almost_numbers,
    codes_of_numbers,
    taken_as_text,
    written_with,
)
from nndesigner.data.progress import Progress, tell
from nndesigner.data.store import Shelf, on_disk
from nndesigner.data.table_options import MISSING
from nndesigner.data.text_codes import codes_of_texts, reordered, yes_no_order
from nndesigner.data.unit_texts import forced_numbers, numbers_of_united, united
from nndesigner.data.words import count, natural_key, shorten, some

if TYPE_CHECKING:
    import pandas as pd

_ID_NAMES = re.compile(
    r"(.*[_ ])?(id|uuid|guid|index|key)|.*[a-z]Id|.*ID|unnamed.*|row(_?n(o|um(ber)?)?)?"
)
TOO_LONG = "its whole numbers are too long for anything but names of rows"
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T]\d.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}( \d.*)?"
)
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
    if series.dtype.kind in "iu":
        span = span or span_of(series.to_numpy())
        if wanted != "number" and span.is_long:
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
        if plain == "text" and united(values, decimal) is not None:
            plain = "number"
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
    found = united(values, decimal)
    if found is not None and _guess(codes, values, int((codes < 0).sum()), name)[0] == "text":
        # It would be ignored; few different ones may be a category, and stay one.
        numbers, said = numbers_of_united(name, codes, values, found)
        missing = int(np.isnan(numbers).sum())
        return Column(name, "number", missing, numbers, notes=said, unit=found.unit)
    notes = almost_numbers(name, codes, values, lines)
    if found is not None and not notes:
        notes = [taken_as_text(name, values[0])]
    column = _coded(codes, values, name, None, notes)
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
        if span.is_long:
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
    numbers, unit, notes = forced_numbers(name, codes, values, decimal, lines)
    missing = int(np.isnan(numbers).sum())
    if missing == len(numbers):
        return Column(name, "empty", missing, numbers, why="it holds no number", notes=notes)
    return Column(name, "number", missing, numbers, notes=notes, unit=unit)
