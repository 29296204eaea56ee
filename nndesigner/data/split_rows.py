"""Decides for every row whether it is trained on, validated on or kept for the test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nndesigner.data.columns import Column
from nndesigner.data.dataset import Dataset, IntArray
from nndesigner.data.split_plan import Split
from nndesigner.data.table import TableDataset
from nndesigner.data.words import count, some
from nndesigner.errors import DataError

PART_NAMES = ("training", "validation", "test")
_PARTS = {
    **dict.fromkeys(("train", "training", "learn", "fit", "0"), 0),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "development", "1"), 1),
    **dict.fromkeys(("test", "testing", "holdout", "eval", "evaluation", "2"), 2),
}
_NO = ("no", "false", "n", "f", "0", "off")
_YES = ("yes", "true", "y", "t", "1", "on")


@dataclass(frozen=True, eq=False)
class Parts:
    """Positions among the usable rows of each part, ascending, with sentences on the split."""

    training: IntArray
    validation: IntArray
    test: IntArray
    notes: tuple[str, ...] = ()


def share_out(
    dataset: Dataset, usable: IntArray, validation_share: float, seed: int, split: Split
) -> Parts:
    """The parts of the usable rows. The same seed gives the same rows.

    Raises: DataError when the split does not fit the data or leaves no row for training.
    """
    name, method = dataset.spec.name, split.method
    seed = split.seed if split.seed is not None else seed
    rows = len(usable)
    amount = validation_share if split.validation is None else split.validation
    validation, test = split.rows_for(amount, rows), split.rows_for(split.test, rows)
    if method == "auto":
        method = "folder" if dataset.parts is not None else "stratified"
    if method in ("column", "folder"):
        named, notes = _as_named(dataset, usable, method, split.column)
        if test and not (named == 2).any():  # nobody named test rows
            _draw_more(dataset, usable, named, split.test, 2, np.random.default_rng([seed, 2]))
        if amount and not (named == 1).any():  # nor validation rows
            _draw_more(dataset, usable, named, amount, 1, np.random.default_rng(seed))
        return _checked(_parts(named, notes), name, method)
    if amount < 1 and split.test < 1 and amount + split.test >= 1:
        raise DataError(
            f"{name}: {100 * amount:.0f} % for validation and {100 * split.test:.0f} % for the "
            f"test leave none of {rows:,} rows to train on: ask for less"
        )
    if test + validation >= rows and (split.test >= 1 or amount >= 1):
        raise _none_left(name, validation, test, rows)
    if method == "time":
        return _checked(_by_time(dataset, usable, split.column, validation, test), name, method)
    if method == "group":
        groups = _groups(dataset, usable, split.column)
        return _checked(_by_group(groups, validation, test, seed, name), name, method)
    labels = dataset.labels if method == "stratified" else None
    known = labels[usable] if labels is not None else None
    aside = np.zeros(rows, dtype=np.int8)
    if test:
        chosen = _draw(known, test, test / rows, np.random.default_rng([seed, 2]), rows)
        aside[chosen] = 2
    rest = np.flatnonzero(aside == 0)
    rest_labels = known[rest] if known is not None else None
    share = amount if amount < 1 and not test else validation / max(1, len(rest))
    rng = np.random.default_rng(seed)
    drawn = _draw(rest_labels, validation, share, rng, len(rest))
    aside[rest[drawn]] = 1
    return _checked(_parts(aside), name, method)


def part_sizes(dataset: Dataset, validation_share: float) -> tuple[int, int, int] | None:
    """How many rows `share_out` gives each part, without drawing them; None where only that tells:
    with groups, or where it would refuse.
    """
    split = dataset.split
    method = split.method
    if method == "auto":
        method = "folder" if dataset.parts is not None else "stratified"
    if method == "group":
        return None
    usable = dataset.rows_with_target()
    rows = len(usable)
    amount = validation_share if split.validation is None else split.validation
    if method in ("column", "folder"):
        try:
            named, _ = _as_named(dataset, usable, method, split.column)
        except DataError:
            return None
        counts = np.bincount(named, minlength=3).tolist()
        for part, more in ((2, split.test), (1, amount)):
            if not counts[part]:
                among = counts[0] + counts[1]
                counts[part] = round(more * among) if more < 1 else int(more)
                counts[0] -= counts[part]
    else:
        validation = split.rows_for(amount, rows)
        test = split.rows_for(split.test, rows)
        counts = [rows - validation - test, validation, test]
    return (counts[0], counts[1], counts[2]) if counts[0] > 0 else None


def folds(
    dataset: Dataset, usable: IntArray, number: int, seed: int, split: Split
) -> list[npt.NDArray[np.bool_]]:
    """For each fold which of the usable rows are held out; every row is held out once.

    Classes keep their shares in every fold, and rows of one group share a fold. Raises: DataError.
    """
    name, rows = dataset.spec.name, len(usable)
    seed = split.seed if split.seed is not None else seed
    if not 2 <= number <= rows:
        raise DataError(f"{name}: folds must be from 2 to its {rows:,} rows, got {number:,}")
    if split.method == "time":
        raise DataError(
            f"{name}: rows in order of time cannot be cross-validated, since later rows would be "
            "learnt from to foretell earlier ones: choose another split"
        )
    rng = np.random.default_rng([seed, 3])
    if split.method == "group":
        return _group_folds(_groups(dataset, usable, split.column), number, rng, name)
    labels = dataset.labels if split.method != "random" else None
    fold = np.empty(rows, dtype=np.int64)
    if labels is None:
        fold[rng.permutation(rows)] = np.arange(rows) % number
    else:
        # dealt out class by class, going on where the class before ended: sizes differ by one
        place, known = 0, labels[usable]
        for label in np.unique(known):
            mine = rng.permutation(np.flatnonzero(known == label))
            fold[mine] = (place + np.arange(len(mine))) % number
            place += len(mine)
    return [fold == index for index in range(number)]


def _group_folds(
    groups: IntArray, number: int, rng: np.random.Generator, name: str
) -> list[npt.NDArray[np.bool_]]:
    """The largest groups first, each to the fold that has the fewest rows."""
    sizes = np.bincount(groups)
    if len(sizes) < number:
        raise DataError(f"{name}: {len(sizes):,} groups are too few for {number:,} folds")
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    held = np.zeros(number, dtype=np.int64)
    home = np.zeros(len(sizes), dtype=np.int64)
    for group in order:
        home[group] = int(held.argmin())
        held[home[group]] += sizes[group]
    fold = home[groups]
    return [fold == index for index in range(number)]


def _checked(parts: Parts, name: str, method: str) -> Parts:
    if not len(parts.training):
        raise DataError(f"{name}: the split ({method}) leaves no row to train on: change it")
    return parts


def _parts(aside: npt.NDArray[np.int8], notes: tuple[str, ...] = ()) -> Parts:
    found = [np.flatnonzero(aside == part).astype(np.int64) for part in range(3)]
    return Parts(found[0], found[1], found[2], notes)


# -- at random


def _draw(
    labels: IntArray | None, number: int, share: float, rng: np.random.Generator, rows: int
) -> IntArray:
    """Positions of so many rows; with labels each class gives its share of them."""
    if labels is None:
        drawn: IntArray = rng.permutation(rows)[: min(number, rows - 1)]
        return drawn
    return stratified(labels, share, rng, number)


def _draw_more(
    dataset: Dataset,
    usable: IntArray,
    named: npt.NDArray[np.int8],
    amount: float,
    part: int,
    rng: np.random.Generator,
) -> None:
    """Give a part that nobody named its rows, evenly over the classes, from the training rows.

    A share is one of all rows but those of the test. Raises: DataError where too many are wanted.
    """
    training = np.flatnonzero(named == 0)
    among = int((named != 2).sum())
    number = round(amount * among) if amount < 1 else int(amount)
    if not number:
        return
    if number >= len(training):
        wanted = [number if part == index else 0 for index in (1, 2)]
        raise _none_left(dataset.spec.name, wanted[0], wanted[1], len(training))
    labels = dataset.labels
    known = labels[usable[training]] if labels is not None else None
    whole = amount < 1 and among == len(training)
    share = amount if whole else number / len(training)
    drawn = _draw(known, number, share, rng, len(training))
    named[training[drawn]] = part


def _none_left(name: str, validation: int, test: int, rows: int) -> DataError:
    return DataError(
        f"{name}: {validation:,} rows for validation and {test:,} for the test leave none of "
        f"{rows:,} to train on: ask for fewer"
    )


def stratified(
    labels: IntArray, share: float, rng: np.random.Generator, number: int | None = None
) -> IntArray:
    """Positions set aside: each class in its share, the total kept, one of each class left."""
    classes, counts = np.unique(labels, return_counts=True)
    exact = counts * share
    taken = np.minimum(np.floor(exact).astype(np.int64), counts - 1)
    # what rounding down left over goes to the classes that lost most by it
    order = np.argsort(-(exact - taken), kind="stable")
    wanted = round(share * len(labels)) if number is None else number
    left = wanted - int(taken.sum())
    for place in order:
        if left <= 0:
            break
        if taken[place] + 1 < counts[place]:
            taken[place] += 1
            left -= 1
    parts = [
        rng.permutation(np.flatnonzero(labels == label))[:most]
        for label, most in zip(classes, taken, strict=True)
    ]
    return np.concatenate(parts).astype(np.int64)


# -- by a column


def _column(dataset: Dataset, name: str) -> Column:
    dataset = dataset.source
    if not isinstance(dataset, TableDataset):
        raise DataError(f"{dataset.spec.name} has no columns to split by: only a table has")
    return dataset.split_column(name)


def _groups(dataset: Dataset, usable: IntArray, name: str) -> IntArray:
    """The group of every usable row, numbered from 0; a row without one is a group of its own."""
    column = _column(dataset, name)
    held = column.numbers if column.numbers is not None else column.codes
    if held is None:
        raise DataError(f"{dataset.spec.name}: column {name!r} is empty: it names no groups")
    present = column.present()[usable]
    groups = np.zeros(len(usable), dtype=np.int64)
    unique, inverse = np.unique(held[usable][present], return_inverse=True)
    groups[present] = inverse
    alone = np.flatnonzero(~present)
    groups[alone] = len(unique) + np.arange(len(alone))
    return groups


def _by_group(groups: IntArray, validation: int, test: int, seed: int, name: str) -> Parts:
    sizes = np.bincount(groups)
    wanted = (test > 0) + (validation > 0)
    if len(sizes) <= wanted:
        raise DataError(
            f"{name}: {count(len(sizes), 'group')} cannot be shared out over {wanted + 1} parts: "
            "choose another column, or split at random"
        )
    order = np.random.default_rng([seed, 4]).permutation(len(sizes))
    part = np.zeros(len(sizes), dtype=np.int8)
    place = 0
    for index, number in ((2, test), (1, validation)):
        held = 0
        left = wanted if index == 2 else 1
        while held < number and place < len(sizes) - left:
            part[order[place]] = index
            held += int(sizes[order[place]])
            place += 1
    aside = part[groups]
    kept = [int((part == index).sum()) for index in range(3)]
    note = f"Whole groups: {kept[0]:,} for training, {kept[1]:,} for validation, {kept[2]:,} for "
    return _parts(aside, (f"{note}the test.",))


def _by_time(dataset: Dataset, usable: IntArray, name: str, validation: int, test: int) -> Parts:
    column = _column(dataset, name)
    times = column.numbers if column.numbers is not None else column.moments
    if times is None:
        raise DataError(
            f"{dataset.spec.name}: column {name!r} holds no dates and no numbers, so it gives no "
            "order of time: set its type to date, or choose another column"
        )
    known = np.flatnonzero(np.isfinite(times[usable]))
    notes = []
    if len(known) < len(usable):
        lost = count(len(usable) - len(known), "row has", "rows have")
        notes.append(f"{lost} no time in {name} and went to the training part.")
    order = known[np.argsort(times[usable][known], kind="stable")]
    aside = np.zeros(len(usable), dtype=np.int8)
    first = max(0, len(order) - test)
    aside[order[first:]] = 2
    aside[order[max(0, first - validation) : first]] = 1
    return _parts(aside, tuple(notes))


def part_of_name(text: str) -> int | None:
    """The part that a word names: ``Train`` is 0, ``val`` 1, ``TEST`` 2; None for other words."""
    return _PARTS.get(text.strip().casefold())


def _as_named(
    dataset: Dataset, usable: IntArray, method: str, column_name: str
) -> tuple[npt.NDArray[np.int8], tuple[str, ...]]:
    """The part of every usable row as its folder or a column names it, and what is to be said."""
    if method == "folder":
        parts = dataset.parts
        if parts is None:
            raise DataError(
                f"{dataset.spec.name}: no folders named train, validation and test: split it "
                "another way"
            )
        found, where = parts[usable].astype(np.int64), "folder"
    else:
        column = _column(dataset, column_name)
        found, where = _parts_in(column, usable, dataset.spec.name), f"value in {column_name}"
    notes = []
    lost = int((found < 0).sum())
    if lost:
        notes.append(f"{count(lost, 'row has', 'rows have')} no {where}: used for training.")
    return np.maximum(found, 0).astype(np.int8), tuple(notes)


def _flags(name: str, texts: list[str]) -> list[int | None] | None:
    """The parts that yes and no mean in a column of this name; None where they are no flags.

    ``is_test`` says yes of test rows, ``is_train`` says no of those that validate, and any other
    flag marks rows to validate with. 0 and 1 are flags where the name says of what, else the
    numbers of the parts.
    """
    plain = name.casefold()
    train, test = "train" in plain, "test" in plain
    told = train != test
    if not set(texts) <= {*_NO, *_YES} or (set(texts) <= set(_PARTS) and not told):
        return None
    marked, others = (0, 1) if train and told else (2 if test else 1, 0)
    return [marked if text in _YES else others for text in texts]


def _parts_in(column: Column, usable: IntArray, name: str) -> IntArray:
    """The part that a column names for every usable row, -1 where it is missing."""
    if column.numbers is not None:
        found, codes = np.unique(column.numbers[usable], return_inverse=True)
        texts = [f"{value:g}" for value in found.tolist()]
        there = [text for text in texts if text != "nan"]
        values = _flags(column.name, there) or [part_of_name(text) for text in there]
        values += [-1] * (len(texts) - len(there))  # what is missing sorts last
    else:
        own = column.codes if column.codes is not None else np.full(column.rows, -1)
        codes = own[usable].astype(np.int64)
        texts = list(column.values)
        lower = [text.casefold() for text in texts]
        values = _flags(column.name, lower) or [part_of_name(text) for text in texts]
        values.append(-1)
    unknown = [text for text, value in zip(texts, values, strict=False) if value is None]
    if unknown:
        raise DataError(
            f"{name}: column {column.name!r} holds {some(map(repr, unknown))}, which name no part: "
            "they must say train, validation or test (or 0, 1, 2)"
        )
    table = np.array([value if value is not None else -1 for value in values], dtype=np.int64)
    return np.asarray(table[codes], dtype=np.int64)
