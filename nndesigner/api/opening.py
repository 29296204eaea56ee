"""Data for the verbs: by path or name, as a project had them, with options said anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.data.dataset import Dataset, Origin
from nndesigner.data.same import LEFT_OUT, SAME
from nndesigner.errors import DataError
from nndesigner.files.project import Project
from nndesigner.training.settings import did_you_mean

#: What is kept of the choices about pictures for others of their kind.
_OF_PICTURES = ("size", "colours", "fit", "scaling")


def open_dataset(
    data: str | Path,
    *,
    target: str | None = None,
    labels: str | Path | None = None,
    like: Project | None = None,
    options: Mapping[str, Any] | None = None,
    progress: Callable[[float, str], bool] | None = None,
) -> Dataset:
    """Data by path or sample name, opened the way a project opened its own where that fits.

    ``options`` are the fields of `TableOptions` (or ``split`` for any data) that are said anew.
    Raises: DataError.
    """
    from nndesigner.data import generator_names, open_data, sample_names
    from nndesigner.data.opening import is_name

    given = dict(options or {})
    options = {}
    if like is not None and like.origin is not None:
        options = _options_like(like, like.origin, Path(data).expanduser(), target)
    options = with_plan(options, given)
    try:
        return open_data(data, target=target, labels=labels, options=options, progress=progress)
    except DataError as error:
        if os.path.exists(Path(data).expanduser()) or is_name(str(data)):
            raise
        raise DataError(
            f"{error}{did_you_mean(str(data), (*sample_names(), *generator_names()))}"
        ) from error


def with_plan(options: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Options with others said anew; what is said of a column replaces only what it names."""
    merged = {**options, **given}
    if given.get("target", SAME) != SAME:  # rows are no targets of themselves any more
        merged.pop(LEFT_OUT, None)
    if "columns" in given:
        merged["columns"] = dict(options.get("columns", {}))
        for name, choice in given["columns"].items():
            merged["columns"][name] = {**merged["columns"].get(name, {}), **choice}
    return merged


def _options_like(
    project: Project, origin: Origin, path: Path, target: str | None
) -> dict[str, Any]:
    """The choices of a project's own data that fit a new file: a table's columns and target."""
    from nndesigner.data import kind_of
    from nndesigner.data.same import SAME, with_own_target

    same = {"target": SAME} if target is None and with_own_target(origin) else {}
    if not os.path.exists(path):
        return same
    kind = kind_of(path)
    if kind == "images" and origin.kind == "images":  # the network takes pictures of that size
        held = {key: origin.options[key] for key in _OF_PICTURES if key in origin.options}
        if origin.options.get("task") == "regression" and path.is_file():  # a list, as its own was
            held["task"] = "regression"
            if project.spec is not None and target is None:
                held["target"] = project.spec.target_names[0]
        return {**held, **same}
    if kind != "csv":
        return same
    options = {key: value for key, value in table_options(origin).items() if key != "foot"}
    names = project.spec.target_names if project.spec is not None else ()
    if target is None and "target" not in options and len(names) == 1:
        options["target"] = names[0]
    return options


def project_data(
    project: Project,
    progress: Callable[[float, str], bool] | None = None,
    *,
    options: Mapping[str, Any] | None = None,
) -> Dataset:
    """The data that a project refers to, with some options said anew. Raises: DataError."""
    from nndesigner.data import open_origin

    origin = project.origin
    if origin is None:
        raise DataError("this project has no data yet: name a file or a sample")
    if options:
        plan = with_plan(origin.options, options)
        origin = msgspec.structs.replace(origin, options=plan)
    return open_origin(origin, None, progress)


def table_options(origin: Origin | None) -> Mapping[str, Any]:
    """How a table was opened; nothing for other data."""
    return origin.options if origin is not None and origin.kind == "csv" else {}


def origin_text(origin: Origin | None) -> str:
    """Where data comes from, in words."""
    if origin is None:
        return "none"
    if origin.kind == "sample":
        return f"sample {origin.path}"
    if not origin.is_file:
        return f"{origin.kind} {origin.path}" if origin.kind == "generated" else origin.path
    here = os.path.relpath(origin.path)
    return origin.path if here.startswith(os.pardir) else here
