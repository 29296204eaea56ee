"""Reads one idx file, as MNIST made them, believing nothing that its size does not bear out."""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import re
import struct
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from nndesigner.data.limits import FLOAT_BYTES, fits, require_file, unreadable
from nndesigner.data.progress import Progress, tell
from nndesigner.data.store import require_room, scratch
from nndesigner.data.words import bytes_text
from nndesigner.errors import DataError

_TYPES: dict[int, str] = {
    0x08: "u1",
    0x09: "i1",
    0x0B: ">i2",
    0x0C: ">i4",
    0x0D: ">f4",
    0x0E: ">f8",
}
#: Deflate never packs better than this, so a gz file bounds what it can hold.
_MOST_GZ_RATIO = 1032
#: Pictures pack three to fifteen times. What is large and packs far better holds nothing to learn:
#: it is there to fill the memory.
_LIKELY_GZ_RATIO = 200
_LARGE_BYTES = 256 << 20
_MOST_DIMENSIONS = 4
_CHUNK = 4 << 20
_NAME = re.compile(r"idx\d(-ubyte)?(\.gz)?$", re.IGNORECASE)
_GZ = b"\x1f\x8b"


@dataclass(frozen=True, eq=False)
class IdxFile:
    """The array of an idx file in the machine's byte order, and notes on it."""

    path: Path
    array: npt.NDArray[Any]
    content_hash: str
    notes: tuple[str, ...]


def looks_like_idx(path: Path) -> bool:
    """Whether a file begins as idx files do, packed or not. Never raises."""
    try:
        with path.open("rb") as file:
            head = file.read(2)
        if head == _GZ:
            with gzip.open(path) as packed:
                head = packed.read(4)
        else:
            with path.open("rb") as file:
                head = file.read(4)
    except (OSError, EOFError, zlib.error):
        head = b""
    if len(head) == 4 and head[:2] == b"\0\0" and head[2] in _TYPES:
        return True
    return _NAME.search(path.name) is not None  # damaged, but meant: reading it says how


def read_idx(path: Path, progress: Progress | None = None) -> IdxFile:
    """Read and check an idx file. Raises: DataError saying what is wrong and what was expected."""
    try:
        return _read(path, progress)
    except gzip.BadGzipFile as error:
        raise DataError(
            f"{path.name}: the gz archive is damaged ({error}): fetch it again"
        ) from None
    except (EOFError, zlib.error) as error:
        raise DataError(
            f"{path.name}: the gz archive is cut off ({error}): fetch it again"
        ) from None
    except OSError as error:
        raise unreadable(path, error) from None
    except MemoryError:
        raise DataError(f"{path.name} does not fit into memory") from None


def _read(path: Path, progress: Progress | None) -> IdxFile:
    packed_size = require_file(path)
    if packed_size == 0:
        raise DataError(f"{path.name}: the file is empty (0 bytes)")
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZ
        raw.seek(0)
        if not packed and path.suffix.lower() == ".gz":
            raw_head = raw.read(4)
            raw.seek(0)
            if raw_head[:2] != b"\0\0":
                raise DataError(f"{path.name} is no gz archive though its name says so")
        content_hash = _hash(raw, path.name, packed_size, progress)
        raw.seek(0)
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
        with closing(io.BufferedReader(cast(Any, stream), _CHUNK)) as file:
            dtype, shape, header = _header(file, path.name)
            expected = header + math.prod(shape) * dtype.itemsize
            most = packed_size * _MOST_GZ_RATIO if packed else packed_size
            _check_size(path.name, shape, dtype, expected, most, packed)
            on_disk = _check_room(path.name, shape, dtype, packed_size if packed else expected)
            array, odd, trailing = _body(file, path.name, shape, dtype, expected, on_disk, progress)
    notes = []
    if trailing:
        notes.append(
            f"{path.name} holds more bytes than the {expected:,} that its header names: "
            "the rest was left alone."
        )
    if odd:
        notes.append(f"{path.name}: {odd:,} numbers are not finite: set to 0.")
    return IdxFile(path, array, content_hash, tuple(notes))


def _hash(file: BinaryIO, name: str, size: int, progress: Progress | None) -> str:
    """The sha256 of the file as it lies on the disk."""
    digest = hashlib.sha256()
    done = 0
    while piece := file.read(_CHUNK):
        digest.update(piece)
        done += len(piece)
        tell(progress, 0.2 * min(1.0, done / size), f"reading {name}")
    return digest.hexdigest()


