"""Tables from Parquet files: columns with their types, read batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nndesigner.data.block_columns import BlockColumns, Cells, number_cells, text_cells
from nndesigner.data.formats import PARQUET
from nndesigner.data.limits import FLOAT_BYTES, fits, require_memory, unreadable
from nndesigner.data.number_span import Span
from nndesigner.data.progress import Progress, tell
from nndesigner.data.store import Shelf, require_disk
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_source import MOST_COLUMNS, PREVIEW_ROWS, Source, typed_source
from nndesigner.data.words import shorten, some
from nndesigner.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

_BATCH = 65_536
#: So many cells of a table that memory cannot hold are looked at in one go.
_DISK_CELLS = 1 << 20
#: Such a table is read through a window of so many bytes a column.
_BUFFER = 1 << 15
#: A cell as Arrow reads it, as a column of ours, and as training wants it.
_CELL_BYTES = 16 + FLOAT_BYTES


def read_parquet_table(
    path: Path, options: TableOptions, preview: bool, progress: Progress | None
) -> Source:
    """The columns that a table can use; lists and other nested ones are left out with a note.

    Raises: DataError.
    """
    import pandas as pd

    with _guarded(path):
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            total = file.metadata.num_rows
            names, left_out = _columns(file.schema_arrow, path.name)
            needed = max(total, 0) * len(names) * _CELL_BYTES
            if not preview and not fits(needed):
                require_disk(needed, path.name)
                with pq.ParquetFile(path, buffer_size=_BUFFER) as piecewise:
                    held = _read_to_disk(piecewise, path.name, names, options, progress)
                frame, spans = held.frame()
                return _source(
                    path, frame, names, left_out, options, progress, spans=spans, lost=held.lost
                )
            table, complete = _read(file, path.name, names, preview, progress)
        columns = {}
        for index, name in enumerate(names):
            tell(progress, 0.6 + 0.3 * index / len(names), f"taking the column {shorten(name, 30)}")
            columns[index] = _column(table.column(index))
    frame = pd.DataFrame(columns)
    return _source(path, frame, names, left_out, options, progress, complete=complete)


def _source(
    path: Path,
    frame: pd.DataFrame,
    names: list[str],
    left_out: list[str],
    options: TableOptions,
    progress: Progress | None,
    *,
    complete: bool = True,
    spans: dict[int, Span] | None = None,
    lost: Mapping[int, int] = MappingProxyType({}),
) -> Source:
    """The source of a frame; with ``spans`` its columns lie on disk."""
    notes: tuple[str, ...] = ()
    if left_out:
        notes = (f"Columns that hold no single values were left out: {some(left_out, 8)}.",)
    return typed_source(
        PARQUET,
        path,
        frame,
        names,
        options,
        complete=complete,
        notes=notes,
        progress=progress,
        spans=spans,
        lost=lost,
    )


def _read_to_disk(
    file: Any, name: str, names: list[str], options: TableOptions, progress: Progress | None
) -> BlockColumns:
    """All rows, batch by batch, in columns that lie on disk."""
    total = max(1, file.metadata.num_rows)
    columns = BlockColumns(len(names), total, Shelf(name), options.needed(names))
    size = max(1, min(_BATCH, _DISK_CELLS // len(names)))
    for batch in _batches(file, size, names):
        columns.add(dict(enumerate(map(_cells, batch.columns))), batch.num_rows)
        share = 0.6 * min(1.0, columns.rows / total)
        tell(progress, share, f"reading row {columns.rows:,} of {total:,}")
    if not columns.rows:
        raise DataError(f"{name}: the file has no rows")
    again = columns.to_repeat()  # whole numbers that are too long are texts in all batches
    for index, batch in enumerate(_batches(file, size, names) if again else ()):
        tell(progress, 0.6, f"reading long numbers of {name}")
        for column in again.get(index, []):
            columns.repeat(index, {column: text_cells(_texts(batch.column(column)))})
    return columns


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    """Turn whatever a damaged file makes the library raise into one sentence."""
    try:
        yield
    except DataError:
        raise
    except ImportError as error:
        raise DataError(f"{path.name}: Parquet cannot be read here: {error}") from None
    except MemoryError:
        raise DataError(f"{path.name} does not fit into memory: open a part of it") from None
    except OSError as error:
        if error.errno is None:  # Arrow's own, for what is no such file
            raise _damaged(path, error) from None
        raise unreadable(path, error) from None
    except Exception as error:  # Arrow has its own errors, and the standard ones for odd types
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> DataError:
    reason = shorten(str(error), 80)
    return DataError(
        f"{path.name} cannot be read as Parquet ({reason}): it is damaged or cut off. "
        "Fetch or write it again"
    )


def _columns(schema: pyarrow.Schema, name: str) -> tuple[list[str], list[str]]:
    """The names of the columns to read, and of those that no table can use."""
    import pyarrow.types as t

    names: list[str] = []
    left_out: list[str] = []
    for field in schema:
        kind = field.type
        if t.is_dictionary(kind):
            kind = kind.value_type
        odd = t.is_nested(kind) or t.is_binary(kind) or t.is_large_binary(kind)
        odd = odd or t.is_fixed_size_binary(kind) or t.is_duration(kind) or t.is_interval(kind)
        (left_out if odd else names).append(field.name)
    if len(names) > MOST_COLUMNS:
        raise DataError(f"{name} has {len(names):,} columns, more than {MOST_COLUMNS:,}")
    if not names:
        raise DataError(f"{name} has no column of single values: there is no table in it")
    if len(set(names)) < len(names):
        raise DataError(f"{name} has columns of the same name: rename them and write it again")
    return names, left_out


def _read(
    file: Any, name: str, names: list[str], preview: bool, progress: Progress | None
) -> tuple[pyarrow.Table, bool]:
    import pyarrow as pa

    batches: list[Any] = []
    rows = taken = 0
    total = max(1, file.metadata.num_rows)
    for batch in file.iter_batches(PREVIEW_ROWS if preview else _BATCH, columns=names):
        batches.append(batch)
        rows += batch.num_rows
        taken += batch.nbytes
        if preview and rows >= PREVIEW_ROWS:
            break
        tell(progress, 0.6 * min(1.0, rows / total), f"reading row {rows:,} of {total:,}")
        require_memory(2 * taken, name, "open a part of it, or close other programs")
    if not rows:
        raise DataError(f"{name}: the file has no rows")
    table = pa.Table.from_batches(batches).select(names)
    return table, rows >= file.metadata.num_rows


def _batches(file: Any, size: int, names: list[str]) -> Iterator[Any]:
    """All rows in pieces, group by group: a reader of several keeps what it has read of each."""
    for group in range(file.num_row_groups):
        for batch in file.iter_batches(size, [group], columns=names, use_threads=False):
            yield batch.select(names)


def _column(values: pyarrow.ChunkedArray) -> pd.Series[Any]:
    """A column as the table code wants it: numbers as numbers, all else as texts."""
    import pandas as pd

    numbers = _numbers(values)
    if numbers is None:
        return _texts(values)
    return pd.Series(
        numbers.astype(np.float64, copy=False) if numbers.dtype.kind == "f" else numbers
    )


def _cells(values: pyarrow.Array) -> Cells:
    """The same of the rows of a batch, without a frame around them: there may be a million."""
    numbers = _numbers(values)
    return text_cells(_texts(values)) if numbers is None else number_cells(numbers)


def _numbers(values: Any) -> npt.NDArray[Any] | None:
    """The numbers of an Arrow array, missing ones as NaN; None for all else, and for whole numbers
    beside gaps that no float64 holds.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as t

    values = _plain(values)
    kind = values.type
    if t.is_null(kind):
        return np.full(len(values), np.nan)
    if t.is_integer(kind):
        if not values.null_count:
            return np.asarray(values.to_numpy(zero_copy_only=False))
        bounds = pc.min_max(values).as_py()
        low, high = bounds["min"] or 0, bounds["max"] or 0
        if Span(float(low), float(high), values.null_count, whole=True).is_long:
            return None  # as floats their last digits would be lost: they are names
    elif t.is_decimal(kind):
        if not kind.scale:
            return None
    elif not t.is_floating(kind):
        return None
    if not t.is_floating(kind):
        values = values.cast(pa.float64())
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _texts(values: Any) -> pd.Series[Any]:
    """The values of an Arrow array as people write them."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as t

    values = _plain(values)
    if t.is_timestamp(values.type):
        values = pc.strftime(values, format="%Y-%m-%d %H:%M:%S")
        values = pc.replace_substring_regex(values, r"( 00:00:00)?(\.0+)?$", "")
    texts = values.cast(pa.large_string())
    return pd.Series(texts.to_pandas(), dtype="str")


def _plain(values: Any) -> Any:
    """An Arrow array without a dictionary; whole numbers as integers, however they are written."""
    import pyarrow.types as t

    if t.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if t.is_decimal(values.type) and not values.type.scale:
        return _whole(values)
    return values


def _whole(values: Any) -> Any:
    """Decimals without fractions, as many databases write all whole numbers, as integers; as they
    are where they are too long for that.
    """
    import pyarrow as pa

    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid:
        return values
