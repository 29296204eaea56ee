"""Project files: a design, its settings, where its data lies and what it has learnt, in one .nnd.

An ``.nnd`` is a zip of ``project.json`` and raw little-endian arrays (``weights/0.f32``, one a
parameter, and ``history.f64``, one row an epoch). It holds data only. What a clock measured is not
saved, so that the same training gives the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from nndesigner.data.dataset import Origin, Spec
from nndesigner.errors import FileError
from nndesigner.files import codec
from nndesigner.files.arrays import FloatArray, array_from, bytes_of, check_shapes, expected_shapes
from nndesigner.files.atomic import read_bytes, sweep, write_bytes
from nndesigner.files.container import Archive, array_bytes, memory_limit, pack
from nndesigner.files.history import are_columns, columns_of, history_bytes, history_from
from nndesigner.files.state import state_in, state_out
from nndesigner.files.text import (
    MOST_TEXT_BYTES,
    convert,
    kind_of,
    read_json,
    the_list,
    the_object,
    write_json,
)
from nndesigner.graph import Graph, Shape
from nndesigner.training.feed import Point
from nndesigner.training.settings import Settings
from nndesigner.training.trained import TestFigures, Trained

FORMAT = 1
SUFFIX = ".nnd"
_TEXT = "project.json"
_HISTORY = "history.f64"
#: Options of a data reference that are paths like the reference itself.
_PATH_OPTIONS = ("labels",)


@dataclass(frozen=True, eq=False)
class Project:
    """What a project file holds. Paths in ``origin`` are absolute while in memory."""

    graph: Graph = field(default_factory=Graph)
    settings: Settings = field(default_factory=Settings)
    origin: Origin | None = None
    spec: Spec | None = None
    trained: Trained | None = None


def backup_of(path: str | Path) -> Path:
    """Where the version before the last save of a project lies: ``<name>.bak.nnd``.

    It ends as projects do, so that every way to open a project opens it.
    """
    path = Path(path)
    return path.with_name(f"{path.stem}.bak{path.suffix}")


# -- saving


def save_project(path: str | Path, project: Project) -> tuple[str, ...]:
    """Write a project file whole, keeping the version before it as ``<name>.bak.nnd``.

    Weights that are not finite are left out, so that they never keep a drawing from being saved,
    nor does a version before it that cannot be kept; the notes that are returned say so. Raises:
    FileError; the old file is then as it was.
    """
    target = Path(path)
    project, notes = _usable(project, target.name)
    content = project_bytes(project, Path(os.path.abspath(target)).parent, target.name)
    backup = backup_of(target) if _is_whole(target) else None
    unkept = write_bytes(target, content, keep_as=backup)
    sweep(target.parent)
    if unkept and backup is not None:
        notes += (
            f"{target.name} was saved, but the version before it could not be kept as "
            f"{backup.name}: {unkept}",
        )
    return notes


def _usable(project: Project, name: str) -> tuple[Project, tuple[str, ...]]:
    """The project without weights that nobody can use, and what is to be said about that."""
    if project.trained is None:
        return project, ()
    arrays = project.trained.weights.values()
    bad = sum(array.size - int(np.count_nonzero(np.isfinite(array))) for array in arrays)
    if not bad:
        return project, ()
    note = (
        f"{name} was saved without its weights: {bad:,} of the "
        f"{project.trained.parameter_count:,} numbers are not finite; train again, with a smaller "
        "learning rate"
    )
    return replace(project, trained=None), (note,)


def project_bytes(project: Project, folder: Path, name: str = "the project") -> bytes:
    """The content of a project file that will lie in ``folder``. Raises: FileError."""
    members: dict[str, bytes] = {}
    plain: dict[str, Any] = {
        "format": FORMAT,
        "graph": codec.graph_out(project.graph),
        "settings": codec.settings_out(project.settings),
        "origin": None,
        "spec": codec.spec_out(project.spec) if project.spec is not None else None,
        "trained": None,
    }
    if project.origin is not None:
        plain["origin"] = codec.origin_out(_moved(project.origin, lambda p: _relative(p, folder)))
    if project.trained is not None:
        plain["trained"] = _trained_out(project.trained, members, name)
    text = write_json(plain, indent=1)
    return pack({_TEXT: text, **members}, compress=frozenset({_TEXT}))


def _trained_out(trained: Trained, members: dict[str, bytes], name: str) -> dict[str, Any]:
    arrays = []
    for index, (key, array) in enumerate(trained.weights.items()):
        file = f"weights/{index}.f32"
        members[file] = bytes_of(array, key, name)
        arrays.append({"name": key, "shape": list(array.shape), "file": file})
    members[_HISTORY] = history_bytes(trained.history)
    plain: dict[str, Any] = {
        "graph": codec.graph_out(trained.graph),
        "settings": codec.settings_out(trained.settings),
        "spec": codec.spec_out(trained.spec),
        "encoding": codec.encoding_out(trained.encoding),
        "weights": arrays,
        "history": {
            "file": _HISTORY,
            "epochs": len(trained.history),
            "columns": list(columns_of(trained.history)),
        },
    }
    if trained.kept_epoch is not None:
        plain["kept_epoch"] = trained.kept_epoch
    if trained.state is not None:
        plain["state"] = state_out(trained.state, members)
    if trained.test is not None:
        plain["test"] = asdict(trained.test)
    return plain


def _is_whole(path: Path) -> bool:
    """Whether a file is worth keeping as the backup: never replace a good one by a damaged one."""
    try:
        Archive(read_bytes(path), path.name).read(_TEXT, MOST_TEXT_BYTES)
    except FileError:
        return False
    return True


# -- paths of the data


def _moved(origin: Origin, change: Any) -> Origin:
    if not origin.is_file:
        return origin
    options = {
        key: change(value) if key in _PATH_OPTIONS and isinstance(value, str) and value else value
        for key, value in origin.options.items()
    }
    return msgspec.structs.replace(origin, path=change(origin.path), options=options)


def _relative(path: str, folder: Path) -> str:
    """Relative, with forward slashes, when below the project's folder; absolute otherwise."""
    whole = Path(os.path.abspath(path))
    try:
        return whole.relative_to(folder).as_posix()
    except ValueError:
        return str(whole)


