"""Normalisation: numbers brought to mean 0 and deviation 1, then scaled and shifted.

Over a mini-batch (`batch_*`): one mean and deviation a channel, over all rows and places. Over
groups (`groups`): one a row and group of channels.
"""

from __future__ import annotations

import numpy as np

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.memory import part

#: Places over which a sum is taken before it is added to the whole: sums of float32 stay exact
#: enough however many places there are.
_STRETCH = 64


@kernel()
def batch_moments(x, mean, square, work):
    """The mean of each channel, and the sum of squared distances from it.

    Shapes: x ``(places * channels,)``, mean, square and work ``(channels,)``.
    """
    width = mean.shape[0]
    places = x.shape[0] // width
    zero = x.dtype.type(0)
    for j in range(width):
        mean[j] = zero
        square[j] = zero
    for first in range(0, places, _STRETCH):
        for j in range(width):
            work[j] = zero
        for r in range(first, min(places, first + _STRETCH)):
            row = part(x, r * width, width)
            for j in range(width):
                work[j] += row[j]
        for j in range(width):
            mean[j] += work[j]
    share = x.dtype.type(1) / x.dtype.type(places)
    for j in range(width):
        mean[j] *= share
    for first in range(0, places, _STRETCH):
        for j in range(width):
            work[j] = zero
        for r in range(first, min(places, first + _STRETCH)):
            row = part(x, r * width, width)
            for j in range(width):
                away = row[j] - mean[j]
                work[j] += away * away
        for j in range(width):
            square[j] += work[j]


@kernel()
def deviations(variance, epsilon, inverse):
    """inverse = 1 / √(variance + ε)."""
    one = variance.dtype.type(1)
    for j in range(variance.shape[0]):
        inverse[j] = one / np.sqrt(variance[j] + epsilon)


