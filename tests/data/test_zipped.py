"""A zip of an image folder opens as the folder does; what could do harm is refused unpacked."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import open_data, open_origin, prepare, read_with, store
from nndesigner.data.pixels import PixelDataset
from nndesigner.errors import DataError
from tests.data.helpers import class_folders, picture


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where archives are unpacked; nothing may be left there."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield store.folder()
    assert list(temporary.iterdir()) == []
    assert list(store.folder().glob("*.part")) == []


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder.parent).as_posix())
    return path


def test_a_zip_opens_as_its_folder_does(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "pets")
    picture(folder / "cats" / "odd.png", colour=(1, 2, 3))
    (folder / "cats" / "broken.png").write_bytes(b"no picture")
    (folder / "readme.txt").write_text("about")
    path = zipped(folder, tmp_path / "pets.zip")
    first, again = open_data(folder), open_data(path)
    assert isinstance(first, PixelDataset)
    assert isinstance(again, PixelDataset)
    np.testing.assert_array_equal(first.pixels, again.pixels)
    assert again.spec == first.spec
    assert again.skipped == 1
    assert any("cats/broken.png" in note for note in again.notes)
    assert again.origin.path == str(path)
    reopened = open_origin(again.origin)
    assert reopened.origin == again.origin
    assert not any("has changed" in note for note in reopened.notes)
    encoding = prepare(again, 0.0, 1).encoding
    assert len(read_with(encoding, path).x) == 9


def test_the_digits_of_real_data(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "sklearn" / "digits_png"
    path = zipped(folder, tmp_path / "digits.zip")
    dataset = open_data(path)
    assert dataset.spec.rows == open_data(folder).spec.rows
    assert len(dataset.spec.classes) == 10


@pytest.mark.parametrize(
    "name", ["../cats/a.png", "/etc/cats/a.png", "C:/cats/a.png", "cats/../../a.png", "..\\a.png"]
)
def test_members_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    class_folders(tmp_path / "pets")
    path = zipped(tmp_path / "pets", tmp_path / "pets.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(DataError, match="would lie outside the archive's folder"):
        open_data(path)


def test_links_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "links.zip"
    link = zipfile.ZipInfo("cats/a.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="is a link to another place"):
        open_data(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cats/a.png", bytes(300 << 20))
    with pytest.raises(DataError, match="would unpack to 315 MB, far more than data do"):
        open_data(path)


def test_a_member_with_more_bytes_than_it_says_is_cut(tmp_path: Path) -> None:
    """The directory is believed for no byte more than it names: the member is then damaged."""
    class_folders(tmp_path / "pets")
    path = zipped(tmp_path / "pets", tmp_path / "pets.zip")
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = next(info.file_size for info in archive.infolist() if not info.is_dir())
    entry = content.index(b"PK\x01\x02")
    while content[entry + 24 : entry + 28] != size.to_bytes(4, "little"):
        entry = content.index(b"PK\x01\x02", entry + 4)
    content[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    dataset = open_data(path)
    assert isinstance(dataset, PixelDataset)
    assert dataset.skipped == 1


def test_no_disk_room_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_folders(tmp_path / "pets")
    path = zipped(tmp_path / "pets", tmp_path / "pets.zip")
    full = type("usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)
    with pytest.raises(DataError, match=r"1000 bytes|1.0 kB are free on the disk"):
        open_data(path)


def test_other_zips_and_damage_are_explained(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("t.csv", "a,b\n1,2\n")
    with pytest.raises(DataError, match=r"t.zip holds no pictures: zip a folder"):
        open_data(path)
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(DataError, match="the zip archive is damaged"):
        open_data(path)
    class_folders(tmp_path / "one" / "pets")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "one" / "pets" / "cats" / "0.png", "cats/0.png")
    with pytest.raises(DataError, match=r"^t.zip has only one class folder"):
        open_data(path)


def test_cancelling_stops_the_unpacking(tmp_path: Path) -> None:
    class_folders(tmp_path / "pets", count=80)
    path = zipped(tmp_path / "pets", tmp_path / "pets.zip")
    with pytest.raises(DataError, match="cancelled"):
        open_data(path, progress=lambda share, words: not words.startswith("unpacking"))


def test_what_a_killed_process_unpacked_is_taken_away_later(
    tmp_path: Path, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_folders(tmp_path / "pets")
    path = zipped(tmp_path / "pets", tmp_path / "pets.zip")
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)  # as if it were killed before
        open_data(path)
    (left,) = places.iterdir()
    assert len(list(left.rglob("*.png"))) == 8
    os.utime(left, (0, 0))
    open_data(path)
    assert not left.exists()
