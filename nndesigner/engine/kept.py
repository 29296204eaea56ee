"""Files of compiled kernels: damage makes them worthless, never an error or other code."""

from __future__ import annotations

import logging
import zlib
from pathlib import Path
from typing import Any

from numba.core.caching import IndexDataCacheFile, NullCache

log = logging.getLogger(__name__)

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
            log.warning(
                "compiled code of %s is damaged: it is made anew (%r)", self._index_name, error
            )
            return None

    def _load_index(self) -> dict[Any, str]:
        try:
            found = super()._load_index()
        except Exception as error:
            log.warning("%s is damaged: it is begun anew (%r)", self._index_name, error)
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


def keep_whole(compiled: Any) -> None:
    """Have a dispatcher, whose cache is enabled, keep its compiled forms as `KeptCode` does."""
    cache = compiled._cache
    cache._cache_file = KeptCode(
        cache._cache_path, cache._impl.filename_base, cache._impl.locator.get_source_stamp()
    )
    load = cache.load_overload

    def load_whole(signature: Any, context: Any) -> Any:
        try:
            return load(signature, context)
        except Exception as error:
            log.warning("compiled code cannot be used and is made anew: %r", error)
            return None

    cache.load_overload = load_whole


def forms(compiled: Any) -> str:
    """The signatures for which the code of a dispatcher is kept, as one text."""
    if isinstance(compiled._cache, NullCache):
        return ""
    return " ".join(str(key[0]) for key in compiled._cache._cache_file._load_index())
