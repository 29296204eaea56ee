"""idx files: right values from good ones, one clear sentence from bad ones, no memory wasted."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import PixelEncoding, open_data, prepare, read_with
from nndesigner.data.idx_file import read_idx
from nndesigner.data.pixels import PixelDataset
from nndesigner.errors import DataError
from tests.data.helpers import idx_bytes, idx_pair


def test_mnist_opens_in_about_a_second(shared_data: Path) -> None:
    start = time.perf_counter()
    dataset = open_data(shared_data / "mnist" / "train-images-idx3-ubyte.gz")
    assert time.perf_counter() - start < 5  # 0.3 s on two quiet cores
    assert isinstance(dataset, PixelDataset)
    assert dataset.spec.rows == 60_000
    assert dataset.spec.input_shape == (28, 28, 1)
    assert dataset.spec.classes == tuple("0123456789")
    assert dataset.pixels.dtype == np.uint8
    assert dataset.labels[:5].tolist() == [5, 0, 4, 1, 9]


def test_a_folder_of_idx_files_gives_its_training_images(shared_data: Path) -> None:
    dataset = open_data(shared_data / "mnist")
    assert dataset.spec.name == "train-images"
    test = open_data(shared_data / "mnist" / "t10k-images-idx3-ubyte.gz")
    assert test.spec.rows == 10_000


@pytest.mark.parametrize("packed", [False, True])
def test_images_become_numbers_from_0_to_1_with_one_channel(tmp_path: Path, packed: bool) -> None:
    images, _ = idx_pair(tmp_path, packed=packed)
    dataset = open_data(images)
    assert isinstance(dataset, PixelDataset)
    encoded = dataset.encode(dataset.fit(np.arange(12)))
    assert encoded.x.shape == (12, 5, 4, 1)
    assert encoded.x.dtype == np.float32
    np.testing.assert_allclose(encoded.x[..., 0], dataset.pixels[..., 0] / 255, rtol=1e-6)
    assert encoded.y is not None
    assert encoded.y.tolist() == [0, 1, 2] * 4


def test_images_that_use_few_levels_fill_the_range(tmp_path: Path) -> None:
    idx_pair(tmp_path)
    images = tmp_path / "train-images-idx3-ubyte"
    images.write_bytes(idx_bytes((np.arange(12 * 20).reshape(12, 5, 4) % 17).astype(np.uint8)))
    dataset = open_data(images)
    assert dataset.encode(dataset.fit(np.arange(12))).x.max() == 1.0


@pytest.mark.parametrize(
    ("code", "dtype"),
    [(0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")],
)
def test_every_type_of_number_gives_its_values(tmp_path: Path, code: int, dtype: str) -> None:
    array = np.array([[1, -2, 100], [7, 0, -128]], dtype=dtype)
    path = tmp_path / "numbers-idx2"
    path.write_bytes(idx_bytes(array, code))
    found = read_idx(path).array
    np.testing.assert_array_equal(found, array)
    assert found.dtype.isnative


def test_numbers_that_are_not_finite_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "x-idx1"
    path.write_bytes(idx_bytes(np.array([1, np.nan, np.inf], dtype=">f4"), 0x0D))
    found = read_idx(path)
    assert found.array.tolist() == [1, 0, 0]
    assert "2 numbers are not finite" in found.notes[0]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"hello, this is text", "begins with 68 65 6c 6c"),
        (b"\0\0\x07\x01\0\0\0\x01a", "type 0x07 is unknown"),
        (b"\0\0\x0a\x01\0\0\0\x01a", "type 0x0a is unknown"),
        (b"\x03\x08\0\0\x02\0\0\0", "little-endian"),
        (b"", "is empty"),
    ],
)
def test_a_wrong_magic_or_unknown_type_is_refused(
    tmp_path: Path, content: bytes, what: str
) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DataError, match=what):
        read_idx(path)


@pytest.mark.parametrize(
    ("length", "what"),
    [
        (2, "expected 4 bytes, found 2"),
        (9, "expected 16 bytes, found 9"),
        (100, "expected 256 bytes for 12 × 5 × 4, found 100"),
    ],
)
def test_a_truncated_header_or_body_says_expected_and_found(
    tmp_path: Path, length: int, what: str
) -> None:
    images, _ = idx_pair(tmp_path)
    images.write_bytes(images.read_bytes()[:length])
    with pytest.raises(DataError, match=what):
        read_idx(images)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "sizes", [b"\xff\xff\xff\xff" * 3, b"\x7f\xff\xff\xff" * 3, b"\0\0\xff\xff" * 3]
)
def test_a_header_that_claims_billions_is_refused_before_memory_is_taken(
    tmp_path: Path, sizes: bytes, packed: bool
) -> None:
    content = b"\0\0\x08\x03" + sizes + bytes(1000)
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError, match=r"expected .* bytes for"):
        read_idx(path)


def test_255_dimensions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(b"\0\0\x08\xff" + b"\0\0\0\x01" * 255 + b"a")
    with pytest.raises(DataError, match="claims 255 dimensions"):
        read_idx(path)


def test_trailing_bytes_are_noted(tmp_path: Path) -> None:
    images, _ = idx_pair(tmp_path)
    images.write_bytes(images.read_bytes() + b"more")
    assert "more bytes than the 256" in "".join(open_data(images).notes)


def test_images_and_labels_that_do_not_match_in_number_are_refused(tmp_path: Path) -> None:
    images, labels = idx_pair(tmp_path)
    labels.write_bytes(idx_bytes(np.zeros(9, dtype=np.uint8)))
    with pytest.raises(DataError, match=r"holds 12 images but .* 9 labels"):
        open_data(images)


def test_swapped_files_are_noticed(tmp_path: Path) -> None:
    images, labels = idx_pair(tmp_path)
    with pytest.raises(DataError, match="looks like a label file"):
        open_data(labels)
    with pytest.raises(DataError, match="looks like an image file, not like labels"):
        open_data(images, labels=images)


def test_labels_are_asked_for_by_name_where_none_lie_beside(tmp_path: Path) -> None:
    images, labels = idx_pair(tmp_path)
    elsewhere = tmp_path / "elsewhere.bin"
    labels.rename(elsewhere)
    with pytest.raises(DataError, match="looked for train-labels-idx1-ubyte"):
        open_data(images)
    dataset = open_data(images, labels=elsewhere)
    assert dataset.origin.options == {"labels": str(elsewhere)}


def test_unpacked_labels_beside_packed_images_are_found(tmp_path: Path) -> None:
    images, labels = idx_pair(tmp_path, packed=True)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(gzip.decompress(labels.read_bytes()))
    labels.unlink()
    assert open_data(images).spec.rows == 12


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda b: b[:-8] + b"\0\0\0\0" + b[-4:], "damaged"),
        (lambda b: b[: len(b) // 2], "cut off"),
        (lambda b: b[:20] + b"\xff" * 40 + b[60:], "damaged|cut off"),
    ],
)
def test_a_damaged_archive_is_refused(tmp_path: Path, damage: object, what: str) -> None:
    images, _ = idx_pair(tmp_path, packed=True)
    images.write_bytes(damage(images.read_bytes()))  # type: ignore[operator]
    with pytest.raises(DataError, match=what):
        read_idx(images)


def test_a_bomb_is_not_unpacked_beyond_what_its_header_names(tmp_path: Path) -> None:
    images, labels = idx_pair(tmp_path, packed=True)
    content = gzip.decompress(images.read_bytes())
    images.write_bytes(gzip.compress(content + bytes(50_000_000)))
    start = time.perf_counter()
    assert open_data(images).spec.rows == 12
    assert time.perf_counter() - start < 2
    assert labels.exists()


def test_a_name_that_says_gz_without_being_one(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(DataError, match="no gz archive though its name says so"):
        open_data(path)


def test_odd_labels_become_classes_by_their_values_not_by_counting(tmp_path: Path) -> None:
    images, labels = idx_pair(tmp_path)
    values = np.array([-1, 10**9, 7] * 4, dtype=">i4")
    labels.write_bytes(idx_bytes(values, 0x0C))
    assert open_data(images).spec.classes == ("-1", "7", "1000000000")


def test_the_range_of_pixels_comes_from_the_training_rows_alone(tmp_path: Path) -> None:
    images, _ = idx_pair(tmp_path)
    pixels = np.full((12, 5, 4), 16, dtype=np.uint8)
    pixels[11] = 200
    images.write_bytes(idx_bytes(pixels))
    dataset = open_data(images)
    fitted = dataset.fit(np.arange(11))
    assert isinstance(fitted, PixelEncoding)
    assert fitted.high == 16
    every = dataset.fit(np.arange(12))
    assert isinstance(every, PixelEncoding)
    assert every.high == 255


def test_prediction_keeps_images_of_classes_that_are_not_known(tmp_path: Path) -> None:
    images, labels = idx_pair(tmp_path)
    encoding = prepare(open_data(images), 0.25, 1).encoding
    labels.write_bytes(idx_bytes((np.arange(12) % 4).astype(np.uint8)))
    assert len(read_with(encoding, images).x) == 9
    every = read_with(encoding, images, keep_all=True)
    assert every.y is not None
    assert every.y.tolist() == [0, 1, 2, -1] * 3


def test_new_images_need_the_size_that_was_trained(tmp_path: Path, shared_data: Path) -> None:
    images, labels = idx_pair(tmp_path)
    prepared = prepare(open_data(images), 0.25, 1)
    labels.unlink()
    encoded = read_with(prepared.encoding, images)
    assert encoded.y is None
    assert encoded.x.shape == (12, 5, 4, 1)
    other = shared_data / "sklearn" / "digits-test-images-idx3-ubyte"
    with pytest.raises(DataError, match="8 × 8 × 1, the network takes 5 × 4 × 1"):
        read_with(prepared.encoding, other)


def test_cancelling_stops_the_reading(shared_data: Path) -> None:
    with pytest.raises(DataError, match=r"^cancelled$"):
        open_data(shared_data / "mnist", progress=lambda share, words: share < 0.3)


def test_labels_that_are_measures_are_refused(tmp_path: Path) -> None:
    images, labels = idx_pair(tmp_path)
    labels.write_bytes(idx_bytes((np.arange(12) / 8).astype(">f4"), 0x0D))
    with pytest.raises(DataError, match=r"labels such as 0\.125 are measures"):
        open_data(images)
