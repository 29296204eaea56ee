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
from nndesigner.data.words import count, shorten, some

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
#: So many rows show the numbers of most columns.
_LOOKED_AT = 1000
#: Whole cells that label a line reckoned from those above, in lower case.
_SUMS = frozenset(
    (
        "total",
        "subtotal",
        "grand total",
        "sum",
        "summe",
        "gesamt",
        "insgesamt",
        "somme",
        "totale",
        "suma",
    )
)
_MEANS = frozenset(("mean", "average", "avg", "mittelwert", "moyenne", "promedio"))


@dataclass(frozen=True)
class Foot:
    """The last lines of a table that seem to be no rows of it.

    They make texts of ``columns``, which hold numbers otherwise, or look like ``sums``, a few words
    such as "a sum of those above"; or both.
    """

    rows: tuple[BadRow, ...]
    columns: tuple[str, ...]
    sums: str = ""

    @property
    def sentence(self) -> str:
        """What these lines do, and what to do about it."""
        one = len(self.rows) == 1
        last = "The last line" if one else f"The last {len(self.rows)} lines"
        does = [f"{'looks' if one else 'look'} like {self.sums}"] if self.sums else []
        if self.columns:
            makes = "makes" if one else "make"
            does.append(f"{makes} texts of {some(self.columns, 5)}, otherwise numbers")
        no_rows = "it is no row" if one else "they are no rows"
        return (
            f"{last} ({told(self.rows)}) {', and '.join(does)}: {_LEAVE_OUT[len(self.rows) - 1]} "
            f"if {no_rows} of the table{'' if self.sums else ', as a sum is none'}."
        )


def foot_of(columns: Sequence[Column], lines: npt.NDArray[np.int64], layout: Layout) -> Foot | None:
    """The last lines that break columns which are numbers otherwise, or look like sums of those
    above; None where none does.
    """
    broken, names = _foot_rows(columns)
    summed, sums = _sum_rows(columns)
    number = max(broken, summed)
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
        sums if summed > broken else "",  # else what they break says more
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


# -- lines that look like sums


def _sum_rows(columns: Sequence[Column]) -> tuple[int, str]:
    """How many of the last rows look like sums of those above, and like what; 0 for none.

    A sum has its word in a column of texts, where it stands but once, and a number in another
    column. Behind the first sum no row has numbers that is not one too: it would be a row.
    """
    total = columns[0].rows if columns else 0
    places = range(max(0, total - MOST_FOOT), total)
    labels = {row: [word for c in columns if (word := _sum_word(c, row))] for row in places}
    if not any(labels.values()):  # as in most tables
        return 0, ""
    numeric = [column for column in columns if _holds_numbers(column)]
    plain = {row: not any(_has_number(column, row) for column in numeric) for row in places}
    for first in places:
        block = range(first, total)
        sums = [row for row in block if labels[row] and not plain[row]]
        if first in sums and all(plain[row] for row in block if row not in sums):
            return len(block), _look([labels[row][0] for row in sums], len(block) - len(sums))
    return 0, ""


def _look(words: Sequence[str], others: int) -> str:
    """What lines with these words look like, and how many lines without numbers are among them."""
    means = sum(word in _MEANS for word in words)
    kinds = ((len(words) - means, "a sum", "sums"), (means, "a mean", "means"))
    parts = [one if number == 1 else more for number, one, more in kinds if number]
    look = f"{' and '.join(parts)} of those above"
    return f"{look} and {count(others, 'line')} without numbers" if others else look


def _label(text: str) -> str:
    """A cell without a colon behind, in lower case and with single blanks."""
    return " ".join(text.strip().removesuffix(":").split()).casefold()


def _sum_word(column: Column, row: int) -> str:
    """The word of sums that a row has in a column of texts and no other row has; "" for none."""
    if column.codes is None or column.lost:  # of lost texts nobody knows where they stand
        return ""
    code = int(column.codes[row])
    word = _label(column.values[code]) if code >= 0 else ""
    if word not in _SUMS and word not in _MEANS:
        return ""
    alike = [index for index, value in enumerate(column.values) if _label(value) == word]
    return word if int(np.isin(column.codes, alike).sum()) == 1 else ""


def _holds_numbers(column: Column) -> bool:
    """Whether a column has numbers above the foot, as such or written with units."""
    if column.numbers is not None:
        above = column.numbers[:-MOST_FOOT]
        parts = (above[:_LOOKED_AT], above)  # most columns show it at once
        return any(int((~np.isnan(part)).sum()) >= _LEAST_NUMBERS for part in parts)
    if column.codes is None or column.lost:
        return False
    if int((column.codes[:-MOST_FOOT] >= 0).sum()) < _LEAST_NUMBERS:
        return False
    return all(map(_is_number, column.values)) or _broken_by(column) > 0


def _has_number(column: Column, row: int) -> bool:
    if column.numbers is not None:
        return not np.isnan(column.numbers[row])
    code = -1 if column.codes is None else int(column.codes[row])
    return code >= 0 and _is_number(column.values[code])


def _is_number(text: str) -> bool:
    """Whether a cell is a number, perhaps with a unit."""
    return is_number(text) or split_unit(text) is not None