def _absolute(path: str, folder: Path) -> str:
    """The path as this system writes it; one that another system wrote stays as it is."""
    if Path(path).is_absolute() or path[1:3] in (":\\", ":/") or path.startswith("\\\\"):
        return path
    return os.path.abspath(folder / path)


# -- loading


def load_project(path: str | Path) -> Project:
    """Read a project file.

    Layers that this version does not know become `Unknown` nodes. The data itself is not opened.
    Raises: FileError naming the file, the place in it, and the kept version before it, if any.
    """
    path = Path(path)
    content = read_bytes(path, most=memory_limit())
    try:
        return project_from(content, Path(os.path.abspath(path)).parent, path.name)
    except FileError as error:
        backup = backup_of(path)
        if backup.is_file():
            raise FileError(
                f"{error}. The version saved before it is {backup}: open that"
            ) from error
        raise


def project_from(content: bytes, folder: Path, name: str = "the project") -> Project:
    """A project from the content of its file, which lies in ``folder``. Raises: FileError."""
    archive = Archive(content, name)
    if archive.size(_TEXT) is None:
        raise FileError(f"{name} is no project of nndesigner: it holds no {_TEXT}")
    plain = read_json(archive.read(_TEXT, MOST_TEXT_BYTES), name)
    check_format(plain, name, FORMAT)
    keys = ("format", "graph", "settings", "origin", "spec", "trained")
    found = the_object(plain, "$", name, keys)
    origin = found.get("origin")
    spec = found.get("spec")
    trained = found.get("trained")
    return Project(
        graph=codec.graph_in(found.get("graph", {}), "$.graph", name),
        settings=codec.settings_in(found.get("settings", {}), "$.settings", name),
        origin=(
            _moved(codec.origin_in(origin, "$.origin", name), lambda p: _absolute(p, folder))
            if origin is not None
            else None
        ),
        spec=codec.spec_in(spec, "$.spec", name) if spec is not None else None,
        trained=_trained_in(trained, archive, name) if trained is not None else None,
    )


