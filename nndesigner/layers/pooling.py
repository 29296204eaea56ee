"""Pooling over images of (height, width, channels) and sequences of (length, channels)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

from nndesigner.declare import setting
from nndesigner.errors import ShapeError
from nndesigner.graph import Layer, Shape, shape_text
from nndesigner.layers.windows import PADDING, Padding, Pixels, padding_before, window_length

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value

Pair = tuple[int, int]

WINDOW_2D = setting("Window", "Height and width of the window.", unit="px")
STRIDE_2D = setting("Stride", "How far the window moves; empty is a whole window.", unit="px")
WINDOW_1D = setting("Window", "How many places one answer looks at.", ge=1, le=1024)
STRIDE_1D = setting("Stride", "How far the window moves; empty is a whole window.")


class Pool(Layer, frozen=True, kw_only=True):
    """What all pooling over windows has in common: a plane that windows slide over."""

    category: ClassVar[str] = "pooling"
    keeps_range: ClassVar[bool] = True
    positional: ClassVar[tuple[str, ...]] = ("window", "stride")
    #: The mean of each window, not its largest number.
    mean: ClassVar[bool] = False

    padding: Annotated[Padding, PADDING] = "valid"

    @property
    def sides(self) -> tuple[Pair, Pair]:
        """Window and stride as heights and widths."""
        raise NotImplementedError

    def plane(self, shape: Shape) -> Shape:
        """The input as an image. Raises: ShapeError."""
        raise NotImplementedError

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """One place a window, the channels as they are. Raises: ShapeError."""
        plane = self.plane(inputs[0])
        window, stride = self.sides
        height, width = (
            window_length(plane[axis], window[axis], stride[axis], self.padding) for axis in (0, 1)
        )
        if height < 1 or width < 1:
            raise ShapeError(
                f"{self.title}'s window {self._window_text()} is larger than its input "
                f"{shape_text(inputs[0])}: make it smaller, or set the padding to same",
                instead=("Set the padding to same", self.changed(padding="same")),
            )
        return (height, width, plane[2])[3 - len(inputs[0]) :]

    def _window_text(self) -> str:
        return "×".join(str(side) for side in self.sides[0])

    def summary(self) -> str:
        """The window, and the stride where it is another."""
        (down, across), stride = self.sides
        text = self._window_text()
        return text if stride == (down, across) else f"{text} /{stride[0]}×{stride[1]}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """One number a window and channel; what padding adds never counts."""
        shape = self.output_shape((inputs[0].shape,))
        plane = self.plane(inputs[0].shape)
        window, stride = self.sides
        before = tuple(
            padding_before(plane[axis], window[axis], stride[axis], self.padding) for axis in (0, 1)
        )
        pool = builder.averagepool2d if self.mean else builder.maxpool2d
        whole = (1,) * (3 - len(shape)) + shape
        out = pool(builder.reshape(inputs[0], plane), window, stride, before, whole)
        return builder.reshape(out, shape)


class _Pool2D(Pool, frozen=True, kw_only=True):
    """Pooling over images."""

    window: Annotated[tuple[Pixels, Pixels], WINDOW_2D] = (2, 2)
    stride: Annotated[tuple[Pixels, Pixels] | None, STRIDE_2D] = None

    @property
    def sides(self) -> tuple[Pair, Pair]:
        """Window and stride as they are given."""
        return self.window, self.stride or self.window

    @property
    def steps(self) -> Pair:
        """How far the window moves along each axis."""
        return self.sides[1]

    def plane(self, shape: Shape) -> Shape:
        """An image as it is. Raises: ShapeError."""
        if len(shape) != 3:
            raise ShapeError(
                f"{self.title} wants an image (height×width×channels), got {shape_text(shape)}: "
                "use Dense for table columns, or place it before Flatten"
            )
        return shape


class _Pool1D(Pool, frozen=True, kw_only=True):
    """Pooling over sequences."""

    window: Annotated[int, WINDOW_1D] = 2
    stride: Annotated[Pixels | None, STRIDE_1D] = None

    @property
    def sides(self) -> tuple[Pair, Pair]:
        """Window and stride over a plane of one line."""
        return (1, self.window), (1, self.stride or self.window)

    def plane(self, shape: Shape) -> Shape:
        """A sequence as a plane of one line. Raises: ShapeError."""
        if len(shape) != 2:
            raise ShapeError(
                f"{self.title} wants a sequence (length×channels), got {shape_text(shape)}: "
                "use the 2D form for images, or Reshape before it"
            )
        return (1, *shape)

    def _window_text(self) -> str:
        return str(self.window)

    def summary(self) -> str:
        """The window, and the stride where it is another."""
        steps = self.sides[1][1]
        return f"{self.window}" if steps == self.window else f"{self.window} /{steps}"


class MaxPool2D(_Pool2D, frozen=True, kw_only=True, tag="maxpool2d"):
    """The largest number of each window, channel by channel.

    Shapes: x ``(batch, height, width, channels)``, y ``(batch, height', width', channels)``.
    """

    title: ClassVar[str] = "MaxPool2D"
    help: ClassVar[str] = "Keeps the strongest answer of each window and makes the image smaller."
    icon: ClassVar[str] = "mdi6.arrow-collapse-all"
    synonyms: ClassVar[tuple[str, ...]] = ("maxpooling2d", "subsampling")


class AveragePool2D(_Pool2D, frozen=True, kw_only=True, tag="averagepool2d"):
    """The mean of each window, channel by channel; padding does not count.

    Shapes: x ``(batch, height, width, channels)``, y ``(batch, height', width', channels)``.
    """

    title: ClassVar[str] = "AveragePool2D"
    help: ClassVar[str] = "Takes the mean of each window and makes the image smaller."
    icon: ClassVar[str] = "mdi6.blur-linear"
    synonyms: ClassVar[tuple[str, ...]] = ("averagepooling2d", "avgpool", "meanpool", "subsampling")
    mean: ClassVar[bool] = True


class MaxPool1D(_Pool1D, frozen=True, kw_only=True, tag="maxpool1d"):
    """The largest number of each window of a sequence, channel by channel.

    Shapes: x ``(batch, length, channels)``, y ``(batch, length', channels)``.
    """

    title: ClassVar[str] = "MaxPool1D"
    help: ClassVar[str] = "Keeps the strongest answer of each window of a sequence."
    icon: ClassVar[str] = "mdi6.arrow-collapse-horizontal"
    synonyms: ClassVar[tuple[str, ...]] = ("maxpooling1d",)


class AveragePool1D(_Pool1D, frozen=True, kw_only=True, tag="averagepool1d"):
    """The mean of each window of a sequence, channel by channel; padding does not count.

    Shapes: x ``(batch, length, channels)``, y ``(batch, length', channels)``.
    """

    title: ClassVar[str] = "AveragePool1D"
    help: ClassVar[str] = "Takes the mean of each window of a sequence: a moving average."
    icon: ClassVar[str] = "mdi6.chart-bell-curve-cumulative"
    synonyms: ClassVar[tuple[str, ...]] = ("averagepooling1d", "avgpool", "moving average")
    mean: ClassVar[bool] = True


class _GlobalPool(Layer, frozen=True, kw_only=True):
    """One number a channel, from all places of an image or a sequence."""

    category: ClassVar[str] = "pooling"
    keeps_range: ClassVar[bool] = True
    mean: ClassVar[bool] = False

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(channels,)``. Raises: ShapeError."""
        if len(inputs[0]) < 2:
            raise ShapeError(
                f"{self.title} wants an image or a sequence, got {shape_text(inputs[0])}: "
                "place it before Flatten or remove it"
            )
        return inputs[0][-1:]

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """One window over everything."""
        *places, channels = inputs[0].shape
        x = builder.reshape(inputs[0], (1, math.prod(places), channels))
        window = (1, math.prod(places))
        pool = builder.averagepool2d if self.mean else builder.maxpool2d
        return builder.reshape(pool(x, window, window, (0, 0), (1, 1, channels)), (channels,))


class GlobalAveragePool(_GlobalPool, frozen=True, kw_only=True, tag="globalaveragepool"):
    """The mean of each channel over the whole image or sequence.

    Shapes: x ``(batch, ..., channels)``, y ``(batch, channels)``. Source: Lin et al. 2013,
    arXiv 1312.4400.
    """

    title: ClassVar[str] = "GlobalAvgPool"
    help: ClassVar[str] = (
        "Takes the mean of each channel over the whole image or sequence: one number a channel, "
        "however large the image."
    )
    icon: ClassVar[str] = "mdi6.circle-medium"
    synonyms: ClassVar[tuple[str, ...]] = (
        "gap", "globalaveragepooling2d", "globalaveragepooling1d", "global avg pool",
    )  # fmt: skip
    mean: ClassVar[bool] = True

    def summary(self) -> str:
        """What it gives."""
        return "mean a channel"


class GlobalMaxPool(_GlobalPool, frozen=True, kw_only=True, tag="globalmaxpool"):
    """The largest number of each channel over the whole image or sequence.

    Shapes: x ``(batch, ..., channels)``, y ``(batch, channels)``.
    """

    title: ClassVar[str] = "GlobalMaxPool"
    help: ClassVar[str] = (
        "Keeps the strongest answer of each channel anywhere in the image or sequence: one number "
        "a channel."
    )
    icon: ClassVar[str] = "mdi6.bullseye-arrow"
    synonyms: ClassVar[tuple[str, ...]] = ("gmp", "globalmaxpooling2d", "globalmaxpooling1d")

    def summary(self) -> str:
        """What it gives."""
        return "largest a channel"
