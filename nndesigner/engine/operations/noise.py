"""What changes numbers at random while training: the same for the same seed, step and row."""

from __future__ import annotations

from nndesigner.engine.calling import operation
from nndesigner.engine.kernels import elementwise, noise
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import (
    BLOCK,
    F0,
    FIRST,
    GRAD_A,
    I0,
    INDEX,
    MODE,
    OUT,
    ROWS,
    SEED,
    SIZE,
    STEP,
    TRAIN,
    A,
    B,
)


@operation
def dropout(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A times a seeded mask, which B keeps, while training."""
    rows, block = frame[ROWS], frame[BLOCK]
    count = rows * row[SIZE]
    x, y = part(v, row[A] * block, count), part(v, row[OUT] * block, count)
    if frame[MODE] == TRAIN:
        mask = part(v, row[B] * block, count)
        noise.dropout(
            constants[F0], frame[SEED], frame[STEP], frame[INDEX], frame[FIRST], rows, x, mask, y
        )
    else:
        elementwise.copy(x, y, False)


@operation
def dropout_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT times the mask."""
    if row[GRAD_A] != 0:
        block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
        mask, dy = part(v, row[B] * block, count), part(d, row[OUT] * block, count)
        elementwise.multiply_back(mask, dy, part(d, row[A] * block, count), row[GRAD_A] == 2)


@operation
def spatial_dropout(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A times a seeded mask of I0 whole channels, which B keeps, while training."""
    rows, block, channels = frame[ROWS], frame[BLOCK], row[I0]
    count = rows * row[SIZE]
    x, y = part(v, row[A] * block, count), part(v, row[OUT] * block, count)
    if frame[MODE] == TRAIN:
        noise.spatial_dropout(
            constants[F0], frame[SEED], frame[STEP], frame[INDEX], frame[FIRST], rows, channels, x,
            part(v, row[B] * block, rows * channels), y,
        )  # fmt: skip
    else:
        elementwise.copy(x, y, False)


@operation
def spatial_dropout_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT times the mask."""
    if row[GRAD_A] != 0:
        rows, block, channels = frame[ROWS], frame[BLOCK], row[I0]
        count = rows * row[SIZE]
        noise.spatial_dropout_back(
            rows, channels, part(v, row[B] * block, rows * channels),
            part(d, row[OUT] * block, count), part(d, row[A] * block, count), row[GRAD_A] == 2,
        )  # fmt: skip


@operation
def gaussian(row, constants, frame, stats, v, d, w, g, work):
    """OUT = A plus seeded normal noise, while training."""
    rows, block = frame[ROWS], frame[BLOCK]
    count = rows * row[SIZE]
    x, y = part(v, row[A] * block, count), part(v, row[OUT] * block, count)
    if frame[MODE] == TRAIN:
        noise.gaussian(
            constants[F0], frame[SEED], frame[STEP], frame[INDEX], frame[FIRST], rows, x, y
        )
    else:
        elementwise.copy(x, y, False)


@operation
def gaussian_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= dOUT."""
    if row[GRAD_A] != 0:
        block, count = frame[BLOCK], frame[ROWS] * row[SIZE]
        dy, dx = part(d, row[OUT] * block, count), part(d, row[A] * block, count)
        elementwise.copy(dy, dx, row[GRAD_A] == 2)
