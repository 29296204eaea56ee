"""Inputs without labels: refused with both ways out, and given back where that is chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner import api
from nndesigner.cli.parser import main
from nndesigner.data import SAME, open_data, prepare, read_with
from nndesigner.data.opening import open_origin
from nndesigner.data.same import as_own_target
from nndesigner.errors import DataError
from nndesigner.files.project import load_project

from .helpers import idx_bytes, picture, table


def arrays(folder: Path, shape: tuple[int, ...] = (40, 5, 4)) -> Path:
    """A file ``only_x.npz`` with one array."""
    x = np.random.default_rng(0).integers(0, 256, shape)
    np.savez(folder / "only_x.npz", x=x.astype(np.uint8) if len(shape) > 2 else x * 0.5)
    return folder / "only_x.npz"


def unlabelled(folder: Path, kind: str) -> Path:
    """Pictures without labels in one of three packings."""
    if kind == "arrays":
        return arrays(folder)
    if kind == "idx":
        x = np.random.default_rng(0).integers(0, 256, (40, 5, 4)).astype(np.uint8)
        path = folder / "train-images-idx3-ubyte"
        path.write_bytes(idx_bytes(x))
        return path
    for index in range(40):
        picture(folder / f"{index}.png", (4, 5), colour=index * 6)
    return table(folder, "file\n" + "".join(f"{i}.png\n" for i in range(40)), "list.csv")


@pytest.mark.parametrize("kind", ["arrays", "idx", "list"])
def test_pictures_without_labels_are_refused_or_given_back(tmp_path: Path, kind: str) -> None:
    path = unlabelled(tmp_path, kind)
    with pytest.raises(DataError, match=r"label.*choose the input itself as the target"):
        open_data(path)
    dataset = open_data(path, target=SAME)
    assert dataset.spec.same_as_input
    assert (dataset.spec.rows, dataset.spec.outputs) == (40, 20)
    assert any("There are no labels" in note for note in dataset.notes)
    prepared = prepare(dataset, 0.2, 1)
    assert len(prepared.x_train) == 32
    np.testing.assert_array_equal(prepared.y_val, prepared.x_val.reshape(8, 20))
    again = open_origin(dataset.origin)
    assert (again.spec, again.origin) == (dataset.spec, dataset.origin)
    assert len(dataset.source.rows_with_target()) == 0
    rows = read_with(prepared.encoding, path)
    assert np.asarray(rows.y).shape == (40, 20)


def test_a_table_of_one_array_says_that_its_target_is_a_choice(tmp_path: Path) -> None:
    path = arrays(tmp_path, (60, 4))
    dataset = open_data(path)
    assert dataset.spec.target_names == ("x_4",)
    said = "only_x.npz holds x 60 × 4 float64 and no labels: choose which column is the target"
    assert any(note.startswith(said) for note in dataset.notes), dataset.notes
    other = open_data(path, target="x_2")
    assert (other.spec.target_names, other.spec.input_shape) == (("x_2",), (3,))
    itself = open_data(path, target=SAME)
    assert (itself.spec.input_shape, itself.spec.outputs) == ((4,), 4)


def test_the_command_line_names_both_ways_and_takes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = arrays(tmp_path), tmp_path / "p.nnd"
    new = ["new", "--data", str(path), "--out", str(out), "--layers"]
    assert main([*new, "flatten, dense 20"]) == 2
    error = capsys.readouterr().err
    assert "name a file of labels" in error
    assert "--target same-as-input" in error
    assert main([*new, "flatten, dense 20", "--target", SAME]) == 0
    assert main(["train", str(out), "--epochs", "1", "--save", str(out)]) == 0
    project = load_project(out)
    assert project.trained is not None
    assert api.predict(project, path).values.shape == (40, 20)  # type: ignore[union-attr]
    capsys.readouterr()
    rows = arrays(tmp_path, (60, 4))
    new = ["new", "--data", str(rows), "--out", str(out), "--layers"]
    assert main([*new, "dense 1"]) == 0
    note = capsys.readouterr().err
    assert "--target NAME" in note
    assert "--target same-as-input" in note
    assert main([*new, "dense 4", "--target", SAME]) == 0


def test_a_named_target_stays_out_when_rows_are_given_back(tmp_path: Path) -> None:
    lines = "".join(f"{i},{i * i % 7},{i % 3},{i % 5}\n" for i in range(40))
    path = table(tmp_path, "a,b,species,d\n" + lines)
    for named in ("b", "species"):
        dataset = open_data(path, options={"target": named})
        own = as_own_target(dataset)
        again = open_origin(own.origin)
        assert again.spec == own.spec
        assert again.origin == own.origin
        assert named not in again.spec.feature_names
    plain = open_data(table(tmp_path, "a,b,c\n" + "1,2,3\n" * 9, "n.csv"), target=SAME)
    assert open_origin(plain.origin).spec.feature_names == ("a", "b", "c")
