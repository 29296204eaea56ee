"""Where numbers stopped being finite: a step gone through once more, looking after each operation.

The machine only notices that a loss, a gradient or weights are no finite numbers. Which layer it
began in is found here, by running the same step slowly: same rows, same weights, same chance, in
training mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nndesigner.engine import machine, ops
from nndesigner.engine.calling import call_operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.tape import Slot, Tape

Array = npt.NDArray[Any]

#: What is not finite: numbers of a row or of its target, weights, what an operation gives, the loss
#: of finite outputs, or what a gradient is on the way back. "nothing" is found where all is finite.
What = Literal["row", "target", "weights", "output", "loss", "gradient", "nothing"]
#: So many bytes of rows are looked at together: a mini-batch may be all rows of large data.
_PIECE_BYTES = 4 << 20
#: The owner of the last row of a tape.
LOSS = "loss"


@dataclass(frozen=True)
class Place:
    """Where numbers first are not finite.

    ``node`` is empty for rows, and `LOSS` for the slopes of a loss. ``parameter`` names the array
    of spoiled weights, ``row`` is the place of a bad row among those of the step.
    """

    what: What
    node: str = ""
    parameter: str = ""
    row: int = -1


@kernel()
def _call(address, k, table, constants, frame, stats, v, d, w, g, work):  # type: ignore[no-untyped-def]
    call_operation(address, k, table, constants, frame, stats, v, d, w, g, work)


@dataclass(eq=False)
class Trace:
    """A tape with the arrays of an engine, whose frames know rows, seed and step already."""

    tape: Tape
    calls: Array
    constants: Array
    frames: Array
    stats: Array
    values: Array
    slopes: Array
    weights: Array
    gradients: Array
    scratch: Array

    def __post_init__(self) -> None:
        """Note how many numbers each value has for one row."""
        self._sizes = dict(_sizes_of(self.tape))
        self._block = int(self.frames[0, ops.BLOCK])
        self._shards = len(self.stats)

    def first_not_finite(self, x: Array, t: Array, order: Array) -> Place:
        """The first place of the step on the rows ``order`` of x and t; arrays are overwritten."""
        if (row := _first_bad_row(x, order)) >= 0:
            return Place("row", row=row)
        if (row := _first_bad_row(t, order)) >= 0:
            return Place("target", row=row)
        if (slot := _first_spoiled(self.tape.slots, self.weights)) is not None:
            return _of(slot, "weights")
        summed = self.gradients[: len(self.weights)].copy()
        for array in (self.values, self.slopes, self.gradients):
            array[:] = 0
        place = self._step(order)
        if place is not None:
            return place
        # Only their sum over all shards, or with a penalty, is not finite.
        trained = [slot for slot in reversed(self.tape.slots) if slot.trainable]
        if (slot := _first_spoiled(trained, summed)) is not None:
            return _of(slot, "gradient")
        return Place("nothing")

    # -- inside

    def _step(self, order: Array) -> Place | None:
        """There and back, as `machine` does it: shard by shard, block by block."""
        rows = len(order)
        share = -(-rows // self._shards)
        self.frames[:, ops.BATCH], self.frames[:, ops.MODE] = rows, ops.TRAIN
        self.frames[:, ops.ACTIVE] = -(-rows // share)
        self.frames[:, ops.ROOM] = len(self.values) // self._shards
        self.stats[:], self.stats[:, ops.SCALE] = 0, 1.0 / rows
        pieces = [
            (shard, low, min(self._block, end - low))
            for shard in range(-(-rows // share))
            for end in [min(rows, (shard + 1) * share)]
            for low in range(shard * share, end, self._block)
        ]
        segments = self.tape.segments
        if len(segments) > 1:  # where shards meet, a shard's rows are one block
            return self._in_segments(pieces, order)
        there, back = len(self.tape.table), -1
        for piece in pieces:
            self._begin(piece, order, share)
            bad = self._forward(piece, 0, segments[0])
            there = min(there, bad)
            if bad == len(self.tape.table):
                back = max(back, self._backward(piece, 0, segments[0]))
        return self._place(there, back)

    def _in_segments(self, pieces: list[tuple[int, int, int]], order: Array) -> Place | None:
        beyond, share = len(self.tape.table), pieces[0][2]
        bounds = list(zip((0, *self.tape.segments), self.tape.segments, strict=False))
        for low, high in bounds:
            found = beyond
            for piece in pieces:
                self._begin(piece, order, share)
                found = min(found, self._forward(piece, low, high))
            if found == beyond and high < beyond:
                self._meet(machine.MEET, high - 1)
                if not all(self._finite(self.values, shard, high - 1) for shard, _, _ in pieces):
                    found = high - 1
            if found < beyond:
                return self._place(found, -1)
        for low, high in reversed(bounds):
            found = -1
            for piece in pieces:
                self._begin(piece, order, share)
                found = max(found, self._backward(piece, low, high))
            if found >= 0:
                return self._place(beyond, found)
            if low > 0:
                self._meet(machine.MEET_BACK, low)
        return None

    def _place(self, there: int, back: int) -> Place | None:
        owners = self.tape.owners
        if there < len(owners):
            return Place("loss" if owners[there] == LOSS else "output", owners[there])
        return Place("gradient", owners[back]) if back >= 0 else None

    def _begin(self, piece: tuple[int, int, int], order: Array, share: int) -> None:
        shard, low, count = piece
        frame = self.frames[shard]
        frame[ops.ROWS], frame[ops.FIRST], frame[ops.FRESH] = count, low, low == shard * share
        frame[ops.ORDER] = order.ctypes.data + 8 * low
        straight = frame[ops.STRAIGHT]
        frame[ops.T_ORDER] = straight + 8 * low if straight else frame[ops.ORDER]

    def _forward(self, piece: tuple[int, int, int], low: int, high: int) -> int:
        """The first of these operations whose output is not finite, or how many there are."""
        shard = piece[0]
        for k in range(low, high):
            if not self.tape.table[k, ops.MODES] & ops.TRAIN:
                continue
            self._run(machine.FORWARD, k, shard)
            if self.tape.owners[k] == LOSS:
                good = bool(np.isfinite(self.stats[shard, ops.LOSS]))
            else:
                good = self._finite(self.values, shard, k)
            if not good:
                return k
        return len(self.tape.table)

    def _backward(self, piece: tuple[int, int, int], low: int, high: int) -> int:
        """The first of these operations on the way back that gives a gradient not finite, or -1."""
        shard = piece[0]
        for k in range(high - 1, low - 1, -1):
            row = self.tape.table[k]
            if not row[ops.MODES] & ops.BACK:
                continue
            if self.tape.owners[k] == LOSS:  # its slopes are there since the way forward
                given = [int(row[ops.A])]
            elif self.calls[k, machine.BACKWARD] == 0:
                continue
            else:
                self._run(machine.BACKWARD, k, shard)
                columns = ((ops.A, ops.GRAD_A), (ops.B, ops.GRAD_B))
                given = [int(row[at]) for at, wanted in columns if row[wanted]]
            good = all(self._value_finite(self.slopes, shard, position) for position in given)
            if not (good and self._parameters_finite(k, shard)):
                return k
        return -1

    def _run(self, column: int, k: int, shard: int) -> None:
        if self.calls[k, column] == 0:
            return
        self.frames[shard, ops.INDEX] = k
        values, slopes, gradients, scratch = (
            array[shard * (len(array) // self._shards) : (shard + 1) * (len(array) // self._shards)]
            for array in (self.values, self.slopes, self.gradients, self.scratch)
        )
        _call(
            self.calls[k, column], k, self.tape.table, self.constants, self.frames[shard],
            self.stats[shard], values, slopes, self.weights, gradients, scratch,
        )  # fmt: skip

    def _meet(self, column: int, k: int) -> None:
        if self.calls[k, column] == 0:
            return
        self.frames[0, ops.INDEX] = k
        _call(
            self.calls[k, column], k, self.tape.table, self.constants, self.frames[0],
            self.stats[0], self.values, self.slopes, self.weights, self.gradients, self.scratch,
        )  # fmt: skip

    def _finite(self, array: Array, shard: int, k: int) -> bool:
        """Whether what operation k wrote for the rows of a shard's block is finite."""
        row = self.tape.table[k]
        if row[ops.OP] == ops.BATCH_MOMENTS:  # of the channels, not of each row
            start = self._start(array, shard, int(row[ops.B]))
            return bool(np.isfinite(array[start : start + 3 * row[ops.I0]]).all())
        return self._value_finite(array, shard, int(row[ops.OUT]))

    def _value_finite(self, array: Array, shard: int, position: int) -> bool:
        start = self._start(array, shard, position)
        count = self._sizes.get(position, 0) * int(self.frames[shard, ops.ROWS])
        return bool(np.isfinite(array[start : start + count]).all())

    def _start(self, array: Array, shard: int, position: int) -> int:
        return shard * (len(array) // self._shards) + position * self._block

    def _parameters_finite(self, k: int, shard: int) -> bool:
        """Whether the gradients of the weights of operation k's node are finite, in this shard."""
        mine = self.gradients[shard * len(self.weights) : (shard + 1) * len(self.weights)]
        owner = f"{self.tape.owners[k]}/"
        slots = (slot for slot in self.tape.slots if slot.name.startswith(owner))
        return _first_spoiled(slots, mine) is None


def _first_bad_row(rows: Array, order: Array) -> int:
    """The first place in an order whose row is not finite, or -1; in pieces, to save memory."""
    piece = max(1, _PIECE_BYTES // max(1, rows.shape[1] * rows.itemsize))
    for low in range(0, len(order), piece):
        bad = np.flatnonzero(~np.isfinite(rows[order[low : low + piece]]).all(axis=1))
        if len(bad):
            return low + int(bad[0])
    return -1


def _of(slot: Slot, what: What) -> Place:
    node, _, parameter = slot.name.partition("/")
    return Place(what, node, parameter)


def _sizes_of(tape: Tape) -> Iterator[tuple[int, int]]:
    """The position of each value and its numbers for one row."""
    for row in tape.table:
        if row[ops.OP] == ops.COPY:
            yield int(row[ops.OUT]), int(row[ops.I0 + 1] * row[ops.I0 + 3])
        elif row[ops.OP] != ops.BATCH_MOMENTS:
            yield int(row[ops.OUT]), int(row[ops.SIZE])


def _first_spoiled(slots: Iterable[Slot], flat: Array) -> Slot | None:
    for slot in slots:
        if not np.isfinite(flat[slot.position : slot.position + slot.size]).all():
            return slot
    return None
