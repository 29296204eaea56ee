"""Files of every format with ten times as many numbers as memory may hold, and little of it."""

from __future__ import annotations

import gzip
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.data import (
    array_table,
    excel_table,
    idx_file,
    json_table,
    limits,
    npy_file,
    store,
    table_blocks,
    table_source,
)


def pretend_little(monkeypatch: pytest.MonkeyPatch, free: int = 40_000) -> None:
    """Hardly any memory is free, and everything is read in small pieces."""
    monkeypatch.setattr(limits, "free_bytes", lambda: free)
    monkeypatch.setattr(table_source, "BLOCKS_FROM", 1)
    monkeypatch.setattr(table_blocks, "BLOCK_BYTES", 5_000)
    monkeypatch.setattr(json_table, "_PIECE", 3_000)
    monkeypatch.setattr(excel_table, "_HELD_CELLS", 900)
    monkeypatch.setattr(npy_file, "_CHUNK", 4096)
    monkeypatch.setattr(idx_file, "_CHUNK", 4096)
    monkeypatch.setattr(array_table, "_PIECE", 3_000)
    monkeypatch.setattr(store, "_PIECE_NUMBERS", 700)


#: What a process may take: interpreter, libraries and engine need most of it.
LIMIT = 480 << 20


def write_parquet(folder: Path) -> Path:
    """A Parquet file of numbers; ``y`` is the sum of the first three."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = 800
    rows = 10 * LIMIT // (columns * 4) + 1
    rng = np.random.default_rng(0)
    schema = pa.schema([(f"f{i}", pa.float32()) for i in range(columns)] + [("y", pa.float32())])
    with pq.ParquetWriter(folder / "large.parquet", schema) as writer:
        for start in range(0, rows, 32_768):
            x = rng.integers(-8, 8, (min(32_768, rows - start), columns)).astype(np.float32) / 4
            held = [pa.array(np.ascontiguousarray(column)) for column in x.T]
            writer.write_table(
                pa.Table.from_arrays([*held, pa.array(x[:, :3].sum(1))], schema=schema)
            )
    return folder / "large.parquet"


def write_npz(folder: Path) -> Path:
    """The same as deflated arrays of small whole numbers."""
    columns = 800
    rows = 10 * LIMIT // (columns * 4) + 1
    rng = np.random.default_rng(0)
    targets = []
    path = folder / "large.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as member:
            write_header(member, (rows, columns), "|i1")
            for start in range(0, rows, 32_768):
                x = rng.integers(-8, 8, (min(32_768, rows - start), columns), dtype=np.int8)
                targets.append(x[:, :3].sum(1, dtype=np.float32) / 4)
                member.write(x.tobytes())
        with archive.open("y.npy", "w") as member:
            write_header(member, (rows,), "<f4")
            member.write(np.concatenate(targets).astype("<f4").tobytes())
    return path


def write_npy(folder: Path) -> Path:
    """Pictures with their labels beside them; bright ones are of class 1."""
    side, rows = 64, 10 * LIMIT // (64 * 64 * 4) + 1
    rng = np.random.default_rng(0)
    labels = (rng.random(rows) < 0.5).astype(np.uint8)
    with (folder / "x.npy").open("wb") as file:
        write_header(file, (rows, side, side), "|u1")
        for start in range(0, rows, 4096):
            file.write(bright(rng, labels[start : start + 4096], side).tobytes())
    np.save(folder / "y.npy", labels)
    return folder / "x.npy"


def write_idx(folder: Path) -> Path:
    """The same as a packed idx file."""
    side, rows = 64, 10 * LIMIT // (64 * 64 * 4) + 1
    rng = np.random.default_rng(0)
    labels = (rng.random(rows) < 0.5).astype(np.uint8)
    path = folder / "large-images-idx3-ubyte.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(struct.pack(">BBBB3I", 0, 0, 8, 3, rows, side, side))
        for start in range(0, rows, 4096):
            file.write(bright(rng, labels[start : start + 4096], side).tobytes())
    with gzip.open(folder / "large-labels-idx1-ubyte.gz", "wb") as file:
        file.write(struct.pack(">BBBBI", 0, 0, 8, 1, rows) + labels.tobytes())
    return path


def bright(
    rng: np.random.Generator, labels: np.ndarray[Any, Any], side: int
) -> np.ndarray[Any, Any]:
    """Noise, of higher numbers for class 1 ``(n, side, side)``."""
    noise = rng.integers(0, 128, (len(labels), side, side), dtype=np.uint8)
    return np.asarray(noise + 127 * labels[:, None, None], np.uint8)


def write_header(file: Any, shape: tuple[int, ...], kind: str) -> None:
    """The beginning of an array file."""
    described = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, described)


def write_json(folder: Path) -> Path:
    """Objects of 14 numbers and 10 words of 95 kinds: 964 inputs a row."""
    words, numbers = 10, 14
    rows = 10 * LIMIT // ((words * 95 + numbers) * 4) + 1
    rng = np.random.default_rng(0)
    form = "{" + "".join(f'"n{i}": %.2f, ' for i in range(numbers))
    form += "".join(f'"w{i}": "word%02d", ' for i in range(words)) + '"y": %.2f}'
    path = folder / "large.jsonl"
    with path.open("w") as file:
        for start in range(0, rows, 16_384):
            n = min(16_384, rows - start)
            x = rng.integers(-8, 8, (n, numbers)) / 4
            w = rng.integers(0, 95, (n, words))
            y = x[:, :3].sum(1)
            cells = zip(x.tolist(), w.tolist(), y.tolist(), strict=True)
            file.write("\n".join(form % (*a, *b, c) for a, b, c in cells) + "\n")
    return path


def write_workbook(folder: Path) -> Path:
    """A sheet with as many rows as one may have: 2 numbers and 13 words of 95 kinds."""
    import openpyxl

    words, rows = 13, 1_048_575
    names = [*(f"w{i}" for i in range(words)), "n0", "n1", "y"]
    small = folder / "small.xlsx"
    openpyxl.Workbook().save(small)
    text = '<c t="inlineStr"><is><t>%s</t></is></c>'
    rng = np.random.default_rng(0)
    form = "<row>" + text * words + "<c><v>%.2f</v></c>" * 3 + "</row>"
    kinds = [f"word{i:02}" for i in range(95)]
    path = folder / "large.xlsx"
    with (
        zipfile.ZipFile(small) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for member in source.infolist():
            if not member.filename.startswith("xl/worksheets/"):
                archive.writestr(member, source.read(member))
                continue
            with archive.open(member.filename, "w", force_zip64=True) as file:
                head = "".join(text % name for name in names)
                main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                file.write(f'<worksheet xmlns="{main}"><sheetData><row>{head}</row>'.encode())
                for start in range(0, rows, 16_384):
                    n = min(16_384, rows - start)
                    w = np.array(kinds)[rng.integers(0, 95, (n, words))]
                    x = rng.integers(-8, 8, (n, 2)) / 4
                    cells = zip(w.tolist(), x.tolist(), x.sum(1).tolist(), strict=True)
                    file.write("".join(form % (*a, *b, c) for a, b, c in cells).encode())
                file.write(b"</sheetData></worksheet>")
    return path


LARGE = {
    "xlsx": (write_workbook, "y", "dense 1 linear"),
    "parquet": (write_parquet, "y", "dense 1 linear"),
    "npz": (write_npz, "y", "dense 1 linear"),
    "npy": (write_npy, "", "flatten, dense 2 softmax"),
    "idx.gz": (write_idx, "", "flatten, dense 2 softmax"),
    "json": (write_json, "y", "dense 1 linear"),
}
