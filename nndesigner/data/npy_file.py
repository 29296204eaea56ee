"""Reads arrays from .npy and .npz files, believing nothing that their size does not bear out.

Only plain numbers, truth values and short texts are read. Python objects, which numpy would unpack
with pickle, are refused by their header; nothing is ever executed.
"""

from __future__ import annotations

import math
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from nndesigner.data.archive import checked_members
from nndesigner.data.limits import FLOAT_BYTES, fits, require_file, require_memory, unreadable
from nndesigner.data.progress import Progress, tell
from nndesigner.data.store import converted, require_room, scratch
from nndesigner.data.words import shorten, some
from nndesigner.errors import DataError

_MAGIC = b"\x93NUMPY"
_CHUNK = 4 << 20
_MOST_HEADER = 10_000
_MOST_ARRAYS = 2_000
#: Signed and unsigned whole numbers, floats, truth values; texts and bytes (for names and labels).
_NUMBERS = "biuf"
_TEXTS = "US"


@dataclass(frozen=True)
class ArrayInfo:
    """What the header of one array says; ``name`` is that in the archive, without ``.npy``."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool

    @property
    def nbytes(self) -> int:
        """The bytes of its numbers."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def is_text(self) -> bool:
        """Whether it holds texts."""
        return self.dtype.kind in _TEXTS

    @property
    def text(self) -> str:
        """``x_train 1437 × 8 × 8 uint8``."""
        sizes = " × ".join(f"{size:,}" for size in self.shape) or "a single value"
        return f"{shorten(self.name, 30)} {sizes} {self.dtype.name}"


