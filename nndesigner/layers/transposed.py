"""Transposed convolution: from a small image to a larger one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from nndesigner.declare import setting
from nndesigner.errors import ShapeError
from nndesigner.graph import Parameter, Shape, shape_text
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
    DILATION,
    KERNEL,
    AnyPadding,
    Margin,
    Pixels,
    check_image,
    reached,
    window_text,
)
from nndesigner.learning.activations import ACTIVATION_TITLES, ActivationKind, activation_number
from nndesigner.learning.initializers import InitializerKind

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value


def transposed_length(
    size: int, reach: int, stride: int, padding: AnyPadding, margin: int = 0
) -> int:
    """The pixels that a transposed convolution makes of ``size`` along one axis, as in Keras."""
    if padding == "same":
        return size * stride
    whole = size * stride + max(0, reach - stride)
    return whole - 2 * margin if padding == "explicit" else whole


def transposed_before(reach: int, stride: int, padding: AnyPadding, margin: int = 0) -> int:
    """The pixels of the first window that lie outside of what is made."""
    if padding == "same":
        return max(0, reach - stride) // 2
    return margin if padding == "explicit" else 0


class Conv2DTranspose(Learned, frozen=True, kw_only=True, tag="conv2d_transpose"):
    """y = f(Wᵀ x + b): every pixel paints a window, and windows that overlap add up.

    This is the way back of a Conv2D that leads from y to x. Shapes: x ``(batch, height, width,
    channels)``, W ``(kernel height, kernel width, filters, channels)``, b ``(filters,)``, y
    ``(batch, height', width', filters)`` with height' = height · stride for same padding, else
    height · stride + max(0, kernel - stride), less twice the margin.
    """

    unit_axes: ClassVar[Mapping[str, tuple[int, int]]] = {"weight": (2, 3)}
    title: ClassVar[str] = "Conv2DTranspose"
    category: ClassVar[str] = "convolution"
    help: ClassVar[str] = (
        "Makes an image larger: every pixel paints a small pattern, as a decoder needs."
    )
    icon: ClassVar[str] = "mdi6.arrow-expand-all"
    positional: ClassVar[tuple[str, ...]] = ("filters", "kernel", "activation")
    synonyms: ClassVar[tuple[str, ...]] = ("deconvolution", "upsampling", "decoder")

    filters: Annotated[int, setting("Filters", "How many channels to make.", ge=1, le=65_536)] = 16
    kernel: Annotated[tuple[Pixels, Pixels], KERNEL] = (3, 3)
    stride: Annotated[
        tuple[Pixels, Pixels],
        setting("Stride", "How many times larger the image becomes.", unit="px"),
    ] = (2, 2)
    padding: Annotated[
        AnyPadding,
        setting(
            "Padding",
            "Same gives stride times the size; valid keeps all that is painted; explicit cuts the "
            "margin off each side.",
            titles={"valid": "Valid", "same": "Same", "explicit": "Explicit"},
        ),
    ] = "same"
    margin: Annotated[
        tuple[Margin, Margin],
        setting(
            "Margin",
            "Pixels cut off above and below, and to the left and right, for explicit padding.",
            unit="px",
            when=("padding", ("explicit",)),
        ),
    ] = (1, 1)
    activation: Annotated[ActivationKind, ACTIVATION] = "relu"
    dilation: Annotated[tuple[Pixels, Pixels], DILATION] = (1, 1)
    initializer: Annotated[InitializerKind, INITIALIZER] = "glorot_uniform"
    initializer_scale: Annotated[StartNumber | None, INITIALIZER_SCALE] = None
    initializer_low: Annotated[StartNumber | None, INITIALIZER_LOW] = None
    bias: Annotated[bool, BIAS] = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(height', width', filters)``. Raises: ShapeError."""
        check_image(self, inputs[0])
        reach = reached(self)
        height, width = (
            transposed_length(
                inputs[0][axis], reach[axis], self.stride[axis], self.padding, self.margin[axis]
            )
            for axis in (0, 1)
        )
        if min(height, width) < 1:
            raise ShapeError(
                f"{self.title}'s margin {self.margin[0]}×{self.margin[1]} leaves nothing of its "
                f"input {shape_text(inputs[0])}: make it smaller, or set the padding to same",
                instead=("Set the padding to same", self.changed(padding="same")),
            )
        return (height, width, self.filters)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The kernels and, if wanted, a bias a filter."""
        channels, area = inputs[0][2], self.kernel[0] * self.kernel[1]
        weight = Parameter(
            "weight",
            (*self.kernel, self.filters, channels),
            self.initializer,
            area * channels,
            area * self.filters,
        )
        return (weight, Parameter("bias", (self.filters,))) if self.bias else (weight,)

    def summary(self) -> str:
        """``16 × 3×3 /2, ReLU``."""
        text = window_text(self.kernel, self.stride, self.dilation)
        return f"{self.filters:,} × {text}, {ACTIVATION_TITLES[self.activation]}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """The way back of the convolution from the larger image, then bias and activation."""
        x, reach = inputs[0], reached(self)
        before = (
            transposed_before(reach[0], self.stride[0], self.padding, self.margin[0]),
            transposed_before(reach[1], self.stride[1], self.padding, self.margin[1]),
        )
        windows = builder.windows(
            self.output_shape((x.shape,)), self.kernel, self.stride, before,
            (x.shape[0], x.shape[1]), self.dilation,
        )  # fmt: skip
        out = builder.conv2d_transposed(x, builder.parameter("weight"), windows)
        if self.bias:
            out = builder.bias(out, builder.parameter("bias"))
        return builder.activation(out, self.activation, activation_number(self))
