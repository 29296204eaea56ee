"""Designs as plain JSON values and back: graph, settings, data reference, encoding."""

from __future__ import annotations

import math
from typing import Any, cast

import msgspec

from nndesigner.data.dataset import Encoding, Origin, Spec
from nndesigner.declare import build, fields_of
from nndesigner.errors import DesignerError, FileError
from nndesigner.files.text import convert, kind_of, the_list, the_object
from nndesigner.graph import Graph, Layer, Link, Node, Place, Unknown
from nndesigner.layers import LAYERS
from nndesigner.training.settings import CHOICES, GROUPS, Settings

MOST_ID_LENGTH = 200
MOST_SIZE = 2**31 - 1


class UnknownEncoding(Encoding, frozen=True, kw_only=True, tag="unknown"):
    """An encoding from a file that this version does not know: kept when saved, never used."""

    original: dict[str, Any]
    reason: str

    def decode(self, outputs: Any) -> Any:
        """Always an error: nobody knows what the numbers mean. Raises: FileError."""
        raise FileError(self.reason)


# -- graphs

#: Settings that layers got later, and what says nothing: a 0 for "not set" is another thing.
_LATER: dict[str, Any] = {
    "frozen": False,
    "initializer_scale": None,
    "initializer_low": None,
    "l1": 0.0,
    "l2": 0.0,
    "max_norm": 0.0,
}


def graph_out(graph: Graph) -> dict[str, Any]:
    """A graph as plain values; a layer that was not known is written as it was read."""
    return {
        "nodes": [
            {
                "id": node.id,
                "name": node.name,
                "x": node.x,
                "y": node.y,
                "layer": layer_out(node.layer),
            }
            for node in graph.nodes
        ],
        "links": [[link.source, link.target] for link in graph.links],
    }


def layer_out(layer: Layer) -> dict[str, Any]:
    """A layer's kind and fields."""
    if isinstance(layer, Unknown):
        return layer.original
    plain = cast(dict[str, Any], msgspec.to_builtins(layer))
    # Designs of before are written as they were.
    return {key: value for key, value in plain.items() if key not in _LATER or value != _LATER[key]}


