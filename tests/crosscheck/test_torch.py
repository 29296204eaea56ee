"""Forward, loss and every gradient agree with PyTorch on random networks around every layer.

Hypothesis draws them, the same each time, and shrinks what fails to a network that can be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nndesigner.engine.engine import Plan
from nndesigner.report import check
from tests.crosscheck.networks import KINDS, STYLES, Case, cases
from tests.crosscheck.ours import drawn, engine_of, rows_of

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch", reason="PyTorch is not installed: it is only needed here")

from tests.crosscheck import torch_side  # noqa: E402 - only where PyTorch is

#: Networks around each kind of layer.
EXAMPLES = 20
#: Of the largest number of the compared array: sums in another order differ so much in float64.
TOLERANCE = 1e-9
#: And in float32, beside PyTorch in float64. It is wide because a network with normalisation in it
#: makes rounding larger, and two numbers that are nearly equal can change places in a maximum.
SINGLE_TOLERANCE = 5e-3
#: Numbers so large are of no use in a network, and leave no digits to compare.
LARGEST = 1e4

RULES = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def close(ours: np.ndarray, theirs: Any, tolerance: float, what: str) -> None:
    expected = theirs.detach().numpy()
    largest = max(1e-3, float(np.abs(expected).max()))
    np.testing.assert_allclose(
        ours.reshape(expected.shape),
        expected,
        rtol=tolerance,
        atol=tolerance * largest,
        err_msg=what,
    )


def torch_pass(
    case: Case,
    weights: dict[str, Any],
    *,
    training: bool = False,
    chance: Mapping[str, np.ndarray] | None = None,
) -> tuple[Any, Any]:
    """PyTorch's output, as people see it, and its loss."""
    target = torch.tensor(case.y, dtype=torch.long if case.labels else torch.float64)
    shapes = check(case.graph, case.input_shape).shapes
    draws = {
        node: torch.tensor(array.reshape(-1, *shapes[node]))
        for node, array in (chance or {}).items()
    }
    # Group normalisation of what needs no gradient crashes on PyTorch's way back: let all need one.
    x = torch.tensor(case.x).requires_grad_()
    output, logits = torch_side.forward(case.graph, weights, x, training=training, chance=draws)
    final = torch_side.final_activation(case.graph)
    loss = torch_side.loss_of(case.loss, output, logits, target, final)
    return torch_side.shown(case.loss, output, final), loss


def agrees(case: Case, dtype: type[np.floating[Any]], tolerance: float) -> None:
    """Our forward pass, loss and gradients are PyTorch's; so are those cut into shards."""
    weights = torch_side.parameters_of(case.weights, torch.float64)
    engine = engine_of(case, dtype, plan=Plan(1, len(case.x)))
    x, t = rows_of(case, dtype)
    output, loss = torch_pass(case, weights)
    assume(bool(np.isfinite(loss.item())) and abs(loss.item()) < LARGEST)
    evaluated, _, predicted = engine.evaluate(x, t)
    close(predicted, output, tolerance, "forward")
    assert evaluated == pytest.approx(loss.item(), rel=10 * tolerance, abs=tolerance)

    ours, gradients = engine.gradient(x, t, seed=3)
    _, loss = torch_pass(case, weights, training=True, chance=drawn(engine, len(x)))
    assume(bool(np.isfinite(loss.item())) and abs(loss.item()) < LARGEST)
    loss.backward()
    assert ours == pytest.approx(loss.item(), rel=10 * tolerance, abs=tolerance)
    assert set(gradients) == set(weights)
    free = {slot.name for slot in engine.tape.slots if slot.trainable}
    for name in sorted(free):
        theirs = weights[name].grad
        close(gradients[name], torch.zeros(()) if theirs is None else theirs, 5 * tolerance, name)

    _, cut = engine_of(case, dtype, plan=Plan(3, 2)).gradient(x, t, seed=3)
    for name in free:
        scale = max(1e-3, float(np.abs(gradients[name]).max()))
        np.testing.assert_allclose(cut[name] / scale, gradients[name] / scale, atol=5 * tolerance)


@pytest.mark.parametrize("kind", KINDS)
def test_random_networks_around_a_layer_agree(kind: str) -> None:
    seen: Counter[str] = Counter()

    @RULES
    @given(cases(kind))
    def look(case: Case) -> None:
        agrees(case, np.float64, TOLERANCE)
        seen.update({node.layer.kind for node in case.graph.nodes})

    look()
    assert seen[kind] >= EXAMPLES


def test_there_are_two_hundred_networks_of_all_styles() -> None:
    assert len(KINDS) * EXAMPLES >= 200
    styles: Counter[str] = Counter()

    @settings(RULES, max_examples=120)
    @given(st.sampled_from(KINDS).flatmap(cases))
    def look(case: Case) -> None:
        styles[case.style] += 1

    look()
    assert set(styles) == set(STYLES)
    assert min(styles.values()) >= 10


@settings(RULES, max_examples=40)
@given(st.sampled_from(KINDS).flatmap(cases))
def test_single_precision_agrees_too(case: Case) -> None:
    agrees(case, np.float32, SINGLE_TOLERANCE)


ROW_BY_ROW = tuple(kind for kind in KINDS if kind not in ("batchnorm", "dropout"))


@settings(RULES, max_examples=20)
@given(st.sampled_from(ROW_BY_ROW).flatmap(cases))
def test_adding_the_gradients_of_rows_gives_that_of_the_batch(case: Case) -> None:
    layers = [node.layer for node in case.graph.nodes]
    assume(not any(layer.disturbs or layer.kind == "batchnorm" for layer in layers))
    x, t = rows_of(case, np.float64)
    _, whole = engine_of(case, np.float64).gradient(x, t)
    sums = {name: np.zeros_like(gradient) for name, gradient in whole.items()}
    for row in range(len(x)):
        single = replace(case, x=case.x[row : row + 1], y=case.y[row : row + 1])
        _, gradients = engine_of(single, np.float64).gradient(x[row : row + 1], t[row : row + 1])
        for name, gradient in gradients.items():
            sums[name] += gradient / len(x)
    for name, gradient in whole.items():
        scale = max(1.0, float(np.abs(gradient).max()))
        np.testing.assert_allclose(sums[name] / scale, gradient / scale, atol=1e-9, err_msg=name)
