"""Looks at data on the reading thread: of which kind they are, and what their preview shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from nndesigner.data import kind_of, open_data, read_table_head
from nndesigner.data.again import split_anew
from nndesigner.data.formats import EXCEL, format_of
from nndesigner.data.made_table import MadeTable
from nndesigner.data.progress import Progress, tell
from nndesigner.data.split_plan import Split
from nndesigner.data.split_preview import SplitPreview, preview_split, preview_table_split
from nndesigner.data.table_head import TableHead
from nndesigner.data.table_options import TableOptions
from nndesigner.errors import DataError
from nndesigner.ui.dialogs.open_data_arrays import arrays_of
from nndesigner.ui.dialogs.open_data_pictures import Pictures, pictures_of

Kind = Literal["csv", "images", "idx", "arrays"]


@dataclass(frozen=True, eq=False)
class Found:
    """What the reading thread brings: of which kind the data are, and their preview."""

    kind: Kind
    preview: TableHead | Pictures | None
    problem: str = ""
    #: The arrays to choose among, where it is not clear which is which.
    arrays: tuple[tuple[str, str], ...] = ()
    split: SplitPreview | None = None
    #: The format of a table that could not be read, and its sheets: the choices may mend it.
    format: str = "text"
    sheets: tuple[str, ...] = ()


def look(
    path: Path,
    kind: Kind | None,
    table: TableOptions,
    options: dict[str, Any],
    labels: Path | None,
    progress: Progress,
    share: float = 0.2,
    seed: int = 1,
    *,
    own_target: bool = False,
) -> Found:
    """Read the preview of whatever lies there; runs on the reading thread."""
    if kind is None and not path.exists():
        raise DataError(f"{path} is not there: it was moved, renamed or deleted. Choose it again")
    kind = kind or kind_of(path)
    try:
        if kind == "csv":
            tell(progress, 0.2, f"looking at {path.name}")
            head = read_table_head(path, table)
            split = None
            if head.complete and head.raw is not None and not head.problem:
                split = preview_table_split(
                    path, head.raw, table, share, seed, own_target=own_target
                )
            return Found(kind, head, split=split)
        dataset = open_data(path, labels=labels, options=options, progress=progress)
        tell(progress, 0.98, "sharing out the rows")
        split = preview_split(dataset, share, seed)
        tell(progress, 1.0, "making small pictures")
        return Found(kind, pictures_of(dataset), split=split)
    except DataError as error:
        if progress(1.0, "") is False:
            raise
        if kind == "csv":
            found = format_of(path)
            sheets = _sheets(path) if found is EXCEL else ()
            return Found(kind, None, str(error), format=found.kind, sheets=sheets)
        return Found(kind, None, str(error), arrays_of(path) if kind == "arrays" else ())


def _sheets(path: Path) -> tuple[str, ...]:
    """The sheets of a workbook, none where it cannot be read at all."""
    from nndesigner.data.excel_table import sheets_of

    try:
        return sheets_of(path)
    except DataError:
        return ()


def look_split(kind: Kind, pictures: Pictures, split: Split, share: float, seed: int) -> Found:
    """The same pictures with other parts, not read anew; runs on the reading thread."""
    dataset = split_anew(pictures.dataset, split)
    return Found(
        kind, replace(pictures, dataset=dataset), split=preview_split(dataset, share, seed)
    )


def look_made(
    made: MadeTable, table: TableOptions, share: float, seed: int, *, own_target: bool = False
) -> Found:
    """The preview of points without a file; runs on the reading thread."""
    head = made.head(table)
    split = made.split(table, share, seed, own_target=own_target) if not head.problem else None
    return Found("csv", head, split=split)
