"""Where the data enters, fully connected layers and activations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec

from nndesigner.declare import setting
from nndesigner.errors import ShapeError
from nndesigner.graph import Layer, Parameter, Shape, shape_text
from nndesigner.layers.shape import Flatten
from nndesigner.learning.activations import (
    ACTIVATION_TITLES,
    ELU_ALPHA,
    LEAKY_SLOPE,
    ActivationKind,
    activation_number,
)
from nndesigner.learning.initializers import (
    INITIALIZER_SCALES,
    INITIALIZER_TITLES,
    InitializerKind,
)

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value

#: More units than any layer on one machine can use; larger numbers are slips of the key.
MOST_UNITS = 10_000_000

ACTIVATION = setting(
    "Activation", "The function applied to every output.", titles=ACTIVATION_TITLES
)
INITIALIZER = setting(
    "Initializer",
    "How the weights start. He suits ReLU, LeCun SELU, Glorot the others. Normal forms are not "
    "truncated, as in PyTorch; those of Keras are.",
    titles=INITIALIZER_TITLES,
    advanced=True,
)
StartNumber = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
INITIALIZER_SCALE = setting(
    "Start number",
    "Uniform draws from minus to plus this number, normal with this deviation; constant sets it, "
    "orthogonal and identity are multiplied by it. Empty is as in Keras: 0.05, 0.05, 0 and 1.",
    advanced=True,
    when=("initializer", tuple(INITIALIZER_SCALES)),
)
INITIALIZER_LOW = setting(
    "From",
    "Uniform draws from here to the start number. Empty is from minus that number.",
    advanced=True,
    when=("initializer", ("uniform",)),
)
BIAS = setting("Bias", "Add a trainable number to every output.", advanced=True)


#: The names that layers give to arrays that multiply what arrives.
WEIGHTS = frozenset({"weight", "depthwise", "pointwise"})

FROZEN = setting(
    "Frozen",
    "Keep the weights as they are: training changes only the other layers.",
    last=True,
)


def penalties(
    of: str = "w", *, when: tuple[str, tuple[str, ...]] | None = None
) -> tuple[msgspec.Meta, msgspec.Meta, msgspec.Meta]:
    """L1, L2 and max-norm as settings of one layer, ``of`` being what they hold back."""
    own = of == "w"
    beside = "Besides what the training settings say for all layers."
    if not own:
        beside = "What the training settings say counts here only with biases too."
    limit = (
        "After each step the weights into each unit are scaled down to this norm; 0 is what the "
        "training settings say."
        if own
        else f"After each step no |{of}| is larger than this; 0 is no limit."
    )
    common: dict[str, Any] = {"advanced": True, "last": True, "live": True, "when": when}
    return (
        setting(
            "L1",
            f"Adds this times the sum of all |{of}| of this layer to what is made small. {beside}",
            ge=0.0,
            le=1e3,
            **common,
        ),
        setting(
            "L2",
            f"Adds half of this times the sum of all {of}² of this layer to what is made small. "
            f"{beside}",
            ge=0.0,
            le=1e3,
            **common,
        ),
        setting("Max-norm", limit, ge=0.0, le=1e6, **common),
    )


_L1, _L2, _MAX_NORM = penalties()


class Learned(Layer, frozen=True, kw_only=True):
    """The base of all layers with parameters: these can be frozen and held back."""

    #: The parameters that its own L1, L2 and max-norm hold back.
    held_back: ClassVar[frozenset[str]] = WEIGHTS

    l1: Annotated[float, _L1] = 0.0
    l2: Annotated[float, _L2] = 0.0
    max_norm: Annotated[float, _MAX_NORM] = 0.0
    frozen: Annotated[bool, FROZEN] = False

    def arrays(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The parameters; those of a frozen layer are not trained."""
        found = self.parameters(inputs)
        return tuple(replace(one, trainable=False) for one in found) if self.frozen else found


class Input(Layer, frozen=True, kw_only=True, tag="input"):
    """One row of the data enters here; its shape is that of the data."""

    title: ClassVar[str] = "Input"
    help: ClassVar[str] = "One row of your data. Its shape is that of the data that is open."
    icon: ClassVar[str] = "mdi6.import"
    arity: ClassVar[tuple[int, int | None]] = (0, 0)

    def summary(self) -> str:
        """What enters."""
        return "one row of the data"


