"""A table as a data set: opened from text, fitted on training rows, encoded for a network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from nndesigner.data.columns import (
    LARGEST,
    LARGEST_FLOAT32,
    Column,
    FloatColumn,
    number_text,
    read_columns,
)
from nndesigner.data.dataset import Dataset, Encoded, Encoding, IntArray, Origin, Spec
from nndesigner.data.limits import FLOAT_BYTES, require_memory
from nndesigner.data.progress import Progress, tell
from nndesigner.data.table_encode import encode_columns, numbers_in
from nndesigner.data.table_encoding import (
    AnyColumn,
    CategoryColumn,
    NumberColumn,
    TableEncoding,
    TargetColumn,
    YesNoColumn,
)
from nndesigner.data.table_frame import read_frame
from nndesigner.data.table_layout import Layout, detect
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_roles import Roles, classes_of, decide
from nndesigner.data.table_source import read_source
from nndesigner.data.table_text import TableText
from nndesigner.data.words import count, some
from nndesigner.errors import DataError


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table that was read and typed, before any column has a role."""

    text: TableText
    layout: Layout
    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    #: The format's id, and the sheets of a workbook.
    format: str = "text"
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class TableDataset(Dataset):
    """A table in memory, its columns typed and given roles."""

    columns: tuple[Column, ...] = ()
    roles: Roles = field(default_factory=lambda: Roles((), "regression", ()))
    options: TableOptions = field(default_factory=TableOptions)
    header: bool = True

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that the network sees."""
        return self._with("input")

    @property
    def targets(self) -> tuple[Column, ...]:
        """The columns that it predicts."""
        return self._with("target")

    def _with(self, role: str) -> tuple[Column, ...]:
        pairs = zip(self.columns, self.roles.roles, strict=True)
        return tuple(column for column, has in pairs if has == role)

    @property
    def labels(self) -> IntArray | None:
        """The class of every row, -1 where it is missing; None for regression."""
        if self.spec.task == "regression":
            return None
        return classes_of(self.targets[0])[0]

    def rows_with_target(self) -> IntArray:
        """The rows whose every target has a value."""
        present = np.ones(self.spec.rows, dtype=bool)
        for target in self.targets:
            present &= target.present()
        return np.flatnonzero(present).astype(np.int64)

    def fit(self, rows: IntArray) -> TableEncoding:
        """Means, deviations and fills of these rows."""
        return TableEncoding(
            columns=tuple(_fit_column(column, rows, self.options) for column in self.inputs),
            targets=tuple(self._fit_target(column, rows) for column in self.targets),
            task=self.spec.task,
            classes=self.spec.classes,
            fill=self.options.fill,
            scaling=self.options.scaling,
            missing=self.options.missing,
            header=self.header,
        )

    def _fit_target(self, column: Column, rows: IntArray) -> TargetColumn:
        if self.spec.task == "classification" or self.options.scaling == "none":
            return TargetColumn(name=column.name)
        mean, deviation = _mean_and_deviation(numbers_in(column)[rows])
        return TargetColumn(name=column.name, mean=mean, deviation=deviation)

    def encode(self, encoding: Encoding, rows: IntArray | None = None) -> Encoded:
        """Rows as numbers; those without a target are dropped."""
        if not isinstance(encoding, TableEncoding):
            raise DataError("These weights were trained on pictures, not on a table")
        usable = self.rows_with_target()
        kept = usable if rows is None else rows[np.isin(rows, usable)]
        by_name = {column.name: column for column in self.columns}
        return encode_columns(by_name, encoding, kept, self.targets, self.spec.name)


# -- opening


def read_raw(
    path: Path,
    options: TableOptions,
    *,
    most: int | None = None,
    progress: Progress | None = None,
) -> RawTable:
    """Read a table and type its columns. Raises: DataError."""
    tell(progress, 0.0, f"reading {path.name}")
    source = read_source(path, options, most=most, progress=progress)
    text, options = source.text, source.options
    if source.layout is not None and source.frame is not None:
        layout, found = source.layout, source.frame
    else:
        layout = detect(text.data, options, path.name)
        if source.first_line:
            layout = replace(layout, body_line=source.first_line)
        tell(progress, 0.3, "cutting the lines into cells")
        found = read_frame(text.data, layout, options, path.name)
    tell(progress, 0.7, "looking at the columns")
    columns = read_columns(
        found.frame,
        layout.names,
        options.columns,
        options.missing,
        layout.decimal,
        found.lines,
        LARGEST_FLOAT32 if options.scaling == "none" else LARGEST,
    )
    notes = [*text.notes, *layout.notes, *found.notes]
    for column in columns:
        notes += column.notes
    return RawTable(text, layout, tuple(columns), tuple(notes), source.format.kind, source.sheets)


def open_table(path: Path, options: TableOptions, progress: Progress | None = None) -> TableDataset:
    """Open a table as a data set. Raises: DataError saying what is wrong with it."""
    raw = read_raw(path, options, progress=progress)
    roles = decide(raw.columns, options, path.name)
    notes = [*raw.notes, *roles.notes, *missing_notes(raw, roles, options)]
    pairs = tuple(zip(raw.columns, roles.roles, strict=True))
    inputs = [column for column, role in pairs if role == "input"]
    targets = [column for column, role in pairs if role == "target"]
    features = tuple(
        name
        for column in inputs
        for name in _fit_column(column, np.zeros(0, dtype=np.int64), options).features
    )
    classes = classes_of(targets[0])[1] if roles.task == "classification" else ()
    rows = raw.columns[0].rows
    require_memory(
        rows * len(features) * FLOAT_BYTES,
        path.name,
        f"its {len(inputs):,} inputs become {len(features):,} numbers a row. Ignore the categories "
        "with the most values, or open a part of it",
    )
    spec = Spec(
        name=path.stem,
        rows=rows,
        task=roles.task,
        input_shape=(len(features),),
        outputs=len(classes) if classes else len(targets),
        classes=classes,
        feature_names=features,
        target_names=tuple(column.name for column in targets),
    )
    plain = options.plain()
    if len(targets) == 1:
        plain["target"] = targets[0].name
    tell(progress, 1.0, "ready")
    return TableDataset(
        spec=spec,
        origin=Origin(
            kind="csv",
            path=str(path.absolute()),
            options=plain,
            content_hash=raw.text.content_hash,
        ),
        notes=tuple(notes),
        columns=raw.columns,
        roles=roles,
        options=options,
        header=raw.layout.header,
    )


def missing_notes(raw: RawTable, roles: Roles, options: TableOptions) -> list[str]:
    """What is missing in the columns that are used, and what happens to it."""
    pairs = tuple(zip(raw.columns, roles.roles, strict=True))
    notes = []
    gaps = [c for c, role in pairs if role == "input" and c.missing]
    if gaps:
        counts = some((f"{c.name} {c.missing:,}" for c in gaps), 8)
        fate = {
            "typical": "filled with the mean or the most frequent value of the training rows",
            "median": "filled with the median or the most frequent value of the training rows",
            "zero": "filled with zero or the most frequent value of the training rows",
            "constant": f"filled with {number_text(options.fill_value)} or the most frequent value "
            "of the training rows",
            "drop": "their rows are left out",
        }[options.fill]
        notes.append(f"Missing values: {counts}; {fate}.")
    for target in (c for c, role in pairs if role == "target" and c.missing):
        rows = count(target.missing, "row has", "rows have")
        notes.append(f"{rows} no value in the target {target.name} and cannot be learnt from.")
    constant = [c.name for c, role in pairs if role == "input" and c.distinct == 1]
    if constant:
        notes.append(f"The same value in every row, so of no use: {some(constant, 8)}.")
    return notes


# -- fitting


def _mean_and_deviation(values: FloatColumn) -> tuple[float, float]:
    """Mean and deviation of the values that are there; a constant column is not stretched."""
    values = values[~np.isnan(values)]
    if not values.size:
        return 0.0, 1.0
    mean, deviation = float(values.mean()), float(values.std())
    if not np.isfinite(deviation) or deviation <= 1e-12 * max(abs(mean), 1e-300):
        deviation = 1.0
    return mean, deviation


def _fit_column(column: Column, rows: IntArray, options: TableOptions) -> AnyColumn:
    if column.numbers is not None:
        values = column.numbers[rows]
        mean, deviation = _mean_and_deviation(values)
        fill = mean
        if options.fill == "median":
            there = values[~np.isnan(values)]
            fill = float(np.median(there)) if there.size else 0.0
        elif options.fill in ("zero", "constant"):
            fill = options.fill_value if options.fill == "constant" else 0.0
        if options.scaling == "none":
            return NumberColumn(name=column.name, fill=fill)
        return NumberColumn(name=column.name, mean=mean, deviation=deviation, fill=fill)
    codes = column.codes[rows] if column.codes is not None else np.zeros(0, dtype=np.int32)
    counts = np.bincount(codes[codes >= 0], minlength=len(column.values))
    usual = column.values[int(counts.argmax())] if len(column.values) else ""
    if column.type == "yes_no":
        return YesNoColumn(name=column.name, values=column.values, fill=usual)
    return CategoryColumn(name=column.name, values=column.values, fill=usual)
