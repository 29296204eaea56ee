"""The epochs of a run as a table of numbers, one row an epoch."""

from __future__ import annotations

import numpy as np

from nndesigner.training.feed import Point

#: Columns that every history has.
ALWAYS = ("epoch", "loss", "metric", "val_loss", "val_metric")
#: The rate of an epoch's last step, in histories that know it.
RATE = "learning_rate"
#: Further columns that it may have, of the validation rows.
FIGURES = ("balanced_accuracy", "f1_macro", "rmse", "r2")


def columns_of(history: tuple[Point, ...]) -> tuple[str, ...]:
    """The columns that these epochs need."""
    known = {name for point in history for name in point.val_figures or ()}
    if any(point.learning_rate is not None for point in history):
        known.add(RATE)
    return (*ALWAYS, *(name for name in (RATE, *FIGURES) if name in known))


def are_columns(columns: tuple[str, ...]) -> bool:
    """Whether these are columns of a history."""
    further = columns[len(ALWAYS) :]
    known = tuple(name for name in (RATE, *FIGURES) if name in further)
    return columns[: len(ALWAYS)] == ALWAYS and further == known


def history_bytes(history: tuple[Point, ...]) -> bytes:
    """Shapes: ``(epochs, columns)`` float64, NaN where there is no figure."""
    columns = columns_of(history)
    table = np.full((len(history), len(columns)), np.nan, dtype="<f8")
    for row, point in enumerate(history):
        figures = point.val_figures or {}
        for column, name in enumerate(columns):
            value = getattr(point, name) if name in (*ALWAYS, RATE) else figures.get(name)
            if value is not None:
                table[row, column] = value
    return table.tobytes()


def history_from(content: bytes, columns: tuple[str, ...]) -> tuple[Point, ...]:
    """The epochs of a table. Raises: ValueError for epochs that cannot be."""
    table = np.frombuffer(content, dtype="<f8").reshape(-1, len(columns))
    if not np.all((table[:, 0] >= 0) & (table[:, 0] < 2**53)):
        raise ValueError("epochs")
    points = []
    for row in table.tolist():
        epoch, loss, metric, val_loss, val_metric = row[: len(ALWAYS)]
        further = zip(columns[len(ALWAYS) :], row[len(ALWAYS) :], strict=True)
        figures = {name: value for name, value in further if value == value}
        rate = figures.pop(RATE, None)
        points.append(
            Point(
                epoch=int(epoch),
                loss=loss,
                metric=metric,
                val_loss=None if val_loss != val_loss else val_loss,
                val_metric=None if val_metric != val_metric else val_metric,
                val_figures=figures or None,
                learning_rate=rate,
            )
        )
    return tuple(points)
