"""Keeps the traceback of a defect for us and gives the person a sentence instead."""

from __future__ import annotations

import sys
import time
import traceback

from nndesigner import __version__


def keep_traceback() -> str:
    """Append the exception at hand to the log and say where it lies."""
    error = sys.exception()
    what = f"something went wrong that is a defect of this program ({type(error).__name__})"
    try:
        import platformdirs

        path = platformdirs.user_log_path("nndesigner", appauthor=False, ensure_exists=True)
        path = path / "nndesigner.log"
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} nndesigner {__version__}\n")
            log.write(traceback.format_exc() + "\n")
    except Exception as trouble:
        return f"{what}: {error}; it could not be logged ({trouble})"
    return f"{what}; please report it with what {path} says"
