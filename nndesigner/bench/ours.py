"""Our side of a comparison, in a process of its own: ``python -m nndesigner.bench.ours``."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from nndesigner.engine.threads import core_count, prepare_environment

prepare_environment()

import numpy as np  # noqa: E402 - the environment comes first

from nndesigner.bench import sides  # noqa: E402
from nndesigner.bench.cases import CASES, Case  # noqa: E402
from nndesigner.engine.engine import Engine  # noqa: E402
from nndesigner.engine.threads import training_threads  # noqa: E402
from nndesigner.network import compile_network  # noqa: E402

#: As the trainer slices: between two of them it looks at the pause and stop buttons.
_SLICE_SECONDS = 0.015


def engine_of(case: Case) -> Engine:
    """An engine for a case, with its first weights."""
    tape = compile_network(
        case.graph, case.input_shape, loss=case.loss, labels=case.labels, classes=case.labels
    )
    engine = Engine(
        tape, batch=case.batch, optimizer=case.optimizer.kind, slots=case.optimizer.slots
    )
    engine.load(case.weights())
    return engine


def training(case: Case, engine: Engine, x: Any, t: Any) -> Callable[[], None]:
    """One run of a case, ready to be timed: a new order each epoch, slice by slice."""
    hyper = np.array(case.optimizer.hyper())
    generator = np.random.default_rng(1)
    per_slice = [1]

    def run() -> None:
        for _ in range(case.epochs):
            order = generator.permutation(case.rows)
            first, totals = 0, np.zeros(5)
            while first < case.rows:
                begun = time.perf_counter()
                first = engine.train(x, t, order, first, per_slice[0], hyper, 1, totals)
                took = time.perf_counter() - begun
                wanted = round(per_slice[0] * min(4.0, _SLICE_SECONDS / max(took, 1e-6)))
                per_slice[0] = min(max(1, wanted), 100_000)

    return run


def train_figures(case: Case, seconds: float) -> dict[str, Any]:
    """Seconds of an epoch, the memory above imports and engine, and the work of a row."""
    warm = engine_of(case)  # compiled or loaded: code is no memory of training
    x, t = sides.rows_of(case.described())
    training(case, warm, x[: case.rows], t[: case.rows])
    warm.train(x, t, np.arange(case.batch), 0, 1, np.array(case.optimizer.hyper()), 1, np.zeros(5))
    warm.predict(x[:1])
    del warm, x, t
    sides.forget_peak()
    before = sides.peak_bytes()
    x, t = sides.rows_of(case.described())
    engine = engine_of(case)
    epoch = sides.measure(training(case, engine, x, t), seconds, case.epochs)
    return {
        "seconds": epoch,
        "memory": max(0, sides.peak_bytes() - before),
        "flops": engine.tape.flops,
        "cores": training_threads(),
    }


def predict_figures(case: Case, rows: int, seconds: float) -> dict[str, Any]:
    """Rows a second of predicting so many rows in one call."""
    described = {**case.described(), "rows": rows}
    x, _ = sides.rows_of(described)
    engine = engine_of(case)
    return {"seconds": sides.measure(lambda: engine.predict(x), seconds, 1), "rows": rows}


def peak_figures(seconds: float) -> dict[str, Any]:
    """The machine's peak in float32 matrix products, in FLOP/s: one product a core at a time."""
    size, cores = 1024, core_count()
    generator = np.random.default_rng(0)
    pairs = [
        [generator.random((size, size), dtype=np.float32) for _ in range(3)] for _ in range(cores)
    ]

    def multiply(arrays: list[Any], times: int) -> None:
        for _ in range(times):
            np.matmul(arrays[0], arrays[1], out=arrays[2])

    best = float("inf")
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        workers = [threading.Thread(target=multiply, args=(pair, 8)) for pair in pairs]
        begun = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = min(best, time.perf_counter() - begun)
    return {"flops_a_second": 2.0 * size**3 * 8 * cores / best, "cores": cores}


def growth_figures(name: str, seconds: float) -> dict[str, Any]:
    """Seconds of a step of one of the networks of `growth`."""
    from nndesigner.bench.growth import SIZES

    case = SIZES[name].case
    x, t = sides.rows_of(case.described())
    engine = engine_of(case)
    epoch = sides.measure(training(case, engine, x, t), seconds, case.epochs)
    return {"seconds": epoch, "flops": engine.tape.flops, "rows": case.rows}


def main(words: Mapping[str, Any]) -> dict[str, Any]:
    """Measure what is asked for."""
    seconds = float(words["seconds"])
    match words["what"]:
        case "peak":
            return peak_figures(seconds)
        case "growth":
            return growth_figures(words["name"], seconds)
        case "predict":
            return predict_figures(CASES[words["name"]], int(words["rows"]), seconds)
        case _:
            return train_figures(CASES[words["name"]], seconds)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.load(sys.stdin))) + "\n")
