"""JSON that strangers may have written: bounded, finite, no double keys, errors with a path."""

from __future__ import annotations

import json
import math
from typing import Any, TypeVar

import msgspec

from nndesigner.errors import FileError

#: No design has more text than this.
MOST_TEXT_BYTES = 64 * 2**20
MOST_LEVELS = 64
MOST_DIGITS = 400
#: Exact in every language's 64-bit integers.
MOST_NUMBER = 2**63 - 1


class _Doubled(ValueError):
    """A key that stands twice in one object."""


def write_json(value: Any, *, indent: int | None = None, what: str = "this design") -> bytes:
    """JSON in plain ASCII, so that names with any character, even half of a pair, survive.

    Raises: FileError when a number is not finite.
    """
    try:
        return json.dumps(
            value, ensure_ascii=True, allow_nan=False, indent=indent, separators=_separators(indent)
        ).encode("ascii")
    except (ValueError, RecursionError) as error:
        raise FileError(f"cannot save {what}: a number in it is not finite ({error})") from error


def _separators(indent: int | None) -> tuple[str, str]:
    return (",", ": ") if indent else (",", ":")


def read_json(content: bytes, name: str) -> Any:
    """Plain values from JSON. Raises: FileError naming the file and the place in it."""
    try:
        value = json.loads(
            content.decode("utf-8"),
            parse_int=_integer,
            parse_constant=lambda _: math.nan,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError as error:
        raise FileError(f"{name} is damaged: byte {error.start:,} is no text") from None
    except _Doubled as error:
        raise FileError(f"{name} is damaged: the key {str(error)!r} stands twice") from None
    except RecursionError:
        raise FileError(
            f"{name} cannot be read: it is nested deeper than {MOST_LEVELS} levels"
        ) from None
    except MemoryError:
        raise FileError(f"{name} cannot be read: there is too little memory") from None
    except ValueError as error:
        raise FileError(f"{name} is damaged: {error}") from None
    _inspect(value, name)
    return value


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= MOST_DIGITS else math.inf


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Doubled(key[:60])
            seen.add(key)
    return found


def _inspect(value: Any, name: str) -> None:
    """Refuse what is legal JSON and still cannot be meant, naming the place."""
    waiting: list[tuple[str, int, Any]] = [("$", 0, value)]
    while waiting:
        path, level, item = waiting.pop()
        if level > MOST_LEVELS:
            raise FileError(
                f"{name} cannot be read: {path[:80]}... is nested deeper than {MOST_LEVELS} levels"
            )
        if isinstance(item, dict):
            waiting += [(f"{path}.{key[:60]}", level + 1, inner) for key, inner in item.items()]
        elif isinstance(item, list):
            waiting += [(f"{path}[{i}]", level + 1, inner) for i, inner in enumerate(item)]
        elif isinstance(item, float) and not math.isfinite(item):
            raise FileError(
                f"{name}: {path} must be an ordinary number, got one that is not finite"
            )
        elif isinstance(item, int) and abs(item) > MOST_NUMBER:
            raise FileError(f"{name}: {path} holds a number of {len(str(item))} digits")


S = TypeVar("S")


def convert(value: Any, to: type[S], path: str, name: str) -> S:
    """A typed value from plain ones. Raises: FileError with the JSON path of what is wrong."""
    try:
        return msgspec.convert(value, to)
    except msgspec.ValidationError as error:
        raise FileError(_sentence(str(error), path, name)) from None
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise FileError(f"{name}: {path}: {error}") from None


def _sentence(text: str, path: str, name: str) -> str:
    what, _, inner = text.partition(" - at `$")
    return f"{name}: {path}{inner.rstrip('`')}: {what[:1].lower()}{what[1:]}"


def the_object(value: Any, path: str, name: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """A JSON object with exactly these keys allowed. Raises: FileError."""
    if not isinstance(value, dict):
        raise FileError(f"{name}: {path} must be an object, got {kind_of(value)}")
    for key in value:
        if key not in keys:
            raise FileError(
                f"{name}: {path} has a key {key[:60]!r} that this version does not know; "
                "was it saved by a newer nndesigner?"
            )
    return value


def the_list(value: Any, path: str, name: str) -> list[Any]:
    """A JSON list. Raises: FileError."""
    if not isinstance(value, list):
        raise FileError(f"{name}: {path} must be a list, got {kind_of(value)}")
    return value


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes or no"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"
