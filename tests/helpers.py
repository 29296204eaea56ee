"""Small networks, data and engines that several tests build upon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Encoding, Prepared, Spec
from nndesigner.engine.engine import Engine, Plan
from nndesigner.graph import Graph, Layer
from nndesigner.layers import Input
from nndesigner.network import compile_network, initial_weights

Array = npt.NDArray[Any]


class PlainEncoding(Encoding, frozen=True, kw_only=True, tag="plain"):
    """Rows that are numbers already."""


def engine_for(layers: Sequence[Layer], shape: tuple[int, ...], **options: Any) -> Engine:
    """An engine for a chain of layers with its first weights; options as in `engine_of`."""
    return engine_of(Graph.chain([Input(), *layers]), shape, **options)


def engine_of(
    graph: Graph,
    shape: tuple[int, ...],
    *,
    loss: str = "mse",
    labels: bool = False,
    batch: int = 8,
    optimizer: str = "sgd",
    slots: int = 0,
    dtype: type[np.floating[Any]] = np.float32,
    seed: int = 0,
    plan: Plan | None = None,
) -> Engine:
    """An engine for a graph with its first weights."""
    tape = compile_network(graph, shape, loss=loss, labels=labels, classes=labels)
    engine = Engine(tape, batch=batch, optimizer=optimizer, slots=slots, dtype=dtype, plan=plan)
    engine.load(initial_weights(graph, shape, seed))
    return engine


def prepared_classes(
    rows: int = 120,
    shape: tuple[int, ...] = (4,),
    classes: int = 3,
    validation: int = 30,
    seed: int = 0,
) -> Prepared:
    """Blobs that a small network tells apart, one a class."""
    generator = np.random.default_rng(seed)
    y = np.arange(rows, dtype=np.int64) % classes
    centres = generator.normal(0, 2, (classes, *shape))
    x = (centres[y] + generator.normal(0, 0.6, (rows, *shape))).astype(np.float32)
    cut = rows - validation
    spec = Spec(
        name="blobs",
        rows=rows,
        task="classification",
        input_shape=shape,
        outputs=classes,
        classes=tuple("abcdefghij"[:classes]),
        target_names=("kind",),
    )
    return Prepared(
        spec=spec,
        encoding=PlainEncoding(),
        x_train=x[:cut],
        y_train=y[:cut],
        x_val=x[cut:],
        y_val=y[cut:],
        train_rows=np.arange(cut),
        val_rows=np.arange(cut, rows),
    )


def prepared_numbers(x: Array, y: Array) -> Prepared:
    """Rows for regression, all for training: x ``(n, inputs)``, y ``(n, outputs)``."""
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    spec = Spec(
        name="numbers",
        rows=len(x),
        task="regression",
        input_shape=x.shape[1:],
        outputs=y.shape[1],
        target_names=tuple(f"y{i}" for i in range(y.shape[1])),
    )
    none = np.zeros(0, np.int64)
    return Prepared(
        spec=spec,
        encoding=PlainEncoding(),
        x_train=x,
        y_train=y,
        x_val=x[:0],
        y_val=y[:0],
        train_rows=np.arange(len(x)),
        val_rows=none,
    )
