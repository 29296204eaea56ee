"""All figures against scikit-learn's, and what happens at the edges."""

from __future__ import annotations

import math
import time

import msgspec
import numpy as np
import pytest
from sklearn import metrics as judge

from nndesigner.data.dataset import Spec
from nndesigner.training.metrics import (
    QUICK,
    TITLES,
    area,
    as_json,
    figure_text,
    metrics_of,
    of_classes,
    of_numbers,
    quick_figures,
)
from tests.helpers import Array, PlainEncoding

CLASSES = ("ant", "bee", "cat", "dog", "elk", "fox", "gnu")
PLAIN = PlainEncoding()


def spec(classes: int) -> Spec:
    return Spec(
        name="s", rows=1, task="classification", input_shape=(1,), outputs=classes,
        classes=CLASSES[:classes],
    )  # fmt: skip


def shares(rows: int, classes: int, seed: int = 0) -> tuple[Array, Array]:
    """Half-right probabilities, some of them equal, and skewed truths."""
    generator = np.random.default_rng(seed)
    weights = np.arange(1, classes + 1) ** 2
    y = generator.choice(classes, rows, p=weights / weights.sum())
    out = generator.random((rows, classes)) + 0.7 * np.eye(classes)[y]
    out = np.round(out / out.sum(axis=1, keepdims=True), 3)
    return out.astype(np.float32), y


def sklearn_figures(out: Array, y: Array, guess: Array) -> dict[str, float]:
    found = {
        "accuracy": judge.accuracy_score(y, guess),
        "balanced_accuracy": judge.balanced_accuracy_score(y, guess),
    }
    for average in ("macro", "weighted"):
        p, r, f, _ = judge.precision_recall_fscore_support(
            y, guess, average=average, zero_division=0
        )
        found |= {f"precision_{average}": p, f"recall_{average}": r, f"f1_{average}": f}
    return found


@pytest.mark.parametrize("classes", [2, 3, 4, 7])
@pytest.mark.parametrize("seed", range(3))
def test_figures_of_classes_are_scikit_learns(classes: int, seed: int) -> None:
    out, y = shares(300, classes, seed)
    found = of_classes(out, y, CLASSES[:classes])
    guess = out.argmax(axis=1)
    expected = sklearn_figures(out, y, guess)
    wide = out.astype(float)
    wide = wide / wide.sum(axis=1, keepdims=True)
    area_each = [judge.roc_auc_score(y == k, out[:, k]) for k in range(classes)]
    expected["auc"] = float(np.mean(area_each))
    if classes > 2:
        assert expected["auc"] == pytest.approx(
            judge.roc_auc_score(y, wide, multi_class="ovr", average="macro"), abs=0.01
        )
    assert {name: found.figures[name] for name in expected} == pytest.approx(expected)
    np.testing.assert_array_equal(found.confusion, judge.confusion_matrix(y, guess))
    p, r, f, n = judge.precision_recall_fscore_support(y, guess, zero_division=0)
    for k, one in enumerate(found.classes):
        assert (one.precision, one.recall, one.f1) == pytest.approx((p[k], r[k], f[k]))
        assert one.rows == n[k]
        assert one.auc == pytest.approx(area_each[k])
    quick = quick_figures(out, y, spec(classes), PLAIN)
    assert quick == pytest.approx({name: found.figures[name] for name in quick})
    assert set(quick) == set(QUICK["classification"])


@pytest.mark.parametrize(("classes", "k"), [(3, 2), (7, 2), (7, 5)])
def test_the_first_k_are_scikit_learns(classes: int, k: int) -> None:
    generator = np.random.default_rng(3)
    y = generator.integers(0, classes, 200)
    out = generator.random((200, classes)).astype(np.float32)
    found = of_classes(out, y, CLASSES[:classes]).figures[f"top_{k}"]
    assert found == pytest.approx(judge.top_k_accuracy_score(y, out, k=k))


@pytest.mark.parametrize("k", [2, 5])
def test_equal_shares_are_ordered_as_in_scikit_learn(k: int) -> None:
    """A certain answer leaves nothing to all others: the true one is not among the first by that.

    At most one class is certain here and all others tie at the smallest share there is.
    """
    generator = np.random.default_rng(4)
    y = generator.integers(0, 7, 300)
    out = np.full((300, 7), 1e-38, np.float32)
    out[np.arange(300), generator.integers(0, 7, 300)] = 1
    out[:20] = 1 / 7
    found = of_classes(out, y, CLASSES).figures[f"top_{k}"]
    assert found == pytest.approx(judge.top_k_accuracy_score(y, out, k=k))


def test_the_simple_guess_stands_beside() -> None:
    out, y = shares(500, 7)
    found = of_classes(out, y, CLASSES)
    largest = int(np.bincount(y).argmax())
    expected = sklearn_figures(out, y, np.full(len(y), largest))
    assert found.baseline_name == CLASSES[largest]
    assert {name: found.baseline[name] for name in expected} == pytest.approx(expected)
    assert found.baseline["auc"] == 0.5
    common = np.argsort(-np.bincount(y))[:5]
    assert found.baseline["top_5"] == pytest.approx(np.isin(y, common).mean())


