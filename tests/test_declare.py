"""Declarations: what forms, files and the command line read of a class."""

from __future__ import annotations

import pytest

from nndesigner.declare import Declaration, Field, build, fields_of, parse_value
from nndesigner.errors import DesignerError
from nndesigner.layers import Conv2D, Dense, Dropout, MaxPool2D
from nndesigner.learning.optimizers import Adam
from nndesigner.learning.regularization import Averaging, Clipping
from nndesigner.training.augmentation import Augmentation


def field(cls: type, name: str) -> Field:
    return next(item for item in fields_of(cls) if item.name == name)


def test_fields_carry_range_choices_and_default() -> None:
    units = field(Dense, "units")
    assert (units.type, units.low, units.high, units.default) == ("integer", 1, 10_000_000, 32)
    activation = field(Dense, "activation")
    assert activation.type == "choice"
    assert ("relu", "ReLU") in activation.choices
    kernel = field(Conv2D, "kernel")
    assert (kernel.type, kernel.low, kernel.unit) == ("pair", 1, "px")
    stride = field(MaxPool2D, "stride")
    assert (stride.type, stride.optional, stride.default) == ("pair", True, None)
    rate = field(Dropout, "rate")
    assert (rate.low, rate.high, rate.high_open) == (0, 1, True)
    assert field(Adam, "learning_rate").log
    assert field(Adam, "epsilon").advanced


@pytest.mark.parametrize(
    ("cls", "values", "words"),
    [
        (Dense, {"units": 0}, "units must be a whole number from 1 to 10,000,000, got 0"),
        (Dense, {"units": -3}, "got -3"),
        (Dense, {"units": "many"}, "got 'many'"),
        (Dense, {"activation": "magic"}, "one of linear, threshold"),
        (Dense, {"size": 3}, "no setting 'size'"),
        (Dropout, {"rate": 1.0}, "rate must be a number at least 0 and below 1"),
        (Adam, {"learning_rate": 0.0}, "learning rate must be a number above 0"),
        (Adam, {"learning_rate": -1.0}, "above 0"),
        (Adam, {"learning_rate": float("nan")}, "got nan"),
        (Adam, {"learning_rate": float("inf")}, "got inf"),
        (Conv2D, {"kernel": (0, 3)}, "kernel must be"),
    ],
)
def test_bad_values_are_refused_with_what_is_allowed(
    cls: type, values: dict[str, object], words: str
) -> None:
    with pytest.raises(DesignerError) as error:
        build(cls, values)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("cls", "name", "text", "value"),
    [
        (Adam, "learning_rate", "0,01", 0.01),
        (Adam, "learning_rate", "1e-3", 0.001),
        (Conv2D, "kernel", "5", (5, 5)),
        (Conv2D, "kernel", "5x3", (5, 3)),
        (Conv2D, "kernel", "5×3", (5, 3)),
        (Dense, "activation", "ReLU", "relu"),
        (Dense, "bias", "no", False),
        (Dense, "units", " 64 ", 64),
        (Dense, "units", "1e6", 1_000_000),
        (MaxPool2D, "stride", "", None),
    ],
)
def test_typed_texts_become_values(cls: type, name: str, text: str, value: object) -> None:
    assert parse_value(field(cls, name), text) == value


@pytest.mark.parametrize(
    ("cls", "name", "text"),
    [
        (Adam, "learning_rate", "fast"),
        (Dense, "units", "3.5"),
        (Dense, "units", "1e400"),
        (Dense, "units", "nan"),
        (Conv2D, "kernel", "1x2x3"),
        (Dense, "bias", "perhaps"),
        (Dense, "activation", "swoosh"),
    ],
)
def test_texts_that_are_no_values_say_what_is_allowed(cls: type, name: str, text: str) -> None:
    with pytest.raises(DesignerError, match="must be"):
        parse_value(field(cls, name), text)


def test_a_change_is_checked_too() -> None:
    assert Dense().changed(units=5).units == 5
    with pytest.raises(DesignerError, match="units"):
        Dense().changed(units=-1)


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [
        (Clipping, "clip_limit", 0.0),
        (Averaging, "average_decay", 2.0),
        (Augmentation, "flip_vertical", "often"),
        (Dense, "initializer_scale", 1e9),
        (Dense, "initializer_low", 1e9),
    ],
)
def test_a_name_that_begins_with_another_is_not_taken_for_it(
    cls: type[Declaration], name: str, value: object
) -> None:
    """The sentence about ``clip_limit`` once was that about ``clip``."""
    field = next(field for field in fields_of(cls) if field.name == name)
    with pytest.raises(DesignerError) as error:
        build(cls, {name: value})
    assert f"{field.title.lower()} must be {field.range_text}, got {value!r}" in str(error.value)
