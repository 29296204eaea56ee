"""Puts the columns of a table together from blocks that were typed one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import numpy.typing as npt

from nndesigner.data.codes import all_whole
from nndesigner.data.number_span import INEXACT, Span, joined, span_of
from nndesigner.data.store import Shelf

if TYPE_CHECKING:
    import pandas as pd

#: Numbers that are copied at a time.
_PIECE = 1 << 20
#: What the cells of a column in one block are. ``none``: all of them are missing.
Kind = Literal["none", "whole", "number", "truth", "text"]


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a column in one block: numbers with their span, or codes that point into texts.

    Missing numbers are NaN, missing texts -1. ``long`` says that some number was written with more
    digits than float64 holds.
    """

    kind: Kind
    missing: int
    numbers: npt.NDArray[Any] | None = None
    span: Span | None = None
    codes: npt.NDArray[Any] | None = None
    texts: Sequence[str] = ()
    long: bool = False


def cells_of(series: pd.Series[Any], span: Span | None = None, long: bool = False) -> Cells:
    """The cells of a column that pandas typed."""
    if span is not None or series.dtype.kind in "iuf":
        numbers = series.to_numpy()
        span = span or span_of(numbers)
        if span.missing == len(numbers):
            return Cells("none", span.missing)
        long = long or (series.dtype.kind in "iu" and span.largest >= INEXACT)
        return Cells("whole" if span.whole else "number", span.missing, numbers, span, long=long)
    truth = series.dtype.kind == "b" or (
        series.dtype == object and all(type(cell) is bool for cell in series.dropna())
    )
    return text_cells(series, "truth" if truth else "text")


def text_cells(series: pd.Series[Any], kind: Kind = "text") -> Cells:
    """Cells as places in the list of different texts."""
    import pandas as pd

    codes, texts = pd.factorize(series, use_na_sentinel=True)
    missing = int(np.count_nonzero(codes < 0))
    if missing == len(codes):
        kind = "none"
    return Cells(kind, missing, codes=codes, texts=[str(text) for text in texts])


