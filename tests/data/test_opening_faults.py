"""What people throw at a file dialog: very wide tables, huge cells, pictures given twice."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import open_data, prepare, read_table_head
from nndesigner.data.pixels import PixelDataset
from nndesigner.errors import DataError
from tests.data.helpers import class_folders, picture, rows, table


def test_a_table_of_twenty_thousand_columns_opens(tmp_path: Path) -> None:
    wide = 20_000
    head = ",".join(f"c{index}" for index in range(wide)) + ",class\n"
    line = ",".join(str(index % 10) for index in range(wide))
    path = table(tmp_path, head + "".join(f"{line},{'uv'[i % 2]}\n" for i in range(6)))
    found = read_table_head(path)
    assert len(found.columns) == wide + 1
    assert open_data(path).spec.input_shape == (wide,)


def test_a_cell_of_five_megabytes_opens(tmp_path: Path) -> None:
    big = "x" * 5_000_000
    path = table(tmp_path, f'a,text,class\n1,"{big}",u\n' + "2,y,v\n3,z,u\n4,w,v\n5,q,u\n6,r,v\n")
    dataset = open_data(path)
    assert dataset.spec.rows == 6
    assert all(len(note) < 1000 for note in dataset.notes)


def test_a_big_table_tells_its_progress_and_stops_within_a_second(tmp_path: Path) -> None:
    line = ("0.123456789," * 30)[:-1] + "\n"
    path = table(tmp_path, line * 60_000)
    shares: list[float] = []
    stopped = 0.0

    def progress(share: float, words: str) -> bool:
        nonlocal stopped
        shares.append(share)
        if len(shares) == 3:
            stopped = time.monotonic()
            return False
        return True

    with pytest.raises(DataError, match=r"^cancelled$"):
        open_data(path, progress=progress)
    assert time.monotonic() - stopped < 1.0
    assert shares == sorted(shares)


def test_a_picture_in_two_classes_is_pointed_out(tmp_path: Path) -> None:
    class_folders(tmp_path)
    for index, name in enumerate(("cats/0.png", "cats/1.png", "dogs/0.png", "dogs/1.png")):
        picture(tmp_path / name, colour=(index, 9, 9))
    (tmp_path / "dogs" / "copy.png").write_bytes((tmp_path / "cats" / "1.png").read_bytes())
    notes = " ".join(open_data(tmp_path).notes)
    assert "in two classes" in notes
    assert "cats/1.png and dogs/copy.png" in notes


def test_a_picture_in_training_and_test_is_pointed_out(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for kind, shade in (("cats", 10), ("dogs", 200)):
            for index in range(3):
                colour = (shade, index, 3 if part == "train" else 4)
                picture(tmp_path / part / kind / f"{index}.png", colour=colour)
    assert not any("in two parts" in note for note in open_data(tmp_path).notes)
    content = (tmp_path / "train" / "cats" / "2.png").read_bytes()
    (tmp_path / "test" / "cats" / "same.png").write_bytes(content)
    notes = " ".join(open_data(tmp_path).notes)
    assert "1 picture is in two parts (train/cats/2.png and test/cats/same.png)" in notes


@pytest.mark.parametrize(
    "name", ["Ünïcode ✓", "two words", "שלום", "a⁄b", "n" * 200, "semi;colon", "emoji 🐈"]
)
def test_class_names_of_any_kind_are_shown_as_they_are(tmp_path: Path, name: str) -> None:
    picture(tmp_path / name / "1.png")
    picture(tmp_path / "other" / "1.png")
    assert name in open_data(tmp_path).spec.classes


def test_files_may_go_once_they_are_open(tmp_path: Path) -> None:
    class_folders(tmp_path / "pets")
    dataset = open_data(tmp_path / "pets")
    for file in (tmp_path / "pets").rglob("*.png"):
        file.unlink()
    assert isinstance(dataset, PixelDataset)
    assert np.isfinite(prepare(dataset, 0.2, 1).x_train).all()
    path = table(tmp_path, "a,b,class\n" + rows(20))
    opened = open_data(path)
    path.unlink()
    assert len(prepare(opened, 0.2, 1).x_train) == 16


@pytest.mark.parametrize(
    "pair", [("5e-324", "1e-323"), ("1.0", "1.0000000000000002"), ("3e99",) * 2]
)
def test_numbers_that_hardly_differ_are_shown(tmp_path: Path, pair: tuple[str, str]) -> None:
    lines = "".join(f"{pair[index % 2]},{'uv'[index % 2]}\n" for index in range(8))
    assert read_table_head(table(tmp_path, f"a,class\n{lines}")).rows_seen == 8
