"""Typed columns become the numbers that a network takes, by an encoding that was fitted before."""

from __future__ import annotations

from collections import Counter

import numpy as np

from nndesigner.data.columns import LARGEST_FLOAT32, Column
from nndesigner.data.dataset import Encoded, IntArray
from nndesigner.data.dates import part_of
from nndesigner.data.number_texts import CodeColumn, FloatColumn, codes_of_numbers, numbers_of
from nndesigner.data.table_encoding import (
    AnyColumn,
    DateColumn,
    NumberColumn,
    OrdinalColumn,
    TableEncoding,
    YesNoColumn,
    signed_log,
)
from nndesigner.data.words import count, nearest, some, unknown_note
from nndesigner.errors import DataError


def encode_columns(
    columns: dict[str, Column],
    encoding: TableEncoding,
    kept: IntArray,
    targets: tuple[Column, ...],
    name: str,
    *,
    keep_all: bool = False,
) -> Encoded:
    """The rows ``kept`` of typed columns as numbers. ``targets`` may be empty: y is None then.

    With ``keep_all`` no row is dropped: gaps are filled even where training dropped such rows, and
    a class that the network does not know is -1.
    """
    notes: list[str] = []
    for wanted in encoding.columns:
        if wanted.name not in columns:
            raise DataError(
                f"{name} has no column {wanted.name!r}, which the network needs: "
                f"{nearest(wanted.name, list(columns))}"
            )
    dropping = [
        wanted.name for wanted in encoding.columns if wanted.drop or encoding.fill == "drop"
    ]
    if dropping:
        there = np.ones(len(kept), dtype=bool)
        for column in dropping:
            there &= columns[column].present()[kept]
        if not there.all():
            gaps = count(int((~there).sum()), "row")
            if keep_all:
                notes.append(
                    f"{gaps} with missing values: filled with the mean or the most frequent value "
                    "of the training rows, which had none missing."
                )
            else:
                notes.append(f"{gaps} with missing values left out.")
                kept = kept[there]
    x = np.zeros((len(kept), len(encoding.features)), dtype=np.float32)
    place = 0
    for wanted in encoding.columns:
        width = len(wanted.features)
        _encode_column(columns[wanted.name], wanted, kept, x[:, place : place + width], notes)
        place += width
    _encode_added(columns, encoding, kept, x[:, place:], notes)
    y = _encode_targets(targets, encoding, kept, notes, keep_all)
    if y is not None and keep_all and encoding.task == "classification":
        y = np.maximum(y, -1)
    elif y is not None and not keep_all:
        known = y >= 0 if encoding.task == "classification" else ~np.isnan(y).any(axis=1)
        if not known.all():
            x, y, kept = x[known], y[known], kept[known]
    return Encoded(x=x, y=y, kept=kept, notes=tuple(notes))


def _encode_column(
    column: Column,
    wanted: AnyColumn,
    kept: IntArray,
    out: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    notes: list[str],
) -> None:
    """Write one column's encoded numbers into ``out``."""
    if wanted.was_missing:
        out[:, -1] = ~column.present()[kept]
    if isinstance(wanted, NumberColumn):
        values = wanted.bounded(_numbers(column, notes)[kept])
        fill = wanted.bounded(np.array([wanted.fill]))
        if wanted.log:
            values, fill = signed_log(values), signed_log(fill)
        values, lost = _standardised(values, wanted.mean, wanted.deviation)
        if lost:
            notes.append(_lost_note(column.name, lost))
        stand_in = float((fill[0] - wanted.mean) / wanted.deviation)
        values[np.isnan(values)] = np.clip(stand_in, -LARGEST_FLOAT32, LARGEST_FLOAT32)
        out[:, 0] = values
        return
    if isinstance(wanted, DateColumn):
        moments = _moments(column)[kept]
        filled = np.where(np.isfinite(moments), moments, wanted.fill)
        scales = zip(wanted.parts, wanted.means, wanted.deviations, strict=True)
        for place, (part, mean, deviation) in enumerate(scales):
            out[:, place] = (part_of(filled, part) - mean) / deviation
        return
    codes, unseen, alike = _codes_as(column, wanted.values)
    codes = codes[kept]
    if alike:
        notes.append(_alike_note(column.name, alike, wanted.values))
    if unseen:
        notes.append(
            f"{column.name}: the network has not seen {some(map(repr, unseen), 3)}: "
            "such cells count as none of the known values."
        )
    if wanted.fill in wanted.values:
        codes = np.where(codes == -1, wanted.values.index(wanted.fill), codes)
    known = codes >= 0
    if isinstance(wanted, YesNoColumn):  # neither is known to be wrong: halfway
        out[:, 0] = np.where(known, codes, 0.5)
    elif isinstance(wanted, OrdinalColumn):  # what nobody knows stands in the middle
        out[known, 0] = (codes[known] - wanted.mean) / wanted.deviation
    else:
        out[np.flatnonzero(known), codes[known]] = 1.0


