"""What is worth knowing of data before trusting a result: imbalance, constants, leaks, gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from nndesigner.data.columns import Column
from nndesigner.data.dataset import Dataset, IntArray
from nndesigner.data.table import TableDataset
from nndesigner.data.words import some

FindingKind = Literal["imbalance", "few", "constant", "leak", "gaps", "twin"]

#: A class this many times rarer than the most frequent one is pointed out.
IMBALANCE = 10
#: With fewer rows than this a class can hardly be learnt.
FEW_ROWS = 5
#: A column leaks when it alone leaves at most this share of the mistakes (of the spread, for a
#: number) that guessing without it makes; the second half of the rows judges the first.
LEFT_BY_A_LEAK = 0.03
#: A number is cut into so many parts of equal size to guess from it.
PARTS = 64
#: Rows that are looked at for leaks.
MOST_ROWS = 100_000
#: On opening so many rows of so many inputs are looked at: a tenth of a second.
QUICK_ROWS = 5_000
MOST_QUICK = 300
#: Two inputs with a correlation beyond this say the same.
TWINS = 0.9995
#: A column with a greater share of gaps than this is pointed out.
GAPS = 0.5


@dataclass(frozen=True)
class Finding:
    """One thing worth a look, in words, and the columns or classes that it is about."""

    kind: FindingKind
    sentence: str
    names: tuple[str, ...] = ()


def findings(dataset: Dataset, twins: tuple[tuple[str, str], ...] = ()) -> tuple[Finding, ...]:
    """Everything that is worth a look, the gravest first; ``twins`` are inputs that say the same,
    as `looking.twins_in` finds them.
    """
    found: list[Finding] = []
    if isinstance(dataset, TableDataset):
        found += _leaks(dataset)
    found += _classes(dataset)
    if isinstance(dataset, TableDataset):
        found += [*_columns(dataset), *_twins(twins)]
    return tuple(found)


def quick_leaks(dataset: TableDataset) -> list[Finding]:
    """Columns that give the target away, as some thousand rows show it, for a note on opening."""
    if len(dataset.inputs) > MOST_QUICK:
        return []
    return _leaks(dataset, QUICK_ROWS)


def _classes(dataset: Dataset) -> list[Finding]:
    labels, names = dataset.labels, dataset.spec.classes
    if labels is None or len(names) < 2:
        return []
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    total, most = int(counts.sum()), int(counts.argmax())
    if not total:
        return []
    found = []
    rare = [name for name, number in zip(names, counts, strict=False) if 0 < number < FEW_ROWS]
    if rare:
        found.append(
            Finding(
                "few",
                f"{'The class' if len(rare) == 1 else 'The classes'} {some(map(repr, rare), 5)} "
                f"{'has' if len(rare) == 1 else 'have'} fewer than {FEW_ROWS} rows: hardly enough "
                "to learn from, and too few to judge.",
                tuple(rare),
            )
        )
    least = int(np.where(counts > 0, counts, total + 1).argmin())
    if counts[most] >= IMBALANCE * counts[least]:
        share = f"{100 * counts[most] / total:.0f} %"
        found.append(
            Finding(
                "imbalance",
                f"The classes are uneven: {names[most]!r} has {counts[most]:,} of {total:,} rows "
                f"and {names[least]!r} only {counts[least]:,}. Always saying {names[most]!r} is "
                f"right in {share} of them, so look at the confusion matrix beside the accuracy.",
                (names[most], names[least]),
            )
        )
    return found


def _columns(dataset: TableDataset) -> list[Finding]:
    found = []
    inputs = [column for column in dataset.inputs if column.rows]
    constant = tuple(column.name for column in inputs if not _varies(column))
    if constant:
        found.append(
            Finding(
                "constant",
                f"The same value in every row: {some(map(repr, constant), 8)}. Nothing can be "
                f"learnt from {'it' if len(constant) == 1 else 'them'}: ignore "
                f"{'this column' if len(constant) == 1 else 'these columns'}.",
                constant,
            )
        )
    gaps = tuple(c.name for c in inputs if c.missing > GAPS * c.rows and _varies(c))
    if gaps:
        found.append(
            Finding(
                "gaps",
                f"More than half of the rows have no value in {some(map(repr, gaps), 8)}: what is "
                "filled in outweighs what was measured. Ignore it, or ask why it is missing.",
                gaps,
            )
        )
    return found


def _varies(column: Column) -> bool:
    """Whether a column has more than one value."""
    if column.numbers is not None:
        there = column.numbers[~np.isnan(column.numbers)]
        return bool(len(there)) and float(there.min()) < float(there.max())
    return len(column.values) > 1


def _twins(pairs: tuple[tuple[str, str], ...]) -> list[Finding]:
    if not pairs:
        return []
    shown = some((f"{first!r} and {second!r}" for first, second in pairs), 3)
    return [
        Finding(
            "twin",
            f"Two inputs that say the same: {shown}. One of them is enough.",
            tuple(dict.fromkeys(name for pair in pairs for name in pair)),
        )
    ]


# -- leaks


def _leaks(dataset: TableDataset, most: int = MOST_ROWS) -> list[Finding]:
    rows = dataset.rows_with_target()
    if len(rows) < 20 or not dataset.targets:
        return []
    if len(rows) > most:
        rows = rows[:: -(-len(rows) // most)]
    rows = np.random.default_rng(0).permutation(rows)
    labels = dataset.labels
    target = dataset.targets[0]
    found = []
    for column in dataset.inputs:
        groups = _groups(column, rows)
        if groups is None:
            continue
        if labels is not None:
            left = _mistakes_left(groups, labels[rows], len(dataset.spec.classes))
            what = f"the class {target.name!r}"
        elif target.numbers is not None:
            left = _spread_left(groups, target.numbers[rows])
            what = repr(target.name)
        else:
            continue
        if left <= LEFT_BY_A_LEAK:
            found.append((left, column.name, what))
    found.sort()
    return [
        Finding(
            "leak",
            f"The column {name!r} alone predicts {what} almost without a mistake. If it would not "
            "be known beforehand, it gives the answer away: ignore it.",
            (name,),
        )
        for _, name, what in found
    ]


def _groups(column: Column, rows: IntArray) -> IntArray | None:
    """Which of a few groups each row is in by this column alone; None where that says nothing."""
    if column.codes is not None:
        if not 2 <= len(column.values) <= len(rows) // 5:
            return None
        return column.codes[rows].astype(np.int64) + 1
    if column.numbers is None:
        return None
    values = column.numbers[rows]
    there = values[~np.isnan(values)]
    if len(there) < 2 or there.min() == there.max():
        return None
    distinct = np.unique(there)
    parts = min(PARTS, max(2, len(there) // 10))
    if len(distinct) <= parts:
        groups = np.searchsorted(distinct, values)
    else:
        cuts = np.unique(np.quantile(there, np.linspace(0, 1, parts + 1)[1:-1]))
        groups = np.searchsorted(cuts, values, side="right")
    return np.where(np.isnan(values), 0, groups + 1).astype(np.int64)


def _mistakes_left(groups: IntArray, labels: IntArray, classes: int) -> float:
    """The share of the mistakes of a constant guess that guessing by group still makes."""
    half = len(labels) // 2
    size = int(groups.max()) + 1
    counts = np.bincount(groups[:half] * classes + labels[:half], minlength=size * classes)
    table = counts.reshape(size, classes)
    usual = int(np.bincount(labels[:half], minlength=classes).argmax())
    guess = np.where(table.sum(axis=1) > 0, table.argmax(axis=1), usual)
    wrong = int((guess[groups[half:]] != labels[half:]).sum())
    plain = int((labels[half:] != usual).sum())
    return wrong / plain if plain >= 5 else 1.0


def _spread_left(groups: IntArray, values: npt.NDArray[np.float64]) -> float:
    """The share of the spread around the mean that is left around the means of the groups."""
    half = len(values) // 2
    size = int(groups.max()) + 1
    number = np.bincount(groups[:half], minlength=size)
    total = np.bincount(groups[:half], weights=values[:half], minlength=size)
    mean = float(values[:half].mean())
    guess = np.where(number > 0, total / np.maximum(number, 1), mean)
    plain = float(np.square(values[half:] - mean).sum())
    return float(np.square(values[half:] - guess[groups[half:]]).sum()) / plain if plain else 1.0
