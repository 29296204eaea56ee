"""The benchmark's figures as tables for people and as JSON."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from nndesigner import __version__
from nndesigner.bench.growth import TOLERANCE
from nndesigner.bench.run import PREDICTED_CASE, PREDICTED_ROWS, Figures, Line

TITLES = {"ours": "nndesigner", "torch": "PyTorch", "keras": "Keras", "sklearn": "scikit-learn"}
#: What a start may take, in seconds.
_START_GOALS = {
    "import of the package": 0.1,
    "command to its first epoch, warm cache": 1.5,
    "command to its first epoch, cold cache": 45.0,
}


def machine_text(cores: int) -> str:
    """The processor and what runs on it, in one line."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    noun = "core" if cores == 1 else "cores"
    return f"{cores} {noun} of {name}, {platform.system()}, Python {platform.python_version()}"


def _speed(line: Line, side: str) -> str:
    seconds = line.seconds.get(side)
    if seconds is None:
        return "-"
    if line.case.rows < 1000:
        return f"{seconds / line.case.steps * 1e6:,.1f} us/step"
    return f"{line.case.rows / seconds:,.0f} rows/s"


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    out = []
    for row in rows:
        first, *others = row
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        out.append("  ".join(cells).rstrip())
    return out


def _verdict(reached: bool) -> str:
    return "met" if reached else "not met"


def text(figures: Figures, peers: list[str]) -> str:
    """Everything as tables."""
    present = [peer for peer in peers if peer in figures.versions]
    versions = ", ".join(f"{TITLES[peer]} {figures.versions[peer]}" for peer in present)
    out = [
        f"nndesigner {__version__} on {machine_text(figures.cores)}",
        f"GEMM peak {figures.peak / 1e9:,.0f} GFLOP/s" + (f"; {versions}" if versions else ""),
        "",
    ]
    head = ["network, batch", TITLES["ours"], "of peak", "memory*"]
    for peer in present:
        head += [TITLES[peer], "ratio"]
    head += ["goal", ""]
    rows = [head]
    for line in figures.lines:
        row = [
            f"{line.case.name}, {line.case.batch}",
            _speed(line, "ours"),
            f"{line.share_of_peak:.0%}",
            f"{line.memory['ours'] / 1e6:,.0f} MB",
        ]
        for peer in present:
            ratio = line.ratio(peer)
            row += [_speed(line, peer), f"{ratio:.1f}x" if ratio else "-"]
        goal = f"{line.case.goal:g}x"
        reached = line.best_ratio is None or line.best_ratio >= line.case.goal
        if line.case.peak_goal:
            goal += f", {line.case.peak_goal:.0%}"
            reached = reached and line.share_of_peak >= line.case.peak_goal
        rows.append([*row, goal, _verdict(reached)])
    out += [*_table(rows), "* at most, above the imports, with the data"]
    for peer in peers:
        reasons = {line.left_out[peer] for line in figures.lines if peer in line.left_out}
        if peer not in present and reasons:
            out.append(f"{TITLES[peer]} was left out: {'; '.join(sorted(reasons))}")
    if figures.predict_rows_a_second:
        out += ["", *_prediction(figures)]
    if figures.growth:
        rows = [["a step costs", "measured", "expected", ""]]
        for words, (measured, expected) in figures.growth.items():
            near = abs(measured / expected - 1) <= TOLERANCE
            rows.append([words, f"{measured:.2f}x", f"{expected:.2f}x", _verdict(near)])
        out += ["", *_table(rows)]
    if figures.starts:
        rows = [["start", "seconds", "goal", ""]]
        for words, seconds in figures.starts.items():
            most = _START_GOALS[words]
            rows.append([words, f"{seconds:.2f}", f"{most:g}", _verdict(seconds <= most)])
        out += ["", *_table(rows)]
    return "\n".join(out)


def _prediction(figures: Figures) -> list[str]:
    line = next((line for line in figures.lines if line.case.name == PREDICTED_CASE), None)
    speed = figures.predict_rows_a_second
    text = f"prediction of {PREDICTED_ROWS:,} rows, {PREDICTED_CASE}: {speed:,.0f} rows/s"
    if line is not None:
        times = speed / (line.case.rows / line.seconds["ours"])
        text += f", {times:.1f} times the training speed (goal 2, {_verdict(times >= 2)})"
    return [text]


def as_json(figures: Figures) -> dict[str, Any]:
    """Everything as plain JSON."""
    return {
        "program": __version__,
        "machine": machine_text(figures.cores),
        "gemm_peak_flops": figures.peak,
        "versions": figures.versions,
        "cases": [
            {
                "name": line.case.name,
                "batch": line.case.batch,
                "rows": line.case.rows,
                "steps": line.case.steps,
                "epoch_seconds": line.seconds,
                "memory_bytes": line.memory,
                "share_of_peak": line.share_of_peak,
                "ratios": {peer: line.ratio(peer) for peer in line.seconds if peer != "ours"},
                "goal": line.case.goal,
                "left_out": line.left_out,
            }
            for line in figures.lines
        ],
        "predict_rows_per_second": figures.predict_rows_a_second,
        "growth": {
            words: {"measured": measured, "expected": expected}
            for words, (measured, expected) in figures.growth.items()
        },
        "starts": figures.starts,
    }
