"""The data's place in the toolbar: what is open, and the ways to open something else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from nndesigner.data import samples
from nndesigner.data.dataset import Spec
from nndesigner.data.split_plan import Split
from nndesigner.graph import shape_text
from nndesigner.ui import theme
from nndesigner.ui.document import Document
from nndesigner.ui.views.base import Elided
from nndesigner.ui.views.text_table import plain_tip

KINDS = (
    ("table", "Table…", "mdi6.table", "Rows and columns: CSV, Excel, Parquet, JSON, arrays"),
    ("images", "Image folder…", "mdi6.folder-image", "One folder of pictures a class"),
    ("idx", "Packed pictures…", "mdi6.file-image-outline", "A zip of folders, npz, npy or idx"),
)
MOST_RECENT = 8
#: The line on the data always has so many pixels.
LEAST_ROOM = 320


class DataBar(QWidget):
    """A button with a menu, and one line on the data that is open."""

    #: Something of this kind is to be looked for: ``table``, ``images`` or ``idx``.
    open_requested = Signal(str)
    sample_chosen = Signal(str)
    #: Data that was open before: its path.
    recent_chosen = Signal(str)
    #: The list of recent data has changed; whoever remembers it reads `recent`.
    recent_changed = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._recent: tuple[str, ...] = ()
        self._commands: tuple[QAction, ...] = ()
        self._room = LEAST_ROOM
        self.button = QToolButton(self)
        self.button.setText("Open data")
        self.button.setToolTip("Open a table, pictures or a sample")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setMinimumHeight(theme.TARGET)
        self.button.setIconSize(QSize(16, 16))
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu = QMenu(self.button)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self.menu)
        self.label = Elided(quiet=False, parent=self)
        # Its end names the target: what is cut are the figures in the middle.
        self.label.elide = Qt.TextElideMode.ElideMiddle
        self.label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(self.button)
        layout.addWidget(self.label)
        self.again = QToolButton(self)
        self.again.setIconSize(QSize(16, 16))
        self.again.setMinimumSize(theme.TARGET, theme.TARGET)
        self.again.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.again.hide()
        layout.addWidget(self.again)
        layout.addStretch()
        for signal in (document.data_changed, document.settings_changed):
            signal.connect(self.refresh)
        theme.changed().connect(self._restyle)
        self._restyle()
        self._fill()
        self.refresh()

    def add_commands(self, commands: Iterable[QAction]) -> None:
        """Ways to data without a file, shown in the menu below the kinds of files."""
        self._commands = tuple(commands)
        self._fill()

    def set_regenerate(self, command: QAction) -> None:
        """The command that makes points anew, shown beside data that were made."""
        self.again.setDefaultAction(command)
        self.again.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.refresh()

    # -- recent data

    @property
    def recent(self) -> tuple[str, ...]:
        """Paths of data that was open, the newest first. They are not touched until chosen."""
        return self._recent

    def set_recent(self, paths: Iterable[str]) -> None:
        """Paths remembered from an earlier start."""
        self._recent = tuple(dict.fromkeys(paths))[:MOST_RECENT]

    def forget_recent(self, path: str) -> None:
        """A path that leads nowhere any more."""
        if path in self._recent:
            self._recent = tuple(other for other in self._recent if other != path)
            self.recent_changed.emit()

    # -- showing

    def set_room(self, width: int) -> None:
        """How wide the line on the data may be, in pixels; the toolbar knows what is left."""
        self._room = max(LEAST_ROOM, width)
        self._fit_label()
        # The toolbar asks for the new width at once, before Qt has laid this out by itself.
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.updateGeometry()

    @property
    def text(self) -> str:
        """What is said about the open data."""
        return self.label.text

    def refresh(self) -> None:
        """Say what is open now."""
        document = self._document
        spec, dataset = document.spec, document.dataset
        origin = document.state.origin
        made = origin is not None and origin.kind == "generated"
        self.again.setVisible(made and self.again.defaultAction() is not None)
        if self.again.defaultAction() is not None:
            self.again.defaultAction().setEnabled(made)
        if spec is None:
            self._say("no data yet", "Open data to begin")
            return
        sizes = document.parts
        if dataset is None:
            line = data_line(spec, spec.rows, document.settings.validation_share)
        elif sizes is None:
            rows = len(dataset.rows_with_target())
            line = data_line(spec, rows, document.settings.validation_share, dataset.split)
        else:
            line = data_line(spec, sum(sizes), 0.0, sizes=sizes)
        if dataset is None:
            line = f"{line} (the file is missing)"
        notes = "\n".join(dataset.notes[:12]) if dataset is not None else "Open the file again"
        self._say(line, f"{line}\n{notes}" if notes else line)
        if dataset is not None and origin is not None and origin.is_file:
            recent = tuple(dict.fromkeys((origin.path, *self._recent)))[:MOST_RECENT]
            if recent != self._recent:
                self._recent = recent
                self.recent_changed.emit()

    def _say(self, line: str, tip: str) -> None:
        self.label.set_text(line)
        self.label.setToolTip(plain_tip(tip))
        self.label.setAccessibleName(f"Data: {line}")
        self._fit_label()

    def _fit_label(self) -> None:
        wanted = self.label.fontMetrics().horizontalAdvance(self.label.text) + 8
        self.label.setFixedWidth(min(self._room, wanted))

    def _restyle(self) -> None:
        self.button.setIcon(theme.icon("mdi6.database-import-outline", "text"))

    def _fill(self) -> None:
        """The menu, made anew each time it opens."""
        menu = self.menu
        menu.clear()
        for kind, title, icon, help_text in KINDS:
            action = menu.addAction(theme.icon(icon), title)
            action.setToolTip(help_text)
            action.setStatusTip(help_text)
            action.triggered.connect(lambda _=False, kind=kind: self.open_requested.emit(kind))
        if self._commands:
            menu.addSection("From elsewhere")
            menu.addActions(self._commands)
        menu.addSection("Samples")
        for sample in samples():
            action = menu.addAction(sample.title)
            action.setData(sample.name)
            action.setToolTip(sample.help)
            action.setStatusTip(sample.help)
            action.triggered.connect(
                lambda _=False, name=sample.name: self.sample_chosen.emit(name)
            )
        if self._recent:
            menu.addSection("Recent data")
            for path in self._recent:
                name = Path(path).name or path
                action = menu.addAction(name.replace("&", "&&"))
                action.setToolTip(plain_tip(path))
                action.setStatusTip(path)
                action.triggered.connect(lambda _=False, path=path: self.recent_chosen.emit(path))


def data_line(
    spec: Spec,
    rows: int,
    validation_share: float,
    split: Split | None = None,
    sizes: tuple[int, int, int] | None = None,
) -> str:
    """``digits: 1,437 + 360 rows, 8×8×1, 10 classes``; a third number are rows of the test.

    ``sizes`` are the rows of the three parts where they are known.
    """
    split = split or Split()
    amount = validation_share if split.validation is None else split.validation
    test = min(split.rows_for(split.test, rows), max(0, rows - 1))
    aside = min(split.rows_for(amount, rows), max(0, rows - test - 1))
    if sizes is not None:
        _, aside, test = sizes
    parts = [rows - aside - test, *(part for part in (aside, test) if part)]
    if split.method in ("column", "folder", "group"):  # whose sizes nobody knows before
        parts = [rows]
    shown = " + ".join(f"{part:,}" for part in parts) + " rows"
    shape = shape_text(spec.input_shape)
    if len(spec.input_shape) == 1:
        shape = f"{shape} input" if spec.input_shape[0] == 1 else f"{shape} inputs"
    if spec.task == "classification":
        what = f"{spec.outputs:,} classes"
    else:
        verb = "gives back" if spec.same_as_input else "predicts"
        what = f"{verb} {', '.join(spec.target_names[:2]) or 'a number'}"
    return f"{spec.name}: {shown}, {shape}, {what}"
