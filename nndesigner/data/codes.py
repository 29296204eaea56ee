"""Tells codes from numbers: 00417 would lose its zeros, a name of twenty digits its last ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nndesigner.data.number_span import INEXACT, Span
from nndesigner.data.table_layout import Layout
from nndesigner.data.table_options import MISSING, TableOptions
from nndesigner.data.table_scan import cell_ends

if TYPE_CHECKING:
    import pandas as pd

IntArray = npt.NDArray[np.int64]
_ZEROS = r"0[0-9]+"
_DIGITS = r"[+-]?[0-9]{16,}"
_ZEROS_CELL, _DIGITS_CELL = re.compile(_ZEROS), re.compile(_DIGITS)
_WHOLE = re.compile(r"[+-]?[0-9]+")
#: A whole number that may be longer than 64 bits hold.
_BEYOND_64 = r"\s*[+-]?[0-9]{19,}\s*"
_ZERO, _NINE, _LINE_END = ord("0"), ord("9"), ord("\n")
#: Bytes that are looked at in one go: they and what is found about them stay near the processor.
_PIECE = 128 << 10


def is_long(text: str) -> bool:
    """Whether a cell is a whole number that float64 would round."""
    if not _DIGITS_CELL.fullmatch(text):
        return False
    digits = text.lstrip("+-").lstrip("0")
    return len(digits) > 16 or int(digits or "0") >= INEXACT


def are_long(texts: Iterable[str]) -> bool:
    """Whether texts are all whole numbers, some of them too long for float64."""
    found = False
    for text in texts:
        if not _WHOLE.fullmatch(text):
            return False
        found = found or is_long(text)
    return found


def code_columns(layout: Layout, options: TableOptions) -> list[int]:
    """The columns that hold codes in the first rows."""
    found = []
    for index in range(len(layout.names)):
        column = {row[index] for row in layout.rows if index < len(row)}
        column.difference_update(MISSING, options.missing)
        if any(map(_ZEROS_CELL.fullmatch, column)) or are_long(column):
            found.append(index)
    return found


def has_zeros(texts: pd.Series[str]) -> bool:
    """Whether a column that was read as text holds a code with a leading zero."""
    return bool(texts.str.strip().str.fullmatch(_ZEROS).fillna(False).any())


def has_long(texts: pd.Series[str]) -> bool:
    """Whether a column that was read as text holds a whole number that float64 would round."""
    bare = texts.str.strip()
    return any(map(is_long, bare[bare.str.fullmatch(_DIGITS).fillna(False).astype(bool)].unique()))


def suspects(
    columns: Mapping[int, pd.Series[Any]],
    spans: Mapping[int, Span],
    data: bytes,
    layout: Layout,
    places: IntArray,
) -> list[int]:
    """The columns whose cells must be seen as texts to know whether they are numbers.

    ``spans`` are those of the columns that the parser took for numbers, ``places`` what `look`
    found.
    """
    found = set(columns_at(data, layout, places, spans.keys()))
    found.update(index for index, span in spans.items() if span.is_long)
    others = (index for index in columns if index not in spans)
    found.update(index for index in others if has_integers(columns[index]))
    return sorted(found)


def has_integers(series: pd.Series[Any]) -> bool:
    """Whether the parser gave Python's own whole numbers, since they are longer than any other."""
    return series.dtype == object and any(type(cell) is int for cell in series)


def left_as_texts(series: pd.Series[Any], missing: Collection[str]) -> bool:
    """Whether the parser may have given numbers as they are written.

    It does so, with their gaps as empty texts, where whole numbers beyond 64 bits stand beside gaps
    or negative ones. ``missing`` are the texts that mark gaps.
    """
    if has_integers(series):
        return True
    if series.dtype != "str" or series.hasnans:  # of texts it makes gaps
        return False
    first = next((text for text in map(str, series) if text.strip() not in missing), "")
    if not first.strip().lstrip("+-.")[:1].isdecimal():
        return False  # nearly every column of texts shows it at once
    return bool(series.str.fullmatch(_BEYOND_64).any())


def all_whole(numbers: npt.NDArray[Any]) -> bool:
    """Whether no number has a fraction; missing ones have none."""
    step = 1 << 20
    parts = (numbers[first : first + step] for first in range(0, len(numbers), step))
    return not any(bool(((part != np.floor(part)) & ~np.isnan(part)).any()) for part in parts)


# -- by their bytes alone


def look(data: bytes, layout: Layout) -> tuple[int, IntArray]:
    """How many line ends the body has, and where in it a cell begins with a 0 and a digit."""
    body = np.frombuffer(data, dtype=np.uint8, offset=layout.body)
    edges = [ord(sign) for sign in dict.fromkeys(layout.delimiter + layout.quote + " \t\r\n")]
    # below the minus sign there are all edges but a few delimiters: one look for most of them
    others = [edge for edge in edges if ord("-") <= edge < 128]
    edge_at, also = np.empty(_PIECE + 2, dtype=bool), np.empty(_PIECE + 2, dtype=bool)
    ends = 0
    found: list[IntArray] = [np.zeros(1, dtype=np.int64)]
    for first in range(0, len(body), _PIECE):
        here = body[first : first + _PIECE + 2]
        size = len(here)
        edge, other = edge_at[:size], also[:size]
        np.equal(here, _LINE_END, out=other)
        ends += int(np.count_nonzero(other[:_PIECE]))
        np.less(here, ord("-"), out=edge)
        for sign in others:
            np.equal(here, sign, out=other)
            np.logical_or(edge, other, out=edge)
        if size < 3:
            continue
        hit = edge[:-2]
        np.equal(here, _ZERO, out=other)
        np.logical_and(hit, other[1:-1], out=hit)
        np.greater_equal(here, _ZERO, out=other)
        np.logical_and(hit, other[2:], out=hit)
        if hit.any():
            found.append(np.flatnonzero(hit) + (first + 1))
    places = np.concatenate(found)
    places = places[places + 1 < len(body)]
    behind = body[places + 1]
    starts = np.isin(body[np.maximum(places - 1, 0)], edges) | (places == 0)
    real = starts & (body[places] == _ZERO) & (behind >= _ZERO) & (behind <= _NINE)
    return ends, places[real]


def columns_at(
    data: bytes, layout: Layout, places: IntArray, among: Collection[int]
) -> Collection[int]:
    """Of some columns those that have a cell at one of these places of the body.

    Where cells cannot be told by their bytes it may be any of them.
    """
    if not places.size or not among:
        return ()
    ends = None if layout.delimiter == " " else cell_ends(data, layout)
    if ends is None:
        return among
    edges = np.flatnonzero(ends.lines | ends.cells)
    count = np.arange(1, edges.size + 1)
    before_line = np.maximum.accumulate(np.append(0, np.where(ends.lines[edges], count, 0)))
    before = np.searchsorted(edges, places)
    return set(np.unique(before - before_line[before]).tolist()).intersection(among)
