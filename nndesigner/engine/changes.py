"""What a step does to weights beside the optimizer: penalties, clipping, limits, an average."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nndesigner.engine import updating
from nndesigner.engine.tape import Slot, Tape

#: Numbers that one task of the update changes.
_STRETCH = 16_384

Clip = Literal["none", "value", "norm", "global_norm"]
_NORMS = {"norm": updating.BY_ARRAY, "global_norm": updating.BY_ALL}


@dataclass(frozen=True)
class Rules:
    """What to do, by the name of the array.

    The penalty Σ l1 |w| + l2/2 w² is added to the loss whose gradient is taken. Clipping comes
    after it: each value to ±``limit``, or an array's or the whole gradient's norm to ``limit``.
    ``max_norm`` limits the norm of the weights that lead into each unit; ``axes`` says from which
    axis of an array to which its units are counted, where that is not the last one. ``average`` is
    the share of the running average that stays a step, None for no average.
    """

    l1: Mapping[str, float] = field(default_factory=dict)
    l2: Mapping[str, float] = field(default_factory=dict)
    max_norm: Mapping[str, float] = field(default_factory=dict)
    axes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    clip: Clip = "none"
    limit: float = 1.0
    average: float | None = None

    def penalty(self, tape: Tape, weights: npt.NDArray[Any]) -> float:
        """What the penalties add to the loss of these weights."""
        total = 0.0
        for slot in tape.slots:
            l1, l2 = self.l1.get(slot.name, 0.0), self.l2.get(slot.name, 0.0)
            if slot.trainable and (l1 or l2):
                own = weights[slot.position : slot.position + slot.size].astype(np.float64)
                total += l1 * float(np.abs(own).sum()) + 0.5 * l2 * float(own @ own)
        return total

    def add_penalty(
        self, tape: Tape, weights: npt.NDArray[Any], gradient: npt.NDArray[Any]
    ) -> None:
        """Add the gradient of the penalties to a flat gradient."""
        for slot in tape.slots:
            l1, l2 = self.l1.get(slot.name, 0.0), self.l2.get(slot.name, 0.0)
            if slot.trainable and (l1 or l2):
                here = slice(slot.position, slot.position + slot.size)
                gradient[here] += (l2 * weights[here] + l1 * np.sign(weights[here])).astype(
                    gradient.dtype
                )


@dataclass(frozen=True, eq=False)
class Changes:
    """The rules as the kernels of `updating` take them."""

    bounds: npt.NDArray[np.int64]
    extras: npt.NDArray[np.float64]
    options: npt.NDArray[np.float64]
    room: npt.NDArray[np.float64]
    units: npt.NDArray[np.int64]
    largest: npt.NDArray[np.float64]

    @classmethod
    def of(cls, tape: Tape, rules: Rules) -> Changes:
        """The tables for a tape; neighbours that nothing tells apart are one stretch."""
        apart = rules.clip == "norm"
        bounds: list[tuple[int, int, int]] = []
        extras: list[tuple[float, float, float]] = []
        largest = rules.limit if rules.clip == "value" else 0.0
        for group, slot in enumerate(tape.slots):
            if not slot.trainable:
                continue
            extra = (rules.l1.get(slot.name, 0.0), rules.l2.get(slot.name, 0.0), largest)
            start, stop = slot.position, slot.position + slot.size
            if bounds and not apart and bounds[-1][1] == start and extras[-1] == extra:
                bounds[-1] = (bounds[-1][0], stop, bounds[-1][2])
            else:
                bounds.append((start, stop, group))
                extras.append(extra)
        cut = [
            (low, min(low + _STRETCH, stop), group, extra)
            for (start, stop, group), extra in zip(bounds, extras, strict=True)
            for low in range(start, stop, _STRETCH)
        ]
        units = [
            (_place(slot, rules.axes.get(slot.name)), rules.max_norm[slot.name])
            for slot in tape.slots
            if slot.trainable and rules.max_norm.get(slot.name, 0.0) > 0
        ]
        options = np.zeros(updating.OPTIONS)
        options[updating.CLIP] = _NORMS.get(rules.clip, updating.BY_NOTHING)
        options[updating.LIMIT] = rules.limit
        options[updating.DECAY] = rules.average or 0.0
        options[updating.GROUPS] = len(tape.slots)
        most = max((place[2] for place, _ in units), default=0)
        return cls(
            bounds=np.array([item[:3] for item in cut], np.int64).reshape(-1, 3),
            extras=np.array([item[3] for item in cut], np.float64).reshape(-1, 3),
            options=options,
            room=np.zeros(max(len(cut) + len(tape.slots), most) + len(cut)),
            units=np.array([place for place, _ in units], np.int64).reshape(-1, 4),
            largest=np.array([limit for _, limit in units], np.float64),
        )


def _place(slot: Slot, axes: tuple[int, int] | None) -> tuple[int, int, int, int]:
    """Position of an array, and how many numbers lie before, along and behind its units' axes."""
    first, last = axes or (len(slot.shape) - 1, len(slot.shape))
    sizes = (slot.shape[:first], slot.shape[first:last], slot.shape[last:])
    before, count, behind = (math.prod(size) for size in sizes)
    return slot.position, before, count, behind
