"""What a person can decide about one column, declared once for wizard, files and command line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from nndesigner.declare import build, fields_of, parse_value, setting
from nndesigner.errors import DataError, DesignerError

ColumnType = Literal["number", "category", "yes_no", "date", "id", "text", "empty"]
ColumnRole = Literal["input", "target", "ignore", "group", "split", "weight"]
ColumnScaling = Literal["standardise", "minmax", "robust", "log", "none"]
ColumnFill = Literal["mean", "median", "frequent", "zero", "constant", "drop"]
Coding = Literal["onehot", "ordinal"]
Clip = Literal["none", "quartiles", "percentiles", "deviations"]

#: A number to fill gaps with may be so large.
MOST_FILL = 1e12

TYPE_TITLES: dict[str, str] = {
    "number": "number",
    "category": "category",
    "yes_no": "yes or no",
    "date": "date",
    "id": "name of the row",
    "text": "text",
    "empty": "empty",
}
ROLE_TITLES: dict[str, str] = {
    "input": "Input",
    "target": "Target",
    "ignore": "Ignored",
    "group": "Group",
    "split": "Names the part",
    "weight": "Weight",
}
SCALING_TITLES: dict[str, str] = {
    "standardise": "standardise",
    "minmax": "from 0 to 1",
    "robust": "robust (median, quartiles)",
    "log": "logarithm, standardised",
    "none": "as it is",
}
FILL_TITLES: dict[str, str] = {
    "mean": "the mean",
    "median": "the median",
    "frequent": "the most frequent",
    "zero": "zero",
    "constant": "a value of your own",
    "drop": "leave the row out",
}
CODING_TITLES: dict[str, str] = {
    "onehot": "one input a value",
    "ordinal": "one number, in order",
}
CLIP_TITLES: dict[str, str] = {
    "none": "keep them",
    "quartiles": "beyond 1.5 quartile ranges",
    "percentiles": "beyond the 1st and 99th percentile",
    "deviations": "beyond 3 deviations",
}


class ColumnChoice(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a person said about one column; None leaves it to the guess, or to the table's rule.

    What is measured for it (means, bounds, fills) is fitted on training rows alone.
    """

    type: Annotated[
        ColumnType | None,
        setting("Holds", "What the cells hold; text is never an input.", titles=TYPE_TITLES),
    ] = None
    role: Annotated[
        ColumnRole | None,
        setting(
            "Used as",
            "An input of the network, a target that it predicts, ignored; rows of one group stay "
            "in one part, a column may name the part of every row, or say how much each counts in "
            "the training (a weight of 2 is like having the row twice).",
            titles=ROLE_TITLES,
        ),
    ] = None
    scaling: Annotated[
        ColumnScaling | None,
        setting(
            "Scaling",
            "How numbers are brought to one size: (x - mean) / deviation, (x - least) / range, "
            "(x - median) / quartile range, the same of sign(x) log(1 + |x|), or not at all.",
            titles=SCALING_TITLES,
        ),
    ] = None
    coding: Annotated[
        Coding | None,
        setting(
            "Coding",
            "A category becomes one input a value (1 for the row's own), or one number that "
            "counts the values in order.",
            titles=CODING_TITLES,
        ),
    ] = None
    order: Annotated[
        str,
        setting("Order", "The values from the least to the most, as in low|middle|high."),
    ] = ""
    fill: Annotated[
        ColumnFill | None,
        setting("Missing values", "What stands in for a missing value.", titles=FILL_TITLES),
    ] = None
    fill_value: Annotated[
        str, setting("Filled with", "The number or the category that stands in, if it is your own.")
    ] = ""
    was_missing: Annotated[
        bool,
        setting("Was missing", "One more input: 1 where the value was missing, else 0."),
    ] = False
    clip: Annotated[
        Clip,
        setting(
            "Outliers",
            "Numbers beyond these bounds are moved to the bound.",
            titles=CLIP_TITLES,
        ),
    ] = "none"
    date_format: Annotated[
        str,
        setting(
            "Date format",
            "How dates are written, as in %d/%m/%Y; empty: it is found out.",
            advanced=True,
        ),
    ] = ""


