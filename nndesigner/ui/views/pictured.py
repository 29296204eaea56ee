"""Which layers' weights can be shown, and whether as pictures or as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nndesigner.graph import Graph, Shape
from nndesigner.report import Report

Form = Literal["images", "kernels", "table"]

#: Layers that hand numbers on in the order in which they came.
KEEPING_ORDER = frozenset({"flatten", "dropout", "activation"})


@dataclass(frozen=True)
class Shown:
    """A layer whose weights can be shown.

    ``shape`` is that of one tile (height, width, channels) if there are tiles; ``names``
    are those of the columns that the layer sees, where they are known.
    """

    node: str
    title: str
    key: str
    form: Form
    shape: Shape
    first: bool
    names: tuple[str, ...] = ()


def shown_layers(graph: Graph, report: Report, names: tuple[str, ...]) -> tuple[Shown, ...]:
    """Every layer with a weight array, from input to output."""
    found: list[Shown] = []
    titles = graph.titles()
    for node_id in report.order:
        arrays = {item.name: item for item in report.parameters.get(node_id, ())}
        weight = arrays.get("weight")
        if weight is None:
            continue
        source = _source(graph, report, node_id)
        shape: Shape = ()
        form: Form = "table"
        seen: tuple[str, ...] = ()
        if len(weight.shape) == 4:
            form, shape = "kernels", weight.shape[:3]
        elif len(weight.shape) != 2:
            continue
        elif source is not None and len(source) == 3:
            form, shape = "images", source
        elif source is not None and len(names) == weight.shape[0]:
            seen = names
        found.append(
            Shown(
                node=node_id,
                title=titles[node_id],
                key=f"{node_id}/weight",
                form=form,
                shape=shape,
                first=source is not None,
                names=seen,
            )
        )
    return tuple(found)


def _source(graph: Graph, report: Report, node_id: str) -> Shape | None:
    """The shape of one row of the data if it reaches this layer unchanged, else None."""
    here = node_id
    while True:
        sources = graph.sources(here)
        if len(sources) != 1:
            return None
        here = sources[0]
        if here == report.input:
            return report.shapes.get(here)
        if graph.node(here).layer.kind not in KEEPING_ORDER:
            return None
