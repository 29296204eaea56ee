"""What columns put together from blocks keep of each block."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd

from nndesigner.data.block_columns import BlockColumns, Cells, cells_of
from nndesigner.data.number_span import Span, joined

COLUMNS, ROWS = 50, 20


def cells_of_frame(frame: pd.DataFrame) -> dict[int, Cells]:
    return {place: cells_of(frame[place]) for place in range(frame.shape[1])}


def test_columns_keep_nothing_of_the_blocks_they_have_taken() -> None:
    """A wide table on disk comes in a thousand blocks: what stays of each is memory for good."""
    rng = np.random.default_rng(0)
    blocks = 200
    columns = BlockColumns(COLUMNS, (blocks + 10) * ROWS)

    def add() -> None:
        frame = pd.DataFrame(rng.normal(size=(ROWS, COLUMNS)))
        columns.add(cells_of_frame(frame), ROWS)

    for _ in range(10):
        add()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(blocks):
        add()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown / (blocks * COLUMNS) < 40  # its kind is a pointer; a span alone takes 150 bytes


def test_the_span_of_all_blocks_is_that_of_the_column() -> None:
    parts = [[np.nan, np.nan], [3.0, np.nan], [np.inf, -1.0], [2.5, 7.0]]
    columns = BlockColumns(1, 8)
    for part in parts:
        columns.add(cells_of_frame(pd.DataFrame({0: part})), 2)
    _, spans = columns.frame()
    assert spans == {0: Span(-1.0, np.inf, 3, whole=False)}


def test_a_part_without_numbers_changes_no_bounds() -> None:
    none, some = Span(np.nan, np.nan, 2, whole=True), Span(-1.0, 4.0, 1, whole=True)
    assert joined(none, some) == joined(some, none) == Span(-1.0, 4.0, 3, whole=True)
    assert np.isnan(joined(none, none).low)
