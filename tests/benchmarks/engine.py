"""Times our engine and PyTorch on the same networks: ``python -m tests.benchmarks.engine``.

Each side runs in a process of its own, turn about, so that neither's threads and caches disturb the
other and a slow minute of the machine hits both. The table shows medians. Data is synthetic, in
memory, and read in a new order every epoch by both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nndesigner.engine.threads import core_count
from tests.benchmarks.cases import CASES, Case

ROOT = Path(__file__).resolve().parents[2]
SIDES = ("ours", "torch")


def ours(case: Case) -> Callable[[], None]:
    """One run of a case by our engine, ready to be timed."""
    import numpy as np

    from nndesigner.engine.engine import Engine
    from nndesigner.network import compile_network

    tape = compile_network(
        case.graph, case.input_shape, loss=case.loss, labels=case.labels, classes=case.labels
    )
    engine = Engine(
        tape, batch=case.batch, optimizer=case.optimizer.kind, slots=case.optimizer.slots
    )
    engine.load(case.weights())
    x, t = case.data()
    hyper = np.array(case.optimizer.hyper())
    generator = np.random.default_rng(1)
    #: About 30 ms, as the trainer slices: then it looks at the pause and stop buttons.
    seconds_a_slice = 0.03
    per_slice = [1]

    def run() -> None:
        for _ in range(case.epochs):
            order = generator.permutation(case.rows)
            first, totals = 0, np.zeros(5)
            while first < case.rows:
                begun = time.perf_counter()
                first = engine.train(x, t, order, first, per_slice[0], hyper, 1, totals)
                took = time.perf_counter() - begun
                wanted = round(per_slice[0] * min(4.0, seconds_a_slice / max(took, 1e-6)))
                per_slice[0] = min(max(1, wanted), 100_000)

    return run


def torch_eager(case: Case) -> Callable[[], None]:
    """One run of a case by PyTorch as its tutorials write it, on all cores it wants."""
    import torch
    from torch import nn

    from tests.crosscheck.torch_side import optimizer_of

    model = _module(case)
    weights = {name: parameter for name, parameter in model.named_parameters()}
    optimizer = optimizer_of(case.optimizer, weights)
    x, t = (torch.from_numpy(array) for array in case.data())
    if case.input_shape[1:]:
        height, width, channels = case.input_shape
        x = x.reshape(-1, height, width, channels).permute(0, 3, 1, 2).contiguous()
    if case.labels:
        t = t[:, 0].long()
    loss_function = nn.CrossEntropyLoss() if case.labels else nn.MSELoss()
    torch.manual_seed(1)

    def run() -> None:
        for _ in range(case.epochs):
            order = torch.randperm(case.rows)
            for first in range(0, case.rows, case.batch):
                chosen = order[first : first + case.batch]
                optimizer.zero_grad()
                loss = loss_function(model(x[chosen]), t[chosen])
                loss.backward()
                optimizer.step()

    return run


def _module(case: Case):  # type: ignore[no-untyped-def]  # PyTorch may be absent
    from torch import nn

    from nndesigner.layers import Conv2D, Dense, Flatten, MaxPool2D
    from nndesigner.report import check

    activations = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
    shapes = check(case.graph, case.input_shape).shapes
    modules: list[nn.Module] = []
    before = case.input_shape
    for node in case.graph.nodes[1:]:
        layer = node.layer
        if isinstance(layer, Dense):
            modules.append(nn.Linear(before[0], layer.units))
        elif isinstance(layer, Conv2D):
            modules.append(nn.Conv2d(before[2], layer.filters, layer.kernel))
        elif isinstance(layer, MaxPool2D):
            modules.append(nn.MaxPool2d(layer.window, layer.steps))
        elif isinstance(layer, Flatten):
            modules.append(nn.Flatten())
        if isinstance(layer, Dense | Conv2D) and layer.activation in activations:
            modules.append(activations[layer.activation]())  # softmax belongs to the loss
        before = shapes[node.id]
    return nn.Sequential(*modules)


def measure(side: str, case: Case, seconds: float) -> float:
    """The median seconds of one epoch, over as many runs as fit (at least two after the first)."""
    run = ours(case) if side == "ours" else torch_eager(case)
    run()  # compiles, warms the caches, finds the length of a slice
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 2 or (time.perf_counter() < end and len(times) < 50):
        begun = time.perf_counter()
        run()
        times.append((time.perf_counter() - begun) / case.epochs)
    return statistics.median(times)


def in_a_process(side: str, case: Case, seconds: float) -> float | None:
    """`measure` in a fresh process; None when that side cannot run here."""
    command = [sys.executable, "-m", "tests.benchmarks.engine", "--measure", side, case.name]
    done = subprocess.run(
        [*command, "--seconds", str(seconds)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        print(f"{side} could not run {case.name}: {last[0]}", file=sys.stderr)
        return None
    return float(done.stdout.strip().splitlines()[-1])


def _amount(case: Case, seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if case.rows < 1000:
        return f"{seconds / case.steps * 1e6:,.1f} us a step"
    return f"{seconds:.3f} s ({case.rows / seconds:,.0f} rows/s)"


def main() -> int:
    """Parse, time, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.engine", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which: {', '.join(CASES)}; all without")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side (default 3)")
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds a turn (default 5)")
    parser.add_argument("--json", type=Path, help="write the figures to a file as well")
    parser.add_argument("--measure", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in CASES]
    if unknown:
        parser.error(f"there is no case {unknown[0]!r}: choose from {', '.join(CASES)}")
    cases = [CASES[name] for name in options.names] or list(CASES.values())
    if options.measure:
        print(measure(options.measure, cases[0], options.seconds))
        return 0

    print(f"{core_count()} cores, medians of {options.rounds} turns, one epoch")
    print(f"{'network, batch':<38} {'nndesigner':>28} {'PyTorch':>28} {'ratio':>7} {'goal':>5}")
    figures = []
    for case in cases:
        times: dict[str, list[float]] = {side: [] for side in SIDES}
        for _ in range(options.rounds):
            for side in SIDES:
                seconds = in_a_process(side, case, options.seconds)
                if seconds is not None:
                    times[side].append(seconds)
        middle = {side: statistics.median(times[side]) if times[side] else None for side in SIDES}
        mine, theirs = middle["ours"], middle["torch"]
        ratio = theirs / mine if mine and theirs else None
        print(
            f"{case.name + f', {case.batch}':<38} {_amount(case, mine):>28} "
            f"{_amount(case, theirs):>28} {f'{ratio:.1f}x' if ratio else '-':>7} "
            f"{case.goal:>4.0f}x",
            flush=True,
        )
        figures.append({"case": case.name, "ours": mine, "torch": theirs, "ratio": ratio})
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
