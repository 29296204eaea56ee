"""Decoded pictures are kept in the cache: a folder that is opened again is there at once.

What was kept counts as long as the same files, of the same sizes and times of change, are asked for
with the same choices.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data import store
from nndesigner.data.progress import Progress, tell
from nndesigner.errors import DataError

#: A folder of fewer pictures is read quickly enough.
LEAST_PICTURES = 200
#: Raised when pictures are decoded in another way than before.
_VERSION = 1
_PIXELS, _FACTS = "pixels.npy", "facts.json"
_PIECE = 1 << 24


class Pictures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the files of a folder, in their order, besides the pixels themselves.

    ``done`` are the places of those that could be read, ``digests`` the sha256 of each of them,
    ``skipped`` places and reasons of the others; ``notes`` are about sizes and colours.
    """

    size: tuple[int, int]
    channels: int
    notes: tuple[str, ...]
    done: list[int]
    digests: list[bytes]
    skipped: list[tuple[int, str]]
    content_hash: str


def key_of(
    files: Sequence[Path], root: Path, choices: Sequence[object], progress: Progress | None
) -> str:
    """What the pictures are kept under; empty where they are too few to be worth it."""
    if len(files) < LEAST_PICTURES:
        return ""
    digest = hashlib.sha256(f"{_VERSION}|{root.absolute()}|{choices!r}".encode("utf-8", "replace"))
    for index, file in enumerate(files):
        if index % 1000 == 0:
            tell(progress, 0.0, f"looking for picture {index + 1:,} of {len(files):,}")
        try:
            found = file.stat()
            facts = f"|{file}|{found.st_size}|{found.st_mtime_ns}"
        except OSError:
            facts = f"|{file}|"
        digest.update(facts.encode("utf-8", "surrogateescape"))
    return f"pictures-{digest.hexdigest()[:32]}"


def load(key: str, files: int) -> tuple[Pictures, npt.NDArray[np.uint8]] | None:
    """What was kept under a key, its pixels mapped from disk; None where there is nothing."""
    place = _found(key)
    if place is None:
        return None
    try:
        facts = msgspec.json.decode((place / _FACTS).read_bytes(), type=Pictures)
        pixels = np.load(place / _PIXELS, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, msgspec.MsgspecError):
        store.forget(key)
        return None
    width, height = facts.size
    fits = pixels.shape == (len(facts.done), height, width, facts.channels)
    places = [*facts.done, *(index for index, _ in facts.skipped)]
    if not fits or pixels.dtype != np.uint8 or any(not 0 <= place < files for place in places):
        store.forget(key)
        return None
    return facts, pixels


def _found(key: str) -> Path | None:
    if not key:
        return None
    with contextlib.suppress(DataError):
        return store.find(key)
    return None


def keep(key: str, facts: Pictures, pixels: npt.NDArray[np.uint8]) -> None:
    """Keep pictures for the next time; without room for them, nothing is kept."""
    if not key or pixels.nbytes > store.MOST_BYTES // 2:
        return
    # the cache is a help: whatever goes wrong there, the pictures have been read
    with contextlib.suppress(DataError, OSError), store.making(key, pixels.nbytes, key) as place:
        with (place / _PIXELS).open("wb") as file:
            np.lib.format.write_array_header_1_0(
                file, np.lib.format.header_data_from_array_1_0(pixels)
            )
            step = max(1, _PIECE // max(1, pixels[:1].nbytes))
            for first in range(0, len(pixels), step):
                file.write(np.ascontiguousarray(pixels[first : first + step]).data)
        (place / _FACTS).write_bytes(msgspec.json.encode(facts))