@kernel()
def batch_norm(x, mean, inverse, gamma, beta, y):
    """y = γ (x - mean) inverse + β, channel by channel. x and y are ``(places * channels,)``."""
    width = mean.shape[0]
    for r in range(x.shape[0] // width):
        row, to = part(x, r * width, width), part(y, r * width, width)
        for j in range(width):
            to[j] = (row[j] - mean[j]) * (inverse[j] * gamma[j]) + beta[j]


@kernel()
def batch_sums(x, mean, inverse, dy, total, along, work):
    """total = Σ dy and along = Σ dy (x - mean) inverse, channel by channel.

    Shapes: x and dy ``(places * channels,)``, work ``(2 * channels,)``, the others ``(channels,)``.
    """
    width = mean.shape[0]
    places = x.shape[0] // width
    zero = x.dtype.type(0)
    here, there = part(work, 0, width), part(work, width, width)
    for j in range(width):
        total[j] = zero
        along[j] = zero
    for first in range(0, places, _STRETCH):
        for j in range(width):
            here[j] = zero
            there[j] = zero
        for r in range(first, min(places, first + _STRETCH)):
            row, slope = part(x, r * width, width), part(dy, r * width, width)
            for j in range(width):
                here[j] += slope[j]
                there[j] += slope[j] * (row[j] - mean[j])
        for j in range(width):
            total[j] += here[j]
            along[j] += there[j] * inverse[j]


@kernel()
def batch_norm_back(x, mean, inverse, gamma, total, along, share, dy, dx, add):
    """dx (+)= γ inverse (dy - share (Σ dy + x̂ Σ dy x̂)), with x̂ = (x - mean) inverse.

    ``share`` is 1 / the places of the whole mini-batch, over which the sums were taken; with 0 mean
    and deviation count as constants. ``add`` adds to dx.
    """
    width = mean.shape[0]
    zero = x.dtype.type(0)
    for r in range(x.shape[0] // width):
        row, slope, to = (
            part(x, r * width, width), part(dy, r * width, width), part(dx, r * width, width),
        )  # fmt: skip
        for j in range(width):
            middle = share * (total[j] + (row[j] - mean[j]) * inverse[j] * along[j])
            old = to[j] if add else zero
            to[j] = gamma[j] * inverse[j] * (slope[j] - middle) + old


@kernel()
def groups(epsilon, places, group, x, gamma, beta, y, moments):
    """y = γ (x - mean) / √(variance + ε) + β over ``group`` channels at all of ``places`` places.

    Shapes: x and y ``(samples * places * channels,)``, gamma and beta ``(channels,)``, moments
    ``(samples * groups * 2,)`` gets the mean and 1 / √(variance + ε) of each.
    """
    channels = gamma.shape[0]
    count = channels // group
    zero, one = x.dtype.type(0), x.dtype.type(1)
    share = one / x.dtype.type(places * group)
    for s in range(x.shape[0] // (places * channels)):
        for k in range(count):
            start = s * places * channels + k * group
            mean = zero
            for p in range(places):
                row = part(x, start + p * channels, group)
                total = zero
                for j in range(group):
                    total += row[j]
                mean += total
            mean *= share
            variance = zero
            for p in range(places):
                row = part(x, start + p * channels, group)
                total = zero
                for j in range(group):
                    total += (row[j] - mean) * (row[j] - mean)
                variance += total
            inverse = one / np.sqrt(variance * share + epsilon)
            moments[(s * count + k) * 2] = mean
            moments[(s * count + k) * 2 + 1] = inverse
            scale, shift = part(gamma, k * group, group), part(beta, k * group, group)
            for p in range(places):
                row, to = part(x, start + p * channels, group), part(y, start + p * channels, group)
                for j in range(group):
                    to[j] = (row[j] - mean) * inverse * scale[j] + shift[j]


@kernel()
def groups_back(
    places, group, x, gamma, moments, dy, dgamma, dbeta, grad_p, fresh, dx, grad_x, work
):
    """dγ (+)= Σ dy x̂, dβ (+)= Σ dy, and dx (+)= inverse (γ dy - mean γ dy - x̂ mean γ dy x̂).

    ``grad_p`` says whether dγ and dβ are wanted, ``fresh`` overwrites them; ``grad_x`` is 0 when dx
    is not wanted, 1 when it is written, 2 when it is added to. Shapes as in `groups`, work
    ``(2 * channels,)``.
    """
    channels = gamma.shape[0]
    count = channels // group
    zero, one = x.dtype.type(0), x.dtype.type(1)
    share = one / x.dtype.type(places * group)
    if grad_p and fresh:
        for j in range(channels):
            dgamma[j] = zero
            dbeta[j] = zero
    for s in range(x.shape[0] // (places * channels)):
        for j in range(2 * channels):
            work[j] = zero
        for k in range(count):
            start = s * places * channels + k * group
            mean, inverse = moments[(s * count + k) * 2], moments[(s * count + k) * 2 + 1]
            scale = part(gamma, k * group, group)
            here, there = part(work, k * group, group), part(work, channels + k * group, group)
            total, along = zero, zero
            for p in range(places):
                row = part(x, start + p * channels, group)
                slope = part(dy, start + p * channels, group)
                for j in range(group):
                    away = (row[j] - mean) * inverse
                    here[j] += slope[j]
                    there[j] += slope[j] * away
                    total += slope[j] * scale[j]
                    along += slope[j] * scale[j] * away
            total *= share
            along *= share
            if grad_x != 0:
                for p in range(places):
                    row = part(x, start + p * channels, group)
                    slope = part(dy, start + p * channels, group)
                    to = part(dx, start + p * channels, group)
                    for j in range(group):
                        away = (row[j] - mean) * inverse
                        old = to[j] if grad_x == 2 else zero
                        to[j] = inverse * (slope[j] * scale[j] - total - away * along) + old
        if grad_p:
            for j in range(channels):
                dbeta[j] += work[j]
                dgamma[j] += work[channels + j]
