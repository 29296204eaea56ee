"""Measures on the training rows of a table what its encoding needs: means, bounds, fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nndesigner.data.added import Added
from nndesigner.data.column_choice import ColumnChoice, constant_of
from nndesigner.data.columns import Column
from nndesigner.data.dataset import IntArray, Task
from nndesigner.data.dates import part_of, parts_that_vary
from nndesigner.data.number_texts import FloatColumn
from nndesigner.data.table_encoding import (
    AddedColumn,
    AnyColumn,
    CategoryColumn,
    DateColumn,
    NumberColumn,
    OrdinalColumn,
    TargetColumn,
    YesNoColumn,
    signed_log,
)
from nndesigner.data.table_options import TableOptions
from nndesigner.data.words import some
from nndesigner.errors import DataError

NO_ROWS: IntArray = np.zeros(0, dtype=np.int64)


def fit_column(column: Column, rows: IntArray, options: TableOptions) -> AnyColumn:
    """How one input column becomes numbers, measured on these rows."""
    choice = options.columns.get(column.name, ColumnChoice())
    if column.moments is not None:
        return _fit_date(column, rows, options, choice)
    if column.numbers is not None:
        return _fit_number(column, column.numbers[rows], options, choice)
    return _fit_category(column, rows, options, choice)


def _fit_number(
    column: Column, values: FloatColumn, options: TableOptions, choice: ColumnChoice
) -> NumberColumn:
    there = values[~np.isnan(values)]
    fill, drop = _number_fill(column.name, there, options, choice)
    low, high = _bounds(there, choice)
    least, most = (float(there.min()), float(there.max())) if there.size else (None, None)
    if low is not None and high is not None:
        there = np.clip(there, low, high)
        values = np.clip(values, low, high)
    scaling = choice.scaling or options.scaling
    mean, deviation = scale_of(values, scaling)
    return NumberColumn(
        name=column.name,
        mean=mean,
        deviation=deviation,
        fill=fill,
        log=scaling == "log",
        low=low,
        high=high,
        least=least,
        most=most,
        unit=column.unit,
        was_missing=choice.was_missing,
        drop=drop,
    )


def _number_fill(
    name: str, there: FloatColumn, options: TableOptions, choice: ColumnChoice
) -> tuple[float, bool]:
    """What stands in for a missing number, and whether its row is left out instead."""
    wanted = choice.fill or ("mean" if options.fill == "typical" else options.fill)
    match wanted:
        case "median":
            return (float(np.median(there)) if there.size else 0.0), False
        case "frequent":
            if not there.size:
                return 0.0, False
            found, counts = np.unique(there, return_counts=True)
            return float(found[int(counts.argmax())]), False
        case "zero":
            return 0.0, False
        case "constant":
            own = choice.fill == "constant"
            return (constant_of(name, choice) if own else options.fill_value), False
    return _mean_and_deviation(there)[0], wanted == "drop"


def _bounds(there: FloatColumn, choice: ColumnChoice) -> tuple[float | None, float | None]:
    """The numbers beyond which values are outliers; None and None where all are kept."""
    if choice.clip == "none":
        return None, None
    if not there.size:
        return 0.0, 0.0
    match choice.clip:
        case "quartiles":
            first, third = (float(value) for value in np.percentile(there, (25, 75)))
            reach = 1.5 * (third - first)
            return first - reach, third + reach
        case "percentiles":
            low, high = (float(value) for value in np.percentile(there, (1, 99)))
            return low, high
    mean, deviation = float(there.mean()), float(there.std())
    return mean - 3 * deviation, mean + 3 * deviation


def scale_of(values: FloatColumn, scaling: str) -> tuple[float, float]:
    """What is taken off and what is divided by; a constant column is not stretched."""
    if scaling == "none":
        return 0.0, 1.0
    if scaling == "log":
        values = signed_log(values)
    if scaling in ("standardise", "log"):
        return _mean_and_deviation(values)
    there = values[~np.isnan(values)]
    if not there.size:
        return 0.0, 1.0
    if scaling == "minmax":
        low, high = float(there.min()), float(there.max())
        return low, _size(high - low, low)
    first, middle, third = (float(value) for value in np.percentile(there, (25, 50, 75)))
    # where most values are the same the quartiles meet: their deviation is the next best measure
    spread = third - first or float(there.std())
    return middle, _size(spread, middle)


def _mean_and_deviation(values: FloatColumn) -> tuple[float, float]:
    """Mean and deviation of the values that are there; a constant column is not stretched."""
    values = values[~np.isnan(values)]
    if not values.size:
        return 0.0, 1.0
    mean = float(values.mean())
    return mean, _size(float(values.std()), mean)


def _size(spread: float, middle: float) -> float:
    """A spread that can be divided by: 1 where it is nothing beside the rounding of numbers."""
    if not np.isfinite(spread) or spread <= 1e-12 * max(abs(middle), 1e-300):
        return 1.0
    return spread


def _fit_category(
    column: Column, rows: IntArray, options: TableOptions, choice: ColumnChoice
) -> AnyColumn:
    all_codes = column.codes if column.codes is not None else np.zeros(0, dtype=np.int32)
    codes = all_codes[rows] if len(all_codes) else all_codes
    values = column.values
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    fill = values[int(counts.argmax())] if len(values) else ""
    drop = (choice.fill or options.fill) == "drop"
    if choice.fill == "constant":
        fill = choice.fill_value.strip() or ("" if column.type == "yes_no" else "missing")
        if column.type == "yes_no":
            if fill and fill not in values:
                raise DataError(
                    f"column {column.name!r} holds {' and '.join(map(repr, values))}: fill_value "
                    f"must be one of them, or empty for neither, got {fill!r}"
                )
        elif fill not in values:
            values = (*values, fill)
    if column.type == "yes_no":
        return YesNoColumn(
            name=column.name,
            values=values,
            fill=fill,
            was_missing=choice.was_missing,
            drop=drop,
        )
    if choice.coding != "ordinal":
        return CategoryColumn(
            name=column.name, values=values, fill=fill, was_missing=choice.was_missing, drop=drop
        )
    values, places = _in_order(column, values, codes.astype(np.int64), choice)
    filler = values.index(fill) if fill in values else -1
    places = np.where(places < 0, filler, places)
    mean, deviation = scale_of(places[places >= 0].astype(np.float64), _linear(options.scaling))
    return OrdinalColumn(
        name=column.name,
        values=values,
        fill=fill,
        mean=mean,
        deviation=deviation,
        was_missing=choice.was_missing,
        drop=drop,
    )


def _in_order(
    column: Column, values: tuple[str, ...], codes: IntArray, choice: ColumnChoice
) -> tuple[tuple[str, ...], IntArray]:
    """The values in the order that was given, and the codes of the rows in it."""
    given = [value.strip() for value in choice.order.split("|")] if choice.order else []
    if not given:
        return values, codes
    lacking = [value for value in column.values if value not in given]
    if lacking:
        raise DataError(
            f"column {column.name!r}: its order lacks {some(map(repr, lacking))}: name every "
            "value, separated by |"
        )
    ordered = tuple(dict.fromkeys(value for value in (*given, *values) if value in values))
    place = np.array([*(ordered.index(value) for value in values), -1], dtype=np.int64)
    return ordered, place[codes]


def _linear(scaling: str) -> str:
    """The scaling of numbers that have no logarithm worth looking at."""
    return "standardise" if scaling == "log" else scaling


def _fit_date(
    column: Column, rows: IntArray, options: TableOptions, choice: ColumnChoice
) -> DateColumn:
    every = column.moments if column.moments is not None else np.zeros(0)
    moments = every[rows] if len(rows) else np.zeros(0)
    there = moments[np.isfinite(moments)]
    fill, drop = _number_fill(column.name, there, options, choice)
    parts = parts_that_vary(every)  # what shapes the network comes from all rows, as categories do
    filled = np.where(np.isfinite(moments), moments, fill)
    scaling = _linear(choice.scaling or options.scaling)
    scales = [scale_of(part_of(filled, part), scaling) for part in parts]
    return DateColumn(
        name=column.name,
        date_format=column.date_format,
        parts=parts,
        means=tuple(mean for mean, _ in scales),
        deviations=tuple(deviation for _, deviation in scales),
        fill=fill,
        was_missing=choice.was_missing,
        drop=drop,
    )


def fit_target(column: Column, rows: IntArray, task: Task, options: TableOptions) -> TargetColumn:
    """How a target is learnt: a class as it is, a number scaled."""
    scaling = options.columns.get(column.name, ColumnChoice()).scaling or options.scaling
    if task == "classification" or scaling == "none" or column.numbers is None:
        return TargetColumn(name=column.name, unit=column.unit)
    mean, deviation = scale_of(column.numbers[rows], scaling)
    return TargetColumn(
        name=column.name, mean=mean, deviation=deviation, log=scaling == "log", unit=column.unit
    )


def fit_added(
    added: Sequence[Added],
    columns: Mapping[str, Column],
    fitted: Sequence[AnyColumn],
    rows: IntArray,
    options: TableOptions,
) -> tuple[AddedColumn, ...]:
    """How added inputs are scaled: if the column that they are made of is, to a deviation of 1."""
    numbers = {column.name: column for column in fitted if isinstance(column, NumberColumn)}
    found = []
    for item in added:
        held = [columns[name].numbers for name in item.needs]
        plain = [
            numbers[name].plain(values[rows])
            for name, values in zip(item.needs, held, strict=True)
            if values is not None
        ]
        values = item.compute(plain[0], plain[-1])
        choice = options.columns.get(item.of, ColumnChoice())
        scaling = "none" if (choice.scaling or options.scaling) == "none" else "standardise"
        mean, deviation = scale_of(values, scaling)
        found.append(AddedColumn(added=item, mean=mean, deviation=deviation))
    return tuple(found)
