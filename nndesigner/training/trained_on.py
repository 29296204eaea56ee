"""Tells whether rows that are judged are those that a network was trained on."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from nndesigner.data.dataset import Origin, Spec
from nndesigner.data.places import places_named, places_of
from nndesigner.data.progress import Progress
from nndesigner.data.words import count
from nndesigner.errors import DataError
from nndesigner.training.settings import Settings


def trained_on(
    spec: Spec,
    settings: Settings,
    origin: Origin | None,
    data: str | Path,
    labels: str | Path | None = None,
    progress: Progress | None = None,
) -> str:
    """A sentence where ``data`` are what a network was trained on; empty where they are others.

    ``origin`` are the data of that training, ``spec`` and ``settings`` those of the network.
    Files are told by their content, wherever they lie now; a folder of pictures by its place. The
    data are opened to count their training rows, as they were drawn for that training.
    """
    places = places_named(data)
    if origin is None or not places or not _is_same(origin, places, labels):
        return ""
    from nndesigner.data import open_origin
    from nndesigner.data.split import usable_rows
    from nndesigner.data.split_rows import share_out

    if origin.is_file:
        origin = msgspec.structs.replace(origin, path=str(places[0]))
    try:
        dataset = open_origin(origin, None, progress)
        if dataset.spec != msgspec.structs.replace(spec, name=dataset.spec.name):
            return ""
        rows = usable_rows(dataset)
        parts = share_out(dataset, rows, settings.validation_share, settings.seed, dataset.split)
    except DataError as error:  # what is judged was read: only the count is not known
        if str(error) == "cancelled":
            raise
        return f"{Path(data).name} is what the network was trained on: these figures flatter it."
    learnt = "all" if len(parts.training) == len(rows) else f"{len(parts.training):,}"
    return (
        f"{Path(data).name} is what the network was trained on: it has learnt {learnt} of these "
        f"{count(len(rows), 'row')}, and the figures flatter it. Judge it by rows that it has not "
        "seen."
    )


def _is_same(origin: Origin, places: tuple[Path, ...], labels: str | Path | None) -> bool:
    """Whether data that lie at these places are those of an origin."""
    own = places_of(origin)
    if places[0].is_dir():
        return bool(own) and os.path.exists(own[0]) and os.path.samefile(places[0], own[0])
    if not origin.content_hash:
        return False
    from nndesigner.data.table_source import file_hash

    files = (places[0], Path(labels)) if labels is not None else places
    try:
        if file_hash(files[0]) == origin.content_hash:
            return True
        # idx files: the images' and the labels'
        return len(files) > 1 and origin.content_hash == "".join(
            file_hash(file)[:32] for file in files[:2]
        )
    except DataError:
        return False
