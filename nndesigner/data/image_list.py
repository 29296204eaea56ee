"""Pictures that a table lists: a column of paths beside it, one of labels, perhaps one of parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nndesigner.data.columns import Column
from nndesigner.data.dataset import IntArray, Task
from nndesigner.data.image_folder import PICTURE_SUFFIXES, ClassFolder, Found, part_of_name
from nndesigner.data.number_texts import FloatColumn
from nndesigner.data.pixels import MOST_CLASSES, OR_ITSELF, are_measures, class_names
from nndesigner.data.progress import Progress
from nndesigner.data.table import RawTable, read_raw
from nndesigner.data.table_options import ColumnChoice, TableOptions
from nndesigner.data.table_roles import (
    MOST_NUMBER_CLASSES,
    TARGET_NAMES,
    TARGET_NOTE,
    classes_of,
)
from nndesigner.data.unit_texts import united
from nndesigner.data.words import count, nearest, some
from nndesigner.errors import DataError

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
    task: Task | None = None,
) -> Found:
    """The pictures of a list in its order, with their classes, or the numbers beside them. Paths
    start at the list's folder.

    ``task`` says whether numbers are classes; without it that is found out, and said. Without
    ``labelled`` a list of paths alone will do, and one without the ``target``: all are then of one
    class without a name. Raises: DataError.
    """
    raw = _read(path, progress=progress)
    paths = _path_column(raw.columns)
    if paths is None or paths.codes is None:
        raise DataError(f"{path.name} has no column of picture files")
    others = [c for c in raw.columns if c is not paths and c.type != "empty"]
    part = next((c for c in others if _names_parts(c, target)), None)
    choice = [c for c in others if c is not part]
    label = None
    if labelled or target is None or target in [c.name for c in choice]:
        label = _label_column(path, choice, target, TARGET_NAMES)
    if label is None and labelled:
        raise DataError(
            f"{path.name} lists pictures without labels: add a column with the class of each, "
            f"name it as the target, {OR_ITSELF}"
        )
    rows = np.flatnonzero(paths.codes >= 0)
    notes = [*raw.notes]
    if len(rows) < paths.rows:
        notes.append(f"{count(paths.rows - len(rows), 'row names', 'rows name')} no picture.")
    meaning = _Meaning(None, ("",), None, None)
    if label is not None:
        notes = [note for note in notes if note not in label.notes]
        meaning = _meaning(path, label, task, labelled, raw.layout.header)
        notes += meaning.notes if labelled else label.notes
    home: dict[Path, int] = {}
    numbers: dict[Path, float] = {}
    parts: dict[Path, int] = {}
    twice: list[str] = []
    bare = 0
    for row in rows.tolist():
        text = paths.values[int(paths.codes[row])]
        file = _place(path, text)
        code = 0 if meaning.codes is None else int(meaning.codes[row])
        number = 0.0 if meaning.numbers is None else float(meaning.numbers[row])
        if labelled and (code < 0 or number != number):
            bare += 1
            continue
        if file in home:
            twice.append(text)
            continue
        home[file] = code
        numbers[file] = number
        if part is not None and part.codes is not None:
            known = part_of_name(part.values[int(part.codes[row])]) if part.codes[row] >= 0 else 0
            parts[file] = known or 0
    if not home:
        raise DataError(f"{path.name} has no row with a picture and a label")
    if bare and label is not None:
        notes.append(f"{count(bare, 'picture has', 'pictures have')} no {label.name}: left out.")
    if twice:
        notes.append(
            f"{count(len(twice), 'picture is', 'pictures are')} listed twice ({some(twice, 3)}): "
            "the first row counts."
        )
    groups: list[list[Path]] = [[] for _ in meaning.classes]
    for file, code in home.items():
        if code >= 0:
            groups[code].append(file)
    return Found(
        root=path.parent,
        classes=tuple(
            ClassFolder(name, tuple(files))
            for name, files in zip(meaning.classes, groups, strict=True)
            if files
        ),
        notes=tuple(notes),
        parts=parts,
        order=tuple(home),
        labelled=label is not None,
        target=label.name if label is not None else "class",
        task=meaning.task,
        numbers=numbers if meaning.numbers is not None else None,
        columns=tuple(column.name for column in choice),
    )


@dataclass(frozen=True, eq=False)
class _Meaning:
    """What a column of labels was taken for: codes of classes (-1 is missing), or numbers (NaN is).

    ``task`` is None where the labels are texts, which can be nothing but classes.
    """

    codes: IntArray | None
    classes: tuple[str, ...]
    numbers: FloatColumn | None
    task: Task | None
    notes: tuple[str, ...] = ()


def _meaning(
    path: Path, label: Column, task: Task | None, labelled: bool, header: bool
) -> _Meaning:
    """Whether the labels are classes or numbers. Raises: DataError."""
    where = f"{path.name}: the column {label.name!r}"
    if task == "regression" and label.numbers is None:
        choice = {label.name: ColumnChoice(type="number")}
        options = TableOptions(columns=choice, header=header)
        forced = next(c for c in read_raw(path, options).columns if c.name == label.name)
        if forced.type == "empty":
            remedy = "set the task to classification" if labelled else "name each number in it"
            raise DataError(f"{where} holds texts, and none of them is a number: {remedy}")
        label = forced
    if label.numbers is None:
        codes, classes = classes_of(label)
        said = [f"{TARGET_NOTE}{label.name} ({count(len(classes), 'class', 'classes')})."]
        if label.notes and united(label.values, ".") is not None:
            said = [
                f"{label.name}: its cells are numbers with a unit, taken as classes. Set the task "
                "to regression to predict the number."
            ]
        elif label.notes:  # most of its cells are numbers
            said = [
                f"{label.name}: some of its cells are no numbers, so all are taken as classes. Set "
                "the task to regression to count those as missing and predict the number."
            ]
        return _Meaning(codes, classes, None, None, tuple(said))
    held = label.numbers[label.present()]
    values = np.unique(held)
    guessed = task is None
    task = task or _guessed(values, len(held))
    if task == "regression":
        said = [*_said_of(label), f"{TARGET_NOTE}{label.name} (a number)."]
        if guessed and len(values) <= MOST_CLASSES and not are_measures(values, len(held)):
            said[-1] = (
                f"Target: {label.name}, {count(len(values), 'number')} among "
                f"{count(len(held), 'picture')}: predicted as a number (set the task to "
                "classification to take them as classes)."
            )
        return _Meaning(None, ("",), label.numbers, task, tuple(said))
    codes, classes = classes_of(label)
    if labelled:
        class_names(values, len(held), where, "set the task to regression to predict the number")
    said = [*label.notes, f"{TARGET_NOTE}{label.name} ({count(len(classes), 'class', 'classes')})."]
    if guessed and len(classes) > 2:
        said[-1] = (
            f"Target: {label.name}, {count(len(classes), 'number')} taken as classes (set the task "
            "to regression to predict the number itself)."
        )
    return _Meaning(codes, classes, None, task, tuple(said))


def _said_of(label: Column) -> tuple[str, ...]:
    """What was said of the labels' cells, with a remedy that a list of pictures has."""
    if not label.unit:
        return label.notes
    return (
        f"{label.name}: the unit {label.unit!r} is left out of its numbers. Set the task to "
        "classification to take them as they are written.",
    )


