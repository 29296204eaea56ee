"""Arrays on disk, in the user's cache, for data that memory cannot hold or that cost time to make.

What is kept for the next time lies in a folder named by what it was made of; it is complete or not
there. Scratch arrays, for one process, vanish with it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.data import limits
from nndesigner.data.progress import Progress, tell
from nndesigner.data.words import bytes_text
from nndesigner.errors import DataError

#: What is kept may take so much; what was not used for so long is swept away.
MOST_BYTES = 8 << 30
STALE_SECONDS = 30 * 86_400
#: Unfinished and scratch files of a process that is gone go after so long.
_ABANDONED_SECONDS = 86_400
#: The share of the free disk that data may take.
_DISK_SHARE = 0.8
_UNFINISHED = ".part"
#: The next file of a shelf takes this part of what its files took before; its arrays begin at
#: places that are multiples of the second.
_SHARE, _APART = 4, 64
#: So many numbers are converted at a time.
_PIECE_NUMBERS = 1 << 20


def folder() -> Path:
    """Where the store lies; made where it is not there. Raises: DataError."""
    import platformdirs

    place = Path(platformdirs.user_cache_path("nndesigner", appauthor=False)) / "data"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The folder {place} for data on disk cannot be made: {error.strerror}"
        ) from None
    return place


def free_disk() -> int:
    """The disk that is free where the store lies."""
    return shutil.disk_usage(folder()).free


def require_disk(needed: int, name: str) -> None:
    """Raises: DataError with both figures when data would take too much of the free disk."""
    free = free_disk()
    if needed > _DISK_SHARE * free:
        raise DataError(
            f"{name} needs {bytes_text(needed)} of disk in {folder()}, and {bytes_text(free)} are "
            "free: make room there, or open a part of it"
        )


def has_disk(needed: int) -> bool:
    """Whether so much may be put on the disk. Never raises."""
    with contextlib.suppress(DataError, OSError):
        return needed <= _DISK_SHARE * free_disk()
    return False


def require_room(needed: int, name: str, remedy: str) -> None:
    """Raises: DataError when numbers fit neither into memory nor onto the disk."""
    if limits.fits(needed):
        return
    free = free_disk()
    if needed > _DISK_SHARE * free:
        raise DataError(
            f"{name} needs about {bytes_text(needed)}, and {bytes_text(limits.free_bytes())} of "
            f"memory and {bytes_text(free)} of disk are free: {remedy}"
        )


def room(shape: tuple[int, ...], dtype: npt.DTypeLike, name: str) -> npt.NDArray[Any]:
    """An array of zeros: in memory where it fits, else on disk. Raises: DataError."""
    kind = np.dtype(dtype)
    needed = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    return np.zeros(shape, kind) if limits.fits(needed) else scratch(shape, kind, name)


def scratch(shape: tuple[int, ...], dtype: npt.DTypeLike, name: str) -> npt.NDArray[Any]:
    """An array of zeros on disk that vanishes when nobody uses it. Raises: DataError."""
    kind = np.dtype(dtype)
    needed = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    require_disk(needed, name)
    with scratch_file() as file:
        _claim(file, max(1, needed), name)
        return np.memmap(file, kind, "r+", shape=shape) if needed else np.zeros(shape, kind)


class Shelf:
    """Scratch arrays side by side in a few files, each of which vanishes with its last array.

    A mapped file keeps a descriptor, of which the system gives a process 1,024, or 256: with one
    for each of its columns a wide table would take them all. Every file is a share of what came
    before it: 20,000 columns take about 40 files, and a fifth of the room at most is left unused.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._file: npt.NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)
        self._used = self._given = 0

    def array(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Zeros on disk. Raises: DataError."""
        kind = np.dtype(dtype)
        needed = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
        if not needed:
            return np.zeros(shape, kind)
        room = -(-needed // _APART) * _APART
        if self._used + room > len(self._file):
            size = max(room, self._given // _SHARE // _APART * _APART)
            size = size if has_disk(size) else room
            self._file, self._used = scratch((size,), np.uint8, self._name), 0
            self._given += size
        found = self._file[self._used : self._used + needed].view(kind).reshape(shape)
        self._used += room
        return found


def _claim(file: Any, size: int, name: str) -> None:
    """Make a file so large, its room on the disk taken now.

    Without that a disk that fills up meanwhile would end the program where it writes to the
    mapped file. Raises: DataError.
    """
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except AttributeError:  # Windows takes the room by itself
        file.truncate(size)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            file.truncate(size)  # a file system that cannot promise room
            return
        raise DataError(
            f"{name} needs {bytes_text(size)} of disk in {folder()}: {error.strerror}. Make room "
            "there, or open a part of it"
        ) from None


@contextmanager
def scratch_file() -> Iterator[Any]:
    """A file without a name where the system allows that; it is gone once nothing maps it."""
    sweep()
    with tempfile.NamedTemporaryFile(dir=folder(), suffix=_UNFINISHED, delete=False) as file:
        try:
            yield file
        finally:
            with contextlib.suppress(OSError):  # Windows keeps it while it is mapped: swept later
                os.unlink(file.name)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is gone afterwards; one that a killed process left is swept away later.

    Raises: DataError.
    """
    sweep()
    place = Path(tempfile.mkdtemp(dir=folder(), suffix=_UNFINISHED))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def converted(
    array: npt.NDArray[Any],
    dtype: npt.DTypeLike,
    name: str,
    change: Callable[[npt.NDArray[Any]], None] | None = None,
    progress: Progress | None = None,
) -> npt.NDArray[Any]:
    """Another array of these numbers in another type and in C order, on disk where they were.

    ``change`` may mend each piece of it in place. Raises: DataError.
    """
    out = scratch(array.shape, dtype, name) if on_disk(array) else np.empty(array.shape, dtype)
    step = max(1, _PIECE_NUMBERS // max(1, array[:1].size))
    for first in range(0, len(array), step):
        tell(progress, 0.9, f"converting {name}, row {first + 1:,} of {len(array):,}")
        piece = np.array(array[first : first + step], dtype=dtype)
        if change is not None:
            change(piece)
        out[first : first + step] = piece
    return out


def on_disk(array: npt.NDArray[Any]) -> bool:
    """Whether an array (or what it is a part of) is mapped from a file."""
    held: Any = array
    while held is not None:
        if isinstance(held, np.memmap):
            return True
        held = getattr(held, "base", None)
    return False


# -- what is kept for the next time


def find(key: str) -> Path | None:
    """The folder that was completed under a key, or None; it counts as used now."""
    place = folder() / key
    if not place.is_dir():
        return None
    with contextlib.suppress(OSError):
        os.utime(place)
    return place


def forget(key: str) -> None:
    """Take away what was completed under a key: it turned out to be damaged."""
    shutil.rmtree(folder() / key, ignore_errors=True)


@contextmanager
def making(key: str, needed: int, name: str) -> Iterator[Path]:
    """A folder to fill; it gets its key when the block ends well, and is taken away otherwise.

    Raises: DataError when the disk has no room.
    """
    sweep(needed)
    require_disk(needed, name)
    place = Path(tempfile.mkdtemp(dir=folder(), suffix=_UNFINISHED))
    try:
        yield place
        with contextlib.suppress(OSError):  # somebody else was quicker: theirs is as good
            place.replace(folder() / key)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(coming: int = 0) -> None:
    """Take away what is stale or was left unfinished, and the oldest until the rest fits."""
    now = time.time()
    kept: list[tuple[float, int, Path]] = []
    for place in folder().iterdir():
        with contextlib.suppress(OSError):
            age = now - place.stat().st_mtime
            if place.suffix == _UNFINISHED:
                if age > _ABANDONED_SECONDS:
                    _remove(place)
            elif age > STALE_SECONDS:
                _remove(place)
            else:
                kept.append((-age, _size(place), place))
    total = sum(size for _, size, _ in kept) + coming
    for _, size, place in sorted(kept):
        if total <= MOST_BYTES:
            return
        _remove(place)
        total -= size


def _size(place: Path) -> int:
    return sum(file.stat().st_size for file in place.rglob("*") if file.is_file())


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
