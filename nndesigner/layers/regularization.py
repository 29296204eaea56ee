"""Layers that make learning by heart harder: they change numbers at random while training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from nndesigner.declare import setting
from nndesigner.errors import ShapeError
from nndesigner.graph import Layer, Shape, shape_text

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value


class Dropout(Layer, frozen=True, kw_only=True, tag="dropout"):
    """While training, sets a share of the numbers to zero and scales the others up to match.

    Source: Srivastava et al. 2014; the inverted form.
    """

    title: ClassVar[str] = "Dropout"
    category: ClassVar[str] = "regularization"
    help: ClassVar[str] = (
        "Silences a random share of the inputs while training, so that no unit is relied upon. "
        "Off when predicting."
    )
    icon: ClassVar[str] = "mdi6.blur"
    positional: ClassVar[tuple[str, ...]] = ("rate",)
    keeps_range: ClassVar[bool] = True
    disturbs: ClassVar[bool] = True

    rate: Annotated[
        float, setting("Rate", "The share that is silenced.", ge=0.0, lt=1.0, live=True)
    ] = 0.5

    def summary(self) -> str:
        """The share."""
        return f"{100 * self.rate:.0f} % silenced"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """A seeded mask while training, nothing otherwise."""
        return builder.dropout(inputs[0], self.rate) if self.rate > 0 else inputs[0]


class SpatialDropout(Layer, frozen=True, kw_only=True, tag="spatialdropout"):
    """While training, sets a share of the channels to zero and scales the others up to match.

    Shapes: x and y ``(batch, ..., channels)``. Source: Tompson et al. 2014, arXiv 1411.4280.
    """

    title: ClassVar[str] = "SpatialDropout"
    category: ClassVar[str] = "regularization"
    help: ClassVar[str] = (
        "Silences whole channels of an image or a sequence while training: neighbouring pixels are "
        "alike, so that single ones would hardly be missed. Off when predicting."
    )
    icon: ClassVar[str] = "mdi6.layers-off-outline"
    positional: ClassVar[tuple[str, ...]] = ("rate",)
    synonyms: ClassVar[tuple[str, ...]] = ("spatialdropout2d", "spatialdropout1d", "dropout2d")
    keeps_range: ClassVar[bool] = True
    disturbs: ClassVar[bool] = True

    rate: Annotated[
        float, setting("Rate", "The share of channels that is silenced.", ge=0.0, lt=1.0, live=True)
    ] = 0.2

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape of its input. Raises: ShapeError."""
        if len(inputs[0]) < 2:
            raise ShapeError(
                f"SpatialDropout wants an image or a sequence, got {shape_text(inputs[0])}: "
                "use Dropout for single features",
                instead=("Use Dropout", Dropout(rate=self.rate)),
            )
        return inputs[0]

    def summary(self) -> str:
        """The share."""
        return f"{100 * self.rate:.0f} % of channels"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """A seeded mask of channels while training, nothing otherwise."""
        return builder.spatial_dropout(inputs[0], self.rate) if self.rate > 0 else inputs[0]


class GaussianNoise(Layer, frozen=True, kw_only=True, tag="gaussiannoise"):
    """While training, adds a normal random number to each of its inputs."""

    title: ClassVar[str] = "GaussianNoise"
    category: ClassVar[str] = "regularization"
    help: ClassVar[str] = (
        "Adds random noise to every number while training, so that small differences are not "
        "learnt by heart. Off when predicting."
    )
    icon: ClassVar[str] = "mdi6.waveform"
    positional: ClassVar[tuple[str, ...]] = ("deviation",)
    synonyms: ClassVar[tuple[str, ...]] = ("noise", "jitter")
    disturbs: ClassVar[bool] = True

    deviation: Annotated[
        float,
        setting("Deviation", "The standard deviation of the noise.", ge=0.0, le=1e6, live=True),
    ] = 0.1

    def summary(self) -> str:
        """The deviation."""
        return f"deviation {self.deviation:g}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Seeded noise while training, nothing otherwise."""
        if self.deviation == 0:
            return inputs[0]
        return builder.gaussian_noise(inputs[0], self.deviation)
