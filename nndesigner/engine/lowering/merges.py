"""Several values become one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.lowering.base import Lowering, Value


@dataclass
class Merges(Lowering):
    """Sums and values side by side."""

    def add(self, inputs: Sequence[Value]) -> Value:
        """The sum of values of one shape."""
        total = inputs[0]
        for other in inputs[1:]:
            out = self._value(total.shape, trained=self._learns(total, other))
            self._write(ops.ADD, total.size, a=total, b=other, out=out, gives="ab")
            total = out
        return total

    def concatenate(self, inputs: Sequence[Value]) -> Value:
        """Values side by side along the last axis."""
        whole = sum(value.shape[-1] for value in inputs)
        outer = math.prod(inputs[0].shape[:-1])
        out = self._value((*inputs[0].shape[:-1], whole), trained=self._learns(*inputs))
        start = 0
        for value in inputs:
            width = value.shape[-1]
            self._write(
                ops.COPY, value.size, a=value, out=out, numbers=(width, whole, start, outer),
                gives="a",
            )  # fmt: skip
            start += width
        return out
