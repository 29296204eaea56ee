"""Every kernel against its slow, obvious twin."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.engine import ops
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import elementwise, maths, noise, windows
from nndesigner.engine.kernels.blas import gemm
from nndesigner.engine.tape import ACTIVATION_CODES
from nndesigner.layers.windows import padding_before, window_length
from tests import naive
from tests.helpers import Array

DTYPES = [np.float32, np.float64]
TOLERANCE = {np.float32: 3e-5, np.float64: 1e-12}
KINDS = sorted(ACTIVATION_CODES)


def numbers(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def close(found: Array, expected: Array, dtype: type) -> None:
    assert found.dtype == dtype
    np.testing.assert_allclose(
        found.reshape(expected.shape), expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype]
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [(2, 3, 4), (7, 20, 33)])
@pytest.mark.parametrize("ta", [False, True])
@pytest.mark.parametrize("tb", [False, True])
@pytest.mark.parametrize("beta", [0, 1])
def test_gemm(dtype: type, size: tuple[int, int, int], ta: bool, tb: bool, beta: int) -> None:
    m, n, k = size
    a, b, c = numbers(m, k), numbers(k, n, seed=1), numbers(m, n, seed=2)
    expected = a @ b + beta * c
    left = np.ascontiguousarray(a.T if ta else a, dtype)
    right = np.ascontiguousarray(b.T if tb else b, dtype)
    out = c.astype(dtype).ravel()
    gemm(ta, tb, m, n, k, left.ravel(), left.shape[1], right.ravel(), right.shape[1], beta, out, n)
    close(out, expected, dtype)


def test_gemm_does_not_read_what_it_overwrites() -> None:
    out = np.full(4, np.nan, np.float32)
    ones = np.ones(4, np.float32)
    gemm(False, False, 2, 2, 2, ones, 2, ones, 2, 0, out, 2)
    assert out.tolist() == [2, 2, 2, 2]


@kernel()
def _apply_exp(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = maths.exp(x[i])


@kernel()
def _apply_tanh(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = maths.tanh(x[i])


@kernel()
def _apply_sigmoid(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = maths.sigmoid(x[i])


def test_exponentials_are_exact_to_2e_7() -> None:
    x = np.linspace(-87, 88, 20_001, dtype=np.float32)
    y = np.empty_like(x)
    _apply_exp(x, y)
    assert np.abs(y / np.exp(x.astype(np.float64)) - 1).max() < 2e-7
    x = np.linspace(-20, 20, 20_001, dtype=np.float32)
    y = np.empty_like(x)
    _apply_tanh(x, y)
    assert np.abs(y - np.tanh(x.astype(np.float64))).max() < 2e-7
    _apply_sigmoid(x, y)
    assert np.abs(y - 1 / (1 + np.exp(-x.astype(np.float64)))).max() < 2e-7


def test_tanh_has_all_digits_near_0_and_never_leaves_its_reach() -> None:
    x = np.concatenate([np.geomspace(1e-30, 30, 20_001), np.geomspace(1e-3, 12, 50_001)])
    x = np.concatenate([x, -x]).astype(np.float32)
    y = np.empty_like(x)
    _apply_tanh(x, y)
    assert np.abs(y / np.tanh(x.astype(np.float64)) - 1).max() < 3e-7
    assert np.abs(y).max() == 1


def test_exponentials_keep_nan_and_level_off() -> None:
    x = np.array([np.nan, np.inf, -np.inf, 200, -200], np.float32)
    y = np.empty_like(x)
    _apply_exp(x, y)
    assert np.isnan(y[0])
    assert y[1] > 1e38
    assert y[2] < 1e-37
    _apply_tanh(x, y)
    assert np.isnan(y[0])
    assert y[1:].tolist() == [1, -1, 1, -1]
    _apply_sigmoid(x, y)
    assert np.isnan(y[0])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_activation_and_its_slope(dtype: type, kind: str) -> None:
    x, dy = numbers(5, 7), numbers(5, 7, seed=1)
    y = np.empty(35, dtype)
    slope = dtype(0.01)
    elementwise.activate(ACTIVATION_CODES[kind], slope, x.astype(dtype).ravel(), y)
    close(y, naive.activation(x, kind), dtype)
    expected = naive.activation_backward(x, dy, kind)
    for add in (False, True):
        dx = np.full(35, 2, dtype)
        elementwise.activate_back(
            ACTIVATION_CODES[kind], slope, y, dy.astype(dtype).ravel(), dx, add
        )
        close(dx, expected + 2 * add, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [1, 5, 150])
def test_bias_with_activation(dtype: type, kind: str, rows: int) -> None:
    x, b, dy = numbers(rows, 6), numbers(6, seed=1), numbers(rows, 6, seed=2)
    code, slope = ACTIVATION_CODES[kind], dtype(0.01)
    y = x.astype(dtype).ravel()
    work = np.full(ops.BIAS_ROOM, np.nan, dtype)
    elementwise.bias(code, slope, y, b.astype(dtype), work)
    close(y, naive.activation(naive.bias(x, b), kind), dtype)
    inner = naive.activation_backward(naive.bias(x, b), dy, kind)
    dx, db = naive.bias_backward(inner)
    for fresh in (True, False):
        d, total = dy.astype(dtype).ravel(), np.full(6, 3, dtype)
        elementwise.bias_back(code, slope, y, d, total, fresh, work)
        close(d, dx, dtype)
        close(total, db + (0 if fresh else 3), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax(dtype: type) -> None:
    x, dy = numbers(4, 6) * 5, numbers(4, 6, seed=1)
    y, dx = np.empty(24, dtype), np.zeros(24, dtype)
    elementwise.softmax(x.astype(dtype).ravel(), y, 6)
    close(y, naive.activation(x, "softmax"), dtype)
    elementwise.softmax_back(y, dy.astype(dtype).ravel(), dx, 6, False)
    close(dx, naive.activation_backward(x, dy, "softmax"), dtype)


def test_softmax_of_huge_numbers_is_finite_and_of_nan_is_nan() -> None:
    x = np.array([1e4, -1e4, 0, np.nan, 0, 0], np.float32)
    y = np.empty_like(x)
    elementwise.softmax(x, y, 3)
    assert y[:3].tolist() == pytest.approx([1, 0, 0])
    assert np.isnan(y[3:]).all()


def test_relu_keeps_nan() -> None:
    x = np.array([np.nan, -1, 2], np.float32)
    y = np.empty_like(x)
    elementwise.activate(ACTIVATION_CODES["relu"], np.float32(0), x, y)
    assert np.isnan(y[0])
    assert y[1:].tolist() == [0, 2]


def form_of(
    shape: tuple[int, int, int], window: tuple[int, int], stride: tuple[int, int], padding: str
) -> tuple[int, ...]:
    """The numbers of sliding windows as the kernels take them."""
    before = [padding_before(shape[i], window[i], stride[i], padding) for i in (0, 1)]
    out = [window_length(shape[i], window[i], stride[i], padding) for i in (0, 1)]
    return (*shape, *window, *stride, *before, *out)


WINDOWS = [
    ((5, 6, 2), (3, 3), (1, 1), "valid"),
    ((5, 6, 3), (2, 3), (2, 1), "valid"),
    ((7, 5, 2), (3, 3), (1, 1), "same"),
    ((6, 7, 1), (4, 3), (2, 3), "same"),
    ((4, 4, 2), (4, 4), (1, 1), "valid"),
    ((3, 3, 2), (1, 1), (1, 1), "same"),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "window", "stride", "padding"), WINDOWS)
def test_max_pooling(
    dtype: type, shape: tuple[int, int, int], window: tuple[int, int], stride: tuple[int, int],
    padding: str,
) -> None:  # fmt: skip
    rows = 2
    # Few different numbers: ties must go to the first place, as in the twin.
    x = np.round(numbers(rows, *shape))
    form = form_of(shape, window, stride, padding)
    expected = naive.maxpool2d(x, window, stride, padding)
    dy = numbers(*expected.shape, seed=2)
    y, flat = np.empty(expected.size, dtype), x.astype(dtype).ravel()
    windows.maxpool2d(form, rows, flat, y)
    close(y, expected, dtype)
    dx = naive.maxpool2d_backward(x, dy, window, stride, padding)
    for add in (False, True):
        found = np.full(x.size, 2, dtype)
        windows.maxpool2d_back(form, rows, flat, y, dy.astype(dtype).ravel(), found, add)
        close(found, dx + 2 * add, dtype)


def test_max_pooling_keeps_nan() -> None:
    x = np.array([1, np.nan, 3, 4], np.float32)
    y = np.empty(1, np.float32)
    windows.maxpool2d((2, 2, 1, 2, 2, 2, 2, 0, 0, 1, 1), 1, x, y)
    assert np.isnan(y[0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_sums_and_columns(dtype: type) -> None:
    a, b = numbers(3, 4), numbers(3, 4, seed=1)
    y = np.empty(12, dtype)
    elementwise.add(a.astype(dtype).ravel(), b.astype(dtype).ravel(), y)
    close(y, naive.add((a, b)), dtype)
    c = numbers(3, 2, seed=2)
    whole = np.empty(18, dtype)
    elementwise.copy_columns(a.astype(dtype).ravel(), whole, 4, 6, 0)
    elementwise.copy_columns(c.astype(dtype).ravel(), whole, 2, 6, 4)
    close(whole, naive.concatenate((a, c)), dtype)
    back = np.ones(6, dtype)
    elementwise.copy_columns_back(whole, back, 2, 6, 4, True)
    close(back, c + 1, dtype)


def mask_of(rate: float, seed: int, step: int, first: int, rows: int, width: int) -> Array:
    x = np.ones(rows * width, np.float32)
    mask, y = np.empty_like(x), np.empty_like(x)
    noise.dropout(np.float32(rate), seed, step, 4, first, rows, x, mask, y)
    assert (y == mask).all()
    return mask.reshape(rows, width)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_silences_its_share_and_keeps_the_mean(rate: float) -> None:
    mask = mask_of(rate, 1, 0, 0, 400, 500)
    assert (mask == 0).mean() == pytest.approx(rate, abs=0.005)
    assert mask.mean() == pytest.approx(1, abs=0.02)
    for axis in (0, 1):  # no stripes
        spread = (mask == 0).mean(axis=axis).std()
        expected = np.sqrt(rate * (1 - rate) / mask.shape[axis])
        assert spread == pytest.approx(expected, rel=0.15)


def test_dropout_depends_on_seed_step_and_row_alone() -> None:
    whole = mask_of(0.5, 1, 3, 0, 10, 64)
    assert (mask_of(0.5, 1, 3, 4, 6, 64) == whole[4:]).all()
    assert (mask_of(0.5, 2, 3, 0, 10, 64) != whole).mean() == pytest.approx(0.5, abs=0.08)
    assert (mask_of(0.5, 1, 4, 0, 10, 64) != whole).mean() == pytest.approx(0.5, abs=0.08)
