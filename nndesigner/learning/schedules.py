"""Schedules: how the learning rate changes while training, each a curve that can be drawn before.

A schedule gives factors of the optimizer's learning rate over the time of a run, counted in epochs:
smoothly from step to step, or the same through an epoch.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from nndesigner.declare import Declaration, setting

Array = npt.NDArray[np.float64]
Every = Literal["epoch", "step"]

_EVERY = setting(
    "Changes",
    "After every epoch, or smoothly with every step.",
    titles={"epoch": "every epoch", "step": "every step"},
    advanced=True,
)
_COUNTED = setting(
    "Changes",
    "After every epoch, t counting epochs, or after every step, t counting steps.",
    titles={"epoch": "every epoch", "step": "every step"},
)
_DROP = setting("Factor", "What the rate is multiplied by.", gt=0.0, le=1.0)
_END = setting(
    "End", "The share of the learning rate that is left at the end.", ge=0.0, le=1.0, advanced=True
)


class Schedule(Declaration, frozen=True, kw_only=True, tag_field="kind"):
    """The base of all schedules. ``formula`` is the factor of the rate at the time t."""

    formula: ClassVar[str] = ""
    #: Whether t counts from the begin of the run, and not from the end of the warm-up.
    from_the_start: ClassVar[bool] = False

    warmup: Annotated[
        float,
        setting(
            "Warm-up",
            "So many epochs the rate rises with every step in a straight line from 0. The schedule "
            "begins then; epochs that you name are counted from the start of the run.",
            ge=0.0,
            unit="epochs",
        ),
    ] = 0.0
    every: Annotated[Every, _EVERY] = "epoch"

    def factors(self, epochs: Array, run: float, unit: float) -> Array:
        """Factors of the learning rate at times from 0 to below ``run``, counted in epochs.

        ``unit`` is the time that one step takes: one over the steps of an epoch.
        """
        grain = unit if self.every == "step" else 1.0
        at = epochs if self.every == "step" else np.floor(epochs)
        after = at if self.from_the_start else np.maximum(0.0, at - self.warmup)
        found = self.curve(after, max(grain, run - self.warmup), grain)
        if self.warmup > 0:
            # By step, whatever the schedule does: the first step already has a rate, and the last
            # of the warm-up the whole one.
            rising = np.minimum(1.0, (epochs + unit) / self.warmup)
            first = found if self.from_the_start else self.curve(np.zeros(1), run, grain)
            found = np.where(epochs < self.warmup, rising * first, found)
        return found

    def curve(self, t: Array, run: float, grain: float) -> Array:
        """The factors without warm-up; ``grain`` is the time between two changes."""
        return np.ones_like(t)

    @property
    def is_constant(self) -> bool:
        """Whether all factors are 1."""
        return False


class Constant(Schedule, frozen=True, kw_only=True, tag="constant"):
    """The rate stays."""

    title: ClassVar[str] = "Constant"
    help: ClassVar[str] = "The learning rate stays as it is."
    formula: ClassVar[str] = "η"

    every: Annotated[Every, _EVERY] = "step"

    @property
    def is_constant(self) -> bool:
        """Without a warm-up."""
        return self.warmup == 0


class StepDecay(Schedule, frozen=True, kw_only=True, tag="step"):
    """γ^⌊t / length⌋."""

    title: ClassVar[str] = "Steps"
    help: ClassVar[str] = (
        "Lowers the rate by a factor after every so many epochs, counted from the end of a warm-up."
    )
    formula: ClassVar[str] = "η γ^⌊t / length⌋"

    factor: Annotated[float, _DROP] = 0.5
    length: Annotated[
        float, setting("After", "How long the rate stays.", gt=0.0, unit="epochs")
    ] = 5.0

    def curve(self, t: Array, run: float, grain: float) -> Array:
        """A staircase with equal steps."""
        return np.asarray(self.factor ** np.floor(t / self.length))


_EPOCHS = r"^\s*\d+([.]\d+)?(\s*[,; ]\s*\d+([.]\d+)?)*\s*$"


class Milestones(Schedule, frozen=True, kw_only=True, tag="milestones"):
    """γ^(how many of the epochs have passed)."""

    title: ClassVar[str] = "Steps at chosen epochs"
    help: ClassVar[str] = "Lowers the rate by a factor after each of the epochs that you name."
    formula: ClassVar[str] = "η γ^(epochs passed)"
    from_the_start: ClassVar[bool] = True

    factor: Annotated[float, _DROP] = 0.1
    milestones: Annotated[
        str,
        setting(
            "At epochs",
            "The epochs after which the rate is lowered.",
            pattern=_EPOCHS,
            allowed="epochs with commas between them, as in 10, 15",
        ),
    ] = "10, 15"

    def curve(self, t: Array, run: float, grain: float) -> Array:
        """A staircase with steps where the person wants them."""
        passed = np.searchsorted(self.epochs, t, side="right")
        return np.asarray(self.factor ** passed.astype(np.float64))

    @property
    def epochs(self) -> list[float]:
        """The epochs as numbers, in order."""
        return sorted(float(text) for text in re.split(r"[,; ]+", self.milestones.strip()))


class Exponential(Schedule, frozen=True, kw_only=True, tag="exponential_decay"):
    """γ^t."""

    title: ClassVar[str] = "Exponential"
    help: ClassVar[str] = "Multiplies the rate by the same factor every epoch."
    formula: ClassVar[str] = "η γᵗ"

    factor: Annotated[float, _DROP] = 0.95

    def curve(self, t: Array, run: float, grain: float) -> Array:
        """A falling exponential."""
        return np.asarray(self.factor**t)


class _Counting(Schedule, frozen=True, kw_only=True):
    """Schedules whose t counts epochs or steps."""

    every: Annotated[Every, _COUNTED] = "epoch"

    def curve(self, t: Array, run: float, grain: float) -> Array:
        """The factors by the count of epochs or steps."""
        return self.after(np.rint(t / grain))

    def after(self, count: Array) -> Array:
        """The factors after so many epochs or steps."""
        return np.ones_like(count)


class InverseTime(_Counting, frozen=True, kw_only=True, tag="inverse_time"):
    """1 / (1 + k t)."""

    title: ClassVar[str] = "1 / (1 + k t)"
    help: ClassVar[str] = "Falls quickly at first and ever more slowly: after t = 1/k by half."
    formula: ClassVar[str] = "η / (1 + k t)"

    rate_of_decay: Annotated[
        float, setting("k", "How quickly the rate falls.", gt=0.0, le=1e6, log=True)
    ] = 0.1

    def after(self, count: Array) -> Array:
        """A hyperbola."""
        return 1.0 / (1.0 + self.rate_of_decay * count)


class InverseSquareRoot(_Counting, frozen=True, kw_only=True, tag="inverse_sqrt"):
    """1 / √(t + 1)."""

    title: ClassVar[str] = "1 / √(t + 1)"
    help: ClassVar[str] = "Falls with the root of the time: by half after three, by ten after 99."
    formula: ClassVar[str] = "η / √(t + 1)"

    def after(self, count: Array) -> Array:
        """One over a root."""
        return 1.0 / np.sqrt(count + 1.0)


class Polynomial(Schedule, frozen=True, kw_only=True, tag="polynomial"):
    """(1 − end) (1 − t / run)^power + end."""

    title: ClassVar[str] = "Polynomial"
    help: ClassVar[str] = "Falls to the end of the run; with a power of 1 in a straight line."
    formula: ClassVar[str] = "η ((1 − end) (1 − t / run)ᵖ + end)"

    power: Annotated[float, setting("Power", "1 is a straight line.", gt=0.0, le=20.0)] = 1.0
    end: Annotated[float, _END] = 0.0
    every: Annotated[Every, _EVERY] = "step"

    def curve(self, t: Array, run: float, grain: float) -> Array:
        """From 1 to the end."""
        left = np.clip(1.0 - t / run, 0.0, 1.0)
        return np.asarray((1.0 - self.end) * left**self.power + self.end)


class Cosine(Schedule, frozen=True, kw_only=True, tag="cosine"):
    """end + (1 − end) (1 + cos(π t / run)) / 2.

    Source: Loshchilov and Hutter 2017, arXiv 1608.03983.
    """

    title: ClassVar[str] = "Cosine"
    help: ClassVar[str] = "Stays high at first and low at the end of the run, with a slope between."
    formula: ClassVar[str] = "η (end + (1 − end) (1 + cos(π t / run)) / 2)"

    end: Annotated[float, _END] = 0.0
    every: Annotated[Every, _EVERY] = "step"

    def curve(self, t: Array, run: float, grain: float) -> Array:
        """Half a wave over the run."""
        share = np.clip(t / run, 0.0, 1.0)
        return np.asarray(self.end + (1.0 - self.end) * (1.0 + np.cos(np.pi * share)) / 2.0)


class CosineRestarts(Schedule, frozen=True, kw_only=True, tag="cosine_restarts"):
    """A cosine that begins anew; each wave is longer than the one before by a factor.

    Source: Loshchilov and Hutter 2017, arXiv 1608.03983.
    """

    title: ClassVar[str] = "Cosine with restarts"
    help: ClassVar[str] = "A cosine that jumps back to the whole rate again and again."
    formula: ClassVar[str] = "η (end + (1 − end) (1 + cos(π s / wave)) / 2)"

    length: Annotated[float, setting("First wave", "How long it lasts.", gt=0.0, unit="epochs")] = (
        5.0
    )
    growth: Annotated[
        float,
        setting("Growth", "Every wave lasts so many times as the one before.", ge=1.0, le=100.0),
    ] = 2.0
    end: Annotated[float, _END] = 0.0
    every: Annotated[Every, _EVERY] = "step"

    def curve(self, t: Array, run: float, grain: float) -> Array:
        """Half waves, one after the other."""
        if self.growth == 1.0:
            share = np.mod(t, self.length) / self.length
        else:
            near = 1.0 + t * (self.growth - 1.0) / self.length
            number = np.floor(np.log(near) / np.log(self.growth) + 1e-9)
            begin = self.length * (self.growth**number - 1.0) / (self.growth - 1.0)
            share = (t - begin) / (self.length * self.growth**number)
        share = np.clip(share, 0.0, 1.0)
        return np.asarray(self.end + (1.0 - self.end) * (1.0 + np.cos(np.pi * share)) / 2.0)


class OneCycle(Schedule, frozen=True, kw_only=True, tag="one_cycle"):
    """Up from 1/25 to 1 by a cosine, then down to nearly nothing by another.

    Source: Smith and Topin 2019, arXiv 1708.07120, in PyTorch's form; momentum stays.
    """

    title: ClassVar[str] = "One cycle"
    help: ClassVar[str] = "Rises to the learning rate, then falls far below where it began."
    formula: ClassVar[str] = "η / 25 ↗ η ↘ η / 250,000"

    rise: Annotated[
        float, setting("Rise", "The share of the run that goes up.", gt=0.0, lt=1.0)
    ] = 0.3
    start: Annotated[
        float,
        setting("Start", "It begins at one over this.", gt=1.0, le=1e6, advanced=True, log=True),
    ] = 25.0
    final: Annotated[
        float,
        setting(
            "Final", "It ends at its start over this.", ge=1.0, le=1e9, advanced=True, log=True
        ),
    ] = 1e4
    every: Annotated[Every, _EVERY] = "step"

    def curve(self, t: Array, run: float, grain: float) -> Array:
        """Two half waves; PyTorch counts steps from 0, so that the last one ends the cycle."""
        top, whole = self.rise * run - grain, run - grain
        low, last = 1.0 / self.start, 1.0 / self.start / self.final
        up = np.clip(t / top, 0.0, 1.0) if top > 0 else np.ones_like(t)
        down = np.clip((t - top) / max(whole - top, 1e-12), 0.0, 1.0)
        rising = 1.0 + (low - 1.0) * (1.0 + np.cos(np.pi * up)) / 2.0
        falling = last + (1.0 - last) * (1.0 + np.cos(np.pi * down)) / 2.0
        return np.where(t <= top, rising, falling)


class Plateau(Schedule, frozen=True, kw_only=True, tag="plateau"):
    """Lowered by a factor when what is watched has not become better for a while.

    Source: PyTorch's ReduceLROnPlateau with its relative threshold.
    """

    title: ClassVar[str] = "Lower on a plateau"
    help: ClassVar[str] = (
        "Lowers the rate when the validation loss (without validation rows the training loss) has "
        "not fallen for some epochs. When that will be, nobody knows before."
    )
    formula: ClassVar[str] = "η γ^(plateaus so far)"

    factor: Annotated[float, _DROP] = 0.5
    patience: Annotated[
        int,
        setting(
            "Patience",
            "This many epochs in a row without progress are borne; one more lowers the rate, as in "
            "PyTorch.",
            ge=0, le=100_000, unit="epochs",
        ),
    ] = 5  # fmt: skip
    threshold: Annotated[
        float,
        setting(
            "Smallest change",
            "The share by which the loss must fall to count as progress.",
            ge=0.0,
            lt=1.0,
            advanced=True,
        ),
    ] = 1e-4
    least: Annotated[
        float,
        setting("Least", "The rate never falls below this share.", ge=0.0, le=1.0, advanced=True),
    ] = 0.0


AnySchedule = (
    Constant
    | StepDecay
    | Milestones
    | Exponential
    | InverseTime
    | InverseSquareRoot
    | Polynomial
    | Cosine
    | CosineRestarts
    | OneCycle
    | Plateau
)
SCHEDULES: dict[str, type[Schedule]] = {
    cls.kind_name(): cls
    for cls in (
        Constant,
        StepDecay,
        Milestones,
        Exponential,
        InverseTime,
        InverseSquareRoot,
        Polynomial,
        Cosine,
        CosineRestarts,
        OneCycle,
        Plateau,
    )
}
