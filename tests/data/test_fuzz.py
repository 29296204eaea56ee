"""Every format, damaged at random: it opens or is refused with one sentence, and nothing else."""

from __future__ import annotations

import io
import random
import resource
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nndesigner.data import open_data, prepare, read_table_head
from nndesigner.data.formats import FORMATS, format_of
from nndesigner.data.opening import kind_of
from nndesigner.errors import DataError
from tests.data.helpers import class_folders, idx_pair, picture, table
from tests.data.test_damage import damaged
from tests.data.test_zipped import zipped

QUICK, SLOW = 200, 10_000
#: No damaged file of a few kB may make the process larger by more than this.
MOST_BYTES = 600 << 20


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": np.arange(40),
            "b": np.linspace(0, 1, 40),
            "c": list("uvwx") * 10,
            "d": pd.to_datetime(["2024-01-01", "2024-02-03"] * 20),
            "e": pd.array([1, None] * 20, dtype="Int64"),
            "class": list("yn") * 20,
        }
    )


def _pictures() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (12, 5, 4)).astype(np.uint8)


def _csv(folder: Path) -> Path:
    _frame().to_csv(folder / "t.csv", index=False)
    return folder / "t.csv"


def _tsv(folder: Path) -> Path:
    text = _frame().to_csv(sep="\t", index=False, decimal=",", quoting=1)
    return table(folder, text.encode("utf-16"), "t.tsv")


def _lines(folder: Path) -> Path:
    text = _frame().to_json(orient="records", lines=True, date_format="iso")
    return table(folder, str(text), "t.jsonl")


def _json(folder: Path) -> Path:
    return table(folder, str(_frame().to_json(orient="records", date_format="iso")), "t.json")


def _parquet(folder: Path) -> Path:
    _frame().to_parquet(folder / "t.parquet")
    return folder / "t.parquet"


def _plain_parquet(folder: Path) -> Path:
    _frame().to_parquet(folder / "p.parquet", compression=None)
    return folder / "p.parquet"


def _excel(folder: Path) -> Path:
    _frame().to_excel(folder / "t.xlsx", index=False)
    return folder / "t.xlsx"


def _npz(folder: Path) -> Path:
    np.savez(folder / "p.npz", x=_pictures(), y=np.arange(12) % 3, classes=np.array(["a", "b"]))
    return folder / "p.npz"


def _npz_table(folder: Path) -> Path:
    np.savez_compressed(folder / "t.npz", x=np.eye(30)[:, :3], y=np.arange(30) % 2)
    return folder / "t.npz"


def _npy(folder: Path) -> Path:
    np.save(folder / "t.npy", np.random.default_rng(0).normal(size=(30, 3)))
    return folder / "t.npy"


def _idx(folder: Path) -> Path:
    return idx_pair(folder)[0]


def _idx_packed(folder: Path) -> Path:
    return idx_pair(folder, packed=True)[0]


def _zip(folder: Path) -> Path:
    return zipped(class_folders(folder / "pets"), folder / "pets.zip")


def _list(folder: Path) -> Path:
    for index in range(8):
        picture(folder / "pics" / f"{index}.png", colour=(index, 2, 3))
    rows = "".join(f"pics/{index}.png,{'uv'[index % 2]}\n" for index in range(8))
    return table(folder, f"file,class\n{rows}", "list.csv")


MAKERS: tuple[Callable[[Path], Path], ...] = (
    *(_csv, _tsv, _lines, _json, _parquet, _plain_parquet, _excel),
    *(_npz, _npz_table, _npy, _idx, _idx_packed, _zip, _list),
)


def damaged_within(content: bytes, chance: random.Random) -> bytes:
    """An archive with one damaged member, packed again: its checksums are right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        members = old.infolist()
        hurt = chance.choice(members)
        for member in members:
            inside = old.read(member)
            new.writestr(member.filename, damaged(inside, chance) if member is hurt else inside)
    return out.getvalue()


def _judge(what: Callable[[], object]) -> None:
    try:
        what()
    except DataError as error:
        sentence = str(error)
        assert sentence
        assert len(sentence) < 1200
        assert "\n" not in sentence.strip()


def _fuzz(make: Callable[[Path], Path], folder: Path, rounds: int) -> None:
    path = make(folder)
    good = path.read_bytes()
    chance = random.Random(make.__name__)
    packed = zipfile.is_zipfile(path)
    table_like = kind_of(path) == "csv"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    for number in range(rounds):
        hurt = damaged_within if packed and number % 2 else damaged
        path.write_bytes(hurt(good, chance))
        if table_like and number % 3 == 0:
            _judge(lambda: read_table_head(path))
        else:
            _judge(lambda: prepare(open_data(path), 0.2, 1))
    assert time.process_time() - started < 0.05 * rounds
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * (1 if sys.platform == "darwin" else 1024) < MOST_BYTES


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__.strip("_"))
def test_damaged_files_open_or_are_refused(make: Callable[[Path], Path], tmp_path: Path) -> None:
    _fuzz(make, tmp_path, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__.strip("_"))
def test_ten_thousand_damaged_files_of_each_format(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    _fuzz(make, tmp_path, SLOW)


def test_every_format_is_damaged_here(tmp_path: Path) -> None:
    made = set()
    for number, make in enumerate(MAKERS):
        (tmp_path / str(number)).mkdir()
        made.add(format_of(make(tmp_path / str(number))).kind)
    assert made == {found.kind for found in FORMATS}
