"""Losses of one row or one number: the loss, and the slope of it along the outputs.

Losses are computed in float64. What a row of a mini-batch counts for, and the mean over the rows,
is the business of the operations.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import maths
from nndesigner.engine.kernels.memory import part

#: Probabilities are kept this far from 0 and 1 before a logarithm is taken, as Keras does.
EDGE = 1e-7
_LN_2 = 0.6931471805599453


@kernel()
def hit(y, tr, threshold, labels):
    """Whether the row's answer is right: the largest output, or the one output's side."""
    width = y.shape[0]
    if width == 1:
        return (y[0] > threshold) == (tr[0] > 0.5)
    best = 0
    for j in range(1, width):
        if y[j] > y[best]:
            best = j
    if labels:
        return best == np.int64(tr[0])
    truth = 0
    for j in range(1, width):
        if tr[j] > tr[truth]:
            truth = j
    return best == truth


@kernel()
def distance(yr, tr):
    """The mean absolute distance of a row to its target."""
    far = 0.0
    for j in range(yr.shape[0]):
        far += abs(np.float64(yr[j]) - np.float64(tr[j]))
    return far / yr.shape[0]


@kernel()
def _told(value, j, units):
    """The j-th output in its own unit: value · scale + shift, of a logarithm undone."""
    found = value * units[3 * j] + units[3 * j + 1]
    if units[3 * j + 2] != 0.0:
        size = abs(found)
        size = 88.0 if size > 88.0 else size  # within what float32 can hold
        # The quick form: outputs and targets have no more digits than it gives.
        size = np.float64(maths.expm1(np.float32(size)))
        return size if found > 0 else (-size if found <= 0 else found)
    return found


@kernel()
def distance_in_units(yr, tr, units):
    """As `distance`, in the targets' own units: ``units`` holds three numbers an output."""
    far = 0.0
    for j in range(yr.shape[0]):
        far += abs(_told(np.float64(yr[j]), j, units) - _told(np.float64(tr[j]), j, units))
    return far / yr.shape[0]


# -- losses of one number y with the target t: (loss, slope), a mean over the outputs


@kernel()
def huber(e, delta):
    """e² / 2 up to delta, beyond it a line."""
    if abs(e) <= delta:
        return 0.5 * e * e, e
    return delta * abs(e) - 0.5 * delta * delta, delta if e > 0 else -delta + 0.0 * e


@kernel()
def log_cosh(e):
    """ln cosh e = |e| + ln(1 + e^−2|e|) − ln 2; near 0, where that cancels, ln(1 + 2 sinh² e/2)."""
    if abs(e) < 1.0:
        half = np.sinh(0.5 * e)
        return np.log1p(2.0 * half * half), np.tanh(e)
    return abs(e) + np.log1p(np.exp(-2.0 * abs(e))) - _LN_2, np.tanh(e)


@kernel()
def sign(e):
    """−1, 0 or 1; NaN stays."""
    return 1.0 if e > 0 else (-1.0 if e < 0 else e)


@kernel()
def percentage(y, t):
    """100 |y − t| / |t|."""
    size = EDGE if abs(t) < EDGE else abs(t)
    return 100.0 * abs(y - t) / size, 100.0 * sign(y - t) / size


@kernel()
def squared_log(y, t):
    """(ln(1 + y) − ln(1 + t))², both kept above 0."""
    inside = EDGE if y < EDGE else y
    e = np.log1p(inside) - np.log1p(EDGE if t < EDGE else t)
    return e * e, 2.0 * e / (1.0 + inside) if inside == y or y != y else 0.0


@kernel()
def softplus(z):
    """ln(1 + eᶻ)."""
    return (0.0 if z <= 0 else z) + np.log1p(np.exp(-abs(z)))


@kernel()
def binary_logits(z, t):
    """Binary cross-entropy of sigmoid(z); one exponential serves the loss and its slope."""
    e = np.exp(-abs(z))
    part = 1.0 / (1.0 + e)
    p = part if z > 0 else e * part
    return (0.0 if z <= 0 else z) + np.log1p(e) - z * t, p - t


@kernel()
def kept_inside(p):
    """A probability away from 0 and 1, so that it has a logarithm."""
    return EDGE if p < EDGE else (1.0 - EDGE if p > 1.0 - EDGE else p)


@kernel()
def binary(p, t):
    """Binary cross-entropy of a probability."""
    inside = kept_inside(p)
    loss = -t * np.log(inside) - (1.0 - t) * np.log(1.0 - inside)
    free = inside == p or p != p
    return loss, (inside - t) / (inside * (1.0 - inside)) if free else 0.0


