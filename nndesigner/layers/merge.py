"""Layers that bring several wires together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from nndesigner.declare import setting
from nndesigner.errors import ShapeError
from nndesigner.graph import Layer, Shape, shape_text

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value


class _Alike(Layer, frozen=True, kw_only=True):
    """What brings wires of one shape together, number by number."""

    category: ClassVar[str] = "merge"
    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The common shape. Raises: ShapeError."""
        for other in inputs[1:]:
            if other != inputs[0]:
                raise ShapeError(
                    f"{self.title} wants wires of one shape, got {shape_text(inputs[0])} and "
                    f"{shape_text(other)}: make the layers before it the same size"
                )
        return inputs[0]


class Add(_Alike, frozen=True, kw_only=True, tag="add"):
    """The sum of its inputs, number by number: the end of a skip connection."""

    title: ClassVar[str] = "Add"
    help: ClassVar[str] = "Adds wires of the same shape, as at the end of a skip connection."
    icon: ClassVar[str] = "mdi6.plus-circle-outline"
    synonyms: ClassVar[tuple[str, ...]] = ("sum", "plus", "residual", "skip")

    def summary(self) -> str:
        """What it does."""
        return "sum of its wires"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """One sum."""
        return builder.add(inputs)


class Subtract(_Alike, frozen=True, kw_only=True, tag="subtract"):
    """The first input less the second, number by number."""

    title: ClassVar[str] = "Subtract"
    help: ClassVar[str] = "Takes the second wire from the first, number by number."
    icon: ClassVar[str] = "mdi6.minus-circle-outline"
    synonyms: ClassVar[tuple[str, ...]] = ("difference", "minus")
    arity: ClassVar[tuple[int, int | None]] = (2, 2)

    def summary(self) -> str:
        """What it does."""
        return "first − second"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """One difference."""
        return builder.subtract(*inputs)


class Multiply(_Alike, frozen=True, kw_only=True, tag="multiply"):
    """The product of its inputs, number by number: one wire as a gate for another."""

    title: ClassVar[str] = "Multiply"
    help: ClassVar[str] = (
        "Multiplies wires of the same shape, number by number: a wire between 0 and 1 is a gate "
        "for another."
    )
    icon: ClassVar[str] = "mdi6.close-circle-outline"
    synonyms: ClassVar[tuple[str, ...]] = ("product", "times", "gate")

    def summary(self) -> str:
        """What it does."""
        return "product of its wires"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """One product."""
        return builder.multiply(inputs)


class Average(_Alike, frozen=True, kw_only=True, tag="average"):
    """The mean of its inputs, number by number: several networks vote."""

    title: ClassVar[str] = "Average"
    help: ClassVar[str] = "Takes the mean of wires of the same shape, as where networks vote."
    icon: ClassVar[str] = "mdi6.approximately-equal"
    synonyms: ClassVar[tuple[str, ...]] = ("mean", "ensemble", "vote")
    keeps_range: ClassVar[bool] = True

    def summary(self) -> str:
        """What it does."""
        return "mean of its wires"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """One mean."""
        return builder.average(inputs)


class Maximum(_Alike, frozen=True, kw_only=True, tag="maximum"):
    """The largest of its inputs, number by number."""

    title: ClassVar[str] = "Maximum"
    help: ClassVar[str] = "Keeps the largest of wires of the same shape, number by number."
    icon: ClassVar[str] = "mdi6.chevron-up-circle-outline"
    synonyms: ClassVar[tuple[str, ...]] = ("max", "largest", "maxout")

    def summary(self) -> str:
        """What it does."""
        return "largest of its wires"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """The largest."""
        return builder.maximum(inputs)


class Minimum(_Alike, frozen=True, kw_only=True, tag="minimum"):
    """The smallest of its inputs, number by number."""

    title: ClassVar[str] = "Minimum"
    help: ClassVar[str] = "Keeps the smallest of wires of the same shape, number by number."
    icon: ClassVar[str] = "mdi6.chevron-down-circle-outline"
    synonyms: ClassVar[tuple[str, ...]] = ("min", "smallest")

    def summary(self) -> str:
        """What it does."""
        return "smallest of its wires"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """The smallest."""
        return builder.minimum(inputs)


class Concatenate(Layer, frozen=True, kw_only=True, tag="concatenate"):
    """Its inputs one behind the other along the last axis."""

    title: ClassVar[str] = "Concatenate"
    category: ClassVar[str] = "merge"
    help: ClassVar[str] = (
        "Puts wires side by side: channels behind channels, features behind features."
    )
    icon: ClassVar[str] = "mdi6.set-merge"
    arity: ClassVar[tuple[int, int | None]] = (2, None)
    synonyms: ClassVar[tuple[str, ...]] = ("concat", "join", "stack", "append")

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


class Dot(Layer, frozen=True, kw_only=True, tag="dot"):
    """The dot product of two flat inputs, or the cosine of the angle between them.

    Shapes: x and z ``(batch, features)``, y ``(batch, 1)``.
    """

    title: ClassVar[str] = "Dot"
    category: ClassVar[str] = "merge"
    help: ClassVar[str] = (
        "Multiplies two wires number by number and sums up: one number that says how much they "
        "point the same way."
    )
    icon: ClassVar[str] = "mdi6.circle-multiple-outline"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    synonyms: ClassVar[tuple[str, ...]] = ("dot product", "cosine similarity", "inner product")

    normalize: Annotated[
        bool,
        setting("Normalize", "Bring both to length 1 first: the result is the cosine, -1 to 1."),
    ] = False

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(1,)``. Raises: ShapeError."""
        for shape in inputs:
            if len(shape) != 1:
                raise ShapeError(
                    f"Dot wants flat inputs, got {shape_text(shape)}: put Flatten on that wire"
                )
        if len(set(inputs)) > 1:
            raise ShapeError(
                f"Dot wants two wires of one length, got {shape_text(inputs[0])} and "
                f"{shape_text(inputs[1])}: make the layers before it the same size"
            )
        return (1,)

    def summary(self) -> str:
        """What it gives."""
        return "cosine" if self.normalize else "dot product"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """One number a row."""
        return builder.dot(*inputs, normalise=self.normalize)
