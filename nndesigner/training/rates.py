"""The learning rate of each step of a run, from the optimizer, the schedule and its memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nndesigner.training.settings import Settings
from nndesigner.training.watching import Memory

Rates = npt.NDArray[np.float64]


def rates_of(
    settings: Settings, plateau: Memory, epoch: int, first: int, rows: int, batch: int, steps: int
) -> Rates:
    """The rates of up to ``steps`` steps of ``batch`` rows, from row ``first`` of an epoch on.

    ``epoch`` counts whole epochs done; time within it is the share of its steps, of which a short
    last one is as long as the others.
    """
    count = min(steps, max(1, -(-(rows - first) // batch)))
    unit = 1.0 / -(-rows // batch)
    times = epoch + (first / batch + np.arange(count, dtype=np.float64)) * unit
    factors = settings.schedule.factors(times, settings.epochs, unit)
    return settings.optimizer.learning_rate * plateau.factor * factors


def preview(settings: Settings, rows: int, points: int = 240) -> tuple[Rates, Rates]:
    """Times in epochs and the rates at them over the whole run, for drawing."""
    unit = 1.0 / max(1, -(-rows // settings.batch_rows(rows)))
    times = np.linspace(0.0, settings.epochs, points, endpoint=False)
    grid = np.floor(times / unit + 1e-9) * unit if settings.schedule.every == "step" else times
    factors = settings.schedule.factors(grid, settings.epochs, unit)
    return times, settings.optimizer.learning_rate * factors
