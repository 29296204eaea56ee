"""What the arrays of a file mean: which are inputs, which are labels, which part they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.data.npy_file import ArrayFile, ArrayInfo, listed
from nndesigner.data.words import nearest
from nndesigner.errors import DataError

#: Names of inputs with the names of the labels that go with them, the usual ones first.
_PAIRS = (
    ("x", "y"),
    ("images", "labels"),
    ("data", "target"),
    ("data", "labels"),
    ("features", "labels"),
    ("features", "targets"),
    ("inputs", "targets"),
    ("inputs", "outputs"),
    ("input", "output"),
    ("x", "t"),
    ("arr_0", "arr_1"),
)
_TRAINING = ("train", "training")
_VALIDATION = ("val", "valid", "validation", "dev")
_TEST = ("test", "testing")
_CLASS_NAMES = ("classes", "class_names", "label_names", "target_names")


class ArrayOptions(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Choices about arrays of pictures; None means: find out.

    ``x`` and ``y`` name the arrays of inputs and labels. ``labels`` is a file that holds the labels
    where ``x`` stands alone.
    """

    x: str | None = None
    y: str | None = None
    labels: str | None = None

    def plain(self) -> dict[str, Any]:
        """The choices as plain JSON."""
        return dict(msgspec.json.decode(msgspec.json.encode(self)))

    @classmethod
    def from_plain(cls, values: Mapping[str, Any] | None) -> ArrayOptions:
        """The choices from plain JSON. Raises: DataError."""
        try:
            return msgspec.convert(dict(values or {}), cls)
        except msgspec.ValidationError as error:
            known = ", ".join(cls.__struct_fields__)
            raise DataError(f"Array options: {error}; the options are {known}") from None


@dataclass(frozen=True)
class Pair:
    """Inputs with their labels (None where they stand alone).

    ``part`` is 0 for training, 1 for validation, 2 for test.
    """

    x: ArrayInfo
    y: ArrayInfo | None
    part: int = 0


@dataclass(frozen=True)
class Meaning:
    """What the arrays of a file are: training rows first; ``classes`` holds names of classes."""

    pairs: tuple[Pair, ...]
    classes: ArrayInfo | None = None

    @property
    def first(self) -> Pair:
        """The arrays to train on."""
        return self.pairs[0]

    @property
    def pictures(self) -> bool:
        """Whether the inputs are pictures rather than rows of a table."""
        return len(self.first.x.shape) > 2


def meaning_of(file: ArrayFile, x: str | None = None, y: str | None = None) -> Meaning:
    """Which arrays are inputs and labels. Raises: DataError listing them where it is not clear."""
    infos = file.infos
    if x is not None:
        return Meaning((_named(file, x, y),), _class_names(file))
    if y is not None:
        raise DataError(f"{file.name}: name the array of inputs (x) beside the labels {y!r}")
    if file.single:
        return Meaning((Pair(_usable(infos[0], file), None),))
    by_part = {part: _pair(infos, words) for part, words in _PARTS.items()}
    training = by_part[0] or _pair(infos, ("",))
    if training is None:
        training = _guessed(infos)
    if training is None:
        alone = [info for info in infos if len(info.shape) >= 2 and not info.is_text]
        if len(alone) == 1 and len(infos) == 1:
            training = (alone[0], None)
    if training is None:
        raise DataError(
            f"{file.name}: which array holds the inputs and which the labels is not clear among "
            f"{listed(infos)}: call them x and y in the file, or name them as x and y"
        )
    pairs = [Pair(_usable(training[0], file), training[1])]
    for part in (1, 2):
        found = by_part[part]
        if found is None or found[0].shape[1:] != pairs[0].x.shape[1:]:
            continue
        if (found[1] is None) == (pairs[0].y is None):
            pairs.append(Pair(found[0], found[1], part))
    for pair in pairs:
        _check_lengths(pair, file)
    return Meaning(tuple(pairs), _class_names(file))


