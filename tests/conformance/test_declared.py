"""Everything that can be chosen: found by walking, saved and read, refused with its place."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

import nndesigner
from nndesigner.cli.design import TABLES
from nndesigner.declare import Declaration, Field, build, fields_of, parse_value
from nndesigner.errors import DesignerError
from nndesigner.layers import LAYERS
from nndesigner.learning.losses import LOSSES, AnyLoss
from nndesigner.learning.optimizers import OPTIMIZERS, AnyOptimizer
from nndesigner.learning.schedules import SCHEDULES, AnySchedule
from nndesigner.training.settings import GROUPS, Settings

#: Every table of declarations; a new one is added here, or the walk below fails.
TABLES_OF_ALL: tuple[dict[str, Any], ...] = (LAYERS, LOSSES, OPTIMIZERS, SCHEDULES, GROUPS)
DECLARED: list[type[Declaration]] = [*{cls for table in TABLES_OF_ALL for cls in table.values()}]
DECLARED = sorted([*DECLARED, Settings], key=lambda cls: (cls.__module__, cls.__name__))
WITH_FIELDS = [(cls, field) for cls in DECLARED for field in fields_of(cls)]
#: Declarations that nobody chooses from a table: what stands for a layer of a later version, and
#: how the data is read, which the tests of data look at.
NOT_CHOSEN = {"Unknown"}


def name_of(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else str(getattr(value, "name", value))


def concrete(cls: type) -> Iterator[type]:
    """The classes below one that can be made: those without a title are bases."""
    for below in cls.__subclasses__():
        if below.__module__.startswith("nndesigner.") and getattr(below, "title", ""):
            yield below
        yield from concrete(below)


def test_whatever_is_declared_is_in_a_table() -> None:
    for module in pkgutil.walk_packages(nndesigner.__path__, "nndesigner."):
        if ".learning" in module.name or ".layers" in module.name or ".training" in module.name:
            importlib.import_module(module.name)
    found = {
        cls for cls in concrete(Declaration) if cls.__module__.split(".")[1] in
        ("learning", "layers", "training", "graph")
    }  # fmt: skip
    missing = {cls.__name__ for cls in found - set(DECLARED)} - NOT_CHOSEN
    assert not missing, f"declared, but in no table: {missing}"


def test_tables_and_unions_say_the_same_and_can_be_described() -> None:
    for table, union in ((LOSSES, AnyLoss), (OPTIMIZERS, AnyOptimizer), (SCHEDULES, AnySchedule)):
        assert set(table.values()) == set(union.__args__)
        assert all(kind == cls.kind_name() for kind, cls in table.items())
    described = [cls for _, table in TABLES.values() for cls in table.values()]
    assert {cls for cls in DECLARED if cls.__struct_config__.tag} <= set(described) | set(
        GROUPS.values()
    ) | {Settings}


@pytest.mark.parametrize("cls", DECLARED, ids=name_of)
def test_it_survives_json_and_has_words(cls: type[Declaration]) -> None:
    value = cls()
    text = msgspec.json.encode(value)
    assert msgspec.json.decode(text, type=cls) == value
    if cls.__struct_config__.tag is not None:
        assert msgspec.json.decode(text)["kind"] == value.kind
    assert cls.title
    assert cls is Settings or cls.help.endswith("."), f"{cls.__name__} has no help"
    names = [field.name for field in fields_of(cls)]
    assert set(cls.positional) <= set(names)
    for one in fields_of(cls):
        assert one.title
        assert one.help or one.type == "declaration", f"{cls.__name__}.{one.name} has no help"
        if one.when is not None:
            assert one.when[0] in names


@pytest.mark.parametrize("cls", DECLARED, ids=name_of)
def test_unknown_names_are_refused_with_what_there_is(cls: type[Declaration]) -> None:
    plain = msgspec.to_builtins(cls())
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        msgspec.convert({**plain, "colour": 1}, cls)
    with pytest.raises(DesignerError, match="has no setting 'colour': it has"):
        build(cls, {"colour": 1})


def good_values(field: Field) -> list[Any]:
    """Values at the ends of what a field allows."""
    if field.type == "choice":
        return [value for value, _ in field.choices]
    if field.type == "boolean":
        return [True, False]
    if field.type not in ("integer", "number"):
        return [field.default]
    whole = field.type == "integer"
    low, high = field.low, field.high
    step: float = 1 if whole else 1e-6
    found: list[Any] = [field.default, *([None] if field.optional else [])]
    if low is not None:
        found.append(low + step if field.low_open else low)
    if high is not None:
        found.append(high - step if field.high_open else high)
    return [int(v) if whole and v is not None else v for v in found]


def bad_values(field: Field) -> list[Any]:
    """Values that a field must refuse."""
    wrong: list[Any] = [{"a": 1}]
    if field.type in ("integer", "number"):
        wrong += ["many", float("nan"), float("inf")]
        if field.low is not None:
            wrong.append(field.low if field.low_open else field.low - 1)
        if field.high is not None:
            wrong.append(field.high if field.high_open else field.high + 1)
    if field.type == "integer":
        wrong.append(1.5)
    if field.type == "choice":
        wrong += ["nothing of the kind", 3]
    if field.type == "boolean":
        wrong += ["perhaps", 2]
    if field.type in ("pair", "sizes"):
        wrong += [["a", "b"], 1.5]
    return wrong


@pytest.mark.parametrize(("cls", "field"), WITH_FIELDS, ids=name_of)
def test_all_that_is_allowed_comes_back_from_json(cls: type[Declaration], field: Field) -> None:
    for value in good_values(field):
        made = build(cls, {field.name: value})
        assert getattr(made, field.name) == value
        assert msgspec.json.decode(msgspec.json.encode(made), type=cls) == made
        if field.type in ("integer", "number", "choice") and value is not None:
            assert parse_value(field, str(value)) == value


@pytest.mark.parametrize(("cls", "field"), WITH_FIELDS, ids=name_of)
def test_what_is_not_allowed_is_refused_with_its_place(
    cls: type[Declaration], field: Field
) -> None:
    if field.type == "declaration":
        with pytest.raises(DesignerError):
            build(cls, {field.name: 3})
        return
    plain = msgspec.to_builtins(cls())
    for value in bad_values(field):
        with pytest.raises(DesignerError) as told:
            build(cls, {field.name: value})
        assert cls.title in str(told.value)
        assert field.title.lower() in str(told.value)
        if (isinstance(value, float) and value != value) or value in (float("inf"),):
            continue  # JSON has no such numbers: `files/text.py` refuses them
        with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field.name}"):
            msgspec.convert({**plain, field.name: value}, cls)
