"""Weights of classes and rows: what they are, and that a run learns by them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from nndesigner.errors import DesignerError, TrainingError
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.learning.losses import CategoricalCrossEntropy
from nndesigner.learning.optimizers import Adam
from nndesigner.training.check import check_training
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer
from nndesigner.training.weighting import class_weights, parsed, row_weights
from tests.helpers import prepared_classes

NET = Graph.chain([Input(), Dense(units=3, activation="softmax")])
BALANCED = Settings(class_weighting="balanced", epochs=2, batch_size=7)


def test_balanced_weights_are_scikit_learns() -> None:
    y = np.array([0] * 50 + [1] * 7 + [2] * 3)
    spec = prepared_classes().spec
    found = class_weights(BALANCED, spec, np.bincount(y, minlength=3))
    expected = compute_class_weight("balanced", classes=np.arange(3), y=y)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found[y].mean() == pytest.approx(1)
    assert class_weights(BALANCED, spec, np.array([4, 0, 4])).tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1, 2, 0.5", [1, 2, 0.5]),
        ("b=3", [1, 3, 1]),
        ("c = 0 ; a=2", [2, 1, 0]),
        ("b=3, B=x", "There is no class 'B'"),
        ("a=x", "A class weight must be a number from 0"),
        ("a=-1", "got '-1'"),
        ("a=nan", "got 'nan'"),
        ("1, 2", "There are 2 class weights and 3 classes"),
        (" , ", "write for example a=2"),
    ],
)
def test_weights_as_people_write_them(text: str, expected: list[float] | str) -> None:
    if isinstance(expected, list):
        assert parsed(text, ("a", "b", "c")) == expected
        return
    with pytest.raises(DesignerError) as error:
        parsed(text, ("a", "b", "c"))
    assert expected in str(error.value)


def test_wrong_words_are_found_before_training() -> None:
    spec = prepared_classes().spec
    wrong = Settings(class_weighting="custom", class_weights="z=2")
    (problem,) = check_training(NET, wrong, spec).problems
    assert "There is no class 'z'" in problem.message
    assert problem.severity == "error"
    (repair,) = problem.repairs
    assert repair.settings == {"class_weighting": "balanced"}
    with pytest.raises(TrainingError, match="no class 'z'"):
        Trainer(NET, wrong, prepared_classes())


def test_rows_and_classes_multiply() -> None:
    prepared = prepared_classes(rows=40, validation=10)
    assert row_weights(prepared, Settings()) is None
    rows = np.linspace(0, 2, 30, dtype=np.float32)
    weighted = replace(prepared, weights_train=rows)
    assert row_weights(weighted, Settings()) is not None
    both = row_weights(weighted, Settings(class_weighting="custom", class_weights="1,2,3"))
    np.testing.assert_allclose(both, rows * (1 + prepared.y_train))
    for bad in (-rows, rows * 0, rows * np.nan):
        with pytest.raises(TrainingError, match="weights of the rows"):
            row_weights(replace(prepared, weights_train=bad), Settings())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_run_with_weights_is_the_run_with_rows_repeated(smoothing: float) -> None:
    """A whole batch: weights 0, 1, 2 give, but for the mean's divisor, the repeated rows' step."""
    prepared = prepared_classes(rows=30, validation=0)
    weights = np.array([0, 1, 2] * 10, np.float32)
    loss = CategoricalCrossEntropy(label_smoothing=smoothing)
    settings = Settings(loss=loss, epochs=3, batch_size=30, validation_share=0, shuffle=False)
    trained = Trainer(NET, settings, replace(prepared, weights_train=weights)).train()
    again = np.repeat(np.arange(30), weights.astype(int))
    repeated = replace(prepared, x_train=prepared.x_train[again], y_train=prepared.y_train[again])
    other = Trainer(NET, settings, repeated).train()
    for name, array in trained.weights.items():
        np.testing.assert_allclose(array, other.weights[name], rtol=1e-4, atol=1e-6)
    assert trained.history[0].loss == pytest.approx(other.history[0].loss, rel=1e-5)


def test_balance_helps_the_rare_class_and_leaves_validation_alone() -> None:
    prepared = prepared_classes(rows=300, validation=60, seed=1)
    rare = prepared.y_train == 2
    keep = ~rare | (np.cumsum(rare) <= 4)
    prepared = replace(
        prepared, x_train=prepared.x_train[keep] * 0.2, y_train=prepared.y_train[keep],
        x_val=prepared.x_val * 0.2, train_rows=prepared.train_rows[keep],
    )  # fmt: skip
    settings = Settings(epochs=15, optimizer=Adam(learning_rate=0.02))
    plain = Trainer(NET, settings, prepared).train()
    balanced = Trainer(NET, settings.changed(class_weighting="balanced"), prepared).train()

    def recall(trained: object) -> float:
        from nndesigner.training.predict import predict

        out = predict(trained, prepared.x_val)  # type: ignore[arg-type]
        return float((out.argmax(axis=1) == 2)[prepared.y_val == 2].mean())

    assert recall(balanced) > recall(plain) + 0.3
    assert balanced.history[-1].val_loss is not None
