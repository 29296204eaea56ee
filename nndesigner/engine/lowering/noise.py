"""What changes numbers at random while training."""

from __future__ import annotations

from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.lowering.base import Lowering, Value


@dataclass
class Noise(Lowering):
    """Nothing of this happens when predicting."""

    def dropout(self, x: Value, rate: float) -> Value:
        """x with a share of its numbers silenced while training."""
        mask = self._value(x.shape)
        out = self._value(x.shape, trained=self._learns(x))
        self._note_like(out, x)
        self._write(ops.DROPOUT, x.size, a=x, b=mask, out=out, constants=(rate,), gives="a")
        return out

    def spatial_dropout(self, x: Value, rate: float) -> Value:
        """x with a share of its channels silenced while training."""
        channels = x.shape[-1]
        mask = self._value((channels,))
        out = self._value(x.shape, trained=self._learns(x))
        self._note_like(out, x)
        self._write(
            ops.SPATIAL_DROPOUT, x.size, a=x, b=mask, out=out, constants=(rate,),
            numbers=(channels,), gives="a",
        )  # fmt: skip
        return out

    def gaussian_noise(self, x: Value, deviation: float) -> Value:
        """x plus normal noise while training."""
        out = self._value(x.shape, trained=self._learns(x))
        self._write(ops.GAUSSIAN_NOISE, x.size, a=x, out=out, constants=(deviation,), gives="a")
        return out
