"""How much changing training rows by chance slows training: with and without it, turn about.

Run ``python -m tests.benchmarks.augmentation``; it fails when a network gets 15 % slower or more.
Epochs last about a third of a second: of shorter ones, what else runs on the machine decides.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass

import numpy as np

from nndesigner import api
from nndesigner.data.dataset import Prepared, Spec
from nndesigner.data.pixels import PixelEncoding
from nndesigner.training.augmentation import Augmentation
from nndesigner.training.feed import Feed
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer

#: The most that training may take longer.
GOAL = 1.15
ALL = Augmentation(
    flip=True, shift=0.1, rotate=15.0, zoom=0.1, brightness=0.2, noise=0.05, erase=0.2
)
USUAL = Augmentation(shift=0.1, rotate=10.0)


@dataclass(frozen=True)
class Case:
    """A network on pictures of one shape, with a mini-batch of a usual size."""

    name: str
    shape: tuple[int, int, int]
    layers: str
    rows: int


CASES = (
    Case(
        "MNIST, dense 256-128",
        (28, 28, 1),
        "flatten, dense 256 relu, dense 128 relu, dense 10 softmax",
        40_000,
    ),
    Case(
        "MNIST, convolutions 16-32",
        (28, 28, 1),
        "conv2d 16 3 relu, maxpool2d, conv2d 32 3 relu, maxpool2d, flatten, dense 64 relu, "
        "dense 10 softmax",
        8_000,
    ),
    Case(
        "CIFAR, convolutions 16-32",
        (32, 32, 3),
        "conv2d 16 3 relu, maxpool2d, conv2d 32 3 relu, maxpool2d, flatten, dense 64 relu, "
        "dense 10 softmax",
        6_000,
    ),
)


def _prepared(case: Case) -> Prepared:
    rng = np.random.default_rng(1)
    classes = tuple("0123456789")
    spec = Spec(
        name=case.name,
        rows=case.rows,
        task="classification",
        input_shape=case.shape,
        outputs=10,
        classes=classes,
    )
    rows = np.arange(case.rows, dtype=np.int64)
    return Prepared(
        spec=spec,
        encoding=PixelEncoding(shape=case.shape, classes=classes),
        x_train=rng.random((case.rows, *case.shape), dtype=np.float32),
        y_train=rng.integers(0, 10, case.rows),
        x_val=np.zeros((0, *case.shape), np.float32),
        y_val=np.zeros(0, np.int64),
        train_rows=rows,
        val_rows=rows[:0],
    )


def seconds(case: Case, prepared: Prepared, augmentation: Augmentation, epochs: int) -> float:
    """The quickest epoch after the first one, waiting for changed rows included."""
    graph = api.new(case.layers).graph
    settings = Settings(epochs=epochs + 1, batch_size=64, augmentation=augmentation)
    trained = Trainer(graph, settings, prepared, Feed()).train()
    return min(point.seconds for point in trained.history[1:])


def main() -> int:
    """Print a line a case; 1 when one misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    missed = 0
    for case in CASES:
        prepared = _prepared(case)
        for words, chosen in (("shift, rotate", USUAL), ("everything", ALL)):
            ratios, plain = [], []
            for _ in range(options.turns):
                without = seconds(case, prepared, Augmentation(), options.epochs)
                with_it = seconds(case, prepared, chosen, options.epochs)
                ratios.append(with_it / without)
                plain.append(without)
            ratio = statistics.median(ratios)
            missed += ratio > GOAL
            speed = case.rows / min(plain)
            sys.stdout.write(
                f"{case.name:28} {words:14} {speed:9,.0f} rows/s, times {ratio:.3f} with "
                f"(goal {GOAL}; turns {min(ratios):.2f} to {max(ratios):.2f})\n"
            )
            sys.stdout.flush()
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
