"""NumPy's .npz, written the same way every time and read without trusting it."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np

from nndesigner.errors import FileError
from nndesigner.files.arrays import FloatArray
from nndesigner.files.container import Archive, array_bytes, memory_limit, pack
from nndesigner.files.text import MOST_TEXT_BYTES
from nndesigner.graph import Shape

#: The array that holds the design's JSON as a text: ``json.loads(str(numpy.load(f)["design"]))``.
DESIGN = "design"
_SUFFIX = ".npy"
_MOST_HEADER_BYTES = 10_000


def npz_bytes(weights: Mapping[str, FloatArray], design: str) -> bytes:
    """The content of an .npz with every array under its name and the design as a text."""
    members = {
        f"{key}{_SUFFIX}": _npy(np.ascontiguousarray(array, dtype="<f4"))
        for key, array in weights.items()
    }
    text = f"{DESIGN}{_SUFFIX}"
    members[text] = _npy(np.array(design, dtype="<U"))
    return pack(members, compress=frozenset({text}))


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


class NpzReader:
    """The names and shapes of an .npz first, its numbers only when they are asked for."""

    def __init__(self, content: bytes, name: str) -> None:
        """Read the list of arrays. Raises: FileError."""
        self._name = name
        self._archive = Archive(content, name, "file of weights")
        names = [member for member in self._archive.names() if member.endswith(_SUFFIX)]
        self._keys = [member.removesuffix(_SUFFIX) for member in names]

    def design(self) -> str | None:
        """The design's JSON, or None in a file from elsewhere. Raises: FileError."""
        if DESIGN not in self._keys:
            return None
        content = self._archive.read(f"{DESIGN}{_SUFFIX}", 4 * MOST_TEXT_BYTES)
        dtype, shape, _, data = self._parsed(DESIGN, content)
        if dtype.kind != "U" or shape not in ((), (1,)) or len(data) != dtype.itemsize:
            return None
        try:
            return str(np.frombuffer(data, dtype=dtype, count=1)[0])
        except ValueError:
            raise FileError(f"{self._name} is damaged: its design is no text") from None

    def shapes(self) -> dict[str, Shape]:
        """The shape of every array but the design. Raises: FileError when one is not float32."""
        found: dict[str, Shape] = {}
        for key in self._keys:
            if key != DESIGN:
                dtype, shape, _, _ = self._parsed(key, self._head(key))
                if dtype != np.dtype("<f4"):
                    raise FileError(
                        f"the weights in {self._name} must be float32, got {dtype} for {key[:60]}: "
                        "nothing was loaded"
                    )
                found[key] = shape
        return found

    def data(self, key: str, shape: Shape) -> bytes:
        """The numbers of one array in C order. Raises: FileError."""
        content = self._archive.read(f"{key}{_SUFFIX}", array_bytes(shape) + _MOST_HEADER_BYTES)
        _, _, fortran, data = self._parsed(key, content)
        if len(data) != array_bytes(shape):
            raise FileError(
                f"{self._name} is damaged: {key[:60]} should have {array_bytes(shape):,} bytes "
                f"and has {len(data):,}"
            )
        if fortran:
            return np.frombuffer(data, dtype="<f4").reshape(shape, order="F").tobytes(order="C")
        return data

    def _head(self, key: str) -> bytes:
        # The whole member is read: its check sum is worth more than the time.
        return self._archive.read(f"{key}{_SUFFIX}", memory_limit())

    def _parsed(self, key: str, content: bytes) -> tuple[np.dtype, Shape, bool, bytes]:
        buffer = io.BytesIO(content)
        try:
            version = np.lib.format.read_magic(buffer)
            read = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            shape, fortran, dtype = read(buffer, max_header_size=_MOST_HEADER_BYTES)
        except Exception as error:  # literal_eval raises many kinds on damaged headers
            raise FileError(
                f"{self._name} is damaged: {key[:60]} is no array that NumPy wrote"
            ) from error
        return dtype, shape, fortran, content[buffer.tell() :]
