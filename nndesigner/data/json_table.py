"""Tables from JSON: one object a line, or one array of objects; a key is a column."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.data.formats import JSON
from nndesigner.data.limits import FLOAT_BYTES, require_memory, require_table
from nndesigner.data.progress import Progress, tell
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_source import MOST_COLUMNS, Source, flat, text_source
from nndesigner.data.table_text import read_text
from nndesigner.data.words import count, shorten, some
from nndesigner.errors import DataError

#: Objects within objects become columns ``outer.inner`` down to here; deeper ones stay JSON text.
_MOST_DEPTH = 5
_CELL_BYTES = 60
_WANTED = 'write one object a line, as {"a": 1, "b": "x"}, or one array of such objects'

Record = dict[str, str]


def read_json_table(
    path: Path, options: TableOptions, most: int | None, progress: Progress | None
) -> Source:
    """Objects as rows. Raises: DataError naming the line that is no JSON."""
    text = read_text(path, options.encoding, most=most, progress=progress)
    if text.complete:
        require_table(text.size, path.name)
    content = text.data.decode("utf-8", "replace").strip()
    found = (
        _array(content, path.name, text.complete)
        if content.startswith("[")
        else _lines(content, path.name, text.complete)
    )
    names: dict[str, None] = {}
    records: list[Record] = []
    for number, value in enumerate(found):
        if number % 20_000 == 0:
            tell(progress, 0.3, "reading the objects")
        record: Record = {}
        _flatten(value, "", record, 0)
        names.update(dict.fromkeys(record))
        if len(names) > MOST_COLUMNS:
            raise DataError(
                f"{path.name} has more than {MOST_COLUMNS:,} different keys: its objects are no "
                "rows of one table"
            )
        records.append(record)
    if not records or not names:
        raise DataError(f"{path.name}: the file has no rows: it holds no objects")
    require_memory(
        len(records) * len(names) * (_CELL_BYTES + FLOAT_BYTES),
        f"{path.name} ({count(len(records), 'object')} with {len(names):,} keys)",
        "open a part of it",
    )
    gaps = sorted({key for record in records for key in names if key not in record}, key=str)
    notes = list(text.notes)
    if gaps:
        verb = "key is" if len(gaps) == 1 else "keys are"
        notes.append(f"{len(gaps)} {verb} not in every object ({some(gaps)}): missing there.")
    rows = [[record.get(name, "") for name in names] for record in records]
    fixed = msgspec.structs.replace(options, header=True, skip=0)
    return text_source(
        JSON,
        path,
        [[flat(name) for name in names], *rows],
        fixed,
        complete=text.complete,
        notes=tuple(notes),
        first_line=1,
    )


def _lines(content: str, name: str, complete: bool) -> Iterator[dict[str, Any]]:
    lines = content.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = _loads(line)
        except ValueError as error:
            if not complete and number == len(lines):
                return  # the preview ends within it
            raise DataError(
                f"{name}: line {number:,} is no JSON ({shorten(str(error), 60)}): {_WANTED}"
            ) from None
        if not isinstance(value, dict):
            raise DataError(f"{name}: line {number:,} is {_what(value)}, no object: {_WANTED}")
        yield value


def _array(content: str, name: str, complete: bool) -> Iterator[dict[str, Any]]:
    if complete:
        try:
            values = _loads(content)
        except ValueError as error:
            raise DataError(f"{name} is no JSON ({shorten(str(error), 60)}): {_WANTED}") from None
    else:
        values = _beginning(content)
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise DataError(f"{name}: entry {number:,} is {_what(value)}, no object: {_WANTED}")
        yield value


def _beginning(content: str) -> Iterator[Any]:
    """The entries of an array of which only the first bytes are there."""
    decoder = json.JSONDecoder(parse_constant=lambda _: None)
    place = 1
    while True:
        while place < len(content) and content[place] in " \t\r\n,":
            place += 1
        try:
            value, place = decoder.raw_decode(content, place)
        except (ValueError, RecursionError):
            return
        yield value


def _loads(text: str) -> Any:
    """A JSON value; NaN and Infinity, which Python writes, are missing. Raises: ValueError."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _flatten(value: dict[str, Any], prefix: str, into: Record, depth: int) -> None:
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict) and inner and depth < _MOST_DEPTH:
            _flatten(inner, f"{name}.", into, depth + 1)
        else:
            into[name] = _cell(inner)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return flat(value)
        case float():
            return repr(value)
        case int():
            try:
                return str(value)
            except ValueError:  # thousands of digits: too long for anything but a name
                return hex(value)
        case _:
            try:
                return flat(json.dumps(value, ensure_ascii=False)[:1000])
            except (ValueError, RecursionError):
                return "…"


def _what(value: Any) -> str:
    words = {list: "an array", str: "a text", bool: "true or false", type(None): "null"}
    return words.get(type(value), "a number")
