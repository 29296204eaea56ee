"""The split is even, seeded, and keeps every class in training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nndesigner.data import open_data, prepare
from nndesigner.data.split_rows import stratified
from nndesigner.errors import DataError


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    dataset = open_data("iris")
    first, again, other = (prepare(dataset, 0.2, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.x_train, again.x_train)
    np.testing.assert_array_equal(first.val_rows, again.val_rows)
    assert first.val_rows.tolist() != other.val_rows.tolist()


def test_classes_keep_their_shares() -> None:
    prepared = prepare(open_data("iris"), 0.2, 1)
    assert np.bincount(np.asarray(prepared.y_val, dtype=np.int64)).tolist() == [10, 10, 10]
    rows = np.concatenate([prepared.train_rows, prepared.val_rows])
    assert sorted(rows.tolist()) == list(range(150))


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=8),
    share=st.floats(0.0, 0.99),
    seed=st.integers(0, 2**31 - 1),
)
def test_every_class_keeps_a_row_in_training(counts: list[int], share: float, seed: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    aside = stratified(labels, share, np.random.default_rng(seed))
    assert len(set(aside.tolist())) == len(aside)
    assert set(np.delete(labels, aside).tolist()) == set(range(len(counts)))
    most = min(round(share * len(labels)), len(labels) - len(counts))
    assert len(aside) <= max(most, 0) + len(counts)
    assert len(aside) >= min(most, len(labels) - len(counts)) - len(counts)


@pytest.mark.parametrize("share", [-0.1, 1.0, 2.0, float("nan")])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(DataError, match="validation share must be at least 0 and below 1"):
        prepare(open_data("iris"), share, 1)


def test_without_validation_rows_the_second_part_is_empty() -> None:
    prepared = prepare(open_data("digits"), 0.0, 1)
    assert prepared.x_val.shape == (0, 8, 8, 1)
    assert len(prepared.x_train) == 1797


def test_dropping_rows_with_missing_values_must_leave_some(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("a,b,class\n" + "1,?,u\n?,2,v\n" * 10)
    with pytest.raises(DataError, match="fill them instead"):
        prepare(open_data(path, options={"fill": "drop"}), 0.2, 1)


def test_classes_of_one_row_all_stay_in_training(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("a,b,y\n" + "".join(f"{i * i % 7},{i % 5},{i}\n" for i in range(12)))
    dataset = open_data(path, target="y", options={"task": "classification"})
    prepared = prepare(dataset, 0.5, 1)
    assert len(prepared.x_train) == 12
    assert prepared.x_val.shape == (0, 2)
    assert prepared.y_val.shape == (0,)


def test_a_share_that_rounds_to_no_row_gives_no_validation_rows(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i}.5\n" for i in range(8)))
    prepared = prepare(open_data(path), 0.05, 1)
    assert len(prepared.x_train) == 8
    assert prepared.x_val.shape == (0, 1)
    assert prepared.y_val.shape == (0, 1)


def test_validation_rows_that_are_all_dropped_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "gap.csv"
    path.write_text("a,b,y\n" + "1,2,1.5\n3,4,2.5\n5,6,4.5\n,8,3.5\n")
    sizes = set()
    for seed in range(8):
        prepared = prepare(open_data(path, options={"fill": "drop", "target": "y"}), 0.25, seed)
        sizes.add((len(prepared.x_train), len(prepared.x_val)))
    assert sizes == {(3, 0), (2, 1)}
