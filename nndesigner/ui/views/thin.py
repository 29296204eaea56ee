"""Keeps long series drawable: at most a few thousand of their own samples, extremes included."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: More points than pixels show nothing more and cost time.
MOST_POINTS = 2000
#: Beyond this pyqtgraph's transforms lose all digits.
LARGEST = 1e15


def clean(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The finite samples, clipped to what a plot can bear (denormal numbers become 0)."""
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], np.clip(y[keep], -LARGEST, LARGEST)
    return x, np.where(np.abs(y) < 1 / LARGEST, 0.0, y)


def thin(x: FloatArray, y: FloatArray, most: int = MOST_POINTS) -> tuple[FloatArray, FloatArray]:
    """At most ``most`` of these samples: the least and the greatest of equal stretches of x.

    x is ascending. Every sample that is returned was given; the first and the last always are.
    """
    if len(x) <= most:
        return x, y
    buckets = max(1, (most - 2) // 2)
    span = x[-1] - x[0]
    if span <= 0:
        place = np.arange(len(x)) * buckets // len(x)
    else:
        place = np.minimum(((x - x[0]) / span * buckets).astype(np.int64), buckets - 1)
    order = np.lexsort((y, place))
    sorted_place = place[order]
    last = np.flatnonzero(np.append(np.diff(sorted_place), 1))
    first = np.concatenate(([0], last[:-1] + 1))
    keep = np.unique(np.concatenate((order[first], order[last], [0, len(x) - 1])))
    return x[keep], y[keep]


class Series:
    """A growing curve that never holds more than twice what is drawn."""

    def __init__(self, most: int = MOST_POINTS) -> None:
        self._most = most
        self._x: FloatArray = np.empty(0)
        self._y: FloatArray = np.empty(0)
        #: All finite samples that were ever added.
        self.count = 0

    def add(self, x: npt.ArrayLike, y: npt.ArrayLike) -> None:
        """Append samples with ascending x; those that are not finite are left out."""
        xs, ys = clean(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
        self.count += len(xs)
        self._x, self._y = np.append(self._x, xs), np.append(self._y, ys)
        if len(self._x) > 2 * self._most:
            self._x, self._y = thin(self._x, self._y, self._most)

    def points(self) -> tuple[FloatArray, FloatArray]:
        """What to draw."""
        return thin(self._x, self._y, self._most)

    def __len__(self) -> int:
        return len(self._x)
