"""The benchmark: every side trains what the case says, and the tables say what was measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nndesigner.bench import report, sides
from nndesigner.bench.cases import CASES
from nndesigner.bench.growth import SIZES
from nndesigner.bench.run import Figures, Line, ask, run
from nndesigner.cli import bench as verb
from nndesigner.cli.parser import main
from nndesigner.errors import DesignerError
from nndesigner.network import compile_network


def test_a_real_comparison_of_the_smallest_network(tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "figures.json"
    words = ["bench", "--only", "2-4-2-1", "--against", "sklearn", "--rounds", "1"]
    assert main([*words, "--seconds", "0.05", "--json", str(path)]) == 0
    out = capsys.readouterr().out
    assert "2-4-2-1, 10" in out
    assert "us/step" in out
    assert "scikit-learn was left out: its outputs and loss differ" in out
    figures = json.loads(path.read_text())
    (case,) = figures["cases"]
    assert case["epoch_seconds"]["ours"] > 0
    assert case["left_out"] == {"sklearn": "its outputs and loss differ"}
    assert figures["gemm_peak_flops"] > 1e9


def test_scikit_learn_trains_the_same_network() -> None:
    case = {**CASES["784-32-10"].described(), "rows": 200, "seconds": 0.01}
    answer = ask([sys.executable, sides.__file__, "sklearn"], case)
    assert isinstance(answer, dict), answer
    assert answer["seconds"] > 0


@pytest.mark.torch
@pytest.mark.parametrize("name", list(CASES))
def test_pytorch_has_as_many_parameters(name: str) -> None:
    """The peer's network is ours: counted by what its optimizer is given."""
    torch = pytest.importorskip("torch")
    counted: list[int] = []

    class Spy(torch.optim.SGD):  # type: ignore[misc, name-defined]
        def __init__(self, parameters, **options):  # type: ignore[no-untyped-def]
            parameters = list(parameters)
            counted.append(sum(parameter.numel() for parameter in parameters))
            super().__init__(parameters, lr=0.1)

    case = CASES[name]
    described = {**case.described(), "rows": 300}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim, "SGD", Spy)
        patch.setattr(torch.optim, "Adam", Spy)
        sides.torch_side(described)
    tape = compile_network(
        case.graph, case.input_shape, loss=case.loss, labels=case.labels, classes=case.labels
    )
    assert set(counted) == {tape.parameter_count}


def test_a_peer_that_is_missing_is_left_out_by_name(tmp_path: Path) -> None:
    said: list[str] = []
    python = tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\nexec {sys.executable} -S -c "
        "'raise ModuleNotFoundError(\"No module named keras\")'\n"
    )
    python.chmod(0o755)
    figures = run(
        ["2-4-2-1"], ["keras"], {"keras": str(python)}, rounds=1, seconds=0.02, say=said.append
    )
    assert figures.lines[0].left_out == {"keras": "is not installed"}
    assert "Keras was left out: is not installed" in report.text(figures, ["keras"])
    assert any("keras is not installed" in line for line in said)


def test_the_tables_judge_each_goal() -> None:
    case = CASES["LeNet"]
    line = Line(case, {"ours": 1.0, "torch": 1.9, "sklearn": 3.0}, {"ours": 1e8, "torch": 2e8})
    assert line.ratio("torch") == pytest.approx(1.9)
    assert line.best_ratio == pytest.approx(1.9)
    figures = Figures(
        lines=[line],
        peak=4e11,
        versions={"torch": "2", "sklearn": "1"},
        growth={"rows x 2": (2.2, 2.0), "depth x 2": (2.6, 2.0)},
        predict_rows_a_second=30_000,
        starts={"import of the package": 0.2},
    )
    text = report.text(figures, ["torch", "keras", "sklearn"])
    rows = {row.split("  ")[0]: row for row in text.splitlines()}
    assert rows["LeNet, 128"].endswith("2x  not met")
    assert rows["rows x 2"].endswith("2.00x      met")
    assert rows["depth x 2"].endswith("not met")
    assert rows["import of the package"].endswith("not met")
    assert "2.3 times the training speed (goal 2, met)" in text
    line.seconds["torch"] = 2.1
    assert report.text(figures, ["torch"]).count("not met") == 2


def test_growth_is_predicted_by_the_work() -> None:
    flops = {}
    for name, size in SIZES.items():
        case = size.case
        tape = compile_network(
            case.graph, case.input_shape, loss=case.loss, labels=True, classes=True
        )
        flops[name] = tape.flops * case.rows
    base = flops["512 wide, 4 deep"]
    assert flops["twice the rows"] == 2 * base
    assert flops["twice the width"] / base == pytest.approx(4, rel=0.02)
    assert flops["twice the depth"] / base == pytest.approx(2.1, rel=0.05)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--against", "tourch"], "--against knows torch, keras, sklearn, got 'tourch'; did you"),
        (["--only", "VGG"], "--only knows 2-4-2-1;"),
        (["--peer-python", "keras"], "--peer-python wants NAME=PATH"),
        (["--peer-python", "keras=/nowhere/python"], "there is no program '/nowhere/python'"),
        (["--rounds", "0"], "a whole number from 1 on is wanted, got '0'"),
        (["--seconds", "nan"], "seconds above 0 are wanted, got 'nan'"),
    ],
)
def test_wrong_words_are_explained(words: list[str], complaint: str, capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["bench", *words]) == 2
    assert complaint in capsys.readouterr().err


def test_part_of_a_name_is_enough() -> None:
    assert verb._names(["lenet", "500-500"], list(CASES)) == [
        "LeNet", "784-500-500-10 sigmoid, SGD", "784-500-500-10 ReLU, Adam",
    ]  # fmt: skip
    with pytest.raises(DesignerError):
        verb._names(["nothing"], list(CASES))
