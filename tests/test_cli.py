"""The words of the command line: help, errors, kinds, and what is loaded for them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from nndesigner import __version__
from nndesigner.__main__ import main
from nndesigner.cli import VERBS
from nndesigner.cli.design import TABLES
from nndesigner.cli.output import (
    count_text,
    duration_text,
    loss_text,
    metric_text,
    point_text,
    write_results,
)
from nndesigner.training.feed import Point


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    out, err = capsys.readouterr()
    return code, out, err


def in_a_new_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["train", "--help"]])
def test_help_loads_no_heavy_library(words: list[str]) -> None:
    heavy = in_a_new_process(
        "import sys, contextlib, io\n"
        "from nndesigner.__main__ import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    assert main({words!r}) == 0\n"
        "print([m for m in ('numpy', 'numba', 'scipy', 'pandas', 'PIL', 'sklearn', 'PySide6',"
        " 'msgspec') if m in sys.modules])"
    )
    assert heavy.strip() == "[]"


def test_describing_a_kind_loads_no_number_library() -> None:
    heavy = in_a_new_process(
        "import sys\n"
        "from nndesigner.__main__ import main\n"
        "assert main(['describe', 'dense']) == 0\n"
        "print([m for m in ('numba', 'scipy', 'pandas', 'PySide6') if m in sys.modules])"
    )
    assert heavy.strip().endswith("[]")


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"nndesigner {__version__}\n", "")
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for verb in VERBS:
        assert f"  {verb}" in out
        code, text, _ = run(capsys, verb, "--help")
        assert code == 0
        assert text.startswith(f"usage: nndesigner {verb}")
    assert "examples:" in out


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["trian", "p.nnd"], "no verb and no project 'trian'"),
        (["trian"], "no verb and no project 'trian'"),
        (["train"], "nndesigner train: the following arguments are required: P.nnd"),
        (["train", "p.nnd", "--fast"], "unrecognized arguments: --fast"),
        (["train", "gone.nnd"], "cannot read gone.nnd: there is no such file"),
        (["train", "gone.nnd", "--export", "w.pt"], "PyTorch"),
        (["train", "gone.nnd", "--save", "nowhere/p.nnd"], "no folder nowhere"),
        (["train", "gone.nnd", "--json", "."], "that is a folder"),
        (["evaluate", "gone.npz", "--data", "digits"], "cannot read gone.npz"),
        (["export", "gone.nnd", "w.h5"], "Keras"),
        (["describe", "denes"], "did you mean dense?"),
        (["describe", "glorot_norml"], "did you mean glorot_normal?"),
        (["describe", "acuracy"], "did you mean accuracy?"),
        (["describe", "gone.nnd"], "cannot read gone.nnd"),
        (["describe", "bogus"], "no kind 'bogus': 'nndesigner describe' lists what there is"),
        (["describe", "sdg"], "did you mean sgd?"),
        (["new", "--layers", "dens 3", "--data", "x", "--out", "p.nnd"], "did you mean dense?"),
        (["new", "--layers", "dense 3"], "are required: --data, --out"),
    ],
)
def test_errors_are_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: list[str],
    part: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert part in err
    assert err.startswith("nndesigner")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_every_kind_is_listed_and_described(capsys: pytest.CaptureFixture[str]) -> None:
    _, listed, _ = run(capsys, "describe")
    for noun, table in TABLES.values():
        for kind, cls in table.items():
            assert f"  {kind} " in listed
            code, out, _ = run(capsys, "describe", kind.upper())
            assert code == 0
            assert out.startswith(f"{kind} ({noun}): {cls.title}\n")
    code, out, _ = run(capsys, "describe", "training")
    assert "epochs" in out
    assert "optimizer: sgd" in out


def test_a_defect_is_logged_and_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import platformdirs

    from nndesigner.cli import design

    def broken(options: Any) -> int:
        raise ZeroDivisionError("deep inside")

    def folder(*args: Any, **more: Any) -> Path:
        return tmp_path

    monkeypatch.setattr(design, "describe", broken)
    monkeypatch.setattr(platformdirs, "user_log_path", folder)
    code, _, err = run(capsys, "describe")
    assert code == 1
    assert "Traceback" not in err
    assert "ZeroDivisionError" in err
    assert "deep inside" in (tmp_path / "nndesigner.log").read_text()


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [(MemoryError, 2, "too little memory"), (KeyboardInterrupt, 130, "stopped")],
)
def test_memory_and_keys_have_their_sentence(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
    code: int,
    part: str,
) -> None:
    from nndesigner.cli import design

    def broken(options: Any) -> int:
        raise error

    monkeypatch.setattr(design, "describe", broken)
    found, _, err = run(capsys, "describe")
    assert found == code
    assert part in err


def test_the_window_is_opened_without_a_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str | None] = []

    class App:
        @staticmethod
        def main(project: str | None) -> int:
            opened.append(project)
            return 7

    monkeypatch.setitem(sys.modules, "nndesigner.ui.app", App)
    assert main([]) == 7
    assert main(["samples/x.nnd"]) == 7
    assert opened == [None, "samples/x.nnd"]


def test_times_and_figures_are_short() -> None:
    assert [duration_text(s) for s in (0.04, 0.12, 1, 30, 64, 7390)] == [
        "40 ms", "0.1 s", "1.0 s", "30 s", "1:04", "2:03:10",
    ]  # fmt: skip
    assert metric_text(0.9725, "classification") == "97.25 %"
    assert metric_text(2.0, "regression") == "2"
    assert metric_text(48_212.6, "regression") == "48,213"
    assert metric_text(1_234_567.8, "regression") == "1,234,568"


def test_a_file_with_an_impossible_shape_is_described_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "huge.nnd"
    spec = {"name": "huge", "rows": 1, "task": "regression", "outputs": 1}
    text = {"format": 1, "spec": {**spec, "input_shape": [2**31 - 1] * 4}}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.json", json.dumps(text))
    code, out, err = run(capsys, "describe", str(path))
    assert (code, out) == (2, "")
    assert err.startswith("nndesigner describe: huge.nnd: $.spec.input_shape must hold fewer than")
    assert err.count("\n") == 1


def test_figures_without_end_are_short_and_saved_as_null(tmp_path: Path) -> None:
    assert loss_text(0.25) == "0.2500"
    assert loss_text(1.5e60) == "1.5e+60"
    assert metric_text(1.5e60, "regression") == "1.5e+60"
    point = Point(epoch=1, loss=1e60, metric=1e60, val_loss=1e60, val_metric=1e60)
    assert len(point_text(point, "regression")) < 60
    assert (count_text(1, "epoch"), count_text(2_000, "epoch")) == ("1 epoch", "2,000 epochs")
    path = tmp_path / "r.json"
    write_results(str(path), {"a": [1.5, float("inf")], "b": float("nan")})
    assert json.loads(path.read_text()) == {"a": [1.5, None], "b": None}


def test_activations_are_listed_and_described(capsys: pytest.CaptureFixture[str]) -> None:
    from nndesigner.learning.activations import ACTIVATIONS

    _, listed, _ = run(capsys, "describe")
    for kind, function in ACTIVATIONS.items():
        assert f"  {kind} " in listed
        code, out, _ = run(capsys, "describe", kind)
        assert code == 0
        assert function.formula in out
    assert "truncated_normal" in listed


def test_initializers_figures_and_groups_are_described(capsys: pytest.CaptureFixture[str]) -> None:
    from nndesigner.learning.initializers import INITIALIZER_HELP, INITIALIZER_TITLES
    from nndesigner.training.metrics import HELP
    from nndesigner.training.settings import GROUPS

    assert set(INITIALIZER_HELP) == set(INITIALIZER_TITLES)
    _, listed, _ = run(capsys, "describe")
    for kind, help in (*INITIALIZER_HELP.items(), *HELP.items()):
        assert kind in listed
        code, out, _ = run(capsys, "describe", kind)
        assert code == 0
        assert help in out
    for kind, group in GROUPS.items():
        assert kind in listed
        _, out, _ = run(capsys, "describe", kind)
        assert group.help in out
    _, out, _ = run(capsys, "describe", "mae")
    assert "mae (loss)" in out
    assert "mae (figure)" in out
