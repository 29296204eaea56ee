"""Random networks for the cross-checks: hypothesis draws a design around one kind of layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import assume
from hypothesis import strategies as st

from nndesigner.declare import Field, fields_of
from nndesigner.errors import DesignerError, ShapeError
from nndesigner.graph import Graph, Layer, Shape, shape_text
from nndesigner.layers import LAYERS, Activation, Dense, Flatten, Input, Permute, Reshape
from nndesigner.report import check

#: Every layer that can be placed.
KINDS = tuple(kind for kind in LAYERS if kind != "input")
SINGLE = tuple(kind for kind in KINDS if LAYERS[kind].arity == (1, 1))
MERGES = tuple(kind for kind in KINDS if LAYERS[kind].arity[0] > 1)
STYLES = ("sequential", "branching", "convolutional")

#: The last activation and the loss: the usual pairs, and some that are merely allowed.
ENDINGS = (
    ("linear", "mse"),
    ("softmax", "categorical_crossentropy"),
    ("linear", "categorical_crossentropy"),
    ("sigmoid", "binary_crossentropy"),
    ("linear", "binary_crossentropy"),
    ("linear", "mae"),
    ("linear", "half_mse"),
    ("linear", "huber"),
    ("linear", "log_cosh"),
    ("tanh", "mse"),
    ("softmax", "mse"),
    ("sigmoid", "mae"),
)
#: More numbers a row make a case slow and hard to read.
_MOST_NUMBERS = 400
#: Settings that say how weights start, which the cases bring along themselves.
_NOT_DRAWN = ("initializer", "initializer_scale", "initializer_low")


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

    def __repr__(self) -> str:
        """The network as people read it: a line a layer."""
        lines = [f"{self.style}, {self.loss}, {len(self.x)} rows of {shape_text(self.input_shape)}"]
        for node in self.graph.nodes:
            sources = ", ".join(self.graph.sources(node.id))
            lines.append(f"    {node.id} <- {sources}: {node.layer}")
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How hypothesis shows it."""
        printer.text(repr(self))


@dataclass
class Drawing:
    """A graph that grows; it knows the shape at each node."""

    draw: Callable[..., Any]
    shape: Shape
    graph: Graph = field(init=False)
    shapes: dict[str, Shape] = field(init=False)
    start: str = field(init=False)

    def __post_init__(self) -> None:
        self.graph = Graph().with_node(Input())
        self.start = self.graph.nodes[-1].id
        self.shapes = {self.start: self.shape}

    def put(self, layer: Layer, *sources: str) -> str:
        """Place a layer behind some nodes and give its id."""
        self.graph = self.graph.with_node(layer)
        node = self.graph.nodes[-1].id
        for source in sources:
            self.graph = self.graph.connected(source, node)
        self.shapes[node] = layer.output_shape(tuple(self.shapes[source] for source in sources))
        return node

    # -- one layer more

    def step(self, node: str, *, branching: bool) -> str:
        """Any layer behind a node; where none of the drawn kind fits, an activation."""
        kind = self.draw(st.sampled_from(KINDS if branching else SINGLE))
        if kind in MERGES:
            return self.merged(kind, node)
        layer = self._fitting(kind, self.shapes[node])
        return self.put(layer or self._settings("activation", self.shapes[node]), node)

    def featured(self, kind: str, node: str) -> str:
        """A layer of a kind behind a node, with what it takes to give it the input it wants."""
        for prepare in (lambda same: same, self._image, self._sequence, self._flat):
            before = (self.graph, dict(self.shapes))
            ready = prepare(node)
            if kind in MERGES:
                shape = self.shapes[ready]
                if kind != "dot" or len(shape) == 1:
                    return self.merged(kind, ready)
            else:
                layer = self._fitting(kind, self.shapes[ready])
                if layer is not None:
                    return self.put(layer, ready)
            self.graph, self.shapes = before
        raise AssertionError(f"{kind} fits nowhere: teach this file what it wants")

    def merged(self, kind: str, node: str) -> str:
        """A merge of two or three ways that begin at a node; one of them may be direct."""
        cls = LAYERS[kind]
        if kind == "dot" and len(self.shapes[node]) > 1:
            node = self._flat(node)
        most = cls.arity[1] or 3
        direct = self.draw(st.booleans())
        ways = [node] if direct else []
        for _ in range(self.draw(st.integers(2, most)) - len(ways)):
            ways.append(self._way(node))
        return self.put(self._settings(kind, self.shapes[node]), *ways)

    def _way(self, node: str) -> str:
        """A layer or two that keep the shape."""
        shape, way = self.shapes[node], node
        for _ in range(self.draw(st.integers(1, 2))):
            layer = self._fitting(self.draw(st.sampled_from(SINGLE)), shape)
            if layer is None or layer.output_shape((shape,)) != shape:
                layer = self._settings("activation", shape)
            way = self.put(layer, way)
        return way

    def _flat(self, node: str) -> str:
        return node if len(self.shapes[node]) == 1 else self.put(Flatten(), node)

    def _image(self, node: str) -> str:
        flat = self._flat(node)
        return self.put(Reshape(shape=(4, 4, 3)), self.put(Dense(units=48), flat))

    def _sequence(self, node: str) -> str:
        return self.put(Reshape(shape=(12, 4)), self.put(Dense(units=48), self._flat(node)))

    # -- settings

    def _fitting(self, kind: str, shape: Shape) -> Layer | None:
        """A layer of a kind that can stand where a shape arrives, or None."""
        cls = LAYERS[kind]
        tries = [self._settings(kind, shape)]
        tries += [cls()] if not hasattr(cls, "padding") else [cls(), cls(padding="same")]  # type: ignore[call-arg]
        if hasattr(cls, "filters"):  # the usual number may be more than a case can hold
            tries += [cls(filters=2), cls(filters=2, padding="same")]  # type: ignore[call-arg]
        for layer in tries:
            try:
                if math.prod(layer.output_shape((shape,))) <= _MOST_NUMBERS:
                    return layer
            except ShapeError:
                continue
        return None

    def _settings(self, kind: str, shape: Shape) -> Layer:
        """A layer of a kind with any settings."""
        cls = LAYERS[kind]
        if cls is Reshape:
            return Reshape(shape=self.draw(_shapes_of(math.prod(shape))))
        if cls is Permute:
            axes = list(range(1, len(shape) + 1))
            return Permute(axes=tuple(self.draw(st.permutations(axes))))
        values = {
            one.name: self.draw(_values(one, shape))
            for one in fields_of(cls)
            if one.name not in _NOT_DRAWN
        }
        try:
            return cls().changed(**values)
        except DesignerError:  # these settings do not go together
            return cls()


