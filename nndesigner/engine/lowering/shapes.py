"""Numbers under another shape, or in other places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.lowering.base import Lowering, Shape, Value

Pair = tuple[int, int]


@dataclass
class Shapes(Lowering):
    """What moves numbers and computes none."""

    def reshape(self, x: Value, shape: Shape) -> Value:
        """The same numbers under another shape."""
        return Value(x.position, shape)

    def permute(self, x: Value, order: Sequence[int]) -> Value:
        """The axes in another order: axis k of the result is axis ``order[k]`` of x, from 0 on."""
        more = 3 - len(x.shape)
        whole = (1,) * more + x.shape
        steps = (whole[1] * whole[2], whole[2], 1)
        axes = (*range(more), *(axis + more for axis in order))
        shape = tuple(whole[axis] for axis in axes)
        out = self._rearranged(x, shape, tuple(steps[axis] for axis in axes), shape)
        return Value(out.position, shape[more:])

    def moved(self, x: Value, shape: Shape, before: Pair, often: Pair = (1, 1)) -> Value:
        """An image x on a plane of ``shape``: so many zeros above and to the left (negative: so
        many are cropped), each pixel so often down and across, zeros for the rest."""
        height, width, channels = x.shape
        steps = (width * channels, channels, 1)
        out = self._rearranged(x, shape, steps, (height, width, channels), before, often)
        if shape[0] * shape[1] <= height * width or often != (1, 1):
            self._note_like(out, x)
        return out

    def _rearranged(
        self,
        x: Value,
        shape: Shape,
        steps: Sequence[int],
        lengths: Sequence[int],
        before: Pair = (0, 0),
        often: Pair = (1, 1),
    ) -> Value:
        out = self._value(shape, trained=self._learns(x))
        self._write(
            ops.REARRANGE, out.size, a=x, out=out,
            numbers=(*shape, *steps, *lengths, *before, *often, x.size), gives="a",
        )  # fmt: skip
        return out
