"""Finds out how a text is cut into a table: delimiter, decimal mark, preamble, header, names."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from nndesigner.data.table_options import MISSING, TableOptions
from nndesigner.data.words import count, shorten, some
from nndesigner.errors import DataError

DELIMITERS = (",", ";", "\t", "|", " ")
_SAMPLE_BYTES = 256 << 10
_LEAST_LINES = 20
_SAMPLE_LINES = 400
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
_POINTED = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")
_POINTED_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+")
_COMMAED_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+\.\d+")
_SINGLE_QUOTED = re.compile(r"(?:^|[,;\t|])[ ]*'[^']*'[ ]*(?=$|[,;\t|\r\n])")
_DOUBLE_QUOTED = re.compile(r'(?:^|[,;\t|])[ ]*"[^"]*"[ ]*(?=$|[,;\t|\r\n])')
_MANY_BLANKS = re.compile(r"\S {2,}\S+ {2,}\S")
#: Python's own reader stops at cells of 128 kB unless it is told that there are longer ones.
csv.field_size_limit(2**31 - 1)
_COMMENT = ("#", "//", "%")
_MISSING = frozenset(MISSING)

Rows = list[list[str]]


@dataclass(frozen=True)
class Layout:
    """How a table's text is cut.

    ``quote`` is the sign around cells that hold delimiters, empty where there is none.
    ``skip`` lines stand before the header (or the first row), ``body`` is the byte at which the
    rows begin and ``body_line`` the number of that line (from 1). ``rows`` are the cells of the
    first rows.
    """

    delimiter: str
    decimal: Literal[".", ","]
    header: bool
    skip: int
    names: tuple[str, ...]
    body: int
    body_line: int
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    quote: str = '"'


@dataclass(frozen=True)
class _Line:
    """One record of the beginning: its cells, where it ends, and the lines that it takes."""

    cells: list[str]
    start: int
    end: int
    first_line: int


def detect(data: bytes, options: TableOptions, name: str) -> Layout:
    """The layout of a table's UTF-8 text. Raises: DataError when there is no row in it."""
    sample = _SAMPLE_BYTES
    while sample < len(data) and data.count(b"\n", 0, sample) < _LEAST_LINES:
        sample *= 4  # a few very long lines
    lines = _lines(data[:sample], cut=len(data) > sample)
    notes: list[str] = []
    quote = options.quote if options.quote is not None else _quote(lines)
    delimiter = options.delimiter or _delimiter(lines, options.skip or 0, quote)
    every = _records(lines, delimiter, quote)
    records = [record for record in every if any(cell for cell in record.cells)]
    if options.skip is not None and records:
        last = records[-1].first_line
        records = [record for record in records if record.first_line > options.skip]
        if not records:
            where = f"the first {last:,}" if len(data) > sample else f"its {last:,}"
            raise DataError(
                f"{name}: skipping {count(options.skip, 'line')} leaves no row of {where}: skip "
                "fewer"
            )
    if not records:
        raise DataError(f"{name}: the file has no rows: give it a header line and data lines")
    width = _width(records)
    if options.skip is None:
        first = _first(records, width)
        if first and _lacks_first_name(records, first, width):
            first -= 1
            lacking = records[first]
            records[first] = replace(lacking, cells=["", *lacking.cells])
        if first and records[first].first_line > 1:
            skipped = records[first].first_line - 1
            lines_text = "line was" if skipped == 1 else f"{skipped} lines were"
            notes.append(f"The first {lines_text} skipped: the table begins below.")
        records = records[first:]
    head = records[0].cells
    body = [record.cells for record in records[1:]]
    header = options.header if options.header is not None else has_header(head, body)
    skip = options.skip if options.skip is not None else records[0].first_line - 1
    used = 0
    if header:
        used = 1
        if len(records) > 2 and _is_units(records[1].cells, [r.cells for r in records[2:]]):
            used = 2
            notes.append(
                f"Line {records[1].first_line} ({shorten(some(records[1].cells, 3))}) was taken "
                "for units and left out."
            )
    elif options.header is None:
        notes.append("The first line holds data, not names: the columns are numbered.")
    if width > 1 and (used or (options.header is False and options.skip is not None)):
        # A row of delimiters alone is one whose cells are all missing, wherever it stands.
        end = records[used - 1].end if used else 0
        below = [
            one
            for one in every
            if one.start >= end
            and one.first_line > (options.skip or 0)
            and (len(one.cells) > 1 or any(one.cells))
        ]
        records = [*records[:used], *below]
    if used >= len(records):
        raise DataError(f"{name}: the file has no rows: there is nothing below the header")
    width = max(width, len(head)) if header else width
    names, renamed = column_names(head if header else [], width)
    notes += renamed
    kept = [record.cells for record in records[used:]]
    decimal = options.decimal or _decimal(kept)
    if decimal == "," and options.decimal is None:
        notes.append("Numbers are written with a decimal comma.")
    if quote == "'" and options.quote is None:
        notes.append("Cells stand in single quotes.")
    return Layout(
        delimiter=delimiter,
        decimal=decimal,
        header=header,
        skip=skip,
        names=names,
        body=records[used].start,
        body_line=records[used].first_line,
        rows=tuple(tuple(row) for row in kept),
        notes=tuple(notes),
        quote=quote,
    )


