"""Convolution over images of (height, width, channels)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec

from nndesigner.declare import setting
from nndesigner.errors import ShapeError
from nndesigner.graph import Parameter, Shape, shape_text
from nndesigner.layers.core import (
    ACTIVATION,
    BIAS,
    INITIALIZER,
    INITIALIZER_SCALE,
    Learned,
    StartNumber,
)
from nndesigner.learning.activations import ACTIVATION_TITLES, LEAKY_SLOPE, ActivationKind
from nndesigner.learning.initializers import InitializerKind

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value

Pixels = Annotated[int, msgspec.Meta(ge=1, le=1024)]
Padding = Literal["valid", "same"]
PADDING = setting(
    "Padding",
    "Valid uses whole windows only; same adds zeros so that stride 1 keeps the size.",
    titles={"valid": "Valid", "same": "Same"},
)


def window_length(size: int, kernel: int, stride: int, padding: Padding) -> int:
    """How many windows fit along one axis (0 or less when none does)."""
    if padding == "same":
        return -(-size // stride)
    return (size - kernel) // stride + 1


def padding_before(size: int, kernel: int, stride: int, padding: Padding) -> int:
    """The zeros added before the first pixel of an axis; any odd one goes after the last."""
    if padding == "valid":
        return 0
    whole = max(0, (window_length(size, kernel, stride, padding) - 1) * stride + kernel - size)
    return whole // 2


def window_shape(
    layer: Conv2D,
    shape: Shape,
    kernel: tuple[int, int],
    stride: tuple[int, int],
) -> tuple[int, int]:
    """The height and width after sliding a layer's window over an image.

    Raises: ShapeError when the input is no image or the window larger than it.
    """
    if len(shape) != 3:
        raise ShapeError(
            f"{layer.title} wants an image (height×width×channels), got {shape_text(shape)}: "
            "use Dense for table columns, or place it before Flatten"
        )
    height, width = (
        window_length(shape[axis], kernel[axis], stride[axis], layer.padding) for axis in (0, 1)
    )
    if height < 1 or width < 1:
        raise ShapeError(
            f"{layer.title}'s window {kernel[0]}×{kernel[1]} is larger than its input "
            f"{shape_text(shape)}: make it smaller, or set the padding to same",
            instead=("Set the padding to same", layer.changed(padding="same")),
        )
    return height, width


def _pair_text(pair: tuple[int, int]) -> str:
    return f"{pair[0]}×{pair[1]}"


class Conv2D(Learned, frozen=True, kw_only=True, tag="conv2d"):
    """y = f(x ∗ W + b): small windows slide over the image, one output channel a filter.

    Shapes: x ``(batch, height, width, channels)``, W ``(kernel height, kernel width, channels,
    filters)``, b ``(filters,)``, y ``(batch, height', width', filters)``. Like every framework this
    is cross-correlation: the kernel is not flipped.
    """

    title: ClassVar[str] = "Conv2D"
    category: ClassVar[str] = "convolution"
    help: ClassVar[str] = "Looks for small patterns everywhere in an image, one map a filter."
    icon: ClassVar[str] = "mdi6.grid"
    positional: ClassVar[tuple[str, ...]] = ("filters", "kernel", "activation")

    filters: Annotated[
        int, setting("Filters", "How many patterns to look for.", ge=1, le=65_536)
    ] = 16
    kernel: Annotated[
        tuple[Pixels, Pixels], setting("Kernel", "Height and width of the window.", unit="px")
    ] = (3, 3)
    stride: Annotated[
        tuple[Pixels, Pixels], setting("Stride", "How far the window moves at a time.", unit="px")
    ] = (1, 1)
    padding: Annotated[Padding, PADDING] = "valid"
    activation: Annotated[ActivationKind, ACTIVATION] = "relu"
    initializer: Annotated[InitializerKind, INITIALIZER] = "glorot_uniform"
    initializer_scale: Annotated[StartNumber | None, INITIALIZER_SCALE] = None
    bias: Annotated[bool, BIAS] = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(height', width', filters)``. Raises: ShapeError."""
        window = window_shape(self, inputs[0], self.kernel, self.stride)
        return (*window, self.filters)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The kernels and, if wanted, a bias a filter."""
        channels = inputs[0][2]
        area = self.kernel[0] * self.kernel[1]
        weight = Parameter(
            "weight",
            (*self.kernel, channels, self.filters),
            self.initializer,
            area * channels,
            area * self.filters,
        )
        return (weight, Parameter("bias", (self.filters,))) if self.bias else (weight,)

    def summary(self) -> str:
        """``16 filters 3×3, ReLU``."""
        text = f"{self.filters:,} × {_pair_text(self.kernel)}"
        if self.stride != (1, 1):
            text += f" /{self.stride[0] if self.stride[0] == self.stride[1] else self.stride}"
        return f"{text}, {ACTIVATION_TITLES[self.activation]}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Windows laid out as rows, a matrix product, then bias and activation."""
        before = tuple(
            padding_before(
                inputs[0].shape[axis], self.kernel[axis], self.stride[axis], self.padding
            )
            for axis in (0, 1)
        )
        shape = self.output_shape((inputs[0].shape,))
        out = builder.conv2d(
            inputs[0], builder.parameter("weight"), self.kernel, self.stride, before, shape
        )
        if self.bias:
            out = builder.bias(out, builder.parameter("bias"))
        return builder.activation(out, self.activation, LEAKY_SLOPE)
