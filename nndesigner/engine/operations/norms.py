"""Normalisation over the mini-batch, where all shards meet, and over groups of channels.

Batch normalisation is two rows. BATCH_MOMENTS gathers each shard's mean and squared distances of A
into B; where the shards meet they become those of the whole mini-batch, in every shard's B.
BATCH_NORM applies them. On the way back BATCH_NORM gathers its sums into the gradients of B, the
meeting makes them those of the mini-batch, and BATCH_MOMENTS gives the gradient of A.
Parameters from P on: γ, β, running mean, running variance, each a channel. Constants: epsilon,
momentum.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.calling import operation
from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels import norms
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.ops import (
    ACTIVE,
    BATCH,
    BLOCK,
    F0,
    F1,
    FRAME,
    FRESH,
    GRAD_A,
    GRAD_P,
    I0,
    LEARN,
    LOSS,
    MODE,
    OUT,
    ROOM,
    ROWS,
    SIZE,
    STATS,
    TRAIN,
    A,
    B,
    P,
)


@kernel()
def _moments(row, frame, v):
    """Mean and 1 / deviation of the mini-batch as this shard knows them."""
    channels, start = row[I0], row[B] * frame[BLOCK]
    return part(v, start, channels), part(v, start + channels, channels)


@kernel()
def _running(row, constants, w, work):
    """Running mean and 1 / deviation, the latter in ``work``."""
    channels = row[I0]
    inverse = part(work, 0, channels)
    epsilon = inverse.dtype.type(constants[F0])
    norms.deviations(part(w, row[P] + 3 * channels, channels), epsilon, inverse)
    return part(w, row[P] + 2 * channels, channels), inverse


@operation
def batch_moments(row, constants, frame, stats, v, d, w, g, work):
    """B = mean and squared distances of this shard's part of A."""
    x = part(v, row[A] * frame[BLOCK], frame[ROWS] * row[SIZE])
    mean, square = _moments(row, frame, v)
    norms.batch_moments(x, mean, square, part(work, 0, row[I0]))


@operation
def batch_moments_meet(row, constants, frame, stats, v, d, w, g, work):
    """B of every shard = mean, 1 / deviation and variance of the whole mini-batch."""
    channels, places = row[I0], row[SIZE] // row[I0]
    start, shards, room = row[B] * frame[BLOCK], frame[ACTIVE], frame[ROOM]
    share = 1.0 / (frame[BATCH] * places)
    for j in range(channels):
        mean = 0.0
        for s in range(shards):
            mean += frame[s * FRAME + ROWS] * places * share * v[s * room + start + j]
        variance = 0.0
        for s in range(shards):
            away = v[s * room + start + j] - mean
            variance += share * v[s * room + start + channels + j]
            variance += share * frame[s * FRAME + ROWS] * places * away * away
        inverse = 1.0 / np.sqrt(variance + constants[F0])
        for s in range(shards):
            v[s * room + start + j] = mean
            v[s * room + start + channels + j] = inverse
            v[s * room + start + 2 * channels + j] = variance


@operation
def batch_moments_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= γ inverse (dy - mean dy - x̂ mean dy x̂); dy is the gradient at the position I0 + 1."""
    if row[GRAD_A] != 0:
        block, channels, count = frame[BLOCK], row[I0], frame[ROWS] * row[SIZE]
        mean, inverse = _moments(row, frame, v)
        total, along = _moments(row, frame, d)
        share = mean.dtype.type(1.0 / (frame[BATCH] * (row[SIZE] // channels)))
        norms.batch_norm_back(
            part(v, row[A] * block, count), mean, inverse, part(w, row[P], channels), total, along,
            share, part(d, row[I0 + 1] * block, count), part(d, row[A] * block, count),
            row[GRAD_A] == 2,
        )  # fmt: skip


@operation
def batch_norm(row, constants, frame, stats, v, d, w, g, work):
    """OUT = γ x̂ + β, by the mini-batch's moments while training, else by the running ones."""
    block, channels, count = frame[BLOCK], row[I0], frame[ROWS] * row[SIZE]
    x, y = part(v, row[A] * block, count), part(v, row[OUT] * block, count)
    gamma, beta = part(w, row[P], channels), part(w, row[P] + channels, channels)
    if frame[MODE] == TRAIN:
        mean, inverse = _moments(row, frame, v)
    else:
        mean, inverse = _running(row, constants, w, work)
    norms.batch_norm(x, mean, inverse, gamma, beta, y)