# -- lines and records


def _lines(head: bytes, *, cut: bool) -> list[tuple[str, int, int]]:
    """The first lines as text with the bytes where they start and end."""
    found: list[tuple[str, int, int]] = []
    for match in _LINE.finditer(head):
        if match.start() == match.end():
            break
        found.append((match.group().decode("utf-8", "replace"), match.start(), match.end()))
        if len(found) >= _SAMPLE_LINES:
            return found
    return found[:-1] if cut and len(found) > 1 else found


def csv_reader(source: Iterable[str], delimiter: str, quote: str, **more: Any) -> Any:
    """Python's own reader for this delimiter and quote sign."""
    if not quote:
        more |= {"quoting": csv.QUOTE_NONE}
    sign = quote or '"'
    return csv.reader(source, delimiter=delimiter, quotechar=sign, skipinitialspace=True, **more)


def _records(
    lines: Sequence[tuple[str, int, int]], delimiter: str, quote: str = '"'
) -> list[_Line]:
    """The records of the lines; a quoted cell may hold line ends."""
    position = 0

    def feed() -> Iterator[str]:
        nonlocal position
        while position < len(lines):
            text = lines[position][0]
            position += 1
            yield _blanks(text) if delimiter == " " else text

    reader = csv_reader(feed(), delimiter, quote)
    found: list[_Line] = []
    while True:
        before = position
        try:
            cells = next(reader)
        except StopIteration:
            return found
        except csv.Error:
            return found
        if position > before:
            cells = [cell.strip() for cell in cells]
            found.append(_Line(cells, lines[before][1], lines[position - 1][2], before + 1))


def _blanks(text: str) -> str:
    return text.strip(" \t\r\n").replace("\t", " ") + "\n"


def _width(records: Sequence[_Line]) -> int:
    """The number of cells that most records have; of equal counts the larger."""
    counts = Counter(len(record.cells) for record in records)
    return max(counts, key=lambda cells: (counts[cells], cells))


def _first(records: Sequence[_Line], width: int) -> int:
    """The index of the record with which the table begins: preamble and comments lie before."""
    for index, record in enumerate(records):
        comment = record.cells[0].startswith(_COMMENT)
        if len(record.cells) == width and not (comment and index + 1 < len(records) and width == 1):
            if sum(bool(cell) for cell in record.cells) * 2 < width and index + 1 < len(records):
                continue  # a title with delimiters behind it, as spreadsheets write it
            return index
    return 0


def _lacks_first_name(records: Sequence[_Line], first: int, width: int) -> bool:
    """Whether the line before the table names all columns but the first, as R writes row names."""
    names = records[first - 1].cells
    if len(names) != width - 1 or width < 3 or names[0].startswith(_COMMENT):
        return False
    return has_header(["", *names], [record.cells for record in records[first:]])


# -- delimiter and decimal mark


