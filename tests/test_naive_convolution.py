"""The slow twins of convolution: against central differences, dense products and by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests import naive_convolution as naive
from tests.naive import Array, central_differences


def numbers(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def same_gradient(f: Callable[[Array], Array], x: Array, found: Callable[[Array], Array]) -> None:
    dy = np.random.default_rng(9).normal(size=f(x).shape)
    expected = central_differences(lambda moved: float(np.sum(f(moved) * dy)), x)
    np.testing.assert_allclose(found(dy), expected, rtol=1e-3, atol=1e-5)


SETTINGS: list[dict[str, Any]] = [
    {},
    {"stride": (2, 1), "padding": "same"},
    {"stride": (2, 3)},
    {"padding": "explicit", "margin": (1, 2)},
    {"dilation": (2, 1), "padding": "same"},
    {"dilation": (1, 2), "stride": (2, 1), "padding": "explicit", "margin": (2, 0)},
]


@pytest.mark.parametrize("options", SETTINGS)
@pytest.mark.parametrize("groups", [1, 2])
def test_conv2d(options: dict[str, Any], groups: int) -> None:
    x, w = numbers(2, 5, 6, 2), numbers(3, 2, 2 // groups, 4, seed=1)
    options = {**options, "groups": groups}
    same_gradient(
        lambda v: naive.conv2d(v, w, **options),
        x,
        lambda dy: naive.conv2d_backward(x, w, dy, **options)[0],
    )
    same_gradient(
        lambda v: naive.conv2d(x, v, **options),
        w,
        lambda dy: naive.conv2d_backward(x, w, dy, **options)[1],
    )


@pytest.mark.parametrize("options", SETTINGS)
@pytest.mark.parametrize("twin", ["depthwise", "transposed"])
def test_the_other_convolutions(options: dict[str, Any], twin: str) -> None:
    forward, backward = getattr(naive, twin), getattr(naive, f"{twin}_backward")
    if twin == "depthwise":
        x, w = numbers(2, 5, 6, 2), numbers(3, 2, 2, 3, seed=1)
    else:
        x, w = numbers(2, 3, 4, 2), numbers(3, 2, 3, 2, seed=1)
    for moved, which in ((x, 0), (w, 1)):
        same_gradient(
            lambda v, which=which: forward(*((v, w) if which == 0 else (x, v)), **options),
            moved,
            lambda dy, which=which: backward(x, w, dy, **options)[which],
        )


def test_conv2d_of_one_pixel_windows_is_dense() -> None:
    x, w = numbers(2, 3, 3, 4), numbers(1, 1, 4, 5, seed=1)
    np.testing.assert_allclose(naive.conv2d(x, w), x @ w[0, 0])


def test_conv2d_does_not_turn_the_kernel() -> None:
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    w = np.array([[1.0, 0.0], [0.0, 2.0]]).reshape(2, 2, 1, 1)
    np.testing.assert_array_equal(naive.conv2d(x, w)[0, :, :, 0], [[8.0, 11.0], [17.0, 20.0]])


def test_a_dilated_window_looks_at_every_second_pixel() -> None:
    x = np.arange(5.0).reshape(1, 1, 5, 1)
    w = np.array([1.0, 10.0]).reshape(1, 2, 1, 1)
    found = naive.conv2d(x, w, dilation=(1, 2))
    assert found.ravel().tolist() == [20.0, 31.0, 42.0]


def test_groups_see_their_own_channels() -> None:
    x = np.array([1.0, 10.0]).reshape(1, 1, 1, 2)
    w = np.array([2.0, 3.0]).reshape(1, 1, 1, 2)
    assert naive.conv2d(x, w, groups=2).ravel().tolist() == [2.0, 30.0]


def test_depthwise_answers_lie_side_by_side() -> None:
    x = np.array([1.0, 10.0]).reshape(1, 1, 1, 2)
    w = np.array([[2.0, 3.0], [4.0, 5.0]]).reshape(1, 1, 2, 2)
    assert naive.depthwise(x, w).ravel().tolist() == [2.0, 3.0, 40.0, 50.0]


def test_a_transposed_convolution_paints_its_kernel() -> None:
    x = np.array([1.0, 2.0]).reshape(1, 1, 2, 1)
    w = np.array([1.0, 10.0, 100.0]).reshape(1, 3, 1, 1)
    painted = naive.transposed(x, w, (1, 2))
    assert painted.ravel().tolist() == [1.0, 10.0, 102.0, 20.0, 200.0]
    assert naive.transposed(x, w, (1, 2), "same").ravel().tolist() == [1.0, 10.0, 102.0, 20.0]
    cut = naive.transposed(x, w, (1, 2), "explicit", (0, 1))
    assert cut.ravel().tolist() == [10.0, 102.0, 20.0]


@pytest.mark.parametrize("options", SETTINGS[:4])
def test_a_transposed_convolution_is_the_way_back(options: dict[str, Any]) -> None:
    """⟨conv(y), x⟩ = ⟨y, transposed(x)⟩ for an image y of the size that is made."""
    x, w = numbers(2, 3, 4, 2), numbers(3, 3, 5, 2, seed=1)
    made = naive.transposed(x, w, **options)
    y = numbers(*made.shape, seed=2)
    led = naive.conv2d(y, w, **options)
    assert np.sum(led[:, :3, :4] * x) == pytest.approx(float(np.sum(y * made)))