def test_a_single_output_is_yes_or_no() -> None:
    out, y = shares(200, 2)
    two = of_classes(np.stack([1 - out[:, 1], out[:, 1]], axis=1), y, ("no", "yes"))
    one = of_classes(out[:, 1:], y, ("no", "yes"))
    assert one.figures == pytest.approx(two.figures, abs=0.02)
    assert one.classes[1].auc == pytest.approx(judge.roc_auc_score(y, out[:, 1]))


def test_classes_that_are_not_there_count_nothing() -> None:
    y = np.array([0, 0, 2, 2])
    out = np.eye(4, dtype=np.float32)[[0, 1, 2, 2]]
    found = of_classes(out, y, CLASSES[:4])
    assert found.figures["balanced_accuracy"] == 0.75
    with np.errstate(all="ignore"):
        assert found.figures["f1_macro"] == pytest.approx(
            judge.f1_score(y, out.argmax(axis=1), average="macro", zero_division=0)
        )
    assert math.isnan(found.classes[3].auc)
    assert found.classes[3].rows == 0


def test_area_counts_ties_half_and_wants_both_sides() -> None:
    score = np.array([0.1, 0.4, 0.4, 0.4, 0.9])
    yes = np.array([False, True, False, True, True])
    assert area(score, yes) == pytest.approx(judge.roc_auc_score(yes, score))
    assert math.isnan(area(score, np.ones(5, bool)))


@pytest.mark.parametrize("targets", [1, 3])
def test_figures_of_numbers_are_scikit_learns(targets: int) -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(50, 20, (120, targets)).astype(np.float32)
    out = truth + generator.normal(0, 9, truth.shape).astype(np.float32)
    found = of_numbers(out, truth, ("p", "q"))
    assert found.figures["mae"] == pytest.approx(judge.mean_absolute_error(truth, out), rel=1e-5)
    expected = judge.root_mean_squared_error(truth, out)
    assert found.figures["rmse"] == pytest.approx(expected, rel=1e-5)
    assert found.figures["r2"] == pytest.approx(judge.r2_score(truth, out), rel=1e-5)
    each = judge.r2_score(truth, out, multioutput="raw_values")
    assert [one.r2 for one in found.targets] == pytest.approx(list(each), rel=1e-5)
    assert [one.name for one in found.targets] == ["p", "q", "target 3"][:targets]
    assert found.baseline["r2"] == pytest.approx(0, abs=1e-6)
    assert found.baseline["rmse"] == pytest.approx(float(truth.std(axis=0).mean()), rel=1e-5)
    assert found.baseline_name == "the mean"


def test_edges_of_numbers() -> None:
    flat = np.full((5, 1), 3.0, np.float32)
    assert of_numbers(flat, flat, ()).figures["r2"] == 1
    assert of_numbers(flat + 1, flat, ()).figures["r2"] == 0
    assert math.isnan(of_numbers(flat[:1], flat[:1], ()).figures["r2"])
    assert math.isnan(of_numbers(flat[:0], flat[:0], ()).figures["mae"])
    assert math.isnan(of_numbers(flat * np.nan, flat, ()).figures["r2"])


def test_edges_of_classes() -> None:
    nothing = of_classes(np.zeros((0, 3), np.float32), np.zeros(0, np.int64), CLASSES[:3])
    assert nothing.rows == 0
    lost = of_classes(np.full((4, 3), np.nan, np.float32), np.array([1, 1, 2, 2]), CLASSES[:3])
    assert lost.figures["top_2"] == 0
    assert math.isnan(lost.figures["auc"])
    single = of_classes(np.eye(3, dtype=np.float32)[[1]], np.array([1]), CLASSES[:3])
    assert single.figures["accuracy"] == 1


def test_json_has_every_class() -> None:
    out, y = shares(40, 3)
    text = msgspec.json.encode(as_json(metrics_of(out, y, spec(3), PLAIN)))
    back = msgspec.json.decode(text)
    assert [one["class"] for one in back["per_class"]] == list(CLASSES[:3])
    assert back["baseline"]["always"] in CLASSES
    assert set(back["figures"]) <= set(TITLES)


def test_the_figures_of_an_epoch_cost_next_to_nothing() -> None:
    out, y = shares(120, 3)
    began = time.perf_counter()
    for _ in range(200):
        quick_figures(out, y, spec(3), PLAIN)
    assert (time.perf_counter() - began) / 200 < 0.002


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345, "0.1235"), (12.345, "12.35"), (999.94, "999.9"), (999.96, "1,000"),
        (4_650.4, "4,650"), (46_504.2, "46,504"), (1_234_567.8, "1,234,568"), (2.5e9, "2.5e+09"),
        (float("nan"), "–"),
    ],
)  # fmt: skip
def test_large_errors_are_grouped_and_no_powers(value: float, text: str) -> None:
    assert figure_text("mae", value) == figure_text("rmse", value) == text
