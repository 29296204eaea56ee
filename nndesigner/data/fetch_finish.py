"""Makes of fetched archives what can be opened: a table with names, or arrays with classes."""

from __future__ import annotations

import csv
import io
import os
import tarfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nndesigner.data.limits import require_memory
from nndesigner.data.progress import Progress, tell
from nndesigner.errors import DataError

if TYPE_CHECKING:
    from nndesigner.data.catalogue import KnownSet

_CIFAR_ROWS, _CIFAR_BYTES = 10_000, 3_073
_CIFAR_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
CALIFORNIA = (
    *("longitude", "latitude", "housing_median_age", "total_rooms", "total_bedrooms"),
    *("population", "households", "median_income", "median_house_value"),
)
ADULT = (
    *("age", "workclass", "fnlwgt", "education", "education_num", "marital_status"),
    *("occupation", "relationship", "race", "sex", "capital_gain", "capital_loss"),
    *("hours_per_week", "native_country", "income"),
)


def finish(known: KnownSet, folder: Path, progress: Progress | None) -> None:
    """Make the file that is opened, where the fetched ones are not it. Raises: DataError."""
    if known.finish == "none" or (folder / known.opens).is_file():
        return
    tell(progress, 0.9, f"{known.title}: unpacking")
    try:
        if known.finish == "cifar":
            _cifar(folder / known.files[0].name, folder / known.opens, progress)
        elif known.finish == "california":
            _california(folder / known.files[0].name, folder / known.opens)
        else:
            _adult(folder / "adult.data", folder / known.opens)
            _adult(folder / "adult.test", folder / known.tests)
    except (tarfile.TarError, EOFError, zlib.error, KeyError, ValueError) as error:
        raise DataError(
            f"{known.title}: what was fetched cannot be unpacked ({error}): fetch it again"
        ) from None


def _members(path: Path, wanted: dict[str, int]) -> dict[str, bytes]:
    """Files of a tar archive by the end of their names, each of at most so many bytes.

    Nothing is written by a name of the archive, and links are not followed.
    """
    found: dict[str, bytes] = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = member.name.rsplit("/", 1)[-1]
            if name not in wanted or name in found or not member.isreg():
                continue
            if member.size > wanted[name]:
                raise ValueError(f"{name} has {member.size:,} bytes")
            stream = archive.extractfile(member)
            if stream is None:
                continue
            found[name] = stream.read(wanted[name] + 1)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise ValueError(f"{missing[0]} is not in it")
    return found


def _put(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def _california(archive: Path, target: Path) -> None:
    data = _members(archive, {"cal_housing.data": 8 << 20})["cal_housing.data"]
    _put(target, (",".join(CALIFORNIA) + "\n").encode() + data)


def _adult(source: Path, target: Path) -> None:
    """The rows without blanks, comments and the full stops that the test file puts behind."""
    text = source.read_text("utf-8", "replace")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(ADULT)
    for row in csv.reader(io.StringIO(text), skipinitialspace=True):
        if len(row) == len(ADULT):
            writer.writerow([*(cell.strip() for cell in row[:-1]), row[-1].strip().rstrip(".")])
    _put(target, out.getvalue().encode("utf-8"))


def _cifar(archive: Path, target: Path, progress: Progress | None) -> None:
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    size = _CIFAR_ROWS * _CIFAR_BYTES
    require_memory(3 * len(names) * size, "CIFAR-10", "close other programs")
    found = _members(archive, dict.fromkeys(names, size))
    rows = []
    for name in names:
        tell(progress, 0.92, f"CIFAR-10: unpacking {name}")
        if len(found[name]) != size:
            raise ValueError(f"{name} has {len(found[name]):,} bytes instead of {size:,}")
        rows.append(np.frombuffer(found.pop(name), np.uint8).reshape(_CIFAR_ROWS, _CIFAR_BYTES))
    both = {"train": np.concatenate(rows[:5]), "test": rows[5]}
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {}
    for part, block in both.items():
        pixels = block[:, 1:].reshape(-1, 3, 32, 32)
        arrays[f"x_{part}"] = np.ascontiguousarray(np.moveaxis(pixels, 1, 3))
        arrays[f"y_{part}"] = block[:, 0].copy()
    arrays["classes"] = np.array(_CIFAR_CLASSES)
    temporary = target.with_name(f"{target.name}.tmp.npz")
    np.savez(temporary, allow_pickle=False, **arrays)
    os.replace(temporary, target)