class _Growing:
    """One array that fills up; its room costs no memory before it is written to."""

    def __init__(self, dtype: npt.DTypeLike, room: int, blank: float) -> None:
        self._array = _memory(dtype, room)
        self._blank = blank
        self.used = 0

    def write(self, start: int, values: npt.NDArray[Any]) -> None:
        """Put values at a row; rows that were left out are blank."""
        end = start + len(values)
        if end > len(self._array):
            self._grow(max(end, len(self._array) * 5 // 4))
        if start > self.used:
            self._array[self.used : start] = self._blank
        self._array[start:end] = values
        self.used = max(self.used, end)

    def taken(self, rows: int) -> npt.NDArray[Any]:
        """The first rows, and no room behind them."""
        if rows > self.used:
            self.write(rows, self._array[:0])
        return self._array[:rows]

    def _grow(self, rows: int) -> None:
        larger = _memory(self._array.dtype, rows)
        larger[: self.used] = self._array[: self.used]
        self._array = larger


def _memory(dtype: npt.DTypeLike, rows: int) -> npt.NDArray[Any]:
    """Room for numbers, which costs no memory before it is written to.

    NumPy's own asks the system for pages of 2 MB, which it may have to clear slowly, all at once.
    """
    kind = np.dtype(dtype)
    return np.frombuffer(bytearray(max(1, rows) * kind.itemsize), dtype=kind)[:rows]


class _GrowingFile(_Growing):
    """The same on disk, in a file that vanishes with the arrays in it."""

    def __init__(self, dtype: npt.DTypeLike, room: int, blank: float, shelf: Shelf) -> None:
        super().__init__(dtype, 0, blank)
        self._shelf = shelf
        self._array = shelf.array((max(1, room),), dtype)

    def _grow(self, rows: int) -> None:
        larger = self._shelf.array((rows,), self._array.dtype)
        for start in range(0, self.used, _PIECE):
            larger[start : min(start + _PIECE, self.used)] = self._array[
                start : min(start + _PIECE, self.used)
            ]
        self._array = larger


class _Column:
    """One column: what each block said that it is, and its numbers or codes so far.

    ``named`` says that its numbers are names.
    """

    def __init__(self, room: int, shelf: Shelf | None = None) -> None:
        self.kinds: list[Kind] = []
        self._spanned: Span | None = None  # of all blocks so far: there may be a thousand
        self.long = False
        self.named = False
        self.missing = 0
        self._room, self._shelf = room, shelf
        self._numbers: _Growing | None = None
        self._codes: _Growing | None = None
        self.places: dict[str, int] = {}

    @property
    def is_text(self) -> bool:
        """Whether some cell is a text, so that all of them are."""
        kinds = set(self.kinds)
        truth = "truth" in kinds and bool(kinds & {"whole", "number"})
        return self.named or truth or "text" in kinds

    def add(self, start: int, cells: Cells) -> None:
        """The cells of the next block."""
        self.kinds.append(cells.kind)
        self.missing += cells.missing
        self.long = self.long or cells.long
        if cells.numbers is not None and cells.span is not None:
            self._spanned = joined(self._spanned, cells.span) if self._spanned else cells.span
            if self._numbers is None:
                self._numbers = self._growing(np.float64, np.nan)
            self._numbers.write(start, cells.numbers)
        elif cells.codes is not None and cells.kind != "none":
            self.write_texts(start, cells)

    def write_texts(self, start: int, cells: Cells) -> None:
        """Cells as places in the list of all different texts; -1 where one is missing."""
        if cells.codes is None:
            return
        place = np.full(len(cells.texts) + 1, -1, dtype=np.int32)
        for index, text in enumerate(cells.texts):
            place[index] = self.places.setdefault(text, len(self.places))
        if self._codes is None:
            self._codes = self._growing(np.int32, -1)
        self._codes.write(start, place[cells.codes])

    def _growing(self, dtype: npt.DTypeLike, blank: float) -> _Growing:
        if self._shelf is not None:
            return _GrowingFile(dtype, self._room, blank, self._shelf)
        return _Growing(dtype, self._room, blank)

    def numbers(self, rows: int) -> npt.NDArray[Any] | None:
        """The numbers of all rows; None where there are none or some cell is a text."""
        return None if self._numbers is None or self.is_text else self._numbers.taken(rows)

    def series(self, rows: int) -> pd.Series[Any]:
        """The whole column as one reading would have typed it."""
        import pandas as pd

        if self._codes is not None and (self.is_text or "truth" in self.kinds):
            self._numbers = None
            codes = self._codes.taken(rows)
            texts = pd.Index(list(self.places), dtype="str")
            return pd.Series(pd.Categorical.from_codes(codes, texts, validate=False), copy=False)
        numbers = self.numbers(rows)
        return pd.Series(np.full(rows, np.nan) if numbers is None else numbers, copy=False)

    def span(self) -> Span | None:
        """What the numbers of all rows span; None for texts."""
        if self.is_text or "truth" in self.kinds:
            return None
        found = self._spanned or span_of(np.zeros(0))
        return Span(found.low, found.high, self.missing, set(self.kinds) == {"whole"})


class BlockColumns:
    """All columns of a table of about ``room`` rows, filled block by block.

    With a ``shelf`` they lie on disk and not in memory.
    """

    def __init__(self, width: int, room: int, shelf: Shelf | None = None) -> None:
        self._columns = [_Column(room, shelf) for _ in range(width)]
        self._starts: list[int] = []
        self.rows = 0

    def add(self, cells: Mapping[int, Cells] | None, rows: int) -> None:
        """The next block, in order."""
        self._starts.append(self.rows)
        for index, column in enumerate(self._columns):
            column.add(self.rows, Cells("none", rows) if cells is None else cells[index])
        self.rows += rows

    def mixed(self) -> list[int]:
        """The columns of texts some blocks of which look like numbers or truth values."""
        return [
            index
            for index, column in enumerate(self._columns)
            if column.is_text and not set(column.kinds) <= {"text", "none"}
        ]

    def to_repeat(self) -> dict[int, list[int]]:
        """The blocks whose cells of some columns must be read again, and those columns.

        A block may hold only numbers where another has a text: as text, 1.50 is not 1.5. And
        whole numbers that are too long for float64 are names.
        """
        for column in self._columns:
            numbers = column.numbers(self.rows) if column.long else None
            if numbers is not None and all_whole(numbers):
                column.named = True
        found: dict[int, list[int]] = {}
        for index in self.mixed():
            for block, kind in enumerate(self._columns[index].kinds):
                if kind not in ("text", "none"):
                    found.setdefault(block, []).append(index)
        return found

    def repeat(self, block: int, cells: Mapping[int, Cells]) -> None:
        """Take the texts of a block that was read again."""
        for index, own in cells.items():
            self._columns[index].write_texts(self._starts[block], own)

    def frame(self) -> tuple[pd.DataFrame, dict[int, Span]]:
        """The columns as pandas would have typed them, given away and not copied; and the spans of
        their numbers.

        Whole numbers come as float64 too, which halves what they take.
        """
        import pandas as pd

        found, spans = {}, {}
        for index, column in enumerate(self._columns):
            found[index] = column.series(self.rows)
            span = column.span()
            if span is not None:
                spans[index] = span
            self._columns[index] = _Column(0)
        return pd.DataFrame(found, copy=False), spans


def cells_of_frame(frame: pd.DataFrame) -> dict[int, Cells]:
    """The cells of all columns of a block that pandas or Arrow typed."""
    return {cast("int", index): cells_of(series) for index, series in frame.items()}
