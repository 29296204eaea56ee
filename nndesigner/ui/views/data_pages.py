"""The bar that chooses a page of the data view, and the page of doubtful labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.dataset import Dataset, Prepared
from nndesigner.data.table import TableDataset
from nndesigner.errors import DesignerError
from nndesigner.training.doubts import Doubts
from nndesigner.training.trained import Trained
from nndesigner.ui import theme
from nndesigner.ui.background import Job
from nndesigner.ui.views.base import RunInfo, Themed, paint_text
from nndesigner.ui.views.cards import BARS, Card, CardWall
from nndesigner.ui.views.colormaps import picture
from nndesigner.ui.views.rows import cell_text

#: The pages of the data view by name: what their buttons say.
PAGES = (
    ("rows", "Rows", "All rows of the table"),
    ("pictures", "Pictures", "All pictures, by class"),
    ("columns", "Columns", "Figures and a histogram of every column"),
    ("correlations", "Correlations", "How columns of numbers go together"),
    ("scatter", "Two columns", "One column against another"),
    ("doubts", "Doubtful labels", "After training: rows whose label may be wrong"),
)
#: So many doubted rows are shown.
MOST_CARDS = 60


class PageBar(QWidget, Themed):
    """A button a page; further controls stand at the right."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        for name, title, tip in PAGES:
            button = QToolButton(self)
            button.setText(title)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setMinimumHeight(theme.TARGET)
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            group.addButton(button)
            self.buttons[name] = button
            self._row.addWidget(button)
        self._row.addStretch()
        self.follow_theme()

    def add_right(self, widget: QWidget) -> None:
        """One more control at the right end."""
        self._row.addWidget(widget)

    def room_for(self, words: QToolButton) -> bool:
        """Whether the pages that are offered leave this button at the right its word."""
        style = words.toolButtonStyle()
        words.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        widest = self._row.sizeHint().width()
        words.setToolButtonStyle(style)
        return widest <= self.width()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        for button in self.buttons.values():
            button.setStyleSheet(
                f"QToolButton {{ border: 1px solid transparent; border-radius: {theme.RADIUS}px;"
                f" padding: 3px 8px; color: {t.text_quiet}; }}"
                f"QToolButton:hover {{ background: {t.accent_soft}; }}"
                f"QToolButton:checked {{ background: {t.accent_soft}; color: {t.text}; }}"
                f"QToolButton:focus {{ border: 1px solid {t.accent}; }}"
            )


class DoubtsPage(QWidget, Themed):
    """Rows with the highest loss after training: labels that may be wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info: RunInfo | None = None
        self._job: Job | None = None
        self.trained: Callable[[], Trained | None] = lambda: None
        self.doubts: Doubts | None = None
        self.words = QLabel(self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.look = QPushButton("Look for doubtful labels", self)
        self.look.setMinimumHeight(theme.TARGET)
        self.look.clicked.connect(self.search)
        self.wall = CardWall(self)
        self.wall.setAccessibleName("Rows whose label is doubted")
        # In a row of its own the text keeps the whole width: beside the button it was cut.
        row = QHBoxLayout()
        row.addWidget(self.look)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MARGIN // 2)
        layout.addWidget(self.words)
        layout.addLayout(row)
        layout.addWidget(self.wall, 1)
        self.follow_theme()
        self.attach(None)

    @property
    def busy(self) -> bool:
        """Whether rows are being looked through."""
        return self._job is not None

    def attach(self, info: RunInfo | None) -> None:
        """Other data or another run."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._info, self.doubts = info, None
        self.wall.set_cards(())
        classes = info is not None and info.spec.task == "classification"
        self.look.setEnabled(classes)
        self.words.setText(
            "After training, rows where the network is sure of another class are listed here: "
            "their labels may be wrong."
            if classes
            else "Labels can be doubted only where classes are predicted."
        )

    def search(self) -> None:
        """Look through all rows with the weights there are."""
        info, trained = self._info, self.trained()
        if info is None or self._job is not None:
            return
        if trained is None or info.dataset is None or trained.spec != info.spec:
            self.words.setText("Train the network on this data first, then look again.")
            return
        dataset, prepared = info.dataset, info.prepared

        def work() -> tuple[Doubts | None, Prepared]:
            from nndesigner.training.doubts import find_doubts
            from nndesigner.ui.run_thread import prepare_data

            settings = trained.settings
            rows = prepared or prepare_data(dataset, settings.validation_share, settings.seed)
            return find_doubts(trained, rows), rows

        self.words.setText("Looking through all rows…")
        self.look.setEnabled(False)
        job = Job(work, self)
        self._job = job
        job.done.connect(lambda answer: self._found(*answer))
        job.failed.connect(self._failed)
        job.start()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        paint_text(self.words, theme.tokens().text)
        self.look.setIcon(theme.icon("mdi6.account-question-outline", "text"))
        self.wall.viewport().update()

    # -- inside

    def _failed(self, text: str) -> None:
        self._job = None
        self.look.setEnabled(True)
        self.words.setText(text)

    def _found(self, doubts: Doubts | None, prepared: Prepared) -> None:
        self._job = None
        self.look.setEnabled(True)
        self.doubts = doubts
        if doubts is None or self._info is None or self._info.dataset is None:
            return
        self.words.setText(doubts.sentence)
        self.wall.set_cards(cards_of(doubts, self._info.dataset, prepared))


def cards_of(doubts: Doubts, dataset: Dataset, prepared: Prepared) -> tuple[Card, ...]:
    """The doubted rows with what they hold, the gravest first."""
    rows = doubts.rows[:MOST_CARDS]
    pictures = None
    if len(dataset.spec.input_shape) == 3 and len(rows):
        try:
            pictures = dataset.encode(prepared.encoding, rows).x
        except DesignerError:
            pictures = None
    cards = []
    for place, row in enumerate(rows.tolist()):
        best = np.argsort(-doubts.shares[place], kind="stable")[:BARS].tolist()
        values: tuple[tuple[str, str], ...] = ()
        if isinstance(dataset, TableDataset):
            values = tuple(
                (column.name, cell_text(column, row) or "missing") for column in dataset.inputs
            )
        image = None
        if pictures is not None and place < len(pictures):
            image = picture(pictures[place], float(pictures.min()), float(pictures.max()))
        cards.append(
            Card(
                row=row,
                truth=doubts.classes[int(doubts.truth[place])],
                guess=doubts.classes[int(doubts.guess[place])],
                right=False,
                bars=tuple((doubts.classes[k], float(doubts.shares[place, k])) for k in best),
                picture=image,
                values=values,
            )
        )
    return tuple(cards)
