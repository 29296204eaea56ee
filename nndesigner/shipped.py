"""Finds the files that come with the program, in a checkout and in an installed package alike."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from nndesigner.errors import FileError

_PACKAGE = Path(__file__).resolve().parent


def shipped(kind: Literal["resources", "samples"], name: str = "") -> Path:
    """The path of a file or folder that comes with the program; without a name, the whole folder.

    A wheel carries them inside the package under ``_shipped``; in a checkout they stand beside it.

    Raises: FileError when it is not there, which means a broken installation.
    """
    for folder in (_PACKAGE / "_shipped" / kind, _PACKAGE.parent / kind):
        path = folder / name
        if path.exists():
            return path
    raise FileError(
        f"The program's own file {kind}/{name} is missing: install nndesigner again to repair it"
    )
