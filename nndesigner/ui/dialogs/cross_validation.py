"""Cross-validation: the drawn network trained once a fold, with mean and deviation at the end."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.dataset import Dataset
from nndesigner.data.progress import Progress
from nndesigner.graph import Graph
from nndesigner.training.crossval import CrossValidation, Fold, cross_validate
from nndesigner.training.settings import Settings
from nndesigner.ui import theme
from nndesigner.ui.dialogs.room import make_room
from nndesigner.ui.dialogs.working import WorkingDialog
from nndesigner.ui.views.base import number_text, paint_text
from nndesigner.ui.views.text_table import ColumnHead, TextTableView

MOST_FOLDS = 50


class CrossValidationDialog(WorkingDialog):
    """Folds, a button, and a line a fold; the window's own weights stay as they are."""

    PATIENCE = 2.0  # until a fold has seen that it is given up

    def __init__(
        self, graph: Graph, settings: Settings, dataset: Dataset, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._graph, self._settings, self._dataset = graph, settings, dataset
        self._heard: list[Fold] = []  # appended on the thread, read here
        self.outcome: CrossValidation | None = None
        self.setWindowTitle("Cross-validation")
        self._title = QLabel(f"Cross-validate on {dataset.spec.name}", self)
        self._help = QLabel(
            "The network is trained from fresh weights once a fold, each time on all rows but its "
            "own, and judged on those. Scaling and fills are measured anew in each fold.",
            self,
        )
        for label in (self._title, self._help):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.folds = QSpinBox(self)
        self.folds.setRange(2, max(2, min(MOST_FOLDS, dataset.spec.rows)))
        self.folds.setValue(min(5, self.folds.maximum()))
        self.folds.setAccessibleName("Folds")
        self.folds.setMinimumSize(72, theme.TARGET)
        self.table = TextTableView(self)
        self.table.setAccessibleName("Figures of each fold")
        self.table.verticalHeader().hide()
        self.table.setSelectionMode(TextTableView.SelectionMode.NoSelection)
        self.summary = QLabel(self)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.start = QPushButton("Start", self)
        self.start.setDefault(True)
        self.close_button = QPushButton("Close", self)
        self.close_button.setAutoDefault(False)
        for button in (self.start, self.close_button):
            button.setMinimumSize(96, theme.TARGET)
        self.start.clicked.connect(self._start)
        self.close_button.clicked.connect(self._cancel_or_close)
        self._lay_out()
        theme.changed().connect(self._restyle)
        self._restyle()
        make_room(self)
        self._show_state()

    def sizeHint(self) -> QSize:
        """Room for ten folds."""
        return QSize(640, 520)

    # -- inside

    def _start(self) -> None:
        graph, settings, dataset = self._graph, self._settings, self._dataset
        folds = self.folds.value()
        heard: list[Fold] = []
        self._heard, self.outcome = heard, None

        def work(progress: Progress) -> CrossValidation:
            return cross_validate(
                graph, settings, dataset, folds, progress=progress, told=heard.append
            )

        self.summary.setText("")
        self._begin(work, "preparing the first fold")
        self._show_folds()

    def _cancelled(self) -> None:
        self.summary.setText(f"Cancelled after {len(self._heard)} of {self.folds.value()} folds.")

    def _progressed(self, share: float, words: str) -> None:
        super()._progressed(share, words)
        self._show_folds()

    def _done(self, answer: object) -> None:
        if not isinstance(answer, CrossValidation):
            return
        self.outcome = answer
        name = "Accuracy" if answer.metric_name == "accuracy" else "Mean absolute error"
        self.summary.setText(
            f"{name} {self._metric(answer.mean)} ± {self._metric(answer.deviation)} over "
            f"{len(answer.folds)} folds, mean loss {number_text(answer.mean_loss)}"
        )
        self._show_folds()
        self._show_state()

    def _failed(self, sentence: str) -> None:
        self.summary.setText(sentence)
        self._show_state()

    def _metric(self, value: float) -> str:
        if self._dataset.spec.task == "classification":
            return f"{value:.1%}".replace("%", " %")
        return number_text(value)

    def _show_folds(self) -> None:
        metric = "Accuracy" if self._dataset.spec.task == "classification" else "Mean error"
        heads = [
            ColumnHead(name, numeric=True)
            for name in ("Fold", "Trained on", "Held out", "Loss", metric, "Seconds")
        ]
        rows = [
            (
                str(fold.number),
                f"{fold.train_rows:,}",
                f"{fold.test_rows:,}",
                number_text(fold.loss),
                self._metric(fold.metric),
                f"{fold.seconds:.2g}" if fold.seconds < 1 else f"{fold.seconds:.1f}",
            )
            for fold in list(self._heard)
        ]
        self.table.show_rows(heads, rows)
        for place in range(len(heads)):
            self.table.setColumnWidth(place, 96)

    def _show_state(self) -> None:
        super()._show_state()
        busy = self.busy
        self.start.setEnabled(not busy)
        self.folds.setEnabled(not busy)
        self.close_button.setText("Cancel" if busy else "Close")

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        label = QLabel("Folds", self)
        label.setBuddy(self.folds)
        top.addWidget(label)
        top.addWidget(self.folds)
        top.addStretch()
        foot = QHBoxLayout()
        foot.setSpacing(theme.WIDE_MARGIN)
        foot.addLayout(self._progress_column(), 1)
        foot.addWidget(self.start)
        foot.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        margin = theme.WIDE_MARGIN
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(self._title)
        layout.addWidget(self._help)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.summary)
        layout.addLayout(foot)
        self._show_folds()

    def _restyle(self) -> None:
        t = theme.tokens()
        self._title.setFont(theme.title_font(2))
        self.summary.setFont(theme.title_font(0))
        for label, ink in (
            (self._title, t.text),
            (self._help, t.text_quiet),
            (self.summary, t.text),
        ):
            paint_text(label, ink)
        self.table.restyle()
