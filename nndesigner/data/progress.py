"""What a slow reading tells the one who waits, and how that one can stop it."""

from __future__ import annotations

from collections.abc import Callable

from nndesigner.errors import DataError

#: Called with the share that is done (0 to 1) and a few words; returns False to cancel.
Progress = Callable[[float, str], bool]

#: The whole text of the error that a cancelled reading raises.
CANCELLED = "cancelled"


def tell(progress: Progress | None, share: float, words: str) -> None:
    """Report progress. Raises: DataError("cancelled") when the one who waits gave up."""
    if progress is not None and progress(share, words) is False:
        raise DataError(CANCELLED)


def part_of(progress: Progress | None, first: float, last: float) -> Progress | None:
    """Progress of a part of the work: its 0 to 1 are ``first`` to ``last`` of the whole."""
    if progress is None:
        return None
    return lambda share, words: progress(first + (last - first) * share, words)
