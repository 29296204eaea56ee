"""What stands above the columns of the open table, and rows of data that have no columns."""

from __future__ import annotations

import numpy as np

from nndesigner.data.column_choice import ROLE_TITLES, TYPE_TITLES
from nndesigner.data.dataset import Dataset
from nndesigner.data.table import TableDataset
from nndesigner.ui.views.text_table import ColumnHead

#: Rows of numbers that are neither a table nor pictures.
MOST_ROWS = 200
MOST_COLUMNS = 100


def column_heads(table: TableDataset) -> list[ColumnHead]:
    """Name, type and role of every column; of an ignored one, why it is."""
    heads = []
    for column, role in zip(table.columns, table.roles.roles, strict=True):
        note = TYPE_TITLES[column.type] + (
            "" if role == "input" else f", {ROLE_TITLES[role].lower()}"
        )
        # what a person made an input or a target of is not ignored, whatever was guessed
        why = column.why if role == "ignore" else ""
        heads.append(
            ColumnHead(
                column.name,
                note,
                role,
                column.numbers is not None,
                why and f"{column.name} is ignored: {why}",
            )
        )
    return heads


def rows_of_numbers(dataset: Dataset) -> tuple[list[ColumnHead], list[list[str]]]:
    """Rows of data that is neither a table nor pictures, as the network sees them."""
    rows = np.arange(min(MOST_ROWS, dataset.spec.rows), dtype=np.int64)
    encoded = dataset.encode(dataset.fit(rows), rows)
    flat = encoded.x.reshape(len(encoded.x), -1)[:, :MOST_COLUMNS]
    names = dataset.spec.feature_names or tuple(f"{i + 1}" for i in range(flat.shape[1]))
    heads = [ColumnHead(name, numeric=True) for name in names[: flat.shape[1]]]
    return heads, [[f"{value:.4g}" for value in row] for row in flat.tolist()]
