"""Times the opening of data beside pandas' own reading, turn about, a fresh process for each.

``python -m tests.benchmarks.data`` makes a table of 1,000,000 rows and 30 columns, opens it, MNIST
and a folder of photographs, and prints medians, ratios and the peak of memory above an idle start.

``--pictures 100000`` makes a folder of so many small pictures instead, and prints how long listing
and decoding take, how long from the cache, what memory is needed beside the pixels, and how soon a
Cancel is answered.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
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


def _pandas_on_one_thread(path: Path) -> object:
    """As pandas before 3.1 read: since then its own reader cuts files and reads on all cores."""
    import pandas as pd

    with pd.option_context("mode.max_threads", 1):
        return pd.read_csv(path)


def _open(path: Path) -> object:
    from nndesigner.data import open_data

    return open_data(path)


def _preview(path: Path) -> object:
    from nndesigner.data import read_table_head

    return read_table_head(path)


WORK: dict[str, Callable[[Path], object]] = {
    "pandas": _pandas,
    "one thread": _pandas_on_one_thread,
    "open": _open,
    "preview": _preview,
}


def peak_bytes() -> int:
    """The most memory that this process has held so far."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:  # elsewhere than on Linux; there a process does not inherit its parent's
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return 1024 * int(re.findall(r"VmHWM:\s*(\d+)", status)[0])


def measure_here(what: str, path: Path) -> dict[str, float]:
    """Do one thing once: seconds on the clock, of the processors, and bytes above an idle start."""
    if what == "pictures":
        return measure_pictures(path)
    if what.startswith("cancel "):
        return measure_cancel(what.split()[1], path)
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


# -- many pictures


