"""Kernels of normalisation, pooling, moved numbers, merges and noise against their slow twins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.engine.kernels import elementwise, noise, norms, shapes, windows
from nndesigner.graph import Layer, Shape
from nndesigner.layers import Cropping, Permute, UpSampling, ZeroPadding
from tests import naive, naive_layers
from tests.engine.test_kernels import DTYPES, WINDOWS, close, form_of, numbers
from tests.helpers import Array, engine_for

EPSILON = 1e-2


def flat(x: Array, dtype: type) -> Array:
    return x.astype(dtype).ravel()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2, 6), (150, 1), (3, 7, 7, 2)])
def test_batch_normalisation(dtype: type, shape: tuple[int, ...]) -> None:
    channels = shape[-1]
    x, dy = 3 + numbers(*shape), numbers(*shape, seed=1)
    gamma, beta = numbers(channels, seed=2), numbers(channels, seed=3)
    mean, square = np.full(channels, 9, dtype), np.full(channels, 9, dtype)
    work = np.full(2 * channels, 9, dtype)
    norms.batch_moments(flat(x, dtype), mean, square, work[:channels])
    places = x.size // channels
    close(mean, x.reshape(-1, channels).mean(axis=0), dtype)
    close(square / dtype(places), x.reshape(-1, channels).var(axis=0), dtype)
    inverse = np.empty(channels, dtype)
    norms.deviations(square / dtype(places), dtype(EPSILON), inverse)
    y = np.empty(x.size, dtype)
    norms.batch_norm(flat(x, dtype), mean, inverse, gamma.astype(dtype), beta.astype(dtype), y)
    close(y, naive_layers.batch_norm(x, gamma, beta, EPSILON)[0], dtype)

    total, along = np.empty(channels, dtype), np.empty(channels, dtype)
    norms.batch_sums(flat(x, dtype), mean, inverse, flat(dy, dtype), total, along, work)
    dx, dgamma, dbeta = naive_layers.batch_norm_backward(x, gamma, dy, EPSILON)
    close(along, dgamma, dtype)
    close(total, dbeta, dtype)
    for add in (False, True):
        found = np.full(x.size, 2, dtype)
        norms.batch_norm_back(
            flat(x, dtype), mean, inverse, gamma.astype(dtype), total, along, dtype(1 / places),
            flat(dy, dtype), found, add,
        )  # fmt: skip
        close(found, dx + 2 * add, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("places", "channels", "groups"), [(1, 6, 1), (1, 6, 3), (9, 4, 2), (5, 3, 3)]
)
def test_group_normalisation(dtype: type, places: int, channels: int, groups: int) -> None:
    x, dy = numbers(3, places, channels), numbers(3, places, channels, seed=1)
    gamma, beta = numbers(channels, seed=2), numbers(channels, seed=3)
    y, moments = np.empty(x.size, dtype), np.empty(3 * groups * 2, dtype)
    width = channels // groups
    norms.groups(
        dtype(EPSILON), places, width, flat(x, dtype), gamma.astype(dtype), beta.astype(dtype), y,
        moments,
    )  # fmt: skip
    close(y, naive_layers.group_norm(x, gamma, beta, groups, EPSILON), dtype)
    dx, dgamma, dbeta = naive_layers.group_norm_backward(x, gamma, dy, groups, EPSILON)
    for grad_x, fresh in ((1, True), (2, False), (0, True)):
        found = [np.full(size, 2, dtype) for size in (x.size, channels, channels)]
        norms.groups_back(
            places, width, flat(x, dtype), gamma.astype(dtype), moments, flat(dy, dtype), found[1],
            found[2], True, fresh, found[0], grad_x, np.empty(2 * channels, dtype),
        )  # fmt: skip
        close(found[0], dx + (2 if grad_x == 2 else 0) if grad_x else np.full_like(dx, 2), dtype)
        close(found[1], dgamma + (0 if fresh else 2), dtype)
        close(found[2], dbeta + (0 if fresh else 2), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "window", "stride", "padding"), WINDOWS)
def test_average_pooling(
    dtype: type, shape: tuple[int, int, int], window: tuple[int, int], stride: tuple[int, int],
    padding: str,
) -> None:  # fmt: skip
    x = numbers(2, *shape)
    form = form_of(shape, window, stride, padding)
    expected = naive_layers.averagepool2d(x, window, stride, padding)
    y = np.empty(expected.size, dtype)
    windows.averagepool2d(form, 2, flat(x, dtype), y)
    close(y, expected, dtype)
    dy = numbers(*expected.shape, seed=2)
    dx = naive_layers.averagepool2d_backward(x, dy, window, stride, padding)
    for add in (False, True):
        found = np.full(x.size, 2, dtype)
        windows.averagepool2d_back(form, 2, flat(dy, dtype), found, add)
        close(found, dx + 2 * add, dtype)


MOVES: list[tuple[Layer, Shape, Callable[[Array], Array]]] = [
    (Permute(axes=(2, 1, 3)), (3, 4, 2), lambda x: x.transpose(0, 2, 1, 3)),
    (Permute(axes=(3, 1, 2)), (3, 4, 2), lambda x: x.transpose(0, 3, 1, 2)),
    (Permute(axes=(2, 1)), (5, 3), lambda x: x.transpose(0, 2, 1)),
    (Permute(axes=(1,)), (5,), lambda x: x),
    (
        ZeroPadding(margin=(1, 2), sides=(0, 3)), (3, 4, 2),
        lambda x: np.pad(x, [(0, 0), (1, 2), (0, 3), (0, 0)]),
    ),
    (ZeroPadding(margin=(2, 1)), (5, 3), lambda x: np.pad(x, [(0, 0), (2, 1), (0, 0)])),
    (Cropping(margin=(1, 0), sides=(2, 1)), (3, 4, 2), lambda x: x[:, 1:, 2:3]),
    (Cropping(margin=(1, 2)), (5, 3), lambda x: x[:, 1:-2]),
    (UpSampling(times=2, across=3), (3, 4, 2), lambda x: x.repeat(2, 1).repeat(3, 2)),
    (UpSampling(times=3), (5, 2), lambda x: x.repeat(3, 1)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("layer", "shape", "source"), MOVES, ids=[str(move[0]).replace(" ", "") for move in MOVES]
)
def test_numbers_in_other_places(
    dtype: type, layer: Layer, shape: Shape, source: Callable[[Array], Array]
) -> None:
    x = numbers(3, *shape)
    expected = naive_layers.moved(x, source)
    assert layer.output_shape((shape,)) == expected.shape[1:]
    engine = engine_for([layer], shape, dtype=dtype)
    close(engine.predict(x.reshape(3, -1).astype(dtype)).ravel(), expected, dtype)
    form = tuple(int(number) for number in engine.tape.table[1][11:24])
    dy = numbers(*expected.shape, seed=1)
    dx = naive_layers.moved_backward(x, source, dy)
    for add in (False, True):
        found = np.full(x.size, 2, dtype)
        shapes.rearrange_back(form, 3, x[0].size, flat(dy, dtype), found, add)
        close(found, dx + 2 * add, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["subtract", "multiply", "maximum", "minimum"])
def test_merges(dtype: type, kind: str) -> None:
    a, b = np.round(numbers(4, 5)), np.round(numbers(4, 5, seed=1))  # some are equal
    dy = numbers(4, 5, seed=2)
    expected = naive_layers.merged(kind, a, b)
    u, v, slope, y = flat(a, dtype), flat(b, dtype), flat(dy, dtype), np.empty(20, dtype)
    if kind in ("maximum", "minimum"):
        elementwise.extreme(kind == "maximum", u, v, y)
    else:
        getattr(elementwise, kind)(u, v, y)
    close(y, expected, dtype)
    da, db = naive_layers.merged_backward(kind, a, b, dy)
    for add in (False, True):
        first, second = np.full(20, 2, dtype), np.full(20, 2, dtype)
        if kind == "subtract":
            elementwise.copy(slope, first, add)
            elementwise.negative(slope, second, add)
        elif kind == "multiply":
            elementwise.multiply_back(v, slope, first, add)
            elementwise.multiply_back(u, slope, second, add)
        else:
            elementwise.extreme_back(True, u, y, slope, first, add)
            elementwise.extreme_back(False, u, y, slope, second, add)
        close(first, da + 2 * add, dtype)
        close(second, db + 2 * add, dtype)


def test_extremes_keep_nan_from_either_side() -> None:
    nan, one = np.array([np.nan, 1], np.float32), np.array([1, np.nan], np.float32)
    for largest in (True, False):
        y = np.zeros(2, np.float32)
        elementwise.extreme(largest, nan, one, y)
        assert np.isnan(y).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("normalise", [False, True])
def test_dot(dtype: type, normalise: bool) -> None:
    a, b, dy = numbers(3, 4), numbers(3, 4, seed=1), numbers(3, seed=2)
    if normalise:
        a[2] = 0  # a row of zeros has no direction
    y = np.empty(3, dtype)
    elementwise.dot(normalise, 3, flat(a, dtype), flat(b, dtype), y)
    close(y, naive_layers.dot(a, b, normalise), dtype)
    expected = naive.central_differences(
        lambda moved: float(naive_layers.dot(moved, b, normalise) @ dy), a, 1e-8
    )
    for add in (False, True):
        found = np.full(12, 2, dtype)
        elementwise.dot_back(
            normalise, 3, flat(a, dtype), flat(b, dtype), dy.astype(dtype), found, add
        )
        np.testing.assert_allclose(found.reshape(3, 4), expected + 2 * add, rtol=1e-3, atol=1e-3)


def test_spatial_dropout_silences_whole_channels() -> None:
    rows, places, channels = 200, 9, 8
    x = np.ones(rows * places * channels, np.float32)
    mask, y = np.empty(rows * channels, np.float32), np.empty_like(x)
    noise.spatial_dropout(np.float32(0.25), 1, 0, 4, 0, rows, channels, x, mask, y)
    found = y.reshape(rows, places, channels)
    assert (found == found[:, :1]).all()
    assert (found == mask.reshape(rows, 1, channels)).all()
    assert set(np.unique(mask)) == {np.float32(0), np.float32(1) / np.float32(0.75)}
    assert (mask == 0).mean() == pytest.approx(0.25, abs=0.03)
    later = np.empty_like(mask[: 50 * channels])
    half = x[: 50 * places * channels]
    noise.spatial_dropout(np.float32(0.25), 1, 0, 4, 150, 50, channels, half, later, half.copy())
    assert (later == mask[150 * channels :]).all()
    dx = np.ones_like(x)
    noise.spatial_dropout_back(rows, channels, mask, x, dx, True)
    assert (dx == y + 1).all()


def test_gaussian_noise_is_normal_and_depends_on_seed_step_and_row_alone() -> None:
    def drawn(seed: int, step: int, first: int, rows: int) -> Array:
        x = np.zeros(rows * 500, np.float64)
        y = np.empty_like(x)
        noise.gaussian(0.5, seed, step, 4, first, rows, x, y)
        return y.reshape(rows, 500)

    whole = drawn(1, 0, 0, 400)
    assert whole.mean() == pytest.approx(0, abs=0.005)
    assert whole.std() == pytest.approx(0.5, rel=0.01)
    assert (np.abs(whole) < 0.5).mean() == pytest.approx(0.6827, abs=0.005)
    assert (whole**4).mean() == pytest.approx(3 * 0.5**4, rel=0.05)
    assert abs(np.corrcoef(whole[:, :-1].ravel(), whole[:, 1:].ravel())[0, 1]) < 0.01
    np.testing.assert_array_equal(drawn(1, 0, 300, 100), whole[300:])
    assert (drawn(2, 0, 0, 400) != whole).all()
    assert (drawn(1, 1, 0, 400) != whole).all()
