"""How the columns of a table become numbers: fitted on training rows, saved with the weights."""

from __future__ import annotations

import msgspec
import numpy as np

from nndesigner.data.dataset import Encoding, FloatArray, Task
from nndesigner.data.table_options import Fill, Scaling


class NumberColumn(msgspec.Struct, frozen=True, kw_only=True, tag="number", tag_field="type"):
    """A number: ``(value - mean) / deviation``; ``fill`` stands in for a missing value."""

    name: str
    mean: float = 0.0
    deviation: float = 1.0
    fill: float = 0.0

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded numbers."""
        return (self.name,)


class CategoryColumn(msgspec.Struct, frozen=True, kw_only=True, tag="category", tag_field="type"):
    """A category: one number per value, 1 for the row's own; an unseen value is all zeros."""

    name: str
    values: tuple[str, ...]
    fill: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded numbers."""
        return tuple(f"{self.name}={value}" for value in self.values)


class YesNoColumn(msgspec.Struct, frozen=True, kw_only=True, tag="yes_no", tag_field="type"):
    """Two values: 0 for the first (no), 1 for the second (yes)."""

    name: str
    values: tuple[str, ...]
    fill: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded numbers."""
        return (self.name,)


AnyColumn = NumberColumn | CategoryColumn | YesNoColumn


class TargetColumn(msgspec.Struct, frozen=True, kw_only=True):
    """What is predicted. For numbers: learnt as ``(value - mean) / deviation``."""

    name: str
    mean: float = 0.0
    deviation: float = 1.0


class TableEncoding(Encoding, frozen=True, kw_only=True, tag="table"):
    """The columns of a table that a network sees, in order, and what it predicts.

    Numbers are standardised with the mean and deviation of the training rows, and so is a number
    target: `decode` brings outputs back to real units. ``header`` says whether the table had names.
    """

    columns: tuple[AnyColumn, ...]
    targets: tuple[TargetColumn, ...]
    task: Task
    classes: tuple[str, ...] = ()
    fill: Fill = "typical"
    scaling: Scaling = "standardise"
    missing: tuple[str, ...] = ()
    header: bool = True

    @property
    def features(self) -> tuple[str, ...]:
        """The name of every encoded input."""
        return tuple(name for column in self.columns for name in column.features)

    @property
    def target_scale(self) -> FloatArray:
        """The deviation of every target: real units per encoded unit."""
        if self.task == "classification":
            return np.ones(1, dtype=np.float32)
        return np.array([target.deviation for target in self.targets], dtype=np.float32)

    def decode(self, outputs: FloatArray) -> FloatArray:
        """Outputs ``(n, targets)`` in the units of the table; classes stay as they are."""
        if self.task == "classification":
            return outputs
        mean = np.array([target.mean for target in self.targets])
        deviation = np.array([target.deviation for target in self.targets])
        return np.asarray(outputs * deviation + mean, dtype=np.float32)
