"""What pictures are to become: choices, one size and kind of colour for all, and what is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy.typing as npt

from nndesigner.data.dataset import Task
from nndesigner.data.image_folder import Found
from nndesigner.data.pixels import PixelScaling
from nndesigner.data.words import count, some
from nndesigner.errors import DataError

#: Bigger pictures are shrunk to this on the longer side: a small network learns them in minutes.
DEFAULT_LONGER_SIDE = 64
#: A picture with one side longer than so many times the other is pointed out.
MOST_ASPECT = 8
_LARGEST_SIDE = 1024


class ImageOptions(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Choices about pictures; None means: find out.

    ``size`` is one number for both sides or (width, height). ``fit`` says how another shape is
    brought to it: ``stretch``, ``pad`` with black, or ``crop``. ``scaling`` is what pixels become:
    0 to 1 (``unit``), -1 to 1 (``signed``), or mean 0 and deviation 1 (``standard``). ``target`` is
    the column of labels where a table lists the pictures, ``task`` whether they are classes or
    numbers.
    """

    size: int | tuple[int, int] | None = None
    colours: Literal["grey", "rgb"] | None = None
    fit: Literal["stretch", "pad", "crop"] = "stretch"
    scaling: PixelScaling = "unit"
    target: str | None = None
    task: Task | None = None

    def plain(self) -> dict[str, Any]:
        """The choices as plain JSON."""
        return dict(msgspec.json.decode(msgspec.json.encode(self)))

    @classmethod
    def from_plain(cls, values: Mapping[str, Any] | None) -> ImageOptions:
        """The choices from plain JSON. Raises: DataError."""
        try:
            options = msgspec.convert(dict(values or {}), cls)
        except msgspec.ValidationError as error:
            known = ", ".join(cls.__struct_fields__)
            raise DataError(f"Image options: {error}; the options are {known}") from None
        for side in options.sides or ():
            if not 1 <= side <= _LARGEST_SIDE:
                raise DataError(f"Image options: size must be 1 to {_LARGEST_SIDE}, got {side}")
        return options

    @property
    def sides(self) -> tuple[int, int] | None:
        """Width and height, if they were chosen."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size


@dataclass(frozen=True)
class Plan:
    """What all pictures become."""

    size: tuple[int, int]
    channels: int
    notes: tuple[str, ...]


def plan_of(headers: Mapping[Path, tuple[int, int, bool]], options: ImageOptions) -> Plan:
    """One size (the most common, at most 64 on the longer side) and one kind of colour for all."""
    sizes = Counter((width, height) for width, height, _ in headers.values())
    common = max(sizes, key=lambda size: (sizes[size], size))
    notes = []
    size = options.sides
    if size is None:
        width, height = common
        longer = max(width, height)
        size = common
        if longer > DEFAULT_LONGER_SIDE:
            shrink = DEFAULT_LONGER_SIDE / longer
            size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
            notes.append(
                f"Pictures of {width} × {height} were shrunk to {size[0]} × {size[1]}, so that a "
                "small network trains quickly: choose a size to change that."
            )
    if len(sizes) > 1:
        other = sum(number for found, number in sizes.items() if found != common)
        how = {"stretch": "stretched", "pad": "padded with black", "crop": "cropped"}[options.fit]
        notes.append(
            f"The pictures have {len(sizes)} sizes: {count(other, 'picture')} unlike "
            f"{common[0]} × {common[1]} became {size[0]} × {size[1]} too ({how} where the shape "
            "differs)."
        )
    long = [
        f"{file.name} {width} × {height}"
        for file, (width, height, _) in headers.items()
        if max(width, height) > MOST_ASPECT * min(width, height)
    ]
    if long:
        notes.append(
            f"{count(len(long), 'picture has', 'pictures have')} one side more than {MOST_ASPECT} "
            f"times the other ({some(long, 3)}): little will be left of what they show."
        )
    grey = sum(is_grey for _, _, is_grey in headers.values())
    if options.colours is not None:
        channels = 1 if options.colours == "grey" else 3
    else:
        channels = 1 if grey == len(headers) else 3
        if 0 < grey < len(headers):
            notes.append(f"{count(grey, 'grey picture')} among coloured ones: all are RGB now.")
    return Plan(size, channels, tuple(notes))


def relative(file: Path, root: Path) -> str:
    """A file as it is called within a folder."""
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name


def repeated_notes(
    files: Sequence[Path], digests: Sequence[bytes], labels: npt.NDArray[Any], found: Found
) -> list[str]:
    """Pictures, the same byte for byte, that stand in several classes or several parts.

    ``labels`` are their classes, or the numbers beside them.
    """
    first: dict[bytes, int] = {}
    classes: list[str] = []
    parts: list[str] = []
    for index, digest in enumerate(digests):
        other = first.setdefault(digest, index)
        if other == index:
            continue
        both = f"{relative(files[other], found.root)} and {relative(files[index], found.root)}"
        if labels[other] != labels[index]:
            classes.append(both)
        elif found.parts.get(files[other], 0) != found.parts.get(files[index], 0):
            parts.append(both)
    notes = []
    if classes:
        stand = count(len(classes), "picture stands", "pictures stand")
        where = "in two classes" if found.numbers is None else "twice, with different numbers"
        notes.append(f"{stand} {where} ({some(classes, 3)}): no network can learn both.")
    if parts:
        notes.append(
            f"{count(len(parts), 'picture is', 'pictures are')} in two parts ({some(parts, 3)}): "
            "what is judged by them was seen in training."
        )
    return notes


def skipped_notes(skipped: list[tuple[Path, str]], total: int, root: Path) -> list[str]:
    """Which files could not be used, and why; a warning where they are many."""
    if not skipped:
        return []
    shown = some((f"{relative(file, root)}: {reason}" for file, reason in skipped), 5)
    notes = [f"{count(len(skipped), 'file was', 'files were')} skipped ({shown})."]
    if len(skipped) * 10 > total:
        notes.append(
            f"Careful: {len(skipped):,} of {total:,} files could not be used. Is this the right "
            "folder?"
        )
    return notes
