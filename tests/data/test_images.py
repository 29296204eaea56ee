"""Image folders: every picture that can be read is, and every one that cannot is named."""

from __future__ import annotations

import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nndesigner.data import images, open_data, prepare, read_with
from nndesigner.data.pixels import PixelDataset
from nndesigner.errors import DataError
from tests.data.helpers import class_folders, picture


def opened(path: Path, **options: object) -> PixelDataset:
    dataset = open_data(path, options=options)
    assert isinstance(dataset, PixelDataset)
    return dataset


def said(dataset: PixelDataset) -> str:
    return "\n".join(dataset.notes)


def test_sign_language_pictures_are_shrunk_for_a_small_network(shared_data: Path) -> None:
    folder = shared_data / "images" / "sign_language_digits" / "Dataset"
    dataset = opened(folder)
    assert dataset.spec.rows == 2062
    assert dataset.spec.input_shape == (64, 64, 3)
    assert dataset.spec.classes == tuple("0123456789")
    assert "shrunk to 64 × 64" in said(dataset)
    assert dataset.pixels.dtype == np.uint8


def test_grey_pictures_keep_one_channel(shared_data: Path) -> None:
    dataset = opened(shared_data / "sklearn" / "digits_png")
    assert dataset.spec.input_shape == (8, 8, 1)
    assert dataset.spec.rows == 1797


def test_size_colours_and_fit_can_be_chosen(tmp_path: Path) -> None:
    class_folders(tmp_path, size=(20, 10))
    assert opened(tmp_path, size=4).spec.input_shape == (4, 4, 3)
    assert opened(tmp_path, size=[6, 3], colours="grey").spec.input_shape == (3, 6, 1)
    padded = opened(tmp_path, size=8, fit="pad")
    assert padded.pixels[0, 0, 0].tolist() == [0, 0, 0]
    assert padded.pixels[0, 4, 4].tolist() == [200, 10, 30]
    with pytest.raises(DataError, match="size must be 1 to 1024"):
        opened(tmp_path, size=100_000)
    with pytest.raises(DataError, match="the options are size, colours, fit"):
        opened(tmp_path, shape=3)


def test_class_names_are_sorted_as_people_sort_and_kept_as_they_are(tmp_path: Path) -> None:
    for name in ("10", "9", "Ä öß", "猫 & <b>", "a" * 200):
        picture(tmp_path / name / "1.png")
    assert opened(tmp_path).spec.classes == ("9", "10", "a" * 200, "Ä öß", "猫 & <b>")


