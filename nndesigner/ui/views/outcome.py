"""What a network's outputs say about rows: classes and how sure, or figures in real units."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Prepared, Spec

FloatArray = npt.NDArray[np.float32]


def shares(outputs: FloatArray, classes: int) -> FloatArray:
    """One column a class: a single output becomes two, and what is not finite becomes 0."""
    outputs = np.nan_to_num(outputs.reshape(len(outputs), -1), posinf=0.0, neginf=0.0)
    if outputs.shape[1] == 1 and classes == 2:
        return np.concatenate((1 - outputs, outputs), axis=1)
    return outputs


def names_of(spec: Spec) -> tuple[str, ...]:
    """A name for each class, numbers where the data has none."""
    return spec.classes or tuple(str(index) for index in range(spec.outputs))


def decoded(prepared: Prepared, values: FloatArray) -> FloatArray:
    """Regression outputs or targets ``(rows, outputs)`` in the units of the data."""
    values = np.asarray(values, dtype=np.float32).reshape(len(values), -1)
    told = prepared.encoding.in_own_units(values)
    return np.asarray(told).reshape(len(values), -1)
