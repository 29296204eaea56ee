"""Measures a network on rows that it does not learn from, in pieces, so that Stop never waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nndesigner.training.learner import Learner

#: Multiplications and additions between two looks at Stop.
_PIECE_WORK = 3e9


@dataclass(frozen=True, eq=False)
class Measured:
    """Figures on some rows; ``outputs`` ``(rows, outputs)`` are after the last activation."""

    loss: float
    metric: float
    outputs: npt.NDArray[Any]


class Measure:
    """Runs rows through a network; ``metric_scale`` brings the metric into the target's unit."""

    def __init__(self, learner: Learner, metric_scale: float, stopped: Callable[[], bool]) -> None:
        self._learner, self._metric_scale, self._stopped = learner, metric_scale, stopped
        # About 20 ms of work; it depends on the network alone, so that figures do not on the clock.
        self.piece = max(64, int(_PIECE_WORK / max(1, learner.engine.tape.flops)))

    def of(
        self, x: npt.NDArray[Any], t: npt.NDArray[Any], weights: npt.NDArray[Any]
    ) -> Measured | None:
        """Loss, metric and outputs of rows with these weights.

        None without rows, and when stopped on the way.
        """
        rows = len(x)
        parts = []
        loss = metric = 0.0
        for first in range(0, rows, self.piece):
            if self._stopped():
                return None
            here = slice(first, first + self.piece)
            part = self._learner.engine.evaluate(x[here], t[here], weights)
            share = len(part[2]) / rows
            loss, metric = loss + share * part[0], metric + share * part[1]
            parts.append(part[2])
        if not parts:
            return None
        return Measured(loss, metric * self._metric_scale, np.concatenate(parts))
