"""Tables from Excel workbooks (.xlsx): one sheet, its cells as the text that they show."""

from __future__ import annotations

import datetime
import errno
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from nndesigner.data.archive import checked_members
from nndesigner.data.formats import EXCEL
from nndesigner.data.limits import TABLE_BYTES, fits, require_memory, unreadable
from nndesigner.data.number_span import INEXACT
from nndesigner.data.progress import Progress, tell
from nndesigner.data.spooled import Spool, spool, spooled_source
from nndesigner.data.store import has_disk
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_source import (
    MOST_COLUMNS,
    PREVIEW_ROWS,
    Source,
    flat,
    text_source,
)
from nndesigner.data.words import nearest, some
from nndesigner.errors import DataError

#: What a sheet may hold by Excel's own rules.
_MOST_ROWS = 1_048_576
_CELL_BYTES = 60
#: So many cells are held in memory as texts; of a larger sheet so many are put on disk at a time.
_HELD_CELLS = 2_000_000
_TOGETHER = 20_000
#: What a byte of the workbook's list of texts takes in memory, guessed with care.
_TEXT_BYTES = 6
_LOOK = 200
_ERRORS = frozenset(
    ("#N/A", "#DIV/0!", "#REF!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!")
)
INSTALL = 'install it with: pip install "nndesigner[excel]", or save the sheet as CSV and open that'


def read_excel_table(
    path: Path, options: TableOptions, preview: bool, progress: Progress | None
) -> Source:
    """One sheet: that of the options, else the first that is shown. Raises: DataError."""
    with ExitStack() as stack:
        with _guarded(path):
            sheets_bytes = _check_archive(path)
            file = stack.enter_context(path.open("rb"))  # by its path its name would be judged
            book = _open(file, path.name)
            names = tuple(sheet.title for sheet in book.worksheets)
            if not names:
                raise DataError(f"{path.name} has no sheet with cells")
            sheet = _chosen(book, list(names), options, path.name)
            title = sheet.title
            notes: tuple[str, ...] = ()
            if len(names) > 1 and options.sheet is None:
                notes = (f"The workbook has {len(names)} sheets: {title!r} was read.",)
            rows, spooled, complete = _cells(
                sheet, path.name, preview, sheets_bytes, stack, progress
            )
            book.close()
        if spooled is not None:
            found = spooled_source(
                spooled, EXCEL, path, options, progress, notes=notes, sheets=names
            )
            if found is None:
                raise DataError(
                    f"{path.name}: the sheet {title!r} holds cells that cannot be read in pieces: "
                    "save it as CSV, or open a part of it"
                )
            return found
    if not any(rows):
        others = [name for name in names if name != title]
        instead = f": choose another sheet ({some(map(repr, others))})" if others else ""
        raise DataError(f"{path.name}: the sheet {title!r} has no rows{instead}")
    width = max(len(row) for row in rows)
    return text_source(
        EXCEL,
        path,
        [[*row, *[""] * (width - len(row))] if row else row for row in rows],
        options,
        complete=complete,
        notes=notes,
        sheets=names,
    )


