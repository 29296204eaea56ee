"""Runs both sides turn about, each in a fresh process, and gathers medians."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nndesigner.bench import sides
from nndesigner.bench.cases import CASES, Case
from nndesigner.bench.growth import SIZES

#: A side that takes longer than this for one turn is given up.
_PATIENCE_SECONDS = 900
#: Rows of the prediction that is timed by itself, and the case.
PREDICTED_ROWS = 10_000
PREDICTED_CASE = "LeNet"

Say = Callable[[str], None]


@dataclass
class Line:
    """What was measured of one case: seconds of an epoch and bytes of memory by side."""

    case: Case
    seconds: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    flops: int = 0
    share_of_peak: float = 0.0

    def ratio(self, peer: str) -> float | None:
        """How many times faster than a peer ours is."""
        ours, theirs = self.seconds.get("ours"), self.seconds.get(peer)
        return theirs / ours if ours and theirs else None

    @property
    def best_ratio(self) -> float | None:
        """The ratio to the quickest peer."""
        found = [ratio for peer in self.seconds if peer != "ours" and (ratio := self.ratio(peer))]
        return min(found) if found else None


@dataclass
class Figures:
    """Everything that one run of the benchmark found."""

    lines: list[Line] = field(default_factory=list)
    peak: float = 0.0
    cores: int = 1
    versions: dict[str, str] = field(default_factory=dict)
    growth: dict[str, tuple[float, float]] = field(default_factory=dict)
    predict_rows_a_second: float = 0.0
    starts: dict[str, float] = field(default_factory=dict)


def ask(command: Sequence[str], question: Mapping[str, Any]) -> dict[str, Any] | str:
    """What a process answers to a JSON question, or why it did not."""
    try:
        done = subprocess.run(
            list(command), input=json.dumps(question), capture_output=True, text=True,
            timeout=_PATIENCE_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"took longer than {_PATIENCE_SECONDS} s"
    except OSError as error:
        return str(error)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it ended without a word"]
        missing = next((line for line in lines if "ModuleNotFoundError" in line), None)
        return "is not installed" if missing else lines[-1]
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    return dict(answer)


def ask_ours(what: str, seconds: float, **more: Any) -> dict[str, Any]:
    """A figure of our own. Raises: RuntimeError when the program itself fails."""
    answer = ask(
        [sys.executable, "-m", "nndesigner.bench.ours"],
        {"what": what, "seconds": seconds, **more},
    )
    if isinstance(answer, str):
        raise RuntimeError(answer)
    return answer


def compare(
    cases: Sequence[Case],
    peers: Sequence[str],
    pythons: Mapping[str, str],
    *,
    rounds: int,
    seconds: float,
    say: Say,
    figures: Figures,
) -> None:
    """Time all cases on all sides, ``rounds`` times turn about; medians go into ``figures``."""
    peaks: list[float] = []
    missing: set[str] = set()
    for case in cases:
        line = Line(case)
        found: dict[str, list[dict[str, Any]]] = {}
        for turn in range(rounds):
            say(f"{case.name}: turn {turn + 1} of {rounds}")
            answer = ask_ours("peak", min(1.0, seconds))
            peaks.append(answer["flops_a_second"])
            figures.cores = answer["cores"]
            found.setdefault("ours", []).append(ask_ours("train", seconds, name=case.name))
            for peer in peers:
                if peer in missing or peer in line.left_out:
                    continue
                script = [pythons.get(peer, sys.executable), sides.__file__, peer]
                reply = ask(script, {**case.described(), "seconds": seconds})
                if isinstance(reply, str):
                    line.left_out[peer] = reply
                    if reply == "is not installed":
                        missing.add(peer)
                        say(f"{peer} {reply}: it is left out")
                    continue
                figures.versions[peer] = str(reply["version"])
                found.setdefault(peer, []).append(reply)
        for side, answers in found.items():
            line.seconds[side] = statistics.median(each["seconds"] for each in answers)
            line.memory[side] = statistics.median(each["memory"] for each in answers)
        line.flops = int(found["ours"][0]["flops"])
        figures.lines.append(line)
    figures.peak = statistics.median(peaks)
    for line in figures.lines:
        speed = line.flops * line.case.rows / line.seconds["ours"]
        line.share_of_peak = speed / figures.peak


def measure_growth(seconds: float, rounds: int, say: Say, figures: Figures) -> None:
    """Measured and predicted growth of a step's cost, by the name of each larger network."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in SIZES}
    for turn in range(rounds):
        for name in SIZES:
            say(f"growth, {name}: turn {turn + 1} of {rounds}")
            found[name].append(ask_ours("growth", seconds, name=name))
    for name, size in SIZES.items():
        if not size.base:
            continue
        times = {
            each: statistics.median(answer["seconds"] for answer in found[each])
            for each in (name, size.base)
        }
        work = {
            each: found[each][0]["flops"] * found[each][0]["rows"] for each in (name, size.base)
        }
        figures.growth[size.words] = (
            times[name] / times[size.base],
            work[name] / work[size.base],
        )


