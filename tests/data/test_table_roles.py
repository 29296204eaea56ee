"""Which columns a network may see."""

from __future__ import annotations

import dataclasses

import numpy as np

from nndesigner.data import table_roles
from nndesigner.data.columns import Column


def test_a_few_rows_show_that_a_column_of_many_values_gives_no_class_away() -> None:
    rows, rng = 200_000, np.random.default_rng(1)
    target = Column("y", "category", 0, codes=rng.integers(0, 3, rows, dtype=np.int32))
    target = dataclasses.replace(target, values=("a", "b", "c"))
    for values in (20_000, 200_000, 1_600_000, 10_000_000):
        column = Column("x", "number", 0, rng.integers(0, values, rows).astype(np.float64))
        known = table_roles.classes_of(target)
        assert table_roles._surely_differs(column, target, known), values
    assert target.codes is not None
    told = Column("x", "number", 0, target.codes + 10.0)
    assert not table_roles._surely_differs(told, target, table_roles.classes_of(target))
