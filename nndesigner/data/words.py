"""Small helpers for the sentences about data: counts, lists, natural order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_DIGITS = re.compile(r"(\d+)")


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """A key that sorts ``2`` before ``10`` and ``img9`` before ``img12``."""
    parts = _DIGITS.split(text)
    return [
        (0, int(part), part) if part.isascii() and part.isdigit() else (1, 0, part.casefold())
        for part in parts
        if part
    ]


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 row``, ``2,000 rows``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def some(items: Iterable[object], most: int = 5) -> str:
    """The first few of a list, and that there are more."""
    texts = [str(item) for item in items]
    shown = ", ".join(texts[:most])
    return f"{shown} and {len(texts) - most:,} more" if len(texts) > most else shown


def shorten(text: str, most: int = 40) -> str:
    """A text cut to a readable length, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def bytes_text(number: float) -> str:
    """A number of bytes for people: ``3.7 TB``."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if number < 1000:
            whole = unit == "bytes" or number >= 100
            return f"{number:.0f} {unit}" if whole else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:,.0f} PB"


def unknown_note(classes: Iterable[str], kept: bool) -> str:
    """What happens to rows of classes that the network does not know."""
    fate = "count as rows without a class" if kept else "are left out"
    return f"Rows of classes that the network does not know {fate}: {some(map(repr, classes), 5)}."


def nearest(name: str, names: Sequence[str]) -> str:
    """A hint at the name that was probably meant, or the first few that exist."""
    import difflib

    plain = name.strip().casefold()
    close = [other for other in names if other.strip().casefold() == plain]
    close = close or difflib.get_close_matches(name, names, 1, 0.6)
    return f"did you mean {close[0]!r}?" if close else f"there are {some(map(repr, names), 8)}"
