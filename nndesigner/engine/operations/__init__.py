"""The operations of a tape: what runs forward, backward, and where shards meet."""

from __future__ import annotations

from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.calling import Compiled
from nndesigner.engine.operations import (
    activations,
    class_losses,
    convolution,
    dense,
    losses,
    merges,
    noise,
    norms,
    pointwise,
    shapes,
    windows,
)


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
    ops.CONV2D: Operation(convolution.conv2d, convolution.conv2d_back),
    ops.DEPTHWISE: Operation(convolution.depthwise, convolution.depthwise_back),
    ops.TRANSPOSED: Operation(convolution.transposed, convolution.transposed_back),
    ops.BIAS: Operation(dense.bias, dense.bias_back),
    ops.ACTIVATE: Operation(pointwise.activate, pointwise.activate_back),
    ops.SOFTMAX: Operation(pointwise.softmax, pointwise.softmax_back),
    ops.MAXPOOL2D: Operation(windows.maxpool2d, windows.maxpool2d_back),
    ops.DROPOUT: Operation(noise.dropout, noise.dropout_back),
    ops.ADD: Operation(pointwise.add, pointwise.add_back),
    ops.COPY: Operation(pointwise.place_columns, pointwise.place_columns_back),
    ops.THRESHOLD: Operation(activations.threshold, activations.threshold_back),
    ops.HARD_SIGMOID: Operation(activations.hard_sigmoid, activations.hard_sigmoid_back),
    ops.RELU6: Operation(activations.relu6, activations.relu6_back),
    ops.PRELU: Operation(activations.prelu, activations.prelu_back),
    ops.ELU: Operation(activations.elu, activations.elu_back),
    ops.SELU: Operation(activations.selu, activations.selu_back),
    ops.GELU: Operation(activations.gelu, activations.gelu_back),
    ops.SILU: Operation(activations.silu, activations.silu_back),
    ops.HARD_SILU: Operation(activations.hard_silu, activations.hard_silu_back),
    ops.MISH: Operation(activations.mish, activations.mish_back),
    ops.SOFTPLUS: Operation(activations.softplus, activations.softplus_back),
    ops.SOFTSIGN: Operation(activations.softsign, activations.softsign_back),
    ops.EXPONENTIAL: Operation(activations.exponential, activations.exponential_back),
    ops.LOG_SOFTMAX: Operation(activations.log_softmax, activations.log_softmax_back),
    ops.BATCH_MOMENTS: Operation(
        norms.batch_moments, norms.batch_moments_back, meet=norms.batch_moments_meet
    ),
    ops.BATCH_NORM: Operation(
        norms.batch_norm, norms.batch_norm_back, meet_back=norms.batch_norm_meet_back
    ),
    ops.BATCH_NORM_FROZEN: Operation(norms.batch_norm_frozen, norms.batch_norm_frozen_back),
    ops.GROUP_NORM: Operation(norms.group_norm, norms.group_norm_back),
    ops.AVERAGEPOOL2D: Operation(windows.averagepool2d, windows.averagepool2d_back),
    ops.REARRANGE: Operation(shapes.rearrange, shapes.rearrange_back),
    ops.SUBTRACT: Operation(merges.subtract, merges.subtract_back),
    ops.MULTIPLY: Operation(merges.multiply, merges.multiply_back),
    ops.MAXIMUM: Operation(merges.maximum, merges.extreme_back),
    ops.MINIMUM: Operation(merges.minimum, merges.extreme_back),
    ops.SCALE_BY: Operation(merges.scale_by, merges.scale_by_back),
    ops.DOT: Operation(merges.dot, merges.dot_back),
    ops.SPATIAL_DROPOUT: Operation(noise.spatial_dropout, noise.spatial_dropout_back),
    ops.GAUSSIAN_NOISE: Operation(noise.gaussian, noise.gaussian_back),
    ops.LOSS_SQUARED: Operation(losses.squared),
    ops.LOSS_ABSOLUTE: Operation(losses.absolute),
    ops.LOSS_BINARY_LOGITS: Operation(class_losses.binary_logits),
    ops.LOSS_BINARY: Operation(class_losses.binary),
    ops.LOSS_CATEGORICAL_LOGITS: Operation(class_losses.categorical_logits),
    ops.LOSS_CATEGORICAL: Operation(class_losses.categorical),
    ops.LOSS_HALF_SQUARED: Operation(losses.half_squared),
    ops.LOSS_HUBER: Operation(losses.huber),
    ops.LOSS_LOG_COSH: Operation(losses.log_cosh),
    ops.LOSS_PERCENTAGE: Operation(losses.percentage),
    ops.LOSS_SQUARED_LOG: Operation(losses.squared_log),
    ops.LOSS_BINARY_FOCAL: Operation(class_losses.binary_focal),
    ops.LOSS_CATEGORICAL_FOCAL: Operation(class_losses.categorical_focal),
    ops.LOSS_HINGE: Operation(class_losses.hinge),
    ops.LOSS_SQUARED_HINGE: Operation(class_losses.squared_hinge),
    ops.LOSS_CATEGORICAL_HINGE: Operation(class_losses.categorical_hinge),
    ops.LOSS_DIVERGENCE: Operation(class_losses.divergence),
    ops.LOSS_DIVERGENCE_LOGITS: Operation(class_losses.divergence_logits),
    ops.LOSS_POISSON: Operation(losses.poisson),
    ops.LOSS_POISSON_LOGITS: Operation(losses.poisson_logits),
    ops.LOSS_COSINE: Operation(losses.cosine),
}
