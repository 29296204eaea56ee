"""The slow twins of layers: against central differences and against NumPy's own functions."""

from __future__ import annotations

import numpy as np
import pytest

from tests import naive_layers
from tests.naive import Array, central_differences


def _numbers(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def test_batch_norm_has_mean_0_and_deviation_1() -> None:
    x = 5 + 3 * _numbers(40, 2, 2, 3)
    y, _ = naive_layers.batch_norm(x, np.ones(3), np.zeros(3), 0.0)
    np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=(0, 1, 2)), 1)
    y, _ = naive_layers.batch_norm(x, np.full(3, 2.0), np.full(3, 7.0), 0.0)
    np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), 7)
    np.testing.assert_allclose(y.std(axis=(0, 1, 2)), 2)


@pytest.mark.parametrize("wanted", [0, 1, 2], ids=["x", "gamma", "beta"])
@pytest.mark.parametrize("groups", [0, 1, 2])
def test_norms_backward(groups: int, wanted: int) -> None:
    """Without groups it is the batch that is normalised over."""
    given = [_numbers(3, 2, 4), _numbers(4, seed=1), _numbers(4, seed=2)]
    dy = _numbers(3, 2, 4, seed=3)

    def loss(moved: Array) -> float:
        x, gamma, beta = (moved if i == wanted else one for i, one in enumerate(given))
        if groups:
            return float((naive_layers.group_norm(x, gamma, beta, groups, 0.1) * dy).sum())
        return float((naive_layers.batch_norm(x, gamma, beta, 0.1)[0] * dy).sum())

    back = (
        naive_layers.group_norm_backward(given[0], given[1], dy, groups, 0.1)
        if groups
        else naive_layers.batch_norm_backward(given[0], given[1], dy, 0.1)
    )
    expected = central_differences(loss, given[wanted])
    np.testing.assert_allclose(back[wanted], expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
def test_average_pooling(stride: tuple[int, int], padding: str) -> None:
    x = _numbers(2, 5, 4, 2)
    y = naive_layers.averagepool2d(x, (3, 2), stride, padding)
    dy = _numbers(*y.shape, seed=1)
    expected = central_differences(
        lambda moved: float(
            (naive_layers.averagepool2d(moved, (3, 2), stride, padding) * dy).sum()
        ),
        x,
    )
    found = naive_layers.averagepool2d_backward(x, dy, (3, 2), stride, padding)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)
    ones = naive_layers.averagepool2d(np.ones((1, 5, 4, 1)), (3, 2), stride, padding)
    np.testing.assert_allclose(ones, 1)  # padding does not count


def test_moved_numbers_bring_their_gradients_back() -> None:
    x, dy = _numbers(2, 3, 2), _numbers(2, 8, 2, seed=1)

    def source(moved: Array) -> Array:
        return np.pad(moved.repeat(2, 1), [(0, 0), (1, 1), (0, 0)])

    expected = central_differences(lambda moved: float((source(moved) * dy).sum()), x)
    np.testing.assert_allclose(naive_layers.moved_backward(x, source, dy), expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["subtract", "multiply", "maximum", "minimum"])
def test_merges(kind: str) -> None:
    a, b, dy = _numbers(3, 4), _numbers(3, 4, seed=1), _numbers(3, 4, seed=2)
    expected = getattr(np, kind)(a, b)
    np.testing.assert_array_equal(naive_layers.merged(kind, a, b), expected)
    found = naive_layers.merged_backward(kind, a, b, dy)
    for place, back in enumerate(found):
        slope = central_differences(
            lambda moved, place=place: float(
                (naive_layers.merged(kind, *((moved, b) if place == 0 else (a, moved))) * dy).sum()
            ),
            (a, b)[place],
        )
        np.testing.assert_allclose(back, slope, rtol=1e-3, atol=1e-5)


def test_the_cosine_of_a_vector_with_itself_is_1() -> None:
    a = _numbers(3, 4)
    np.testing.assert_allclose(naive_layers.dot(a, a, True), 1)
    np.testing.assert_allclose(naive_layers.dot(a, -2 * a, True), -1)
    np.testing.assert_allclose(naive_layers.dot(a, a, False), (a * a).sum(axis=1))
