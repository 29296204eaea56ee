"""Zip files that are the same bytes for the same content, and reading strangers' ones safely."""

from __future__ import annotations

import io
import math
import os
import zipfile
from collections.abc import Mapping

from nndesigner.errors import FileError

#: Far more than any design has layers; a hundred thousand entries are an attack or a mistake.
MOST_MEMBERS = 20_000
#: Deflate cannot shrink further than this, so a larger claim is a lie.
MOST_SHRINKING = 1_100


def pack(members: Mapping[str, bytes], *, compress: frozenset[str] = frozenset()) -> bytes:
    """A zip of these members, in this order, with fixed times and rights.

    Only the names in ``compress`` are deflated: trained weights hardly shrink.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # the same bytes on Windows
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED if name in compress else zipfile.ZIP_STORED
            archive.writestr(info, content)
    return buffer.getvalue()


class Archive:
    """A zip in memory whose claims are checked before it is read; nothing touches the disk."""

    def __init__(self, content: bytes, name: str, kind: str = "nndesigner project") -> None:
        """Read the list of members; ``kind`` is what the file was taken for.

        Raises: FileError saying what is wrong with the file.
        """
        self._name = name
        if not content:
            raise FileError(f"{name} is damaged: it is empty")
        if not any(content[:4096]):
            raise FileError(f"{name} is damaged: it holds nothing but zeros")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
            infos = self._archive.infolist()
        except MemoryError:
            raise FileError(f"cannot read {name}: there is too little memory") from None
        except Exception as error:  # zipfile lets many kinds through on damaged files
            if content[:2] == b"PK":
                what = f"{name} is damaged: its end is missing, or bytes were changed"
            else:
                what = f"{name} is no {kind}, or its beginning is damaged"
            raise FileError(what) from error
        if len(infos) > MOST_MEMBERS:
            raise FileError(
                f"{name} holds {len(infos):,} entries and at most {MOST_MEMBERS:,} can belong: "
                "it was not made by this program"
            )
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.filename in self._infos:
                raise FileError(f"{name} is damaged: it holds {info.filename!r} twice")
            self._infos[info.filename] = info

    def names(self) -> tuple[str, ...]:
        """The members, in the order of the file."""
        return tuple(self._infos)

    def size(self, member: str) -> int | None:
        """The size that a member claims, or None when it is not there."""
        info = self._infos.get(member)
        return info.file_size if info is not None else None

    def read(self, member: str, most: int) -> bytes:
        """The content of a member of at most ``most`` bytes. Raises: FileError."""
        info = self._infos.get(member)
        if info is None:
            raise FileError(f"{self._name} is damaged: {member!r} is missing in it")
        if info.flag_bits & 1:
            raise FileError(f"{self._name} is locked with a password: unpack and pack it without")
        if info.file_size > most or info.file_size > MOST_SHRINKING * max(1, info.compress_size):
            raise FileError(
                f"{self._name}: {member!r} claims {info.file_size:,} bytes, which cannot be right; "
                "the file is damaged or was made to do harm"
            )
        try:
            content = self._archive.read(info)
        except MemoryError:
            raise FileError(
                f"cannot read {self._name}: {member!r} needs {info.file_size:,} bytes of memory"
            ) from None
        except Exception as error:  # bad sums, unknown methods, broken streams
            raise FileError(f"{self._name} is damaged: {member!r} cannot be read") from error
        if len(content) != info.file_size:
            raise FileError(
                f"{self._name} is damaged: {member!r} has {len(content):,} of "
                f"{info.file_size:,} bytes"
            )
        return content


def memory_limit() -> int:
    """How many bytes a file may ask for: half of the memory, where the system tells how much."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 4 * 2**30
    return max(int(whole) // 2, 2**30)


def array_bytes(shape: tuple[int, ...]) -> int:
    """The bytes of a float32 array, as an exact number however large."""
    return 4 * math.prod(shape)
