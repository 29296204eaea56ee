"""The drawing as a value: nodes and the links between them.

Every edit returns a new `Graph`; nothing here is changed in place, so undo, saving and a running
training can each keep their own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec

from nndesigner.declare import Declaration
from nndesigner.errors import GraphError, ShapeError

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value

#: The shape of one row, without the batch: ``(features,)`` or ``(height, width, channels)``.
Shape = tuple[int, ...]


def shape_text(shape: Shape) -> str:
    """A shape as people write it: ``28×28×1``."""
    return "×".join(f"{size:,}" for size in shape)


@dataclass(frozen=True)
class Parameter:
    """One array of numbers that a layer keeps.

    ``fan_in`` and ``fan_out`` are the numbers that initializers scale by, ``scale`` is the own
    number of those that have one, and ``low`` the other end of a range. What is not ``trainable``
    is saved with the weights, but no optimizer changes it.
    """

    name: str
    shape: Shape
    initializer: str = "zeros"
    fan_in: int = 1
    fan_out: int = 1
    trainable: bool = True
    scale: float | None = None
    low: float | None = None

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


class Layer(Declaration, frozen=True, kw_only=True, tag_field="kind"):
    """What a node on the canvas stands for. Subclasses live in `nndesigner.layers`."""

    #: From which axis of an array of weights to which its units are counted, by the array's name,
    #: where that is not the last one: a largest norm is one of a unit.
    unit_axes: ClassVar[Mapping[str, tuple[int, int]]] = {}
    category: ClassVar[str] = "core"
    #: A qtawesome icon name.
    icon: ClassVar[str] = "mdi6.square-outline"
    #: The least and the most wires that may arrive; None is no limit.
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    #: Other words that people search it by.
    synonyms: ClassVar[tuple[str, ...]] = ()
    #: Its numbers lie where its input's lie: the range that a last activation sets still holds.
    keeps_range: ClassVar[bool] = False
    #: It gives its input's numbers as they are, under another shape.
    renames: ClassVar[bool] = False
    #: It changes numbers at random while training.
    disturbs: ClassVar[bool] = False

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape of one row after this layer.

        Raises: ShapeError naming the shape that was wanted and the one found.
        """
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The arrays that this layer keeps, in the order in which they are stored."""
        return ()

    def arrays(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The parameters as training treats them, by all settings of the layer."""
        return self.parameters(inputs)

    def summary(self) -> str:
        """The main setting, as shown on the card: ``32 units, ReLU``."""
        return ""

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Write this layer's operations onto the tape and return its output value."""
        raise GraphError(f"{self.title or self.kind} cannot be trained")


class Unknown(Layer, frozen=True, kw_only=True, tag="unknown"):
    """A layer from a file that this version does not know: shown in red, kept when saved."""

    title: ClassVar[str] = "Unknown layer"
    icon: ClassVar[str] = "mdi6.help-rhombus-outline"
    arity: ClassVar[tuple[int, int | None]] = (0, None)

    original: dict[str, Any]
    reason: str

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Always an error: nobody knows what it does."""
        raise ShapeError(self.reason)

    def summary(self) -> str:
        """The kind that the file named."""
        return str(self.original.get("kind", "?"))[:40]


#: A position on the canvas in pixels; a file cannot place a node where no canvas reaches.
Place = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A layer on the canvas. ``id`` is unique in its graph, ``x`` and ``y`` are in pixels."""

    id: str
    layer: Layer
    name: str = ""
    x: Place = 0.0
    y: Place = 0.0

    @property
    def title(self) -> str:
        """Its own name, else its layer's; `Graph.titles` tells those of one title apart."""
        return self.name or self.layer.title


class Link(msgspec.Struct, frozen=True):
    """A wire from one node's output to another's input; a merge numbers its inputs by order."""

    source: str
    target: str


@dataclass(frozen=True)
class Wiring:
    """A graph's nodes and wires by id, for whoever walks all of it: one pass instead of many."""

    nodes: Mapping[str, Node]
    sources: Mapping[str, tuple[str, ...]]
    targets: Mapping[str, tuple[str, ...]]


