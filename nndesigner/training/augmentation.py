"""Chance changes to training rows: what there is to choose, and how the changed rows are made."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import FloatArray, Shape
from nndesigner.declare import Declaration, fields_of, setting

if TYPE_CHECKING:
    from nndesigner.engine.augmenting import Augmenting


class Augmentation(
    Declaration,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
):
    """What happens by chance to every training row, anew in every epoch; all off at first.

    Numbers are the largest change: each row gets its own between that and its opposite.
    """

    title: ClassVar[str] = "Augmentation"
    help: ClassVar[str] = "Training rows are changed by chance, so that less is learnt by heart."

    flip: Annotated[
        bool,
        setting("Flip left and right", "Every second picture is mirrored. Not for letters."),
    ] = False
    flip_vertical: Annotated[
        bool, setting("Flip up and down", "Every second picture is turned over.")
    ] = False
    shift: Annotated[
        float,
        setting(
            "Shift", "Pictures move by up to this share of their side, any way.", ge=0.0, le=0.5
        ),
    ] = 0.0
    rotate: Annotated[
        float,
        setting("Rotate", "Pictures turn by up to this angle.", ge=0.0, le=180.0, unit="°"),
    ] = 0.0
    zoom: Annotated[
        float,
        setting("Zoom", "Pictures grow or shrink by up to this share.", ge=0.0, le=0.5),
    ] = 0.0
    brightness: Annotated[
        float,
        setting(
            "Brightness", "Pictures get lighter or darker by up to this share.", ge=0.0, le=1.0
        ),
    ] = 0.0
    noise: Annotated[
        float,
        setting(
            "Noise",
            "Normal noise on every number: its deviation as a share of black to white, in "
            "tables of a standardised column's own.",
            ge=0.0,
            le=1.0,
        ),
    ] = 0.0
    erase: Annotated[
        float,
        setting(
            "Erase",
            "Every second picture loses a rectangle of up to this share.",
            ge=0.0,
            le=0.5,
        ),
    ] = 0.0
    outside: Annotated[
        Literal["edge", "zero"],
        setting(
            "Beyond the edge",
            "What comes in where a picture has moved away.",
            titles={"edge": "the edge goes on", "zero": "black (0)"},
            advanced=True,
        ),
    ] = "edge"

    @property
    def is_on(self) -> bool:
        """Whether anything is changed at all."""
        return any(getattr(self, name) for name in _CHANGES)

    @property
    def for_pictures(self) -> bool:
        """Whether something is changed that only pictures have."""
        return any(getattr(self, name) for name in _CHANGES if name != "noise")

    @property
    def words(self) -> str:
        """What is on, in a few words: ``shift 10 %, rotate 15°``."""
        said = []
        for field in fields_of(type(self)):
            value = getattr(self, field.name)
            if field.name not in _CHANGES or not value:
                continue
            title = field.title.lower()
            if value is True:
                said.append(title)
            else:
                said.append(f"{title} {value:g}°" if field.unit else f"{title} {100 * value:g} %")
        return ", ".join(said) or "off"


_CHANGES = ("flip", "flip_vertical", "shift", "rotate", "zoom", "brightness", "noise", "erase")
#: Fields that forms show as a percentage.
PERCENT = ("shift", "zoom", "brightness", "noise", "erase")


def applies_to(augmentation: Augmentation, shape: Shape) -> bool:
    """Whether rows of this shape are changed: all but noise is for pictures."""
    return augmentation.is_on if len(shape) == 3 else augmentation.noise > 0


@functools.cache
def _normals() -> FloatArray:
    """Normal values in equal steps of their share, with mean 0 and deviation 1."""
    from scipy.special import ndtri

    from nndesigner.engine.kernels.augment import NORMALS

    values = ndtri((np.arange(NORMALS) + 0.5) / NORMALS)
    return np.asarray(values / values.std(), dtype=np.float32)


def reach_of(x: FloatArray, shape: Shape) -> tuple[float, float]:
    """What black and white are in rows ``(n, numbers)``: 0 and 1, unless pixels are scaled
    otherwise. Rows of a table have neither.
    """
    if len(shape) != 3 or not x.size:
        return 0.0, 1.0
    low = high = 0.0
    for start in range(0, len(x), 1024):
        part = x[start : start + 1024]
        low, high = min(low, float(np.nanmin(part))), max(high, float(np.nanmax(part)))
    if low == 0.0 and high <= 1.0:
        return 0.0, 1.0
    return low, high


def _numbers(
    augmentation: Augmentation, shape: Shape, reach: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """The choices as the kernel takes them: shares of a picture's range are in its units."""
    from nndesigner.engine.kernels import augment as places

    low, high = reach
    span = high - low if len(shape) == 3 else 1.0
    what = np.zeros(places.NUMBERS)
    what[places.MIRROR] = 0.5 * augmentation.flip
    what[places.TURN_OVER] = 0.5 * augmentation.flip_vertical
    what[places.SHIFT] = augmentation.shift
    what[places.ROTATE] = math.radians(augmentation.rotate)
    what[places.ZOOM] = augmentation.zoom
    what[places.BRIGHTNESS] = span * augmentation.brightness if len(shape) == 3 else 0.0
    what[places.NOISE] = span * augmentation.noise
    what[places.ERASE] = augmentation.erase
    what[places.EDGE] = augmentation.outside == "edge"
    what[places.LOW], what[places.HIGH] = low, high
    what[places.CLIP] = len(shape) == 3
    return what


class Augmenter(msgspec.Struct, frozen=True):
    """Changes rows of one shape as one choice says."""

    augmentation: Augmentation
    shape: Shape
    seed: int
    #: What black and white are.
    reach: tuple[float, float] = (0.0, 1.0)

    def augmenting(self, *, shards: int = 1, targets: tuple[int, int] | None = None) -> Augmenting:
        """All that the engine needs to do so, for some shards. Raises: MemoryError.

        ``targets`` as in `engine.augmenting`.
        """
        from nndesigner.engine.augmenting import Augmenting

        return Augmenting(
            self.shape if len(self.shape) == 3 else None,
            _numbers(self.augmentation, self.shape, self.reach),
            _normals(),
            self.seed,
            shards=shards,
            targets=targets,
        )


def augmented(
    x: FloatArray, augmentation: Augmentation, seed: int = 0, epoch: int = 0
) -> FloatArray:
    """All rows of ``x`` ``(n, *shape)`` as one epoch of training would see them."""
    flat = np.ascontiguousarray(x.reshape(len(x), -1), dtype=np.float32)
    out = np.empty_like(flat)
    augmenter = Augmenter(augmentation, x.shape[1:], seed, reach_of(flat, x.shape[1:]))
    rows = np.arange(len(x), dtype=np.int64)
    augmenter.augmenting().at_epoch(epoch).fill(flat, rows, out, flat[:0])
    return out.reshape(x.shape)
