"""Where a table's content comes from: one reader a format, all leading into the same table code.

Workbooks and JSON become text, so that headers, units, missing marks and types are found as in a
CSV; Parquet and arrays bring typed columns, which are taken as they are.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from nndesigner.data.formats import EXCEL, JSON, NUMPY, PARQUET, TEXT, Format, format_of
from nndesigner.data.limits import require_file, unreadable
from nndesigner.data.number_span import Span
from nndesigner.data.progress import Progress, tell
from nndesigner.data.table_blocks import BLOCKS_FROM, read_big
from nndesigner.data.table_frame import TableFrame
from nndesigner.data.table_layout import Layout, column_names
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_text import TableText, read_text
from nndesigner.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

#: So many rows of a typed table, and so many bytes of a text, are looked at for a preview.
PREVIEW_ROWS = 5_000
#: A table may have so many columns: more is no table that a person made.
MOST_COLUMNS = 20_000
_SHOWN_ROWS = 400
_HASHED = 4 << 20


@dataclass(frozen=True, eq=False)
class Source:
    """A table as its format gives it: text to be cut into cells, or columns with their types.

    ``options`` are those that were given, with what the format leaves no choice about.
    ``first_line`` is what the first row below the header is called in notes, 0 where that is its
    line in the text. ``sheets`` are those of a workbook.
    """

    format: Format
    text: TableText
    options: TableOptions
    layout: Layout | None = None
    frame: TableFrame | None = None
    first_line: int = 0
    sheets: tuple[str, ...] = ()


def in_blocks(size: int) -> bool:
    """Whether a text of so many bytes is read in blocks."""
    return size >= BLOCKS_FROM


def read_source(
    path: Path,
    options: TableOptions,
    *,
    most: int | None = None,
    progress: Progress | None = None,
) -> Source:
    """Read a table by its format; with ``most`` its beginning alone. Raises: DataError."""
    size = require_file(path)
    found = format_of(path)
    preview = most is not None
    if found is JSON:
        from nndesigner.data.json_table import read_json_table

        return read_json_table(path, options, most, progress)
    if found is EXCEL:
        from nndesigner.data.excel_table import read_excel_table

        return read_excel_table(path, options, preview, progress)
    if found is PARQUET:
        from nndesigner.data.parquet_table import read_parquet_table

        return read_parquet_table(path, options, preview, progress)
    if found is NUMPY:
        from nndesigner.data.array_table import read_array_table

        return read_array_table(path, options, preview, progress)
    if found is not TEXT:
        raise DataError(f"{path.name} is no table: it holds {found.title.lower()}")
    if most is None and in_blocks(size) and not options.foot:  # whose last lines are seen whole
        big = read_big(path, options, progress)
        if big is not None:
            return Source(TEXT, big.text, options, big.layout, big.frame)
    return Source(TEXT, read_text(path, options.encoding, most=most, progress=progress), options)


# -- for the readers


def text_source(
    found: Format,
    path: Path,
    records: Iterable[Sequence[str | float]],
    options: TableOptions,
    *,
    complete: bool,
    notes: tuple[str, ...] = (),
    first_line: int = 0,
    sheets: tuple[str, ...] = (),
) -> Source:
    """Records of cells as the text of a CSV; cells hold no line ends."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for record in records:
        if record:
            writer.writerow(record)
        else:
            stream.write("\n")
    data = stream.getvalue().encode("utf-8", "replace")
    if not data.strip(b'\n ,"'):
        raise DataError(f"{path.name}: the file has no rows: it is empty")
    fixed = msgspec.structs.replace(options, delimiter=",", quote='"', decimal=".", encoding=None)
    return Source(
        found,
        facts(path, data, complete=complete, notes=notes),
        fixed,
        first_line=first_line,
        sheets=sheets,
    )


def typed_source(
    found: Format,
    path: Path,
    columns: pd.DataFrame,
    names: Sequence[str],
    options: TableOptions,
    *,
    complete: bool,
    notes: tuple[str, ...] = (),
    progress: Progress | None = None,
    spans: Mapping[int, Span] | None = None,
    lost: Mapping[int, int] = MappingProxyType({}),
) -> Source:
    """Columns (numbers as numbers, all else as texts) called 0, 1, … with their names.

    With ``spans``, what the numbers of columns span, they lie on disk. ``lost`` are columns whose
    texts memory did not hold, with the number of those it did.
    """
    if options.foot:
        raise DataError(
            f"{path.name}: its columns have types, so no line at its foot spoils them: take foot "
            "back"
        )
    if not len(columns) or not names:
        raise DataError(f"{path.name}: the file has no rows")
    unique, renamed = column_names(list(names), len(names))
    head = columns.iloc[:_SHOWN_ROWS]
    texts = [["" if missing(v) else str(v) for v in head[index]] for index in range(len(names))]
    layout = Layout(
        delimiter=",",
        decimal=".",
        header=True,
        skip=0,
        names=unique,
        body=0,
        body_line=1,
        rows=tuple(zip(*texts, strict=True)),
        notes=tuple(renamed),
    )
    lines = np.arange(1, len(columns) + 1, dtype=np.int64)
    text = facts(path, b"", complete=complete, notes=notes, progress=progress)
    frame = TableFrame(columns, lines, (), on_disk=spans is not None, spans=spans or {}, lost=lost)
    return Source(found, text, options, layout, frame)


def missing(value: object) -> bool:
    """Whether a cell of a typed table holds nothing."""
    return value is None or value != value


def facts(
    path: Path,
    data: bytes,
    *,
    complete: bool,
    notes: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> TableText:
    """What is known of a file; the hash is that of its bytes, where all of it was read."""
    return TableText(
        path=path,
        data=data,
        encoding="utf-8",
        size=path.stat().st_size,
        content_hash=file_hash(path, progress) if complete else "",
        complete=complete,
        notes=notes,
    )


def file_hash(path: Path, progress: Progress | None = None) -> str:
    """The sha256 of a file. Raises: DataError when it cannot be read, and "cancelled"."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_HASHED):
                digest.update(piece)
                if len(piece) == _HASHED:
                    tell(progress, 0.95, f"looking whether {path.name} is as it was")
    except OSError as error:
        raise unreadable(path, error) from None
    return digest.hexdigest()


def flat(text: str) -> str:
    """A cell on one line, so that lines are counted as rows are."""
    if "\n" in text or "\r" in text or "\0" in text:
        return " ".join(text.replace("\0", "").split())
    return text
