"""Odd files of every room, each with the sentence or the result that its owner must get."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nndesigner.data import TableOptions, open_data, prepare, read_table_head
from nndesigner.data.idx_file import read_idx
from nndesigner.data.pixels import PixelDataset
from nndesigner.data.table import read_raw
from nndesigner.errors import DataError
from nndesigner.files.project import Project, load_project, save_project
from nndesigner.recipe import parse_recipe
from nndesigner.training.check import check_training
from nndesigner.training.settings import Settings
from tests.data.helpers import class_folders, idx_bytes, picture, rows, table
from tests.data.test_images import opened

# -- tables

NAMES = "größe,name,class\n" + "".join(
    f"{i},{'Jörg' if i % 3 else 'Zoë'},{'ab'[i % 2]}\n" for i in range(30)
)


@pytest.mark.parametrize(
    ("content", "name", "byte"),
    [
        (NAMES.encode("cp1252"), "cp1252", "byte 3 is 0xf6"),
        (NAMES.encode("latin-1").replace(b"Zo\xeb", b"Zo\x81\xeb"), "latin-1", "byte 3 is 0xf6"),
        (NAMES.replace("\n", "\r").encode("mac_roman"), "mac_roman", "byte 3 is 0x9a"),
    ],
    ids=["windows", "latin", "mac"],
)
def test_one_byte_encodings_are_named_with_their_first_odd_byte(
    tmp_path: Path, content: bytes, name: str, byte: str
) -> None:
    dataset = open_data(table(tmp_path, content))
    assert dataset.spec.feature_names[:2] == ("größe", "name=Jörg")
    assert f"({byte}): read as {name}" in " ".join(dataset.notes)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_wide_encodings_and_their_marks_leave_the_names_alone(
    tmp_path: Path, encoding: str
) -> None:
    assert open_data(table(tmp_path, NAMES.encode(encoding))).spec.feature_names[0] == "größe"


def test_lines_may_end_in_several_ways_in_one_file(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,class\r\n1,2,u\n3,4,v\r5,6,u\r\n7,8,v\n9,1,u\r")
    (column, *_) = read_raw(path, TableOptions()).columns
    assert column.numbers is not None
    assert column.numbers.tolist() == [1, 3, 5, 7, 9]


#: What the files of csv-spectrum hold, a collection that many CSV readers are held to.
SPECTRUM = {
    "comma in quotes": 'first,last,address,city,zip\nJohn,Doe,120 any st.,"Anytown, WW",08123\n',
    "empty": 'a,b,c\n1,"",""\n2,3,4\n',
    "escaped quotes": 'a,b\n1,"ha ""ha"" ha"\n3,4\n',
    "json": 'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
    "newlines": 'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
    "quotes and newlines": 'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
    "simple": "a,b,c\n1,2,3\n",
    "letters": "a,b,c\n1,2,3\n4,5,ʤ\n",
}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("name", SPECTRUM)
def test_the_csv_spectrum_reads_as_pythons_own_reader_reads_it(
    tmp_path: Path, name: str, ends: str
) -> None:
    text = SPECTRUM[name].replace("\n", ends)
    expected = list(csv.reader(io.StringIO(text, newline="")))
    raw = read_raw(table(tmp_path, text), TableOptions(header=True))
    assert [column.name for column in raw.columns] == expected[0]
    assert raw.columns[0].rows == len(expected) - 1
    for index, column in enumerate(raw.columns):
        wanted = [row[index] for row in expected[1:]]
        if column.numbers is not None:
            found = ["" if value != value else f"{value:g}" for value in column.numbers.tolist()]
        else:
            assert column.codes is not None
            found = [column.values[c] if c >= 0 else "" for c in column.codes.tolist()]
        assert found == wanted


def test_an_open_quote_early_in_a_big_file_takes_no_memory_for_one_cell(tmp_path: Path) -> None:
    path = table(tmp_path, 'a,b,class\n1,"2,u\n' + "3,4,v\n" * 3_000_000)
    code = (
        "import resource, sys; from nndesigner.data import open_data\n"
        "import pandas, pyarrow\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: open_data(sys.argv[1])\n"
        "except Exception as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    sentence, kib = done.stdout.splitlines()[-2:]
    assert "a quoted cell that begins in line 2 is never closed" in sentence
    assert int(kib) * 1024 < 25 * path.stat().st_size


def test_bad_lines_are_counted_and_the_first_five_named(tmp_path: Path) -> None:
    lines = ["a,b,class", *(f"{i},{i % 7},{'uv'[i % 2]}" for i in range(40))]
    for index in range(5, 12):
        lines[index] += ",9,9"
    for index in range(20, 28):
        lines[index] = lines[index].rpartition(",")[0]
    path = table(tmp_path, "\n".join(lines) + "\n")
    long = "7 lines have more cells than the 3 columns (line 6, 7, 8, 9, 10, …)"
    short = "8 lines have fewer cells than the 3 columns (line 21, 22, 23, 24, 25, …)"
    filled = open_data(path, options={"ragged": "fill"})
    assert filled.notes[:2] == (
        f"{long}: they are skipped.",
        f"{short}: their missing cells count as missing.",
    )
    assert filled.spec.rows == 33
    skipped = open_data(path, options={"ragged": "skip"})
    assert skipped.notes[:2] == (f"{long}: they are skipped.", f"{short}: they are skipped.")
    assert skipped.spec.rows == 25
    with pytest.raises(DataError) as caught:
        open_data(path, options={"ragged": "stop"})
    assert long in str(caught.value)


def test_thousands_of_categories_are_left_out_or_warned_of(tmp_path: Path) -> None:
    text = "".join(f"v{i % 5000},{i},{'uv'[i % 2]}\n" for i in range(10_000))
    path = table(tmp_path, "a,b,class\n" + text)
    assert "Ignored: a (it holds 5,000 different texts)." in open_data(path).notes
    wanted = {"columns": {"a": {"type": "category"}}}
    warning = "Careful: a holds 5,000 different values and becomes as many inputs."
    chosen = open_data(path, options=wanted)
    assert chosen.spec.input_shape == (5001,)
    assert any(note.startswith(warning) for note in chosen.notes)
    head = read_table_head(path, TableOptions.from_plain(wanted))  # before anything is encoded
    assert any(note.startswith("Careful: a holds") for note in head.notes)
    ordinal = {"columns": {"a": {"type": "category", "coding": "ordinal"}}}
    assert not any("Careful" in note for note in open_data(path, options=ordinal).notes)


def test_a_target_that_cannot_be_learnt_leaves_training_off(tmp_path: Path) -> None:
    spec = open_data(table(tmp_path, "a,b,class\n" + rows(20, "{i},{j},same\n"))).spec
    verdict = check_training(parse_recipe("dense 1 sigmoid"), Settings(), spec)
    assert not verdict.can_train
    assert "one class only, 'same'" in verdict.first_error
    measures = table(tmp_path, "a,y\n" + "".join(f"{i},{i * 0.37}\n" for i in range(1500)), "m.csv")
    head = read_table_head(measures, TableOptions(task="classification"))
    assert "set the task to regression" in head.problem


# -- pictures


def test_other_programs_pictures_are_no_pictures_here(tmp_path: Path) -> None:
    class_folders(tmp_path, count=40)
    (tmp_path / "cats" / "layers.psd").write_bytes(b"8BPS\0\1" + bytes(60))
    (tmp_path / "cats" / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(60))
    (tmp_path / "dogs" / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    Image.new("RGB", (4, 4)).save(tmp_path / "dogs" / "page.eps")
    dataset = opened(tmp_path)
    assert dataset.spec.rows == 80
    assert {name for name, _ in dataset.skipped_files} == {
        "cats/layers.psd", "cats/phone.heic", "dogs/drawing.svg", "dogs/page.eps"
    }  # fmt: skip
    for _, reason in dataset.skipped_files:
        assert reason.startswith("no picture that can be read (PNG, JPEG, BMP, GIF, TIFF, WebP")


@pytest.mark.parametrize("suffix", ["gif", "tif"])
def test_of_several_pages_the_first_is_taken(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pages = [Image.new("RGB", (6, 6), colour) for colour in ("red", "blue")]
        pages[0].save(tmp_path / name / f"x.{suffix}", save_all=True, append_images=pages[1:])
    red, _, blue = opened(tmp_path).pixels[0, 0, 0].tolist()
    assert red > 240
    assert blue < 15


def test_links_that_lead_nowhere_are_named_with_their_reason(tmp_path: Path) -> None:
    class_folders(tmp_path, count=30)
    (tmp_path / "cats" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "dogs" / "self.png").symlink_to(tmp_path / "dogs" / "self.png")
    (tmp_path / "dogs" / "around").symlink_to(tmp_path)
    dataset = opened(tmp_path)
    assert dataset.spec.rows == 60
    reasons = dict(dataset.skipped_files)
    assert reasons["cats/gone.png"] == "it cannot be read: No such file or directory"
    assert reasons["dogs/self.png"].startswith("it cannot be read: Too many levels")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are those of Unix")
def test_a_file_without_the_right_to_read_it_is_named(tmp_path: Path) -> None:
    """Root reads everything: then the folder is read as somebody else."""
    root = class_folders(tmp_path / "pictures", count=30)
    (root / "cats" / "3.png").chmod(0)
    code = (
        "import os, sys\n"
        "from nndesigner.data.images import open_images\n"
        "from nndesigner.data.image_plan import ImageOptions\n"
        "import PIL.Image, PIL.PngImagePlugin, psutil\n"
        "from pathlib import Path\n"
        "if os.geteuid() == 0:\n"
        "    os.setegid(65534); os.seteuid(65534)\n"
        "dataset = open_images(Path(sys.argv[1]), ImageOptions(), keep=False)\n"
        "print(dataset.spec.rows, dict(dataset.skipped_files))\n"
    )
    for place in (tmp_path, *tmp_path.parents):
        if place.stat().st_uid == os.geteuid() and place != Path("/"):
            place.chmod(place.stat().st_mode | 0o755)
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "59 {'cats/3.png': 'it cannot be read: Permission denied'}"


LONG = "n" * 300


@pytest.mark.parametrize("name", [LONG, "a/b", "..", "שלום", "two  words", "<b>x</b>"])
def test_class_names_of_a_list_come_back_from_a_project_as_they_were(
    tmp_path: Path, name: str
) -> None:
    for index in range(4):
        picture(tmp_path / f"{index}.png", colour=(index * 9, 1, 2))
    lines = "".join(f"{i}.png,{[name, 'other'][i % 2]}\n" for i in range(4))
    dataset = open_data(table(tmp_path, "file,label\n" + lines, "list.csv"))
    assert set(dataset.spec.classes) == {name, "other"}
    project = Project(
        graph=parse_recipe("flatten, dense 2"),
        settings=Settings(),
        origin=dataset.origin,
        spec=dataset.spec,
    )
    save_project(tmp_path / "p.nnd", project)
    again = load_project(tmp_path / "p.nnd").spec
    assert again is not None
    assert again.classes == dataset.spec.classes


def test_pictures_change_nothing_about_warnings(tmp_path: Path) -> None:
    """What is done with warnings belongs to the whole program: reading on threads leaves it."""
    class_folders(tmp_path, count=40)
    before = list(warnings.filters)
    opened(tmp_path)
    assert list(warnings.filters) == before


def test_a_picture_between_large_and_too_large_is_refused_without_unpacking(
    tmp_path: Path,
) -> None:
    """A hundred million pixels are only warned of by the library that reads them."""
    class_folders(tmp_path, count=40)
    Image.new("1", (12_000, 9_000)).save(tmp_path / "cats" / "big.png")
    dataset = opened(tmp_path)
    assert dataset.skipped_files == (("cats/big.png", "it claims far too many pixels"),)


# -- idx and arrays


def allocated(path: Path) -> tuple[int, str]:
    """The most bytes that Python held while a file was refused, and the sentence."""
    tracemalloc.start()
    try:
        with pytest.raises(DataError) as caught:
            open_data(path)
        return tracemalloc.get_traced_memory()[1], str(caught.value)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "sizes",
    [
        b"\xff" * 12,
        b"\x7f\xff\xff\xff" * 3,
        b"\xff\xff\xff\xff\0\0\0\1\0\0\0\1",
        b"\0\0\xff\xff" * 3,
    ],
)
@pytest.mark.parametrize("code", [8, 14])
def test_what_an_idx_header_claims_is_not_taken_before_it_is_checked(
    tmp_path: Path, sizes: bytes, code: int
) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(bytes([0, 0, code, 3]) + sizes + bytes(1000))
    most, sentence = allocated(path)
    assert "the file is cut off or its header is wrong" in sentence
    assert most < 16 << 20


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (
            np.zeros((12, 5, 4), complex),
            "x holds complex128 (12 × 5 × 4), which is no plain number",
        ),
        (np.zeros((12, 5, 4), "M8[s]"), "x holds datetime64[s] (12 × 5 × 4), which is no plain"),
        (np.zeros((12, 5), "m8[s]"), "x holds timedelta64[s] (12 × 5), which is no plain"),
        (np.zeros(12, [("a", "f4"), ("b", "i4")]), "x holds [('a', '<f4'), ('b', '<i4')] (12)"),
        (np.zeros((0, 5, 4)), "has no rows: x 0 × 5 × 4 float64"),
        (np.zeros((12, 0, 4)), "has no rows: x 12 × 0 × 4 float64"),
        (np.float64(3), "x a single value float64"),
        (np.array([["a", "b"]] * 12), "x 12 × 2 str"),
        (np.zeros((2, 2, 2, 2, 2)), "x 2 × 2 × 2 × 2 × 2 float64 has 5 dimensions"),
    ],
    ids=["complex", "moments", "spans", "fields", "no rows", "no size", "one", "texts", "five"],
)
def test_arrays_that_are_no_inputs_are_refused_by_type_and_shape(
    tmp_path: Path, array: Any, what: str
) -> None:
    labels = np.arange(array.shape[0] if array.ndim else 12) % 3
    np.savez(tmp_path / "a.npz", x=array, y=labels)
    with pytest.raises(DataError) as caught:
        open_data(tmp_path / "a.npz")
    assert what in str(caught.value)


def test_a_name_that_is_in_an_archive_twice_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((6, 4, 4), np.uint8), y=np.arange(6) % 2)
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "a") as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr("y.npy", b"x")
    with pytest.raises(DataError, match=r"it holds 'y\.npy' twice"):
        open_data(tmp_path / "a.npz")


def test_not_finite_numbers_of_an_array_table_are_gaps_to_decide_about(tmp_path: Path) -> None:
    x = np.arange(40.0).reshape(20, 2)
    x[3, 1], x[4, 1], x[5, 0] = np.nan, np.inf, -np.inf
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(20) % 2)
    dataset = open_data(tmp_path / "a.npz")
    assert any("Missing values: x_1 1, x_2 2" in note for note in dataset.notes)
    dropped = open_data(tmp_path / "a.npz", options={"fill": "drop"})
    assert len(prepare(dropped, 0.0, 1).x_train) == 17
    assert np.isfinite(prepare(dataset, 0.0, 1).x_train).all()


def test_an_idx_archive_that_unpacks_beyond_its_header_is_not_unpacked(tmp_path: Path) -> None:
    """A hundred million bytes behind the header's own are neither kept nor waited for."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(idx_bytes(np.zeros((10, 5, 4), np.uint8)))]
    parts += [packer.compress(bytes(1 << 20)) for _ in range(100)]
    path = tmp_path / "bomb-images-idx3-ubyte.gz"
    path.write_bytes(b"".join([*parts, packer.flush()]))
    tracemalloc.start()
    try:
        found = read_idx(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.array.shape == (10, 5, 4)
    assert most < 24 << 20
    assert any("more bytes than" in note for note in found.notes)


def test_a_picture_set_keeps_its_rows_when_its_files_go(tmp_path: Path) -> None:
    root = class_folders(tmp_path / "pets", count=5)
    dataset = open_data(root)
    assert isinstance(dataset, PixelDataset)
    for file in root.rglob("*.png"):
        file.write_bytes(b"changed")
    assert len(prepare(dataset, 0.2, 1).x_train) == 8
    with pytest.raises(DataError, match="None of the 10 files can be read as a picture"):
        open_data(root)
