"""A whole table counted beside its preview, so that figures are those of every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nndesigner.data.column_facts import Facts, column_facts
from nndesigner.data.progress import Progress, tell
from nndesigner.data.split_preview import SplitPreview, preview_table_split
from nndesigner.data.table import RawTable, TableDataset, read_raw, table_of
from nndesigner.data.table_options import TableOptions


@dataclass(frozen=True, eq=False)
class TableFull:
    """All rows of a table as they were read with ``options``, and what was counted in them."""

    path: Path
    options: TableOptions
    raw: RawTable
    facts: Mapping[str, Facts]
    split: SplitPreview

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return self.raw.columns[0].rows

    def dataset(self) -> TableDataset:
        """The data set, without reading the file again. Raises: DataError."""
        return table_of(self.path, self.raw, self.options)


def read_table_full(
    path: Path,
    options: TableOptions,
    validation_share: float,
    seed: int,
    progress: Progress | None = None,
    *,
    own_target: bool = False,
) -> TableFull:
    """Read and count a whole table. Raises: DataError, also when ``progress`` gives up."""
    raw = read_raw(path, options, progress=progress)
    facts = {}
    for place, column in enumerate(raw.columns):
        tell(progress, 0.7 + 0.25 * place / len(raw.columns), "counting all rows")
        facts[column.name] = column_facts(column)
    tell(progress, 0.96, "sharing out the rows")
    split = preview_table_split(path, raw, options, validation_share, seed, own_target=own_target)
    return TableFull(path, options, raw, facts, split)
