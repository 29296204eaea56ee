"""Long series stay drawable and never show a sample that was not measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nndesigner.ui.views.thin import LARGEST, MOST_POINTS, Series, clean, thin


def test_a_short_series_is_drawn_as_it_is() -> None:
    x, y = np.arange(10.0), np.arange(10.0) ** 2
    assert thin(x, y)[1].tolist() == y.tolist()


def test_a_long_one_keeps_its_extremes_and_ends() -> None:
    rng = np.random.default_rng(3)
    x, y = np.linspace(0, 7, 30_000), rng.normal(size=30_000)
    y[12_345], y[23_456] = 99, -99
    thin_x, thin_y = thin(x, y)
    assert len(thin_x) <= MOST_POINTS
    assert 99 in thin_y
    assert -99 in thin_y
    assert (thin_x[0], thin_x[-1]) == (x[0], x[-1])
    assert (np.diff(thin_x) > 0).all()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.integers(4, 40))
def test_no_sample_is_invented(values: list[float], most: int) -> None:
    x, y = np.arange(len(values), dtype=float), np.array(values)
    thin_x, thin_y = thin(x, y, most)
    assert len(thin_x) <= max(most, 4)
    assert all(values[int(place)] == value for place, value in zip(thin_x, thin_y, strict=True))


def test_equal_places_are_thinned_too() -> None:
    x, y = np.zeros(5000), np.arange(5000.0)
    assert len(thin(x, y)[0]) <= MOST_POINTS


def test_what_is_not_finite_is_left_out_and_the_rest_clipped() -> None:
    x, y = clean(np.arange(5.0), np.array([1.0, np.nan, np.inf, 1e300, 1e-310]))
    assert x.tolist() == [0.0, 3.0, 4.0]
    assert y.tolist() == [1.0, LARGEST, 0.0]


def test_a_growing_series_stays_bounded() -> None:
    series = Series()
    rng = np.random.default_rng(1)
    truth: dict[float, float] = {}
    for start in range(0, 200_000, 5_000):
        x = np.arange(start, start + 5_000, dtype=float)
        y = rng.normal(size=5_000)
        truth.update(zip(x.tolist(), y.tolist(), strict=True))
        series.add(x, y)
        assert len(series) <= 2 * MOST_POINTS
    x, y = series.points()
    assert len(x) <= MOST_POINTS
    assert series.count == 200_000
    assert y.max() == max(truth.values())
    assert all(truth[place] == value for place, value in zip(x.tolist(), y.tolist(), strict=True))


@pytest.mark.parametrize("values", [[], [np.nan], [np.inf, -np.inf]])
def test_nothing_finite_is_nothing(values: list[float]) -> None:
    series = Series()
    series.add(range(len(values)), values)
    assert len(series.points()[0]) == 0
