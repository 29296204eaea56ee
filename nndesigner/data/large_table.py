"""Tables that memory cannot hold: their rows lie on disk and are measured and encoded in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from nndesigner.data.columns import Column
from nndesigner.data.dataset import Encoded, IntArray
from nndesigner.data.limits import FLOAT_BYTES, fits
from nndesigner.data.store import on_disk, scratch
from nndesigner.data.table_encode import encode_columns
from nndesigner.data.table_encoding import TableEncoding

#: Means, deviations and fills of a table on disk are those of so many of its training rows.
MOST_FITTED = 1_000_000
#: Numbers that are encoded at a time.
_PIECE = 1 << 21
#: The count of a sentence: at its start, or behind the name of a column (which may hold digits).
_NUMBER = re.compile(r"(?:(?<=: )|\A)\d[\d,]*(?= )")


def is_large(columns: Iterable[Column]) -> bool:
    """Whether the rows of a table lie on disk."""
    return any(on_disk(held) for c in columns for held in (c.numbers, c.codes) if held is not None)


def rows_to_fit(columns: Iterable[Column], rows: IntArray) -> IntArray:
    """The rows to measure: all of them, or evenly spread ones of a table on disk.

    A mean of a million rows is off by a thousandth of the deviation.
    """
    if len(rows) <= MOST_FITTED or not is_large(columns):
        return rows
    return rows[np.linspace(0, len(rows) - 1, MOST_FITTED).astype(np.int64)]


def encode_rows(
    columns: Sequence[Column],
    encoding: TableEncoding,
    kept: IntArray,
    targets: Sequence[Column],
    name: str,
    *,
    keep_all: bool = False,
) -> Encoded:
    """Rows as numbers, as `encode_columns` gives them; on disk where memory cannot hold them.

    ``kept`` ascends. Raises: DataError.
    """
    width = max(1, len(encoding.features))
    by_name = {column.name: column for column in columns}
    if fits(len(kept) * width * FLOAT_BYTES * 2):
        return encode_columns(by_name, encoding, kept, tuple(targets), name, keep_all=keep_all)
    x = scratch((len(kept), width), np.float32, name)
    step = max(1, _PIECE // width)
    ys: list[Any] = []
    rows: list[IntArray] = []
    notes: list[str] = []
    used = 0
    for start in range(0, len(kept), step):
        here = kept[start : start + step]
        first, last = int(here[0]), int(here[-1]) + 1
        part = encode_columns(
            {column.name: column.part(first, last) for column in columns},
            encoding,
            here - first,
            tuple(column.part(first, last) for column in targets),
            name,
            keep_all=keep_all,
        )
        x[used : used + len(part.x)] = part.x
        used += len(part.x)
        if part.y is not None:
            ys.append(part.y)
        rows.append(part.kept + first)
        notes += part.notes
    y = np.concatenate(ys) if ys else None
    return Encoded(x=x[:used], y=y, kept=np.concatenate(rows), notes=added_up(notes))


def added_up(notes: Sequence[str]) -> tuple[str, ...]:
    """Sentences of many pieces as those of the whole, their counts added up."""
    counts: dict[str, int] = {}
    texts: dict[str, str] = {}
    for note in notes:
        found = _NUMBER.search(note)
        key = _NUMBER.sub("#", note, count=1)
        counts[key] = counts.get(key, 0) + (int(found[0].replace(",", "")) if found else 0)
        texts[key] = note
    return tuple(
        _NUMBER.sub(f"{counts[key]:,}", text, count=1) if counts[key] else text
        for key, text in texts.items()
    )
