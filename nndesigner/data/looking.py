"""What a table holds, column by column: figures, histograms, correlations, and a summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nndesigner.data.columns import Column
from nndesigner.data.dataset import Dataset, IntArray
from nndesigner.data.findings import TWINS, Finding, findings
from nndesigner.data.table import TableDataset
from nndesigner.data.words import count, shorten

BINS = 24
#: So many categories get a bar of their own; the others share the last one.
MOST_BARS = 8
#: So many columns are correlated: more cannot be told apart on a screen.
MOST_CORRELATED = 40

#: Rows that tell correlations to two decimals and more.
MOST_SUMMED = 200_000
#: Rows that are summed up at a time.
_BLOCK = 65_536

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ColumnLook:
    """One column. ``bars`` are shares of the largest, with ``names`` for categories and
    ``edges`` (one more than bars) for numbers; figures are None where there is no number.
    """

    name: str
    type: str
    role: str
    rows: int
    missing: int
    distinct: int
    low: float | None = None
    mean: float | None = None
    high: float | None = None
    deviation: float | None = None
    counts: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Correlations:
    """Pearson's correlation of pairs of columns, over the rows that have both; NaN without any."""

    names: tuple[str, ...]
    matrix: Matrix


@dataclass(frozen=True, eq=False)
class Looked:
    """Everything that was found out about a data set."""

    columns: tuple[ColumnLook, ...]
    correlations: Correlations | None
    findings: tuple[Finding, ...]


def look_at(dataset: Dataset) -> Looked:
    """Look at all rows of a data set. It takes about a second for a million rows of 30 columns."""
    if not isinstance(dataset, TableDataset):
        return Looked((), None, findings(dataset))
    columns = tuple(
        look_at_column(column, role)
        for column, role in zip(dataset.columns, dataset.roles.roles, strict=True)
    )
    found = correlations(dataset)
    twins = twins_in(dataset, found) if found is not None else ()
    return Looked(columns, found, findings(dataset, twins))


def twins_in(dataset: TableDataset, found: Correlations) -> tuple[tuple[str, str], ...]:
    """Pairs of inputs that say the same."""
    inputs = {column.name for column in dataset.inputs}
    return tuple(
        (found.names[second], found.names[first])
        for first in range(len(found.names))
        for second in range(first)
        if abs(found.matrix[first, second]) > TWINS
        and {found.names[first], found.names[second]} <= inputs
    )


def look_at_column(column: Column, role: str) -> ColumnLook:
    """Figures and histogram of one column."""
    rows, missing = column.rows, column.missing
    if column.numbers is None:
        codes = column.codes if column.codes is not None else np.zeros(0, np.int32)
        found = np.bincount(codes[codes >= 0], minlength=len(column.values))
        order = np.argsort(-found, kind="stable")
        if column.type == "yes_no":
            order = np.arange(len(found))
        shown = order[:MOST_BARS] if len(order) <= MOST_BARS else order[: MOST_BARS - 1]
        counts = [int(found[place]) for place in shown]
        names = [column.values[place] for place in shown]
        if len(shown) < len(order):
            counts.append(int(found.sum()) - sum(counts))
            names.append(f"{len(order) - len(shown):,} more")
        return ColumnLook(
            column.name, column.type, role, rows, missing, len(column.values),
            counts=tuple(counts), names=tuple(names),
        )  # fmt: skip
    there = column.numbers[~np.isnan(column.numbers)]
    if not len(there):
        return ColumnLook(column.name, column.type, role, rows, missing, 0)
    low, high = float(there.min()), float(there.max())
    distinct = column.distinct
    bins = BINS
    if distinct <= BINS and bool((there == np.rint(there)).all()) and high - low < BINS:
        edges = np.arange(low - 0.5, high + 1.0)  # whole numbers get a bar each
        bins = len(edges) - 1
    else:
        edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    places = np.clip(
        ((there - edges[0]) / (edges[-1] - edges[0]) * bins).astype(np.int64), 0, bins - 1
    )
    counts_of = np.bincount(places, minlength=bins)
    return ColumnLook(
        column.name, column.type, role, rows, missing, distinct,
        low, float(there.mean()), high, float(there.std()),
        tuple(counts_of.tolist()), (), tuple(edges.tolist()),
    )  # fmt: skip


