"""Products of a few rows with a large matrix, which BLAS does at half the speed of many rows.

BLAS first copies its operands into panels. With as few rows as a mini-batch has, copying the matrix
takes as long as multiplying it; tiles read it where it lies, once.
"""

from __future__ import annotations

from nndesigner.engine.jit import kernel
from nndesigner.engine.kernels.blas import gemm
from nndesigner.engine.kernels.direct import lanes_in, pack_turned
from nndesigner.engine.kernels.memory import part
from nndesigner.engine.kernels.tiles import HEIGHT, WIDEST, places, tile
from nndesigner.engine.ops import PRODUCT_ROWS, PRODUCT_UNITS

#: Products with fewer multiplications are done before a tile is set up.
_SMALL = 4096


@kernel()
def forward(rows, inputs, units, x, w, y):
    """y = x W. Shapes: x ``(rows * inputs,)``, W ``(inputs * units,)``, y ``(rows * units,)``.

    Of W up to a register more is read than there is.
    """
    if rows * inputs * units < _SMALL or rows > PRODUCT_ROWS:
        gemm(False, False, rows, units, inputs, x, inputs, w, units, 0, y, units)
        return
    lanes = lanes_in(x)
    vectors = -(-units // lanes)
    where = places()
    for v in range(0, vectors, WIDEST):
        take = min(WIDEST, vectors - v)
        for first in range(0, rows, HEIGHT):
            for i in range(HEIGHT):
                where[i] = min(first + i, rows - 1) * inputs
            tile(
                take, x, where, rows - first, 1, 0, inputs, 1, part(w, v * lanes, inputs * units),
                0, units, part(y, first * units + v * lanes, rows * units), units,
                min(lanes, units - (v + take - 1) * lanes), 0,
            )  # fmt: skip


@kernel()
def backward(rows, inputs, units, dy, w, dx, add, work):
    """dx (+)= dy W'. Shapes: as in `forward`; work ``(PRODUCT_ROWS * (units + HEIGHT),)``."""
    if rows * inputs * units < _SMALL or rows > PRODUCT_ROWS or units > PRODUCT_UNITS:
        gemm(False, True, rows, inputs, units, dy, units, w, units, 1 if add else 0, dx, inputs)
        return
    lanes = lanes_in(dy)
    vectors = -(-rows // lanes)
    across = vectors * lanes
    pack_turned(rows, units, dy, work)
    found = part(work, units * across, HEIGHT * across)
    where = places()
    for first in range(0, inputs, HEIGHT):
        many = min(HEIGHT, inputs - first)
        for i in range(HEIGHT):
            where[i] = min(first + i, inputs - 1) * units
        for v in range(0, vectors, WIDEST):
            take = min(WIDEST, vectors - v)
            tile(
                take, w, where, many, 1, 0, units, 1,
                part(work, v * lanes * units, units * take * lanes), 0, take * lanes,
                part(found, v * lanes, HEIGHT * across), across, lanes, 0,
            )  # fmt: skip
        for r in range(rows):
            to = part(dx, r * inputs + first, many)
            if add:
                for i in range(many):
                    to[i] += found[i * across + r]
            else:
                for i in range(many):
                    to[i] = found[i * across + r]
