"""Convolution: windows with weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.lowering.base import Lowering, Shape, Slot, Value

#: Scratch numbers for copied windows, a shard: 512 KiB of float32 stay in a core's cache.
_WINDOW_NUMBERS = 131_072
#: The most weights for which reading windows in place pays: they are read for every few windows.
_MOST_WEIGHTS = 1_048_576
#: Numbers of the widest register, by which rows may be longer in scratch.
_LANES = 16
#: Windows that a tile takes at a time, at the most.
_TALLEST = 8

Pair = tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """How windows slide over an image ``(height, width, channels)``, to ``count`` places."""

    image: Shape
    kernel: Pair
    stride: Pair
    #: Zeros above and to the left.
    before: Pair
    count: Pair
    dilation: Pair = (1, 1)

    @property
    def form(self) -> tuple[int, ...]:
        """The numbers as `kernels.convolution` takes them."""
        return (
            *self.image, *self.kernel, *self.stride, *self.before, *self.count, *self.dilation,
        )  # fmt: skip

    @property
    def places(self) -> int:
        """How many windows there are."""
        return math.prod(self.count)

    @property
    def padded(self) -> Pair:
        """Height and width as far as windows reach."""
        high, wide = (
            (self.count[i] - 1) * self.stride[i] + (self.kernel[i] - 1) * self.dilation[i] + 1
            for i in (0, 1)
        )
        return high, wide


@dataclass
class Convolutions(Lowering):
    """Images to maps of what was found in them."""

    def windows(
        self,
        image: Shape,
        kernel: Pair,
        stride: Pair,
        before: Pair,
        count: Pair,
        dilation: Pair = (1, 1),
    ) -> Windows:
        """How windows slide: what the methods below are told."""
        return Windows(image, kernel, stride, before, count, dilation)

    def conv2d(
        self, x: Value, weight: Slot, windows: Windows, filters: int, groups: int = 1
    ) -> Value:
        """Windows of x times W. Shapes: W ``(kh, kw, channels / groups, filters)``.

        Each group of filters sees its own share of the channels.
        """
        out = self._value((*windows.count, filters), trained=weight.trainable or self._learns(x))
        self._convolve(ops.CONV2D, x, out, weight, windows, filters, groups)
        return out

    def conv2d_transposed(self, x: Value, weight: Slot, windows: Windows) -> Value:
        """x times W', put back into the windows of an image.

        ``windows`` are those of the convolution that leads the other way, from the image that is
        made to x. Shapes: x ``(*windows.count, channels)``, W ``(kh, kw, filters, channels)``.
        """
        out = self._value(windows.image, trained=weight.trainable or self._learns(x))
        self._convolve(ops.TRANSPOSED, x, out, weight, windows, x.shape[2], 1)
        return out

    def depthwise(self, x: Value, weight: Slot, windows: Windows, multiplier: int) -> Value:
        """Windows of x times W, each channel by itself.

        Shapes: W ``(kh, kw, channels, multiplier)``, result ``(*count, channels * multiplier)``.
        """
        channels = windows.image[2]
        shape = (*windows.count, channels * multiplier)
        out = self._value(shape, trained=weight.trainable or self._learns(x))
        self._scratch = max(self._scratch, weight.size)
        self._write(
            ops.DEPTHWISE, out.size, a=x, out=out, slot=weight,
            numbers=(*windows.form, multiplier), gives="a",
        )  # fmt: skip
        self._flops += 2 * windows.places * weight.size * self._ways(x, weight)
        return out

    def _convolve(
        self, op: int, x: Value, out: Value, weight: Slot, windows: Windows, filters: int,
        groups: int,
    ) -> None:  # fmt: skip
        depth = math.prod(windows.kernel) * windows.image[2] // groups
        group = max(1, _WINDOW_NUMBERS // (windows.places * depth))
        scratch = group * windows.places * depth
        how = ops.COPIED
        whole = windows.before == (0, 0) and windows.count == windows.image[:2]
        if groups == 1 and windows.kernel == windows.stride == (1, 1) and whole:
            how = ops.POINTWISE
        elif groups == 1 and windows.dilation[1] == 1:
            packed = depth * (filters + _LANES)
            if packed <= _MOST_WEIGHTS:
                how = ops.DIRECT
                image = math.prod(windows.padded) * windows.image[2]
                back = (filters + _TALLEST) * (depth + _LANES)
                scratch = max(packed + image + _LANES, back)
        self._scratch = max(self._scratch, scratch)
        self._write(
            op, out.size, a=x, out=out, slot=weight,
            numbers=(*windows.form, filters, groups, group, how), gives="a",
        )  # fmt: skip
        self._flops += 2 * windows.places * depth * filters * self._ways(x, weight)

    def _ways(self, x: Value, weight: Slot) -> int:
        """The products of forward and backward."""
        return 1 + weight.trainable + self._learns(x)
