"""Keeps unsaved work when the program is ended from outside, and offers it at the next start."""

from __future__ import annotations

import contextlib
import logging
import time
from pathlib import Path

import platformdirs

from nndesigner.errors import FileError
from nndesigner.files.project import SUFFIX, Project, save_project
from nndesigner.ui.document import Document

log = logging.getLogger(__name__)
#: Older ones were offered at many starts and nobody wanted them.
MOST = 5


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
    """Write unsaved work aside; None when there is none or it cannot be written."""
    if not document.unsaved:
        return None
    name = "".join(c if c.isalnum() or c in " -_" else "_" for c in document.title)[:60]
    path = folder() / f"{name} {time.strftime('%Y-%m-%d %H.%M.%S')}{SUFFIX}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_project(path, project_of(document))
    except (FileError, OSError):
        log.exception("unsaved work could not be kept")
        return None
    return path


def kept() -> list[Path]:
    """Work that was kept and not opened since, the newest first."""
    try:
        found = sorted(folder().glob(f"*{SUFFIX}"), key=lambda path: path.name[-23:], reverse=True)
    except OSError:
        return []
    return found[:MOST]


def opened(path: Path) -> None:
    """Kept work was opened: it is not offered again, and not deleted either."""
    with contextlib.suppress(OSError):
        (folder() / "opened").mkdir(parents=True, exist_ok=True)
        path.replace(folder() / "opened" / path.name)
