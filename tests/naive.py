"""Slow, obvious twins of the engine's arithmetic: float64 NumPy, one loop an index.

Nothing here is clever, so that it can be checked by reading. Every forward function has a backward
one that takes the gradient of its output and gives those of its inputs. Layout is (batch, height,
width, channels); kernels are (height, width, channels, filters), as in `layers/convolution.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Pair = tuple[int, int]


# -- dense and bias


def dense(x: Array, w: Array) -> Array:
    """Every output is the sum of every input times its weight; x (batch, inputs)."""
    batch, inputs = x.shape
    units = w.shape[1]
    y = np.zeros((batch, units))
    for row in range(batch):
        for unit in range(units):
            for i in range(inputs):
                y[row, unit] += x[row, i] * w[i, unit]
    return y


def dense_backward(x: Array, w: Array, dy: Array) -> tuple[Array, Array]:
    """The gradients of x and w."""
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for row in range(x.shape[0]):
        for unit in range(w.shape[1]):
            for i in range(x.shape[1]):
                dx[row, i] += dy[row, unit] * w[i, unit]
                dw[i, unit] += dy[row, unit] * x[row, i]
    return dx, dw


def bias(x: Array, b: Array) -> Array:
    """One number added to each channel (the last axis)."""
    y = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        y[index] = x[index] + b[index[-1]]
    return y


def bias_backward(dy: Array) -> tuple[Array, Array]:
    """The gradients of x and b."""
    db = np.zeros(dy.shape[-1])
    for index in np.ndindex(dy.shape):
        db[index[-1]] += dy[index]
    return dy.copy(), db


# -- activations


def sigmoid(v: float) -> float:
    """1 / (1 + e⁻ᵛ), without overflow on either side."""
    if v >= 0:
        return 1.0 / (1.0 + math.exp(-v))
    return math.exp(v) / (1.0 + math.exp(v))


def activation(x: Array, kind: str, slope: float = 0.01) -> Array:
    """One of the six activations; softmax works over the last axis."""
    if kind == "softmax":
        return _softmax(x)
    y = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        v = float(x[index])
        match kind:
            case "linear":
                y[index] = v
            case "sigmoid":
                y[index] = sigmoid(v)
            case "tanh":
                y[index] = math.tanh(v)
            case "relu":
                y[index] = 0.0 if v <= 0 else v
            case "leaky_relu":
                y[index] = slope * v if v <= 0 else v
            case _:
                raise ValueError(kind)
    return y


def activation_backward(x: Array, dy: Array, kind: str, slope: float = 0.01) -> Array:
    """The gradient of x. At 0, ReLU and leaky ReLU take the slope of the negative side."""
    if kind == "softmax":
        return _softmax_backward(x, dy)
    dx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        v = float(x[index])
        match kind:
            case "linear":
                derivative = 1.0
            case "sigmoid":
                derivative = sigmoid(v) * (1.0 - sigmoid(v))
            case "tanh":
                derivative = 1.0 - math.tanh(v) ** 2
            case "relu":
                derivative = 0.0 if v <= 0 else 1.0
            case "leaky_relu":
                derivative = slope if v <= 0 else 1.0
            case _:
                raise ValueError(kind)
        dx[index] = dy[index] * derivative
    return dx


def _softmax(x: Array) -> Array:
    y = np.zeros_like(x)
    for lead in np.ndindex(x.shape[:-1]):
        row = x[lead]
        top = max(float(v) for v in row)
        powers = [math.exp(float(v) - top) for v in row]
        for k, power in enumerate(powers):
            y[(*lead, k)] = power / sum(powers)
    return y


def _softmax_backward(x: Array, dy: Array) -> Array:
    y, dx = _softmax(x), np.zeros_like(x)
    for lead in np.ndindex(x.shape[:-1]):
        for j in range(x.shape[-1]):
            for k in range(x.shape[-1]):
                same = 1.0 if j == k else 0.0
                dx[(*lead, j)] += dy[(*lead, k)] * y[(*lead, k)] * (same - y[(*lead, j)])
    return dx


# -- windows over images


def windows(size: int, kernel: int, stride: int, padding: str) -> tuple[int, int]:
    """How many windows fit along an axis, and the zeros before its first pixel."""
    if padding == "valid":
        count = 0
        while count * stride + kernel <= size:
            count += 1
        return count, 0
    count = 0
    while count * stride < size:
        count += 1
    missing = max(0, (count - 1) * stride + kernel - size)
    return count, missing // 2


def _largest(
    x: Array, n: int, row: int, column: int, c: int, window: Pair, stride: Pair, before: Pair
) -> tuple[int, int]:
    """Where the largest number of one window is; of equal ones the first, row by row."""
    best: tuple[int, int] | None = None
    for i in range(window[0]):
        for j in range(window[1]):
            u, v = row * stride[0] + i - before[0], column * stride[1] + j - before[1]
            inside = 0 <= u < x.shape[1] and 0 <= v < x.shape[2]
            if inside and (best is None or x[n, u, v, c] > x[n, best[0], best[1], c]):
                best = (u, v)
    assert best is not None
    return best


def maxpool2d(
    x: Array, window: Pair = (2, 2), stride: Pair | None = None, padding: str = "valid"
) -> Array:
    """The largest number of each window, channel by channel; padding never wins."""
    stride = stride or window
    rows, top = windows(x.shape[1], window[0], stride[0], padding)
    columns, left = windows(x.shape[2], window[1], stride[1], padding)
    y = np.zeros((x.shape[0], rows, columns, x.shape[3]))
    for n, row, column, c in np.ndindex(y.shape):
        u, v = _largest(x, n, row, column, c, window, stride, (top, left))
        y[n, row, column, c] = x[n, u, v, c]
    return y


def maxpool2d_backward(
    x: Array,
    dy: Array,
    window: Pair = (2, 2),
    stride: Pair | None = None,
    padding: str = "valid",
) -> Array:
    """The gradient of x: all of it to the number that won."""
    stride = stride or window
    _, top = windows(x.shape[1], window[0], stride[0], padding)
    _, left = windows(x.shape[2], window[1], stride[1], padding)
    dx = np.zeros_like(x)
    for n, row, column, c in np.ndindex(dy.shape):
        u, v = _largest(x, n, row, column, c, window, stride, (top, left))
        dx[n, u, v, c] += dy[n, row, column, c]
    return dx


# -- dropout and merges


def dropout(x: Array, mask: npt.NDArray[np.bool_], rate: float) -> Array:
    """Numbers whose mask is true pass, scaled by 1/(1 − rate); the others become 0."""
    y = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        y[index] = x[index] / (1.0 - rate) if mask[index] else 0.0
    return y


def dropout_backward(dy: Array, mask: npt.NDArray[np.bool_], rate: float) -> Array:
    """The gradient of x: through the same mask."""
    return dropout(dy, mask, rate)


def add(inputs: tuple[Array, ...]) -> Array:
    """The sum, number by number."""
    y = np.zeros_like(inputs[0])
    for x in inputs:
        for index in np.ndindex(x.shape):
            y[index] += x[index]
    return y


def add_backward(inputs: tuple[Array, ...], dy: Array) -> tuple[Array, ...]:
    """Every input gets the whole gradient."""
    return tuple(dy.copy() for _ in inputs)


def concatenate(inputs: tuple[Array, ...]) -> Array:
    """One behind the other along the last axis."""
    y = np.zeros((*inputs[0].shape[:-1], sum(x.shape[-1] for x in inputs)))
    start = 0
    for x in inputs:
        for index in np.ndindex(x.shape):
            y[(*index[:-1], start + index[-1])] = x[index]
        start += x.shape[-1]
    return y


def concatenate_backward(inputs: tuple[Array, ...], dy: Array) -> tuple[Array, ...]:
    """Each input gets its stretch of the gradient."""
    gradients, start = [], 0
    for x in inputs:
        dx = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            dx[index] = dy[(*index[:-1], start + index[-1])]
        gradients.append(dx)
        start += x.shape[-1]
    return tuple(gradients)


# -- losses: means over the batch, and over the outputs of a row where the formula says 1/k


def mse(y: Array, t: Array) -> tuple[float, Array]:
    """Mean squared error and the gradient of y; both (batch, outputs)."""
    batch, outputs = y.shape
    loss, dy = 0.0, np.zeros_like(y)
    for n, k in np.ndindex(y.shape):
        miss = y[n, k] - t[n, k]
        loss += miss * miss / (batch * outputs)
        dy[n, k] = 2.0 * miss / (batch * outputs)
    return loss, dy


def mae(y: Array, t: Array) -> tuple[float, Array]:
    """Mean absolute error and the gradient of y; 0 where nothing is missed."""
    batch, outputs = y.shape
    loss, dy = 0.0, np.zeros_like(y)
    for n, k in np.ndindex(y.shape):
        miss = y[n, k] - t[n, k]
        loss += abs(miss) / (batch * outputs)
        dy[n, k] = (0.0 if miss == 0 else math.copysign(1.0, miss)) / (batch * outputs)
    return loss, dy


def binary_crossentropy(logits: Array, t: Array) -> tuple[float, Array]:
    """−t ln p − (1−t) ln(1−p) with p = sigmoid(logit), and the gradient of the logits."""
    batch, outputs = logits.shape
    loss, dz = 0.0, np.zeros_like(logits)
    for n, k in np.ndindex(logits.shape):
        z = float(logits[n, k])
        # ln p = −ln(1 + e⁻ᶻ) and ln(1−p) = −ln(1 + eᶻ), neither of which overflows like this:
        log_yes = -(max(0.0, -z) + math.log1p(math.exp(-abs(z))))
        log_no = -(max(0.0, z) + math.log1p(math.exp(-abs(z))))
        loss -= (t[n, k] * log_yes + (1.0 - t[n, k]) * log_no) / (batch * outputs)
        dz[n, k] = (sigmoid(z) - t[n, k]) / (batch * outputs)
    return loss, dz


def categorical_crossentropy(logits: Array, labels: npt.NDArray[np.integer]) -> tuple[float, Array]:
    """−ln p of the true class with p = softmax(logits), and the gradient of the logits."""
    batch, classes = logits.shape
    loss, dz = 0.0, np.zeros_like(logits)
    for n in range(batch):
        top = max(float(z) for z in logits[n])
        whole = sum(math.exp(float(z) - top) for z in logits[n])
        loss -= (float(logits[n, labels[n]]) - top - math.log(whole)) / batch
        for k in range(classes):
            p = math.exp(float(logits[n, k]) - top) / whole
            dz[n, k] = (p - (1.0 if k == labels[n] else 0.0)) / batch
    return loss, dz


# -- the judge


def central_differences(f: Callable[[Array], float], x: Array, eps: float = 1e-6) -> Array:
    """The gradient of a function of an array, by moving each number a little to both sides."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        above = f(x)
        x[index] = kept - eps
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / (2.0 * eps)
    return gradient


