"""Image folders in a zip archive: checked, unpacked beside, read, and taken away again."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from nndesigner.data import store
from nndesigner.data.archive import checked_members
from nndesigner.data.image_folder import PICTURE_SUFFIXES
from nndesigner.data.progress import Progress, tell
from nndesigner.data.words import bytes_text, shorten
from nndesigner.errors import DataError

_BLOCK = 1 << 20
#: Free room on the disk that is left alone.
_ROOM_LEFT = 200 << 20


@contextmanager
def unpacked(path: Path, progress: Progress | None = None) -> Iterator[Path]:
    """The pictures of an archive as a folder that is gone afterwards, named as the archive is.

    Errors of whoever reads it name the archive instead of the folder. Raises: DataError.
    """
    with store.scratch_folder() as place:
        folder = place / (path.stem or "archive")
        folder.mkdir()
        _unpack(path, folder, progress)
        try:
            yield folder
        except DataError as error:
            raise DataError(str(error).replace(str(folder), path.name)) from None


def _unpack(path: Path, folder: Path, progress: Progress | None) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in checked_members(archive, path.name) if _wanted(info)]
            if not members:
                raise DataError(
                    f"{path.name} holds no pictures: zip a folder that holds one folder of "
                    "pictures a class, or unpack it and open the file that is meant"
                )
            size = sum(info.file_size for info in members)
            free = shutil.disk_usage(folder).free
            if size + _ROOM_LEFT > free:
                raise DataError(
                    f"{path.name} unpacks to {bytes_text(size)} and {bytes_text(free)} are free on "
                    "the disk: unpack it elsewhere and open the folder"
                )
            for number, info in enumerate(members):
                if number % 64 == 0:
                    share = number / len(members)
                    tell(progress, share, f"unpacking picture {number + 1:,} of {len(members):,}")
                _write(archive, info, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        reason = shorten(str(error), 60)
        raise DataError(
            f"{path.name}: the zip archive is damaged ({reason}): fetch or zip it again"
        ) from None
    except NotImplementedError as error:
        raise DataError(
            f"{path.name} is packed in a way that cannot be read here ({error}): unpack it and "
            "open the folder"
        ) from None
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be unpacked: {error.strerror or error}. Unpack it yourself and "
            "open the folder"
        ) from None


def _wanted(info: zipfile.ZipInfo) -> bool:
    """Whether a member is a picture, by its name, that nobody hid."""
    path = PurePosixPath(info.filename)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return not hidden and path.suffix.lower() in PICTURE_SUFFIXES


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path) -> None:
    """One member, of no more bytes than its header says; a damaged one is left empty.

    An empty file is skipped with a reason when the pictures are read.
    """
    target = folder.joinpath(*(part for part in PurePosixPath(info.filename).parts if part != "."))
    target.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    try:
        with archive.open(info) as source, target.open("wb") as file:
            while left > 0:
                piece = source.read(min(_BLOCK, left))
                if not piece:
                    break
                file.write(piece)
                left -= len(piece)
            source.read(1)  # compares the checksum
    except (zipfile.BadZipFile, zlib.error, EOFError):
        target.write_bytes(b"")
