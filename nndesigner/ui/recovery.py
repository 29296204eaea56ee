"""Keeps unsaved work when the program is ended from outside, and offers it at the next start."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from dataclasses import replace
from pathlib import Path

import platformdirs

from nndesigner.files.project import SUFFIX, Project, save_project
from nndesigner.ui.document import Document

log = logging.getLogger(__name__)
#: Older ones were offered at many starts and nobody wanted them.
MOST = 5
#: Of a title in a file's name: some file systems take 143 bytes in all.
_MOST_NAME_BYTES = 100
_DATE = re.compile(r" \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d( \d+)*(\.bak)?$")


def folder() -> Path:
    """Where unsaved work is kept."""
    return Path(platformdirs.user_state_dir("nndesigner")) / "recovered"


def project_of(document: Document) -> Project:
    """What the document holds, as a file holds it."""
    state = document.state
    return Project(
        graph=state.graph,
        settings=state.settings,
        origin=state.origin,
        spec=state.spec,
        trained=document.trained,
    )


def keep(document: Document) -> Path | None:
    """Write unsaved work aside; None when there is none or it cannot be written. Never raises."""
    if not document.unsaved:
        return None
    project = project_of(document)
    path = _written(document.title, project)
    if path is None and project.trained is not None:  # the drawing is small: it may still fit
        path = _written(document.title, replace(project, trained=None))
    return path


def kept() -> list[Path]:
    """Work that was kept and not opened since, the newest first."""
    try:
        found = [path for path in folder().glob(f"*{SUFFIX}") if path.stat().st_size]
    except OSError:
        return []
    return sorted(found, key=_when, reverse=True)[:MOST]


def title_of(path: Path) -> str:
    """What the kept project was called."""
    return _DATE.sub("", path.stem) or path.stem


def opened(path: Path) -> None:
    """Kept work was opened: it is not offered again, and not deleted either."""
    _put(path, "opened")


def put_aside(path: Path) -> Path:
    """Kept work cannot be read: it is not offered again. Gives where it lies now."""
    return _put(path, "damaged")


# -- inside


def _written(title: str, project: Project) -> Path | None:
    path = None
    try:
        path = free_place(title)
        save_project(path, project)
    except Exception:  # also a memory that ends: whatever it is, the program must be able to end
        log.exception("unsaved work could not be kept")
        with contextlib.suppress(OSError):
            if path is not None and not path.stat().st_size:
                path.unlink()
        return None
    return path


def free_place(title: str, date: str = "", *, where: Path | None = None) -> Path:
    """A new name in the folder, taken by an empty file: other windows end in the same second.

    ``date`` is that of the present, unless it is given. Raises: OSError.
    """
    where = where or folder()
    name = "".join(c if c.isalnum() or c in " -_" else "_" for c in title)
    name = name.encode()[:_MOST_NAME_BYTES].decode(errors="ignore")
    date = date.strip() or time.strftime("%Y-%m-%d %H.%M.%S")
    where.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        more = f" {number}" if number > 1 else ""
        path = where / f"{name} {date}{more}{SUFFIX}"
        with contextlib.suppress(FileExistsError):
            path.touch(exist_ok=False)
            return path
    raise FileExistsError(f"{name} {date}")


def _when(path: Path) -> str:
    found = _DATE.search(path.stem)
    return found[0] if found else ""


def _put(path: Path, where: str) -> Path:
    place = folder() / where / path.name
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
    except OSError:
        return path
    return place
