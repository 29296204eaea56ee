"""What can be said of how a text is cut and of what pictures become, declared for the command line.

The window has these choices as forms of its own; both end in `TableOptions` and `ImageOptions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from nndesigner.data.table_options import Ragged, TableOptions
from nndesigner.declare import fields_of, parse_value, setting
from nndesigner.errors import DataError, DesignerError

#: Words for signs that a command line takes for its own.
_DELIMITERS = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "\\t": "\t",
    "bar": "|",
    "blank": " ",
    "blanks": " ",
}
_QUOTES = {"none": "", "double": '"', "single": "'", '"': '"', "'": "'"}
_MARK_TITLES = {",": "comma", ".": "point"}
_RAGGED_TITLES = {"fill": "fill the missing cells", "skip": "skip the line", "stop": "refuse"}


class TextChoice(msgspec.Struct, frozen=True, kw_only=True):
    """How the text of a table is read; what is not said is found out."""

    delimiter: Annotated[
        str,
        setting(
            "Delimiter",
            "What stands between two cells: one sign, or comma, semicolon, tab, bar or blanks.",
        ),
    ] = ""
    decimal: Annotated[
        Literal[".", ","] | None,
        setting("Decimal mark", "How numbers are written: 1.5 or 1,5.", titles=_MARK_TITLES),
    ] = None
    encoding: Annotated[
        str, setting("Encoding", "How letters are stored, as in utf-8, cp1252 or latin-1.")
    ] = ""
    header: Annotated[
        bool | None, setting("Header", "Whether the first line holds the names of the columns.")
    ] = None
    skip: Annotated[
        int | None, setting("Skipped lines", "Lines above the header, or above the first row.")
    ] = None
    foot: Annotated[
        int | None,
        setting("Foot", "Lines at the end that are no rows, as sums: so many are left out."),
    ] = None
    quote: Annotated[
        str,
        setting("Quote", "What stands around cells that hold delimiters: double, single or none."),
    ] = ""
    ragged: Annotated[
        Ragged | None,
        setting(
            "Odd lines",
            "What happens to lines with too few cells; those with too many are skipped.",
            titles=_RAGGED_TITLES,
        ),
    ] = None
    missing: Annotated[
        str,
        setting("Missing", "Texts that stand for a missing value too, separated by |, as in -9|x."),
    ] = ""


class PictureChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What pictures become; what is not said is found out."""

    size: Annotated[
        str, setting("Size", "Pixels of a side, as in 32, or width and height, as in 64x48.")
    ] = ""
    colour: Annotated[
        Literal["grey", "rgb"] | None, setting("Colour", "Grey or coloured, one or three numbers.")
    ] = None
    fit: Annotated[
        Literal["stretch", "pad", "crop"] | None,
        setting("Fit", "How pictures of another shape are brought to the size."),
    ] = None
    scaling: Annotated[
        Literal["unit", "signed", "standard"] | None,
        setting("Scaling", "Pixels from 0 to 1 (unit), -1 to 1 (signed), or standardised."),
    ] = None


def parse_text(items: Sequence[str]) -> dict[str, Any]:
    """The fields of `TableOptions` in ``delimiter=semicolon decimal=, header=no``.

    Raises: DataError saying which key or value is not possible.
    """
    said = _said("--text", TextChoice, items)
    if "delimiter" in said:
        said["delimiter"] = _DELIMITERS.get(said["delimiter"].lower(), said["delimiter"])
    if "quote" in said:
        sign = _QUOTES.get(said["quote"].lower())
        if sign is None:
            raise DataError(f"--text: quote must be double, single or none, got {said['quote']!r}")
        said["quote"] = sign
    if "missing" in said:
        said["missing"] = [text.strip() for text in said["missing"].split("|") if text.strip()]
    TableOptions.from_plain(said)
    return said


def parse_pictures(items: Sequence[str]) -> dict[str, Any]:
    """The fields of `ImageOptions` in ``size=32 colour=grey fit=crop``.

    Raises: DataError saying which key or value is not possible.
    """
    from nndesigner.data.image_plan import ImageOptions  # which loads NumPy

    said = _said("--pictures", PictureChoice, items)
    if "size" in said:
        sides = said["size"].lower().replace("×", "x").split("x")
        if len(sides) > 2 or not all(side.strip().isdecimal() for side in sides):
            raise DataError(f"--pictures: size must be as in 32 or 64x48, got {said['size']!r}")
        numbers = [int(side) for side in sides]
        said["size"] = numbers if len(numbers) == 2 else numbers[0]
    if "colour" in said:
        said["colours"] = said.pop("colour")
    ImageOptions.from_plain(said)
    return said


def _said(option: str, cls: type[msgspec.Struct], items: Sequence[str]) -> dict[str, Any]:
    fields = {field.name: field for field in fields_of(cls)}
    values: dict[str, Any] = {}
    for item in items:
        key, sign, value = item.partition("=")
        key = {"color": "colour", "colours": "colour", "colors": "colour"}.get(key, key).strip()
        if not sign or key not in fields:
            raise DataError(
                f"{option} wants KEY=VALUE with one of {', '.join(fields)}, got {item!r}"
            )
        if fields[key].type == "text":
            values[key] = value if value.strip() == "" else value.strip()
            continue
        try:
            values[key] = parse_value(fields[key], value)
        except DesignerError as error:
            raise DataError(f"{option}: {error}") from None
    return {key: value for key, value in values.items() if value is not None}
