"""Numbers that are written with a unit or a currency: ``12 kg``, ``1.005,50 €``, ``$1,234``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nndesigner.data.number_texts import (
    MARK_NAMES,
    CodeColumn,
    FloatColumn,
    Mark,
    number_text,
    numbers_of,
    offending,
    parse_number,
)
from nndesigner.data.table_layout import clear_decimal, doubtful_number
from nndesigner.data.words import count, shorten

_SIGNS = "$€£¥₹₽₩₺฿"
#: Money may stand before its number; any other word there makes a name of it: C85, Room 12, PC 17.
_MONEY = r"(?:EUR|USD|GBP|CHF|JPY|CNY|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|Rs\.?)"
#: No point at its end: 3.png is a file.
_NUMBER = r"\d[\d.,'\s]*(?<![\s',.])|\d"
_BEFORE = re.compile(rf"([+-]?)\s*([{_SIGNS}]|{_MONEY}(?=[\s\d]))\s*([+-]?(?:{_NUMBER}))")
_BEHIND = re.compile(rf"([+-]?(?:{_NUMBER}))\s*([^\s\d.,;:()'\"_+/\-][^\d.,;:()'\"_]{{0,14}})")
#: 007 kg is a code, as 007 is.
_CODE = re.compile(r"[+-]?0\d")
#: What needs no second look once the unit is off.
_SIMPLE = re.compile(r"[+-]?(0|[1-9]\d*)([.,]\d+)?\s*")


#: Numbers that Python reads as they stand, once the mark is a point.
_PLAIN: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?\d+(\.\d+)?"),
    ",": re.compile(r"[+-]?\d+(,\d+)?"),
}
#: So many cells are looked at for their decimal mark; all must be numbers with it.
_LOOKED_AT = 10_000


@dataclass(frozen=True, eq=False)
class United:
    """Texts that are numbers with one unit: the texts without it, in their order, the decimal mark
    with which all are numbers, and those numbers.
    """

    unit: str
    texts: tuple[str, ...]
    decimal: Mark
    numbers: FloatColumn


def split_unit(text: str) -> tuple[str, str] | None:
    """The unit and the number of a cell, as it is written; None where it is something else."""
    found = _BEHIND.fullmatch(text)
    if found is not None:
        number, unit = found[1], found[2].strip()
    else:
        found = _BEFORE.fullmatch(text)
        if found is None:
            return None
        number, unit = found[1] + found[3], found[2]
    return None if _CODE.match(number) else (unit, number)


def united(values: Sequence[str], decimal: Mark) -> United | None:
    """Values that are all numbers with one and the same unit; None for all others."""
    first = split_unit(values[0]) if values else None
    if first is None:  # as in most columns of texts
        return None
    unit, texts = first[0], []
    behind = values[0].endswith(unit)
    for value in values:
        bare = value.removesuffix(unit) if behind else value
        if not (behind and len(bare) < len(value) and _SIMPLE.fullmatch(bare)):
            found = split_unit(value)
            if found is None or found[0] != unit:
                return None
            bare = found[1]
        texts.append(bare.strip())
    clear = clear_decimal([texts[:_LOOKED_AT]], thousands=decimal == ",")
    marks: tuple[Mark, ...] = (clear or decimal, "," if (clear or decimal) == "." else ".")
    for mark in marks:
        numbers = np.array([_read(text, mark) for text in texts], dtype=np.float64)
        if not np.isnan(numbers).any():
            return United(unit, tuple(texts), mark, numbers)
    return None


def _read(text: str, mark: Mark) -> float:
    """`parse_number`, at once where a text is plain."""
    if _PLAIN[mark].fullmatch(text):
        return float(text.replace(",", "."))
    return parse_number(text, mark)


def without_unit(values: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The unit that more than half of the values have, empty for none, and all without it.

    Others stay as they are: a single ``3 kg`` among plain numbers may be no number of their kind.
    """
    parts = [split_unit(value) for value in values]
    counts = Counter(part[0] for part in parts if part is not None)
    unit, number = counts.most_common(1)[0] if counts else ("", 0)
    if 2 * number <= len(values):
        return "", tuple(values)
    return unit, tuple(
        part[1] if part is not None and part[0] == unit else value
        for part, value in zip(parts, values, strict=True)
    )


def numbers_of_united(
    name: str, codes: CodeColumn, values: Sequence[str], found: United
) -> tuple[FloatColumn, tuple[str, ...]]:
    """The numbers of a column of such texts ``(rows,)``, and what is to be said of them."""
    numbers = np.append(found.numbers, np.nan)[codes]
    notes = [
        f"{name}: cells such as {shorten(values[0])!r} are read as numbers, the unit "
        f"{found.unit!r} left out; set its type to category to keep them as they are."
    ]
    doubtful = doubtful_number(found.texts, found.decimal)
    if (
        doubtful
        and clear_decimal([found.texts[:_LOOKED_AT]], thousands=found.decimal == ",") is None
    ):
        read = number_text(parse_number(doubtful, found.decimal))
        notes.append(
            f"{name}: {doubtful!r} is read as {read}. If that is wrong, say the decimal mark."
        )
    return numbers, tuple(notes)


def forced_numbers(
    name: str,
    codes: CodeColumn,
    values: tuple[str, ...],
    decimal: Mark,
    lines: npt.NDArray[np.int64],
) -> tuple[FloatColumn, str, tuple[str, ...]]:
    """The numbers of texts that are to be numbers, their unit, and what is to be said of them.

    What is no number, or has another unit than most, is NaN.
    """
    unit, bare = without_unit(values)
    mark = clear_decimal([bare], thousands=decimal == ",") or decimal
    numbers, bad = numbers_of(codes, bare, mark)
    notes = []
    if mark != decimal:
        notes.append(f"{name}: its numbers are read with a decimal {MARK_NAMES[mark]}.")
    if unit:
        notes.append(f"{name}: the unit {unit!r} is left out of its numbers.")
    if bad:
        cells = int((np.isnan(numbers) & (codes >= 0)).sum())
        bad_texts = set(bad)
        none = {value for value, text in zip(values, bare, strict=True) if text in bad_texts}
        what = offending(codes, values, none, lines)
        verb = "is no number and counts" if cells == 1 else "are no numbers and count"
        notes.append(f"{name}: {count(cells, 'cell')} {verb} as missing: {what}.")
    return numbers, unit, tuple(notes)
