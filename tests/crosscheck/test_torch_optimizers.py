"""Optimizers follow PyTorch's for a hundred steps, in float32 and in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nndesigner.engine.changes import Rules
from nndesigner.graph import Graph
from nndesigner.layers import Conv2D, Dense, Flatten, Input, MaxPool2D
from nndesigner.learning.optimizers import (
    LBFGS,
    OPTIMIZERS,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    Nadam,
    Nesterov,
    Optimizer,
    RMSProp,
)
from nndesigner.report import check
from tests.crosscheck.networks import Case
from tests.crosscheck.ours import engine_of, rows_of

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch", reason="PyTorch is not installed: it is only needed here")

from tests.crosscheck import torch_side  # noqa: E402 - only where PyTorch is

#: PyTorch has no Lion; L-BFGS is held to its own in tests/training.
WITHOUT_TWIN = {"lion", "lbfgs"}


def optimizer_of(ours: Optimizer, weights: dict[str, Any]) -> Any:
    """PyTorch's optimizer with the same numbers."""
    leaves, rate = list(weights.values()), ours.learning_rate
    optim = torch.optim
    match ours:
        case SGD():
            return optim.SGD(leaves, lr=rate)
        case Nesterov():
            return optim.SGD(leaves, lr=rate, momentum=ours.momentum, nesterov=ours.momentum > 0)
        case Momentum():
            return optim.SGD(leaves, lr=rate, momentum=ours.momentum)
        case Adagrad():
            return optim.Adagrad(
                leaves, lr=rate, eps=ours.epsilon,
                initial_accumulator_value=ours.initial_accumulator,
            )  # fmt: skip
        case Adadelta():
            return optim.Adadelta(leaves, lr=rate, rho=ours.rho, eps=ours.epsilon)
        case RMSProp():
            return optim.RMSprop(
                leaves, lr=rate, alpha=ours.rho, eps=ours.epsilon, momentum=ours.momentum,
                centered=ours.centered,
            )  # fmt: skip
    rest: dict[str, Any] = {"lr": rate, "betas": (ours.beta_1, ours.beta_2), "eps": ours.epsilon}
    match ours:
        case AMSGrad():
            return optim.Adam(leaves, **rest, amsgrad=True)
        case AdamW():
            return optim.AdamW(leaves, **rest, weight_decay=ours.weight_decay)
        case Adamax():
            return optim.Adamax(leaves, **rest)
        case Nadam():
            return optim.NAdam(leaves, **rest, momentum_decay=ours.momentum_decay)
        case Adam():
            return optim.Adam(leaves, **rest)
    raise AssertionError(f"no twin in PyTorch for {ours.kind}: write one here")


def _optimizer_case() -> Case:
    generator = np.random.default_rng(7)
    graph = Graph.chain(
        [
            Input(),
            Conv2D(filters=3, kernel=(3, 3), activation="tanh"),
            MaxPool2D(),
            Flatten(),
            Dense(units=8, activation="tanh"),
            Dense(units=4, activation="softmax"),
        ]
    )
    shape = (8, 8, 1)
    weights = {
        f"{node}/{parameter.name}": generator.normal(size=parameter.shape)
        / np.sqrt(parameter.fan_in)
        for node, parameters in check(graph, shape).parameters.items()
        for parameter in parameters
    }
    x, y = generator.normal(size=(24, *shape)), generator.integers(0, 4, size=24)
    return Case("convolutional", graph, shape, "categorical_crossentropy", x, y, weights)


