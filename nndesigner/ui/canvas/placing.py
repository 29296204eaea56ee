"""Where a new layer goes and how it is wired: pure functions from one drawing to the next."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nndesigner.errors import GraphError
from nndesigner.graph import GRID_STEP, ROW_STEP, Graph, Layer, Link, Node
from nndesigner.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, safe, snapped
from nndesigner.ui.theme import GRID


def free_place(graph: Graph, x: float, y: float) -> tuple[float, float]:
    """The place itself, or the next one below it that no card covers."""
    x, y = snapped(safe(x)), snapped(safe(y))
    near = [node for node in graph.nodes if abs(node.x - x) < CARD_WIDTH + GRID]
    while any(abs(node.y - y) < CARD_HEIGHT + GRID for node in near):
        y += ROW_STEP
    return x, y


def anchor(graph: Graph, selection: Collection[str]) -> Node | None:
    """The node that a new one follows: the selected one, else the end of the network."""
    if len(selection) == 1:
        return graph.node(next(iter(selection)))
    if not graph.nodes:
        return None
    feeding = {link.source for link in graph.links}
    ends = [node for node in graph.nodes if node.id not in feeding]
    fed = {link.target for link in graph.links}
    wired = [node for node in ends if node.id in fed or node.layer.arity[1] == 0]
    return (wired or ends or graph.nodes)[-1]


def appended(graph: Graph, layer: Layer, after: Node | None) -> Graph:
    """The drawing with a layer to the right of a node and, when possible, wired from it.

    A layer that takes no wire (the Input) goes to the left of the first one instead.
    """
    if layer.arity[1] == 0:
        return _prepended(graph, layer)
    if after is None:
        return graph.with_node(layer, *free_place(graph, 0.0, 0.0))
    place = free_place(graph, after.x + GRID_STEP, after.y)
    return wired(graph.with_node(layer, *place), after.id)


def _prepended(graph: Graph, layer: Layer) -> Graph:
    fed = {link.target for link in graph.links}
    starts = [node for node in graph.nodes if node.id not in fed and node.layer.arity[1] != 0]
    first = min(starts or graph.nodes, key=lambda node: node.x, default=None)
    if first is None:
        return graph.with_node(layer)
    graph = graph.with_node(layer, *free_place(graph, first.x - GRID_STEP, first.y))
    new = graph.nodes[-1].id
    if starts and graph.refusal(new, first.id) is None:
        graph = graph.connected(new, first.id)
    return graph


def dropped(graph: Graph, layer: Layer, x: float, y: float, source: str | None = None) -> Graph:
    """The drawing with a layer whose card has its middle at a place, wired from ``source``."""
    place = free_place(graph, x - CARD_WIDTH / 2, y - CARD_HEIGHT / 2)
    graph = graph.with_node(layer, *place)
    return wired(graph, source) if source is not None else graph


def wired(graph: Graph, source: str) -> Graph:
    """The drawing with its newest node wired from ``source``, if that is possible."""
    new = graph.nodes[-1].id
    return graph if graph.refusal(source, new) else graph.connected(source, new)


def inserted(graph: Graph, layer: Layer, link: Link) -> Graph:
    """The drawing with a layer in the middle of a wire, making room when there is little.

    Raises: GraphError for a layer that takes no wire.
    """
    if layer.arity[1] == 0:
        raise GraphError(f"{layer.title} takes no wire: it cannot stand in the middle of one")
    start, end = graph.node(link.source), graph.node(link.target)
    room = end.x - start.x - CARD_WIDTH
    x, y = (start.x + end.x) / 2, (start.y + end.y) / 2
    if 0 <= room < CARD_WIDTH + 6 * GRID:
        x = start.x + GRID_STEP
        graph = graph.shifted(link.target, snapped(x + GRID_STEP - end.x))
    return graph.inserted_on(layer, link, *free_place(graph, x, y))


def threaded(graph: Graph, node_id: str, link: Link) -> Graph | None:
    """The drawing with a node that has no wires yet put into a wire, or None if it cannot be."""
    node = graph.node(node_id)
    if node.layer.arity[1] == 0 or node_id in (link.source, link.target):
        return None
    if any(node_id in (other.source, other.target) for other in graph.links):
        return None
    links: list[Link] = []
    for other in graph.links:
        if other == link:
            links += [Link(link.source, node_id), Link(node_id, link.target)]
        else:
            links.append(other)
    return Graph(graph.nodes, tuple(links))


def healed(graph: Graph, node_ids: Iterable[str]) -> Graph:
    """The drawing without some nodes, with what fed each of them wired on to what it fed."""
    for node_id in node_ids:
        sources, targets = graph.sources(node_id), graph.targets(node_id)
        graph = graph.without([node_id])
        for source in sources[:1]:
            for target in targets:
                if graph.refusal(source, target) is None:
                    graph = graph.connected(source, target)
    return graph


def impossible_targets(graph: Graph, source: str) -> set[str]:
    """The nodes to which no wire can go from ``source``: what `Graph.refusal` says, for all."""
    feeding: dict[str, list[str]] = {}
    for link in graph.links:
        feeding.setdefault(link.target, []).append(link.source)
    gone = {source, *graph.targets(source)}
    gone |= {node.id for node in graph.nodes if node.layer.arity[1] == 0}
    return gone | _closure(feeding, source)


def impossible_sources(graph: Graph, target: str) -> set[str]:
    """The nodes from which no wire can come to ``target``."""
    if graph.node(target).layer.arity[1] == 0:
        return {node.id for node in graph.nodes}
    following: dict[str, list[str]] = {}
    for link in graph.links:
        following.setdefault(link.source, []).append(link.target)
    return {target, *graph.sources(target)} | _closure(following, target)


def _closure(neighbours: dict[str, list[str]], start: str) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        for other in neighbours.get(waiting.pop(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def names(graph: Graph, node_ids: Collection[str]) -> str:
    """Nodes in the words of an undo step: ``Dense``, or ``3 layers``."""
    if len(node_ids) == 1:
        return graph.title(next(iter(node_ids)))[:40]
    return f"{len(node_ids):,} layers"
