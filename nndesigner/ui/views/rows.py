"""The content of single rows as people wrote it, where the data still knows it."""

from __future__ import annotations

from nndesigner.data.columns import Column
from nndesigner.data.dataset import Dataset, Prepared
from nndesigner.data.number_texts import number_text as cell_number
from nndesigner.data.table import TableDataset
from nndesigner.ui.views.base import number_text


def cell_text(column: Column, row: int) -> str:
    """One cell as a text; an empty one where the value is missing."""
    if column.numbers is not None:
        value = float(column.numbers[row])
        return "" if value != value else cell_number(value)
    if column.codes is not None and column.codes[row] >= 0:
        return column.values[int(column.codes[row])]
    return ""


def _short(column: Column, row: int) -> str:
    """A cell for a card, where ten figures of a measurement would be cut."""
    if column.numbers is None:
        return cell_text(column, row)
    value = float(column.numbers[row])
    long = value == value and value % 1 and 1e-4 <= abs(value) < 1e5
    return f"{value:.5g}" if long else cell_text(column, row)


def row_values(
    prepared: Prepared, dataset: Dataset | None, row: int
) -> tuple[tuple[str, str], ...]:
    """Name and value of each input column of a validation row.

    Without the data itself these are the numbers that the network sees.
    """
    dataset = dataset.source if dataset is not None else None
    if isinstance(dataset, TableDataset):
        source = int(prepared.val_rows[row])
        if source < dataset.spec.rows:
            return tuple(
                (column.name, _short(column, source) or "missing") for column in dataset.inputs
            )
    x = prepared.x_val[row].reshape(-1)
    names = prepared.spec.feature_names
    if len(names) != len(x):
        names = tuple(f"input {index + 1}" for index in range(len(x)))
    return tuple((name, number_text(float(value))) for name, value in zip(names, x, strict=True))
