"""The beginning of a table as the preview shows it: what was found, and the first rows as texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import msgspec

from nndesigner.data.column_facts import Facts, column_facts
from nndesigner.data.dataset import Task
from nndesigner.data.formats import TEXT
from nndesigner.data.limits import require_table
from nndesigner.data.number_texts import number_text
from nndesigner.data.table import RawTable, read_raw, roles_in
from nndesigner.data.table_blocks import BLOCKS_FROM
from nndesigner.data.table_frame import BadRow
from nndesigner.data.table_notes import plan_notes
from nndesigner.data.table_options import ColumnChoice, ColumnRole, ColumnType, TableOptions
from nndesigner.data.table_roles import NO_INPUTS
from nndesigner.errors import DataError

_MOST_BYTES = 2 << 20


@dataclass(frozen=True)
class HeadColumn:
    """One column as the preview shows it; ``facts`` are those of the rows looked at."""

    name: str
    type: ColumnType
    role: ColumnRole
    facts: Facts
    examples: tuple[str, ...]
    why: str = ""

    @property
    def missing(self) -> int:
        """How many of the rows looked at have no value."""
        return self.facts.missing

    @property
    def distinct(self) -> int:
        """How many different values they have."""
        return self.facts.distinct


@dataclass(frozen=True)
class TableHead:
    """Everything that the preview of a table shows.

    ``rows`` are the first rows as texts, each as wide as ``columns``. ``rows_seen`` rows were
    looked at; ``complete`` says whether that is the whole file. ``problem`` is a sentence when the
    table cannot be opened as it stands (the options may mend it), else empty. ``options`` are
    those that were given, ``encoding`` ... ``skip`` what is in force with them. ``format`` is the
    id of the file's format; the choices about text mean something for ``text`` alone, and
    ``sheets`` are those of a workbook to choose from. ``bad`` are the first lines with more or
    fewer cells than columns, of ``bad_count``. ``raw`` is what was read.
    """

    path: Path
    size: int
    encoding: str
    delimiter: str
    decimal: Literal[".", ","]
    header: bool
    skip: int
    columns: tuple[HeadColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    rows_seen: int
    complete: bool
    target: str
    task: Task | None
    notes: tuple[str, ...]
    problem: str
    options: TableOptions
    format: str = "text"
    sheets: tuple[str, ...] = ()
    quote: str = '"'
    bad: tuple[BadRow, ...] = ()
    bad_count: int = 0
    #: Whether the target is no more than the last column that can be one.
    guessed: bool = False
    raw: RawTable | None = field(default=None, compare=False, repr=False)

    @property
    def missing(self) -> dict[str, int]:
        """The missing values of every column that has some."""
        return {column.name: column.missing for column in self.columns if column.missing}

    @property
    def own_target_columns(self) -> tuple[HeadColumn, ...]:
        """The columns as they are used where rows are their own targets: a target that was guessed
        is an input like the others, another one is left out.
        """
        fate: ColumnRole = "input" if self.guessed else "ignore"
        return tuple(replace(c, role=fate) if c.role == "target" else c for c in self.columns)

    def pinned(self, *, own_target: bool = False) -> TableOptions:
        """The options that make of the whole file what the preview shows.

        Of rows that are their own targets, a guessed target stays a guess.

        Where only the beginning was looked at, the rest might lead to another guess: what was
        guessed is said then. Cells that do not fit it count as missing, with a note.
        """
        if self.complete or self.problem:
            return self.options
        columns = {column.name: self._pinned_choice(column) for column in self.columns}
        target = self.options.target if own_target and self.guessed else self.target
        if len([c for c in columns.values() if c.role == "target"]) == 1:
            columns[self.target] = msgspec.structs.replace(columns[self.target], role=None)
        if self.format != "text":
            return msgspec.structs.replace(
                self.options, target=target, task=self.task, columns=columns
            )
        return msgspec.structs.replace(
            self.options,
            delimiter=self.delimiter,
            quote=self.quote,
            decimal=self.decimal,
            header=self.header,
            skip=self.skip,
            target=target,
            task=self.task,
            columns=columns,
        )

    def _pinned_choice(self, column: HeadColumn) -> ColumnChoice:
        held = self.options.columns.get(column.name, ColumnChoice())
        if column.role == "weight":  # a text further below is no weight: it is said, not passed by
            return msgspec.structs.replace(held, role=column.role)
        kind = column.type if column.role != "ignore" else None
        return msgspec.structs.replace(held, type=kind, role=column.role)


def read_table_head(
    path: str | Path, options: TableOptions | None = None, rows: int = 200
) -> TableHead:
    """What a table looks like under these options; a big file is judged by its first 2 MB.

    Raises: DataError when it is no text table or has no rows.
    """
    path = Path(path)
    options = options or TableOptions()
    return head_of(path, read_raw(path, options, most=_MOST_BYTES), options, rows)


def head_of(path: Path, raw: RawTable, options: TableOptions, rows: int) -> TableHead:
    """What the preview shows of a table that was read; what cannot be is its ``problem``."""
    problem, target, guessed = "", "", False
    task: Task | None = None
    roles: tuple[ColumnRole, ...] = tuple(
        "ignore" if column.type in (*NO_INPUTS, "date") else "input" for column in raw.columns
    )
    notes = list(raw.notes)
    try:
        decided = roles_in(raw, options, path.name)
    except DataError as error:
        problem = str(error)
    else:
        roles, task, guessed = decided.roles, decided.task, decided.guessed
        names = [c.name for c, role in zip(raw.columns, roles, strict=True) if role == "target"]
        target = names[0]
        notes += [*decided.notes, *plan_notes(raw.columns, decided, options)]
        try:
            if raw.format == TEXT.kind and raw.text.size < BLOCKS_FROM:  # larger ones go to disk
                require_table(raw.text.size, path.name)
        except DataError as error:
            problem = str(error)
    width = len(raw.columns)
    return TableHead(
        path=path,
        size=raw.text.size,
        encoding=raw.text.encoding,
        delimiter=raw.layout.delimiter,
        decimal=raw.layout.decimal,
        header=raw.layout.header,
        skip=raw.layout.skip,
        columns=_columns(raw, roles),
        rows=tuple((*row[:width], *[""] * (width - len(row))) for row in raw.layout.rows[:rows]),
        rows_seen=raw.columns[0].rows,
        complete=raw.text.complete,
        target=target,
        task=task,
        notes=tuple(notes),
        problem=problem,
        options=options,
        format=raw.format,
        sheets=raw.sheets,
        quote=raw.layout.quote,
        bad=raw.bad,
        bad_count=raw.bad_count,
        guessed=guessed,
        raw=raw,
    )


def _columns(raw: RawTable, roles: tuple[ColumnRole, ...]) -> tuple[HeadColumn, ...]:
    found = []
    for index, (column, role) in enumerate(zip(raw.columns, roles, strict=True)):
        texts = [row[index] for row in raw.layout.rows if index < len(row) and row[index]]
        examples = column.values or tuple(dict.fromkeys(texts))
        if column.numbers is not None and not texts:
            there = column.numbers[column.present()][:5].tolist()
            examples = tuple(number_text(value) for value in there)
        found.append(
            HeadColumn(
                name=column.name,
                type=column.type,
                role=role,
                facts=column_facts(column),
                examples=tuple(examples[:5]),
                why=column.why,
            )
        )
    return tuple(found)
