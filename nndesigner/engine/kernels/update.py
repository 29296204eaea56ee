"""The fused update: sum the shards' gradients and change the weights, in one pass.

Numbers of ``hyper``: learning rate, momentum or beta 1, beta 2, epsilon.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.ops import ADAM, MOMENTUM, NESTEROV

#: Moments below this are set to zero: numbers that small are slow and change nothing.
_TINY = np.float32(1e-30)


@kernel()
def update(optimizer, hyper, t, w, g, count, shards, state, start, stop):
    """Change weights ``start .. stop`` by one step, the ``t``-th from 1 on.

    Shapes: w ``(count,)``, g ``(shards * count,)`` one gradient a shard, state ``(slots * count,)``.
    The gradients are summed in a fixed order, into the first one.
    """
    for s in range(1, shards):
        for i in range(start, stop):
            g[i] += g[s * count + i]
    rate = w.dtype.type(hyper[0])
    one = w.dtype.type(1)
    if optimizer == MOMENTUM:
        keep = w.dtype.type(hyper[1])
        for i in range(start, stop):
            v = keep * state[i] + g[i]
            state[i] = v if abs(v) > _TINY else v * 0
            w[i] -= rate * v
    elif optimizer == NESTEROV:
        keep = w.dtype.type(hyper[1])
        for i in range(start, stop):
            v = keep * state[i] + g[i]
            state[i] = v if abs(v) > _TINY else v * 0
            w[i] -= rate * (g[i] + keep * v)
    elif optimizer == ADAM:
        b1, b2 = w.dtype.type(hyper[1]), w.dtype.type(hyper[2])
        correction = np.sqrt(1.0 - hyper[2] ** t)
        step = w.dtype.type(hyper[0] * correction / (1.0 - hyper[1] ** t))
        epsilon = w.dtype.type(hyper[3] * correction)
        for i in range(start, stop):
            m = b1 * state[i] + (one - b1) * g[i]
            v = b2 * state[count + i] + (one - b2) * g[i] * g[i]
            state[i] = m if abs(m) > _TINY else m * 0
            state[count + i] = v if abs(v) > _TINY else v * 0
            w[i] -= step * m / (np.sqrt(v) + epsilon)
    else:
        for i in range(start, stop):
            w[i] -= rate * g[i]
