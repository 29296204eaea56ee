"""Gets the compiled engine ready before anyone waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from nndesigner.engine.engine import Engine, Plan, compile_operations
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.network import compile_network

_LOCK = threading.Lock()
_ready = False


def is_ready() -> bool:
    """Whether the engine was compiled or loaded in this process."""
    return _ready


def warm_up(progress: Callable[[float, str], None] | None = None) -> None:
    """Compile the engine, or load it from the cache, by training a tiny network.

    It takes about a second from the cache and up to a minute the first time on a machine. Safe to
    call from any thread, and often; ``progress`` gets a share from 0 to 1 and what is being done.
    """
    global _ready
    with _LOCK:
        if _ready:
            return
        tell = progress or (lambda share, text: None)
        tell(0.0, "Preparing the engine")
        graph = Graph.chain([Input(), Dense(units=2, activation="linear")])
        tape = compile_network(graph, (2,), loss="mse", labels=False, classes=False)
        compile_operations(lambda share, name: tell(0.6 * share, f"Preparing the engine: {name}"))
        engine = Engine(tape, batch=4, plan=Plan(2, 2))
        x, t = np.zeros((4, 2), np.float32), np.zeros((4, 2), np.float32)
        hyper = np.zeros(4)
        tell(0.6, "Preparing the engine: training")
        engine.train(x, t, np.arange(4), 0, 1, hyper, 0, np.zeros(5))
        tell(0.8, "Preparing the engine: prediction")
        engine.evaluate(x, t)
        tell(1.0, "The engine is ready")
        _ready = True
