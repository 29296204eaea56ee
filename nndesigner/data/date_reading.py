"""Reads the texts of a date column, and says which were written otherwise and which not at all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nndesigner.data.dates import (
    ISO,
    moments_of,
    other_formats,
    read_moments,
    swapped_format,
)
from nndesigner.data.number_texts import CodeColumn, offending
from nndesigner.data.words import count, some


def read_dates(
    name: str,
    codes: CodeColumn,
    values: tuple[str, ...],
    date_format: str,
    lines: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.bool_], tuple[str, ...], list[str]]:
    """Which rows hold a date, the other formats in which some are written, and what to say."""
    notes = []
    own = np.append(np.isfinite(moments_of(values, date_format)), False)
    others = other_formats(
        [v for v, good in zip(values, own, strict=False) if not good], date_format
    )
    good = np.append(np.isfinite(read_moments(values, (date_format, *others))), False)
    present = good[codes]
    other = present & ~own[codes]
    if other.any():
        cells = count(int(other.sum()), "cell is a date", "cells are dates")
        notes.append(
            f"{name}: {cells} written in another way than {spelt(date_format)}, and read as "
            f"{some(map(spelt, others))}: {_shown(codes, values, other, lines)}."
        )
    bad = (codes >= 0) & ~present
    if bad.any():
        number = int(bad.sum())
        verb = "is no date and counts" if number == 1 else "are no dates and count"
        notes.append(
            f"{name}: {count(number, 'cell')} {verb} as missing: "
            f"{_shown(codes, values, bad, lines)} (dates are written as {spelt(date_format)} here)."
        )
        swapped = swapped_format(date_format)
        texts = [values[code] for code in np.unique(codes[bad])]
        if swapped != date_format and np.isfinite(moments_of(texts, swapped)).any():
            notes.append(
                f"{name}: such cells are dates as {swapped}: if day and month have changed places "
                "in this file, the others are read wrongly too."
            )
    return present, others, notes


def spelt(date_format: str) -> str:
    """A format of dates as people write it."""
    return "2020-12-31" if date_format == ISO else date_format


def _shown(
    codes: CodeColumn,
    values: tuple[str, ...],
    rows: npt.NDArray[np.bool_],
    lines: npt.NDArray[np.int64],
) -> str:
    return offending(codes, values, {values[code] for code in np.unique(codes[rows])}, lines)
