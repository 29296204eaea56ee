"""Finds the class folders of an image folder, and explains what stands in the way."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nndesigner.data.words import count, natural_key, some
from nndesigner.errors import DataError

PICTURE_SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("png", "jpg", "jpeg", "jfif", "bmp", "gif", "tif", "tiff"),
        *("webp", "ppm", "pgm", "pbm", "pnm"),
    )
)
#: Files that systems leave behind; they are passed over without a word.
_HIDDEN = frozenset(("thumbs.db", "desktop.ini", "ehthumbs.db", "__macosx", "$recycle.bin"))
_TRAINING_FOLDERS = ("train", "training", "train_set")
_PART_FOLDERS = frozenset(
    (*_TRAINING_FOLDERS, "test", "testing", "val", "valid", "validation", "dev", "eval")
)


@dataclass(frozen=True)
class ClassFolder:
    """A class: the folder's name and its files in natural order."""

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Found:
    """The classes below a folder; ``root`` is the folder that holds the class folders."""

    root: Path
    classes: tuple[ClassFolder, ...]
    notes: tuple[str, ...]


def find_classes(folder: Path, least: int = 2) -> Found:
    """One class for every folder with files. Raises: DataError explaining the layout expected."""
    notes: list[str] = []
    root = folder
    for _ in range(3):  # an outer folder around the one that is meant, as archives unpack
        folders, files = _entries(root)
        inner = _step_down(root, folders, files)
        if inner is None:
            break
        notes.append(f"The pictures were taken from {inner.relative_to(folder).as_posix()}.")
        root = inner
    folders, files = _entries(root)
    pictures = [file for file in files if file.suffix.lower() in PICTURE_SUFFIXES]
    classes, empty, nested = [], [], []
    for sub in folders:
        inner_folders, inner_files = _entries(sub)
        if inner_files:
            classes.append(ClassFolder(sub.name, tuple(inner_files)))
            if any(_holds_picture(deep) for deep in inner_folders):
                nested.append(sub.name)
        elif any(_holds_picture(deep) for deep in inner_folders):
            nested.append(sub.name)
        else:
            empty.append(sub.name)
    _check(root, classes, pictures, nested, empty, least)
    if empty:
        notes.append(f"Left out because they are empty: {some(map(repr, empty))}.")
    if nested:
        notes.append(
            f"Folders inside {some(map(repr, nested))} were not read: a class is one folder."
        )
    if pictures:
        notes.append(
            f"{count(len(pictures), 'picture')} outside the class folders left out: "
            "their class is not known."
        )
    return Found(root, tuple(classes), tuple(notes))


def _check(
    root: Path,
    classes: list[ClassFolder],
    pictures: list[Path],
    nested: list[str],
    empty: list[str],
    least: int,
) -> None:
    wanted = "put the pictures of each class into a folder of its own and open the folder around"
    if not classes:
        if pictures:
            held = count(len(pictures), "picture")
            raise DataError(f"{root} holds {held} but no class folders: {wanted} them")
        if nested:
            raise DataError(
                f"{root}: the pictures lie too deep, in folders inside {some(map(repr, nested))}: "
                "open the folder that holds the class folders"
            )
        if empty:
            raise DataError(
                f"{root}: the folders {some(map(repr, empty))} are empty: {wanted} them"
            )
        raise DataError(f"{root} holds no pictures: {wanted} them")
    if len(classes) < least:
        also = f" ({some(map(repr, empty))} is empty)" if empty else ""
        raise DataError(
            f"{root} has only one class folder, {classes[0].name!r}{also}: at least two classes "
            "are needed, one folder each"
        )


def flat_pictures(path: Path) -> tuple[Path, ...]:
    """The picture at a path, or those that lie in a folder without class folders; else nothing."""
    if path.is_file():
        return (path,)
    folders, files = _entries(path)
    if any(_entries(sub)[1] for sub in folders):
        return ()
    return tuple(file for file in files if file.suffix.lower() in PICTURE_SUFFIXES)


def _step_down(root: Path, folders: list[Path], files: list[Path]) -> Path | None:
    """The inner folder that is meant: the only one around class folders, or ``train``."""
    names = {sub.name.lower(): sub for sub in folders}
    if folders and set(names) <= _PART_FOLDERS:
        for name in _TRAINING_FOLDERS:
            if name in names and _has_class_folders(names[name]):
                return names[name]
    around = [sub for sub in folders if _has_class_folders(sub, deeper=2)]
    direct = [sub for sub in folders if sub not in around and _entries(sub)[1]]
    return around[0] if len(around) == 1 and not direct else None


def _has_class_folders(folder: Path, deeper: int = 0) -> bool:
    folders, files = _entries(folder)
    if sum(_holds_picture(sub) for sub in folders) >= 2:
        return True
    return deeper > 0 and not files and any(_has_class_folders(f, deeper - 1) for f in folders)


def _holds_picture(folder: Path) -> bool:
    return any(file.suffix.lower() in PICTURE_SUFFIXES for file in _entries(folder)[1])


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The folders and files in a folder, in natural order, without hidden ones.

    Raises: DataError when the folder cannot be read.
    """
    folders: list[Path] = []
    files: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower() in _HIDDEN:
                    continue
                try:
                    (folders if entry.is_dir() else files).append(Path(entry.path))
                except OSError:  # a link in a circle
                    continue
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror or error}") from None
    folders.sort(key=lambda path: natural_key(path.name))
    files.sort(key=lambda path: natural_key(path.name))
    return folders, files
