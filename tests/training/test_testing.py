"""The test part is looked at once, after the training, in the target's own unit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import open_data, prepare
from nndesigner.data.dataset import Prepared
from nndesigner.files.project import Project, load_project, save_project
from nndesigner.learning.optimizers import LBFGS, SGD, AnyOptimizer
from nndesigner.recipe import parse_recipe
from nndesigner.training.predict import evaluate, predict
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.training.trainer import Trainer
from tests.data.helpers import table

GRAPH = parse_recipe("dense 8 relu, dense 3 softmax")
SETTINGS = Settings(epochs=5)


def test_the_test_part_changes_no_training_and_its_figures_are_kept(tmp_path: Path) -> None:
    dataset = open_data("iris", options={"split": {"test": 0.2}})
    prepared = prepare(dataset, 0.2, 1)
    trained = Trainer(GRAPH, SETTINGS, prepared).train()
    assert trained.test is not None
    assert trained.test.rows == 30
    assert prepared.x_test is not None
    assert prepared.y_test is not None
    found = evaluate(trained, prepared.x_test, prepared.y_test)
    assert (trained.test.loss, trained.test.metric) == (found.loss, found.metric)
    unseen = replace(prepared, x_test=None, y_test=None, test_rows=None)
    alone = Trainer(GRAPH, SETTINGS, unseen).train()
    assert alone.test is None
    for name, array in alone.weights.items():
        np.testing.assert_array_equal(array, trained.weights[name])
    path = tmp_path / "p.nnd"
    project = Project(
        graph=GRAPH, settings=SETTINGS, origin=dataset.origin, spec=dataset.spec, trained=trained
    )
    save_project(path, project)
    again = load_project(path)
    assert again.trained is not None
    assert again.trained.test == trained.test
    assert again.origin is not None
    assert again.origin.options == {"split": {"test": 0.2}}


def test_the_error_of_a_target_learnt_as_a_logarithm_is_in_its_own_unit(tmp_path: Path) -> None:
    lines = "".join(f"{i / 10},{2.0 ** (i / 8):.4f}\n" for i in range(80))
    dataset = open_data(
        table(tmp_path, "x,y\n" + lines),
        target="y",
        options={"columns": {"y": {"scaling": "log"}}},
    )
    prepared = prepare(dataset, 0.25, 1)
    trained = Trainer(
        parse_recipe("dense 8 tanh, dense 1 linear"), SETTINGS.changed(epochs=40), prepared
    ).train()
    said = prepared.encoding.decode(predict(trained, prepared.x_val))
    truth = np.array([2.0 ** (i / 8) for i in prepared.val_rows])
    wanted = float(np.abs(said[:, 0] - truth).mean())
    np.testing.assert_allclose(trained.history[-1].val_metric, wanted, rtol=1e-3)
    found = evaluate(trained, prepared.x_val, prepared.y_val)
    np.testing.assert_allclose(found.metric, wanted, rtol=1e-3)


def test_the_error_of_several_targets_is_the_mean_of_theirs(tmp_path: Path) -> None:
    lines = "".join(f"{i},{i * 1000 + i % 7},{i % 5}\n" for i in range(60))
    columns = {"big": {"role": "target"}, "small": {"role": "target"}}
    dataset = open_data(table(tmp_path, "x,big,small\n" + lines), options={"columns": columns})
    prepared = prepare(dataset, 0.25, 1)
    trained = Trainer(parse_recipe("dense 2 linear"), SETTINGS, prepared).train()
    said = prepared.encoding.decode(predict(trained, prepared.x_val))
    rows = prepared.val_rows
    truth = np.stack([rows * 1000 + rows % 7, rows % 5], axis=1)
    np.testing.assert_allclose(
        trained.history[-1].val_metric, np.abs(said - truth).mean(), rtol=1e-4
    )


def _true_error(trained: Trained, prepared: Prepared) -> float:
    """The error on the training rows, target by target in the table's units."""
    said = prepared.encoding.decode(predict(trained, prepared.x_train))
    truth = prepared.encoding.decode(np.asarray(prepared.y_train, np.float32).reshape(said.shape))
    return float(np.abs(said.astype(np.float64) - truth).mean())


@pytest.mark.parametrize("optimizer", [SGD(learning_rate=1e-9), LBFGS(learning_rate=1e-9)])
@pytest.mark.parametrize(
    "columns",
    [
        {"y1": {"role": "target"}, "y2": {"role": "target"}},
        {"y2": {"role": "ignore"}, "y1": {"role": "target", "scaling": "log"}},
        {"y1": {"role": "target", "scaling": "log"}, "y2": {"role": "target"}},
    ],
)
def test_the_running_error_of_training_is_in_the_targets_units(
    tmp_path: Path, columns: dict[str, dict[str, str]], optimizer: AnyOptimizer
) -> None:
    """With a rate of nearly nothing the figure of the epoch is that of the weights."""
    draw = np.random.default_rng(3)
    a, b = draw.uniform(-3, 3, (2, 200))
    lines = "".join(
        f"{i:.4f},{j:.4f},{1000 * i:.4f},{0.01 * j:.6f}\n" for i, j in zip(a, b, strict=True)
    )
    dataset = open_data(table(tmp_path, "a,b,y1,y2\n" + lines), options={"columns": columns})
    prepared = prepare(dataset, 0.25, 1)
    outputs = dataset.spec.outputs
    trained = Trainer(
        parse_recipe(f"dense 6 tanh, dense {outputs} linear"),
        SETTINGS.changed(epochs=1, optimizer=optimizer),
        prepared,
    ).train()
    wanted = _true_error(trained, prepared)
    np.testing.assert_allclose(trained.history[-1].metric, wanted, rtol=1e-4)
    found = evaluate(trained, prepared.x_val, prepared.y_val)
    np.testing.assert_allclose(trained.history[-1].val_metric, found.metric, rtol=1e-4)
