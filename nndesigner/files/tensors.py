"""The .safetensors format: a JSON header and one block of numbers, every size checked.

Layout: 8 bytes with the header's length (little-endian), the header, the block. See
https://github.com/huggingface/safetensors#format.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from nndesigner.errors import FileError
from nndesigner.files.arrays import FloatArray
from nndesigner.files.container import array_bytes
from nndesigner.files.text import kind_of, read_json
from nndesigner.graph import Shape

MOST_HEADER_BYTES = 100_000_000
_METADATA = "__metadata__"
#: The metadata key that holds the design's JSON.
DESIGN = "design"


def safetensors_bytes(weights: Mapping[str, FloatArray], design: str) -> bytes:
    """The content of a .safetensors with every array and the design as metadata."""
    header: dict[str, Any] = {_METADATA: {DESIGN: design}}
    block: list[bytes] = []
    start = 0
    for key, array in weights.items():
        # C order first: the format has no strides, and a transposed array would be scrambled.
        data = np.ascontiguousarray(array, dtype="<f4").tobytes()
        header[key] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [start, start + len(data)],
        }
        start += len(data)
        block.append(data)
    text = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *block])


class TensorReader:
    """A .safetensors file whose header was checked in full before any number is used."""

    def __init__(self, content: bytes, name: str) -> None:
        """Check the header: lengths, shapes, offsets without holes. Raises: FileError."""
        self._name = name
        if len(content) < 8:
            raise FileError(f"{name} is damaged: it has {len(content)} bytes")
        length = int.from_bytes(content[:8], "little")
        if length > MOST_HEADER_BYTES or length > len(content) - 8:
            raise FileError(
                f"{name} is no whole .safetensors file: its header claims {length:,} bytes "
                f"of {len(content):,}"
            )
        header = read_json(content[8 : 8 + length], name)
        if not isinstance(header, dict):
            raise FileError(f"{name}: the header must be an object, got {kind_of(header)}")
        self._block = memoryview(content)[8 + length :]
        metadata = header.pop(_METADATA, {})
        design = metadata.get(DESIGN) if isinstance(metadata, dict) else None
        self._design = design if isinstance(design, str) else None
        self._shapes: dict[str, Shape] = {}
        self._places: dict[str, tuple[int, int]] = {}
        for key, entry in header.items():
            self._add(key, entry)
        self._check_places()

    def _add(self, key: str, entry: Any) -> None:
        where = f"{self._name}: the array {key[:60]!r}"
        if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise FileError(f"{where} must have dtype, shape and data_offsets")
        shape, places = entry["shape"], entry["data_offsets"]
        for numbers in (shape, places):
            if not isinstance(numbers, list) or not all(
                isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in numbers
            ):
                raise FileError(f"{where} must have whole numbers as shape and data_offsets")
        if len(places) != 2 or places[0] > places[1]:
            raise FileError(f"{where} must have a start and an end in data_offsets")
        if entry["dtype"] != "F32":
            raise FileError(
                f"the weights in {self._name} must be float32 (F32), got "
                f"{str(entry['dtype'])[:20]} for {key[:60]}: nothing was loaded"
            )
        if array_bytes(tuple(shape)) != places[1] - places[0]:
            raise FileError(
                f"{where} needs {4 * math.prod(shape):,} bytes for its shape and has "
                f"{places[1] - places[0]:,}"
            )
        self._shapes[key] = tuple(shape)
        self._places[key] = (places[0], places[1])

    def _check_places(self) -> None:
        here = 0
        for start, end in sorted(self._places.values()):
            if start != here:
                raise FileError(
                    f"{self._name} is damaged: its arrays leave holes or overlap at byte {here:,}"
                )
            here = end
        if here != len(self._block):
            raise FileError(
                f"{self._name} is damaged: its arrays need {here:,} bytes and "
                f"{len(self._block):,} are there"
            )

    def design(self) -> str | None:
        """The design's JSON, or None in a file from elsewhere."""
        return self._design

    def shapes(self) -> dict[str, Shape]:
        """The shape of every array."""
        return dict(self._shapes)

    def data(self, key: str, shape: Shape) -> bytes:
        """The numbers of one array in C order."""
        start, end = self._places[key]
        return bytes(self._block[start:end])
