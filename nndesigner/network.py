"""From a drawing to a tape: walks the graph in order, and each layer lowers itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nndesigner.engine.tape import Tape, TapeBuilder, Value
from nndesigner.errors import GraphError
from nndesigner.graph import Graph, Shape, Wiring
from nndesigner.learning.initializers import initial_values
from nndesigner.report import Report, check


def checked(graph: Graph, input_shape: Shape) -> Report:
    """The report of a graph that can run. Raises: GraphError with its first problem."""
    report = check(graph, input_shape)
    if report.errors:
        raise GraphError(report.errors[0].message)
    if report.output is None:
        raise GraphError("The network has no output: wire a layer to the Input")
    return report


def compile_network(
    graph: Graph,
    input_shape: Shape,
    *,
    loss: str,
    labels: bool,
    classes: bool,
    numbers: Sequence[float] = (),
    weighted: bool = False,
    report: Report | None = None,
) -> Tape:
    """The tape of a graph for rows of ``input_shape``.

    ``loss`` is a loss' kind, ``labels`` says that a target is one class number a row, ``classes``
    that the metric is accuracy and not the mean absolute error, ``numbers`` are the loss' own, and
    ``weighted`` says that the last column of the targets is what a row counts.

    A ``report`` of the graph without errors saves the check.

    Raises: GraphError when the graph has a problem.
    """
    report = report or checked(graph, input_shape)
    wiring = graph.wiring()
    builder = TapeBuilder()
    last = _activating(wiring, report.output or "")
    values: dict[str, Value] = {}
    for node_id in report.order:
        node = wiring.nodes[node_id]
        if node_id == report.input:
            builder.begin(node_id, {})
            values[node_id] = builder.input(input_shape)
            continue
        shapes = {parameter.name: parameter.shape for parameter in report.parameters[node_id]}
        kept = {one.name for one in report.parameters[node_id] if not one.trainable}
        builder.begin(node_id, shapes, kept=kept, keep_logits=node_id == last)
        arriving = tuple(values[source] for source in wiring.sources[node_id])
        values[node_id] = node.layer.lower(builder, arriving)
    output = values[report.output or ""]
    try:
        return builder.finish(
            output,
            loss,
            labels=labels,
            classes=classes,
            target_size=1 if labels else output.size,
            numbers=numbers,
            weighted=weighted,
        )
    except OverflowError:
        raise GraphError(
            "The network is larger than any memory: make its layers or its input smaller"
        ) from None


def _activating(wiring: Wiring, output: str) -> str:
    """The node whose activation the network ends with: the output, seen through new shapes."""
    while wiring.nodes[output].layer.renames and len(wiring.sources[output]) == 1:
        output = wiring.sources[output][0]
    return output


def initial_weights(
    graph: Graph, input_shape: Shape, seed: int
) -> dict[str, npt.NDArray[np.float64]]:
    """The first weights by "node id/parameter", drawn in the order of the network."""
    report = checked(graph, input_shape)
    generator = np.random.default_rng([seed, 0])
    return {
        f"{node_id}/{parameter.name}": initial_values(parameter, generator)
        for node_id in report.order
        for parameter in report.parameters.get(node_id, ())
    }
