"""Trains published networks and prints ours beside the figures that others reached.

``python -m tests.benchmarks.results [NAME ...]`` takes some minutes. MNIST is read from
``../shared/data/mnist``, or from below the folder given with ``--data``; without it the networks
that need it are left out. What runs on MNIST goes through the command line, as a person's would.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.published import SMALL, Outcome

ROOT = Path(__file__).resolve().parents[2]
TRAIN = "train-images-idx3-ubyte.gz"
TEST = "t10k-images-idx3-ubyte.gz"
LENET = (
    "conv2d 20 5 relu, maxpool2d 2, conv2d 50 5 relu, maxpool2d 2, flatten, dense 256 relu, "
    "dense 10 softmax"
)


@dataclass(frozen=True)
class Published:
    """A network, how it is trained, and the accuracy on MNIST's test rows that was published.

    ``share`` of the training rows is kept aside for validation, drawn at random. Keras takes the
    last ones, which are easier: its validation figures are higher for that.
    """

    name: str
    layers: str
    figure: float
    epochs: int
    settings: tuple[str, ...]
    source: str
    batch: int = 128
    share: float = 0.0


MNIST: dict[str, Published] = {
    each.name: each
    for each in (
        Published(
            "mlp",
            "flatten, dense 512 relu, dropout 0.2, dense 512 relu, dropout 0.2, dense 10 softmax",
            0.9840,
            epochs=20,
            settings=("optimizer=rmsprop", "learning_rate=0.001", "rho=0.9"),
            source="Keras examples, mnist_mlp",
        ),
        Published(
            "convnet",
            "conv2d 32 3 relu, maxpool2d 2, conv2d 64 3 relu, maxpool2d 2, flatten, dropout 0.5, "
            "dense 10 softmax",
            # One run of Keras. Its own code gives 0.9908, 0.9928 and 0.9900 on these files, seeds
            # 1 to 3 (keras_convnet.py).
            0.9922,
            epochs=15,
            # As Keras, which keeps the weights of the last epoch.
            settings=("optimizer=adam", "learning_rate=0.001", "restore_best=no"),
            source="keras-io, mnist_convnet",
            share=0.1,
        ),
        Published(
            "lenet",
            LENET,
            0.9921,
            epochs=20,
            settings=("optimizer=adam", "learning_rate=0.001", "schedule=cosine"),
            source='lecture slides, "A simplified LeNet", on rows kept aside',
        ),
        Published(
            "lenet-5",
            "conv2d 6 5 relu padding=same, maxpool2d 2, conv2d 16 5 relu, maxpool2d 2, flatten, "
            "dense 120 relu, dense 84 relu, dense 10 softmax",
            0.9905,
            epochs=20,
            settings=("optimizer=adam", "learning_rate=0.002", "schedule=cosine"),
            source="LeCun's table: 0.95 % error",
        ),
        Published(
            "nielsen",
            "flatten, dense 30 sigmoid, dense 10 sigmoid",
            0.9542,
            epochs=30,
            # His cost sums over the ten outputs and ours is their mean: 3.0 there is 30 here.
            settings=("loss=half_mse", "optimizer=sgd", "learning_rate=30"),
            source="Neural Networks and Deep Learning, chapter 1",
            batch=10,
        ),
    )
}


def _nndesigner(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "nndesigner", *arguments], cwd=ROOT, check=True)


def trained(published: Published, folder: Path, seed: int) -> Outcome:
    """Train it through the command line."""
    with tempfile.TemporaryDirectory(prefix="nndesigner-results-") as work:
        project, result = str(Path(work, "p.nnd")), Path(work, "r.json")
        data = str(folder / TRAIN)
        _nndesigner("new", "--layers", published.layers, "--data", data, "--out", project)
        _nndesigner(
            "train", project, "--epochs", str(published.epochs), "--batch", str(published.batch),
            "--seed", str(seed), "--json", str(result), "--test", str(folder / TEST), "--quiet",
            "--set", *published.settings, f"validation_share={published.share}",
        )  # fmt: skip
        figures = json.loads(result.read_text("utf-8"))
    history = figures["history"]
    validated = [point.get("val_accuracy") for point in history]
    note = f"{figures['seconds']:.0f} s, {figures['rows_per_second']:,.0f} rows/s"
    if published.share:
        first = " / ".join(f"{value:.3f}" for value in validated[:3])
        note += f"; validation {first} after epochs 1 / 2 / 3, {max(validated):.4f} at best"
    return Outcome(figures["test"]["accuracy"], note + f"; test loss {figures['test']['loss']:.4f}")


def main() -> int:
    """Train, print a table, and end with 1 when a figure was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.results", description=__doc__)
    names = [*MNIST, *SMALL]
    parser.add_argument("names", nargs="*", help=f"which: {', '.join(names)}; all without")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "mnist")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name in options.names:
        if name not in names:
            parser.error(f"there is no result {name!r}: choose from {', '.join(names)}")
    missed = 0
    for name in options.names or names:
        begun = time.perf_counter()
        if name in MNIST:
            published = MNIST[name]
            if not (options.data / TRAIN).exists():
                print(f"{name:<12} left out: MNIST is not in {options.data.name}")
                continue
            outcome = trained(published, options.data, options.seed)
            wanted, source = f"{published.figure:.4f} or more", published.source
            met = outcome.figure >= published.figure
        else:
            small = SMALL[name]
            outcome = small.run(options.seed)
            wanted, source = small.wanted, small.source
            met = small.met(outcome.figure)
        missed += not met
        seconds = time.perf_counter() - begun
        print(
            f"{name:<12} {outcome.figure:.4f}, published {wanted} ({source}): "
            f"{'met' if met else 'MISSED'}; {outcome.note}; {seconds:.0f} s with all",
            flush=True,
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
