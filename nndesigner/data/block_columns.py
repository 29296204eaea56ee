"""Puts the columns of a table together from blocks that were typed one by one."""

from __future__ import annotations

import itertools
import mmap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from nndesigner.data.codes import all_whole
from nndesigner.data.limits import fits
from nndesigner.data.number_span import Span, joined, span_of
from nndesigner.data.number_texts import Mark, written_with
from nndesigner.data.store import Shelf
from nndesigner.data.unit_texts import united

if TYPE_CHECKING:
    import pandas as pd

#: Numbers that are copied at a time.
_PIECE = 1 << 20
#: Columns from so many bytes on are asked of the system one by one.
_MAPPED_FROM = 1 << 20
#: What a different text takes besides its letters, here and until the column is made; memory must
#: hold all of them so often, and is asked each time that they have grown by so many bytes.
TEXT_BYTES = 150
_COPIES = 2
_ASKED_BYTES = 4 << 20
#: A column whose texts memory does not hold keeps so many of them; one of fewer stays as it is.
_KEPT_TEXTS = 200
_MANY_TEXTS = 1_000
#: What stands for the others.
_OTHERS = "… (not kept)"
_MARKS: tuple[Mark, ...] = (".", ",")
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
        return number_cells(series.to_numpy(), span, long)
    truth = series.dtype.kind == "b" or (
        series.dtype == object and all(type(cell) is bool for cell in series.dropna())
    )
    return text_cells(series, "truth" if truth else "text")


def number_cells(numbers: npt.NDArray[Any], span: Span | None = None, long: bool = False) -> Cells:
    """Cells that are numbers; they are not copied."""
    span = span or span_of(numbers)
    if span.missing == len(numbers):
        return Cells("none", span.missing)
    long = long or (numbers.dtype.kind in "iu" and span.is_long)
    return Cells("whole" if span.whole else "number", span.missing, numbers, span, long=long)


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
    """Room for numbers, which costs neither time nor memory before it is written to.

    NumPy's own asks the system for pages of 2 MB, which it may have to clear slowly, all at once;
    Python's own buffers are cleared as a whole, and those who read blocks wait for it.
    """
    kind = np.dtype(dtype)
    size = max(1, rows) * kind.itemsize
    if size < _MAPPED_FROM:
        return np.zeros(rows, kind)
    own = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    return np.frombuffer(mmap.mmap(-1, size, **own), dtype=kind)[:rows]


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
        self.text_bytes = 0
        self.lost = 0  # how many different texts there were when memory held no more of them

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
        known = len(self.places)
        for index, text in enumerate(cells.texts):
            if self.lost:
                place[index] = self.places.get(text, _KEPT_TEXTS)
            else:
                place[index] = self.places.setdefault(text, len(self.places))
        if len(self.places) > known:
            letters = sum(map(len, cells.texts)) / len(cells.texts)
            self.text_bytes += round((TEXT_BYTES + letters) * (len(self.places) - known))
        if self._codes is None:
            self._codes = self._growing(np.int32, -1)
        self._codes.write(start, place[cells.codes])

    def lose_texts(self) -> None:
        """Keep the first texts alone; all others are one from now on."""
        self.lost = len(self.places)
        self.places = dict(itertools.islice(self.places.items(), _KEPT_TEXTS))
        self.text_bytes = 0
        if self._codes is not None:
            codes = self._codes.taken(self._codes.used)
            for start in range(0, len(codes), _PIECE):
                part = codes[start : start + _PIECE]
                np.minimum(part, _KEPT_TEXTS, out=part)

    def texts(self) -> list[str]:
        """The different texts."""
        return [*self.places, *([_OTHERS] if self.lost else [])]

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
            texts = pd.Index(self.texts(), dtype="str")
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

    With a ``shelf`` they lie on disk and not in memory. Different texts are held in memory all the
    same: where it does not hold them, columns lose theirs, but for those that are ``needed``.
    """

    def __init__(
        self, width: int, room: int, shelf: Shelf | None = None, needed: Collection[int] = ()
    ) -> None:
        self._columns = [_Column(room, shelf) for _ in range(width)]
        self._needed = needed
        self._asked_at = 0
        #: The columns whose texts memory does not hold, and how many were found until then.
        self.lost: dict[int, int] = {}
        self._starts: list[int] = []
        self.rows = 0

    def add(self, cells: Mapping[int, Cells] | None, rows: int) -> None:
        """The next block, in order. Raises: MemoryError where it does not hold needed texts."""
        self._starts.append(self.rows)
        for index, column in enumerate(self._columns):
            column.add(self.rows, Cells("none", rows) if cells is None else cells[index])
        self.rows += rows
        self._hold()

    def _hold(self) -> None:
        """Let columns lose their texts until memory holds those of the others."""
        taken = sum(column.text_bytes for column in self._columns)
        if taken < self._asked_at + _ASKED_BYTES:
            return
        while not fits(_COPIES * taken):
            most = max(
                (index for index in range(len(self._columns)) if self._may_lose(index)),
                key=lambda index: self._columns[index].text_bytes,
                default=None,
            )
            if most is None:
                raise MemoryError
            self._columns[most].lose_texts()
            self.lost[most] = self._columns[most].lost
            taken = sum(column.text_bytes for column in self._columns)
        self._asked_at = taken

    def _may_lose(self, index: int) -> bool:
        """Whether a column's texts are of no use: they are too many for categories, nobody chose
        it, and they are no numbers, however written.
        """
        places = self._columns[index].places
        if index in self._needed or len(places) < _MANY_TEXTS:
            return False
        first = list(itertools.islice(places, _KEPT_TEXTS))
        return all(
            written_with(first, mark) is None and united(first, mark) is None for mark in _MARKS
        )

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
        self._hold()

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
