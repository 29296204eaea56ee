"""Sets rows aside for validation, evenly over the classes, and encodes both parts."""

from __future__ import annotations

import math

import numpy as np

from nndesigner.data.dataset import Dataset, IntArray, Prepared
from nndesigner.data.limits import FLOAT_BYTES, require_memory
from nndesigner.errors import DataError


def prepare(dataset: Dataset, validation_share: float, seed: int) -> Prepared:
    """Split and encode a data set: the same seed gives the same rows.

    Classes keep their shares in both parts, and every class keeps a row in training: a class with
    one row is never validated, and a share that rounds to no row gives no validation rows. Where
    the data itself names validation and test rows, those are taken. Means, fills and scales come
    from the training rows alone.

    Raises: DataError when no row can be learnt from or all of them have one class.
    """
    if not 0.0 <= validation_share < 1.0:
        raise DataError(
            f"The validation share must be at least 0 and below 1, got {validation_share:g}"
        )
    usable = dataset.rows_with_target()
    name = dataset.spec.name
    if not len(usable):
        raise DataError(f"{name}: no row has a target value: choose another target column")
    rng = np.random.default_rng(seed)
    labels = dataset.labels
    parts = dataset.parts
    given: IntArray | None = None
    if parts is not None:  # the data says itself what its rows are for; test rows stay aside
        usable = usable[parts[usable] != 2]
        given = np.flatnonzero(parts[usable] == 1)
        if not len(usable) or len(given) == len(usable):
            raise DataError(f"{name}: no row is left to train on: all are for validation or test")
    if labels is not None:
        found = np.unique(labels[usable])
        if len(found) < 2:
            only = dataset.spec.classes[int(found[0])]
            raise DataError(
                f"{name}: every row has the same class {only!r}: there is nothing to tell apart"
            )
        validation = _stratified(labels[usable], validation_share, rng)
    else:
        size = round(validation_share * len(usable))
        validation = rng.permutation(len(usable))[: min(size, len(usable) - 1)]
    if given is not None and len(given):
        validation = given
    numbers = math.prod(dataset.spec.input_shape)
    require_memory(
        len(usable) * numbers * FLOAT_BYTES,
        name,
        "take fewer rows, smaller pictures or fewer columns",
    )
    aside = np.zeros(len(usable), dtype=bool)
    aside[validation] = True
    training = usable[~aside]
    encoding = dataset.fit(training)
    train = dataset.encode(encoding, training)
    val = dataset.encode(encoding, usable[aside])
    if not len(train.x):
        raise DataError(
            f"{name}: no training row is left once rows with missing values are dropped: "
            "fill them instead"
        )
    if train.y is None or val.y is None:
        raise DataError(f"{name}: no row has a target value: choose a target column")
    if labels is not None and len(np.unique(train.y)) < 2:
        raise DataError(
            f"{name}: only one class is left once rows with missing values are dropped: "
            "fill them instead"
        )
    return Prepared(
        spec=dataset.spec,
        encoding=encoding,
        x_train=train.x,
        y_train=train.y,
        x_val=val.x,
        y_val=val.y,
        train_rows=train.kept,
        val_rows=val.kept,
    )


def _stratified(labels: IntArray, share: float, rng: np.random.Generator) -> IntArray:
    """Positions set aside: each class in its share, the total rounded, one of each class kept."""
    classes, counts = np.unique(labels, return_counts=True)
    exact = counts * share
    taken = np.minimum(np.floor(exact).astype(np.int64), counts - 1)
    # what rounding down left over goes to the classes that lost most by it
    order = np.argsort(-(exact - taken), kind="stable")
    left = round(share * len(labels)) - int(taken.sum())
    for place in order:
        if left <= 0:
            break
        if taken[place] + 1 < counts[place]:
            taken[place] += 1
            left -= 1
    parts = [
        rng.permutation(np.flatnonzero(labels == label))[:number]
        for label, number in zip(classes, taken, strict=True)
    ]
    return np.concatenate(parts).astype(np.int64)
