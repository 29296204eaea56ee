"""Data as values: what was opened, how it is encoded, and what training gets.

A `Dataset` is what a file holds. Its `Encoding` is saved with the weights, so that new data meets
the network as the old did. What it measures (means, deviations, fills, ranges of pixels) comes from
training rows alone; the lists of categories and classes, which shape the network, from all rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.split_plan import Split, split_of

Shape = tuple[int, ...]
Task = Literal["classification", "regression"]
FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


#: The kind of an origin whose ``path`` is the name of a set that was fetched.
FETCHED = "fetched"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where data came from and how it was opened, so that a project can open it again.

    ``kind`` is ``sample`` (then ``path`` is its name), ``generated`` (a generator's kind),
    ``fetched`` (the name of a known set), ``points`` (painted, in the options), or that of a file:
    ``csv`` (any table), ``images``, ``idx`` or ``arrays``.
    ``options`` are the choices made when opening (target, delimiter, image size, ...), plain JSON.
    ``content_hash`` is a sha256 of the content, to notice a changed file.
    """

    kind: str
    path: str
    options: dict[str, Any] = {}
    content_hash: str = ""

    @property
    def is_file(self) -> bool:
        """Whether the data lie in a file or folder of their own, at ``path``."""
        return self.kind not in ("sample", "generated", "points", FETCHED)


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What a network must know of its data; saved in projects so that shapes show without it.

    ``input_shape`` is that of one encoded row. For classification ``classes`` names each class and
    ``outputs`` is their number; for regression ``outputs`` is the number of target columns.
    ``same_as_input`` says that a row's target is the row itself, number by number.
    """

    name: str
    rows: int
    task: Task
    input_shape: Shape
    outputs: int
    classes: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    same_as_input: bool = False


class Encoding(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """How raw rows become numbers, fitted on training rows; plain JSON. One subclass a kind."""

    @property
    def target_scale(self) -> FloatArray:
        """How many real units one unit of each network output is; ``(1,)`` ones unless scaled.

        A mean absolute error of the encoded target times this is the error in real units.
        """
        return np.ones(1, dtype=np.float32)

    @property
    def is_linear(self) -> bool:
        """Whether an error of the outputs times `target_scale` is exactly the error in real units.

        Where it is not, decode outputs and targets first.
        """
        return True

    @property
    def target_units(self) -> npt.NDArray[np.float64] | None:
        """Of each output the scale, the shift and 1 for a logarithm ``(outputs, 3)``, as `decode`
        uses them; None where `target_scale` alone tells an error.
        """
        return None

    def with_plain_targets(self) -> Encoding:
        """The same with targets in their own units, not shifted, scaled or bent."""
        return self

    def decode(self, outputs: FloatArray) -> FloatArray:
        """Network outputs ``(n, outputs)`` in the target's real units; classes stay as they are."""
        return outputs

    def in_own_units(self, outputs: FloatArray) -> FloatArray:
        """Network outputs ``(n, outputs)`` as a person wants to read them: decoded, and rows that
        are their own targets in the units of their columns.
        """
        return self.decode(outputs)


@dataclass(frozen=True, eq=False)
class Encoded:
    """Rows ready for a network.

    Shapes: x ``(n, *input_shape)`` float32, C-contiguous; y ``(n,)`` int64 class labels for
    classification, ``(n, outputs)`` float32 for regression, None where the data has no target.
    ``kept`` are the indices of the source's rows that x holds, in order (rows may be dropped).
    ``names`` are the files of all the source's rows, dropped ones too; empty where rows are none.
    ``filled`` are the indices of the source's rows in which new data lacked something that was
    filled; None where nothing did.
    """

    x: FloatArray
    y: IntArray | FloatArray | None
    kept: IntArray
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    filled: IntArray | None = None


@dataclass(frozen=True, eq=False)
class Dataset(ABC):
    """Data that was opened and is held in memory, not yet encoded.

    ``notes`` are sentences about what was decided, repaired or skipped when opening.
    """

    spec: Spec
    origin: Origin
    notes: tuple[str, ...]

    @property
    @abstractmethod
    def labels(self) -> IntArray | None:
        """The class of every row ``(rows,)``, -1 where it is missing; None for regression."""

    @property
    def source(self) -> Dataset:
        """The data as it was opened: itself, unless it is its own target."""
        return self

    @property
    def split(self) -> Split:
        """How the rows are to be shared out: training, validation, test."""
        return split_of(self.origin.options)

    @property
    def parts(self) -> npt.NDArray[np.int8] | None:
        """What each row is for where the data itself says so, by folders or names: 0 training,
        1 validation, 2 test, -1 where it has none, shape ``(rows,)``; None where it does not say.
        """
        return None

    def rows_with_target(self) -> IntArray:
        """The indices of the rows that can be learnt from."""
        labels = self.labels
        if labels is None:
            return np.arange(self.spec.rows, dtype=np.int64)
        return np.flatnonzero(labels >= 0).astype(np.int64)

    def weights_of(self, rows: IntArray) -> FloatArray | None:
        """What each of these rows counts ``(n,)``, a mean of 1; None where the data does not say.

        Raises: DataError where all of them count 0.
        """
        return None

    @abstractmethod
    def fit(self, rows: IntArray) -> Encoding:
        """The encoding that these rows (the training part) give."""

    @abstractmethod
    def encode(self, encoding: Encoding, rows: IntArray | None = None) -> Encoded:
        """Rows (all without ``rows``) as numbers. Rows without a target are dropped."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set split and encoded for training. Without validation rows ``x_val`` has 0 rows.

    ``train_rows``, ``val_rows`` and ``test_rows`` index the dataset's rows. The test part, None
    where there is none, is looked at once, after the training. ``notes`` are sentences on the
    split. ``weights_train`` ``(n,)`` is what each training row counts, None where all count 1.
    """

    spec: Spec
    encoding: Encoding
    x_train: FloatArray
    y_train: IntArray | FloatArray
    x_val: FloatArray
    y_val: IntArray | FloatArray
    train_rows: IntArray
    val_rows: IntArray
    x_test: FloatArray | None = None
    y_test: IntArray | FloatArray | None = None
    test_rows: IntArray | None = None
    notes: tuple[str, ...] = ()
    weights_train: FloatArray | None = None
