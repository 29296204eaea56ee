"""The one way to compile a kernel, and where compiled kernels are kept."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from nndesigner.engine import threads

threads.prepare_environment()

import numba  # noqa: E402 - the environment comes first

from nndesigner.engine import kept  # noqa: E402

#: All of fastmath but the two flags that assume away NaN and infinity: with those, a check for NaN
#: always says that all is well, and ReLU(NaN) is 0.
SAFE = {"nsz", "arcp", "contract", "afn", "reassoc"}

_PACKAGE = Path(__file__).parents[1]
_IMPORT = re.compile(r"^from nndesigner\.(engine[\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)
#: Compiled kernels of sources that are no more are thrown away after this long.
_STALE_SECONDS = 30 * 86_400


def _cache_folder() -> Path | None:
    """A folder of this user that can be written, or None: then nothing is kept, nor fails."""
    base = os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_dir("nndesigner")
    folder = Path(base) / f"kernels-{numba.__version__}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    return folder


CACHE_FOLDER = _cache_folder()


def _imports(path: Path) -> list[Path]:
    """The sources of the engine that a source of the engine imports."""
    found = []
    for module, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
        base = _PACKAGE.joinpath(*module.split("."))
        found.append(base / "__init__.py" if base.is_dir() else base.with_suffix(".py"))
        found += [base / f"{name}.py" for name in re.findall(r"\w+", names)]
    return [path for path in found if path.is_file()]


def _sources_hash(path: Path) -> str:
    """One hash over a source and all that it builds on: Numba looks at the source alone.

    The source's time of change is part of it: where that differs, Numba begins its list of compiled
    forms anew over the old files, and a program killed just then leaves a list that names code of
    another signature.
    """
    seen: dict[Path, bytes] = {}
    waiting = [path]
    while waiting:
        source = waiting.pop()
        if source not in seen:
            seen[source] = source.read_bytes()
            waiting += _imports(source)
    digest = hashlib.sha256(str(path.stat().st_mtime_ns).encode())
    for source in sorted(seen):
        digest.update(seen[source])
    return digest.hexdigest()[:16]


@functools.cache
def cache_folder_of(path: Path) -> Path | None:
    """Where the compiled kernels of one source are kept, None where nothing can be."""
    if CACHE_FOLDER is None:
        return None
    folder = CACHE_FOLDER / f"{path.stem}-{_sources_hash(path)}"
    if not folder.exists():
        for old in CACHE_FOLDER.glob(f"{path.stem}-*"):
            with contextlib.suppress(OSError):  # another start has just removed it
                if time.time() - old.stat().st_mtime > _STALE_SECONDS:
                    shutil.rmtree(old, ignore_errors=True)
    return folder


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile without the interpreter lock, vectorised, NaN kept, cached where possible.

    ``error_model="numpy"`` matters: the default checks every division for zero, and no loop with a
    division is vectorised then.
    """

    def compile_it(function: Callable[..., Any]) -> Callable[..., Any]:
        source = Path(sys.modules[function.__module__].__file__ or "")
        folder = cache_folder_of(source)
        settings: dict[str, Any] = {
            "nogil": True,
            "error_model": "numpy",
            "fastmath": SAFE,
            **options,
        }
        compiled = numba.njit(**settings)(function)
        if folder is not None:
            kept.keep_in(folder, compiled)
        return compiled  # type: ignore[no-any-return]

    return compile_it


def kept_forms(compiled: Any) -> str:
    """The signatures for which the code of a kernel is kept, as one text; without loading it."""
    return kept.forms(compiled)


def is_kept() -> bool:
    """Whether the engine was compiled on this machine before, and needs only to be loaded."""
    folder = cache_folder_of(Path(__file__).with_name("machine.py"))
    return folder is not None and any(folder.rglob("*.nbi"))
