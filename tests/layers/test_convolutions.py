"""Shapes of convolutions are those of Keras, old files open, and what does not fit is explained."""

from __future__ import annotations

import msgspec
import pytest

from nndesigner.errors import ShapeError
from nndesigner.graph import Layer, Shape
from nndesigner.layers import Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D


@pytest.mark.parametrize(
    ("layer", "shape", "expected", "parameters"),
    [
        (Conv2D(filters=8, dilation=(2, 2)), (9, 9, 4), (5, 5, 8), 3 * 3 * 4 * 8 + 8),
        (Conv2D(filters=8, groups=2), (9, 9, 4), (7, 7, 8), 3 * 3 * 2 * 8 + 8),
        (Conv2D(padding="explicit", margin=(2, 0)), (9, 9, 1), (11, 7, 16), 160),
        (Conv2D(padding="same", stride=(2, 3)), (9, 9, 1), (5, 3, 16), 160),
        (DepthwiseConv2D(multiplier=3), (9, 9, 4), (7, 7, 12), 3 * 3 * 4 * 3 + 12),
        (SeparableConv2D(filters=5, multiplier=2), (9, 9, 4), (7, 7, 5), 72 + 8 * 5 + 5),
        (Conv2DTranspose(filters=5), (4, 6, 3), (8, 12, 5), 3 * 3 * 5 * 3 + 5),
        (Conv2DTranspose(filters=5, padding="valid"), (4, 6, 3), (9, 13, 5), 140),
        (Conv2DTranspose(filters=5, padding="explicit"), (4, 6, 3), (7, 11, 5), 140),
        (Conv2DTranspose(stride=(4, 4), padding="valid"), (4, 6, 1), (16, 24, 16), 160),
        (Conv1D(filters=6, kernel=5, padding="same"), (20, 3), (20, 6), 5 * 3 * 6 + 6),
        (Conv1D(filters=6, dilation=4), (20, 3), (12, 6), 60),
    ],
)
def test_shapes_and_parameters(
    layer: Layer, shape: Shape, expected: Shape, parameters: int
) -> None:
    assert layer.output_shape((shape,)) == expected
    assert sum(array.size for array in layer.parameters((shape,))) == parameters


def test_what_was_saved_before_there_were_margins_opens() -> None:
    saved = b'{"kind": "conv2d", "filters": 8, "stride": [2, 1], "padding": "same"}'
    layer = msgspec.json.decode(saved, type=Conv2D)
    assert layer == Conv2D(filters=8, stride=(2, 1), padding="same")
    assert layer.output_shape(((9, 9, 1),)) == (5, 9, 8)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Conv2D(groups=3), (9, 9, 4), "3 groups cannot share 4 channels evenly"),
        (Conv2D(filters=9, groups=2), (9, 9, 4), "2 groups cannot share 9 filters evenly"),
        (Conv2D(dilation=(5, 1)), (9, 9, 1), "window 11×3 is larger than its input 9×9×1"),
        (DepthwiseConv2D(), (9,), "DepthwiseConv2D wants an image"),
        (Conv1D(), (9, 9, 1), "Conv1D wants a sequence.*use Conv2D for images"),
        (Conv1D(), (9,), "Conv1D wants a sequence.*Reshape"),
        (
            Conv2DTranspose(padding="explicit", margin=(9, 9)),
            (4, 4, 1),
            "margin 9×9 leaves nothing of its input 4×4×1",
        ),
    ],
)
def test_what_does_not_fit_is_explained(layer: Layer, shape: Shape, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        layer.output_shape((shape,))


def test_the_card_tells_stride_and_dilation() -> None:
    assert Conv2D().summary() == "16 × 3×3, ReLU"
    assert Conv2D(stride=(2, 2), dilation=(2, 1)).summary() == "16 × 3×3 /2 ⋅2×1, ReLU"
    assert DepthwiseConv2D(multiplier=2).summary() == "2 × 3×3 a channel, ReLU"
