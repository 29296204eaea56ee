"""Products of few rows by tiles, and many rows by BLAS, are the product."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.engine import ops
from nndesigner.engine.kernels import products
from tests.engine.test_kernels import DTYPES, close, numbers

#: Rows, inputs and units: smaller than a tile, uneven everywhere, and more rows than tiles take.
SIZES = [(1, 3, 2), (7, 40, 33), (9, 50, 10), (50, 21, 17), (ops.PRODUCT_ROWS + 1, 30, 20)]
SIZES.append((3, 5, ops.PRODUCT_UNITS + 1))  # more units than scratch is taken for


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("rows", "inputs", "units"), SIZES)
def test_forward_and_backward(dtype: type, rows: int, inputs: int, units: int) -> None:
    x, w, dy = numbers(rows, inputs), numbers(inputs, units, seed=1), numbers(rows, units, seed=2)
    behind = np.full(ops.BEYOND, np.nan)  # is read, and must not be used
    weights = np.append(w.ravel(), behind).astype(dtype)
    y = np.full(rows * units, np.nan, dtype)
    products.forward(rows, inputs, units, x.astype(dtype).ravel(), weights, y)
    close(y, x @ w, dtype)
    room = ops.PRODUCT_ROWS * (units + 8) if units <= ops.PRODUCT_UNITS else 0
    work = np.full(room, np.nan, dtype)
    for add in (False, True):
        dx = np.full(rows * inputs, 2, dtype)
        products.backward(rows, inputs, units, dy.astype(dtype).ravel(), weights, dx, add, work)
        close(dx, dy @ w.T + 2 * add, dtype)


def test_a_row_with_nan_leaves_the_others_alone() -> None:
    x, w = numbers(5, 40).astype(np.float32), numbers(40, 30, seed=1).astype(np.float32)
    x[2, 7] = np.nan
    y = np.empty(150, np.float32)
    products.forward(5, 40, 30, x.ravel(), np.append(w.ravel(), np.zeros(16, np.float32)), y)
    found = np.isnan(y.reshape(5, 30))
    assert found[2].all()
    assert not found[[0, 1, 3, 4]].any()
