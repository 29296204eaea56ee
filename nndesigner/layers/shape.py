"""Layers that change the shape and not the numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from nndesigner.graph import Layer, Shape

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value


class Flatten(Layer, frozen=True, kw_only=True, tag="flatten"):
    """All numbers of a row in one line, the last axis running fastest."""

    title: ClassVar[str] = "Flatten"
    category: ClassVar[str] = "shape"
    help: ClassVar[str] = "Lays an image's numbers out in one line, as Dense wants them."
    icon: ClassVar[str] = "mdi6.arrow-collapse-vertical"
    keeps_range: ClassVar[bool] = True
    renames: ClassVar[bool] = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(height × width × channels,)``."""
        return (math.prod(inputs[0]),)

    def summary(self) -> str:
        """What it gives."""
        return "to one line"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Nothing to compute: the same numbers."""
        return builder.reshape(inputs[0], (math.prod(inputs[0].shape),))
