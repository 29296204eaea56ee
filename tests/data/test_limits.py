"""What would fill the memory, or is no file, is refused before it is read."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import limits, open_data, prepare, read_table_head, read_with, store
from nndesigner.errors import DataError
from tests.data.helpers import class_folders, idx_bytes, idx_pair, picture, rows, table


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Pretend that so many bytes of memory are free, and none of disk."""

    def pretend(number: int) -> None:
        monkeypatch.setattr(limits, "free_bytes", lambda: number)
        monkeypatch.setattr(store, "free_disk", lambda: 0)

    return pretend


def test_the_free_memory_is_asked_for() -> None:
    assert limits.free_bytes() > 10_000_000


def test_a_table_that_would_not_fit_is_refused_with_both_figures(
    tmp_path: Path, free: Callable[[int], None]
) -> None:
    path = table(tmp_path, "a,b,class\n" + rows(5000))
    free(300_000)
    with pytest.raises(
        DataError, match=r"table.csv needs about .* kB of memory and 300 kB are free.*70 %: open"
    ):
        open_data(path)
    assert "300 kB are free" in read_table_head(path).problem
    free(10_000_000)
    assert open_data(path).spec.rows == 5000
    assert not read_table_head(path).problem


def test_categories_that_become_too_many_columns_are_refused(
    tmp_path: Path, free: Callable[[int], None]
) -> None:
    text = "".join(f"v{i % 90},w{i % 89},u{i % 88},{i // 7 % 2}\n" for i in range(3000))
    path = table(tmp_path, "a,b,c,class\n" + text)
    free(int(path.stat().st_size * limits.TABLE_BYTES / limits.MEMORY_SHARE) + 1000)
    with pytest.raises(
        DataError, match=r"3 inputs become 267 numbers a row\. Ignore the categories"
    ):
        open_data(path)


def test_the_numbers_for_training_are_counted_too(free: Callable[[int], None]) -> None:
    dataset = open_data("digits")
    free(500_000)
    with pytest.raises(DataError, match=r"digits needs about 460 kB, and 500 kB of memory"):
        prepare(dataset, 0.2, 1)


def test_idx_images_are_refused_from_what_they_declare(
    tmp_path: Path, free: Callable[[int], None]
) -> None:
    images, _ = idx_pair(tmp_path, count=300)
    free(30_000)
    with pytest.raises(DataError, match=r"needs about 30.0 kB, and 30.0 kB of memory and 0 bytes"):
        open_data(images)
    free(60_000)
    assert open_data(images).spec.rows == 300


def test_an_archive_that_unpacks_to_far_more_than_pictures_do_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"\0\0\x08\x03" + struct.pack(">3I", 300, 1000, 1000))
        for _ in range(300):
            file.write(bytes(1_000_000))
    with pytest.raises(DataError, match="would unpack to 300 MB, far more than pictures do"):
        open_data(path)


def test_an_archive_of_equal_labels_is_no_trap(tmp_path: Path) -> None:
    images, labels = idx_pair(tmp_path, count=6000)
    packed = tmp_path / f"{labels.name}.gz"
    values = np.zeros(6000, dtype=np.uint8)
    values[0] = 1
    packed.write_bytes(gzip.compress(idx_bytes(values)))
    labels.unlink()
    assert open_data(images).spec.classes == ("0", "1")


def test_pictures_that_would_not_fit_ask_for_a_smaller_size(
    tmp_path: Path, free: Callable[[int], None]
) -> None:
    class_folders(tmp_path, size=(60, 60))
    free(600_000)
    with pytest.raises(DataError, match=r"\(8 pictures of 60 × 60\) needs about .* smaller size"):
        open_data(tmp_path)
    assert open_data(tmp_path, options={"size": 30}).spec.rows == 8


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    with pytest.raises(DataError, match=r"pipe.csv is no file but a pipe: save what comes"):
        open_data(path)
    images, _ = idx_pair(tmp_path)
    with pytest.raises(DataError, match="no file but a pipe"):
        open_data(images, labels=path)
    with pytest.raises(DataError, match="no file but a pipe"):
        read_with(prepare(open_data("iris"), 0.2, 1).encoding, path)


def test_a_device_is_refused_at_once() -> None:
    with pytest.raises(DataError, match="/dev/zero is no file but a device"):
        open_data("/dev/zero")


def test_a_pipe_among_pictures_is_skipped(tmp_path: Path) -> None:
    class_folders(tmp_path, count=12)
    os.mkfifo(tmp_path / "cats" / "x.png")
    dataset = open_data(tmp_path)
    assert dataset.spec.rows == 24
    assert any("x.png: it is no file but a pipe" in note for note in dataset.notes)
    os.mkfifo(tmp_path / "dogs" / "y.png")
    encoding = prepare(dataset, 0.2, 1).encoding
    assert len(read_with(encoding, tmp_path).x) == 24
    single = picture(tmp_path / "one.png")
    assert len(read_with(encoding, single).x) == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the limit is set as on Linux")
@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz", "xlsx"])
def test_too_many_open_files_are_told_as_such(tmp_path: Path, suffix: str) -> None:
    import pandas as pd

    resource = pytest.importorskip("resource")
    path = tmp_path / f"table.{suffix}"
    frame = pd.DataFrame({"a": [1.5, 2.5] * 30, "y": [0, 1] * 30})
    if suffix == "csv":
        frame.to_csv(path, index=False)
    elif suffix == "parquet":
        frame.to_parquet(path)
    elif suffix == "npz":
        np.savez(path, **{str(name): column.to_numpy() for name, column in frame.items()})
    else:
        pytest.importorskip("openpyxl")
        frame.to_excel(path, index=False)
    open_data(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open(path, os.O_RDONLY) for _ in range(20)]  # no number below them is free
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(taken) + 1, hard))
    try:
        with pytest.raises(DataError, match="as many files are open as the system allows"):
            open_data(path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in taken:
            os.close(descriptor)
