"""How to train: everything that a person sets before pressing Train."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from nndesigner.declare import Declaration, Field, build, fields_of, parse_value, setting, values_of
from nndesigner.errors import DesignerError
from nndesigner.learning.losses import LOSSES, AnyLoss, Automatic
from nndesigner.learning.optimizers import OPTIMIZERS, Adam, AnyOptimizer
from nndesigner.training.augmentation import Augmentation


class Settings(Declaration, frozen=True, kw_only=True):
    """Training settings as a value; saved in the project and kept under undo."""

    title: ClassVar[str] = "Training"

    loss: AnyLoss = Automatic()
    optimizer: AnyOptimizer = Adam()
    epochs: Annotated[
        int, setting("Epochs", "How often every training row is seen.", ge=1, le=1_000_000)
    ] = 20
    batch_size: Annotated[
        int,
        setting("Batch size", "Rows between two changes of the weights.", ge=1, le=1_000_000),
    ] = 32
    validation_share: Annotated[
        float,
        setting(
            "Validation share",
            "The share of rows that is kept aside to check what was learnt.",
            ge=0.0,
            lt=1.0,
        ),
    ] = 0.2
    shuffle: Annotated[bool, setting("Shuffle", "See the rows in a new order every epoch.")] = True
    seed: Annotated[
        int,
        setting(
            "Seed",
            "The start of all random numbers: the same seed gives the same result.",
            ge=0,
            le=2**31 - 1,
        ),
    ] = 1
    class_weighting: Annotated[
        Literal["none", "balanced", "custom"],
        setting(
            "Class weights",
            "Let rows of rare classes count more: balanced lets every class count the same.",
            titles={"none": "All rows count 1", "balanced": "Balanced", "custom": "By class"},
            advanced=True,
        ),
    ] = "none"
    class_weights: Annotated[
        str,
        setting(
            "Weights",
            "What a row of a class counts: yes=3, no=1; or one number a class, in order. "
            "Classes that are not named count 1.",
            advanced=True,
            when=("class_weighting", ("custom",)),
        ),
    ] = ""
    augmentation: Augmentation = Augmentation()


#: The choices that are themselves declarations, by the name of their field.
CHOICES: dict[str, dict[str, type[Declaration]]] = {
    "loss": dict(LOSSES),
    "optimizer": dict(OPTIMIZERS),
}


def settings_with(settings: Settings, changes: Mapping[str, str]) -> Settings:
    """Settings with ``key=value`` texts applied, as ``--set`` gives them.

    A key is a field of the settings (``epochs``), ``loss`` or ``optimizer`` with a kind, or a
    field of the optimizer or the loss (``learning_rate``), or ``augmentation.`` and one of its
    fields (``augmentation.shift``). Kinds are applied first, whatever the order.

    Raises: DesignerError naming the key, what was given and what is allowed.
    """
    values = values_of(settings)
    for name, table in CHOICES.items():
        if name in changes:
            kind = changes[name].strip().lower()
            if kind not in table:
                raise DesignerError(
                    f"{name} must be one of {', '.join(table)}, got {changes[name]!r}"
                    f"{did_you_mean(kind, table)}"
                )
            values[name] = table[kind]()
    for key, text in changes.items():
        if key in CHOICES:
            continue
        group, _, inner_key = key.partition(".")
        if group == "augmentation":
            field = _field(Augmentation, inner_key)
            if field is None:
                names = [f"augmentation.{field.name}" for field in fields_of(Augmentation)]
                raise DesignerError(
                    f"there is no setting {key!r}: choose from {', '.join(names)}"
                    f"{did_you_mean(key, names)}"
                )
            changed = values["augmentation"].changed(**{inner_key: parse_value(field, text)})
            values["augmentation"] = changed
            continue
        field = _field(Settings, key)
        if field is not None:
            values[key] = parse_value(field, text)
            continue
        for name in CHOICES:
            inner = _field(type(values[name]), key)
            if inner is not None:
                values[name] = values[name].changed(**{key: parse_value(inner, text)})
                break
        else:
            names = _names(values)
            raise DesignerError(
                f"there is no setting {key!r}: choose from {', '.join(names)}"
                f"{did_you_mean(key, names)}"
            )
    return build(Settings, values)


def _field(declaration: type[msgspec.Struct], name: str) -> Field | None:
    return next((field for field in fields_of(declaration) if field.name == name), None)


def _names(values: Mapping[str, Any]) -> list[str]:
    names = [field.name for field in fields_of(Settings)]
    for name in CHOICES:
        names += [field.name for field in fields_of(type(values[name]))]
    return names


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """``; did you mean adam?`` after a complaint, or nothing when no name is near."""
    near = difflib.get_close_matches(word.strip().lower(), list(names), n=1)
    return f"; did you mean {near[0]}?" if near else ""
