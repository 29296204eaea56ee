"""Which changes of the drawing a run that is on takes over: settings of layers marked as live."""

from __future__ import annotations

from nndesigner.declare import fields_of
from nndesigner.graph import Graph


def live_graph(run: Graph, drawn: Graph) -> Graph:
    """The graph of a run with the live settings of the same layers in the drawing."""
    for node in run.nodes:
        if not drawn.has(node.id):
            continue
        layer = drawn.node(node.id).layer
        if layer == node.layer or type(layer) is not type(node.layer):
            continue
        changes = {
            field.name: getattr(layer, field.name) for field in fields_of(type(layer)) if field.live
        }
        if any(getattr(node.layer, name) != value for name, value in changes.items()):
            run = run.with_layer(node.id, node.layer.changed(**changes))
    return run