def check_format(plain: Any, name: str, newest: int) -> None:
    """Refuse what a newer version wrote. Raises: FileError."""
    number = plain.get("format") if isinstance(plain, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise FileError(
            f"{name}: $.format must be a whole number of at least 1, got {kind_of(number)}"
        )
    if number > newest:
        raise FileError(
            f"{name} was saved by a newer nndesigner (format {number}, this one reads up to "
            f"{newest}): update nndesigner; the file was left as it is"
        )


class _Array(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    shape: tuple[int, ...]
    file: str


class _History(msgspec.Struct, forbid_unknown_fields=True):
    file: str
    epochs: int
    columns: tuple[str, ...]


def _trained_in(value: Any, archive: Archive, name: str) -> Trained:
    keys = (
        "graph", "settings", "spec", "encoding", "weights", "history", "test", "state",
        "kept_epoch",
    )  # fmt: skip
    found = the_object(value, "$.trained", name, keys)
    test = found.get("test")
    graph = codec.graph_in(found.get("graph"), "$.trained.graph", name)
    spec = codec.spec_in(found.get("spec"), "$.trained.spec", name)
    settings = codec.settings_in(found.get("settings"), "$.trained.settings", name)
    weights = _weights_in(found.get("weights"), expected_shapes(graph, spec), archive, name)
    state, kept = found.get("state"), found.get("kept_epoch")
    if state is not None:
        count = sum(array.size for array in weights.values())
        state = state_in(state, archive, count, settings.optimizer.slots, name)
    if kept is not None and (not isinstance(kept, int) or not 0 < kept < 2**53):
        raise FileError(f"{name}: $.trained.kept_epoch must be an epoch, got {kind_of(kept)}")
    return Trained(
        graph=graph,
        settings=settings,
        spec=spec,
        encoding=codec.encoding_in(found.get("encoding"), "$.trained.encoding", name),
        weights=weights,
        state=state,
        kept_epoch=kept,
        history=_history_in(found.get("history"), archive, name),
        test=convert(test, TestFigures, "$.trained.test", name) if test is not None else None,
    )


def _weights_in(
    value: Any, expected: Mapping[str, Shape] | None, archive: Archive, name: str
) -> dict[str, FloatArray]:
    entries = [
        convert(item, _Array, f"$.trained.weights[{index}]", name)
        for index, item in enumerate(the_list(value, "$.trained.weights", name))
    ]
    shapes: dict[str, Shape] = {}
    for entry in entries:
        if entry.name in shapes:
            raise FileError(f"{name} is damaged: it holds the weights {entry.name[:60]!r} twice")
        shapes[entry.name] = entry.shape
    check_shapes(shapes, expected, name)
    weights = {
        entry.name: array_from(
            archive.read(entry.file, array_bytes(entry.shape)), entry.shape, entry.name, name
        )
        for entry in entries
    }
    return {key: weights[key] for key in (expected or weights)}


def _history_in(value: Any, archive: Archive, name: str) -> tuple[Point, ...]:
    entry = convert(value, _History, "$.trained.history", name)
    size = archive.size(entry.file) or 0
    width = 8 * len(entry.columns)
    if not are_columns(entry.columns) or entry.epochs < 0 or size != width * entry.epochs:
        raise FileError(f"{name}: $.trained.history does not fit the file that it names")
    try:
        return history_from(archive.read(entry.file, min(size, memory_limit())), entry.columns)
    except ValueError:
        raise FileError(f"{name} is damaged: {entry.file} holds epochs that cannot be") from None
