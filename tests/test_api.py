"""The program from Python: build, train, predict, evaluate, take the weights along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nndesigner
from nndesigner import api
from nndesigner.errors import DataError, DesignerError, FileError, TrainingError
from nndesigner.learning.optimizers import SGD, Adam
from nndesigner.training.feed import Feed, Point
from nndesigner.training.settings import Settings

SMALL = "flatten, dense 16 relu, dense 10 softmax"


@pytest.fixture(scope="module")
def trained() -> nndesigner.api.Trained:
    project = nndesigner.new(SMALL, "digits", epochs=3, learning_rate=0.01)
    return nndesigner.train(project)


def test_the_public_names_are_there_and_no_others() -> None:
    for name in nndesigner.__all__:
        assert callable(getattr(nndesigner, name))
        assert name in dir(nndesigner)
    with pytest.raises(AttributeError, match="no attribute 'tarin'"):
        _ = nndesigner.tarin  # type: ignore[attr-defined]


def test_settings_are_given_by_name_text_or_declaration() -> None:
    settings = api.changed_settings(
        Settings(), {"epochs": 3, "optimizer": "sgd", "learning_rate": 0.5, "shuffle": False}
    )
    assert settings == Settings(epochs=3, optimizer=SGD(learning_rate=0.5), shuffle=False)
    settings = api.changed_settings(Settings(), {"optimizer": Adam(beta_1=0.5), "epsilon": 1e-7})
    assert settings.optimizer == Adam(beta_1=0.5, epsilon=1e-7)
    with pytest.raises(DesignerError, match="no setting 'epoch'"):
        api.changed_settings(Settings(), {"epoch": 3})


def test_the_whole_walk(trained: Any, tmp_path: Path) -> None:
    seen: list[Point] = []
    project = nndesigner.new(SMALL, "digits", epochs=3, learning_rate=0.01)
    again = nndesigner.train(project, progress=seen.append)
    assert [point.epoch for point in seen] == [1, 2, 3]
    assert tuple(seen) == again.history
    for key, array in trained.weights.items():  # the same seed gives the same result
        assert np.array_equal(array, again.weights[key])
    assert seen[-1].val_metric is not None
    assert seen[-1].val_metric > 0.8

    outcome = nndesigner.evaluate(trained, "digits")
    assert outcome.metric > 0.8
    said = nndesigner.predict(trained, "digits")
    assert said.probabilities is not None
    assert said.probabilities.shape == (len(said.values), 10)
    assert np.allclose(said.probabilities.sum(axis=1), 1, atol=1e-5)

    for name in ("w.npz", "w.safetensors"):
        nndesigner.export_weights(trained, tmp_path / name)
        loaded = nndesigner.load_weights(tmp_path / name)
        same = nndesigner.predict(loaded, "digits")
        assert same.values == said.values
        assert np.array_equal(same.probabilities, said.probabilities)
        assert nndesigner.evaluate(tmp_path / name, "digits").loss == outcome.loss


def test_a_saved_project_predicts_the_same(trained: Any, tmp_path: Path) -> None:
    project = nndesigner.new(SMALL, "digits")
    whole = api.Project(
        graph=project.graph,
        settings=trained.settings,
        origin=project.origin,
        spec=project.spec,
        trained=trained,
    )
    nndesigner.save_project(tmp_path / "p.nnd", whole)
    opened = nndesigner.open_project(tmp_path / "p.nnd")
    assert (
        nndesigner.predict(opened, "digits").values == nndesigner.predict(trained, "digits").values
    )


def test_encoded_arrays_are_taken_as_they_are(trained: Any) -> None:
    rows = np.zeros((3, *trained.spec.input_shape))
    assert len(nndesigner.predict(trained, rows).values) == 3
    with pytest.raises(DataError, match="takes rows of shape"):
        nndesigner.predict(trained, rows[:, 1:])


def test_numbers_are_predicted_in_their_own_unit(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    x = chance.uniform(-1, 1, size=(300, 2))
    y = 1000 + 50 * x[:, 0] - 20 * x[:, 1]
    table = np.column_stack([x, y])
    path = tmp_path / "plane.csv"
    np.savetxt(path, table, delimiter=",", header="a,b,height", comments="", fmt="%.6f")
    project = nndesigner.new("dense 1 linear", path, target="height", epochs=60, learning_rate=0.05)
    trained = nndesigner.train(project)
    said = nndesigner.predict(trained, path)
    assert said.probabilities is None
    assert np.abs(np.asarray(said.values)[:, 0] - y).max() < 1.0
    outcome = nndesigner.evaluate(trained, path)
    assert outcome.metric < 1.0


@pytest.mark.parametrize(
    ("layers", "data", "settings"),
    [
        ("dense 8 tanh, dense 1 sigmoid", "moons", {}),
        ("dense 8 tanh, dense 3 sigmoid", "iris", {}),
        ("dense 3 linear", "iris", {"loss": "mse"}),
    ],
)
def test_probabilities_sum_to_one_and_the_class_is_that_of_the_figures(
    layers: str, data: str, settings: dict[str, Any]
) -> None:
    project = nndesigner.new(layers, data, epochs=10, learning_rate=0.02, **settings)
    trained = nndesigner.train(project)
    said = nndesigner.predict(trained, data)
    assert said.probabilities is not None
    assert said.probabilities.shape == (len(said.values), len(trained.spec.classes))
    assert np.allclose(said.probabilities.sum(axis=1), 1, atol=1e-6)
    assert said.probabilities.min() >= 0
    confusion = nndesigner.evaluate(trained, data).confusion
    assert confusion is not None
    counts = [said.values.count(name) for name in trained.spec.classes]
    assert counts == confusion.sum(axis=0).tolist()


def test_rows_whose_target_is_blank_are_predicted_too(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    lines = [f"{n / 40},{'low' if n < 20 else 'high'}" for n in range(40)]
    path.write_text("\n".join(["a,side", *lines]) + "\n")
    project = nndesigner.new("dense 1 sigmoid", path, target="side", epochs=100, learning_rate=0.1)
    trained = nndesigner.train(project)
    path.write_text("a,side\n0.01,low\n0.02,\n0.98,high\n0.99,\n")
    said = nndesigner.predict(trained, path)
    assert said.values == ("low", "low", "high", "high")
    assert said.kept.tolist() == [0, 1, 2, 3]


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no data yet"):
        nndesigner.train(nndesigner.new(SMALL))
    with pytest.raises(TrainingError, match="Dense wants flat input"):
        nndesigner.train(nndesigner.new("dense 10 softmax", "digits"))
    with pytest.raises(FileError, match="learnt nothing yet"):
        nndesigner.predict(nndesigner.new(SMALL, "digits"), "digits")
    with pytest.raises(DesignerError, match="diggits"):
        nndesigner.new(SMALL, "diggits")


def test_a_run_stops_when_the_watcher_says_so() -> None:
    from nndesigner.data import prepare

    project = nndesigner.new(SMALL, "digits", epochs=100_000)
    dataset = api.project_data(project)
    prepared = prepare(dataset, 0.2, 1)

    def watch(feed: Feed) -> bool:
        return len(feed.points()) < 2

    trained = api.run(project, prepared, watch)
    assert 2 <= len(trained.history) < 100_000
    assert all(np.isfinite(array).all() for array in trained.weights.values())


def test_an_error_of_the_watcher_ends_the_run() -> None:
    from nndesigner.data import prepare

    project = nndesigner.new(SMALL, "digits", epochs=100_000)
    prepared = prepare(api.project_data(project), 0.2, 1)

    def watch(feed: Feed) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        api.run(project, prepared, watch)


@pytest.mark.parametrize("name", ["iris", "circle:noise=0.1"])
def test_a_name_that_is_right_is_not_corrected(name: str) -> None:
    with pytest.raises(DataError) as found:
        api.open_dataset(name, options={"columns": {"nowhere": {"fill": "median"}}})
    assert f"mean {name.partition(':')[0]}" not in str(found.value)
    with pytest.raises(DataError, match="did you mean iris"):
        api.open_dataset("irs")
