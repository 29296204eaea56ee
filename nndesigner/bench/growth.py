"""How cost grows: networks that differ in one thing, and the growth that their work predicts."""

from __future__ import annotations

from dataclasses import dataclass

from nndesigner.bench.cases import Case
from nndesigner.layers import Dense
from nndesigner.learning.optimizers import SGD

#: How far the measured growth may be from the predicted one.
TOLERANCE = 0.15


@dataclass(frozen=True)
class Size:
    """One network of a family: ``base`` names the one that it is compared with, if any."""

    case: Case
    base: str
    words: str


def _size(name: str, base: str, words: str, *, width: int, depth: int, rows: int) -> Size:
    inner = tuple(Dense(units=width, activation="relu") for _ in range(depth))
    case = Case(
        name,
        (*inner, Dense(units=10, activation="softmax")),
        (width,),
        "categorical_crossentropy",
        SGD(learning_rate=0.01),
        batch=128,
        rows=rows,
        epochs=1,
        goal=0.0,
    )
    return Size(case, base, words)


SIZES: dict[str, Size] = {
    size.case.name: size
    for size in (
        _size("512 wide, 4 deep", "", "", width=512, depth=4, rows=12_800),
        _size("twice the rows", "512 wide, 4 deep", "rows x 2", width=512, depth=4, rows=25_600),
        _size("twice the width", "512 wide, 4 deep", "width x 2", width=1024, depth=4, rows=12_800),
        _size("twice the depth", "512 wide, 4 deep", "depth x 2", width=512, depth=8, rows=12_800),
    )
}
