"""How a person wants rows shared out: training, validation, test, and by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from nndesigner.declare import build, fields_of, parse_value, setting
from nndesigner.errors import DataError, DesignerError

SplitMethod = Literal["auto", "stratified", "random", "group", "time", "column", "folder"]

METHOD_TITLES: dict[str, str] = {
    "auto": "suited to the data",
    "stratified": "evenly over the classes",
    "random": "at random",
    "group": "whole groups",
    "time": "in order of time",
    "column": "as a column says",
    "folder": "as the folders say",
}

_AMOUNT = "Below 1 it is a share of all rows, from 1 on a number of rows."


class Split(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Which rows are trained on, which check what was learnt, and which are kept for the end.

    ``auto`` follows a column whose role is *names the part* or *group*, then folders named train,
    validation and test, and else is stratified (random where a number is predicted).
    """

    method: Annotated[
        SplitMethod, setting("Split", "What decides the part of a row.", titles=METHOD_TITLES)
    ] = "auto"
    column: Annotated[
        str, setting("By the column", "The column of groups, of times, or of the parts' names.")
    ] = ""
    validation: Annotated[
        float | None,
        setting(
            "Validation", f"Rows that check what was learnt; empty: the training's share. {_AMOUNT}"
        ),
    ] = None
    test: Annotated[
        float, setting("Test", f"Rows that are looked at once, after the training. {_AMOUNT}", ge=0)
    ] = 0.0
    seed: Annotated[
        int | None,
        setting(
            "Seed of the split",
            "The start of its random numbers; empty: the training's seed.",
            advanced=True,
        ),
    ] = None

    def rows_for(self, amount: float, rows: int) -> int:
        """How many of ``rows`` rows a share or a count asks for."""
        return round(amount * rows) if amount < 1 else int(amount)


def check_split(split: Split) -> None:
    """Refuse amounts that are no share and no count. Raises: DataError."""
    for name, amount in (("validation", split.validation), ("test", split.test)):
        if amount is None:
            continue
        if not 0 <= amount < 2**40 or (amount >= 1 and amount != int(amount)):
            raise DataError(
                f"Split: {name} must be a share from 0 to below 1 or a whole number of rows, "
                f"got {amount:g}"
            )
    if split.seed is not None and not 0 <= split.seed < 2**31:
        raise DataError(f"Split: seed must be from 0 to {2**31 - 1:,}, got {split.seed}")
    if split.method == "time" and not split.column:
        raise DataError("Split: name the column that holds the times")


def with_column(split: Split, named: Mapping[str, str]) -> Split:
    """The split by the column whose role says it, where none was named: ``named`` gives the first
    column of a role. Raises: DataError where neither says it.
    """
    if split.column or split.method not in ("group", "column"):
        return split
    role = "split" if split.method == "column" else "group"
    if role not in named:
        what = {"group": "groups", "column": "parts"}[split.method]
        raise DataError(f"Split: name the column that holds the {what}")
    return msgspec.structs.replace(split, column=named[role])


def split_from(value: Any) -> Split:
    """A split from plain JSON. Raises: DataError naming what is not possible."""
    if isinstance(value, Split):
        check_split(value)
        return value
    try:
        split = msgspec.convert(value or {}, Split)
    except msgspec.ValidationError as error:
        raise DataError(f"Split: {error}") from None
    check_split(split)
    return split


def split_of(options: Mapping[str, Any]) -> Split:
    """The split that data were opened with. Raises: DataError."""
    return split_from(options.get("split"))


def parse_split(items: Sequence[str]) -> Split:
    """A split from ``test=0.1 method=group column=patient``, as ``--split`` takes it.

    Raises: DataError saying which key or value is not possible.
    """
    fields = {field.name: field for field in fields_of(Split)}
    values: dict[str, Any] = {}
    for item in items:
        key, sign, value = (part.strip() for part in item.partition("="))
        if not sign or key not in fields:
            raise DataError(
                f"--split wants KEY=VALUE with one of {', '.join(fields)}, got {item!r}"
            )
        try:
            values[key] = parse_value(fields[key], value)
        except DesignerError as error:
            raise DataError(f"--split: {error}") from None
    try:
        split = build(Split, values)
    except DesignerError as error:
        raise DataError(f"--split: {error}") from None
    check_split(split)
    return split