class ArrayFile:
    """The arrays of a file; opening it reads their headers alone.

    Raises: DataError when the file is damaged or holds what cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._size = require_file(path)
        self._members: dict[str, zipfile.ZipInfo] = {}
        with self._guarded():
            with path.open("rb") as file:
                self.single = file.read(6) == _MAGIC
            self.infos = self._single() if self.single else self._many()

    def info(self, name: str) -> ArrayInfo | None:
        """The array of that name, or None."""
        return next((info for info in self.infos if info.name == name), None)

    def read(
        self, info: ArrayInfo, *, rows: int | None = None, progress: Progress | None = None
    ) -> npt.NDArray[Any]:
        """An array (its first rows), in C order and the machine's byte order; numbers lie on disk
        where memory cannot hold them. Raises: DataError.
        """
        # as it is in the file, as it is used, as training wants it
        copies = 2.0 if info.is_text else 1 + FLOAT_BYTES / max(1, info.dtype.itemsize)
        needed = info.nbytes
        if rows is not None and not info.fortran and info.shape:
            rows = min(rows, info.shape[0])
            needed = needed // max(1, info.shape[0]) * rows
        name = f"{self.name}, array {info.name},"
        if info.is_text:
            require_memory(int(needed * copies), name, "open a part of it")
        else:
            require_room(int(needed * copies), name, "open a part of it")
        held = fits(int(needed * copies))
        flat = np.empty(needed, np.uint8) if held else scratch((needed,), np.uint8, self.name)
        with self._guarded(), self._stream(info) as stream:
            _header(stream, info.name, self.name)
            for done in _pieces(stream, memoryview(cast(Any, flat)), self.name, info):
                tell(progress, 0.9 * done / needed, f"reading {info.name}")
        shape = info.shape
        if rows is not None and not info.fortran and shape:
            shape = (rows, *shape[1:])
        array = flat.view(info.dtype).reshape(shape, order="F" if info.fortran else "C")
        if rows is not None and info.fortran:
            array = array[:rows]
        if array.dtype != _own(array.dtype) or not array.flags.c_contiguous:
            array = converted(array, _own(array.dtype), self.name, progress=progress)
        return _letters(array) if array.dtype.kind == "U" else array

    def blocks(
        self, info: ArrayInfo, rows: int, progress: Progress | None = None
    ) -> Iterator[npt.NDArray[Any]]:
        """The rows of an array, so many at a time, as `read` would give them. Raises: DataError."""
        if info.fortran or info.is_text or len(info.shape) < 1:
            whole = self.read(info, progress=progress)
            for first in range(0, len(whole), rows):
                yield whole[first : first + rows]
            return
        total = info.shape[0]
        row_bytes = info.nbytes // max(1, total)
        with self._guarded(), self._stream(info) as stream:
            _header(stream, info.name, self.name)
            for first in range(0, total, rows):
                number = min(rows, total - first)
                flat = bytearray(number * row_bytes)
                for done in _pieces(stream, memoryview(flat), self.name, info, first * row_bytes):
                    share = (first * row_bytes + done) / info.nbytes
                    tell(progress, share, f"reading row {first + 1:,} of {total:,}")
                block = np.frombuffer(flat, info.dtype).reshape((number, *info.shape[1:]))
                yield block.astype(_own(info.dtype), copy=False)

    # -- inside

    def _single(self) -> tuple[ArrayInfo, ...]:
        with self.path.open("rb") as file:
            info = _header(file, self.path.stem, self.name)
            self._check(info, self._size - file.tell())
        return (info,)

    def _many(self) -> tuple[ArrayInfo, ...]:
        found = []
        with zipfile.ZipFile(self.path) as archive:
            members = checked_members(archive, self.name)
            if len(members) > _MOST_ARRAYS:
                raise DataError(f"{self.name} holds {len(members):,} arrays: it is no data set")
            for member in members:
                if not member.filename.endswith(".npy"):
                    continue
                name = member.filename.removesuffix(".npy")
                if name in self._members:
                    raise DataError(f"{self.name} was refused: it holds {name!r} twice")
                self._members[name] = member
                with archive.open(member) as file:
                    info = _header(file, name, self.name)
                    self._check(info, member.file_size - file.tell())
                found.append(info)
        if not found:
            raise DataError(f"{self.name} holds no arrays: write it with numpy.savez")
        return tuple(found)

    def _check(self, info: ArrayInfo, body: int) -> None:
        if info.nbytes > body:
            raise DataError(
                f"{self.name}: {info.text} would be {info.nbytes:,} bytes, found {body:,}: the "
                "file is cut off or its header is wrong"
            )

    @contextmanager
    def _stream(self, info: ArrayInfo) -> Iterator[IO[bytes]]:
        if self.single:
            with self.path.open("rb") as file:
                yield file
            return
        with (
            zipfile.ZipFile(self.path) as archive,
            archive.open(self._members[info.name]) as member,
        ):
            yield member

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except DataError:
            raise
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
            reason = shorten(str(error), 80)
            raise DataError(
                f"{self.name}: the archive is damaged ({reason}): fetch or write it again"
            ) from None
        except (RuntimeError, NotImplementedError, ValueError, OverflowError) as error:
            raise DataError(
                f"{self.name} cannot be read as arrays ({shorten(str(error), 80)}): write it again "
                "with numpy.savez"
            ) from None
        except OSError as error:
            raise unreadable(self.path, error) from None
        except MemoryError:
            raise DataError(f"{self.name} does not fit into memory") from None


def _header(file: IO[bytes], name: str, where: str) -> ArrayInfo:
    """The header of one array. Raises: DataError for what cannot be used."""
    shown = shorten(name, 30)
    if file.read(6) != _MAGIC:
        raise DataError(f"{where}: {shown} is no numpy array")
    version = tuple(file.read(2))
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise DataError(
            f"{where}: {shown} has format {'.'.join(map(str, version))}, which only arrays with "
            "named fields need: save plain arrays"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape, fortran, dtype = readers[version](file, _MOST_HEADER)
    except (
        Exception
    ) as error:  # what the header's literal makes the parser raise, be it what it may
        raise DataError(
            f"{where}: the header of {shown} is damaged ({shorten(str(error), 60)})"
        ) from None
    if dtype.hasobject:
        raise DataError(
            f"{where}: {shown} holds Python objects (a pickle), which could run any program: "
            "refused. Save plain numbers"
        )
    odd = dtype.names is not None or dtype.shape or not dtype.itemsize
    if odd or dtype.kind not in _NUMBERS + _TEXTS:
        sizes = " × ".join(map(str, shape)) or "a single value"
        raise DataError(
            f"{where}: {shown} holds {shorten(str(dtype), 40)} ({sizes}), which is no plain number "
            "or text: save it as numbers"
        )
    if any(not isinstance(size, int) or size < 0 for size in shape):
        raise DataError(f"{where}: the header of {shown} claims an impossible shape")
    return ArrayInfo(name, tuple(int(size) for size in shape), dtype, bool(fortran))


def _own(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The same numbers in the machine's byte order, of eight bytes at most."""
    if dtype.kind == "f" and dtype.itemsize > 8:
        return np.dtype(np.float64)
    return dtype.newbyteorder("=")


def _pieces(
    file: IO[bytes], view: memoryview, where: str, info: ArrayInfo, before: int = 0
) -> Iterator[int]:
    """Fill a place with the bytes of an array that follow ``before`` others, piece by piece;
    gives how many are there.
    """
    needed = len(view)
    done = 0
    while done < needed:
        piece = file.read(min(_CHUNK, needed - done))
        if not piece:
            raise DataError(
                f"{where}: {info.name} is cut off: expected {info.nbytes:,} bytes, found "
                f"{before + done:,}"
            )
        view[done : done + len(piece)] = piece
        done += len(piece)
        yield done
    if before + needed == info.nbytes:
        file.read(1)  # an archive compares its checksum where the member ends


def _letters(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Texts without numbers that are no letter, at which Python itself would stumble."""
    if not array.dtype.itemsize or not array.size:
        return array
    codes = array.reshape(-1).view(np.uint32)
    odd = (codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))
    if not odd.any():
        return array
    mended = np.where(odd, np.uint32(0xFFFD), codes)
    return mended.view(array.dtype).reshape(array.shape)


def listed(infos: tuple[ArrayInfo, ...]) -> str:
    """The arrays of a file, in words."""
    return some((info.text for info in infos), 8)
