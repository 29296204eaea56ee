"""Numbers that move to other places: turned, padded, cropped, repeated.

``form`` is a tuple of the output's three lengths, the distance in the input from one place to the
next along each of the output's axes, the lengths there, the zeros before the first two axes
(negative: so many are cropped), and how often each number of these is repeated.
"""

from __future__ import annotations

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part


@kernel()
def _source(place, before, often, length):
    """The place of the input that one of the output shows, -1 for a zero."""
    place -= before
    if place < 0:
        return -1
    place //= often
    return place if place < length else -1


@kernel()
def rearrange(form, rows, size, x, y):
    """y = the numbers of x at their new places. Shapes: x ``(rows * size,)``."""
    o0, o1, o2, s0, s1, s2, n0, n1, _, b0, b1, f0, f1 = form
    zero = y.dtype.type(0)
    for r in range(rows):
        for i in range(o0):
            a = _source(i, b0, f0, n0)
            for j in range(o1):
                b = _source(j, b1, f1, n1)
                to = part(y, ((r * o0 + i) * o1 + j) * o2, o2)
                if a < 0 or b < 0:
                    for k in range(o2):
                        to[k] = zero
                elif s2 == 1:
                    source = part(x, r * size + a * s0 + b * s1, o2)
                    for k in range(o2):
                        to[k] = source[k]
                else:
                    start = r * size + a * s0 + b * s1
                    for k in range(o2):
                        to[k] = x[start + k * s2]


@kernel()
def rearrange_back(form, rows, size, dy, dx, add):
    """dx (+)= the gradients at all places where each number went."""
    o0, o1, o2, s0, s1, s2, n0, n1, _, b0, b1, f0, f1 = form
    zero = dx.dtype.type(0)
    if not add:
        for i in range(rows * size):
            dx[i] = zero
    for r in range(rows):
        for i in range(o0):
            a = _source(i, b0, f0, n0)
            if a < 0:
                continue
            for j in range(o1):
                b = _source(j, b1, f1, n1)
                if b < 0:
                    continue
                source = part(dy, ((r * o0 + i) * o1 + j) * o2, o2)
                if s2 == 1:
                    to = part(dx, r * size + a * s0 + b * s1, o2)
                    for k in range(o2):
                        to[k] += source[k]
                else:
                    start = r * size + a * s0 + b * s1
                    for k in range(o2):
                        dx[start + k * s2] += source[k]
