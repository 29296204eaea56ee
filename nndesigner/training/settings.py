"""How to train: everything that a person sets before pressing Train."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from nndesigner.declare import (
    Declaration,
    Field,
    build,
    fields_of,
    near_name,
    parse_value,
    setting,
    values_of,
)
from nndesigner.errors import DesignerError
from nndesigner.learning.losses import LOSSES, AnyLoss, Automatic
from nndesigner.learning.optimizers import OPTIMIZERS, Adam, AnyOptimizer
from nndesigner.learning.regularization import (
    Averaging,
    Clipping,
    EarlyStopping,
    Regularization,
)
from nndesigner.learning.schedules import SCHEDULES, AnySchedule, Constant
from nndesigner.training.augmentation import Augmentation


class Settings(Declaration, frozen=True, kw_only=True):
    """Training settings as a value; saved in the project and kept under undo."""

    title: ClassVar[str] = "Training"

    loss: AnyLoss = Automatic()
    optimizer: AnyOptimizer = Adam()
    epochs: Annotated[
        int, setting("Epochs", "How often every training row is seen.", ge=1, le=1_000_000)
    ] = 20
    batching: Annotated[
        Literal["mini", "whole", "one"],
        setting(
            "Batch",
            "How many rows each change of the weights is computed from: some (mini-batch), all of "
            "them (batch gradient descent), or a single one (stochastic).",
            titles={
                "mini": "Mini-batch",
                "whole": "All rows",
                "one": "Single rows",
            },
        ),
    ] = "mini"
    batch_size: Annotated[
        int,
        setting(
            "Batch size",
            "Rows between two changes of the weights.",
            ge=1,
            le=1_000_000,
            when=("batching", ("mini",)),
        ),
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
            "Let rows of rare classes count more: balanced lets every class count the same. The "
            "loss stays a mean over the rows, not over the sum of their weights.",
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
    schedule: AnySchedule = Constant()
    regularization: Regularization = Regularization()
    clipping: Clipping = Clipping()
    averaging: Averaging = Averaging()
    stopping: EarlyStopping = EarlyStopping()

    def batch_rows(self, rows: int) -> int:
        """How many of so many training rows each step takes."""
        if self.batching == "whole" or self.optimizer.whole_data:
            return max(1, rows)
        return 1 if self.batching == "one" else max(1, min(self.batch_size, rows))


#: What an optimizer that takes all rows in each step takes no notice of.
NOT_FOR_WHOLE_DATA = ("batching", "batch_size", "shuffle")

#: The choices that are themselves declarations, by the name of their field.
CHOICES: dict[str, dict[str, type[Declaration]]] = {
    "loss": dict(LOSSES),
    "optimizer": dict(OPTIMIZERS),
    "schedule": dict(SCHEDULES),
}

#: Groups of settings that belong together, by the name of their field.
GROUPS: dict[str, type[Declaration]] = {
    "regularization": Regularization,
    "clipping": Clipping,
    "averaging": Averaging,
    "stopping": EarlyStopping,
    "augmentation": Augmentation,
}

#: What a run that is on takes over from the next slice of training on.
LIVE = (
    "epochs",
    "batching",
    "batch_size",
    "schedule",
    "regularization",
    "clipping",
    "averaging",
    "stopping",
)


def live_changes(now: Settings, wanted: Settings) -> Settings:
    """The settings of a run with all that may change while it is on.

    The optimizer's numbers may, its kind not; neither may loss, seed or data.
    """
    changes = {name: getattr(wanted, name) for name in LIVE}
    if wanted.optimizer.kind == now.optimizer.kind:
        changes["optimizer"] = wanted.optimizer
    return msgspec.structs.replace(now, **changes)


def settings_with(settings: Settings, changes: Mapping[str, str]) -> Settings:
    """Settings with ``key=value`` texts applied, as ``--set`` gives them.

    A key is a field of the settings (``epochs``), a choice with a kind (``optimizer``, ``loss``,
    ``schedule``), or a field of a choice or a group, with the owner before it
    (``stopping.patience``) or without where only one has it (``learning_rate``). Kinds are applied
    first, whatever the order.

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
        field = _field(Settings, key)
        if field is not None and field.type != "declaration":
            values[key] = parse_value(field, text)
            continue
        name, inner = _inner(values, key)
        values[name] = values[name].changed(**{inner.name: parse_value(inner, text)})
    return build(Settings, values)


def _inner(values: Mapping[str, Any], key: str) -> tuple[str, Field]:
    """The choice or group that has a field, and the field. Raises: DesignerError."""
    group, dot, name = key.rpartition(".")
    found = [
        (owner, field)
        for owner in (*CHOICES, *GROUPS)
        if (owner == group if dot else owner != "augmentation")
        and (field := _field(type(values[owner]), name)) is not None
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(f"{owner}.{name}" for owner, _ in found)
        raise DesignerError(f"{key!r} is a setting of two: say {names}")
    with_it = _kinds_with(values, name, group)
    if with_it:
        raise DesignerError(f"there is no setting {key!r} with {with_it}")
    names_known = _names(values, group if group in values else "")
    raise DesignerError(
        f"there is no setting {key!r}: choose from {', '.join(names_known)}"
        f"{did_you_mean(key, names_known)}"
    )


def _kinds_with(values: Mapping[str, Any], name: str, group: str) -> str:
    """Which choice other than the one that is made has a field, in words; empty for none."""
    for owner, table in CHOICES.items():
        kinds = [kind for kind, cls in table.items() if _field(cls, name) is not None]
        if kinds and group in ("", owner):
            shown = " or ".join(f"{owner}={kind}" for kind in kinds[:3])
            return f"{owner}={values[owner].kind}: say {shown} for it"
    return ""


def _field(declaration: type[msgspec.Struct], name: str) -> Field | None:
    return next((field for field in fields_of(declaration) if field.name == name), None)


def _names(values: Mapping[str, Any], group: str = "") -> list[str]:
    """What can be set: all, or what a choice or group has."""
    if group in CHOICES or group in GROUPS:
        return [f"{group}.{field.name}" for field in fields_of(type(values[group]))]
    names = [field.name for field in fields_of(Settings) if field.name not in GROUPS]
    for name in CHOICES:
        names += [field.name for field in fields_of(type(values[name]))]
    for name in GROUPS:
        start = f"{name}." if name == "augmentation" else ""
        names += [start + field.name for field in fields_of(GROUPS[name])]
    return list(dict.fromkeys(names))


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """``; did you mean adam?`` after a complaint, or nothing when no name is near."""
    near = near_name(word, names)
    return f"; did you mean {near}?" if near else ""
