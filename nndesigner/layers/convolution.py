"""Convolution over images of (height, width, channels) and sequences of (length, channels)."""

from __future__ import annotations

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
    ANY_PADDING,
    DILATION,
    KERNEL,
    MARGIN,
    STRIDE,
    AnyPadding,
    Margin,
    Pixels,
    check_fits,
    check_image,
    counted,
    padding_before,
    reach,
    reached,
    window_length,
    window_text,
)
from nndesigner.learning.activations import ACTIVATION_TITLES, ActivationKind, activation_number
from nndesigner.learning.initializers import InitializerKind

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value

#: More filters than any layer on one machine can use.
MOST_FILTERS = 65_536

FILTERS = setting("Filters", "How many patterns to look for.", ge=1, le=MOST_FILTERS)
GROUPS = setting(
    "Groups",
    "Shares channels and filters out: each group of filters sees its own channels only.",
    ge=1,
    le=MOST_FILTERS,
    advanced=True,
)


def check_groups(layer: Conv2D | Conv1D, channels: int) -> None:
    """Raises: ShapeError when the groups do not share out channels and filters evenly."""
    for what, count in (("channels", channels), ("filters", layer.filters)):
        if count % layer.groups:
            raise ShapeError(
                f"{layer.title}'s {layer.groups} groups cannot share {count} {what} evenly: "
                f"choose a number of groups that divides {channels} channels and "
                f"{layer.filters} filters",
                instead=("Use one group", layer.changed(groups=1)),
            )


class Conv2D(Learned, frozen=True, kw_only=True, tag="conv2d"):
    """y = f(x ∗ W + b): small windows slide over the image, one output channel a filter.

    Shapes: x ``(batch, height, width, channels)``, W ``(kernel height, kernel width, channels /
    groups, filters)``, b ``(filters,)``, y ``(batch, height', width', filters)``. Like every
    framework this is cross-correlation: the kernel is not flipped.
    """

    title: ClassVar[str] = "Conv2D"
    category: ClassVar[str] = "convolution"
    help: ClassVar[str] = "Looks for small patterns everywhere in an image, one map a filter."
    icon: ClassVar[str] = "mdi6.grid"
    positional: ClassVar[tuple[str, ...]] = ("filters", "kernel", "activation")
    synonyms: ClassVar[tuple[str, ...]] = ("convolution", "dilated", "atrous", "grouped")

    filters: Annotated[int, FILTERS] = 16
    kernel: Annotated[tuple[Pixels, Pixels], KERNEL] = (3, 3)
    stride: Annotated[tuple[Pixels, Pixels], STRIDE] = (1, 1)
    padding: Annotated[AnyPadding, ANY_PADDING] = "valid"
    margin: Annotated[tuple[Margin, Margin], MARGIN] = (1, 1)
    activation: Annotated[ActivationKind, ACTIVATION] = "relu"
    dilation: Annotated[tuple[Pixels, Pixels], DILATION] = (1, 1)
    groups: Annotated[int, GROUPS] = 1
    initializer: Annotated[InitializerKind, INITIALIZER] = "glorot_uniform"
    initializer_scale: Annotated[StartNumber | None, INITIALIZER_SCALE] = None
    initializer_low: Annotated[StartNumber | None, INITIALIZER_LOW] = None
    bias: Annotated[bool, BIAS] = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(height', width', filters)``. Raises: ShapeError."""
        check_image(self, inputs[0])
        check_groups(self, inputs[0][2])
        count, _ = counted(self, inputs[0])
        check_fits(self, reached(self), count, inputs[0])
        return (*count, self.filters)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The kernels and, if wanted, a bias a filter."""
        return _parameters(self, self.kernel, inputs[0][2])

    def summary(self) -> str:
        """``16 × 3×3, ReLU``."""
        text = window_text(self.kernel, self.stride, self.dilation)
        return f"{self.filters:,} × {text}, {ACTIVATION_TITLES[self.activation]}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Windows times the weights, then bias and activation."""
        count, before = counted(self, inputs[0].shape)
        windows = builder.windows(
            inputs[0].shape, self.kernel, self.stride, before, count, self.dilation
        )
        weight = builder.parameter("weight")
        out = builder.conv2d(inputs[0], weight, windows, self.filters, self.groups)
        if self.bias:
            out = builder.bias(out, builder.parameter("bias"))
        return builder.activation(out, self.activation, activation_number(self))


