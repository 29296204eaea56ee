"""A first network for data that nobody has drawn one for, and the settings to train it with."""

from __future__ import annotations

import math

from nndesigner.data.dataset import Spec
from nndesigner.graph import Graph, Layer
from nndesigner.layers import Conv2D, Dense, Flatten, Input, MaxPool2D
from nndesigner.learning.optimizers import Adam
from nndesigner.report import Repair
from nndesigner.training.settings import Settings

#: From this height and width on, an image is looked at through windows that slide over it.
_WINDOW_SIDE = 12
#: Small networks on fewer training rows take small batches and a larger rate: steps are few.
_FEW_ROWS = 2_000
#: Settings that say how long, on which rows and from where; the rest are about the network.
_KEPT = ("epochs", "validation_share", "shuffle", "seed", "stopping")


def starter(spec: Spec) -> Graph:
    """A small network that suits the data: a place to start from, not a recommendation.

    Tables get two hidden layers, small images one, larger ones two convolutions with pooling. Rows
    that are their own targets get a narrow layer in the middle, which they must pass through.
    """
    layers: list[Layer] = [Input()]
    if spec.same_as_input:
        numbers = math.prod(spec.input_shape)
        if len(spec.input_shape) == 3:
            layers.append(Flatten())
        wide, narrow = min(128, max(4, numbers)), min(16, max(1, numbers // 2))
        middle = Dense(units=narrow, activation="linear")  # it passes on all that fits through
        layers += [Dense(units=wide), middle, Dense(units=wide)]
        return Graph.chain([*layers, Dense(units=numbers, activation="linear")]).folded()
    if len(spec.input_shape) == 3:
        height, width, _ = spec.input_shape
        if min(height, width) >= _WINDOW_SIDE:
            for filters in (16, 32):
                layers += [Conv2D(filters=filters, padding="same"), MaxPool2D()]
        layers += [Flatten(), Dense(units=64)]
    else:
        layers += [Dense(units=32), Dense(units=16)]
    if spec.task == "regression":
        layers.append(Dense(units=spec.outputs, activation="linear"))
    else:
        layers.append(Dense(units=spec.outputs, activation="softmax"))
    return Graph.chain(layers).folded()


def starter_settings(spec: Spec, before: Settings, training_rows: int = 0) -> Settings:
    """Settings that the network of `starter` learns with, whatever those of the last one were.

    Epochs, seed, validation share and stopping stay; loss, optimizer, batch, schedule, penalties,
    class weights and augmentation belong to one network and its data, and start afresh. The rate
    that suits a handful of rows drives convolutions to chance: those, and what gives its input
    back, get Adam's own; smaller networks learn faster with more, the more so the fewer steps an
    epoch has. ``training_rows`` are those of the split where that is known.
    """
    rows = training_rows or max(1, spec.rows - round(spec.rows * before.validation_share))
    careful = spec.same_as_input or any(
        isinstance(node.layer, Conv2D) for node in starter(spec).nodes
    )
    few = not careful and rows < _FEW_ROWS
    rate = 0.001 if careful else 0.01 if few else 0.003
    fresh = Settings(optimizer=Adam(learning_rate=rate), batch_size=min(16 if few else 32, rows))
    return fresh.changed(**{name: getattr(before, name) for name in _KEPT})


def starting(
    spec: Spec, before: Settings, training_rows: int = 0, title: str = "Start with a small network"
) -> Repair:
    """The network of `starter` with settings that suit it, as one step, and what to say of it."""
    settings = starter_settings(spec, before, training_rows)
    changes = {
        name: getattr(settings, name)
        for name in settings.__struct_fields__
        if getattr(settings, name) != getattr(before, name)
    }
    optimizer = settings.optimizer
    note = (
        f"Training settings were chosen for this network: {optimizer.title} with a learning rate "
        f"of {optimizer.learning_rate:g}, {settings.batch_size} rows a batch"
    )
    if before.augmentation.is_on:
        note += f"; augmentation is off (it was {before.augmentation.words})"
    return Repair(title, graph=starter(spec), settings=changes or None, note=note)
