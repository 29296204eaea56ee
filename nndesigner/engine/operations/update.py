"""The updates: how each optimizer changes a stretch of the weights, in one pass.

Numbers of ``hyper``: learning rate, momentum or beta 1, beta 2, epsilon.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.calling import Compiled, optimizer
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part

#: Moments below this are set to zero: numbers that small are slow and change nothing.
_TINY = np.float32(1e-30)


@optimizer
def sgd(hyper, t, start, size, count, w, g, state):
    """w ← w − η g."""
    weight, slope = part(w, start, size), part(g, start, size)
    rate = weight.dtype.type(hyper[0])
    for i in range(size):
        weight[i] -= rate * slope[i]


@optimizer
def momentum(hyper, t, start, size, count, w, g, state):
    """v ← μ v + g;  w ← w − η v."""
    _momentum(False, hyper, part(w, start, size), part(g, start, size), part(state, start, size))


@optimizer
def nesterov(hyper, t, start, size, count, w, g, state):
    """v ← μ v + g;  w ← w − η (g + μ v)."""
    _momentum(True, hyper, part(w, start, size), part(g, start, size), part(state, start, size))


@kernel()
def _momentum(nesterov, hyper, w, g, velocity):
    rate, keep = w.dtype.type(hyper[0]), w.dtype.type(hyper[1])
    ahead = keep if nesterov else w.dtype.type(1)
    now = w.dtype.type(1) if nesterov else w.dtype.type(0)
    for i in range(w.shape[0]):
        v = keep * velocity[i] + g[i]
        velocity[i] = v * 0 if abs(v) < _TINY else v
        w[i] -= rate * (now * g[i] + ahead * v)


@optimizer
def adam(hyper, t, start, size, count, w, g, state):
    """m ← β₁ m + (1−β₁) g;  v ← β₂ v + (1−β₂) g²;  w ← w − η m̂ / (√v̂ + ε)."""
    weight, slope = part(w, start, size), part(g, start, size)
    mean, square = part(state, start, size), part(state, count + start, size)
    number = weight.dtype.type
    one, b1, b2 = number(1), number(hyper[1]), number(hyper[2])
    correction = np.sqrt(1.0 - hyper[2] ** t)
    step = number(hyper[0] * correction / (1.0 - hyper[1] ** t))
    epsilon = number(hyper[3] * correction)
    for i in range(size):
        m = b1 * mean[i] + (one - b1) * slope[i]
        v = b2 * square[i] + (one - b2) * slope[i] * slope[i]
        mean[i] = m * 0 if abs(m) < _TINY else m
        square[i] = v * 0 if v < _TINY else v
        weight[i] -= step * m / (np.sqrt(v) + epsilon)


#: The update of each optimizer, by its kind.
UPDATES: dict[str, Compiled] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adam": adam,
}
