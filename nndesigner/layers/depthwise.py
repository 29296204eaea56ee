"""Convolution that looks at every channel of an image by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from nndesigner.declare import setting
from nndesigner.graph import Parameter, Shape
from nndesigner.layers.convolution import FILTERS
from nndesigner.layers.core import (
    ACTIVATION,
    BIAS,
    INITIALIZER,
    INITIALIZER_LOW,
    INITIALIZER_SCALE,
    Learned,
    StartNumber,
)
from nndesigner.layers.windows import (
    ANY_PADDING,
    DILATION,
    KERNEL,
    MARGIN,
    STRIDE,
    AnyPadding,
    Margin,
    Pair,
    Pixels,
    check_fits,
    check_image,
    counted,
    reached,
    window_text,
)
from nndesigner.learning.activations import ACTIVATION_TITLES, ActivationKind, activation_number
from nndesigner.learning.initializers import InitializerKind

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value

MULTIPLIER = setting(
    "Depth multiplier", "How many patterns to look for in each channel.", ge=1, le=1024
)


def _count(layer: DepthwiseConv2D | SeparableConv2D, shape: Shape) -> Pair:
    """The windows down and across. Raises: ShapeError."""
    check_image(layer, shape)
    count, _ = counted(layer, shape)
    check_fits(layer, reached(layer), count, shape)
    return count


def _kernels(layer: DepthwiseConv2D | SeparableConv2D, name: str, channels: int) -> Parameter:
    """Kernels a channel: a number of y sees one window, one of x is seen by ``multiplier``."""
    area = layer.kernel[0] * layer.kernel[1]
    return Parameter(
        name,
        (*layer.kernel, channels, layer.multiplier),
        layer.initializer,
        area,
        area * layer.multiplier,
    )


def _slide(
    layer: DepthwiseConv2D | SeparableConv2D, builder: TapeBuilder, x: Value, name: str
) -> Value:
    count, before = counted(layer, x.shape)
    windows = builder.windows(x.shape, layer.kernel, layer.stride, before, count, layer.dilation)
    return builder.depthwise(x, builder.parameter(name), windows, layer.multiplier)


class DepthwiseConv2D(Learned, frozen=True, kw_only=True, tag="depthwise_conv2d"):
    """y = f(x ∗ W + b), each channel with kernels of its own.

    Shapes: x ``(batch, height, width, channels)``, W ``(kernel height, kernel width, channels,
    multiplier)``, b ``(channels · multiplier,)``, y ``(batch, height', width', channels ·
    multiplier)``; the answers to channel c lie side by side from c · multiplier on.
    """

    unit_axes: ClassVar[Mapping[str, tuple[int, int]]] = {"weight": (2, 4)}
    title: ClassVar[str] = "DepthwiseConv2D"
    category: ClassVar[str] = "convolution"
    help: ClassVar[str] = "Looks for small patterns in every channel by itself: few weights."
    icon: ClassVar[str] = "mdi6.layers-triple-outline"
    positional: ClassVar[tuple[str, ...]] = ("kernel", "activation")
    synonyms: ClassVar[tuple[str, ...]] = ("convolution", "mobilenet")

    kernel: Annotated[tuple[Pixels, Pixels], KERNEL] = (3, 3)
    multiplier: Annotated[int, MULTIPLIER] = 1
    stride: Annotated[tuple[Pixels, Pixels], STRIDE] = (1, 1)
    padding: Annotated[AnyPadding, ANY_PADDING] = "valid"
    margin: Annotated[tuple[Margin, Margin], MARGIN] = (1, 1)
    activation: Annotated[ActivationKind, ACTIVATION] = "relu"
    dilation: Annotated[tuple[Pixels, Pixels], DILATION] = (1, 1)
    initializer: Annotated[InitializerKind, INITIALIZER] = "glorot_uniform"
    initializer_scale: Annotated[StartNumber | None, INITIALIZER_SCALE] = None
    initializer_low: Annotated[StartNumber | None, INITIALIZER_LOW] = None
    bias: Annotated[bool, BIAS] = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(height', width', channels · multiplier)``. Raises: ShapeError."""
        return (*_count(self, inputs[0]), inputs[0][2] * self.multiplier)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The kernels and, if wanted, a bias an output channel."""
        channels = inputs[0][2]
        weight = _kernels(self, "weight", channels)
        bias = Parameter("bias", (channels * self.multiplier,))
        return (weight, bias) if self.bias else (weight,)

    def summary(self) -> str:
        """``3×3 a channel, ReLU``."""
        times = f"{self.multiplier} × " if self.multiplier > 1 else ""
        text = window_text(self.kernel, self.stride, self.dilation)
        return f"{times}{text} a channel, {ACTIVATION_TITLES[self.activation]}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Windows channel by channel, then bias and activation."""
        out = _slide(self, builder, inputs[0], "weight")
        if self.bias:
            out = builder.bias(out, builder.parameter("bias"))
        return builder.activation(out, self.activation, activation_number(self))


