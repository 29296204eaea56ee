"""Brings new data, whatever holds them, through a saved encoding: to evaluate and to predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nndesigner.data.catalogue import find_known
from nndesigner.data.dataset import Encoded, Encoding
from nndesigner.data.limits import told
from nndesigner.data.made import find_generator, generate
from nndesigner.data.opening import (
    DataKind,
    exists,
    fetched,
    kind_of,
    not_there,
    refuse_table_words,
)
from nndesigner.data.pixels import MeasuredPixelEncoding, PixelEncoding
from nndesigner.data.progress import Progress
from nndesigner.data.same import SameEncoding, options_of_rows, same_rows
from nndesigner.data.samples import find_sample
from nndesigner.data.table_encoding import TableEncoding
from nndesigner.data.table_options import TableOptions
from nndesigner.errors import DataError
from nndesigner.shipped import shipped


def read_with(
    encoding: Encoding,
    path: str | Path,
    *,
    labels: str | Path | None = None,
    base_options: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    keep_all: bool = False,
    progress: Progress | None = None,
) -> Encoded:
    """New data (or a sample) through a saved encoding, for evaluation and prediction.

    Data without a target give y None. Rows that lack one when others have it cannot be judged and
    are left out with a note. With ``keep_all``, for prediction, every row that can be read stays:
    y is then -1 (a class) or NaN (a number) where a row has no target that the network knows, and
    missing inputs are always filled. ``base_options`` are those with which the training data were
    opened: how its text is cut is tried on the new file. ``options`` are those of this file alone.

    Raises: DataError when the data do not fit what the network was trained on.
    """
    with told(Path(path).name or str(path)):
        return _read_with(encoding, path, labels, base_options, options, keep_all, progress)


def _read_with(
    encoding: Encoding,
    path: str | Path,
    labels: str | Path | None,
    base_options: Mapping[str, Any] | None,
    options: Mapping[str, Any] | None,
    keep_all: bool,
    progress: Progress | None,
) -> Encoded:
    place = Path(path).expanduser()
    said = dict(options or {})
    plain = {**(base_options or {}), **said}
    if isinstance(encoding, SameEncoding):
        plain = options_of_rows(plain)
        rows = read_with(
            encoding.inner,
            path,
            base_options=plain,
            options=options,
            keep_all=True,
            progress=progress,
        )
        return same_rows(rows)
    if not exists(place):
        sample = find_sample(str(path))
        known = find_known(str(path)) if sample is None else None
        if known is not None:
            return read_with(
                encoding,
                fetched(known),
                base_options=base_options,
                options=options,
                keep_all=keep_all,
                progress=progress,
            )
        generator = find_generator(str(path)) if sample is None else None
        if generator is not None:
            return generate(generator).encode(encoding)
        if sample is None:
            raise not_there(place, str(path))
        place, plain = shipped("samples", sample.file), {**sample.options, **said}
    kind = kind_of(place)
    if isinstance(encoding, TableEncoding):
        from nndesigner.data.table_with import read_table_with

        if kind != "csv":
            raise DataError(f"{place.name} is no table, and the network was trained on a table")
        mine = {key: plain[key] for key in TableOptions.__struct_fields__ if key in plain}
        return read_table_with(
            encoding, place, TableOptions.from_plain(mine), progress, keep_all=keep_all, said=said
        )
    refuse_table_words(place, said)
    if isinstance(encoding, PixelEncoding):
        return _read_pixels(encoding, place, kind, labels, keep_all, progress)
    reason = getattr(encoding, "reason", "the way its data were encoded is not known here")
    raise DataError(f"These weights cannot be used: {reason}")


def _read_pixels(
    encoding: PixelEncoding,
    path: Path,
    kind: DataKind,
    labels: str | Path | None,
    keep_all: bool,
    progress: Progress | None,
) -> Encoded:
    if isinstance(encoding, MeasuredPixelEncoding) and kind in ("idx", "arrays"):
        # what lies beside these are classes: nothing to compare a number with
        plain = PixelEncoding(
            shape=encoding.shape, classes=(), low=encoding.low, high=encoding.high, fit=encoding.fit
        )
        return replace(_read_pixels(plain, path, kind, labels, True, progress), y=None)
    if kind == "idx":
        from nndesigner.data.idx import find_idx_images, read_idx_with

        images = find_idx_images(path) if path.is_dir() else path
        named = Path(labels) if labels else None
        return read_idx_with(encoding, images or path, named, progress, keep_all=keep_all)
    if kind == "arrays":
        from nndesigner.data.array_pictures import read_arrays_with

        named = Path(labels) if labels else None
        return read_arrays_with(encoding, path, named, progress, keep_all=keep_all)
    from nndesigner.data.images import read_images_with

    if len(encoding.shape) != 3 or encoding.shape[2] not in (1, 3):
        raise DataError("The network was trained on idx rows that pictures cannot be brought to")
    return read_images_with(encoding, path, progress, keep_all=keep_all)
