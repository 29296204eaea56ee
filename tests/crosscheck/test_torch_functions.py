"""Every activation and loss that PyTorch has agrees with it, in value and in gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nndesigner.engine.engine import Engine
from nndesigner.graph import Graph
from nndesigner.layers import Activation, Dense, Input
from nndesigner.learning.activations import ACTIVATIONS
from nndesigner.learning.losses import LOSSES
from nndesigner.network import compile_network, initial_weights

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch", reason="PyTorch is not installed: it is only needed here")

from torch.nn import functional  # noqa: E402 - only where PyTorch is

from tests.crosscheck import torch_side  # noqa: E402

DTYPES = {np.float32: (torch.float32, 2e-5), np.float64: (torch.float64, 1e-9)}


def compared(
    last: str, loss: str, dtype: Any, t: Any, target: Callable[[Any], Any], labels: bool = False
) -> None:
    """Loss and gradients of a small network; ``target`` computes PyTorch's loss of its scores."""
    end = Dense(units=4, activation=last)  # type: ignore[arg-type]
    graph = Graph.chain([Input(), Dense(units=6, activation="tanh"), end])
    numbers = LOSSES[loss]().numbers()
    tape = compile_network(graph, (5,), loss=loss, labels=labels, classes=False, numbers=numbers)
    engine = Engine(tape, batch=9, dtype=dtype)
    weights = initial_weights(graph, (5,), 2)
    engine.load(weights)
    x = np.random.default_rng(1).normal(size=(9, 5)).astype(dtype)
    rows = np.ascontiguousarray(np.asarray(t, dtype).reshape(9, -1))
    found, gradients = engine.gradient(x, rows)
    kind, tolerance = DTYPES[dtype]
    leaves = torch_side.parameters_of(weights, kind)
    output, scores = torch_side.forward(graph, leaves, torch.tensor(x, dtype=kind))
    value = target((output, scores))
    value.backward()
    assert found == pytest.approx(value.item(), rel=tolerance, abs=tolerance)
    for name, gradient in gradients.items():
        expected = leaves[name].grad.numpy()
        np.testing.assert_allclose(
            gradient, expected, rtol=10 * tolerance, atol=10 * tolerance * np.abs(expected).max()
        )


@pytest.mark.parametrize("layer", [Activation(activation="elu", alpha=2.5),
                                   Activation(activation="leaky_relu", slope=0.3)])  # fmt: skip
def test_a_layer_with_a_number_of_its_own_agrees(layer: Activation) -> None:
    graph = Graph.chain([Input(), layer])
    x = np.random.default_rng(1).normal(size=(9, 5))
    tape = compile_network(graph, (5,), loss="mse", labels=False, classes=False)
    found = Engine(tape, batch=9, dtype=np.float64).predict(x)
    output, _ = torch_side.forward(graph, {}, torch.tensor(x))
    np.testing.assert_allclose(found, output.numpy(), rtol=1e-9)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", [kind for kind in ACTIVATIONS if kind != "threshold"])
def test_an_activation_agrees(kind: str, dtype: Any) -> None:
    t = np.random.default_rng(3).normal(size=(9, 4))
    y = torch.tensor(t, dtype=DTYPES[dtype][0])
    compared(kind, "mse", dtype, t, lambda found: functional.mse_loss(found[0], y))


NUMBERS = np.random.default_rng(4).normal(size=(9, 4)) * 2
COUNTS = np.random.default_rng(5).integers(0, 6, (9, 4)).astype(float)
CLASSES = np.random.default_rng(6).integers(0, 4, 9)
SHARES = np.random.default_rng(7).dirichlet(np.ones(4), 9)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("loss", "last", "t", "theirs"),
    [
        ("mse", "linear", NUMBERS, lambda o, z, t: functional.mse_loss(o, t)),
        ("half_mse", "linear", NUMBERS, lambda o, z, t: functional.mse_loss(o, t) / 2),
        ("mae", "tanh", NUMBERS, lambda o, z, t: functional.l1_loss(o, t)),
        ("huber", "linear", NUMBERS, lambda o, z, t: functional.huber_loss(o, t)),
        ("log_cosh", "linear", NUMBERS, lambda o, z, t: torch.log(torch.cosh(o - t)).mean()),
        (
            "poisson", "exponential", COUNTS,
            lambda o, z, t: functional.poisson_nll_loss(z, t, log_input=True),
        ),
        (
            "cosine_similarity", "linear", NUMBERS,
            lambda o, z, t: -functional.cosine_similarity(o, t).mean(),
        ),
        (
            "kl_divergence", "softmax", SHARES,
            lambda o, z, t: functional.kl_div(
                torch.log_softmax(z, dim=-1), t, reduction="batchmean"
            ),
        ),
        (
            "binary_crossentropy", "sigmoid", SHARES,
            lambda o, z, t: functional.binary_cross_entropy_with_logits(z, t),
        ),
        (
            "categorical_crossentropy", "softmax", SHARES,
            lambda o, z, t: functional.cross_entropy(z, t),
        ),
        (
            "categorical_crossentropy", "log_softmax", SHARES,
            lambda o, z, t: functional.cross_entropy(z, t),
        ),
        ("hinge", "linear", np.eye(4)[CLASSES], lambda o, z, t: (
            torch.relu(1 - (2 * t - 1) * z).mean()
        )),
        ("squared_hinge", "linear", np.eye(4)[CLASSES], lambda o, z, t: (
            (torch.relu(1 - (2 * t - 1) * z) ** 2).mean()
        )),
    ],
)  # fmt: skip
def test_a_loss_agrees(loss: str, last: str, t: Any, theirs: Any, dtype: Any) -> None:
    y = torch.tensor(t, dtype=DTYPES[dtype][0])
    compared(last, loss, dtype, t, lambda found: theirs(*found, y))


@pytest.mark.parametrize("dtype", DTYPES)
def test_class_numbers_agree(dtype: Any) -> None:
    y = torch.tensor(CLASSES)
    compared(
        "softmax", "categorical_crossentropy", dtype, CLASSES,
        lambda found: functional.cross_entropy(found[1], y), labels=True,
    )  # fmt: skip
