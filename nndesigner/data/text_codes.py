"""Columns of texts as codes that point into the different ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nndesigner.data.number_texts import CodeColumn

if TYPE_CHECKING:
    import pandas as pd

YES_NO = (
    ("no", "yes"),
    ("false", "true"),
    ("n", "y"),
    ("f", "t"),
    ("off", "on"),
    ("nein", "ja"),
    ("non", "oui"),
)


def reordered(
    codes: CodeColumn, values: tuple[str, ...], order: list[int]
) -> tuple[CodeColumn, tuple[str, ...]]:
    place = np.full(len(values) + 1, -1, dtype=np.int32)  # the last one serves -1
    place[order] = np.arange(len(order), dtype=np.int32)
    return place[codes], tuple(values[index] for index in order)


def yes_no_order(values: tuple[str, ...]) -> list[int] | None:
    """The places of no and yes among the values, if that is what they are."""
    lower = [value.casefold() for value in values]
    for no, yes in YES_NO:
        if set(lower) == {no, yes} and len(lower) == 2:
            return [lower.index(no), lower.index(yes)]
    return None


def codes_of_texts(
    series: pd.Series[str], markers: frozenset[str]
) -> tuple[CodeColumn, tuple[str, ...]]:
    """Codes and the different texts, stripped; markers of missing values become -1."""
    import pandas as pd

    codes, unique = pd.factorize(series, use_na_sentinel=True)
    texts = [str(value).strip() for value in unique]
    places: dict[str, int] = {}
    place = np.full(len(texts) + 1, -1, dtype=np.int32)
    for index, text in enumerate(texts):
        if text not in markers:
            place[index] = places.setdefault(text, len(places))
    return place[codes], tuple(places)