class SeparableConv2D(Learned, frozen=True, kw_only=True, tag="separable_conv2d"):
    """y = f((x ∗ D) P + b): patterns in every channel, then sums of these, pixel by pixel.

    Shapes: x ``(batch, height, width, channels)``, D ``(kernel height, kernel width, channels,
    multiplier)``, P ``(1, 1, channels · multiplier, filters)``, b ``(filters,)``, y ``(batch,
    height', width', filters)``. Source: Chollet 2017, arXiv 1610.02357.
    """

    unit_axes: ClassVar[Mapping[str, tuple[int, int]]] = {"depthwise": (2, 4)}
    title: ClassVar[str] = "SeparableConv2D"
    category: ClassVar[str] = "convolution"
    help: ClassVar[str] = (
        "A Conv2D in two steps, first every channel by itself, then across channels: nearly as "
        "good with far fewer weights."
    )
    icon: ClassVar[str] = "mdi6.call-split"
    positional: ClassVar[tuple[str, ...]] = ("filters", "kernel", "activation")
    synonyms: ClassVar[tuple[str, ...]] = ("convolution", "xception", "mobilenet")

    filters: Annotated[int, FILTERS] = 16
    kernel: Annotated[tuple[Pixels, Pixels], KERNEL] = (3, 3)
    multiplier: Annotated[int, MULTIPLIER] = 1
    stride: Annotated[tuple[Pixels, Pixels], STRIDE] = (1, 1)
    padding: Annotated[AnyPadding, ANY_PADDING] = "valid"
    margin: Annotated[tuple[Margin, Margin], MARGIN] = (1, 1)
    activation: Annotated[ActivationKind, ACTIVATION] = "relu"
    dilation: Annotated[tuple[Pixels, Pixels], DILATION] = (1, 1)
    initializer: Annotated[InitializerKind, INITIALIZER] = "glorot_uniform"
    initializer_scale: Annotated[StartNumber | None, INITIALIZER_SCALE] = None
    initializer_low: Annotated[StartNumber | None, INITIALIZER_LOW] = None
    bias: Annotated[bool, BIAS] = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(height', width', filters)``. Raises: ShapeError."""
        return (*_count(self, inputs[0]), self.filters)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The kernels a channel, the sums across channels, and, if wanted, a bias a filter."""
        inner = inputs[0][2] * self.multiplier
        found = (
            _kernels(self, "depthwise", inputs[0][2]),
            Parameter(
                "pointwise", (1, 1, inner, self.filters), self.initializer, inner, self.filters
            ),
        )
        return (*found, Parameter("bias", (self.filters,))) if self.bias else found

    def summary(self) -> str:
        """``16 × 3×3, ReLU``."""
        text = window_text(self.kernel, self.stride, self.dilation)
        return f"{self.filters:,} × {text}, {ACTIVATION_TITLES[self.activation]}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Windows channel by channel, a product across channels, then bias and activation."""
        inner = _slide(self, builder, inputs[0], "depthwise")
        count = (inner.shape[0], inner.shape[1])
        pixels = builder.windows(inner.shape, (1, 1), (1, 1), (0, 0), count)
        out = builder.conv2d(inner, builder.parameter("pointwise"), pixels, self.filters)
        if self.bias:
            out = builder.bias(out, builder.parameter("bias"))
        return builder.activation(out, self.activation, activation_number(self))