_PARTS = {0: _TRAINING, 1: _VALIDATION, 2: _TEST}
_Found = tuple[ArrayInfo, ArrayInfo | None]


def _plain_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _pair(infos: tuple[ArrayInfo, ...], words: tuple[str, ...]) -> _Found | None:
    """The inputs and labels of one part: ``x_train``, ``train_images``, or ``x`` for no part."""
    by_name = {_plain_name(info.name): info for info in infos}
    for x, y in _PAIRS:
        for word in words:
            for form in ("{0}_{1}", "{1}_{0}", "{0}{1}") if word else ("{0}",):
                inputs = by_name.get(form.format(x, word))
                if inputs is None or not inputs.shape or inputs.is_text:
                    continue
                labels = by_name.get(form.format(y, word))
                if labels is not None:
                    return inputs, labels
    for word in words:
        for form in ("{0}_{1}", "{1}_{0}", "{0}{1}") if word else ("{0}",):
            inputs = by_name.get(form.format("x", word))
            if inputs is not None and len(inputs.shape) >= 2 and not inputs.is_text:
                return inputs, None
    return None


def _guessed(infos: tuple[ArrayInfo, ...]) -> _Found | None:
    """The only array of rows beside the only list of as many labels."""
    rows = [info for info in infos if len(info.shape) >= 2 and not info.is_text]
    rows = [info for info in rows if info.shape[1] > 1 or len(info.shape) > 2]
    if len(rows) != 1:
        return None
    lists = [
        info
        for info in infos
        if info is not rows[0]
        and info.shape[:1] == rows[0].shape[:1]
        and (len(info.shape) == 1 or info.shape[1:] == (1,))
    ]
    return (rows[0], lists[0]) if len(lists) == 1 else None


def _named(file: ArrayFile, x: str, y: str | None) -> Pair:
    names = [info.name for info in file.infos]
    for name in (x, y):
        if name is not None and name not in names:
            raise DataError(f"{file.name} holds no array {name!r}: {nearest(name, names)}")
    inputs = file.info(x)
    labels = file.info(y) if y is not None else None
    if inputs is None:
        raise DataError(f"{file.name} holds no array {x!r}")
    pair = Pair(_usable(inputs, file), labels)
    _check_lengths(pair, file)
    return pair


def _usable(info: ArrayInfo, file: ArrayFile) -> ArrayInfo:
    if info.is_text and len(info.shape) < 2:
        raise DataError(f"{file.name}: {info.text} is a list of texts: there are no inputs in it")
    if not info.shape:
        raise DataError(f"{file.name}: {info.text} is no list of rows")
    if 0 in info.shape:
        raise DataError(f"{file.name} has no rows: {info.text}")
    if len(info.shape) > 4:
        raise DataError(
            f"{file.name}: {info.text} has {len(info.shape)} dimensions: pictures have 3 (rows, "
            "height, width) or 4 with channels, tables have 2"
        )
    return info


def _check_lengths(pair: Pair, file: ArrayFile) -> None:
    if pair.y is not None and pair.y.shape[:1] != pair.x.shape[:1]:
        raise DataError(
            f"{file.name}: {pair.x.text} and {pair.y.text} have different numbers of rows: they do "
            "not belong together"
        )


def _class_names(file: ArrayFile) -> ArrayInfo | None:
    for info in file.infos:
        if _plain_name(info.name) in _CLASS_NAMES and info.is_text and len(info.shape) == 1:
            return info
    return None


def find_array_labels(path: Path) -> Path | None:
    """The label file beside an array file: ``y.npy`` beside ``x.npy``, or None."""
    stem = path.stem
    for x, y in _PAIRS:
        changed = re.sub(rf"(?<![a-z]){x}(?![a-z])", y, stem, count=1, flags=re.IGNORECASE)
        for name in (changed, changed.lower(), changed.upper()):
            beside = path.with_name(f"{name}.npy")
            if name != stem and beside.is_file():
                return beside
    return None
