"""The updates: how each optimizer changes a stretch of the weights, in one pass.

``hyper`` begins with the optimizer's numbers in the order of its declaration, the learning rate
first; from ``MEMORY`` on it holds what an optimizer remembers beside its arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nndesigner.engine.calling import Compiled, optimizer
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part

#: Where in ``hyper`` an optimizer keeps numbers of its own.
MEMORY = 8

#: Moments below this are set to zero: numbers that small are slow and change nothing.
_TINY = np.float32(1e-30)


@dataclass(frozen=True)
class Update:
    """``change`` runs for every stretch of the weights, ``before`` once a step ahead of them."""

    change: Compiled
    before: Compiled | None = None


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
def adagrad(hyper, t, start, size, count, w, g, state):
    """s ← s + g²;  w ← w − η g / (√s + ε), where s begins at hyper[1]."""
    weight, slope, square = part(w, start, size), part(g, start, size), part(state, start, size)
    number = weight.dtype.type
    rate, begin, epsilon = number(hyper[0]), number(hyper[1]), number(hyper[2])
    for i in range(size):
        s = square[i] + slope[i] * slope[i]
        square[i] = s * 0 if s < _TINY else s
        weight[i] -= rate * slope[i] / (np.sqrt(begin + s) + epsilon)


@optimizer
def adadelta(hyper, t, start, size, count, w, g, state):
    """s ← ρ s + (1−ρ) g²;  δ = √(u+ε) / √(s+ε) · g;  u ← ρ u + (1−ρ) δ²;  w ← w − η δ."""
    weight, slope = part(w, start, size), part(g, start, size)
    square, moved = part(state, start, size), part(state, count + start, size)
    number = weight.dtype.type
    one, rate, keep, epsilon = number(1), number(hyper[0]), number(hyper[1]), number(hyper[2])
    for i in range(size):
        s = keep * square[i] + (one - keep) * slope[i] * slope[i]
        step = np.sqrt(moved[i] + epsilon) / np.sqrt(s + epsilon) * slope[i]
        u = keep * moved[i] + (one - keep) * step * step
        square[i] = s * 0 if s < _TINY else s
        moved[i] = u * 0 if u < _TINY else u
        weight[i] -= rate * step


@optimizer
def rmsprop(hyper, t, start, size, count, w, g, state):
    """s ← ρ s + (1−ρ) g²;  b ← μ b + g / (√(s − m²) + ε);  w ← w − η b, m only when centred."""
    weight, slope, square = part(w, start, size), part(g, start, size), part(state, start, size)
    number = weight.dtype.type
    one, rate, keep, epsilon = number(1), number(hyper[0]), number(hyper[1]), number(hyper[2])
    velocity, mean = part(state, count + start, size), part(state, 2 * count + start, size)
    roll = number(hyper[3])
    if hyper[4] == 0.0 and hyper[3] == 0.0:
        for i in range(size):
            s = keep * square[i] + (one - keep) * slope[i] * slope[i]
            square[i] = s * 0 if s < _TINY else s
            weight[i] -= rate * slope[i] / (np.sqrt(s) + epsilon)
        return
    centred = number(hyper[4])
    for i in range(size):
        s = keep * square[i] + (one - keep) * slope[i] * slope[i]
        m = centred * (keep * mean[i] + (one - keep) * slope[i])
        spread = s - m * m
        spread = spread * 0 if spread < 0 else spread  # rounding alone can bring it below zero
        b = roll * velocity[i] + slope[i] / (np.sqrt(spread) + epsilon)
        square[i] = s * 0 if s < _TINY else s
        mean[i] = m * 0 if abs(m) < _TINY else m
        velocity[i] = b * 0 if abs(b) < _TINY else b
        weight[i] -= rate * b


@optimizer
def adam(hyper, t, start, size, count, w, g, state):
    """m ← β₁ m + (1−β₁) g;  v ← β₂ v + (1−β₂) g²;  w ← w − η m̂ / (√v̂ + ε)."""
    _adam(
        hyper, t, part(w, start, size), part(g, start, size), part(state, start, size),
        part(state, count + start, size),
    )  # fmt: skip


@optimizer
def adamw(hyper, t, start, size, count, w, g, state):
    """w ← w − η λ w, then Adam."""
    weight = part(w, start, size)
    keep = weight.dtype.type(1.0 - hyper[0] * hyper[4])
    for i in range(size):
        weight[i] *= keep
    _adam(
        hyper, t, weight, part(g, start, size), part(state, start, size),
        part(state, count + start, size),
    )  # fmt: skip


@kernel()
def _adam(hyper, t, weight, slope, mean, square):
    number = weight.dtype.type
    one, b1, b2 = number(1), number(hyper[1]), number(hyper[2])
    correction = np.sqrt(1.0 - hyper[2] ** t)
    step = number(hyper[0] * correction / (1.0 - hyper[1] ** t))
    epsilon = number(hyper[3] * correction)
    for i in range(weight.shape[0]):
        m = b1 * mean[i] + (one - b1) * slope[i]
        v = b2 * square[i] + (one - b2) * slope[i] * slope[i]
        mean[i] = m * 0 if abs(m) < _TINY else m
        square[i] = v * 0 if v < _TINY else v
        weight[i] -= step * m / (np.sqrt(v) + epsilon)


@optimizer
def amsgrad(hyper, t, start, size, count, w, g, state):
    """Adam with the largest v so far in place of v."""
    weight, slope = part(w, start, size), part(g, start, size)
    mean, square = part(state, start, size), part(state, count + start, size)
    largest = part(state, 2 * count + start, size)
    number = weight.dtype.type
    one, b1, b2 = number(1), number(hyper[1]), number(hyper[2])
    correction = np.sqrt(1.0 - hyper[2] ** t)
    step = number(hyper[0] * correction / (1.0 - hyper[1] ** t))
    epsilon = number(hyper[3] * correction)
    for i in range(size):
        m = b1 * mean[i] + (one - b1) * slope[i]
        v = b2 * square[i] + (one - b2) * slope[i] * slope[i]
        most = largest[i] if v <= largest[i] else v  # a v that is no number stays
        mean[i] = m * 0 if abs(m) < _TINY else m
        square[i] = v * 0 if v < _TINY else v
        largest[i] = most
        weight[i] -= step * m / (np.sqrt(most) + epsilon)


@optimizer
def adamax(hyper, t, start, size, count, w, g, state):
    """m ← β₁ m + (1−β₁) g;  u ← max(β₂ u, |g| + ε);  w ← w − η / (1−β₁ᵗ) · m / u."""
    weight, slope = part(w, start, size), part(g, start, size)
    mean, largest = part(state, start, size), part(state, count + start, size)
    number = weight.dtype.type
    one, b1, b2 = number(1), number(hyper[1]), number(hyper[2])
    step, epsilon = number(hyper[0] / (1.0 - hyper[1] ** t)), number(hyper[3])
    for i in range(size):
        m = b1 * mean[i] + (one - b1) * slope[i]
        before, now = b2 * largest[i], abs(slope[i]) + epsilon
        u = before if now <= before else now
        mean[i] = m * 0 if abs(m) < _TINY else m
        largest[i] = u
        weight[i] -= step * m / u


@optimizer
def before_nadam(hyper, t, start, size, count, w, g, state):
    """Π ← Π μₜ with μₜ = β₁ (1 − 0.96^(t ψ) / 2), which grows from step to step."""
    mu = hyper[1] * (1.0 - 0.5 * 0.96 ** (t * hyper[4]))
    following = hyper[1] * (1.0 - 0.5 * 0.96 ** ((t + 1) * hyper[4]))
    hyper[MEMORY] = mu if t == 1 else hyper[MEMORY] * mu
    hyper[MEMORY + 1] = (1.0 - mu) / (1.0 - hyper[MEMORY])
    hyper[MEMORY + 2] = following / (1.0 - hyper[MEMORY] * following)


@optimizer
def nadam(hyper, t, start, size, count, w, g, state):
    """w ← w − η ((1−μₜ)/(1−Π) g + μₜ₊₁/(1−Π μₜ₊₁) m) / (√v̂ + ε), with Adam's m and v."""
    weight, slope = part(w, start, size), part(g, start, size)
    mean, square = part(state, start, size), part(state, count + start, size)
    number = weight.dtype.type
    one, b1, b2 = number(1), number(hyper[1]), number(hyper[2])
    correction = np.sqrt(1.0 - hyper[2] ** t)
    of_slope = number(hyper[0] * correction * hyper[MEMORY + 1])
    of_mean = number(hyper[0] * correction * hyper[MEMORY + 2])
    epsilon = number(hyper[3] * correction)
    for i in range(size):
        m = b1 * mean[i] + (one - b1) * slope[i]
        v = b2 * square[i] + (one - b2) * slope[i] * slope[i]
        mean[i] = m * 0 if abs(m) < _TINY else m
        square[i] = v * 0 if v < _TINY else v
        weight[i] -= (of_slope * slope[i] + of_mean * m) / (np.sqrt(v) + epsilon)


