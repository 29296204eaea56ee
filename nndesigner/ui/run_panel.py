"""The run in figures: a progress bar, epoch, time left, speed and loss, or why Train cannot run."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from nndesigner.training.feed import Point, Status
from nndesigner.training.metrics import error_text
from nndesigner.ui import theme
from nndesigner.ui.document import Document, same_design
from nndesigner.ui.runner import Runner
from nndesigner.ui.views.base import Elided, number_text


def time_text(seconds: float) -> str:
    """A stretch of time as people read it: ``0:07``, ``1:04``, ``2:03:20``."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def computed_text(seconds: float) -> str:
    """How long the processor trained, without the pauses that let people watch."""
    shown = f"{seconds:.2f} s" if seconds < 10 else time_text(seconds)
    return f"computed in {shown}"


def loss_text(loss: float) -> str:
    """A loss with three figures, a large one as the curves write it."""
    if loss < 100:
        return f"{loss:.3g}" if loss < 0.0995 else f"{loss:.3f}"
    return number_text(loss)


class RunPanel(QWidget):
    """One line below the toolbar that follows a runner and a document."""

    #: The person clicked the sentence that says what is wrong.
    problem_wanted = Signal()

    def __init__(self, document: Document, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._runner = document, runner
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(26)
        self.mark = QLabel(self)
        self.mark.setFixedWidth(18)
        self.state = Elided(quiet=False, parent=self)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setMinimumWidth(80)
        self.bar.setMaximumWidth(480)
        self.bar.setAccessibleName("Progress of training")
        self.figures: dict[str, QLabel] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.WIDE_MARGIN, 0, theme.WIDE_MARGIN, 2)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.mark)
        layout.addWidget(self.state, 2)
        layout.addWidget(self.bar, 1)
        for name, widest in (
            ("epoch", "epoch 9999/9999"),
            ("left", "computed in 59:59"),
            ("speed", "9,999,999 rows/s"),
            ("rate", "rate 1.2e-04"),
            ("loss", "train loss 0.0000"),
            ("metric", "validation 99.9 %"),
        ):
            label = QLabel(self)
            label.setFont(theme.number_font())
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            # A fixed place each: figures that change must not push the others about.
            label.setMinimumWidth(QFontMetrics(label.font()).horizontalAdvance(widest))
            self.figures[name] = label
            layout.addWidget(label)
        runner.ticked.connect(self.refresh)
        runner.changed.connect(self.refresh)
        document.checked.connect(self.refresh)
        document.trained_changed.connect(self.refresh)
        document.data_changed.connect(self.refresh)
        theme.changed().connect(self.refresh)
        self.refresh()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(600, 26)

    def refresh(self) -> None:
        """Show where the run stands."""
        status, runner = self._runner.status, self._runner
        idle = runner.state == "idle"
        self.bar.setVisible(runner.active)  # at the end the sentence takes its room
        if runner.state == "preparing":
            self.bar.setRange(0, 0 if runner.active else 1000)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * status.share))
        text, icon, token = self._sentence(status)
        self.state.set_text(text)
        self.state.setAccessibleName(text)
        clickable = icon == "mdi6.alert-circle-outline"
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor
        )
        if icon:
            self.mark.setPixmap(theme.icon(icon, token).pixmap(16, 16))
        else:
            self.mark.clear()
        self.mark.setVisible(bool(icon))
        for name, words in self._figures(status).items():
            if self.figures[name].text() != words:
                self.figures[name].setText(words)
                self.figures[name].setToolTip(self._meaning(name) if words else "")
            self.figures[name].setVisible(bool(words) or (not idle and name != "rate"))

    def _sentence(self, status: Status) -> tuple[str, str, str]:
        """What to say, with its icon and colour."""
        runner, verdict = self._runner, self._document.verdict
        if runner.stopping:
            return "Stopping…", "", "text"
        match runner.state:
            case "preparing":
                words = status.message or "Preparing the data and the network"
                return f"{words}…", "", "text"
            case "running":
                return f"Training{self._as_it_was()}", "mdi6.play", "accent"
            case "paused":
                return self._paused(), "mdi6.pause", "text_quiet"
            case "failed":
                return status.message or "Training failed", "mdi6.alert-circle-outline", "error"
        whose = self._document.whose_weights
        if not verdict.can_train:
            return verdict.first_error, "mdi6.alert-circle-outline", "error"
        if self._document.dataset is None:
            return "The data of this project is not open", "mdi6.alert-circle-outline", "error"
        more = f". {status.message}" if status.message else ""
        match runner.state:
            case "stopped":
                kept = f"curves and {whose}" if whose else "the weights are kept"
                return f"Stopped; {kept}{more}", "mdi6.stop", "text_quiet"
            case "finished" if not whose and status.doubt:
                return f"Finished, but {status.doubt}{more}", "mdi6.alert-outline", "warning"
            case "finished" if not whose and self._test():
                return f"Finished; {self._test()}{more}", "mdi6.check", "good"
            case "finished" if whose:
                return f"Finished; curves and {whose}", "mdi6.check", "text_quiet"
            case "finished":
                return f"Finished{more}", "mdi6.check", "good"
        trained = self._document.trained
        if whose:
            return f"Ready to train; still there: {whose}", "", "text"
        if trained is not None:
            epochs = len(trained.history)
            other = trained.epoch != (trained.history[-1].epoch if trained.history else 0)
            kept = f"; the weights of epoch {trained.epoch:,} are kept" if other else ""
            return f"Trained for {epochs:,} epochs{kept}", "mdi6.check", "good"
        return "Ready to train", "", "text"

    def _test(self) -> str:
        """What the test part said, empty where there is none."""
        trained = self._runner.trained
        if trained is None or trained.test is None:
            return ""
        test = trained.test
        if trained.spec.task == "classification":
            shown = f"accuracy {test.metric:.1%}".replace("%", " %")
        else:
            shown = f"mean error {error_text(test.metric)}"
        return f"{shown} on {test.rows:,} test rows"

    def _paused(self) -> str:
        was = self._as_it_was()
        return f"Paused; this trains{was}" if was else "Paused"

    def _as_it_was(self) -> str:
        """What of the run is no longer what is open: its curves stay its own."""
        info, document = self._runner.info, self._document
        if info is None:
            return ""
        if document.spec != info.spec:
            return f" on {info.spec.name}, the data that was open at the start"
        if not same_design(info.graph, document.graph):
            return " the network as it was at the start"
        return ""

    def _figures(self, status: Status) -> dict[str, str]:
        words = dict.fromkeys(self.figures, "")
        feed = self._runner.feed
        if feed is None or self._runner.state == "idle":
            return words
        points = feed.points(-1)
        point = points[-1] if points else None
        if status.epochs:
            words["epoch"] = f"epoch {status.epoch}/{status.epochs}"
        if not self._runner.active:
            # Once it is over, the figures are those of the weights that are kept.
            trained = self._runner.trained
            point = trained.kept_point if trained is not None else point
            if point is not None and point.epoch != status.epoch:
                words["epoch"] = f"kept epoch {point.epoch}"
        if self._runner.active and status.seconds_left is not None:
            words["left"] = f"{time_text(status.seconds_left)} left"
        elif not self._runner.active and status.seconds:
            words["left"] = computed_text(status.seconds)
        if status.rows_per_second:
            words["speed"] = f"{status.rows_per_second:,.0f} rows/s"
        info = self._runner.info
        changing = info is not None and not info.settings.schedule.is_constant
        if changing and self._runner.active and status.learning_rate is not None:
            words["rate"] = f"rate {status.learning_rate:.1e}"
        slices = feed.slices(-1)
        if slices and self._is_on_the_way(status, point):
            words["loss"] = f"train loss {loss_text(slices[-1].loss)}"
        elif point is not None:
            words["loss"] = f"train loss {loss_text(point.loss)}"
        if point is not None and point.val_metric is not None:
            value = point.val_metric
            percent = f"{value:.1%}".replace("%", " %")
            shown = percent if status.metric_name == "accuracy" else error_text(value)
            words["metric"] = f"validation {shown}"
        return words

    def _meaning(self, name: str) -> str:
        """What a figure says, in a sentence."""
        error = self._runner.status.metric_name != "accuracy"
        judged = "How far off they are on average" if error else "The share that is right"
        return {
            "loss": "The mean loss on the training rows: of the last batches while they pass, then "
            "of the epoch whose weights are kept",
            "metric": f"{judged}, of the validation rows after the epoch that is named",
        }.get(name, "")

    def _is_on_the_way(self, status: Status, point: Point | None) -> bool:
        """Whether the last batches tell more of the loss than the last whole epoch does."""
        if point is None:
            return True
        if not self._runner.active:
            return False
        return self._runner.state != "paused" or status.done > point.epoch

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the sentence leads to what it speaks of."""
        if not self._document.verdict.can_train:
            self.problem_wanted.emit()
