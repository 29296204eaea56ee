"""Files of compiled kernels: neither damage nor a disk that refuses them is ever an error."""

from __future__ import annotations

import contextlib
import errno
import logging
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numba
from numba.core.caching import IndexDataCacheFile, NullCache

log = logging.getLogger(__name__)

#: Set when compiled code could not be kept: the disk is full, or the folder went away.
refused = threading.Event()
#: Set when compiled code was damaged.
damaged = threading.Event()

#: Saving takes milliseconds: who holds the lock longer was stopped, and nobody waits for it.
LOCK_SECONDS = 10.0
_LOOK_SECONDS = 0.02
#: What says that another has the lock; anything else, that there are no locks here.
_TAKEN = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}
_SUM_BYTES = 4


class KeptCode(IndexDataCacheFile):  # type: ignore[misc]
    """A kernel's list of compiled forms and the code of each; what is damaged counts as absent.

    Numba gives files their names without forcing them onto the disk, so that a power cut may leave
    empty ones, and it looks for code by a number in the list, which code of another form may have
    by then. Here code has a check sum and says which form it is of.
    """

    def save(self, key: Any, data: Any) -> None:
        """Keep the code of a form. Raises: OSError."""
        super().save(key, (key, data))

    def load(self, key: Any) -> Any:
        """The code of a form, None where there is none that can be used."""
        try:
            found = super().load(key)
            if found is None or found[0] != key:
                return None
            return found[1]
        except Exception as error:  # what unpickling damaged bytes raises may be anything
            _tell_damage(self._index_name, error)
            return None

    def _load_index(self) -> dict[Any, str]:
        try:
            found = super()._load_index()
        except Exception as error:
            _tell_damage(self._index_name, error)
            return {}
        return found if isinstance(found, dict) else {}

    def _load_data(self, name: str) -> Any:
        content = Path(self._data_path(name)).read_bytes()
        if _sum_of(content[:-_SUM_BYTES]) != content[-_SUM_BYTES:]:
            raise ValueError(f"{name} has another check sum")
        return super()._load_data(name)

    def _dump(self, obj: Any) -> bytes:
        content: bytes = super()._dump(obj)
        return content + _sum_of(content)  # who unpickles it stops before


def _sum_of(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(_SUM_BYTES, "little")


def keep_in(folder: Path, compiled: Any) -> None:
    """Keep the compiled forms of a dispatcher in a folder, as far as the disk allows.

    What cannot be loaded is compiled, and what cannot be saved is not kept. No two processes write
    one list at once: each would number its own from 1.
    """
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder)
    try:
        compiled.enable_caching()
    except (RuntimeError, OSError) as error:  # no folder that Numba knows of can be written
        _refuse(error)
        return
    finally:
        numba.config.CACHE_DIR = before
    cache = compiled._cache
    if not Path(cache.cache_path).is_relative_to(folder):  # it has looked for another one
        compiled._cache = NullCache()
        return
    cache._cache_file = KeptCode(
        cache.cache_path, cache._impl.filename_base, cache._impl.locator.get_source_stamp()
    )
    load, save = cache.load_overload, cache.save_overload

    def load_whole(signature: Any, context: Any) -> Any:
        try:
            return load(signature, context)
        except Exception as error:
            _tell_damage(cache._cache_file._index_name, error)
            return None

    def save_alone(signature: Any, data: Any) -> None:
        try:
            with lock(folder):
                save(signature, data)
        except OSError as error:
            _refuse(error)

    cache.load_overload, cache.save_overload = load_whole, save_alone


def _tell_damage(name: str, error: Exception) -> None:
    log.info("compiled code is damaged: %s (%r)", name, error)
    if not damaged.is_set():
        damaged.set()
        log.warning("compiled code on this disk is damaged and is made anew, first %s", name)


def _refuse(error: Exception) -> None:
    if not refused.is_set():
        refused.set()
        log.warning("compiled code cannot be kept, each start compiles anew: %s", error)


def forms(compiled: Any) -> str:
    """The signatures for which the code of a dispatcher is kept, as one text."""
    if isinstance(compiled._cache, NullCache):
        return ""
    return " ".join(str(key[0]) for key in compiled._cache._cache_file._load_index())


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, of all processes of this machine; the system frees it at their end.

    Where there are no locks, or another keeps this one beyond `LOCK_SECONDS`, it goes on without:
    two that write one list at once lose code, which is compiled again then.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / "lock", "a+b")  # noqa: SIM115 - closed below
    except OSError:  # then nothing can be kept there either
        yield
        return
    with file:
        held = _taken(file)
        try:
            yield
        finally:
            if held:
                with contextlib.suppress(OSError):
                    _give_back(file)


def _taken(file: IO[bytes]) -> bool:
    """Wait for a lock; False where there is none to be had."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            _take(file)
            return True
        except OSError as error:
            if error.errno not in _TAKEN or time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_SECONDS)


def _take(file: IO[bytes]) -> None:
    """Take a lock that is free. Raises: OSError."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _give_back(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)
