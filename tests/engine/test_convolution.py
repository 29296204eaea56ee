"""The kernels of convolution against their slow twins, however they get at windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nndesigner.engine import ops
from nndesigner.engine.kernels import convolution, depthwise, tiles
from nndesigner.engine.kernels.registers import REGISTER_BYTES
from nndesigner.layers import Conv2D, Conv2DTranspose
from nndesigner.layers.transposed import transposed_before
from nndesigner.layers.windows import counted, reached
from tests import naive_convolution as naive
from tests.engine.test_kernels import DTYPES, close, numbers
from tests.helpers import Array

WINDOWS: list[tuple[tuple[int, int, int], tuple[int, int], dict[str, Any]]] = [
    ((5, 6, 2), (3, 3), {}),
    ((5, 6, 3), (2, 3), {"stride": (2, 1)}),
    ((7, 5, 2), (3, 3), {"padding": "same"}),
    ((6, 7, 1), (4, 3), {"stride": (2, 3), "padding": "same"}),
    ((4, 4, 2), (4, 4), {}),
    ((3, 3, 2), (1, 1), {"padding": "same"}),
    ((5, 5, 4), (3, 2), {"padding": "explicit", "margin": (2, 1)}),
    ((7, 7, 2), (3, 2), {"dilation": (2, 1), "padding": "same"}),
    ((7, 8, 2), (2, 3), {"dilation": (2, 3), "stride": (1, 2), "padding": "explicit"}),
]


def ways(kernel: tuple[int, int], options: dict[str, Any], groups: int) -> list[int]:
    """How these windows can be got at."""
    found = [ops.COPIED]
    if groups == 1 and options.get("dilation", (1, 1))[1] == 1:
        found.append(ops.DIRECT)
    return [*found, ops.POINTWISE] if groups == 1 and kernel == (1, 1) else found


def with_rest(array: Array, dtype: type) -> Array:
    """Flat, with something behind it that is read but must not be used."""
    return np.append(array.ravel(), np.full(16, np.nan)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "kernel", "options"), WINDOWS)
@pytest.mark.parametrize(("filters", "groups"), [(4, 1), (4, 2), (37, 1), (50, 1)])
def test_convolution(
    dtype: type, shape: tuple[int, int, int], kernel: tuple[int, int], options: dict[str, Any],
    filters: int, groups: int,
) -> None:  # fmt: skip
    if shape[2] % groups:
        pytest.skip("the channels cannot be shared out")
    rows, group = 3, 2
    layer = Conv2D(filters=filters, kernel=kernel, **options)
    count, before = counted(layer, shape)
    form = (*shape, *kernel, *layer.stride, *before, *count, *layer.dilation)
    x, w = numbers(rows, *shape), numbers(*kernel, shape[2] // groups, filters, seed=1)
    expected = naive.conv2d(x, w, **options, groups=groups)
    dy = numbers(*expected.shape, seed=2)
    dx, dw = naive.conv2d_backward(x, w, dy, **options, groups=groups)
    flat, weight, slope = (with_rest(array, dtype) for array in (x, w, dy))
    weight = weight[:-16]
    for how in ways(kernel, options, groups):
        work = np.full(20_000, np.nan, dtype)
        for again in (False, True):
            y, found_x, found_w = (np.full(array.size, 2, dtype) for array in (expected, x, w))
            common = (form, how, filters, groups, group, rows)
            convolution.outputs(*common, flat, weight, y, again, work)
            close(y, expected + 2 * again, dtype)
            convolution.weights(*common, flat, slope, found_w, not again, work)
            close(found_w, dw + 2 * again, dtype)
            convolution.inputs(*common, slope[:-16], weight, found_x, again, work)
            close(found_x, dx + 2 * again, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "kernel", "options"), WINDOWS)
@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise_convolution(
    dtype: type, shape: tuple[int, int, int], kernel: tuple[int, int], options: dict[str, Any],
    multiplier: int,
) -> None:  # fmt: skip
    rows = 2
    layer = Conv2D(kernel=kernel, **options)
    count, before = counted(layer, shape)
    form = (*shape, *kernel, *layer.stride, *before, *count, *layer.dilation)
    x, w = numbers(rows, *shape), numbers(*kernel, shape[2], multiplier, seed=1)
    expected = naive.depthwise(x, w, **options)
    dy = numbers(*expected.shape, seed=2)
    dx, dw = naive.depthwise_backward(x, w, dy, **options)
    flat, weight, slope = (array.astype(dtype).ravel() for array in (x, w, dy))
    y, work = np.full(expected.size, np.nan, dtype), np.full(w.size, np.nan, dtype)
    depthwise.outputs(form, multiplier, rows, flat, weight, y)
    close(y, expected, dtype)
    for again in (False, True):
        found_x, found_w = (np.full(array.size, 2, dtype) for array in (x, w))
        depthwise.weights(form, multiplier, rows, flat, slope, found_w, not again, work)
        close(found_w, dw + 2 * again, dtype)
        depthwise.inputs(form, multiplier, rows, slope, weight, found_x, again)
        close(found_x, dx + 2 * again, dtype)


@pytest.mark.parametrize(
    "options",
    [
        {"stride": (1, 1), "padding": "valid"},
        {"stride": (2, 2), "padding": "same"},
        {"stride": (3, 4), "padding": "same"},
        {"stride": (2, 5), "padding": "valid"},
        {"stride": (2, 1), "padding": "explicit", "margin": (1, 0)},
        {"stride": (2, 1), "padding": "same", "dilation": (2, 2)},
    ],
)
def test_transposed_convolution(options: dict[str, Any]) -> None:
    rows, shape, filters, kernel = 2, (3, 4, 5), 2, (3, 3)
    layer = Conv2DTranspose(filters=filters, kernel=kernel, **options)
    made, reach = layer.output_shape((shape,)), reached(layer)
    before = [
        transposed_before(reach[i], layer.stride[i], layer.padding, layer.margin[i]) for i in (0, 1)
    ]
    form = (*made, *kernel, *layer.stride, *before, *shape[:2], *layer.dilation)
    x, w = numbers(rows, *shape), numbers(*kernel, filters, shape[2], seed=1)
    expected = naive.transposed(x, w, **options)
    assert expected.shape[1:] == made
    dy = numbers(*expected.shape, seed=2)
    dx, dw = naive.transposed_backward(x, w, dy, **options)
    for how in ways(kernel, options, 1):
        common = (form, how, shape[2], 1, 1, rows)
        work = np.full(20_000, np.nan)
        y, found_x, found_w = np.empty(expected.size), np.empty(x.size), np.empty(w.size)
        convolution.inputs(*common, x.ravel(), w.ravel(), y, False, work)
        close(y, expected, np.float64)
        slope = with_rest(dy, np.float64)
        convolution.outputs(*common, slope, w.ravel(), found_x, False, work)
        close(found_x, dx, np.float64)
        convolution.weights(*common, slope, with_rest(x, np.float64), found_w, True, work)
        close(found_w, dw, np.float64)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("vectors", range(1, tiles.WIDEST + 1))
@pytest.mark.parametrize("count", [1, tiles.HEIGHT])
def test_a_tile(dtype: type, vectors: int, count: int) -> None:
    lanes = REGISTER_BYTES // np.dtype(dtype).itemsize
    width, last = vectors * lanes, lanes - 1
    a, b = numbers(500), numbers(2, 3, width, seed=1)
    where = np.random.default_rng(2).integers(0, 400, tiles.HEIGHT)
    expected = np.full((tiles.HEIGHT, width + 3), 5.0)
    for i in range(count):
        total = sum(a[where[i] + 20 * o + 2 * t] * b[o, t] for o in range(2) for t in range(3))
        expected[i, : width - 1] = total[: width - 1]
    for add in (0, 1):
        c = np.full(expected.shape, 5, dtype)
        tiles.tile(
            vectors, a.astype(dtype), where, count, 2, 20, 3, 2, b.astype(dtype).ravel(),
            3 * width, width, c.ravel(), width + 3, last, add,
        )  # fmt: skip
        added = expected.copy()
        added[:count, : width - 1] += 5 * add
        close(c, added, dtype)
