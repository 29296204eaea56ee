"""Random networks for the cross-checks: a seed gives a design, its data and its loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nndesigner.graph import Graph, Layer, Shape
from nndesigner.layers import (
    Activation,
    Add,
    Concatenate,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    MaxPool2D,
    SeparableConv2D,
)
from nndesigner.report import check

INNER = ("linear", "sigmoid", "tanh", "relu", "leaky_relu")
STYLES = ("sequential", "branching", "convolutional", "sequence")

#: The last activation and the loss: the usual pairs, and some that are merely allowed.
ENDINGS = (
    ("softmax", "categorical_crossentropy"),
    ("linear", "categorical_crossentropy"),
    ("sigmoid", "binary_crossentropy"),
    ("linear", "binary_crossentropy"),
    ("linear", "mse"),
    ("linear", "mae"),
    ("tanh", "mse"),
    ("softmax", "mse"),
    ("sigmoid", "mae"),
)


@dataclass(frozen=True, eq=False)
class Case:
    """A network to compare: its graph, one batch, and weights by ``node/parameter``."""

    style: str
    graph: Graph
    input_shape: Shape
    loss: str
    x: npt.NDArray[np.float64]
    #: Class labels ``(n,)`` for categorical cross-entropy, else ``(n, outputs)``.
    y: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    weights: dict[str, npt.NDArray[np.float64]]

    @property
    def labels(self) -> bool:
        """Whether a target is one class number."""
        return self.y.ndim == 1


class _Drawing:
    """A graph that grows; it knows the shape at each node."""

    def __init__(self, shape: Shape) -> None:
        self.graph = Graph().with_node(Input())
        self.start = self.graph.nodes[-1].id
        self.shapes: dict[str, Shape] = {self.start: shape}

    def put(self, layer: Layer, *sources: str) -> str:
        """Place a layer behind some nodes and give its id."""
        self.graph = self.graph.with_node(layer)
        node = self.graph.nodes[-1].id
        for source in sources:
            self.graph = self.graph.connected(source, node)
        self.shapes[node] = layer.output_shape(tuple(self.shapes[source] for source in sources))
        return node


def random_case(seed: int) -> Case:
    """The network of a seed; the styles and endings take turns."""
    generator = np.random.default_rng([2024, seed])
    style = STYLES[seed % len(STYLES)]
    if style == "convolutional":
        size = generator.integers(7, 12, size=2)
        shape: Shape = (int(size[0]), int(size[1]), int(generator.integers(1, 4)))
        drawing = _Drawing(shape)
        last = _convolutions(drawing, generator, seed // len(STYLES) % 5)
    elif style == "sequence":
        shape = (int(generator.integers(5, 12)), int(generator.integers(1, 4)))
        drawing = _Drawing(shape)
        last = _sequence(drawing, drawing.start, generator)
    else:
        shape = (int(generator.integers(1, 20)),)
        drawing = _Drawing(shape)
        grow = _chain if style == "sequential" else _branches
        last = grow(drawing, drawing.start, generator)
    final, loss = ENDINGS[(seed // len(STYLES)) % len(ENDINGS)]
    _end(drawing, last, final, loss, generator)
    graph = drawing.graph

    batch = int(generator.integers(1, 40))
    outputs = drawing.shapes[graph.nodes[-1].id][0]
    x = generator.normal(size=(batch, *shape))
    y: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    if loss == "categorical_crossentropy":
        y = generator.integers(0, outputs, size=batch)
    elif loss == "binary_crossentropy":
        y = generator.integers(0, 2, size=(batch, outputs)).astype(np.float64)
    else:
        y = generator.normal(size=(batch, outputs))
    weights = {
        f"{node}/{parameter.name}": generator.normal(size=parameter.shape)
        / np.sqrt(parameter.fan_in)
        for node, parameters in check(graph, shape).parameters.items()
        for parameter in parameters
    }
    return Case(style, graph, shape, loss, x, y, weights)


def _dense(generator: np.random.Generator, units: int | None = None) -> Dense:
    return Dense(
        units=units or int(generator.integers(1, 24)),
        activation=str(generator.choice(INNER)),  # type: ignore[arg-type]
        bias=bool(generator.random() < 0.8),
    )


def _activation(generator: np.random.Generator) -> Activation:
    return Activation(
        activation=str(generator.choice((*INNER, "softmax"))),  # type: ignore[arg-type]
        slope=float(generator.uniform(0.01, 0.4)),
    )


def _chain(drawing: _Drawing, node: str, generator: np.random.Generator) -> str:
    for _ in range(int(generator.integers(0, 4))):
        node = drawing.put(_dense(generator), node)
        if generator.random() < 0.3:
            node = drawing.put(_activation(generator), node)
    return node


def _branches(drawing: _Drawing, node: str, generator: np.random.Generator) -> str:
    """Diamonds: two to four ways from a node that meet again, one of them sometimes direct."""
    for _ in range(int(generator.integers(1, 3))):
        ways = [
            _chain(drawing, drawing.put(_dense(generator), node), generator)
            for _ in range(int(generator.integers(2, 4)))
        ]
        if generator.random() < 0.5:
            ways.append(node)
        if generator.random() < 0.5:
            node = drawing.put(Concatenate(), *ways)
        else:
            (units,) = drawing.shapes[ways[-1]]
            same = [drawing.put(_dense(generator, units), way) for way in ways[:-1]]
            node = drawing.put(Add(), *same, ways[-1])
        if generator.random() < 0.3:
            node = drawing.put(_activation(generator), node)
    return node


def _convolution(generator: np.random.Generator, filters: int | None = None) -> Conv2D:
    """With ``filters`` one that keeps the size of the image."""
    kernel = generator.integers(1, 4, size=2)
    stride = generator.choice([1, 1, 2], size=2)
    padding = "same" if filters else str(generator.choice(["valid", "same", "explicit"]))
    return Conv2D(
        filters=filters or int(generator.integers(1, 6)),
        kernel=(int(kernel[0]), int(kernel[1])),
        stride=(int(stride[0]), int(stride[1])) if filters is None else (1, 1),
        padding=padding,  # type: ignore[arg-type]
        margin=(int(generator.integers(0, 3)), 1),
        activation=str(generator.choice(INNER)),  # type: ignore[arg-type]
        bias=bool(generator.random() < 0.8),
    )


def _other_convolution(generator: np.random.Generator, channels: int, kind: int) -> Layer:
    """Depthwise, separable, transposed, dilated or in groups; none makes the image smaller."""
    kernel, share = generator.integers(1, 4, size=2), int(generator.integers(1, 3))
    window = (int(kernel[0]), int(kernel[1]))
    activation = str(generator.choice(INNER))
    match kind:
        case 0:
            return DepthwiseConv2D(
                kernel=window,
                multiplier=share,
                padding="same",
                activation=activation,  # type: ignore[arg-type]
            )
        case 1:
            return SeparableConv2D(
                filters=4,
                kernel=window,
                multiplier=share,
                padding="same",
                activation=activation,  # type: ignore[arg-type]
            )
        case 2:
            return Conv2DTranspose(
                filters=2,
                kernel=window,
                stride=(1, share),
                padding=str(generator.choice(["valid", "same"])),  # type: ignore[arg-type]
                activation=activation,  # type: ignore[arg-type]
            )
        case 3:
            return Conv2D(
                filters=3,
                kernel=window,
                dilation=(share, 2),
                padding="same",
                activation=activation,  # type: ignore[arg-type]
            )
    return Conv2D(filters=2 * channels, groups=channels, padding="same", activation=activation)  # type: ignore[arg-type]


def _sequence(drawing: _Drawing, node: str, generator: np.random.Generator) -> str:
    """Convolutions along one axis."""
    for _ in range(int(generator.integers(1, 4))):
        channels = drawing.shapes[node][1]
        groups = channels if generator.random() < 0.3 else 1
        layer = Conv1D(
            filters=groups * int(generator.integers(1, 4)),
            kernel=int(generator.integers(1, 4)),
            stride=int(generator.choice([1, 1, 2])),
            padding=str(generator.choice(["same", "explicit"])),  # type: ignore[arg-type]
            margin=2,
            dilation=int(generator.integers(1, 3)),
            groups=groups,
            activation=str(generator.choice(INNER)),  # type: ignore[arg-type]
            bias=bool(generator.random() < 0.8),
        )
        node = drawing.put(layer, node)
    return drawing.put(Flatten(), node)


def _pool(generator: np.random.Generator) -> MaxPool2D:
    window = generator.integers(1, 4, size=2)
    return MaxPool2D(
        window=(int(window[0]), int(window[1])),
        stride=None if generator.random() < 0.5 else (1, 2),
        padding="same" if generator.random() < 0.5 else "valid",
    )


def _convolutions(drawing: _Drawing, generator: np.random.Generator, kind: int) -> str:
    """Images to a line of numbers; the second layer is of a kind (0 to 4) that takes turns."""
    node = drawing.put(_convolution(generator), drawing.start)
    node = drawing.put(_other_convolution(generator, drawing.shapes[node][2], kind), node)
    for _ in range(int(generator.integers(1, 4))):
        height, width, channels = drawing.shapes[node]
        choice = generator.random()
        if choice < 0.35 and min(height, width) >= 3:
            node = drawing.put(_pool(generator), node)
        elif choice < 0.6:
            around = drawing.put(_convolution(generator, channels), node)
            node = drawing.put(Add(), around, node)
        elif choice < 0.75:
            beside = drawing.put(_convolution(generator, 2), node)
            node = drawing.put(Concatenate(), node, beside)
        elif choice < 0.9:
            node = drawing.put(
                _other_convolution(generator, channels, int(generator.integers(0, 5))), node
            )
        elif min(height, width) >= 3:
            node = drawing.put(_convolution(generator), node)
    node = drawing.put(Flatten(), node)
    return _chain(drawing, node, generator) if generator.random() < 0.5 else node


def _end(
    drawing: _Drawing, node: str, final: str, loss: str, generator: np.random.Generator
) -> None:
    """The output layer, its activation sometimes a layer of its own."""
    least = 2 if final == "softmax" or loss == "categorical_crossentropy" else 1
    units = int(generator.integers(least, 8))
    apart = final != "linear" and generator.random() < 0.4
    inside = "linear" if apart else final
    node = drawing.put(Dense(units=units, activation=inside), node)  # type: ignore[arg-type]
    if apart:
        drawing.put(Activation(activation=final), node)  # type: ignore[arg-type]
