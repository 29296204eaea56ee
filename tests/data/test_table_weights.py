"""A column can say what each row counts: checked, never an input, and a run learns by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import Prepared, as_own_target, open_data, prepare, read_with
from nndesigner.data.split import prepare_folds
from nndesigner.data.table import TableDataset
from nndesigner.data.table_head import read_table_head
from nndesigner.data.table_options import TableOptions
from nndesigner.errors import DataError
from nndesigner.learning.optimizers import Adam, Momentum
from nndesigner.recipe import parse_recipe
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.training.trainer import Trainer
from tests.data.helpers import table

WEIGHT = {"w": {"role": "weight"}}
#: Twelve rows; those of the second class count twice.
ROWS = [(x, (3 * x) % 5, "b" if x % 3 == 0 else "a", 2 if x % 3 == 0 else 1) for x in range(12)]


def written(folder: Path, rows: list[tuple[object, ...]], name: str = "rows.csv") -> Path:
    lines = ["x,z,kind,w", *(",".join(map(str, row)) for row in rows)]
    return table(folder, "\n".join(lines) + "\n", name)


def opened(path: Path, **options: object) -> TableDataset:
    found = open_data(path, options={"target": "kind", "columns": WEIGHT, **options})
    assert isinstance(found, TableDataset)
    return found


def weighed(folder: Path, weights: list[object], share: float = 0.0) -> Prepared:
    rows = [(*row[:3], weight) for row, weight in zip(ROWS, weights, strict=True)]
    return prepare(opened(written(folder, rows)), share, 0)


def learnt(prepared: Prepared, optimizer: object) -> Trained:
    settings = Settings(epochs=8, batching="whole", optimizer=optimizer)  # type: ignore[arg-type]
    return Trainer(parse_recipe("dense 4 tanh, dense 2 softmax"), settings, prepared).train()


@pytest.mark.parametrize("optimizer", [Momentum(learning_rate=0.1), Adam(learning_rate=0.05)])
def test_a_weight_of_2_is_the_row_twice(tmp_path: Path, optimizer: object) -> None:
    once = prepare(opened(written(tmp_path, ROWS), scaling="none"), 0.0, 0)
    again = [row for row in ROWS for _ in range(int(row[3]))]
    plain = {"w": {"role": "ignore"}}
    path = written(tmp_path, again, "again.csv")
    twice = prepare(opened(path, scaling="none", columns=plain), 0.0, 0)
    assert (len(once.x_train), len(twice.x_train)) == (12, 16)
    assert twice.weights_train is None
    by_weight, by_rows = learnt(once, optimizer), learnt(twice, optimizer)
    unweighted = prepare(opened(written(tmp_path, ROWS), scaling="none", columns=plain), 0.0, 0)
    other = learnt(unweighted, optimizer)
    for name, values in by_rows.weights.items():
        np.testing.assert_allclose(by_weight.weights[name], values, rtol=2e-4, atol=2e-5)
    assert any(
        not np.allclose(other.weights[name], values, rtol=1e-2, atol=1e-3)
        for name, values in by_rows.weights.items()
    )
    losses = [[point.loss for point in found.history] for found in (by_weight, by_rows)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


def test_the_weights_are_those_of_the_training_rows_with_a_mean_of_1(tmp_path: Path) -> None:
    weights = [float(i + 1) for i in range(12)]
    prepared = weighed(tmp_path, list(weights), share=0.25)
    assert prepared.spec.feature_names == ("x", "z")
    assert len(prepared.x_val)
    own = np.array(weights)[prepared.train_rows]
    assert prepared.weights_train is not None
    np.testing.assert_allclose(prepared.weights_train, own / own.mean(), rtol=1e-6)


def test_every_fold_has_its_own(tmp_path: Path) -> None:
    dataset = opened(written(tmp_path, ROWS))
    for prepared in prepare_folds(dataset, 3, 0):
        own = np.array([row[3] for row in ROWS], float)[prepared.train_rows]
        np.testing.assert_allclose(prepared.weights_train, own / own.mean(), rtol=1e-6)  # type: ignore[arg-type]


def test_rows_that_are_their_own_target_keep_their_weights(tmp_path: Path) -> None:
    prepared = prepare(as_own_target(opened(written(tmp_path, ROWS))), 0.0, 0)
    assert prepared.weights_train is not None
    assert prepared.weights_train.max() > prepared.weights_train.min()


def test_a_missing_weight_counts_1_and_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, [(*row[:3], "" if i == 5 else 3) for i, row in enumerate(ROWS)])
    dataset = opened(path)
    assert "1 row has no weight in w and counts 1, before that division." in dataset.notes
    assert any(note.startswith("Weight of the row: w, from 3 to 3;") for note in dataset.notes)
    prepared = prepare(dataset, 0.0, 0)
    found = prepared.weights_train
    assert found is not None
    assert found[0] / found[5] == pytest.approx(3)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("-0.5", "it goes down to -0.5, and a row cannot count less than 0"),
        ("inf", "1 number is infinite or too large"),
        ("1e200", "1 number is infinite or too large"),
        ("much", "it holds texts"),
    ],
)
def test_what_is_no_weight_is_refused(tmp_path: Path, cell: str, words: str) -> None:
    path = written(tmp_path, [(*row[:3], cell if i == 5 else 3) for i, row in enumerate(ROWS)])
    with pytest.raises(DataError, match=r"column 'w' cannot be the weight of the row") as error:
        opened(path)
    assert words in str(error.value)
    head = read_table_head(path, TableOptions.from_plain({"target": "kind", "columns": WEIGHT}))
    assert words in head.problem
    assert [column.name for column in head.columns] == ["x", "z", "kind", "w"]


def test_rows_that_all_count_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="it is 0 in every row"):
        weighed(tmp_path, [0] * 12)
    with pytest.raises(DataError, match="it is empty"):
        weighed(tmp_path, [""] * 12)
    dataset = opened(written(tmp_path, [(*row[:3], int(i == 0)) for i, row in enumerate(ROWS)]))
    with pytest.raises(DataError, match="every row to train on has the weight 0 in w"):
        dataset.weights_of(np.arange(1, 12))


def test_there_is_one_column_of_weights(tmp_path: Path) -> None:
    both = {**WEIGHT, "z": {"role": "weight"}}
    with pytest.raises(DataError, match="'z', 'w' are all to be the weight of the row: choose one"):
        opened(written(tmp_path, ROWS), columns=both)


def test_enormous_weights_leave_no_range(tmp_path: Path) -> None:
    prepared = weighed(tmp_path, [1e99, 0, 1e-99, *[1e99] * 9])
    found = prepared.weights_train
    assert found is not None
    assert np.isfinite(found).all()
    assert found.mean() == pytest.approx(1)


def test_new_rows_need_no_weight(tmp_path: Path) -> None:
    prepared = prepare(opened(written(tmp_path, ROWS)), 0.0, 0)
    new = table(tmp_path, "x,z,kind\n1,2,a\n2,3,b\n", "new.csv")
    rows = read_with(prepared.encoding, new)
    assert rows.x.shape == (2, 2)
    assert not any("w" in note.split() for note in rows.notes)


def test_a_preview_of_a_part_lets_no_text_below_pass_as_missing(tmp_path: Path) -> None:
    path = written(tmp_path, ROWS)
    options = TableOptions.from_plain({"target": "kind", "columns": WEIGHT})
    head = read_table_head(path, options)
    object.__setattr__(head, "complete", False)
    pinned = head.pinned().columns["w"]
    assert (pinned.role, pinned.type) == ("weight", None)
