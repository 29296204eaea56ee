"""Where the trainer takes its next rows from: as they are, or changed by chance.

A source gives arrays, an order into them and a place in it; the engine runs from there on. Where a
core is free, a helper thread makes changed rows a part at a time and is never more than two parts
ahead; where none is, the engine changes rows as it picks them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from nndesigner.data.dataset import FloatArray, IntArray, Spec
from nndesigner.engine.ahead import AUGMENT
from nndesigner.engine.augmenting import Augmenting
from nndesigner.engine.engine import Engine
from nndesigner.engine.operations.augmenting import take_augmented
from nndesigner.engine.threads import core_count
from nndesigner.errors import TrainingError
from nndesigner.training.augmentation import Augmenter, applies_to, reach_of
from nndesigner.training.rows import RunRows
from nndesigner.training.settings import Settings

#: The memory of one part of changed rows, in bytes: some slices of training, and soon made.
_PART_BYTES = 2 << 20
_MOST_ROWS = 16_384
_NO_THREAD = (
    "This computer gives no further thread to change training rows on: close other programs, or "
    "turn augmentation off"
)


class Part(NamedTuple):
    """What the engine takes: rows and targets, an order into them, the place in it to go on from,
    and what is to change the rows then.
    """

    x: FloatArray
    t: FloatArray
    order: IntArray
    first: int
    augmenting: Augmenting | None = None


class Parts(Protocol):
    """The training rows of a run, in the order of each epoch."""

    def part(self, epoch: int, order: IntArray, first: int) -> Part:
        """The rows to go on with, ``first`` being a place in the epoch's order."""
        ...

    @property
    def code(self) -> tuple[str, ...]:
        """The names of the compiled functions that change rows."""
        ...

    def rest(self) -> None:
        """Let go of threads until the next part is asked for."""
        ...


class WholeParts:
    """Rows as they are, or changed by the engine as it picks them: a part is the whole epoch."""

    def __init__(self, x: FloatArray, t: FloatArray, augmenting: Augmenting | None = None) -> None:
        self._x, self._t, self._augmenting = x, t, augmenting

    def part(self, epoch: int, order: IntArray, first: int) -> Part:
        """The whole epoch."""
        augmenting = self._augmenting and self._augmenting.at_epoch(epoch)
        return Part(self._x, self._t, order, first, augmenting)

    @property
    def code(self) -> tuple[str, ...]:
        """What changes rows as they are picked, if anything does."""
        return () if self._augmenting is None else (take_augmented.name,)

    def rest(self) -> None:
        """Nothing to let go of."""


def parts_of(rows: RunRows, settings: Settings, spec: Spec, engine: Engine) -> Parts:
    """The training rows as they are, or changed by chance.

    Where a core is free they are changed there, beside the training. Where none is, a helper would
    take time from one of the threads that wait for each other after every mini-batch, and so from
    all of them: there the engine changes rows itself, as it picks them.

    Raises: MemoryError.
    """
    if not applies_to(settings.augmentation, spec.input_shape):
        return WholeParts(rows.x, rows.t)
    reach = reach_of(rows.x, spec.input_shape)
    augmenter = Augmenter(settings.augmentation, spec.input_shape, settings.seed, reach)
    if core_count() > engine.threads:
        seed, shuffle = settings.seed, settings.shuffle
        return PartsBeside(
            rows.x,
            rows.t,
            augmenter,
            lambda epoch: rows.order(epoch, seed, shuffle=shuffle),
            batch=engine.batch,
            target_is_input=spec.same_as_input,
        )
    targets = (engine.batch, rows.t.shape[1]) if spec.same_as_input else None
    augmenting = augmenter.augmenting(shards=engine.plan.shards, targets=targets)
    return WholeParts(rows.x, rows.t, augmenting)


class _Slot:
    """One part's room, and which part lies in it."""

    def __init__(self, rows: int, width: int, target: int) -> None:
        self.x = np.empty((rows, width), np.float32)
        self.t = np.empty((rows, target), np.float32)
        self.key: tuple[int, int] | None = None
        self.count = 0
        self.ready = False


