"""Keeps what is written apart from what is read: a file in use is not replaced."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from nndesigner.data.dataset import Origin
from nndesigner.data.idx_file import looks_like_idx
from nndesigner.data.image_folder import PICTURE_SUFFIXES
from nndesigner.data.places import places_of


def same_file(one: str | Path, other: str | Path) -> bool:
    """Whether two paths lead to one file, however they are spelt and through whatever links.

    Two files that are not there yet are the same when their whole paths are. Devices and pipes
    (``/dev/stdout``) never are: what is written to them replaces nothing.
    """
    try:
        if os.path.exists(one) or os.path.exists(other):
            facts, others = os.stat(one), os.stat(other)
            ordinary = stat.S_ISREG(facts.st_mode) or stat.S_ISDIR(facts.st_mode)
            return ordinary and os.path.samestat(facts, others)
        return _whole(one) == _whole(other)
    except (OSError, ValueError):  # only one of them is there, or no file can have such a name
        return False


def is_in_use(target: str | Path, used: Iterable[str | Path]) -> bool:
    """Whether writing to ``target`` would replace one of the files that are read.

    Of a folder these are the pictures and idx files in it: a new table beside them harms nothing.
    """
    return any(same_file(target, path) or _is_picture_in(target, path) for path in used)


def data_in_use(target: str | Path, origin: Origin | None) -> str:
    """Why nothing must be written there while these data are open; empty where it may."""
    if not is_in_use(target, places_of(origin)):
        return ""
    name = Path(target).name
    return f"{name} holds the open data, which would be lost: choose another name"


def _is_picture_in(target: str | Path, folder: str | Path) -> bool:
    try:
        if not os.path.isdir(folder) or not os.path.isfile(target):
            return False
        inside = Path(_whole(target)).is_relative_to(_whole(folder))
    except (OSError, ValueError):
        return False
    path = Path(target)
    return inside and (path.suffix.lower() in PICTURE_SUFFIXES or looks_like_idx(path))


def _whole(path: str | Path) -> str:
    return os.path.normcase(os.path.realpath(os.path.expanduser(path)))
