"""The verb ``train --continue``: more epochs, as if training had never ended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.__main__ import main
from nndesigner.files.project import load_project


def test_training_is_continued_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, part, whole = (str(tmp_path / f"{name}.nnd") for name in ("new", "part", "whole"))
    assert (
        main(["new", "--layers", "dense 4, dense 3 softmax", "--data", "iris", "--out", made]) == 0
    )
    common = ["--set", "schedule=inverse_time", "warmup=1", "stopping.restore_best=no", "--quiet"]
    assert main(["train", made, "--epochs", "3", *common, "--save", part]) == 0
    assert main(["train", part, "--continue", "--epochs", "2", "--quiet", "--save", part]) == 0
    assert main(["train", made, "--epochs", "5", *common, "--save", whole]) == 0
    continued, at_once = load_project(part).trained, load_project(whole).trained
    assert continued is not None
    assert at_once is not None
    assert [point.epoch for point in continued.history] == [1, 2, 3, 4, 5]
    for name, weight in at_once.weights.items():
        np.testing.assert_array_equal(continued.weights[name], weight)
    capsys.readouterr()
    assert main(["train", part, "--continue"]) == 2
    assert "all 5 epochs are done: say how many more with --epochs N" in capsys.readouterr().err
    assert main(["train", made, "--continue", "--epochs", "1"]) == 2
    assert "holds no training to go on with" in capsys.readouterr().err
