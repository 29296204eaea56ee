"""The toolbar: which data is open, and the verbs of training; below it the run in figures."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMainWindow, QSizePolicy, QToolBar, QToolButton, QWidget

from nndesigner.ui import theme
from nndesigner.ui.actions import Actions
from nndesigner.ui.data_bar import LEAST_ROOM, DataBar
from nndesigner.ui.document import Document
from nndesigner.ui.run_panel import RunPanel
from nndesigner.ui.runner import Runner
from nndesigner.ui.speed import SpeedControl

#: The verbs that lose their words first.
FOLDING = ("step", "stop", "continue", "reset", "new_seed")
VERBS = ("train", "pause", "step", "stop", "continue", "reset", "new_seed")


#: So many pixels stay free: Train is wider once it can be pressed, and Resume than Train. What does
#: not fit would vanish.
_SPARE = 40


class RunToolBar(QToolBar):
    """The data's place on the left, then the verbs of training, kept true to the runner's state."""

    def __init__(
        self,
        window: QMainWindow,
        actions: Actions,
        document: Document,
        runner: Runner,
        data: DataBar,
        speed: SpeedControl,
    ) -> None:
        super().__init__("Toolbar", window)
        self._actions, self._document, self._runner = actions, document, runner
        self._data = data
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setIconSize(QSize(18, 18))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        data.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        margin = QWidget(self)
        margin.setFixedWidth(theme.MARGIN - 2)
        self.addWidget(margin)
        self.addWidget(data)
        self.addSeparator()
        for name in VERBS:
            if name == "reset":
                self.addSeparator()
            self.addAction(actions[name])
            button = self.widgetForAction(actions[name])
            if isinstance(button, QToolButton):
                button.setObjectName(name)
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._speed = speed.button(self)
        self._speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.addWidget(self._speed)
        runner.changed.connect(self.refresh)
        document.checked.connect(self.refresh)
        document.trained_changed.connect(self.refresh)
        document.data_changed.connect(self.refresh)
        document.data_changed.connect(self.fold)
        self.refresh()

    @property
    def train_button(self) -> QWidget:
        """Where the first start points at."""
        return self.widgetForAction(self._actions["train"])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the last verbs show their icons alone, rather than be cut."""
        super().resizeEvent(event)
        self.fold()

    def fold(self) -> None:
        """Give every verb its word where there is room for all, and what is left to the data."""
        self._data.set_room(0)
        styles = Qt.ToolButtonStyle
        for style in (styles.ToolButtonTextBesideIcon, styles.ToolButtonIconOnly):
            for name in FOLDING:
                button = self.widgetForAction(self._actions[name])
                if isinstance(button, QToolButton):
                    button.setToolButtonStyle(style)
            self._speed.setToolButtonStyle(style)
            left = self.width() - self.sizeHint().width()
            if left >= 0:
                self._data.set_room(LEAST_ROOM + max(0, left - _SPARE))
                return

    def refresh(self) -> None:
        """Enable what can be done now, and say why Train cannot."""
        runner, actions = self._runner, self._actions
        verdict = self._document.verdict
        paused, active = runner.state == "paused", runner.active
        held = runner.stopping
        train = actions["train"]
        train.setText("&Resume" if active and paused else "&Train")
        train.setIconText("Resume" if active and paused else "Train")
        reason = "" if active else verdict.first_error
        missing = not active and not reason and self._document.dataset is None
        if missing:
            reason = "The data of this project is not open: locate its file or open other data"
        train.setEnabled((paused and not held) if active else not reason)
        if reason:
            train.setToolTip(reason)
        elif paused:
            train.setToolTip("Go on where training was held (F5)")
        else:
            train.setToolTip("Train from fresh weights (F5)")
        actions["pause"].setEnabled(active and not paused and not held)
        actions["step"].setEnabled(not held if active else not reason)
        actions["stop"].setEnabled(active and not held)
        why_not = runner.cannot_continue
        actions["continue"].setEnabled(not why_not)
        left = runner.epochs_left
        epochs = f"{left:,} epoch{'' if left == 1 else 's'} that are left"
        going_on = f"Train the {epochs}" if left else "Train more epochs"
        actions["continue"].setToolTip(
            why_not or f"{going_on}, as if training had never ended (Ctrl+F5)"
        )
        something = active or runner.feed is not None or self._document.trained is not None
        actions["reset"].setEnabled(something)
        actions["export_weights"].setEnabled(self._document.trained is not None)


def strip(window: QMainWindow, panel: RunPanel) -> QToolBar:
    """The run in figures as a line of its own below the toolbar."""
    bar = QToolBar("Progress", window)
    bar.setObjectName("runStrip")
    bar.setMovable(False)
    bar.addWidget(panel)
    return bar
