"""What is said of new rows beside their predictions: cells that were filled, values far away."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from nndesigner.data.columns import Column
from nndesigner.data.dataset import IntArray
from nndesigner.data.number_texts import number_text
from nndesigner.data.table_encoding import (
    AnyColumn,
    DateColumn,
    NumberColumn,
    TableEncoding,
    TargetColumn,
)
from nndesigner.data.words import count, some

#: So many rows, and so many columns, are named; all are counted.
MOST_ROWS = 10
MOST_COLUMNS = 5


def filled_rows(
    columns: Mapping[str, Column], encoding: TableEncoding, kept: IntArray
) -> tuple[IntArray | None, list[str]]:
    """The rows among ``kept`` that lack an input, None for none, and what is said of them.

    What stands in for each column is named. Columns whose gaps leave a row out in training are
    spoken of where they are encoded.
    """
    every = np.zeros(len(kept), dtype=bool)
    told = np.zeros(len(kept), dtype=bool)
    fills = []
    for wanted in encoding.columns:
        gaps = ~_present(columns[wanted.name], wanted)[kept]
        if not gaps.any():
            continue
        every |= gaps
        if not (wanted.drop or encoding.fill == "drop"):
            told |= gaps
            fills.append(f"{wanted.name} with {_stand_in(wanted)}")
    notes = []
    if told.any():
        rows = kept[told]
        notes.append(
            f"{count(len(rows), 'row has', 'rows have')} missing values, which were filled with "
            f"what stood in for them in training ({some(fills, MOST_COLUMNS)}): {_rows(rows)}."
        )
    return (kept[every] if every.any() else None), notes


def unit_notes(columns: Mapping[str, Column], encoding: TableEncoding) -> list[str]:
    """A sentence on each column whose numbers have another unit than those of the training."""
    inputs = [wanted for wanted in encoding.columns if isinstance(wanted, NumberColumn)]
    known: list[NumberColumn | TargetColumn] = [
        *inputs,
        *(target for target in encoding.targets if target.name in columns),
    ]
    return [
        f"{wanted.name}: its numbers are in {columns[wanted.name].unit!r} here and were in "
        f"{wanted.unit!r} in the training: they are taken as they stand. Write them in "
        f"{wanted.unit!r}."
        for wanted in known
        if wanted.unit and columns[wanted.name].unit not in ("", wanted.unit)
    ]


def far_notes(columns: Mapping[str, Column], encoding: TableEncoding, kept: IntArray) -> list[str]:
    """A sentence on each number column with values far outside what the training rows had: by more
    than all that lay between their least and their greatest.
    """
    notes = []
    for wanted in encoding.columns:
        numbers = columns[wanted.name].numbers
        if not isinstance(wanted, NumberColumn) or numbers is None:
            continue
        if wanted.least is None or wanted.most is None:  # saved before they were measured
            continue
        values = numbers[kept]
        span = wanted.most - wanted.least
        far = np.flatnonzero((values < wanted.least - span) | (values > wanted.most + span))
        if not len(far):
            continue
        first = f"{number_text(float(values[far[0]]))} in row {int(kept[far[0]]) + 1:,}"
        what = count(len(far), "value is", "values are")
        had = number_text(wanted.least)
        if span:
            had += f" to {number_text(wanted.most)}"
        rows = "that row" if len(far) == 1 else "those rows"
        notes.append(
            f"{wanted.name}: {what} far outside {had}, which is all that the network was trained "
            f"on: {first}{' and others' if len(far) > 1 else ''}. Its answer for {rows} is a guess."
        )
    more = len(notes) - MOST_COLUMNS
    if more > 0:
        return [*notes[:MOST_COLUMNS], f"{count(more, 'more column has', 'more columns have')} "
                "values far from those of the training."]  # fmt: skip
    return notes


def _present(column: Column, wanted: AnyColumn) -> npt.NDArray[np.bool_]:
    if isinstance(wanted, DateColumn) and column.moments is None:  # its texts are no dates at all
        return np.zeros(column.rows, dtype=bool)
    return column.present()


def _stand_in(wanted: AnyColumn) -> str:
    if isinstance(wanted, NumberColumn):
        return f"{wanted.fill:.4g}" if abs(wanted.fill) < 10_000 else number_text(wanted.fill)
    if isinstance(wanted, DateColumn):
        return str(np.datetime64(int(wanted.fill), "s").astype("datetime64[D]"))
    return repr(wanted.fill) if wanted.fill else "none of its values"


def _rows(rows: IntArray) -> str:
    """``row 3``, ``rows 3 and 7``, ``rows 1, 2, 3 and 90 more``."""
    numbers = [f"{row + 1:,}" for row in rows.tolist()]
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    if len(numbers) <= MOST_ROWS:
        return f"rows {', '.join(numbers[:-1])} and {numbers[-1]}"
    return f"rows {some(numbers, MOST_ROWS)}"
