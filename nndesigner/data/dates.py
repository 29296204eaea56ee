"""Dates as people write them: which format a column has, and the parts that a network can see."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

DatePart = Literal["year", "month", "day", "weekday", "hour", "minute"]
PARTS: tuple[DatePart, ...] = ("year", "month", "day", "weekday", "hour", "minute")
ISO = "ISO8601"

_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d")
_SHORT = ("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%y-%m-%d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S")
#: Every format that is tried, the likeliest first: with a point the day stands first.
FORMATS: tuple[str, ...] = (
    ISO,
    *(f"{day}{clock}" for day in (*_DAYS, *_SHORT) for clock in _CLOCKS),
    "%Y%m%d",
    "%m/%Y",
    "%Y",
)
#: Ways of writing that nobody takes for another, and how their texts look.
_PLAIN: dict[str, re.Pattern[str]] = {
    ISO: re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:.*)?"),
    "%Y/%m/%d": re.compile(r"\d{4}/\d{1,2}/\d{1,2}"),
    "%Y.%m.%d": re.compile(r"\d{4}\.\d{1,2}\.\d{1,2}"),
    "%d.%m.%Y": re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}"),
    "%d.%m.%Y %H:%M": re.compile(r"\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d\d"),
    "%d.%m.%Y %H:%M:%S": re.compile(r"\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d\d:\d\d"),
}
#: Formats are judged by so many values.
_SAMPLE = 500

Moments = npt.NDArray[np.float64]


def moments_of(values: Sequence[str], date_format: str) -> Moments:
    """Seconds since 1970 of every text, NaN where it is no date in this format."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pd.to_datetime(
            pd.Series(list(values), dtype=object), format=date_format, errors="coerce", utc=True
        )
    stamps = found.to_numpy(dtype="datetime64[us]")
    seconds = stamps.astype(np.int64) / 1e6
    return np.where(np.isnat(stamps), np.nan, seconds)


def find_format(values: Sequence[str]) -> tuple[str, str]:
    """The format of dates and, where another one would do as well, a word on the choice.

    Empty where no format suits more than half of the values.
    """
    step = max(1, len(values) // _SAMPLE)
    sample = [value for value in values if value][::step][:_SAMPLE]
    if not sample:
        return "", ""
    best, most = "", 0
    rivals: list[str] = []
    for date_format in FORMATS:
        good = int(np.isfinite(moments_of(sample, date_format)).sum())
        if good > most:
            best, most, rivals = date_format, good, []
        elif good == most and most:
            rivals.append(date_format)
        if most == len(sample) and best == ISO:
            break
    if most * 2 <= len(sample):
        return "", ""
    swapped = swapped_format(best)
    if swapped != best and swapped in rivals:
        first = "day" if best.index("%d") < best.index("%m") else "month"
        return best, f"the {first} is taken to stand first, as in {best}"
    return best, ""


def swapped_format(date_format: str) -> str:
    """The format with day and month in each other's place."""
    return date_format.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")


def other_formats(values: Sequence[str], date_format: str) -> tuple[str, ...]:
    """Other ways of writing dates in which texts that this format does not read are beyond doubt.

    The year stands first, or they have points, where the day stands first; slashes and dashes are
    beyond doubt for no one: day and month may have changed places.
    """
    return tuple(
        other
        for other, look in _PLAIN.items()
        if other != date_format and any(look.fullmatch(value) for value in values)
    )


def read_moments(values: Sequence[str], formats: Sequence[str]) -> Moments:
    """Seconds since 1970 by the first of these formats that reads a text, NaN where none does."""
    found = moments_of(values, formats[0])
    for other in formats[1:]:
        left = np.flatnonzero(np.isnan(found))
        look = _PLAIN[other]
        mine = [index for index in left.tolist() if look.fullmatch(values[index])]
        if mine:
            found[mine] = moments_of([values[index] for index in mine], other)
    return found


def part_of(moments: Moments, part: DatePart) -> Moments:
    """One part of every moment as a number: month and day from 1, weekday from 0 (Monday)."""
    known = np.isfinite(moments)
    stamps = np.where(known, moments, 0.0).astype("datetime64[s]")
    days = stamps.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    match part:
        case "year":
            found = months.astype("datetime64[Y]").astype(np.int64) + 1970
        case "month":
            found = months.astype(np.int64) % 12 + 1
        case "day":
            found = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
        case "weekday":
            found = (days.astype(np.int64) + 3) % 7  # 1 January 1970 was a Thursday
        case "hour":
            found = (stamps - days.astype("datetime64[s]")).astype(np.int64) // 3600
        case _:
            found = (stamps - days.astype("datetime64[s]")).astype(np.int64) // 60 % 60
    return np.where(known, found.astype(np.float64), np.nan)


def parts_that_vary(moments: Moments) -> tuple[DatePart, ...]:
    """The parts that tell rows apart; all days when every moment is the same."""
    found = []
    for part in PARTS:
        values = part_of(moments, part)
        values = values[np.isfinite(values)]
        if len(values) and values.min() < values.max():
            found.append(part)
    return tuple(found) or ("year",)
