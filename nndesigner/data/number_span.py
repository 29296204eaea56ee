"""What a column of numbers spans: found once, so that nobody goes through its rows again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

#: From here on a float64 does not tell one whole number from the next.
INEXACT = 2**53


@dataclass(frozen=True, slots=True)
class Span:
    """Least and largest number (infinite ones too; NaN without any) and how many are missing.

    ``whole`` says that every cell was written as a whole number.
    """

    low: float
    high: float
    missing: int
    whole: bool

    @property
    def largest(self) -> float:
        """The number farthest from zero, without its sign; 0 where there is none."""
        return 0.0 if np.isnan(self.low) else max(abs(self.low), abs(self.high))

    @property
    def is_long(self) -> bool:
        """Whether a whole number in it may be rounded in float64, so that it is rather a name."""
        return self.largest >= INEXACT


def span_of(numbers: npt.NDArray[Any], whole: bool = False) -> Span:
    """The span of numbers of any kind; missing ones are NaN."""
    whole = whole or numbers.dtype.kind in "iu"
    if not len(numbers):
        return Span(np.nan, np.nan, 0, whole)
    low = float(numbers.min())
    if not np.isnan(low):
        return Span(low, float(numbers.max()), 0, whole)
    missing = int(np.isnan(numbers).sum())
    if missing == len(numbers):
        return Span(np.nan, np.nan, missing, whole)
    return Span(float(np.fmin.reduce(numbers)), float(np.fmax.reduce(numbers)), missing, whole)


def joined(one: Span, other: Span) -> Span:
    """The span of two parts of a column."""
    return Span(
        one.low if one.low <= other.low or math.isnan(other.low) else other.low,
        one.high if one.high >= other.high or math.isnan(other.high) else other.high,
        one.missing + other.missing,
        one.whole and other.whole,
    )
