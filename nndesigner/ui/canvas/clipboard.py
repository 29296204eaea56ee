"""Layers on the clipboard, as JSON of our own type; anything else there is politely refused."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from PySide6.QtCore import QMimeData

from nndesigner.data.pasted import looks_like_table
from nndesigner.declare import build, values_of
from nndesigner.errors import DesignerError
from nndesigner.graph import Graph, Layer, Link, Node, Unknown
from nndesigner.layers import LAYERS
from nndesigner.ui.canvas.geometry import plain, safe, snapped

#: The mime type of copied layers.
GRAPH_MIME = "application/x-nndesigner-graph"
FORMAT = 1
MOST_BYTES = 4_000_000
MOST_NODES = 2_000


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    fields: dict[str, Any]
    name: str
    x: float
    y: float


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    nodes: list[_Item]
    links: list[tuple[str, str]]


def encoded(graph: Graph, node_ids: Collection[str]) -> QMimeData:
    """Some nodes and the wires among them, for the clipboard.

    Raises: DesignerError for a layer from a damaged file that no text can hold.
    """
    piece = part(graph, node_ids)
    content = _Content(
        format=FORMAT,
        nodes=[
            _Item(
                id=node.id,
                kind=node.layer.kind,
                fields=values_of(node.layer),
                name=plain(node.name),
                x=safe(node.x),
                y=safe(node.y),
            )
            for node in piece.nodes
        ],
        links=[(link.source, link.target) for link in piece.links],
    )
    data = QMimeData()
    try:
        data.setData(GRAPH_MIME, msgspec.json.encode(content))
    except (UnicodeEncodeError, RecursionError, TypeError):
        raise DesignerError("An unknown layer among these cannot be copied: leave it out") from None
    return data


def part(graph: Graph, node_ids: Collection[str]) -> Graph:
    """Some nodes and the wires among them."""
    wanted = set(node_ids)
    return Graph(
        tuple(node for node in graph.nodes if node.id in wanted),
        tuple(k for k in graph.links if k.source in wanted and k.target in wanted),
    )


def decoded(data: QMimeData | None) -> Graph:
    """The nodes and wires that the clipboard holds.

    Raises: DesignerError saying what it holds instead.
    """
    if data is None or not data.formats():
        raise DesignerError("The clipboard is empty: copy some layers first")
    if not data.hasFormat(GRAPH_MIME):
        raise DesignerError(f"The clipboard holds {_noun(data)}, not layers: nothing was pasted")
    raw = bytes(data.data(GRAPH_MIME).data())
    if len(raw) > MOST_BYTES:
        raise DesignerError(
            f"The clipboard holds {len(raw) / 1e6:,.0f} MB, more than the "
            f"{MOST_BYTES / 1e6:.0f} MB that can be pasted: copy fewer layers"
        )
    try:
        content = msgspec.json.decode(raw, type=_Content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise DesignerError(
            "The layers on the clipboard cannot be read: copy them once more"
        ) from None
    if content.format != FORMAT:
        raise DesignerError(
            "The layers on the clipboard come from another version of the program: "
            "save them as a project there and open it here"
        )
    if len(content.nodes) > MOST_NODES:
        raise DesignerError(
            f"The clipboard holds {len(content.nodes):,} layers, more than the {MOST_NODES:,} "
            "that can be pasted at once"
        )
    nodes = {item.id: _node(item) for item in content.nodes}
    links = [Link(a, b) for a, b in content.links if a in nodes and b in nodes and a != b]
    return Graph(tuple(nodes.values()), tuple(dict.fromkeys(links)))


def holds_data(data: QMimeData | None) -> bool:
    """Whether what was copied elsewhere is a table or a file, so data to open and no layers."""
    if data is None or data.hasFormat(GRAPH_MIME):
        return False
    if any(url.isLocalFile() for url in data.urls()):
        return True
    return data.hasText() and looks_like_table(data.text())


def _noun(data: QMimeData) -> str:
    if data.hasUrls():
        return "files"
    if data.hasImage():
        return "a picture"
    return "text" if data.hasText() else "something else"


def _node(item: _Item) -> Node:
    name = item.name[:200].replace("\x00", "")
    return Node(id=item.id, layer=_layer(item), name=name, x=safe(item.x), y=safe(item.y))


def _layer(item: _Item) -> Layer:
    try:
        if item.kind in LAYERS:
            return build(LAYERS[item.kind], item.fields)
        if item.kind == "unknown":
            return build(Unknown, item.fields)
    except DesignerError as error:
        reason = str(error)
    else:
        reason = f"This version does not know the layer {item.kind[:40]!r}: remove it"
    return Unknown(original={"kind": item.kind, **item.fields}, reason=reason)


def pasted(graph: Graph, piece: Graph, dx: float, dy: float) -> tuple[Graph, frozenset[str]]:
    """The drawing with a piece added, moved by some pixels, and the ids of what is new."""
    taken = {node.id for node in graph.nodes}
    counters: dict[str, int] = {}
    fresh: dict[str, str] = {}
    nodes = []
    for node in piece.nodes:
        kind = node.layer.kind
        number = counters.get(kind, 0) + 1
        while f"{kind}_{number}" in taken:
            number += 1
        counters[kind] = number
        fresh[node.id] = f"{kind}_{number}"
        taken.add(fresh[node.id])
        nodes.append(
            msgspec.structs.replace(
                node,
                id=fresh[node.id],
                x=snapped(safe(node.x + dx)),
                y=snapped(safe(node.y + dy)),
            )
        )
    links = [Link(fresh[link.source], fresh[link.target]) for link in piece.links]
    return Graph((*graph.nodes, *nodes), (*graph.links, *links)), frozenset(fresh.values())
