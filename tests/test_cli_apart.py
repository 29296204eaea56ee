"""No output of any verb replaces the project, the data that it reads, or another output."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from nndesigner import api
from nndesigner.__main__ import main
from nndesigner.files.apart import is_in_use, same_file
from nndesigner.files.project import Project, save_project
from nndesigner.shipped import shipped


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained project, its data, labels of them, and exported weights."""
    folder = tmp_path_factory.mktemp("apart")
    shutil.copy(shipped("samples", "iris.csv"), folder / "own.csv")
    shutil.copy(shipped("samples", "iris.csv"), folder / "new.csv")
    project = api.new("dense 4 relu, dense 3 softmax", data=folder / "own.csv", target="class")
    trained = api.train(project, epochs=1)
    save_project(
        folder / "p.nnd",
        Project(project.graph, project.settings, project.origin, project.spec, trained),
    )
    api.export_weights(trained, folder / "w.npz")
    (folder / "soft").symlink_to("new.csv")
    os.link(folder / "new.csv", folder / "hard")
    (folder / "sub").mkdir()
    return folder


LOST = [
    ("predict p.nnd --data new.csv --out p.nnd", "--out p.nnd is the project itself"),
    ("predict w.npz --data new.csv --out w.npz", "--out w.npz is the project itself"),
    ("predict p.nnd --data new.csv --out new.csv", "--out new.csv is what --data reads"),
    ("predict p.nnd --data new.csv --out sub/../new.csv", "is what --data reads"),
    ("predict p.nnd --data new.csv --out soft", "is what --data reads"),
    ("predict p.nnd --data soft --out new.csv", "is what --data reads"),
    ("predict p.nnd --data new.csv --out hard", "is what --data reads"),
    ("predict p.nnd --data new.csv --out own.csv", "--out own.csv is the data of p.nnd"),
    ("evaluate p.nnd --data new.csv --json p.nnd", "--json p.nnd is the project itself"),
    ("evaluate p.nnd --data new.csv --json new.csv", "is what --data reads"),
    ("train p.nnd --json p.nnd", "--json p.nnd is the project itself"),
    ("train p.nnd --json own.csv", "--json own.csv is the data of p.nnd"),
    ("train p.nnd --test new.csv --json new.csv", "--json new.csv is what --test reads"),
    ("train p.nnd --data new.csv --save new.csv", "--save new.csv is what --data reads"),
    ("train p.nnd --export a.npz b/../a.npz", "are one file, and one would replace the other"),
    ("train p.nnd --save q.nnd --json q.nnd", "--save q.nnd and --json q.nnd are one file"),
    ("crossval p.nnd --json p.nnd", "--json p.nnd is the project itself"),
    ("crossval p.nnd --json own.csv", "--json own.csv is the data of p.nnd"),
    ("export w.npz w.npz", "FILE w.npz is the project itself"),
    ("new --layers dense --data new.csv --out new.csv", "--out new.csv is what --data reads"),
]


@pytest.mark.parametrize(("line", "part"), LOST)
def test_an_output_never_replaces_what_is_read(
    learnt: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    part: str,
) -> None:
    monkeypatch.chdir(learnt)
    before = {path: path.read_bytes() for path in learnt.iterdir() if path.is_file()}
    assert main(line.split()) == 2
    err = capsys.readouterr().err
    assert part in err
    assert err.count("\n") == 1
    assert {path: path.read_bytes() for path in learnt.iterdir() if path.is_file()} == before


def test_a_sample_and_pictures_in_a_folder_are_data_too(tmp_path: Path) -> None:
    from nndesigner.data.places import places_named

    iris = shipped("samples", "iris.csv")
    assert is_in_use(iris, places_named("iris"))
    digits = places_named("digits")
    assert len(digits) == 2  # the labels lie beside the images
    assert places_named("circle:noise=0.2") == ()
    (tmp_path / "cats").mkdir()
    picture, table = tmp_path / "cats" / "1.png", tmp_path / "cats" / "said.csv"
    picture.write_bytes(b"\x89PNG")
    table.write_text("row,predicted\n")
    assert is_in_use(picture, places_named(tmp_path))
    assert not is_in_use(table, places_named(tmp_path))
    assert not is_in_use(tmp_path / "cats" / "2.png", places_named(tmp_path))  # not there yet


def test_a_project_may_learn_in_place_and_devices_are_written_to(
    learnt: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(shutil.copy(learnt / "p.nnd", tmp_path / "p.nnd"))
    data = str(learnt / "new.csv")
    assert main(["train", project, "--data", data, "--epochs", "1", "--save", project]) == 0
    assert not same_file(os.devnull, os.devnull)
    assert not same_file(tmp_path / "absent", tmp_path / "other")
    assert same_file(tmp_path / "absent", tmp_path / "x" / ".." / "absent")
    words = ["--json", os.devnull, "--export", str(tmp_path / "w.npz")]
    assert main(["train", project, "--data", data, "--epochs", "1", "--quiet", *words]) == 0
