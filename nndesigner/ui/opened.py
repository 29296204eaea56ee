"""Projects as they are read beside the window: with their data, or with why those are missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nndesigner.data.dataset import Dataset
from nndesigner.data.progress import CANCELLED, Progress
from nndesigner.errors import DesignerError
from nndesigner.files.project import Project, load_project


@dataclass(frozen=True, eq=False)
class Opened:
    """A project that was read completely, with its data if that was found."""

    project: Project
    dataset: Dataset | None
    missing: str


def read_project(path: Path, progress: Progress) -> Opened:
    """A project and its data. Raises: FileError, DataError("cancelled")."""
    project = load_project(path)
    return Opened(project, *_open_data_of(project, path.parent, progress))


def _open_data_of(project: Project, folder: Path, progress: Progress) -> tuple[Dataset | None, str]:
    """The data of a project, or why it cannot be opened: the rest opens all the same."""
    if project.origin is None:
        return None, ""
    from nndesigner.data import open_origin

    try:
        return open_origin(project.origin, folder, progress), ""
    except DesignerError as error:
        if str(error) == CANCELLED:
            raise
        return None, str(error)


def written_at(path: Path) -> str:
    """When a file was written, as people say it; empty where it is not there."""
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime)
    except (OSError, OverflowError, ValueError):
        return ""
    return f"{written:%Y-%m-%d %H:%M}"
