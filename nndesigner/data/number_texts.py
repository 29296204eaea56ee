"""Numbers as people write them: read from texts, written as texts, and told when they are none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from nndesigner.data.number_span import INEXACT
from nndesigner.data.table_layout import is_number
from nndesigner.data.words import count, shorten, some

FloatColumn = npt.NDArray[np.float64]
CodeColumn = npt.NDArray[np.int32]
#: Blanks between digits part thousands, and nothing else.
_APART = re.compile(r"\d\s+\d|^\+.*\s")
_GROUPED = re.compile(r"^[^\d+]*\d{1,3}(\s\d{3})+([.,]\d*)?[^\d]*$")
Mark = Literal[".", ","]
MARK_NAMES = {",": "comma", ".": "point"}
_MONEY = re.compile(r"[\s$€£¥%']")


def number_text(value: float) -> str:
    """A number as people write it: ``3``, ``0.5``."""
    return str(int(value)) if value == int(value) and abs(value) < INEXACT else f"{value:.10g}"


def parse_number(text: str, decimal: Literal[".", ","]) -> float:
    """A number from ``1 234,50 €``, ``12 %`` or ``$1,234.5``; NaN where it is none."""
    if _APART.search(text.strip()) and not _GROUPED.search(text):
        return float("nan")  # +49 123 4567 is a telephone
    bare = _MONEY.sub("", text)
    if decimal == ",":
        if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?", bare):
            bare = bare.replace(".", "")
        elif "." in bare:  # 12.05.2020 is a date, and 12.5 not 125
            return float("nan")
        bare = bare.replace(",", ".")
    elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", bare):
        bare = bare.replace(",", "")
    if not is_number(bare) or "," in bare:
        return float("nan")
    value = float(bare)
    return value if np.isfinite(value) else float("nan")


def written_with(values: Sequence[str], decimal: Mark) -> Mark | None:
    """The decimal mark with which all of these texts are numbers beyond doubt; None for none.

    With the table's own mark some are parted into thousands, or pandas had read them; with the
    other one some have a fraction that is no three digits. ``007`` is a code, and no number.
    """
    marks: tuple[Mark, Mark] = (decimal, "," if decimal == "." else ".")
    for mark in marks:
        plain, sure = _WRITTEN[mark]
        if mark == decimal:
            sure = _PARTED[mark]
        if values and all(plain.fullmatch(value) for value in values):
            return mark if any(sure.fullmatch(value) for value in values) else None
    return None


def _written(mark: str, part: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Numbers with a decimal mark; those that are none with the other one; those with both."""
    whole = rf"(0|[1-9]\d*|[1-9]\d{{0,2}}([{part}]\d{{3}})+)"
    fraction = rf"[{mark}]\d+"
    parted = rf"[+-]?[1-9]\d{{0,2}}([{part}]\d{{3}})+{fraction}"
    thousand = rf"[+-]?[1-9]\d{{0,2}}([{mark}]\d{{3}})+"
    return (
        re.compile(rf"[+-]?{whole}?({fraction})?([eE][+-]?\d+)?"),
        re.compile(rf"(?!{thousand}$).*{fraction}.*"),
        re.compile(parted),
    )


_ALL = {mark: _written(mark, part) for mark, part in ((".", ","), (",", "."))}
_WRITTEN = {mark: (plain, sure) for mark, (plain, sure, _) in _ALL.items()}
_PARTED = {mark: parted for mark, (_, _, parted) in _ALL.items()}


def codes_of_numbers(numbers: FloatColumn) -> tuple[CodeColumn, tuple[str, ...]]:
    """Numbers as texts that occur once each, in their order, and the codes that point into them.

    What is missing is -1.
    """
    present = ~np.isnan(numbers)
    unique, inverse = np.unique(numbers[present], return_inverse=True)
    codes = np.full(len(numbers), -1, dtype=np.int32)
    codes[present] = inverse
    return codes, tuple(number_text(value) for value in unique.tolist())


def numbers_of(
    codes: CodeColumn, values: tuple[str, ...], decimal: Literal[".", ","]
) -> tuple[FloatColumn, tuple[str, ...]]:
    """Texts as numbers, and the texts that are none (they count as missing)."""
    table = np.array([*(parse_number(value, decimal) for value in values), np.nan])
    bad = tuple(value for value, number in zip(values, table, strict=False) if np.isnan(number))
    return table[codes], bad


def almost_numbers(
    name: str, codes: CodeColumn, values: tuple[str, ...], lines: npt.NDArray[np.int64]
) -> list[str]:
    """A note on a text column most of whose cells are numbers."""
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    plain = np.array([is_number(value) for value in values], dtype=bool)
    total, good = int(counts.sum()), int(counts[plain].sum()) if len(values) else 0
    if total < 2 or good * 2 <= total or good == total:
        parsed = [parse_number(value, ".") for value in values[:200]]
        if total > 1 and good < total and not any(np.isnan(parsed)):
            return [taken_as_text(name, values[0])]
        return []
    bad = {value for value, ok in zip(values, plain, strict=True) if not ok}
    return [
        f"{name}: {count(total - good, 'cell is', 'cells are')} no number "
        f"({offending(codes, values, bad, lines)}), so the column was taken as text: "
        "set its type to number to count them as missing."
    ]


def taken_as_text(name: str, value: str) -> str:
    """What is said of a column of texts that could be numbers."""
    return (
        f"{name}: cells such as {shorten(value)!r} were taken as text: set its type to number to "
        "use their numbers."
    )


def offending(
    codes: CodeColumn, values: tuple[str, ...], bad: set[str], lines: npt.NDArray[np.int64]
) -> str:
    """The first cells with these texts, and the lines in which they stand."""
    marks = np.array([value in bad for value in values] + [False], dtype=bool)
    rows = np.flatnonzero(marks[codes])
    shown = [f"{shorten(values[codes[row]], 20)!r} in line {lines[row]}" for row in rows[:5]]
    return some([*shown, *[""] * (len(rows) - len(shown))])
