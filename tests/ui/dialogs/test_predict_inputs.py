"""Answers stand beside what the network saw of each row."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.data import open_data
from nndesigner.data.table import TableDataset
from nndesigner.data.table_encoding import (
    CategoryColumn,
    DateColumn,
    NumberColumn,
    TableEncoding,
)
from nndesigner.ui.dialogs.predict_inputs import MOST_COLUMNS, NO_INPUTS, SIDE_PX, inputs_of
from tests.helpers import PlainEncoding


def test_columns_of_every_type_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    rows = [
        f"{n * 1234.5:g},{'no' if n % 2 else 'yes'},{('red', 'blue', 'green')[n % 3]},"
        f"{n},{n},{n % 7}"
        for n in range(60)
    ]
    path.write_text("amount,wanted,colour,fourth,fifth,y\n" + "\n".join(rows) + "\n")
    dataset = open_data(path, target="y")
    assert isinstance(dataset, TableDataset)
    every = np.arange(60)
    encoding = dataset.fit(every)
    shown = inputs_of(encoding, dataset.encode(encoding, every).x)
    assert [head.name for head in shown.heads] == ["amount", "wanted", "colour"]
    assert len(shown.heads) == MOST_COLUMNS
    for row in (0, 1, 7, 59):
        amount, wanted, colour = rows[row].split(",")[:3]
        texts = shown.texts(row)
        assert float(texts[0].replace(",", "").replace("−", "-")) == float(amount)
        assert texts[1:] == [wanted, colour]


def test_parts_of_a_date_unseen_values_and_gaps_are_told() -> None:
    encoding = TableEncoding(
        columns=(
            DateColumn(
                name="day", date_format="%Y-%m", parts=("year", "month"),
                means=(2000.0, 6.0), deviations=(10.0, 3.0),
            ),
            CategoryColumn(name="colour", values=("red", "blue")),
            NumberColumn(name="size", mean=5.0, deviation=2.0, was_missing=True),
        ),
        targets=(),
        task="regression",
    )  # fmt: skip
    x = np.array([[1.5, 0, 0, 1, -1, 0], [0, 1, 0, 0, 0, 1]], np.float32)
    shown = inputs_of(encoding, x)
    assert shown.texts(0) == ["year 2015, month 6", "blue", "3"]
    assert shown.texts(1) == ["year 2000, month 9", "another value", ""]


def test_pictures_become_small_and_plain_arrays_show_nothing() -> None:
    pictures = np.random.default_rng(1).normal(size=(3, 100, 80, 3)).astype(np.float32)
    shown = inputs_of(PlainEncoding(), pictures)
    assert shown.pictures is not None
    assert max(shown.pictures.shape[1:3]) <= SIDE_PX
    assert shown.heads == []
    assert shown.texts(0) == []
    assert inputs_of(PlainEncoding(), np.zeros((4, 7), np.float32)) is NO_INPUTS
