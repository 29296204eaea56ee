"""Every layer that can be placed on the canvas, by kind."""

from __future__ import annotations

from nndesigner.graph import Layer
from nndesigner.layers.convolution import Conv1D, Conv2D
from nndesigner.layers.core import Activation, Dense, Input, Learned
from nndesigner.layers.depthwise import DepthwiseConv2D, SeparableConv2D
from nndesigner.layers.merge import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)
from nndesigner.layers.normalization import BatchNorm, GroupNorm, LayerNorm
from nndesigner.layers.pooling import (
    AveragePool1D,
    AveragePool2D,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool1D,
    MaxPool2D,
)
from nndesigner.layers.regularization import Dropout, GaussianNoise, SpatialDropout
from nndesigner.layers.shape import Cropping, Flatten, Permute, Reshape, UpSampling, ZeroPadding
from nndesigner.layers.transposed import Conv2DTranspose

#: In the order of the palette: within a category what is used most comes first.
LAYERS: dict[str, type[Layer]] = {
    cls.kind_name(): cls
    for cls in (
        Input,
        Dense,
        Activation,
        Conv2D,
        DepthwiseConv2D,
        SeparableConv2D,
        Conv2DTranspose,
        Conv1D,
        MaxPool2D,
        AveragePool2D,
        GlobalAveragePool,
        GlobalMaxPool,
        MaxPool1D,
        AveragePool1D,
        BatchNorm,
        LayerNorm,
        GroupNorm,
        Dropout,
        SpatialDropout,
        GaussianNoise,
        Flatten,
        Reshape,
        Permute,
        ZeroPadding,
        Cropping,
        UpSampling,
        Add,
        Concatenate,
        Subtract,
        Multiply,
        Average,
        Maximum,
        Minimum,
        Dot,
    )
}

CATEGORIES: dict[str, str] = {
    "core": "Core",
    "convolution": "Convolution",
    "pooling": "Pooling",
    "normalization": "Normalisation",
    "regularization": "Regularisation",
    "shape": "Shape",
    "merge": "Merge",
}

__all__ = [
    "CATEGORIES",
    "LAYERS",
    "Activation",
    "Add",
    "Average",
    "AveragePool1D",
    "AveragePool2D",
    "BatchNorm",
    "Concatenate",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Cropping",
    "Dense",
    "DepthwiseConv2D",
    "Dot",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "GroupNorm",
    "Input",
    "LayerNorm",
    "Learned",
    "MaxPool1D",
    "MaxPool2D",
    "Maximum",
    "Minimum",
    "Multiply",
    "Permute",
    "Reshape",
    "SeparableConv2D",
    "SpatialDropout",
    "Subtract",
    "UpSampling",
    "ZeroPadding",
]
