"""Gets a known data set: what it is and under which licence first, then the bytes, then its use."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.catalogue import KNOWN_SETS, KnownSet
from nndesigner.data.download import host_of
from nndesigner.data.fetch import data_home, fetch, fetched_path, remove
from nndesigner.data.words import bytes_text
from nndesigner.ui import theme
from nndesigner.ui.dialogs.room import make_room
from nndesigner.ui.dialogs.working import WorkingDialog
from nndesigner.ui.views.base import Elided, paint_text

_LIST_PX = 232


class FetchDialog(WorkingDialog):
    """The sets at the left, the facts of one at the right. After `accept` its name is ``chosen``.

    Fetching runs beside the window; what was stopped is kept and goes on another time.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        sets: tuple[KnownSet, ...] | None = None,
        mirror: str | None = None,
        home: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Get a data set")
        self.setSizeGripEnabled(True)
        self.chosen = ""
        sets = KNOWN_SETS if sets is None else sets
        self._sets, self._mirror = sets, mirror
        self._home = home or data_home()
        self._fetching: KnownSet | None = None
        self.list = QListWidget(self)
        self.list.setAccessibleName("Known data sets")
        self.list.setFixedWidth(_LIST_PX)
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for known in sets:
            item = QListWidgetItem(known.title)
            item.setSizeHint(QSize(_LIST_PX - 16, 36))
            self.list.addItem(item)
        self.heading = QLabel(self)
        self.help = self._wrapped()
        self.facts = {name: self._wrapped() for name in ("Size", "Licence", "Source", "From")}
        self._place = Elided(str(self._home), parent=self)
        self.problem = self._wrapped()
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar.setAccessibleName("How much has been fetched")
        self.get = QPushButton("Get it", self)
        self.stop = QPushButton("Stop", self)
        self.remove = QPushButton("Remove it", self)
        self.use = QPushButton("Use this data", self)
        self.cancel = QPushButton("Close", self)
        for button in (self.get, self.stop, self.remove, self.use, self.cancel):
            button.setMinimumSize(96, theme.TARGET)
            button.setAutoDefault(False)
        self.remove.setToolTip("Take it off this computer's disk")
        self.stop.setToolTip("What came is kept, and goes on another time")
        self._lay_out()
        self.list.currentRowChanged.connect(lambda _: self._show_state())
        self.list.itemDoubleClicked.connect(lambda _: self._go_on())
        self.get.clicked.connect(self._get)
        self.stop.clicked.connect(self._cancel_or_close)
        self.remove.clicked.connect(self._remove)
        self.use.clicked.connect(self._use)
        self.cancel.clicked.connect(self.reject)
        theme.changed().connect(self._restyle)
        self._restyle()
        make_room(self)
        self.list.setCurrentRow(0)

    @property
    def known(self) -> KnownSet:
        """The set on show."""
        return self._sets[max(0, self.list.currentRow())]

    def sizeHint(self) -> QSize:
        """Room for the list, and for the longest facts on two lines."""
        return QSize(760, 420)

    # -- verbs

    def _go_on(self) -> None:
        if self.use.isEnabled():
            self._use()
        elif self.get.isEnabled():
            self._get()

    def _get(self) -> None:
        known, home, mirror = self.known, self._home, self._mirror
        self._fetching = known
        self.problem.setText("")
        self._begin(
            lambda progress: fetch(known, home=home, mirror=mirror, progress=progress),
            f"{known.title}: asking {host_of(mirror or known.files[0].url)}",
        )

    def _cancelled(self) -> None:
        if self._fetching is not None:
            self.problem.setText(
                f"{self._fetching.title} was stopped. What came is kept: Get it goes on from there."
            )
        self._fetching = None

    def _remove(self) -> None:
        remove(self.known, self._home)
        self._show_state()

    def _use(self) -> None:
        self.chosen = self.known.name
        self.accept()

    # -- the answer of the thread

    def _done(self, _path: object) -> None:
        self._fetching = None
        self._show_state()
        if self.use.isEnabled():
            self.use.setFocus()

    def _failed(self, sentence: str) -> None:
        self._fetching = None
        self.problem.setText(sentence)
        self._show_state()

    # -- looks

    def _show_state(self) -> None:
        super()._show_state()
        known, busy = self.known, self.busy
        here = fetched_path(known, self._home) is not None
        self.heading.setText(known.title)
        self.help.setText(known.help.replace(" × ", "\u00a0×\u00a0"))
        size = bytes_text(known.size)
        self.facts["Size"].setText(f"{size}, on this computer" if here else f"{size} to fetch")
        self.facts["Licence"].setText(known.licence)
        self.facts["Source"].setText(known.source)
        self.facts["From"].setText(host_of(self._mirror or known.files[0].url))
        self.get.setVisible(not here and not busy)
        self.stop.setVisible(busy)
        self.remove.setVisible(here and not busy)
        self.use.setEnabled(here and not busy)
        self.problem.setVisible(bool(self.problem.text()))
        for button in (self.get, self.use):
            button.setDefault(button is (self.use if here else self.get))
        for row, other in enumerate(self._sets):
            there = fetched_path(other, self._home) is not None
            item = self.list.item(row)
            mark = "mdi6.check-circle-outline" if there else "mdi6.cloud-download-outline"
            item.setIcon(theme.icon(mark, "good" if there else "text_quiet"))
            item.setToolTip("On this computer" if there else f"{bytes_text(other.size)} to fetch")

    def _wrapped(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _lay_out(self) -> None:
        facts = QFormLayout()
        facts.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        facts.setHorizontalSpacing(theme.WIDE_MARGIN)
        facts.setVerticalSpacing(6)
        self._names: list[QLabel] = []
        for name, value in (*self.facts.items(), ("Kept in", self._place)):
            label = QLabel(name, self)
            self._names.append(label)
            facts.addRow(label, value)
        right = QVBoxLayout()
        right.setSpacing(theme.MARGIN)
        right.addWidget(self.heading)
        right.addWidget(self.help)
        right.addSpacing(theme.MARGIN)
        right.addLayout(facts)
        right.addStretch()
        right.addWidget(self.problem)
        right.addWidget(self.words)
        right.addWidget(self.bar)
        middle = QHBoxLayout()
        middle.setSpacing(theme.WIDE_MARGIN)
        middle.addWidget(self.list)
        middle.addLayout(right, 1)
        foot = QHBoxLayout()
        foot.setSpacing(theme.MARGIN)
        foot.addWidget(self.remove)
        foot.addStretch()
        for button in (self.cancel, self.stop, self.get, self.use):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        margin = theme.WIDE_MARGIN
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.WIDE_MARGIN)
        layout.addLayout(middle, 1)
        layout.addLayout(foot)

    def _restyle(self) -> None:
        t = theme.tokens()
        self.heading.setFont(theme.title_font(2))
        for label in (self.heading, *self.facts.values()):
            paint_text(label, t.text)
        for label in (self.help, *self._names):
            paint_text(label, t.text_quiet)
        paint_text(self.problem, t.error)
        self.list.setStyleSheet(
            f"QListWidget {{ background: {t.panel}; outline: none; padding: 4px; }}"
            f"QListWidget::item {{ border-radius: {theme.RADIUS}px; padding: 4px 8px;"
            f" color: {t.text}; border: 1px solid transparent; }}"
            f"QListWidget::item:hover {{ background: {t.raised}; }}"
            f"QListWidget::item:selected {{ background: {t.accent_soft}; color: {t.text};"
            f" border: 1px solid {t.accent}; }}"
        )
        if self.list.currentRow() >= 0:
            self._show_state()
