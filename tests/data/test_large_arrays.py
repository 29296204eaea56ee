"""Arrays, JSON and workbooks that memory cannot hold are as those that it can."""

from __future__ import annotations

import decimal
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import platformdirs
import pytest

from nndesigner.data import (
    Dataset,
    json_table,
    limits,
    open_data,
    parquet_table,
    prepare,
    read_with,
    spooled,
    store,
)
from nndesigner.data.table import TableDataset
from nndesigner.errors import DataError
from tests.data.large_files import pretend_little

Make = Callable[[Path], Path]
ROWS = 3000


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMBA_CACHE_DIR", platformdirs.user_cache_dir("nndesigner"))  # stays
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "nndesigner" / "data"


# -- tables


def frame(rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "a": np.round(rng.normal(size=rows), 3),
            "gaps": np.where(rng.random(rows) < 0.1, np.nan, np.round(rng.random(rows), 3)),
            "row_id": np.arange(rows),
            "colour": rng.choice(["red, dark", 'a "green"', "blue", "naïve"], rows),
            "kind": rng.choice(["x", "y"], rows),
        }
    )


def objects() -> list[dict[str, Any]]:
    """Some lack a key, one comes late, some are nested, one cell has several lines."""
    found = []
    for index, row in enumerate(frame().to_dict("records")):
        value: dict[str, Any] = {key: None if cell != cell else cell for key, cell in row.items()}
        if index % 7 == 0:
            del value["gaps"]
        value["place"] = {"x": index % 5, "far": [1, 2]}
        if index > 2500:
            value["late"] = index % 3
        if index in (0, 1, 77):
            value = {}
            found.append(value)
            continue
        value["text"] = "two\nlines" if index % 2 else "one"
        found.append(value)
    return found


def json_lines(folder: Path) -> Path:
    path = folder / "t.jsonl"
    path.write_text("\n".join(json.dumps(value) for value in objects()) + "\n\n")
    return path


def json_array(folder: Path) -> Path:
    path = folder / "t.json"
    path.write_text(json.dumps(objects(), ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def json_wide(folder: Path) -> Path:
    path = folder / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, objects())), encoding="utf-16")
    return path


