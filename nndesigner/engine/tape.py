"""The tape: a network as a flat table of operations, and the builder that layers write it with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nndesigner.engine import ops

Shape = tuple[int, ...]

ACTIVATION_CODES = {
    "linear": ops.LINEAR,
    "sigmoid": ops.SIGMOID,
    "tanh": ops.TANH,
    "relu": ops.RELU,
    "leaky_relu": ops.LEAKY_RELU,
}

#: Scratch numbers for convolution windows, a shard: 512 KiB of float32 stay in a core's cache.
_WINDOW_NUMBERS = 131_072


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


@dataclass(frozen=True, eq=False)
class Tape:
    """A network ready to run.

    ``table`` is ``(operations, COLUMNS)`` int64, ``constants`` ``(operations, CONSTANTS)`` float64.
    ``size`` is the numbers that all values of one row take, ``scratch`` those a shard needs
    besides, ``flops`` the multiplications and additions of forward and backward for one row.
    ``owners`` names the node that wrote each operation. ``segments`` are the rows of the table
    before which all shards meet, and its end.
    """

    table: npt.NDArray[np.int64]
    constants: npt.NDArray[np.float64]
    slots: tuple[Slot, ...]
    size: int
    scratch: int
    flops: int
    input_size: int
    output: Value
    target_size: int
    owners: tuple[str, ...]
    segments: tuple[int, ...]

    @property
    def parameter_count(self) -> int:
        """All numbers that are kept as weights."""
        return sum(slot.size for slot in self.slots)


@dataclass
class TapeBuilder:
    """Collects operations while layers lower themselves, then says who adds to whose gradient.

    ``begin`` names the node that writes next and its parameters. With ``keep_logits`` the
    activation that a node ends with gets an array of its own, so that a loss can be computed from
    what lies below it.
    """

    _rows: list[list[int]] = field(default_factory=list)
    _constants: list[float] = field(default_factory=list)
    _owners: list[str] = field(default_factory=list)
    _slots: list[Slot] = field(default_factory=list)
    _count: int = 0
    _size: int = 0
    _scratch: int = 1
    _flops: int = 0
    _owner: str = ""
    _shapes: Mapping[str, Shape] = field(default_factory=dict)
    _keep_logits: bool = False
    _meetings: list[int] = field(default_factory=list)
    #: Positions that no other node reads yet, so that they may be changed in place.
    _fresh: set[int] = field(default_factory=set)
    #: Positions whose numbers depend on a parameter.
    _trained: set[int] = field(default_factory=set)
    #: Positions whose numbers lie between 0 and 1, and the activation that put them there.
    _probabilities: dict[int, str] = field(default_factory=dict)

    def begin(
        self, owner: str, parameters: Mapping[str, Shape], *, keep_logits: bool = False
    ) -> None:
        """Name the node that writes from now on, with the shapes of its parameters."""
        self._owner, self._shapes, self._keep_logits = owner, parameters, keep_logits
        self._fresh = set()

    def parameter(self, name: str) -> Slot:
        """A place for one of the node's parameters."""
        slot = Slot(f"{self._owner}/{name}", self._shapes[name], self._count)
        self._slots.append(slot)
        self._count += slot.size
        return slot

    def input(self, shape: Shape) -> Value:
        """The rows of the data."""
        value = self._value(shape)
        self._write(ops.INPUT, value.size, out=value)
        return value

    def reshape(self, x: Value, shape: Shape) -> Value:
        """The same numbers under another shape."""
        return Value(x.position, shape)

    def dense(self, x: Value, weight: Slot, units: int) -> Value:
        """x W. Shapes: x ``(inputs,)``, W ``(inputs, units)``, result ``(units,)``."""
        out = self._value((units,), trained=True)
        self._write(ops.DENSE, units, a=x, out=out, slot=weight, numbers=(x.size,))
        self._flops += 2 * x.size * units * (3 if x.position in self._trained else 2)
        return out

    def conv2d(
        self,
        x: Value,
        weight: Slot,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        before: Sequence[int],
        shape: Shape,
    ) -> Value:
        """Windows of x times W, to ``shape``; ``before`` are the zeros above and to the left."""
        out = self._value(shape, trained=True)
        places, depth = shape[0] * shape[1], math.prod(kernel) * x.shape[2]
        group = max(1, _WINDOW_NUMBERS // (places * depth))
        self._scratch = max(self._scratch, group * places * depth)
        self._write(
            ops.CONV2D,
            out.size,
            a=x,
            out=out,
            slot=weight,
            numbers=(*x.shape, *kernel, *stride, *before, shape[0], shape[1], shape[2], group),
        )
        trained = x.position in self._trained
        self._flops += 2 * places * depth * shape[2] * (3 if trained else 2)
        return out

    def bias(self, x: Value, slot: Slot) -> Value:
        """x + b along the last axis, in place."""
        self._scratch = max(self._scratch, slot.size)
        self._write(ops.BIAS, x.size, a=x, out=x, slot=slot, numbers=(slot.size,))
        return x

    def activation(self, x: Value, kind: str, slope: float) -> Value:
        """f(x): joined to a bias before it, in place, or in an array of its own, as it may be."""
        if kind == "linear":
            return x
        if kind == "softmax":
            out = self._value(x.shape, trained=x.position in self._trained)
            self._write(ops.SOFTMAX, x.size, a=x, out=out, numbers=(x.shape[-1],))
            self._probabilities[out.position] = kind
            return out
        code = ACTIVATION_CODES[kind]
        if x.position in self._fresh and not self._keep_logits:
            last = self._rows[-1]
            if last[ops.OP] == ops.BIAS and last[ops.OUT] == x.position:
                last[ops.KIND] = code
                self._constants[-1] = slope
                self._note(x, kind)
                return x
            out = x
        else:
            out = self._value(x.shape, trained=x.position in self._trained)
        self._note(out, kind)
        self._write(ops.ACTIVATE, x.size, a=x, out=out, kind=code, constant=slope)
        return out

    def maxpool2d(
        self,
        x: Value,
        window: tuple[int, int],
        stride: tuple[int, int],
        before: Sequence[int],
        shape: Shape,
    ) -> Value:
        """The largest number of each window of x, to ``shape``."""
        out = self._value(shape, trained=x.position in self._trained)
        self._note(out, self._probabilities.get(x.position, ""))
        self._scratch = max(self._scratch, shape[2])
        self._write(
            ops.MAXPOOL2D,
            out.size,
            a=x,
            out=out,
            numbers=(*x.shape, *window, *stride, *before, shape[0], shape[1]),
        )
        return out

    def dropout(self, x: Value, rate: float) -> Value:
        """x with a share of its numbers silenced while training."""
        mask = self._value(x.shape)
        out = self._value(x.shape, trained=x.position in self._trained)
        self._note(out, self._probabilities.get(x.position, ""))
        self._write(ops.DROPOUT, x.size, a=x, b=mask, out=out, constant=rate)
        return out

    def add(self, inputs: Sequence[Value]) -> Value:
        """The sum of values of one shape."""
        total = inputs[0]
        for other in inputs[1:]:
            trained = bool({total.position, other.position} & self._trained)
            out = self._value(total.shape, trained=trained)
            self._write(ops.ADD, total.size, a=total, b=other, out=out)
            total = out
        return total

    def concatenate(self, inputs: Sequence[Value]) -> Value:
        """Values side by side along the last axis."""
        whole = sum(value.shape[-1] for value in inputs)
        outer = math.prod(inputs[0].shape[:-1])
        trained = any(value.position in self._trained for value in inputs)
        out = self._value((*inputs[0].shape[:-1], whole), trained=trained)
        start = 0
        for value in inputs:
            width = value.shape[-1]
            self._write(
                ops.COPY, value.size, a=value, out=out, numbers=(width, whole, start, outer)
            )
            start += width
        return out

    def finish(
        self, output: Value, loss: str, *, labels: bool, classes: bool, target_size: int
    ) -> Tape:
        """Add the loss and give the tape. Raises: OverflowError beyond any memory.

        ``labels``: the target is a class number; ``classes``: the metric is accuracy.
        Cross-entropy is taken from the logits where the last operation is its activation, and from
        any output that is no probability; only a probability of the other kind is used as it is.
        """
        last = self._rows[-1]
        ends = last[ops.OUT] == output.position
        softmax = ends and last[ops.OP] == ops.SOFTMAX and last[ops.I0] == output.size
        sigmoid = ends and last[ops.OP] == ops.ACTIVATE and last[ops.KIND] == ops.SIGMOID
        sigmoid = sigmoid and last[ops.A] != last[ops.OUT]
        entropy = {
            "categorical_crossentropy": (
                softmax, "softmax", ops.LOSS_CATEGORICAL, ops.LOSS_CATEGORICAL_LOGITS,
            ),
            "binary_crossentropy": (
                sigmoid, "sigmoid", ops.LOSS_BINARY, ops.LOSS_BINARY_LOGITS,
            ),
        }  # fmt: skip
        source, threshold = output, 0.5
        if loss in entropy:
            fused, activation, on_probabilities, on_logits = entropy[loss]
            code = on_logits
            if fused:
                last[ops.MODES] = ops.EVALUATE
                source = Value(last[ops.A], output.shape)
            elif output.position in self._probabilities:
                code = on_probabilities
            else:  # logits: people get the probabilities that the loss sees
                self._keep_logits = True
                output = self.activation(output, activation, 0.0)
                self._rows[-1][ops.MODES] = ops.EVALUATE
            if code == on_logits:
                threshold = 0.0
        else:
            code = ops.LOSS_SQUARED if loss == "mse" else ops.LOSS_ABSOLUTE
        self._owner = "loss"
        self._write(
            code, output.size, a=source, constant=threshold, numbers=(int(labels), int(classes))
        )
        self._link_gradients()
        return Tape(
            table=np.array(self._rows, dtype=np.int64),
            constants=np.array([[value, 0.0] for value in self._constants]),
            slots=tuple(self._slots),
            size=self._size,
            scratch=self._scratch,
            flops=self._flops,
            input_size=self._rows[0][ops.SIZE],
            output=output,
            target_size=target_size,
            owners=tuple(self._owners),
            segments=(*self._meetings, len(self._rows)),
        )

    # -- inside

    def _note(self, x: Value, kind: str) -> None:
        """Remember that a value holds probabilities, or no longer does."""
        if kind in ("sigmoid", "softmax"):
            self._probabilities[x.position] = kind
        else:
            self._probabilities.pop(x.position, None)

    def _value(self, shape: Shape, *, trained: bool = False) -> Value:
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
        constant: float = 0.0,
        numbers: Sequence[int] = (),
    ) -> None:
        row = [0] * ops.COLUMNS
        row[ops.OP], row[ops.SIZE], row[ops.KIND] = op, size, kind
        row[ops.MODES] = ops.TRAIN | ops.EVALUATE
        row[ops.A] = a.position if a else 0
        row[ops.B] = b.position if b else 0
        row[ops.OUT] = out.position if out else 0
        row[ops.P] = slot.position if slot else 0
        row[ops.I0 : ops.I0 + len(numbers)] = numbers
        self._rows.append(row)
        self._constants.append(constant)
        self._owners.append(self._owner)

    def _link_gradients(self) -> None:
        """The reader that comes first on the way back writes a gradient, all others add to it."""
        written = {self._rows[-1][ops.A]}
        for row in reversed(self._rows[:-1]):
            if not row[ops.MODES] & ops.TRAIN or row[ops.OP] in (ops.INPUT, ops.BIAS):
                continue
            in_place = row[ops.A] == row[ops.OUT]
            readers = [(ops.A, ops.GRAD_A)]
            if row[ops.OP] == ops.ADD:
                readers.append((ops.B, ops.GRAD_B))
            for column, gradient in readers:
                position = row[column]
                if position in self._trained:
                    row[gradient] = 2 if position in written and not in_place else 1
                    written.add(position)
