"""Pooling, normalisation, shapes and merges in PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from nndesigner.graph import Layer
from nndesigner.layers import (
    Add,
    Average,
    BatchNorm,
    Concatenate,
    Cropping,
    Dot,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAveragePool,
    GlobalMaxPool,
    GroupNorm,
    LayerNorm,
    Maximum,
    Minimum,
    Multiply,
    Permute,
    Reshape,
    SpatialDropout,
    Subtract,
    UpSampling,
    ZeroPadding,
)
from nndesigner.layers.pooling import Pool
from nndesigner.layers.windows import padding_before, window_length


def plain(layer: Layer, inputs: list[Tensor]) -> Tensor | None:
    """What a layer without weights and chance gives, or None for another layer."""
    x = inputs[0]
    match layer:
        case Pool():
            return _pooled(layer, x)
        case GlobalAveragePool():
            return x.flatten(1, -2).mean(dim=1)
        case GlobalMaxPool():
            return x.flatten(1, -2).max(dim=1).values
        case Flatten():
            return x.flatten(1)
        case Reshape():
            return x.reshape(x.shape[0], *layer.shape)
        case Permute():
            return x.permute(0, *layer.axes)
        case ZeroPadding() | Cropping():
            down, across = layer.down_across(tuple(x.shape[1:]))
            sign = 1 if isinstance(layer, ZeroPadding) else -1
            sides = [sign * side for side in ((*across, *down) if x.ndim == 4 else down)]
            return functional.pad(x, [0, 0, *sides])
        case UpSampling():
            down, across = layer.often(tuple(x.shape[1:]))
            longer = x.repeat_interleave(down, dim=1)
            return longer.repeat_interleave(across, dim=2) if x.ndim == 4 else longer
    return merged(layer, inputs)


def merged(layer: Layer, inputs: list[Tensor]) -> Tensor | None:
    """What a merge gives, or None for another layer."""
    match layer:
        case Add():
            return torch.stack(inputs).sum(dim=0)
        case Subtract():
            return inputs[0] - inputs[1]
        case Multiply():
            return torch.stack(inputs).prod(dim=0)
        case Average():
            return torch.stack(inputs).mean(dim=0)
        case Maximum() | Minimum():
            total = inputs[0]
            for other in inputs[1:]:
                first = total >= other if isinstance(layer, Maximum) else total <= other
                total = torch.where(first, total, other)
            return total
        case Concatenate():
            return torch.cat(inputs, dim=-1)
        case Dot():
            a, b = (
                (functional.normalize(one, eps=1e-6) for one in inputs)
                if layer.normalize
                else inputs
            )
            return (a * b).sum(dim=1, keepdim=True)
    return None


def _pooled(layer: Pool, x: Tensor) -> Tensor:
    """Pooling over windows; padding neither wins nor counts."""
    plane = x.unsqueeze(1) if x.ndim == 3 else x
    sides: list[int] = []
    window, stride = layer.sides
    for axis in (1, 0):  # PyTorch names the last axis first
        size = plane.shape[1 + axis]
        before = padding_before(size, window[axis], stride[axis], layer.padding)
        count = window_length(size, window[axis], stride[axis], layer.padding)
        whole = max(0, (count - 1) * stride[axis] + window[axis] - size)
        sides += [before, whole - before]
    image = plane.permute(0, 3, 1, 2)
    if layer.mean:
        there = functional.pad(torch.ones_like(image), sides)
        sums = functional.avg_pool2d(functional.pad(image, sides), window, stride)
        y = sums / functional.avg_pool2d(there, window, stride)
    else:
        y = functional.max_pool2d(functional.pad(image, sides, value=-torch.inf), window, stride)
    y = y.permute(0, 2, 3, 1)
    return y.squeeze(1) if x.ndim == 3 else y


def normalised(layer: Layer, x: Tensor, own: dict[str, Tensor], training: bool) -> Tensor | None:
    """What a normalisation gives, or None for another layer."""
    if not isinstance(layer, BatchNorm | LayerNorm | GroupNorm):
        return None
    gamma, beta = own["gamma"], own["beta"]
    if isinstance(layer, LayerNorm):
        return functional.layer_norm(x, x.shape[-1:], gamma, beta, layer.epsilon)
    first = x.movedim(-1, 1).contiguous()
    if isinstance(layer, GroupNorm):
        return functional.group_norm(first, layer.groups, gamma, beta, layer.epsilon).movedim(1, -1)
    by_batch = training and not layer.frozen
    running: Any = (None, None)
    if not by_batch:
        running = (own["running_mean"].detach(), own["running_variance"].detach())
    found = functional.batch_norm(
        first, *running, gamma, beta, training=by_batch, momentum=0.0, eps=layer.epsilon
    )
    return found.movedim(1, -1)


def disturbed(layer: Layer, x: Tensor, chance: Tensor | None) -> Tensor | None:
    """What chance makes of numbers, ``chance`` being our draw; None for another layer."""
    if not isinstance(layer, Dropout | SpatialDropout | GaussianNoise):
        return None
    if chance is None:
        return x
    return x + chance if isinstance(layer, GaussianNoise) else x * chance