def _parameters(
    layer: Conv2D | Conv1D, kernel: tuple[int, ...], channels: int
) -> tuple[Parameter, ...]:
    """Kernels and bias. A number of y sees one group's channels, one of x its filters."""
    area = 1
    for size in kernel:
        area *= size
    weight = Parameter(
        "weight",
        (*kernel, channels // layer.groups, layer.filters),
        layer.initializer,
        area * channels // layer.groups,
        area * layer.filters // layer.groups,
    )
    return (weight, Parameter("bias", (layer.filters,))) if layer.bias else (weight,)


class Conv1D(Learned, frozen=True, kw_only=True, tag="conv1d"):
    """y = f(x ∗ W + b): windows slide along a sequence, one output channel a filter.

    Shapes: x ``(batch, length, channels)``, W ``(kernel, channels / groups, filters)``, b
    ``(filters,)``, y ``(batch, length', filters)``.
    """

    title: ClassVar[str] = "Conv1D"
    category: ClassVar[str] = "convolution"
    help: ClassVar[str] = "Looks for short patterns everywhere along a sequence, one row a filter."
    icon: ClassVar[str] = "mdi6.pulse"
    positional: ClassVar[tuple[str, ...]] = ("filters", "kernel", "activation")
    synonyms: ClassVar[tuple[str, ...]] = ("convolution", "sequence", "signal", "time series")

    filters: Annotated[int, FILTERS] = 16
    kernel: Annotated[int, setting("Kernel", "How many steps the window spans.", ge=1, le=1024)] = 3
    stride: Annotated[
        int, setting("Stride", "How far the window moves at a time.", ge=1, le=1024)
    ] = 1
    padding: Annotated[AnyPadding, ANY_PADDING] = "valid"
    margin: Annotated[
        int,
        setting(
            "Margin", "Zeros before and behind, for explicit padding.", ge=0, le=1024,
            when=("padding", ("explicit",)),
        ),
    ] = 1  # fmt: skip
    activation: Annotated[ActivationKind, ACTIVATION] = "relu"
    dilation: Annotated[
        int,
        setting(
            "Dilation", "The distance of the steps that a window looks at; 1 is side by side.",
            ge=1, le=1024, advanced=True,
        ),
    ] = 1  # fmt: skip
    groups: Annotated[int, GROUPS] = 1
    initializer: Annotated[InitializerKind, INITIALIZER] = "glorot_uniform"
    initializer_scale: Annotated[StartNumber | None, INITIALIZER_SCALE] = None
    initializer_low: Annotated[StartNumber | None, INITIALIZER_LOW] = None
    bias: Annotated[bool, BIAS] = True

    @property
    def _reach(self) -> int:
        return reach(self.kernel, self.dilation)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(length', filters)``. Raises: ShapeError."""
        if len(inputs[0]) != 2:
            raise ShapeError(
                f"{self.title} wants a sequence (length×channels), got {shape_text(inputs[0])}: "
                + (
                    "use Conv2D for images"
                    if len(inputs[0]) == 3
                    else "add Reshape before it, or use Dense for table columns"
                )
            )
        length, channels = inputs[0]
        check_groups(self, channels)
        count = window_length(length, self._reach, self.stride, self.padding, self.margin)
        check_fits(self, (self._reach,), (count,), inputs[0])
        return (count, self.filters)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The kernels and, if wanted, a bias a filter."""
        return _parameters(self, (self.kernel,), inputs[0][1])

    def summary(self) -> str:
        """``16 × 3, ReLU``."""
        text = window_text((self.kernel,), (self.stride,), (self.dilation,))
        return f"{self.filters:,} × {text}, {ACTIVATION_TITLES[self.activation]}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """The convolution of an image that is one pixel high."""
        length, channels = inputs[0].shape
        count, filters = self.output_shape((inputs[0].shape,))
        before = padding_before(length, self._reach, self.stride, self.padding, self.margin)
        image = builder.reshape(inputs[0], (1, length, channels))
        windows = builder.windows(
            image.shape, (1, self.kernel), (1, self.stride), (0, before), (1, count),
            (1, self.dilation),
        )  # fmt: skip
        out = builder.conv2d(image, builder.parameter("weight"), windows, filters, self.groups)
        if self.bias:
            out = builder.bias(out, builder.parameter("bias"))
        out = builder.activation(out, self.activation, activation_number(self))
        return builder.reshape(out, (count, filters))
