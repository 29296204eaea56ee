"""What stands above a column of a table's first rows."""

from __future__ import annotations

from nndesigner.data.column_choice import ROLE_TITLES, TYPE_TITLES
from nndesigner.data.table_head import HeadColumn
from nndesigner.ui.dialogs.table_column_form import line_of
from nndesigner.ui.views.text_table import ColumnHead


def heading(column: HeadColumn) -> ColumnHead:
    """The name of a column, what it holds and is for, and more in its help."""
    missing = f", {column.missing:,} missing" if column.missing else ""
    role = "" if column.role == "input" else f", {ROLE_TITLES[column.role].lower()}"
    examples = ", ".join(line_of(example) for example in column.examples)
    lines = [
        f"{column.name}: {TYPE_TITLES[column.type]}, {column.distinct:,} different values",
        f"For example {examples}" if examples else "",
        f"{column.missing:,} values are missing" if column.missing else "No value is missing",
        f"Ignored: {column.why}" if column.why and column.role == "ignore" else "",
    ]
    return ColumnHead(
        name=line_of(column.name),
        note=TYPE_TITLES[column.type] + role + missing,
        role=column.role,
        numeric=column.type == "number",
        help="\n".join(line for line in lines if line),
    )
