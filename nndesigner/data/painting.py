"""A painting of points with its undo: every verb gives a new painting, strokes are one step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nndesigner.data.generators import REACH
from nndesigner.data.made import MOST_CLASS_NAME, MOST_CLASSES, MOST_PAINTED, Painted
from nndesigner.errors import DataError

#: So many steps can be undone.
MOST_STEPS = 200
#: Points of one puff of spray, for a brush of radius 1.
_PUFF = 4.0

_NO_POINTS = np.zeros((0, 2))
_NO_LABELS = np.zeros(0, dtype=np.int64)


def empty(classes: tuple[str, ...] = ("A", "B")) -> Painted:
    """No point yet."""
    return Painted(_NO_POINTS, _NO_LABELS, classes)


@dataclass
class Painting:
    """What is being painted. Verbs between `begin` and `end` are one step of undo.

    Every verb returns whether it changed something; coordinates are kept within ±REACH.
    """

    now: Painted = field(default_factory=empty)
    _before: list[Painted] = field(default_factory=list)
    _after: list[Painted] = field(default_factory=list)
    _stroke: Painted | None = None

    # -- looking

    @property
    def full(self) -> bool:
        """Whether no further point fits."""
        return len(self.now.x) >= MOST_PAINTED

    @property
    def counts(self) -> tuple[int, ...]:
        """How many points each class has."""
        found = np.bincount(self.now.labels, minlength=len(self.now.classes))
        return tuple(int(number) for number in found)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return bool(self._after)

    # -- steps

    def begin(self) -> None:
        """A stroke begins: what follows until `end` is one step."""
        if self._stroke is None:
            self._stroke = self.now

    def end(self) -> None:
        """The stroke has ended."""
        stroke, self._stroke = self._stroke, None
        if stroke is not None and stroke is not self.now:
            self._keep(stroke)

    def undo(self) -> bool:
        """Take the last step back."""
        self.end()
        if not self._before:
            return False
        self._after.append(self.now)
        self.now = self._before.pop()
        return True

    def redo(self) -> bool:
        """Take a step again that was taken back."""
        self.end()
        if not self._after:
            return False
        self._before.append(self.now)
        self.now = self._after.pop()
        return True

    # -- points

    def dot(self, x: float, y: float, label: int, apart: float = 0.0) -> bool:
        """One point, unless one of this class lies nearer than ``apart``."""
        if max(abs(x), abs(y)) > REACH or self.full:
            return False
        if apart > 0:
            own = self.now.x[self.now.labels == label]
            if len(own) and np.hypot(own[:, 0] - x, own[:, 1] - y).min() < apart:
                return False
        return self._add(np.array([[x, y]]), label)

    def spray(
        self, x: float, y: float, label: int, radius: float, rng: np.random.Generator
    ) -> bool:
        """A puff of points, even over the disc of this radius."""
        number = max(1, round(_PUFF * radius))
        far = radius * np.sqrt(rng.random(number))
        angle = rng.uniform(0, 2 * np.pi, number)
        points = np.stack([x + far * np.sin(angle), y + far * np.cos(angle)], axis=1)
        points = points[(np.abs(points) <= REACH).all(axis=1)]
        points = points[: MOST_PAINTED - len(self.now.x)]
        return bool(len(points)) and self._add(points, label)

    def erase(self, x: float, y: float, radius: float) -> bool:
        """Take away the points within this radius."""
        near = np.hypot(self.now.x[:, 0] - x, self.now.x[:, 1] - y) <= radius
        if not near.any():
            return False
        return self._become(Painted(self.now.x[~near], self.now.labels[~near], self.now.classes))

    def clear(self) -> bool:
        """Take away all points; the classes stay."""
        return bool(len(self.now.x)) and self._become(empty(self.now.classes))

    def replace(self, painted: Painted) -> bool:
        """Start from other points, as far as they lie in the square."""
        inside = (np.abs(painted.x) <= REACH).all(axis=1)
        inside &= np.cumsum(inside) <= MOST_PAINTED
        return self._become(Painted(painted.x[inside], painted.labels[inside], painted.classes))

    # -- classes

    def add_class(self, name: str = "") -> bool:
        """One more class; without a name the next letter. Raises: DataError."""
        classes = self.now.classes
        if len(classes) >= MOST_CLASSES:
            raise DataError(f"There are {MOST_CLASSES} classes: more colours are hard to tell")
        free = (letter for letter in "ABCDEFGHIJKLMNOP" if letter not in classes)
        name = self._checked(name or next(free), len(classes))
        return self._become(Painted(self.now.x, self.now.labels, (*classes, name)))

    def remove_class(self, index: int) -> bool:
        """A class with its points. Raises: DataError when two are left."""
        classes = self.now.classes
        if len(classes) <= 2:
            raise DataError("At least two classes are needed: add another one first")
        keep = self.now.labels != index
        labels = self.now.labels[keep]
        return self._become(
            Painted(
                self.now.x[keep],
                np.where(labels > index, labels - 1, labels),
                classes[:index] + classes[index + 1 :],
            )
        )

    def rename_class(self, index: int, name: str) -> bool:
        """Another name for a class. Raises: DataError for an empty name or one that is taken."""
        classes = list(self.now.classes)
        name = self._checked(name, index)
        if classes[index] == name:
            return False
        classes[index] = name
        return self._become(Painted(self.now.x, self.now.labels, tuple(classes)))

    # -- inside

    def _checked(self, name: str, index: int) -> str:
        name = " ".join(name.split())
        others = (*self.now.classes[:index], *self.now.classes[index + 1 :])
        if not name:
            raise DataError("A class needs a name")
        if len(name) > MOST_CLASS_NAME:
            raise DataError(f"The name of a class has at most {MOST_CLASS_NAME} letters")
        if name in others:
            raise DataError(f"There is a class {name!r} already: choose another name")
        return name

    def _add(self, points: npt.NDArray[np.float64], label: int) -> bool:
        labels = np.full(len(points), label, dtype=np.int64)
        return self._become(
            Painted(
                np.concatenate([self.now.x, points]),
                np.concatenate([self.now.labels, labels]),
                self.now.classes,
            )
        )

    def _become(self, painted: Painted) -> bool:
        before, self.now = self.now, painted
        if self._stroke is None:
            self._keep(before)
        return True

    def _keep(self, before: Painted) -> None:
        self._before.append(before)
        del self._before[:-MOST_STEPS]
        self._after.clear()
