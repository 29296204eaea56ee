"""What the network says about single validation rows, and whether it is right."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.data.dataset import Prepared
from nndesigner.ui import theme
from nndesigner.ui.views.base import Elided, View, number_text
from nndesigner.ui.views.cards import BARS, Card, CardWall
from nndesigner.ui.views.colormaps import picture
from nndesigner.ui.views.outcome import FloatArray, decoded, names_of, shares
from nndesigner.ui.views.pairs import Pairs
from nndesigner.ui.views.rows import row_values

#: More cards are not looked at.
MOST_CARDS = 60
CHOICES = (
    ("sample", "A sample"),
    ("wrong", "Wrong ones, surest first"),
    ("unsure", "Least sure"),
)
FIGURE_CHOICES = (("sample", "A sample"), ("wrong", "Largest misses"), ("unsure", "Best hits"))


class PredictionsView(View):
    """A wall of validation rows with truth, prediction and probabilities."""

    kind: ClassVar[str] = "predictions"
    title: ClassVar[str] = "Predictions"
    icon: ClassVar[str] = "mdi6.format-list-checks"
    wants: ClassVar[frozenset[str]] = frozenset({"predictions"})
    empty_text: ClassVar[str] = (
        "Press Train to see what the network says about rows that it never trained on."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outputs: FloatArray | None = None
        self._truth: FloatArray | None = None
        self._epoch = 0
        self._range = (0.0, 1.0)
        self._pictures: dict[int, QImage] = {}
        self._values: dict[int, tuple[tuple[str, str], ...]] = {}
        self.choice = QComboBox(self)
        self.choice.setAccessibleName("Which rows")
        self.choice.setMinimumHeight(theme.TARGET)
        for key, text in CHOICES:
            self.choice.addItem(text, key)
        self.choice.currentIndexChanged.connect(self._draw)
        self.caption = Elided(parent=self)
        self.wall = CardWall(self)
        self.wall.setAccessibleName("Predictions")
        self.pairs = Pairs(self)
        self.pairs.setAccessibleName("Rows and what the network gives back")
        self.pairs.hide()
        head = QHBoxLayout()
        head.setSpacing(theme.MARGIN)
        head.addWidget(self.choice)
        head.addWidget(self.caption, 1)
        page = QVBoxLayout(self.page)
        page.setContentsMargins(theme.MARGIN, theme.MARGIN // 2, theme.MARGIN, theme.MARGIN // 2)
        page.setSpacing(theme.MARGIN // 2)
        page.addLayout(head)
        page.addWidget(self.wall, 1)
        page.addWidget(self.pairs, 1)
        self.set_empty(True)

    @property
    def cards(self) -> tuple[Card, ...]:
        """What is shown."""
        return self.wall.cards

    def attached(self) -> None:
        """Other rows."""
        self._outputs = self._truth = None
        self._pictures.clear()
        self._values.clear()
        self.wall.set_cards(())
        regression = self.info is not None and self.info.spec.task == "regression"
        for index, (_, text) in enumerate(FIGURE_CHOICES if regression else CHOICES):
            self.choice.setItemText(index, text)
        if self.info is not None and self.info.settings.validation_share == 0:
            self.set_empty(
                True,
                "No rows are kept aside for validation: set a validation share above 0, "
                "then press Train.",
            )
        else:
            self.set_empty(True)

    def update_view(self) -> None:
        """Show the newest predictions."""
        snapshot = self.feed.snapshot("predictions") if self.feed is not None else None
        prepared = self.info.prepared if self.info is not None else None
        if snapshot is None or prepared is None or snapshot[1] is self._outputs:
            return
        epoch, outputs = snapshot
        if not len(outputs) or len(outputs) != len(prepared.y_val):
            return
        if self._outputs is None and prepared.x_val.ndim == 4:
            part = prepared.x_val[:200]
            self._range = (float(np.nanmin(part)), float(np.nanmax(part)))
        self._outputs, self._epoch = outputs, epoch
        self._draw()
        self.set_empty(False)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.wall.viewport().update()

    # -- inside

    def _draw(self) -> None:
        prepared = self.info.prepared if self.info is not None else None
        if prepared is None or self._outputs is None or self.info is None:
            return
        regression = self.info.spec.task == "regression"
        given_back = self.info.spec.same_as_input and prepared.x_val.ndim == 4
        self.pairs.setVisible(given_back)
        self.wall.setVisible(not given_back)
        when = f"after epoch {self._epoch:,}" if self._epoch else "before training"
        if given_back:
            self.caption.set_text(f"{self._given_back(prepared, self._outputs)}, {when}")
            return
        make = self._figures if regression else self._classes
        cards, what = make(prepared, self._outputs)
        self.wall.set_cards(cards)
        self.caption.set_text(f"{what}, {when}")

    def _classes(self, prepared: Prepared, outputs: FloatArray) -> tuple[tuple[Card, ...], str]:
        names = names_of(prepared.spec)
        sure = shares(outputs, len(names))
        guess, truth = sure.argmax(axis=1), np.asarray(prepared.y_val).astype(np.int64)
        right = guess == truth
        rows = self._rows(right, sure.max(axis=1))
        cards = []
        for row in rows.tolist():
            best = np.argsort(-sure[row], kind="stable")[:BARS].tolist()
            cards.append(
                Card(
                    row=int(prepared.val_rows[row]),
                    truth=_name(names, int(truth[row])),
                    guess=_name(names, int(guess[row])),
                    right=bool(right[row]),
                    bars=tuple((_name(names, k), float(sure[row, k])) for k in best),
                    picture=self._picture(prepared, row),
                    values=self._cells(prepared, row),
                )
            )
        wrong = int(len(right) - right.sum())
        of_all = "of them" if len(cards) == len(right) else f"of all {len(right):,}"
        verb = "is" if wrong == 1 else "are"
        shown = _shown(len(cards), len(right))
        return tuple(cards), f"{shown}; {wrong:,} {of_all} {verb} wrong"

    def _given_back(self, prepared: Prepared, outputs: FloatArray) -> str:
        """Show pictures above what the network makes of them; how many there are, in words."""
        shape = prepared.x_val.shape
        given = outputs.reshape(shape)
        missed = np.nan_to_num(np.abs(given - prepared.x_val), nan=np.inf)
        error = missed.reshape(len(given), -1).mean(axis=1)
        rows = self._rows(np.zeros(len(error), bool), error).tolist()
        low, high = self._range
        self.pairs.set_items(
            [
                (self._picture(prepared, row), picture(given[row], low, high), float(error[row]))
                for row in rows
            ]
        )
        shown = _shown(len(rows), len(given))
        return f"{shown}; below each stands what the network gives back"

    def _figures(self, prepared: Prepared, outputs: FloatArray) -> tuple[tuple[Card, ...], str]:
        if self._truth is None:
            self._truth = decoded(prepared, np.asarray(prepared.y_val, np.float32))
        guess, truth = decoded(prepared, outputs), self._truth
        missed = np.nan_to_num(np.abs(guess - truth), nan=np.inf).mean(axis=1)
        rows = self._rows(np.zeros(len(missed), bool), missed)
        names = prepared.spec.target_names or ("target",)
        if prepared.spec.same_as_input:
            return self._rows_given_back(prepared, guess, truth, rows)
        cards = []
        for row in rows.tolist():
            error = float(guess[row, 0]) - float(truth[row, 0])
            cards.append(
                Card(
                    row=int(prepared.val_rows[row]),
                    truth=f"true {number_text(float(truth[row, 0]))}",
                    guess=number_text(float(guess[row, 0])),
                    right=None,
                    bars=(
                        (f"off by {'+' if error > 0 else ''}{number_text(error)}", 0.0),
                        (names[0], 0.0),
                    ),
                    picture=self._picture(prepared, row),
                    values=self._cells(prepared, row),
                )
            )
        return tuple(cards), _shown(len(cards), len(truth))

    def _rows_given_back(
        self,
        prepared: Prepared,
        guess: FloatArray,
        truth: FloatArray,
        rows: npt.NDArray[np.int64],
    ) -> tuple[tuple[Card, ...], str]:
        """Cards of table rows: their mean error, and the numbers that came out."""
        names = prepared.spec.feature_names
        cards = []
        for row in rows.tolist():
            error = float(np.abs(guess[row] - truth[row]).mean())
            values = tuple(
                (
                    names[place] if place < len(names) else str(place + 1),
                    f"{truth[row, place]:.2g} → {guess[row, place]:.2g}".replace("-", "−"),
                )
                for place in range(min(truth.shape[1], 12))
            )
            cards.append(
                Card(
                    row=int(prepared.val_rows[row]),
                    truth="given back",
                    guess=f"off by {number_text(error)}",
                    right=None,
                    bars=(("on average, as the network sees it", 0.0),),
                    values=values,
                )
            )
        return tuple(cards), _shown(len(cards), len(truth))

    def _rows(
        self, right: npt.NDArray[np.bool_], score: npt.NDArray[np.floating]
    ) -> npt.NDArray[np.int64]:
        """Which validation rows are shown; a sample stays the same while the network learns."""
        count = len(right)
        match self.choice.currentData():
            case "wrong":
                wrong = np.flatnonzero(~right)
                return wrong[np.argsort(-score[wrong], kind="stable")][:MOST_CARDS]
            case "unsure":
                return np.argsort(score, kind="stable")[:MOST_CARDS]
            case _:
                return np.unique(np.linspace(0, count - 1, min(count, MOST_CARDS)).astype(np.int64))

    def _picture(self, prepared: Prepared, row: int) -> QImage | None:
        if prepared.x_val.ndim != 4:
            return None
        if row not in self._pictures:
            self._pictures[row] = picture(prepared.x_val[row], *self._range)
        return self._pictures[row]

    def _cells(self, prepared: Prepared, row: int) -> tuple[tuple[str, str], ...]:
        if prepared.x_val.ndim == 4:
            return ()
        if row not in self._values:
            dataset = self.info.dataset if self.info is not None else None
            self._values[row] = row_values(prepared, dataset, row)
        return self._values[row]


def _shown(cards: int, rows: int) -> str:
    """How many of the validation rows are looked at, in words."""
    if cards == rows:
        return (
            "the one validation row is shown"
            if rows == 1
            else f"all {rows:,} validation rows are shown"
        )
    return f"{cards:,} of {rows:,} validation rows {'is' if cards == 1 else 'are'} shown"


def _name(names: tuple[str, ...], index: int) -> str:
    return names[index] if 0 <= index < len(names) else str(index)
