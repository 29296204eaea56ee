"""Refuses, before anything is read, what is no ordinary file or would not fit into memory."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nndesigner.data.words import bytes_text
from nndesigner.errors import DataError

#: The share of the free memory that data may take, encoded for training included.
MEMORY_SHARE = 0.7
#: What reading takes for each byte of a table's text: 8 to 13 were measured, the most with cells of
#: one digit. It holds the text, the parsed cells, the typed columns and their float32.
TABLE_BYTES = 12
FLOAT_BYTES = 4


def free_bytes() -> int:
    """The memory that is free now, caches that give way included, within the process's limit."""
    import psutil

    free = int(psutil.virtual_memory().available)
    try:
        import resource
    except ImportError:  # Windows sets no such limit
        return free
    for limit, used in ((resource.RLIMIT_DATA, "data"), (resource.RLIMIT_AS, "vms")):
        most = resource.getrlimit(limit)[0]
        if most != resource.RLIM_INFINITY:
            taken = getattr(psutil.Process().memory_info(), used, 0)
            free = min(free, max(0, most - int(taken)))
    return free


@contextmanager
def told(name: str) -> Iterator[None]:
    """Turn what the system turns out not to give into a sentence. Raises: DataError."""
    try:
        yield
    except MemoryError:
        raise DataError(
            f"{name} does not fit into memory: open a part of it, or close other programs"
        ) from None
    except OSError as error:
        raise unreadable(
            name, error, "Check the name, your rights and the room on the disk"
        ) from None


def unreadable(
    path: Path | str, error: OSError, remedy: str = "Check the name and your rights"
) -> DataError:
    """The sentence for a file that the system does not give."""
    reason = error.strerror or str(error)
    if error.errno in (errno.EMFILE, errno.ENFILE):
        reason = "as many files are open as the system allows"
        remedy = "Close other data or other programs, and open it again"
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "Make room on the disk, and open it again"
    return DataError(f"{path} cannot be read: {reason}. {remedy}")


def fits(needed: int) -> bool:
    """Whether data may take so much of the memory that is free now."""
    return needed <= MEMORY_SHARE * free_bytes()


def require_file(path: Path) -> int:
    """The size of an ordinary file: a pipe never ends and a device may be endless.

    Raises: DataError when it is something else.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, error) from None
    what = not_a_file(found.st_mode)
    if what:
        raise DataError(
            f"{path} is no file but {what}: save what comes from it as a file and open that"
        )
    return found.st_size


def not_a_file(mode: int) -> str:
    """What something is that is no ordinary file, in words; empty for a file."""
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def require_memory(needed: int, name: str, remedy: str) -> None:
    """Raises: DataError with both figures when data would take too much of the free memory."""
    free = free_bytes()
    if needed > MEMORY_SHARE * free:
        raise DataError(
            f"{name} needs about {bytes_text(needed)} of memory and {bytes_text(free)} are free, "
            f"of which data may take {MEMORY_SHARE:.0%}: {remedy}".replace("%:", " %:")
        )


def require_table(size: int, name: str) -> None:
    """Raises: DataError when a table of so many bytes would take too much of the free memory."""
    require_memory(size * TABLE_BYTES, name, "open a part of it, or close other programs")
