"""Every layer that can be placed on the canvas, by kind."""

from __future__ import annotations

from nndesigner.graph import Layer
from nndesigner.layers.convolution import Conv2D, MaxPool2D
from nndesigner.layers.core import Activation, Dense, Dropout, Input
from nndesigner.layers.merge import Add, Concatenate
from nndesigner.layers.shape import Flatten

#: In the order of the palette.
LAYERS: dict[str, type[Layer]] = {
    cls.kind_name(): cls
    for cls in (
        Input,
        Dense,
        Activation,
        Conv2D,
        MaxPool2D,
        Flatten,
        Dropout,
        Add,
        Concatenate,
    )
}

CATEGORIES: dict[str, str] = {
    "core": "Core",
    "convolution": "Convolution and pooling",
    "shape": "Shape",
    "regularization": "Regularization",
    "merge": "Merge",
}

__all__ = [
    "CATEGORIES",
    "LAYERS",
    "Activation",
    "Add",
    "Concatenate",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "MaxPool2D",
]
