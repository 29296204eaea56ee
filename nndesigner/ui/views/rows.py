"""The content of single rows as people wrote it, where the data still knows it."""

from __future__ import annotations

from nndesigner.data.dataset import Dataset, Prepared
from nndesigner.ui.views.base import number_text


def row_values(
    prepared: Prepared, dataset: Dataset | None, row: int
) -> tuple[tuple[str, str], ...]:
    """Name and value of each column of a validation row."""
    x = prepared.x_val[row].reshape(-1)
    names = prepared.spec.feature_names
    if len(names) != len(x):
        names = tuple(f"input {index + 1}" for index in range(len(x)))
    return tuple((name, number_text(float(value))) for name, value in zip(names, x, strict=True))
