"""What every family of lowering stands on: values, places of parameters, and rows of the table."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from nndesigner.engine import ops

Shape = tuple[int, ...]

#: Activations that give numbers between 0 and 1, which may be taken for probabilities.
PROBABILITIES = frozenset({"sigmoid", "softmax", "hard_sigmoid", "threshold"})


@dataclass(frozen=True)
class Value:
    """An array that an operation makes. ``position`` is where it lies for one row."""

    position: int
    shape: Shape

    @property
    def size(self) -> int:
        """Its numbers for one row."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Slot:
    """Where one parameter lies in the flat array of all.

    What is not ``trainable`` is kept with the weights but never changed by the optimizer.
    """

    name: str
    shape: Shape
    position: int
    trainable: bool = True

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass
class Lowering:
    """Collects the rows of a tape while layers lower themselves.

    ``begin`` names the node that writes next and its parameters. With ``keep_logits`` the
    activation that a node ends with gets an array of its own, so that a loss can be computed from
    what lies below it.
    """

    _rows: list[list[int]] = field(default_factory=list)
    _constants: list[list[float]] = field(default_factory=list)
    _owners: list[str] = field(default_factory=list)
    #: Of each row the inputs whose gradient it gives: "", "a" or "ab".
    _gives: list[str] = field(default_factory=list)
    _slots: list[Slot] = field(default_factory=list)
    _count: int = 0
    _size: int = 0
    _scratch: int = 1
    _flops: int = 0
    _owner: str = ""
    _shapes: Mapping[str, Shape] = field(default_factory=dict)
    _kept: Collection[str] = ()
    _keep_logits: bool = False
    #: Rows of the table before which all shards meet.
    _meetings: list[int] = field(default_factory=list)
    #: Positions that no other node reads yet, so that they may be changed in place.
    _fresh: set[int] = field(default_factory=set)
    #: Positions whose numbers depend on a parameter that is trained.
    _trained: set[int] = field(default_factory=set)
    #: Positions whose numbers lie between 0 and 1, and the activation that put them there.
    _probabilities: dict[int, str] = field(default_factory=dict)

    def begin(
        self,
        owner: str,
        parameters: Mapping[str, Shape],
        *,
        kept: Collection[str] = (),
        keep_logits: bool = False,
    ) -> None:
        """Name the node that writes from now on, with the shapes of its parameters.

        ``kept`` are those that training leaves as they are.
        """
        self._owner, self._shapes, self._keep_logits = owner, parameters, keep_logits
        self._kept = kept
        self._fresh = set()

    def parameter(self, name: str) -> Slot:
        """A place for one of the node's parameters."""
        trainable = name not in self._kept
        slot = Slot(f"{self._owner}/{name}", self._shapes[name], self._count, trainable)
        self._slots.append(slot)
        self._count += slot.size
        return slot

    # -- for the families

    def _learns(self, *values: Value) -> bool:
        """Whether any of these depends on a parameter that is trained."""
        return any(value.position in self._trained for value in values)

    def _note(self, x: Value, kind: str) -> None:
        """Remember that a value holds probabilities, or no longer does."""
        if kind in PROBABILITIES:
            self._probabilities[x.position] = kind
        else:
            self._probabilities.pop(x.position, None)

    def _note_like(self, out: Value, x: Value) -> None:
        """Remember that a value holds probabilities where the one it was made of does."""
        self._note(out, self._probabilities.get(x.position, ""))

    def _value(self, shape: Shape, *, trained: bool = False) -> Value:
        """Room for a new value; ``trained`` says that it gets a gradient."""
        value = Value(self._size, shape)
        self._size += value.size
        self._fresh.add(value.position)
        if trained:
            self._trained.add(value.position)
        return value

    def _write(
        self,
        op: int,
        size: int,
        *,
        a: Value | None = None,
        b: Value | None = None,
        out: Value | None = None,
        slot: Slot | None = None,
        kind: int = 0,
        constants: Sequence[float] = (),
        numbers: Sequence[int] = (),
        gives: str = "",
    ) -> list[int]:
        """Add a row and give it, so that numbers known later can be filled in.

        ``gives`` names the inputs whose gradient its way back gives: "a", "ab" or none.
        """
        row = [0] * ops.COLUMNS
        row[ops.OP], row[ops.SIZE], row[ops.KIND] = op, size, kind
        row[ops.MODES] = ops.TRAIN | ops.BACK | ops.EVALUATE
        row[ops.A] = a.position if a else 0
        row[ops.B] = b.position if b else 0
        row[ops.OUT] = out.position if out else 0
        row[ops.P] = slot.position if slot else 0
        row[ops.GRAD_P] = int(slot is not None and slot.trainable)
        row[ops.I0 : ops.I0 + len(numbers)] = numbers
        self._rows.append(row)
        self._constants.append([*constants, *[0.0] * (ops.CONSTANTS - len(constants))])
        self._owners.append(self._owner)
        self._gives.append(gives)
        return row
