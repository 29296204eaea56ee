"""What a column looks like at a glance: missing, different values, range, and a small histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nndesigner.data.columns import Column
from nndesigner.data.number_texts import FloatColumn, number_text

#: So many bars a histogram has at most.
MOST_BARS = 24
#: So many values of a category are told by name.
MOST_VALUES = 12


@dataclass(frozen=True)
class Facts:
    """Figures of one column over the rows that were looked at.

    ``low`` and ``high`` are texts, empty where values have no order. ``bars`` counts rows: from the
    least to the largest for numbers and dates, the most frequent first for categories, whose
    ``labels`` are then the values.
    """

    rows: int
    missing: int
    distinct: int
    low: str = ""
    high: str = ""
    bars: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()


def column_facts(column: Column) -> Facts:
    """The facts of one column."""
    if column.moments is not None:
        found = _ordered(column, column.moments, dates=True)
    elif column.numbers is not None:
        found = _ordered(column, column.numbers, dates=False)
    elif column.codes is not None and column.type in ("category", "yes_no"):
        counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
        order = np.argsort(-counts, kind="stable")[:MOST_VALUES]
        return Facts(
            column.rows,
            column.missing,
            len(column.values),
            bars=tuple(counts[order].tolist()),
            labels=tuple(column.values[index] for index in order.tolist()),
        )
    else:
        return Facts(column.rows, column.missing, column.distinct)
    return found


def _ordered(column: Column, values: FloatColumn, *, dates: bool) -> Facts:
    there = values[np.isfinite(values)]
    if not there.size:
        return Facts(column.rows, column.missing, 0)
    different = np.unique(there)
    low, high = float(different[0]), float(different[-1])
    bars: tuple[int, ...] = ()
    if np.isfinite(high - low):
        number = min(MOST_BARS, max(1, len(different)))
        # numbers that differ in their last bits alone leave no room for bars between them
        narrow = high - low <= 1e-9 * max(abs(low), abs(high), 1e-280)
        room = max(0.5, abs(low) / 2)
        span = (low - room, low + room) if narrow else (low, high)
        bars = tuple(np.histogram(there, number, span)[0].tolist())
    texts = [moment_text(value) if dates else _short(value) for value in (low, high)]
    return Facts(column.rows, column.missing, len(different), texts[0], texts[1], bars)


def _short(value: float) -> str:
    text = number_text(value)
    return text if len(text) <= 9 else f"{value:.4g}"


def moment_text(seconds: float) -> str:
    """A moment as ``2024-02-03``, with its time where it has one."""
    stamp = np.datetime64(int(seconds), "s")
    text = str(stamp).replace("T", " ")
    return text.removesuffix(" 00:00:00")
