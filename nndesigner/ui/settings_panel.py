"""How to train: loss, optimizer, learning rate, epochs and the rest, as forms."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nndesigner.declare import values_of
from nndesigner.errors import DesignerError
from nndesigner.learning.losses import LOSSES
from nndesigner.learning.optimizers import OPTIMIZERS
from nndesigner.training.settings import CHOICES, Settings
from nndesigner.ui import theme
from nndesigner.ui.augmentation_row import AugmentationRow
from nndesigner.ui.document import Document
from nndesigner.ui.fields import ChoiceBox
from nndesigner.ui.forms import LABEL_WIDTH, Form, ResetDot, empty_layout
from nndesigner.ui.inspector import ProblemCard


class SettingsPanel(QScrollArea):
    """Shows and edits the training settings of a document; every change is a step of undo."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget(self)
        body.setObjectName("panel")
        self.running_note = QLabel(
            "Training: the optimizer's numbers apply at once, the rest to the next run.", body
        )
        self.running_note.setObjectName("quiet")
        self.running_note.setWordWrap(True)
        self.running_note.hide()
        self.loss = _ChoiceRow("Loss", "The number that training makes small.", LOSSES, body)
        self.loss_note = QLabel(body)
        self.loss_note.setObjectName("quiet")
        self.loss_note.setWordWrap(True)
        self.loss_note.setTextFormat(Qt.TextFormat.PlainText)
        self.loss_note.setIndent(LABEL_WIDTH + theme.GRID)
        self.loss_form = Form(body)
        self.optimizer = _ChoiceRow(
            "Optimizer", "How a gradient becomes a change of the weights.", OPTIMIZERS, body
        )
        self.optimizer_form = Form(body)
        self.form = Form(body, leave_out=("loss", "optimizer"), percent=("validation_share",))
        self.augmentation = AugmentationRow(document, body)
        self.problems = QVBoxLayout()
        self.problems.setSpacing(theme.GRID)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(theme.WIDE_MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(4)
        layout.addWidget(self.running_note)
        layout.addLayout(self.problems)
        for widget in (
            self.loss,
            self.loss_note,
            self.loss_form,
            self.optimizer,
            self.optimizer_form,
            self.form,
            self.augmentation,
        ):
            layout.addWidget(widget)
        layout.addStretch()
        self.setWidget(body)
        self.loss.choice.edited.connect(lambda kind: self._choose("loss", kind))
        self.optimizer.choice.edited.connect(lambda kind: self._choose("optimizer", kind))
        self.loss.dot.clicked.connect(lambda: self._choose("loss", Settings().loss.kind))
        self.optimizer.dot.clicked.connect(
            lambda: self._choose("optimizer", Settings().optimizer.kind)
        )
        self.loss_form.edited.connect(lambda name, value: self._inner("loss", name, value))
        self.optimizer_form.edited.connect(
            lambda name, value: self._inner("optimizer", name, value)
        )
        self.form.edited.connect(self._edited)
        document.checked.connect(self._follow)
        document.loaded.connect(self._start_afresh)
        self._follow()

    def set_running(self, running: bool) -> None:
        """Say which changes count at once while a run is on."""
        self.running_note.setVisible(running)

    # -- inside

    def _start_afresh(self) -> None:
        for form in (self.loss_form, self.optimizer_form, self.form):
            form.start_afresh()
        self._follow()

    def _follow(self) -> None:
        settings = self._document.settings
        self.loss.show_kind(settings.loss.kind, Settings().loss.kind)
        self.optimizer.show_kind(settings.optimizer.kind, Settings().optimizer.kind)
        self.loss_form.show_declaration(settings.loss)
        self.optimizer_form.show_declaration(settings.optimizer)
        self.form.show_declaration(settings)
        self.augmentation.follow()
        self.loss_form.setVisible(bool(self.loss_form.rows))
        self._show_loss(settings)
        self._show_problems()

    def _show_loss(self, settings: Settings) -> None:
        """What Automatic means now."""
        meant = self._document.verdict.loss
        if settings.loss.kind != "auto":
            text = settings.loss.formula
        elif meant is not None:
            text = f"Now: {meant.title}"
        else:
            text = "Chosen from the data and the last layer"
        self.loss_note.setText(text)
        self.loss_note.setToolTip(meant.help if meant is not None else settings.loss.help)

    def _show_problems(self) -> None:
        empty_layout(self.problems)
        verdict = self._document.verdict
        drawn = verdict.report.problems  # a repair may hold what cannot be hashed
        for problem in verdict.problems:
            if problem.node is None and problem not in drawn:
                self.problems.addWidget(ProblemCard(self._document, problem, self.widget()))

    def _choose(self, name: str, kind: str) -> None:
        """Another loss or optimizer; the learning rate becomes the one that suits it."""
        current = getattr(self._document.settings, name)
        if kind == current.kind:
            return
        table = CHOICES[name]
        kept: dict[str, Any] = {}
        if name == "optimizer":
            fields = set(table[kind].__struct_fields__) - {"learning_rate"}
            kept = {key: v for key, v in values_of(current).items() if key in fields}
        self._push(f"change {name}", {name: table[kind](**kept)}, "")

    def _inner(self, name: str, key: str, value: Any) -> None:
        form = {"loss": self.loss_form, "optimizer": self.optimizer_form}[name]
        try:
            changed = getattr(self._document.settings, name).changed(**{key: value})
        except DesignerError as error:
            form.rows[key].show_problem(str(error))
            return
        title = form.rows[key].field.title.lower()
        self._push(f"change {title}", {name: changed}, form.merge_key(key))

    def _edited(self, name: str, value: Any) -> None:
        title = self.form.rows[name].field.title.lower()
        self._push(f"change {title}", {name: value}, self.form.merge_key(name))

    def _push(self, text: str, changes: dict[str, Any], merge: str) -> None:
        try:
            settings = self._document.settings.changed(**changes)
        except DesignerError as error:
            self.form.rows[next(iter(changes))].show_problem(str(error))
            return
        self._document.edit_settings(text, settings, merge=merge and f"settings/{merge}")


class _ChoiceRow(QWidget):
    """A choice among declarations, lined up with the rows of the forms below it."""

    def __init__(
        self, title: str, help: str, table: dict[str, Any], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.choice = ChoiceBox(tuple((kind, cls.title) for kind, cls in table.items()), self)
        for index, cls in enumerate(table.values()):
            self.choice.setItemData(index, cls.help, Qt.ItemDataRole.ToolTipRole)
        self.choice.setAccessibleName(title)
        self.choice.setAccessibleDescription(help)
        self.setToolTip(help)
        label = QLabel(title, self)
        label.setBuddy(self.choice)
        label.setMinimumWidth(LABEL_WIDTH)
        self.dot = ResetDot(self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(theme.GRID)
        layout.setColumnStretch(1, 1)
        layout.addWidget(label, 0, 0)
        control = QHBoxLayout()
        control.setSpacing(4)
        control.addWidget(self.choice, 1)
        control.addWidget(self.dot)
        layout.addLayout(control, 0, 1)

    def show_kind(self, kind: str, default: str) -> None:
        """Show a choice and whether it is the default."""
        self.choice.set_value(kind)
        self.dot.set_on(kind != default)
