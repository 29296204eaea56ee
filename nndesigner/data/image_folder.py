"""Finds the class folders of an image folder, and explains what stands in the way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nndesigner.data.dataset import Task
from nndesigner.data.limits import unreadable
from nndesigner.data.patience import Pulse, patiently
from nndesigner.data.progress import Progress
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

    Of a list, ``columns`` can be the target, ``task`` says what the numbers in ``target`` were
    taken for (None for texts), and ``numbers`` holds that of every file where they are predicted.
    All files are then of one class without a name.
    """

    root: Path
    classes: tuple[ClassFolder, ...]
    notes: tuple[str, ...]
    parts: Mapping[Path, int] = field(default_factory=dict)
    order: tuple[Path, ...] = ()
    labelled: bool = True
    target: str = "class"
    task: Task | None = None
    numbers: Mapping[Path, float] | None = None
    columns: tuple[str, ...] = ()

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


def find_classes(folder: Path, least: int = 2, progress: Progress | None = None) -> Found:
    """One class for every folder with files. Raises: DataError explaining the layout expected."""
    return _find(folder, least, _Folders(progress))


def _find(folder: Path, least: int, look: _Folders) -> Found:
    notes: list[str] = []
    root = folder
    for _ in range(3):  # an outer folder around the one that is meant, as archives unpack
        folders, files = look(root)
        inner = _step_down(root, folders, files, look)
        if inner is None:
            break
        # one folder inside another is one step: the last one says it all
        notes = [f"The pictures were taken from {inner.relative_to(folder).as_posix()}."]
        root = inner
    folders, files = look(root)
    by_part = _parts(folders, look)
    if by_part:
        return _of_parts(root, by_part, notes, least, look)
    pictures = [file for file in files if file.suffix.lower() in PICTURE_SUFFIXES]
    classes, empty, nested = [], [], []
    for sub in folders:
        inner_folders, inner_files = look(sub)
        if inner_files:
            classes.append(ClassFolder(sub.name, tuple(inner_files)))
            if any(_holds_picture(deep, look) for deep in inner_folders):
                nested.append(sub.name)
        elif any(_holds_picture(deep, look) for deep in inner_folders):
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


def flat_pictures(path: Path, progress: Progress | None = None) -> tuple[Path, ...]:
    """The picture at a path, or those that lie in a folder without class folders; else nothing."""
    if path.is_file():
        return (path,)
    look = _Folders(progress)
    folders, files = look(path)
    if any(look(sub)[1] for sub in folders):
        return ()
    return tuple(file for file in files if file.suffix.lower() in PICTURE_SUFFIXES)


def _parts(folders: list[Path], look: _Folders) -> dict[int, Path]:
    """The folders of training, validation and test pictures by their part; empty without them."""
    found: dict[int, Path] = {}
    for sub in folders:
        part = part_of_name(sub.name)
        if part is not None and part not in found and _has_class_folders(sub, look, least=1):
            found[part] = sub
    return found if 0 in found and _has_class_folders(found[0], look) else {}


def _of_parts(
    root: Path, by_part: dict[int, Path], notes: list[str], least: int, look: _Folders
) -> Found:
    """The classes of the training folder, with the pictures that the other parts have of them."""
    first = _find(by_part[0], least, look)
    files: dict[str, list[Path]] = {group.name: list(group.files) for group in first.classes}
    parts = {file: 0 for group in first.classes for file in group.files}
    notes = [*notes, *first.notes]
    counts = [f"{len(parts):,} to train on"]
    words = {1: "to validate", 2: "to test"}
    for part in (1, 2):
        if part not in by_part:
            continue
        other = _find(by_part[part], 1, look)
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


def _step_down(root: Path, folders: list[Path], files: list[Path], look: _Folders) -> Path | None:
    """The inner folder that is meant: the only one around class folders, or ``train``."""
    if _parts(folders, look):
        return None
    around = [sub for sub in folders if _has_class_folders(sub, look, deeper=2)]
    direct = [sub for sub in folders if sub not in around and look(sub)[1]]
    return around[0] if len(around) == 1 and not direct else None


def _has_class_folders(folder: Path, look: _Folders, deeper: int = 0, least: int = 2) -> bool:
    folders, files = look(folder)
    if sum(_holds_picture(sub, look) for sub in folders) >= least:
        return True
    return (
        deeper > 0
        and not files
        and any(_has_class_folders(inner, look, deeper - 1) for inner in folders)
    )


def _holds_picture(folder: Path, look: _Folders) -> bool:
    return any(file.suffix.lower() in PICTURE_SUFFIXES for file in look(folder)[1])


class _Folders:
    """What lies in the folders below one, each of them read once."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._known: dict[Path, tuple[list[Path], list[Path]]] = {}
        self._count = 0

    def __call__(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """The folders and files in a folder, in natural order, without hidden ones.

        Raises: DataError when the folder cannot be read.
        """
        found = self._known.get(folder)
        if found is None:
            words = f"listing {folder.name}, {self._count:,} files so far"
            try:
                found = patiently(lambda pulse: _listed(folder, pulse), self._progress, 0.0, words)
            except OSError as error:
                raise unreadable(folder, error) from None
            self._count += len(found[1])
            self._known[folder] = found
        return found[0], found[1]


def _listed(folder: Path, pulse: Pulse) -> tuple[list[Path], list[Path]]:
    folders: list[Path] = []
    files: list[Path] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not pulse.beat():
                break
            if entry.name.startswith(".") or entry.name.lower() in _HIDDEN:
                continue
            try:
                (folders if entry.is_dir() else files).append(Path(entry.path))
            except OSError:  # a link in a circle: reading it says so
                files.append(Path(entry.path))
    folders.sort(key=lambda path: natural_key(path.name))
    files.sort(key=lambda path: natural_key(path.name))
    return folders, files
