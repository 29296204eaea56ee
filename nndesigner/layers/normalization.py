"""Normalisation: numbers brought to mean 0 and deviation 1, then scaled and shifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from nndesigner.declare import setting
from nndesigner.errors import ShapeError
from nndesigner.graph import Parameter, Shape
from nndesigner.layers.core import Learned, penalties

if TYPE_CHECKING:
    from nndesigner.engine.tape import TapeBuilder, Value

EPSILON = setting(
    "Epsilon", "Added to the variance, so that nothing is divided by zero.", gt=0.0, le=1.0,
    advanced=True, log=True,
)  # fmt: skip


_L1, _L2, _MAX_NORM = penalties("γ")


class _Norm(Learned, frozen=True, kw_only=True):
    """What all normalisations have in common: γ and β, one each a channel."""

    category: ClassVar[str] = "normalization"
    #: As Keras' gamma_regularizer.
    held_back: ClassVar[frozenset[str]] = frozenset({"gamma"})

    epsilon: Annotated[float, EPSILON] = 1e-3
    l1: Annotated[float, _L1] = 0.0
    l2: Annotated[float, _L2] = 0.0
    max_norm: Annotated[float, _MAX_NORM] = 0.0

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """The scale γ, which begins as one, and the shift β, which begins as zero."""
        channels = inputs[0][-1:]
        return (Parameter("gamma", channels, "constant", scale=1.0), Parameter("beta", channels))


class BatchNorm(_Norm, frozen=True, kw_only=True, tag="batchnorm"):
    """y = γ (x - mean) / √(variance + ε) + β, mean and variance of each channel.

    While training these are those of the mini-batch (the variance is its plain mean of squares);
    for predicting, and while frozen, the running ones:
    ``running = momentum · running + (1 - momentum) · batch``.

    Shapes: x and y ``(batch, ..., channels)``; γ, β and the running moments ``(channels,)``.

    Source: Ioffe and Szegedy 2015, arXiv 1502.03167; numbers as in Keras.
    """

    title: ClassVar[str] = "BatchNorm"
    help: ClassVar[str] = (
        "Brings every channel to mean 0 and deviation 1 over the mini-batch, then scales and "
        "shifts it. Predicting uses running averages, and so does a frozen layer."
    )
    icon: ClassVar[str] = "mdi6.chart-bell-curve"
    positional: ClassVar[tuple[str, ...]] = ("momentum",)
    synonyms: ClassVar[tuple[str, ...]] = ("batchnormalization", "batch normalisation", "bn")

    momentum: Annotated[
        float,
        setting(
            "Momentum",
            "How much of the running averages each step keeps: nearer to 1 is steadier and slower.",
            ge=0.0,
            lt=1.0,
        ),
    ] = 0.99

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """γ and β, and the running moments, which no optimizer changes."""
        channels = inputs[0][-1:]
        return (
            *super().parameters(inputs),
            Parameter("running_mean", channels, trainable=False),
            Parameter("running_variance", channels, "constant", scale=1.0, trainable=False),
        )

    def summary(self) -> str:
        """What it is over."""
        return "over the batch"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Moments, where all shards meet, and what they make of the numbers."""
        gamma, *_ = (
            builder.parameter(name)
            for name in ("gamma", "beta", "running_mean", "running_variance")
        )
        return builder.batch_norm(inputs[0], gamma, self.epsilon, self.momentum, frozen=self.frozen)


class LayerNorm(_Norm, frozen=True, kw_only=True, tag="layernorm"):
    """y = γ (x - mean) / √(variance + ε) + β, mean and variance over the last axis.

    Shapes: x and y ``(batch, ..., channels)``, γ and β ``(channels,)``. Source: Ba et al. 2016,
    arXiv 1607.06450; epsilon as in Keras.
    """

    title: ClassVar[str] = "LayerNorm"
    help: ClassVar[str] = (
        "Brings the channels of each place (or the features of a row) to mean 0 and deviation 1, "
        "each row by itself: it does the same for any batch size."
    )
    icon: ClassVar[str] = "mdi6.tune-vertical"
    synonyms: ClassVar[tuple[str, ...]] = ("layernormalization", "layer normalisation", "ln")

    def summary(self) -> str:
        """What it is over."""
        return "over the last axis"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """One group of all channels at each place."""
        gamma, _ = builder.parameter("gamma"), builder.parameter("beta")
        return builder.group_norm(inputs[0], gamma, self.epsilon, 1, each_place=True)


class GroupNorm(_Norm, frozen=True, kw_only=True, tag="groupnorm"):
    """y = γ (x - mean) / √(variance + ε) + β, over a group of channels at all places of a row.

    One group normalises all of a row, as many groups as channels each channel by itself (instance
    normalisation).

    Shapes: x and y ``(batch, ..., channels)``, γ and β ``(channels,)``. Source: Wu and He 2018,
    arXiv 1803.08494; epsilon as in Keras.
    """

    title: ClassVar[str] = "GroupNorm"
    help: ClassVar[str] = (
        "Brings groups of channels to mean 0 and deviation 1, each row by itself: for images "
        "where batches are small."
    )
    icon: ClassVar[str] = "mdi6.format-list-group"
    positional: ClassVar[tuple[str, ...]] = ("groups",)
    synonyms: ClassVar[tuple[str, ...]] = (
        "groupnormalization", "group normalisation", "instancenorm", "gn",
    )  # fmt: skip

    groups: Annotated[
        int, setting("Groups", "Into how many groups the channels are parted.", ge=1, le=65_536)
    ] = 4

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape of its input. Raises: ShapeError where the channels cannot be parted so."""
        channels = inputs[0][-1]
        if channels % self.groups:
            near = max(k for k in range(1, min(self.groups, channels) + 1) if channels % k == 0)
            noun = "group" if near == 1 else "groups"
            raise ShapeError(
                f"{channels:,} channels cannot be parted into {self.groups:,} groups of one size: "
                f"use {near:,}",
                instead=(f"Use {near:,} {noun}", self.changed(groups=near)),
            )
        return inputs[0]

    def summary(self) -> str:
        """``4 groups``."""
        return f"{self.groups:,} {'group' if self.groups == 1 else 'groups'}"

    def lower(self, builder: TapeBuilder, inputs: tuple[Value, ...]) -> Value:
        """Moments of each row and group."""
        gamma, _ = builder.parameter("gamma"), builder.parameter("beta")
        return builder.group_norm(inputs[0], gamma, self.epsilon, self.groups)
