"""What every live view is: a widget that looks at one run's mailbox when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from nndesigner.data.dataset import Dataset, Prepared, Spec
from nndesigner.graph import Graph
from nndesigner.report import Report
from nndesigner.training.feed import Feed, Point
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.ui import theme


@dataclass(frozen=True, eq=False)
class RunInfo:
    """What a view must know beside the mailbox: the design, the data, and what is left over.

    ``history`` and ``weights`` are those of a loaded project or of epochs before this run, and
    ``epoch`` is the one whose weights these are;
    ``prepared`` is there once training has split the data, ``dataset`` while the data is open.
    """

    spec: Spec
    graph: Graph
    report: Report
    settings: Settings
    prepared: Prepared | None = None
    history: tuple[Point, ...] = ()
    weights: Mapping[str, npt.NDArray[np.float32]] | None = None
    epoch: int = 0
    dataset: Dataset | None = None


class View(QWidget):
    """One live view. Subclasses fill ``self.page`` and override `attached` and `update_view`."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    #: A qtawesome icon name.
    icon: ClassVar[str] = "mdi6.eye-outline"
    #: The snapshots of the mailbox that this view shows while it is visible.
    wants: ClassVar[frozenset[str]] = frozenset()
    #: What an empty view says: what will appear, and what to press.
    empty_text: ClassVar[str] = ""

    #: A sentence for the status bar.
    message = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.title)
        self.feed: Feed | None = None
        self.info: RunInfo | None = None
        #: The weights of what is shown, once a run has ended; whoever owns the view says which.
        self.trained: Callable[[], Trained | None] = lambda: None
        self._seen = -1
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._empty = Empty(self.icon, self.empty_text, self)
        self.page = QWidget(self)
        # Explicit, so that the contents do not decide how small a dock can be.
        self.page.setMinimumSize(200, 120)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.page)
        theme.changed().connect(self._restyled)

    @property
    def panel_title(self) -> str:
        """What its panel is called for what it shows now."""
        return self.title

    # -- what the runner calls

    def attach(self, feed: Feed | None, info: RunInfo | None) -> None:
        """Look at another run: a start, a reset, a loaded project, other data."""
        self.feed, self.info, self._seen = feed, info, -1
        self.attached()
        self.refresh()

    def refresh(self) -> None:
        """Show what is new; costs next to nothing when nothing is."""
        version = self.feed.version if self.feed is not None else 0
        if version != self._seen:
            self._seen = version
            self.update_view()

    # -- what a view is made of

    def attached(self) -> None:
        """Forget the run before; `self.feed` and `self.info` are the new ones."""

    def update_view(self) -> None:
        """Show the newest content of `self.feed`, or of `self.info` while that has none."""

    def restyle(self) -> None:
        """Take the colours of the theme in force."""

    def set_empty(self, empty: bool, text: str = "") -> None:
        """Show the sentence that says what will appear here, or the page."""
        if empty:
            self._empty.set_text(text or self.empty_text)
        self._stack.setCurrentIndex(0 if empty else 1)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return self._stack.currentIndex() == 0

    @property
    def empty_sentence(self) -> str:
        """What the view says while it is empty."""
        return self._empty.text

    def sizeHint(self) -> QSize:
        """A dock below the canvas."""
        return QSize(960, 240)

    def showEvent(self, event: QShowEvent) -> None:
        """A view that comes to light shows the newest at once."""
        super().showEvent(event)
        self.refresh()

    def _restyled(self) -> None:
        self._empty.restyle()
        self.restyle()
        self.update()


class Empty(QWidget):
    """An icon and a quiet sentence in the middle."""

    def __init__(self, icon: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._label = QLabel(text, self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.GRID)
        layout.addStretch()
        layout.addWidget(self._picture)
        layout.addWidget(self._label)
        layout.addStretch()
        self.restyle()

    @property
    def text(self) -> str:
        """The sentence."""
        return self._label.text()

    def set_text(self, text: str) -> None:
        """Say something else."""
        self._label.setText(text)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        self._picture.setPixmap(theme.icon(self._icon, "text_off").pixmap(32, 32))
        paint_text(self._label, t.text_quiet)


class Elided(QWidget):
    """One line of text that ends in … where there is no room for all of it."""

    def __init__(self, text: str = "", *, quiet: bool = True, parent: QWidget | None = None):
        super().__init__(parent)
        self._text, self._quiet = text, quiet
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.alignment = Qt.AlignmentFlag.AlignLeft
        #: Where the text is cut.
        self.elide = Qt.TextElideMode.ElideRight

    @property
    def text(self) -> str:
        """All of the text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setToolTip("" if self._fits() else text)
            self.update()

    def sizeHint(self) -> QSize:
        """One line, as wide as there is room."""
        return QSize(40, QFontMetrics(self.font()).height() + 2)

    def minimumSizeHint(self) -> QSize:
        """One line of a few letters."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, cut where it must be."""
        t = theme.tokens()
        painter = QPainter(self)
        painter.setPen(theme.color(t.text_quiet if self._quiet else t.text))
        shown = QFontMetrics(self.font()).elidedText(self._text, self.elide, self.width())
        painter.drawText(self.rect(), self.alignment | Qt.AlignmentFlag.AlignVCenter, shown)

    def _fits(self) -> bool:
        return QFontMetrics(self.font()).horizontalAdvance(self._text) <= self.width()


def paint_text(widget: QWidget, value: str) -> None:
    """Give a widget's text a colour of the theme."""
    palette = widget.palette()
    palette.setColor(widget.foregroundRole(), theme.color(value))
    widget.setPalette(palette)


class Themed:
    """Mixed into widgets that keep colours: calls `restyle` now and at each change of theme."""

    restyle: Callable[[], None]

    def follow_theme(self) -> None:
        """Call at the end of ``__init__``."""
        theme.changed().connect(self.restyle)
        self.restyle()


def number_text(value: float) -> str:
    """A figure as people read it: four digits, and powers only where they must be."""
    if not np.isfinite(value):
        return "not a number" if np.isnan(value) else "infinite"
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e6 or size < 1e-4:
        return f"{value:.2e}".replace("-", "−")
    if size >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    digits = max(0, 3 - int(np.floor(np.log10(size))) - 1) if size >= 1 else 3
    if size < 0.1:
        digits = 4
    return f"{value:.{digits}f}".replace("-", "−")
