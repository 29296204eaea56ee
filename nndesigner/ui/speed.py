"""How fast training may run, so that people can watch what would be over in a blink."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from nndesigner.ui import theme
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.runner import Runner


@dataclass(frozen=True)
class Speed:
    """One pace: a whole run, or every epoch, lasts at least so many seconds."""

    kind: str
    title: str
    help: str
    run_s: float = 0.0
    epoch_s: float = 0.0

    def pace(self, epochs: int) -> float:
        """The least time of an epoch of a run of so many, in seconds."""
        return max(self.epoch_s, self.run_s / max(1, epochs))


SPEEDS: tuple[Speed, ...] = (
    Speed("watch", "&Watch it learn", "A run lasts at least six seconds", run_s=6.0),
    Speed("full", "&Full speed", "As fast as this machine can"),
    Speed("slow", "&Slow motion", "An epoch lasts at least a second", epoch_s=1.0),
)


class _SpeedButton(QToolButton):
    """A button whose icon follows the theme."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        theme.changed().connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setIcon(theme.icon("mdi6.speedometer", "text"))


class SpeedControl:
    """One choice of speed, shown in the menu and beside the verbs of training, and remembered."""

    def __init__(self, window: QWidget, runner: Runner, preferences: Preferences) -> None:
        self._runner, self._preferences = runner, preferences
        self._group = QActionGroup(window)
        self.actions: dict[str, QAction] = {}
        kept = preferences.get("speed", str, "watch")
        chosen = kept if any(speed.kind == kept for speed in SPEEDS) else "watch"
        for speed in SPEEDS:
            action = QAction(speed.title, window)
            action.setCheckable(True)
            action.setChecked(speed.kind == chosen)
            action.setToolTip(speed.help)
            action.setStatusTip(speed.help)
            action.triggered.connect(lambda _=False, speed=speed: self.choose(speed))
            self._group.addAction(action)
            self.actions[speed.kind] = action
            if speed.kind == chosen:
                runner.set_pace(speed.pace)

    def choose(self, speed: Speed) -> None:
        """Train at another speed from now on, also in the run that is under way."""
        self.actions[speed.kind].setChecked(True)
        self._runner.set_pace(speed.pace)
        self._preferences.set(speed=speed.kind)

    def menu(self, parent: QWidget) -> QMenu:
        """The choices as a menu."""
        menu = QMenu("S&peed", parent)
        menu.addActions(list(self.actions.values()))
        menu.setToolTipsVisible(True)
        return menu

    def button(self, parent: QWidget) -> QToolButton:
        """The choices behind a button of the toolbar."""
        button = _SpeedButton(parent)
        button.setObjectName("speed")
        button.setText("Speed")
        button.setToolTip("How fast training may run")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self.menu(button))
        return button
