"""The verbs at work on real data: train, stop, evaluate, predict, export."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import pty
import shlex
import signal
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner import api
from nndesigner.__main__ import main
from nndesigner.cli import output
from nndesigner.engine import jit
from nndesigner.files.project import load_project
from nndesigner.files.weights import import_weights
from nndesigner.learning.optimizers import Momentum
from nndesigner.training.feed import Feed, Point, SlicePoint

RECIPE = "flatten, dense 16 relu, dense 10 softmax"
#: What is written of judged rows, beside what the task adds.
EVERY_FIGURE = ("rows", "loss", "classes", "confusion", "figures", "baseline")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "d.nnd"
    code, out, _ = run(capsys, "new", "--layers", RECIPE, "--data", "digits", "--out", path)
    assert code == 0
    assert out == f"saved {path}: 1,210 parameters\n"
    return path


def test_the_sample_project_learns_and_repeats(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    reports: list[dict[str, Any]] = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        code, _, err = run(
            capsys, "train", "samples/digits.nnd", "--epochs", 20, "--seed", 1,
            "--export", folder / "w.npz", folder / "w.safetensors",
            "--save", folder / "p.nnd", "--json", folder / "r.json",
        )  # fmt: skip
        assert code == 0, err
        reports.append(json.loads((folder / "r.json").read_text()))
    for name in ("w.npz", "w.safetensors", "p.nnd"):
        one, two = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
        assert one == two, f"{name} differs between two runs with the same seed"
    first, second = reports
    assert set(first) == {
        "parameters", "history", "validation", "test", "seconds", "rows_per_second",
    }  # fmt: skip
    assert first["validation"] == second["validation"]
    assert [set(point) for point in first["history"]] == [
        {
            "epoch",
            "loss",
            "accuracy",
            "val_loss",
            "val_accuracy",
            "seconds",
            "rows_per_second",
            "learning_rate",
        }
    ] * 20
    assert first["history"][-1]["val_accuracy"] >= 0.96
    assert first["test"] is None
    assert first["seconds"] > 0
    assert first["rows_per_second"] > 0
    assert first["history"][-1]["learning_rate"] > 0
    clocks = ("seconds", "rows_per_second")
    for report in reports:
        for figures in (report, *report["history"]):
            for clock in clocks:
                del figures[clock]
    assert first == second


def test_everything_that_train_can_do(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, weights, figures = (tmp_path / name for name in ("t.nnd", "w.npz", "r.json"))
    code, out, _ = run(
        capsys, "train", project, "--epochs", 2, "--batch", 20, "--seed", 5, "--test", "digits",
        "--set", "optimizer=momentum", "learning_rate=0.05", "--set", "validation_share=0.25",
        "--save", saved, "--export", weights, "--json", figures,
    )  # fmt: skip
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("epoch 1/2  loss ")
    assert "val_accuracy" in lines[1]
    assert "rows/s" in lines[1]
    assert lines[2].startswith("trained 1,210 parameters in ")
    assert lines[3] == f"saved {saved}"
    assert lines[4].startswith(f"exported {weights} (4 arrays, 1,210 numbers, ")
    assert lines[5].startswith("test: loss ")
    again = load_project(saved)
    assert again.trained is not None
    assert (again.settings.epochs, again.settings.batch_size, again.settings.seed) == (2, 20, 5)
    assert again.settings.optimizer == Momentum(learning_rate=0.05)
    assert again.settings.validation_share == 0.25
    assert len(again.trained.history) == 2
    assert again.origin is not None
    report = json.loads(figures.read_text())
    assert set(report["test"]) == {*EVERY_FIGURE, "accuracy", "per_class"}
    assert report["parameters"] == 1210
    for key, array in import_weights(weights).weights.items():
        assert np.array_equal(array, again.trained.weights[key])

    code, out, _ = run(capsys, "describe", saved)
    assert code == 0
    for part in ("sample digits", "8×8×1", "1,210 parameters", RECIPE, "learnt    2 epochs"):
        assert part in out


@pytest.mark.parametrize("missing", ["no/such.csv", "untold.csv"])
def test_a_test_that_cannot_be_used_is_refused_before_training(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    saved = tmp_path / "s.nnd"
    path, test = project, missing
    if missing == "untold.csv":  # a table without the target column
        path, test = tmp_path / "l.nnd", tmp_path / missing
        words = ["--layers", "dense 1 linear", "--data", "linear", "--out", path]
        assert run(capsys, "new", *words)[0] == 0
        project_spec = load_project(path).spec
        assert project_spec is not None
        test.write_text("\n".join([",".join(project_spec.feature_names), "1", "2", "3"]))
    code, out, err = run(capsys, "train", path, "--epochs", 1, "--save", saved, "--test", test)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith(f"nndesigner train: {test} ")
    assert not saved.exists()


def test_one_file_that_cannot_be_written_stops_no_other(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    from nndesigner.cli import train
    from nndesigner.errors import FileError

    def full(path: str, *_: object) -> None:
        raise FileError(f"cannot save {path}: the disk is full")

    monkeypatch.setattr(train, "save_project", full)
    monkeypatch.setattr(train, "_test", lambda *_: full("the test"))
    weights, figures = tmp_path / "w.npz", tmp_path / "r.json"
    code, _, err = run(
        capsys, "train", project, "--epochs", 1, "--test", "digits", "--quiet",
        "--save", tmp_path / "s.nnd", "--export", weights, "--json", figures,
    )  # fmt: skip
    assert code == 2
    assert err.splitlines() == [
        f"nndesigner train: cannot save {tmp_path / 's.nnd'}: the disk is full",
        "nndesigner train: cannot save the test: the disk is full",
    ]
    assert len(import_weights(weights).weights) == 4
    assert json.loads(figures.read_text())["test"] is None


def test_a_defect_while_saving_does_not_cost_the_other_files(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    from nndesigner.cli import train

    def broken(*_: object) -> None:
        raise TypeError("a defect")

    monkeypatch.setattr(train, "save_project", broken)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    saved, weights = tmp_path / "s.nnd", tmp_path / "w.npz"
    words = ["--epochs", 1, "--quiet", "--save", saved, "--export", weights]
    code, _, err = run(capsys, "train", project, *words)
    assert code == 2
    assert "something went wrong that is a defect of this program (TypeError)" in err
    assert len(import_weights(weights).weights) == 4


@pytest.mark.parametrize("locked", ["folder", "file"])
def test_a_place_that_cannot_be_written_is_refused_before_training(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any, locked: str
) -> None:
    saved = tmp_path / "kept" / "s.nnd"
    saved.parent.mkdir()
    saved.touch()
    closed = {"folder": saved.parent, "file": saved}[locked]
    access = os.access
    monkeypatch.setattr(  # root may write everywhere, so that rights alone would show nothing
        os, "access", lambda path, mode: Path(path) != closed and access(path, mode)
    )
    code, out, err = run(capsys, "train", project, "--epochs", 1, "--save", saved)
    assert (code, out) == (2, "")
    assert err.startswith(f"nndesigner train: cannot save {saved}: access is denied; choose")


def test_quiet_says_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "train", project, "--epochs", "1", "--quiet") == (0, "", "")


def test_what_l_bfgs_takes_no_notice_of_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lbfgs = ("train", project, "--epochs", 1, "--set", "optimizer=lbfgs")
    _, _, err = run(capsys, *lbfgs, "shuffle=no", "--batch", 16)
    assert "takes all rows in each step and no notice of batch_size and shuffle" in err
    _, _, err = run(capsys, *lbfgs)
    assert "no notice" not in err
    _, _, err = run(capsys, "train", project, "--epochs", 1, "--batch", 16)
    assert "no notice" not in err


@pytest.mark.parametrize("kept", [None, "--save", "--export"])
def test_weights_that_are_not_kept_are_spoken_of(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: str | None
) -> None:
    file = tmp_path / ("w.npz" if kept == "--export" else "s.nnd")
    code, _, err = run(capsys, "train", project, "--epochs", 1, *([kept, file] if kept else []))
    assert code == 0
    said = err.endswith("the weights were not kept: give --save P2.nnd or --export FILE\n")
    assert said == (kept is None)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--epochs", "0"], "epochs must be a whole number from 1 to"),
        (["--epochs", "many"], "got 'many'"),
        (["--set", "speed=3"], "there is no setting 'speed'"),
        (["--set", "optimiser=adam"], "did you mean optimizer?"),
        (["--set", "learning_rat=1"], "did you mean learning_rate?"),
        (["--set", "optimizer=adm"], "did you mean adam?"),
        (["--data", "digts"], "did you mean digits?"),
        (["--set", "fast"], "--set wants KEY=VALUE"),
        (["--set", "optimizer=magic"], "optimizer must be one of sgd, momentum"),
        (["--set", "learning_rate=-1"], "learning rate must be a number above 0"),
        (["--set", "learning_rate=nan"], "learning rate must be"),
        (["--data", "no/such.csv"], "no/such.csv"),
        (["--test", "no/such.csv", "--epochs", "1"], "no/such.csv"),
        (["--data", "iris"], "iris"),
    ],
)
def test_bad_words_are_one_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], part: str
) -> None:
    code, _, err = run(capsys, "train", project, "--quiet", *words)
    assert code == 2
    if words != ["--data", "iris"]:
        assert part in err
    assert err.count("\n") == 1
    assert err.startswith("nndesigner train: ")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("a b.csv", "a table"),
        ("cat.PNG", "a picture"),
        ("t10k-images-idx3-ubyte.gz", "an idx file"),
    ],
)
def test_data_given_as_a_project_are_told_how_to_become_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, what: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"a,b\n1,2\n")
    for verb in ("train", "describe"):
        code, out, err = run(capsys, verb, path)
        assert (code, out) == (2, "")
        assert f"{path} is {what}, not a project: make one with nndesigner new --layers" in err
        place = tmp_path if what == "a picture" else path
        assert f"--data {shlex.quote(str(place))} --out P.nnd" in err
        assert err.count("\n") == 1


def test_warnings_of_the_check_are_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "train", project, "--epochs", "1", "--set", "loss=mse")
    assert code == 0
    assert "warning: " in err


@pytest.mark.parametrize(
    ("recipe", "part"),
    [
        ("dense 10 softmax", "Dense wants flat input, got 8×8×1: add Flatten before it"),
        ("conv2d 4 50, flatten, dense 10", "window 50×50 is larger than its input"),
        ("flatten, dense 7", "has 10 classes, but Dense gives 7 outputs: set its units to 10"),
    ],
)
def test_a_recipe_that_cannot_be_trained_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], recipe: str, part: str
) -> None:
    path = tmp_path / "p.nnd"
    code, out, err = run(capsys, "new", "--layers", recipe, "--data", "digits", "--out", path)
    assert (code, out) == (2, "")
    assert part in err
    assert err.count("\n") == 1
    assert not path.exists()


@pytest.mark.parametrize(
    ("recipe", "data", "chosen"),
    [
        ("dense 1", "linear", "linear"),
        ("dense 8, dense units=3", "iris", "softmax"),
        ("dense 1 bias=no", "moons", "sigmoid"),
        ("dense 1 relu", "linear", None),
        ("dense 1 activation=relu", "linear", None),
    ],
)
def test_a_last_layer_without_a_word_suits_the_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], recipe: str, data: str, chosen: str | None
) -> None:
    path = tmp_path / "p.nnd"
    code, _, err = run(capsys, "new", "--layers", recipe, "--data", data, "--out", path)
    assert code == 0
    layer: Any = load_project(path).graph.nodes[-1].layer
    assert layer.activation == (chosen or "relu")
    assert (f"note: Last layer: {chosen}, which suits" in err) == bool(chosen)
    built: Any = api.new(recipe, data).graph.nodes[-1].layer
    assert built == layer
    assert ("warning: The last layer can give only" in err) == (chosen is None)


def test_numbers_that_run_away_end_with_a_sentence_and_the_last_good_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, path, saved, figures = (
        tmp_path / name for name in ("t.csv", "p.nnd", "s.nnd", "r.json")
    )
    chance = np.random.default_rng(0)
    np.savetxt(table, chance.normal(size=(200, 3)), delimiter=",", header="a,b,c", comments="")
    words = ["--layers", "dense 8 relu, dense 1 linear", "--data", table, "--target", "c"]
    assert run(capsys, "new", *words, "--out", path)[0] == 0
    code, _, err = run(
        capsys, "train", path, "--quiet", "--save", saved, "--epochs", 200, "--json", figures,
        "--set", "optimizer=sgd", "learning_rate=1000000",
    )  # fmt: skip
    assert code == 2
    assert "are no finite numbers in epoch" in err or "stopped being" in err
    assert "in Dense (dense_" in err
    assert "Lower the learning rate" in err
    assert "history" in json.loads(figures.read_text())
    trained = load_project(saved).trained
    assert trained is not None
    assert all(np.isfinite(array).all() for array in trained.weights.values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_after_the_batch_and_keeps_the_weights(
    project: Path, tmp_path: Path, number: signal.Signals
) -> None:
    saved = tmp_path / "s.nnd"
    command = [sys.executable, "-m", "nndesigner", "train", str(project), "--epochs", "1000000"]
    with subprocess.Popen(
        [*command, "--save", str(saved)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("epoch"):
                break
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "Traceback" not in err
    assert "its weights are kept" in out
    trained = load_project(saved).trained
    assert trained is not None
    assert trained.history


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
    assert predictions_csv(network, said) == "row,predicted\n1,\n2,1.5\n3,\n4,2\n"


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


def test_a_sample_project_is_found_from_anywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "train", "samples/digits.nnd", "--epochs", "1")
    assert code == 0
    assert "there is no samples/digits.nnd here, so the sample of that name is used" in err


def test_a_bar_on_a_terminal(project: Path) -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    seen: list[bytes] = []

    def read() -> None:
        while True:
            try:
                data = os.read(master, 4096)
            except OSError:  # the other end was closed
                return
            seen.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    command = [sys.executable, "-m", "nndesigner", "train", str(project), "--epochs", "400"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=slave, text=True, check=True)
    os.close(slave)
    reader.join(10)
    os.close(master)
    text = b"".join(seen).decode(errors="replace")
    assert "epoch " in text
    assert "|" in text
    assert "rows/s" in text
    assert "epoch 1/" not in done.stdout
    assert done.stdout.startswith("trained 1,210 parameters")


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        (True, "preparing the engine"),
        (False, "preparing the engine (once on this machine)"),
        (None, "preparing the engine (up to a minute at each start, for it cannot be kept here)"),
    ],
)
def test_a_slow_start_is_explained(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kept: bool | None,
    line: str,
) -> None:
    if kept:
        monkeypatch.setattr(output, "PATIENCE_SECONDS", -1.0)
    monkeypatch.setattr(jit, "is_kept", lambda: bool(kept))
    monkeypatch.setattr(jit, "CACHE_FOLDER", None if kept is None else tmp_path)
    feed = Feed()
    progress = output.Progress("regression", 3, quiet=False)
    feed.post_status(state="preparing", message="preparing the engine")
    progress.show(feed)
    progress.show(feed)
    feed.post(Point(epoch=1, loss=0.5, metric=2.0, seconds=0.1, rows_per_second=1e6))
    progress.show(feed)
    progress.close()
    out, err = capsys.readouterr()
    assert err == f"{line}\n"
    assert out == "epoch 1/3  loss 0.5000  mae 2  0.1 s  1,000,000 rows/s\n"


def test_a_long_epoch_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(output.time, "monotonic", lambda: clock[0])
    feed = Feed()
    progress = output.Progress("classification", 4, quiet=False)
    feed.post_status(state="running", steps_per_epoch=100, step=137, rows_per_second=8100.0)
    feed.post_slice(SlicePoint(137, 1.37, 0.43))
    for seconds in (100.0, 109.0, 110.5, 111.0, 119.0):
        clock[0] = seconds
        progress.show(feed)
    assert capsys.readouterr().out == "epoch 2/4  37 %  loss 0.4300  8,100 rows/s\n"


def test_a_terminal_says_at_once_that_a_new_engine_is_prepared(
    project: Path, tmp_path: Path
) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "nndesigner", "train", str(project)],
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cold")},
    ) as running:
        os.close(slave)
        text = b""
        try:
            while b"once on this machine" not in text:
                text += os.read(master, 4096)
        finally:
            running.kill()
            os.close(master)
    assert b"preparing the engine (once on this machine)" in text
