"""Rows whose label a trained network doubts: those with the highest loss, often mislabelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nndesigner.data.dataset import FloatArray, IntArray, Prepared
from nndesigner.training.predict import Predictor
from nndesigner.training.trained import Trained

#: A network this sure of another class doubts the label.
SURE = 0.8
#: With a greater share of doubts, it is the network that has not learnt yet.
MOST_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Doubts:
    """The doubted rows, the highest loss first.

    ``rows`` index the data set's rows; ``truth`` and ``guess`` are class numbers, ``sure`` is the
    probability of the guess, ``loss`` is -ln of that of the label; all ``(n,)``. ``shares`` are all
    probabilities ``(n, classes)``. ``looked_at`` is how many rows were looked at.
    """

    rows: IntArray
    truth: IntArray
    guess: IntArray
    sure: FloatArray
    loss: FloatArray
    shares: FloatArray
    looked_at: int
    classes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What to make of it, in words."""
        number = len(self.rows)
        if not number:
            return (
                f"The network doubts no label: of {self.looked_at:,} rows there is none where it "
                f"is at least {SURE:.0%} sure of another class.".replace("%", " %")
            )
        if number > MOST_SHARE * self.looked_at:
            return (
                f"The network disagrees with {number:,} of {self.looked_at:,} labels: train it "
                "further before asking which labels are wrong."
            )
        first = (
            f"row {self.rows[0] + 1:,} is {self.classes[self.truth[0]]!r} and looks like "
            f"{self.classes[self.guess[0]]!r} ({100 * self.sure[0]:.0f} % sure)"
        )
        rows = "1 row" if number == 1 else f"{number:,} rows"
        return (
            f"{rows} of {self.looked_at:,} may be mislabelled: the network is at least "
            f"{100 * SURE:.0f} % sure of another class. First, {first}."
        )


def find_doubts(trained: Trained, prepared: Prepared) -> Doubts | None:
    """The rows, of training and validation, whose label the network doubts; None for numbers."""
    spec = trained.spec
    if spec.task != "classification":
        return None
    x = [part for part in (prepared.x_train, prepared.x_val) if len(part)]
    predictor = Predictor(trained)
    shares = np.concatenate([predictor.probabilities(part) for part in x])
    rows = np.concatenate([prepared.train_rows, prepared.val_rows]).astype(np.int64)
    truth = np.concatenate([prepared.y_train, prepared.y_val]).astype(np.int64)
    guess = shares.argmax(axis=1)
    sure = shares.max(axis=1)
    own = shares[np.arange(len(truth)), truth]
    doubted = np.flatnonzero((guess != truth) & (sure >= SURE))
    doubted = doubted[np.argsort(own[doubted], kind="stable")]
    return Doubts(
        rows=rows[doubted],
        truth=truth[doubted],
        guess=guess[doubted].astype(np.int64),
        sure=sure[doubted],
        loss=-np.log(np.maximum(own[doubted], 1e-12)).astype(np.float32),
        shares=shares[doubted],
        looked_at=len(truth),
        classes=spec.classes,
    )
