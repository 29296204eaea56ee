"""The tape: a network as a flat table of operations, and the builder that layers write it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nndesigner.engine import ops
from nndesigner.engine.lowering.activations import ACTIVATION_CODES
from nndesigner.engine.lowering.base import Shape, Slot, Value
from nndesigner.engine.lowering.convolutions import Convolutions
from nndesigner.engine.lowering.losses import Losses
from nndesigner.engine.lowering.merges import Merges
from nndesigner.engine.lowering.noise import Noise
from nndesigner.engine.lowering.norms import Norms
from nndesigner.engine.lowering.pooling import Pooling
from nndesigner.engine.lowering.shapes import Shapes

__all__ = ["ACTIVATION_CODES", "Shape", "Slot", "Tape", "TapeBuilder", "Value"]


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
class TapeBuilder(Convolutions, Losses, Merges, Noise, Norms, Pooling, Shapes):
    """Collects operations while layers lower themselves, then says who adds to whose gradient."""

    def input(self, shape: Shape) -> Value:
        """The rows of the data."""
        value = self._value(shape)
        self._write(ops.INPUT, value.size, out=value)
        return value

    def dense(self, x: Value, weight: Slot, units: int) -> Value:
        """x W. Shapes: x ``(inputs,)``, W ``(inputs, units)``, result ``(units,)``."""
        out = self._value((units,), trained=weight.trainable or self._learns(x))
        if units <= ops.PRODUCT_UNITS:
            self._scratch = max(self._scratch, ops.PRODUCT_ROWS * (units + 8))
        self._write(ops.DENSE, units, a=x, out=out, slot=weight, numbers=(x.size,), gives="a")
        self._flops += 2 * x.size * units * (1 + weight.trainable + self._learns(x))
        return out

    def bias(self, x: Value, slot: Slot) -> Value:
        """x + b along the last axis, in place."""
        self._scratch = max(self._scratch, slot.size, ops.BIAS_ROOM)
        if slot.trainable:
            self._trained.add(x.position)
        self._write(ops.BIAS, x.size, a=x, out=x, slot=slot, numbers=(slot.size,))
        return x

    def finish(
        self,
        output: Value,
        loss: str,
        *,
        labels: bool,
        classes: bool,
        target_size: int,
        numbers: Sequence[float] = (),
        weighted: bool = False,
    ) -> Tape:
        """Add the loss, as in `loss`, and give the tape. Raises: OverflowError beyond any memory.

        ``target_size`` is without the column of weights.
        """
        output = self.loss(
            output, loss, labels=labels, classes=classes, numbers=numbers, weighted=weighted
        )
        self._link_gradients()
        return Tape(
            table=np.array(self._rows, dtype=np.int64),
            constants=np.array(self._constants),
            slots=tuple(self._slots),
            # Behind the last value there is a register more, and all shards begin at a whole one.
            size=_whole(self._size + ops.BEYOND),
            scratch=_whole(self._scratch),
            flops=self._flops,
            input_size=self._rows[0][ops.SIZE],
            output=output,
            target_size=target_size + weighted,
            owners=tuple(self._owners),
            segments=(*self._meetings, len(self._rows)),
        )

    # -- inside

    def _link_gradients(self) -> None:
        """The reader that comes first on the way back writes a gradient, all others add to it.

        What depends on no trained parameter has no way back at all.
        """
        written = {self._rows[-1][ops.A]}
        columns = {"a": (ops.A, ops.GRAD_A), "b": (ops.B, ops.GRAD_B)}
        for row, gives in zip(reversed(self._rows[:-1]), reversed(self._gives[:-1]), strict=True):
            if not row[ops.MODES] & ops.TRAIN:
                continue
            if row[ops.OUT] not in self._trained:
                row[ops.MODES] &= ~ops.BACK
                continue
            in_place = row[ops.A] == row[ops.OUT]
            for name in gives:
                column, gradient = columns[name]
                position = row[column]
                if position in self._trained:
                    row[gradient] = 2 if position in written and not in_place else 1
                    written.add(position)


def _whole(count: int) -> int:
    """A count that fills registers."""
    return -(-count // ops.BEYOND) * ops.BEYOND
