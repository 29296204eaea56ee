"""Data that memory cannot hold lies on disk, and trains from there."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import platformdirs
import pytest

from nndesigner.data import (
    block_columns,
    images,
    json_table,
    limits,
    open_data,
    parquet_table,
    patience,
    prepare,
    store,
    table_blocks,
    table_source,
)
from nndesigner.data.large_table import added_up, is_large
from nndesigner.data.pixels import PixelDataset
from nndesigner.data.table import TableDataset
from nndesigner.errors import DataError
from nndesigner.training.rows import near_order
from tests.data.helpers import picture
from tests.data.large_files import LARGE, LIMIT


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMBA_CACHE_DIR", platformdirs.user_cache_dir("nndesigner"))  # stays
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "nndesigner" / "data"


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that hardly any memory is free, and read in small blocks."""
    monkeypatch.setattr(limits, "free_bytes", lambda: 40_000)
    monkeypatch.setattr(table_source, "BLOCKS_FROM", 1)
    monkeypatch.setattr(table_blocks, "BLOCK_BYTES", 5_000)


def table(folder: Path, suffix: str = "csv") -> Path:
    """Numbers, whole numbers, gaps, words; the target is a class."""
    rng = np.random.default_rng(3)
    rows = 4000
    frame = pd.DataFrame(
        {
            "a": np.round(rng.normal(size=rows), 3),
            "gaps": np.where(rng.random(rows) < 0.1, np.nan, np.round(rng.random(rows), 3)),
            "row_id": np.arange(rows),
            "colour": rng.choice(["red", "green", "blue"], rows),
            "kind": rng.choice(["x", "y"], rows),
        }
    )
    path = folder / f"large.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, row_group_size=500)
    return path


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_on_disk_is_the_table_in_memory(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    path = table(tmp_path, suffix)
    held = open_data(path)
    expected = prepare(held, 0.2, 1)
    request.getfixturevalue("little")
    large = open_data(path)
    assert isinstance(held, TableDataset)
    assert isinstance(large, TableDataset)
    assert is_large(large.columns)
    assert not is_large(held.columns)
    assert large.spec == held.spec
    assert large.roles == held.roles
    assert any("larger than the free memory" in note for note in large.notes)
    assert [n for n in large.notes if "free memory" not in n] == list(held.notes)
    found = prepare(large, 0.2, 1)
    assert store.on_disk(found.x_train)
    assert found.x_train.flags.c_contiguous
    assert found.encoding == expected.encoding
    for name in ("x_train", "y_train", "x_val", "y_val", "train_rows", "val_rows"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def named_rows(folder: Path, suffix: str, rows: int = 6000) -> Path:
    """Every row has a name and a comment of its own, an amount as people write it, and numbers."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "who": [f"{value:032x}" for value in rng.integers(0, 1 << 62, rows).tolist()],
            "amount": [f"{value:,.2f}" for value in rng.uniform(1000, 99999, rows)],
            "told": [f"row {i} is told of" for i in range(rows)],
            "place": rng.choice(["here", "there", "nowhere"], rows),
            "x": np.round(rng.normal(size=rows), 3),
            "kind": rng.choice(["x", "y"], rows),
        }
    )
    frame.loc[17, "who"] = None
    path = folder / f"named.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, index=False)
    elif suffix == "parquet":
        frame.to_parquet(path, row_group_size=700)
    else:
        frame.to_json(path, orient="records", lines=True)
    return path


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_texts_that_memory_does_not_hold_are_left_out(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    path = named_rows(tmp_path, suffix)
    held = open_data(path)
    request.getfixturevalue("little")
    monkeypatch.setattr(limits, "free_bytes", lambda: 3_200_000)  # the amounts fit, and no more
    monkeypatch.setattr(block_columns, "_ASKED_BYTES", 10_000)
    monkeypatch.setattr(json_table, "_STREAMED_FROM", 0)
    monkeypatch.setattr(parquet_table, "fits", lambda needed: False)
    large = open_data(path)
    assert isinstance(held, TableDataset)
    assert isinstance(large, TableDataset)
    assert is_large(large.columns)
    assert large.roles.roles == held.roles.roles
    assert [c.type for c in large.columns] == [c.type for c in held.columns]
    who, amount = large.columns[:2]
    assert who.lost
    assert who.missing == 1
    assert 1000 <= int(who.why.split()[4].replace(",", "")) < 6000
    assert who.distinct == 201
    assert sum("who: memory does not hold its different texts" in n for n in large.notes) == 1
    assert amount.numbers is not None
    np.testing.assert_array_equal(amount.numbers, held.columns[1].numbers)
    found, expected = prepare(large, 0.2, 1), prepare(held, 0.2, 1)
    np.testing.assert_array_equal(found.x_train, expected.x_train)
    with pytest.raises(DataError, match=r"named.\w+ does not fit into memory"):
        open_data(path, options={"columns": {"who": {"role": "group"}}})


def test_texts_of_their_own_are_reckoned_with_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = named_rows(tmp_path, "csv")
    asked: list[int] = []

    def fits(needed: int) -> bool:
        asked.append(needed)
        return True

    monkeypatch.setattr(table_blocks, "fits", fits)
    monkeypatch.setattr(table_source, "BLOCKS_FROM", 1)
    monkeypatch.setattr(table_blocks, "_BESIDE_BYTES", 0)
    open_data(path)
    numbers, texts = 6000 * 6 * 8, 6000 * 3 * (3 * 150)  # the amounts are such texts too
    assert texts < asked[0] - 1.15 * numbers < 1.6 * texts


@pytest.mark.usefixtures("little")
def test_what_lies_on_disk_for_a_session_leaves_nothing(tmp_path: Path, own_cache: Path) -> None:
    prepared = prepare(open_data(table(tmp_path)), 0.2, 1)
    assert len(prepared.x_train)
    assert list(own_cache.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts what Linux lists there")
@pytest.mark.usefixtures("little")
@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz"])
def test_a_wide_table_on_disk_takes_few_descriptors(tmp_path: Path, suffix: str) -> None:
    """The system gives a process 1,024 of them, or 256, and a mapped file keeps one."""
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(40, 600)), 2)
    x[::7, ::50] = np.inf  # such columns are made anew
    frame = pd.DataFrame(x, columns=[f"c{i}" for i in range(600)])
    path = tmp_path / f"wide.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, index=False)
    elif suffix == "parquet":
        frame.to_parquet(path)
    else:
        np.savez(path, **{str(name): column.to_numpy() for name, column in frame.items()})
    before = len(os.listdir("/proc/self/fd"))
    dataset = open_data(path, target="c599")
    assert isinstance(dataset, TableDataset)
    assert all(is_large([column]) for column in dataset.columns)
    assert len(os.listdir("/proc/self/fd")) - before < 80
    del dataset


def test_arrays_of_a_shelf_do_not_overlap() -> None:
    shelf = store.Shelf("table")
    rng = np.random.default_rng(0)
    shapes = [(int(n),) for n in rng.integers(0, 90, 200)]
    held = [shelf.array(shape, kind) for shape in shapes for kind in (np.int32, np.float64)]
    for index, array in enumerate(held):
        assert not array.any()
        assert store.on_disk(array) or not len(array)
        array[:] = index + 1
    assert all((array == index + 1).all() for index, array in enumerate(held))


@pytest.mark.usefixtures("little")
def test_a_disk_without_room_is_told_with_both_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path)
    monkeypatch.setattr(store, "free_disk", lambda: 100_000)
    with pytest.raises(DataError, match=r"large.csv needs .* of disk in .*, and 100 kB are free"):
        open_data(path)


@pytest.mark.usefixtures("little")
def test_a_large_table_can_be_cancelled_and_leaves_nothing(tmp_path: Path, own_cache: Path) -> None:
    path = table(tmp_path)
    with pytest.raises(DataError, match="cancelled"):
        open_data(path, progress=lambda share, words: share < 0.5)
    assert list(own_cache.iterdir()) == []


def test_rows_on_disk_are_shuffled_near_each_other() -> None:
    order = near_order(100_003, 50, np.random.default_rng(1))
    assert sorted(order.tolist()) == list(range(100_003))
    batch = order[:3200]  # one window: as many rows, from at most so many stretches
    assert len(np.unique(batch // 50)) <= 65
    assert abs(np.corrcoef(order[:-1], order[1:])[0, 1]) < 0.1
    assert near_order(0, 50, np.random.default_rng(1)).tolist() == []


def test_sentences_of_pieces_are_added_up() -> None:
    notes = [
        "1,200 rows with missing values left out.",
        "3 rows with missing values left out.",
        "So.",
    ]
    assert added_up(notes) == ("1,203 rows with missing values left out.", "So.")


def test_digits_of_names_are_no_counts() -> None:
    far = "numbers are too far from those of the training rows: counted as missing."
    unseen = "x2: the network has not seen '7': such cells count as none of the known values."
    found = added_up([f"x1: 3 {far}", unseen, f"x1: 1,200 {far}", f"x2: 4 {far}", unseen])
    assert found == (f"x1: 1,203 {far}", unseen, f"x2: 4 {far}")


# -- pictures


def many_pictures(root: Path) -> Path:
    for name, shade in (("dark", 0), ("light", 128)):
        for index in range(120):
            picture(root / name / f"{index}.png", (9, 8), (shade + index, index, 50))
    (root / "dark" / "broken.png").write_bytes(b"no picture")
    return root


def test_pictures_are_there_again_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = many_pictures(tmp_path / "pictures")
    first = open_data(root)

    def fail(*_: object) -> None:
        raise AssertionError("a picture was read again")

    with monkeypatch.context() as patch:
        patch.setattr(images, "decode", fail)
        patch.setattr(images, "probe", fail)
        again = open_data(root)
    assert isinstance(first, PixelDataset)
    assert isinstance(again, PixelDataset)
    assert store.on_disk(again.pixels)
    np.testing.assert_array_equal(again.pixels, first.pixels)
    np.testing.assert_array_equal(again.row_labels, first.row_labels)
    assert (again.spec, again.origin, again.notes) == (first.spec, first.origin, first.notes)
    assert again.skipped_files == first.skipped_files
    assert len(again.skipped_files) == 1
    prepared = prepare(again, 0.2, 1)
    np.testing.assert_array_equal(prepared.x_train, prepare(first, 0.2, 1).x_train)


@pytest.mark.parametrize("where", ["read_bytes", "stat", "stalled"])
def test_a_picture_that_failed_once_is_read_the_next_time(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Neither its size nor its time changes when the network is there again."""
    root = many_pictures(tmp_path / "pictures")
    with monkeypatch.context() as patch:
        if where == "stalled":
            patch.setattr(patience, "STALLED_SECONDS", 0.2)
        real = getattr(images, "_content" if where == "stalled" else "_check_file")

        def fail(file: Path) -> object:
            if file.name == "7.png":
                if where == "stalled":
                    time.sleep(0.5)
                else:
                    raise OSError(errno.EIO, "Input/output error")
            return real(file)

        if where == "read_bytes":
            read_bytes = Path.read_bytes
            patch.setattr(Path, "read_bytes", lambda self: (fail(self), read_bytes(self))[1])
        else:
            patch.setattr(images, real.__name__, fail)
        before = open_data(root)
    assert isinstance(before, PixelDataset)
    assert len(before.skipped_files) == 3
    assert list(own_cache.iterdir()) == []
    after = open_data(root)
    assert isinstance(after, PixelDataset)
    assert [name for name, _ in after.skipped_files] == ["dark/broken.png"]
    assert len(list(own_cache.iterdir())) == 1


def test_other_choices_and_changed_files_are_read_anew(tmp_path: Path, own_cache: Path) -> None:
    root = many_pictures(tmp_path / "pictures")
    before = open_data(root)
    smaller = open_data(root, options={"size": 4})
    assert smaller.spec.input_shape == (4, 4, 3)
    picture(root / "light" / "5.png", (9, 8), (1, 2, 3))
    after = open_data(root)
    assert after.origin.content_hash != before.origin.content_hash
    assert len(list(own_cache.iterdir())) == 3
    for kept in own_cache.iterdir():  # damaged: read again, and mended
        (kept / "pixels.npy").write_bytes(b"x")
    assert open_data(root).origin.content_hash == after.origin.content_hash
    assert open_data(root).spec == after.spec


def test_more_pictures_than_memory_lie_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = many_pictures(tmp_path / "pictures")
    expected = prepare(open_data(root), 0.2, 1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    monkeypatch.setattr(limits, "free_bytes", lambda: 40_000)
    dataset = open_data(root)
    assert isinstance(dataset, PixelDataset)
    assert store.on_disk(dataset.pixels)
    prepared = prepare(dataset, 0.2, 1)
    assert store.on_disk(prepared.x_train)
    np.testing.assert_array_equal(prepared.x_train, expected.x_train)


def test_reading_pictures_can_be_cancelled_and_keeps_nothing(
    tmp_path: Path, own_cache: Path
) -> None:
    root = many_pictures(tmp_path / "pictures")
    with pytest.raises(DataError, match="cancelled"):
        open_data(root, progress=lambda share, words: share < 0.6)
    assert not own_cache.exists() or list(own_cache.iterdir()) == []


# -- the store


def test_the_store_is_complete_or_not_there(own_cache: Path) -> None:
    def fail() -> None:
        with store.making("key", 10, "pictures") as place:
            (place / "x").write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.find("key") is None
    assert list(own_cache.iterdir()) == []
    with store.making("key", 10, "pictures") as place:
        (place / "x").write_bytes(b"whole")
        assert store.find("key") is None
    found = store.find("key")
    assert found is not None
    assert (found / "x").read_bytes() == b"whole"


def test_the_store_is_swept(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, age in (("old", store.STALE_SECONDS + 10), ("older", 100), ("new", 10)):
        with store.making(name, 10, "pictures") as place:
            (place / "x").write_bytes(bytes(1000))
        then = time.time() - age
        os.utime(own_cache / name, (then, then))
    (own_cache / "abandoned.part").write_bytes(b"x")
    os.utime(own_cache / "abandoned.part", (0, 0))
    store.sweep()
    assert sorted(p.name for p in own_cache.iterdir()) == ["new", "older"]
    monkeypatch.setattr(store, "MOST_BYTES", 1500)
    store.sweep()
    assert sorted(p.name for p in own_cache.iterdir()) == ["new"]


# -- ten times the memory

_CHILD = """
import json, resource, sys
from pathlib import Path
from nndesigner.data import open_data, prepare, store
from nndesigner.recipe import parse_recipe
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer

path, limit, target, recipe = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
prepared = prepare(open_data(path, target=target or None), 0.1, 1)
trainer = Trainer(parse_recipe(recipe), Settings(epochs=1, batch_size=64), prepared)
trained = trainer.train()
print(json.dumps({
    "array": prepared.x_train.nbytes + prepared.x_val.nbytes,
    "on_disk": store.on_disk(prepared.x_train),
    "loss": trained.history[-1].loss,
    "val_loss": trained.history[-1].val_loss,
}))
"""


#: These take some five minutes each, with the writing of their files.
_HUGE = {"npz", "xlsx"}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the limit is Linux's")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.huge if name in _HUGE else pytest.mark.slow)
        for name in LARGE
    ],
)
def test_data_ten_times_the_memory_limit_train(tmp_path: Path, name: str) -> None:
    """The limit is on all that the process writes to and has no file for: its heap, its libraries'
    data, its threads, every array in memory (RLIMIT_DATA). It holds for the whole process, with
    interpreter, pandas, Arrow and the engine. Pages of mapped files are not in it: the system takes
    them back whenever it needs room, which is the point of keeping rows in files.
    """
    make, target, recipe = LARGE[name]
    if shutil.disk_usage(tmp_path).free < 60 * LIMIT:
        pytest.skip("the disk has no room for data ten times the limit")
    warm = "from nndesigner.training.warm import warm_up; warm_up()"  # compiling takes more
    subprocess.run([sys.executable, "-c", warm], check=True)
    path = make(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path), str(LIMIT), target, recipe],
        capture_output=True,
        text=True,
        # Arrow's own allocator reserves a whole gigabyte at its first use, and uses little of it
        env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )
    shutil.rmtree(tmp_path, ignore_errors=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["on_disk"]
    assert found["array"] >= 10 * LIMIT
    assert found["val_loss"] < (0.2 if "softmax" in recipe else 0.05)  # a guess has 0.69, or 1


def test_the_limit_of_the_process_is_seen() -> None:
    code = (
        "import resource; from nndesigner.data import limits;"
        "resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30));"
        "print(limits.free_bytes() < 1 << 30)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
