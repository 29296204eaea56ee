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
from nndesigner.data.patience import in_order
from nndesigner.data.progress import CANCELLED, Progress, tell
from nndesigner.errors import DataError

#: A folder of fewer pictures is read quickly enough.
LEAST_PICTURES = 200
#: So many files are asked for together.
_TOGETHER = 64
#: Raised when pictures are decoded in another way than before.
_VERSION = 2
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

    def facts(piece: int) -> bytes:
        return b"".join(map(_facts, files[piece * _TOGETHER : (piece + 1) * _TOGETHER]))

    def look(piece: int) -> None:
        share = 0.05 * piece * _TOGETHER / len(files)
        tell(progress, share, f"looking for picture {piece * _TOGETHER + 1:,} of {len(files):,}")

    try:
        for found in in_order(facts, -(-len(files) // _TOGETHER), look, _no_facts):
            digest.update(found)
    except TimeoutError:  # something does not answer: reading the pictures says which
        return ""
    return f"pictures-{digest.hexdigest()[:32]}"


def _facts(file: Path) -> bytes:
    try:
        found = file.stat()
        text = f"|{file}|{found.st_size}|{found.st_mtime_ns}"
    except OSError:
        text = f"|{file}|"
    return text.encode("utf-8", "surrogateescape")


def _no_facts(_: int) -> bytes:
    raise TimeoutError


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


def keep(
    key: str, facts: Pictures, pixels: npt.NDArray[np.uint8], progress: Progress | None
) -> None:
    """Keep pictures for the next time; without room for them, nothing is kept.

    Raises: DataError("cancelled").
    """
    if not key or pixels.nbytes > store.MOST_BYTES // 2:
        return
    # the cache is a help: whatever goes wrong there, the pictures have been read
    try:
        with store.making(key, pixels.nbytes, key) as place:
            _write(place, facts, pixels, progress)
    except OSError:
        return
    except DataError as error:
        if str(error) == CANCELLED:
            raise


def _write(
    place: Path, facts: Pictures, pixels: npt.NDArray[np.uint8], progress: Progress | None
) -> None:
    with (place / _PIXELS).open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(pixels))
        step = max(1, _PIECE // max(1, pixels[:1].nbytes))
        for first in range(0, len(pixels), step):
            share = 0.9 + 0.09 * first / len(pixels)
            tell(progress, share, "keeping the pictures for the next time")
            file.write(np.ascontiguousarray(pixels[first : first + step]).data)
    (place / _FACTS).write_bytes(msgspec.json.encode(facts))
