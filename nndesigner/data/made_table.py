"""Made points as a table: columns that can be prepared, and that others can be made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from nndesigner.data.column_choice import TYPE_TITLES, ColumnChoice
from nndesigner.data.columns import Column
from nndesigner.data.dataset import Dataset, Origin, Task
from nndesigner.data.generators import Made
from nndesigner.data.number_texts import number_text
from nndesigner.data.same import as_own_target
from nndesigner.data.split_preview import SplitPreview, preview_split
from nndesigner.data.table import MADE, RawTable, TableDataset, table_of
from nndesigner.data.table_head import TableHead, head_of
from nndesigner.data.table_layout import Layout
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_roles import TARGET_NOTE
from nndesigner.data.table_text import TableText
from nndesigner.errors import DataError

#: The choices of a table that made points have too; the others are about reading a file.
PLAN = ("target", "task", "columns", "added", "scaling", "fill", "fill_value", "split")
_SHOWN_ROWS = 200


@dataclass(frozen=True, eq=False)
class MadeTable:
    """Points before any choice: ``origin`` says how they came about, and nothing of the choices.

    Without a choice the inputs stay as they are and the last column is the target.
    """

    name: str
    origin: Origin
    note: str
    columns: tuple[Column, ...]
    task: Task

    @property
    def plain(self) -> TableOptions:
        """The choices in force where nothing was said."""
        return TableOptions(scaling="none", target=self.columns[-1].name, task=self.task)

    def options(self, plan: Mapping[str, Any]) -> TableOptions:
        """All choices, from those that were said as plain JSON. Raises: DataError."""
        own = {key: value for key, value in plan.items() if key in PLAN}
        held = self.plain.plain()
        if own.get("target", self.plain.target) != self.plain.target:
            del held["task"]  # the kind of this target says nothing about another one
        return TableOptions.from_plain({**held, **own})

    def dataset(self, options: TableOptions) -> TableDataset:
        """The data set under these choices; its origin keeps what was chosen. Raises: DataError."""
        self._check_types(options)
        made = table_of(Path(self.name), self._raw(0), self._with_roles(options))
        plain, held = options.plain(), self.plain.plain()
        said = {key: plain[key] for key in PLAN if key in plain and plain[key] != held.get(key)}
        if "scaling" not in plain:  # a table's usual one is left out there
            said["scaling"] = options.scaling
        return replace(
            made,
            spec=msgspec.structs.replace(made.spec, name=self.name),
            origin=msgspec.structs.replace(self.origin, options={**self.origin.options, **said}),
            notes=(self.note, *(n for n in made.notes if not n.startswith(TARGET_NOTE))),
            options=options,
        )

    def head(self, options: TableOptions) -> TableHead:
        """What the preview shows of all points; what cannot be is its problem."""
        problem, tidy = "", options
        try:
            self._check_types(options)
        except DataError as error:
            problem = str(error)
            columns = {
                name: msgspec.structs.replace(choice, type=None)
                for name, choice in options.columns.items()
            }
            tidy = msgspec.structs.replace(options, columns=columns)
        raw = self._raw(_SHOWN_ROWS)
        found = head_of(Path(self.name), raw, self._with_roles(tidy), _SHOWN_ROWS)
        notes = (self.note, *found.notes)
        return replace(found, options=options, problem=problem or found.problem, notes=notes)

    def split(
        self,
        options: TableOptions,
        validation_share: float,
        seed: int,
        *,
        own_target: bool = False,
    ) -> SplitPreview:
        """How the points would be shared out; what cannot be is its problem."""
        try:
            made: Dataset = self.dataset(options)
            made = as_own_target(made) if own_target else made
            return preview_split(made, validation_share, seed)
        except DataError as error:
            return SplitPreview({}, problem=str(error))

    # -- inside

    def _check_types(self, options: TableOptions) -> None:
        for column in self.columns:
            wanted = options.columns.get(column.name, ColumnChoice()).type
            if wanted not in (None, column.type):
                raise DataError(
                    f"{self.name}: {column.name} is a {TYPE_TITLES[column.type]} and cannot be a "
                    f"{TYPE_TITLES[wanted]}: made points keep their types. Leave it to be found out"
                )

    def _with_roles(self, options: TableOptions) -> TableOptions:
        """Choices that say of every column what it is for: no input is left out by a guess."""
        columns = dict(options.columns)
        for column in self.columns:
            choice = columns.get(column.name, ColumnChoice())
            if choice.role is None and column.name not in (options.target, options.split.column):
                columns[column.name] = msgspec.structs.replace(choice, role="input")
        return msgspec.structs.replace(options, columns=columns)

    def _raw(self, rows: int) -> RawTable:
        names = tuple(column.name for column in self.columns)
        texts = (_texts(column.part(0, rows)) for column in self.columns)
        layout = Layout(
            delimiter=",",
            decimal=".",
            header=True,
            skip=0,
            names=names,
            body=0,
            body_line=1,
            rows=tuple(zip(*texts, strict=True)),
            notes=(),
        )
        text = TableText(Path(self.name), b"", "utf-8", 0, self.origin.content_hash, True, ())
        return RawTable(text, layout, self.columns, (), format=MADE)


def made_table(made: Made, name: str, origin: Origin, note: str) -> MadeTable:
    """Points as columns: x (or x1, x2 ...), then ``class`` or ``y``."""
    inputs = ("x",) if made.x.shape[1] == 1 else tuple(f"x{i + 1}" for i in range(made.x.shape[1]))
    columns = [
        Column(title, "number", 0, np.ascontiguousarray(made.x[:, place]))
        for place, title in enumerate(inputs)
    ]
    if made.classes:
        codes = made.y.astype(np.int32)
        columns.append(Column("class", "category", 0, codes=codes, values=made.classes))
    else:
        columns.append(Column("y", "number", 0, made.y))
    return MadeTable(name, origin, note, tuple(columns), made.task)


def plan_in(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the options of an origin say of the choices of a table."""
    return {key: value for key, value in options.items() if key in PLAN}


def _texts(column: Column) -> list[str]:
    if column.numbers is not None:
        return [number_text(value) for value in column.numbers.tolist()]
    codes = column.codes if column.codes is not None else np.zeros(0, np.int32)
    return [column.values[code] for code in codes.tolist()]
