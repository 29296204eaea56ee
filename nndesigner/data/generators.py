"""Points that are made from a formula and a seed: TensorFlow Playground's six sets, and others.

Each set is a declaration, so that forms, project files and the command line know its settings. The
coordinates run from about -6 to 6. Every draw comes from one generator, in the order of the code.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Task
from nndesigner.declare import Declaration, setting

Points = npt.NDArray[np.float64]

#: Where points lie: views draw the square from -REACH to REACH.
REACH = 6.0
MOST_POINTS = 100_000
#: The two classes of the Playground's sets.
MINUS, PLUS = "-1", "+1"


@dataclass(frozen=True, eq=False)
class Made:
    """What a generator gives, shuffled.

    Shapes: x ``(n, inputs)``; for classes ``y`` ``(n,)`` are whole numbers into ``classes``, else
    ``(n,)`` values and ``classes`` is empty.
    """

    x: Points
    y: Points
    classes: tuple[str, ...] = ()

    @property
    def task(self) -> Task:
        """Whether ``y`` are classes or numbers."""
        return "classification" if self.classes else "regression"


NoiseShare = Annotated[
    float,
    setting("Noise", "How much chance mixes in; 0 is the clean formula.", ge=0.0, le=0.5),
]


class Generator(Declaration, frozen=True, kw_only=True, tag_field="kind"):
    """The base of all sets. ``drawing`` says what one sees, ``formula`` how it is made."""

    formula: ClassVar[str] = ""
    #: How many points a fresh set has, by task, as the Playground's have.
    inputs: ClassVar[int] = 2

    points: Annotated[int, setting("Points", "How many are made.", ge=10, le=MOST_POINTS)] = 500
    noise: NoiseShare = 0.0
    seed: Annotated[
        int,
        setting("Seed", "The same seed gives the same points.", ge=0, le=2**31 - 1, advanced=True),
    ] = 1

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> Made:
        """The points in the order in which they are made."""

    def make(self) -> Made:
        """The points of this seed, shuffled, so that their order says nothing."""
        rng = np.random.default_rng(self.seed)
        made = self.draw(rng)
        order = rng.permutation(len(made.x))
        return Made(made.x[order], made.y[order], made.classes)


def _two_classes(x: Points, plus: npt.NDArray[np.bool_]) -> Made:
    return Made(x, plus.astype(np.float64), (MINUS, PLUS))


def _halves(number: int) -> tuple[int, int]:
    return number - number // 2, number // 2


class Circle(Generator, frozen=True, kw_only=True, tag="circle"):
    """A disc of +1 inside a ring of -1; noise flips labels near the border."""

    title: ClassVar[str] = "Circle"
    help: ClassVar[str] = "A disc inside a ring. Noise flips labels near the border."
    formula: ClassVar[str] = "R = 5: r from U(0, R/2) or U(0.7 R, R), +1 where |noised point| < R/2"

    def draw(self, rng: np.random.Generator) -> Made:
        """Half of the points in the disc, half in the ring; labels come from a noised copy."""
        radius = 5.0
        inner, outer = _halves(self.points)
        r = np.concatenate(
            [rng.uniform(0, radius / 2, inner), rng.uniform(0.7 * radius, radius, outer)]
        )
        angle = rng.uniform(0, 2 * np.pi, self.points)
        x = np.stack([r * np.sin(angle), r * np.cos(angle)], axis=1)
        noised = x + rng.uniform(-radius, radius, x.shape) * self.noise
        return _two_classes(x, np.hypot(noised[:, 0], noised[:, 1]) < radius / 2)


class Xor(Generator, frozen=True, kw_only=True, tag="xor"):
    """Four quadrants, the opposite ones alike; noise flips labels near the axes."""

    title: ClassVar[str] = "XOR"
    help: ClassVar[str] = (
        "Exclusive or: four quadrants, opposite ones alike. Noise flips labels near the axes."
    )
    formula: ClassVar[str] = "x, y from U(-5, 5), pushed 0.3 away from 0; +1 where x' · y' ≥ 0"

    def draw(self, rng: np.random.Generator) -> Made:
        """Both coordinates are pushed away from the axes; labels come from a noised copy."""
        x = rng.uniform(-5, 5, (self.points, 2))
        x += np.where(x > 0, 0.3, -0.3)
        noised = x + rng.uniform(-5, 5, x.shape) * self.noise
        return _two_classes(x, noised[:, 0] * noised[:, 1] >= 0)


class Gauss(Generator, frozen=True, kw_only=True, tag="gauss"):
    """Two round clouds; noise widens them."""

    title: ClassVar[str] = "Two clouds"
    help: ClassVar[str] = "Two round clouds of points. Noise widens them until they mix."
    formula: ClassVar[str] = "normal around (2, 2) → +1 and (-2, -2) → -1, variance 0.5 + 7 · noise"

    def draw(self, rng: np.random.Generator) -> Made:
        """Half around each centre."""
        first, second = _halves(self.points)
        spread = np.sqrt(0.5 + 7 * self.noise)
        centre = np.repeat([2.0, -2.0], [first, second])[:, None]
        x = centre + spread * rng.standard_normal((self.points, 2))
        return _two_classes(x, np.arange(self.points) < first)


class Spiral(Generator, frozen=True, kw_only=True, tag="two-spirals"):
    """Two arms wound into each other; noise moves the points."""

    title: ClassVar[str] = "Two spirals"
    help: ClassVar[str] = "Two arms wound into each other: the hardest of them. Noise moves points."
    formula: ClassVar[str] = "r = 5 i/k, t = 1.75 i/k · 2π + δ; δ = 0 → +1, δ = π → -1"

    def draw(self, rng: np.random.Generator) -> Made:
        """Half of the points on each arm, evenly from the middle outwards."""
        first, second = _halves(self.points)
        share = np.concatenate([np.arange(first) / first, np.arange(second) / max(second, 1)])
        r = 5 * share
        t = 1.75 * share * 2 * np.pi + np.repeat([0.0, np.pi], [first, second])
        x = np.stack([r * np.sin(t), r * np.cos(t)], axis=1)
        x += rng.uniform(-1, 1, x.shape) * self.noise
        return _two_classes(x, np.arange(self.points) < first)


class Plane(Generator, frozen=True, kw_only=True, tag="reg-plane"):
    """A tilted plane; noise moves the point whose height is taken."""

    title: ClassVar[str] = "Tilted plane"
    help: ClassVar[str] = "A number that grows along the diagonal: one linear neuron learns it."
    formula: ClassVar[str] = "x, y from U(-6, 6); target (x' + y') / 10 of a noised copy"

    points: Annotated[int, setting("Points", "How many are made.", ge=10, le=MOST_POINTS)] = 1200

    def draw(self, rng: np.random.Generator) -> Made:
        """Points all over the square with the height of a noised copy."""
        x = rng.uniform(-6, 6, (self.points, 2))
        noised = x + rng.uniform(-6, 6, x.shape) * self.noise
        return Made(x, (noised[:, 0] + noised[:, 1]) / 10)


#: Centre x, centre y and sign of the bumps of `MultiGauss`.
BUMPS = (
    (-4.0, 2.5, 1.0),
    (0.0, 2.5, -1.0),
    (4.0, 2.5, 1.0),
    (-4.0, -2.5, -1.0),
    (0.0, -2.5, 1.0),
    (4.0, -2.5, -1.0),
)


class MultiGauss(Generator, frozen=True, kw_only=True, tag="reg-gauss"):
    """Six bumps, three up and three down; noise moves the point whose height is taken."""

    title: ClassVar[str] = "Six bumps"
    help: ClassVar[str] = "A number with three hills and three hollows."
    formula: ClassVar[str] = "x, y from U(-6, 6); ±max(0, 1 - distance/2) of the nearest centre"

    points: Annotated[int, setting("Points", "How many are made.", ge=10, le=MOST_POINTS)] = 1200

    def draw(self, rng: np.random.Generator) -> Made:
        """Of all bumps the one that is largest in absolute value counts."""
        x = rng.uniform(-6, 6, (self.points, 2))
        noised = x + rng.uniform(-6, 6, x.shape) * self.noise
        height = np.zeros(self.points)
        for left, up, sign in BUMPS:
            distance = np.hypot(noised[:, 0] - left, noised[:, 1] - up)
            own = sign * np.clip(1 - distance / 2, 0, 1)
            height = np.where(np.abs(own) > np.abs(height), own, height)
        return Made(x, height)


class Moons(Generator, frozen=True, kw_only=True, tag="two-moons"):
    """Two half circles that reach into each other; noise moves the points."""

    title: ClassVar[str] = "Two moons"
    help: ClassVar[str] = "Two half circles that reach into each other. Noise moves points."
    formula: ClassVar[str] = "(cos t, sin t) and (1 - cos t, 0.5 - sin t), moved to 0 and times 4"

    def draw(self, rng: np.random.Generator) -> Made:
        """Evenly along both half circles, with normal noise before the scaling."""
        first, second = _halves(self.points)
        t, s = np.linspace(0, np.pi, first), np.linspace(0, np.pi, second)
        upper = np.stack([np.cos(t), np.sin(t)], axis=1)
        lower = np.stack([1 - np.cos(s), 0.5 - np.sin(s)], axis=1)
        x = np.concatenate([upper, lower]) + self.noise * rng.standard_normal((self.points, 2))
        return _two_classes(4 * (x - [0.5, 0.25]), np.arange(self.points) >= first)


ClassCount = Annotated[int, setting("Classes", "How many classes there are.", ge=2, le=8)]


def _shares(number: int, parts: int) -> npt.NDArray[np.int64]:
    """The class of every point, as equal in number as can be."""
    return np.arange(number, dtype=np.int64) * parts // number


def _letters(number: int) -> tuple[str, ...]:
    return tuple("ABCDEFGH"[:number])


class Blobs(Generator, frozen=True, kw_only=True, tag="blobs"):
    """Round clouds around a circle, one a class; noise widens them."""

    title: ClassVar[str] = "Clouds"
    help: ClassVar[str] = "Round clouds, one a class, around a circle. Noise widens them."
    formula: ClassVar[str] = "normal around 4 · (sin 2πj/k, cos 2πj/k), deviation 0.4 + 3 · noise"

    classes: ClassCount = 4

    def draw(self, rng: np.random.Generator) -> Made:
        """The same number of points around each centre."""
        label = _shares(self.points, self.classes)
        turn = 2 * np.pi * label / self.classes
        centre = 4 * np.stack([np.sin(turn), np.cos(turn)], axis=1)
        x = centre + (0.4 + 3 * self.noise) * rng.standard_normal((self.points, 2))
        return Made(x, label.astype(np.float64), _letters(self.classes))


class Rings(Generator, frozen=True, kw_only=True, tag="rings"):
    """Rings around each other, one a class; noise widens them."""

    title: ClassVar[str] = "Rings"
    help: ClassVar[str] = "Rings around each other, one a class. Noise widens them."
    formula: ClassVar[str] = "width w = 5/k: r = (j + 0.5) w + U(-0.2, 0.2) w + normal · noise · w"

    classes: ClassCount = 3

    def draw(self, rng: np.random.Generator) -> Made:
        """The same number of points on each ring."""
        label = _shares(self.points, self.classes)
        width = 5 / self.classes
        middle = (label + 0.5) * width
        r = middle + rng.uniform(-0.2, 0.2, self.points) * width
        r += self.noise * width * rng.standard_normal(self.points)
        angle = rng.uniform(0, 2 * np.pi, self.points)
        x = np.stack([r * np.sin(angle), r * np.cos(angle)], axis=1)
        return Made(x, label.astype(np.float64), _letters(self.classes))


class Checkerboard(Generator, frozen=True, kw_only=True, tag="checkerboard"):
    """Squares of two classes in turn; noise flips labels near their borders."""

    title: ClassVar[str] = "Checkerboard"
    help: ClassVar[str] = "Squares of two classes in turn. Noise flips labels near their borders."
    formula: ClassVar[str] = "x, y from U(-5, 5); +1 where column + row of the noised copy is even"

    squares: Annotated[
        int, setting("Squares", "How many squares there are along each side.", ge=2, le=8)
    ] = 4
    points: Annotated[int, setting("Points", "How many are made.", ge=10, le=MOST_POINTS)] = 1000

    def draw(self, rng: np.random.Generator) -> Made:
        """Points all over the board; labels come from a noised copy."""
        x = rng.uniform(-5, 5, (self.points, 2))
        side = 10 / self.squares
        noised = x + rng.uniform(-1, 1, x.shape) * self.noise * side
        place = np.floor((noised + 5) / side).astype(np.int64)
        return _two_classes(x, place.sum(axis=1) % 2 == 0)


CurveShape = Literal["sine", "parabola", "step", "bump", "zigzag", "wave"]


class Curve(Generator, frozen=True, kw_only=True, tag="curve"):
    """A curve over one input; noise moves it up and down."""

    title: ClassVar[str] = "Curve"
    help: ClassVar[str] = "A number over one input. Noise moves the points up and down."
    formula: ClassVar[str] = "x from U(-6, 6), y = f(x) + normal · noise"
    inputs: ClassVar[int] = 1

    shape: Annotated[
        CurveShape,
        setting(
            "Shape",
            "The function behind the points.",
            titles={
                "sine": "sine: sin x",
                "parabola": "parabola: x²/18 - 1",
                "step": "step: -1 below 0, else 1",
                "bump": "bump: 2 exp(-x²/2) - 1",
                "zigzag": "zigzag: lines up and down",
                "wave": "growing wave: x/6 · sin 3x",
            },
        ),
    ] = "sine"
    points: Annotated[int, setting("Points", "How many are made.", ge=10, le=MOST_POINTS)] = 300
    noise: NoiseShare = 0.1

    def draw(self, rng: np.random.Generator) -> Made:
        """Points over the whole stretch with normal noise."""
        x = rng.uniform(-6, 6, self.points)
        y = curve_of(self.shape, x) + self.noise * rng.standard_normal(self.points)
        return Made(x[:, None], y)


def curve_of(shape: CurveShape, x: Points) -> Points:
    """The clean curve of a shape."""
    match shape:
        case "sine":
            return np.sin(x)
        case "parabola":
            return x**2 / 18 - 1
        case "step":
            return np.where(x < 0, -1.0, 1.0)
        case "bump":
            return 2 * np.exp(-(x**2) / 2) - 1
        case "zigzag":
            return np.abs((x + 6) % 6 - 3) * 2 / 3 - 1
        case "wave":
            return x / 6 * np.sin(3 * x)


#: Every set by its kind, in the order to show them; the Playground's six come first.
GENERATORS: dict[str, type[Generator]] = {
    cls.kind_name(): cls
    for cls in (
        Circle,
        Xor,
        Gauss,
        Spiral,
        Plane,
        MultiGauss,
        Moons,
        Blobs,
        Rings,
        Checkerboard,
        Curve,
    )
}
