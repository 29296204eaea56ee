"""Several values become one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.lowering.base import Lowering, Value


@dataclass
class Merges(Lowering):
    """Sums, products, extremes, and values side by side."""

    def add(self, inputs: Sequence[Value]) -> Value:
        """The sum of values of one shape."""
        return self._chain(ops.ADD, inputs)

    def subtract(self, a: Value, b: Value) -> Value:
        """a - b."""
        return self._chain(ops.SUBTRACT, (a, b))

    def multiply(self, inputs: Sequence[Value]) -> Value:
        """The product of values of one shape, number by number."""
        return self._note_all(self._chain(ops.MULTIPLY, inputs), inputs, "sigmoid")

    def average(self, inputs: Sequence[Value]) -> Value:
        """The mean of values of one shape."""
        total = self._chain(ops.ADD, inputs)
        out = self._value(total.shape, trained=self._learns(total))
        share = (1.0 / len(inputs),)
        self._write(ops.SCALE_BY, out.size, a=total, out=out, constants=share, gives="a")
        return self._note_all(out, inputs, "softmax")

    def maximum(self, inputs: Sequence[Value]) -> Value:
        """The largest of values of one shape, number by number; the first of equal ones."""
        return self._note_all(self._chain(ops.MAXIMUM, inputs), inputs, "sigmoid")

    def minimum(self, inputs: Sequence[Value]) -> Value:
        """The smallest of values of one shape, number by number; the first of equal ones."""
        return self._note_all(self._chain(ops.MINIMUM, inputs), inputs, "sigmoid")

    def dot(self, a: Value, b: Value, *, normalise: bool) -> Value:
        """The sum of a b over a row, or the cosine of the angle between them."""
        out = self._value((1,), trained=self._learns(a, b))
        self._write(ops.DOT, 1, a=a, b=b, out=out, numbers=(a.size, int(normalise)), gives="ab")
        return out

    def _chain(self, op: int, inputs: Sequence[Value]) -> Value:
        """The first with the second, the outcome with the third, and so on."""
        total = inputs[0]
        for other in inputs[1:]:
            out = self._value(total.shape, trained=self._learns(total, other))
            self._write(op, total.size, a=total, b=other, out=out, gives="ab")
            total = out
        return total

    def _note_all(self, out: Value, inputs: Sequence[Value], most: str) -> Value:
        """Of probabilities of one kind come probabilities, but not always such that sum to 1."""
        kinds = {self._probabilities.get(value.position, "") for value in inputs}
        if "" not in kinds:
            self._note(out, kinds.pop() if len(kinds) == 1 and most == "softmax" else "sigmoid")
        return out

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
        return self._note_all(out, inputs, "sigmoid")
