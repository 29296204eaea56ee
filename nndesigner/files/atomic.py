"""Puts a file in place whole or not at all, and reads one with plain words for what goes wrong."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from nndesigner.errors import FileError

#: No write takes so long: a temporary file of this age was left by a program that was killed.
FORGOTTEN_SECONDS = 3600.0
_BEGINNING, _END = ".nndesigner-", ".tmp"

#: What file systems answer that cannot force anything onto the disk: some that go over a network.
_CANNOT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}

_REMEDIES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", "free some space or choose another folder"),
    errno.EDQUOT: ("your share of the disk is used up", "free some space or choose another folder"),
    errno.EFBIG: ("the file would be too large", "choose another disk"),
    errno.EACCES: ("access is denied", "choose another folder or change its permissions"),
    errno.EPERM: ("access is denied", "choose another folder or change its permissions"),
    errno.EROFS: ("the disk is read-only", "choose another folder"),
    errno.ENOENT: ("there is no such file or folder", "check the path"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "check the path"),
    errno.EISDIR: ("that is a folder", "name a file in it"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
    errno.EMFILE: ("too many files are open", "close other data and try again"),
    errno.EIO: ("the disk reports an error", "choose another disk"),
}


def file_error(verb: str, path: str | Path, error: OSError | ValueError) -> FileError:
    """The sentence for something the operating system refused: ``cannot save x.nnd: ...``."""
    _, remedy = _REMEDIES.get(_code(error), ("", ""))
    remedy = remedy or ("try another folder" if verb != "read" else "check the path")
    return FileError(f"cannot {verb} {path}: {_reason(error)}; {remedy}")


def _code(error: OSError | ValueError) -> int:
    return (error.errno or 0) if isinstance(error, OSError) else 0


def _reason(error: OSError | ValueError) -> str:
    """What the operating system had against it, in words."""
    words, _ = _REMEDIES.get(_code(error), ("", ""))
    return words or (error.strerror if isinstance(error, OSError) else None) or str(error)


def read_bytes(path: str | Path, *, most: int | None = None) -> bytes:
    """The content of an ordinary file of at most ``most`` bytes. Raises: FileError."""
    try:
        facts = os.stat(path)
        if stat.S_ISDIR(facts.st_mode):
            raise IsADirectoryError(errno.EISDIR, "Is a directory")
        if not stat.S_ISREG(facts.st_mode):  # opening a pipe could wait for ever
            raise FileError(f"cannot read {path}: it is not an ordinary file; choose another")
        if most is not None and facts.st_size > most:
            raise FileError(
                f"cannot read {path}: it has {facts.st_size:,} bytes and this computer has "
                f"room for {most:,}; close other programs or choose a smaller file"
            )
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise file_error("read", path, error) from error


def write_bytes(path: str | Path, content: bytes, *, keep_as: str | Path | None = None) -> str:
    """Write a whole file or leave the old one as it was.

    The bytes go to a temporary file in the same folder, are forced onto the disk and then take the
    name in one step. With ``keep_as`` the file that was there before stays under that name; where
    that cannot be, the new one is written all the same, and why is returned. Devices and pipes
    (``/dev/stdout``) are written to directly, for they cannot be replaced.

    Raises: FileError naming the path, the reason and a remedy; no temporary file is left then.
    """
    return _write(path, (content,), keep_as, None)


def write_pieces(
    path: str | Path, pieces: Iterable[bytes], *, last_look: Callable[[], object] | None = None
) -> None:
    """Write a whole file piece by piece, as `write_bytes` does, or leave the old one as it was.

    What ``pieces`` raises, and ``last_look``, which is called when all bytes are on the disk and
    before they take the name, comes through, and nothing is left of the new file; an OSError or
    ValueError of theirs is told as one of the writing.

    Raises: FileError as `write_bytes` does.
    """
    _write(path, pieces, None, last_look)


def _write(
    path: str | Path,
    pieces: Iterable[bytes],
    keep_as: str | Path | None,
    last_look: Callable[[], object] | None,
) -> str:
    try:
        target = Path(os.path.realpath(path))
        old = _facts(target)
        if old is not None and stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(errno.EISDIR, "Is a directory")
        if old is not None and not stat.S_ISREG(old.st_mode):
            _write_all(os.open(target, os.O_WRONLY), pieces, sync=False)
            return ""
        if old is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "Permission denied")
        kept = Path(keep_as) if keep_as is not None else None
        return _replace(target, pieces, old, kept, last_look)
    except (OSError, ValueError) as error:
        raise file_error("save", path, error) from error


def reads_back(path: str | Path, content: bytes) -> bool:
    """Whether a file now holds these bytes; a device or a pipe is believed. Raises: FileError."""
    try:
        ordinary = stat.S_ISREG(os.stat(path).st_mode)
    except OSError as error:
        raise file_error("read", path, error) from error
    return not ordinary or read_bytes(path) == content


def sweep(folder: str | Path) -> None:
    """Remove temporary files that programs killed while they wrote left in a folder long ago."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not (entry.name.startswith(_BEGINNING) and entry.name.endswith(_END)):
                continue
            with contextlib.suppress(OSError):
                facts = entry.stat(follow_symlinks=False)
                # A second name of an old file is as old as that; only its last change tells.
                age = time.time() - max(facts.st_mtime, facts.st_ctime)
                if stat.S_ISREG(facts.st_mode) and age > FORGOTTEN_SECONDS:
                    os.unlink(entry.path)


def _replace(
    target: Path,
    pieces: Iterable[bytes],
    old: os.stat_result | None,
    keep_as: Path | None,
    last_look: Callable[[], object] | None,
) -> str:
    temporary, unkept = _temporary(target), ""
    try:
        # os.open and not tempfile: the new file gets the rights that the user's umask gives.
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666
        )
        _write_all(descriptor, pieces, sync=True)
        if last_look is not None:
            last_look()
        if old is not None:
            with contextlib.suppress(OSError):
                os.chmod(temporary, stat.S_IMODE(old.st_mode))
            if keep_as is not None:
                try:
                    _keep(target, keep_as)
                except OSError as error:
                    unkept = _reason(error)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(target.parent)
    return unkept


def _facts(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _temporary(target: Path) -> Path:
    """A free name in the same folder, short enough whatever the target is called."""
    return target.parent / f"{_BEGINNING}{secrets.token_hex(8)}{_END}"


def _write_all(descriptor: int, pieces: Iterable[bytes], *, sync: bool) -> None:
    try:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        if sync:
            _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    """Force a file onto the disk, where its file system has a way to."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def _keep(target: Path, keep_as: Path) -> None:
    """Give the present file a second name, by a link where the file system has them."""
    temporary = _temporary(keep_as)
    try:
        try:
            os.link(target, temporary)
        except OSError:
            descriptor = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666
            )
            _write_all(descriptor, (target.read_bytes(),), sync=True)
        os.replace(temporary, keep_as)
    finally:
        # Also after success: renaming one link of a file to another link of it leaves both.
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, on systems that have a way to."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
