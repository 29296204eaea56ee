"""What is said of the columns of a table that are used: gaps, orders, many inputs from one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nndesigner.data.column_choice import FILL_TITLES
from nndesigner.data.columns import MOST_CATEGORIES, Column
from nndesigner.data.dataset import IntArray
from nndesigner.data.number_texts import number_text
from nndesigner.data.table_options import ColumnChoice, TableOptions
from nndesigner.data.table_roles import Roles
from nndesigner.data.words import count, some

_NO_CHOICE = ColumnChoice()


def plan_notes(columns: Sequence[Column], roles: Roles, options: TableOptions) -> list[str]:
    """Everything that is to be said of how the columns are used."""
    inputs = [c for c, role in zip(columns, roles.roles, strict=True) if role == "input"]
    return [
        *missing_notes(columns, roles, options),
        *order_notes(inputs, options),
        *width_notes(inputs, options),
    ]


def single_notes(
    name: str, labels: IntArray, classes: Sequence[str], lines: IntArray | None
) -> list[str]:
    """Classes of one row, among others with many: perhaps that row is a sum, or a source."""
    counts = np.bincount(labels[labels >= 0], minlength=len(classes))
    single = np.flatnonzero(counts == 1)
    if not single.size or len(classes) < 3 or counts.max() < 5 or 2 * single.size > len(classes):
        return []
    shown = []
    for place in single[:3].tolist():
        row = int(np.flatnonzero(labels == place)[0])
        where = f" (line {lines[row]})" if lines is not None else ""
        shown.append(f"{classes[place]!r}{where}")
    has = "has" if single.size == 1 else "have"
    return [
        f"{name}: {some([*shown, *[''] * (single.size - len(shown))], 3)} {has} one row alone: a "
        "class that can be learnt but not judged, or no row of the table, as a sum below it."
    ]


def order_notes(inputs: Sequence[Column], options: TableOptions) -> list[str]:
    """The orders that were taken for categories that count from the least to the most."""
    notes = []
    for column in inputs:
        choice = options.columns.get(column.name, _NO_CHOICE)
        if column.type == "category" and choice.coding == "ordinal" and not choice.order:
            order = some(column.values, 12)
            notes.append(
                f"{column.name}: no order was given, so that of numbers and letters is taken, from "
                f"the least to the most: {order}. If that is wrong, give the order, as in "
                "low|middle|high."
            )
    return notes


def width_notes(inputs: Sequence[Column], options: TableOptions) -> list[str]:
    """Columns that become very many inputs, one for each of their values."""
    notes = []
    for column in inputs:
        coded = options.columns.get(column.name, _NO_CHOICE).coding != "ordinal"
        if column.type == "category" and coded and len(column.values) > MOST_CATEGORIES:
            each = column.rows / len(column.values)
            notes.append(
                f"{column.name}: {len(column.values):,} values become as many inputs, each 1 in "
                f"about {each:.3g} of {column.rows:,} rows: hardly enough to learn from. Ignore "
                "the column, or set its coding to ordinal if its values have an order."
            )
    return notes


def lacking_note(target: Column) -> str:
    """What becomes of rows without a value in the target."""
    rows = count(target.missing, "row has", "rows have")
    return f"{rows} no value in the target {target.name} and cannot be learnt from."


def missing_notes(columns: Sequence[Column], roles: Roles, options: TableOptions) -> list[str]:
    """What is missing in the columns that are used, and what happens to it."""
    pairs = tuple(zip(columns, roles.roles, strict=True))
    notes = []
    every = [c for c, role in pairs if role == "input" and c.missing]
    own = {name for name, choice in options.columns.items() if choice.fill is not None}
    gaps = [c for c in every if c.name not in own]
    if gaps:
        counts = some((f"{c.name} {c.missing:,}" for c in gaps), 8)
        fate = {
            "typical": "filled with the mean or the most frequent value of the training rows",
            "median": "filled with the median or the most frequent value of the training rows",
            "zero": "filled with zero or the most frequent value of the training rows",
            "constant": f"filled with {number_text(options.fill_value)} or the most frequent value "
            "of the training rows",
            "drop": "their rows are left out",
        }[options.fill]
        notes.append(f"Missing values: {counts}; {fate}.")
    for column in (c for c in every if c.name in own):
        choice = options.columns[column.name]
        with_what = (
            choice.fill_value if choice.fill == "constant" else FILL_TITLES[str(choice.fill)]
        )
        fate = "row is left out" if choice.fill == "drop" else f"filled with {with_what}"
        notes.append(f"Missing values: {column.name} {column.missing:,}; {fate}.")
    for target in (c for c, role in pairs if role == "target" and c.missing):
        notes.append(lacking_note(target))
    constant = [c.name for c, role in pairs if role == "input" and c.is_constant]
    if constant:
        notes.append(f"The same value in every row, so of no use: {some(constant, 8)}.")
    return notes


def without_texts(column: Column, number: int) -> Column:
    """A column of so many different texts, and more, that memory did not hold them."""
    why = f"it holds more than {number:,} different texts, more than memory does"
    note = (
        f"{column.name}: memory does not hold its different texts, more than {number:,}, so they "
        "were left out: choose its type, or a part of the table, to use it."
    )
    return replace(column, type="text", why=why, notes=(note,), lost=True)
