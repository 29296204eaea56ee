"""The command line as a person types it, for the tests of its verbs."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.__main__ import main

RECIPE = "flatten, dense 16 relu, dense 10 softmax"
#: What is written of judged rows, beside what the task adds.
EVERY_FIGURE = ("rows", "loss", "classes", "confusion", "figures", "baseline")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Exit status, output and errors of a command; a traceback is a failure."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def digits_project(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A project of `RECIPE` on the digits, saved."""
    path = folder / "d.nnd"
    code, out, _ = run(capsys, "new", "--layers", RECIPE, "--data", "digits", "--out", path)
    assert code == 0
    assert out == f"saved {path}: 1,210 parameters\n"
    return path
