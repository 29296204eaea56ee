"""A tape with its arrays: weights, gradients, optimizer state and room for values."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from nndesigner.engine import machine, ops, threads, updating
from nndesigner.engine.augmenting import TARGETS, Augmenting
from nndesigner.engine.calling import Compiled
from nndesigner.engine.changes import Changes, Rules
from nndesigner.engine.operations import OPERATIONS
from nndesigner.engine.operations.augmenting import take_augmented
from nndesigner.engine.operations.update import MEMORY, UPDATES
from nndesigner.engine.tape import Tape
from nndesigner.engine.tracing import Place, Trace

Array = npt.NDArray[Any]

#: Numba's simplest threading layer ends the process when two threads enter parallel kernels.
_COMPUTING = threading.Lock()

#: Work of a mini-batch below which one core is quicker than two, in multiplications and additions.
_WORTH_SHARING = 12_000_000
#: The fewest rows that are worth a shard of their own: matrix products with whole weight matrices
#: want many rows, convolutions (with much work for each parameter) do with few.
_DENSE_ROWS = 64
_WINDOW_ROWS = 32
_WORK_OF_WINDOWS = 40
_MOST_SHARDS = 8
#: Numbers of a block's values: blocks of an image network stay in a core's cache.
_BLOCK_NUMBERS = 400_000
_LEAST_BLOCK = 16
_NO_RATES = np.zeros(0)


@dataclass(frozen=True)
class Plan:
    """How a mini-batch is cut: shards of rows, blocks of rows within a shard.

    It depends on the tape and the batch size alone, never on the cores, so that results do not.
    """

    shards: int
    block: int

    @classmethod
    def of(cls, tape: Tape, batch: int) -> Plan:
        """The cut for a tape and a batch size."""
        shards = 1
        if tape.flops * batch >= _WORTH_SHARING:
            windows = tape.flops > _WORK_OF_WINDOWS * tape.parameter_count
            rows = _WINDOW_ROWS if windows else _DENSE_ROWS
            shards = min(batch, max(2, min(_MOST_SHARDS, batch // rows)))
        share = -(-batch // shards)
        block = max(_LEAST_BLOCK, _BLOCK_NUMBERS // max(1, tape.size))
        block = -(-share // -(-share // block))  # as many blocks, but even ones
        return cls(shards, min(share, block)).held(tape, batch)

    def held(self, tape: Tape, batch: int) -> Plan:
        """This plan with room for all rows of a shard at once where shards meet and rows wait."""
        share = -(-batch // self.shards)
        return self if len(tape.segments) == 1 else Plan(self.shards, max(self.block, share))


def training_bytes(tape: Tape, batch: int, slots: int) -> int:
    """The memory that training in float32 takes above the data, in bytes, without taking it."""
    plan = Plan.of(tape, batch)
    numbers = plan.shards * (2 * plan.block * tape.size + tape.scratch)
    return 4 * (numbers + tape.parameter_count * (2 + plan.shards + slots))


def _calls(tape: Tape, dtype: npt.DTypeLike) -> npt.NDArray[np.int64]:
    """The addresses of what each row of the tape does, compiled or loaded now."""
    calls = np.zeros((len(tape.table), machine.CALLS), np.int64)
    for k, row in enumerate(tape.table):
        operation = OPERATIONS[int(row[ops.OP])]
        does = (operation.forward, operation.backward, operation.meet, operation.meet_back)
        calls[k] = [function.address(dtype) if function else 0 for function in does]
    return calls


def _room(count: int, dtype: npt.DTypeLike) -> Array:
    """Zeros that begin at a whole register, with a register behind them that may be read."""
    kind = np.dtype(dtype)
    whole = np.zeros(count + 2 * ops.BEYOND, kind)
    start = -whole.ctypes.data % (ops.BEYOND * kind.itemsize) // kind.itemsize
    return whole[start : start + count]


class Engine:
    """Runs a tape. All verbs take the one computing lock and let the interpreter go meanwhile."""

    def __init__(
        self,
        tape: Tape,
        *,
        batch: int,
        optimizer: str = "sgd",
        slots: int = 0,
        dtype: type[np.floating[Any]] = np.float32,
        plan: Plan | None = None,
    ) -> None:
        """Take the memory for training with mini-batches of ``batch`` rows. Raises: MemoryError."""
        self.tape = tape
        self.batch = batch
        self.plan = (plan or Plan.of(tape, batch)).held(tape, batch)
        self.dtype = np.dtype(dtype)
        count = tape.parameter_count
        self.weights = _room(count, dtype)
        self.gradients = np.zeros(count * self.plan.shards, dtype)
        self.state = np.zeros(count * slots, dtype)
        self.step = 0
        self.average = np.zeros(0, dtype)
        #: The steps that were done when the average began.
        self.average_from = 0
        self._calls: Array | None = None
        self._segments = np.array(tape.segments, np.int64)
        self._update = UPDATES[optimizer]
        #: What the optimizer remembers beside `state`, behind the numbers that it is given.
        self.hyper = np.zeros(2 * MEMORY)
        self._constants = tape.constants.astype(dtype)
        self._values = _room(self.plan.shards * self.plan.block * tape.size, dtype)
        self._value_gradients = _room(self._values.size, dtype)
        self._scratch = _room(self.plan.shards * tape.scratch, dtype)
        self._stats = np.zeros((self.plan.shards, ops.STATS))
        self._frames = np.zeros((self.plan.shards, ops.FRAME), np.int64)
        self._frames[:, ops.BLOCK] = self.plan.block
        self._units = np.zeros(0)
        self.use(Rules())
        self._together = self.plan.shards > 1 and threads.training_threads() > 1

    def prepare(self, *, train: bool = True) -> None:
        """Compile or load what this tape uses, which takes up to half a minute the first time.

        All verbs do so by themselves; a program calls it first to say what the wait is for.
        """
        if train:
            nothing, order = np.zeros((0, 1), self.dtype), np.zeros(0, np.int64)
            self.train(nothing, nothing, order, 0, 0, np.zeros(4), 0, np.zeros(5))
        self.predict(np.zeros((1, self.tape.input_size), self.dtype))

    def functions(self) -> list[Compiled]:
        """What this tape and its optimizer call, each once."""
        found: list[Compiled | None] = [self._update.change, self._update.before]
        for code in dict.fromkeys(self.tape.table[:, ops.OP].tolist()):
            does = OPERATIONS[code]
            found += [does.forward, does.backward, does.meet, does.meet_back]
        return list(dict.fromkeys(each for each in found if each is not None))

    @property
    def threads(self) -> int:
        """On how many cores a step is computed."""
        return min(threads.training_threads(), self.plan.shards) if self._together else 1

    @property
    def is_ready(self) -> bool:
        """Whether `prepare`, or any verb, has been through."""
        return self._calls is not None

    # -- weights by name

    def load(self, weights: Mapping[str, Array]) -> None:
        """Take weights by name; every parameter must be there, in its shape."""
        for slot in self.tape.slots:
            self.weights[slot.position : slot.position + slot.size] = weights[slot.name].ravel()

    def named(self, flat: Array) -> dict[str, Array]:
        """Copies of the parts of a flat array of parameters, by name and in their shapes."""
        return {
            slot.name: flat[slot.position : slot.position + slot.size].reshape(slot.shape).copy()
            for slot in self.tape.slots
        }

    def tell_in(self, units: npt.NDArray[np.float64]) -> None:
        """Give the metric of numbers in units ``(outputs, 3)``: scale, shift, 1 for a logarithm."""
        self._units = np.ascontiguousarray(units, np.float64)
        self._frames[:, ops.UNITS] = self._units.ctypes.data

    # -- what a step does beside the optimizer

    def use(self, rules: Rules) -> None:
        """Penalise, clip, limit and average like this from the next step on.

        An average begins with the weights after that step, and goes on where there is one.
        """
        self.rules = rules
        self._changes = Changes.of(self.tape, rules)
        if rules.average is None:
            self.average = np.zeros(0, self.dtype)
        elif not self.average.shape[0]:
            self.average = self.weights.copy()
            self.average_from = self.step
        self._changes.options[updating.FRESH] = self.average_from + 1

    def trained_parts(self) -> list[tuple[int, int]]:
        """The parts ``(start, stop)`` of the flat weights that training changes."""
        return [(int(start), int(stop)) for start, stop, _ in self._changes.bounds]

    def averaged(self) -> Array:
        """A copy of the weights to evaluate and keep: their average where there is one."""
        if not self.average.shape[0] or self.step <= self.average_from:
            return self.weights.copy()
        kept = self.weights.copy()
        for start, stop, _ in self._changes.bounds:
            kept[start:stop] = self.average[start:stop]
        return kept

    # -- running

    def train(
        self,
        x: Array,
        t: Array,
        order: npt.NDArray[np.int64],
        first: int,
        steps: int,
        hyper: Array,
        seed: int,
        totals: Array,
        rates: Array | None = None,
        augmenting: Augmenting | None = None,
    ) -> int:
        """Up to ``steps`` updates from row ``first`` of ``order`` on; the next row is returned.

        Shapes: x ``(n, input size)``, t ``(n, target size)``, order ``(rows,)`` indices into both,
        hyper up to ``(8,)``, the learning rate first, totals ``(5,)`` as in `machine.train`. With
        ``rates`` ``(steps,)`` each step has its own learning rate; with ``augmenting`` rows are
        changed by chance as they are picked.
        """
        before = totals[3]
        self.hyper[: len(hyper)] = hyper
        changes = self._changes
        before_step = self._update.before
        updates = np.array(
            [
                self._update.change.address(self.dtype),
                before_step.address(self.dtype) if before_step else 0,
            ],
            np.int64,
        )
        with _COMPUTING:
            self._use_threads()
            self._look_at(x, t, seed)
            calls = self._calls if augmenting is None else self._augment(augmenting, t)
            following = machine.train(
                self.tape.table, calls, self._constants, self._segments, updates,
                self.hyper, _NO_RATES if rates is None else rates, changes.bounds, changes.extras,
                changes.options, changes.room, changes.units, changes.largest, self.average,
                self._frames, self._stats, self._values, self._value_gradients, self.weights,
                self.gradients, self._scratch, self.state, order.ctypes.data, first,
                order.shape[0], self.batch, steps, self.step, self._together, totals,
            )  # fmt: skip
        self.step += int(totals[3] - before)
        return int(following)

    def gradient(self, x: Array, t: Array, seed: int = 0) -> tuple[float, dict[str, Array]]:
        """The mean loss of some rows and its gradient by parameter, dropout included.

        Raises: ValueError where shards meet and these rows are more than a mini-batch.
        """
        rows = x.shape[0]
        if len(self.tape.segments) > 1 and rows > self.batch:
            raise ValueError(f"rows wait for each other here: at most {self.batch} at a time")
        order = np.arange(rows)
        with _COMPUTING:
            self._use_threads()
            self._look_at(x, t, seed, learn=False)
            machine.gradient(
                self.tape.table, self._calls, self._constants, self._segments, self._frames,
                self._stats, self._values, self._value_gradients, self.weights, self.gradients,
                self._scratch, order.ctypes.data, rows, self._together,
            )  # fmt: skip
        flat = self.gradients[: self.weights.shape[0]]
        return float(self._stats[0, 0]) / rows, self.named(flat)

    def whole_gradient(
        self, x: Array, t: Array, seed: int = 0, *, learn: bool = True
    ) -> tuple[float, float, Array]:
        """Mean loss, mean metric and the flat gradient of some rows, as a training step sees them.

        Running statistics of the network follow if they shall ``learn``. The next call overwrites
        the gradient.
        """
        rows = x.shape[0]
        order = np.arange(rows)
        with _COMPUTING:
            self._use_threads()
            self._look_at(x, t, seed, learn=learn)
            machine.gradient(
                self.tape.table, self._calls, self._constants, self._segments, self._frames,
                self._stats, self._values, self._value_gradients, self.weights, self.gradients,
                self._scratch, order.ctypes.data, rows, self._together,
            )  # fmt: skip
        loss, metric = self._stats[0, ops.LOSS] / rows, self._stats[0, ops.METRIC] / rows
        return float(loss), float(metric), self.gradients[: self.weights.shape[0]]

    def evaluate(
        self, x: Array, t: Array, weights: Array | None = None
    ) -> tuple[float, float, Array]:
        """Mean loss, mean metric, and the outputs ``(rows, outputs)`` of some rows.

        Without rows loss and metric are NaN. Other ``weights`` are a flat array of all.
        """
        rows = x.shape[0]
        out = np.zeros((rows, self.tape.output.size), self.dtype)
        if rows == 0:
            return float("nan"), float("nan"), out
        order = np.arange(rows)
        used = self.weights
        if weights is not None:
            used = _room(weights.size, self.dtype)
            used[:] = weights
        with _COMPUTING:
            self._use_threads()
            self._look_at(x, t, 0, learn=False)
            machine.evaluate(
                self.tape.table, self._calls, self._constants, self._frames, self._stats,
                self._values, self._value_gradients,
                used, self.gradients, self._scratch,
                order.ctypes.data, rows, self.tape.output.position, self.tape.output.size, out,
                self._together,
            )  # fmt: skip
        loss, metric = self._stats[:, 0].sum() / rows, self._stats[:, 1].sum() / rows
        return float(loss), float(metric), out

    def predict(self, x: Array) -> Array:
        """The outputs ``(rows, outputs)`` of some rows."""
        target = np.zeros((x.shape[0], self.tape.target_size), self.dtype)
        return self.evaluate(x, target)[2]

    def first_not_finite(
        self,
        x: Array,
        t: Array,
        order: npt.NDArray[np.int64],
        seed: int = 0,
        augmenting: Augmenting | None = None,
    ) -> Place:
        """Where numbers first stop being finite in the step on the rows ``order``, done once more.

        It is the step that `train` gave up: call it before anything else changes the weights or the
        gradient. At most a mini-batch of rows.
        """
        with _COMPUTING:
            self._use_threads()
            self._look_at(x, t, seed, learn=False)
            calls = self._calls if augmenting is None else self._augment(augmenting, t)
            trace = Trace(
                self.tape, np.asarray(calls), self._constants, self._frames, self._stats,
                self._values, self._value_gradients, self.weights, self.gradients, self._scratch,
            )  # fmt: skip
            return trace.first_not_finite(x, t, np.ascontiguousarray(order, np.int64))

    def _look_at(self, x: Array, t: Array, seed: int, *, learn: bool = True) -> None:
        """Tell the operations where the data lies. Both must be C-contiguous and of our type."""
        if self._calls is None:
            self._calls = _calls(self.tape, self.dtype)
        for array in (x, t):
            if array.dtype != self.dtype or not array.flags.c_contiguous:
                raise ValueError(f"the engine wants contiguous rows of {self.dtype}")
        frames = self._frames
        frames[:, ops.X], frames[:, ops.X_SIZE] = x.ctypes.data, x.shape[1]
        frames[:, ops.T], frames[:, ops.T_SIZE] = t.ctypes.data, t.shape[1]
        frames[:, ops.SEED], frames[:, ops.STEP] = seed, self.step
        frames[:, ops.LEARN] = learn
        frames[:, ops.STRAIGHT] = frames[:, ops.FOLLOWING] = 0

    def _augment(self, augmenting: Augmenting, t: Array) -> Array:
        """Have rows changed as they are picked; what the operations of the tape do then."""
        if augmenting.dtype != self.dtype or len(augmenting.facts) != self.plan.shards:
            raise ValueError(f"the engine wants {self.plan.shards} shards of {self.dtype}")
        calls = np.array(self._calls)
        address = take_augmented.address(self.dtype)
        calls[self.tape.table[:, ops.OP] == ops.INPUT, machine.FORWARD] = address
        frames, facts = self._frames, augmenting.facts
        frames[:, ops.AUGMENTING] = facts.ctypes.data + facts.strides[0] * np.arange(len(facts))
        if augmenting.targets is not None:
            facts[:, TARGETS] = t.ctypes.data
            frames[:, ops.T] = augmenting.targets.ctypes.data
            frames[:, ops.STRAIGHT] = augmenting.straight.ctypes.data
        return calls

    def _use_threads(self) -> None:
        if self._together:
            numba.set_num_threads(min(threads.training_threads(), numba.config.NUMBA_NUM_THREADS))
        else:
            # What a kept kernel calls of Numba's threads is there only once these were started,
            # even where it does not use them: without this the first `evaluate` may crash.
            numba.get_num_threads()