def test_broken_pictures_are_skipped_listed_and_counted(tmp_path: Path) -> None:
    class_folders(tmp_path, count=12, size=(40, 40))
    whole = Image.effect_noise((64, 64), 50)
    whole.save(tmp_path / "cats" / "noise.jpg")
    content = (tmp_path / "cats" / "noise.jpg").read_bytes()
    (tmp_path / "cats" / "cut.jpg").write_bytes(content[: len(content) // 2])
    (tmp_path / "cats" / "zero.png").write_bytes(b"")
    (tmp_path / "dogs" / "page.jpg").write_text("<html>404</html>")
    dataset = opened(tmp_path)
    assert dataset.spec.rows == 25
    text = said(dataset)
    assert "3 files were skipped" in text
    assert "cats/cut.jpg: it is cut off" in text
    assert "cats/zero.png: it is empty" in text
    assert "dogs/page.jpg: no picture that can be read" in text
    assert "Careful: 3 of 28" in text
    assert len(prepare(dataset, 0.2, 1).x_train) == 20


def test_nothing_but_broken_pictures_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="None of the 2 files can be read as a picture"):
        open_data(tmp_path)


def test_a_decompression_bomb_is_refused_by_its_size(tmp_path: Path) -> None:
    class_folders(tmp_path, count=12)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    (tmp_path / "cats" / "bomb.png").write_bytes(bomb)
    assert "bomb.png: it claims far too many pixels" in said(opened(tmp_path))


def test_a_file_of_far_too_many_bytes_is_not_read(tmp_path: Path) -> None:
    class_folders(tmp_path)
    with (tmp_path / "cats" / "0.png").open("r+b") as file:
        file.truncate(2 << 30)  # a picture with zeros behind it, which take no room on the disk
    dataset = opened(tmp_path)
    assert dataset.spec.rows == 7
    assert "0.png: it has 2.1 GB, far too many for a picture" in said(dataset)


@pytest.mark.parametrize("how", ["read", "limit"])
def test_a_file_that_memory_does_not_hold_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    class_folders(tmp_path)
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "0.png" and path.parent.name == "cats":
            raise MemoryError
        return real(path)

    if how == "read":
        monkeypatch.setattr(Path, "read_bytes", read_bytes)
    else:
        with (tmp_path / "cats" / "0.png").open("r+b") as file:
            file.truncate(30 << 20)
        monkeypatch.setattr(images, "fits", lambda needed: needed < 60 << 20)
    dataset = opened(tmp_path)
    assert dataset.spec.rows == 7
    assert "0.png: it does not fit into memory" in said(dataset)


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    class_folders(tmp_path)
    picture(tmp_path / "x.jpg").rename(tmp_path / "cats" / "jpeg named.png")
    assert opened(tmp_path).spec.rows == 9


def test_unsupported_formats_are_listed(tmp_path: Path) -> None:
    class_folders(tmp_path, count=12)
    (tmp_path / "cats" / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    Image.new("RGB", (4, 4)).save(tmp_path / "cats" / "page.eps")
    text = said(opened(tmp_path))
    assert "drawing.svg: no picture that can be read (PNG, JPEG" in text
    assert "page.eps: no picture" in text


def test_different_sizes_become_the_most_common_one(tmp_path: Path) -> None:
    class_folders(tmp_path, size=(10, 10))
    picture(tmp_path / "dogs" / "wide.png", size=(300, 20))
    dataset = opened(tmp_path)
    assert dataset.spec.input_shape == (10, 10, 3)
    assert "2 sizes: 1 picture unlike 10 × 10 became 10 × 10 too" in said(dataset)


def test_every_kind_of_colour_becomes_one_and_16_bits_are_scaled(tmp_path: Path) -> None:
    deep = Image.fromarray(np.full((6, 6), 32896, dtype=np.uint16))
    pictures = {
        "grey.png": Image.new("L", (6, 6), 128),
        "deep.png": deep,
        "bit.png": Image.new("1", (6, 6), 1),
        "alpha.png": Image.new("RGBA", (6, 6), (255, 0, 0, 0)),
        "palette.png": Image.new("RGB", (6, 6), (0, 0, 255)).convert("P"),
        "print.jpg": Image.new("CMYK", (6, 6), (0, 0, 0, 0)),
    }
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for file, image in pictures.items():
            image.save(tmp_path / name / file)
    dataset = opened(tmp_path)
    assert dataset.spec.input_shape == (6, 6, 3)
    pixels = dict(zip(sorted(pictures), dataset.pixels[:6, 3, 3].tolist(), strict=True))
    assert pixels["grey.png"] == [128, 128, 128]
    assert pixels["deep.png"] == [128, 128, 128]
    assert pixels["bit.png"] == [255, 255, 255]
    assert pixels["alpha.png"] == [255, 255, 255]
    assert pixels["palette.png"] == [0, 0, 255]
    assert min(pixels["print.jpg"]) > 250
    assert "grey pictures among coloured ones" in said(dataset)


def test_pictures_lying_on_their_side_are_turned(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        image = Image.new("RGB", (8, 4), (0, 0, 0))
        image.paste((255, 255, 255), (0, 0, 4, 4))
        exif = image.getexif()
        exif[0x0112] = 6  # shown after a quarter turn clockwise
        image.save(tmp_path / name / "1.png", exif=exif)
    dataset = opened(tmp_path)
    assert dataset.spec.input_shape == (8, 4, 3)
    assert dataset.pixels[0, 0, 0, 0] == 255
    assert dataset.pixels[0, 7, 0, 0] == 0


def test_moving_pictures_give_their_first_frame(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        frames = [Image.new("RGB", (6, 6), colour) for colour in ("red", "blue")]
        frames[0].save(tmp_path / name / "x.gif", save_all=True, append_images=frames[1:])
    assert opened(tmp_path).pixels[0, 0, 0].tolist() == [255, 0, 0] or (
        opened(tmp_path).pixels[0, 0, 0, 0] > 240
    )


def test_empty_class_folders_are_left_out_and_said(tmp_path: Path) -> None:
    class_folders(tmp_path)
    (tmp_path / "birds").mkdir()
    dataset = opened(tmp_path)
    assert dataset.spec.classes == ("cats", "dogs")
    assert "Left out because they are empty: 'birds'" in said(dataset)


def test_one_class_only_is_explained(tmp_path: Path) -> None:
    picture(tmp_path / "cats" / "1.png")
    (tmp_path / "dogs").mkdir()
    with pytest.raises(DataError, match=r"only one class folder, 'cats' .'dogs' is empty"):
        open_data(tmp_path)


def test_pictures_in_the_root_are_explained(tmp_path: Path) -> None:
    picture(tmp_path / "1.png")
    with pytest.raises(DataError, match="holds 1 picture but no class folders"):
        open_data(tmp_path)
    class_folders(tmp_path)
    assert "1 picture outside the class folders left out" in said(opened(tmp_path))


def test_nested_folders_are_explained(tmp_path: Path) -> None:
    class_folders(tmp_path)
    picture(tmp_path / "cats" / "more" / "1.png")
    assert "Folders inside 'cats' were not read" in said(opened(tmp_path))


def test_an_outer_folder_leads_to_the_class_folders(tmp_path: Path) -> None:
    class_folders(tmp_path / "outer" / "pictures")
    assert "taken from outer/pictures" in said(opened(tmp_path))
    class_folders(tmp_path / "outer" / "train", count=2)
    (tmp_path / "outer" / "pictures").rename(tmp_path / "outer" / "test")
    assert opened(tmp_path / "outer").spec.rows == 12  # its test folder stays aside
    assert len(prepare(opened(tmp_path / "outer"), 0.0, 1).x_train) == 4


def test_hidden_files_are_ignored_without_a_word(tmp_path: Path) -> None:
    class_folders(tmp_path)
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini", "._1.png"):
        (tmp_path / "cats" / name).write_bytes(b"xx")
    (tmp_path / "__MACOSX").mkdir()
    dataset = opened(tmp_path)
    assert dataset.spec.rows == 8
    assert not [note for note in dataset.notes if "in two classes" not in note]


def test_pictures_of_an_extreme_shape_are_pointed_out(tmp_path: Path) -> None:
    class_folders(tmp_path, size=(8, 8))
    picture(tmp_path / "cats" / "strip.png", size=(1, 500))
    picture(tmp_path / "cats" / "wide.png", size=(16, 2))
    note = next(note for note in opened(tmp_path).notes if "8 times" in note)
    assert "1 picture has one side more than 8 times the other (strip.png 1 × 500)" in note


def test_how_many_files_were_of_no_use_is_known(tmp_path: Path) -> None:
    class_folders(tmp_path, count=5)
    assert not opened(tmp_path).many_skipped
    (tmp_path / "cats" / "a.png").write_bytes(b"no picture")
    dataset = opened(tmp_path)
    assert (dataset.files, dataset.skipped, dataset.many_skipped) == (11, 1, False)
    (tmp_path / "cats" / "b.png").write_bytes(b"")
    assert opened(tmp_path).many_skipped


def test_links_that_lead_nowhere_or_in_circles_are_survived(tmp_path: Path) -> None:
    class_folders(tmp_path, count=12)
    (tmp_path / "cats" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "cats" / "loop").symlink_to(tmp_path / "cats")
    (tmp_path / "dogs" / "self.png").symlink_to(tmp_path / "dogs" / "self.png")
    assert opened(tmp_path).spec.rows == 24


def test_an_empty_folder_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no pictures: put the pictures of each class"):
        open_data(tmp_path)


def test_cancelling_leaves_no_thread_behind(tmp_path: Path) -> None:
    class_folders(tmp_path, count=40)
    before = threading.active_count()
    with pytest.raises(DataError, match=r"^cancelled$"):
        open_data(tmp_path, progress=lambda share, words: share < 0.4)
    assert threading.active_count() == before


def test_new_pictures_meet_the_size_and_colours_of_training(tmp_path: Path) -> None:
    train = class_folders(tmp_path / "train", size=(10, 10))
    encoding = prepare(open_data(train), 0.25, 1).encoding
    single = picture(tmp_path / "one.png", size=(33, 50), colour=77)
    one = read_with(encoding, single)
    assert one.x.shape == (1, 10, 10, 3)
    assert one.y is None
    np.testing.assert_allclose(one.x, 77 / 255, atol=1e-6)
    again = read_with(encoding, train)
    assert again.y is not None
    assert again.y.tolist() == [0] * 4 + [1] * 4
    picture(tmp_path / "train" / "elks" / "1.png")
    more = read_with(encoding, train)
    assert len(more.x) == 8
    assert any("'elks'" in note for note in more.notes)
    every = read_with(encoding, train, keep_all=True)
    assert every.y is not None
    assert every.y.tolist() == [0] * 4 + [1] * 4 + [-1]


def test_a_changed_picture_changes_the_content_hash(tmp_path: Path) -> None:
    class_folders(tmp_path)
    first = opened(tmp_path).origin.content_hash
    assert opened(tmp_path).origin.content_hash == first
    picture(tmp_path / "cats" / "0.png", colour=(1, 2, 3))
    assert opened(tmp_path).origin.content_hash != first


def test_what_pixels_become_can_be_chosen(tmp_path: Path) -> None:
    class_folders(tmp_path, size=(6, 6))
    plain = prepare(opened(tmp_path), 0.0, 1)
    signed = prepare(opened(tmp_path, scaling="signed"), 0.0, 1)
    standard = prepare(opened(tmp_path, scaling="standard"), 0.0, 1)
    np.testing.assert_allclose(signed.x_train, 2 * plain.x_train - 1, atol=1e-6)
    assert standard.x_train.mean() == pytest.approx(0, abs=1e-5)
    assert standard.x_train.std() == pytest.approx(1, abs=1e-5)
    again = read_with(standard.encoding, tmp_path)
    np.testing.assert_array_equal(again.x[standard.train_rows], standard.x_train)
    with pytest.raises(DataError, match="scaling"):
        opened(tmp_path, scaling="huge")


def test_every_skipped_file_is_listed_with_its_reason(tmp_path: Path) -> None:
    class_folders(tmp_path, size=(6, 6))
    first = next(folder for folder in sorted(tmp_path.iterdir()) if folder.is_dir())
    for number in range(12):
        (first / f"bad{number}.png").write_bytes(b"no picture" if number else b"")
    dataset = opened(tmp_path)
    assert len(dataset.skipped_files) == dataset.skipped == 12
    listed = dict(dataset.skipped_files)
    assert listed[f"{first.name}/bad0.png"] == "it is empty (0 bytes)"
    assert "no picture that can be read" in listed[f"{first.name}/bad11.png"]
