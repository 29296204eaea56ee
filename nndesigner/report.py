"""What is known about a drawing: order, shapes, parameters, and problems with their remedies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from nndesigner.errors import ShapeError
from nndesigner.graph import Graph, Layer, Node, Parameter, Shape, Wiring
from nndesigner.learning.activations import activation_parameters

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Repair:
    """A remedy that one click can apply: a new graph, or changes to the training settings.

    ``note`` is what to say once it was applied, where that is more than its title.
    """

    title: str
    graph: Graph | None = None
    settings: Mapping[str, Any] | None = None
    note: str = ""


@dataclass(frozen=True)
class Problem:
    """Something wrong with the design, in one sentence that names the remedy."""

    message: str
    node: str | None = None
    severity: Severity = "error"
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True)
class Report:
    """What is known about a graph for a given input shape.

    ``shapes`` holds the output shape of every node that has one, ``parameters`` the arrays of every
    node whose inputs are known, ``order`` the nodes from input to output (without those in a
    cycle).
    """

    order: tuple[str, ...] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    parameters: Mapping[str, tuple[Parameter, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    input: str | None = None
    output: str | None = None

    @property
    def parameter_count(self) -> int:
        """All numbers that the network keeps, trainable or not."""
        return sum(self.count(node) for node in self.parameters)

    @property
    def trainable_count(self) -> int:
        """Those of them that training changes."""
        return sum(self.trainable(node) for node in self.parameters)

    def count(self, node: str) -> int:
        """The numbers that one node keeps, trainable or not."""
        return sum(parameter.size for parameter in self.parameters.get(node, ()))

    def trainable(self, node: str) -> int:
        """Those of one node that training changes."""
        return sum(one.size for one in self.parameters.get(node, ()) if one.trainable)

    @property
    def parameters_text(self) -> str:
        """All parameters in words: ``2,410 parameters, 64 not trainable``."""
        return parameters_text(self.parameter_count, self.trainable_count)

    @property
    def output_shape(self) -> Shape | None:
        """The shape that leaves the network, if it is known."""
        return self.shapes.get(self.output) if self.output else None

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the network from training."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def parameters_text(count: int, trainable: int) -> str:
    """A number of parameters in words, and how many of them training leaves as they are."""
    text = f"{count:,} parameter{'' if count == 1 else 's'}"
    if trainable == count:
        return text
    return f"{text}, {f'{count - trainable:,} not' if trainable else 'none'} trainable"


def check(graph: Graph, input_shape: Shape | None) -> Report:
    """Everything that can be said about a graph without data or training settings.

    ``input_shape`` is the shape of one row of the data, or None while there is no data. Never
    raises: what is wrong becomes a problem of the report.
    """
    problems: list[Problem] = []
    order = graph.order()
    wiring = graph.wiring()
    inputs = [node.id for node in graph.nodes if node.layer.kind == "input"]
    ends = _reached_ends(wiring, inputs)
    titles = graph.titles()
    problems += _ends(graph, titles, inputs, ends)
    done = set(order)
    cyclic = [node for node in graph.nodes if node.id not in done]
    if cyclic:
        names = ", ".join(titles[node.id] for node in cyclic[:4])
        problems.append(
            Problem(
                f"Wires run in a circle through {names}: remove one of them",
                cyclic[0].id,
                repairs=_cuts(graph, {node.id for node in cyclic}),
            )
        )
    shapes: dict[str, Shape] = {}
    parameters: dict[str, tuple[Parameter, ...]] = {}
    for node_id in order:
        node = wiring.nodes[node_id]
        if node.layer.kind == "input":
            if input_shape is None:
                problems.append(
                    Problem("There is no data yet: open a table, pictures or a sample", node_id)
                )
            else:
                shapes[node_id] = input_shape
                parameters[node_id] = ()
            continue
        title = titles[node_id]
        _check_node(graph, node, title, wiring.sources[node_id], shapes, parameters, problems)
    output = ends[0].id if len(ends) == 1 else None
    return Report(
        order=order,
        shapes=shapes,
        parameters=parameters,
        problems=tuple(problems),
        input=inputs[0] if len(inputs) == 1 else None,
        output=output,
    )


def _reached_ends(wiring: Wiring, inputs: list[str]) -> list[Node]:
    """The nodes that feed no other and that data reaches, but for the inputs themselves."""
    seen, waiting = set(inputs[:1]), inputs[:1]
    while waiting:
        for target in wiring.targets[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return [
        node
        for node_id, node in wiring.nodes.items()
        if node_id in seen and node_id not in inputs and not wiring.targets[node_id]
    ]


def _ends(
    graph: Graph, titles: Mapping[str, str], inputs: list[str], ends: list[Node]
) -> list[Problem]:
    """What is wrong with where the network begins and ends."""
    problems = []
    if not inputs:
        problems.append(Problem("The network has no Input: drag one from the palette"))
    for extra in inputs[1:]:
        problems.append(
            Problem(
                "There are two Inputs: keep one and wire all from it",
                extra,
                repairs=(Repair("Remove this Input", graph=graph.without([extra])),),
            )
        )
    start = inputs[0] if inputs else None
    if start is not None and not graph.targets(start):
        problems.append(Problem("Nothing is wired to the Input: draw a wire from its port", start))
    for extra_end in ends[1:]:
        problems.append(
            Problem(
                f"The network has {len(ends)} outputs: {titles[ends[0].id]} and "
                f"{titles[extra_end.id]}. Wire on, merge or delete all but one",
                extra_end.id,
                repairs=(_removal(graph, extra_end, titles[extra_end.id]),),
            )
        )
    return problems


def _cuts(graph: Graph, cyclic: set[str]) -> tuple[Repair, ...]:
    for link in reversed(graph.links):
        if link.source in cyclic and graph.reaches(link.target, link.source):
            return (Repair("Remove the last wire of the circle", graph=graph.without([], [link])),)
    return ()


def _check_node(
    graph: Graph,
    node: Node,
    title: str,
    sources: tuple[str, ...],
    shapes: dict[str, Shape],
    parameters: dict[str, tuple[Parameter, ...]],
    problems: list[Problem],
) -> None:
    """Find the shape and parameters of one node whose sources were checked before it."""
    least, most = node.layer.arity
    if node.layer.kind == "unknown":
        problems.append(Problem(_reason(node), node.id, repairs=(_removal(graph, node, title),)))
        return
    if len(sources) < least:
        if not sources:
            message = f"{title} is not connected: draw a wire to its left port or remove it"
        else:
            message = f"{title} merges at least {least} wires and has {len(sources)}: wire another"
        problems.append(Problem(message, node.id, repairs=(_removal(graph, node, title),)))
        return
    if most is not None and len(sources) > most:
        last = [link for link in graph.links if link.target == node.id][most:]
        problems.append(
            Problem(
                f"{title} takes {most} wire and has {len(sources)}: remove the others",
                node.id,
                repairs=(Repair("Keep the first wire", graph=graph.without([], last)),),
            )
        )
        return
    if any(source not in shapes for source in sources):
        return  # the problem stands further up
    arriving = tuple(shapes[source] for source in sources)
    try:
        shape = node.layer.output_shape(arriving)
        arrays = _arrays(node.layer, arriving, shape)
    except ShapeError as error:
        repairs: tuple[Repair, ...] = ()
        if isinstance(error.insert, Layer):
            inserted = graph.inserted_before(error.insert, node.id)
            repairs = (Repair(f"Insert {error.insert.title}", graph=inserted),)
        words, layer = error.instead or ("", None)
        if isinstance(layer, Layer):
            repairs = (*repairs, Repair(words, graph=graph.with_layer(node.id, layer)))
        message = str(error)
        if message.startswith(f"{node.layer.title} "):  # the layer does not know its node's name
            message = title + message[len(node.layer.title) :]
        problems.append(Problem(message, node.id, repairs=repairs))
        return
    shapes[node.id] = shape
    parameters[node.id] = arrays


def _arrays(layer: Layer, arriving: tuple[Shape, ...], shape: Shape) -> tuple[Parameter, ...]:
    """A layer's parameters, and those that every layer has by its settings.

    The numbers of an initializer go to the weights that start by it, and PReLU brings its slopes.
    """
    scale = getattr(layer, "initializer_scale", None)
    low = getattr(layer, "initializer_low", None)
    arrays = layer.arrays(arriving)
    if scale is not None or low is not None:
        chosen = getattr(layer, "initializer", None)
        arrays = tuple(
            replace(array, scale=scale, low=low) if array.initializer == chosen else array
            for array in arrays
        )
    slopes = activation_parameters(getattr(layer, "activation", ""), shape)
    if getattr(layer, "frozen", False):
        slopes = tuple(replace(slope, trainable=False) for slope in slopes)
    return (*arrays, *slopes)


def _removal(graph: Graph, node: Node, title: str) -> Repair:
    return Repair(f"Remove {title}", graph=graph.without([node.id]))


def _reason(node: Node) -> str:
    return str(getattr(node.layer, "reason", "")) or f"{node.title} is not known here"
