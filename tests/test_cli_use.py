"""What was learnt is used: ``evaluate``, ``predict`` and ``export``."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.files.project import load_project
from tests.terminal import EVERY_FIGURE, digits_project, run


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    return digits_project(tmp_path, capsys)


def test_evaluate_and_predict(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, figures, table = (tmp_path / name for name in ("t.nnd", "e.json", "p.csv"))
    code, _, err = run(capsys, "evaluate", project, "--data", "digits")
    assert code == 2
    assert "learnt nothing yet" in err
    words = ["--epochs", "5", "--quiet", "--set", "learning_rate=0.01", "--save", saved]
    assert run(capsys, "train", project, *words)[0] == 0
    code, out, _ = run(capsys, "evaluate", saved, "--data", "digits", "--json", figures)
    assert code == 0
    assert out.startswith("1,797 rows: loss ")
    report = json.loads(figures.read_text())
    assert report["accuracy"] > 0.85
    assert np.array(report["confusion"]).sum() == 1797

    code, out, _ = run(capsys, "predict", saved, "--data", "digits", "--out", table)
    assert (code, out) == (0, f"wrote 1,797 predictions to {table}\n")
    with table.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["row", "predicted", *(f"probability_{digit}" for digit in range(10))]
    assert len(rows) == 1798
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(1, 1798)]
    for row in rows[1:20]:
        shares = [float(cell) for cell in row[2:]]
        assert abs(sum(shares) - 1) < 1e-5
        assert rows[0][2 + int(np.argmax(shares))] == f"probability_{row[1]}"

    code, out, _ = run(capsys, "export", saved, tmp_path / "w.safetensors")
    assert code == 0
    words = ["--data", "digits", "--out", tmp_path / "q.csv"]
    assert run(capsys, "predict", tmp_path / "w.safetensors", *words)[0] == 0
    assert (tmp_path / "q.csv").read_bytes() == table.read_bytes()


def test_a_table_keeps_its_lines_when_rows_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from nndesigner.api import Predictions
    from nndesigner.training.predictions import predictions_csv

    network = _regression(tmp_path, capsys)
    said = Predictions(np.array([[1.5], [2.0]], np.float32), None, np.array([1, 3]))
    assert b"".join(predictions_csv(network, said)) == b"row,predicted\n1,\n2,1.5\n3,\n4,2\n"


def _regression(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    path, saved = tmp_path / "l.nnd", tmp_path / "s.nnd"
    words = ["--layers", "dense 1 linear", "--data", "linear", "--out", path]
    assert run(capsys, "new", *words)[0] == 0
    figures = tmp_path / "r.json"
    code, _, _ = run(
        capsys, "train", path, "--epochs", 2, "--save", saved, "--json", figures, "--test", "linear"
    )
    assert code == 0
    report = json.loads(figures.read_text())
    assert {"mae", "val_mae"} <= set(report["history"][0])
    assert set(report["test"]) == {*EVERY_FIGURE, "mae", "per_target"}
    return load_project(saved).trained
