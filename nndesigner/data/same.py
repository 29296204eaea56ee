"""Learning without labels: the target is the row itself, so that a network learns to give it back.

Any data can be taken this way; the target column of a table, or the classes of pictures, are then
not used. The encoding remembers it, so that new data is judged the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Dataset, Encoded, Encoding, FloatArray, IntArray, Origin
from nndesigner.data.pixels import PixelDataset, PixelEncoding
from nndesigner.data.split_plan import Split
from nndesigner.data.table import TableDataset, without_target
from nndesigner.data.table_encoding import TableEncoding
from nndesigner.errors import DataError

#: The target that says: the input itself.
SAME = "same-as-input"
#: The option that keeps the name of a target that is neither seen nor given back.
LEFT_OUT = "left_out"
#: What the target is called in figures.
TARGET_NAME = "the input"


class SameEncoding(Encoding, frozen=True, kw_only=True, tag="same"):
    """Rows as ``inner`` encodes them; the target is the encoded row."""

    inner: PixelEncoding | TableEncoding

    def in_own_units(self, outputs: FloatArray) -> FloatArray:
        """What a table's network gives back in the units of its columns; pixels stay as they are.

        Figures are taken of encoded numbers, in which all columns weigh the same.
        """
        return self.inner.undone(outputs) if isinstance(self.inner, TableEncoding) else outputs


@dataclass(frozen=True, eq=False)
class SameDataset(Dataset):
    """Data whose rows are their own targets; ``inner`` is the data without labels, ``opened`` as
    it was opened.
    """

    inner: Dataset
    opened: Dataset

    @property
    def source(self) -> Dataset:
        """The data as it was opened, with its labels."""
        return self.opened

    @property
    def split(self) -> Split:
        """How the rows are shared out, as the data itself says."""
        return self.inner.split

    @property
    def labels(self) -> IntArray | None:
        """There are no classes to learn."""
        return None

    @property
    def parts(self) -> npt.NDArray[np.int8] | None:
        """What each row is for, as the data itself says."""
        return self.inner.parts

    def weights_of(self, rows: IntArray) -> FloatArray | None:
        """What each row counts, as the data itself says."""
        return self.inner.weights_of(rows)

    def rows_with_target(self) -> IntArray:
        """The rows that the data itself can encode."""
        return self.inner.rows_with_target()

    def fit(self, rows: IntArray) -> Encoding:
        """The encoding of the rows themselves."""
        inner = self.inner.fit(rows)
        if not isinstance(inner, PixelEncoding | TableEncoding):
            raise DataError("This data cannot be its own target: choose a target")
        return SameEncoding(inner=inner)

    def encode(self, encoding: Encoding, rows: IntArray | None = None) -> Encoded:
        """Rows as numbers, twice: as input and as target."""
        if not isinstance(encoding, SameEncoding):
            raise DataError(
                "These weights were trained to predict a target: do not choose the input as target"
            )
        return same_rows(self.inner.encode(encoding.inner, rows))


def same_rows(encoded: Encoded) -> Encoded:
    """Encoded rows with themselves as target, ``(n, numbers of a row)``."""
    return replace(encoded, y=encoded.x.reshape(len(encoded.x), math.prod(encoded.x.shape[1:])))


def as_own_target(dataset: Dataset) -> Dataset:
    """The data with each row as its own target."""
    if isinstance(dataset, SameDataset):
        return dataset
    inner = _rows_alone(dataset)
    numbers = math.prod(inner.spec.input_shape)
    spec = msgspec.structs.replace(
        inner.spec,
        task="regression",
        outputs=numbers,
        classes=(),
        target_names=(TARGET_NAME,),
        same_as_input=True,
    )
    options = {**dataset.origin.options, "target": SAME}
    if not (isinstance(dataset, TableDataset) and dataset.roles.guessed):
        named = dataset.origin.options.get("target")  # else another one would be found next time
        options |= {LEFT_OUT: named} if named else {}
    return SameDataset(
        spec=spec,
        origin=msgspec.structs.replace(dataset.origin, options=options),
        notes=inner.notes,
        inner=inner,
        opened=dataset.source,
    )


def _rows_alone(dataset: Dataset) -> Dataset:
    """The data with every row in it that can be given back, labelled or not."""
    if isinstance(dataset, TableDataset):
        return without_target(dataset)
    if isinstance(dataset, PixelDataset) and (
        dataset.row_numbers is not None or (dataset.row_labels < 0).any()
    ):
        labels = np.zeros_like(dataset.row_labels)
        return replace(dataset, row_labels=labels, row_numbers=None)
    return dataset


def with_own_target(origin: Origin) -> bool:
    """Whether an origin says that rows are their own targets."""
    return origin.options.get("target") == SAME


def without_own_target(origin: Origin) -> Origin:
    """The origin of the data itself."""
    return msgspec.structs.replace(origin, options=options_of_rows(origin.options))


def options_of_rows(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the data itself, of options that say that rows are their own targets."""
    found = {key: value for key, value in options.items() if key not in ("target", LEFT_OUT)}
    if options.get(LEFT_OUT):
        found["target"] = options[LEFT_OUT]
    return found
