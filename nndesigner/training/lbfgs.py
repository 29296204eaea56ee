"""L-BFGS: steps along a direction that knows the curvature, each length found by a search.

Source: Nocedal and Wright, Numerical Optimization, 2nd edition: algorithms 7.4 (two loops), 3.5 and
3.6 (strong Wolfe conditions), with PyTorch's numbers and its cubic interpolation, so that both walk
the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
#: The loss and its gradient at some weights.
Evaluate = Callable[[Vector], tuple[float, Vector]]

_ARMIJO = 1e-4
_CURVATURE = 0.9
_MOST_TRIES = 25
_SMALLEST_CHANGE = 1e-9
_LEAST_CURVATURE = 1e-10


class _Try(NamedTuple):
    """One length along a direction: the loss there, its gradient, and the slope along it."""

    t: float
    loss: float
    gradient: Vector
    slope: float


@dataclass
class LBFGS:
    """The memory of a search: the last changes of weights and of gradients, and the last step."""

    history: int = 10
    moves: list[Vector] = field(default_factory=list)
    bends: list[Vector] = field(default_factory=list)
    scale: float = 1.0
    direction: Vector | None = None
    gradient: Vector | None = None
    length: float = 0.0

    def step(
        self, weights: Vector, loss: float, gradient: Vector, rate: float, evaluate: Evaluate
    ) -> Vector | None:
        """The weights after one step from ``weights``, or None where the loss can fall no more.

        ``loss`` and ``gradient`` are those at ``weights``. What ``evaluate`` raises passes through;
        the memory is then as it was.
        """
        moves, bends, scale = list(self.moves), list(self.bends), self.scale
        if self.direction is None or self.gradient is None:
            direction = -gradient
            total = float(np.abs(gradient).sum())
            if total == 0.0:
                return None
            length = min(1.0, 1.0 / total) * rate
        else:
            bend = gradient - self.gradient
            move = self.direction * self.length
            curvature = float(bend @ move)
            if curvature > _LEAST_CURVATURE:
                if len(moves) >= self.history:
                    moves, bends = moves[1 - self.history :], bends[1 - self.history :]
                    if self.history == 1:
                        moves, bends = [], []
                moves.append(move)
                bends.append(bend)
                scale = curvature / float(bend @ bend)
            direction = _two_loops(gradient, moves, bends, scale)
            length = rate
        slope = float(gradient @ direction)
        if slope > -_SMALLEST_CHANGE:
            return None
        start = _Try(0.0, loss, gradient, slope)
        found = _search(weights, direction, length, start, evaluate)
        self.moves, self.bends, self.scale = moves, bends, scale
        self.direction, self.gradient, self.length = direction, gradient, found.t
        return weights + found.t * direction

    # -- as arrays and numbers, to be kept

    def arrays(self) -> Vector:
        """All vectors, flat: direction, gradient, moves, bends; empty before the first step."""
        if self.direction is None or self.gradient is None:
            return np.zeros(0)
        return np.concatenate([self.direction, self.gradient, *self.moves, *self.bends])

    def numbers(self) -> tuple[float, ...]:
        """How many moves there are, the scale and the last length."""
        return (float(len(self.moves)), self.scale, self.length)

    @classmethod
    def kept(cls, history: int, size: int, arrays: Vector, numbers: tuple[float, ...]) -> LBFGS:
        """The memory as it was kept. Raises: ValueError when the sizes do not fit."""
        if not len(arrays):
            return cls(history)
        count, scale, length = numbers
        vectors = arrays.reshape(-1, size)
        if len(vectors) != 2 + 2 * int(count):
            raise ValueError("the memory of L-BFGS does not fit its numbers")
        moves = 2 + int(count)
        return cls(
            history, list(vectors[2:moves]), list(vectors[moves:]), scale, vectors[0], vectors[1],
            length,
        )  # fmt: skip


def _two_loops(gradient: Vector, moves: list[Vector], bends: list[Vector], scale: float) -> Vector:
    """−H g, with H from the last changes."""
    q = -gradient
    weights = [1.0 / float(bend @ move) for move, bend in zip(moves, bends, strict=True)]
    shares = [0.0] * len(moves)
    for k in reversed(range(len(moves))):
        shares[k] = float(moves[k] @ q) * weights[k]
        q = q - shares[k] * bends[k]
    q = q * scale
    for k in range(len(moves)):
        q = q + moves[k] * (shares[k] - float(bends[k] @ q) * weights[k])
    return q


def _search(
    weights: Vector, direction: Vector, length: float, start: _Try, evaluate: Evaluate
) -> _Try:
    """A length that meets the strong Wolfe conditions, or the best that was tried."""
    widest = float(np.abs(direction).max())

    def attempt(t: float) -> _Try:
        loss, gradient = evaluate(weights + t * direction)
        return _Try(t, loss, gradient, float(gradient @ direction))

    previous, now, tries = start, attempt(length), 0
    pair: list[_Try] = []
    while tries < _MOST_TRIES:
        if now.loss > start.loss + _ARMIJO * now.t * start.slope or (
            tries > 1 and now.loss >= previous.loss
        ):
            pair = [previous, now]
            break
        if abs(now.slope) <= -_CURVATURE * start.slope:
            return now
        if now.slope >= 0:
            pair = [previous, now]
            break
        low, high = now.t + 0.01 * (now.t - previous.t), now.t * 10
        t = _between(previous, now, low, high)
        previous = now
        now = attempt(t)
        tries += 1
    if not pair:
        pair = [start, now]
    return _zoom(pair, tries, start, widest, attempt)


def _zoom(
    pair: list[_Try], tries: int, start: _Try, widest: float, attempt: Callable[[float], _Try]
) -> _Try:
    """Narrow an interval that holds a good length."""
    low, high = (0, 1) if pair[0].loss <= pair[-1].loss else (1, 0)
    stuck = False
    while tries < _MOST_TRIES:
        if abs(pair[1].t - pair[0].t) * widest < _SMALLEST_CHANGE:
            break
        t = _between(pair[0], pair[1])
        ends = sorted((pair[0].t, pair[1].t))
        margin = 0.1 * (ends[1] - ends[0])
        if min(ends[1] - t, t - ends[0]) < margin:
            # Too close to an end: twice in a row, or beyond it, and the length moves inwards.
            if stuck or t >= ends[1] or t <= ends[0]:
                t = ends[1] - margin if abs(t - ends[1]) < abs(t - ends[0]) else ends[0] + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        now = attempt(t)
        tries += 1
        if now.loss > start.loss + _ARMIJO * now.t * start.slope or now.loss >= pair[low].loss:
            pair[high] = now
            low, high = (0, 1) if pair[0].loss <= pair[1].loss else (1, 0)
        else:
            done = abs(now.slope) <= -_CURVATURE * start.slope
            if not done and now.slope * (pair[high].t - pair[low].t) >= 0:
                pair[high] = pair[low]
            pair[low] = now
            if done:
                break
    return pair[low]


def _between(a: _Try, b: _Try, least: float | None = None, most: float | None = None) -> float:
    """The bottom of the cubic through two losses and slopes, kept within bounds."""
    if least is None or most is None:
        least, most = min(a.t, b.t), max(a.t, b.t)
    if a.t == b.t:
        return (least + most) / 2.0
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return (least + most) / 2.0
    d2 = math.sqrt(square)
    if a.t <= b.t:
        below = b.slope - a.slope + 2 * d2
        bottom = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / below) if below else math.nan
    else:
        below = a.slope - b.slope + 2 * d2
        bottom = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / below) if below else math.nan
    if not math.isfinite(bottom):
        return (least + most) / 2.0
    return min(max(bottom, least), most)
