"""Which classes are taken for which; for numbers, each prediction beside the truth."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from nndesigner.ui import theme
from nndesigner.ui.views.base import View, paint_text
from nndesigner.ui.views.colormaps import ColorBar, color_image, magnitude_table
from nndesigner.ui.views.grid import CellGrid
from nndesigner.ui.views.outcome import names_of
from nndesigner.ui.views.plot import percent_text
from nndesigner.ui.views.scatter import AgainstTruth

IntArray = npt.NDArray[np.int64]


class ConfusionView(View):
    """The confusion matrix of the validation rows after every epoch."""

    kind: ClassVar[str] = "confusion"
    title: ClassVar[str] = "Confusion"
    icon: ClassVar[str] = "mdi6.grid"
    wants: ClassVar[frozenset[str]] = frozenset({"confusion", "predictions"})
    empty_text: ClassVar[str] = (
        "Press Train to see, after every epoch, which classes are taken for which."
    )

    #: A cell was chosen: the true and the predicted class.
    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: IntArray | None = None
        self._epoch = -1
        self._names: tuple[str, ...] = ()
        self._pages = QStackedWidget(self.page)
        self._pages.setMinimumSize(200, 120)
        self.grid = CellGrid(
            QSize(20, 12),
            QSize(88, 44),
            row_title="True class",
            column_title="Predicted class",
            parent=self,
        )
        self.grid.setAccessibleName("Confusion matrix")
        self.grid.hovered.connect(self._say)
        self.grid.clicked.connect(self.cell_chosen)
        self._big = QLabel(self)
        self._lines = {name: QLabel(self) for name in ("right", "base", "mix", "epoch")}
        self._sentence = QLabel(self)
        self._bar = ColorBar(signed=False, parent=self)
        self._bar_name = QLabel("Share of the row's class", self)
        self.scatter = AgainstTruth(self)
        self.scatter.message.connect(self.message)
        matrix = QWidget(self)
        layout = QGridLayout(matrix)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN // 2, theme.MARGIN, theme.MARGIN // 2)
        layout.setHorizontalSpacing(theme.WIDE_MARGIN)
        layout.addWidget(self.grid, 0, 0)
        self._beside = self._side()
        layout.addWidget(self._beside, 0, 1)
        layout.setColumnStretch(0, 3)
        layout.setColumnStretch(1, 1)
        self._columns = layout
        self._pages.addWidget(matrix)
        self._pages.addWidget(self.scatter)
        page = QVBoxLayout(self.page)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self._pages)
        self.restyle()
        self.set_empty(True)

    @property
    def counts(self) -> IntArray | None:
        """The matrix that is shown: rows are the truth."""
        return self._counts

    @property
    def sentence(self) -> str:
        """What is said about the cell that is pointed at."""
        return self._sentence.text()

    @property
    def figures(self) -> tuple[str, ...]:
        """Accuracy and what stands below it."""
        return (self._big.text(), *(label.text() for label in self._lines.values()))

    @property
    def regression(self) -> bool:
        """Whether the data's target is a number."""
        return self.info is not None and self.info.spec.task == "regression"

    @property
    def panel_title(self) -> str:
        """Numbers are not confused: their panel shows each prediction beside the truth."""
        return "Predicted against true" if self.regression else self.title

    def attached(self) -> None:
        """Nothing is known of this run yet."""
        self._counts, self._epoch = None, -1
        self._names = names_of(self.info.spec) if self.info is not None else ()
        self._pages.setCurrentIndex(1 if self.regression else 0)
        self.scatter.attach(self.info)
        self._tell_empty()

    def update_view(self) -> None:
        """Show the newest matrix, if there is a newer one."""
        name = "predictions" if self.regression else "confusion"
        snapshot = self.feed.snapshot(name) if self.feed is not None else None
        if snapshot is None or self.info is None:
            return
        epoch, content = snapshot
        if self.regression:
            if epoch != self._epoch and self.scatter.show_outputs(epoch, content):
                self._epoch = epoch
                self.set_empty(False)
            return
        counts = np.asarray(content)
        if counts.ndim != 2 or counts.shape[0] != len(self._names) or not counts.sum():
            return
        if epoch == self._epoch and self._counts is not None and (counts == self._counts).all():
            return
        self._counts, self._epoch = counts, epoch
        self._draw()
        self.set_empty(False)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        self._big.setFont(theme.title_font(6))
        paint_text(self._big, t.text)
        for label in (*self._lines.values(), self._bar_name):
            paint_text(label, t.text_quiet)
        paint_text(self._sentence, t.text)
        if self._counts is not None:
            self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the matrix alone stays."""
        super().resizeEvent(event)
        wide = self.width() >= 480
        self._beside.setVisible(wide)
        self._columns.setColumnStretch(1, 1 if wide else 0)
        self._columns.setHorizontalSpacing(theme.WIDE_MARGIN if wide else 0)

    # -- inside

    def _tell_empty(self) -> None:
        if self.info is not None and self.info.settings.validation_share == 0:
            self.set_empty(
                True,
                "No rows are kept aside for validation: set a validation share above 0, "
                "then press Train.",
            )
        elif self.regression:
            self.set_empty(
                True, "Press Train to see, after every epoch, each prediction beside the truth."
            )
        else:
            self.set_empty(True)

    def _side(self) -> QWidget:
        side = QWidget(self)
        side.setMinimumWidth(150)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._big)
        for label in (*self._lines.values(), self._sentence, self._bar_name):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        for label in self._lines.values():
            layout.addWidget(label)
        layout.addSpacing(4)
        layout.addWidget(self._sentence)
        layout.addStretch()
        layout.addWidget(self._bar_name)
        layout.addWidget(self._bar)
        return side

    def _draw(self) -> None:
        counts, names = self._counts, self._names
        if counts is None:
            return
        totals = counts.sum(axis=1, keepdims=True)
        share = counts / np.maximum(totals, 1)
        table = magnitude_table()
        colors = table[(share * 255).astype(np.int64)]
        # Neither the ground of the panel nor a colour of the scale: a cell in which nothing is.
        empty = QColor(theme.tokens().neutral)
        colors[counts == 0] = (empty.red(), empty.green(), empty.blue())
        # Where white and near-black are equally well readable.
        bright = (colors @ np.array([0.299, 0.587, 0.114])) > 125
        dark_ink, light_ink = QColor("#10151a"), QColor("#ffffff")
        texts = [[f"{n:,}" for n in row] for row in counts.tolist()]
        inks = [[dark_ink if b else light_ink for b in row] for row in bright.tolist()]
        quiet = theme.color(theme.tokens().text_quiet)
        for row, column in np.argwhere(counts == 0).tolist():
            inks[row][column] = quiet
        self.grid.set_content(names, names, color_image(colors), texts, inks)
        total, right = int(counts.sum()), int(np.trace(counts))
        largest = int(totals.argmax())
        self._big.setText(percent_text(right / total))
        self._lines["right"].setText(f"{right:,} of {total:,} validation rows are right")
        base = int(totals.max()) / total
        self._lines["base"].setText(
            f"Always saying “{_short(names[largest])}” would be {percent_text(base)}"
        )
        wrong = counts - np.diag(np.diag(counts))
        truth, guess = np.unravel_index(int(wrong.argmax()), wrong.shape)
        most = int(wrong[truth, guess])
        self._lines["mix"].setText(
            f"Most often: {_short(names[truth])} taken for {_short(names[guess])}, {most:,}×"
            if most
            else "No row is taken for another class"
        )
        self._lines["epoch"].setText(
            f"after epoch {self._epoch:,}" if self._epoch else "before training"
        )
        self._say(*self.grid.cell)

    def _say(self, row: int, column: int) -> None:
        """One sentence about a cell."""
        if self._counts is None or row < 0:
            self._sentence.setText("")
            return
        self._sentence.setText(cell_sentence(self._counts, self._names, row, column))


def cell_sentence(counts: IntArray, names: tuple[str, ...], truth: int, guess: int) -> str:
    """What one cell of the matrix says, in words."""
    count, total = int(counts[truth, guess]), int(counts[truth].sum())
    rows = "1 row" if count == 1 else f"{count:,} rows"
    were = "was" if count == 1 else "were"
    of = f" ({percent_text(count / total)} of them)" if total and count else ""
    if truth == guess:
        return f"{rows} of class {names[truth]} {were} recognized{of}"
    return f"{rows} of class {names[truth]} {were} taken for {names[guess]}{of}"


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"
