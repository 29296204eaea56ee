"""Pooling: the largest number or the mean of each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.lowering.base import Lowering, Shape, Value


@dataclass
class Pooling(Lowering):
    """Windows without weights."""

    def maxpool2d(
        self,
        x: Value,
        window: tuple[int, int],
        stride: tuple[int, int],
        before: Sequence[int],
        shape: Shape,
    ) -> Value:
        """The largest number of each window of x, to ``shape``."""
        out = self._value(shape, trained=self._learns(x))
        self._note_like(out, x)
        self._scratch = max(self._scratch, shape[2])
        self._write(
            ops.MAXPOOL2D,
            out.size,
            a=x,
            out=out,
            numbers=(*x.shape, *window, *stride, *before, shape[0], shape[1]),
            gives="a",
        )
        return out

    def averagepool2d(
        self,
        x: Value,
        window: tuple[int, int],
        stride: tuple[int, int],
        before: Sequence[int],
        shape: Shape,
    ) -> Value:
        """The mean of each window of x, to ``shape``; what lies outside x does not count."""
        out = self._value(shape, trained=self._learns(x))
        self._note_like(out, x)
        self._write(
            ops.AVERAGEPOOL2D,
            out.size,
            a=x,
            out=out,
            numbers=(*x.shape, *window, *stride, *before, shape[0], shape[1]),
            gives="a",
        )
        return out
