"""What a choice in the wizard of a table does to its options; values in, values out."""

from __future__ import annotations

from typing import Any

import msgspec

from nndesigner.data import ColumnChoice, TableOptions
from nndesigner.data.column_choice import ColumnRole, suited
from nndesigner.data.split_plan import Split
from nndesigner.data.table_head import HeadColumn, TableHead
from nndesigner.data.words import some


def with_choice(options: TableOptions, column: str, **said: Any) -> TableOptions:
    """Options with something said of one column; what says nothing is left out."""
    choice = msgspec.structs.replace(options.columns.get(column, ColumnChoice()), **said)
    columns = {**options.columns, column: choice}
    columns = {name: held for name, held in columns.items() if held != ColumnChoice()}
    return msgspec.structs.replace(options, columns=columns)


def with_said(options: TableOptions, column: HeadColumn, field: str, value: Any) -> TableOptions:
    """Options with one field of a column; fields that mean nothing with it are forgotten."""
    if field == "type":
        held = options.columns.get(column.name, ColumnChoice())
        kind = value if value is not None else column.type
        tidy = suited(msgspec.structs.replace(held, type=value), kind, column.role)
        options = with_choice(options, column.name, **msgspec.structs.asdict(tidy))
        if kind != "number":
            options = without_added_of(options, column.name)
        if kind == "date" and tidy.role is None and column.role == "ignore":
            # who says that it is a date wants to use it
            options = with_choice(options, column.name, role="input")
        return options
    said = {field: value}
    if field == "fill" and value != "constant":
        said["fill_value"] = ""
    if field == "coding" and value != "ordinal":
        said["order"] = ""
    return with_choice(options, column.name, **said)


def without_added_of(options: TableOptions, column: str) -> TableOptions:
    """Options without the added inputs that are made of a column."""
    kept = tuple(item for item in options.added if column not in item.needs)
    return msgspec.structs.replace(options, added=kept)


def with_target(options: TableOptions, name: str | None) -> TableOptions:
    """Another target; roles that were said of it, and other targets, are forgotten."""
    for column, choice in options.columns.items():
        if choice.role == "target" or column == name:
            options = with_choice(options, column, role=None)
    if name is not None:
        options = without_added_of(options, name)
    # The kind of the old target says nothing about the new one.
    return msgspec.structs.replace(options, target=name, task=None)


def with_role(
    options: TableOptions, column: HeadColumn, role: ColumnRole, head: TableHead
) -> TableOptions:
    """Another role of one column. A second number target joins the first, any other replaces it,
    and so does a second column of weights.
    """
    if role != "input":
        options = without_added_of(options, column.name)
    if role == "target":
        said = [other for other in head.columns if _target_said(options, other)]
        if not said or not all(other.type == "number" for other in (*said, column)):
            return with_target(options, column.name)
        for other in said:
            options = with_choice(options, other.name, role="target")
        options = msgspec.structs.replace(options, task=None)
        return with_choice(options, column.name, role="target")
    if options.target == column.name:
        options = msgspec.structs.replace(options, target=None, task=None)
    if role == "weight":  # there is one such column: the other is guessed anew
        for name, choice in options.columns.items():
            if choice.role == "weight" and name != column.name:
                options = with_choice(options, name, role=None)
    held = options.columns.get(column.name, ColumnChoice())
    tidy = suited(msgspec.structs.replace(held, role=role), column.type, role)
    options = with_choice(options, column.name, **msgspec.structs.asdict(tidy))
    split = options.split
    if role in ("group", "split"):
        method = "group" if role == "group" else "column"
        split = msgspec.structs.replace(split, method=method, column=column.name)
        return with_split(options, split)
    if split.column == column.name and split.method in ("group", "column"):
        split = msgspec.structs.replace(split, method="auto", column="")
    return msgspec.structs.replace(options, split=split)


def target_remark(options: TableOptions, column: HeadColumn, head: TableHead) -> str:
    """What becomes of the other targets when a column is made one; empty where nothing does."""
    others = [c for c in head.columns if c.role == "target" and c.name != column.name]
    classes = [c.name for c in (*others, column) if c.type != "number"]
    if not others or (all(_target_said(options, c) for c in others) and not classes):
        return ""
    instead = f"{column.name} takes the place of {some((c.name for c in others), 3)} as the target"
    if classes:
        holds = "holds no numbers" if len(classes) == 1 else "hold no numbers"
        return f"{instead}: several targets must all be numbers, and {some(classes, 3)} {holds}"
    return f"{instead}, which was guessed: make that a target as well to predict both"


def with_split(options: TableOptions, split: Split) -> TableOptions:
    """Another split; the column that names groups or parts is no input any more."""
    role = {"group": "group", "column": "split"}.get(split.method)
    for name, choice in options.columns.items():
        if choice.role in ("group", "split") and not (name == split.column and role):
            options = with_choice(options, name, role=None)
    if role and split.column:
        options = without_added_of(options, split.column)
        options = with_choice(options, split.column, role=role)
        if options.target == split.column:
            options = msgspec.structs.replace(options, target=None, task=None)
    return msgspec.structs.replace(options, split=split)


def _target_said(options: TableOptions, column: HeadColumn) -> bool:
    """Whether a person chose this target; else it was guessed."""
    chosen = options.target == column.name or _role_said(options, column.name) == "target"
    return column.role == "target" and chosen


def _role_said(options: TableOptions, name: str) -> str | None:
    return options.columns.get(name, ColumnChoice()).role