@optimizer
def lion(hyper, t, start, size, count, w, g, state):
    """w ← w − η (sign(β₁ m + (1−β₁) g) + λ w);  m ← β₂ m + (1−β₂) g."""
    weight, slope, mean = part(w, start, size), part(g, start, size), part(state, start, size)
    number = weight.dtype.type
    one, rate, b1, b2 = number(1), number(hyper[0]), number(hyper[1]), number(hyper[2])
    keep = number(1.0 - hyper[0] * hyper[3])
    for i in range(size):
        c = b1 * mean[i] + (one - b1) * slope[i]
        m = b2 * mean[i] + (one - b2) * slope[i]
        mean[i] = m * 0 if abs(m) < _TINY else m
        sign = one if c > 0 else (-one if c < 0 else c)
        weight[i] = keep * weight[i] - rate * sign


#: The update of each optimizer, by its kind.
UPDATES: dict[str, Update] = {
    "sgd": Update(sgd),
    "momentum": Update(momentum),
    "nesterov": Update(nesterov),
    "adagrad": Update(adagrad),
    "adadelta": Update(adadelta),
    "rmsprop": Update(rmsprop),
    "adam": Update(adam),
    "amsgrad": Update(amsgrad),
    "adamw": Update(adamw),
    "adamax": Update(adamax),
    "nadam": Update(nadam, before_nadam),
    "lion": Update(lion),
}