class _PlainNode(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    layer: dict[str, Any]
    name: str = ""
    x: Place = 0.0
    y: Place = 0.0


def graph_in(value: Any, path: str, name: str) -> Graph:
    """A graph from plain values.

    A kind or a setting of a layer that this version does not know becomes an `Unknown` layer that
    keeps what was read. Raises: FileError with the JSON path of anything else that is wrong.
    """
    found = the_object(value, path, name, ("nodes", "links"))
    nodes: list[Node] = []
    ids: set[str] = set()
    for index, item in enumerate(the_list(found.get("nodes", []), f"{path}.nodes", name)):
        here = f"{path}.nodes[{index}]"
        plain = convert(item, _PlainNode, here, name)
        _check_id(plain.id, f"{here}.id", name)
        if plain.id in ids:
            raise FileError(f"{name}: {here}.id: a second node has the id {plain.id!r}")
        ids.add(plain.id)
        layer = layer_in(plain.layer, f"{here}.layer", name)
        nodes.append(Node(id=plain.id, layer=layer, name=plain.name, x=plain.x, y=plain.y))
    links: list[Link] = []
    for index, item in enumerate(the_list(found.get("links", []), f"{path}.links", name)):
        here = f"{path}.links[{index}]"
        source, target = convert(item, cast(Any, tuple[str, str]), here, name)
        for end in (source, target):
            if end not in ids:
                raise FileError(f"{name}: {here} names a node {end[:60]!r} that is not there")
        links.append(Link(source, target))
    return Graph(tuple(nodes), tuple(links))


def _check_id(node_id: str, path: str, name: str) -> None:
    """Ids name arrays in zip files, so they are printable and hold no slash."""
    if (
        not node_id
        or len(node_id) > MOST_ID_LENGTH
        or not node_id.isprintable()
        or any(sign in node_id for sign in "/\\")
    ):
        raise FileError(
            f"{name}: {path} must be a short name without slashes, got {node_id[:60]!r}"
        )


def layer_in(value: dict[str, Any], path: str, name: str) -> Layer:
    """A layer from its kind and fields. Raises: FileError for a value that is not allowed."""
    kind = value.get("kind")
    if not isinstance(kind, str):
        raise FileError(f"{name}: {path}.kind must be a text, got {kind_of(kind)}")
    if kind not in LAYERS:
        return Unknown(
            original=value,
            reason=f"This version does not know the layer {kind[:60]!r}: "
            "update nndesigner, or remove it",
        )
    known = {field.name for field in fields_of(LAYERS[kind])}
    for key in value:
        if key != "kind" and key not in known:
            return Unknown(
                original=value,
                reason=f"This version does not know the setting {key[:60]!r} of "
                f"{LAYERS[kind].title}: update nndesigner, or place the layer anew",
            )
    fields = {key: item for key, item in value.items() if key != "kind"}
    return cast(Layer, _built(LAYERS[kind], fields, path, name))


def _built(cls: type[Any], fields: dict[str, Any], path: str, name: str) -> Any:
    try:
        return build(cls, fields)
    except DesignerError as error:
        raise FileError(f"{name}: {_place(cls, fields, path)}: {error}") from None


def _place(cls: type[Any], fields: dict[str, Any], path: str) -> str:
    """The JSON path of the first field that is not allowed by itself."""
    for key, value in fields.items():
        try:
            build(cls, {key: value})
        except DesignerError:
            return f"{path}.{key}"
    return path


# -- settings


def settings_out(settings: Settings) -> dict[str, Any]:
    """Training settings as plain values; augmentation only where something is on."""
    plain = cast(dict[str, Any], msgspec.to_builtins(settings))
    # What is as it always was is left out: projects of before are written as they were.
    for name in GROUPS:
        if not plain[name]:
            del plain[name]
    for name in ("schedule", "batching", "class_weighting", "class_weights"):
        if getattr(settings, name) == getattr(Settings(), name):
            del plain[name]
    return plain


def settings_in(value: Any, path: str, name: str) -> Settings:
    """Training settings from plain values. Raises: FileError with the JSON path."""
    known = tuple(field.name for field in fields_of(Settings))
    found = dict(the_object(value, path, name, known))
    for key, table in CHOICES.items():
        if key not in found:
            continue
        inner = found[key]
        here = f"{path}.{key}"
        if not isinstance(inner, dict):
            raise FileError(f"{name}: {here} must be an object, got {kind_of(inner)}")
        kind = inner.get("kind")
        if not isinstance(kind, str) or kind not in table:
            raise FileError(
                f"{name}: {here}.kind must be one of {', '.join(table)}, got {str(kind)[:60]!r}; "
                "was it saved by a newer nndesigner?"
            )
        fields = {name_: item for name_, item in inner.items() if name_ != "kind"}
        found[key] = _built(table[kind], fields, here, name)
    for key, group in GROUPS.items():
        if key in found:
            if not isinstance(found[key], dict):
                raise FileError(
                    f"{name}: {path}.{key} must be an object, got {kind_of(found[key])}"
                )
            found[key] = _built(group, found[key], f"{path}.{key}", name)
    return cast(Settings, _built(Settings, found, path, name))


# -- data


def spec_out(spec: Spec) -> dict[str, Any]:
    """What a network must know of its data, as plain values."""
    plain = cast(dict[str, Any], msgspec.to_builtins(spec))
    if not spec.same_as_input:
        del plain["same_as_input"]
    return plain


def spec_in(value: Any, path: str, name: str) -> Spec:
    """What a network must know of its data. Raises: FileError with the JSON path."""
    spec = convert(value, Spec, path, name)
    if not 1 <= len(spec.input_shape) <= 4 or not all(
        1 <= size <= MOST_SIZE for size in spec.input_shape
    ):
        raise FileError(
            f"{name}: {path}.input_shape must be one to four whole numbers of at least 1, "
            f"got {list(spec.input_shape)[:6]}"
        )
    numbers = math.prod(spec.input_shape)
    if numbers > MOST_SIZE:
        raise FileError(
            f"{name}: {path}.input_shape must hold fewer than {MOST_SIZE + 1:,} numbers a row, "
            f"got {list(spec.input_shape)}, which is {numbers:,}"
        )
    for key, number, least in (("rows", spec.rows, 0), ("outputs", spec.outputs, 1)):
        if not least <= number <= MOST_SIZE:
            raise FileError(f"{name}: {path}.{key} must be at least {least}, got {number}")
    return spec


def origin_out(origin: Origin) -> dict[str, Any]:
    """Where data came from, as plain values."""
    return cast(dict[str, Any], msgspec.to_builtins(origin))


def origin_in(value: Any, path: str, name: str) -> Origin:
    """Where data came from. Raises: FileError with the JSON path."""
    return convert(value, Origin, path, name)


def encoding_out(encoding: Encoding) -> dict[str, Any]:
    """How raw rows become numbers, as plain values."""
    if isinstance(encoding, UnknownEncoding):
        return encoding.original
    return cast(dict[str, Any], msgspec.to_builtins(encoding))


def encoding_in(value: Any, path: str, name: str) -> Encoding:
    """How raw rows become numbers; a kind that this version does not know is kept as it is.

    Raises: FileError with the JSON path.
    """
    if not isinstance(value, dict):
        raise FileError(f"{name}: {path} must be an object, got {kind_of(value)}")
    kind = value.get("kind")
    if not isinstance(kind, str):
        raise FileError(f"{name}: {path}.kind must be a text, got {kind_of(kind)}")
    table = _encodings()
    if kind not in table:
        return UnknownEncoding(
            original=value,
            reason=f"the weights expect data of a kind {kind[:60]!r} that this version does not "
            "know: update nndesigner, or train again",
        )
    return convert(value, table[kind], path, name)


def _encodings() -> dict[str, type[Encoding]]:
    """Every declared encoding by kind; importing the data room declares them all."""
    import nndesigner.data  # noqa: F401

    found: dict[str, type[Encoding]] = {}
    waiting = list(Encoding.__subclasses__())
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        tag = cls.__struct_config__.tag
        if isinstance(tag, str) and cls is not UnknownEncoding:
            found[tag] = cls
    return found