def make_pictures(root: Path, number: int) -> None:
    """JPEG and PNG files of 64 × 64 in ten class folders, no two the same."""
    from PIL import Image

    rng = np.random.default_rng(0)
    ground = [rng.integers(0, 256, (8, 8, 3), dtype=np.uint8) for _ in range(10)]
    for index in range(number):
        folder = root / f"class {index % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(ground[index % 10]).resize((64, 64))
        image.putpixel((index % 64, index // 64 % 64), (index % 256, index // 256 % 256, 0))
        image.putpixel((0, 0), (index >> 16 & 255, index >> 8 & 255, index & 255))
        if index % 4:
            image.save(folder / f"{index}.jpg", quality=90)
        else:
            image.save(folder / f"{index}.png")


#: What is said while each stage lasts.
STAGES = {
    "listing": ("listing", "looking into", "looking for"),
    "headers": ("looking at",),
    "decoding": ("reading",),
    "keeping": ("keeping", "ready"),
}


def _stage(words: str) -> str:
    return next(name for name, starts in STAGES.items() if words.startswith(starts))


def _imported() -> None:
    """Load what reading needs, so that it counts for nothing."""
    import PIL.Image
    import PIL.JpegImagePlugin
    import PIL.PngImagePlugin

    import nndesigner.data.images
    import nndesigner.data.table  # noqa: F401

    assert PIL.Image


def measure_pictures(path: Path) -> dict[str, float]:
    """Seconds of every stage, the longest silence, and bytes beside the pixels themselves."""
    from nndesigner.data import open_data, store
    from nndesigner.data.pixels import PixelDataset

    _imported()
    asked: list[tuple[float, str]] = []

    def progress(share: float, words: str) -> bool:
        asked.append((time.perf_counter(), _stage(words)))
        return True

    before = peak_bytes()
    start = time.perf_counter()
    dataset = open_data(path, progress=progress)
    end = time.perf_counter()
    assert isinstance(dataset, PixelDataset)
    result = dict.fromkeys(STAGES, 0.0)
    moments = [(start, "listing"), *asked, (end, "keeping")]
    silence = 0.0
    for (at, stage), (then, _) in itertools.pairwise(moments):
        result[stage] += then - at
        silence = max(silence, then - at)
    held = 0 if store.on_disk(dataset.pixels) else dataset.pixels.nbytes
    beside = peak_bytes() - before - held
    return {
        **result,
        "s": end - start,
        "silence": silence,
        "beside": beside,
        "pixels": dataset.pixels.nbytes,
    }


def measure_cancel(stage: str, path: Path) -> dict[str, float]:
    """Seconds from a wish to cancel in the middle of a stage to the end of the reading."""
    from nndesigner.data import open_data
    from nndesigner.errors import DataError

    _imported()
    began: list[float] = []
    wished: list[float] = []

    def wish() -> None:
        wished.append(time.perf_counter())

    def progress(share: float, words: str) -> bool:
        if _stage(words) == stage and not began:
            began.append(time.perf_counter())
            # not at a moment when it is asked anyway, but some time after
            threading.Timer(0.05 if stage != "decoding" else 1.05, wish).start()
        return not wished

    try:
        open_data(path, progress=progress)
    except DataError as error:
        if str(error) != "cancelled":
            raise
        return {"s": time.perf_counter() - wished[0]}
    return {"s": 0.0}  # it was done before anybody wished


def many_pictures(number: int, rounds: int) -> None:
    """Make a folder of pictures, read it cold, from the cache and given up; take it away again."""
    room = number * (8192 + 3 * 64 * 64 * 3)
    with tempfile.TemporaryDirectory() as place:
        free = shutil.disk_usage(place).free
        if free < 2 * room:
            say(f"{number:,} pictures need {room / 1e9:.1f} GB of disk, {free / 1e9:.1f} are free")
            return
        root = Path(place) / "pictures"
        make_pictures(root, number)
        size = sum(file.stat().st_size for file in root.rglob("*.*"))
        say(f"{number:,} pictures of 64 x 64 in 10 folders, {size / 1e6:.0f} MB")
        cold, warm = [], []
        for turn in range(rounds):
            cache = Path(place) / f"cache {turn}"
            cold.append(measure("pictures", root, cache))
            warm.append(measure("pictures", root, cache))
            shutil.rmtree(cache)
        for name, runs in (("cold", cold), ("again", warm)):
            stages = ", ".join(f"{stage} {median(runs, stage):.2f} s" for stage in STAGES)
            silence = max(run["silence"] for run in runs)
            beside, pixels = median(runs, "beside") / 1e6, runs[0]["pixels"] / 1e6
            say(
                f"{name}: {median(runs, 's'):.2f} s ({stages}); longest silence {silence:.2f} s; "
                f"{beside:.0f} MB of memory beside the pixels' {pixels:.0f} MB"
            )
        for stage in ("listing", "decoding", "keeping"):
            answers = []
            for turn in range(rounds):
                answers.append(measure(f"cancel {stage}", root, Path(place) / f"none {turn}")["s"])
            worst = max(answers)
            say(f"Cancel while {stage}: answered in {worst:.2f} s at most")
            if not worst < 1.0:
                sys.exit(1)


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
    runs: dict[str, list[dict[str, float]]] = {what: [] for what in WORK}
    for _ in range(rounds):
        for what, held in runs.items():
            held.append(measure(what, path))
    for what, held in runs.items():
        say(
            f"{what:10} {median(held, 's'):6.2f} s on the clock, {median(held, 'cpu'):5.2f} s of "
            f"processors, {median(held, 'bytes') / 1e6:6.0f} MB"
        )
    for what, name in (("pandas", "read"), ("one thread", "read on one thread")):
        pairs = zip(runs["open"], runs[what], strict=True)
        ratios = [(ours["s"] / theirs["s"], ours["cpu"] / theirs["cpu"]) for ours, theirs in pairs]
        clock, cpu = (statistics.median(r[i] for r in ratios) for i in (0, 1))
        best = min(r["s"] for r in runs["open"]) / min(r["s"] for r in runs[what])
        say(
            f"opened in {clock:.2f} times pandas' own {name} (best against best {best:.2f}; "
            f"{cpu:.2f} times its processor time)"
        )
    memory = median(runs["open"], "bytes")
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
    parser.add_argument("--pictures", type=int, help="time a folder of so many pictures instead")
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "PATH"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        say(json.dumps(measure_here(chosen.one[0], Path(chosen.one[1]))))
        return
    if chosen.pictures:
        many_pictures(chosen.pictures, chosen.rounds)
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
