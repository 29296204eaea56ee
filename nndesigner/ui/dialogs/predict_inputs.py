"""What a row of new data looks like, so that one sees which row an answer belongs to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QIcon, QPixmap

from nndesigner.data.dataset import Encoding, FloatArray
from nndesigner.data.table_encoding import (
    AnyColumn,
    CategoryColumn,
    DateColumn,
    OrdinalColumn,
    TableEncoding,
    YesNoColumn,
)
from nndesigner.ui.views.base import number_text
from nndesigner.ui.views.colormaps import picture
from nndesigner.ui.views.text_table import ColumnHead

#: So many columns of a table are shown before its answers; more would push those out of sight.
MOST_COLUMNS = 3
#: Of so many rows a small picture is kept, none larger than this side in pixels.
MOST_PICTURES, SIDE_PX = 2_000, 32
_PIECE = 20_000
_AS_SEEN = "as the network saw it: what was missing is filled"


@dataclass(frozen=True, eq=False)
class Inputs:
    """The first columns of every row, ``(rows, numbers)``, or small pictures of the first rows."""

    columns: tuple[AnyColumn, ...] = ()
    values: FloatArray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    pictures: FloatArray | None = None
    #: Black and white of the pictures.
    ends: tuple[float, float] = (0.0, 1.0)

    @property
    def heads(self) -> list[ColumnHead]:
        """The columns of a table of answers that show the inputs."""
        texts = (CategoryColumn, OrdinalColumn, YesNoColumn, DateColumn)
        return [
            ColumnHead(
                column.name,
                "input",
                numeric=not isinstance(column, texts),
                help=f"{column.name}, {_AS_SEEN}",
            )
            for column in self.columns
        ]

    def texts(self, row: int) -> list[str]:
        """The values of one row as a person reads them; what was missing is empty."""
        place, found = 0, []
        for column in self.columns:
            numbers = self.values[row, place : place + len(column.features)]
            place += len(column.features)
            found.append(_text(column, numbers))
        return found

    def icon(self, row: int) -> QIcon | None:
        """A small picture of one row, if there is one."""
        if self.pictures is None or row >= len(self.pictures):
            return None
        return QIcon(QPixmap.fromImage(picture(self.pictures[row], *self.ends)))


NO_INPUTS = Inputs()


def inputs_of(encoding: Encoding, x: FloatArray) -> Inputs:
    """What is shown of encoded rows; nothing where they are neither a table nor pictures.

    Shapes: x ``(n, features)`` or ``(n, height, width, channels)``; it may lie on disk.
    """
    encoding = getattr(encoding, "inner", encoding)  # rows that are their own targets
    if x.ndim == 4:
        step = max(1, -(-max(x.shape[1:3]) // SIDE_PX))
        small = np.array(x[:MOST_PICTURES, ::step, ::step], dtype=np.float32)
        if not small.size:
            return NO_INPUTS
        return Inputs(pictures=small, ends=(float(np.nanmin(small)), float(np.nanmax(small))))
    if not isinstance(encoding, TableEncoding) or x.ndim != 2:
        return NO_INPUTS
    columns = encoding.columns[:MOST_COLUMNS]
    width = sum(len(column.features) for column in columns)
    values = np.empty((len(x), width), dtype=np.float32)
    for start in range(0, len(x), _PIECE):
        piece = encoding.undone(x[start : start + _PIECE])
        values[start : start + len(piece)] = piece[:, :width]
    return Inputs(columns, values)


def _text(column: AnyColumn, numbers: npt.NDArray[np.float32]) -> str:
    """One value of a column from the numbers it became."""
    if column.was_missing and numbers[-1] > 0.5:
        return ""
    if isinstance(column, CategoryColumn):
        shares = numbers[: len(column.values)]
        best = int(shares.argmax()) if len(shares) else 0
        return column.values[best] if len(shares) and shares[best] > 0.5 else "another value"
    if isinstance(column, OrdinalColumn | YesNoColumn):
        place = round(float(numbers[0]))
        known = 0 <= place < len(column.values) and abs(float(numbers[0]) - place) < 0.25
        return column.values[place] if known else "another value"
    if isinstance(column, DateColumn):
        return ", ".join(
            f"{part} {_number(value)}"
            for part, value in zip(column.parts, numbers.tolist(), strict=False)
        )
    value = float(numbers[0])
    if not column.log:
        # As float32 in units of the deviation, zero comes back as a speck beside it.
        grain = 1e-6 * max(abs(column.mean), abs(column.deviation))
        value = round(value, -math.floor(math.log10(grain))) if grain > 0 else value
    return _number(value)


def _number(value: float) -> str:
    """Six digits: scaled to float32 and back, a number is as exact as that."""
    value = value or 0.0  # no −0
    text = f"{value:.6g}"
    return number_text(value) if "e" in text or "n" in text else text.replace("-", "−")
