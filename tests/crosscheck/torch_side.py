"""The same network in PyTorch: one function a layer, images turned to channels-first and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from nndesigner.graph import Graph, Layer
from nndesigner.layers import Activation, Dense, Input
from nndesigner.learning.activations import activation_number
from tests.crosscheck import torch_convolution, torch_layers

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
    graph: Graph,
    weights: Parameters,
    x: Tensor,
    *,
    training: bool = False,
    chance: Mapping[str, Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """The network's output and, below its last activation, the logits.

    ``chance`` are the masks and the noise that our engine drew, by node.
    """
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
        drawn = (chance or {}).get(node_id)
        values[node_id], logits = _layer(layer, inputs, own, training, drawn)
    last = graph.order()[-1]
    return values[last], logits


def _layer(
    layer: Layer, inputs: list[Tensor], own: Parameters, training: bool, chance: Tensor | None
) -> tuple[Tensor, Tensor]:
    x, slope = inputs[0], own.get("slope")
    if isinstance(layer, Input):
        return x, x
    if isinstance(layer, Dense):
        z = x @ own["weight"] + own.get("bias", 0.0)
        return _activate(z, layer.activation, activation_number(layer), slope), z
    if isinstance(layer, Activation):
        return _activate(x, layer.activation, activation_number(layer), slope), x
    convolved = torch_convolution.convolved(layer, x, own)
    if convolved is not None:
        activation = layer.activation  # type: ignore[attr-defined]
        return _activate(convolved, activation, activation_number(layer), slope), convolved
    for y in (
        torch_layers.plain(layer, inputs),
        torch_layers.normalised(layer, x, own, training),
        torch_layers.disturbed(layer, x, chance),
    ):
        if y is not None:
            return y, y
    raise AssertionError(f"no twin in PyTorch for {layer.kind}: write one here")


def _activate(z: Tensor, kind: str, number: float, slopes: Tensor | None = None) -> Tensor:
    """One of our activations; ``number`` is that in its formula, ``slopes`` are PReLU's."""
    functions: dict[str, Callable[[Tensor], Tensor]] = {
        "linear": lambda v: v,
        "threshold": lambda v: v + ((v >= 0).to(v.dtype) - v).detach(),
        "sigmoid": torch.sigmoid,
        # Its own has the sixth in float32.
        "hard_sigmoid": lambda v: functional.relu6(v + 3) / 6,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "relu6": functional.relu6,
        "leaky_relu": lambda v: functional.leaky_relu(v, number),
        "prelu": lambda v: torch.where(v > 0, v, v * slopes),
        "elu": lambda v: functional.elu(v, number),
        "selu": functional.selu,
        "gelu": functional.gelu,
        "silu": functional.silu,
        "hard_silu": lambda v: v * functional.relu6(v + 3) / 6,
        "mish": functional.mish,
        "softplus": functional.softplus,
        "softsign": functional.softsign,
        "exponential": torch.exp,
        "softmax": lambda v: torch.softmax(v, dim=-1),
        "log_softmax": lambda v: torch.log_softmax(v, dim=-1),
    }
    return functions[kind](z)


def loss_of(kind: str, output: Tensor, logits: Tensor, y: Tensor, final: str) -> Tensor:
    """The mean loss of a batch; cross-entropy from the logits below the last activation."""
    match kind:
        case "mse":
            return functional.mse_loss(output, y)
        case "half_mse":
            return functional.mse_loss(output, y) / 2
        case "huber":
            return functional.huber_loss(output, y)
        case "log_cosh":
            return torch.log(torch.cosh(output - y)).mean()
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
