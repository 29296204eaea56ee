"""A table as a data set: opened from text, fitted on training rows, encoded for a network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.column_reading import read_columns
from nndesigner.data.columns import Column
from nndesigner.data.dataset import Dataset, Encoded, Encoding, FloatArray, IntArray, Origin, Spec
from nndesigner.data.formats import JSON, TEXT
from nndesigner.data.large_table import MOST_FITTED, encode_rows, rows_to_fit
from nndesigner.data.limits import FLOAT_BYTES
from nndesigner.data.progress import Progress, part_of, tell
from nndesigner.data.split_plan import Split, with_column
from nndesigner.data.store import require_room
from nndesigner.data.table_encoding import TableEncoding
from nndesigner.data.table_fit import NO_ROWS, fit_added, fit_column, fit_target
from nndesigner.data.table_foot import Foot, foot_of
from nndesigner.data.table_frame import BadRow, read_frame
from nndesigner.data.table_layout import Layout, clear_decimal, detect
from nndesigner.data.table_notes import lacking_note, plan_notes, single_notes, without_texts
from nndesigner.data.table_options import ColumnRole, TableOptions
from nndesigner.data.table_roles import Roles, classes_of, decide
from nndesigner.data.table_source import read_source
from nndesigner.data.table_text import TableText
from nndesigner.data.table_weights import weights_in
from nndesigner.data.words import some
from nndesigner.errors import DataError

#: The format of points that were made here, and of no file.
MADE = "made"


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table that was read and typed, before any column has a role.

    ``bad`` are the first lines with more or fewer cells than columns, ``bad_count`` is how many
    there are.
    """

    text: TableText
    layout: Layout
    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    #: The format's id, and the sheets of a workbook.
    format: str = "text"
    sheets: tuple[str, ...] = ()
    bad: tuple[BadRow, ...] = ()
    bad_count: int = 0
    #: The line of every row in its file, where it is known.
    lines: npt.NDArray[np.int64] | None = None
    #: The last lines, where they keep columns from being numbers or look like sums.
    foot: Foot | None = None


