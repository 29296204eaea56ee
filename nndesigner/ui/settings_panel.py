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
from nndesigner.learning.schedules import SCHEDULES, Constant
from nndesigner.training.settings import CHOICES, GROUPS, NOT_FOR_WHOLE_DATA, Settings
from nndesigner.ui import theme
from nndesigner.ui.augmentation_row import AugmentationRow
from nndesigner.ui.document import Document
from nndesigner.ui.fields import ChoiceBox
from nndesigner.ui.forms import LABEL_WIDTH, Form, ResetDot, empty_layout
from nndesigner.ui.inspector import ProblemCard
from nndesigner.ui.schedule_picture import SchedulePicture
from nndesigner.ui.settings_groups import SettingsGroup
from nndesigner.ui.views.text_table import plain_tip


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
            "Changes count at once, or at the next run.",
            body,
        )
        self.running_note.setToolTip(
            plain_tip(
                "Only at the next run: loss, kind of optimizer, validation share, shuffling, seed, "
                "class weights and augmentation. All others at once, as do dropout and the "
                "penalties of a layer."
            )
        )
        self.running_note.setObjectName("quiet")
        # It keeps its line while it is hidden: fields must not move when training starts.
        policy = self.running_note.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.running_note.setSizePolicy(policy)
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
        self.schedule = _ChoiceRow(
            "Schedule", "How the learning rate changes while training.", SCHEDULES, body
        )
        self.schedule_form = Form(body)
        self.picture = SchedulePicture(body)
        self.form = Form(
            body, leave_out=("loss", "optimizer", "schedule"), percent=("validation_share",)
        )
        self.groups = {
            name: SettingsGroup(GROUPS[name], body) for name in GROUPS if name != "augmentation"
        }
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
            self.schedule,
            self.schedule_form,
            self.picture,
            self.form,
            self.augmentation,
            *self.groups.values(),
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
        self.schedule.choice.edited.connect(lambda kind: self._choose("schedule", kind))
        self.schedule.dot.clicked.connect(
            lambda: self._push("reset schedule", {"schedule": Settings().schedule}, "")
        )
        self.schedule_form.edited.connect(lambda name, value: self._inner("schedule", name, value))
        for name, group in self.groups.items():
            group.edited.connect(lambda key, value, name=name: self._inner(name, key, value))
            group.reset.connect(lambda name=name: self._reset_group(name))
        self.form.edited.connect(self._edited)
        document.checked.connect(self._follow)
        document.loaded.connect(self._start_afresh)
        self._follow()

    def set_running(self, running: bool) -> None:
        """Say which changes count at once while a run is on."""
        self.running_note.setVisible(running)

    # -- inside

    def _start_afresh(self) -> None:
        forms = (self.loss_form, self.optimizer_form, self.schedule_form, self.form)
        for form in (*forms, *(group.form for group in self.groups.values())):
            form.start_afresh()
        self._follow()

    def _follow(self) -> None:
        settings = self._document.settings
        self.loss.show_kind(settings.loss.kind, Settings().loss.kind)
        self.optimizer.show_kind(settings.optimizer.kind, Settings().optimizer.kind)
        self.loss_form.show_declaration(settings.loss)
        self.optimizer_form.show_declaration(settings.optimizer)
        self.schedule.show_kind(settings.schedule.kind, Settings().schedule.kind)
        self.schedule.dot.set_on(settings.schedule != Settings().schedule)
        self.schedule_form.show_declaration(settings.schedule)
        self._show_schedule(settings)
        needless = NOT_FOR_WHOLE_DATA if settings.optimizer.whole_data else ()
        self.form.show_declaration(settings, needless)
        for name, group in self.groups.items():
            group.show_declaration(getattr(settings, name))
        self.augmentation.follow()
        self.loss_form.setVisible(bool(self.loss_form.rows))
        self._show_loss(settings)
        self._show_problems()

    def _show_schedule(self, settings: Settings) -> None:
        """The curve where there is one; a rate that stays needs no picture."""
        plain = settings.schedule == Constant()
        self.picture.setVisible(not plain)
        spec = self._document.spec
        rows = spec.rows if spec is not None else 1000
        kept = round(rows * settings.validation_share)
        self.picture.show_settings(settings, max(1, rows - kept))

    def _reset_group(self, name: str) -> None:
        self._push(f"reset {GROUPS[name].title.lower()}", {name: GROUPS[name]()}, "")

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
        if name in ("optimizer", "schedule"):
            # A number of the same name goes on, where it means the same and suits both.
            apart = {"learning_rate", "every", "length", "factor", "patience"}
            fields = set(table[kind].__struct_fields__) - apart
            kept = {key: v for key, v in values_of(current).items() if key in fields}
        self._push(f"change {name}", {name: table[kind](**kept)}, "")

    def _inner(self, name: str, key: str, value: Any) -> None:
        choices = {
            "loss": self.loss_form,
            "optimizer": self.optimizer_form,
            "schedule": self.schedule_form,
        }
        form = choices[name] if name in choices else self.groups[name].form
        try:
            changed = getattr(self._document.settings, name).changed(**{key: value})
        except DesignerError as error:
            form.rows[key].show_problem(str(error))
            return
        title = form.rows[key].field.title.lower()
        self._push(f"change {title}", {name: changed}, f"{name}/{form.merge_key(key)}")

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
