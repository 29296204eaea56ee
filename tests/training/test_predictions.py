"""Predictions are written piece by piece, so that many rows stop nobody."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nndesigner.errors import DataError
from nndesigner.training.predictions import Predictions, predictions_csv


def classifier(classes: int) -> Any:
    """All that is asked of a trained network here."""
    names = tuple(f"c{n}" for n in range(classes))
    return SimpleNamespace(spec=SimpleNamespace(classes=names, outputs=classes))


def said(classes: int, kept: np.ndarray, files: int = 0) -> Predictions:
    shares = np.random.default_rng(5).random((len(kept), classes), dtype=np.float32)
    names = tuple(f"c{n}" for n in shares.argmax(axis=1).tolist())
    return Predictions(names, shares, kept, names=tuple(f"{n}.png" for n in range(files)))


@pytest.mark.parametrize(("classes", "rows"), [(2, 3_000), (40, 3_000), (20_000, 5)])
def test_pieces_are_small_and_hold_every_row_once(classes: int, rows: int) -> None:
    found = said(classes, np.arange(rows))
    pieces = list(predictions_csv(classifier(classes), found))
    assert len(pieces) > 4
    # A list that a piece is made of is gone before Python's collector has looked twice.
    assert max(piece.count(b"\n") for piece in pieces) <= 257
    assert max(piece.count(b",") for piece in pieces) <= max(1 << 15, 2 * classes + 2)
    lines = list(csv.reader(io.StringIO(b"".join(pieces).decode())))
    assert lines[0][:3] == ["row", "predicted", "probability_c0"]
    assert [line[0] for line in lines[1:]] == [str(n + 1) for n in range(rows)]
    assert [line[1] for line in lines[1:]] == list(found.values)
    assert float(lines[rows][-1]) == pytest.approx(float(found.probabilities[-1, -1]), rel=1e-7)


def test_files_without_predictions_have_a_line_wherever_they_stand() -> None:
    kept = np.delete(np.arange(2_000), [0, 256, 257, 700, 1_999])
    text = b"".join(predictions_csv(classifier(3), said(3, kept, files=2_000))).decode()
    lines = list(csv.reader(io.StringIO(text)))[1:]
    assert [line[:2] for line in lines] == [[str(n + 1), f"{n}.png"] for n in range(2_000)]
    assert [n for n, line in enumerate(lines) if line[2:] == [""] * 4] == [0, 256, 257, 700, 1_999]


def test_one_who_waits_hears_how_far_it_is_and_can_stop() -> None:
    heard: list[tuple[float, str]] = []

    def progress(share: float, words: str) -> bool:
        heard.append((share, words))
        return len(heard) < 3

    pieces = predictions_csv(classifier(3), said(3, np.arange(1_024)), progress)
    with pytest.raises(DataError, match="cancelled"):
        list(pieces)
    assert heard == [
        (0.25, "writing row 257 of 1,024"),
        (0.5, "writing row 513 of 1,024"),
        (0.75, "writing row 769 of 1,024"),
    ]