@kernel()
def binary_focal(z, t, gamma, alpha):
    """(1 − p_t)^γ times the cross-entropy of sigmoid(z), α for yes and 1 − α for no."""
    p = 1.0 / (1.0 + np.exp(-z))
    entropy, slope = t * softplus(-z) + (1.0 - t) * softplus(z), p - t
    missing = 1.0 - (t * p + (1.0 - t) * (1.0 - p))
    missing = 0.0 if missing < 0 else missing
    share = alpha * t + (1.0 - alpha) * (1.0 - t)
    factor = missing**gamma
    bend = 0.0
    if gamma > 0 and missing > 0:
        bend = -gamma * missing ** (gamma - 1.0) * (2.0 * t - 1.0) * p * (1.0 - p)
    return share * factor * entropy, share * (bend * entropy + factor * slope)


@kernel()
def hinge(y, t):
    """max(0, 1 − t y); a target of 0 counts as −1."""
    side = -1.0 if t == 0 else t
    room = 1.0 - side * y
    return (0.0, 0.0) if room <= 0 else (room, -side + 0.0 * room)


@kernel()
def squared_hinge(y, t):
    """max(0, 1 − t y)²; a target of 0 counts as −1."""
    side = -1.0 if t == 0 else t
    room = 1.0 - side * y
    return (0.0, 0.0) if room <= 0 else (room * room, -2.0 * side * room)


@kernel()
def poisson(y, t):
    """y − t ln y."""
    return y - t * np.log(y + EDGE), 1.0 - t / (y + EDGE)


@kernel()
def poisson_logits(z, t):
    """eᶻ − t z."""
    y = np.exp(z)
    return y - t * z, y - t


@kernel()
def divergence(y, t):
    """t ln(t / y), both kept between 1e-7 and 1."""
    inside = EDGE if y < EDGE else (1.0 if y > 1.0 else y)
    truth = EDGE if t < EDGE else (1.0 if t > 1.0 else t)
    return truth * np.log(truth / inside), -truth / inside if inside == y or y != y else 0.0


# -- losses of a row z with the target row t; the slopes go into d


@kernel()
def target_of(tr, j, labels):
    """How much the j-th class is wanted."""
    if labels:
        return 1.0 if j == np.int64(tr[0]) else 0.0
    return np.float64(tr[j])


@kernel(inline="always")
def largest(z):
    """The largest number; a NaN in the first place stays."""
    top = z[0]
    for j in range(1, z.shape[0]):
        top = z[j] if z[j] > top else top
    return top


@kernel()
def exponentials(z, width, d):
    """d = e to the z below the largest of its row; rows of ``width`` numbers lie end to end.

    All rows at once: ten classes are less than a register holds.
    """
    for first in range(0, z.shape[0], width):
        y, e = part(z, first, width), part(d, first, width)
        top = largest(y)
        for j in range(width):
            e[j] = y[j] - top
    for i in range(d.shape[0]):
        d[i] = maths.exp(d[i])


@kernel()
def categorical_logits(labels, z, tr, d):
    """Cross-entropy of softmax(z): ln Σ eᶻ − Σ t z; dz = softmax(z) Σ t − t.

    ``labels``: the target is a class number in ``tr[0]``, else a weight for every class. The slopes
    ``d`` hold what `exponentials` gives. The largest of these is exactly 1, so that a loss near 0
    has all the digits of the others.
    """
    width = z.shape[0]
    top = np.float64(largest(z))
    total = 0.0
    for j in range(width):
        total += np.float64(d[j])
    log_total = np.log(total) + top
    mass, loss = 1.0, 0.0
    if labels:
        loss = log_total - np.float64(z[np.int64(tr[0])])
    else:
        mass = 0.0
        for j in range(width):
            mass += np.float64(tr[j])
            loss += np.float64(tr[j]) * (log_total - np.float64(z[j]))
    share = z.dtype.type(mass / total)
    for j in range(width):
        d[j] *= share
    if labels:
        d[np.int64(tr[0])] -= z.dtype.type(1)
    else:
        for j in range(width):
            d[j] -= tr[j]
    return loss


