"""What the command line says about columns, splits and folds reaches the data and the figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nndesigner.data.column_choice import ColumnChoice
from nndesigner.declare import fields_of
from nndesigner.files.project import load_project
from tests.terminal import run


@pytest.fixture
def wines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "w.nnd"
    code, _, _ = run(
        capsys, "new", "--layers", "dense 16 relu, dense 3", "--data", "wine", "--out", path,
        "--column", "magnesium:scaling=robust,clip=quartiles", "hue:role=ignore",
        "--add", "alcohol^2", "alcohol*ash", "--split", "test=0.2",
    )  # fmt: skip
    assert code == 0
    return path


def test_columns_added_inputs_and_split_are_kept_in_the_project(wines: Path) -> None:
    project = load_project(wines)
    assert project.origin is not None
    options = project.origin.options
    assert options["columns"] == {
        "magnesium": {"scaling": "robust", "clip": "quartiles"},
        "hue": {"role": "ignore"},
    }
    assert options["split"] == {"test": 0.2}
    assert project.spec is not None
    assert project.spec.feature_names[-2:] == ("alcohol^2", "alcohol*ash")
    assert "hue" not in project.spec.feature_names


def test_the_test_part_is_in_the_words_and_the_figures(
    wines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "f.json"
    code, out, _ = run(
        capsys, "train", wines, "--epochs", 30, "--set", "learning_rate=0.01",
        "--json", figures, "--save", tmp_path / "t.nnd",
    )  # fmt: skip
    assert code == 0
    found: dict[str, Any] = json.loads(figures.read_text())
    assert found["test"]["rows"] == 36
    assert found["test"]["accuracy"] > 0.9
    assert f"test part, 36 rows: loss {found['test']['loss']:.4f}" in out
    code, out, _ = run(capsys, "describe", tmp_path / "t.nnd")
    assert f"in the test {100 * found['test']['accuracy']:.2f} %" in out


def test_train_can_say_it_anew_for_its_own_data(
    wines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = tmp_path / "again.nnd"
    code, _, _ = run(
        capsys, "train", wines, "--epochs", 1, "--save", again,
        "--column", "magnesium:clip=quartiles", "ash:role=ignore", "--add", "hue^3",
        "--split", "test=10", "seed=5",
    )  # fmt: skip
    assert code == 2  # hue is ignored, so nothing can be made of it
    code, _, _ = run(
        capsys, "train", wines, "--epochs", 1, "--save", again,
        "--column", "magnesium:scaling=none", "--add", "proline^3",
        "--split", "test=10", "seed=5",
    )  # fmt: skip
    assert code == 0
    project = load_project(again)
    assert project.origin is not None
    assert project.origin.options["columns"]["magnesium"] == {
        "scaling": "none",
        "clip": "quartiles",
    }
    assert project.origin.options["split"] == {"test": 10.0, "seed": 5}
    assert project.trained is not None
    assert project.trained.test is not None
    assert project.trained.test.rows == 10


def test_generated_points_take_added_inputs_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.nnd"
    code, _, _ = run(
        capsys, "new", "--layers", "dense 4 tanh, dense 2", "--data", "circle:noise=0.1",
        "--out", path, "--add", "x1^2", "x2^2",
    )  # fmt: skip
    assert code == 0
    again = tmp_path / "again.nnd"
    code, out, _ = run(
        capsys, "train", path, "--epochs", 1, "--save", again,
        "--add", "x1^2", "x1*x2", "sin(x1)",
    )  # fmt: skip
    assert code == 0
    assert " %" in out
    project = load_project(again)
    assert project.spec is not None
    assert project.spec.feature_names == ("x1", "x2", "x1^2", "x1*x2", "sin(x1)")
    code, _, err = run(capsys, "train", path, "--epochs", 1, "--add", "x3^2")
    assert code == 2
    assert "needs a column 'x3'" in err


def test_crossval_says_every_fold_mean_and_deviation(
    wines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "f.json"
    code, out, _ = run(capsys, "crossval", wines, "--folds", 3, "--epochs", 30, "--json", figures)
    assert code == 0
    found = json.loads(figures.read_text())
    assert len(found["folds"]) == 3
    assert sum(fold["test_rows"] for fold in found["folds"]) == 178
    assert out.count("held out") == 3
    mean, deviation = found["mean_accuracy"], found["deviation_accuracy"]
    assert f"3 folds: accuracy {100 * mean:.2f} % ± {100 * deviation:.2f} %" in out
    assert mean > 0.9
    code, out, err = run(capsys, "crossval", wines, "--folds", "many")
    assert (code, out) == (2, "")
    assert "--folds must be a whole number of at least 2" in err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--column", "hue"], "--column wants NAME:KEY=VALUE"),
        (["--column", "hue:role=inputs"], "used as must be one of"),
        (["--column", "shade:role=ignore"], "no column 'shade'"),
        (["--add", "hue+1"], "--add wants"),
        (["--split", "test=2.5"], "a whole number of rows"),
    ],
)
def test_a_slip_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    code, _, err = run(
        capsys, "new", "--layers", "dense 3", "--data", "wine", "--out", tmp_path / "w.nnd", *words
    )
    assert code == 2
    assert complaint in err
    assert err.count("\n") == 1


def test_describe_lists_what_can_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "describe", "column")
    assert code == 0
    for field in fields_of(ColumnChoice):
        assert field.name in out
    code, out, _ = run(capsys, "describe", "split")
    assert "stratified" in out
    for verb in ("new", "train", "crossval"):
        run(capsys, verb, "--help")


def test_a_column_weighs_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, figures = tmp_path / "w.nnd", tmp_path / "f.json"
    code, out, err = run(
        capsys, "new", "--layers", "dense 8 relu, dense 3", "--data", "wine", "--out", path,
        "--column", "hue:role=weight",
    )  # fmt: skip
    assert code == 0
    assert "Weight of the row: hue, from 0.48 to 1.71" in out + err
    code, out, _ = run(capsys, "describe", path)
    assert code == 0
    assert "rows weighted by hue" in out
    assert "hue" not in load_project(path).spec.feature_names  # type: ignore[union-attr]
    losses = []
    for words in ((), ("--column", "hue:role=ignore")):
        code, _, _ = run(
            capsys, "train", path, "--epochs", 2, "--json", figures, "--quiet", *words
        )  # fmt: skip
        assert code == 0
        losses.append(json.loads(figures.read_text())["history"][-1]["loss"])
    assert losses[0] != losses[1]
    code, _, err = run(capsys, "train", path, "--epochs", 1, "--column", "ash:role=weight")
    assert code != 0
    assert "'ash', 'hue' are all to be the weight of the row" in err


def test_predict_says_what_it_filled_and_what_lies_far_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, saved, new = (tmp_path / name for name in ("p.nnd", "t.nnd", "n.csv"))
    made = run(capsys, "new", "--layers", "dense 3 softmax", "--data", "iris", "--out", project)
    assert made[0] == 0
    assert run(capsys, "train", project, "--epochs", 1, "--save", saved)[0] == 0
    names = [one for one in load_project(saved).spec.feature_names]
    new.write_text(",".join(names) + "\n5,,,\n5000,3,1,2\n")
    code, _, err = run(capsys, "predict", saved, "--data", new, "--out", tmp_path / "o.csv")
    assert code == 0
    assert "note: 1 row has missing values, which were filled" in err
    assert f"{names[1]} with 3." in err
    assert f"note: {names[0]}: 1 value is far outside " in err
    assert "5000 in row 2" in err
    assert (tmp_path / "o.csv").read_text().startswith("row,predicted,probability_")
