"""Images with labels from idx files: finds the labels, notices what was mixed up."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from nndesigner.data.dataset import Encoded, IntArray, Origin, Shape, Spec
from nndesigner.data.idx_file import IdxFile, looks_like_idx, read_idx
from nndesigner.data.pixels import (
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
from nndesigner.data.progress import Progress, tell
from nndesigner.data.store import converted
from nndesigner.data.words import count
from nndesigner.errors import DataError


def open_idx(
    path: Path,
    labels: Path | None = None,
    progress: Progress | None = None,
    *,
    labelled: bool = True,
) -> PixelDataset:
    """Open an idx image file with its labels; without ``labelled`` it may have none.

    Raises: DataError.
    """
    images = _images(path, progress)
    label_path = labels or find_labels(path)
    if label_path is None and labelled:
        raise DataError(
            f"{path.name}: no labels lie beside it (looked for {_label_names(path)[0]}): "
            f"put the label file there or name it, {OR_ITSELF}"
        )
    codes = np.full(len(images.array), -1, dtype=np.int64)
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = (NO_LABELS,)
    label_hash = ""
    if label_path is not None:
        codes, classes, notes, label_hash = _read_labels(label_path, path.name, len(images.array))
    if label_path is not None and len(classes) < 2:
        raise DataError(
            f"{label_path.name}: every row has the same class {classes[0]!r}: "
            "there is nothing to tell apart"
        )
    pixels, shape = _shaped(images, progress)
    spec = Spec(
        name=_title(path),
        rows=len(pixels),
        task="classification",
        input_shape=shape,
        outputs=max(1, len(classes)),
        classes=classes,
        target_names=("label",),
    )
    options = {} if labels is None else {"labels": str(labels.absolute())}
    tell(progress, 1.0, "ready")
    return PixelDataset(
        spec=spec,
        origin=Origin(
            kind="idx",
            path=str(path.absolute()),
            options=options,
            content_hash=f"{images.content_hash[:32]}{label_hash[:32]}",
        ),
        notes=(*images.notes, *notes),
        pixels=pixels,
        row_labels=codes,
    )


def read_idx_with(
    encoding: PixelEncoding,
    path: Path,
    labels: Path | None = None,
    progress: Progress | None = None,
    *,
    keep_all: bool = False,
) -> Encoded:
    """New idx images through a saved encoding; without labels y is None.

    Images of a class that the network does not know are left out, or are -1 with ``keep_all``.
    Raises: DataError.
    """
    images = _images(path, progress)
    pixels, shape = _shaped(images, progress)
    if shape != encoding.shape:
        raise DataError(
            f"{path.name} has images of {shape_text(shape)}, "
            f"the network takes {shape_text(encoding.shape)}"
        )
    kept = np.arange(len(pixels), dtype=np.int64)
    notes = list(images.notes)
    label_path = labels or find_labels(path)
    if label_path is None:
        notes.append("No label file lies beside the images: there is nothing to compare with.")
        x = scaled_rows(pixels, kept, encoding, path.name)
        return Encoded(x=x, y=None, kept=kept, notes=tuple(notes))
    codes, classes, more, _ = _read_labels(label_path, path.name, len(pixels))
    y, unknown = labels_as(codes, classes, encoding.classes, keep_all=keep_all)
    notes += [*more, *unknown]
    if not keep_all and (y < 0).any():
        kept = np.flatnonzero(y >= 0).astype(np.int64)
        y = y[kept]
    x = scaled_rows(pixels, kept, encoding, path.name)
    return Encoded(x=x, y=y, kept=kept, notes=tuple(notes))


def find_idx_images(folder: Path) -> Path | None:
    """The image file to train on in a folder of idx files, or None where there is none."""
    try:
        files = sorted(file for file in folder.iterdir() if file.is_file())
    except OSError:
        return None
    named = [
        file
        for file in files
        if re.search(r"images?|idx[34]", file.name, re.IGNORECASE) and looks_like_idx(file)
    ]
    if not named:
        return None
    training = [file for file in named if "train" in file.name.lower()]
    others = [file for file in named if not re.search(r"t10k|test|val", file.name.lower())]
    return (training or others or named)[0]


def find_labels(path: Path) -> Path | None:
    """The label file beside an image file, packed or not."""
    for name in _label_names(path):
        if name != path.name and (path.parent / name).is_file():
            return path.parent / name
    return None


def _label_names(path: Path) -> list[str]:
    """What the label file may be called, the likeliest first."""
    changed = re.sub("idx[34]", "idx1", path.name)
    names = [
        changed.replace("images", "labels"),
        changed.replace("image", "label"),
        changed.replace("Images", "Labels"),
    ]
    bare = [name.removesuffix(".gz") for name in names]
    packed = [f"{name}.gz" for name in bare]
    return list(dict.fromkeys([*names, *bare, *packed]))


def _title(path: Path) -> str:
    """``train-images-idx3-ubyte.gz`` -> ``train-images``."""
    return re.sub(r"[-._]?idx\d.*$", "", path.name.removesuffix(".gz")) or path.name


def _images(path: Path, progress: Progress | None) -> IdxFile:
    images = read_idx(path, progress)
    if images.array.ndim == 1:
        raise DataError(
            f"{path.name} looks like a label file: it holds one number per row. "
            "Open the image file; the labels beside it are found"
        )
    if images.array.ndim == 4 and images.array.shape[3] not in (1, 3, 4):
        shape = shape_text(images.array.shape)
        raise DataError(f"{path.name} holds {shape}: the last size must be 1, 3 or 4 channels")
    return images


def _shaped(images: IdxFile, progress: Progress | None) -> tuple[PixelArray, Shape]:
    """Rows as images with channels (or flat), uint8 as they are, all else as float32."""
    pixels = images.array
    if pixels.ndim == 3:
        pixels = pixels[..., np.newaxis]
    if pixels.dtype != np.uint8:
        pixels = converted(pixels, np.float32, images.path.name, None, progress)
    return pixels, tuple(int(size) for size in pixels.shape[1:])


def _read_labels(
    path: Path, images_name: str, rows: int
) -> tuple[IntArray, tuple[str, ...], tuple[str, ...], str]:
    labels = read_idx(path)
    if labels.array.ndim != 1:
        raise DataError(
            f"{path.name} looks like an image file, not like labels: it holds "
            f"{shape_text(labels.array.shape)}. Were the two files swapped?"
        )
    if len(labels.array) != rows:
        raise DataError(
            f"{images_name} holds {count(rows, 'image')} but {path.name} "
            f"{count(len(labels.array), 'label')}: they do not belong together"
        )
    values, codes = np.unique(labels.array, return_inverse=True)
    return (
        codes.astype(np.int64),
        class_names(values, rows, path.name),
        labels.notes,
        labels.content_hash,
    )
