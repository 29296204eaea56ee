"""The rows of a run as the engine takes them: training and validation, and their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Prepared
from nndesigner.learning.losses import Loss
from nndesigner.training.predict import flat_rows
from nndesigner.training.targets import targets

Rows = npt.NDArray[np.float32]


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
        """
        if not shuffle:
            return np.arange(self.count)
        return np.random.default_rng([seed, 1 + epoch]).permutation(self.count)


def _with_column(t: Rows, column: Rows) -> Rows:
    return np.concatenate([t, column.reshape(-1, 1).astype(np.float32)], axis=1)
