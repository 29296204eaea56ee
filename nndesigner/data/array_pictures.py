"""Pictures with labels from .npz and .npy files, as Keras' mnist.npz holds them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.data.arrays import ArrayOptions, Meaning, Pair, find_array_labels, meaning_of
from nndesigner.data.dataset import Encoded, IntArray, Origin, Spec
from nndesigner.data.npy_file import ArrayFile
from nndesigner.data.pixels import (
    MOST_NAME,
    NO_LABELS,
    OR_ITSELF,
    PixelArray,
    PixelDataset,
    PixelEncoding,
    class_names,
    labels_as,
    scaled_rows,
    shape_text,
)
from nndesigner.data.progress import Progress, part_of, tell
from nndesigner.data.store import converted, room
from nndesigner.data.table_source import file_hash
from nndesigner.data.words import count
from nndesigner.errors import DataError

_PIECE = 1 << 22


@dataclass(frozen=True, eq=False)
class _Labels:
    """The class of every row of some arrays, and what the classes are called."""

    codes: IntArray
    classes: tuple[str, ...]


def holds_pictures(path: Path) -> bool:
    """Whether the inputs of an array file have more than rows and columns.

    Raises: DataError when it cannot be told.
    """
    file = ArrayFile(path)
    lists = [info for info in file.infos if len(info.shape) == 1]
    if not file.single and len(lists) == len(file.infos):
        return False
    if not any(len(info.shape) > 2 for info in file.infos):
        return False
    try:
        return meaning_of(file).pictures
    except DataError:
        return True  # opening it as pictures tells what is not clear, and takes the choice


def open_arrays(
    path: Path, options: ArrayOptions, progress: Progress | None = None, *, labelled: bool = True
) -> PixelDataset:
    """Open arrays of pictures with their labels; validation and test arrays keep their parts.

    Without ``labelled`` they may have none. Raises: DataError.
    """
    file = ArrayFile(path)
    meaning = meaning_of(file, options.x, options.y)
    if not meaning.pictures:
        raise DataError(
            f"{path.name}: {meaning.first.x.text} is a table, not pictures: leave out the options "
            "x and y"
        )
    pixels, parts, notes = _pixels(file, meaning, progress)
    bare = meaning.first.y is None and _label_file(path, options) is None
    if bare and not labelled:
        labels, more = _Labels(np.full(len(pixels), -1, dtype=np.int64), ()), [NO_LABELS]
    else:
        labels, more = _labels(file, meaning, options, len(pixels))
    if labels.classes and len(labels.classes) < 2:
        raise DataError(
            f"{path.name}: every row has the same class {labels.classes[0]!r}: there is nothing "
            "to tell apart"
        )
    spec = Spec(
        name=path.stem,
        rows=len(pixels),
        task="classification",
        input_shape=tuple(int(size) for size in pixels.shape[1:]),
        outputs=max(1, len(labels.classes)),
        classes=labels.classes,
        target_names=("label",),
    )
    content_hash = file_hash(path, progress)
    tell(progress, 1.0, "ready")
    return PixelDataset(
        spec=spec,
        origin=Origin(
            kind="arrays",
            path=str(path.absolute()),
            options=options.plain(),
            content_hash=content_hash,
        ),
        notes=(*notes, *more),
        pixels=pixels,
        row_labels=labels.codes,
        row_parts=parts,
    )


def read_arrays_with(
    encoding: PixelEncoding,
    path: Path,
    labels: Path | None = None,
    progress: Progress | None = None,
    *,
    keep_all: bool = False,
) -> Encoded:
    """New arrays through a saved encoding; without labels y is None.

    Of a file with a test part, that part is taken: it is there to be judged by. Raises: DataError.
    """
    file = ArrayFile(path)
    meaning = meaning_of(file)
    chosen = meaning.pairs[-1]
    alone = Meaning((Pair(chosen.x, chosen.y),), meaning.classes)
    pixels, _, notes = _pixels(file, alone, progress)
    if chosen.part:
        notes.append(f"Of {path.name}, the rows of {chosen.x.name} are taken.")
    shape = tuple(int(size) for size in pixels.shape[1:])
    if shape != encoding.shape:
        raise DataError(
            f"{path.name} has images of {shape_text(shape)}, "
            f"the network takes {shape_text(encoding.shape)}"
        )
    kept = np.arange(len(pixels), dtype=np.int64)
    options = ArrayOptions(labels=str(labels) if labels else None)
    if alone.first.y is None and _label_file(path, options) is None:
        notes.append("No labels lie beside the pictures: there is nothing to compare with.")
        return Encoded(
            x=scaled_rows(pixels, kept, encoding, path.name), y=None, kept=kept, notes=tuple(notes)
        )
    found, more = _labels(file, alone, options, len(pixels))
    y, unknown = labels_as(found.codes, found.classes, encoding.classes, keep_all=keep_all)
    notes += [*more, *unknown]
    if not keep_all and (y < 0).any():
        kept = np.flatnonzero(y >= 0).astype(np.int64)
        y = y[kept]
    return Encoded(
        x=scaled_rows(pixels, kept, encoding, path.name), y=y, kept=kept, notes=tuple(notes)
    )


# -- pixels


def _pixels(
    file: ArrayFile, meaning: Meaning, progress: Progress | None
) -> tuple[PixelArray, npt.NDArray[np.int8] | None, list[str]]:
    """The pictures of all parts after each other, whose part each is, and notes."""
    arrays: list[PixelArray] = []
    notes: list[str] = []
    for number, pair in enumerate(meaning.pairs):
        share = 0.8 * number / len(meaning.pairs), 0.8 * (number + 1) / len(meaning.pairs)
        read = file.read(pair.x, progress=part_of(progress, *share))
        array, more = _shaped(read, pair.x.name, file.name, part_of(progress, share[1], share[1]))
        arrays.append(array)
        notes += more
    kinds = {array.dtype for array in arrays}
    if len(kinds) > 1:
        arrays = [converted(array, np.float32, file.name, None, progress) for array in arrays]
    if len(arrays) == 1:
        return arrays[0], None, notes
    parts = [
        np.full(len(array), pair.part, dtype=np.int8)
        for array, pair in zip(arrays, meaning.pairs, strict=True)
    ]
    words = {0: "to train on", 1: "to validate", 2: "to test"}
    shared = ", ".join(
        f"{len(array):,} {words[pair.part]}"
        for array, pair in zip(arrays, meaning.pairs, strict=True)
    )
    notes.append(f"The file says which rows are for what: {shared}.")
    return _joined(arrays, file.name, progress), np.concatenate(parts), notes


def _joined(arrays: list[PixelArray], name: str, progress: Progress | None) -> PixelArray:
    """Arrays after each other; each of them is let go once it was taken over."""
    rows = sum(len(array) for array in arrays)
    whole = room((rows, *arrays[0].shape[1:]), arrays[0].dtype, name)
    step = max(1, _PIECE // max(1, whole[:1].nbytes))
    used = 0
    while arrays:
        array = arrays.pop(0)
        for first in range(0, len(array), step):
            tell(progress, 0.9, "putting the parts together")
            piece = array[first : first + step]
            whole[used : used + len(piece)] = piece
            used += len(piece)
    return whole


def _shaped(
    array: npt.NDArray[Any], name: str, where: str, progress: Progress | None
) -> tuple[PixelArray, list[str]]:
    """Pictures with channels last; uint8 as they are, all else as float32."""
    notes = []
    if array.dtype.kind == "b":
        array = array.view(np.uint8)
    if array.ndim == 3:
        array = array[..., np.newaxis]
    elif array.shape[3] not in (1, 3, 4) and array.shape[1] in (1, 3, 4):
        array = converted(np.moveaxis(array, 1, 3), array.dtype, where, None, progress)
        notes.append(f"{name}: the channels stood before height and width and were put behind.")
    if array.shape[3] not in (1, 3, 4):
        raise DataError(
            f"{where}: {name} holds {shape_text(array.shape)}: the last size must be 1, 3 or 4 "
            "channels"
        )
    if array.dtype != np.uint8:
        if array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= 255:
            array = converted(array, np.uint8, where, None, progress)  # the same in less room
        else:
            found = [0]

            def mend(piece: npt.NDArray[Any]) -> None:
                odd = ~np.isfinite(piece)
                found[0] += int(odd.sum())
                piece[odd] = 0

            with np.errstate(over="ignore"):
                array = converted(array, np.float32, where, mend, progress)
            if found[0]:
                numbers = count(found[0], "number is", "numbers are")
                notes.append(f"{name}: {numbers} not finite: set to 0.")
    return array, notes


# -- labels


def _label_file(path: Path, options: ArrayOptions) -> Path | None:
    if options.labels is not None:
        return Path(options.labels)
    return find_array_labels(path) if path.suffix.lower() == ".npy" else None


def _labels(
    file: ArrayFile, meaning: Meaning, options: ArrayOptions, rows: int
) -> tuple[_Labels, list[str]]:
    notes: list[str] = []
    beside = _label_file(file.path, options)
    if meaning.first.y is not None and options.labels is None:
        lists = []
        for pair in meaning.pairs:
            if pair.y is not None:
                lists.append(_flat(file.read(pair.y), pair.y.name, file.name))
        values = np.concatenate(lists)
    elif beside is not None:
        other = ArrayFile(beside)
        values = _flat(other.read(other.infos[0]), other.infos[0].name, other.name)
        notes.append(f"The labels were taken from {beside.name}.")
    else:
        raise DataError(
            f"{file.name} holds pictures without labels ({meaning.first.x.text} alone): name a "
            f"file of labels, put them into the file as y, {OR_ITSELF}"
        )
    if len(values) != rows:
        raise DataError(
            f"{file.name} holds {count(rows, 'picture')} but {count(len(values), 'label')}: "
            "they do not belong together"
        )
    labels, missing = _classes(values, file, meaning)
    if missing:
        notes.append(f"{count(missing, 'label is', 'labels are')} missing (not a number).")
    return labels, notes


def _flat(array: npt.NDArray[Any], name: str, where: str) -> npt.NDArray[Any]:
    """Labels as one value a row; one-hot rows become the place of their one."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "biuf":
        ones = (array == 1).sum(axis=1) == 1
        zeros = (array == 0).sum(axis=1) == array.shape[1] - 1
        if ones.all() and zeros.all():
            return np.asarray(array.argmax(axis=1))
    if array.ndim != 1:
        raise DataError(
            f"{where}: the labels {name} are {shape_text(array.shape)}: one label a row is wanted"
        )
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "replace")
    return array


def _classes(values: npt.NDArray[Any], file: ArrayFile, meaning: Meaning) -> tuple[_Labels, int]:
    """Classes by the values that occur, named by the file where it names them."""
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    unique, codes = np.unique(values[~missing], return_inverse=True)
    if not len(unique):
        raise DataError(f"{file.name}: no row has a label")
    names = class_names(unique, len(values), file.name)
    if meaning.classes is not None and unique.dtype.kind in "iu":
        known = [str(name)[:MOST_NAME] for name in file.read(meaning.classes)]
        fits = len(set(known)) == len(known) and unique[0] >= 0 and unique[-1] < len(known)
        if fits:
            names = tuple(known[int(value)] for value in unique)
    found = np.full(len(values), -1, dtype=np.int64)
    found[~missing] = codes
    return _Labels(found, names), int(missing.sum())
