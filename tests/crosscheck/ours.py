"""Our side of a comparison: a graph compiled, given weights, and asked for numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.engine import ops
from nndesigner.engine.engine import Engine, Plan
from nndesigner.learning.losses import LOSSES
from nndesigner.learning.optimizers import SGD, Optimizer
from nndesigner.network import compile_network
from tests.crosscheck.networks import Case

Array = npt.NDArray[Any]


def engine_of(
    case: Case,
    dtype: type[np.floating[Any]] = np.float32,
    *,
    optimizer: Optimizer | None = None,
    plan: Plan | None = None,
) -> Engine:
    """The engine of a case, with its weights, for one batch of all its rows."""
    tape = compile_network(
        case.graph,
        case.input_shape,
        loss=case.loss,
        labels=case.labels,
        classes=case.labels,
        numbers=LOSSES[case.loss]().numbers(),
    )
    optimizer = optimizer or SGD()
    engine = Engine(
        tape,
        batch=case.x.shape[0],
        optimizer=optimizer.kind,
        slots=optimizer.slots,
        dtype=dtype,
        plan=plan,
    )
    engine.load(case.weights)
    return engine


def rows_of(case: Case, dtype: type[np.floating[Any]] = np.float32) -> tuple[Array, Array]:
    """Inputs and targets as the engine takes them: flat rows of its own number type."""
    rows = case.x.shape[0]
    x = np.ascontiguousarray(case.x.reshape(rows, -1), dtype)
    return x, np.ascontiguousarray(case.y.reshape(rows, -1), dtype)


def drawn(engine: Engine, rows: int) -> dict[str, Array]:
    """The masks and the noise of the last training step by node, shaped as what they change.

    For an engine of one shard and one block, right after `Engine.gradient`.
    """
    found: dict[str, Array] = {}
    block = engine.plan.block

    def at(position: int, size: int) -> Array:
        start = int(position) * block
        return engine._values[start : start + rows * int(size)].reshape(rows, -1).copy()

    for row, owner in zip(engine.tape.table, engine.tape.owners, strict=True):
        match int(row[ops.OP]):
            case ops.DROPOUT:
                found[owner] = at(row[ops.B], row[ops.SIZE])
            case ops.SPATIAL_DROPOUT:
                channels = row[ops.I0]
                mask = at(row[ops.B], channels)
                found[owner] = np.tile(mask, (1, int(row[ops.SIZE] // channels)))
            case ops.GAUSSIAN_NOISE:
                found[owner] = at(row[ops.OUT], row[ops.SIZE]) - at(row[ops.A], row[ops.SIZE])
    return found
