"""Slow, obvious twins of the optimizers: one number after the other, as the papers have them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# All change w in place; ``state`` keeps what an optimizer remembers, ``step`` counts from 1.

State = dict[str, Array]


def optimizer_state(w: Array) -> State:
    """Nothing remembered yet."""
    return {name: np.zeros_like(w) for name in "vmsup"}


def sgd(w: Array, g: Array, state: State, step: int, rate: float) -> None:
    """w ← w − η g"""
    for index in np.ndindex(w.shape):
        w[index] -= rate * g[index]


def momentum(w: Array, g: Array, state: State, step: int, rate: float, mu: float = 0.9) -> None:
    """v ← μ v + g;  w ← w − η v"""
    v = state["v"]
    for index in np.ndindex(w.shape):
        v[index] = mu * v[index] + g[index]
        w[index] -= rate * v[index]


def nesterov(w: Array, g: Array, state: State, step: int, rate: float, mu: float = 0.9) -> None:
    """v ← μ v + g;  w ← w − η (g + μ v)"""
    v = state["v"]
    for index in np.ndindex(w.shape):
        v[index] = mu * v[index] + g[index]
        w[index] -= rate * (g[index] + mu * v[index])


def adam(
    w: Array,
    g: Array,
    state: State,
    step: int,
    rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-8,
) -> None:
    """Adam with bias correction; ``step`` counts from 1."""
    m, s = state["m"], state["s"]
    for index in np.ndindex(w.shape):
        m[index] = beta_1 * m[index] + (1.0 - beta_1) * g[index]
        s[index] = beta_2 * s[index] + (1.0 - beta_2) * g[index] ** 2
        m_hat = m[index] / (1.0 - beta_1**step)
        s_hat = s[index] / (1.0 - beta_2**step)
        w[index] -= rate * m_hat / (math.sqrt(s_hat) + epsilon)


def adagrad(w: Array, g: Array, state: State, step: int, rate: float) -> None:
    """s ← s + g²;  w ← w − η g / (√s + ε)"""
    s = state["s"]
    for index in np.ndindex(w.shape):
        s[index] += g[index] ** 2
        w[index] -= rate * g[index] / (math.sqrt(s[index]) + 1e-10)


def adadelta(w: Array, g: Array, state: State, step: int, rate: float, rho: float = 0.9) -> None:
    """The step is the size of the last steps over that of the last gradients."""
    s, u = state["s"], state["u"]
    for index in np.ndindex(w.shape):
        s[index] = rho * s[index] + (1.0 - rho) * g[index] ** 2
        delta = math.sqrt(u[index] + 1e-6) / math.sqrt(s[index] + 1e-6) * g[index]
        u[index] = rho * u[index] + (1.0 - rho) * delta**2
        w[index] -= rate * delta


def rmsprop(
    w: Array,
    g: Array,
    state: State,
    step: int,
    rate: float,
    rho: float = 0.99,
    mu: float = 0.0,
    centered: bool = False,
) -> None:
    """g over the root of its mean square, or of its variance when centred, with momentum."""
    s, m, v = state["s"], state["m"], state["v"]
    for index in np.ndindex(w.shape):
        s[index] = rho * s[index] + (1.0 - rho) * g[index] ** 2
        spread = s[index]
        if centered:
            m[index] = rho * m[index] + (1.0 - rho) * g[index]
            spread -= m[index] ** 2
        v[index] = mu * v[index] + g[index] / (math.sqrt(spread) + 1e-8)
        w[index] -= rate * v[index]


def amsgrad(w: Array, g: Array, state: State, step: int, rate: float) -> None:
    """Adam with the largest second moment so far."""
    m, s, u = state["m"], state["s"], state["u"]
    for index in np.ndindex(w.shape):
        m[index] = 0.9 * m[index] + 0.1 * g[index]
        s[index] = 0.999 * s[index] + 0.001 * g[index] ** 2
        u[index] = max(u[index], s[index])
        root = math.sqrt(u[index] / (1.0 - 0.999**step)) + 1e-8
        w[index] -= rate * m[index] / (1.0 - 0.9**step) / root


def adamw(w: Array, g: Array, state: State, step: int, rate: float) -> None:
    """Every weight shrinks, then Adam."""
    w *= 1.0 - rate * 0.01
    adam(w, g, state, step, rate)


def adamax(w: Array, g: Array, state: State, step: int, rate: float) -> None:
    """Adam with the largest recent gradient in place of the mean square."""
    m, u = state["m"], state["u"]
    for index in np.ndindex(w.shape):
        m[index] = 0.9 * m[index] + 0.1 * g[index]
        u[index] = max(0.999 * u[index], abs(g[index]) + 1e-8)
        w[index] -= rate * m[index] / (1.0 - 0.9**step) / u[index]


def nadam(w: Array, g: Array, state: State, step: int, rate: float) -> None:
    """Adam whose mean looks one step ahead; the product of all μ corrects it."""
    m, s = state["m"], state["s"]

    def mu(t: int) -> float:
        return float(0.9 * (1.0 - 0.5 * 0.96 ** (t * 0.004)))

    product = math.prod(mu(t) for t in range(1, step + 1))
    ahead = product * mu(step + 1)
    for index in np.ndindex(w.shape):
        m[index] = 0.9 * m[index] + 0.1 * g[index]
        s[index] = 0.999 * s[index] + 0.001 * g[index] ** 2
        root = math.sqrt(s[index] / (1.0 - 0.999**step)) + 1e-8
        w[index] -= rate * (1.0 - mu(step)) / (1.0 - product) * g[index] / root
        w[index] -= rate * mu(step + 1) / (1.0 - ahead) * m[index] / root


def lion(w: Array, g: Array, state: State, step: int, rate: float, decay: float = 0.0) -> None:
    """One step of the rate, up or down."""
    m = state["m"]
    for index in np.ndindex(w.shape):
        c = 0.9 * m[index] + 0.1 * g[index]
        w[index] -= rate * (math.copysign(1.0, c) * (c != 0) + decay * w[index])
        m[index] = 0.99 * m[index] + 0.01 * g[index]
