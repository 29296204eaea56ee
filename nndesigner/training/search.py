"""Epochs of L-BFGS: each is one step over all rows, computed in pieces so that Stop never waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.engine import updating
from nndesigner.engine.engine import Engine
from nndesigner.training.lbfgs import LBFGS, Vector

#: Multiplications and additions between two looks at Stop.
_PIECE_WORK = 3e9


class Interrupted(Exception):
    """Somebody asked to stop while a step was searched for; the weights are as before it."""


class Search:
    """Runs L-BFGS on an engine's trainable weights; ``go_on`` waits while paused, False is stop."""

    def __init__(
        self,
        engine: Engine,
        memory: LBFGS,
        x: npt.NDArray[Any],
        t: npt.NDArray[Any],
        seed: int,
        go_on: Callable[[], bool],
    ) -> None:
        self._engine, self.memory, self._seed, self._go_on = engine, memory, seed, go_on
        self._x, self._t = x, t
        pieces = max(64, int(_PIECE_WORK / max(1, engine.tape.flops)))
        # Where shards meet, the whole batch is one: statistics are taken over all of it.
        self._piece = len(x) if len(engine.tape.segments) > 1 else pieces
        self._trained = np.concatenate(
            [np.arange(start, stop) for start, stop in engine.trained_parts()] or [np.zeros(0, int)]
        )

    @property
    def size(self) -> int:
        """How many numbers are searched over."""
        return len(self._trained)

    def step(self, rate: float) -> tuple[float, float, int]:
        """One step: the loss without the penalty, the metric, and how it ended.

        Both figures are those before it. It ends as the engine's steps do (`updating.DONE`, or what
        was not finite), also where the loss can fall no more. Running statistics of the network
        move on once, with the look at the weights before the step. Raises: Interrupted.
        """
        engine = self._engine
        before = engine.weights.copy()
        try:
            start = before[self._trained].astype(np.float64)
            data_loss, metric, loss, gradient = self._look(start, learn=True)
            if not np.isfinite(loss):
                return data_loss, metric, updating.BAD_LOSS
            if not np.isfinite(gradient).all():
                return data_loss, metric, updating.BAD_GRADIENT
            found = self.memory.step(start, loss, gradient, rate, self._evaluate)
        except Interrupted:
            np.copyto(engine.weights, before)
            raise
        with np.errstate(over="ignore"):
            engine.weights[self._trained] = before[self._trained] if found is None else found
        good = bool(np.isfinite(engine.weights[self._trained]).all())
        return data_loss, metric, updating.DONE if good else updating.BAD_WEIGHTS

    def _evaluate(self, weights: Vector) -> tuple[float, Vector]:
        _, _, loss, gradient = self._look(weights)
        return loss, gradient

    def _look(self, weights: Vector, *, learn: bool = False) -> tuple[float, float, float, Vector]:
        """Loss, metric, loss with penalty and its gradient at some weights."""
        engine, rows = self._engine, len(self._x)
        with np.errstate(over="ignore"):  # too far: the loss there will be no number, and says so
            engine.weights[self._trained] = weights
        loss = metric = 0.0
        whole = np.zeros(len(engine.weights))
        for first in range(0, rows, self._piece):
            if not self._go_on():
                raise Interrupted
            here = slice(first, first + self._piece)
            part = engine.whole_gradient(self._x[here], self._t[here], self._seed, learn=learn)
            share = len(self._x[here]) / rows
            loss, metric = loss + share * part[0], metric + share * part[1]
            whole += share * part[2]
        engine.rules.add_penalty(engine.tape, engine.weights, whole)
        total = loss + engine.rules.penalty(engine.tape, engine.weights)
        return loss, metric, total, whole[self._trained]
