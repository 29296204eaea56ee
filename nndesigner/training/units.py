"""Targets in their own units, for losses that mean nothing on shifted and scaled ones."""

from __future__ import annotations

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
        _check_signs(prepared, loss)
        return prepared
    old = prepared.encoding
    found = replace(
        prepared,
        encoding=plain,
        y_train=_decoded(old, prepared.y_train),
        y_val=_decoded(old, prepared.y_val),
        y_test=None if prepared.y_test is None else _decoded(old, prepared.y_test),
    )
    _check_signs(found, loss)
    return found


def _check_signs(prepared: Prepared, loss: Loss) -> None:
    if loss.kind in ("poisson", "msle", "kl_divergence") and (prepared.y_train < 0).any():
        raise TrainingError(
            f"{loss.title} wants targets from 0 on, and the smallest is "
            f"{float(prepared.y_train.min()):.4g}: choose mean squared error"
        )


def _decoded(encoding: Encoding, y: IntArray | FloatArray) -> FloatArray:
    numbers = np.asarray(y, dtype=np.float32)
    flat = encoding.decode(numbers.reshape(len(numbers), -1))
    return np.ascontiguousarray(flat, dtype=np.float32).reshape(numbers.shape)