@operation
def batch_norm_back(row, constants, frame, stats, v, d, w, g, work):
    """This shard's Σ dOUT and Σ dOUT x̂: into the gradients of B, and those of β and γ."""
    block, channels, count = frame[BLOCK], row[I0], frame[ROWS] * row[SIZE]
    mean, inverse = _moments(row, frame, v)
    total, along = _moments(row, frame, d)
    norms.batch_sums(
        part(v, row[A] * block, count), mean, inverse, part(d, row[OUT] * block, count), total,
        along, part(work, 0, 2 * channels),
    )  # fmt: skip
    if row[GRAD_P] != 0:
        dgamma, dbeta = part(g, row[P], channels), part(g, row[P] + channels, channels)
        for j in range(channels):
            dgamma[j] = along[j]
            dbeta[j] = total[j]


@operation
def batch_norm_meet_back(row, constants, frame, stats, v, d, w, g, work):
    """Sums over all shards into the gradients of each one's B; the running moments move on.

    They move only now, when it is known that the loss of the mini-batch is a number. It counts as
    none where a moment is not finite: infinitely spread numbers would come out as finite zeros.
    """
    channels = row[I0]
    start, shards, room = row[B] * frame[BLOCK], frame[ACTIVE], frame[ROOM]
    for j in range(2 * channels):
        total = 0.0
        for s in range(shards):
            total += d[s * room + start + j]
        for s in range(shards):
            d[s * room + start + j] = total
    for j in range(channels):
        if not np.isfinite(v[start + j]) or not np.isfinite(v[start + 2 * channels + j]):
            stats[LOSS] = np.nan
    loss = 0.0
    for s in range(shards):
        loss += stats[s * STATS + LOSS]
    if frame[LEARN] != 0 and np.isfinite(loss):
        keep = constants[F1]
        mean, variance = (
            part(w, row[P] + 2 * channels, channels), part(w, row[P] + 3 * channels, channels),
        )  # fmt: skip
        for j in range(channels):
            mean[j] = keep * mean[j] + (1.0 - keep) * v[start + j]
            variance[j] = keep * variance[j] + (1.0 - keep) * v[start + 2 * channels + j]


@operation
def batch_norm_frozen(row, constants, frame, stats, v, d, w, g, work):
    """OUT = γ x̂ + β by the running moments, while training too."""
    block, channels, count = frame[BLOCK], row[I0], frame[ROWS] * row[SIZE]
    x, y = part(v, row[A] * block, count), part(v, row[OUT] * block, count)
    mean, inverse = _running(row, constants, w, work)
    gamma, beta = part(w, row[P], channels), part(w, row[P] + channels, channels)
    norms.batch_norm(x, mean, inverse, gamma, beta, y)


@operation
def batch_norm_frozen_back(row, constants, frame, stats, v, d, w, g, work):
    """dA (+)= γ dOUT / deviation: the running moments are constants."""
    if row[GRAD_A] != 0:
        block, channels, count = frame[BLOCK], row[I0], frame[ROWS] * row[SIZE]
        mean, inverse = _running(row, constants, w, work)
        norms.batch_norm_back(
            part(v, row[A] * block, count), mean, inverse, part(w, row[P], channels), mean, mean,
            mean.dtype.type(0), part(d, row[OUT] * block, count), part(d, row[A] * block, count),
            row[GRAD_A] == 2,
        )  # fmt: skip


@operation
def group_norm(row, constants, frame, stats, v, d, w, g, work):
    """OUT = γ x̂ + β over I0 + 2 of I0 channels at I0 + 1 places; B keeps the moments."""
    block, channels, count = frame[BLOCK], row[I0], frame[ROWS] * row[SIZE]
    x, y = part(v, row[A] * block, count), part(v, row[OUT] * block, count)
    moments = part(v, row[B] * block, count // (row[I0 + 1] * row[I0 + 2]) * 2)
    norms.groups(
        x.dtype.type(constants[F0]), row[I0 + 1], row[I0 + 2], x, part(w, row[P], channels),
        part(w, row[P] + channels, channels), y, moments,
    )  # fmt: skip


@operation
def group_norm_back(row, constants, frame, stats, v, d, w, g, work):
    """dγ (+)= Σ dOUT x̂, dβ (+)= Σ dOUT, and the gradient of A."""
    block, channels, count = frame[BLOCK], row[I0], frame[ROWS] * row[SIZE]
    norms.groups_back(
        row[I0 + 1], row[I0 + 2], part(v, row[A] * block, count), part(w, row[P], channels),
        part(v, row[B] * block, count // (row[I0 + 1] * row[I0 + 2]) * 2),
        part(d, row[OUT] * block, count), part(g, row[P], channels),
        part(g, row[P] + channels, channels), row[GRAD_P] != 0, frame[FRESH] != 0,
        part(d, row[A] * block, count), row[GRAD_A], part(work, 0, 2 * channels),
    )  # fmt: skip