def _header(file: io.BufferedReader, name: str) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    head = file.read(4)
    if len(head) < 4:
        raise DataError(f"{name}: the idx header is cut off: expected 4 bytes, found {len(head)}")
    if head[:2] != b"\0\0":
        found = " ".join(f"{byte:02x}" for byte in head)
        if head[2:] == b"\0\0" and head[1] in _TYPES:
            raise DataError(
                f"{name} has its bytes in reverse (little-endian) order: write it big-endian, "
                "as the idx format wants"
            )
        raise DataError(
            f"{name} is no idx file: it begins with {found} instead of 00 00 and a type"
        )
    if head[2] not in _TYPES:
        raise DataError(
            f"{name}: the idx type 0x{head[2]:02x} is unknown: it must be one of "
            f"{', '.join(f'0x{code:02x}' for code in _TYPES)}"
        )
    dimensions = head[3]
    if not 1 <= dimensions <= _MOST_DIMENSIONS:
        raise DataError(
            f"{name} claims {dimensions} dimensions: images have 3 (rows, height, width) or 4, "
            "labels have 1"
        )
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError(
            f"{name}: the idx header is cut off: expected {4 + 4 * dimensions} bytes, "
            f"found {4 + len(sizes)}"
        )
    shape = struct.unpack(f">{dimensions}I", sizes)
    return np.dtype(_TYPES[head[2]]), shape, 4 + 4 * dimensions


def _check_size(
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    expected: int,
    most: int,
    packed: bool,
) -> None:
    """Compare what the header claims with what the file can hold, before taking memory for it."""
    claim = " × ".join(f"{size:,}" for size in shape)
    if 0 in shape:
        raise DataError(f"{name} has no rows: its header claims {claim}")
    if expected > most:
        found = "can hold at most" if packed else "found"
        end = f"{most:,} in this archive" if packed else f"{most:,}"
        raise DataError(
            f"{name}: expected {expected:,} bytes for {claim}, {found} {end}: the file is cut off "
            "or its header is wrong"
        )


def _check_room(name: str, shape: tuple[int, ...], dtype: np.dtype[Any], size: int) -> bool:
    """Refuse what fits neither into memory nor onto the disk: the numbers as they are, and as
    training wants them. Gives whether they must lie on disk.
    """
    numbers = math.prod(shape)
    unpacked = numbers * dtype.itemsize
    if unpacked > _LARGE_BYTES and unpacked > size * _LIKELY_GZ_RATIO:
        raise DataError(
            f"{name}: {bytes_text(size)} would unpack to {bytes_text(unpacked)}, far more than "
            "pictures do: if you trust the file, unpack it yourself and open what comes out"
        )
    # other types than bytes are brought to float32 at once, beside what was read
    held = 1 if dtype == np.uint8 else dtype.itemsize + FLOAT_BYTES
    floats = FLOAT_BYTES if len(shape) > 1 else 0
    needed = numbers * (held + floats)
    require_room(needed, name, "open a part of it, or close other programs")
    return not fits(needed)


def _body(
    file: io.BufferedReader,
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    expected: int,
    on_disk: bool,
    progress: Progress | None,
) -> tuple[npt.NDArray[Any], int, bool]:
    """The numbers in the machine's byte order, read piece by piece into place; how many were not
    finite and became 0; and whether more bytes follow.
    """
    own = dtype.newbyteorder("=")
    array = scratch(shape, own, name) if on_disk else np.empty(shape, dtype=own)
    target = memoryview(cast(Any, array.reshape(-1).view(np.uint8)))
    done, total = 0, len(target)
    odd = 0
    while done < total:
        tell(progress, 0.2 + 0.7 * done / total, f"reading {name}")
        end = min(total, done + _CHUNK)
        start = done
        while done < end:
            got = file.readinto(target[done:end])
            if not got:
                found = expected - total + done
                raise DataError(
                    f"{name}: expected {expected:,} bytes, found {found:,}: the file is cut off"
                )
            done += got
        if dtype.itemsize > 1:
            piece = np.frombuffer(target[start:end], own)
            if not dtype.isnative:
                piece.byteswap(inplace=True)
            if own.kind == "f":
                wrong = ~np.isfinite(piece)
                odd += int(wrong.sum())
                piece[wrong] = 0
    trailing = bool(file.read(1))  # reading on to the end also checks a gz archive's checksum
    return array, odd, trailing
