"""Trains a network on prepared data, slice by slice, on whatever thread calls it."""

from __future__ import annotations

from nndesigner.data.dataset import Prepared
from nndesigner.graph import Graph
from nndesigner.training.feed import Feed
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained


class Trainer:
    """One training run. `train` blocks; all other verbs may be called from any thread.

    The feed gets status, points, slices and the snapshots that are wanted, also once before the first
    step (epoch 0, untrained) and once after the last.
    """

    def __init__(
        self, graph: Graph, settings: Settings, prepared: Prepared, feed: Feed | None = None
    ) -> None:
        """Build the network and draw its first weights. Raises: GraphError, TrainingError."""

    def train(self) -> Trained:
        """Train until the last epoch or `stop`. Raises: TrainingError (numbers ran away, memory)."""

    def pause(self) -> None:
        """Hold after the current slice."""

    def resume(self) -> None:
        """Go on after `pause`."""

    def step(self, epochs: int = 1) -> None:
        """Run so many more epochs (also while paused) and pause again."""

    def stop(self) -> None:
        """End after the current batch, keeping the weights."""

    def change(self, settings: Settings) -> None:
        """Use another learning rate (and other optimizer numbers) from the next slice on."""

    def trained(self) -> Trained:
        """The outcome so far."""
