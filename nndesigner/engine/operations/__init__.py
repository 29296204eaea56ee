"""The operations of a tape: what runs forward, backward, and where shards meet."""

from __future__ import annotations

from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.calling import Compiled
from nndesigner.engine.operations import dense, losses, pointwise, windows


@dataclass(frozen=True)
class Operation:
    """One primitive.

    ``forward`` and ``backward`` run for each block of each shard. An operation that needs the whole
    mini-batch names what runs once all shards have passed it: ``meet`` after its forward,
    ``meet_back`` after its backward. These get the first shard's frame, stats, values, gradients
    and scratch; those of the others follow in memory, `ops.ROOM` numbers on.
    """

    forward: Compiled
    backward: Compiled | None = None
    meet: Compiled | None = None
    meet_back: Compiled | None = None


OPERATIONS: dict[int, Operation] = {
    ops.INPUT: Operation(dense.take_rows),
    ops.DENSE: Operation(dense.dense, dense.dense_back),
    ops.CONV2D: Operation(windows.conv2d, windows.conv2d_back),
    ops.BIAS: Operation(dense.bias, dense.bias_back),
    ops.ACTIVATE: Operation(pointwise.activate, pointwise.activate_back),
    ops.SOFTMAX: Operation(pointwise.softmax, pointwise.softmax_back),
    ops.MAXPOOL2D: Operation(windows.maxpool2d, windows.maxpool2d_back),
    ops.DROPOUT: Operation(pointwise.dropout, pointwise.dropout_back),
    ops.ADD: Operation(pointwise.add, pointwise.add_back),
    ops.COPY: Operation(pointwise.place_columns, pointwise.place_columns_back),
    ops.LOSS_SQUARED: Operation(losses.squared),
    ops.LOSS_ABSOLUTE: Operation(losses.absolute),
    ops.LOSS_BINARY_LOGITS: Operation(losses.binary_logits),
    ops.LOSS_BINARY: Operation(losses.binary),
    ops.LOSS_CATEGORICAL_LOGITS: Operation(losses.categorical_logits),
    ops.LOSS_CATEGORICAL: Operation(losses.categorical),
}
