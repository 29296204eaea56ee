"""Puts a file in place whole or not at all, and reads one with plain words for what goes wrong."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from pathlib import Path

from nndesigner.errors import FileError

#: No write takes so long: a temporary file of this age was left by a program that was killed.
FORGOTTEN_SECONDS = 3600.0
_BEGINNING, _END = ".nndesigner-", ".tmp"

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
    code = error.errno if isinstance(error, OSError) else None
    reason, remedy = _REMEDIES.get(code or 0, ("", ""))
    if not reason:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        remedy = "try another folder" if verb != "read" else "check the path"
    return FileError(f"cannot {verb} {path}: {reason}; {remedy}")


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


def write_bytes(path: str | Path, content: bytes, *, keep_as: str | Path | None = None) -> None:
    """Write a whole file or leave the old one as it was.

    The bytes go to a temporary file in the same folder, are forced onto the disk and then take the
    name in one step. With ``keep_as`` the file that was there before stays under that name. Devices
    and pipes (``/dev/stdout``) are written to directly, for they cannot be replaced.

    Raises: FileError naming the path, the reason and a remedy; no temporary file is left then.
    """
    try:
        target = Path(os.path.realpath(path))
        old = _facts(target)
        if old is not None and stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(errno.EISDIR, "Is a directory")
        if old is not None and not stat.S_ISREG(old.st_mode):
            _write_all(os.open(target, os.O_WRONLY), content, sync=False)
            return
        if old is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "Permission denied")
        _replace(target, content, old, Path(keep_as) if keep_as is not None else None)
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
    target: Path, content: bytes, old: os.stat_result | None, keep_as: Path | None
) -> None:
    temporary = _temporary(target)
    try:
        # os.open and not tempfile: the new file gets the rights that the user's umask gives.
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666
        )
        _write_all(descriptor, content, sync=True)
        if old is not None:
            with contextlib.suppress(OSError):
                os.chmod(temporary, stat.S_IMODE(old.st_mode))
            if keep_as is not None:
                _keep(target, keep_as)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(target.parent)


def _facts(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _temporary(target: Path) -> Path:
    """A free name in the same folder, short enough whatever the target is called."""
    return target.parent / f"{_BEGINNING}{secrets.token_hex(8)}{_END}"


def _write_all(descriptor: int, content: bytes, *, sync: bool) -> None:
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
            _write_all(descriptor, target.read_bytes(), sync=True)
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
