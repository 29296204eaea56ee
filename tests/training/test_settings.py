"""Training settings as values and as ``--set`` texts."""

from __future__ import annotations

import pytest

from nndesigner.errors import DesignerError
from nndesigner.training.settings import Settings, settings_with


def test_every_setting_can_be_set_by_text() -> None:
    settings = settings_with(
        Settings(),
        {
            "momentum": "0.8",
            "optimizer": "nesterov",
            "learning_rate": "0,05",
            "epochs": "7",
            "shuffle": "no",
            "loss": "mse",
        },
    )
    assert settings.optimizer.kind == "nesterov"
    assert settings.optimizer.learning_rate == 0.05
    assert settings.optimizer.hyper() == (0.05, 0.8, *[0.0] * 6)
    assert (settings.epochs, settings.shuffle, settings.loss.kind) == (7, False, "mse")


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("optimizer", "magic", "one of sgd, momentum, nesterov, adagrad"),
        ("momentum", "0.9", "no setting 'momentum'"),  # Adam has none
        ("momentum", "0.9", "with optimizer=adam: say optimizer=momentum or optimizer=nesterov"),
        ("optimizer.momentum", "0.9", "with optimizer=adam: say optimizer=momentum"),
        ("gamma", "2", "with loss=auto: say loss=focal for it"),
        ("clip_limit", "0", "limit must be a number above 0"),
        ("average_decay", "1", "memory must be a number above 0 and below 1"),
        ("augmentation.flip_vertical", "2", "yes or no"),
        ("l1", "1001", "from 0 to 1,000"),
        ("l2", "1e6", "from 0 to 1,000"),
        ("max_norm", "1e7", "from 0 to 1,000,000"),
        ("learning_rate", "0", "above 0"),
        ("learning_rate", "-1", "above 0"),
        ("learning_rate", "nan", "above 0"),
        ("learning_rate", "1e9", "at most 1,000,000"),
        ("epochs", "0", "from 1"),
        ("validation_share", "1", "below 1"),
        ("validation_share", "-0.1", "at least 0"),
        ("colour", "red", "choose from loss, optimizer, epochs"),
    ],
)
def test_bad_settings_name_the_key_and_what_is_allowed(key: str, text: str, words: str) -> None:
    with pytest.raises(DesignerError) as error:
        settings_with(Settings(), {key: text})
    assert words in str(error.value)


def test_weight_decay_has_a_limit() -> None:
    for optimizer in ("adamw", "lion"):
        with pytest.raises(DesignerError, match="from 0 to 1,000"):
            settings_with(Settings(), {"optimizer": optimizer, "weight_decay": "1001"})