def _quote(lines: Sequence[tuple[str, int, int]]) -> str:
    """The sign around cells: single quotes only where they, and no double ones, wrap cells."""
    single = double = 0
    for text, _, _ in lines:
        double += len(_DOUBLE_QUOTED.findall(text))
        single += len(_SINGLE_QUOTED.findall(text))
        if double:
            return '"'
    return "'" if single >= max(2, len(lines) // 4) else '"'


def _delimiter(lines: Sequence[tuple[str, int, int]], skip: int, quote: str = '"') -> str:
    """The delimiter that cuts the lines most evenly into clean cells."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        records = [r for r in _records(lines[skip:], delimiter, quote) if any(r.cells)]
        if not records:
            continue
        width = _width(records)
        if width < 2:
            continue
        even = [record.cells for record in records if len(record.cells) == width]
        share = len(even) / len(records)
        cells = [cell for row in even[:100] for cell in row]
        clean = sum(_is_clean(cell, delimiter) for cell in cells) / len(cells)
        score = share * clean**2 * (1.0 if delimiter != " " else 0.9)
        if score > best_score + 1e-9:
            best, best_score = delimiter, score
    return best


def _is_clean(cell: str, delimiter: str) -> bool:
    """Whether no other delimiter seems to be left in a cell."""
    if any(other in cell for other in ";\t|" if other != delimiter):
        return False
    if delimiter != " " and _MANY_BLANKS.search(cell):
        return False
    return not (delimiter == " " and (cell.endswith(",") or cell.count(",") > 1))


def _decimal(rows: Iterable[Sequence[str]]) -> Literal[".", ","]:
    # 1,234 alone is more likely a thousand than a decimal comma
    return clear_decimal(rows) or "."


def clear_decimal(
    rows: Iterable[Sequence[str]], *, thousands: bool = False
) -> Literal[".", ","] | None:
    """The decimal mark that cells leave no doubt about; None where none does.

    ``1,234`` may be a thousand and more, and says nothing by itself; so does ``1.234`` where
    ``thousands`` may be written with points.
    """
    comma = point = grouped = 0
    for row in rows:
        for cell in row:
            if _COMMA_NUMBER.fullmatch(cell):
                if _THOUSANDS.fullmatch(cell):
                    grouped += 1
                else:
                    comma += 1
            elif _POINT_NUMBER.fullmatch(cell):
                point += not (thousands and _POINTED.fullmatch(cell))
            elif _POINTED_THOUSANDS.fullmatch(cell):
                comma += 1
            elif _COMMAED_THOUSANDS.fullmatch(cell):
                point += 1
    if not comma and not point:
        return None
    return "," if comma and comma + grouped > point else "."


def doubtful_number(cells: Iterable[str], decimal: Literal[".", ","]) -> str:
    """The first number, such as ``161,900``, that the other mark would read as another number;
    empty for none.
    """
    look = _THOUSANDS if decimal == "." else re.compile(f"{_THOUSANDS.pattern}|{_POINTED.pattern}")
    return next((cell for cell in cells if look.fullmatch(cell)), "")


# -- header


def is_number(cell: str) -> bool:
    """Whether a cell is written as a number, with a decimal point or comma."""
    return _NUMBER.fullmatch(cell) is not None


def has_header(head: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether the first line holds names rather than data."""
    if not body:
        return not any(is_number(cell) for cell in head)
    if all(is_number(cell) for cell in head):
        # 0,1,2,... are numbered columns; any other numbers are data
        if len(head) < 3 or head[0] not in ("0", "1"):
            return False
        return list(head) == [str(int(head[0]) + index) for index in range(len(head))]
    for_names = for_data = again = 0
    for index, cell in enumerate(head):
        column = [row[index] for row in body if index < len(row) and row[index] not in _MISSING]
        if not column:
            continue
        numbers = sum(map(is_number, column)) / len(column)
        if is_number(cell):
            year = len(cell) == 4 and cell[:2] in ("19", "20") and cell not in column
            for_data += 0 if year else 1
        elif cell in _MISSING:
            for_data += 1 if index else 0  # the first name of an exported index is empty
        elif numbers >= 0.8:
            for_names += 1
        elif cell in column:
            for_data += 1
            again += 1
    if for_names and for_names == for_data == again:
        return True  # a name may be a value as well, but a word above numbers is no number
    if for_names or for_data:
        return for_names > for_data
    return len({cell.casefold() for cell in head}) == len(head)


def _is_units(cells: Sequence[str], body: Rows) -> bool:
    """Whether a second header line (units) stands above numbers."""
    numbers = 0
    for index, cell in enumerate(cells):
        column = [row[index] for row in body if index < len(row) and row[index] not in _MISSING]
        if column and all(map(is_number, column)):
            if is_number(cell) or cell in _MISSING - {"", "-"}:
                return False
            numbers += bool(cell)
    return numbers > 1


def column_names(head: Sequence[str], width: int) -> tuple[tuple[str, ...], list[str]]:
    """A name for every column, each once, and notes on those that had to be made up."""
    names: list[str] = []
    taken: set[str] = set()
    repeated, empty = [], []
    for index in range(width):
        name = head[index].strip() if index < len(head) else ""
        if index == 0:
            name = name.lstrip("#").strip()
        if not name:
            name = f"column_{index + 1}"
            if head:
                empty.append(name)
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        if unique != name:
            repeated.append(f"{name} → {unique}")
        taken.add(unique)
        names.append(unique)
    notes = []
    if repeated:
        notes.append(f"Column names that occur twice were changed: {some(repeated)}.")
    if empty:
        notes.append(f"Columns without a name are called {some(empty)}.")
    return tuple(names), notes
