"""Targets in their own units, for losses that mean nothing on shifted and scaled ones."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from nndesigner.data.dataset import Encoding, FloatArray, IntArray, Prepared
from nndesigner.errors import TrainingError
from nndesigner.learning.losses import Loss


def in_loss_units(prepared: Prepared, loss: Loss) -> Prepared:
    """Prepared data whose targets are as the loss wants them.

    A percentage, a logarithm or a count is taken of the target itself: it is then not scaled, and
    the encoding that is saved says so. Raises: TrainingError.
    """
    if prepared.spec.task != "regression" or not loss.real_units:
        return prepared
    plain = prepared.encoding.with_plain_targets()
    if plain == prepared.encoding:
        _check_reach(prepared, loss)
        return prepared
    old = prepared.encoding
    found = replace(
        prepared,
        encoding=plain,
        y_train=_decoded(old, prepared.y_train, loss),
        y_val=_decoded(old, prepared.y_val, loss),
        y_test=None if prepared.y_test is None else _decoded(old, prepared.y_test, loss),
    )
    _check_reach(found, loss)
    return found


def _check_reach(prepared: Prepared, loss: Loss) -> None:
    """Raises: TrainingError where the loss means nothing on some of the training rows."""
    low, high = loss.reach
    if math.isinf(low) or not prepared.y_train.size:
        return
    least, most = float(prepared.y_train.min()), float(prepared.y_train.max())
    if least >= low and most <= high:
        return
    if math.isinf(high):
        raise TrainingError(
            f"{loss.title} wants targets from {low:g} on, and the smallest is {least:.4g}: choose "
            "mean squared error"
        )
    remedy = "choose mean squared error"
    if prepared.spec.same_as_input:
        what = "pixels" if len(prepared.spec.input_shape) == 3 else "columns (minmax)"
        remedy = f"scale the {what} to 0 to 1, or {remedy}"
    raise TrainingError(
        f"{loss.title} wants targets from {low:g} to {high:g}, and these run from {least:.4g} to "
        f"{most:.4g}: {remedy}".replace("-", "−")
    )


def _decoded(encoding: Encoding, y: IntArray | FloatArray, loss: Loss) -> FloatArray:
    """Targets in their own units; what rounding put beside the reach of the loss lies in it."""
    numbers = np.asarray(y, dtype=np.float32)
    flat = encoding.decode(numbers.reshape(len(numbers), -1))
    found = np.ascontiguousarray(flat, dtype=np.float32).reshape(numbers.shape)
    tiny = 1e-6 * float(np.abs(found).max(initial=0.0))
    for edge in loss.reach:
        if math.isfinite(edge):
            found[np.abs(found - edge) <= tiny] = edge
    return found
