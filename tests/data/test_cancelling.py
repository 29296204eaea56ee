"""Whatever is read, whoever waits is asked often enough that Cancel answers within a second."""

from __future__ import annotations

import gzip
import itertools
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import platformdirs
import pytest

from nndesigner.data import image_cache, images, open_data
from nndesigner.errors import DataError
from tests.data.helpers import idx_bytes, picture

#: What a person is promised.
SECOND = 1.0
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMBA_CACHE_DIR", platformdirs.user_cache_dir("nndesigner"))  # stays
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "nndesigner" / "data"


def frame(rows: int, columns: int = 12) -> pd.DataFrame:
    numbers = np.round(RNG.normal(size=(rows, columns)), 4)
    data = pd.DataFrame(numbers, columns=[f"f{i}" for i in range(columns)])
    data["word"] = RNG.choice(["red", "grün", "blue"], rows)
    data["y"] = RNG.integers(0, 2, rows)
    return data


def big_text(folder: Path) -> Path:
    frame(200_000).to_csv(folder / "t.csv", index=False)
    return folder / "t.csv"


def old_text(folder: Path) -> Path:
    """Another encoding, so that it is read as a whole."""
    frame(120_000).to_csv(folder / "t.csv", index=False, encoding="cp1252")
    return folder / "t.csv"


def parquet(folder: Path) -> Path:
    frame(400_000).to_parquet(folder / "t.parquet")
    return folder / "t.parquet"


def json_lines(folder: Path) -> Path:
    frame(90_000).to_json(folder / "t.jsonl", orient="records", lines=True)
    return folder / "t.jsonl"


def json_array(folder: Path) -> Path:
    frame(90_000).to_json(folder / "t.json", orient="records")
    return folder / "t.json"


def small_json(folder: Path) -> Path:
    frame(11_000).to_json(folder / "t.json", orient="records")
    return folder / "t.json"


def workbook(folder: Path) -> Path:
    frame(4_000).to_excel(folder / "t.xlsx", index=False)
    return folder / "t.xlsx"


def arrays_table(folder: Path) -> Path:
    rows = 400_000
    np.savez_compressed(folder / "t.npz", x=RNG.random((rows, 12)), y=np.arange(rows) % 2)
    return folder / "t.npz"


def arrays(folder: Path) -> Path:
    x = RNG.integers(0, 256, (60_000, 28, 28)).astype(np.float32)
    np.savez(folder / "t.npz", x=x, y=np.arange(60_000) % 2)
    return folder / "t.npz"


def one_array(folder: Path) -> Path:
    np.save(folder / "x.npy", RNG.integers(0, 256, (60_000, 28, 28)).astype(np.uint8))
    np.save(folder / "y.npy", np.arange(60_000) % 2)
    return folder / "x.npy"


def idx(folder: Path, pack: Callable[[bytes], bytes] = bytes, end: str = "") -> Path:
    pixels = RNG.integers(0, 256, (60_000, 28, 28)).astype(">i2")
    path = folder / f"a-images-idx3-ubyte{end}"
    path.write_bytes(pack(idx_bytes(pixels, 0x0B)))
    labels = (np.arange(60_000) % 2).astype(np.uint8)
    (folder / f"a-labels-idx1-ubyte{end}").write_bytes(pack(idx_bytes(labels)))
    return path


def packed_idx(folder: Path) -> Path:
    return idx(folder, lambda content: gzip.compress(content, 1), ".gz")


def folders(folder: Path) -> Path:
    root = folder / "pictures"
    for name in ("cats", "dogs"):
        for index in range(300):
            picture(root / name / f"{index}.png", (40, 40), (index % 256, index // 256, 9))
    return root


def packed_folders(folder: Path) -> Path:
    root = folders(folder)
    return Path(shutil.make_archive(str(folder / "pictures"), "zip", root))


def listed(folder: Path) -> Path:
    root = folders(folder)
    lines = "".join(f"{n}/{i}.png,{n}\n" for n in ("cats", "dogs") for i in range(300))
    (root / "list.csv").write_text("file,label\n" + lines)
    return root / "list.csv"


ALL = [
    big_text, old_text, parquet, json_lines, json_array, small_json, workbook, arrays_table,
    arrays, one_array, idx, packed_idx, folders, packed_folders, listed,
]  # fmt: skip


@pytest.mark.parametrize("make", ALL)
def test_cancel_answers_within_a_second_at_any_moment(
    tmp_path: Path, make: Callable[[Path], Path], own_cache: Path
) -> None:
    """The longest silence between two questions is the longest that a Cancel may wait; and at
    several moments it is tried.
    """
    path = make(tmp_path)
    options = {"target": "y"} if make in ALL[:8] else {}
    asked = [time.monotonic()]
    shares: list[float] = []

    def wait(share: float, words: str) -> bool:
        asked.append(time.monotonic())
        shares.append(share)
        return True

    open_data(path, options=options, progress=wait)
    asked.append(time.monotonic())
    assert max(later - before for before, later in itertools.pairwise(asked)) < SECOND
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    for moment in (0.0, 0.3, 0.6, 0.9):
        shutil.rmtree(own_cache, ignore_errors=True)  # pictures would be there at once
        wished: list[float] = []

        def give_up(
            share: float, words: str, at: float = moment, wish: list[float] = wished
        ) -> bool:
            if share >= at and not wish:
                wish.append(time.monotonic())
            return not wish

        with pytest.raises(DataError, match=r"^cancelled$"):
            open_data(path, options=options, progress=give_up)
        assert time.monotonic() - wished[0] < SECOND
        assert not own_cache.exists() or list(own_cache.iterdir()) == []


@pytest.mark.parametrize("where", ["listing", "looking for", "looking at", "reading", "keeping"])
def test_pictures_are_given_up_in_every_stage(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    root = folders(tmp_path)
    monkeypatch.setattr(image_cache, "_PIECE", 1 << 16)
    stages: list[str] = []
    content = images._content

    def slow(file: Path) -> bytes:
        time.sleep(0.01)
        return content(file)

    monkeypatch.setattr(images, "_content", slow)
    listing = images.find_classes

    def slowly(folder: Path, least: int = 2, progress: object = None) -> object:
        if where == "listing":  # a folder that takes its time is asked about meanwhile
            from nndesigner.data import image_folder

            real = image_folder._listed

            def listed(folder: Path, gone: object) -> object:
                time.sleep(0.3)
                return real(folder, gone)  # type: ignore[arg-type]

            monkeypatch.setattr(image_folder, "_listed", listed)
        return listing(folder, least, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(images, "find_classes", slowly)
    wished: list[float] = []

    def progress(share: float, words: str) -> bool:
        stages.append(words)
        if words.startswith(where) and not wished:
            wished.append(time.monotonic())
        return not wished

    with pytest.raises(DataError, match=r"^cancelled$"):
        open_data(root, progress=progress)
    assert time.monotonic() - wished[0] < SECOND
    assert stages[-1].startswith(where)
    assert not own_cache.exists() or list(own_cache.iterdir()) == []
