"""Rows of the data that are changed by chance while they are picked."""

from __future__ import annotations

from nndesigner.engine.augmenting import (
    ALONG,
    CHANNELS,
    EPOCH,
    FACTS,
    HEIGHT,
    NORMALS,
    PLACES,
    ROOM,
    ROOM_SIZE,
    SEED,
    TARGETS,
    UP,
    WHAT,
    WIDTH,
)
from nndesigner.engine.calling import operation
from nndesigner.engine.kernels import augment
from nndesigner.engine.kernels.memory import at, part, shorts_at
from nndesigner.engine.kernels.turning import STRETCH
from nndesigner.engine.ops import (
    AUGMENTING,
    BLOCK,
    FIRST,
    ORDER,
    OUT,
    ROWS,
    SIZE,
    T_SIZE,
    T,
    X,
)


@operation
def take_augmented(row, constants, frame, stats, v, d, w, g, work):
    """OUT = the block's rows of the data, changed; where targets are such rows, these as well."""
    rows, size, columns = frame[ROWS], row[SIZE], frame[T_SIZE]
    facts = at(frame, frame[AUGMENTING], FACTS)
    order = at(frame, frame[ORDER], rows)
    pixels = facts[HEIGHT] * facts[WIDTH]
    out = part(v, row[OUT] * frame[BLOCK], rows * size)
    kept = columns if facts[TARGETS] != 0 else 0
    targets = at(v, frame[T] + frame[FIRST] * kept * out.itemsize, rows * kept)
    if kept > size:  # what a row counts
        given = at(v, facts[TARGETS], 1)
        for r in range(rows):
            source = part(given, order[r] * columns, columns)
            for j in range(size, columns):
                targets[r * columns + j] = source[j]
    augment.changed(
        at(v, frame[X], 1), size, order, facts[HEIGHT], facts[WIDTH], facts[CHANNELS],
        at(stats, facts[WHAT], augment.NUMBERS), facts[SEED], facts[EPOCH],
        at(v, facts[NORMALS], augment.NORMALS), at(v, facts[ALONG], pixels),
        at(v, facts[UP], pixels), at(v, facts[ROOM], facts[ROOM_SIZE]),
        shorts_at(facts[PLACES], STRETCH), out, targets, kept,
    )  # fmt: skip
