"""Predictions on new rows as a table: what was said, how surely, and what is true where known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from nndesigner.data.dataset import Encoded
from nndesigner.data.progress import Progress
from nndesigner.training.metrics import TITLES, figure_text
from nndesigner.training.predict import Evaluation
from nndesigner.training.predictions import (
    Predictions,
    judged,
    output_names,
    predictions,
    with_target,
)
from nndesigner.training.trained import Trained
from nndesigner.ui import theme
from nndesigner.ui.dialogs.predict_inputs import NO_INPUTS, SIDE_PX, Inputs, inputs_of
from nndesigner.ui.views.base import number_text
from nndesigner.ui.views.text_table import ColumnHead, TextTableView

#: Each of so many classes has a column of its own; of more, the first alone is shown.
MOST_CLASSES = 16
#: So many numbers that come out are shown; the file that is saved has all of them.
MOST_NUMBERS = 40
OF_THAT_CLASS = "of that class"
#: These figures stand in the line above the table.
_FIGURES = ("accuracy", "balanced_accuracy", "f1_macro", "auc", "mae", "rmse", "r2")


@dataclass(frozen=True, eq=False)
class Answer:
    """What the working thread brings: the predictions on one file, and the truth where known."""

    path: Path
    trained: Trained
    said: Predictions
    #: The class of every row, empty where it is not known, or numbers in their own units.
    truth: tuple[str, ...] | npt.NDArray[np.float32] | None
    evaluation: Evaluation | None
    #: What is shown of the rows themselves.
    inputs: Inputs = NO_INPUTS

    @property
    def rows(self) -> int:
        """How many rows were predicted."""
        return len(self.said.kept)

    @property
    def facts(self) -> str:
        """One line: how many rows, and the figures where there is a target to compare with."""
        rows = f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"
        found = self.evaluation
        if found is None:
            return f"{rows}; without a target there are no figures"
        figures = found.details.figures
        shown = [
            f"{TITLES[name]} {figure_text(name, figures[name])}"
            for name in _FIGURES
            if name in figures
        ]
        known = "" if found.rows == self.rows else f", {found.rows:,} with a known target"
        return f"{rows}{known}: {'; '.join(shown)}; loss {number_text(found.loss)}"


def answer_of(
    trained: Trained, path: Path, read: Callable[[Progress], Encoded], progress: Progress
) -> Answer:
    """Read new data and predict it; runs on the working thread. Raises: DesignerError."""
    rows = read(lambda share, words: progress(0.6 * share, words))
    said = predictions(trained, rows, progress)
    known = None if trained.spec.same_as_input else with_target(rows)
    truth: tuple[str, ...] | npt.NDArray[np.float32] | None = None
    if known is not None and rows.y is not None:
        if trained.spec.task == "classification":
            names = trained.spec.classes
            truth = tuple(names[label] if label >= 0 else "" for label in rows.y.tolist())
        else:
            shaped = np.asarray(rows.y, np.float32).reshape(len(rows.y), -1)
            truth = np.asarray(trained.encoding.in_own_units(shaped), np.float32)
    inputs = inputs_of(trained.encoding, rows.x)
    return Answer(path, trained, said, truth, judged(trained, rows), inputs)


def heads_of(answer: Answer) -> list[ColumnHead]:
    """The columns of the table."""
    said, trained = answer.said, answer.trained
    heads = [ColumnHead("Row", numeric=True)]
    if said.names:
        heads.append(ColumnHead("File"))
    if said.filled is not None:
        heads.append(ColumnHead("Missing", "values", help="They were filled as in the training"))
    heads += answer.inputs.heads
    if said.probabilities is None:
        names = output_names(trained)[:MOST_NUMBERS]
        heads += [ColumnHead(name, "predicted", "target", numeric=True) for name in names]
        if answer.truth is not None:
            for name in names:
                heads.append(ColumnHead(name, "true", numeric=True))
                heads.append(ColumnHead(name, "off by", numeric=True))
        return heads
    heads += [
        ColumnHead("Predicted", ", ".join(trained.spec.target_names), "target"),
        ColumnHead("Probability", OF_THAT_CLASS, numeric=True),
    ]
    if answer.truth is not None:
        heads += [ColumnHead("True", ", ".join(trained.spec.target_names)), ColumnHead("Came out")]
    if len(trained.spec.classes) <= MOST_CLASSES:
        heads += [
            ColumnHead(name, "probability", numeric=True, help=f"How likely {name} is")
            for name in trained.spec.classes
        ]
    return heads


class PredictedRows(Sequence[Sequence[str]]):
    """The rows of the table; one becomes texts when it is in sight."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        filled = answer.said.filled
        self._filled = frozenset(filled.tolist()) if filled is not None else None

    def __len__(self) -> int:
        return self._answer.rows

    @overload
    def __getitem__(self, row: int) -> Sequence[str]: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Sequence[str]]: ...
    def __getitem__(self, row: int | slice) -> Sequence[str] | Sequence[Sequence[str]]:
        if isinstance(row, slice):
            return [self._texts(each) for each in range(*row.indices(len(self)))]
        return self._texts(range(len(self))[row])

    def _texts(self, row: int) -> list[str]:
        said, truth = self._answer.said, self._answer.truth
        number = int(said.kept[row])
        cells = [f"{number + 1:,}"]
        if said.names:
            cells.append(said.names[number])
        if self._filled is not None:
            cells.append("filled" if number in self._filled else "none")
        cells += self._answer.inputs.texts(row)
        if said.probabilities is None:
            values = np.asarray(said.values[row])[:MOST_NUMBERS].tolist()
            cells += [number_text(value) for value in values]
            if truth is not None:
                for value, true in zip(values, np.asarray(truth[row]).tolist(), strict=False):
                    known = np.isfinite(true)
                    cells.append(number_text(true) if known else "")
                    cells.append(_signed(value - true) if known else "")
            return cells
        shares = said.probabilities[row]
        cells += [str(said.values[row]), _percent(float(shares.max()))]
        if truth is not None:
            true = str(truth[row])
            verdict = "right" if true == said.values[row] else "wrong"
            cells += [true, verdict if true else ""]
        if len(shares) <= MOST_CLASSES:
            cells += [_percent(share) for share in shares.tolist()]
        return cells


