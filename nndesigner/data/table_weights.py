"""How much each row of a table counts in the training, as one of its columns says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nndesigner.data.columns import Column
from nndesigner.data.dataset import FloatArray, IntArray, Origin
from nndesigner.data.number_texts import number_text
from nndesigner.data.words import count, some
from nndesigner.errors import DataError

_OTHERWISE = "or use the column as something else"


def weight_notes(columns: Sequence[Column], name: str) -> list[str]:
    """What is to be said about the columns that are to be weights, of which there is at most one.

    Raises: DataError where there are more, or where one holds anything but numbers from 0 on.
    """
    if not columns:
        return []
    if len(columns) > 1:
        raise DataError(
            f"{name}: {some(repr(column.name) for column in columns)} are all to be the weight of "
            "the row: choose one of them"
        )
    column = columns[0]
    start = f"{name}: column {column.name!r} cannot be the weight of the row"
    if column.type == "empty":
        raise DataError(f"{start}: it is empty. Choose another column")
    if column.numbers is None:
        texts = some(map(repr, column.values), 3)
        raise DataError(
            f"{start}: it holds texts ({texts}). Repair them, set its type to number, {_OTHERWISE}"
        )
    if column.beyond:
        cells = count(column.beyond, "number is", "numbers are")
        raise DataError(f"{start}: {cells} infinite or too large. Repair them, {_OTHERWISE}")
    low, high = float(np.nanmin(column.numbers)), float(np.nanmax(column.numbers))
    if low < 0:
        raise DataError(
            f"{start}: it goes down to {number_text(low)}, and a row cannot count less than 0. "
            f"Repair it, {_OTHERWISE}"
        )
    if high == 0 and not column.missing:
        raise DataError(f"{start}: it is 0 in every row, so none would count. Choose another")
    note = (
        f"Weight of the row: {column.name}, from {number_text(low)} to {number_text(high)}; in the "
        "training alone, divided by the mean of its rows."
    )
    if not column.missing:
        return [note]
    rows = count(column.missing, "row has", "rows have")
    verb = "counts" if column.missing == 1 else "count"
    return [note, f"{rows} no weight in {column.name} and {verb} 1, before that division."]


def weights_in(column: Column, rows: IntArray, name: str) -> FloatArray:
    """What these rows count: ``w / mean(w)`` ``(n,)``, where a missing ``w`` is 1.

    With a mean of 1 the learning rate keeps its meaning, and n rows of weight w give the gradient
    of every row written w times. Raises: DataError where all of these rows count 0.
    """
    if column.numbers is None:
        raise DataError(f"{name}: column {column.name!r} holds texts: it cannot weigh rows")
    weights = np.asarray(column.numbers[rows], dtype=np.float64)
    weights = np.where(np.isnan(weights), 1.0, weights)
    most = float(weights.max(initial=0.0))
    if most == 0.0:
        raise DataError(
            f"{name}: every row to train on has the weight 0 in {column.name}: split the rows "
            "another way, or use another column"
        )
    weights /= most  # so that no sum leaves the range of numbers
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def weighted_by(origin: Origin | None) -> str:
    """The column that says what each row counts, as the data were opened; empty without one."""
    columns = origin.options.get("columns") if origin is not None else None
    if not isinstance(columns, dict):
        return ""
    named = [
        name
        for name, choice in columns.items()
        if isinstance(choice, dict) and choice.get("role") == "weight"
    ]
    return str(named[0]) if named else ""
