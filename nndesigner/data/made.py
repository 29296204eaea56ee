"""Data without a file: points from a generator, and points that a person painted.

A project keeps how they came about and not where they lie: a generator's settings with its seed, or
the painted points themselves, a few bytes each.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Dataset, Origin
from nndesigner.data.generators import GENERATORS, Generator, Made
from nndesigner.data.made_table import PLAN, MadeTable, made_table, plan_in
from nndesigner.data.same import with_own_target, without_own_target
from nndesigner.data.table import TableDataset
from nndesigner.data.words import nearest
from nndesigner.declare import build, fields_of, parse_value, values_of
from nndesigner.errors import DataError, DesignerError

GENERATED, PAINTED = "generated", "points"
#: Painted points are kept in the project itself, so there are not too many of them.
MOST_PAINTED = 20_000
MOST_CLASSES = 8
MOST_CLASS_NAME = 40
#: Painted coordinates are whole numbers of this many a unit, from -REACH to REACH and beyond.
STEPS = 4096
_BYTES_A_POINT = 5
#: What the Playground calls its sets where a sample has that name: with settings, as in
#: ``spiral:noise=0.1``, the generator is meant.
_ALSO = {
    "spiral": "two-spirals",
    "plane": "reg-plane",
    "multi-gauss": "reg-gauss",
    "moons": "two-moons",
}


class Painted(msgspec.Struct, frozen=True):
    """Points of classes as a person painted them.

    Shapes: x ``(n, 2)`` float64 within ±7, labels ``(n,)`` int64 into ``classes``.
    """

    x: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]


# -- generators


def generator_names() -> tuple[str, ...]:
    """The kinds that ``--data`` takes, as ``circle`` or ``circle:noise=0.2,points=300``."""
    return tuple(GENERATORS)


def find_generator(text: str) -> Generator | None:
    """The generator that a text names with its settings, or None when it names none.

    Raises: DataError for a setting that there is not, or a value that is not allowed.
    """
    kind, _, given = text.strip().partition(":")
    kind = _ALSO.get(kind.casefold(), kind.casefold())
    cls = GENERATORS.get(kind)
    if cls is None:
        return None
    known = {field.name: field for field in fields_of(cls)}
    values: dict[str, Any] = {}
    for item in filter(None, (part.strip() for part in given.split(","))):
        name, sign, value = item.partition("=")
        name = name.strip().lower()
        if not sign or name not in known:
            hint = "" if name in known else f": {nearest(name, tuple(known))}"
            raise DataError(
                f"{kind} wants settings as in {kind}:noise=0.2,points=300, got {item!r}{hint}"
            )
        try:
            values[name] = parse_value(known[name], value)
        except DesignerError as error:
            raise DataError(f"{cls.title}: {error}") from None
    return _generator(kind, values)


def _generator(kind: str, values: Mapping[str, Any]) -> Generator:
    cls = GENERATORS.get(kind)
    if cls is None:
        raise DataError(
            f"There is no generator {kind!r}: {nearest(kind, generator_names())}. Was the project "
            "saved by a newer nndesigner?"
        )
    try:
        return build(cls, values)
    except DesignerError as error:
        raise DataError(str(error)) from None


def generator_of(origin: Origin) -> Generator:
    """The generator that an origin of kind ``generated`` keeps. Raises: DataError."""
    own = {key: value for key, value in origin.options.items() if key not in PLAN}
    return _generator(origin.path, own)


def generate(generator: Generator, plan: Mapping[str, Any] | None = None) -> TableDataset:
    """The points of a generator as a data set; ``plan`` are choices of a table, as plain JSON.

    Raises: DataError for a choice that made points do not have, or that does not fit them.
    """
    others = [key for key in plan or {} if key not in PLAN]
    if others:
        raise DataError(f"Generated points have no {', '.join(others)} to choose")
    table = _generated(generator)
    return table.dataset(table.options(plan or {}))


def _generated(generator: Generator) -> MadeTable:
    return made_table(
        generator.make(),
        generator.kind,
        Origin(kind=GENERATED, path=generator.kind, options=values_of(generator)),
        f"{generator.title}: {generator.formula}.",
    )


# -- painted points


def painted_origin(painted: Painted) -> Origin:
    """Painted points as a project keeps them. Raises: DataError when there are too many."""
    if len(painted.x) > MOST_PAINTED:
        raise DataError(
            f"A project keeps at most {MOST_PAINTED:,} painted points, there are "
            f"{len(painted.x):,}: erase some, or save them as a table"
        )
    whole = np.clip(np.rint(painted.x * STEPS), -32768, 32767).astype("<i2")
    content = whole.tobytes() + painted.labels.astype(np.uint8).tobytes()
    return Origin(
        kind=PAINTED,
        path="painted points",
        options={
            "classes": list(painted.classes),
            "points": base64.b64encode(content).decode("ascii"),
        },
        content_hash=hashlib.sha256(content).hexdigest(),
    )


def painted_of(origin: Origin) -> Painted:
    """The points that an origin of kind ``points`` keeps. Raises: DataError when damaged."""
    text, names = origin.options.get("points"), origin.options.get("classes")
    damaged = DataError("The painted points of this project are damaged: paint them again")
    if not isinstance(text, str) or not isinstance(names, list | tuple):
        raise damaged
    if len(text) > 4 * -(-MOST_PAINTED * _BYTES_A_POINT // 3) or not 1 <= len(names) <= (
        MOST_CLASSES
    ):
        raise damaged
    if not all(isinstance(name, str) and 0 < len(name) <= MOST_CLASS_NAME for name in names):
        raise damaged
    if len(set(names)) < len(names):
        raise damaged
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise damaged from None
    number, rest = divmod(len(content), _BYTES_A_POINT)
    if rest or not number:
        raise damaged
    x = np.frombuffer(content, "<i2", 2 * number).reshape(number, 2) / STEPS
    labels = np.frombuffer(content, np.uint8, offset=4 * number).astype(np.int64)
    if labels.max() >= len(names):
        raise damaged
    return Painted(x, labels, tuple(names))


def paint(painted: Painted) -> TableDataset:
    """Painted points as a data set; classes without a point are left out. Raises: DataError."""
    present = np.unique(painted.labels)
    if len(present) < 2:
        raise DataError("Points of at least two classes are needed: paint some of another class")
    return open_made(painted_origin(painted))


def _painted_table(origin: Origin) -> MadeTable:
    painted = painted_of(origin)
    present, labels = np.unique(painted.labels, return_inverse=True)
    classes = tuple(painted.classes[place] for place in present)
    others = set(origin.options).difference(("classes", "points"), PLAN)
    if others:
        raise DataError(f"Painted points have no {', '.join(sorted(others))} to choose")
    bare = {key: origin.options[key] for key in ("classes", "points")}
    return made_table(
        Made(painted.x, labels.astype(np.float64), classes),
        "painted points",
        msgspec.structs.replace(origin, options=bare),
        "These points were painted by hand and are kept in the project itself.",
    )


# -- both


def made_table_of(origin: Origin) -> MadeTable:
    """The points of an origin without a file, before any choice. Raises: DataError."""
    if origin.kind == GENERATED:
        return _generated(generator_of(origin))
    return _painted_table(origin)


def open_made(origin: Origin) -> TableDataset:
    """The data of an origin without a file, with the choices that it keeps. Raises: DataError."""
    table = made_table_of(origin)
    return table.dataset(table.options(origin.options))


def is_made(origin: Origin) -> bool:
    """Whether data lie in the project itself and in no file."""
    return origin.kind in (GENERATED, PAINTED)


def prepared_like(dataset: Dataset, before: Origin | None) -> Dataset:
    """Made points with the choices that other made points had, where they fit; else as they are."""
    origin = dataset.origin
    if before is None or not (is_made(before) and is_made(origin)):
        return dataset
    plan = plan_in(
        without_own_target(before).options if with_own_target(before) else before.options
    )
    if not plan:
        return dataset
    try:
        return open_made(msgspec.structs.replace(origin, options={**origin.options, **plan}))
    except DataError as error:
        note = f"The choices about the points before do not fit these and were left out: {error}."
        return replace(dataset, notes=(*dataset.notes, note))