class ShareBars(QStyledItemDelegate):
    """Draws a bar as long as the probability behind its text, and small pictures of the rows."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._answer: Answer | None = None
        self._first = self._each = -1

    def show_answer(self, answer: Answer | None, heads: Sequence[ColumnHead]) -> None:
        """Take the shares of other predictions."""
        self._answer = answer
        shares = answer.said.probabilities if answer is not None else None
        notes = [head.note for head in heads]
        self._first = notes.index(OF_THAT_CLASS) if OF_THAT_CLASS in notes else -1
        all_there = shares is not None and shares.shape[1] <= MOST_CLASSES
        self._each = len(heads) - shares.shape[1] if shares is not None and all_there else -1

    def set_row_height(self, table: TextTableView) -> None:
        """Rows with a picture are as high as it, others as their text."""
        pictured = self._answer is not None and self._answer.inputs.pictures is not None
        height = SIDE_PX + 4 if pictured else table.fontMetrics().height() + 8
        table.verticalHeader().setDefaultSectionSize(height)

    def share(self, row: int, column: int) -> float | None:
        """The probability that stands in a cell, or None."""
        if self._answer is None or self._answer.said.probabilities is None:
            return None
        shares = self._answer.said.probabilities[row]
        if column == self._first:
            return float(shares.max())
        return float(shares[column - self._each]) if 0 <= self._each <= column else None

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The row's picture stands beside its number."""
        super().initStyleOption(option, index)
        if index.column() or self._answer is None:
            return
        icon = self._answer.inputs.icon(index.row())
        if icon is not None:
            option.icon = icon
            option.decorationSize = QSize(SIDE_PX, SIDE_PX)
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The bar at the left end of the cell, then the text."""
        share = self.share(index.row(), index.column())
        if share is not None:
            room = QRectF(option.rect).adjusted(4, 3, -4, -3)
            room.setWidth(max(0.0, room.width() * min(1.0, share)))
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(theme.tokens().accent, 90))
            painter.drawRoundedRect(room, 2, 2)
            painter.restore()
        super().paint(painter, option, index)


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number_text(value)
