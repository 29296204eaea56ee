"""The data that comes with the program: small, real or made, and free to pass on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SampleInfo:
    """A sample: its stable name, its title for people, and what it is."""

    name: str
    title: str
    help: str


@dataclass(frozen=True)
class Sample:
    """Where a sample's data lie in ``samples/`` and how they are opened."""

    info: SampleInfo
    file: str
    options: dict[str, Any] = field(default_factory=dict)


_PLAIN: dict[str, Any] = {"target": "y", "task": "regression", "scaling": "none"}

_SAMPLES = (
    Sample(
        SampleInfo(
            "digits",
            "Handwritten digits",
            "1,797 images of 8 × 8 pixels in ten classes, written by 43 people.",
        ),
        "digits-images-idx3-ubyte.gz",
    ),
    Sample(
        SampleInfo(
            "iris",
            "Iris flowers",
            "150 flowers of three species, told apart by four lengths in centimetres.",
        ),
        "iris.csv",
        {"target": "class"},
    ),
    Sample(
        SampleInfo(
            "wine",
            "Wines",
            "178 wines from three growers, told apart by 13 chemical measurements.",
        ),
        "wine.csv",
        {"target": "class"},
    ),
    Sample(
        SampleInfo(
            "moons",
            "Two moons",
            "500 points in the plane: two half circles that reach into each other.",
        ),
        "moons.csv",
        {"target": "class"},
    ),
    Sample(
        SampleInfo(
            "spiral",
            "Spiral",
            "300 points in the plane on three spiral arms: no straight line parts them.",
        ),
        "spiral.csv",
        {"target": "class", "scaling": "none"},
    ),
    Sample(
        SampleInfo(
            "linear",
            "A line",
            "Five points (x, y): one linear neuron finds the line through them.",
        ),
        "linear.csv",
        dict(_PLAIN),
    ),
    Sample(
        SampleInfo(
            "plane",
            "A plane",
            "Four points (x1, x2, y): one linear neuron finds y = x1 + x2 + 1.",
        ),
        "plane.csv",
        dict(_PLAIN),
    ),
)


def samples() -> tuple[SampleInfo, ...]:
    """Every sample, in the order to show them."""
    return tuple(sample.info for sample in _SAMPLES)


def sample_names() -> tuple[str, ...]:
    """The names that ``--data`` takes."""
    return tuple(sample.info.name for sample in _SAMPLES)


def find_sample(name: str) -> Sample | None:
    """The sample of that name (in any case), or None."""
    wanted = name.strip().casefold()
    return next((sample for sample in _SAMPLES if sample.info.name == wanted), None)
