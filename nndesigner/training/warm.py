"""Gets the compiled engine ready before anyone waits for it."""

from __future__ import annotations

from collections.abc import Callable

from nndesigner.engine.engine import Engine, Plan, compile_operations
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.network import compile_network


def warm_up(progress: Callable[[float, str], None] | None = None) -> None:
    """Compile the whole engine, or load it from the cache, whatever will be drawn.

    It takes about a second from the cache and up to half a minute the first time on a machine. Safe
    to call from any thread; ``progress`` gets a share from 0 to 1 and what is being done.
    """
    tell = progress or (lambda share, text: None)
    tell(0.0, "Preparing the engine")
    compile_operations(lambda share, name: tell(0.7 * share, f"Preparing the engine: {name}"))
    tell(0.7, "Preparing the engine: training")
    graph = Graph.chain([Input(), Dense(units=2, activation="linear")])
    tape = compile_network(graph, (2,), loss="mse", labels=False, classes=False)
    Engine(tape, batch=4, plan=Plan(2, 2)).prepare()
    tell(1.0, "The engine is ready")
