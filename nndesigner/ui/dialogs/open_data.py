"""Shows what a data file holds before it is taken; nothing changes until the person agrees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data import SAME, Dataset, open_data
from nndesigner.data.made_table import MadeTable
from nndesigner.data.pixels import PixelDataset
from nndesigner.data.progress import Progress
from nndesigner.data.same import as_own_target
from nndesigner.data.table_full import TableFull, read_table_full
from nndesigner.data.table_head import TableHead
from nndesigner.data.table_options import TableOptions
from nndesigner.ui import theme
from nndesigner.ui.dialogs.open_data_arrays import ArrayChooser
from nndesigner.ui.dialogs.open_data_ask import ask_about_skipped, ask_label_path
from nndesigner.ui.dialogs.open_data_look import Found, Kind, look, look_made, look_split
from nndesigner.ui.dialogs.open_data_pictures import Pictures, PicturesPage
from nndesigner.ui.dialogs.open_data_table import TablePage
from nndesigner.ui.dialogs.open_data_worker import Reader, Work
from nndesigner.ui.dialogs.room import make_room, roomy
from nndesigner.ui.dialogs.table_cut import ITSELF
from nndesigner.ui.dialogs.working import WorkingDialog
from nndesigner.ui.views.base import Elided, paint_text

#: Choices that follow each other quickly are read once, after this many milliseconds.
PAUSE_MS = 150


class DataDialog(WorkingDialog):
    """A preview with its choices. After `accept` the data are in ``dataset``.

    Everything is read on a thread of its own; the buttons stay alive meanwhile.
    """

    def __init__(
        self,
        path: str | Path,
        parent: QWidget | None = None,
        *,
        options: Mapping[str, Any] | None = None,
        validation_share: float = 0.2,
        seed: int = 1,
        made: MadeTable | None = None,
        pictures: bool = False,
        own_target: bool = False,
    ) -> None:
        """Look at a path; ``options`` are choices that were made before, for a table or pictures.

        ``own_target`` says that rows were their own targets before.

        ``made`` are points without a file, ``path`` is then their name.

        ``validation_share`` and ``seed`` are the training's: the split is shown with them.
        """
        super().__init__(parent)
        self.path = Path(path)
        self.made = made
        self._share, self._seed = validation_share, seed
        self.dataset: Dataset | None = None
        self._kind: Kind | None = None
        self._labels: Path | None = None
        self._pictures: Pictures | None = None
        self.setWindowTitle("Prepare the data" if options or made or pictures else "Open data")
        self.setSizeGripEnabled(True)
        self._title = QLabel(self.path.name, self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._place = Elided(made.note if made else str(self.path.parent), parent=self)
        self.problem = QLabel(self)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._banner = self._problem_banner()
        self.table = TablePage(self, validation_share=validation_share)
        self._base: dict[str, Any] = {}
        self.table.changed.connect(self._changed)
        self.pictures = PicturesPage(self, validation_share=validation_share)
        self.pictures.changed.connect(self._changed)
        self.pictures.split_changed.connect(self._split_changed)
        self.table.own_target = own_target and not pictures
        if pictures:
            target = {"target": SAME} if own_target else {}
            self._base = self.pictures.show_options({**(options or {}), **target})
            labels = self._base.pop("labels", None)
            self._labels = Path(labels) if isinstance(labels, str) else None
        elif options:
            self.table.options = TableOptions.from_plain(options)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(QWidget(self))
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.pictures)
        self.use = QPushButton("Use this data", self)
        self.use.setDefault(True)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setAutoDefault(False)
        for button in (self.use, self.cancel):
            button.setMinimumSize(96, theme.TARGET)
        self._lay_out()
        self.counter = Reader(self)
        self.counter.done.connect(self._counted)
        self.counter.failed.connect(self._failed)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._read)
        theme.changed().connect(self._restyle)
        self._restyle()
        make_room(self)
        self._read()

    # -- looking

    @property
    def busy(self) -> bool:
        """Whether something is being read or about to be."""
        return self.reader.busy or self._pause.isActive()

    @property
    def kind(self) -> Kind | None:
        """What lies at the path, once that is known."""
        return self._kind

    def sizeHint(self) -> QSize:
        """Room for a table and its choices."""
        return roomy(QSize(1180, 740), self)

    # -- closing

    def take(self) -> None:
        """Read everything with the choices in force, then accept."""
        if self._pictures is not None and not self.busy:
            dataset = self._pictures.dataset
            source = dataset.source
            if (
                isinstance(source, PixelDataset)
                and source.many_skipped
                and not self._ask_about_skipped(source)
            ):
                return
            self.dataset = dataset
            self.accept()
            return
        path, options, labels, made = self.path, self._options(), self._labels, self.made
        taken = as_own_target if self.table.own_target else lambda dataset: dataset
        if made is not None:
            chosen = self.table.options
            self._begin(lambda _: taken(made.dataset(chosen)), "taking the points")
            return
        if self._kind == "csv" and self.table.head is not None:
            # what was seen is what is taken, whatever the unread rest would make one guess
            options = self.table.head.pinned(own_target=self.table.own_target).plain()
            full = self.table.full
            if full is not None and full.options.plain() == options:
                self._begin(lambda _: taken(full.dataset()), "taking what was read")
                return
        self.counter.cancel()

        def work(progress: Progress) -> Dataset:
            return taken(open_data(path, labels=labels, options=options, progress=progress))

        self._begin(work, f"reading {path.name}")

    def done(self, result: int) -> None:
        """Stop reading, then close."""
        self._pause.stop()
        self.counter.close()
        super().done(result)

    # -- reading

    def _options(self) -> dict[str, Any]:
        if self._kind == "csv":
            return self.table.options.plain()
        return {**self._base, **self.arrays.options, **self.pictures.options}

    def _changed(self) -> None:
        """The preview follows the choices."""
        self._pictures = None
        self.counter.cancel()
        self._pause.start()
        self._show_state()

    def _split_changed(self) -> None:
        """Other parts of the same pictures: they are shared out anew, not read."""
        kind, pictures = self._kind, self._pictures
        if kind is None or pictures is None or self.busy:
            self._changed()
            return
        split, share, seed = self.pictures.split.split, self._share, self._seed
        self._begin(
            lambda _: look_split(kind, pictures, split, share, seed), "sharing out the rows"
        )

    def _read(self) -> None:
        """Read what the preview shows."""
        path, kind, labels = self.path, self._kind, self._labels
        table, options = self.table.options, self._options()
        share, seed, made, own = self._share, self._seed, self.made, self.table.own_target
        if made is not None:
            self._begin(
                lambda _: look_made(made, table, share, seed, own_target=own),
                "looking at the points",
            )
            return
        self._begin(
            lambda progress: look(
                path, kind, table, options, labels, progress, share, seed, own_target=own
            ),
            f"looking at {path.name}",
        )

    def _begin(self, work: Work, words: str) -> None:
        self._set_problem("")
        super()._begin(work, words)

    def _done(self, answer: object) -> None:
        if isinstance(answer, Dataset):
            self.dataset = answer
            self.accept()
            return
        if not isinstance(answer, Found):
            return
        self._kind = answer.kind
        if isinstance(answer.preview, TableHead):
            self.table.show_head(answer.preview)
            self.table.show_split(answer.split, whole=answer.preview.complete)
            self._pages.setCurrentWidget(self.table)
            split_problem = answer.split.problem if answer.split is not None else ""
            self._set_problem(answer.preview.problem or split_problem)
            self._count(answer.preview)
        elif isinstance(answer.preview, Pictures):
            self._pictures = answer.preview
            self.pictures.set_choices(answer.kind == "images")
            self.pictures.show_pictures(answer.preview, answer.split)
            self._pages.setCurrentWidget(self.pictures)
            self._set_problem(answer.split.problem if answer.split is not None else "")
        else:
            # The choices may mend it, so they are there; the old preview would be a lie.
            if answer.kind == "csv":
                self.table.forget(answer.format, answer.sheets)
                self._pages.setCurrentWidget(self.table)
            elif answer.kind == "images":
                self.pictures.set_choices(True)
            if answer.arrays:
                self.arrays.offer(answer.arrays)
            self._set_problem(answer.problem, choose=bool(answer.arrays))
        self._show_state()

    def _count(self, head: TableHead) -> None:
        """Count the whole file beside the preview, so that its figures are those of all rows."""
        if head.complete or head.problem:
            return
        path, share, seed, own = self.path, self._share, self._seed, self.table.own_target
        options = head.pinned(own_target=own)
        self.counter.start(
            lambda progress: read_table_full(path, options, share, seed, progress, own_target=own)
        )

    def _counted(self, answer: object) -> None:
        if isinstance(answer, TableFull):
            self.table.show_full(answer)
            self._set_problem(answer.split.problem)
            self._show_state()

    def _failed(self, sentence: str) -> None:
        self._set_problem(sentence)
        self._show_state()

    # -- looks

    def _ask_about_skipped(self, dataset: PixelDataset) -> bool:
        return ask_about_skipped(dataset, self)

    def _set_problem(self, sentence: str, *, choose: bool = False) -> None:
        self.arrays.setVisible(choose)
        self.problem.setText(sentence)
        self._banner.setVisible(bool(sentence))
        asks = self._kind in ("idx", "arrays") and "label" in sentence
        self.label_file.setVisible(asks and not choose)
        self.give_back.setVisible(ITSELF[1] in sentence and not choose)

    def _show_state(self) -> None:
        super()._show_state()
        ready = not self.problem.text() and self._kind is not None
        self.use.setEnabled(ready and not self.busy)
        if self.use.isEnabled():
            self.use.setDefault(True)

    def _choose_labels(self) -> None:
        chosen = ask_label_path(self, self.path.parent)
        if chosen is not None:
            self.set_labels(chosen)

    def set_labels(self, path: Path) -> None:
        """Read idx images with these labels."""
        self._labels = path
        self._changed()

    def _problem_banner(self) -> QFrame:
        banner = QFrame(self)
        self._sign = QLabel(banner)
        self.label_file = QPushButton("Choose label file…", banner)
        self.label_file.clicked.connect(self._choose_labels)
        self.give_back = QPushButton("Give the pictures back", banner)
        self.give_back.setToolTip("The input itself is the target: nothing is told apart")
        self.give_back.clicked.connect(lambda: self.pictures.goal.choose_own_target())
        self.arrays = ArrayChooser(banner)
        self.arrays.changed.connect(self._changed)
        row = QHBoxLayout(banner)
        row.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        row.addWidget(self._sign)
        row.addWidget(self.problem, 1)
        row.addWidget(self.label_file)
        row.addWidget(self.give_back)
        row.addWidget(self.arrays)
        banner.hide()
        self.label_file.hide()
        self.give_back.hide()
        return banner

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addWidget(self._title)
        head.addWidget(self._place)
        buttons = QDialogButtonBox(self)
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.use.clicked.connect(self.take)
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(theme.WIDE_MARGIN)
        foot.addLayout(self._progress_column(), 1)
        foot.addWidget(buttons)
        layout = QVBoxLayout(self)
        margin = theme.WIDE_MARGIN
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.MARGIN)
        layout.addLayout(head)
        layout.addWidget(self._banner)
        layout.addWidget(self._pages, 1)
        layout.addLayout(foot)

    def _restyle(self) -> None:
        t = theme.tokens()
        self._title.setFont(theme.title_font(2))
        paint_text(self._title, t.text)
        paint_text(self.problem, t.text)
        self._sign.setPixmap(theme.icon("mdi6.alert-circle-outline", "error").pixmap(20, 20))
        self._banner.setStyleSheet(
            f"QFrame {{ background: {t.raised}; border-left: 3px solid {t.error}; }}"
            "QLabel { border: none; }"
        )
        self.table.restyle()
        self.pictures.restyle()
