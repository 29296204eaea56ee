"""Convolutions in PyTorch: images are turned to channels-first and back."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from nndesigner.graph import Layer
from nndesigner.layers import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    DepthwiseConv2D,
    SeparableConv2D,
)
from nndesigner.layers.windows import AnyPadding, Pair, padding_before, reach, window_length

Weights = dict[str, Tensor]


def convolved(layer: Layer, x: Tensor, own: Weights) -> Tensor | None:
    """What a convolution gives before its activation, or None for another layer."""
    if isinstance(layer, Conv2D):
        return _conv2d(layer, x, own["weight"], own.get("bias"), layer.groups)
    if isinstance(layer, DepthwiseConv2D):
        return _conv2d(layer, x, _apart(own["weight"]), own.get("bias"), x.shape[-1])
    if isinstance(layer, SeparableConv2D):
        inner = _conv2d(layer, x, _apart(own["depthwise"]), None, x.shape[-1])
        return inner @ own["pointwise"][0, 0] + own.get("bias", 0.0)
    if isinstance(layer, Conv1D):
        padded = functional.pad(
            x.permute(0, 2, 1),
            _sides(
                x.shape[1], layer.kernel, layer.stride, layer.padding, layer.margin, layer.dilation
            ),
        )
        return functional.conv1d(
            padded,
            own["weight"].permute(2, 1, 0),
            own.get("bias"),
            stride=layer.stride,
            dilation=layer.dilation,
            groups=layer.groups,
        ).permute(0, 2, 1)
    return _transposed(layer, x, own) if isinstance(layer, Conv2DTranspose) else None


def _conv2d(
    layer: Conv2D | DepthwiseConv2D | SeparableConv2D,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    groups: int,
) -> Tensor:
    sides: list[int] = []
    for axis in (1, 0):  # PyTorch names the last axis first
        sides += _sides(
            x.shape[1 + axis],
            layer.kernel[axis],
            layer.stride[axis],
            layer.padding,
            layer.margin[axis],
            layer.dilation[axis],
        )
    return functional.conv2d(
        functional.pad(x.permute(0, 3, 1, 2), sides),
        weight.permute(3, 2, 0, 1).contiguous(),
        bias,
        stride=layer.stride,
        dilation=layer.dilation,
        groups=groups,
    ).permute(0, 2, 3, 1)


def _apart(weight: Tensor) -> Tensor:
    """(height, width, channels, multiplier) as a group of ``multiplier`` filters a channel."""
    return weight.reshape(*weight.shape[:2], 1, -1)


def _sides(
    size: int, kernel: int, stride: int, padding: AnyPadding, margin: int, dilation: int
) -> list[int]:
    """The zeros before and behind one axis."""
    whole = reach(kernel, dilation)
    before = padding_before(size, whole, stride, padding, margin)
    if padding != "same":
        return [before, before]
    count = window_length(size, whole, stride, padding, margin)
    return [before, max(0, (count - 1) * stride + whole - size) - before]


def _transposed(layer: Conv2DTranspose, x: Tensor, own: Weights) -> Tensor:
    """All that is painted, cut to size."""
    painted = functional.conv_transpose2d(
        x.permute(0, 3, 1, 2),
        own["weight"].permute(3, 2, 0, 1).contiguous(),
        None,
        stride=layer.stride,
        dilation=layer.dilation,
    ).permute(0, 2, 3, 1)
    wanted: Pair = layer.output_shape((tuple(x.shape[1:]),))[:2]  # type: ignore[assignment]
    for axis in (0, 1):
        stride, size = layer.stride[axis], x.shape[1 + axis]
        whole = size * stride + max(0, reach(layer.kernel[axis], layer.dilation[axis]) - stride)
        missing = whole - painted.shape[1 + axis]
        if missing > 0:  # a stride wider than the window leaves a rim that nothing paints
            rim = [0, 0] * (2 - axis) + [0, missing]
            painted = functional.pad(painted, rim)
        first = {"valid": 0, "same": (whole - size * stride) // 2}.get(
            layer.padding, layer.margin[axis]
        )
        painted = painted.narrow(1 + axis, first, wanted[axis])
    return painted + own.get("bias", 0.0)