# -- made points, one after the other; the draws are those of the generator, in its order


def made_points(
    kind: str, number: int, noise: float, rng: np.random.Generator
) -> list[tuple[float, float, float]]:
    """The Playground's six sets by their written formulas: a list of (x, y, target)."""
    first = number - number // 2
    points: list[tuple[float, float, float]] = []
    if kind == "circle":
        radius = 5.0
        near = rng.uniform(0, radius / 2, first)
        far = rng.uniform(0.7 * radius, radius, number - first)
        r = [*near, *far]
        angle = rng.uniform(0, 2 * math.pi, number)
        places = [(r[i] * math.sin(angle[i]), r[i] * math.cos(angle[i])) for i in range(number)]
        moved = rng.uniform(-radius, radius, (number, 2))
        for (x, y), (dx, dy) in zip(places, moved, strict=True):
            inside = math.sqrt((x + dx * noise) ** 2 + (y + dy * noise) ** 2) < radius / 2
            points.append((x, y, 1.0 if inside else -1.0))
    elif kind == "xor":
        places = [tuple(pair) for pair in rng.uniform(-5, 5, (number, 2))]
        places = [(x + (0.3 if x > 0 else -0.3), y + (0.3 if y > 0 else -0.3)) for x, y in places]
        moved = rng.uniform(-5, 5, (number, 2))
        for (x, y), (dx, dy) in zip(places, moved, strict=True):
            points.append((x, y, 1.0 if (x + dx * noise) * (y + dy * noise) >= 0 else -1.0))
    elif kind == "gauss":
        spread = math.sqrt(0.5 + (4 - 0.5) * noise / 0.5)
        for i, (dx, dy) in enumerate(rng.standard_normal((number, 2))):
            sign = 1.0 if i < first else -1.0
            points.append((2 * sign + spread * dx, 2 * sign + spread * dy, sign))
    elif kind == "two-spirals":
        moved = rng.uniform(-1, 1, (number, 2))
        for i in range(number):
            arm = number - first if i >= first else first
            place = i - first if i >= first else i
            r = place / arm * 5
            t = 1.75 * place / arm * 2 * math.pi + (math.pi if i >= first else 0)
            x, y = r * math.sin(t) + moved[i][0] * noise, r * math.cos(t) + moved[i][1] * noise
            points.append((x, y, -1.0 if i >= first else 1.0))
    else:
        places = [tuple(pair) for pair in rng.uniform(-6, 6, (number, 2))]
        moved = rng.uniform(-6, 6, (number, 2))
        for (x, y), (dx, dy) in zip(places, moved, strict=True):
            xn, yn = x + dx * noise, y + dy * noise
            if kind == "reg-plane":
                points.append((x, y, (xn + yn) / 10))
                continue
            label = 0.0
            for cx, cy, sign in (
                (-4, 2.5, 1),
                (0, 2.5, -1),
                (4, 2.5, 1),
                (-4, -2.5, -1),
                (0, -2.5, 1),
                (4, -2.5, -1),
            ):
                distance = math.sqrt((xn - cx) ** 2 + (yn - cy) ** 2)
                own = sign * min(1.0, max(0.0, 1 - distance / 2))
                if abs(own) > abs(label):
                    label = own
            points.append((x, y, label))
    return points
