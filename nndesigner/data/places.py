"""The files and folders that data lie in, so that nothing is written over what is read."""

from __future__ import annotations

from pathlib import Path

from nndesigner.data.catalogue import find_known
from nndesigner.data.dataset import FETCHED, Origin
from nndesigner.data.fetch import fetched_path
from nndesigner.data.samples import find_sample
from nndesigner.errors import FileError


def places_named(named: str | Path) -> tuple[Path, ...]:
    """Where the data of a path, a sample or a fetched set lie; nothing for points that are made.

    The labels that are found beside idx images are among them.
    """
    path = Path(named).expanduser()
    try:
        if path.exists():
            return _with_labels(path)
    except (OSError, ValueError):  # a name that is too long, or has a NUL in it
        return ()
    return _of_sample(str(named)) or _of_set(str(named))


def places_of(origin: Origin | None) -> tuple[Path, ...]:
    """Where the data that a project refers to lie, with a label file of their own."""
    if origin is None:
        return ()
    if origin.kind == "sample":
        return _of_sample(origin.path)
    if origin.kind == FETCHED:
        return _of_set(origin.path)
    if not origin.is_file:
        return ()
    labels = origin.options.get("labels")
    beside = (Path(labels),) if isinstance(labels, str) and labels else ()
    return (*_with_labels(Path(origin.path).expanduser()), *beside)


def _of_sample(name: str) -> tuple[Path, ...]:
    from nndesigner.shipped import shipped

    sample = find_sample(name)
    try:
        return _with_labels(shipped("samples", sample.file)) if sample is not None else ()
    except FileError:  # a broken installation: whoever opens it is told
        return ()


def _of_set(name: str) -> tuple[Path, ...]:
    known = find_known(name)
    path = fetched_path(known) if known is not None else None
    return _with_labels(path) if path is not None else ()


def _with_labels(path: Path) -> tuple[Path, ...]:
    """A path, with the label file that is found beside it where it holds idx images."""
    from nndesigner.data.idx import find_labels
    from nndesigner.data.idx_file import looks_like_idx

    if not path.is_file() or not looks_like_idx(path):
        return (path,)
    labels = find_labels(path)
    return (path,) if labels is None else (path, labels)
