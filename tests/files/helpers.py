"""Small designs, encodings and weights by hand, and faults on command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from nndesigner.data.dataset import Encoding, Origin, Spec
from nndesigner.files.project import Project
from nndesigner.graph import Graph
from nndesigner.layers import Conv2D, Dense, Flatten, Input
from nndesigner.report import check
from nndesigner.training.feed import Point
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained


class HandEncoding(Encoding, frozen=True, kw_only=True, tag="hand_made"):
    """An encoding of the tests' own."""

    means: tuple[float, ...] = (0.5,)

    def decode(self, outputs: Any) -> Any:
        """The numbers as they are."""
        return outputs


def spec() -> Spec:
    """Small pictures of three classes, one with an awkward name."""
    return Spec(
        name="hand",
        rows=90,
        task="classification",
        input_shape=(6, 6, 1),
        outputs=3,
        classes=("a", "b", "c\u0000<b>\ud800é"),
    )


def graph() -> Graph:
    """A small convnet with a name that no encoding of Unicode can hold."""
    chain = Graph.chain(
        [
            Input(),
            Conv2D(filters=2),
            Flatten(),
            Dense(units=4),
            Dense(units=3, activation="softmax"),
        ]
    )
    return chain.with_name("dense_1", "half \udc80 & nul \u0000")


def trained() -> Trained:
    """Weights drawn from a fixed seed, one array of them in Fortran order."""
    generator = np.random.default_rng(7)
    report = check(graph(), spec().input_shape)
    weights = {
        f"{node}/{parameter.name}": generator.normal(size=parameter.shape).astype(np.float32)
        for node in report.order
        for parameter in report.parameters[node]
    }
    weights["dense_1/weight"] = np.asfortranarray(weights["dense_1/weight"])
    history = (
        Point(epoch=1, loss=1.5, metric=0.25, val_loss=1.25, val_metric=0.5),
        Point(epoch=2, loss=0.1 + 0.2, metric=0.75),
    )
    return Trained(
        graph=graph(),
        settings=Settings(epochs=2),
        spec=spec(),
        encoding=HandEncoding(means=(0.1, 1e-300)),
        weights=weights,
        history=history,
    )


def project(**changes: Any) -> Project:
    """A project with everything in it."""
    values: dict[str, Any] = {
        "graph": graph(),
        "settings": Settings(epochs=3),
        "origin": Origin(kind="sample", path="digits", content_hash="00ff"),
        "spec": spec(),
        "trained": trained(),
    }
    return Project(**{**values, **changes})


def same_weights(one: Trained, other: Trained) -> bool:
    """Whether two networks hold the same arrays under the same names in the same order."""
    return list(one.weights) == list(other.weights) and all(
        np.array_equal(one.weights[key], other.weights[key]) for key in one.weights
    )


class Counter:
    """How many calls of the operating system were made, and which one is to fail."""

    def __init__(self, failing: int) -> None:
        self.failing = failing
        self.calls = 0
        self.failed = ""


@contextmanager
def failing_at(number: int, error: type[BaseException] = OSError) -> Iterator[Counter]:
    """The ``number``-th call of os that saving makes raises; all others work."""
    counter = Counter(number)

    def wrap(name: str, real: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            counter.calls += 1
            if counter.calls == counter.failing:
                counter.failed = name
                if error is OSError:
                    raise OSError(28, "No space left on device")
                raise error
            return real(*args, **more)

        return call

    names = ("open", "write", "fsync", "replace", "chmod", "link", "stat", "access")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(os, name, wrap(name, getattr(os, name)))
        yield counter