def measure_prediction(seconds: float, rounds: int, say: Say, figures: Figures) -> None:
    """Rows a second of predicting many rows in one call."""
    say(f"prediction of {PREDICTED_ROWS:,} rows, {PREDICTED_CASE}")
    found = [
        ask_ours("predict", seconds, name=PREDICTED_CASE, rows=PREDICTED_ROWS)
        for _ in range(rounds)
    ]
    figures.predict_rows_a_second = PREDICTED_ROWS / statistics.median(
        answer["seconds"] for answer in found
    )


def _seconds_of(command: Sequence[str], environment: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(list(command), env=dict(environment), capture_output=True, check=True)
    return time.perf_counter() - begun


def measure_starts(rounds: int, say: Say, figures: Figures) -> None:
    """Seconds of importing the package, and from the command to its end for a tiny training."""
    environment = dict(os.environ)
    # An installed program's modules are compiled to bytecode once; a machine that forbids to keep
    # it would be timed at compiling them at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    bare = [sys.executable, "-c", "pass"]
    package = [sys.executable, "-c", "import nndesigner"]
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
        _seconds_of(package, environment)
        say("start: importing the package")
        figures.starts["import of the package"] = statistics.median(
            _seconds_of(package, environment) - _seconds_of(bare, environment) for _ in range(9)
        )
        project = str(Path(folder) / "tiny.nnd")
        main = [sys.executable, "-m", "nndesigner"]
        recipe = "flatten, dense 32 relu, dense 10 softmax"
        new = [*main, "new", "--layers", recipe, "--data", "digits", "--out", project]
        _seconds_of(new, environment)
        train = [*main, "train", project, "--epochs", "1", "--quiet"]
        say("start: from a cold cache")
        cold = {**environment, "NUMBA_CACHE_DIR": folder}
        figures.starts["command to its first epoch, cold cache"] = _seconds_of(train, cold)
        say("start: from a warm cache")
        figures.starts["command to its first epoch, warm cache"] = statistics.median(
            _seconds_of(train, cold) for _ in range(max(3, rounds))
        )


def run(
    names: Sequence[str],
    peers: Sequence[str],
    pythons: Mapping[str, str],
    *,
    rounds: int = 3,
    seconds: float = 3.0,
    say: Say,
) -> Figures:
    """All cases or some of them; growth, prediction and starts are measured with all alone."""
    figures = Figures()
    cases = [CASES[name] for name in names] or list(CASES.values())
    compare(cases, peers, pythons, rounds=rounds, seconds=seconds, say=say, figures=figures)
    if not names:
        measure_prediction(seconds, rounds, say, figures)
        measure_growth(seconds, rounds, say, figures)
        measure_starts(rounds, say, figures)
    return figures