@dataclass(frozen=True, eq=False)
class TableDataset(Dataset):
    """A table in memory, its columns typed and given roles."""

    columns: tuple[Column, ...] = ()
    roles: Roles = field(default_factory=lambda: Roles((), "regression", ()))
    options: TableOptions = field(default_factory=TableOptions)
    header: bool = True
    decimal: Literal["", ".", ","] = ""
    #: Those of the notes that are about the target.
    about_target: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that the network sees."""
        return self._with("input")

    @property
    def targets(self) -> tuple[Column, ...]:
        """The columns that it predicts."""
        return self._with("target")

    def weights_of(self, rows: IntArray) -> FloatArray | None:
        """What these rows count by the column of weights, a mean of 1; None without such a one."""
        named = self._with("weight")
        return weights_in(named[0], rows, self.spec.name) if named else None

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
        return np.flatnonzero(self._with_target()).astype(np.int64)

    def _with_target(self) -> npt.NDArray[np.bool_]:
        present = np.ones(self.spec.rows, dtype=bool)
        for target in self.targets:
            present &= target.present()
        return present

    def fit(self, rows: IntArray) -> TableEncoding:
        """Means, bounds, deviations and fills of these rows; of a million of a table on disk."""
        rows = rows_to_fit(self.columns, rows)
        return TableEncoding(
            **_fitted(self.inputs, rows, self.options),
            targets=tuple(
                fit_target(column, rows, self.spec.task, self.options) for column in self.targets
            ),
            task=self.spec.task,
            classes=self.spec.classes,
            fill=self.options.fill,
            scaling=self.options.scaling,
            missing=self.options.missing,
            header=self.header,
            decimal=self.decimal,
        )

    @property
    def split(self) -> Split:
        """How the rows are shared out: as was said, or as a column's role says."""
        split = self.options.split
        if split.method != "auto":
            pairs = zip(self.columns, self.roles.roles, strict=True)
            named = {str(role): column.name for column, role in reversed(list(pairs))}
            return with_column(split, named)
        for role, method in (("split", "column"), ("group", "group")):
            columns = self._with(role)
            if columns:
                return msgspec.structs.replace(split, method=method, column=columns[0].name)
        return split

    def split_column(self, name: str) -> Column:
        """A column to split by. Raises: DataError where there is none of this name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(f"{self.spec.name} has no column {name!r} to split by")

    def encode(self, encoding: Encoding, rows: IntArray | None = None) -> Encoded:
        """Rows as numbers; those without a target are dropped, unless the encoding has none."""
        if not isinstance(encoding, TableEncoding):
            raise DataError("These weights were trained on pictures, not on a table")
        if not encoding.targets:
            every = np.arange(self.spec.rows, dtype=np.int64) if rows is None else rows
            return encode_rows(self.columns, encoding, every, (), self.spec.name)
        kept = self.rows_with_target() if rows is None else rows[self._with_target()[rows]]
        return encode_rows(self.columns, encoding, kept, self.targets, self.spec.name)


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
    source = read_source(path, options, most=most, progress=part_of(progress, 0.0, 0.6))
    text, options = source.text, source.options
    if source.layout is not None and source.frame is not None:
        layout, found = source.layout, source.frame
    else:
        layout = detect(text.data, options, path.name)
        if source.first_line:
            layout = replace(layout, body_line=source.first_line)
        tell(progress, 0.6, "cutting the lines into cells")
        if not text.complete:  # its last lines are not those of the table
            options = msgspec.structs.replace(options, foot=None)
        found = read_frame(text.data, layout, options, path.name)
    tell(progress, 0.7, "looking at the columns")
    columns = read_columns(
        found.frame,
        layout.names,
        options.columns,
        options.missing,
        layout.decimal,
        found.lines,
        options.scaling,
        spill=found.on_disk,
        spans=found.spans,
        progress=part_of(progress, 0.7, 0.95),
    )
    columns = [
        without_texts(column, found.lost[index]) if index in found.lost else column
        for index, column in enumerate(columns)
    ]
    notes = [*text.notes, *layout.notes, *found.notes]
    if found.on_disk:
        notes.append(
            "The table is larger than the free memory: its rows were put on disk for this session, "
            f"and at most {MOST_FITTED:,} training rows are measured for means and fills."
        )
    for column in columns:
        notes += column.notes
    foot: Foot | None = None
    if text.complete and (source.frame is None or source.format in (TEXT, JSON)):
        foot = foot_of(columns, found.lines, layout)
        notes += [foot.sentence] if foot is not None else []
    return RawTable(
        text,
        layout,
        tuple(columns),
        tuple(notes),
        source.format.kind,
        source.sheets,
        found.bad,
        found.bad_count,
        found.lines,
        foot,
    )


def _fitted(inputs: tuple[Column, ...], rows: IntArray, options: TableOptions) -> dict[str, Any]:
    """The input columns and added inputs of an encoding, measured on these rows."""
    fitted = tuple(fit_column(column, rows, options) for column in inputs)
    by_name = {column.name: column for column in inputs}
    return {
        "columns": fitted,
        "added": fit_added(options.added, by_name, fitted, rows, options),
    }


def _features(inputs: tuple[Column, ...], options: TableOptions) -> tuple[str, ...]:
    """The name of every number that the inputs become."""
    fitted = _fitted(inputs, NO_ROWS, options)
    own = (name for column in fitted["columns"] for name in column.features)
    return (*own, *(column.added.name for column in fitted["added"]))


def open_table(path: Path, options: TableOptions, progress: Progress | None = None) -> TableDataset:
    """Open a table as a data set. Raises: DataError saying what is wrong with it."""
    return table_of(path, read_raw(path, options, progress=progress), options, progress)


def table_of(
    path: Path, raw: RawTable, options: TableOptions, progress: Progress | None = None
) -> TableDataset:
    """The data set of a table that was read with these options. Raises: DataError."""
    roles = roles_in(raw, options, path.name)
    notes = [*raw.notes, *roles.notes, *plan_notes(raw.columns, roles, options)]
    about = list(roles.about_target)
    pairs = tuple(zip(raw.columns, roles.roles, strict=True))
    inputs = [column for column, role in pairs if role == "input"]
    targets = [column for column, role in pairs if role == "target"]
    features = _features(tuple(inputs), options)
    classes: tuple[str, ...] = ()
    if roles.task == "classification":
        labels, classes = classes_of(targets[0])
        about += single_notes(targets[0].name, labels, classes, raw.lines)
        notes += about[len(roles.about_target) :]
    rows = raw.columns[0].rows
    require_room(
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
    found = TableDataset(
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
        decimal=options.decimal or _written(raw),
    )
    _ = found.split  # which refuses one by a column that nobody named
    if raw.format == MADE:
        return found
    from nndesigner.data.findings import quick_leaks  # which looks at data sets

    leaks = [leak.sentence for leak in quick_leaks(found)]
    about += [lacking_note(target) for target in targets if target.missing] + leaks
    return replace(found, notes=(*notes, *leaks), about_target=tuple(about))


def roles_in(raw: RawTable, options: TableOptions, name: str) -> Roles:
    """What each column of a table is for. Raises: DataError, naming the other sheets there are."""
    try:
        return decide(raw.columns, options, name)
    except DataError as error:
        others = [sheet for sheet in raw.sheets if sheet != (options.sheet or raw.sheets[0])]
        if not others:
            raise
        here = options.sheet or raw.sheets[0]
        raise DataError(
            f"{error}. This is the sheet {here!r}: the workbook has also "
            f"{some(map(repr, others), 8)}, choose the sheet that holds the table"
        ) from None


def _written(raw: RawTable) -> Literal["", ".", ","]:
    """The decimal mark that the table's text leaves no doubt about."""
    return (clear_decimal(raw.layout.rows) or "") if raw.format == TEXT.kind else ""


def without_target(table: TableDataset) -> TableDataset:
    """The rows of a table alone, for a network that gives them back.

    A target that is no more than the last column is an input like the others; one that was named,
    or has the name of a target, is left out, with a note.
    """
    guessed = table.roles.guessed
    fate: ColumnRole = "input" if guessed else "ignore"
    roles = tuple(fate if role == "target" else role for role in table.roles.roles)
    names = some((column.name for column in table.targets), 8)
    notes = [note for note in table.notes if note not in table.about_target]
    if not guessed:
        notes.append(
            f"{names} is what was to be predicted, so it is neither seen nor given back: set its "
            "role to input to take it in."
        )
    found = replace(
        table,
        roles=Roles(roles, "regression", table.roles.notes),
        notes=tuple(notes),
    )
    features = _features(found.inputs, found.options)
    spec = msgspec.structs.replace(
        table.spec,
        task="regression",
        input_shape=(len(features),),
        outputs=len(features),
        classes=(),
        feature_names=features,
        target_names=(),
    )
    return replace(found, spec=spec)
