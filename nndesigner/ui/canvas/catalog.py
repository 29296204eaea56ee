"""Finds layers by what a person types, and carries a layer's kind through a drag."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QMimeData

from nndesigner.declare import build, fields_of, parse_value
from nndesigner.errors import DesignerError
from nndesigner.graph import Layer
from nndesigner.layers import CATEGORIES, LAYERS

#: The mime type of a layer dragged from the palette; its data is the kind.
LAYER_MIME = "application/x-nndesigner-layer"
#: A search is a few words: anything longer was pasted by mistake.
LONGEST_SEARCH = 200


def layer_mime(kind: str) -> QMimeData:
    """What a drag of this layer carries."""
    data = QMimeData()
    data.setData(LAYER_MIME, kind.encode())
    return data


def kind_in(data: QMimeData) -> str | None:
    """The kind of the layer that a drag carries, or None if it carries something else."""
    if not data.hasFormat(LAYER_MIME):
        return None
    kind = bytes(data.data(LAYER_MIME).data()).decode(errors="replace")
    return kind if kind in LAYERS else None


def matching(text: str, kinds: Iterable[str] | None = None) -> list[str]:
    """The kinds that fit a search, best first; all of them in palette order without one.

    Only the first word is searched for when the rest are settings: ``dense 64 relu``.
    """
    candidates = list(LAYERS if kinds is None else kinds)
    wanted = text[:LONGEST_SEARCH].strip().lower()
    if not wanted:
        return candidates
    found = _ranked(wanted, candidates)
    first = wanted.split()[0]
    return found if found or first == wanted else _ranked(first, candidates)


def _ranked(wanted: str, candidates: list[str]) -> list[str]:
    scores = {kind: _score(wanted, LAYERS[kind]) for kind in candidates}
    return sorted((k for k in candidates if scores[k] < 9), key=lambda k: scores[k])


def _score(wanted: str, layer: type[Layer]) -> int:
    """How well a layer fits: 0 is best, 9 is not at all."""
    title, kind = layer.title.lower(), layer.kind_name()
    if wanted in (title, kind):
        return 0
    if title.startswith(wanted) or kind.startswith(wanted):
        return 1
    if wanted in title or wanted in kind:
        return 2
    if wanted in layer.synonyms:
        return 1
    if any(synonym.startswith(wanted) for synonym in layer.synonyms):
        return 3
    words = f"{CATEGORIES.get(layer.category, '')} {layer.help}".lower()
    if any(word.startswith(wanted) for word in words.replace(",", " ").split()):
        return 4
    if len(wanted) > 1 and _is_subsequence(wanted, title):
        return 5
    return 9


def _is_subsequence(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


def layer_from(kind: str, text: str = "") -> Layer:
    """A layer of a kind with the settings that were typed after its name: ``conv2d 16 3x3``.

    Words that fit no setting are left out: the search field is no place for complaints, and the
    inspector shows what came of it.
    """
    cls = LAYERS[kind]
    layer = build(cls, {})
    fields = {field.name: field for field in fields_of(cls)}
    names = [name for name in cls.positional if name in fields]
    for word in text[:LONGEST_SEARCH].split()[1:]:
        for name in names:
            try:
                layer = layer.changed(**{name: parse_value(fields[name], word)})
            except DesignerError:
                continue
            names.remove(name)
            break
    return layer
