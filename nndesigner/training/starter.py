"""A first network for data that nobody has drawn one for."""

from __future__ import annotations

import math

from nndesigner.data.dataset import Spec
from nndesigner.graph import Graph, Layer
from nndesigner.layers import Conv2D, Dense, Flatten, Input, MaxPool2D

#: From this height and width on, an image is looked at through windows that slide over it.
_WINDOW_SIDE = 12


def starter(spec: Spec) -> Graph:
    """A small network that suits the data: a place to start from, not a recommendation.

    Tables get two hidden layers, small images one, larger ones two convolutions with pooling. Rows
    that are their own targets get a narrow layer in the middle, which they must pass through.
    """
    layers: list[Layer] = [Input()]
    if spec.same_as_input:
        numbers = math.prod(spec.input_shape)
        if len(spec.input_shape) == 3:
            layers.append(Flatten())
        wide, narrow = min(128, max(4, numbers)), min(16, max(1, numbers // 2))
        middle = Dense(units=narrow, activation="linear")  # it passes on all that fits through
        layers += [Dense(units=wide), middle, Dense(units=wide)]
        return Graph.chain([*layers, Dense(units=numbers, activation="linear")])
    if len(spec.input_shape) == 3:
        height, width, _ = spec.input_shape
        if min(height, width) >= _WINDOW_SIDE:
            for filters in (16, 32):
                layers += [Conv2D(filters=filters, padding="same"), MaxPool2D()]
        layers += [Flatten(), Dense(units=64)]
    else:
        layers += [Dense(units=32), Dense(units=16)]
    if spec.task == "regression":
        layers.append(Dense(units=spec.outputs, activation="linear"))
    else:
        layers.append(Dense(units=spec.outputs, activation="softmax"))
    return Graph.chain(layers)
