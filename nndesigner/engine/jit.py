"""The one way to compile a kernel, and where compiled kernels are kept."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from nndesigner.engine import threads

threads.prepare_environment()

import numba  # noqa: E402 - the environment comes first

#: All of fastmath but the two flags that assume away NaN and infinity: with those, a check for NaN
#: always says that all is well, and ReLU(NaN) is 0.
SAFE = {"nsz", "arcp", "contract", "afn", "reassoc"}


def _sources_hash() -> str:
    """One hash over all kernel sources: Numba does not notice a change in another module."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path | None:
    """A folder of this user that can be written, or None: then nothing is kept, nor fails."""
    base = os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_dir("nndesigner")
    folder = Path(base) / f"kernels-{_sources_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    return folder


CACHE_FOLDER = _cache_folder()
if CACHE_FOLDER is not None:
    numba.config.CACHE_DIR = str(CACHE_FOLDER)


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile without the interpreter lock, vectorised, NaN kept, cached where possible.

    ``error_model="numpy"`` matters: the default checks every division for zero, and no loop with a
    division is vectorised then.
    """
    settings: dict[str, Any] = {
        "cache": CACHE_FOLDER is not None,
        "nogil": True,
        "error_model": "numpy",
        "fastmath": SAFE,
        **options,
    }
    return numba.njit(**settings)  # type: ignore[no-any-return]
