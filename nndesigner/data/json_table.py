"""Tables from JSON: one object a line, or one array of objects; a key is a column."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import msgspec

from nndesigner.data.formats import JSON
from nndesigner.data.limits import (
    FLOAT_BYTES,
    TABLE_BYTES,
    fits,
    require_memory,
    require_table,
)
from nndesigner.data.progress import Progress, tell
from nndesigner.data.spooled import spool, spooled_source
from nndesigner.data.store import has_disk
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_source import MOST_COLUMNS, Source, flat, in_blocks, text_source
from nndesigner.data.table_text import TableText, read_text
from nndesigner.data.words import bytes_text, count, shorten, some
from nndesigner.errors import DataError

#: Objects within objects become columns ``outer.inner`` down to here; deeper ones stay JSON text.
_MOST_DEPTH = 5
_CELL_BYTES = 60
#: A big file is read in pieces of so many letters; no object in it may be longer than the second.
_PIECE = 1 << 20
_LONGEST = 64 << 20
_HEAD_BYTES = 1 << 20
#: No word or escape within JSON is longer.
_LONGEST_WORD = 16
#: From so many bytes on, objects go through a text on disk: it is quicker, and asks more often.
_STREAMED_FROM = 2 << 20
_LOOK = 2_000
_BLANK = re.compile(r"[ \t\r\n]*")
_WANTED = 'write one object a line, as {"a": 1, "b": "x"}, or one array of such objects'

#: Beyond this a whole number is written by itself: it may have thousands of digits.
_LARGEST = 10**30

Record = dict[str, str | float]


def read_json_table(
    path: Path, options: TableOptions, most: int | None, progress: Progress | None
) -> Source:
    """Objects as rows. Raises: DataError naming the line that is no JSON."""
    size = path.stat().st_size
    streamed = most is None and (size >= _STREAMED_FROM or in_blocks(size))
    if streamed and (has_disk(size) or not fits(size * TABLE_BYTES)):
        big = _read_big(path, options, progress)
        if big is not None:
            return big
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
            raise _too_many_keys(path.name)
        records.append(record)
    if not records or not names:
        raise DataError(f"{path.name}: the file has no rows: it holds no objects")
    require_memory(
        len(records) * len(names) * (_CELL_BYTES + FLOAT_BYTES),
        f"{path.name} ({count(len(records), 'object')} with {len(names):,} keys)",
        "open a part of it",
    )
    counts = Counter(key for record in records for key in record)
    notes = [*text.notes, *_gap_notes(counts, len(records))]
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


def _gap_notes(counts: Mapping[str, int], total: int) -> list[str]:
    gaps = sorted(key for key, number in counts.items() if number < total)
    if not gaps:
        return []
    verb = "key is" if len(gaps) == 1 else "keys are"
    return [f"{len(gaps)} {verb} not in every object ({some(gaps)}): missing there."]


def _read_big(path: Path, options: TableOptions, progress: Progress | None) -> Source | None:
    """Objects that memory should not hold, one after the other; None where cells cannot be read in
    blocks. Raises: DataError.
    """
    head = read_text(path, options.encoding, most=_HEAD_BYTES)
    counts: Counter[str] = Counter()
    places: dict[str, None] = {}
    names: tuple[str, ...] = ()
    empty = 0
    with spool(path.name, head.size) as rows:
        for value in _objects(path, head, progress):
            record: Record = {}
            _flatten(value, "", record, 0)
            counts.update(record.keys())
            if len(counts) > len(places):
                places.update(dict.fromkeys(record))
                names = tuple(places)
                if len(names) > MOST_COLUMNS:
                    raise _too_many_keys(path.name)
                for _ in range(empty):
                    rows.add([""])
                empty = 0
            if not names:  # an object without keys is a row, of as many gaps as there are keys
                empty += 1
                continue
            same = len(record) == len(names) and tuple(record) == names
            rows.add(list(record.values()) if same else [record.get(name, "") for name in names])
        if not rows.rows or not names:
            raise DataError(f"{path.name}: the file has no rows: it holds no objects")
        return spooled_source(
            rows,
            JSON,
            path,
            options,
            progress,
            names=[flat(name) for name in names],
            notes=(*head.notes, *_gap_notes(counts, rows.rows)),
        )


def _objects(path: Path, head: TableText, progress: Progress | None) -> Iterator[dict[str, Any]]:
    """The objects of a big file. Raises: DataError."""
    name = path.name
    encoding = "utf-8-sig" if head.encoding == "utf-8" else head.encoding
    with path.open("rb") as raw:

        def told(words: str) -> None:
            tell(progress, 0.5 * min(1.0, raw.tell() / max(1, head.size)), words)

        stream = io.TextIOWrapper(raw, encoding, newline="\n")
        try:
            if head.data.lstrip().startswith(b"["):
                values = _streamed_array(stream, name, told)
            else:
                values = _streamed_lines(stream, name, told)
            yield from values
        except UnicodeDecodeError as error:
            raise DataError(
                f"{name} is not {head.encoding} all through ({error.reason}): save it as UTF-8"
            ) from None


def _streamed_lines(
    stream: TextIO, name: str, told: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    number = 0
    while line := stream.readline(_LONGEST + 1):
        number += 1
        if number % _LOOK == 1:
            told(f"reading object {number:,}")
        if len(line) > _LONGEST:
            raise DataError(
                f"{name}: line {number:,} is longer than {bytes_text(_LONGEST)}: {_WANTED}"
            )
        yield from _lines(line.strip("\n"), name, True, number)


def _streamed_array(
    stream: TextIO, name: str, told: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """The entries of an array, of which a part is held at a time."""
    decoder = json.JSONDecoder(parse_constant=lambda _: None)
    content, place, number = stream.read(_PIECE).lstrip(), 1, 0
    ended = False

    def more() -> bool:
        nonlocal content, place, ended
        piece = "" if ended else stream.read(_PIECE)
        ended = not piece
        told(f"reading object {number + 1:,}")
        if len(content) - place > _LONGEST:
            raise DataError(
                f"{name}: entry {number + 1:,} is longer than {bytes_text(_LONGEST)}: {_WANTED}"
            )
        content, place = content[place:] + piece, 0
        return not ended

    def sign() -> str:
        nonlocal place
        while True:
            place = _BLANK.match(content, place).end()  # type: ignore[union-attr]
            if place < len(content):
                return content[place]
            if not more():
                return ""

    def damaged(reason: str) -> DataError:
        return DataError(f"{name} is no JSON ({reason} at entry {number + 1:,}): {_WANTED}")

    if sign() == "]":
        return
    while True:
        try:
            sign()
            value, place = decoder.raw_decode(content, place)
        except RecursionError:
            raise damaged("it is nested too deeply") from None
        except json.JSONDecodeError as error:
            if _may_be_cut(error, len(content)) and more():
                continue
            raise damaged(shorten(error.msg, 60)) from None
        except ValueError as error:  # a number of thousands of digits
            raise damaged(shorten(str(error).partition(":")[0], 60)) from None
        number += 1
        if not isinstance(value, dict):
            raise DataError(f"{name}: entry {number:,} is {_what(value)}, no object: {_WANTED}")
        yield value
        after = sign()
        if after == "]":
            break
        if after != ",":
            raise damaged("a comma is missing" if after else "it is cut off")
        place += 1
    place += 1
    if sign():
        raise damaged("something follows the array")


def _may_be_cut(error: json.JSONDecodeError, end: int) -> bool:
    """Whether more text may mend it: a text, a word or an escape is cut off."""
    return error.pos >= end - _LONGEST_WORD or error.msg.startswith("Unterminated string")


def _too_many_keys(name: str) -> DataError:
    return DataError(
        f"{name} has more than {MOST_COLUMNS:,} different keys: its objects are no rows of one "
        "table"
    )


def _lines(content: str, name: str, complete: bool, first: int = 1) -> Iterator[dict[str, Any]]:
    lines = content.split("\n")
    for number, line in enumerate(lines, first):
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
    """The cells of an object; numbers stay what they are, for the CSV's writer makes texts of them
    faster.
    """
    for key, inner in value.items():
        name = prefix + key if prefix else key
        kind = type(inner)
        if kind is float or (kind is int and -_LARGEST < inner < _LARGEST):
            into[name] = inner
        elif kind is dict and inner and depth < _MOST_DEPTH:
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
