"""How the columns of a table become numbers: fitted on training rows, saved with the weights."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.added import Added
from nndesigner.data.dataset import Encoding, FloatArray, Task
from nndesigner.data.dates import DatePart
from nndesigner.data.table_options import Fill, Scaling


class _Column(msgspec.Struct, frozen=True, kw_only=True):
    """What all columns share. ``drop`` leaves rows out where the value is missing; with
    ``was_missing`` there is one more number, 1 where it was.
    """

    name: str
    was_missing: bool = False
    drop: bool = False

    def _with_mark(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return (*names, f"{self.name} was missing") if self.was_missing else names


class NumberColumn(_Column, frozen=True, kw_only=True, tag="number", tag_field="type"):
    """A number: ``(value - mean) / deviation``; ``fill`` stands in for a missing value.

    Before that it is brought between ``low`` and ``high`` where those are given, and with ``log``
    it becomes ``sign(value) log(1 + |value|)``. For other scalings than standardising, ``mean`` is
    what is taken off (the least, the median) and ``deviation`` what it is divided by. ``least`` and
    ``most`` are those of the training rows, None where they had none; ``unit`` was left out of
    each.
    """

    mean: float = 0.0
    deviation: float = 1.0
    fill: float = 0.0
    log: bool = False
    low: float | None = None
    high: float | None = None
    least: float | None = None
    most: float | None = None
    unit: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded numbers."""
        return self._with_mark((self.name,))

    def plain(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The numbers filled and brought between the bounds, in their own unit."""
        return self.bounded(np.where(np.isnan(numbers), self.fill, numbers))

    def bounded(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The numbers between the bounds; what is missing stays so."""
        if self.low is None or self.high is None:
            return numbers
        return np.asarray(np.clip(numbers, self.low, self.high), dtype=np.float64)


class CategoryColumn(_Column, frozen=True, kw_only=True, tag="category", tag_field="type"):
    """A category: one number per value, 1 for the row's own; an unseen value is all zeros."""

    values: tuple[str, ...]
    fill: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded numbers."""
        return self._with_mark(tuple(f"{self.name}={value}" for value in self.values))


class OrdinalColumn(_Column, frozen=True, kw_only=True, tag="ordinal", tag_field="type"):
    """A category as one number: ``(place of the value - mean) / deviation``, places from 0."""

    values: tuple[str, ...]
    fill: str = ""
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded numbers."""
        return self._with_mark((self.name,))


class YesNoColumn(_Column, frozen=True, kw_only=True, tag="yes_no", tag_field="type"):
    """Two values: 0 for the first (no), 1 for the second (yes), 0.5 for one that is neither."""

    values: tuple[str, ...]
    fill: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded numbers."""
        return self._with_mark((self.name,))


class DateColumn(_Column, frozen=True, kw_only=True, tag="date", tag_field="type"):
    """A date as its parts, each ``(part - mean) / deviation``; ``fill`` is seconds since 1970."""

    date_format: str
    parts: tuple[DatePart, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    fill: float = 0.0

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded numbers."""
        return self._with_mark(tuple(f"{self.name} {part}" for part in self.parts))


AnyColumn = NumberColumn | CategoryColumn | OrdinalColumn | YesNoColumn | DateColumn


class AddedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """An added input as it is scaled: ``(value - mean) / deviation``."""

    added: Added
    mean: float = 0.0
    deviation: float = 1.0


class TargetColumn(msgspec.Struct, frozen=True, kw_only=True):
    """What is predicted. For numbers: learnt as ``(value - mean) / deviation``.

    With ``log`` the value is ``sign(value) log(1 + |value|)`` before that. ``unit`` was left out of
    every cell to have numbers.
    """

    name: str
    mean: float = 0.0
    deviation: float = 1.0
    log: bool = False
    unit: str = ""


class TableEncoding(Encoding, frozen=True, kw_only=True, tag="table"):
    """The columns of a table that a network sees, in order, and what it predicts.

    Numbers are scaled by what was measured on the training rows, and so is a number target:
    `decode` brings outputs back to real units. ``header`` says whether the table had names,
    ``decimal`` how its text wrote numbers, empty where nothing in it said so.
    """

    columns: tuple[AnyColumn, ...]
    targets: tuple[TargetColumn, ...]
    task: Task
    classes: tuple[str, ...] = ()
    fill: Fill = "typical"
    scaling: Scaling = "standardise"
    missing: tuple[str, ...] = ()
    header: bool = True
    decimal: Literal["", ".", ","] = ""
    added: tuple[AddedColumn, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """The name of every encoded input."""
        own = (name for column in self.columns for name in column.features)
        return (*own, *(column.added.name for column in self.added))

    @property
    def target_scale(self) -> FloatArray:
        """The deviation of every target: real units per encoded unit (of a logarithm, at its mean).

        See `is_linear`.
        """
        if self.task == "classification":
            return np.ones(1, dtype=np.float32)
        scales = [
            target.deviation * (np.exp(min(abs(target.mean), 80.0)) if target.log else 1.0)
            for target in self.targets
        ]
        return np.array(scales, dtype=np.float32)

    @property
    def is_linear(self) -> bool:
        """Whether an error of the outputs times one scale is the error in real units."""
        return self.task == "classification" or not (
            len(self.targets) > 1 or any(target.log for target in self.targets)
        )

    @property
    def target_units(self) -> npt.NDArray[np.float64] | None:
        """Of each target the deviation, the mean and 1 for a logarithm, where that is needed."""
        if self.is_linear:
            return None
        return np.array([[one.deviation, one.mean, one.log] for one in self.targets], np.float64)

    def with_plain_targets(self) -> TableEncoding:
        """The same with number targets as the table has them."""
        if self.task == "classification":
            return self
        plain = tuple(TargetColumn(name=target.name, unit=target.unit) for target in self.targets)
        return msgspec.structs.replace(self, targets=plain)

    def decode(self, outputs: FloatArray) -> FloatArray:
        """Outputs ``(n, targets)`` in the units of the table; classes stay as they are."""
        if self.task == "classification":
            return outputs
        mean = np.array([target.mean for target in self.targets])
        deviation = np.array([target.deviation for target in self.targets])
        found = outputs * deviation + mean
        for place, target in enumerate(self.targets):
            if target.log:
                found[..., place] = signed_exp(found[..., place])
        return np.asarray(found, dtype=np.float32)

    def undone(self, rows: FloatArray) -> FloatArray:
        """Encoded inputs ``(n, features)`` in the units of their columns.

        Numbers and parts of dates are what they were, an ordered category is its place from 0;
        one input a value stays a share, as do yes (1) and no (0).
        """
        found = np.array(rows, dtype=np.float64)
        place = 0
        for column in self.columns:
            if isinstance(column, NumberColumn | OrdinalColumn):
                found[:, place] = found[:, place] * column.deviation + column.mean
                if isinstance(column, NumberColumn) and column.log:
                    found[:, place] = signed_exp(found[:, place])
            elif isinstance(column, DateColumn):
                parts = slice(place, place + len(column.parts))
                found[:, parts] = found[:, parts] * column.deviations + column.means
            place += len(column.features)
        for added in self.added:
            found[:, place] = found[:, place] * added.deviation + added.mean
            place += 1
        return np.asarray(found, dtype=np.float32)


def signed_log(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """``sign(x) log(1 + |x|)``: a logarithm that knows zero and negative numbers."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)


def signed_exp(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The inverse of `signed_log`; kept within what float32 can hold."""
    size = np.minimum(np.abs(values), 88.0)
    return np.asarray(np.sign(values) * np.expm1(size), dtype=np.float64)
