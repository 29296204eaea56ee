"""Tables from arrays: each column of x is an input, y is what is to be predicted."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nndesigner.data.arrays import Meaning, find_array_labels, meaning_of
from nndesigner.data.block_columns import BlockColumns, cells_of, text_cells
from nndesigner.data.formats import NUMPY
from nndesigner.data.limits import FLOAT_BYTES, fits
from nndesigner.data.npy_file import ArrayFile, ArrayInfo
from nndesigner.data.number_span import Span
from nndesigner.data.progress import Progress, part_of, tell
from nndesigner.data.store import Shelf, require_disk
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_source import MOST_COLUMNS, PREVIEW_ROWS, Source, typed_source
from nndesigner.data.words import count
from nndesigner.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

#: A number as a column holds it; so many are put into columns at a time.
_CELL_BYTES = 8
_PIECE = 1 << 21


def read_array_table(
    path: Path, options: TableOptions, preview: bool, progress: Progress | None
) -> Source:
    """The arrays of a file side by side. Raises: DataError."""
    import pandas as pd

    file = ArrayFile(path)
    rows = PREVIEW_ROWS if preview else None
    pieces: list[tuple[ArrayFile, ArrayInfo]] = []
    notes: list[str] = []
    lists = [info for info in file.infos if len(info.shape) == 1]
    if not file.single and len(lists) == len(file.infos) and len({i.shape for i in lists}) == 1:
        pieces = [(file, info) for info in lists]  # one array a column
    else:
        meaning = meaning_of(file)
        pieces.append((file, meaning.first.x))
        if meaning.first.y is not None:
            pieces.append((file, meaning.first.y))
        elif file.single:
            beside = find_array_labels(path)
            if beside is not None:
                labels = ArrayFile(beside)
                pieces.append((labels, labels.infos[0]))
                notes.append(f"The targets were taken from {beside.name}.")
        if len(pieces) == 1:
            notes.append(
                f"{path.name} holds {meaning.first.x.text} and no labels: choose which column is "
                "the target, or the input itself."
            )
        notes += left_out(meaning, file)
    shapes = {info.shape[:1] for _, info in pieces}
    if len(shapes) > 1:
        names = " and ".join(info.text for _, info in pieces)
        raise DataError(f"{path.name}: {names} have different numbers of rows")
    total = pieces[0][1].shape[0]
    if not total:
        raise DataError(f"{path.name}: the file has no rows")
    width = sum(info.nbytes // info.dtype.itemsize // total for _, info in pieces)
    needed = total * width * (_CELL_BYTES + FLOAT_BYTES)
    on_disk = rows is None and not fits(needed) and not any(info.is_text for _, info in pieces)
    columns: dict[int, pd.Series[Any]] = {}
    names_of: list[str] = []
    spans: dict[int, Span] = {}
    lost: dict[int, int] = {}
    shelf = Shelf(path.name)
    if on_disk:
        require_disk(total * width * _CELL_BYTES, path.name)
    for number, (where, info) in enumerate(pieces):
        share = 0.9 * number / len(pieces), 0.9 * (number + 1) / len(pieces)
        if on_disk:
            own = part_of(progress, *share)
            _append_from_disk(where, info, columns, names_of, spans, lost, shelf, options, own)
            continue
        array = where.read(info, rows=rows, progress=part_of(progress, *share))
        _append(array, info, columns, names_of, path.name)
    frame = pd.DataFrame(columns, copy=False)
    return typed_source(
        NUMPY,
        path,
        frame,
        names_of,
        options,
        complete=rows is None or total <= rows,
        notes=tuple(notes),
        progress=progress,
        spans=spans if on_disk else None,
        lost=lost,
    )


def _append_from_disk(
    file: ArrayFile,
    info: ArrayInfo,
    columns: dict[int, pd.Series[Any]],
    names: list[str],
    spans: dict[int, Span],
    lost: dict[int, int],
    shelf: Shelf,
    options: TableOptions,
    progress: Progress | None,
) -> None:
    """The columns of an array that memory cannot hold, read in pieces and put on disk."""
    import pandas as pd

    width = math.prod(info.shape[1:])
    called = _names(info, width, names, file.name)
    found = BlockColumns(width, info.shape[0], shelf, options.needed(called))
    piece = max(1, _PIECE // width)
    for block in file.blocks(info, piece, progress):
        part: dict[int, pd.Series[Any]] = {}
        _append(block, info, part, [], file.name)
        found.add({place: cells_of(series) for place, series in part.items()}, len(block))
    again = found.to_repeat()  # whole numbers that are too long are texts in all pieces
    for index, block in enumerate(file.blocks(info, piece, None) if again else ()):
        tell(progress, 1.0, f"reading long numbers of {file.name}")
        cells = block.reshape(len(block), -1)
        for place in again.get(index, []):
            texts = pd.Series(cells[:, place].astype(str), dtype="str")
            found.repeat(index, {place: text_cells(texts)})
    frame, own = found.frame()
    spans.update({len(names) + place: span for place, span in own.items()})
    lost.update({len(names) + place: number for place, number in found.lost.items()})
    for place, name in enumerate(called):
        columns[len(names)] = frame.pop(cast("str", place))
        names.append(name)


def left_out(meaning: Meaning, file: ArrayFile) -> list[str]:
    """What of a file is not used."""
    used = {info.name for pair in meaning.pairs[:1] for info in (pair.x, pair.y) if info}
    if meaning.classes is not None:
        used.add(meaning.classes.name)
    rest = [info.text for info in file.infos if info.name not in used]
    return [f"Other arrays in the file were left alone: {', '.join(rest[:8])}."] if rest else []


def _append(
    array: np.ndarray[Any, Any],
    info: ArrayInfo,
    columns: dict[int, pd.Series[Any]],
    names: list[str],
    where: str,
) -> None:
    import pandas as pd

    flat = array.reshape(len(array), -1)
    for index, name in enumerate(_names(info, flat.shape[1], names, where)):
        column = flat[:, index]
        if column.dtype.kind == "S":
            column = np.char.decode(column, "utf-8", "replace")
        if column.dtype.kind == "U":
            values = pd.Series(column.astype(object), dtype="str")
        elif column.dtype.kind == "b":
            values = pd.Series(np.where(column, "true", "false").astype(object), dtype="str")
        else:
            values = pd.Series(np.ascontiguousarray(column))
        columns[len(names)] = values
        names.append(name)


def _names(info: ArrayInfo, width: int, names: list[str], where: str) -> list[str]:
    """What the columns of an array are called. Raises: DataError where they are too many."""
    if len(names) + width > MOST_COLUMNS:
        raise DataError(
            f"{where}: {info.text} makes {count(len(names) + width, 'column')}, more than "
            f"{MOST_COLUMNS:,}"
        )
    name = info.name.rsplit("/", 1)[-1]
    return [name] if width == 1 else [f"{name}_{index + 1}" for index in range(width)]
