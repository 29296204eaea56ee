"""Using what was trained: predictions and honest figures on rows that are already encoded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nndesigner.data.dataset import FloatArray, IntArray
from nndesigner.engine.engine import Engine
from nndesigner.errors import TrainingError
from nndesigner.network import compile_network
from nndesigner.training.metrics import Metrics, metrics_of
from nndesigner.training.targets import (
    METRIC_NAMES,
    output_width,
    resolve_loss,
    targets,
    wants_labels,
)
from nndesigner.training.testing import mean_error
from nndesigner.training.trained import Trained

#: Rows that pass through at a time: enough to fill the cores, few enough for any memory.
_ROWS = 1_024


@dataclass(frozen=True)
class Evaluation:
    """Figures on some rows. ``metric`` is accuracy (0 to 1) or the mean absolute error.

    ``confusion`` counts each class (row) taken for each (column); None for regression. ``details``
    are all other figures, of each class or target and of a simple guess.
    """

    rows: int
    loss: float
    metric_name: str
    metric: float
    confusion: IntArray | None
    details: Metrics


class Predictor:
    """A trained network ready for any number of calls."""

    def __init__(self, trained: Trained) -> None:
        """Build the network and load its weights. Raises: GraphError, TrainingError."""
        spec = trained.spec
        report_outputs = _output_width(trained)
        self._loss = resolve_loss(trained.settings.loss, spec.task, report_outputs)
        tape = compile_network(
            trained.graph,
            spec.input_shape,
            loss=self._loss.kind,
            labels=wants_labels(self._loss, spec.task, report_outputs),
            classes=spec.task == "classification",
            numbers=self._loss.numbers(),
        )
        missing = [slot.name for slot in tape.slots if slot.name not in trained.weights]
        if missing:
            raise TrainingError(
                f"The weights {', '.join(missing[:3])} are missing: train the network again"
            )
        self._trained = trained
        self._engine = Engine(tape, batch=_ROWS)
        self._engine.load(trained.weights)
        self._scale = float(np.mean(trained.encoding.target_scale))

    def predict(self, x: FloatArray) -> FloatArray:
        """The outputs ``(n, outputs)`` of encoded rows ``(n, *input shape)``, after the last
        activation. Regression outputs are as the encoding scales them: see `Encoding.decode`.
        """
        return self._engine.predict(flat_rows(x))

    def probabilities(self, x: FloatArray) -> FloatArray:
        """How likely each class is, ``(n, classes)``, every row summing to 1; for classification.

        A single output p becomes the two columns 1 - p and p. Outputs that were no probabilities
        (squared error on a linear layer) are clipped to 0 and 1 and scaled.
        """
        out = np.clip(self.predict(x), 0.0, 1.0)
        if out.shape[1] == 1:
            return np.concatenate([1.0 - out, out], axis=1)
        total = out.sum(axis=1, keepdims=True)
        even = np.float32(1.0 / out.shape[1])
        return np.where(total > 0, out / np.where(total > 0, total, 1), even).astype(np.float32)

    def evaluate(self, x: FloatArray, y: IntArray | FloatArray) -> Evaluation:
        """Loss, metric and confusion matrix on encoded rows with targets; errors in real units."""
        spec = self._trained.spec
        width = self._engine.tape.output.size
        loss, metric, out = self._engine.evaluate(flat_rows(x), targets(y, spec, self._loss, width))
        details = metrics_of(out, y, spec, self._trained.encoding)
        if spec.task == "regression":
            linear = self._trained.encoding.is_linear
            metric = metric * self._scale if linear else mean_error(self._trained.encoding, out, y)
        return Evaluation(len(x), loss, METRIC_NAMES[spec.task], metric, details.confusion, details)


def predict(trained: Trained, x: FloatArray) -> FloatArray:
    """The outputs of encoded rows: see `Predictor.predict`."""
    return Predictor(trained).predict(x)


def evaluate(trained: Trained, x: FloatArray, y: IntArray | FloatArray) -> Evaluation:
    """Figures on encoded rows with targets: see `Predictor.evaluate`."""
    return Predictor(trained).evaluate(x, y)


def flat_rows(x: FloatArray) -> FloatArray:
    """Rows as the engine takes them: ``(n, numbers of a row)``, without a copy where possible."""
    return np.ascontiguousarray(x.reshape(len(x), math.prod(x.shape[1:])), dtype=np.float32)


def _output_width(trained: Trained) -> int:
    from nndesigner.network import checked

    return output_width(checked(trained.graph, trained.spec.input_shape).output_shape)