def _guessed(values: npt.NDArray[np.float64], rows: int) -> Task:
    """Whether these different numbers of so many pictures are classes.

    They are where each comes again five times, and where they only count the classes, as 0 to 9.
    """
    if len(values) > MOST_CLASSES or are_measures(values, rows):
        return "regression"
    counting = len(values) <= MOST_NUMBER_CLASSES and (
        values[0] in (0, 1) and values[-1] - values[0] == len(values) - 1
    )
    return "classification" if counting or len(values) * 5 <= rows else "regression"


def _read(path: Path, most: int | None = None, progress: Progress | None = None) -> RawTable:
    """The table of a list; a first line that is itself a path is no header."""
    raw = read_raw(path, TableOptions(), most=most, progress=progress)
    if _is_row(raw):
        raw = read_raw(path, TableOptions(header=False), most=most, progress=progress)
    if any(column.lost for column in raw.columns) and _path_column(raw.columns) is not None:
        raise DataError(f"{path.name} lists more pictures than memory holds: open a part of it")
    return raw


def _is_row(raw: RawTable) -> bool:
    """Whether what was taken for names of columns is the first of the pictures."""
    found = _path_column(raw.columns)
    return found is not None and Path(found.name).suffix.lower() in PICTURE_SUFFIXES


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
