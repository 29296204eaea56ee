"""The rows of a run as the engine takes them: training and validation, and their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Prepared
from nndesigner.data.store import on_disk
from nndesigner.learning.losses import Loss
from nndesigner.training.predict import flat_rows
from nndesigner.training.targets import targets

Rows = npt.NDArray[np.float32]
#: How rows on disk are shuffled: stretches of so many bytes, so many of them at a time.
_STRETCH_BYTES = 1 << 20
_WINDOW = 64


class RunRows:
    """Inputs ``x`` and targets ``t`` of the training rows, ``x_val`` and ``t_val`` to check with.

    Shapes: x ``(rows, numbers of a row)``, t ``(rows, target size)``; all float32, C-contiguous.
    """

    def __init__(
        self, prepared: Prepared, loss: Loss, width: int, weights: Rows | None = None
    ) -> None:
        """Lay out prepared data for a loss and ``width`` outputs. Raises: MemoryError.

        ``weights`` ``(rows,)`` is what a training row counts: then a last column of t. Validation
        rows count 1.
        """
        spec = prepared.spec
        self.x: Rows = flat_rows(prepared.x_train)
        self.t: Rows = targets(prepared.y_train, spec, loss, width)
        self.x_val: Rows = flat_rows(prepared.x_val)
        self.t_val: Rows = targets(prepared.y_val, spec, loss, width)
        if weights is not None:
            self.t = _with_column(self.t, weights)
            self.t_val = _with_column(self.t_val, np.ones(len(self.t_val), np.float32))

    @property
    def count(self) -> int:
        """How many rows are trained on."""
        return len(self.x)

    def order(self, epoch: int, seed: int, *, shuffle: bool) -> npt.NDArray[Any]:
        """The rows of an epoch (0 is the first), from seed and epoch alone, so that a run can be
        continued.

        Rows that lie on disk are not drawn one by one from everywhere: stretches of about 1 MB are
        put in random order, and rows change places within 64 stretches that follow each other.
        """
        if not shuffle:
            return np.arange(self.count)
        if on_disk(self.x):
            stretch = max(1, _STRETCH_BYTES // max(1, self.x.strides[0]))
            return near_order(self.count, stretch, np.random.default_rng([seed, 1 + epoch]))
        return np.random.default_rng([seed, 1 + epoch]).permutation(self.count)


def near_order(rows: int, stretch: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Every row once, at random, so that rows that follow each other lie near each other.

    A window of 64 stretches of rows is in use at a time: of 64 MB, it stays in memory.
    """
    starts = rng.permutation(-(-rows // stretch)) * stretch
    order = np.empty(rows, np.int64)
    place = 0
    for start in starts.tolist():
        size = min(stretch, rows - start)
        order[place : place + size] = np.arange(start, start + size)
        place += size
    window = stretch * _WINDOW
    for first in range(0, rows, window):
        rng.shuffle(order[first : first + window])
    return order


def _with_column(t: Rows, column: Rows) -> Rows:
    return np.concatenate([t, column.reshape(-1, 1).astype(np.float32)], axis=1)
