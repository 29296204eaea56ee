"""Slow, obvious twin of the kernels that change rows by chance: pixel by pixel, in float64."""

from __future__ import annotations

import math

import numpy as np

from nndesigner.data.dataset import FloatArray
from nndesigner.training.augmentation import Augmentation

_GOLDEN = 0x9E3779B9
_WORD = 0xFFFFFFFF
#: The kernel draws the noise of so many numbers at a time, two from each mixed number.
_STRETCH = 256


def mix(x: int) -> int:
    """The kernels' mixing of 32 bits, in Python's own integers."""
    x &= _WORD
    x ^= x >> 16
    x = x * 0x7FEB352D & _WORD
    x ^= x >> 15
    x = x * 0x846CA68B & _WORD
    return x ^ x >> 16


def key_of(seed: int, epoch: int, row: int) -> int:
    """What all draws of one row in one epoch begin with."""
    return mix(mix(seed ^ mix(epoch + _GOLDEN)) ^ row * _GOLDEN)


def chance(key: int, place: int) -> float:
    """One draw from 0 to 1."""
    return mix(key + place * _GOLDEN) / 2**32


def between(key: int, place: int, most: float) -> float:
    """One draw from -most to most."""
    return (2 * chance(key, place) - 1) * most


def moved(x: FloatArray, chosen: Augmentation, seed: int, epoch: int, row: int) -> FloatArray:
    """Flip, shift, turn and zoom of one picture ``(height, width, channels)``."""
    height, width, _ = x.shape
    key = key_of(seed, epoch, row)
    flip = chance(key, 0) < 0.5 * chosen.flip
    over = chance(key, 1) < 0.5 * chosen.flip_vertical
    down = between(key, 2, chosen.shift * height)
    right = between(key, 3, chosen.shift * width)
    angle = between(key, 4, math.radians(chosen.rotate))
    zoom = 1 + between(key, 5, chosen.zoom)
    if not (chosen.rotate or chosen.zoom):
        down, right = round(down), round(right)
    around = ((200, 200), (200, 200), (0, 0))
    mode = "edge" if chosen.outside == "edge" else "constant"
    source = np.pad(x.astype(float), around, mode=mode)  # type: ignore[call-overload]
    out = np.zeros(x.shape)
    for i in range(height):
        for j in range(width):
            along, up = j - (width - 1) / 2 - right, i - (height - 1) / 2 - down
            px = (along * math.cos(angle) + up * math.sin(angle)) / zoom
            py = (up * math.cos(angle) - along * math.sin(angle)) / zoom
            px = (-px if flip else px) + (width - 1) / 2 + 200
            py = (-py if over else py) + (height - 1) / 2 + 200
            left, top = math.floor(px), math.floor(py)
            fx, fy = px - left, py - top
            above = (1 - fx) * source[top, left] + fx * source[top, left + 1]
            below = (1 - fx) * source[top + 1, left] + fx * source[top + 1, left + 1]
            out[i, j] = (1 - fy) * above + fy * below
    return out.astype(np.float32)


def spoiled(
    x: FloatArray, chosen: Augmentation, seed: int, epoch: int, row: int, normals: FloatArray
) -> FloatArray:
    """Brightness, noise and erasing of one picture, or the noise of one row of a table."""
    key, flat = key_of(seed, epoch, row), x.astype(float).ravel()
    pictures = x.ndim == 3
    light = between(key, 6, chosen.brightness) if pictures else 0.0
    here = mix(key ^ 0x85EBCA6B)
    for j in range(len(flat)):
        start = j // _STRETCH * _STRETCH
        half = (min(_STRETCH, len(flat) - start) + 1) // 2
        place = j - start
        drawn = mix(here + (start // 2 + place % half) * _GOLDEN)
        flat[j] += light + chosen.noise * normals[drawn % 4096 if place < half else drawn >> 20]
    if not pictures:
        return flat.astype(np.float32)
    if chosen.brightness or chosen.noise:
        flat = np.clip(flat, 0, 1)
    out = flat.reshape(x.shape)
    height, width, _ = x.shape
    if chosen.erase and chance(key, 7) >= 0.5:
        share = chosen.erase * chance(key, 8)
        ratio = math.exp(between(key, 9, math.log(2)))
        tall = min(height, max(1, round(math.sqrt(share * ratio) * height)))
        wide = min(width, max(1, round(math.sqrt(share / ratio) * width)))
        top = int(chance(key, 10) * (height - tall + 1))
        left = int(chance(key, 11) * (width - wide + 1))
        out[top : top + tall, left : left + wide] = 0
    return out.astype(np.float32)
