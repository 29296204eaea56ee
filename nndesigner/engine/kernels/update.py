"""The fused update: sum the shards' gradients and change the weights, in one pass.

Numbers of ``hyper``: learning rate, momentum or beta 1, beta 2, epsilon.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import ADAM, MOMENTUM, NESTEROV

#: Moments below this are set to zero: numbers that small are slow and change nothing.
_TINY = np.float32(1e-30)


@kernel()
def update(optimizer, hyper, t, w, g, count, shards, state, start, stop):
    """Change weights ``start .. stop`` by one step, the ``t``-th from 1 on.

    Shapes: w ``(count,)``, g ``(shards * count,)`` one gradient a shard, state ``(slots *
    count,)``. The gradients are summed in a fixed order, into the first one.
    """
    size = stop - start
    weight, total = part(w, start, size), part(g, start, size)
    for s in range(1, shards):
        other = part(g, s * count + start, size)
        for i in range(size):
            total[i] += other[i]
    rate = w.dtype.type(hyper[0])
    if optimizer in (MOMENTUM, NESTEROV):
        _momentum(optimizer == NESTEROV, rate, hyper[1], weight, total, part(state, start, size))
    elif optimizer == ADAM:
        mean, square = part(state, start, size), part(state, count + start, size)
        _adam(hyper, t, weight, total, mean, square)
    else:
        for i in range(size):
            weight[i] -= rate * total[i]


@kernel()
def _momentum(nesterov, rate, keep, w, g, velocity):
    keep = w.dtype.type(keep)
    ahead = keep if nesterov else w.dtype.type(1)
    now = w.dtype.type(1) if nesterov else w.dtype.type(0)
    for i in range(w.shape[0]):
        v = keep * velocity[i] + g[i]
        velocity[i] = v * 0 if abs(v) < _TINY else v
        w[i] -= rate * (now * g[i] + ahead * v)


@kernel()
def _adam(hyper, t, w, g, mean, square):
    one = w.dtype.type(1)
    b1, b2 = w.dtype.type(hyper[1]), w.dtype.type(hyper[2])
    correction = np.sqrt(1.0 - hyper[2] ** t)
    step = w.dtype.type(hyper[0] * correction / (1.0 - hyper[1] ** t))
    epsilon = w.dtype.type(hyper[3] * correction)
    for i in range(w.shape[0]):
        m = b1 * mean[i] + (one - b1) * g[i]
        v = b2 * square[i] + (one - b2) * g[i] * g[i]
        mean[i] = m * 0 if abs(m) < _TINY else m
        square[i] = v * 0 if v < _TINY else v
        w[i] -= step * m / (np.sqrt(v) + epsilon)
