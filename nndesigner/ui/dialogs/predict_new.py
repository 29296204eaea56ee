"""Uses what was learnt: new data go through the network, and what it says can be saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nndesigner import api
from nndesigner.data.progress import Progress, tell
from nndesigner.data.table_encoding import TableEncoding
from nndesigner.data.words import some
from nndesigner.files.apart import is_in_use
from nndesigner.files.atomic import write_pieces
from nndesigner.graph import shape_text
from nndesigner.training.predictions import predictions_csv
from nndesigner.training.trained_on import trained_on
from nndesigner.ui import theme
from nndesigner.ui.dialogs.open_data_worker import Work
from nndesigner.ui.dialogs.predict_table import (
    Answer,
    PredictedRows,
    ShareBars,
    answer_of,
    heads_of,
)
from nndesigner.ui.dialogs.room import make_room, roomy
from nndesigner.ui.dialogs.working import WorkingDialog
from nndesigner.ui.views.base import Elided, paint_text
from nndesigner.ui.views.side import SideArea
from nndesigner.ui.views.text_table import TextTableView

#: So many columns are named that new data must have.
MOST_NAMED = 8


class PredictDialog(WorkingDialog):
    """Choose or drop data, look at what the network says, save it. Nothing in the window changes.

    ``ask`` asks for data of a kind (``table``, ``images``, ``idx``), ``ask_save`` for a place,
    ``in_use`` says why a file must not be written.
    """

    def __init__(
        self,
        learnt: api.Learnt,
        whose: str,
        parent: QWidget | None = None,
        *,
        ask: Callable[[str], Path | None],
        ask_save: Callable[[str, str, str], Path | None],
        in_use: Callable[[Path], str] = lambda path: "",
    ) -> None:
        super().__init__(parent)
        self._learnt, self._ask, self._ask_save, self._in_use = learnt, ask, ask_save, in_use
        self._saving: Path | None = None
        self._left_out = 0
        self.answer: Answer | None = None
        self.setWindowTitle("Predict new data")
        self.setSizeGripEnabled(True)
        self.setAcceptDrops(True)
        self._title = QLabel("Predict new data", self)
        self._whose = Elided(f"With the {whose}", parent=self)
        self._table_wanted = isinstance(_inner(learnt), TableEncoding)
        self.file = QPushButton("Choose a table…" if self._table_wanted else "Choose a file…", self)
        self.folder = QPushButton("Choose a folder…", self)
        self.folder.setVisible(not self._table_wanted)
        self.save = QPushButton("Save as CSV…", self)
        self.close_button = QPushButton("Close", self)
        for button in (self.file, self.folder, self.save, self.close_button):
            button.setMinimumSize(96, theme.TARGET)
            button.setAutoDefault(False)
        self._empty = QLabel(_wanted(learnt), self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.facts = QLabel(self)
        self._empty.setContentsMargins(96, 0, 96, 0)
        self.problem = QLabel(self)
        self._sign = QLabel(self)
        self._failed_last = False
        self.notes = QLabel(self)
        for label in (self._empty, self.facts, self.problem, self.notes):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        for label in (self.facts, self.problem, self.notes):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = TextTableView(self)
        self.table.setAccessibleName("Predictions, a line a row")
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(TextTableView.SelectionBehavior.SelectRows)
        self._bars = ShareBars(self.table)
        self.table.setItemDelegate(self._bars)
        self.file.clicked.connect(lambda: self._choose("table" if self._table_wanted else "idx"))
        self.folder.clicked.connect(lambda: self._choose("images"))
        self.save.clicked.connect(self.save_csv)
        self.close_button.clicked.connect(self._cancel_or_close)
        self._lay_out()
        theme.changed().connect(self._restyle)
        self._restyle()
        make_room(self)
        self._show_state()

    def sizeHint(self) -> QSize:
        """Room for some thirty rows."""
        return roomy(QSize(980, 680), self)

    # -- verbs

    def predict(self, path: Path) -> None:
        """Read this file or folder as the training data were read, and predict every row."""
        learnt = self._learnt

        def read(progress: Progress) -> Any:
            rows = api.encoded(learnt, path, keep_all=True, progress=progress)
            if rows.y is None:
                return rows
            trained = learnt.trained
            same = trained_on(trained.spec, trained.settings, learnt.origin, path, None, progress)
            return replace(rows, notes=(*rows.notes, same)) if same else rows

        self._forget()
        self._left_out = 0
        self._begin(
            lambda progress: answer_of(learnt.trained, path, read, progress),
            f"reading {path.name}",
        )

    def save_csv(self) -> None:
        """Write all predictions as the command line does: a whole file or none."""
        answer = self.answer
        if answer is None or self.busy:
            return
        name = f"{answer.path.stem}_predicted.csv"
        path = self._ask_save("Save the predictions", name, "CSV (*.csv)")
        if path is None:
            return
        target = path if path.suffix else path.with_name(f"{path.name}.csv")
        reason = self._in_use(target)
        if is_in_use(target, [answer.path]):
            reason = f"{target.name} is what was predicted, and would be lost: choose another name"
        if reason:
            self._tell(reason, failed=True)
            self._show_state()
            return
        self._saving = target

        def work(progress: Progress) -> Path:
            words = f"writing {target.name}"
            pieces = predictions_csv(answer.trained, answer.said, progress)
            write_pieces(target, pieces, last_look=lambda: tell(progress, 1.0, words))
            return target

        self._begin(work, f"writing {target.name}")

    def reject(self) -> None:
        """Stop reading and close. Writing is only given up, so that it is never lost unheard."""
        if self._saving is not None:
            self._cancel_or_close()
            return
        super().reject()

    # -- events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome a file or a folder."""
        if not self.busy and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Predict what was dropped, the first where there are several."""
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.predict(paths[0])
            self._left_out = len(paths) - 1

    # -- inside

    def _choose(self, kind: str) -> None:
        path = self._ask(kind)
        if path is not None:
            self.predict(path)

    def _begin(self, work: Work, words: str) -> None:
        self._tell("")
        super()._begin(work, words)

    def _cancelled(self) -> None:
        if self._saving is not None:
            self._tell(f"Cancelled: {self._saving.name} was not written")
            self._saving = None
            return
        self._tell("Cancelled: choose data to predict")

    def _done(self, answer: object) -> None:
        if isinstance(answer, Path):
            self._saving = None
            count = self.answer.rows if self.answer is not None else 0
            self._tell(f"{count:,} predictions were written to {answer}")
        elif isinstance(answer, Answer):
            self.answer = answer
            heads = heads_of(answer)
            self._bars.show_answer(answer, heads)
            # Before the rows: columns are measured with their pictures.
            self._bars.set_row_height(self.table)
            self.table.show_rows(heads, PredictedRows(answer))
            self.facts.setText(f"{answer.path.name}: {answer.facts}")
            alone = f"One file at a time: {answer.path.name} was the first of {self._left_out + 1}"
            notes = [*([f"{alone}."] if self._left_out else []), *answer.said.notes]
            self.notes.setText("\n".join(f"• {note}" for note in notes))
        self._show_state()

    def _failed(self, sentence: str) -> None:
        self._saving = None
        self._tell(sentence, failed=True)
        self._show_state()

    def _tell(self, sentence: str, *, failed: bool = False) -> None:
        self._failed_last = failed
        self.problem.setText(sentence)

    def _forget(self) -> None:
        self.answer = None
        self._bars.show_answer(None, ())
        self.table.show_rows([], [])
        for label in (self.facts, self.notes):
            label.setText("")

    def _show_state(self) -> None:
        super()._show_state()
        busy, there = self.busy, self.answer is not None
        self.file.setEnabled(not busy)
        self.folder.setEnabled(not busy)
        self.save.setEnabled(there and not busy)
        self.save.setToolTip("" if there else "There are no predictions yet: choose data first")
        self.close_button.setText("Cancel" if busy else "Close")
        self._pages.setCurrentIndex(1 if there else 0)
        self.facts.setVisible(bool(self.facts.text()))
        self.problem.setVisible(bool(self.problem.text()))
        self._sign.setVisible(self._failed_last)
        self._notes_area.setVisible(bool(self.notes.text()))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title)
        names.addWidget(self._whose)
        top.addLayout(names, 1)
        top.addWidget(self.file)
        top.addWidget(self.folder)
        self._notes_area = SideArea(self.notes, self)
        self._notes_area.setMaximumHeight(112)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.table)
        foot = QHBoxLayout()
        foot.setSpacing(theme.MARGIN)
        foot.addLayout(self._progress_column(), 1)
        foot.addWidget(self.save)
        foot.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        margin = theme.WIDE_MARGIN
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.MARGIN)
        layout.addLayout(top)
        told = QHBoxLayout()
        told.setSpacing(theme.MARGIN)
        told.addWidget(self._sign)
        told.addWidget(self.problem, 1)
        layout.addLayout(told)
        layout.addWidget(self.facts)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._notes_area)
        layout.addLayout(foot)

    def _restyle(self) -> None:
        t = theme.tokens()
        self._sign.setPixmap(theme.icon("mdi6.alert-circle-outline", "error").pixmap(20, 20))
        self._title.setFont(theme.title_font(2))
        self.facts.setFont(theme.title_font(0))
        for label, ink in (
            (self._title, t.text),
            (self.facts, t.text),
            (self.problem, t.text),
            (self.notes, t.text_quiet),
            (self._empty, t.text_quiet),
        ):
            paint_text(label, ink)
        self.table.restyle()


def _inner(learnt: api.Learnt) -> object:
    """The encoding of the inputs: rows that are their own targets have it inside."""
    encoding = learnt.trained.encoding
    return getattr(encoding, "inner", encoding)


def _wanted(learnt: api.Learnt) -> str:
    """What new data must hold, in words."""
    encoding = _inner(learnt)
    if isinstance(encoding, TableEncoding):
        names = [column.name for column in encoding.columns]
        return (
            f"Choose a table, or drop one here. It needs the columns {some(names, MOST_NAMED)}; "
            "others, and the target, may be there or not."
        )
    shape = shape_text(learnt.trained.spec.input_shape)
    return (
        "Choose a folder of pictures, one picture or a file of many, or drop it here. Pictures "
        f"become {shape} as those of the training did; they need no class."
    )
