"""All that kernels need to change rows by chance: numbers, tables, and room for each shard."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.engine.kernels import augment as kernel
from nndesigner.engine.kernels.turning import STRETCH, room_of

Array = npt.NDArray[Any]

#: What an operation is told, an entry a shard: the shape of a picture (or zeros), the addresses of
#: what there is to choose, of the tables, of the shard's own room, and of the targets as they are;
#: seed and epoch.
HEIGHT, WIDTH, CHANNELS, WHAT, NORMALS, ALONG, UP, ROOM, ROOM_SIZE, PLACES, TARGETS = range(11)
SEED, EPOCH = 11, 12
FACTS = 13


class Augmenting:
    """Rows of one shape, changed by chance as ``what`` says; `kernels.augment` tells its numbers.

    What happens to a row depends on seed, epoch and the row's number alone.
    """

    def __init__(
        self,
        shape: tuple[int, int, int] | None,
        what: npt.NDArray[np.float64],
        normals: Array,
        seed: int,
        *,
        shards: int = 1,
        targets: tuple[int, int] | None = None,
    ) -> None:
        """Take the room. Rows without a shape are no pictures. Raises: MemoryError.

        With ``targets`` (rows of a mini-batch, numbers of a target) a row's target begins with the
        row itself, moved but not spoiled.
        """
        height, width, channels = shape or (0, 0, 0)
        kind = normals.dtype
        up, along = np.mgrid[:height, :width].astype(kind).reshape(2, -1)
        self._what, self._normals = what, normals
        self._along = along - kind.type((width - 1) / 2)
        self._up = up - kind.type((height - 1) / 2)
        self._room = np.empty((shards, room_of(height, width, channels)), kind)
        self._places = np.empty((shards, STRETCH), np.int32)
        #: The targets of a mini-batch, where these are moved as well, and an order into them.
        self.targets = None if targets is None else np.empty(targets, kind)
        self.straight = np.arange(0 if targets is None else targets[0])
        self.facts = np.zeros((shards, FACTS), np.int64)
        self.facts[:, [HEIGHT, WIDTH, CHANNELS]] = height, width, channels
        self.facts[:, SEED] = seed
        for column, array in (
            (WHAT, what), (NORMALS, normals), (ALONG, self._along), (UP, self._up)
        ):  # fmt: skip
            self.facts[:, column] = array.ctypes.data
        for s in range(shards):
            self.facts[s, ROOM] = self._room[s].ctypes.data
            self.facts[s, PLACES] = self._places[s].ctypes.data
        self.facts[:, ROOM_SIZE] = self._room.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the rows."""
        return self._normals.dtype

    def at_epoch(self, epoch: int) -> Augmenting:
        """Itself, told the epoch that runs now."""
        self.facts[:, EPOCH] = epoch
        return self

    def fill(self, x: Array, rows: npt.NDArray[np.int64], out: Array, clean: Array) -> None:
        """Put changed rows into ``out``, and what they are before brightness, noise and erasing
        into the first columns of ``clean`` unless that has no rows.

        Shapes: x ``(n, numbers)``, rows ``(k,)``, out ``(k, numbers)``, clean ``(k, numbers or
        more)``; all C-contiguous. The interpreter lock is free meanwhile.
        """
        facts = self.facts[0]
        kernel.augment(
            x.reshape(-1), x.shape[1], rows, facts[HEIGHT], facts[WIDTH], facts[CHANNELS],
            self._what, facts[SEED], facts[EPOCH], self._normals, self._along, self._up,
            self._room[0], self._places[0], out.reshape(-1), clean.reshape(-1),
            clean.shape[1] if len(clean) else 0,
        )  # fmt: skip
