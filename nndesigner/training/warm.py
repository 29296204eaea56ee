"""Gets the compiled engine ready before anyone waits for it."""

from __future__ import annotations

from collections.abc import Callable

from nndesigner.engine import ahead

_TITLE = "Preparing the engine"


def warm_up(progress: Callable[[float, str], None] | None = None) -> None:
    """Compile the whole engine, or load it from the cache, whatever will be drawn.

    It takes about a second from the cache and up to a minute the first time on a machine, in
    processes of their own. Safe to call from any thread; ``progress`` gets a share from 0 to 1 and
    what is being done.
    """
    tell = progress or (lambda share, text: None)
    tell(0.0, _TITLE)
    ahead.prepare_all(lambda share, name: tell(share, f"{_TITLE}: {_words(name)}"))
    tell(1.0, "The engine is ready")


def stop_warming() -> None:
    """End what is still compiled ahead, for the program is closed."""
    ahead.dismiss()


def _words(name: str) -> str:
    return name.replace("_", " ")
