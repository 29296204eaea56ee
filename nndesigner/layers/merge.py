"""Layers that bring several wires together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nndesigner.errors import ShapeError
from nndesigner.graph import Layer, Shape, shape_text

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value


class Add(Layer, frozen=True, kw_only=True, tag="add"):
    """The sum of its inputs, number by number: the end of a skip connection."""

    title: ClassVar[str] = "Add"
    category: ClassVar[str] = "merge"
    help: ClassVar[str] = "Adds wires of the same shape, as at the end of a skip connection."
    icon: ClassVar[str] = "mdi6.plus-circle-outline"
    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The common shape. Raises: ShapeError."""
        for other in inputs[1:]:
            if other != inputs[0]:
                raise ShapeError(
                    f"Add wants wires of one shape, got {shape_text(inputs[0])} and "
                    f"{shape_text(other)}: make the layers before it the same size"
                )
        return inputs[0]

    def summary(self) -> str:
        """What it does."""
        return "sum of its wires"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """One sum."""
        return builder.add(inputs)


class Concatenate(Layer, frozen=True, kw_only=True, tag="concatenate"):
    """Its inputs one behind the other along the last axis."""

    title: ClassVar[str] = "Concatenate"
    category: ClassVar[str] = "merge"
    help: ClassVar[str] = (
        "Puts wires side by side: channels behind channels, features behind features."
    )
    icon: ClassVar[str] = "mdi6.set-merge"
    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The last axes summed; all others must agree. Raises: ShapeError."""
        for other in inputs[1:]:
            if other[:-1] != inputs[0][:-1]:
                raise ShapeError(
                    f"Concatenate wants wires that differ in the last axis alone, got "
                    f"{shape_text(inputs[0])} and {shape_text(other)}: "
                    "make height and width the same, or Flatten both"
                )
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))

    def summary(self) -> str:
        """What it does."""
        return "wires side by side"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Copies into the strides of one array."""
        return builder.concatenate(inputs)