class PartsBeside:
    """Rows that are changed on a helper thread while the part before is learnt.

    With ``target_is_input`` a row's target is the moved but unspoiled row. What is made depends on
    seed, epoch and row alone, never on the clock or on how the rows are cut into parts.
    """

    def __init__(
        self,
        x: FloatArray,
        t: FloatArray,
        augmenter: Augmenter,
        order_of: Callable[[int], IntArray],
        *,
        batch: int,
        target_is_input: bool = False,
    ) -> None:
        """Take the room of two parts, each of whole mini-batches. Raises: MemoryError."""
        self._x, self._t = x, t
        self._augmenting = augmenter.augmenting()
        self._order_of, self._same = order_of, target_is_input
        fitting = max(1, min(_MOST_ROWS, _PART_BYTES // max(1, 4 * x.shape[1])) // batch)
        self.rows = min(fitting * batch, -(-len(x) // batch) * batch)
        self._count = -(-len(x) // self.rows)
        self._slots = [_Slot(self.rows, x.shape[1], t.shape[1]) for _ in range(2)]
        self._straight = np.arange(self.rows, dtype=np.int64)
        self._held: _Slot | None = None
        self._following: tuple[int, int] | None = None
        self._change = threading.Condition()
        self._resting = False
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def part(self, epoch: int, order: IntArray, first: int) -> Part:
        """The changed rows around a place; waits until they are there.

        Raises: TrainingError where the system gives no thread; what the helper failed of.
        """
        key = (epoch, first // self.rows)
        slot = self._held
        if slot is None or slot.key != key:
            slot = self._take(key)
        return Part(slot.x, slot.t, self._straight[: slot.count], first % self.rows)

    @property
    def code(self) -> tuple[str, ...]:
        """The kernel that the helper calls."""
        return (AUGMENT,)

    def rest(self) -> None:
        """End the helper thread after the part that it is at; it comes back when it is needed."""
        with self._change:
            self._resting = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._thread = self._held = self._following = self._failure = None
        self._resting = False
        for slot in self._slots:
            slot.ready, slot.key = False, None

    # -- inside

    def _take(self, key: tuple[int, int]) -> _Slot:
        """Let go of the part that was learnt and wait for this one."""
        if key != self._following:  # the first part, or a run that goes on somewhere else
            self.rest()
            thread = threading.Thread(target=self._work, args=key, name="augmentation", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                raise TrainingError(_NO_THREAD) from error
            self._thread = thread
        epoch, number = key
        self._following = (epoch, number + 1) if number + 1 < self._count else (epoch + 1, 0)
        with self._change:
            if self._held is not None:
                self._held.ready, self._held.key = False, None
                self._held = None
                self._change.notify_all()
            while self._failure is None:
                for slot in self._slots:
                    if slot.ready and slot.key == key:
                        self._held = slot
                        return slot
                self._change.wait()
            raise self._failure

    def _work(self, epoch: int, number: int) -> None:
        try:
            while self._fill_epoch(epoch, number):
                epoch, number = epoch + 1, 0
        except BaseException as error:  # carried over to the thread that waits
            with self._change:
                self._failure = error
                self._change.notify_all()

    def _fill_epoch(self, epoch: int, start: int) -> bool:
        """Make the parts of an epoch, each when there is room; False when told to rest."""
        order: IntArray | None = None
        for number in range(start, self._count):
            slot = self._room((epoch, number))
            if slot is None:
                return False
            if order is None:
                order = self._order_of(epoch)
            rows = order[number * self.rows : (number + 1) * self.rows]
            self._fill(slot, rows, epoch)
            with self._change:
                slot.ready = True
                self._change.notify_all()
        return True

    def _fill(self, slot: _Slot, rows: IntArray, epoch: int) -> None:
        """Put changed rows and their targets into a part.

        Further columns of the targets, such as what a row counts, stay as they are.
        """
        slot.count = len(rows)
        x, t = slot.x[: slot.count], slot.t[: slot.count]
        kept = self._x.shape[1] if self._same else 0
        self._augmenting.at_epoch(epoch).fill(self._x, rows, x, t if kept else t[:0])
        if not kept:
            np.take(self._t, rows, axis=0, out=t)
        elif kept < t.shape[1]:
            t[:, kept:] = self._t[rows, kept:]

    def _room(self, key: tuple[int, int]) -> _Slot | None:
        """A slot that nobody holds or waits for, kept for this part; None when told to rest."""
        with self._change:
            while not self._resting:
                for slot in self._slots:
                    if slot.key is None:
                        slot.key = key
                        return slot
                self._change.wait()
        return None
