"""Tables on their way from another format: their rows as the text of a CSV in the cache.

So that rows that memory cannot hold are cut and typed as those of a big CSV are, in blocks.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from nndesigner.data.formats import Format
from nndesigner.data.progress import Progress, part_of, tell
from nndesigner.data.store import require_disk, scratch_folder
from nndesigner.data.table_blocks import read_big
from nndesigner.data.table_layout import column_names
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_source import Source, facts

_LOOK = 20_000


class Spool:
    """Rows of cells, written as they come; those that came before a column did are filled up."""

    def __init__(self, place: Path, name: str) -> None:
        self.name = name
        self._place = place
        self._path = place / (name or "table")
        self._file = self._path.open("w", encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._widths = array("H")

    @property
    def rows(self) -> int:
        """How many were written."""
        return len(self._widths)

    def add(self, cells: Sequence[str | float]) -> None:
        """The next row; its cells hold no line ends, and none of them are a blank line."""
        if cells:
            self._writer.writerow(cells)
        else:
            self._file.write("\n")
        self._widths.append(len(cells))

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def finished(self, progress: Progress | None) -> Path:
        """The text, all its rows of the same number of cells. Raises: DataError, OSError."""
        self._file.close()
        width = max(self._widths, default=0)
        if all(own in (0, width) for own in set(self._widths)):
            return self._path
        require_disk(self._path.stat().st_size, self.name)
        short = self._path.rename(self._place / "short rows")
        with short.open("rb") as old, self._path.open("wb") as new:
            for number, (own, line) in enumerate(zip(self._widths, old, strict=True)):
                if number % _LOOK == 0:
                    share = number / len(self._widths)
                    tell(progress, share, f"filling up row {number + 1:,}")
                missing = b"," * (width - own) if own else b""
                new.write(line[:-1] + missing + b"\n")
        short.unlink()
        return self._path


@contextmanager
def spool(name: str, needed: int) -> Iterator[Spool]:
    """A place for rows of so many bytes that is gone afterwards. Raises: DataError."""
    require_disk(needed, name)
    with scratch_folder() as place:
        rows = Spool(place, name)
        try:
            yield rows
        finally:
            rows.close()


def spooled_source(
    rows: Spool,
    found: Format,
    path: Path,
    options: TableOptions,
    progress: Progress | None,
    *,
    names: Sequence[str] | None = None,
    notes: tuple[str, ...] = (),
    sheets: tuple[str, ...] = (),
) -> Source | None:
    """The table of the rows; with ``names`` of columns all of them are rows, the first is row 1.

    None where they cannot be read in blocks. Raises: DataError.
    """
    fixed = msgspec.structs.replace(options, delimiter=",", quote='"', decimal=".", encoding=None)
    unique: tuple[str, ...] = ()
    renamed: list[str] = []
    if names is not None:
        fixed = msgspec.structs.replace(fixed, header=False, skip=0)
        unique, renamed = column_names(list(names), len(names))
    text = rows.finished(part_of(progress, 0.5, 0.6))
    big = read_big(text, fixed, part_of(progress, 0.6, 0.9), unique)
    if big is None:
        return None
    layout = big.layout
    if names is not None:
        layout = replace(layout, header=True, names=unique, notes=tuple(renamed))
        fixed = msgspec.structs.replace(fixed, header=True)
    told = facts(path, b"", complete=True, notes=notes, progress=progress)
    return Source(found, told, fixed, layout, big.frame, sheets=sheets)
