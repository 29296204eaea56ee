"""The networks that are timed, each with its optimizer, batch and synthetic data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.graph import Graph, Layer, Shape
from nndesigner.layers import Conv2D, Dense, Flatten, Input, MaxPool2D
from nndesigner.learning.optimizers import SGD, Adam, Momentum, Optimizer
from nndesigner.network import initial_weights


@dataclass(frozen=True)
class Case:
    """One line of the table.

    ``rows`` make an epoch, ``goal`` is the wanted ratio to the best peer, ``peak_goal`` the wanted
    share of the machine's peak in matrix products, 0 where none is wanted.
    """

    name: str
    layers: tuple[Layer, ...]
    input_shape: Shape
    loss: str
    optimizer: Optimizer
    batch: int
    rows: int
    epochs: int
    goal: float
    peak_goal: float = 0.0

    @property
    def graph(self) -> Graph:
        """The network as a chain."""
        return Graph.chain((Input(), *self.layers))

    @property
    def labels(self) -> bool:
        """Whether a target is one class number."""
        return self.loss == "categorical_crossentropy"

    @property
    def steps(self) -> int:
        """Mini-batches of one epoch."""
        return -(-self.rows // self.batch)

    def described(self) -> dict[str, Any]:
        """The case in plain JSON, for a peer that knows nothing of this program."""
        return {
            "name": self.name,
            "input_shape": list(self.input_shape),
            "layers": [msgspec.to_builtins(layer) for layer in self.layers],
            "loss": self.loss,
            "optimizer": msgspec.to_builtins(self.optimizer),
            "batch": self.batch,
            "rows": self.rows,
            "epochs": self.epochs,
        }

    def weights(self) -> dict[str, npt.NDArray[np.float64]]:
        """The first weights, the same for both sides."""
        return initial_weights(self.graph, self.input_shape, 1)


def _mlp(*units: int, activation: str) -> tuple[Layer, ...]:
    inner = [Dense(units=count, activation=activation) for count in units]  # type: ignore[arg-type]
    return (*inner, Dense(units=10, activation="softmax"))


CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case(
            "2-4-2-1",
            (
                Dense(units=4, activation="tanh"),
                Dense(units=2, activation="tanh"),
                Dense(units=1, activation="tanh"),
            ),
            (2,),
            "mse",
            SGD(learning_rate=0.03),
            batch=10,
            rows=500,
            epochs=20,
            goal=40.0,
        ),
        Case(
            "784-32-10",
            _mlp(32, activation="relu"),
            (784,),
            "categorical_crossentropy",
            Adam(),
            batch=32,
            rows=60_000,
            epochs=1,
            goal=6.0,
        ),
        Case(
            "784-500-500-10 sigmoid, SGD",
            _mlp(500, 500, activation="sigmoid"),
            (784,),
            "categorical_crossentropy",
            SGD(learning_rate=0.1),
            batch=100,
            rows=60_000,
            epochs=1,
            goal=2.0,
            peak_goal=0.6,
        ),
        Case(
            "784-500-500-10 ReLU, Adam",
            _mlp(500, 500, activation="relu"),
            (784,),
            "categorical_crossentropy",
            Adam(),
            batch=128,
            rows=60_000,
            epochs=1,
            goal=2.0,
        ),
        Case(
            "LeNet",
            (
                Conv2D(filters=20, kernel=(5, 5), activation="relu"),
                MaxPool2D(),
                Conv2D(filters=50, kernel=(5, 5), activation="relu"),
                MaxPool2D(),
                Flatten(),
                Dense(units=256, activation="relu"),
                Dense(units=10, activation="softmax"),
            ),
            (28, 28, 1),
            "categorical_crossentropy",
            Momentum(),
            batch=128,
            rows=12_800,
            epochs=1,
            goal=2.0,
        ),
        Case(
            "Keras convnet",
            (
                Conv2D(filters=32, activation="relu"),
                Conv2D(filters=64, activation="relu"),
                MaxPool2D(),
                Flatten(),
                Dense(units=128, activation="relu"),
                Dense(units=10, activation="softmax"),
            ),
            (28, 28, 1),
            "categorical_crossentropy",
            Adam(),
            batch=128,
            rows=3_840,
            epochs=1,
            goal=1.3,
            peak_goal=0.45,
        ),
    )
}