def _shapes_of(size: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes of so many numbers: a line, a sequence, an image; one length may be left open."""
    found: list[tuple[int, ...]] = [(size,), (-1, 1)]
    found += [(size // k, k) for k in range(2, 5) if size % k == 0]
    found += [
        (height, -1, channels)
        for height in (2, 3, 4)
        for channels in (1, 2, 3)
        if size % (height * channels) == 0
    ]
    return st.sampled_from(found)


def _values(one: Field, shape: Shape) -> st.SearchStrategy[Any]:
    """Small values of a field; groups part the channels."""
    low = int(one.low) if one.low is not None else 0
    found: st.SearchStrategy[Any]
    match one.type:
        case "choice":
            found = st.sampled_from([value for value, _ in one.choices])
        case "boolean":
            found = st.sampled_from((one.default, one.default, not one.default))
        case "integer" if one.name == "groups":
            channels = shape[-1]
            found = st.sampled_from([k for k in range(1, channels + 1) if channels % k == 0])
        case "integer":
            found = st.integers(low, low + 3)
        case "pair":
            found = st.tuples(st.integers(low, low + 2), st.integers(low, low + 2))
        case "number":
            found = st.sampled_from((0.1, 0.25, 0.5))
        case _:
            return st.just(one.default)
    return st.none() | found if one.optional else found


_INPUTS = {
    "sequential": st.one_of(
        st.tuples(st.integers(1, 8)), st.tuples(st.integers(4, 9), st.integers(1, 3))
    ),
    "branching": st.one_of(
        st.tuples(st.integers(1, 8)),
        st.tuples(st.integers(3, 6), st.integers(3, 6), st.integers(1, 3)),
    ),
    "convolutional": st.tuples(st.integers(4, 8), st.integers(4, 8), st.integers(1, 3)),
}


@st.composite
def cases(draw: Callable[..., Any], kind: str) -> Case:
    """A network with at least one layer of a kind, its batch, weights and loss."""
    style = draw(st.sampled_from(STYLES))
    drawing = Drawing(draw, draw(_INPUTS[style]))
    node = drawing.start
    for _ in range(draw(st.integers(0, 3))):
        node = drawing.step(node, branching=style == "branching")
    node = drawing.featured(kind, node)
    for _ in range(draw(st.integers(0, 2))):
        node = drawing.step(node, branching=style == "branching")
    final, loss = draw(st.sampled_from(ENDINGS))
    _end(drawing, drawing._flat(node), final, loss)
    report = check(drawing.graph, drawing.shape)
    assert not report.errors, report.errors
    assume(len(drawing.graph.nodes) < 30)
    generator = np.random.default_rng([2024, draw(st.integers(0, 1000))])
    return filled(style, drawing.graph, drawing.shape, loss, draw(st.integers(2, 7)), generator)


def filled(
    style: str, graph: Graph, shape: Shape, loss: str, rows: int, generator: np.random.Generator
) -> Case:
    """The case of a graph: a batch and weights of normal numbers."""
    report = check(graph, shape)
    assert report.output_shape is not None
    outputs = report.output_shape[0]
    x = generator.normal(size=(rows, *shape))
    y: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    if loss == "categorical_crossentropy":
        y = generator.integers(0, outputs, size=rows)
    elif loss == "binary_crossentropy":
        y = generator.integers(0, 2, size=(rows, outputs)).astype(np.float64)
    else:
        y = generator.normal(size=(rows, outputs))
    weights = {}
    for node, parameters in report.parameters.items():
        for one in parameters:
            numbers = generator.normal(size=one.shape) / np.sqrt(max(1, one.fan_in))
            if one.name == "running_variance":
                numbers = 0.5 + np.abs(numbers)
            weights[f"{node}/{one.name}"] = numbers
    return Case(style, graph, shape, loss, x, y, weights)


def _end(drawing: Drawing, node: str, final: str, loss: str) -> None:
    """The output layer, its activation sometimes a layer of its own."""
    least = 2 if final == "softmax" or loss == "categorical_crossentropy" else 1
    units = drawing.draw(st.integers(least, 5))
    apart = final != "linear" and drawing.draw(st.booleans())
    inside = "linear" if apart else final
    node = drawing.put(Dense(units=units, activation=inside), node)  # type: ignore[arg-type]
    if apart:
        drawing.put(Activation(activation=final), node)  # type: ignore[arg-type]
