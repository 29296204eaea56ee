"""The figures of the test part: looked at once, after the training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nndesigner.data.dataset import Encoding, FloatArray, IntArray, Prepared
from nndesigner.training.trained import TestFigures, Trained


def with_test(trained: Trained, prepared: Prepared) -> Trained:
    """What was trained, with its figures on the test part where the data have one."""
    from nndesigner.training.predict import evaluate  # which needs the compiled engine

    x, y = prepared.x_test, prepared.y_test
    if x is None or y is None or not len(x):
        return trained
    found = evaluate(trained, x, y)
    return replace(trained, test=TestFigures(found.rows, found.loss, found.metric))


def mean_error(encoding: Encoding, outputs: FloatArray, y: IntArray | FloatArray) -> float:
    """The mean absolute error of encoded outputs ``(n, targets)`` in the targets' own units."""
    truth = encoding.decode(np.asarray(y, dtype=np.float32).reshape(outputs.shape))
    return float(np.abs(encoding.decode(outputs) - truth).mean())
