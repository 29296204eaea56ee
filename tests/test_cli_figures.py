"""``evaluate`` prints every figure beside the simple guess, and writes them as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn import metrics as judge

from nndesigner import api
from nndesigner.__main__ import main
from nndesigner.files.project import load_project
from nndesigner.shipped import shipped


def trained(folder: Path, data: str, layers: str) -> Path:
    path = folder / "p.nnd"
    project = api.new(layers, data=data, epochs=15, batch_size=8, learning_rate=0.02)
    found = api.train(project)
    api.save_project(path, replace(project, trained=found))
    return path


def test_classes_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = trained(tmp_path, "iris", "dense 8 gelu, dense 3 softmax")
    out = tmp_path / "f.json"
    assert main(["evaluate", str(path), "--data", "iris", "--json", str(out)]) == 0
    text = capsys.readouterr().out
    for words in ("Balanced accuracy", "F1, mean of classes", "always setosa", "precision"):
        assert words in text
    assert text.count("setosa") == 2
    found = json.loads(out.read_text())
    assert found["figures"]["accuracy"] == pytest.approx(found["accuracy"])
    assert found["baseline"]["accuracy"] == pytest.approx(1 / 3)
    assert [one["rows"] for one in found["per_class"]] == [50, 50, 50]
    truth, guess = [], []
    for i, row in enumerate(found["confusion"]):
        for j, count in enumerate(row):
            truth += [i] * count
            guess += [j] * count
    assert found["figures"]["f1_macro"] == pytest.approx(
        judge.f1_score(truth, guess, average="macro")
    )


def test_numbers_have_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = trained(tmp_path, "linear", "dense 1 linear")
    out = tmp_path / "f.json"
    assert main(["evaluate", str(path), "--data", "linear", "--json", str(out)]) == 0
    text = capsys.readouterr().out
    for words in ("Mean absolute error", "Root mean squared error", "R²", "always the mean"):
        assert words in text
    found = json.loads(out.read_text())
    assert found["figures"]["mae"] == pytest.approx(found["mae"], rel=1e-4)
    assert found["baseline"]["r2"] == pytest.approx(0, abs=1e-6)
    assert len(found["per_target"]) == 1


def test_a_history_keeps_its_figures_in_the_file(tmp_path: Path) -> None:
    path = trained(tmp_path, "iris", "dense 3 softmax")
    back = api.open_project(path)
    assert back.trained is not None
    points = back.trained.history
    assert all(
        set(point.val_figures or {}) == {"balanced_accuracy", "f1_macro"} for point in points
    )


def test_training_writes_what_evaluating_writes(tmp_path: Path) -> None:
    project, figures, judged = tmp_path / "p.nnd", tmp_path / "t.json", tmp_path / "e.json"
    layers = "dense 8 gelu, dense 3 softmax"
    new = ["new", "--layers", layers, "--data", "iris", "--out", str(project)]
    assert main([*new, "--split", "test=0.2"]) == 0
    saved = str(tmp_path / "s.nnd")
    train = ["train", str(project), "--epochs", "5", "--quiet", "--json", str(figures)]
    assert main([*train, "--save", saved, "--test", "iris"]) == 0
    assert main(["evaluate", saved, "--data", "iris", "--json", str(judged)]) == 0
    found, expected = json.loads(figures.read_text()), json.loads(judged.read_text())
    assert found["test"] == expected
    assert main(train) == 0
    found = json.loads(figures.read_text())
    for part in ("validation", "test"):
        assert set(found[part]) == set(expected)
        assert set(found[part]["figures"]) == set(expected["figures"])
        assert found[part]["figures"]["accuracy"] == pytest.approx(found[part]["accuracy"])
    best = min(found["history"], key=lambda point: point["val_loss"])
    assert found["validation"]["loss"] == pytest.approx(best["val_loss"], rel=1e-5)
    assert main([*train, "--set", "validation_share=0"]) == 0
    assert json.loads(figures.read_text())["validation"] is None


def test_folds_have_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = trained(tmp_path, "linear", "dense 1 linear"), tmp_path / "c.json"
    words = ["crossval", str(path), "--folds", "3", "--epochs", "4", "--json", str(out)]
    assert main(words) == 0
    found = json.loads(out.read_text())
    values = [fold["figures"]["rmse"] for fold in found["folds"]]
    assert found["mean"]["rmse"] == pytest.approx(sum(values) / 3)
    assert found["deviation"]["mae"] == pytest.approx(found["deviation_mae"], rel=1e-3)
    assert [fold["figures"]["mae"] for fold in found["folds"]] == pytest.approx(
        [fold["mae"] for fold in found["folds"]], rel=1e-4
    )
    assert found["folds"][0]["baseline"]["always"]
    text = capsys.readouterr().out
    assert "Root mean squared error" in text
    assert " ± " in text.split("Root mean squared error")[1].split("\n")[0]


def test_rows_that_were_trained_on_are_told_by_their_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, copy, other = (tmp_path / name for name in ("own.csv", "copy.csv", "other.csv"))
    text = shipped("samples", "iris.csv").read_text()
    own.write_text(text)
    copy.write_text(text)
    other.write_text("\n".join(text.splitlines()[:100]) + "\n")
    path = trained(tmp_path, str(own), "dense 3 softmax")
    project = load_project(path)
    assert project.trained is not None
    learnt = 150 - round(150 * project.trained.settings.validation_share)
    for data, told in ((own, True), (copy, True), (other, False)):
        capsys.readouterr()
        assert main(["evaluate", str(path), "--data", str(data)]) == 0
        err = capsys.readouterr().err
        words = f"{data.name} is what the network was trained on: it has learnt {learnt} of these"
        assert (f"note: {words} 150 rows, and the figures flatter it" in err) == told
        assert ("trained on" in err) == told
    own.unlink()  # the copy alone still has all of it
    assert main(["evaluate", str(path), "--data", str(copy)]) == 0
    assert "it has learnt" in capsys.readouterr().err


@pytest.mark.parametrize(("data", "rows"), [("iris", 150), ("digits", 1797)])
def test_samples_that_were_trained_on_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: str, rows: int
) -> None:
    layers = "flatten, dense 10 softmax" if data == "digits" else "dense 3 softmax"
    path = trained(tmp_path, data, layers)
    capsys.readouterr()
    assert main(["evaluate", str(path), "--data", data]) == 0
    assert f"of these {rows:,} rows, and the figures flatter" in capsys.readouterr().err
    other = "wine" if data == "iris" else None
    words = ["train", str(path), "--epochs", "1", "--test", data]
    assert main(words) == 0
    assert f"of these {rows:,} rows, and the figures flatter" in capsys.readouterr().err
    assert other is None or main(["evaluate", str(path), "--data", other]) == 2
