"""Samples, references from projects, and what happens when data are not where they were."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from nndesigner import shipped as shipped_module
from nndesigner.data import (
    Encoding,
    PixelEncoding,
    TableEncoding,
    open_data,
    open_origin,
    prepare,
    read_with,
    sample_names,
    samples,
)
from nndesigner.data.dataset import Origin
from nndesigner.errors import DataError, FileError
from nndesigner.shipped import shipped
from tests.data.helpers import class_folders, idx_pair, rows, table


@pytest.mark.parametrize(
    ("name", "count", "shape", "classes"),
    [
        ("digits", 1797, (8, 8, 1), 10),
        ("iris", 150, (4,), 3),
        ("wine", 178, (13,), 3),
        ("moons", 500, (2,), 2),
        ("spiral", 300, (2,), 3),
        ("linear", 5, (1,), 0),
        ("plane", 4, (2,), 0),
    ],
)
def test_every_sample_opens_and_is_ready_to_train(
    name: str, count: int, shape: tuple[int, ...], classes: int
) -> None:
    dataset = open_data(name)
    spec = dataset.spec
    assert (spec.name, spec.rows, spec.input_shape) == (name, count, shape)
    assert len(spec.classes) == classes
    assert spec.outputs == max(classes, 1)
    assert dataset.origin.kind == "sample"
    assert dataset.origin.path == name
    prepared = prepare(dataset, 0.2, 1)
    assert np.isfinite(prepared.x_train).all()
    assert len(read_with(prepared.encoding, name).x) == count


def test_samples_are_described() -> None:
    assert sample_names() == ("digits", "iris", "wine", "moons", "spiral", "linear", "plane")
    assert all(info.title and info.help.endswith(".") for info in samples())


def test_the_two_small_tables_are_used_as_they_stand() -> None:
    line = prepare(open_data("linear"), 0.0, 1)
    x, y = line.x_train[:, 0], line.y_train[:, 0]
    assert (x.tolist(), y.tolist()) == ([1, 2, 5, 8, 3], [4, 14, 24, 28, 18])
    assert np.mean((2.74 * x + 7.99 - y) ** 2) == pytest.approx(11.55, abs=0.005)
    plane = prepare(open_data("plane"), 0.0, 1)
    assert (plane.x_train.sum(axis=1) + 1).tolist() == plane.y_train[:, 0].tolist()
    assert line.encoding.target_scale.tolist() == [1.0]


def test_the_spiral_is_the_one_of_the_course() -> None:
    dataset = open_data("spiral")
    prepared = prepare(dataset, 0.0, 1)
    radius = np.linalg.norm(prepared.x_train, axis=1)
    np.testing.assert_allclose(radius, np.tile(np.linspace(0, 1, 100), 3), atol=2e-5)
    assert np.bincount(np.asarray(prepared.y_train, dtype=np.int64)).tolist() == [100] * 3


def test_a_path_that_exists_wins_over_a_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table(tmp_path, "a,b,class\n" + rows(20), "iris")
    assert open_data("iris").spec.rows == 20


def test_a_name_that_is_nothing_lists_the_samples() -> None:
    with pytest.raises(DataError, match=r"no file, folder or sample 'irsi': .*iris, wine"):
        open_data("irsi")
    with pytest.raises(DataError, match=r"missing.csv is not there"):
        open_data("missing.csv")


def test_an_option_that_does_not_fit_the_data_is_refused(tmp_path: Path) -> None:
    class_folders(tmp_path / "pictures")
    with pytest.raises(DataError, match="only a table has a target"):
        open_data(tmp_path / "pictures", target="class")
    with pytest.raises(DataError, match="no options but labels"):
        open_data("digits", options={"size": 3})
    with pytest.raises(DataError, match="name its target column, not a label file"):
        open_data("iris", labels="x")


# -- references


def test_a_project_opens_its_data_again_from_a_relative_path(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,class\n" + rows(20))
    first = open_data(path, target="b")
    relative = msgspec.structs.replace(first.origin, path="table.csv")
    again = open_origin(relative, tmp_path)
    assert again.origin == relative
    assert again.spec == first.spec
    assert open_origin(first.origin).origin == first.origin


@pytest.mark.parametrize("kind", ["images", "idx", "sample"])
def test_every_kind_of_reference_opens_again(tmp_path: Path, kind: str) -> None:
    if kind == "images":
        first = open_data(class_folders(tmp_path), options={"size": [4, 3]})
    elif kind == "idx":
        first = open_data(idx_pair(tmp_path)[0])
    else:
        first = open_data("iris", target="petal_width_cm")
    decoded = msgspec.json.decode(msgspec.json.encode(first.origin), type=Origin)
    again = open_origin(decoded)
    assert again.origin.kind == kind
    assert again.origin == first.origin
    assert again.spec == first.spec
    assert again.notes == first.notes


def test_a_changed_file_is_noted(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,class\n" + rows(20))
    origin = open_data(path).origin
    table(tmp_path, "a,b,class\n" + rows(25))
    again = open_origin(origin)
    assert again.spec.rows == 25
    assert "has changed since" in again.notes[0]


def test_missing_data_are_named_by_their_path(tmp_path: Path) -> None:
    origin = Origin(kind="csv", path="gone/table.csv")
    with pytest.raises(DataError, match=r"gone.table\.csv are not there"):
        open_origin(origin, tmp_path)
    with pytest.raises(DataError, match="no sample 'mushrooms'"):
        open_origin(Origin(kind="sample", path="mushrooms"))


# -- encodings


@pytest.mark.parametrize("name", ["digits", "wine", "linear", "moons"])
def test_an_encoding_survives_json(name: str) -> None:
    dataset = open_data(name)
    encoding = prepare(dataset, 0.2, 1).encoding
    kind = type(encoding)
    assert kind in (TableEncoding, PixelEncoding)
    again = msgspec.json.decode(msgspec.json.encode(encoding), type=kind)
    assert again == encoding
    np.testing.assert_array_equal(dataset.encode(again).x, dataset.encode(encoding).x)


def test_data_of_another_kind_do_not_fit_an_encoding(tmp_path: Path) -> None:
    digits = prepare(open_data("digits"), 0.2, 1).encoding
    iris = prepare(open_data("iris"), 0.2, 1).encoding
    with pytest.raises(DataError, match="trained on a table"):
        read_with(iris, "digits")
    with pytest.raises(DataError, match="picture"):
        read_with(digits, "iris")
    with pytest.raises(DataError, match="weights were trained"):
        open_data("iris").encode(digits)


def test_an_unknown_encoding_says_why() -> None:
    with pytest.raises(DataError, match="cannot be used"):
        read_with(Encoding(), "iris")


def test_outputs_of_classes_are_left_as_they_are() -> None:
    encoding = prepare(open_data("digits"), 0.2, 1).encoding
    outputs = np.ones((2, 10), dtype=np.float32)
    assert encoding.decode(outputs) is outputs
    assert encoding.target_scale.tolist() == [1.0]


# -- the house


def test_shipped_files_are_found_in_a_checkout_and_in_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shipped("samples", "iris.csv").is_file()
    with pytest.raises(FileError, match=r"samples/none.csv is missing: install"):
        shipped("samples", "none.csv")
    inside = tmp_path / "nndesigner" / "_shipped" / "samples"
    inside.mkdir(parents=True)
    (inside / "iris.csv").write_text("x")
    monkeypatch.setattr(shipped_module, "_PACKAGE", tmp_path / "nndesigner")
    assert shipped("samples", "iris.csv") == inside / "iris.csv"


def test_importing_the_room_loads_nothing_heavy() -> None:
    code = (
        "import sys, nndesigner.data; "
        "print([m for m in ('pandas', 'PIL', 'sklearn', 'numba', 'PySide6') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
