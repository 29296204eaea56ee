"""Data whose rows are their own targets: opened, prepared, learnt, saved and used again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner import api
from nndesigner.cli.parser import main
from nndesigner.data import SAME, open_data, open_origin, prepare, read_with
from nndesigner.data.dataset import Prepared
from nndesigner.data.same import SameDataset, as_own_target
from nndesigner.errors import DataError
from nndesigner.files.project import Project, load_project, save_project
from nndesigner.training.augmentation import Augmentation
from nndesigner.training.check import check_training
from nndesigner.training.settings import Settings
from nndesigner.training.starter import starter


def ready(name: str) -> tuple[SameDataset, Prepared]:
    dataset = open_data(name, target=SAME)
    assert isinstance(dataset, SameDataset)
    return dataset, prepare(dataset, 0.2, 1)


@pytest.mark.parametrize("name", ["digits", "iris", "circle", "reg-plane:noise=0.1"])
def test_the_target_is_the_encoded_row(name: str) -> None:
    dataset, rows = ready(name)
    assert dataset.spec.task == "regression"
    assert dataset.spec.outputs == int(np.prod(dataset.spec.input_shape))
    assert dataset.spec.target_names == ("the input",)
    assert dataset.labels is None
    for x, y in ((rows.x_train, rows.y_train), (rows.x_val, rows.y_val)):
        assert len(x) > 0
        np.testing.assert_array_equal(y, x.reshape(len(x), -1))
    again = open_origin(dataset.origin)
    assert again.spec == dataset.spec
    assert again.origin == dataset.origin
    assert dataset.source.spec.same_as_input is False
    assert as_own_target(dataset) is dataset
    with pytest.raises(DataError, match="predict a target"):
        dataset.encode(dataset.source.fit(rows.train_rows))


def test_a_starter_learns_to_give_digits_back(tmp_path: Path) -> None:
    dataset, _ = ready("digits")
    graph = starter(dataset.spec)
    settings = Settings(epochs=15)
    assert check_training(graph, settings, dataset.spec).problems == ()
    project = Project(graph=graph, settings=settings, origin=dataset.origin, spec=dataset.spec)
    trained = api.train(project)
    first, last = trained.history[0].val_loss, trained.history[-1].val_loss
    assert first is not None
    assert last is not None
    assert last < 0.5 * first
    saved = Project(
        graph=graph, settings=settings, origin=dataset.origin, spec=dataset.spec, trained=trained
    )
    save_project(tmp_path / "p.nnd", saved)
    loaded = load_project(tmp_path / "p.nnd")
    assert loaded.spec == dataset.spec
    assert loaded.trained is not None
    assert loaded.trained.encoding == trained.encoding
    found = api.evaluate(loaded, "digits")
    assert found.rows == 1797
    assert found.confusion is None
    assert api.predict(loaded, "digits").values.shape == (1797, 64)  # type: ignore[union-attr]
    rows = read_with(trained.encoding, "digits")
    np.testing.assert_array_equal(rows.y, rows.x.reshape(1797, -1))


def test_a_network_may_end_in_the_shape_of_the_input() -> None:
    recipe = "conv2d 8 3 padding=same relu, conv2d 1 3 padding=same linear"
    project = api.new(recipe, data="digits", target=SAME)
    assert project.spec is not None
    assert check_training(project.graph, Settings(), project.spec).problems == ()
    trained = api.train(project, epochs=2)
    assert trained.history[-1].val_loss is not None
    assert trained.history[-1].val_loss < 0.05
    narrow = api.new("flatten, dense 10 linear", data="digits", target=SAME)
    assert narrow.spec is not None
    problem = check_training(narrow.graph, Settings(), narrow.spec).problems[0]
    assert "The target is the input itself, 64 numbers" in problem.message
    sigmoid = api.new("flatten, dense 64 sigmoid", data="digits", target=SAME)
    assert sigmoid.spec is not None
    assert check_training(sigmoid.graph, Settings(), sigmoid.spec).problems == ()


def test_noise_on_the_input_leaves_the_target_clean() -> None:
    project = api.new("flatten, dense 64 relu, dense 64 linear", data="digits", target=SAME)
    noisy = Settings(epochs=12, augmentation=Augmentation(noise=0.3))
    trained = api.train(
        Project(graph=project.graph, settings=noisy, origin=project.origin, spec=project.spec)
    )
    plain = api.train(project, epochs=12)
    x = read_with(trained.encoding, "digits").x.reshape(-1, 64)
    spoiled = x + np.random.default_rng(1).normal(0, 0.3, x.shape).astype(np.float32)
    errors = []
    for each in (trained, plain):
        back = api.predict(each, spoiled.reshape(-1, 8, 8, 1)).values
        errors.append(float(np.abs(np.asarray(back) - x).mean()))
    assert errors[0] < 0.9 * errors[1]
    assert errors[0] < np.abs(np.clip(spoiled, 0, 1) - x).mean()


def test_the_command_line_gives_rows_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "p.nnd")
    layers = "dense 8 tanh, dense 4 linear"
    code = main(["new", "--layers", layers, "--data", "iris", "--target", SAME, "--out", path])
    assert code == 0, capsys.readouterr().err
    assert main(["train", path, "--epochs", "5", "--save", path, "--quiet"]) == 0
    out = tmp_path / "back.csv"
    assert main(["predict", path, "--data", "iris", "--out", str(out)]) == 0
    header = out.read_text("utf-8").splitlines()[0]
    assert header.startswith("row,predicted_sepal")
    assert header.count("predicted_") == 4


def test_a_guessed_target_is_an_input_and_rows_without_labels_stay(tmp_path: Path) -> None:
    np.save(tmp_path / "matrix.npy", np.random.default_rng(0).normal(size=(40, 5)))
    dataset = open_data(tmp_path / "matrix.npy", target=SAME)
    assert dataset.spec.input_shape == (5,)
    assert dataset.spec.outputs == 5
    assert not any("Target" in note for note in dataset.notes)
    lines = "".join(f"{i},{i % 7},{'' if i % 4 == 0 else 'uv'[i % 2]}\n" for i in range(40))
    path = tmp_path / "labels.csv"
    path.write_text("a,b,label\n" + lines)
    found = open_data(path, target=SAME)
    assert len(found.rows_with_target()) == 40
    assert len(found.encode(found.fit(found.rows_with_target())).x) == 40
    assert found.spec.input_shape == (2,)
    assert any(note.startswith("label is what was to be predicted") for note in found.notes)
    assert not any("cannot be learnt from" in note for note in found.notes)
    taken = open_data(path, target=SAME, options={"columns": {"label": {"role": "input"}}})
    assert taken.spec.feature_names == ("a", "b", "label=u", "label=v")
    assert not any("target" in note for note in taken.notes)
    labels = found.source.labels
    assert labels is not None
    assert (labels >= 0).sum() == 30


def test_what_a_table_gives_back_is_in_the_units_of_its_columns(tmp_path: Path) -> None:
    lines = "".join(
        f"{1000 + 40 * i},{i * i + 0.5},{2000 + i}-0{1 + i % 9}-11,{'xyz'[i % 3]},{'uv'[i % 2]}\n"
        for i in range(40)
    )
    path = tmp_path / "units.csv"
    path.write_text("mass,size,when,kind,label\n" + lines)
    choices = {
        "when": {"type": "date", "role": "input"},
        "size": {"scaling": "log"},
        "kind": {"coding": "ordinal"},
    }
    options = {"columns": choices, "added": [{"kind": "power", "of": "mass"}]}
    dataset = open_data(path, target=SAME, options=options)
    rows = dataset.rows_with_target()
    encoding = dataset.fit(rows)
    encoded = dataset.encode(encoding, rows)
    back = encoding.in_own_units(encoded.x)
    by_name = dict(zip(dataset.spec.feature_names, back.T, strict=True))
    i = np.arange(40)
    np.testing.assert_allclose(by_name["mass"], 1000 + 40 * i, rtol=1e-4)
    np.testing.assert_allclose(by_name["size"], i * i + 0.5, rtol=1e-3)
    np.testing.assert_allclose(by_name["when year"], 2000 + i, rtol=1e-4)
    np.testing.assert_allclose(by_name["kind"], i % 3, atol=1e-4)
    np.testing.assert_allclose(by_name["mass^2"], (1000.0 + 40 * i) ** 2, rtol=1e-3)


def test_predictions_of_a_table_that_is_given_back_are_in_its_units(tmp_path: Path) -> None:
    project = api.new("dense 8 tanh, dense 4 linear", data="iris", target=SAME)
    trained = api.train(project, epochs=60, learning_rate=0.01)
    values = np.asarray(api.predict(trained, "iris").values)
    assert 4.3 <= values[:, 0].mean() <= 7.9  # the means of iris's own columns
    assert abs(values[:, 0].mean() - 5.84) < 0.3
    assert abs(values[:, 3].mean() - 1.2) < 0.3


def test_groups_hold_for_rows_that_are_their_own_target(tmp_path: Path) -> None:
    lines = "".join(f"{i % 10},{i},{(i * 7) % 11},{'uv'[i % 2]}\n" for i in range(60))
    path = tmp_path / "groups.csv"
    path.write_text("who,a,b,label\n" + lines)
    dataset = open_data(path, target=SAME, options={"columns": {"who": {"role": "group"}}})
    assert dataset.split.method == "group"


def test_another_target_is_taken_for_rows_that_were_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was left out when rows were their own target is no option of other data."""
    data, project = tmp_path / "t.csv", tmp_path / "p.nnd"
    data.write_text("a,b,price\n" + "".join(f"{i},{i / 7},{3 * i}\n" for i in range(40)))
    new = ["new", "--layers", "dense 2 relu, dense 2", "--data", str(data)]
    assert main([*new, "--target", SAME, "--out", str(project)]) == 0
    words = ["--epochs", "1", "--quiet", "--target", "a", "--save", str(tmp_path / "q.nnd")]
    for given in ([], ["--data", str(data)]):
        assert main(["train", str(project), *given, *words]) == 2
        told = capsys.readouterr().err
        assert "set its units to 1" in told
        assert "The target 'a'" in told
