"""Decides which column of a table is the target and which ones the network may see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nndesigner.data.added import check_added
from nndesigner.data.column_choice import (
    ROLE_TITLES,
    TYPE_TITLES,
    ColumnChoice,
    check_choice,
)
from nndesigner.data.columns import Column
from nndesigner.data.dataset import Task
from nndesigner.data.number_texts import number_text
from nndesigner.data.table_options import ColumnRole, ColumnType, TableOptions
from nndesigner.data.table_weights import weight_notes
from nndesigner.data.words import count, nearest, some
from nndesigner.errors import DataError

#: How the note begins that says no more than which column is the target.
TARGET_NOTE = "Target: "
#: Names that say "this is to be predicted", the clearest first.
TARGET_NAMES = (
    "target",
    "survived",
    "label",
    "labels",
    "class",
    "species",
    "y",
    "diagnosis",
    "outcome",
    "output",
    "result",
    "response",
    "churn",
    "income",
    "default",
    "price",
    "median_house_value",
    "medv",
    "quality",
    "score",
)
#: A number column with at most so many whole values is taken for classes.
MOST_NUMBER_CLASSES = 20
MOST_CLASSES = 1000
#: What a network can never see; dates can be an input, but only when somebody says so.
NO_INPUTS = ("text", "id", "empty")
#: The column that a split goes by is no input unless somebody says so.
_SPLIT_ROLES: dict[str, ColumnRole] = {"group": "group", "column": "split"}
_NO_CHOICE = ColumnChoice()
#: So many rows show most columns' nature.
_LOOKED_AT = 1000
#: The class of every row, -1 where it is missing, and what the classes are called.
Classes = tuple[np.ndarray[tuple[int], np.dtype[np.int64]], tuple[str, ...]]


@dataclass(frozen=True)
class Roles:
    """What each column is for. ``roles`` runs parallel to the columns. ``guessed`` says that the
    target is no more than the last column that can be one.
    """

    roles: tuple[ColumnRole, ...]
    task: Task
    notes: tuple[str, ...]
    guessed: bool = False


def decide(columns: Sequence[Column], options: TableOptions, name: str) -> Roles:
    """Target, inputs and ignored columns. Raises: DataError saying what is missing."""
    names = [column.name for column in columns]
    for wanted in (options.target, *options.columns):
        if wanted is not None and wanted not in names:
            raise DataError(f"{name} has no column {wanted!r}: {nearest(wanted, names)}")
    notes: list[str] = []
    targets, guessed = _targets(columns, options, name, notes)
    task = _task(targets, options, name, notes)
    chosen = {
        column: choice.role for column, choice in options.columns.items() if choice.role is not None
    }
    roles: list[ColumnRole] = []
    ignored = []
    for column in columns:
        if column in targets:
            roles.append("target")
            continue
        role = chosen.get(column.name)
        if role is None and column.name == options.split.column:
            role = _SPLIT_ROLES.get(options.split.method)
        if role is None or role == "target":
            role = "ignore" if column.type in NO_INPUTS or column.type == "date" else "input"
            if role == "ignore":
                ignored.append(f"{column.name} ({column.why or 'text'})")
        elif role == "input" and column.type in NO_INPUTS:
            raise DataError(
                f"{name}: column {column.name!r} cannot be an input: {column.why or 'it is text'}. "
                "Set its type to category or number, or ignore it"
            )
        roles.append(role)
    _leaks(columns, roles, targets, task, chosen, notes)
    pairs = tuple(zip(columns, roles, strict=True))
    notes += weight_notes([column for column, role in pairs if role == "weight"], name)
    if ignored:
        notes.append(f"Ignored: {some(ignored, 8)}.")
    if "input" not in roles:
        raise DataError(
            f"{name}: no column is left to learn from beside the target "
            f"{some(repr(t.name) for t in targets)}. If the columns run together, choose another "
            "delimiter"
        )
    for column, role in zip(columns, roles, strict=True):
        check_choice(column.name, column.type, role, options.columns.get(column.name, _NO_CHOICE))
    numbers = [
        c.name
        for c, r in zip(columns, roles, strict=True)
        if r == "input" and c.numbers is not None
    ]
    others = set(names).difference(numbers)
    check_added(options.added, numbers, [name for name in names if name in others])
    if options.split.column and options.split.column not in names:
        wanted = options.split.column
        raise DataError(f"{name} has no column {wanted!r} to split by: {nearest(wanted, names)}")
    return Roles(tuple(roles), task, tuple(notes), guessed)


def _targets(
    columns: Sequence[Column], options: TableOptions, name: str, notes: list[str]
) -> tuple[list[Column], bool]:
    """The targets, and whether they are no more than the last column that can be one."""
    guessed = False
    wanted = [] if options.target is None else [options.target]
    wanted += [
        column
        for column, choice in options.columns.items()
        if choice.role == "target" and column not in wanted
    ]
    if wanted:
        targets = [column for column in columns if column.name in wanted]
    else:
        free = [
            column
            for column in columns
            if column.name != options.split.column or options.split.method == "time"
        ]
        first, _ = _pick(free, name)  # what it would be if nothing had been said of any column
        picked, guessed = _pick([c for c in free if not _role(c, options)], name, first)
        if picked is None:
            raise DataError(
                f"{name}: no column can be a target: all hold texts or nothing. Name the target, "
                "or choose another delimiter if the columns run together"
            )
        if first is not None and picked is not first:
            role = _role(first, options)
            what = ROLE_TITLES[role].lower() if role else TYPE_TITLES[first.type]
            notes.append(
                f"{first.name} would be the target, but is set to {what}: {picked.name} is "
                "predicted instead."
            )
        targets = [picked]
        if guessed and len(columns) > 1:
            notes.append(guess_note(picked))
    for target in targets:
        if target.missing == target.rows:
            raise DataError(
                f"{name}: the target {target.name!r} has no value in any row: "
                "choose another target column"
            )
    return targets, guessed


def guess_note(target: Column) -> str:
    """What is said of a target that is no more than the last column."""
    return (
        f"No column is named like a target, so the last one, {target.name}, is taken: choose "
        "another target column if that is wrong."
    )


def _role(column: Column, options: TableOptions) -> ColumnRole | None:
    """What a person said that a column is for."""
    return options.columns.get(column.name, _NO_CHOICE).role


def _type(column: Column, options: TableOptions) -> ColumnType | None:
    """What a person said that a column holds."""
    return options.columns.get(column.name, _NO_CHOICE).type


def _pick(
    columns: Sequence[Column], name: str, before: Column | None = None
) -> tuple[Column | None, bool]:
    """The column that looks most like a target, and whether it is no more than the last one.

    Types that a person chose make no other column the target: one that can be none by what it
    holds comes last. Without ``before``, the pick by what the columns hold, chosen types are not
    looked at.
    """
    none = (*NO_INPUTS, "date")
    usable = [column for column in columns if (column.natural or column.type) not in none]
    if before is not None or not usable:
        now = [column for column in columns if column.type not in none]
        usable = [column for column in now if column in usable] or now
    if not usable:
        return None, False
    lower = {column.name.casefold(): column for column in reversed(usable)}
    for known in TARGET_NAMES:
        if known == "y" and "z" in lower:
            continue  # one of three coordinates
        if known in lower:
            return lower[known], False
    stem = name.rsplit(".", 1)[0].casefold()
    for candidate in (stem, stem.removesuffix("s")):  # mpg.csv, tips.csv
        if candidate in lower:
            return lower[candidate], False
    for column in usable:
        words = column.name.casefold().replace("-", "_").split("_")
        if "target" in words or "label" in words:
            return column, False
    return usable[-1], True


def _task(targets: Sequence[Column], options: TableOptions, name: str, notes: list[str]) -> Task:
    """Whether classes or numbers are to be predicted."""
    first = targets[0]
    names = some((column.name for column in targets), 10)
    if len(targets) > 1:
        texts = [column.name for column in targets if column.numbers is None]
        if texts or options.task == "classification":
            raise DataError(
                f"{name}: several targets ({names}) must all hold numbers: keep one, "
                f"or set the type of {some(texts or [names])} to number"
            )
        notes.append(f"Targets: {names} (numbers).")
        return "regression"
    if first.numbers is None:
        if options.task == "regression":
            raise DataError(
                f"{name}: the target {first.name!r} holds texts and cannot be predicted as a "
                "number: set its type to number, or the task to classification"
            )
        if first.distinct > MOST_CLASSES:
            raise DataError(
                f"{name}: the target {first.name!r} has {first.distinct:,} different texts, too "
                "many for classes: choose another target column"
            )
        task: Task = "classification"
    elif options.task is not None or _type(first, options) == "number":
        task = options.task or "regression"
        if task == "classification" and first.distinct > MOST_CLASSES:
            raise DataError(
                f"{name}: the target {first.name!r} has {first.distinct:,} different numbers, too "
                "many for classes: set the task to regression"
            )
    else:
        task = "classification" if _few_whole(first) else "regression"
    if task == "regression":
        notes.append(f"{TARGET_NOTE}{first.name} (a number).")
    elif first.numbers is not None and first.distinct > 2:
        notes.append(
            f"Target: {first.name}, {count(first.distinct, 'whole number')} taken as classes "
            "(set the task to regression to predict the number itself)."
        )
    else:
        notes.append(f"{TARGET_NOTE}{first.name} ({count(first.distinct, 'class', 'classes')}).")
    return task


def _few_whole(column: Column) -> bool:
    """Whether a number column holds few whole numbers, each of them often."""
    if column.numbers is None:
        return False
    present = column.numbers[~np.isnan(column.numbers)]
    for rows in (present[:_LOOKED_AT], present):  # most columns show it at once
        if not (rows == np.floor(rows)).all():
            return False
    found = np.unique(present)
    if len(present) >= 4 and tuple(found.tolist()) in ((0, 1), (-1, 1), (1, 2)):
        return True
    return len(found) <= MOST_NUMBER_CLASSES and len(found) * 5 <= len(present)


def classes_of(target: Column) -> Classes:
    """The class of every row (-1 where it is missing) and the names of the classes."""
    if target.numbers is None:
        codes = target.codes if target.codes is not None else np.zeros(0, dtype=np.int32)
        return codes.astype(np.int64), target.values
    present = ~np.isnan(target.numbers)
    unique, inverse = np.unique(target.numbers[present], return_inverse=True)
    labels = np.full(target.rows, -1, dtype=np.int64)
    labels[present] = inverse
    return labels, tuple(number_text(value) for value in unique.tolist())


def _leaks(
    columns: Sequence[Column],
    roles: list[ColumnRole],
    targets: Sequence[Column],
    task: Task,
    chosen: dict[str, ColumnRole],
    notes: list[str],
) -> None:
    """Ignore columns that only say the target in other words, and point them out."""
    classes = classes_of(targets[0]) if task == "classification" else None
    for index, column in enumerate(columns):
        if roles[index] != "input" or column.name in chosen:
            continue
        if roles.count("input") == 1:
            return
        for target in targets:
            if _repeats(column, target, classes):
                roles[index] = "ignore"
                notes.append(
                    f"{column.name} alone gives away {target.name} in every row, so it is ignored: "
                    "set its role to input to use it all the same."
                )
                break


def _repeats(column: Column, target: Column, known: Classes | None) -> bool:
    """Whether each value of the column goes with one value of the target only.

    ``known`` are the target's classes, None for a number target.
    """
    if _surely_differs(column, target, known):
        return False
    both = column.present() & target.present()
    rows = int(both.sum())
    if rows < 20 or rows < 0.9 * int(target.present().sum()):
        return False
    if known is None:
        if column.numbers is None or target.numbers is None:
            return False
        return bool(np.array_equal(column.numbers[both], target.numbers[both]))
    labels, classes = known
    if column.numbers is None:
        own = column.codes if column.codes is not None else np.zeros(0, dtype=np.int32)
        codes, values = own[both].astype(np.int64), len(column.values)
    else:
        unique, codes = np.unique(column.numbers[both], return_inverse=True)
        values = len(unique)
    if values * 5 > rows or len(classes) < 2:
        return False
    pairs = np.unique(codes * len(classes) + labels[both])
    return len(pairs) == len(np.unique(codes)) and len(np.unique(labels[both])) > 1


def _surely_differs(column: Column, target: Column, known: Classes | None) -> bool:
    """Whether some rows already show that a column does not repeat the target.

    Of n rows with at most n / 5 values, 4 √n drawn at random hold 40 pairs of equal ones on
    average: where there is no such pair, there are more values (to be wrong is as likely as
    e⁻⁴⁰). And one pair with two classes is enough. The few pairs of a column with somewhat more
    values may agree by chance: then ten times as many rows are drawn.
    """
    rows = column.rows
    held = column.numbers if column.numbers is not None else column.codes
    if held is None or rows < _LOOKED_AT:
        return False
    for times in (4, 40):
        drawn = _drawn(rows, times * math.isqrt(rows))
        own = held[drawn]
        there = ~np.isnan(own) if column.numbers is not None else own >= 0
        if known is None:
            if column.numbers is None or target.numbers is None:
                return True
            there &= ~np.isnan(target.numbers[drawn])
            if (own[there] != target.numbers[drawn][there]).any():
                return True
            continue
        labels = known[0][drawn]
        there &= labels >= 0
        if there.sum() < 0.8 * len(drawn):
            return False
        order = np.argsort(own[there])
        values, classes = own[there][order], labels[there][order]
        equal = values[1:] == values[:-1]
        if not equal.any() or (classes[1:] != classes[:-1])[equal].any():
            return True
    return False


@lru_cache(maxsize=4)
def _drawn(rows: int, number: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Some of the rows, in order; the same for every column."""
    found = np.unique(np.random.default_rng(0).integers(0, rows, number))
    found.setflags(write=False)
    return found
