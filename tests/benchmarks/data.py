"""Times the opening of data beside pandas' own reading, turn about, a fresh process for each.

``python -m tests.benchmarks.data`` makes a table of 1,000,000 rows and 30 columns, opens it, MNIST
and a folder of photographs, and prints medians, ratios and the peak of memory above an idle start.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

SHARED = Path(__file__).parents[3] / "shared" / "data"
MNIST = SHARED / "mnist" / "train-images-idx3-ubyte.gz"
SIGNS = SHARED / "images" / "sign_language_digits" / "Dataset"


def make_table(path: Path, rows: int, columns: int) -> None:
    """A CSV of rounded numbers, whole numbers and two columns of a few words."""
    rng = np.random.default_rng(0)
    numbers = [np.round(rng.normal(size=rows) * 10 ** (i % 4), 4) for i in range(columns - 6)]
    whole = [rng.integers(0, 1000, rows) for _ in range(4)]
    words = [
        np.array(["red", "green", "blue", "white"])[rng.integers(0, 4, rows)],
        np.array(["a", "b", "c"])[rng.integers(0, 3, rows)],
    ]
    import pandas as pd

    frame = pd.DataFrame({f"f{i}": column for i, column in enumerate([*numbers, *whole, *words])})
    frame.to_csv(path, index=False)


# -- one measurement, in a process of its own


def _pandas(path: Path) -> object:
    import pandas as pd

    return pd.read_csv(path)


def _open(path: Path) -> object:
    from nndesigner.data import open_data

    return open_data(path)


def _preview(path: Path) -> object:
    from nndesigner.data import read_table_head

    return read_table_head(path)


WORK: dict[str, Callable[[Path], object]] = {"pandas": _pandas, "open": _open, "preview": _preview}


def peak_bytes() -> int:
    """The most memory that this process has held so far."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:  # elsewhere than on Linux; there a process does not inherit its parent's
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return 1024 * int(re.findall(r"VmHWM:\s*(\d+)", status)[0])


def measure_here(what: str, path: Path) -> dict[str, float]:
    """Do one thing once: seconds on the clock, of the processors, and bytes above an idle start."""
    import pandas as pd
    import PIL.Image
    import pyarrow

    import nndesigner.data.images
    import nndesigner.data.table  # noqa: F401

    assert pd
    assert pyarrow
    assert PIL.Image
    before, cpu, clock = peak_bytes(), time.process_time(), time.perf_counter()
    found = WORK[what](path)
    result = {"s": time.perf_counter() - clock, "cpu": time.process_time() - cpu}
    del found
    return {**result, "bytes": peak_bytes() - before}


def measure(what: str, path: Path, cache: Path | None = None) -> dict[str, float]:
    """The same in a fresh process, with a cache of its own."""
    environment = dict(os.environ)
    if cache is not None:
        environment["XDG_CACHE_HOME"] = str(cache)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.data", "--one", what, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return dict(json.loads(done.stdout))


# -- the report


def median(runs: list[dict[str, float]], key: str) -> float:
    """The middle figure of some runs."""
    return statistics.median(run[key] for run in runs)


def say(text: str) -> None:
    """One line of the report, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tables(path: Path, rounds: int, array_bytes: int) -> None:
    """Our opening and pandas' reading of one table, turn about."""
    runs: dict[str, list[dict[str, float]]] = {"pandas": [], "open": [], "preview": []}
    for _ in range(rounds):
        for what, held in runs.items():
            held.append(measure(what, path))
    for what, held in runs.items():
        say(
            f"{what:8} {median(held, 's'):6.2f} s on the clock, {median(held, 'cpu'):5.2f} s of "
            f"processors, {median(held, 'bytes') / 1e6:6.0f} MB"
        )
    pairs = zip(runs["open"], runs["pandas"], strict=True)
    ratios = [(ours["s"] / theirs["s"], ours["cpu"] / theirs["cpu"]) for ours, theirs in pairs]
    clock, cpu = (statistics.median(r[i] for r in ratios) for i in (0, 1))
    best = min(r["s"] for r in runs["open"]) / min(r["s"] for r in runs["pandas"])
    memory = median(runs["open"], "bytes")
    say(
        f"opened in {clock:.2f} times pandas' own read (best against best {best:.2f}; "
        f"{cpu:.2f} times its processor time)"
    )
    say(f"memory {memory / array_bytes:.2f} times the array of {array_bytes / 1e6:.0f} MB")


def pictures(name: str, path: Path, rounds: int) -> None:
    """Cold, then from the cache."""
    cold, warm = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            cold.append(measure("open", path, Path(cache)))
            warm.append(measure("open", path, Path(cache)))
    say(f"{name}: {median(cold, 's'):.2f} s cold, {median(warm, 's'):.2f} s again")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "PATH"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        say(json.dumps(measure_here(chosen.one[0], Path(chosen.one[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        make_table(path, chosen.rows, chosen.columns)
        say(f"{chosen.rows:,} rows x {chosen.columns} columns, {path.stat().st_size / 1e6:.0f} MB")
        tables(path, chosen.rounds, chosen.rows * chosen.columns * 8)
    for name, place in (("MNIST, 60,000 pictures", MNIST), ("2,062 photographs", SIGNS)):
        if place.exists():
            pictures(name, place, chosen.rounds)


if __name__ == "__main__":
    main()
