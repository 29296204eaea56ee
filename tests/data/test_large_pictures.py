"""Pictures that memory cannot hold are as those that it can."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest

from nndesigner.data import open_data, prepare, read_with, store
from nndesigner.data.pixels import PixelDataset
from nndesigner.errors import DataError
from tests.data.helpers import idx_bytes
from tests.data.large_files import pretend_little

Make = Callable[[Path], Path]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMBA_CACHE_DIR", platformdirs.user_cache_dir("nndesigner"))  # stays
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "nndesigner" / "data"


def pictures(rows: int = 240) -> np.ndarray[Any, Any]:
    return np.random.default_rng(2).integers(0, 256, (rows, 6, 5)).astype(np.uint8)


LABELS = np.arange(240) % 3


def idx(folder: Path, array: np.ndarray[Any, Any], code: int, packed: bool) -> Path:
    pack = gzip.compress if packed else bytes
    end = ".gz" if packed else ""
    path = folder / f"p-images-idx3-ubyte{end}"
    path.write_bytes(pack(idx_bytes(array, code)))
    (folder / f"p-labels-idx1-ubyte{end}").write_bytes(pack(idx_bytes(LABELS.astype(np.uint8))))
    return path


def floats() -> np.ndarray[Any, Any]:
    array = pictures().astype(">f4") * 2
    array[3, 2, 1], array[100, 0, 0] = np.nan, -np.inf
    return array


def parts(folder: Path) -> Path:
    x = pictures()
    np.savez(
        folder / "t.npz",
        x_train=x[:160], y_train=LABELS[:160],
        x_val=x[160:200].astype(np.int64), y_val=LABELS[160:200],
        x_test=x[200:].astype(np.float64) * 1.5, y_test=LABELS[200:],
    )  # fmt: skip
    return folder / "t.npz"


def saved(save: Callable[..., None], change: Callable[[Any], Any]) -> Make:
    def make(folder: Path) -> Path:
        save(folder / "t.npz", x=change(pictures()), y=LABELS)
        return folder / "t.npz"

    return make


PICTURES: dict[str, Make] = {
    "idx": lambda folder: idx(folder, pictures(), 0x08, False),
    "idx.gz": lambda folder: idx(folder, pictures(), 0x08, True),
    "idx of floats": lambda folder: idx(folder, floats(), 0x0D, False),
    "idx.gz of whole numbers": lambda folder: idx(folder, pictures().astype(">i2"), 0x0B, True),
    "stored": saved(np.savez, lambda x: x),
    "deflated": saved(np.savez_compressed, lambda x: x),
    "floats": saved(np.savez_compressed, lambda x: np.where(x == 7, np.nan, x / 3)),
    "by columns": saved(np.savez, lambda x: np.asfortranarray(x.astype(">i4"))),
    "channels first": saved(np.savez, lambda x: np.stack([x, x, 255 - x], 1)),
    "truth": saved(np.savez, lambda x: x > 99),
    "parts": parts,
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_on_disk_are_those_in_memory(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = PICTURES[name](tmp_path)
    held = open_data(path)
    expected = prepare(held, 0.2, 1)
    again = read_with(expected.encoding, path)
    pretend_little(monkeypatch, 10_000)
    large = open_data(path)
    assert isinstance(held, PixelDataset)
    assert isinstance(large, PixelDataset)
    assert store.on_disk(large.pixels)
    assert not store.on_disk(held.pixels)
    assert (large.spec, large.origin, large.notes) == (held.spec, held.origin, held.notes)
    assert large.pixels.dtype == held.pixels.dtype
    np.testing.assert_array_equal(large.pixels, held.pixels)
    np.testing.assert_array_equal(large.labels, held.labels)
    found = prepare(large, 0.2, 1)
    assert store.on_disk(found.x_train)
    assert found.encoding == expected.encoding
    np.testing.assert_array_equal(found.x_train, expected.x_train)
    np.testing.assert_array_equal(found.y_val, expected.y_val)
    judged = read_with(found.encoding, path)
    assert store.on_disk(judged.x) or name == "parts"  # of which the test part alone is taken
    np.testing.assert_array_equal(judged.x, again.x)


@pytest.mark.parametrize("name", ["idx.gz", "deflated", "stored", "parts"])
def test_cancelled_pictures_leave_nothing_on_the_disk(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    path = PICTURES[name](tmp_path)
    pretend_little(monkeypatch, 10_000)
    with pytest.raises(DataError, match=r"^cancelled$"):
        open_data(path, progress=lambda share, words: share < 0.5)
    assert not own_cache.exists() or list(own_cache.iterdir()) == []


@pytest.mark.parametrize("name", list(PICTURES)[:6])
def test_what_fits_neither_memory_nor_disk_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    path = PICTURES[name](tmp_path)
    pretend_little(monkeypatch, 6_000)
    monkeypatch.setattr(store, "free_disk", lambda: 3_000)
    with pytest.raises(DataError, match=r"of disk"):
        open_data(path)
    assert not own_cache.exists() or list(own_cache.iterdir()) == []
