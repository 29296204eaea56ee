"""New rows of a table through a saved encoding, for evaluation and prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.data.dataset import Encoded
from nndesigner.data.large_table import encode_rows
from nndesigner.data.progress import Progress
from nndesigner.data.table import read_raw
from nndesigner.data.table_encoding import DateColumn, NumberColumn, TableEncoding
from nndesigner.data.table_options import ColumnChoice, TableOptions
from nndesigner.data.words import count


def read_table_with(
    encoding: TableEncoding,
    path: Path,
    options: TableOptions,
    progress: Progress | None = None,
    *,
    keep_all: bool = False,
) -> Encoded:
    """New rows through a saved encoding. Without the target column y is None.

    Rows without a target are left out with a note; with ``keep_all`` every row stays, and its y is
    -1 (a class) or NaN (a number) where it has none that the network knows. Raises: DataError.
    """
    choices: dict[str, ColumnChoice] = {}
    for column in encoding.columns:
        if isinstance(column, DateColumn):
            choices[column.name] = ColumnChoice(type="date", date_format=column.date_format)
            continue
        kind = "number" if isinstance(column, NumberColumn) else "category"
        choices[column.name] = ColumnChoice(type=kind)  # type: ignore[arg-type]
    for target in encoding.targets:
        kind = "category" if encoding.task == "classification" else "number"
        choices[target.name] = ColumnChoice(type=kind)  # type: ignore[arg-type]
    options = TableOptions(
        delimiter=options.delimiter,
        quote=options.quote,
        decimal=options.decimal,
        encoding=options.encoding,
        skip=options.skip,
        header=options.header
        if options.header is not None
        else (None if encoding.header else False),
        missing=encoding.missing,
        columns=choices,
        ragged=options.ragged,
        sheet=options.sheet,
    )
    raw = read_raw(path, options, progress=progress)
    by_name = {column.name: column for column in raw.columns}
    found = tuple(by_name[target.name] for target in encoding.targets if target.name in by_name)
    notes = list(raw.notes)
    kept = np.arange(raw.columns[0].rows, dtype=np.int64)
    if len(found) < len(encoding.targets):
        found = ()
        notes.append(f"There is no column {encoding.targets[0].name!r} to compare with.")
    elif all(not column.present().any() for column in found):
        found = ()
    elif not keep_all:
        there = np.ones(len(kept), dtype=bool)
        for present in found:
            there &= present.present()
        if not there.all():
            notes.append(f"{count(int((~there).sum()), 'row')} without a target left out.")
        kept = kept[there]
    encoded = encode_rows(raw.columns, encoding, kept, found, path.name, keep_all=keep_all)
    return Encoded(x=encoded.x, y=encoded.y, kept=encoded.kept, notes=(*notes, *encoded.notes))
