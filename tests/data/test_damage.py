"""Files damaged at random: whatever is in them, they open or are refused with one sentence."""

from __future__ import annotations

import gzip
import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nndesigner.data import open_data, prepare
from nndesigner.errors import DataError
from tests.data.helpers import class_folders, idx_pair

_PIECES = (b'"', b",", b"\n", b"\0", b"\r", b";", b"\xff", b"1e999", b"\t", b"\xef\xbb\xbf")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content with a few bits turned, parts cut out, repeated or put in."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 12))):
        place = chance.randrange(len(found) + 1)
        match chance.randrange(5):
            case 0 if place < len(found):
                found[place] ^= 1 << chance.randrange(8)
            case 1:
                del found[place:]
            case 2:
                found[place:place] = chance.choice(_PIECES)
            case 3:
                found[place:place] = found[chance.randrange(len(found) + 1) :][:40]
            case _:
                del found[place : place + chance.randrange(20)]
    return bytes(found)


def _survives(path: Path) -> None:
    try:
        prepare(open_data(path), 0.2, 1)
    except DataError as error:
        sentence = str(error)
        assert sentence
        assert len(sentence) < 1000
        assert "\n" not in sentence.strip()


@pytest.mark.parametrize("seed", range(3))
def test_damaged_tables(shared_data: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for name in ("penguins.csv", "titanic.csv", "winequality-red_semicolon.csv"):
        content = (shared_data / "csv" / name).read_bytes()[:2500]
        for _ in range(25):
            path = tmp_path / name
            path.write_bytes(damaged(content, chance))
            _survives(path)


@pytest.mark.parametrize("packed", [False, True])
def test_damaged_idx_files(tmp_path: Path, packed: bool) -> None:
    chance = random.Random(5)
    images, labels = idx_pair(tmp_path, packed=packed)
    good = images.read_bytes(), labels.read_bytes()
    for round_number in range(150):
        images.write_bytes(damaged(good[0], chance) if round_number % 3 else good[0])
        labels.write_bytes(good[1] if round_number % 3 else damaged(good[1], chance))
        _survives(images)
    images.write_bytes(gzip.compress(damaged(gzip.compress(bytes(300)), chance)))
    _survives(images)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_damaged_pictures(tmp_path: Path, kind: str) -> None:
    chance = random.Random(kind)
    class_folders(tmp_path, count=2, size=(9, 9))
    noise = np.random.default_rng(0).integers(0, 256, (9, 9, 3)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, kind)
    for _ in range(30):
        (tmp_path / "cats" / "x.bin").write_bytes(damaged(stream.getvalue(), chance))
        assert open_data(tmp_path).spec.rows in (4, 5)
