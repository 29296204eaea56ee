"""Lines at the foot of a table that are no rows of it: a sum, a source, a count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nndesigner.data.columns import Column
from nndesigner.data.number_texts import number_text
from nndesigner.data.table_frame import BadRow, told
from nndesigner.data.table_layout import Layout, is_number
from nndesigner.data.unit_texts import split_unit
from nndesigner.data.words import shorten, some

#: So many lines at most are taken for a foot.
MOST_FOOT = 3
#: The remedy for one, two and three of them.
_LEAVE_OUT = (
    "leave out the last line",
    "leave out the last 2 lines",
    "leave out the last 3 lines",
)
#: A column holds numbers otherwise where it has so many of them.
_LEAST_NUMBERS = 5


@dataclass(frozen=True)
class Foot:
    """The last lines of a table that make texts of columns which hold numbers otherwise."""

    rows: tuple[BadRow, ...]
    columns: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What these lines do, and what to do about it."""
        one = len(self.rows) == 1
        last = "The last line" if one else f"The last {len(self.rows)} lines"
        return (
            f"{last} ({told(self.rows)}) {'makes' if one else 'make'} texts of "
            f"{some(self.columns, 5)}, otherwise numbers: {_LEAVE_OUT[len(self.rows) - 1]} if "
            f"{'it is no row' if one else 'they are no rows'} of the table, as a sum is none."
        )


def foot_of(columns: Sequence[Column], lines: npt.NDArray[np.int64], layout: Layout) -> Foot | None:
    """The last lines that break columns which are numbers otherwise; None where none does."""
    number, names = _foot_rows(columns)
    if not number:
        return None
    rows = range(len(lines) - number, len(lines))
    texts = (layout.delimiter.join(_cell(column, row) for column in columns) for row in rows)
    return Foot(
        tuple(
            BadRow(line, len(columns), shorten(text, 200))
            for line, text in zip(lines[-number:].tolist(), texts, strict=True)
        ),
        names,
    )


def _cell(column: Column, row: int) -> str:
    if column.numbers is not None:
        value = float(column.numbers[row])
        return number_text(value) if value == value else ""
    code = -1 if column.codes is None else int(column.codes[row])
    return column.values[code] if code >= 0 else ""


def _foot_rows(columns: Sequence[Column]) -> tuple[int, tuple[str, ...]]:
    most, names = 0, []
    for column in columns:
        lines = _broken_by(column)
        if lines:
            most = max(most, lines)
            names.append(column.name)
    return most, tuple(names)


def _broken_by(column: Column) -> int:
    """How many of the last rows keep a column of texts from being one of numbers; 0 for none."""
    codes = column.codes
    if codes is None or column.natural is not None or len(codes) <= _LEAST_NUMBERS:
        return 0
    foot = set(codes[-MOST_FOOT:].tolist()) - {-1}
    words = {code for code in foot if not _is_number(column.values[code])}
    if not words or any(
        code not in words and not _is_number(value) for code, value in enumerate(column.values)
    ):
        return 0
    first = int(np.flatnonzero(np.isin(codes, list(words)))[0])  # a word that stands above too is
    there = int((codes[: len(codes) - MOST_FOOT] >= 0).sum())  # no foot
    lines = len(codes) - first
    return lines if lines <= MOST_FOOT and there >= _LEAST_NUMBERS else 0


def _is_number(text: str) -> bool:
    """Whether a cell is a number, perhaps with a unit."""
    return is_number(text) or split_unit(text) is not None
