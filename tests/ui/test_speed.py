"""The speed at which training may run: chosen, applied to the run under way, remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from nndesigner.ui.preferences import Preferences
from nndesigner.ui.runner import Runner
from nndesigner.ui.speed import SPEEDS, SpeedControl
from tests.ui import fakes


def test_a_speed_is_the_least_time_of_an_epoch() -> None:
    pace = {speed.kind: speed.pace for speed in SPEEDS}
    assert pace["watch"](40) == pytest.approx(0.15)
    assert pace["full"](40) == 0
    assert pace["slow"](40) == 1


def test_it_reaches_the_run_under_way_and_is_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    document = fakes.document()
    kind = fakes.trainer(epoch_s=0.05)
    runner = Runner(document, prepare=fakes.prepare, make_trainer=kind)
    preferences = Preferences(tmp_path / "settings.json")
    control = SpeedControl(window, runner, preferences)
    assert control.actions["watch"].isChecked()
    runner.train()
    qtbot.waitUntil(lambda: runner.state == "running")
    (trainer,) = kind.made
    assert trainer.pace == pytest.approx(6 / 5)
    control.actions["slow"].trigger()
    assert trainer.pace == 1
    control.actions["full"].trigger()
    assert trainer.pace == 0
    assert runner.shut_down()
    again = SpeedControl(window, runner, Preferences(tmp_path / "settings.json"))
    assert again.actions["full"].isChecked()