def _encode_added(
    columns: dict[str, Column],
    encoding: TableEncoding,
    kept: IntArray,
    out: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    notes: list[str],
) -> None:
    """Write the inputs that are made of others; what cannot be reckoned is their mean."""
    fitted = {column.name: column for column in encoding.columns}
    for place, added in enumerate(encoding.added):
        plain = []
        for name in added.added.needs:
            column = fitted[name]
            if not isinstance(column, NumberColumn):
                raise DataError(f"the added input {added.added.name} needs a number, not {name!r}")
            plain.append(column.plain(_numbers(columns[name], [])[kept]))
        values = added.added.compute(plain[0], plain[-1])
        values, lost = _standardised(values, added.mean, added.deviation)
        if lost:
            notes.append(_lost_note(added.added.name, lost))
        out[:, place] = np.where(np.isnan(values), 0.0, values)


def _numbers(column: Column, notes: list[str]) -> FloatColumn:
    """A column's numbers, from its texts where it holds those."""
    if column.numbers is not None:
        return column.numbers
    numbers, bad = numbers_of(_own_codes(column), column.values, ".")
    if bad:
        notes.append(f"{column.name}: {some(map(repr, bad), 3)} counted as missing.")
    return numbers


def _moments(column: Column) -> FloatColumn:
    """A column's moments; all missing where it holds no dates."""
    moments = column.moments
    return moments if moments is not None else np.full(column.rows, np.nan)


def _standardised(values: FloatColumn, mean: float, deviation: float) -> tuple[FloatColumn, int]:
    """``(value - mean) / deviation``; what float32 cannot hold is NaN, and how many those are."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = (values - mean) / deviation
    huge = np.abs(values) > LARGEST_FLOAT32
    values[huge] = np.nan
    return values, int(huge.sum())


def _lost_note(name: str, lost: int) -> str:
    cells = count(lost, "number is", "numbers are")
    return f"{name}: {cells} too far from those of the training rows: counted as missing."


def _own_codes(column: Column) -> CodeColumn:
    """A text column's codes; all missing where it has none."""
    return column.codes if column.codes is not None else np.full(column.rows, -1, np.int32)


def _codes_as(
    column: Column, values: tuple[str, ...]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], list[str], list[str]]:
    """A column's codes into other values: -1 is missing, -2 a value that is not among them.

    Then come the values that are not among them, and those that are in other letters: ``yes`` is
    ``Yes`` where there is but one such value, on either side.
    """
    if column.codes is None:
        if column.numbers is None:
            return np.full(column.rows, -1, dtype=np.int64), [], []
        found, own = codes_of_numbers(column.numbers)
    else:
        found, own = column.codes, column.values
    codes = found.astype(np.int64)
    if own == values:
        return codes, [], []
    index = {value: place for place, value in enumerate(values)}
    loose = _once(values)
    single = _once(own)
    alike = [
        value
        for value in own
        if value not in index and value.casefold() in loose and value.casefold() in single
    ]
    index |= {value: index[loose[value.casefold()]] for value in alike}
    table = np.array([*(index.get(value, -2) for value in own), -1], dtype=np.int64)
    return table[codes], [value for value in own if value not in index], alike


def _once(values: tuple[str, ...]) -> dict[str, str]:
    """Values by their small letters, but for those that differ in nothing else."""
    counts = Counter(value.casefold() for value in values)
    return {v.casefold(): v for v in values if counts[v.casefold()] == 1}


def _alike_note(name: str, alike: list[str], values: tuple[str, ...]) -> str:
    """What is said of values that were known in other letters."""
    loose = _once(values)
    shown = some((f"{value!r} as {loose[value.casefold()]!r}" for value in alike), 3)
    return f"{name}: read {shown}: only capital letters differ."


def _encode_targets(
    targets: tuple[Column, ...],
    encoding: TableEncoding,
    kept: IntArray,
    notes: list[str],
    keep_all: bool,
) -> (
    np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    | np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    | None
):
    if not targets:
        return None
    if encoding.task == "classification":
        codes, unseen, alike = _codes_as(targets[0], encoding.classes)
        if alike:
            notes.append(_alike_note(targets[0].name, alike, encoding.classes))
        if unseen:
            notes.append(unknown_note(unseen, keep_all))
        return codes[kept]
    y = np.empty((len(kept), len(targets)), dtype=np.float32)
    for place, (column, wanted) in enumerate(zip(targets, encoding.targets, strict=True)):
        numbers = numbers_in(column)[kept]
        numbers = signed_log(numbers) if wanted.log else numbers
        y[:, place], lost = _standardised(numbers, wanted.mean, wanted.deviation)
        if lost:
            notes.append(_lost_note(column.name, lost))
    return y


def numbers_in(column: Column) -> FloatColumn:
    """A column's numbers. Raises: DataError where it has none."""
    if column.numbers is None:
        raise DataError(f"Column {column.name!r} holds texts where numbers are needed")
    return column.numbers
