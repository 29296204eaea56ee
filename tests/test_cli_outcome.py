"""What train and describe say of an outcome: which weights are kept, and what they are worth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.cli.output import metric_text
from nndesigner.files.project import load_project
from tests.test_cli_train import project, run

__all__ = ["project"]  # the fixture


def test_a_run_that_learns_nothing_is_said_to_be_of_no_use(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("train", project, "--epochs", 3, "--set", "optimizer=sgd", "seed=1")
    code, _, err = run(capsys, *words, "learning_rate=1000")
    assert code == 0
    assert "warning: the network is no better on the validation rows than always saying " in err
    assert "lower the learning rate from 1000, for example to 0.1, or train longer" in err
    _, _, err = run(capsys, *words, "learning_rate=0.3")
    assert "no better" not in err


def test_describe_says_the_figures_of_the_weights_that_are_kept(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "t.nnd"
    code, out, _ = run(
        capsys, "train", project, "--epochs", 8, "--set", "optimizer=sgd", "learning_rate=2",
        "seed=1", "--save", saved,
    )  # fmt: skip
    assert code == 0
    trained = load_project(saved).trained
    assert trained is not None
    kept = trained.kept_point
    assert kept is not None
    assert trained.kept_epoch == kept.epoch != 8
    (told,) = (line for line in out.splitlines() if line.startswith("trained "))
    assert metric_text(kept.val_metric or 0, "classification") in told
    code, out, _ = run(capsys, "describe", saved)
    assert (
        f"learnt    8 epochs; the weights of epoch {kept.epoch} are kept: accuracy "
        f"{metric_text(kept.metric, 'classification')}, in validation "
        f"{metric_text(kept.val_metric or 0, 'classification')}\n"
    ) in out


@pytest.mark.parametrize("saved", [True, False])
def test_of_weights_that_ran_away_it_is_said_once_whether_they_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], saved: bool
) -> None:
    table, path = tmp_path / "t.csv", tmp_path / "p.nnd"
    chance = np.random.default_rng(0)
    np.savetxt(table, chance.normal(size=(200, 3)), delimiter=",", header="a,b,c", comments="")
    words = ["--layers", "dense 8 relu, dense 1 linear", "--data", table, "--target", "c"]
    assert run(capsys, "new", *words, "--out", path)[0] == 0
    words = ["--save", tmp_path / "s.nnd"] if saved else []
    code, _, err = run(
        capsys, "train", path, "--epochs", 200, *words,
        "--set", "optimizer=sgd", "learning_rate=1000000",
    )  # fmt: skip
    assert code == 2
    assert ("The last good weights are kept" in err) == saved
    assert ("the last good weights were not kept: give --save P2.nnd" in err) != saved
    assert (tmp_path / "s.nnd").exists() == saved
