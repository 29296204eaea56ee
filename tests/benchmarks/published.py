"""The small published networks: exclusive or with four optimizers, and the spiral of cs231n."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nndesigner.data.dataset import Encoding, Prepared, Spec
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.learning.optimizers import Adagrad, Adam, Nesterov, Optimizer, RMSProp
from nndesigner.training.settings import Settings, settings_with
from nndesigner.training.trained import Trained
from nndesigner.training.trainer import Trainer


@dataclass(frozen=True)
class Outcome:
    """What was reached, and what else is worth saying."""

    figure: float
    note: str


@dataclass(frozen=True)
class Small:
    """A network on data that is made here, and whether a figure meets what was published."""

    run: Callable[[int], Outcome]
    wanted: str
    met: Callable[[float], bool]
    source: str


class _Plain(Encoding, frozen=True, kw_only=True, tag="plain"):
    """Numbers as they are."""


def _prepared(x: np.ndarray, y: np.ndarray, classes: int) -> Prepared:
    spec = Spec(
        name="published",
        rows=len(x),
        task="classification",
        input_shape=x.shape[1:],
        outputs=classes,
        classes=tuple("abc"[:classes]),
        target_names=("class",),
    )
    return Prepared(
        spec=spec,
        encoding=_Plain(),
        x_train=x,
        y_train=y,
        x_val=x[:0],
        y_val=y[:0],
        train_rows=np.arange(len(x)),
        val_rows=np.zeros(0, np.int64),
    )


def _train(layers: list[Dense], settings: Settings, prepared: Prepared) -> Trained:
    return Trainer(Graph.chain([Input(), *layers]), settings, prepared).train()


def xor(optimizer: Optimizer, seed: int) -> Outcome:
    """The first step at which the running mean of the loss (0.99) falls below 0.1."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    y = np.array([0, 1, 1, 0], np.int64)
    settings = Settings(
        optimizer=optimizer, epochs=3_000, batch_size=4, validation_share=0.0, seed=seed
    )
    settings = settings_with(settings, {"restore_best": "no"})
    layers = [Dense(units=8, activation="sigmoid"), Dense(units=1, activation="sigmoid")]
    mean = 1.0
    for point in _train(layers, settings, _prepared(x, y, 2)).history:
        mean = 0.99 * mean + 0.01 * point.loss
        if mean < 0.1:
            return Outcome(float(point.epoch), f"steps until the running loss is {mean:.3f}")
    return Outcome(float("inf"), f"the running loss is still {mean:.3f}")


def spiral_rows(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three arms of a hundred points, as the case study draws them."""
    generator = np.random.default_rng(seed)
    arms = []
    for arm in range(3):
        radius = np.linspace(0.0, 1, 100)
        angle = np.linspace(arm * 4, (arm + 1) * 4, 100) + generator.normal(0, 0.2, 100)
        arms.append(np.c_[radius * np.sin(angle), radius * np.cos(angle)])
    return np.concatenate(arms).astype(np.float32), np.repeat(np.arange(3), 100)


def spiral(layers: list[Dense], changes: dict[str, str], seed: int) -> Outcome:
    """The accuracy on the training rows after full-batch gradient descent."""
    x, y = spiral_rows(seed)
    settings = settings_with(
        Settings(validation_share=0.0, seed=seed, batch_size=300),
        {"optimizer": "sgd", "learning_rate": "1", "restore_best": "no", **changes},
    )
    trained = _train(layers, settings, _prepared(x, y, 3))
    last = trained.history[-1]
    # Ours is shown without the penalty, theirs with it.
    squares = sum(
        float(np.sum(np.square(array, dtype=np.float64)))
        for name, array in trained.weights.items()
        if name.endswith("/weight")
    )
    whole = last.loss + 0.5 * float(changes.get("l2", 0)) * squares
    return Outcome(
        last.metric,
        f"loss {last.loss:.3f}, with the penalty {whole:.3f}, after {last.epoch:,} steps",
    )


def _xor(optimizer: Optimizer) -> Small:
    return Small(
        lambda seed: xor(optimizer, seed),
        "3,000 steps or less",
        lambda figure: figure <= 3_000,
        "PyTorch, test/cpp/api/optim.cpp",
    )


_CASE_STUDY = "cs231n, neural-networks-case-study"
SMALL: dict[str, Small] = {
    "xor-nesterov": _xor(Nesterov(learning_rate=0.1, momentum=0.9)),
    "xor-adagrad": _xor(Adagrad(learning_rate=1.0)),
    "xor-rmsprop": _xor(RMSProp(learning_rate=0.1)),
    "xor-adam": _xor(Adam(learning_rate=0.1)),
    "spiral": Small(
        lambda seed: spiral(
            [Dense(units=100, activation="relu"), Dense(units=3, activation="softmax")],
            {"epochs": "10000", "l2": "0.001"},
            seed,
        ),
        "0.98, loss 0.245 with the penalty",
        lambda figure: figure >= 0.98,
        _CASE_STUDY,
    ),
    "spiral-linear": Small(
        lambda seed: spiral([Dense(units=3, activation="softmax")], {"epochs": "200"}, seed),
        "0.49 (softmax alone)",
        lambda figure: 0.44 <= figure <= 0.56,
        _CASE_STUDY,
    ),
}
