"""The choices of open data made anew: where they lie, and what they were opened with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.data.catalogue import find_known
from nndesigner.data.dataset import FETCHED, Dataset, Origin
from nndesigner.data.fetch import fetched_path
from nndesigner.data.made import is_made, made_table_of
from nndesigner.data.made_table import MadeTable
from nndesigner.data.pixels import PixelDataset
from nndesigner.data.same import SameDataset, as_own_target
from nndesigner.data.samples import find_sample
from nndesigner.data.split_plan import Split
from nndesigner.data.table import TableDataset
from nndesigner.shipped import shipped


def table_again(dataset: Dataset) -> tuple[Path, dict[str, Any]] | None:
    """The file of an open table and its options; None where the data are no table of a file.

    Samples and sets that were fetched are tables of a file too. Raises: FileError, DataError.
    """
    table = dataset.source
    return _file_of(table.origin) if isinstance(table, TableDataset) else None


def made_again(dataset: Dataset) -> tuple[MadeTable, dict[str, Any]] | None:
    """Made or painted points before any choice, and the choices that they were taken with.

    None where the data are something else. Raises: DataError.
    """
    origin = dataset.source.origin
    if not is_made(origin):
        return None
    table = made_table_of(origin)
    return table, table.options(origin.options).plain()


def under_its_name(dataset: Dataset, before: Dataset) -> Dataset:
    """What was opened from the file of a sample or a fetched set stays that set, newly prepared.

    A project then finds it on any computer, and not at a path on this one.
    """
    origin = before.source.origin
    if origin.is_file:
        return dataset
    if isinstance(dataset, SameDataset):
        return as_own_target(under_its_name(dataset.source, before))
    own = msgspec.structs.replace(
        origin, options=dataset.origin.options, content_hash=dataset.origin.content_hash
    )
    spec = msgspec.structs.replace(dataset.spec, name=before.spec.name)
    return replace(dataset, origin=own, spec=spec)


def pictures_again(dataset: Dataset) -> tuple[Path, dict[str, Any]] | None:
    """The file or folder of open pictures and their options; None where the data are no such."""
    pictures = dataset.source
    return _file_of(pictures.origin) if isinstance(pictures, PixelDataset) else None


def split_anew(dataset: Dataset, split: Split) -> Dataset:
    """The same data with other parts; nothing is read."""
    if isinstance(dataset, SameDataset):  # its rows are shared out as the data itself says
        return as_own_target(split_anew(dataset.source, split))
    options = {name: value for name, value in dataset.origin.options.items() if name != "split"}
    if split != Split():
        options["split"] = msgspec.to_builtins(split)
    return replace(dataset, origin=msgspec.structs.replace(dataset.origin, options=options))


def _file_of(origin: Origin) -> tuple[Path, dict[str, Any]] | None:
    """Where data lie, and all options that they were opened with; None where there is no file."""
    if origin.is_file:
        return Path(origin.path), dict(origin.options)
    if origin.kind == "sample" and (sample := find_sample(origin.path)) is not None:
        return shipped("samples", sample.file), {**sample.options, **origin.options}
    if origin.kind == FETCHED and (known := find_known(origin.path)) is not None:
        path = fetched_path(known)
        return (path, {**known.options, **origin.options}) if path is not None else None
    return None