def correlations(dataset: TableDataset) -> Correlations | None:
    """Correlations of the number and yes-or-no columns that are used; None for fewer than two.

    Of more rows than `MOST_SUMMED` every second, third ... one is taken.
    """
    chosen: list[tuple[str, npt.NDArray[np.float64]]] = []
    for column, role in zip(dataset.columns, dataset.roles.roles, strict=True):
        values = numbers_of_column(column)
        if role != "ignore" and values is not None and len(chosen) < MOST_CORRELATED:
            chosen.append((column.name, values[:: -(-len(values) // MOST_SUMMED) or 1]))
    if len(chosen) < 2:
        return None
    return Correlations(
        tuple(name for name, _ in chosen), pearson([values for _, values in chosen])
    )


def numbers_of_column(column: Column) -> npt.NDArray[np.float64] | None:
    """A column as numbers, missing is NaN: as it is, or 0 and 1 for two values; None for others."""
    if column.numbers is not None:
        return column.numbers if column.type == "number" else None
    if column.codes is not None and len(column.values) == 2:
        return np.where(column.codes < 0, np.nan, column.codes.astype(np.float64))
    return None


def pearson(columns: Sequence[npt.NDArray[np.float64]]) -> Matrix:
    """Pearson's r of all pairs ``(k, k)``, each over the rows that have both values.

    r = Σ(x − x̄)(y − ȳ) / √(Σ(x − x̄)² Σ(y − ȳ)²), from sums over blocks of rows, so that a million
    rows need little memory. NaN where one of the two is constant.
    """
    k = len(columns)
    middle = np.array([_mean(values) for values in columns])
    if not any(np.isnan(values).any() for values in columns):
        return _pearson_whole(columns, middle)
    number = np.zeros((k, k))
    sums, squares, products = np.zeros((k, k)), np.zeros((k, k)), np.zeros((k, k))
    for start in range(0, len(columns[0]), _BLOCK):
        block = np.stack([values[start : start + _BLOCK] for values in columns]) - middle[:, None]
        there = (~np.isnan(block)).astype(np.float64)
        block = np.nan_to_num(block, nan=0.0)
        number += _dot(there, there)
        sums += _dot(block, there)  # of x over the rows that have y too
        squares += _dot(np.square(block), there)
        products += _dot(block, block)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = squares - np.square(sums) / number
        spread[spread <= 1e-12 * np.maximum(squares, 1e-300)] = 0.0
        shared = products - sums * sums.T / number
        result = shared / np.sqrt(spread * spread.T)
    result[~np.isfinite(result)] = np.nan
    return np.clip(result, -1.0, 1.0)


def _pearson_whole(
    columns: Sequence[npt.NDArray[np.float64]], middle: npt.NDArray[np.float64]
) -> Matrix:
    """As `pearson` where nothing is missing: one product of matrices instead of four."""
    k, rows = len(columns), len(columns[0])
    sums, products = np.zeros(k), np.zeros((k, k))
    for start in range(0, rows, _BLOCK):
        block = np.stack([values[start : start + _BLOCK] for values in columns]) - middle[:, None]
        sums += block.sum(axis=1)
        products += _dot(block, block)
    shared = products - np.outer(sums, sums) / max(1, rows)
    spread = np.diag(shared).copy()
    spread[spread <= 1e-12 * np.maximum(np.diag(products), 1e-300)] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        result = shared / np.sqrt(np.outer(spread, spread))
    result[~np.isfinite(result)] = np.nan
    return np.clip(result, -1.0, 1.0)


def _dot(one: Matrix, other: Matrix) -> Matrix:
    """``one @ other.T`` without BLAS, whose threads would wait for those of a running training."""
    return np.asarray(np.einsum("ik,jk->ij", one, other, optimize=False))


def _mean(values: npt.NDArray[np.float64]) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else 0.0


def class_counts(dataset: Dataset) -> tuple[tuple[str, int], ...]:
    """How many rows each class has; nothing for numbers."""
    labels: IntArray | None = dataset.labels
    if labels is None:
        return ()
    found = np.bincount(labels[labels >= 0], minlength=len(dataset.spec.classes))
    return tuple(zip(dataset.spec.classes, found.tolist(), strict=False))


def summary_text(dataset: Dataset, looked: Looked) -> str:
    """Everything in plain words and tab-separated lines, to be pasted into a report or a sheet."""
    spec = dataset.spec
    shape = " × ".join(map(str, spec.input_shape))
    what = (
        f"{len(spec.classes)} classes"
        if spec.task == "classification"
        else f"predicts {', '.join(spec.target_names[:5]) or 'numbers'}"
    )
    lines = [f"{spec.name}: {count(spec.rows, 'row')}, inputs {shape}, {what}"]
    counts = class_counts(dataset)
    if counts:
        total = max(1, sum(number for _, number in counts))
        lines += ["", "class\trows\tshare"]
        lines += [f"{name}\t{number}\t{100 * number / total:.1f} %" for name, number in counts]
    if looked.columns:
        lines += ["", "column\ttype\trole\tmissing\tdistinct\tleast\tmean\tgreatest\tdeviation"]
        for each in looked.columns:
            figures = [each.low, each.mean, each.high, each.deviation]
            texts = ["" if value is None else f"{value:.6g}" for value in figures]
            lines.append(
                "\t".join(
                    [each.name, each.type, each.role, str(each.missing), str(each.distinct), *texts]
                )
            )
    if looked.findings:
        lines += ["", "Worth a look:", *(f"- {found.sentence}" for found in looked.findings)]
    if dataset.notes:
        lines += ["", "When opening:", *(f"- {shorten(note, 400)}" for note in dataset.notes)]
    return "\n".join(lines) + "\n"
