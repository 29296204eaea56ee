"""Compares the arrays of a file with those that its design wants, before any of them is used."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Spec
from nndesigner.errors import FileError
from nndesigner.files.container import array_bytes, memory_limit
from nndesigner.graph import Graph, Shape, shape_text
from nndesigner.report import check

FloatArray = npt.NDArray[np.float32]
MOST_ROWS_SHOWN = 12
MOST_AXES = 8


def expected_shapes(graph: Graph, spec: Spec) -> dict[str, Shape] | None:
    """``node/parameter`` and shape of every array of a design, in its order.

    None when the design has an error, so that nothing certain can be said.
    """
    report = check(graph, spec.input_shape)
    if report.errors:
        return None
    return {
        f"{node}/{parameter.name}": parameter.shape
        for node in report.order
        for parameter in report.parameters.get(node, ())
    }


def check_shapes(
    found: Mapping[str, Shape], expected: Mapping[str, Shape] | None, name: str
) -> None:
    """Refuse arrays that do not fit the design, or the memory. Raises: FileError with a table."""
    if expected is not None and dict(found) != dict(expected):
        raise FileError(
            f"the weights in {name} do not fit their design, so nothing was loaded:\n"
            + _table(found, expected)
        )
    for key, shape in found.items():
        if len(shape) > MOST_AXES or any(size < 1 for size in shape):
            raise FileError(f"{name}: {key} has the impossible shape {list(shape)[:12]}")
    total = sum(array_bytes(shape) for shape in found.values())
    if total > memory_limit():
        raise FileError(
            f"cannot read {name}: its weights need {total / 2**30:,.1f} GiB and this computer "
            f"has room for {memory_limit() / 2**30:,.1f} GiB"
        )


def _table(found: Mapping[str, Shape], expected: Mapping[str, Shape]) -> str:
    wrong = [key for key in (*expected, *found) if found.get(key) != expected.get(key)]
    rows = [("array", "expected", "found")]
    for key in dict.fromkeys(wrong):
        rows.append((key[:60], _shape(expected.get(key)), _shape(found.get(key))))
    more = len(rows) - 1 - MOST_ROWS_SHOWN
    rows = rows[: MOST_ROWS_SHOWN + 1]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


def _shape(shape: Shape | None) -> str:
    if shape is None:
        return "none"
    return shape_text(shape) if shape else "one number"


def array_from(content: bytes, shape: Shape, key: str, name: str) -> FloatArray:
    """An array of its own from little-endian float32 bytes. Raises: FileError."""
    if len(content) != array_bytes(shape):
        raise FileError(
            f"{name} is damaged: {key} should have {array_bytes(shape):,} bytes "
            f"and has {len(content):,}"
        )
    array = np.frombuffer(content, dtype="<f4").reshape(shape).astype(np.float32)
    check_finite(array, key, name)
    return array


def check_finite(array: FloatArray, key: str, name: str) -> None:
    """Refuse weights that hold NaN or infinities. Raises: FileError."""
    bad = int(array.size - np.count_nonzero(np.isfinite(array)))
    if bad:
        raise FileError(
            f"the weights in {name} cannot be used: {bad:,} of the {array.size:,} numbers of "
            f"{key} are not finite; train again, with a smaller learning rate"
        )


def bytes_of(array: FloatArray, key: str, name: str) -> bytes:
    """Little-endian float32 bytes in C order. Raises: FileError when a number is not finite."""
    plain = np.ascontiguousarray(array, dtype="<f4")
    check_finite(plain, key, name)
    return plain.tobytes()
