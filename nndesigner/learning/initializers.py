"""How weights start: scaled by the number of wires, drawn from a range, or set."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from nndesigner.graph import Parameter

InitializerKind = Literal[
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "uniform",
    "normal",
    "truncated_normal",
    "orthogonal",
    "identity",
    "zeros",
    "constant",
]

INITIALIZER_TITLES: dict[str, str] = {
    "glorot_uniform": "Glorot uniform",
    "glorot_normal": "Glorot normal",
    "he_uniform": "He uniform",
    "he_normal": "He normal",
    "lecun_uniform": "LeCun uniform",
    "lecun_normal": "LeCun normal",
    "uniform": "Uniform in a range",
    "normal": "Normal",
    "truncated_normal": "Truncated normal",
    "orthogonal": "Orthogonal",
    "identity": "Identity",
    "zeros": "Zeros",
    "constant": "Constant",
}

#: What each draws, in a sentence.
INITIALIZER_HELP: dict[str, str] = {
    "glorot_uniform": "Uniform within ±√(6 / (fan-in + fan-out)); for sigmoid, tanh and softmax.",
    "glorot_normal": "Normal with variance 2 / (fan-in + fan-out), not truncated as in PyTorch; "
    "Keras truncates it.",
    "he_uniform": "Uniform within ±√(6 / fan-in); for ReLU and its kin.",
    "he_normal": "Normal with variance 2 / fan-in, not truncated as in PyTorch; Keras truncates "
    "it.",
    "lecun_uniform": "Uniform within ±√(3 / fan-in); for SELU.",
    "lecun_normal": "Normal with variance 1 / fan-in, not truncated; Keras truncates it.",
    "uniform": "Uniform from minus to plus the start number, or from another number to it.",
    "normal": "Normal with the start number as deviation.",
    "truncated_normal": "Normal with the start number as deviation, drawn anew beyond two.",
    "orthogonal": "An orthogonal matrix times the start number: lengths stay as they are.",
    "identity": "The start number from each input to the output of the same place, else 0.",
    "zeros": "All 0. Units that begin alike stay alike: for the last layer at most.",
    "constant": "All the start number.",
}

#: What the number of an initializer is where none is set, as in Keras.
INITIALIZER_SCALES: dict[str, float] = {
    "uniform": 0.05,
    "normal": 0.05,
    "truncated_normal": 0.05,
    "orthogonal": 1.0,
    "identity": 1.0,
    "constant": 0.0,
}

Array = npt.NDArray[np.float64]


def initial_values(parameter: Parameter, generator: np.random.Generator) -> Array:
    """The starting numbers of one parameter, of its shape.

    Glorot scales by the mean of fan-in and fan-out, He and LeCun by fan-in alone (variance 2 and
    1 over it); the uniform forms draw from ±sqrt(3) standard deviations. ``parameter.scale`` is
    the number of the others: ± the range (or its other end, where ``low`` is set), the standard
    deviation, the gain, or the value.

    Source: Glorot and Bengio 2010; He et al. 2015, arXiv 1502.01852; LeCun et al. 1998; Saxe et
    al. 2014, arXiv 1312.6120 (orthogonal).
    """
    kind, shape = parameter.initializer, parameter.shape
    scale = INITIALIZER_SCALES.get(kind, 0.0) if parameter.scale is None else parameter.scale
    match kind:
        case "zeros":
            return np.zeros(shape)
        case "constant":
            return np.full(shape, scale)
        case "uniform":
            low, high = -abs(scale), abs(scale)
            if parameter.low is not None:
                low, high = min(parameter.low, scale), max(parameter.low, scale)
            return generator.uniform(low, high, shape)
        case "normal":
            return generator.normal(0.0, abs(scale), shape)
        case "truncated_normal":
            return scale * _truncated(shape, generator)
        case "orthogonal":
            return scale * _orthogonal(shape, generator)
        case "identity":
            return scale * _identity(shape)
        case "glorot_uniform" | "glorot_normal":
            deviation = math.sqrt(2.0 / (parameter.fan_in + parameter.fan_out))
        case "he_uniform" | "he_normal":
            deviation = math.sqrt(2.0 / parameter.fan_in)
        case "lecun_uniform" | "lecun_normal":
            deviation = math.sqrt(1.0 / parameter.fan_in)
        case other:
            raise ValueError(f"unknown initializer {other!r}")
    if kind.endswith("uniform"):
        limit = math.sqrt(3.0) * deviation
        return generator.uniform(-limit, limit, shape)
    return generator.normal(0.0, deviation, shape)


def _truncated(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Standard normal numbers, drawn again while they lie beyond two deviations."""
    values = generator.normal(0.0, 1.0, shape)
    far = np.abs(values) > 2.0
    while far.any():
        values[far] = generator.normal(0.0, 1.0, int(far.sum()))
        far = np.abs(values) > 2.0
    return values


def _orthogonal(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Orthonormal columns (or rows, where there are fewer), all but the last axis as rows."""
    if len(shape) < 2:
        return np.ones(shape)
    rows, columns = math.prod(shape[:-1]), shape[-1]
    tall = generator.normal(0.0, 1.0, (max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    # The sign of the diagonal makes every orthogonal matrix equally likely.
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
    return np.ascontiguousarray(q if rows >= columns else q.T).reshape(shape)


def _identity(shape: tuple[int, ...]) -> Array:
    """Ones from each input to the output of the same number; of a window, in its middle."""
    if len(shape) < 2:
        return np.ones(shape)
    values = np.zeros(shape)
    middle = tuple((size - 1) // 2 for size in shape[:-2])
    for i in range(min(shape[-2:])):
        values[(*middle, i, i)] = 1.0
    return values
