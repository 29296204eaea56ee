"""Gets an engine ready before its run begins, says how far that is, and can be stopped."""

from __future__ import annotations

from nndesigner.engine import ahead
from nndesigner.engine.engine import Engine
from nndesigner.training.control import Control
from nndesigner.training.feed import Feed
from nndesigner.training.parts import Parts

_TITLE = "Preparing the engine"


class _Stopped(Exception):
    """Nobody waits for the engine any more."""


def prepare(engine: Engine, parts: Parts, feed: Feed, control: Control) -> bool:
    """Compile or load what a run needs; False when it was told to stop meanwhile.

    The first time on a machine this takes some seconds. It is no training and must not count as
    such in figures.
    """

    def tell(share: float, name: str) -> None:
        if control.wishes("stop"):
            raise _Stopped
        feed.post_status(state="preparing", message=f"{_TITLE}: {100 * share:.0f} %")

    feed.post_status(state="preparing", message=_TITLE)
    try:
        return ahead.prepare(engine, tell, also=parts.code)
    except _Stopped:
        return False
