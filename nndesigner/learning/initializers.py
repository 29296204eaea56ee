"""How weights start: Glorot and He, uniform and normal."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from nndesigner.graph import Parameter

InitializerKind = Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal"]

INITIALIZER_TITLES: dict[str, str] = {
    "glorot_uniform": "Glorot uniform",
    "glorot_normal": "Glorot normal",
    "he_uniform": "He uniform",
    "he_normal": "He normal",
    "zeros": "Zeros",
}


def initial_values(parameter: Parameter, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """The starting numbers of one parameter, of its shape.

    Glorot scales by the mean of fan-in and fan-out, He by fan-in alone; the uniform forms draw from
    ±sqrt(3) standard deviations.

    Source: Glorot and Bengio 2010; He et al. 2015, arXiv 1502.01852.
    """
    match parameter.initializer:
        case "zeros":
            return np.zeros(parameter.shape)
        case "glorot_uniform" | "glorot_normal":
            deviation = math.sqrt(2.0 / (parameter.fan_in + parameter.fan_out))
        case "he_uniform" | "he_normal":
            deviation = math.sqrt(2.0 / parameter.fan_in)
        case other:
            raise ValueError(f"unknown initializer {other!r}")
    if parameter.initializer.endswith("uniform"):
        limit = math.sqrt(3.0) * deviation
        return generator.uniform(-limit, limit, parameter.shape)
    return generator.normal(0.0, deviation, parameter.shape)
