"""Says what was decided on opening data, offers a network that fits, and forgets both in time."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from nndesigner.data.dataset import Dataset, Spec
from nndesigner.data.table_roles import TARGET_NOTE
from nndesigner.training.check import check_training
from nndesigner.training.settings import Settings
from nndesigner.training.starter import starter, starting
from nndesigner.ui.dialogs.notes import NotesDialog
from nndesigner.ui.document import Document
from nndesigner.ui.notices import NoticeBar

#: So many notes stand above the canvas; a button opens all of them.
MOST_SHOWN = 2
#: What these notices are about: they go when other data comes.
DATA = "data"


class DataNotices(QObject):
    """The notices about the open data. They leave with it, by undo too."""

    def __init__(self, window: QWidget, document: Document, notices: NoticeBar) -> None:
        super().__init__(window)
        self._window, self._document, self._notices = window, document, notices
        self._told: Dataset | None = None
        self.dialog: NotesDialog | None = None
        document.data_changed.connect(self._forget)
        document.noted.connect(lambda text: notices.say(text, about=DATA))

    def tell(self, dataset: Dataset) -> None:
        """Offer a network where none fits, and say the first notes with a way to all of them."""
        self.offer(dataset)
        if not (dataset.origin.is_file or dataset.origin.kind == "sample"):
            return
        # Which column is the target stands in the toolbar.
        told = [note for note in dataset.notes if not note.startswith(TARGET_NOTE)]
        left = len(told) - MOST_SHOWN
        for place, note in enumerate(told[:MOST_SHOWN]):
            more = None
            if left > 0 and place == MOST_SHOWN - 1:
                more = (f"And {left:,} more…", lambda: self.show_notes(dataset))
            self._notices.say(note, "information", more, about=DATA)

    def offer(self, dataset: Dataset) -> None:
        """Offer a network where none fits, and say nothing more of data that are known."""
        self._told = dataset
        self._offer_network(dataset.spec)

    def show_notes(self, dataset: Dataset) -> None:
        """All that was decided, repaired or skipped when these data were opened."""
        self.dialog = NotesDialog(
            f"When {dataset.spec.name} was opened", dataset.notes, self._window
        )
        self.dialog.open()

    def _forget(self) -> None:
        """Other data is open: what was said of the earlier is true no more."""
        if self._document.dataset is not self._told:
            self._told = None
            self._notices.forget(DATA)

    def _offer_network(self, spec: Spec) -> None:
        """Say so when the drawing does not fit the data, and offer one that does."""
        if (
            self._document.verdict.can_train
            or not check_training(starter(spec), Settings(), spec).can_train
        ):
            return
        self._notices.say(
            f"The network on the canvas does not fit {spec.name} yet",
            "information",
            ("Draw one that does", lambda: self._draw(spec)),
            about=DATA,
        )

    def _draw(self, spec: Spec) -> None:
        """A network for the data and settings for the network, in one step of undo."""
        document = self._document
        rows = document.parts[0] if document.parts is not None else 0
        title = "Draw a network for the data"
        document.repair(starting(spec, document.settings, rows, title))
