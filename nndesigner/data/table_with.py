"""New rows of a table through a saved encoding, for evaluation and prediction."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from nndesigner.data.dataset import Encoded
from nndesigner.data.formats import TEXT, format_of
from nndesigner.data.large_table import encode_rows
from nndesigner.data.new_row_notes import far_notes, filled_rows, unit_notes
from nndesigner.data.number_texts import MARK_NAMES, number_text, parse_number
from nndesigner.data.progress import Progress
from nndesigner.data.table import read_raw
from nndesigner.data.table_encoding import DateColumn, NumberColumn, TableEncoding
from nndesigner.data.table_layout import clear_decimal, detect, doubtful_number
from nndesigner.data.table_options import ColumnChoice, TableOptions
from nndesigner.data.table_text import read_text
from nndesigner.data.words import count


def read_table_with(
    encoding: TableEncoding,
    path: Path,
    options: TableOptions,
    progress: Progress | None = None,
    *,
    keep_all: bool = False,
    said: Collection[str] = (),
) -> Encoded:
    """New rows through a saved encoding. Without the target column y is None.

    Rows without a target are left out with a note; with ``keep_all`` every row stays, and its y is
    -1 (a class) or NaN (a number) where it has none that the network knows. ``said`` names the
    options that were given for these rows; the others are those of the training, and are followed
    as far as the file does not speak against them. Raises: DataError.
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
        foot=options.foot if "foot" in said else None,  # that of the training is of its file alone
        header=options.header
        if options.header is not None
        else (None if encoding.header else False),
        missing=(*encoding.missing, *(options.missing if "missing" in said else ())),
        columns=choices,
        ragged=options.ragged,
        sheet=options.sheet,
    )
    marks: list[str] = []
    if "decimal" not in said and format_of(path) is TEXT:
        options, marks = _with_decimal(path, options, encoding)
    raw = read_raw(path, options, progress=progress)
    by_name = {column.name: column for column in raw.columns}
    found = tuple(by_name[target.name] for target in encoding.targets if target.name in by_name)
    notes = [*raw.notes, *marks]
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
    filled, gaps = filled_rows(by_name, encoding, encoded.kept)
    notes += [*encoded.notes, *unit_notes(by_name, encoding), *gaps]
    notes += far_notes(by_name, encoding, encoded.kept)
    return Encoded(x=encoded.x, y=encoded.y, kept=encoded.kept, notes=tuple(notes), filled=filled)


#: So much of a file shows how its numbers are written.
_LOOK_BYTES = 1 << 18


def _with_decimal(
    path: Path, options: TableOptions, encoding: TableEncoding
) -> tuple[TableOptions, list[str]]:
    """The options with the decimal mark of the training, or that of the file where it leaves no
    doubt about another one; and what is to be said of it.
    """
    kept: Literal["", ".", ","] = options.decimal or encoding.decimal
    loose = msgspec.structs.replace(options, decimal=None)
    text = read_text(path, options.encoding, most=_LOOK_BYTES)
    layout = detect(text.data, loose, path.name)
    clear = clear_decimal(layout.rows, thousands=kept == ",")
    if kept and clear and clear != kept:
        here, there = MARK_NAMES[clear], MARK_NAMES[kept]
        note = (
            f"Numbers have a decimal {here} here, and had a decimal {there} in the training: they "
            f"are read with a {here}."
        )
        return msgspec.structs.replace(options, decimal=clear), [note]
    mark: Literal[".", ","] = kept or clear or "."
    numbers = {column.name for column in encoding.columns if isinstance(column, NumberColumn)}
    places = [place for place, name in enumerate(layout.names) if name in numbers]
    cells = (row[place] for row in layout.rows for place in places if place < len(row))
    doubtful = doubtful_number(cells, mark) if clear is None else ""
    notes = []
    if doubtful:
        read = number_text(parse_number(doubtful, mark))
        why = ", as in the training" if kept else ""
        notes.append(
            f"Numbers have a decimal {MARK_NAMES[mark]}{why}: {doubtful!r} is read as {read}. If "
            "that is wrong, say the decimal mark."
        )
    return msgspec.structs.replace(options, decimal=mark), notes
