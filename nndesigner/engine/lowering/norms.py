"""Normalisation over the mini-batch or over groups of channels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.lowering.base import Lowering, Slot, Value


@dataclass
class Norms(Lowering):
    """Numbers brought to mean 0 and deviation 1, then scaled and shifted."""

    def batch_norm(
        self, x: Value, gamma: Slot, epsilon: float, momentum: float, *, frozen: bool
    ) -> Value:
        """γ x̂ + β by the moments of each channel over the mini-batch.

        ``gamma`` is the first of four places that follow each other: γ, β, running mean and
        running variance. ``frozen`` takes the running moments while training too.
        """
        channels = gamma.size
        self._scratch = max(self._scratch, 2 * channels)
        constants = (epsilon, momentum)
        if frozen:
            out = self._value(x.shape, trained=self._learns(x))
            self._write(
                ops.BATCH_NORM_FROZEN, x.size, a=x, out=out, slot=gamma, constants=constants,
                numbers=(channels,), gives="a",
            )  # fmt: skip
            return out
        moments = self._value((3 * channels,), trained=True)
        gathering = self._write(
            ops.BATCH_MOMENTS, x.size, a=x, b=moments, out=moments, slot=gamma,
            constants=constants, numbers=(channels,), gives="a",
        )  # fmt: skip
        gathering[ops.MODES] = ops.TRAIN | ops.BACK
        self._meetings.append(len(self._rows))
        out = self._value(x.shape, trained=True)
        gathering[ops.I0 + 1] = out.position
        self._write(
            ops.BATCH_NORM, x.size, a=x, b=moments, out=out, slot=gamma, constants=constants,
            numbers=(channels,),
        )  # fmt: skip
        return out

    def group_norm(
        self, x: Value, gamma: Slot, epsilon: float, groups: int, *, each_place: bool = False
    ) -> Value:
        """γ x̂ + β by the moments of each row and group of channels, over all places.

        ``gamma`` is the first of two places that follow each other: γ and β. With ``each_place``
        every place has moments of its own.
        """
        channels = gamma.size
        places = 1 if each_place else math.prod(x.shape[:-1])
        group = channels // groups
        self._scratch = max(self._scratch, 2 * channels)
        moments = self._value((2 * x.size // (places * group),))
        out = self._value(x.shape, trained=gamma.trainable or self._learns(x))
        self._write(
            ops.GROUP_NORM, x.size, a=x, b=moments, out=out, slot=gamma, constants=(epsilon,),
            numbers=(channels, places, group), gives="a",
        )  # fmt: skip
        return out
