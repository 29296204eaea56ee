"""Schedules: their formulas by hand, warm-up, steps and epochs, and PyTorch's own curves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nndesigner.declare import build
from nndesigner.errors import DesignerError
from nndesigner.learning.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseSquareRoot,
    InverseTime,
    Milestones,
    OneCycle,
    Plateau,
    Polynomial,
    Schedule,
    StepDecay,
)

STEPS = 4  # of an epoch


def curve(schedule: Schedule, run: int = 20) -> np.ndarray:
    """The factor of every step of a run."""
    return schedule.factors(np.arange(run * STEPS) / STEPS, run, 1 / STEPS)


BY_HAND: list[tuple[Schedule, Callable[[int], float]]] = [
    (Constant(), lambda t: 1.0),
    (StepDecay(factor=0.5, length=3), lambda t: 0.5 ** (t // 3)),
    (
        Milestones(factor=0.1, milestones="4; 10, 12"),
        lambda t: 0.1 ** ((t >= 4) + (t >= 10) + (t >= 12)),
    ),
    (Exponential(factor=0.9), lambda t: 0.9**t),
    (InverseTime(rate_of_decay=0.5), lambda t: 1 / (1 + 0.5 * t)),
    (InverseSquareRoot(), lambda t: 1 / math.sqrt(t + 1)),
    (Polynomial(power=2, every="epoch"), lambda t: (1 - t / 20) ** 2),
    (Polynomial(power=1, end=0.1, every="epoch"), lambda t: 0.9 * (1 - t / 20) + 0.1),
    (Cosine(every="epoch"), lambda t: (1 + math.cos(math.pi * t / 20)) / 2),
    (
        CosineRestarts(length=4, growth=1, every="epoch"),
        lambda t: (1 + math.cos(math.pi * (t % 4) / 4)) / 2,
    ),
    (Plateau(), lambda t: 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "formula"), BY_HAND, ids=lambda v: getattr(v, "kind", ""))
def test_by_epoch_the_formula_holds_through_each_epoch(
    schedule: Schedule, formula: Callable[[int], float]
) -> None:
    found = curve(schedule)
    expected = np.repeat([formula(t) for t in range(20)], STEPS)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_by_step_a_schedule_is_smooth_and_a_count_counts_steps() -> None:
    np.testing.assert_allclose(
        curve(Cosine()), (1 + np.cos(np.pi * np.arange(80) / 80)) / 2, rtol=1e-12
    )
    np.testing.assert_allclose(
        curve(InverseSquareRoot(every="step")), 1 / np.sqrt(np.arange(80) + 1), rtol=1e-12
    )
    np.testing.assert_allclose(
        curve(InverseTime(every="step", rate_of_decay=0.01)), 1 / (1 + 0.01 * np.arange(80))
    )


@pytest.mark.parametrize("kind", sorted(SCHEDULES))
@pytest.mark.parametrize("every", ["step", "epoch"])
def test_a_warm_up_rises_to_the_schedule_and_shifts_it(kind: str, every: Any) -> None:
    warm = SCHEDULES[kind](warmup=3.0, every=every)
    plain = SCHEDULES[kind](every=every)
    found = curve(warm)
    first = plain.curve(np.zeros(1), 20, 1 / STEPS if every == "step" else 1.0)[0]
    np.testing.assert_allclose(found[:12], np.arange(1, 13) / 12 * first, rtol=1e-12)
    if kind == "milestones":  # the epochs that a person names are those of the run
        np.testing.assert_allclose(found[12:], curve(plain)[12:], rtol=1e-12)
    else:
        np.testing.assert_allclose(found[12:], curve(plain, 17), rtol=1e-12)


@pytest.mark.parametrize("kind", sorted(SCHEDULES))
def test_a_warm_up_of_half_an_epoch_rises_too(kind: str) -> None:
    warm = SCHEDULES[kind](warmup=0.5, every="epoch")
    first = SCHEDULES[kind](every="epoch").curve(np.zeros(1), 20, 1.0)[0]
    np.testing.assert_allclose(curve(warm)[:4], np.array([0.5, 1, 1, 1]) * first, rtol=1e-12)


def test_chosen_epochs_stay_where_they_are_with_a_warm_up() -> None:
    found = curve(Milestones(milestones="2, 10, 15", factor=0.1, warmup=3.0))
    rising = np.minimum(1, np.arange(1, 81) / 12)
    lowered = np.repeat([0.1 ** sum(t >= at for at in (2, 10, 15)) for t in range(20)], STEPS)
    np.testing.assert_allclose(found, rising * lowered, rtol=1e-12)


@pytest.mark.parametrize("kind", sorted(SCHEDULES))
@pytest.mark.parametrize("every", ["step", "epoch"])
def test_all_factors_are_shares_of_the_rate(kind: str, every: Any) -> None:
    for run in (1, 2, 20):
        for warmup in (0.0, 0.5, 1.0, 30.0):
            found = curve(SCHEDULES[kind](every=every, warmup=warmup), run)
            assert np.isfinite(found).all()
            assert (found >= 0).all()
            assert (found <= 1 + 1e-12).all()


@pytest.mark.parametrize("text", ["", "ten", "3,,4", "-1", "4, "])
def test_epochs_that_cannot_be_read_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(DesignerError, match="as in 10, 15"):
        build(Milestones, {"milestones": text})


@pytest.mark.torch
@pytest.mark.parametrize(
    ("schedule", "theirs"),
    [
        (StepDecay(factor=0.3, length=3), lambda s, o: s.StepLR(o, 3, gamma=0.3)),
        (Milestones(milestones="4, 10"), lambda s, o: s.MultiStepLR(o, [4, 10])),
        (Exponential(), lambda s, o: s.ExponentialLR(o, 0.95)),
        (Polynomial(power=2, every="epoch"), lambda s, o: s.PolynomialLR(o, 20, power=2)),
        (Cosine(end=0.1, every="epoch"), lambda s, o: s.CosineAnnealingLR(o, 20, eta_min=0.01)),
        (
            CosineRestarts(length=2, growth=2, every="epoch"),
            lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, 2),
        ),
        (OneCycle(every="epoch"), lambda s, o: s.OneCycleLR(o, 0.1, total_steps=20)),
        (
            OneCycle(every="epoch", rise=0.5, start=10, final=100),
            lambda s, o: s.OneCycleLR(
                o, 0.1, total_steps=20, pct_start=0.5, div_factor=10, final_div_factor=100
            ),
        ),
    ],
    ids=lambda v: getattr(v, "kind", ""),
)  # fmt: skip
def test_pytorch_draws_the_same_curve(schedule: Schedule, theirs: Callable[..., Any]) -> None:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    stepping = theirs(torch.optim.lr_scheduler, optimizer)
    rates = []
    for _ in range(20):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < 20:
            stepping.step()
    np.testing.assert_allclose(0.1 * curve(schedule)[::STEPS], rates, rtol=1e-9, atol=1e-15)