def workbook(folder: Path) -> Path:
    """A title above, rows of several lengths, an empty row."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Measured in 2024"])
    sheet.append([])
    data = frame()
    sheet.append([*data.columns, "comment"])
    for index, row in enumerate(data.itertuples(index=False)):
        cells = [None if cell != cell else cell for cell in row]
        sheet.append([*cells, f"c{index % 9}"] if index % 50 == 0 else cells)
    book.create_sheet("other")
    path = folder / "t.xlsx"
    book.save(path)
    return path


def numbers(rows: int = ROWS) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(1)
    x = np.round(rng.normal(size=(rows, 6)), 3)
    x[5, 2], x[7, 1], x[:, 4] = np.nan, np.inf, np.arange(rows)
    return x, (rng.random(rows) > 0.5).astype(np.int64)


def stored(folder: Path) -> Path:
    x, y = numbers()
    np.savez(folder / "t.npz", x=x.astype(np.float32), y=y)
    return folder / "t.npz"


def deflated(folder: Path) -> Path:
    x, y = numbers()
    np.savez_compressed(folder / "t.npz", x=x.astype(">f8"), y=y > 0)
    return folder / "t.npz"


def by_columns(folder: Path) -> Path:
    x, y = numbers()
    np.savez(folder / "t.npz", x=np.asfortranarray(np.rint(np.nan_to_num(x, posinf=3))), y=y)
    return folder / "t.npz"


def lists(folder: Path) -> Path:
    x, y = numbers()
    np.savez(folder / "t.npz", a=x[:, 0], b=(x[:, 1] > 0), c=np.arange(ROWS) * 10**14, y=y)
    return folder / "t.npz"


def alone(folder: Path) -> Path:
    x, y = numbers()
    np.save(folder / "x.npy", x.astype(np.float16))
    np.save(folder / "y.npy", y.astype(np.uint8))
    return folder / "x.npy"


TABLES = [json_lines, json_array, json_wide, workbook, stored, deflated, by_columns, lists, alone]


@pytest.mark.parametrize("make", TABLES)
def test_a_table_on_disk_is_the_table_in_memory(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path)
    options = {"target": "y" if path.suffix in (".npz", ".npy") else "kind"}
    held = open_data(path, options=options)
    expected = prepare(held, 0.2, 1)
    pretend_little(monkeypatch, 200_000 if make is workbook else 40_000)
    large = open_data(path, options=options)
    assert isinstance(held, TableDataset)
    assert isinstance(large, TableDataset)
    assert (large.spec, large.roles, large.origin) == (held.spec, held.roles, held.origin)
    told = [note for note in large.notes if "free memory" not in note]
    assert told == list(held.notes)
    assert len(told) < len(large.notes) or make is workbook
    found = prepare(large, 0.2, 1)
    assert store.on_disk(found.x_train)
    assert found.encoding == expected.encoding
    for name in ("x_train", "y_train", "x_val", "y_val", "train_rows", "val_rows"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for keep_all in (False, True):  # to judge by, and to predict
        judged = read_with(found.encoding, path, keep_all=keep_all)
        assert store.on_disk(judged.x)
        with monkeypatch.context() as patch:
            patch.setattr(limits, "free_bytes", lambda: 1 << 40)
            again = read_with(found.encoding, path, keep_all=keep_all)
        np.testing.assert_array_equal(judged.x, again.x)
        np.testing.assert_array_equal(np.asarray(judged.y), np.asarray(again.y))
        np.testing.assert_array_equal(judged.kept, again.kept)


@pytest.mark.parametrize("ending", ["npz", "parquet"])
def test_long_ids_keep_every_digit_on_disk(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """float64 would make 201 of these 400 numbers, and groups of each two."""
    path = tmp_path / f"ids.{ending}"
    ids, y = 2**53 + np.arange(400), np.arange(400) % 2
    if ending == "npz":
        np.savez(path, x=np.stack([ids, np.arange(400) * 3], axis=1), y=y)
    else:
        pd.DataFrame({"x_1": ids, "x_2": np.arange(400) * 3, "y": y}).to_parquet(path)
    options = {"target": "y", "columns": {"x_1": {"type": "category", "role": "group"}}}
    held = open_data(path, options=options)
    pretend_little(monkeypatch)
    large = open_data(path, options=options)
    assert isinstance(held, TableDataset)
    assert isinstance(large, TableDataset)
    for table in (held, large):
        assert table.columns[0].values == tuple(map(str, ids.tolist()))
    assert large.columns[0].codes is not None
    np.testing.assert_array_equal(large.columns[0].codes, held.columns[0].codes)
    assert large.columns[1].type == held.columns[1].type == "number"


@pytest.mark.parametrize("on_disk", [False, True])
def test_decimals_without_fractions_are_whole_numbers(
    tmp_path: Path, on_disk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Databases write whole numbers as decimals: as float64, three names would be the same."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    long = [900_719_925_474_099_301 + 2 * i for i in range(400)]
    numbers: dict[str, tuple[list[int | None], Any]] = {
        "long": (list(long), pa.decimal128(38, 0)),
        "gap": ([None if i == 7 else value for i, value in enumerate(long)], pa.decimal128(20, 0)),
        "longer": ([5, *(10**30 + i for i in range(399))], pa.decimal128(38, 0)),
        "count": ([i % 9 for i in range(400)], pa.decimal128(38, 0)),
        "y": ([i % 2 for i in range(400)], pa.decimal128(1, 0)),
    }
    path = tmp_path / "decimals.parquet"
    columns = {
        name: pa.array([None if value is None else decimal.Decimal(value) for value in own], kind)
        for name, (own, kind) in numbers.items()
    }
    parts = pa.table({**columns, "part": pa.array([decimal.Decimal("0.25")] * 400)})
    pq.write_table(parts, path, row_group_size=90)
    if on_disk:
        pretend_little(monkeypatch)
        monkeypatch.setattr(parquet_table, "_DISK_CELLS", 300)
    found = open_data(path, target="y")
    assert isinstance(found, TableDataset)
    assert found.spec.task == "classification"
    types = [column.type for column in found.columns]
    assert types == ["id", "id", "id", "number", "number", "number"]
    for column in found.columns[:3]:
        assert column.codes is not None
        texts = [column.values[code] if code >= 0 else None for code in column.codes.tolist()]
        assert texts == [None if v is None else str(v) for v in numbers[column.name][0]]


@pytest.mark.parametrize("make", [json_lines, json_array, workbook, stored, alone])
def test_a_cancelled_table_leaves_nothing_on_the_disk(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    path = make(tmp_path)
    pretend_little(monkeypatch, 200_000)
    shares: list[float] = []

    def progress(share: float, words: str) -> bool:
        shares.append(share)
        return share < 0.5

    with pytest.raises(DataError, match=r"^cancelled$"):
        open_data(path, progress=progress)
    assert shares == sorted(shares)
    assert not own_cache.exists() or list(own_cache.iterdir()) == []


def test_objects_whose_cells_no_block_can_hold_are_read_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = json_lines(tmp_path)
    held = open_data(path, target="kind")
    pretend_little(monkeypatch, 1 << 40)
    monkeypatch.setattr(spooled, "read_big", lambda *_: None)
    assert open_data(path, target="kind").spec == held.spec


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1}\n{"a": 2\n', "line 2 is no JSON"),
        ('{"a": 1}\n[1]\n', "line 2 is an array, no object"),
        ('[{"a": 1}, 3]', "entry 2 is a number, no object"),
        ('[{"a": 1}, {"a": 2}', r"no JSON \(it is cut off at entry 3\)"),
        ('[{"a": 1} {"a": 2}]', r"no JSON \(a comma is missing at entry 2\)"),
        ('[{"a": 1}] []', "something follows the array"),
        ("[" + '{"a":' * 200_000, "nested too deeply|no JSON"),
        ("[]", "it holds no objects"),
        ('{"a": "' + "x" * 9000 + '"}\n', r"line 1 is longer than"),
        ('[{"a": "' + "x" * 90_000 + '"}]', r"entry 1 is longer than"),
        (b'{"a": 1}\n' * 200_000 + b'{"a": "\xff"}\n', "is not utf-8 all through"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_faults_of_a_big_json_name_their_place(
    tmp_path: Path, text: str | bytes, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    pretend_little(monkeypatch, 1 << 40)
    monkeypatch.setattr(json_table, "_LONGEST", 8_000)
    with pytest.raises(DataError, match=sentence):
        open_data(path)


@pytest.mark.parametrize("make", [json_lines, json_array, workbook])
def test_a_full_disk_is_no_matter_where_memory_is_free(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    path = make(tmp_path)
    held = open_data(path, target="kind")
    pretend_little(monkeypatch, 1 << 40)
    monkeypatch.setattr(store, "free_disk", lambda: 0)
    found = open_data(path, target="kind")
    assert (found.spec, found.notes) == (held.spec, held.notes)
    assert not own_cache.exists() or list(own_cache.iterdir()) == []


def test_the_texts_of_a_workbook_must_fit_and_a_csv_need_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path)
    pretend_little(monkeypatch, 20_000)
    with pytest.raises(DataError, match=r"whose texts are held as a whole.*save the sheet as CSV"):
        open_data(path)


# -- what is refused


@pytest.mark.parametrize("make", [*TABLES[:4:3], *TABLES[4:]])
def test_what_fits_neither_memory_nor_disk_is_refused(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    path = make(tmp_path)
    pretend_little(monkeypatch, 200_000 if make is workbook else 6_000)
    monkeypatch.setattr(store, "free_disk", lambda: 3_000)
    with pytest.raises(DataError, match=r"of disk"):
        open_data(path)
    assert not own_cache.exists() or list(own_cache.iterdir()) == []


def refused(path: Path) -> tuple[int, str]:
    """The most bytes that Python held while a file was refused, and the sentence."""
    tracemalloc.start()
    try:
        with pytest.raises(DataError) as caught:
            open_data(path)
        return tracemalloc.get_traced_memory()[1], str(caught.value)
    finally:
        tracemalloc.stop()


def npy_header(shape: str) -> bytes:
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_that_claims_more_than_its_packing_can_hold_is_refused(
    tmp_path: Path, kind: int, own_cache: Path
) -> None:
    """The directory says 200 MB, the header fits to it, and a few bytes are there."""
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr("x.npy", npy_header("(2000, 100, 1000)") + bytes(500))
        archive.writestr("y.npy", b"")
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (200_000_128).to_bytes(4, "little")
    path.write_bytes(content)
    most, sentence = refused(path)
    assert "'x.npy' claims 200 MB" in sentence
    assert "cannot hold so much" in sentence
    assert most < 16 << 20
    assert not own_cache.exists() or list(own_cache.iterdir()) == []


def test_an_archive_that_is_all_zeros_is_no_data(tmp_path: Path) -> None:
    """A thousand to one is what deflate does to zeros alone."""
    path = tmp_path / "bomb.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w") as member,
    ):
        member.write(npy_header("(300, 1024, 1024)"))
        for _ in range(300):
            member.write(bytes(1 << 20))
    most, sentence = refused(path)
    assert "would unpack to 315 MB, far more than data do" in sentence
    assert most < 16 << 20


def test_data_on_disk_are_of_the_kind_that_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They can be looked at and split as any other."""
    path = json_lines(tmp_path)
    pretend_little(monkeypatch)
    dataset: Dataset = open_data(path, target="a", options={"split": {"test": 0.1}})
    prepared = prepare(dataset, 0.2, 1)
    assert prepared.x_test is not None
    assert len(prepared.x_test) == 300
