"""How a split comes out before anything is trained: rows and classes of every part."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nndesigner.data.dataset import Dataset
from nndesigner.data.same import as_own_target
from nndesigner.data.split import part_counts, prepare, usable_rows
from nndesigner.data.split_plan import check_split
from nndesigner.data.split_rows import PART_NAMES, share_out
from nndesigner.data.table import RawTable, table_of
from nndesigner.data.table_options import TableOptions
from nndesigner.errors import DataError

#: Up to so many numbers the rows are encoded, so that duplicates can be pointed out.
_MOST_NUMBERS = 5_000_000


@dataclass(frozen=True)
class SplitPreview:
    """Rows of every part, by class where classes are predicted; ``problem`` where it cannot be."""

    counts: dict[str, list[int]]
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each part has."""
        return {name: sum(counts) for name, counts in self.counts.items()}


def preview_split(dataset: Dataset, validation_share: float, seed: int) -> SplitPreview:
    """How the rows of a data set would be shared out. Never raises DataError: it is the problem."""
    classes = dataset.spec.classes
    try:
        if dataset.spec.rows * math.prod(dataset.spec.input_shape) <= _MOST_NUMBERS:
            prepared = prepare(dataset, validation_share, seed)
            return SplitPreview(part_counts(prepared), classes, prepared.notes)
        usable = usable_rows(dataset)
        parts = share_out(dataset, usable, validation_share, seed, dataset.split)
    except DataError as error:
        return SplitPreview({}, classes, (), str(error))
    counts = {}
    labels = dataset.labels
    for name, rows in zip(PART_NAMES, (parts.training, parts.validation, parts.test), strict=True):
        if labels is not None:
            counts[name] = np.bincount(labels[usable[rows]], minlength=len(classes)).tolist()
        else:
            counts[name] = [len(rows)]
    return SplitPreview(counts, classes, parts.notes)


def preview_table_split(
    path: Path,
    raw: RawTable,
    options: TableOptions,
    validation_share: float,
    seed: int,
    *,
    own_target: bool = False,
) -> SplitPreview:
    """The same for a table that was read and not yet taken, perhaps as its own target."""
    try:
        check_split(options.split)
        dataset: Dataset = table_of(path, raw, options)
        dataset = as_own_target(dataset) if own_target else dataset
    except DataError as error:
        return SplitPreview({}, problem=str(error))
    return preview_split(dataset, validation_share, seed)
