"""Refuses outputs that cannot be written, or would replace what is read, before all else."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from nndesigner.data.dataset import Origin
from nndesigner.data.places import places_named, places_of
from nndesigner.errors import FileError
from nndesigner.files.apart import is_in_use, same_file
from nndesigner.files.weights import weights_suffix

#: The options that name files to write, and those that name what is read.
OUTPUTS = {"out": "--out", "save": "--save", "export": "--export", "json": "--json", "file": "FILE"}
INPUTS = {"data": "--data", "labels": "--labels", "test": "--test", "test_labels": "--test-labels"}


def refuse_replacing(options: argparse.Namespace) -> None:
    """Raises: FileError where an output is the project (but for ``--save``), data, or named twice.

    ``--save`` may be the project itself: that is how it learns.
    """
    project = getattr(options, "project", None)
    outputs = list(_outputs(options))
    for index, (option, path) in enumerate(outputs):
        if project is not None and option != "--save" and same_file(path, _project(project)):
            raise FileError(
                f"{option} {path} is the project itself, which would be lost: name another file"
            )
        for name, read in INPUTS.items():
            given = getattr(options, name, None)
            if given is not None and is_in_use(path, places_named(given)):
                raise FileError(
                    f"{option} {path} is what {read} reads, and would be lost: name another file"
                )
        for other, before in outputs[:index]:
            if same_file(path, before):
                raise FileError(
                    f"{other} {before} and {option} {path} are one file, and one would replace "
                    "the other: name two"
                )


def refuse_replacing_data(options: argparse.Namespace, origin: Origin | None) -> None:
    """Raises: FileError where an output is the data that the project refers to."""
    for option, path in _outputs(options):
        if is_in_use(path, places_of(origin)):
            raise FileError(
                f"{option} {path} is the data of {options.project}, and would be lost: name "
                "another file"
            )


def check_places(options: argparse.Namespace) -> None:
    """Refuse a path that cannot work before an hour of training, not after it.

    Raises: FileError.
    """
    for path in options.export:
        weights_suffix(path)
    for path in (*options.export, options.save, options.json):
        if path is None:
            continue
        folder = Path(path).parent
        if not folder.is_dir():
            raise FileError(f"cannot save {path}: there is no folder {folder}; create it first")
        if Path(path).is_dir():
            raise FileError(f"cannot save {path}: that is a folder; name a file in it")
        if not _writable(Path(os.path.realpath(path))):
            raise FileError(
                f"cannot save {path}: access is denied; choose another folder or change its "
                "permissions"
            )


def _writable(path: Path) -> bool:
    """Whether a file can be put in place: it takes the right to change it, and its folder."""
    if path.exists() and not os.access(path, os.W_OK):
        return False
    if path.exists() and not path.is_file():  # a device is written to as it is
        return True
    return os.access(path.parent, os.W_OK)


def _outputs(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """The files that a verb was told to write, each with its option."""
    for name, option in OUTPUTS.items():
        given = getattr(options, name, None)
        for path in given if isinstance(given, list) else [given]:
            if path is not None:
                yield option, path


def _project(named: str) -> Path:
    """Where the project lies: a sample project is found from anywhere."""
    from nndesigner.cli.output import sample_project

    return sample_project(named) or Path(named)
