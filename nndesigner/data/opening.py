"""Opens whatever a person points at: a table, pictures in any packing, a sample or set by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from nndesigner.data.catalogue import KnownSet, find_known, known_names
from nndesigner.data.dataset import FETCHED, Dataset, Origin
from nndesigner.data.fetch import fetched_path
from nndesigner.data.limits import told
from nndesigner.data.made import find_generator, generate, generator_names, is_made, open_made
from nndesigner.data.progress import Progress
from nndesigner.data.same import (
    LEFT_OUT,
    SAME,
    as_own_target,
    options_of_rows,
    with_own_target,
    without_own_target,
)
from nndesigner.data.samples import Sample, find_sample, sample_names
from nndesigner.data.split_plan import split_from
from nndesigner.data.table_options import TableOptions
from nndesigner.errors import DataError
from nndesigner.shipped import shipped

#: Choices that mean nothing for pictures, in words.
_OF_TABLES = {
    "columns": "columns to prepare",
    "added": "columns to make inputs of",
    "sheet": "sheets",
    "task": "a task to choose (as a list of pictures has)",
    "delimiter": "a delimiter",
    "decimal": "a decimal mark",
    "encoding": "an encoding of its text",
    "header": "a header",
    "skip": "lines to skip",
    "foot": "a foot to leave out",
    "quote": "quotes",
    "ragged": "odd lines",
    "missing": "marks of missing values",
}
#: Choices that mean nothing for tables.
_OF_PICTURES = ("size", "colours", "fit")
#: ``csv`` is any table, be it text, a workbook, Parquet, JSON or arrays.
DataKind = Literal["csv", "images", "idx", "arrays"]


def open_data(
    path_or_sample: str | Path,
    *,
    target: str | None = None,
    labels: str | Path | None = None,
    options: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Open a table, an image folder, an idx image file (or a folder of them), a sample or points
    that are made (``circle``, ``circle:noise=0.2,points=300``).

    A path that exists wins over a name. ``target`` names a table's target column, or is
    ``same-as-input`` for any data whose rows are to be given back; ``labels`` is an idx label file,
    ``options`` are the fields of `TableOptions` or `ImageOptions`.
    ``progress`` is called with a share and a few words; when it returns False,
    DataError("cancelled") is raised.

    Raises: DataError saying what is wrong, where, and what to do.
    """
    plain = _plain(options)
    if target is not None:
        plain["target"] = target
    own = plain.get("target") == SAME
    if own:
        plain = options_of_rows(plain)
    plain.pop(LEFT_OUT, None)  # another target is named than the input itself
    if labels is not None:
        plain["labels"] = str(labels)
    path = Path(path_or_sample).expanduser()
    with told(path.name or str(path)):
        found = _open(path, str(path_or_sample), plain, progress, labelled=not own)
    return as_own_target(found) if own else found


def _open(
    path: Path, given: str, plain: dict[str, Any], progress: Progress | None, *, labelled: bool
) -> Dataset:
    """What lies at a path, else what is called so."""
    if exists(path):
        return _open_path(path, plain, progress, labelled=labelled)
    sample = find_sample(given)
    if sample is not None:
        return _open_sample(sample, plain, progress)
    known = find_known(given)
    if known is not None:
        return _open_fetched(known, plain, progress)
    generator = find_generator(given)
    if generator is not None:
        return generate(generator, plain)
    raise not_there(path, given)


def open_origin(
    origin: Origin, base: Path | None = None, progress: Progress | None = None
) -> Dataset:
    """Open the data that a project refers to; relative paths start at ``base``.

    The data set's origin is the one given, so that it stays the same reference; only its content
    hash is that of the file as it is now, and a note says so when it differs.

    Raises: DataError naming the path when the data are not there.
    """
    with told(Path(origin.path).name or origin.path):
        return _open_origin(origin, base, progress)


def _open_origin(
    origin: Origin, base: Path | None, progress: Progress | None, *, labelled: bool = True
) -> Dataset:
    if with_own_target(origin):
        inner = _open_origin(without_own_target(origin), base, progress, labelled=False)
        return as_own_target(inner)
    if origin.kind == "sample":
        sample = find_sample(origin.path)
        if sample is None:
            raise DataError(
                f"There is no sample {origin.path!r}: there are {', '.join(sample_names())}"
            )
        dataset: Dataset = _open_sample(sample, dict(origin.options), progress)
    elif origin.kind == FETCHED:
        known = find_known(origin.path)
        if known is None:
            raise DataError(
                f"There is no data set {origin.path!r}: there are {', '.join(known_names())}"
            )
        dataset = _open_fetched(known, dict(origin.options), progress)
    elif is_made(origin):
        dataset = open_made(origin)
    else:
        path = Path(origin.path).expanduser()
        if not path.is_absolute() and base is not None:
            path = base / path
        if not exists(path):
            raise DataError(
                f"The data {path} are not there: put them back, or open them where they are now"
            )
        plain = dict(origin.options)
        named = plain.get("labels")
        if isinstance(named, str) and base is not None:
            plain["labels"] = str(base / named)
        dataset = _open_path(path, plain, progress, labelled=labelled)
    changed = origin.content_hash and origin.content_hash != dataset.origin.content_hash
    notes = dataset.notes
    if changed:
        notes = (f"{origin.path} has changed since this project last opened it.", *notes)
    same = msgspec.structs.replace(origin, content_hash=dataset.origin.content_hash)
    return replace(dataset, origin=same, notes=notes)


