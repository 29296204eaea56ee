"""What a person can decide about a table: how its text is cut, and what each column is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from nndesigner.data.added import Added
from nndesigner.data.column_choice import MOST_FILL, ColumnChoice, ColumnRole, ColumnType
from nndesigner.data.split_plan import Split, check_split
from nndesigner.errors import DataError

__all__ = ["MISSING", "ColumnChoice", "ColumnRole", "ColumnType", "Fill", "Scaling", "TableOptions"]

Fill = Literal["typical", "median", "zero", "constant", "drop"]
Scaling = Literal["standardise", "minmax", "robust", "log", "none"]
Ragged = Literal["fill", "skip", "stop"]

#: So many lines at the foot of a table can be left out.
MOST_LEFT_OUT = 1000
#: Cell texts that stand for a missing value.
MISSING = (
    "",
    "?",
    "-",
    "--",
    ".",
    "NA",
    "na",
    "N/A",
    "n/a",
    "#N/A",
    "#NA",
    "<NA>",
    "NaN",
    "nan",
    "NAN",
    "-nan",
    "-NaN",
    "NULL",
    "Null",
    "null",
    "None",
)


class TableOptions(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Every choice about a table; None means: find out.

    ``delimiter`` is one character, or a blank for any run of blanks. ``quote`` is the sign around
    cells that hold delimiters, empty for none. ``skip`` is the number of
    lines before the header (or before the first row without one). ``missing`` are markers besides
    the usual ones. ``fill`` says what stands in for missing inputs: the mean of a number and the
    most frequent category (``typical``), the median, zero, ``fill_value`` (``constant``; a category
    gets its most frequent value), or nothing (``drop`` the row).
    ``scaling`` is applied to numbers and to a number target. Both are rules for columns that have
    no choice of their own in ``columns``. ``ragged`` says what happens to lines with too few cells
    (``fill`` them, ``skip`` them) or with too many (always skipped); ``stop`` refuses the file.
    ``foot`` last lines are left out: sums, sources, whatever is no row.
    ``added`` are inputs made of others, ``split`` says which rows are trained on. ``sheet`` is the
    sheet of a workbook, None its first.
    """

    delimiter: str | None = None
    quote: Literal['"', "'", ""] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    header: bool | None = None
    skip: int | None = None
    foot: int | None = None
    target: str | None = None
    task: Literal["classification", "regression"] | None = None
    columns: dict[str, ColumnChoice] = {}
    missing: tuple[str, ...] = ()
    fill: Fill = "typical"
    fill_value: float = 0.0
    scaling: Scaling = "standardise"
    ragged: Ragged = "fill"
    sheet: str | None = None
    added: tuple[Added, ...] = ()
    split: Split = Split()

    def plain(self) -> dict[str, Any]:
        """The choices as plain JSON, for `Origin.options`; what was not chosen is left out."""
        return dict(msgspec.json.decode(msgspec.json.encode(self)))

    @classmethod
    def from_plain(cls, values: Mapping[str, Any] | None) -> TableOptions:
        """The choices from plain JSON. Raises: DataError naming the choice that is not possible."""
        try:
            options = msgspec.convert(dict(values or {}), cls)
        except msgspec.ValidationError as error:
            known = ", ".join(cls.__struct_fields__)
            raise DataError(f"Table options: {error}; the options are {known}") from None
        if options.delimiter is not None and len(options.delimiter) != 1:
            raise DataError(
                f"Table options: the delimiter must be one character, got {options.delimiter!r}"
            )
        if options.skip is not None and options.skip < 0:
            raise DataError(f"Table options: skip must be 0 or more lines, got {options.skip}")
        if options.foot is not None and not 0 <= options.foot <= MOST_LEFT_OUT:
            raise DataError(
                f"Table options: foot must be 0 to {MOST_LEFT_OUT} lines, got {options.foot}"
            )
        check_split(options.split)
        if not abs(options.fill_value) <= MOST_FILL:  # not a number is refused too
            raise DataError(
                f"Table options: fill_value must lie between ±{MOST_FILL:.0e}, "
                f"got {options.fill_value:g}"
            )
        return options

    def needed(self, names: Sequence[str]) -> frozenset[int]:
        """The places of the columns that were chosen for something, so that every cell counts."""
        chosen = {self.target, self.split.column}
        for name, choice in self.columns.items():
            if choice.role not in (None, "ignore") or choice.type not in (None, "text", "id"):
                chosen.add(name)
        return frozenset(place for place, name in enumerate(names) if name in chosen)
