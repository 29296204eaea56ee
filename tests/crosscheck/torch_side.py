"""The same network in PyTorch: one function a layer, images turned to channels-first and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from nndesigner.graph import Graph, Layer, Shape
from nndesigner.layers import (
    Activation,
    Add,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPool2D,
)
from nndesigner.layers.windows import padding_before, window_length
from nndesigner.learning.activations import LEAKY_SLOPE
from tests.crosscheck import torch_convolution

Parameters = dict[str, Tensor]


def parameters_of(
    weights: dict[str, npt.NDArray[Any]], dtype: torch.dtype = torch.float32
) -> Parameters:
    """Our weights as leaves that collect gradients, in our layout."""
    return {
        name: torch.tensor(np.asarray(array), dtype=dtype).requires_grad_()
        for name, array in weights.items()
    }


def forward(
    graph: Graph, weights: Parameters, x: Tensor, *, training: bool = False
) -> tuple[Tensor, Tensor]:
    """The network's output and, below its last activation, the logits."""
    values: dict[str, Tensor] = {}
    logits = x
    for node_id in graph.order():
        layer = graph.node(node_id).layer
        inputs = [values[source] for source in graph.sources(node_id)] or [x]
        own = {
            name.split("/", 1)[1]: array
            for name, array in weights.items()
            if name.split("/", 1)[0] == node_id
        }
        values[node_id], logits = _layer(layer, inputs, own, training)
    last = graph.order()[-1]
    return values[last], logits


def _layer(
    layer: Layer, inputs: list[Tensor], own: Parameters, training: bool
) -> tuple[Tensor, Tensor]:
    x = inputs[0]
    if isinstance(layer, Input):
        return x, x
    if isinstance(layer, Dense):
        z = x @ own["weight"] + own.get("bias", 0.0)
        return _activate(z, layer.activation, LEAKY_SLOPE), z
    if isinstance(layer, Activation):
        return _activate(x, layer.activation, layer.slope), x
    convolved = torch_convolution.convolved(layer, x, own)
    if convolved is not None:
        return _activate(convolved, layer.activation, LEAKY_SLOPE), convolved  # type: ignore[attr-defined]
    if isinstance(layer, MaxPool2D):
        padded = _padded(x, layer.window, layer.steps, layer.padding, -torch.inf)
        y = functional.max_pool2d(padded, layer.window, layer.steps).permute(0, 2, 3, 1)
    elif isinstance(layer, Flatten):
        y = x.reshape(x.shape[0], -1)
    elif isinstance(layer, Dropout):
        y = functional.dropout(x, layer.rate, training)
    elif isinstance(layer, Add):
        y = torch.stack(inputs).sum(0)
    elif isinstance(layer, Concatenate):
        y = torch.cat(inputs, dim=-1)
    else:
        raise AssertionError(f"no twin in PyTorch for {layer.kind}: write one here")
    return y, y


def _activate(z: Tensor, kind: str, slope: float) -> Tensor:
    functions: dict[str, Callable[[Tensor], Tensor]] = {
        "linear": lambda v: v,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": lambda v: functional.leaky_relu(v, slope),
        "softmax": lambda v: torch.softmax(v, dim=-1),
    }
    return functions[kind](z)


def _padded(x: Tensor, kernel: Shape, stride: Shape, padding: Any, fill: float) -> Tensor:
    """Channels first, with the zeros (or other fill) that ``same`` adds."""
    x = x.permute(0, 3, 1, 2)
    if padding == "valid":
        return x
    sides: list[int] = []
    for axis in (1, 0):  # PyTorch names the last axis first
        size = x.shape[2 + axis]
        before = padding_before(size, kernel[axis], stride[axis], padding)
        count = window_length(size, kernel[axis], stride[axis], padding)
        whole = max(0, (count - 1) * stride[axis] + kernel[axis] - size)
        sides += [before, whole - before]
    return functional.pad(x, sides, value=fill)


def loss_of(kind: str, output: Tensor, logits: Tensor, y: Tensor, final: str) -> Tensor:
    """The mean loss of a batch; cross-entropy from the logits below the last activation."""
    match kind:
        case "mse":
            return functional.mse_loss(output, y)
        case "mae":
            return functional.l1_loss(output, y)
        case "binary_crossentropy":
            return functional.binary_cross_entropy_with_logits(
                logits if final == "sigmoid" else output, y
            )
        case "categorical_crossentropy":
            return functional.cross_entropy(logits if final == "softmax" else output, y)
    raise AssertionError(kind)


def shown(kind: str, output: Tensor, final: str) -> Tensor:
    """What people get of an output: for cross-entropy on logits the probabilities it sees."""
    if final in ("sigmoid", "softmax"):
        return output
    if kind == "categorical_crossentropy":
        return torch.softmax(output, dim=-1)
    return torch.sigmoid(output) if kind == "binary_crossentropy" else output


def final_activation(graph: Graph) -> str:
    """The activation that the network ends with."""
    layer = graph.node(graph.order()[-1]).layer
    return str(getattr(layer, "activation", "linear"))