def is_name(text: str) -> bool:
    """Whether a text names a sample, a known set or points that are made, rightly set or not."""
    made = text.partition(":")[0]
    return bool(find_sample(text) or find_known(text) or made.casefold() in generator_names())


def kind_of(path: Path) -> DataKind:
    """What lies at a path that exists, judged by its content.

    Raises: DataError when it is neither a file nor a folder: looking into a pipe would wait for it.
    """
    from nndesigner.data.formats import IDX, NUMPY, TEXT, ZIP, format_of
    from nndesigner.data.idx import find_idx_images
    from nndesigner.data.limits import require_file

    if path.is_dir():
        return "idx" if find_idx_images(path) is not None else "images"
    require_file(path)
    found = format_of(path)
    if found is IDX:
        return "idx"
    if found is ZIP:
        return "images"
    if found is NUMPY:
        from nndesigner.data.array_pictures import holds_pictures

        return "arrays" if holds_pictures(path) else "csv"
    if found is TEXT:
        from nndesigner.data.image_list import looks_like_list

        return "images" if looks_like_list(path) else "csv"
    return "csv"


# -- inside


def _plain(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Options as a project file will give them back: tuples are lists, structs are objects."""
    return dict(msgspec.json.decode(msgspec.json.encode(dict(options or {}))))


def exists(path: Path) -> bool:
    """Whether something lies there; no for what cannot be a path."""
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long, or has a NUL in it
        return False


def not_there(path: Path, given: str) -> DataError:
    """The error for what is neither a path nor a name that is known."""
    if path.suffix or path.parent != Path("."):
        return DataError(f"{path} is not there: check the name, or name a sample")
    return DataError(
        f"There is no file, folder or sample {given!r}: the samples are "
        f"{', '.join(sample_names())}; points are made by {', '.join(generator_names())}"
    )


def _open_path(
    path: Path, plain: dict[str, Any], progress: Progress | None, *, labelled: bool = True
) -> Dataset:
    """``labelled`` says that pictures without labels are refused: they are to be told apart."""
    kind = kind_of(path)
    if kind == "csv":
        from nndesigner.data.table import open_table

        if plain.pop("labels", None) is not None:
            raise DataError(f"{path.name} is a table: name its target column, not a label file")
        for key in _OF_PICTURES:
            if key in plain:
                raise DataError(f"{path.name} is a table: only pictures have a {key}")
        return open_table(path, TableOptions.from_plain(plain), progress)
    listed = kind == "images" and path.is_file() and path.suffix.lower() != ".zip"
    if not listed and plain.pop("target", None) is not None:
        raise DataError(f"{path.name} holds pictures: only a table has a target column to name")
    refuse_table_words(path, {**plain, "task": None} if listed else plain)
    split = plain.pop("split", None)
    if split:
        split_from(split)
        found = _open_path(path, plain, progress, labelled=labelled)
        options = {**found.origin.options, "split": split}
        return replace(found, origin=msgspec.structs.replace(found.origin, options=options))
    labels = plain.pop("labels", None)
    if kind == "idx":
        from nndesigner.data.idx import find_idx_images, open_idx

        if plain:
            raise DataError(f"idx files have no options but labels, got {', '.join(plain)}")
        images = find_idx_images(path) if path.is_dir() else path
        named = Path(labels) if labels else None
        return open_idx(images or path, named, progress, labelled=labelled)
    if kind == "arrays":
        from nndesigner.data.array_pictures import open_arrays
        from nndesigner.data.arrays import ArrayOptions

        if labels is not None:
            plain["labels"] = labels
        return open_arrays(path, ArrayOptions.from_plain(plain), progress, labelled=labelled)
    from nndesigner.data.image_plan import ImageOptions
    from nndesigner.data.images import open_images

    if labels is not None:
        raise DataError(f"{path.name} is an image folder: its folders are the labels")
    return open_images(path, ImageOptions.from_plain(plain), progress, labelled=labelled)


def refuse_table_words(path: Path, plain: Mapping[str, Any]) -> None:
    """Raises: DataError for choices that mean nothing for pictures."""
    for key, what in _OF_TABLES.items():
        if plain.get(key) not in (None, {}, [], ()):
            raise DataError(f"{path.name} holds pictures: only a table has {what}")


def _open_sample(sample: Sample, plain: dict[str, Any], progress: Progress | None) -> Dataset:
    name = sample.info.name
    try:
        dataset = _open_path(shipped("samples", sample.file), {**sample.options, **plain}, progress)
    except DataError as error:
        raise DataError(f"Sample {name}: {error}") from None
    origin = Origin(
        kind="sample", path=name, options=plain, content_hash=dataset.origin.content_hash
    )
    spec = msgspec.structs.replace(dataset.spec, name=name)
    return replace(dataset, origin=origin, spec=spec)


def fetched(known: KnownSet) -> Path:
    """Where a known set lies. Raises: DataError when it was not fetched yet."""
    path = fetched_path(known)
    if path is None:
        raise DataError(
            f"{known.title} is not on this computer yet: get it with Data, Get a data set, or with "
            f"'nndesigner fetch {known.name}'"
        )
    return path


def _open_fetched(known: KnownSet, plain: dict[str, Any], progress: Progress | None) -> Dataset:
    """A set that was fetched, by its name: a project finds it on any computer that has it."""
    dataset = _open_path(fetched(known), {**known.options, **plain}, progress)
    origin = Origin(
        kind=FETCHED,
        path=known.name,
        options=plain,
        content_hash=dataset.origin.content_hash,
    )
    spec = msgspec.structs.replace(dataset.spec, name=known.name)
    return replace(dataset, origin=origin, spec=spec)
