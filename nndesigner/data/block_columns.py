"""Puts the columns of a table together from blocks that were typed one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from nndesigner.data.number_texts import too_long
from nndesigner.data.store import scratch

if TYPE_CHECKING:
    import pandas as pd

#: Numbers that are copied at a time.
_PIECE = 1 << 20
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
#: What the cells of a column in one block are. ``none``: all of them are missing.
Kind = Literal["none", "whole", "number", "truth", "text"]


class _Growing:
    """One array that fills up; its room costs no memory before it is written to."""

    def __init__(self, dtype: npt.DTypeLike, room: int, blank: float) -> None:
        self._array: npt.NDArray[Any] = np.empty(room, dtype=dtype)
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
        self._grow(rows)
        return self._array

    def _grow(self, rows: int) -> None:
        self._array.resize(rows, refcheck=False)


class _GrowingFile(_Growing):
    """The same on disk, in a file that vanishes with the array."""

    def __init__(self, dtype: npt.DTypeLike, room: int, blank: float, name: str) -> None:
        super().__init__(dtype, 0, blank)
        self._name = name
        self._array = scratch((max(1, room),), dtype, name)

    def _grow(self, rows: int) -> None:
        if rows <= len(self._array):
            self._array = self._array[:rows]
            return
        larger = scratch((rows,), self._array.dtype, self._name)
        for start in range(0, self.used, _PIECE):
            larger[start : min(start + _PIECE, self.used)] = self._array[
                start : min(start + _PIECE, self.used)
            ]
        self._array = larger


class _Column:
    """One column: what each block said that it is, and its numbers or codes so far."""

    def __init__(self, room: int, on_disk: str = "") -> None:
        self.kinds: list[Kind] = []
        self._room, self._on_disk = room, on_disk
        #: Whether it has whole numbers that float64 rounds: their texts are wanted as well.
        self.is_long = False
        self._numbers: _Growing | None = None
        self._codes: _Growing | None = None
        self.places: dict[str, int] = {}

    @property
    def is_text(self) -> bool:
        """Whether some cell is a text, so that all of them are."""
        return "text" in self.kinds or ("truth" in self.kinds and len(set(self.kinds)) > 1)

    def add(self, start: int, series: pd.Series[Any]) -> None:
        """The cells of the next block."""
        kind = series.dtype.kind
        if kind in "iuf":
            numbers = series.to_numpy()
            if kind == "f" and np.isnan(numbers).all():
                self.kinds.append("none")
                return
            self.kinds.append("number" if kind == "f" else "whole")
            self.is_long = self.is_long or (kind != "f" and too_long(numbers))
            if self._numbers is None:
                self._numbers = self._growing(np.float64, np.nan)
            self._numbers.write(start, numbers)
            return
        self.kinds.append("truth" if kind == "b" else "text")
        self.write_texts(start, series)

    def write_texts(self, start: int, series: pd.Series[Any]) -> None:
        """Cells as places in the list of different texts; -1 where one is missing."""
        import pandas as pd

        codes, texts = pd.factorize(series, use_na_sentinel=True)
        place = np.full(len(texts) + 1, -1, dtype=np.int32)
        for index, text in enumerate(texts):
            place[index] = self.places.setdefault(str(text), len(self.places))
        if self._codes is None:
            self._codes = self._growing(np.int32, -1)
        self._codes.write(start, place[codes])

    def _growing(self, dtype: npt.DTypeLike, blank: float) -> _Growing:
        if self._on_disk:
            return _GrowingFile(dtype, self._room, blank, self._on_disk)
        return _Growing(dtype, self._room, blank)

    def series(self, rows: int) -> pd.Series[Any]:
        """The whole column as one reading would have typed it."""
        import pandas as pd

        kinds = set(self.kinds) - {"none"}
        texts_of_wholes = self.is_long and all(_WHOLE.fullmatch(text) for text in self.places)
        if self._codes is not None and (texts_of_wholes or kinds & {"text", "truth"}):
            self._numbers = None
            codes = self._codes.taken(rows)
            texts = pd.Index(list(self.places), dtype="str")
            return pd.Series(pd.Categorical.from_codes(codes, texts, validate=False), copy=False)
        if self._numbers is None:
            return pd.Series(np.full(rows, np.nan))
        numbers = self._numbers.taken(rows)
        return pd.Series(numbers, copy=False)


class BlockColumns:
    """All columns of a table of about ``room`` rows, filled block by block.

    With ``on_disk``, the name of the table, they lie in the cache and not in memory.
    """

    def __init__(self, width: int, room: int, on_disk: str = "") -> None:
        self._columns = [_Column(room, on_disk) for _ in range(width)]
        self._starts: list[int] = []
        self.rows = 0

    def add(self, frame: pd.DataFrame | None, rows: int) -> None:
        """The next block, in order."""
        self._starts.append(self.rows)
        for index, column in enumerate(self._columns):
            if frame is None:
                column.kinds.append("none")
            else:
                column.add(self.rows, frame[index])
        self.rows += rows

    def texts(self) -> list[int]:
        """The columns that hold texts so far."""
        return [index for index, column in enumerate(self._columns) if column.is_text]

    def twice(self) -> list[int]:
        """The columns whose cells are wanted as texts, even where they are numbers."""
        return [i for i, column in enumerate(self._columns) if column.is_text or column.is_long]

    def to_repeat(self) -> dict[int, list[int]]:
        """The blocks whose cells of some columns must be read again, and those columns.

        A block may hold only numbers where another has a text: as text, 1.50 is not 1.5.
        """
        found: dict[int, list[int]] = {}
        for index in self.twice():
            for block, kind in enumerate(self._columns[index].kinds):
                if kind not in ("text", "none"):
                    found.setdefault(block, []).append(index)
        return found

    def repeat(self, block: int, frame: pd.DataFrame | None, columns: list[int]) -> None:
        """Take the texts of a block that was read again."""
        for index in columns:
            if frame is not None:
                self._columns[index].write_texts(self._starts[block], frame[index])

    def frame(self) -> pd.DataFrame:
        """The columns as pandas would have typed them; they are given away, not copied.

        Whole numbers come as float64 too, which halves what they take; ``attrs["whole"]`` has
        their places.
        """
        import pandas as pd

        found = {}
        whole = {i for i, column in enumerate(self._columns) if set(column.kinds) == {"whole"}}
        for index, column in enumerate(self._columns):
            found[index] = column.series(self.rows)
            self._columns[index] = _Column(0)
        frame = pd.DataFrame(found, copy=False)
        frame.attrs["whole"] = whole
        return frame
