"""How windows slide over an image: what convolution and pooling have in common."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

import msgspec

from nndesigner.declare import setting
from nndesigner.errors import ShapeError
from nndesigner.graph import Layer, Shape, shape_text

Pair = tuple[int, int]
Pixels = Annotated[int, msgspec.Meta(ge=1, le=1024)]
Margin = Annotated[int, msgspec.Meta(ge=0, le=1024)]
Padding = Literal["valid", "same"]
#: ``explicit`` adds as many zeros a side as the field ``margin`` says.
AnyPadding = Literal["valid", "same", "explicit"]

PADDING = setting(
    "Padding",
    "Valid uses whole windows only; same adds zeros so that stride 1 keeps the size.",
    titles={"valid": "Valid", "same": "Same"},
)
ANY_PADDING = setting(
    "Padding",
    "Valid uses whole windows only; same adds zeros so that stride 1 keeps the size; explicit adds "
    "the margin that you give.",
    titles={"valid": "Valid", "same": "Same", "explicit": "Explicit"},
)
MARGIN = setting(
    "Margin",
    "Zeros above and below, and to the left and right, for explicit padding.",
    unit="px",
    when=("padding", ("explicit",)),
)
KERNEL = setting("Kernel", "Height and width of the window.", unit="px")
STRIDE = setting("Stride", "How far the window moves at a time.", unit="px")
DILATION = setting(
    "Dilation",
    "The distance of the pixels that a window looks at; 1 is side by side, more sees further.",
    unit="px",
    advanced=True,
)


class Padded(Protocol):
    """A layer with a choice of padding."""

    @property
    def padding(self) -> AnyPadding:
        """The choice."""


def reach(kernel: int, dilation: int) -> int:
    """The pixels from the first to the last that a window looks at."""
    return (kernel - 1) * dilation + 1


def window_length(size: int, kernel: int, stride: int, padding: AnyPadding, margin: int = 0) -> int:
    """How many windows fit along one axis (0 or less when none does)."""
    if padding == "same":
        return -(-size // stride)
    around = 2 * margin if padding == "explicit" else 0
    return (size + around - kernel) // stride + 1


def padding_before(
    size: int, kernel: int, stride: int, padding: AnyPadding, margin: int = 0
) -> int:
    """The zeros added before the first pixel of an axis; any odd one goes after the last."""
    if padding != "same":
        return margin if padding == "explicit" else 0
    whole = max(0, (window_length(size, kernel, stride, padding) - 1) * stride + kernel - size)
    return whole // 2


def check_image(layer: Layer, shape: Shape) -> None:
    """Raises: ShapeError when the input is no image."""
    if len(shape) != 3:
        raise ShapeError(
            f"{layer.title} wants an image (height×width×channels), got {shape_text(shape)}: "
            "use Dense for table columns, or place it before Flatten"
        )


def check_fits(layer: Layer, kernel: tuple[int, ...], count: tuple[int, ...], shape: Shape) -> None:
    """Raises: ShapeError when no window fits into the input."""
    if min(count) < 1:
        raise ShapeError(
            f"{layer.title}'s window {size_text(kernel)} is larger than its input "
            f"{shape_text(shape)}: make it smaller, or set the padding to same",
            instead=("Set the padding to same", layer.changed(padding="same")),
        )


def size_text(sizes: tuple[int, ...]) -> str:
    """``3×3``."""
    return "×".join(str(size) for size in sizes)


def window_text(
    kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...] = (1,)
) -> str:
    """``3×3 /2 ⋅2``: the window, its stride and its dilation where they are not 1."""
    text = size_text(kernel)
    for mark, sizes in (("/", stride), ("⋅", dilation)):
        if max(sizes) > 1:
            text += f" {mark}{sizes[0] if len(set(sizes)) == 1 else size_text(sizes)}"
    return text


class Sliding(Padded, Protocol):
    """A layer whose windows have all settings."""

    @property
    def kernel(self) -> Pair:
        """Height and width."""

    @property
    def stride(self) -> Pair:
        """Down and across."""

    @property
    def margin(self) -> Pair:
        """Zeros above and below, to the left and right."""

    @property
    def dilation(self) -> Pair:
        """Down and across."""


def counted(layer: Sliding, shape: Shape) -> tuple[Pair, Pair]:
    """How many windows fit down and across, and the zeros above and to the left."""
    count, before = [], []
    for axis in (0, 1):
        size, kernel = shape[axis], reach(layer.kernel[axis], layer.dilation[axis])
        stride, margin = layer.stride[axis], layer.margin[axis]
        count.append(window_length(size, kernel, stride, layer.padding, margin))
        before.append(padding_before(size, kernel, stride, layer.padding, margin))
    return (count[0], count[1]), (before[0], before[1])


def reached(layer: Sliding) -> Pair:
    """Height and width from the first to the last pixel that a window looks at."""
    return (
        reach(layer.kernel[0], layer.dilation[0]),
        reach(layer.kernel[1], layer.dilation[1]),
    )
