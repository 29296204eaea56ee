"""Networks as one line of text: ``conv2d 20 5 relu, maxpool2d 2, flatten, dense 10 softmax``.

A recipe is a chain of layers from the input on. A layer is its kind, then the values of its main
fields in order (any may be left out), then any field as ``name=value``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nndesigner.declare import Field, build, fields_of, near_name, parse_value
from nndesigner.errors import DesignerError, GraphError
from nndesigner.graph import Graph, Layer
from nndesigner.layers import LAYERS, Dense

if TYPE_CHECKING:
    from nndesigner.data.dataset import Spec

_INPUT = "input"


def parse_recipe(text: str) -> Graph:
    """The network that a recipe describes, with its Input, laid out from left to right.

    Raises: GraphError saying which layer, which word, and what is allowed there.
    """
    layers: list[Layer] = [LAYERS[_INPUT]()]
    parts = [part.split() for part in text.split(",")]
    if not any(parts):
        raise GraphError(
            "the recipe is empty: name layers, as in 'flatten, dense 32 relu, dense 10 softmax'"
        )
    for number, words in enumerate(parts, start=1):
        if not words:
            raise GraphError(f"layer {number} of the recipe is empty: remove one comma")
        if words[0].lower() == _INPUT and number == 1 and len(words) == 1:
            continue
        layers.append(_layer(number, words))
    return Graph.chain(layers)


def with_suited_end(text: str, graph: Graph, spec: Spec) -> tuple[Graph, str]:
    """The network of a recipe, its last Dense ending as the target wants where nothing is written.

    The second value is a note that says what was chosen, or empty. ReLU, the default inside a
    network, suits no output.
    """
    words = text.rpartition(",")[2].split()
    end = graph.nodes[-1]
    written = any(
        word.lower().startswith("activation=") or not ("=" in word or word[0].isdigit())
        for word in words[1:]
    )
    if written or not isinstance(end.layer, Dense):
        return graph, ""
    chosen, reason = "linear", "numbers"
    if spec.task == "classification":
        chosen = "sigmoid" if end.layer.units == 1 else "softmax"
        reason = "classes"
    layer = end.layer.changed(activation=chosen)
    return graph.with_layer(end.id, layer), f"Last layer: {chosen}, which suits {reason}."


def _layer(number: int, words: list[str]) -> Layer:
    kind = words[0].lower()
    where = f"layer {number} of the recipe"
    if kind not in LAYERS:
        raise GraphError(
            f"{where}: there is no layer {words[0]!r}: choose from "
            f"{', '.join(_chain_kinds())}{_hint(kind, LAYERS)}"
        )
    cls = LAYERS[kind]
    where = f"{where} ({kind})"
    if kind not in _chain_kinds():
        what = "stands before the first layer by itself" if kind == _INPUT else "merges wires"
        raise GraphError(f"{where}: {cls.title} {what}, so a recipe cannot name it")
    fields = {field.name: field for field in fields_of(cls)}
    values: dict[str, Any] = {}
    waiting = [fields[name] for name in cls.positional]
    for word in words[1:]:
        name, sign, value = word.partition("=")
        if sign:
            field = _named(name, fields, values, where)
            meant = _number_for_choice(field, value, fields)
            if meant:
                values.update(meant)
            else:
                values[name] = _parsed(field, value, word, where)
        else:
            waiting = [field for field in waiting if field.name not in values]
            field, found, waiting = _next(word, waiting, where, cls)
            values[field.name] = found
    for name in list(values):
        choice = fields[name].when
        if choice and choice[0] not in values and len(choice[1]) == 1:
            values[choice[0]] = choice[1][0]
    try:
        return build(cls, values)
    except DesignerError as error:
        raise GraphError(f"{where}: {error}") from None


def _number_for_choice(field: Field, text: str, fields: dict[str, Field]) -> dict[str, Any]:
    """``padding=2``, where 2 is no choice but the margin that counts for one: both, or nothing."""
    if field.type != "choice":
        return {}
    for other in fields.values():
        if other.when and other.when[0] == field.name and len(other.when[1]) == 1:
            try:
                return {field.name: other.when[1][0], other.name: parse_value(other, text)}
            except DesignerError:
                continue
    return {}


def _named(name: str, fields: dict[str, Field], values: dict[str, Any], where: str) -> Field:
    if name not in fields:
        known = ", ".join(fields) or "none"
        raise GraphError(
            f"{where}: there is no setting {name!r}: it has {known}{_hint(name, fields)}"
        )
    if name in values:
        raise GraphError(f"{where}: {name} is given twice: leave one out")
    return fields[name]


def _parsed(field: Field, text: str, word: str, where: str) -> Any:
    try:
        return parse_value(field, text)
    except DesignerError as error:
        choices = [str(value) for value, _ in field.choices]
        raise GraphError(f"{where}, word {word!r}: {error}{_hint(text, choices)}") from None


def _next(
    word: str, waiting: list[Field], where: str, cls: type[Layer]
) -> tuple[Field, Any, list[Field]]:
    """The first main field that can take a word, so that ``conv2d 20 relu`` may skip the kernel."""
    if not waiting:
        allowed = ", ".join(field.name for field in fields_of(cls)) or "no settings"
        raise GraphError(
            f"{where}: nothing is left that {word!r} could be: "
            f"give other settings as name=value ({allowed})"
        )
    for index, field in enumerate(waiting):
        try:
            return field, parse_value(field, word), waiting[index + 1 :]
        except DesignerError:
            continue
    allowed = " or ".join(f"{field.name} ({field.range_text})" for field in waiting)
    choices = [str(value) for field in waiting for value, _ in field.choices]
    raise GraphError(f"{where}: {word!r} cannot be {allowed}{_hint(word, choices)}")


def _hint(word: str, names: Iterable[str]) -> str:
    """The name that was probably meant, or nothing."""
    near = near_name(word, names)
    return f"; did you mean {near}?" if near else ""


def _chain_kinds() -> list[str]:
    """The layers that take one wire, which is all that a line of text can draw."""
    return [kind for kind, cls in LAYERS.items() if cls.arity == (1, 1)]


def recipe_of(graph: Graph) -> str:
    """The recipe of a network that is a chain from its Input; `parse_recipe` gives it back.

    Raises: GraphError when the network branches or holds a layer that is not known.
    """
    order = graph.order()
    if len(order) != len(graph.nodes):
        raise GraphError("this network runs in a circle, so it has no recipe")
    for before, after in itertools.pairwise(order):
        if graph.targets(before) != (after,) or graph.sources(after) != (before,):
            raise GraphError(
                f"this network branches at {graph.title(before)}, so it has no recipe: "
                "a recipe is a chain"
            )
    layers = [graph.node(node_id).layer for node_id in order]
    if not layers or layers[0].kind != _INPUT:
        raise GraphError("this network does not start with an Input, so it has no recipe")
    return ", ".join(_words(layer) for layer in layers[1:])


def _words(layer: Layer) -> str:
    if layer.kind not in LAYERS:
        raise GraphError(f"the layer {layer.summary()!r} is not known here, so it has no recipe")
    words = [layer.kind]
    named = []
    for field in fields_of(type(layer)):
        value = getattr(layer, field.name)
        if field.name in layer.positional:
            if value is not None:
                words.append(_text(field, value))
        elif value != field.default or field.name in _told_by_others(layer):
            named.append(f"{field.name}={_text(field, value)}")
    return " ".join(words + named)


def _told_by_others(layer: Layer) -> set[str]:
    """The choices that a written setting would make when a recipe is read, if it did not say."""
    return {
        field.when[0]
        for field in fields_of(type(layer))
        if field.when and len(field.when[1]) == 1 and getattr(layer, field.name) != field.default
    }


def _text(field: Field, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        alike = field.type == "pair" and value[0] == value[1]
        return str(value[0]) if alike else "x".join(str(number) for number in value)
    return repr(value) if isinstance(value, float) else str(value)
