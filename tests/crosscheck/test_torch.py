"""Forward, loss, gradients and optimizer steps agree with PyTorch on random networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nndesigner.engine.engine import Plan
from nndesigner.report import check
from tests.crosscheck.networks import STYLES, Case, random_case
from tests.crosscheck.ours import engine_of, rows_of

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch", reason="PyTorch is not installed: it is only needed here")

from tests.crosscheck import torch_side  # noqa: E402 - only where PyTorch is

SEEDS = range(60)
#: Of the largest number of the compared array: float32 sums in another order differ so much.
TOLERANCE: dict[type[np.floating[Any]], float] = {np.float32: 2e-5, np.float64: 1e-10}


def _close(ours: np.ndarray, theirs: Any, tolerance: float, what: str) -> None:
    expected = theirs.detach().numpy()
    largest = max(1e-3, float(np.abs(expected).max()))
    np.testing.assert_allclose(
        ours.reshape(expected.shape),
        expected,
        rtol=tolerance,
        atol=tolerance * largest,
        err_msg=what,
    )


def _torch_step(case: Case, weights: dict[str, Any], dtype: Any) -> tuple[Any, Any]:
    """PyTorch's output and loss; gradients are left on the weights."""
    target = torch.tensor(case.y, dtype=torch.long if case.labels else dtype)
    output, logits = torch_side.forward(case.graph, weights, torch.tensor(case.x, dtype=dtype))
    final = torch_side.final_activation(case.graph)
    loss = torch_side.loss_of(case.loss, output, logits, target, final)
    loss.backward()
    return torch_side.shown(case.loss, output, final), loss


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_network_agrees(seed: int, dtype: type[np.floating[Any]]) -> None:
    case = random_case(seed)
    tolerance = TOLERANCE[dtype]
    kind = torch.float32 if dtype is np.float32 else torch.float64
    weights = torch_side.parameters_of(case.weights, kind)
    output, loss = _torch_step(case, weights, kind)

    engine = engine_of(case, dtype)
    x, t = rows_of(case, dtype)
    ours_loss, gradients = engine.gradient(x, t)
    evaluated_loss, _, predicted = engine.evaluate(x, t)

    _close(predicted, output, tolerance, "forward")
    assert ours_loss == pytest.approx(loss.item(), rel=10 * tolerance, abs=tolerance)
    assert evaluated_loss == pytest.approx(loss.item(), rel=10 * tolerance, abs=tolerance)
    assert set(gradients) == set(weights)
    for name, gradient in gradients.items():
        _close(gradient, weights[name].grad, 5 * tolerance, name)


def test_the_random_networks_are_of_every_kind() -> None:
    cases = [random_case(seed) for seed in SEEDS]
    kinds = {node.layer.kind for case in cases for node in case.graph.nodes}
    assert kinds == {
        "input", "dense", "activation", "conv2d", "maxpool2d", "flatten", "add", "concatenate",
        "conv1d", "conv2d_transpose", "depthwise_conv2d", "separable_conv2d",
    }  # fmt: skip
    assert {case.style for case in cases} == set(STYLES)
    assert len({case.loss for case in cases}) == 4
    assert all(not check(case.graph, case.input_shape).errors for case in cases)


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_the_cut_into_shards_and_blocks_changes_nothing(seed: int) -> None:
    case = random_case(seed)
    x, t = rows_of(case, np.float64)
    _, whole = engine_of(case, np.float64, plan=Plan(1, len(x))).gradient(x, t)
    _, cut = engine_of(case, np.float64, plan=Plan(3, 2)).gradient(x, t)
    for name, gradient in whole.items():
        np.testing.assert_allclose(cut[name], gradient, rtol=1e-9, atol=1e-12, err_msg=name)


def test_adding_the_gradients_of_rows_gives_that_of_the_batch() -> None:
    case = random_case(4)
    x, t = rows_of(case, np.float64)
    _, whole = engine_of(case, np.float64).gradient(x, t)
    sums = {name: np.zeros_like(gradient) for name, gradient in whole.items()}
    for row in range(len(x)):
        single = replace(case, x=case.x[row : row + 1], y=case.y[row : row + 1])
        _, gradients = engine_of(single, np.float64).gradient(x[row : row + 1], t[row : row + 1])
        for name, gradient in gradients.items():
            sums[name] += gradient / len(x)
    for name, gradient in whole.items():
        np.testing.assert_allclose(sums[name], gradient, rtol=1e-9, atol=1e-12, err_msg=name)
