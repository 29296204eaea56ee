"""Layers that change the shape, or where numbers stand, and compute nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec

from nndesigner.declare import setting
from nndesigner.errors import ShapeError
from nndesigner.graph import Layer, Shape, shape_text

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value

Pair = tuple[int, int]
Margin = Annotated[int, msgspec.Meta(ge=0, le=1024)]
#: An axis of a new shape; -1 takes what is left over.
Length = Annotated[int, msgspec.Meta(ge=-1, le=100_000_000)]
Axis = Annotated[int, msgspec.Meta(ge=1, le=3)]


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


class Reshape(Layer, frozen=True, kw_only=True, tag="reshape"):
    """The same numbers in the same order under another shape, the last axis running fastest."""

    title: ClassVar[str] = "Reshape"
    category: ClassVar[str] = "shape"
    help: ClassVar[str] = (
        "Gives the same numbers another shape: a row of 784 becomes an image of 28×28×1, columns "
        "of a table a sequence."
    )
    icon: ClassVar[str] = "mdi6.shape-outline"
    positional: ClassVar[tuple[str, ...]] = ("shape",)
    synonyms: ClassVar[tuple[str, ...]] = ("unflatten", "view", "target shape")
    keeps_range: ClassVar[bool] = True
    renames: ClassVar[bool] = True

    shape: Annotated[
        tuple[Length, ...],
        setting(
            "Shape",
            "One to three lengths, such as 28×28×1: height, width, channels. −1 takes what is "
            "left over.",
            most=3,
        ),
    ] = (-1, 1)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape, with what is left over filled in. Raises: ShapeError."""
        size = math.prod(inputs[0])
        if self.shape.count(-1) > 1 or 0 in self.shape:
            raise ShapeError(
                f"Reshape to {_lengths_text(self.shape)} leaves more than one length open: "
                "give all but one of them",
                instead=("Use one line", self.changed(shape=(-1,))),
            )
        known = math.prod(length for length in self.shape if length > 0)
        fits = size % known == 0 if -1 in self.shape else size == known
        if not fits:
            raise ShapeError(
                f"{size:,} numbers ({shape_text(inputs[0])}) do not fill "
                f"{_lengths_text(self.shape)}: choose lengths whose product is {size:,}",
                instead=("Use a sequence of one channel", self.changed(shape=(size, 1))),
            )
        return tuple(size // known if length < 0 else length for length in self.shape)

    def summary(self) -> str:
        """``to 28×28×1``."""
        return f"to {_lengths_text(self.shape)}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Nothing to compute: the same numbers."""
        return builder.reshape(inputs[0], self.output_shape((inputs[0].shape,)))


class Permute(Layer, frozen=True, kw_only=True, tag="permute"):
    """The axes in another order; with 2, 1 a sequence of channels becomes channels of a sequence.

    ``axes`` count from 1, as the rows of a batch are no axis here.
    """

    title: ClassVar[str] = "Permute"
    category: ClassVar[str] = "shape"
    help: ClassVar[str] = "Swaps axes: 2×1×3 turns an image over its diagonal."
    icon: ClassVar[str] = "mdi6.rotate-3d-variant"
    positional: ClassVar[tuple[str, ...]] = ("axes",)
    synonyms: ClassVar[tuple[str, ...]] = ("transpose", "swap axes")
    keeps_range: ClassVar[bool] = True

    axes: Annotated[
        tuple[Axis, ...],
        setting(
            "Axes",
            "Which axis of the input comes first, second, third, counted from 1: 2×1×3 swaps "
            "height and width.",
            most=3,
        ),
    ] = (2, 1, 3)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The lengths in their new order. Raises: ShapeError."""
        count = len(inputs[0])
        if sorted(self.axes) != list(range(1, count + 1)):
            order = (2, 1, 3)[:count] if count > 1 else (1,)
            raise ShapeError(
                f"Permute names the axes {_lengths_text(self.axes)}, and {shape_text(inputs[0])} "
                f"has {count}: name each of them once, such as {_lengths_text(order)}",
                instead=(f"Use {_lengths_text(order)}", self.changed(axes=order)),
            )
        return tuple(inputs[0][axis - 1] for axis in self.axes)

    def summary(self) -> str:
        """``axes 2×1×3``."""
        return f"axes {_lengths_text(self.axes)}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Each number to its new place."""
        return builder.permute(inputs[0], tuple(axis - 1 for axis in self.axes))


class _Edges(Layer, frozen=True, kw_only=True):
    """What works on the edges of images, and on both ends of sequences."""

    category: ClassVar[str] = "shape"

    def down_across(self, shape: Shape) -> tuple[Pair, Pair]:
        """What the settings mean for the two axes of a plane of this shape."""
        raise NotImplementedError

    def plane(self, shape: Shape) -> Shape:
        """The input as an image; a sequence is one column of places. Raises: ShapeError."""
        if len(shape) not in (2, 3):
            raise ShapeError(
                f"{self.title} wants an image or a sequence, got {shape_text(shape)}: "
                "place it before Flatten, or Reshape before it"
            )
        return shape if len(shape) == 3 else (shape[0], 1, shape[1])


class ZeroPadding(_Edges, frozen=True, kw_only=True, tag="zeropadding"):
    """Zeros around an image, or before and after a sequence.

    Shapes: x ``(batch, height, width, channels)`` or ``(batch, length, channels)``, y the same with
    longer axes.
    """

    title: ClassVar[str] = "ZeroPadding"
    help: ClassVar[str] = "Puts zeros around an image, or before and after a sequence."
    icon: ClassVar[str] = "mdi6.border-outside"
    positional: ClassVar[tuple[str, ...]] = ("margin",)
    synonyms: ClassVar[tuple[str, ...]] = ("zeropadding2d", "zeropadding1d", "pad", "border")

    margin: Annotated[
        tuple[Margin, Margin],
        setting(
            "Margin",
            "Zeros above and below an image, or before and after a sequence.",
            parts=("above or before", "below or after"),
        ),
    ] = (1, 1)
    sides: Annotated[
        tuple[Margin, Margin] | None,
        setting(
            "Sides",
            "Zeros to the left and right of an image; empty is as above and below.",
            parts=("left", "right"),
        ),
    ] = None

    def down_across(self, shape: Shape) -> tuple[Pair, Pair]:
        """The zeros before and after, along both axes."""
        return self.margin, (self.sides or self.margin) if len(shape) == 3 else (0, 0)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The input with its margins. Raises: ShapeError."""
        height, width, channels = self.plane(inputs[0])
        down, across = self.down_across(inputs[0])
        if len(inputs[0]) == 2:
            return (height + sum(down), channels)
        return (height + sum(down), width + sum(across), channels)

    def summary(self) -> str:
        """``1, 1`` or ``1, 1 and 2, 2``."""
        return f"{_edges_text(self.margin, self.sides)} zeros"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Each number a margin further."""
        shape = self.output_shape((inputs[0].shape,))
        down, across = self.down_across(inputs[0].shape)
        return _moved(self, builder, inputs[0], shape, (down[0], across[0]))


class Cropping(_Edges, frozen=True, kw_only=True, tag="cropping"):
    """An image without its edges, or a sequence without its ends.

    Shapes: x ``(batch, height, width, channels)`` or ``(batch, length, channels)``, y the same with
    shorter axes.
    """

    title: ClassVar[str] = "Cropping"
    help: ClassVar[str] = "Cuts off the edges of an image, or both ends of a sequence."
    icon: ClassVar[str] = "mdi6.crop"
    positional: ClassVar[tuple[str, ...]] = ("margin",)
    synonyms: ClassVar[tuple[str, ...]] = ("cropping2d", "cropping1d", "crop", "trim")
    keeps_range: ClassVar[bool] = True

    margin: Annotated[
        tuple[Margin, Margin],
        setting(
            "Margin",
            "Pixels cut off above and below, or places before and after.",
            parts=("above or before", "below or after"),
        ),
    ] = (1, 1)
    sides: Annotated[
        tuple[Margin, Margin] | None,
        setting(
            "Sides",
            "Pixels cut off left and right of an image; empty is as above and below.",
            parts=("left", "right"),
        ),
    ] = None

    def down_across(self, shape: Shape) -> tuple[Pair, Pair]:
        """What is cut off before and after, along both axes."""
        return self.margin, (self.sides or self.margin) if len(shape) == 3 else (0, 0)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """What is left. Raises: ShapeError when nothing is."""
        height, width, channels = self.plane(inputs[0])
        down, across = self.down_across(inputs[0])
        height, width = height - sum(down), width - sum(across)
        if height < 1 or width < 1:
            raise ShapeError(
                f"Cropping leaves nothing of {shape_text(inputs[0])}: cut off less",
                instead=("Cut off nothing", self.changed(margin=(0, 0), sides=None)),
            )
        return (height, channels) if len(inputs[0]) == 2 else (height, width, channels)

    def summary(self) -> str:
        """``1, 1`` or ``1, 1 and 2, 2``."""
        return f"{_edges_text(self.margin, self.sides)} cut off"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Each number a margin nearer."""
        shape = self.output_shape((inputs[0].shape,))
        down, across = self.down_across(inputs[0].shape)
        return _moved(self, builder, inputs[0], shape, (-down[0], -across[0]))


class UpSampling(_Edges, frozen=True, kw_only=True, tag="upsampling"):
    """Each pixel several times, down and across; each place of a sequence several times.

    Shapes: x ``(batch, height, width, channels)`` or ``(batch, length, channels)``, y the same with
    longer axes. The nearest number, not one between two.
    """

    title: ClassVar[str] = "UpSampling"
    help: ClassVar[str] = "Makes an image or a sequence larger: every number several times."
    icon: ClassVar[str] = "mdi6.magnify-plus-outline"
    positional: ClassVar[tuple[str, ...]] = ("times",)
    synonyms: ClassVar[tuple[str, ...]] = (
        "upsampling2d", "upsampling1d", "upscale", "enlarge", "nearest", "repeat",
    )  # fmt: skip
    keeps_range: ClassVar[bool] = True

    times: Annotated[
        int, setting("Times", "How often each number is there, down (and across).", ge=1, le=256)
    ] = 2
    across: Annotated[
        Annotated[int, msgspec.Meta(ge=1, le=256)] | None,
        setting("Across", "How often across an image; empty is as down."),
    ] = None

    def often(self, shape: Shape) -> Pair:
        """How often each number is there, down and across."""
        return self.times, (self.across or self.times) if len(shape) == 3 else 1

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Longer axes, the channels as they are. Raises: ShapeError."""
        height, width, channels = self.plane(inputs[0])
        down, across = self.often(inputs[0])
        if len(inputs[0]) == 2:
            return (height * down, channels)
        return (height * down, width * across, channels)

    def summary(self) -> str:
        """``each number 2×2``."""
        across = self.across or self.times
        return f"{self.times} times" if across == self.times else f"{self.times}×{across} times"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Each number at several places."""
        shape = self.output_shape((inputs[0].shape,))
        return _moved(self, builder, inputs[0], shape, (0, 0), self.often(inputs[0].shape))


def _moved(
    layer: _Edges,
    builder: TapeBuilder,
    x: Value,
    shape: Shape,
    before: Pair,
    often: Pair = (1, 1),
) -> Value:
    """Numbers moved on a plane, and the shape of the layer around them."""
    whole = shape if len(shape) == 3 else (shape[0], 1, shape[1])
    out = builder.moved(builder.reshape(x, layer.plane(x.shape)), whole, before, often)
    return builder.reshape(out, shape)


def _lengths_text(lengths: tuple[int, ...]) -> str:
    """``28×28×1``; a length that is left open is a question mark."""
    return "×".join("?" if length < 0 else f"{length}" for length in lengths)


def _edges_text(margin: Pair, sides: Pair | None) -> str:
    """``1`` where all sides are alike, ``1+2`` before and after, ``1+2 and 0`` down and across."""

    def pair(ends: Pair) -> str:
        return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]}+{ends[1]}"

    return pair(margin) if sides in (None, margin) else f"{pair(margin)} and {pair(sides)}"
