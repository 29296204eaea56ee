"""Images in memory as whole numbers, and their way to numbers between 0 and 1."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import (
    Dataset,
    Encoded,
    Encoding,
    FloatArray,
    IntArray,
    Shape,
)
from nndesigner.data.limits import FLOAT_BYTES, fits
from nndesigner.data.number_texts import FloatColumn, number_text
from nndesigner.data.store import on_disk, room
from nndesigner.data.table_encoding import TargetColumn
from nndesigner.data.table_fit import scale_of
from nndesigner.data.words import unknown_note
from nndesigner.errors import DataError

#: What pixels become: 0 to 1, -1 to 1, or mean 0 and deviation 1.
PixelScaling = Literal["unit", "signed", "standard"]
#: More different labels than this are no classes.
MOST_CLASSES = 1000
MOST_NAME = 200
#: So many rows are looked at in one go: most pictures have a bright one among the first.
_PIECE = 1024
_PIECE_NUMBERS = 1 << 20
#: One array for all rows ``(rows, *input_shape)``: uint8 for pictures, float32 for other idx types.
PixelArray = npt.NDArray[Any]


class PixelEncoding(Encoding, frozen=True, kw_only=True, tag="pixels"):
    """Images of one shape ``(height, width, channels)``; ``low`` becomes 0 and ``high`` becomes 1.

    Both come from the training rows alone. Other scalings are a choice of the two: with the middle
    as ``low`` values run from -1 to 1, with mean and mean plus deviation they are standardised.

    ``classes`` are the names of the classes in order. ``fit`` says how pictures of another shape
    are brought to the size.
    """

    shape: Shape
    classes: tuple[str, ...]
    low: float = 0.0
    high: float = 255.0
    fit: str = "stretch"


class MeasuredPixelEncoding(PixelEncoding, frozen=True, kw_only=True, tag="measured-pixels"):
    """Images with a number beside each, learnt as ``(number - mean) / deviation``.

    A kind of its own: a version that knows classes alone must not take its outputs for the number.
    """

    target: TargetColumn

    @property
    def target_scale(self) -> FloatArray:
        """The deviation of the number: real units per encoded unit."""
        return np.array([self.target.deviation], dtype=np.float32)

    def with_plain_targets(self) -> MeasuredPixelEncoding:
        """The same with the numbers as the list has them."""
        return msgspec.structs.replace(self, target=TargetColumn(name=self.target.name))

    def decode(self, outputs: FloatArray) -> FloatArray:
        """Outputs ``(n, 1)`` in the units of the list."""
        found = outputs.astype(np.float64) * self.target.deviation + self.target.mean
        return np.asarray(found, dtype=np.float32)

    def encoded_target(self, numbers: FloatColumn) -> FloatArray:
        """Numbers ``(n,)`` of the list as they are learnt ``(n, 1)``; NaN where one is missing."""
        found = (numbers - self.target.mean) / self.target.deviation
        return np.ascontiguousarray(found[:, np.newaxis], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class PixelDataset(Dataset):
    """Images with their classes or numbers; the pixels stay as compact as the files hold them."""

    pixels: PixelArray = field(default_factory=lambda: np.zeros((0, 1, 1, 1), dtype=np.uint8))
    row_labels: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    #: The number that is to be predicted for every row, NaN where it has none ``(rows,)``; None
    #: where pictures are told apart by ``row_labels``.
    row_numbers: FloatColumn | None = None
    #: The columns of a list that can be the target.
    label_columns: tuple[str, ...] = ()
    #: The one of them that is; empty where folders or a file of labels say the class.
    label_column: str = ""
    fit_mode: str = "stretch"
    scaling: PixelScaling = "unit"
    #: The files that could not be used, each with the reason.
    skipped_files: tuple[tuple[str, str], ...] = ()
    #: How many files there were, and how many of them could not be used.
    files: int = 0
    skipped: int = 0
    #: The part that the data itself gives every row, None where it gives none; see `Dataset.parts`.
    row_parts: npt.NDArray[np.int8] | None = None

    @property
    def many_skipped(self) -> bool:
        """Whether so many files could not be used that a person should be asked first."""
        return self.skipped * 10 > self.files

    @property
    def labels(self) -> IntArray | None:
        """The class of every row, -1 where it is missing; None where numbers are predicted."""
        return self.row_labels if self.row_numbers is None else None

    def rows_with_target(self) -> IntArray:
        """The rows with a class or a number."""
        if self.row_numbers is None:
            return super().rows_with_target()
        return np.flatnonzero(np.isfinite(self.row_numbers)).astype(np.int64)

    @property
    def parts(self) -> npt.NDArray[np.int8] | None:
        """What the file or its folders say a row is for."""
        return self.row_parts

    def fit(self, rows: IntArray) -> PixelEncoding:
        """The range of the pixels in these rows: 0 to 255, or what they span if far less; or
        their mean and deviation. Of numbers to predict, their mean and deviation.
        """
        low, high = _range(self.pixels, rows)
        if self.scaling == "signed":
            low = (low + high) / 2
        elif self.scaling == "standard":
            low, deviation = _mean_and_deviation(self.pixels, rows)
            high = low + deviation
        found = PixelEncoding(
            shape=self.spec.input_shape,
            classes=self.spec.classes,
            low=low,
            high=high,
            fit=self.fit_mode,
        )
        if self.row_numbers is None:
            return found
        mean, spread = scale_of(self.row_numbers[rows], "standardise")
        target = TargetColumn(name=self.spec.target_names[0], mean=mean, deviation=spread)
        return MeasuredPixelEncoding(**msgspec.structs.asdict(found), target=target)

    def encode(self, encoding: Encoding, rows: IntArray | None = None) -> Encoded:
        """Rows as numbers from 0 to 1; those without a class, or without a number, are dropped."""
        if not isinstance(encoding, PixelEncoding):
            raise DataError("These weights were trained on a table, not on pictures")
        if encoding.shape != self.spec.input_shape:
            raise DataError(
                f"The network takes images of {shape_text(encoding.shape)}, "
                f"{self.spec.name} has {shape_text(self.spec.input_shape)}"
            )
        kept = np.arange(self.spec.rows, dtype=np.int64) if rows is None else rows
        measured = isinstance(encoding, MeasuredPixelEncoding)
        if measured != (self.row_numbers is not None):
            what = ("a number", "classes") if measured else ("classes", "a number")
            raise DataError(
                f"The network predicts {what[0]} for each picture, and {self.spec.name} has "
                f"{what[1]}: choose the other task, or other data"
            )
        if isinstance(encoding, MeasuredPixelEncoding) and self.row_numbers is not None:
            kept = kept[np.isfinite(self.row_numbers[kept])]
            x = scaled_rows(self.pixels, kept, encoding, self.spec.name)
            return Encoded(x=x, y=encoding.encoded_target(self.row_numbers[kept]), kept=kept)
        labels, notes = labels_as(self.row_labels, self.spec.classes, encoding.classes)
        known = labels[kept] >= 0
        if not known.all():
            kept = kept[known]
        x = scaled_rows(self.pixels, kept, encoding, self.spec.name)
        return Encoded(x=x, y=labels[kept], kept=kept, notes=notes)


def shape_text(shape: Shape) -> str:
    """``28 × 28 × 1``."""
    return " × ".join(map(str, shape))


def _range(pixels: PixelArray, rows: IntArray) -> tuple[float, float]:
    if pixels.dtype == np.uint8:
        # digits of the UCI set go up to 16: such images would be nearly black on a scale of 255
        highest = 0
        for start in range(0, len(rows), _PIECE):
            highest = max(highest, int(pixels[rows[start : start + _PIECE]].max(initial=0)))
            if highest > 127:
                break
        return 0.0, 255.0 if highest > 127 or highest == 0 else float(highest)
    low, high = math.inf, -math.inf
    for start in range(0, max(1, len(rows)), _PIECE):
        part = pixels[rows[start : start + _PIECE]] if len(rows) else pixels
        low, high = min(low, float(part.min())), max(high, float(part.max()))
    if low >= 0.0 and high <= 1.0:
        return 0.0, 1.0
    return low, high if high > low else low + 1.0


def _mean_and_deviation(pixels: PixelArray, rows: IntArray) -> tuple[float, float]:
    """Mean and deviation of all pixels of these rows; a deviation of 0 becomes 1."""
    number, total, squares = 0, 0.0, 0.0
    for start in range(0, len(rows), _PIECE):
        part = pixels[rows[start : start + _PIECE]].astype(np.float64)
        number += part.size
        total += float(part.sum())
        squares += float(np.square(part).sum())
    mean = total / max(1, number)
    deviation = math.sqrt(max(0.0, squares / max(1, number) - mean * mean))
    return mean, deviation if deviation > 1e-9 * max(1.0, abs(mean)) else 1.0


def scaled(pixels: PixelArray, encoding: PixelEncoding) -> FloatArray:
    """Pixels as float32 from 0 to 1, with one new array and no other copy."""
    out = np.empty(pixels.shape, dtype=np.float32)
    if encoding.low == 0.0:
        np.divide(pixels, np.float32(encoding.high), out=out, dtype=np.float32)
    else:
        np.subtract(pixels, np.float32(encoding.low), out=out, dtype=np.float32)
        out /= np.float32(encoding.high - encoding.low)
    return out


def scaled_rows(
    pixels: PixelArray, kept: IntArray, encoding: PixelEncoding, name: str
) -> FloatArray:
    """These rows as `scaled` gives them; on disk where memory cannot hold them.

    Raises: DataError.
    """
    shape = (len(kept), *pixels.shape[1:])
    if fits(2 * math.prod(shape) * FLOAT_BYTES) and not on_disk(pixels):
        whole = len(kept) == len(pixels) and bool((kept == np.arange(len(kept))).all())
        return scaled(pixels if whole else pixels[kept], encoding)
    x = room(shape, np.float32, name)
    step = max(1, _PIECE_NUMBERS // max(1, math.prod(shape[1:])))
    for first in range(0, len(kept), step):
        x[first : first + step] = scaled(pixels[kept[first : first + step]], encoding)
    return x


#: What else can be done with pictures without labels, and what is said once it was done.
OR_ITSELF = "or choose the input itself as the target, to learn to give the pictures back"
NO_LABELS = "There are no labels: the pictures can be given back, but not told apart."
#: What can be done with labels that are measures.
IN_A_LIST = (
    "give whole numbers or names; numbers are predicted where a CSV lists the pictures with the "
    "number beside each"
)


def are_measures(values: npt.NDArray[Any], rows: int) -> bool:
    """Whether these different values in so many rows hold fractions that hardly ever come again."""
    broken = values.dtype.kind == "f" and bool((values != np.floor(values)).any())
    return broken and len(values) * 5 > 2 * rows


def class_names(
    values: npt.NDArray[Any], rows: int, where: str, remedy: str = IN_A_LIST
) -> tuple[str, ...]:
    """What classes are called whose labels are these different values in so many rows.

    Raises: DataError for too many, and for measures, with the remedy.
    """
    if len(values) > MOST_CLASSES:
        raise DataError(
            f"{where} holds {len(values):,} different labels, more than {MOST_CLASSES:,}: are they "
            "classes?"
        )
    if values.dtype.kind in "US":
        return tuple(str(value)[:MOST_NAME] for value in values)
    if are_measures(values, rows):
        broken = values[values != np.floor(values)]
        raise DataError(
            f"{where}: labels such as {number_text(float(broken[0]))} are measures and no classes: "
            f"{remedy}"
        )
    return tuple(number_text(float(value)) for value in values)


def labels_as(
    labels: IntArray, own: tuple[str, ...], wanted: tuple[str, ...], *, keep_all: bool = False
) -> tuple[IntArray, tuple[str, ...]]:
    """Labels of one list of classes in the order of another; -1 for a class that is not in it."""
    if own == wanted:
        return labels, ()
    index = {name: place for place, name in enumerate(wanted)}
    table = np.array([*(index.get(name, -1) for name in own), -1], dtype=np.int64)
    unseen = [name for name in own if name not in index]
    return table[labels], (unknown_note(unseen, keep_all),) if unseen else ()
