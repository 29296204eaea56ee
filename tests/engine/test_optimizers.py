"""Optimizers by hand: the first two steps of each, and the bottom of a bowl."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.engine.operations.update import MEMORY, UPDATES
from nndesigner.learning.optimizers import OPTIMIZERS, Optimizer, RMSProp
from tests import naive_optimizers as naive
from tests.engine.test_engine import update


def two_steps(optimizer: Optimizer) -> tuple[float, float]:
    """The weight after gradients 2 and 1, from 1 on, as the engine computes it."""
    found = []
    w, state = np.array([1.0]), np.zeros(max(1, optimizer.slots))
    hyper = np.array([*optimizer.hyper(), *np.zeros(MEMORY)])
    functions = UPDATES[optimizer.kind]
    for step, slope in ((1, 2.0), (2, 1.0)):
        for function in (functions.before, functions.change):
            if function is not None:
                update(
                    function.address(np.float64), hyper, step, 0, 1, 1, w, np.array([slope]), state
                )
        found.append(w.item())
    return found[0], found[1]


def by_hand() -> dict[str, tuple[float, float]]:
    """What pencil and paper say for a rate of 0.1 (Adadelta: 1) and the default numbers."""
    m, s = 0.9 * 0.2 + 0.1, 0.999 * 0.004 + 0.001  # Adam's moments after both gradients
    adam = 0.1 * (m / 0.19) / math.sqrt(s / (1 - 0.999**2))
    delta = math.sqrt(1e-6) / math.sqrt(0.4 + 1e-6) * 2
    second = math.sqrt(0.1 * delta**2 + 1e-6) / math.sqrt(0.46 + 1e-6)
    mu = [0.9 * (1 - 0.5 * 0.96 ** (t * 0.004)) for t in (1, 2, 3)]
    root = math.sqrt(s / (1 - 0.999**2))
    nadam = 1 - 0.1 * (1.0 + mu[1] / (1 - mu[0] * mu[1]) * 0.2 / 2)
    return {
        "sgd": (0.8, 0.7),
        "momentum": (0.8, 0.52),  # v = 2, then 0.9·2 + 1 = 2.8
        "nesterov": (0.62, 0.268),  # 2 + 0.9·2, then 1 + 0.9·2.8
        "adagrad": (0.9, 0.9 - 0.1 / math.sqrt(5)),
        "adadelta": (1 - delta, 1 - delta - second),
        "rmsprop": (0.0, -0.1 / math.sqrt(0.99 * 0.04 + 0.01)),  # s = 0.04: 2 / 0.2 is 10
        "adam": (0.9, 0.9 - adam),
        "amsgrad": (0.9, 0.9 - adam),  # the second moment still grows
        "adamw": (0.899, 0.899 * 0.999 - adam),
        "adamax": (0.9, 0.9 - 0.1 / 0.19 * m / 1.998),  # u = 2, then 0.999·2
        "nadam": (
            nadam,
            nadam
            - 0.1 * (1 - mu[1]) / (1 - mu[0] * mu[1]) / root
            - 0.1 * mu[2] / (1 - mu[0] * mu[1] * mu[2]) * m / root,
        ),
        "lion": (0.9, 0.8),  # both means are above 0
    }


@pytest.mark.parametrize("kind", sorted(UPDATES))
def test_the_first_steps_by_hand(kind: str) -> None:
    rate = 1.0 if kind == "adadelta" else 0.1
    found = two_steps(OPTIMIZERS[kind](learning_rate=rate))
    assert found == pytest.approx(by_hand()[kind], rel=1e-7, abs=1e-7)


def test_rmsprop_centred_and_with_momentum_by_hand() -> None:
    """s = 0.4 and 0.46, m = 0.2 and 0.28: roots 0.6 and √0.3816 with ρ = 0.9."""
    optimizer = RMSProp(learning_rate=0.1, rho=0.9, momentum=0.5, centered=True)
    first = 2 / 0.6
    second = 0.5 * first + 1 / math.sqrt(0.46 - 0.28**2)
    assert two_steps(optimizer) == pytest.approx((1 - 0.1 * first, 1 - 0.1 * (first + second)))


@pytest.mark.parametrize(
    ("step", "rate"),
    [
        (naive.sgd, 0.05),
        (naive.momentum, 0.02),
        (naive.nesterov, 0.02),
        (naive.adagrad, 0.5),
        (naive.adadelta, 30.0),
        (naive.rmsprop, 0.01),
        (naive.adam, 0.1),
        (naive.amsgrad, 0.1),
        (naive.adamax, 0.1),
        (naive.nadam, 0.1),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_an_optimizer_finds_the_bottom_of_a_bowl(step: Callable[..., None], rate: float) -> None:
    w, bottom = np.array([3.0, -2.0]), np.array([1.0, 0.5])
    state = naive.optimizer_state(w)
    for number in range(1, 501):
        step(w, 2.0 * (w - bottom), state, number, rate)
    np.testing.assert_allclose(w, bottom, atol=2e-2)
