"""What a trained network says about rows, for people: classes or numbers in their own unit."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Encoded, FloatArray
from nndesigner.data.progress import Progress, tell
from nndesigner.training.trained import Trained

if TYPE_CHECKING:
    from nndesigner.training.predict import Evaluation

#: Rows that pass between two looks at whether somebody still waits: many batches of the engine.
_ROWS = 16_384
#: So many rows are lists at a time, and so many cells: lists that outlive two looks of Python's
#: collector make it sweep the whole memory, which stops every thread for a fifth of a second.
_LINES, _CELLS = 256, 1 << 14


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a network says about rows.

    ``values`` has a class name for every row, or the numbers in the target's own unit, shape
    ``(n, targets)``. ``probabilities`` is ``(n, classes)`` for classification, every row summing to
    1, else None. ``kept`` are the indices of the source's rows that were used; ``notes`` says what
    was decided on reading. ``names`` are the files of all rows of pictures, unused ones too.
    ``filled`` are the indices of the source's rows that lacked something, which was filled.
    """

    values: tuple[str, ...] | npt.NDArray[np.float32]
    probabilities: npt.NDArray[np.float32] | None
    kept: npt.NDArray[np.int64]
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    filled: npt.NDArray[np.int64] | None = None


def predictions(trained: Trained, rows: Encoded, progress: Progress | None = None) -> Predictions:
    """What the network says about encoded rows. Raises: GraphError, TrainingError, and
    DataError("cancelled") where nobody waits any more.
    """
    from nndesigner.training.predict import Predictor
    from nndesigner.training.targets import predicted_classes

    predictor = Predictor(trained)
    if trained.spec.task == "regression":
        found = trained.encoding.in_own_units(_in_pieces(predictor.predict, rows.x, progress))
        values = np.asarray(found, dtype=np.float32).reshape(len(rows.x), -1)
        return Predictions(values, None, rows.kept, rows.notes, rows.names, rows.filled)
    shares = _in_pieces(predictor.probabilities, rows.x, progress)
    chosen = shares.argmax(axis=1)
    # Outputs beyond 0 and 1 may share the first place once they are shares: then they decide.
    tied = np.count_nonzero(shares == shares.max(axis=1, keepdims=True), axis=1) > 1
    if tied.any():
        chosen[tied] = predicted_classes(predictor.predict(rows.x[tied]))
    names = tuple(trained.spec.classes[index] for index in chosen.tolist())
    return Predictions(names, shares, rows.kept, rows.notes, rows.names, rows.filled)


def with_target(rows: Encoded) -> npt.NDArray[np.bool_] | None:
    """Which rows have a target that the network knows ``(n,)``; None where none has."""
    if rows.y is None:
        return None
    if rows.y.ndim == 1 and np.issubdtype(rows.y.dtype, np.integer):
        known = np.asarray(rows.y >= 0)
    else:
        known = np.asarray(np.isfinite(rows.y.reshape(len(rows.y), -1)).all(axis=1))
    return known if known.any() else None


def judged(trained: Trained, rows: Encoded) -> Evaluation | None:
    """Figures on the rows whose target is there; None where it never is."""
    from nndesigner.training.predict import Predictor

    known = with_target(rows)
    if known is None or rows.y is None:
        return None
    return Predictor(trained).evaluate(rows.x[known], rows.y[known])


def output_names(trained: Trained) -> tuple[str, ...]:
    """What the numbers of a regression are called, one name an output."""
    spec = trained.spec
    if len(spec.target_names) == spec.outputs:
        return spec.target_names
    if len(spec.feature_names) == spec.outputs:  # each row is its own target
        return spec.feature_names
    return tuple(str(place + 1) for place in range(spec.outputs))


def predictions_csv(
    trained: Trained, said: Predictions, progress: Progress | None = None
) -> Iterator[bytes]:
    """Predictions as CSV in UTF-8, piece by piece: ``row`` counts the data's from 1; one
    that could not be used is empty.

    Pictures have their ``file`` as well, and every file has a line. Rows with filled cells are told
    in a note and not in a column: whoever reads this file takes all that stands behind
    ``predicted`` for probabilities.

    Raises: DataError("cancelled") where nobody waits any more.
    """
    if said.probabilities is not None:
        header = ["predicted", *(f"probability_{name}" for name in trained.spec.classes)]
    elif trained.spec.outputs > 1:
        header = [f"predicted_{name}" for name in output_names(trained)]
    else:
        header = ["predicted"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["row", *(["file"] if said.names else []), *header])
    total = max(len(said.names), int(said.kept[-1]) + 1 if len(said.kept) else 0)
    many = max(1, min(_LINES, _CELLS // len(header)))
    for count, (row, line) in enumerate(_all_rows(said, [""] * len(header), total, many)):
        if count and count % many == 0:
            yield text.getvalue().encode("utf-8", "backslashreplace")
            tell(progress, count / total, f"writing row {count + 1:,} of {total:,}")
            text.seek(0)
            text.truncate()
        writer.writerow([row + 1, *([said.names[row]] if said.names else []), *line])
    yield text.getvalue().encode("utf-8", "backslashreplace")


def _all_rows(
    said: Predictions, nothing: list[str], total: int, many: int
) -> Iterator[tuple[int, list[str]]]:
    """Every row of the data with what stands in its columns, made for ``many`` rows at a time."""
    row = 0
    for first in range(0, len(said.kept), many):
        piece = slice(first, first + many)
        for index, line in zip(said.kept[piece].tolist(), _lines(said, piece), strict=True):
            for left_out in range(row, index):
                yield left_out, nothing
            yield index, line
            row = index + 1
    for left_out in range(row, total):
        yield left_out, nothing


def _lines(said: Predictions, rows: slice) -> list[list[str]]:
    """What stands in the columns of these predictions."""
    if said.probabilities is None:
        return [[f"{number:.9g}" for number in row] for row in said.values[rows]]
    shares = said.probabilities[rows].tolist()
    return [
        [name, *(f"{share:.9g}" for share in row)]
        for name, row in zip(said.values[rows], shares, strict=True)
    ]


def _in_pieces(
    compute: Callable[[FloatArray], FloatArray], x: FloatArray, progress: Progress | None
) -> FloatArray:
    """The outputs of all rows, piece by piece, so that one who waits hears of it and can stop."""
    if len(x) <= _ROWS:
        tell(progress, 0.9, "predicting")
        return compute(x)
    found: FloatArray | None = None
    for first in range(0, len(x), _ROWS):
        tell(progress, 0.6 + 0.4 * first / len(x), f"predicting row {first + 1:,} of {len(x):,}")
        piece = compute(x[first : first + _ROWS])
        if found is None:
            found = np.empty((len(x), *piece.shape[1:]), dtype=piece.dtype)
        found[first : first + _ROWS] = piece
    assert found is not None  # noqa: S101 - there is more than one piece
    return found
