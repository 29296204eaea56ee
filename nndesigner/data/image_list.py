"""Pictures that a table lists: a column of paths beside it, one of labels, perhaps one of parts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nndesigner.data.columns import Column
from nndesigner.data.image_folder import PICTURE_SUFFIXES, ClassFolder, Found, part_of_name
from nndesigner.data.pixels import class_names
from nndesigner.data.progress import Progress
from nndesigner.data.table_options import TableOptions
from nndesigner.data.words import count, nearest, some
from nndesigner.errors import DataError

if TYPE_CHECKING:
    from nndesigner.data.table import RawTable

_HEAD_BYTES = 1 << 16
_LOOK = 50
_PART_NAMES = re.compile(r"split|part|set|subset|usage|fold(er)?", re.IGNORECASE)
_SUFFIX = re.compile(
    rb"\.(" + "|".join(s[1:] for s in sorted(PICTURE_SUFFIXES)).encode() + rb")\b", re.IGNORECASE
)


def looks_like_list(path: Path) -> bool:
    """Whether a text table has a column of pictures, some of which are there. Never raises."""
    try:
        with path.open("rb") as file:
            if _SUFFIX.search(file.read(_HEAD_BYTES)) is None:
                return False
        columns = _read(path, most=_HEAD_BYTES).columns
    except (DataError, OSError):
        return False
    found = _path_column(columns)
    if found is None:
        return False
    for text in found.values[:_LOOK]:
        try:
            if _place(path, text).is_file():
                return True
        except (OSError, ValueError, DataError):
            continue
    return False


def find_listed(
    path: Path,
    target: str | None = None,
    progress: Progress | None = None,
    *,
    labelled: bool = True,
) -> Found:
    """The pictures of a list in its order, with their classes. Paths start at the list's folder.

    Without ``labelled`` a list of paths alone will do: all are then of one class without a name.
    Raises: DataError.
    """
    from nndesigner.data.table_roles import TARGET_NAMES, classes_of

    raw = _read(path, progress=progress)
    paths = _path_column(raw.columns)
    if paths is None or paths.codes is None:
        raise DataError(f"{path.name} has no column of picture files")
    others = [c for c in raw.columns if c is not paths and c.type != "empty"]
    part = next((c for c in others if _names_parts(c, target)), None)
    label = _label_column(path, [c for c in others if c is not part], target, TARGET_NAMES)
    if label is None and labelled:
        raise DataError(
            f"{path.name} lists pictures without labels: add a column with the class of each, or "
            "name it as the target"
        )
    rows = np.flatnonzero(paths.codes >= 0)
    notes = [*raw.notes]
    if len(rows) < paths.rows:
        notes.append(f"{count(paths.rows - len(rows), 'row names', 'rows name')} no picture.")
    codes, classes = classes_of(label) if label is not None else (None, ("",))
    if label is not None and label.numbers is not None and labelled:
        held = label.numbers[label.present()]
        class_names(np.unique(held), len(held), f"{path.name}: the column {label.name!r}")
        if len(classes) * 5 > len(held):
            notes.append(
                f"{label.name}: its {len(classes):,} different numbers are taken as classes, with "
                f"{count(len(held), 'picture')} among them all. If they are measures, no network "
                "of pictures learns them."
            )
    home: dict[Path, int] = {}
    parts: dict[Path, int] = {}
    twice: list[str] = []
    for row in rows.tolist():
        text = paths.values[int(paths.codes[row])]
        file = _place(path, text)
        code = 0 if codes is None else int(codes[row])
        if code < 0 and labelled:
            continue
        if file in home:
            twice.append(text)
            continue
        home[file] = code
        if part is not None and part.codes is not None:
            known = part_of_name(part.values[int(part.codes[row])]) if part.codes[row] >= 0 else 0
            parts[file] = known or 0
    if not home:
        raise DataError(f"{path.name} has no row with a picture and a label")
    if twice:
        notes.append(
            f"{count(len(twice), 'picture is', 'pictures are')} listed twice ({some(twice, 3)}): "
            "the first row counts."
        )
    groups: list[list[Path]] = [[] for _ in classes]
    for file, code in home.items():
        if code >= 0:
            groups[code].append(file)
    return Found(
        root=path.parent,
        classes=tuple(
            ClassFolder(name, tuple(files))
            for name, files in zip(classes, groups, strict=True)
            if files
        ),
        notes=tuple(notes),
        parts=parts,
        order=tuple(home),
        labelled=label is not None,
    )


def _read(path: Path, most: int | None = None, progress: Progress | None = None) -> RawTable:
    """The table of a list; a first line that is itself a path is no header."""
    from nndesigner.data.table import read_raw

    raw = read_raw(path, TableOptions(), most=most, progress=progress)
    found = _path_column(raw.columns)
    if found is not None and Path(found.name).suffix.lower() in PICTURE_SUFFIXES:
        raw = read_raw(path, TableOptions(header=False), most=most, progress=progress)
    if found is not None and any(column.lost for column in raw.columns):
        raise DataError(f"{path.name} lists more pictures than memory holds: open a part of it")
    return raw


def _path_column(columns: tuple[Column, ...]) -> Column | None:
    """The column nearly all of whose texts end as picture files do."""
    for column in columns:
        if column.codes is None or not column.values:
            continue
        shown = column.values[:1000]
        named = sum(Path(text).suffix.lower() in PICTURE_SUFFIXES for text in shown)
        if named >= 0.8 * len(shown):
            return column
    return None


def _names_parts(column: Column, target: str | None) -> bool:
    if column.name == target or column.codes is None or not _PART_NAMES.fullmatch(column.name):
        return False
    return bool(column.values) and all(part_of_name(value) is not None for value in column.values)


def _label_column(
    path: Path, columns: list[Column], target: str | None, usual: tuple[str, ...]
) -> Column | None:
    if target is not None:
        found = next((column for column in columns if column.name == target), None)
        if found is None:
            names = [column.name for column in columns]
            raise DataError(f"{path.name} has no column {target!r}: {nearest(target, names)}")
        return found
    by_name = {column.name.casefold(): column for column in columns}
    named = next((by_name[name] for name in usual if name in by_name), None)
    return named or (columns[0] if columns else None)


def _place(path: Path, text: str) -> Path:
    """Where a listed picture lies. Raises: DataError for one on another computer."""
    plain = text.strip().replace("\\", "/")
    if plain.startswith("//") or "://" in plain:
        raise DataError(
            f"{path.name} lists pictures on other computers ({text[:60]!r}): copy them beside it"
        )
    return path.parent / plain