def follow(optimizer: Optimizer, rules: Rules, prepare: Any = None) -> dict[str, Any]:
    """A hundred steps of both, compared on the way; PyTorch's weights at the end.

    ``prepare(weights)`` changes PyTorch's gradients as the rules change ours.
    """
    case = _optimizer_case()
    weights = torch_side.parameters_of(case.weights, torch.float64)
    theirs = optimizer_of(optimizer, weights)
    engines = {
        dtype: (engine_of(case, dtype, optimizer=optimizer), *rows_of(case, dtype))
        for dtype in (np.float32, np.float64)
    }
    for engine, _, _ in engines.values():
        engine.use(rules)
    order, hyper = np.arange(case.x.shape[0]), np.array(optimizer.hyper())
    target = torch.tensor(case.y, dtype=torch.long)
    final = torch_side.final_activation(case.graph)
    for step in range(1, 101):
        theirs.zero_grad()
        inputs = torch.tensor(case.x, dtype=torch.float64)
        output, logits = torch_side.forward(case.graph, weights, inputs)
        torch_side.loss_of(case.loss, output, logits, target, final).backward()
        if prepare is not None:
            prepare(weights)
        theirs.step()
        for dtype, (engine, x, t) in engines.items():
            engine.train(x, t, order, 0, 1, hyper, 0, np.zeros(5))
            if step in (1, 2, 10, 100):
                # Where rounding is amplified from step to step, float64 shows that it is rounding.
                rtol = 1e-4 if dtype is np.float32 else 1e-8
                for name, array in engine.named(engine.weights).items():
                    expected = weights[name].detach().numpy()
                    np.testing.assert_allclose(
                        array, expected, rtol=rtol, atol=rtol * np.abs(expected).max(), err_msg=name
                    )
    return {"weights": weights, "engine": engines[np.float64][0]}


CASES: list[Optimizer] = [
    SGD(learning_rate=0.1),
    Momentum(learning_rate=0.02, momentum=0.8),
    Nesterov(learning_rate=0.02),
    Adagrad(learning_rate=0.02),
    Adagrad(learning_rate=0.02, initial_accumulator=0.1, epsilon=1e-7),
    Adadelta(),
    Adadelta(learning_rate=0.5, rho=0.95),
    RMSProp(),
    RMSProp(learning_rate=0.002, rho=0.9, momentum=0.5),
    RMSProp(centered=True, rho=0.95, epsilon=1e-4),
    RMSProp(centered=True, momentum=0.8, epsilon=1e-4),
    Adam(learning_rate=0.003),
    Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-4),
    AMSGrad(learning_rate=0.01, beta_2=0.9),
    AdamW(learning_rate=0.003, weight_decay=0.1),
    Adamax(),
    Nadam(),
    Nadam(learning_rate=0.001, beta_1=0.8, momentum_decay=0.1),
]


@pytest.mark.parametrize("optimizer", CASES, ids=lambda value: value.kind)
def test_a_hundred_steps_agree(optimizer: Optimizer) -> None:
    follow(optimizer, Rules())


@pytest.mark.parametrize("clip", ["value", "norm", "global_norm"])
def test_clipping_agrees(clip: str) -> None:
    def prepare(weights: dict[str, Any]) -> None:
        leaves = list(weights.values())
        if clip == "value":
            torch.nn.utils.clip_grad_value_(leaves, 0.01)
        elif clip == "global_norm":
            torch.nn.utils.clip_grad_norm_(leaves, 0.05)
        else:
            for leaf in leaves:
                torch.nn.utils.clip_grad_norm_([leaf], 0.05)

    limit = 0.01 if clip == "value" else 0.05
    follow(Momentum(learning_rate=0.05), Rules(clip=clip, limit=limit), prepare)  # type: ignore[arg-type]


def test_l2_is_weight_decay() -> None:
    names = list(_optimizer_case().weights)
    weighing = {name: 0.01 for name in names if name.endswith("weight")}

    def prepare(weights: dict[str, Any]) -> None:
        for name in weighing:
            weights[name].grad.add_(weights[name].detach(), alpha=0.01)

    follow(Momentum(learning_rate=0.02), Rules(l2=weighing), prepare)


def test_every_optimizer_has_its_twin() -> None:
    case = _optimizer_case()
    weights = torch_side.parameters_of(case.weights)
    for kind, declaration in OPTIMIZERS.items():
        if kind not in WITHOUT_TWIN:
            assert optimizer_of(declaration(), weights)
    assert {declaration.kind for declaration in CASES} | WITHOUT_TWIN == set(OPTIMIZERS)
    assert {Lion().kind, LBFGS().kind} == WITHOUT_TWIN