#: Which fields speak about which type of column, besides type and role.
APPLIES: dict[str, tuple[str, ...]] = {
    "number": ("scaling", "fill", "fill_value", "was_missing", "clip"),
    "category": ("coding", "order", "fill", "fill_value", "was_missing"),
    "yes_no": ("fill", "fill_value", "was_missing"),
    "date": ("scaling", "fill", "was_missing", "date_format"),
}
#: The fills that make sense for a type, in the order of a form.
FILLS: dict[str, tuple[ColumnFill, ...]] = {
    "number": ("mean", "median", "frequent", "zero", "constant", "drop"),
    "category": ("frequent", "constant", "drop"),
    "yes_no": ("frequent", "constant", "drop"),
    "date": ("mean", "median", "frequent", "drop"),
}
#: What a number target can be learnt as: a target is never filled or clipped.
TARGET_FIELDS = ("scaling",)


def check_choice(name: str, kind: ColumnType, role: ColumnRole, choice: ColumnChoice) -> None:
    """Refuse a choice that means nothing for what the column holds.

    Raises: DataError naming the column, the choice, and what is possible.
    """
    applies = APPLIES.get(kind, ())
    if role == "target":
        applies = TARGET_FIELDS if kind == "number" else ()
    if role not in ("input", "target"):
        return
    what = "a target" if role == "target" else f"a {TYPE_TITLES[kind]} column"
    for field in fields_of(ColumnChoice):
        if field.name in ("type", "role") or field.name in applies:
            continue
        if getattr(choice, field.name) != field.default:
            possible = ", ".join(applies) or "type and role"
            raise DataError(
                f"column {name!r} is {what}, which has no {field.name}: it has {possible}"
            )
    if choice.fill is not None and choice.fill not in FILLS.get(kind, ()):
        raise DataError(
            f"column {name!r} is {what}, which cannot be filled with {choice.fill}: "
            f"choose from {', '.join(FILLS.get(kind, ()))}"
        )
    if choice.fill == "constant" and kind == "number":
        constant_of(name, choice)


def constant_of(name: str, choice: ColumnChoice) -> float:
    """The number to fill a column with. Raises: DataError when none was given."""
    try:
        value = float(choice.fill_value.strip().replace(",", ".") or "0")
    except ValueError:
        value = float("nan")
    if not abs(value) <= MOST_FILL:
        raise DataError(
            f"column {name!r}: fill_value must be a number between ±{MOST_FILL:.0e}, "
            f"got {choice.fill_value!r}"
        )
    return value


def suited(choice: ColumnChoice, kind: ColumnType, role: ColumnRole) -> ColumnChoice:
    """A choice without what means nothing for this type and role."""
    applies = APPLIES.get(kind, ())
    if role == "target":
        applies = TARGET_FIELDS if kind == "number" else ()
    changes: dict[str, Any] = {
        field.name: field.default
        for field in fields_of(ColumnChoice)
        if field.name not in ("type", "role") and field.name not in applies
    }
    if choice.fill is not None and choice.fill not in FILLS.get(kind, ()):
        changes.update(fill=None, fill_value="")
    return msgspec.structs.replace(choice, **changes)


def parse_choice(text: str) -> tuple[str, dict[str, Any]]:
    """A column's name and what is said of it in ``age:fill=median,clip=quartiles``.

    The fields are those of `ColumnChoice` as plain JSON, and only those that were named.
    Raises: DataError saying which key or value is not possible.
    """
    name, sign, rest = text.rpartition(":")
    if not sign or not name or "=" not in rest:
        raise DataError(
            f"--column wants NAME:KEY=VALUE,..., as in age:fill=median,clip=quartiles, got {text!r}"
        )
    fields = {field.name: field for field in fields_of(ColumnChoice)}
    values: dict[str, Any] = {}
    for item in rest.split(","):
        key, sign, value = (part.strip() for part in item.partition("="))
        if not sign or key not in fields:
            raise DataError(
                f"--column {name}: there is no {key!r}: choose from {', '.join(fields)}"
            )
        try:
            words = {word for word, _ in fields[key].choices}
            values[key] = value if value in words else parse_value(fields[key], value)
        except DesignerError as error:
            raise DataError(f"--column {name}: {error}") from None
    try:
        build(ColumnChoice, values)
    except DesignerError as error:
        raise DataError(f"--column {name}: {error}") from None
    return name, values
