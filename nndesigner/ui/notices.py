"""Messages that do not stop anybody: a bar above the canvas with what happened and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.ui import theme

Level = Literal["good", "information", "warning", "error"]
ICONS: dict[Level, tuple[str, str]] = {
    "good": ("mdi6.check-circle-outline", "good"),
    "information": ("mdi6.information-outline", "accent"),
    "warning": ("mdi6.alert-outline", "warning"),
    "error": ("mdi6.alert-circle-outline", "error"),
}
#: Good news and information leave by themselves after this long.
GONE_AFTER_MS = 8000
#: More would hide the canvas: the oldest goes.
MOST = 3


class Notice(QFrame):
    """One sentence with its mark, perhaps a button, and a cross that closes it."""

    def __init__(
        self,
        text: str,
        level: Level,
        button: tuple[str, Callable[[], object]] | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName({"warning": "warningCard", "error": "errorCard"}.get(level, "card"))
        self.text, self.level, self.gone = text, level, False
        self.stays = False
        self.about = ""
        self._mark = QLabel(self)
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 4, 4, 4)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self._mark)
        layout.addWidget(label, 1)
        self.button: QPushButton | None = None
        if button is not None:
            title, act = button
            self.button = QPushButton(title, self)
            self.button.setMinimumHeight(theme.TARGET)
            self.button.clicked.connect(lambda: self._act(act))
            layout.addWidget(self.button)
        self._cross = QToolButton(self)
        self._cross.setAutoRaise(True)
        self._cross.setToolTip("Close this message")
        self._cross.setAccessibleName("Close this message")
        self._cross.setFixedSize(theme.TARGET, theme.TARGET)
        self._cross.clicked.connect(self.close_notice)
        layout.addWidget(self._cross)
        theme.changed().connect(self._restyle)
        self._restyle()
        if level in ("good", "information") and button is None:
            QTimer.singleShot(GONE_AFTER_MS, self, self.close_notice)

    def close_notice(self) -> None:
        """Go away."""
        self.hide()
        self.gone = True
        self.deleteLater()

    def _act(self, act: Callable[[], object]) -> None:
        self.close_notice()
        act()

    def _restyle(self) -> None:
        icon, token = ICONS[self.level]
        self._mark.setPixmap(theme.icon(icon, token).pixmap(20, 20))
        self._cross.setIcon(theme.icon("mdi6.close"))


class NoticeBar(QWidget):
    """The place of the notices; it takes no room while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is shown, the oldest first."""
        items = [self._layout.itemAt(index) for index in range(self._layout.count())]
        widgets = [item.widget() for item in items if item is not None]
        return tuple(w for w in widgets if isinstance(w, Notice) and not w.gone)

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentences that are shown."""
        return tuple(notice.text for notice in self.notices)

    def say(
        self,
        text: str,
        level: Level = "information",
        button: tuple[str, Callable[[], object]] | None = None,
        *,
        stays: bool = False,
        about: str = "",
    ) -> Notice:
        """Show a sentence, not twice; one that ``stays`` outlives the opening of a project.

        ``about`` names what `forget` takes it away with.
        """
        for old in self.notices:
            if old.text == text:
                old.close_notice()
        notice = Notice(text, level, button, self)
        notice.stays, notice.about = stays, about
        self._layout.addWidget(notice)
        for old in self.notices[:-MOST]:
            old.close_notice()
        return notice

    def say_written(self, text: str, path: Path) -> Notice:
        """Say that a file was written, with a button that shows it where it lies."""
        return self.say(text, "good", ("Show in folder", lambda: show_in_folder(path)))

    def forget(self, about: str) -> None:
        """Take the notices about something away."""
        for notice in self.notices:
            if notice.about == about:
                notice.close_notice()

    def clear(self) -> None:
        """Take all notices away but those that stay."""
        for notice in self.notices:
            if not notice.stays:
                notice.close_notice()


def show_in_folder(path: Path) -> bool:
    """Open the folder of a file in the system's file manager."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.resolve().parent)))
