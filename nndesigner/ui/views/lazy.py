"""Rows and pictures of data of any length, made into texts and images only when they are seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from nndesigner.data.columns import Column
from nndesigner.data.dataset import Dataset, Encoding
from nndesigner.data.number_texts import number_text
from nndesigner.data.pixels import PixelDataset
from nndesigner.data.table import TableDataset
from nndesigner.ui.views.colormaps import picture
from nndesigner.ui.views.outcome import names_of
from nndesigner.ui.views.rows import cell_text

#: So many pictures are kept: those in sight and some around them.
MOST_KEPT = 2000


class _Cells(Sequence[str]):
    """One row; a cell becomes a text when it is asked for."""

    def __init__(self, columns: Sequence[Column], row: int) -> None:
        self._columns, self._row = columns, row

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, column: Any) -> Any:
        if isinstance(column, slice):
            return [cell_text(each, self._row) for each in self._columns[column]]
        return cell_text(self._columns[column], self._row)


class TableCells(Sequence[Sequence[str]]):
    """All rows of a table, for a view that asks for the few in sight."""

    def __init__(self, dataset: TableDataset) -> None:
        self._columns, self._rows = dataset.columns, dataset.spec.rows

    def __len__(self) -> int:
        return self._rows

    @overload
    def __getitem__(self, row: int) -> Sequence[str]: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Sequence[str]]: ...
    def __getitem__(self, row: int | slice) -> Sequence[str] | Sequence[Sequence[str]]:
        if isinstance(row, slice):
            return [_Cells(self._columns, each) for each in range(*row.indices(self._rows))]
        return _Cells(self._columns, row)


class PictureItems(Sequence[tuple[QImage, str]]):
    """Rows as pictures with the names of their classes, in the order of ``rows``."""

    def __init__(self, dataset: Dataset, encoding: Encoding, rows: npt.NDArray[np.int64]) -> None:
        self._dataset, self._encoding, self._row_numbers = dataset, encoding, rows
        self._labels = dataset.labels
        self._names = names_of(dataset.spec)
        self._kept: OrderedDict[int, tuple[QImage, str]] = OrderedDict()
        first = dataset.encode(encoding, rows[:200]).x
        self._range = (float(first.min()), float(first.max())) if first.size else (0.0, 1.0)

    def __len__(self) -> int:
        return len(self._row_numbers)

    @overload
    def __getitem__(self, place: int) -> tuple[QImage, str]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[tuple[QImage, str]]: ...
    def __getitem__(self, place: int | slice) -> tuple[QImage, str] | Sequence[tuple[QImage, str]]:
        if isinstance(place, slice):
            return [self._item(each) for each in range(*place.indices(len(self)))]
        return self._item(range(len(self))[place])

    def _item(self, place: int) -> tuple[QImage, str]:
        found = self._kept.get(place)
        if found is None:
            row = self._row_numbers[place : place + 1]
            x = self._dataset.encode(self._encoding, row).x
            text = caption_of(self._dataset, self._labels, self._names, int(row[0]))
            image = (
                picture(x[0], *self._range) if len(x) else QImage(1, 1, QImage.Format.Format_RGB888)
            )
            found = self._kept[place] = (image, text)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found


def caption_of(
    dataset: Dataset, labels: npt.NDArray[np.int64] | None, names: Sequence[str], row: int
) -> str:
    """The class of a picture, the number beside it in a list, or its place."""
    if labels is not None and 0 <= labels[row] < len(names):
        return names[int(labels[row])]
    if isinstance(dataset, PixelDataset) and dataset.row_numbers is not None:
        return number_text(float(dataset.row_numbers[row]))
    return f"{row + 1:,}"


def picture_items(
    dataset: Dataset, labels: npt.NDArray[np.int64] | None, most: int
) -> tuple[tuple[QImage, str], ...]:
    """Some pictures of each class, each with the name of its class."""
    rows = spread_rows(labels, dataset.spec.rows, most)
    encoded = dataset.encode(dataset.fit(rows), rows)
    names = names_of(dataset.spec)
    low, high = float(encoded.x.min(initial=0)), float(encoded.x.max(initial=0))
    items = []
    for index, row in enumerate(encoded.kept.tolist()):
        text = caption_of(dataset, labels, names, row)
        items.append((picture(encoded.x[index], low, high), text))
    return tuple(items)


def spread_rows(
    labels: npt.NDArray[np.int64] | None, rows: int, most: int
) -> npt.NDArray[np.int64]:
    """Row numbers that show all classes: the first of each class in turn, then the second ones."""
    if labels is None:
        return np.arange(min(rows, most), dtype=np.int64)
    order = np.argsort(labels, kind="stable")
    order = order[labels[order] >= 0]
    found = labels[order]
    starts = np.searchsorted(found, found, side="left")
    turn = np.arange(len(found)) - starts
    chosen = order[np.lexsort((found, turn))][:most]
    return np.asarray(chosen, dtype=np.int64)
