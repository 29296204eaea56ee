"""Small files for the tests of the data room."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image


def table(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    """A text file with this content."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def rows(number: int, line: str = "{i},{j},{c}\n") -> str:
    """Lines of numbers with a class that two of three rows share."""
    return "".join(
        line.format(i=i, j=(i * 7) % 11, c="ab"[i % 3 == 0]) for i in range(1, number + 1)
    )


def idx_bytes(array: npt.NDArray[np.generic], code: int = 0x08) -> bytes:
    """An array as an idx file."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + array.tobytes()


def idx_pair(folder: Path, count: int = 12, packed: bool = False) -> tuple[Path, Path]:
    """Images of 5 x 4 and their labels 0 to 2, as MNIST names them."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 5, 4)).astype(np.uint8)
    labels = (np.arange(count) % 3).astype(np.uint8)
    suffix = ".gz" if packed else ""
    paths = (
        folder / f"train-images-idx3-ubyte{suffix}",
        folder / f"train-labels-idx1-ubyte{suffix}",
    )
    for path, array in zip(paths, (images, labels), strict=True):
        content = idx_bytes(array)
        path.write_bytes(gzip.compress(content) if packed else content)
    return paths


def picture(path: Path, size: tuple[int, int] = (6, 6), colour: object = (200, 10, 30)) -> Path:
    """A picture of one colour; a number as colour makes it grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = "L" if isinstance(colour, int) else "RGB"
    Image.new(mode, size, colour).save(path)  # type: ignore[arg-type]
    return path


def class_folders(root: Path, count: int = 4, **kwargs: object) -> Path:
    """Two class folders, cats and dogs, with pictures."""
    for name in ("cats", "dogs"):
        for index in range(count):
            picture(root / name / f"{index}.png", **kwargs)  # type: ignore[arg-type]
    return root