class Dense(Learned, frozen=True, kw_only=True, tag="dense"):
    """y = f(x·W + b), every output from every input.

    Shapes: x ``(batch, inputs)``, W ``(inputs, units)``, b ``(units,)``, y ``(batch, units)``.
    """

    title: ClassVar[str] = "Dense"
    help: ClassVar[str] = (
        "Every unit is a weighted sum of all inputs, plus a bias, through the activation."
    )
    icon: ClassVar[str] = "mdi6.dots-grid"
    positional: ClassVar[tuple[str, ...]] = ("units", "activation")
    synonyms: ClassVar[tuple[str, ...]] = ("linear", "fully connected", "fc", "perceptron")

    units: Annotated[
        int, setting("Units", "How many outputs (neurons) the layer has.", ge=1, le=MOST_UNITS)
    ] = 32
    activation: Annotated[ActivationKind, ACTIVATION] = "relu"
    initializer: Annotated[InitializerKind, INITIALIZER] = "glorot_uniform"
    initializer_scale: Annotated[StartNumber | None, INITIALIZER_SCALE] = None
    initializer_low: Annotated[StartNumber | None, INITIALIZER_LOW] = None
    bias: Annotated[bool, BIAS] = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """``(units,)`` from a flat input. Raises: ShapeError."""
        if len(inputs[0]) != 1:
            raise ShapeError(
                f"Dense wants flat input, got {shape_text(inputs[0])}: add Flatten before it",
                insert=Flatten(),
            )
        return (self.units,)

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The weights and, if wanted, the bias."""
        (fan_in,) = inputs[0]
        weight = Parameter("weight", (fan_in, self.units), self.initializer, fan_in, self.units)
        return (weight, Parameter("bias", (self.units,))) if self.bias else (weight,)

    def summary(self) -> str:
        """``32 units, ReLU``."""
        noun = "unit" if self.units == 1 else "units"
        return f"{self.units:,} {noun}, {ACTIVATION_TITLES[self.activation]}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """A matrix product, then bias and activation in one pass."""
        weight = builder.parameter("weight")
        out = builder.dense(inputs[0], weight, self.units)
        if self.bias:
            out = builder.bias(out, builder.parameter("bias"))
        return builder.activation(out, self.activation, activation_number(self))


_SLOPE_L1, _SLOPE_L2, _SLOPE_NORM = penalties("slope", when=("activation", ("prelu",)))


class Activation(Learned, frozen=True, kw_only=True, tag="activation"):
    """An activation function as a layer of its own."""

    title: ClassVar[str] = "Activation"
    help: ClassVar[str] = "Applies a function to every number; softmax works over the last axis."
    icon: ClassVar[str] = "mdi6.sine-wave"
    positional: ClassVar[tuple[str, ...]] = ("activation",)
    held_back: ClassVar[frozenset[str]] = frozenset({"slope"})

    activation: Annotated[ActivationKind, ACTIVATION] = "relu"
    slope: Annotated[
        float,
        setting(
            "Slope",
            "Leaky ReLU's slope for negative numbers.",
            gt=0.0,
            lt=1.0,
            when=("activation", ("leaky_relu",)),
        ),
    ] = LEAKY_SLOPE
    alpha: Annotated[
        float,
        setting(
            "Alpha",
            "How far down ELU's curve reaches below 0.",
            gt=0.0,
            le=100.0,
            when=("activation", ("elu",)),
        ),
    ] = ELU_ALPHA
    l1: Annotated[float, _SLOPE_L1] = 0.0
    l2: Annotated[float, _SLOPE_L2] = 0.0
    max_norm: Annotated[float, _SLOPE_NORM] = 0.0
    frozen: Annotated[
        bool,
        setting(
            "Frozen",
            "Keep PReLU's slopes as they are.",
            last=True,
            when=("activation", ("prelu",)),
        ),
    ] = False

    def summary(self) -> str:
        """The function's name."""
        return ACTIVATION_TITLES[self.activation]

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """The function alone."""
        return builder.activation(inputs[0], self.activation, activation_number(self))
