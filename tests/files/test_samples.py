"""The projects that come with the program: they open, fit their data, learn, and survive damage."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import numpy as np
import pytest

from nndesigner import api
from nndesigner.errors import DesignerError
from nndesigner.files.project import load_project, project_bytes, project_from
from nndesigner.recipe import parse_recipe, recipe_of
from nndesigner.shipped import shipped
from nndesigner.training.check import check_training

RECIPES = {
    "digits": "flatten, dense 32 tanh, dense 10 softmax",
    "iris": "dense 16 relu, dense 3 softmax",
    "moons": "dense 16 tanh, dense 8 tanh, dense 2 softmax",
    "spiral": "dense 64 relu, dense 32 relu, dense 3 softmax",
    "linear": "dense 1 linear",
}


def test_every_sample_project_is_listed_here() -> None:
    found = {path.stem for path in shipped("samples").glob("*.nnd")}
    assert found == set(RECIPES)


@pytest.mark.parametrize("name", list(RECIPES))
def test_a_sample_project_fits_its_data_and_has_no_problem(name: str) -> None:
    path = shipped("samples", f"{name}.nnd")
    project = load_project(path)
    assert recipe_of(project.graph) == RECIPES[name]
    assert project.graph == parse_recipe(RECIPES[name])  # laid out from left to right
    assert project.origin is not None
    assert (project.origin.kind, project.origin.path) == ("sample", name)
    dataset = api.project_data(project)
    assert dataset.spec == project.spec
    assert dataset.origin == project.origin, "the sample's data changed: save the project anew"
    assert check_training(project.graph, project.settings, project.spec).problems == ()
    assert project_bytes(project, path.parent) == path.read_bytes()


def test_the_line_is_found() -> None:
    """Least squares on the five points: w = 3.1039, b = 5.8052, error 10.0935."""
    trained = api.train(shipped("samples", "linear.nnd"))
    assert trained.history[-1].loss == pytest.approx(10.0935, abs=1e-3)
    weight, bias = (float(array.reshape(-1)[0]) for array in trained.weights.values())
    assert (weight, bias) == (pytest.approx(3.1039, abs=1e-3), pytest.approx(5.8052, abs=1e-3))


@pytest.mark.parametrize("name", ["iris", "moons", "spiral"])
def test_a_sample_project_learns_its_table(name: str) -> None:
    trained = api.train(shipped("samples", f"{name}.nnd"))
    accuracy = trained.history[-1].val_metric
    assert accuracy is not None
    assert accuracy >= 0.95


def test_first_layer_weights_of_the_digits_are_alive(tmp_path: Path) -> None:
    """Every unit moves: a view of weights that shows dead ones would teach the wrong thing."""
    project = load_project(shipped("samples", "digits.nnd"))
    before = api.train(project, epochs=1).weights["dense_1/weight"]
    after = api.train(project, epochs=20).weights["dense_1/weight"]
    assert np.abs(after - before).max(axis=0).min() > 0.01


def test_only_our_errors_come_from_a_damaged_sample() -> None:
    whole = shipped("samples", "digits.nnd").read_bytes()
    chance = random.Random(11)
    for round_number in range(400):
        content = bytearray(whole)
        if round_number % 2:
            del content[chance.randrange(len(content)) :]
        else:
            for _ in range(chance.choice((1, 1, 4, 30))):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        try:
            loaded = project_from(bytes(content), Path("/"), "digits.nnd")
        except DesignerError:
            continue
        assert msgspec.to_builtins(loaded.settings)
