"""What may be in a zip archive: nothing outside its folder, no links, no bombs."""

from __future__ import annotations

import math
import stat
import zipfile
from pathlib import PurePosixPath

from nndesigner.data.words import bytes_text, shorten
from nndesigner.errors import DataError

#: Deflate packs at most 1032 to 1; what is large and packs even this well holds nothing to learn.
MOST_DEFLATED = 1032
LIKELY_RATIO = 200
LARGE_BYTES = 256 << 20
MOST_MEMBERS = 500_000


def checked_members(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The files in an archive, judged by its directory before anything is unpacked.

    Raises: DataError for names that lead outside, links, names that occur twice, encrypted members,
    too many of them, and for what would unpack to far more than its size.
    """
    infos = archive.infolist()
    if any(not info.filename for info in infos):
        raise DataError(f"{name} was refused: it holds a file without a name")
    members = [info for info in infos if not info.is_dir()]
    if len(members) > MOST_MEMBERS:
        raise DataError(f"{name} holds {len(members):,} files, more than {MOST_MEMBERS:,}")
    seen: set[str] = set()
    packed = unpacked = 0
    for info in members:
        shown = shorten(info.filename, 60)
        path = PurePosixPath(info.filename.replace("\\", "/"))
        drive = len(info.filename) > 1 and info.filename[1] == ":"
        if path.is_absolute() or drive or ".." in path.parts or "\0" in info.orig_filename:
            raise DataError(
                f"{name} was refused: its member {shown!r} would lie outside the archive's folder"
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise DataError(f"{name} was refused: its member {shown!r} is a link to another place")
        if info.flag_bits & 1:
            raise DataError(f"{name} is locked with a password: unpack it and open the folder")
        if info.filename in seen:
            raise DataError(f"{name} was refused: it holds {shown!r} twice")
        if info.file_size > _most_bytes(info):
            raise DataError(
                f"{name} was refused: its member {shown!r} claims {bytes_text(info.file_size)}, "
                f"and {bytes_text(info.compress_size)} in an archive cannot hold so much"
            )
        seen.add(info.filename)
        packed += info.compress_size
        unpacked += info.file_size
    if unpacked > LARGE_BYTES and unpacked > LIKELY_RATIO * max(1, packed):
        raise DataError(
            f"{name}: {bytes_text(packed)} would unpack to {bytes_text(unpacked)}, far more than "
            "data do: if you trust the file, unpack it yourself and open what comes out"
        )
    return members


def _most_bytes(info: zipfile.ZipInfo) -> int | float:
    """What a member can hold at most, by how it is packed."""
    if info.compress_type == zipfile.ZIP_STORED:
        return info.compress_size
    if info.compress_type == zipfile.ZIP_DEFLATED:
        return info.compress_size * MOST_DEFLATED
    return math.inf
