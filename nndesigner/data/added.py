"""Inputs that are made of others: powers, products, sine and cosine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.declare import setting
from nndesigner.errors import DataError

AddedKind = Literal["power", "product", "sin", "cos"]
MOST_POWER = 9
#: More added inputs than this are nobody's wish.
MOST_ADDED = 1000

_CALL = re.compile(r"(sin|cos)\((.+)\)", re.DOTALL)
_POWER = re.compile(r"(.+)\^(\d+)", re.DOTALL)


class Added(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One added input, computed from a row's own numbers: filled and clipped, not yet scaled.

    ``power`` is ``of ** power``, ``product`` is ``of * by``, ``sin`` and ``cos`` take ``of`` as
    radians. The outcome is scaled like ``of`` itself: standardised, or left as it is.
    """

    kind: AddedKind
    of: str
    by: str = ""
    power: Annotated[int, setting("Power", "How often it is multiplied.", ge=2, le=MOST_POWER)] = 2

    @property
    def name(self) -> str:
        """What the added input is called: ``x1^2``, ``x1*x2``, ``sin(x1)``."""
        match self.kind:
            case "power":
                return f"{self.of}^{self.power}"
            case "product":
                return f"{self.of}*{self.by}"
        return f"{self.kind}({self.of})"

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that it is computed from."""
        return (self.of, self.by) if self.kind == "product" else (self.of,)

    def compute(
        self, of: npt.NDArray[np.float64], by: npt.NDArray[np.float64] | None
    ) -> npt.NDArray[np.float64]:
        """The added input of every row ``(n,)``; what leaves the range of numbers is NaN."""
        with np.errstate(over="ignore", invalid="ignore"):
            match self.kind:
                case "power":
                    found = of**self.power
                case "product":
                    found = of * (by if by is not None else of)
                case "sin":
                    found = np.sin(of)
                case _:
                    found = np.cos(of)
        return np.asarray(np.where(np.isfinite(found), found, np.nan), dtype=np.float64)


def parse_added(text: str) -> Added:
    """An added input from ``x^2``, ``a*b``, ``sin(x)`` or ``cos(x)``. Raises: DataError."""
    bare = text.strip()
    call = _CALL.fullmatch(bare)
    if call is not None:
        kind: AddedKind = "sin" if call.group(1) == "sin" else "cos"
        return Added(kind, call.group(2).strip())
    power = _POWER.fullmatch(bare)
    if power is not None:
        number = int(power.group(2)[:4])
        if not 2 <= number <= MOST_POWER:
            raise DataError(f"--add {text!r}: a power is from 2 to {MOST_POWER}, got {number}")
        return Added("power", power.group(1).strip(), power=number)
    of, sign, by = (part.strip() for part in bare.partition("*"))
    if sign and of and by:
        return Added("product", of, by)
    raise DataError(
        f"--add wants COLUMN^2, COLUMN*COLUMN, sin(COLUMN) or cos(COLUMN), got {text!r}"
    )


def check_added(added: Sequence[Added], numbers: Sequence[str], others: Sequence[str]) -> None:
    """Refuse added inputs of columns that are no number inputs.

    ``numbers`` are the number inputs, ``others`` all other columns. Raises: DataError.
    """
    from nndesigner.data.words import nearest

    if len(added) > MOST_ADDED:
        raise DataError(f"{len(added):,} added inputs are too many: at most {MOST_ADDED:,}")
    names = [item.name for item in added]
    for item in added:
        for name in item.needs:
            if name in others:
                raise DataError(
                    f"the added input {item.name} needs {name!r} as an input that is a number: "
                    "change its type or role, or remove the added input"
                )
            if name not in numbers:
                raise DataError(
                    f"the added input {item.name} needs a column {name!r}, which is not there: "
                    f"{nearest(name, list(numbers))}"
                )
        if names.count(item.name) > 1:
            raise DataError(f"the added input {item.name} is there twice: remove one")
        if item.name in numbers or item.name in others:
            raise DataError(f"there is a column {item.name!r} already: remove the added input")
