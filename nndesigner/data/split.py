"""Sets rows aside for validation and test, encodes all parts, and says how the split came out."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Dataset, Encoded, FloatArray, IntArray, Prepared
from nndesigner.data.limits import FLOAT_BYTES
from nndesigner.data.split_plan import Split
from nndesigner.data.split_rows import Parts, folds, share_out
from nndesigner.data.store import require_room
from nndesigner.data.words import count
from nndesigner.errors import DataError

#: Rows are compared across the parts up to so many numbers: about a second.
_MOST_COMPARED = 300_000_000
_BLOCK = 1 << 22


def prepare(
    dataset: Dataset, validation_share: float, seed: int, split: Split | None = None
) -> Prepared:
    """Split and encode a data set: the same seed gives the same rows.

    ``split`` is the data set's own unless given. Unless it says otherwise, classes keep their
    shares in all parts, and every class keeps a row in training: a class with one row is never
    validated, and a share that rounds to no row gives no validation rows. Means, fills and scales
    come from the training rows alone.

    Raises: DataError when no row can be learnt from or all of them have one class.
    """
    if not 0.0 <= validation_share < 1.0:
        raise DataError(
            f"The validation share must be at least 0 and below 1, got {validation_share:g}"
        )
    usable = usable_rows(dataset)
    parts = share_out(dataset, usable, validation_share, seed, split or dataset.split)
    return prepare_parts(dataset, usable, parts)


def check_split_of(dataset: Dataset, validation_share: float, seed: int) -> None:
    """Refuse data that `prepare` would refuse by how their rows are shared out, before any row is
    encoded. Raises: DataError.
    """
    usable = usable_rows(dataset)
    parts = share_out(dataset, usable, validation_share, seed, dataset.split)
    training = usable[parts.training]
    if dataset.labels is not None:
        _check_classes(dataset, training)
    dataset.weights_of(training)


def prepare_folds(
    dataset: Dataset, number: int, seed: int, validation_share: float = 0.0
) -> Iterator[Prepared]:
    """Fold by fold: its own rows as the test part, all others for training.

    With a ``validation_share`` that much of the others is set aside for validation, evenly over the
    classes. Raises: DataError.
    """
    usable = usable_rows(dataset)
    split = dataset.split
    for out in folds(dataset, usable, number, seed, split):
        rest = np.flatnonzero(~out)
        inner = share_out(dataset, usable[rest], validation_share, seed, _inner(split))
        parts = Parts(
            rest[inner.training],
            rest[inner.validation],
            np.flatnonzero(out).astype(np.int64),
        )
        yield prepare_parts(dataset, usable, parts)


def fold_notes(dataset: Dataset) -> tuple[str, ...]:
    """What is to be said before rows are cross-validated: that a test part is among them."""
    split, parts = dataset.split, dataset.parts
    if split.test or split.method == "column" or (parts is not None and (parts == 2).any()):
        return (
            "Cross-validation takes all rows, those of the test part too: each is held out once.",
        )
    return ()


def _inner(split: Split) -> Split:
    """How the rows outside a fold are shared out: whole groups stay together there as well."""
    if split.method in ("group", "random"):
        return Split(method=split.method, column=split.column, seed=split.seed)
    return Split(method="stratified", seed=split.seed)


def usable_rows(dataset: Dataset) -> IntArray:
    """The rows that can be learnt from. Raises: DataError when there is nothing to learn."""
    usable = dataset.rows_with_target()
    name = dataset.spec.name
    if not len(usable):
        raise DataError(f"{name}: no row has a target value: choose another target column")
    labels = dataset.labels
    if labels is not None:
        found = np.unique(labels[usable])
        if len(found) < 2:
            only = dataset.spec.classes[int(found[0])]
            raise DataError(
                f"{name}: every row has the same class {only!r}: there is nothing to tell apart"
            )
    numbers = math.prod(dataset.spec.input_shape)
    require_room(
        len(usable) * numbers * FLOAT_BYTES,
        name,
        "take fewer rows, smaller pictures or fewer columns",
    )
    return usable


def prepare_parts(dataset: Dataset, usable: IntArray, parts: Parts) -> Prepared:
    """Encode the parts of a data set, fitted on its training part. Raises: DataError."""
    name = dataset.spec.name
    training = usable[parts.training]
    encoding = dataset.fit(training)
    train = dataset.encode(encoding, training)
    val = dataset.encode(encoding, usable[parts.validation])
    test = dataset.encode(encoding, usable[parts.test]) if len(parts.test) else None
    if not len(train.x):
        raise DataError(
            f"{name}: no training row is left once rows with missing values are dropped: "
            "fill them instead"
        )
    if train.y is None or val.y is None:
        raise DataError(f"{name}: no row has a target value: choose a target column")
    labels = dataset.labels
    if labels is not None and len(np.unique(train.y)) < 2:
        _check_classes(dataset, training)
        raise DataError(
            f"{name}: only one class is left once rows with missing values are dropped: "
            "fill them instead"
        )
    notes = [*parts.notes, *_repeated(train, val, test)]
    return Prepared(
        spec=dataset.spec,
        encoding=encoding,
        x_train=train.x,
        y_train=train.y,
        x_val=val.x,
        y_val=val.y,
        train_rows=train.kept,
        val_rows=val.kept,
        x_test=test.x if test is not None else None,
        y_test=test.y if test is not None else None,
        test_rows=test.kept if test is not None else None,
        notes=tuple(notes),
        weights_train=dataset.weights_of(train.kept),
    )


def _check_classes(dataset: Dataset, training: IntArray) -> None:
    """Raises: DataError where the training rows have one class alone."""
    labels = dataset.labels
    found = np.unique(labels[training]) if labels is not None else np.zeros(0, np.int64)
    if len(found) == 1:
        raise DataError(
            f"{dataset.spec.name}: the training part has only the class "
            f"{dataset.spec.classes[int(found[0])]!r}, so there is nothing to tell apart: change "
            "how the rows are split"
        )


# -- what is to be said about a split


def part_counts(prepared: Prepared) -> dict[str, list[int]]:
    """How many rows of each class each part has; for a number target one count a part."""
    held: list[tuple[str, IntArray | FloatArray | None]] = [
        ("training", prepared.y_train),
        ("validation", prepared.y_val),
        ("test", prepared.y_test),
    ]
    found = {}
    for name, y in held:
        if y is None:
            continue
        if prepared.spec.task == "classification":
            classes = max(1, len(prepared.spec.classes))
            found[name] = np.bincount(y.astype(np.int64), minlength=classes).tolist()
        else:
            found[name] = [len(y)]
    return found


def _repeated(train: Encoded, val: Encoded, test: Encoded | None) -> list[str]:
    """Sentences on rows of validation and test that are in the training part as well."""
    aside = [("validation", val)]
    if test is not None:
        aside.append(("test", test))
    numbers = sum(part.x.size for part in (train, val)) + (test.x.size if test is not None else 0)
    if numbers > _MOST_COMPARED:
        compared = any(len(part.x) for _, part in aside)
        words = "Rows were not looked for in two parts at once: there are too many to compare."
        return [words] if compared else []
    known = np.unique(_prints(train))
    notes = []
    for name, part in aside:
        if not len(part.x) or not len(known):
            continue
        prints = _prints(part)
        place = np.minimum(np.searchsorted(known, prints), len(known) - 1)
        number = int((known[place] == prints).sum())
        if number:
            notes.append(
                f"{count(number, f'{name} row is', f'{name} rows are')} in the training part as "
                f"well, equal in every number: the {name} figures flatter by up to "
                f"{number / len(prints):.1%}.".replace("%", " %")
            )
    return notes


def _prints(part: Encoded) -> npt.NDArray[np.uint64]:
    """A 64-bit fingerprint of every row and its target; equal rows have equal ones."""
    x = part.x.reshape(len(part.x), -1)
    rng = np.random.default_rng(0)
    odd = rng.integers(0, 2**63, x.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    found = np.empty(len(x), dtype=np.uint64)
    step = max(1, _BLOCK // max(1, x.shape[1]))
    for first in range(0, len(x), step):
        block = np.ascontiguousarray(x[first : first + step]) + np.float32(0)  # -0 becomes 0
        found[first : first + step] = block.view(np.uint32).astype(np.uint64) @ odd
    if part.y is not None:
        y = np.ascontiguousarray(part.y.reshape(len(x), -1), dtype=np.float64).view(np.uint64)
        found += y @ rng.integers(0, 2**63, y.shape[1], dtype=np.uint64)
    return found