@kernel()
def categorical(labels, p, tr, d):
    """Cross-entropy of outputs between 0 and 1 that were no softmax: -Σ t ln (p / Σ p).

    Without the division all outputs would grow to 1: Keras divides too.
    """
    whole = 0.0
    mass = 0.0
    for j in range(p.shape[0]):
        v = np.float64(p[j])
        whole += EDGE if v < EDGE else v
        mass += target_of(tr, j, labels)
    loss = 0.0
    for j in range(p.shape[0]):
        v = np.float64(p[j])
        inside = EDGE if v < EDGE else v
        target = target_of(tr, j, labels)
        loss -= target * np.log(inside / whole)
        free = inside == v or v != v
        d[j] = p.dtype.type(mass / whole - target / inside if free else 0.0)
    return loss


@kernel()
def categorical_focal(labels, given, z, tr, gamma, alpha, d):
    """α Σ t (1 − p)^γ (−ln p) with p = softmax(z), or with p = z / Σ z where ``given``.

    With q = α t ((1 − p)^γ − γ (1 − p)^(γ−1) p ln p)  the slope along z is  p Σ q − q.
    """
    width = z.shape[0]
    top = 0.0 if given else np.float64(z[0])
    if not given:
        for j in range(1, width):
            top = np.float64(z[j]) if z[j] > top else top
    total = 0.0
    for j in range(width):
        v = np.float64(z[j])
        total += (EDGE if v < EDGE else v) if given else np.exp(v - top)
    loss, whole = 0.0, 0.0
    for j in range(width):
        v = np.float64(z[j])
        log_p = (np.log(EDGE if v < EDGE else v) if given else v - top) - np.log(total)
        p = np.exp(log_p)
        missing = -np.expm1(log_p)
        factor = missing**gamma
        bend = 0.0
        if gamma > 0 and missing > 0:
            bend = gamma * missing ** (gamma - 1.0) * p * log_p
        wanted = alpha * target_of(tr, j, labels)
        loss -= wanted * factor * log_p
        whole += wanted * (factor - bend)
    for j in range(width):
        v = np.float64(z[j])
        log_p = (np.log(EDGE if v < EDGE else v) if given else v - top) - np.log(total)
        p = np.exp(log_p)
        missing = -np.expm1(log_p)
        bend = 0.0
        if gamma > 0 and missing > 0:
            bend = gamma * missing ** (gamma - 1.0) * p * log_p
        slope = p * whole - alpha * target_of(tr, j, labels) * (missing**gamma - bend)
        if given:  # z stands for ln of what was given
            slope = 0.0 if v < EDGE else slope / v
        d[j] = z.dtype.type(slope)
    return loss


@kernel()
def categorical_hinge(labels, y, tr, d):
    """max(0, 1 + max (1 − t) y − Σ t y)."""
    right, wrong, place = 0.0, 0.0, -1
    for j in range(y.shape[0]):
        t, v = target_of(tr, j, labels), np.float64(y[j])
        right += t * v
        if place < 0 or (1.0 - t) * v > wrong or v != v:
            wrong, place = (1.0 - t) * v, j
    room = 1.0 + wrong - right
    for j in range(y.shape[0]):
        t = target_of(tr, j, labels)
        slope = (1.0 - t if j == place else 0.0) - t
        d[j] = y.dtype.type(0.0 if room <= 0 else slope)
    return 0.0 if room <= 0 else room


@kernel()
def divergence_logits(z, tr, d):
    """Σ t ln(t / p) with p = softmax(z), and the mean of |p − t|; d as for `categorical_logits`."""
    loss = categorical_logits(False, z, tr, d)
    mass, far = 0.0, 0.0
    for j in range(z.shape[0]):
        t = np.float64(tr[j])
        mass += t
        loss += t * np.log(t) if t > 0 else 0.0
    for j in range(z.shape[0]):
        t = np.float64(tr[j])
        far += abs((np.float64(d[j]) + t) / mass - t)
    return loss, far / z.shape[0]


@kernel()
def cosine(y, tr, d):
    """−(y · t) / (|y| |t|)."""
    tiny = 1e-12
    yy, tt, yt = 0.0, 0.0, 0.0
    for j in range(y.shape[0]):
        a, b = np.float64(y[j]), np.float64(tr[j])
        yy += a * a
        tt += b * b
        yt += a * b
    small = yy < tiny
    yy, tt = tiny if small else yy, tiny if tt < tiny else tt
    size = np.sqrt(yy) * np.sqrt(tt)
    for j in range(y.shape[0]):
        pull = 0.0 if small else yt / yy * np.float64(y[j])
        d[j] = y.dtype.type((pull - np.float64(tr[j])) / size)
    return -yt / size
