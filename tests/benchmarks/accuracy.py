"""Trains through the command line and compares with known accuracies.

``python -m tests.benchmarks.accuracy [NAME ...]`` takes minutes. MNIST and the photographs are read
from ``../shared/data``, or from the folder given with ``--data``; what is absent is left out.
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

ROOT = Path(__file__).resolve().parents[2]
TRAIN = "mnist/train-images-idx3-ubyte.gz"
TEST = "mnist/t10k-images-idx3-ubyte.gz"


@dataclass(frozen=True)
class Claim:
    """A network, how it is trained, and what it must reach on test or validation rows.

    ``data`` and ``test`` are names of samples or paths below the data folder.
    """

    name: str
    layers: str
    data: str
    goal: float
    epochs: int
    batch: int = 128
    settings: tuple[str, ...] = ("optimizer=adam", "learning_rate=0.001")
    test: str = ""

    @property
    def measured_on(self) -> str:
        """Which rows the goal is about."""
        return "test" if self.test else "validation"


CLAIMS: dict[str, Claim] = {
    claim.name: claim
    for claim in (
        Claim(
            "digits",
            "flatten, dense 64 relu, dense 10 softmax",
            "digits",
            goal=0.96,
            epochs=20,
            batch=32,
        ),
        Claim(
            "mlp",
            "flatten, dense 500 relu, dense 500 relu, dense 10 softmax",
            TRAIN,
            goal=0.98,
            epochs=10,
            test=TEST,
        ),
        Claim(
            "lenet",
            "conv2d 20 5 relu, maxpool2d 2, conv2d 50 5 relu, maxpool2d 2, flatten, "
            "dense 256 relu, dense 10 softmax",
            TRAIN,
            goal=0.988,
            epochs=4,
            test=TEST,
        ),
        Claim(
            "signs",
            "conv2d 16 3 relu, maxpool2d 2, conv2d 32 3 relu, maxpool2d 2, "
            "conv2d 64 3 relu, maxpool2d 2, flatten, dropout 0.4, dense 64 relu, dense 10 softmax",
            "images/sign_language_digits/Dataset",
            goal=0.85,
            epochs=25,
            batch=32,
        ),
    )
}


def located(name: str, folder: Path) -> str | None:
    """A sample's name as it is, a path below the folder if it is there (with or without gz)."""
    if "/" not in name:
        return name
    for path in (folder / name, folder / name.removesuffix(".gz")):
        if path.exists():
            return str(path)
    return None


def _nndesigner(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "nndesigner", *arguments], cwd=ROOT, check=True)


def reached(claim: Claim, data: str, test: str, seed: int) -> tuple[float, float, float]:
    """Train it; the accuracy at the end, the seconds and the rows per second."""
    with tempfile.TemporaryDirectory(prefix="nndesigner-accuracy-") as folder:
        project, result = str(Path(folder, "p.nnd")), Path(folder, "r.json")
        _nndesigner("new", "--layers", claim.layers, "--data", data, "--out", project)
        share = ["validation_share=0"] if test else []
        _nndesigner(
            "train", project, "--epochs", str(claim.epochs), "--batch", str(claim.batch),
            "--seed", str(seed), "--json", str(result), "--set", *claim.settings, *share,
            *(["--test", test] if test else []),
        )  # fmt: skip
        figures = json.loads(result.read_text("utf-8"))
    last = figures["test"] if test else figures["history"][-1]
    accuracy = last["accuracy"] if test else last["val_accuracy"]
    return float(accuracy), float(figures["seconds"]), float(figures["rows_per_second"])


def main() -> int:
    """Train each claim, print a table, and end with 1 when one was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.accuracy", description=__doc__
    )
    parser.add_argument("names", nargs="*", help=f"which: {', '.join(CLAIMS)}; all without")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name in options.names:
        if name not in CLAIMS:
            parser.error(f"there is no claim {name!r}: choose from {', '.join(CLAIMS)}")
    lines, missed = [], 0
    for claim in [CLAIMS[name] for name in options.names] or list(CLAIMS.values()):
        data = located(claim.data, options.data)
        test = located(claim.test, options.data) if claim.test else ""
        if data is None or test is None:
            lines.append(f"{claim.name:<8} left out: its data is not below {options.data.name}")
            continue
        begun = time.perf_counter()
        accuracy, seconds, speed = reached(claim, data, test, options.seed)
        whole = time.perf_counter() - begun
        missed += accuracy < claim.goal
        lines.append(
            f"{claim.name:<8} {accuracy:.4f} {claim.measured_on} accuracy after {claim.epochs} "
            f"epochs, wanted {claim.goal}: {'reached' if accuracy >= claim.goal else 'MISSED'}; "
            f"{seconds:.1f} s of training, {speed:,.0f} rows/s, {whole:.0f} s with all"
        )
    print("\n".join(lines))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
