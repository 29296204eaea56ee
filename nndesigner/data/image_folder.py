"""Finds the class folders of an image folder, and explains what stands in the way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
#: What the folders of training, validation and test pictures are called.
_PART_FOLDERS: tuple[frozenset[str], ...] = (
    frozenset(("train", "training", "train_set", "training_set")),
    frozenset(("val", "valid", "validation", "dev", "val_set", "validation_set")),
    frozenset(("test", "testing", "eval", "test_set")),
)


@dataclass(frozen=True)
class ClassFolder:
    """A class: the folder's name and its files in natural order."""

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Found:
    """The classes below a folder; ``root`` is the folder that holds the class folders.

    ``parts`` says of every file whether it is for training (0), validation (1) or test (2), where
    folders or a list say so; else it is empty. ``order`` are the files in the order in which to
    read them, class by class where it is empty. ``labelled`` is False where no class is known.
    """

    root: Path
    classes: tuple[ClassFolder, ...]
    notes: tuple[str, ...]
    parts: Mapping[Path, int] = field(default_factory=dict)
    order: tuple[Path, ...] = ()
    labelled: bool = True

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file in the order in which to read them."""
        return self.order or tuple(file for group in self.classes for file in group.files)

    def judged(self) -> Found:
        """The part that is there to be judged by: test, else validation; all where none is."""
        last = max(self.parts.values(), default=0)
        if not last:
            return self
        kept = frozenset(file for file, part in self.parts.items() if part == last)
        groups = (
            ClassFolder(group.name, tuple(file for file in group.files if file in kept))
            for group in self.classes
        )
        words = ("training", "validation", "test")
        return replace(
            self,
            classes=tuple(group for group in groups if group.files),
            notes=(*self.notes, f"Of the pictures, the {words[last]} part is taken."),
            parts={},
            order=tuple(file for file in self.order if file in kept),
        )


def part_of_name(name: str) -> int | None:
    """0 for training, 1 for validation, 2 for test, None for any other name."""
    plain = name.strip().casefold().replace(" ", "_").replace("-", "_")
    return next((part for part, names in enumerate(_PART_FOLDERS) if plain in names), None)


def find_classes(folder: Path, least: int = 2) -> Found:
    """One class for every folder with files. Raises: DataError explaining the layout expected."""
    notes: list[str] = []
    root = folder
    for _ in range(3):  # an outer folder around the one that is meant, as archives unpack
        folders, files = _entries(root)
        inner = _step_down(root, folders, files)
        if inner is None:
            break
        # one folder inside another is one step: the last one says it all
        notes = [f"The pictures were taken from {inner.relative_to(folder).as_posix()}."]
        root = inner
    folders, files = _entries(root)
    by_part = _parts(folders)
    if by_part:
        return _of_parts(root, by_part, notes, least)
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


def _parts(folders: list[Path]) -> dict[int, Path]:
    """The folders of training, validation and test pictures by their part; empty without them."""
    found: dict[int, Path] = {}
    for sub in folders:
        part = part_of_name(sub.name)
        if part is not None and part not in found and _has_class_folders(sub, least=1):
            found[part] = sub
    return found if 0 in found and _has_class_folders(found[0]) else {}


def _of_parts(root: Path, by_part: dict[int, Path], notes: list[str], least: int) -> Found:
    """The classes of the training folder, with the pictures that the other parts have of them."""
    first = find_classes(by_part[0], least)
    files: dict[str, list[Path]] = {group.name: list(group.files) for group in first.classes}
    parts = {file: 0 for group in first.classes for file in group.files}
    notes = [*notes, *first.notes]
    counts = [f"{len(parts):,} to train on"]
    words = {1: "to validate", 2: "to test"}
    for part in (1, 2):
        if part not in by_part:
            continue
        other = find_classes(by_part[part], least=1)
        unknown = [group.name for group in other.classes if group.name not in files]
        if unknown:
            notes.append(
                f"Classes of {by_part[part].name} that {by_part[0].name} lacks were left out: "
                f"{some(map(repr, unknown))}."
            )
        before = len(parts)
        for group in other.classes:
            if group.name in files:
                files[group.name] += group.files
                parts.update(dict.fromkeys(group.files, part))
        counts.append(f"{len(parts) - before:,} {words[part]}")
    if len(by_part) == 1:
        return replace(first, notes=tuple(notes))
    notes.append(f"The folders say which pictures are for what: {', '.join(counts)}.")
    classes = tuple(ClassFolder(name, tuple(paths)) for name, paths in files.items())
    return Found(root, classes, tuple(notes), parts)


def _step_down(root: Path, folders: list[Path], files: list[Path]) -> Path | None:
    """The inner folder that is meant: the only one around class folders, or ``train``."""
    if _parts(folders):
        return None
    around = [sub for sub in folders if _has_class_folders(sub, deeper=2)]
    direct = [sub for sub in folders if sub not in around and _entries(sub)[1]]
    return around[0] if len(around) == 1 and not direct else None


def _has_class_folders(folder: Path, deeper: int = 0, least: int = 2) -> bool:
    folders, files = _entries(folder)
    if sum(_holds_picture(sub) for sub in folders) >= least:
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
