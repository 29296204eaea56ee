"""Folders named train, val and test, and tables that list pictures, say what each row is for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import kind_of, open_data, open_origin, prepare, read_with
from nndesigner.data.pixels import PixelDataset
from nndesigner.errors import DataError
from tests.data.helpers import class_folders, picture, table


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("Training", "Validation", "Testing"), ("train", "test")]
)
def test_folders_above_the_classes_are_the_split(tmp_path: Path, names: tuple[str, ...]) -> None:
    for index, name in enumerate(names):
        class_folders(tmp_path / name, count=4 - index)
    dataset = open_data(tmp_path)
    assert isinstance(dataset, PixelDataset)
    assert dataset.spec.classes == ("cats", "dogs")
    assert any("8 to train on, 6 to" in note for note in dataset.notes)
    prepared = prepare(dataset, 0.25, 1)
    if len(names) == 3:
        assert (len(prepared.x_train), len(prepared.x_val), dataset.spec.rows) == (8, 6, 18)
        rows = read_with(prepared.encoding, tmp_path)
        assert len(rows.x) == 4
    else:
        assert (len(prepared.x_train), len(prepared.x_val), dataset.spec.rows) == (6, 2, 14)
    assert dataset.parts is not None
    assert (dataset.parts[prepared.train_rows] == 0).all()
    again = open_origin(dataset.origin)
    assert again.spec == dataset.spec


def test_classes_that_training_lacks_are_left_out_and_said(tmp_path: Path) -> None:
    class_folders(tmp_path / "train")
    class_folders(tmp_path / "test")
    picture(tmp_path / "test" / "emus" / "1.png")
    dataset = open_data(tmp_path)
    assert dataset.spec.classes == ("cats", "dogs")
    assert any("'emus'" in note and "left out" in note for note in dataset.notes)


def test_classes_may_be_called_like_parts(tmp_path: Path) -> None:
    for name in ("train", "test"):  # trains and tests, say
        picture(tmp_path / name / "1.png")
    assert open_data(tmp_path).spec.classes == ("test", "train")


# -- lists


def listed(tmp_path: Path, head: str = "file,kind") -> Path:
    rows = []
    for index in range(12):
        name = f"pics/{index}.png"
        picture(tmp_path / name, colour=(index * 20, 10, 10))
        rows.append(f"{name},{'uv'[index % 2]}")
    return table(tmp_path, head + "\n" + "\n".join(rows) + "\n", "list.csv")


def test_a_table_of_paths_opens_as_pictures(tmp_path: Path) -> None:
    path = listed(tmp_path)
    assert kind_of(path) == "images"
    dataset = open_data(path)
    assert isinstance(dataset, PixelDataset)
    assert dataset.spec.name == "list"
    assert dataset.spec.classes == ("u", "v")
    assert dataset.pixels[:, 0, 0, 0].tolist() == [index * 20 for index in range(12)]  # its order
    assert dataset.labels.tolist() == [0, 1] * 6
    again = open_origin(dataset.origin)
    assert again.origin == dataset.origin
    assert again.spec == dataset.spec
    encoding = prepare(dataset, 0.0, 1).encoding
    rows = read_with(encoding, path)
    assert np.asarray(rows.y).tolist() == [0, 1] * 6
    bare = table(tmp_path, "".join(f"pics/{i}.png\n" for i in (5, 3, 4)), "bare.csv")
    new = read_with(encoding, bare)
    assert new.y is None
    assert np.rint(new.x[:, 0, 0, 0] * encoding.high).tolist() == [100, 60, 80]


def test_windows_paths_missing_files_and_repetitions(tmp_path: Path) -> None:
    path = listed(tmp_path)
    text = path.read_text().replace("pics/1.png", "pics\\1.png")
    path.write_text(text + "pics/gone.png,u\npics/2.png,v\n,u\n")
    dataset = open_data(path)
    assert isinstance(dataset, PixelDataset)
    assert (dataset.spec.rows, dataset.skipped) == (12, 1)
    assert any("gone.png" in note for note in dataset.notes)
    assert any("listed twice (pics/2.png)" in note for note in dataset.notes)
    assert any("1 row names no picture" in note for note in dataset.notes)


def test_the_label_column_can_be_named_and_parts_are_honoured(tmp_path: Path) -> None:
    path = listed(tmp_path)
    lines = path.read_text().splitlines()
    parts = ["split", *["train"] * 8, "val", "val", "test", "test"]
    tone = ["tone", *("dark" if i < 6 else "light" for i in range(12))]
    path.write_text("".join(f"{a},{b},{c}\n" for a, b, c in zip(lines, parts, tone, strict=True)))
    dataset = open_data(path, target="tone")
    assert dataset.spec.classes == ("dark", "light")
    prepared = prepare(dataset, 0.5, 1)
    assert (len(prepared.x_train), len(prepared.x_val)) == (8, 2)
    assert open_data(path).spec.classes == ("u", "v")
    assert open_origin(dataset.origin).spec == dataset.spec
    with pytest.raises(DataError, match=r"no column 'ton': did you mean 'tone'"):
        open_data(path, target="ton")


def test_a_table_that_only_mentions_pictures_stays_a_table(tmp_path: Path) -> None:
    text = "photo,size,class\n" + "".join(f"gone/{i}.png,{i},{'uv'[i % 2]}\n" for i in range(9))
    assert kind_of(table(tmp_path, text)) == "csv"


def test_pictures_on_other_computers_are_not_fetched(tmp_path: Path) -> None:
    path = listed(tmp_path)
    path.write_text(path.read_text() + "\\\\host\\share\\a.png,u\n")
    with pytest.raises(DataError, match="pictures on other computers"):
        open_data(path)


def test_a_list_without_labels_says_what_is_missing(tmp_path: Path) -> None:
    listed(tmp_path)
    path = table(tmp_path, "file\n" + "".join(f"pics/{i}.png\n" for i in range(9)), "bare.csv")
    with pytest.raises(DataError, match=r"bare.csv lists pictures without labels"):
        open_data(path)
