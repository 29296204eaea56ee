"""A column of a table as it will be used: its type, and its rows as numbers or codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nndesigner.data.column_choice import ColumnType
from nndesigner.data.dates import read_moments
from nndesigner.data.number_texts import CodeColumn, FloatColumn

#: A text column with more different values than this is no category by itself.
MOST_CATEGORIES = 100
#: So many rows show most columns' nature.
_LOOKED_AT = 1000
#: Beyond this the squares that a deviation is made of leave the range of numbers.
LARGEST = 1e100
#: What a network's own numbers, float32, can hold.
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table as it will be used.

    Numbers are in ``numbers`` (missing is NaN), everything else in ``codes`` (missing is -1) that
    point into ``values``; dates are such texts with a ``date_format``. ``why`` says why a column is
    ignored. ``beyond`` numbers were infinite or too large, and count as missing. Dates that
    ``date_format`` does not read may be written in one of ``other_formats``.
    ``natural`` is the type by what it holds, where another one was chosen; ``unit`` is what was
    left out of every cell to have numbers. ``lost`` says that its texts are not kept, but for the
    first ones: one value stands for all others.
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
    unit: str = ""
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
