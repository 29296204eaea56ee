"""Numbers beside listed pictures: guessed or said, scaled on training rows, in own units again."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nndesigner import api
from nndesigner.cli.parser import main
from nndesigner.data import SAME, open_data, prepare, read_with
from nndesigner.data.opening import open_origin
from nndesigner.data.pixels import MeasuredPixelEncoding, PixelDataset
from nndesigner.errors import DataError
from nndesigner.files.codec import encoding_in, encoding_out
from nndesigner.files.project import load_project, save_project
from nndesigner.training.predictions import predictions_csv

from .helpers import class_folders, picture, table


def pictured(
    folder: Path, labels: list[object], head: str = "file,age", name: str = "l.csv"
) -> Path:
    """A list of grey pictures, each a little brighter than the one before, with these labels."""
    lines = [head]
    for index, label in enumerate(labels):
        file = f"pics/{index}.png"
        if not (folder / file).exists():
            picture(folder / file, colour=index % 256)
        lines.append(f"{file},{label}")
    return table(folder, "\n".join(lines) + "\n", name)


def ages(number: int) -> list[object]:
    """Numbers with a fraction, that brightness tells."""
    return [f"{20 + 0.25 * index:.2f}" for index in range(number)]


def test_measures_in_a_list_are_learnt_as_numbers(tmp_path: Path) -> None:
    dataset = open_data(pictured(tmp_path, ages(40)))
    assert isinstance(dataset, PixelDataset)
    spec = dataset.spec
    assert (spec.task, spec.outputs, spec.classes) == ("regression", 1, ())
    assert spec.target_names == ("age",)
    assert dataset.labels is None
    assert "Target: age (a number)." in dataset.notes
    again = open_origin(dataset.origin)
    assert (again.spec, again.origin) == (spec, dataset.origin)


def test_numbers_are_scaled_by_the_training_rows_alone(tmp_path: Path) -> None:
    dataset = open_data(pictured(tmp_path, ages(40)))
    prepared = prepare(dataset, 0.5, 1)
    encoding = prepared.encoding
    assert isinstance(encoding, MeasuredPixelEncoding)
    numbers = np.array([20 + 0.25 * index for index in range(40)])
    train = numbers[prepared.train_rows]
    assert encoding.target.mean == pytest.approx(train.mean())
    assert encoding.target.deviation == pytest.approx(train.std())
    assert prepared.y_train.shape == (20, 1)
    assert prepared.y_train.dtype == np.float32
    assert float(prepared.y_train.mean()) == pytest.approx(0, abs=1e-6)
    assert float(prepared.y_train.std()) == pytest.approx(1, abs=1e-6)
    told = encoding.decode(np.asarray(prepared.y_val))[:, 0]
    np.testing.assert_allclose(told, numbers[prepared.val_rows], rtol=1e-6)
    plain = encoding.with_plain_targets()
    assert plain.decode(np.float32([[3.5]])).tolist() == [[3.5]]
    assert encoding_in(encoding_out(encoding), "encoding", "p") == encoding


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        ([i % 10 for i in range(30)], "classification"),  # 0 to 9 only count classes
        (list(range(10)), "classification"),
        ([1 + i % 12 for i in range(24)], "classification"),
        ([20 + i % 5 for i in range(60)], "classification"),  # each comes again and again
        ([18 + i for i in range(40)], "regression"),  # every picture has its own
        ([0.5 * i for i in range(40)], "regression"),
        ([100, 250, 300, 410, 520, 640] * 2, "regression"),
    ],
)
def test_whether_numbers_are_classes_is_guessed_said_and_changed(
    tmp_path: Path, labels: list[object], task: str
) -> None:
    path = pictured(tmp_path, labels)
    dataset = open_data(path)
    assert dataset.spec.task == task
    said = next(note for note in dataset.notes if note.startswith("Target: age"))
    other = "regression" if task == "classification" else "classification"
    if any("." in str(label) for label in labels):
        assert said == "Target: age (a number)."
        with pytest.raises(DataError, match=r"'age': labels such as 0\.5 are measures .* set the"):
            open_data(path, options={"task": other})
        return
    assert f"set the task to {other}" in said
    changed = open_data(path, options={"task": other})
    assert changed.spec.task == other
    assert not any("set the task" in note for note in changed.notes)


def test_more_numbers_than_there_are_classes(tmp_path: Path) -> None:
    dataset = open_data(pictured(tmp_path, list(range(1200))))
    assert dataset.spec.task == "regression"
    with pytest.raises(DataError, match="1,200 different labels"):
        open_data(tmp_path / "l.csv", options={"task": "classification"})


def test_gaps_and_words_among_the_numbers_are_told(tmp_path: Path) -> None:
    labels = ages(30)
    labels[3] = ""
    dataset = open_data(pictured(tmp_path, labels))
    assert dataset.spec.rows == 29
    assert "1 picture has no age: left out." in dataset.notes
    labels[5] = "old"
    path = pictured(tmp_path, labels)
    texts = open_data(path, options={"split": {"method": "random"}})
    assert texts.spec.task == "classification"
    assert any("Set the task to regression" in note for note in texts.notes)
    numbers = open_data(path, options={"task": "regression"})
    assert (numbers.spec.task, numbers.spec.rows) == ("regression", 28)
    assert any("'old' in line 7" in note for note in numbers.notes)
    assert "2 pictures have no age: left out." in numbers.notes
    names = pictured(tmp_path, ["a", "b"] * 10, name="names.csv")
    with pytest.raises(DataError, match=r"'age' holds texts, and none of them is a number"):
        open_data(names, options={"task": "regression"})


def test_folders_have_no_numbers(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="only a table has a task to choose"):
        open_data(class_folders(tmp_path), options={"task": "regression"})


def test_one_picture_with_two_numbers_is_pointed_out(tmp_path: Path) -> None:
    path = pictured(tmp_path, ages(30))
    picture(tmp_path / "pics" / "7.png", colour=3)
    assert any("twice, with different numbers" in note for note in open_data(path).notes)


def test_listed_pictures_with_numbers_can_be_given_back(tmp_path: Path) -> None:
    dataset = open_data(pictured(tmp_path, ages(30)), target=SAME)
    assert dataset.spec.same_as_input
    assert dataset.spec.outputs == 36
    prepared = prepare(dataset, 0.2, 1)
    np.testing.assert_array_equal(prepared.y_train, prepared.x_train.reshape(-1, 36))
    assert isinstance(dataset.source, PixelDataset)
    assert dataset.source.spec.target_names == ("age",)
    assert open_origin(dataset.origin).spec == dataset.spec


@pytest.fixture
def learnt(tmp_path: Path) -> Path:
    """A project that has learnt an age from brightness."""
    project = api.new("flatten, dense 1", pictured(tmp_path, ages(60)), learning_rate=0.05)
    trained = api.train(project, epochs=150)
    save_project(tmp_path / "p.nnd", replace(project, trained=trained))
    return tmp_path / "p.nnd"


def test_new_pictures_get_numbers_in_their_own_units(learnt: Path) -> None:
    folder = learnt.parent
    trained = load_project(learnt).trained
    assert trained is not None
    assert isinstance(trained.encoding, MeasuredPixelEncoding)
    said = api.predict(learnt, pictured(folder, ages(60)))
    values = np.asarray(said.values)[:, 0]
    np.testing.assert_allclose(values, 20 + 0.25 * np.arange(60), atol=1.0)
    one = api.predict(learnt, folder / "pics" / "30.png")
    assert float(np.asarray(one.values)[0, 0]) == pytest.approx(27.5, abs=1.0)
    figures = api.evaluate(learnt, folder / "l.csv").details.figures
    error = values - (20 + 0.25 * np.arange(60))
    assert figures["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-3)
    assert figures["rmse"] == pytest.approx(np.sqrt(np.square(error).mean()), rel=1e-3)
    assert figures["r2"] > 0.95
    # other columns do not matter, and a list without the number can only be predicted
    bare = table(folder, "file,sex\npics/3.png,m\npics/9.png,f\n", "bare.csv")
    rows = read_with(trained.encoding, bare)
    assert rows.y is None
    gaps = table(folder, "sex,age,file\nm,21,pics/4.png\nf,,pics/5.png\n", "gaps.csv")
    assert len(read_with(trained.encoding, gaps).x) == 1
    every = read_with(trained.encoding, gaps, keep_all=True)
    assert np.isnan(np.asarray(every.y)).tolist() == [[False], [True]]
    lines = list(csv.DictReader(io.StringIO(b"".join(predictions_csv(trained, said)).decode())))
    assert set(lines[0]) == {"row", "file", "predicted"}
    assert float(lines[7]["predicted"]) == pytest.approx(float(values[7]), rel=1e-5)


def test_the_command_line_says_the_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = pictured(tmp_path, [i % 10 for i in range(60)], head="file,stars")
    out = tmp_path / "p.nnd"
    new = ["new", "--data", str(path), "--out", str(out), "--layers"]
    assert main([*new, "flatten, dense 10"]) == 0
    told = capsys.readouterr().err
    assert "10 numbers taken as classes" in told
    assert "[--task regression]" in told
    assert main([*new, "flatten, dense 1", "--task", "regression"]) == 0
    project = load_project(tmp_path / "p.nnd")
    assert project.spec is not None
    assert project.spec.task == "regression"
    saved, figures = tmp_path / "t.nnd", tmp_path / "f.json"
    assert main(["train", str(tmp_path / "p.nnd"), "--epochs", "2", "--save", str(saved)]) == 0
    assert main(["evaluate", str(saved), "--data", str(path), "--json", str(figures)]) == 0
    found = json.loads(figures.read_text())
    assert {"mae", "rmse", "r2"} <= set(found["figures"])
    # other lists are taken alike: a number of that name, be its values as classes or not
    other = pictured(tmp_path, [i % 5 for i in range(30)], head="file,stars", name="other.csv")
    assert main(["train", str(saved), "--data", str(other), "--epochs", "1"]) == 0
    out = tmp_path / "said.csv"
    assert main(["predict", str(saved), "--data", str(other), "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 31
