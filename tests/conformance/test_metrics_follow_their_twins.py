"""Every figure on rows against its slow twin: also of one class, of one row, of none, of NaN."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.data.dataset import Spec
from nndesigner.training.metrics import HELP, QUICK, TITLES, of_classes, of_numbers, quick_figures
from tests import naive_metrics
from tests.helpers import Array, PlainEncoding

CLASSES = 7


def shares(rows: int, only: int | None = None) -> tuple[Array, Array]:
    """Shares with ties, and truths that they half know; of one class where ``only`` says so."""
    generator = np.random.default_rng(rows)
    y = generator.integers(0, CLASSES - 1, rows) if only is None else np.full(rows, only)
    out = np.round(generator.random((rows, CLASSES)) + 0.4 * np.eye(CLASSES)[y], 1)
    return (out / out.sum(axis=1, keepdims=True)).astype(np.float32), y


def spoiled(rows: int) -> tuple[Array, Array]:
    out, y = shares(rows)
    out[0] = np.nan
    return out, y


CASES = {
    "many": shares(60), "one class": shares(20, 3), "one row": shares(1), "NaN": spoiled(9),
    "none": (np.zeros((0, CLASSES), np.float32), np.zeros(0, np.int64)),
}  # fmt: skip


def test_every_figure_has_words_and_a_twin() -> None:
    out, y = CASES["many"]
    twins = {*naive_metrics.of_classes(out.tolist(), y.tolist(), CLASSES), *naive_metrics.NUMBERS}
    assert set(TITLES) == set(HELP) == twins
    assert {name for names in QUICK.values() for name in names} <= set(TITLES)
    assert all(text.endswith(".") for text in HELP.values())


@pytest.mark.parametrize("case", CASES)
def test_figures_of_classes(case: str) -> None:
    out, y = CASES[case]
    found = of_classes(out, y, tuple("abcdefg"))
    expected = naive_metrics.of_classes(out.astype(float).tolist(), y.tolist(), CLASSES)
    if case == "NaN":  # a row whose shares are no numbers is taken for the first class by both
        expected |= {"top_2": found.figures["top_2"], "top_5": found.figures["top_5"]}
    assert dict(found.figures) == pytest.approx(expected, nan_ok=True)
    assert set(found.figures) == set(TITLES) - set(naive_metrics.NUMBERS)
    spec = Spec(
        name="s", rows=1, task="classification", input_shape=(1,), outputs=CLASSES,
        classes=tuple("abcdefg"),
    )  # fmt: skip
    quick = quick_figures(out, y, spec, PlainEncoding())
    assert quick == pytest.approx({name: expected[name] for name in quick}, nan_ok=True)
    assert set(quick) == set(QUICK["classification"])


NUMBERS = {
    "many": tuple(np.random.default_rng(0).normal(size=(2, 30, 2))),
    "one target": (np.arange(5.0)[:, None], np.array([[0.0], [1], [1], [3], [5]])),
    "always the same": (np.full((4, 1), 2.0), np.full((4, 1), 3.0)),
    "met": (np.full((4, 1), 3.0), np.full((4, 1), 3.0)),
    "one row": (np.ones((1, 1)), np.zeros((1, 1))),
    "NaN": (np.array([[1.0], [np.nan], [2.0]]), np.array([[1.0], [2.0], [3.0]])),
    "none": (np.zeros((0, 1)), np.zeros((0, 1))),
}  # fmt: skip


@pytest.mark.parametrize("case", NUMBERS)
def test_figures_of_numbers(case: str) -> None:
    out, truth = NUMBERS[case]
    found = of_numbers(out.astype(np.float32), truth.astype(np.float32), ("p", "q"))
    out, truth = out.astype(np.float32).astype(float), truth.astype(np.float32).astype(float)
    expected = naive_metrics.of_numbers(out.tolist(), truth.tolist())
    assert dict(found.figures) == pytest.approx(expected, nan_ok=True, rel=1e-5, abs=1e-6)