def sheets_of(path: Path) -> tuple[str, ...]:
    """The names of a workbook's sheets. Raises: DataError when it is no workbook."""
    with _guarded(path):
        _check_archive(path)
        with path.open("rb") as file:
            book = _open(file, path.name)
            names = tuple(sheet.title for sheet in book.worksheets)
            book.close()
    return names


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    """Turn whatever a damaged workbook makes the library raise into one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except DataError:
        raise
    except MemoryError:
        raise DataError(f"{path.name} does not fit into memory: open a part of it") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise unreadable(path, error) from None
    except Exception as error:  # openpyxl raises nearly anything for a file that is not as it wants
        raise DataError(
            f"{path.name} cannot be read as a workbook ({type(error).__name__}): it is damaged or "
            "of an old kind. Save it again as .xlsx, or its sheet as CSV"
        ) from None


def _open(file: IO[bytes], name: str) -> Any:
    try:
        import openpyxl
    except ImportError:
        raise DataError(f"{name} is a workbook, and openpyxl is not here: {INSTALL}") from None
    return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)


def _check_archive(path: Path) -> int:
    """The bytes that the sheets unpack to. Refuses a workbook whose other parts, which are held
    as a whole (its texts above all), take more memory than there is, before anything is unpacked.
    """
    with zipfile.ZipFile(path) as archive:
        members = checked_members(archive, path.name)
    sheets = [m for m in members if m.filename.lower().startswith("xl/worksheets/")]
    read = sum(m.file_size for m in sheets)
    held = sum(m.file_size for m in members) - read
    require_memory(
        held * _TEXT_BYTES,
        f"{path.name}, whose texts are held as a whole,",
        "save the sheet as CSV and open that, which is read in pieces",
    )
    return read


def _chosen(book: Any, names: list[str], options: TableOptions, name: str) -> Any:
    if options.sheet is not None:
        if options.sheet not in names:
            raise DataError(
                f"{name} has no sheet {options.sheet!r}: {nearest(options.sheet, names)}"
            )
        return book.worksheets[names.index(options.sheet)]
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return (shown or book.worksheets)[0]


def _cells(
    sheet: Any,
    name: str,
    preview: bool,
    most_bytes: int,
    stack: ExitStack,
    progress: Progress | None,
) -> tuple[list[list[str]], Spool | None, bool]:
    """The rows as texts without empty cells at their ends, and whether those are all.

    Very many go on to a text on disk, which lasts as long as ``stack``.
    """
    sheet.reset_dimensions()  # what a file says of its size may be far too much, or wrong
    rows: list[list[str]] = []
    spooled: Spool | None = None
    cells = blank = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True)):
        if preview and number >= PREVIEW_ROWS:
            return rows[: len(rows) - blank], None, False
        if number >= _MOST_ROWS:
            break
        row = [_text(value) for value in values]
        while row and not row[-1]:
            row.pop()
        if len(row) > MOST_COLUMNS:
            raise DataError(f"{name}: row {number + 1:,} has {len(row):,} cells: it is no table")
        blank = 0 if row else blank + 1
        rows.append(row)
        cells += len(row)
        if number % _LOOK == 0:
            tell(progress, 0.5 * number / _MOST_ROWS, f"reading row {number + 1:,}")
        if cells > _HELD_CELLS and not preview:
            if spooled is None and fits(2 * cells * _CELL_BYTES) and not has_disk(most_bytes):
                continue  # a full disk is no reason where memory is free
            spooled = spooled or stack.enter_context(spool(name, most_bytes))
            for each in rows:
                spooled.add(each)
            rows, cells = [], _HELD_CELLS - _TOGETHER
    if spooled is not None:
        for each in rows:
            spooled.add(each)
        return [], spooled, True
    tell(progress, 0.5, f"read {len(rows):,} rows")
    require_memory(cells * TABLE_BYTES, name, "open a part of it")
    return rows[: len(rows) - blank], None, True


def _text(value: Any) -> str:
    """A cell as people write it into a CSV; an error such as #N/A is a missing value."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            text = flat(value.strip())
            return "" if text in _ERRORS else text
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < INEXACT else repr(value)
        case datetime.datetime():
            plain = value.time() == datetime.time()
            return value.date().isoformat() if plain else value.isoformat(" ", _exact(value))
        case datetime.time():
            return value.isoformat(_exact(value))
        case datetime.date():
            return value.isoformat()
        case _:
            return flat(str(value))


def _exact(value: datetime.datetime | datetime.time) -> Literal["seconds", "milliseconds"]:
    """What a time is written to: a workbook holds milliseconds."""
    return "milliseconds" if value.microsecond >= 1000 else "seconds"
