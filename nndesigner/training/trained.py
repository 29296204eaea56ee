"""What a training run leaves behind: everything that is needed to predict, evaluate and export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Encoding, Spec
from nndesigner.graph import Graph
from nndesigner.training.feed import Point
from nndesigner.training.run_state import TrainingState
from nndesigner.training.settings import Settings


@dataclass(frozen=True)
class TestFigures:
    """Figures on the rows of the test part; ``metric`` is accuracy or the mean absolute error."""

    __test__ = False  # pytest: no test of ours

    rows: int
    loss: float
    metric: float


@dataclass(frozen=True, eq=False)
class Trained:
    """Weights together with the design, the settings and the data encoding that they belong to.

    ``weights`` maps ``"node id/parameter name"`` to a C-contiguous float32 array of the parameter's
    shape, in the order of the network. ``seconds`` is the time of training alone. ``test`` are the
    figures on the test part, None where the data have none. ``kept_epoch`` is the epoch whose
    weights these are where they are not the last ones, and ``state`` what training goes on from.
    """

    graph: Graph
    settings: Settings
    spec: Spec
    encoding: Encoding
    weights: Mapping[str, npt.NDArray[np.float32]]
    history: tuple[Point, ...] = ()
    seconds: float = 0.0
    test: TestFigures | None = None
    state: TrainingState | None = None
    kept_epoch: int | None = None

    @property
    def kept_point(self) -> Point | None:
        """The figures of the epoch whose weights are kept; None before the first whole one."""
        if not self.history:
            return None
        kept = self.kept_epoch
        return next((one for one in self.history if one.epoch == kept), self.history[-1])

    @property
    def epoch(self) -> int:
        """The epoch whose weights these are, by which every figure of them is named; 0 before the
        first whole one.
        """
        point = self.kept_point
        return point.epoch if point is not None else 0

    @property
    def parameter_count(self) -> int:
        """All numbers that the network keeps."""
        return sum(array.size for array in self.weights.values())