class Graph(msgspec.Struct, frozen=True):
    """Nodes and the links between them."""

    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()

    # -- looking

    def node(self, node_id: str) -> Node:
        """The node of that id. Raises: GraphError."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise GraphError(f"there is no node {node_id!r} in this network")

    def titles(self) -> dict[str, str]:
        """What people call every node, by id; those of one title are numbered: ``Dense 2``.

        The number is that of the id, so that it stays when others come and go; where ids of a file
        have none, nodes are counted.
        """
        alike: dict[str, list[str]] = {}
        for node in self.nodes:
            alike.setdefault(node.title, []).append(node.id)
        found: dict[str, str] = {}
        for title, ids in alike.items():
            if len(ids) == 1:
                found[ids[0]] = title
                continue
            numbers = [node_id.rpartition("_")[2] for node_id in ids]
            if len(set(numbers)) < len(ids) or not all(text.isdecimal() for text in numbers):
                numbers = [str(place + 1) for place in range(len(ids))]
            found.update((i, f"{title} {number}") for i, number in zip(ids, numbers, strict=True))
        return found

    def title(self, node_id: str) -> str:
        """What people call one node, numbered where others are called the same."""
        return self.titles().get(node_id) or self.node(node_id).title

    def wiring(self) -> Wiring:
        """All nodes and wires by id. Wires of nodes that are not there are left out."""
        nodes = {node.id: node for node in self.nodes}
        sources: dict[str, list[str]] = {node_id: [] for node_id in nodes}
        targets: dict[str, list[str]] = {node_id: [] for node_id in nodes}
        for link in self.links:
            if link.source in nodes and link.target in nodes:
                sources[link.target].append(link.source)
                targets[link.source].append(link.target)
        return Wiring(
            nodes,
            {node_id: tuple(found) for node_id, found in sources.items()},
            {node_id: tuple(found) for node_id, found in targets.items()},
        )

    def has(self, node_id: str) -> bool:
        """Whether a node of that id is in the graph."""
        return any(node.id == node_id for node in self.nodes)

    def sources(self, node_id: str) -> tuple[str, ...]:
        """The nodes whose outputs arrive here, in the order in which they were wired."""
        return tuple(link.source for link in self.links if link.target == node_id)

    def targets(self, node_id: str) -> tuple[str, ...]:
        """The nodes that this one feeds."""
        return tuple(link.target for link in self.links if link.source == node_id)

    def reaches(self, start: str, goal: str) -> bool:
        """Whether wires lead from one node to the other (a node reaches itself)."""
        following: dict[str, list[str]] = {}
        for link in self.links:
            following.setdefault(link.source, []).append(link.target)
        seen, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            if here == goal:
                return True
            for target in following.get(here, ()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return False

    def free_id(self, kind: str) -> str:
        """An id for a new node that no node has: ``dense_3``."""
        taken = {node.id for node in self.nodes}
        number = 1
        while f"{kind}_{number}" in taken:
            number += 1
        return f"{kind}_{number}"

    def order(self) -> tuple[str, ...]:
        """The nodes so that each comes after all that feed it; nodes in a cycle are left out."""
        waiting = {node.id: 0 for node in self.nodes}
        following: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for link in self.links:
            if link.source in following and link.target in waiting:
                waiting[link.target] += 1
                following[link.source].append(link.target)
        ready = [node.id for node in self.nodes if waiting[node.id] == 0]
        done = []
        for node_id in ready:  # grows while it is walked
            done.append(node_id)
            for target in following[node_id]:
                waiting[target] -= 1
                if waiting[target] == 0:
                    ready.append(target)
        return tuple(done)

    # -- editing

    def with_node(self, layer: Layer, x: float = 0.0, y: float = 0.0, name: str = "") -> Graph:
        """This graph with one more node; its id is that of the last node of the result."""
        node = Node(id=self.free_id(layer.kind), layer=layer, name=name, x=x, y=y)
        return Graph((*self.nodes, node), self.links)

    def without(self, node_ids: Iterable[str], links: Iterable[Link] = ()) -> Graph:
        """This graph without those nodes, their wires, and those links."""
        gone, cut = set(node_ids), set(links)
        return Graph(
            tuple(node for node in self.nodes if node.id not in gone),
            tuple(
                link
                for link in self.links
                if link not in cut and link.source not in gone and link.target not in gone
            ),
        )

    def with_layer(self, node_id: str, layer: Layer) -> Graph:
        """This graph with another layer (or other settings) on one node."""
        return self._changing(node_id, lambda node: msgspec.structs.replace(node, layer=layer))

    def with_name(self, node_id: str, name: str) -> Graph:
        """This graph with one node renamed; an empty name shows the layer's title."""
        return self._changing(node_id, lambda node: msgspec.structs.replace(node, name=name))

    def moved(self, places: Mapping[str, tuple[float, float]]) -> Graph:
        """This graph with some nodes elsewhere on the canvas."""
        return Graph(
            tuple(
                msgspec.structs.replace(node, x=places[node.id][0], y=places[node.id][1])
                if node.id in places
                else node
                for node in self.nodes
            ),
            self.links,
        )

    def refusal(self, source: str, target: str) -> str | None:
        """Why a wire cannot go from one node to the other, or None if it can."""
        if not (self.has(source) and self.has(target)):
            return "Both ends of a wire must be layers of this network"
        if source == target:
            return "A layer cannot feed itself: wire it to another one"
        if Link(source, target) in self.links:
            return "These two layers are already wired"
        end = self.node(target)
        most = end.layer.arity[1]
        if most == 0:
            return f"{self.title(target)} takes no wire: it is where the data enters"
        if self.reaches(target, source):
            return (
                f"This wire would close a cycle: {self.title(target)} already leads to "
                f"{self.title(source)}. Wire forward only"
            )
        return None

    def connected(self, source: str, target: str) -> Graph:
        """This graph with one more wire; a layer that takes a single wire lets go of its old one.

        Raises: GraphError saying why the wire is not possible.
        """
        refusal = self.refusal(source, target)
        if refusal:
            raise GraphError(refusal)
        links = self.links
        if self.node(target).layer.arity[1] == 1:
            links = tuple(link for link in links if link.target != target)
        return Graph(self.nodes, (*links, Link(source, target)))

    def inserted_before(self, layer: Layer, node_id: str) -> Graph:
        """This graph with a new layer between a single-input node and what feeds it."""
        end = self.node(node_id)
        sources = self.sources(node_id)
        graph = self.with_node(layer, end.x, end.y)
        new = graph.nodes[-1].id
        links = [link for link in graph.links if link.target != node_id]
        links += [Link(source, new) for source in sources] + [Link(new, node_id)]
        return Graph(graph.nodes, tuple(links)).shifted(node_id, GRID_STEP)

    def inserted_on(self, layer: Layer, link: Link, x: float, y: float) -> Graph:
        """This graph with a new layer in the middle of a wire, keeping the wire's place."""
        graph = self.with_node(layer, x, y)
        new = graph.nodes[-1].id
        links: list[Link] = []
        for old in graph.links:
            links += [Link(link.source, new), Link(new, link.target)] if old == link else [old]
        return Graph(graph.nodes, tuple(links))

    def shifted(self, start: str, distance: float) -> Graph:
        """This graph with a node and all that it leads to moved right by some pixels."""
        places = {
            node.id: (node.x + distance, node.y)
            for node in self.nodes
            if self.reaches(start, node.id)
        }
        return self.moved(places)

    def laid_out(self) -> Graph:
        """This graph with its nodes in tidy columns, from the input on the left to the right.

        A long chain is folded into rows.
        """
        order = self.order()
        wires = set(itertools.pairwise(order))
        if len(order) == len(self.nodes) and {(k.source, k.target) for k in self.links} == wires:
            by_id = {node.id: node for node in self.nodes}
            places = Graph(tuple(by_id[node_id] for node_id in order)).folded().nodes
            return self.moved({node.id: (node.x, node.y) for node in places})
        depth: dict[str, int] = {}
        for node_id in self.order():
            depth[node_id] = max(
                (depth[s] + 1 for s in self.sources(node_id) if s in depth), default=0
            )
        columns: dict[int, list[str]] = {}
        for node in self.nodes:
            columns.setdefault(depth.get(node.id, 0), []).append(node.id)
        height: dict[str, float] = {}
        found: dict[str, tuple[float, float]] = {}
        for column in sorted(columns):
            members = columns[column]
            wanted = {
                m: (
                    sum(height[s] for s in self.sources(m) if s in height)
                    / max(1, sum(s in height for s in self.sources(m)))
                )
                for m in members
            }
            members.sort(key=lambda m: wanted[m])
            middle = sum(wanted.values()) / len(members)
            top = middle - (len(members) - 1) * ROW_STEP / 2
            for row, member in enumerate(members):
                height[member] = top + row * ROW_STEP
                found[member] = (column * GRID_STEP, height[member])
        return self.moved(found)

    def folded(self, most: int = 5) -> Graph:
        """A chain in rows that are read like text, none longer than ``most`` and all about alike.

        A long row would be shown so small that neither shapes nor settings can be read.
        """
        rows = max(1, math.ceil(len(self.nodes) / most))
        across = math.ceil(len(self.nodes) / rows) or 1
        return self.moved(
            {
                node.id: (place % across * GRID_STEP, place // across * FOLD_STEP)
                for place, node in enumerate(self.nodes)
            }
        )

    def _changing(self, node_id: str, change: Callable[[Node], Node]) -> Graph:
        self.node(node_id)
        return Graph(
            tuple(change(node) if node.id == node_id else node for node in self.nodes), self.links
        )

    @classmethod
    def chain(cls, layers: Iterable[Layer]) -> Graph:
        """Layers wired one after the other, laid out from left to right."""
        graph = cls()
        for index, layer in enumerate(layers):
            before = graph.nodes[-1].id if graph.nodes else None
            graph = graph.with_node(layer, index * GRID_STEP, 0.0)
            if before is not None:
                graph = graph.connected(before, graph.nodes[-1].id)
        return graph


#: The distance of neighbouring columns and rows in a tidy layout, in pixels.
GRID_STEP = 240.0
ROW_STEP = 96.0
#: The distance of the rows of a folded chain: a wire runs back between them.
FOLD_STEP = 144.0
