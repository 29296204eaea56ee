"""The main window: the canvas in the middle, panels around it, and the wires between them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QVBoxLayout, QWidget

from nndesigner.data.words import bytes_text
from nndesigner.graph import Graph
from nndesigner.layers import Input
from nndesigner.ui import recovery
from nndesigner.ui.actions import Actions
from nndesigner.ui.bubble import Bubble
from nndesigner.ui.canvas import CanvasView
from nndesigner.ui.data_bar import DataBar
from nndesigner.ui.docks import Panels
from nndesigner.ui.document import Document, State
from nndesigner.ui.engine_note import EngineNote
from nndesigner.ui.files_controller import FilesController
from nndesigner.ui.getting import Getting
from nndesigner.ui.help_window import HelpWindow
from nndesigner.ui.inspector import Inspector
from nndesigner.ui.judging import Judging
from nndesigner.ui.live_views import LiveViews
from nndesigner.ui.making import Making
from nndesigner.ui.menus import Menus
from nndesigner.ui.more_epochs import ask_more_epochs
from nndesigner.ui.notices import NoticeBar, show_in_folder
from nndesigner.ui.opening_bar import OpeningBar
from nndesigner.ui.palette import PaletteWidget
from nndesigner.ui.predicting import Predicting
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.problems import ProblemsWidget
from nndesigner.ui.run_panel import RunPanel
from nndesigner.ui.runner import Runner
from nndesigner.ui.settings_panel import SettingsPanel
from nndesigner.ui.speed import SpeedControl
from nndesigner.ui.toolbar import RunToolBar, strip

_Area = Qt.DockWidgetArea
#: A finished epoch is said this often at most, so that the status bar can be read.
MESSAGE_MS = 6000
MEMORY_HELP = "The memory that training takes above the data: weights, their changes, one batch"


class MainWindow(QMainWindow):
    """One project in one window. It holds no state of its own: that is the document's."""

    def __init__(
        self,
        preferences: Preferences | None = None,
        *,
        document: Document | None = None,
        runner: Runner | None = None,
    ) -> None:
        super().__init__()
        self.preferences = preferences or Preferences()
        self.document = document or Document(self)
        self.runner = runner or Runner(self.document, self)
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.setUnifiedTitleAndToolBarOnMac(True)
        self.notices = NoticeBar(self)
        self.canvas = CanvasView(self.document, self)
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.canvas, 1)
        self.setCentralWidget(middle)
        self.panels = Panels(self)
        self.palette_panel = PaletteWidget(self)
        self.inspector = Inspector(self.document, self)
        self.settings_panel = SettingsPanel(self.document, self)
        self.problems = ProblemsWidget(self.document, self)
        self.live = LiveViews(self.runner, self)
        self.panels.add("layers", "Layers", self.palette_panel, _Area.LeftDockWidgetArea)
        self.panels.add("inspector", "Inspector", self.inspector, _Area.RightDockWidgetArea)
        self.panels.add("settings", "Training", self.settings_panel, _Area.RightDockWidgetArea)
        for view in self.live.views:
            dock = self.panels.add(view.kind, view.title, view, _Area.BottomDockWidgetArea)
            self.live.follow(dock)
        self.panels.add("problems", "Problems", self.problems, _Area.BottomDockWidgetArea)
        self.files = FilesController(
            self, self.document, self.runner, self.notices, self.preferences
        )
        self.getting = Getting(self, self.files, self.notices, self.preferences)
        self.making = Making(self, self.document, self.files, self.notices)
        self.judging = Judging(self, self.document, self.files, self.notices)
        self.commands = Actions(self, self.canvas)
        self.predicting = Predicting(self, self.document, self.files, self.commands["predict_new"])
        self.data_bar = DataBar(self.document)
        self.run_panel = RunPanel(self.document, self.runner, self)
        self.speed = SpeedControl(self, self.runner, self.preferences)
        self.toolbar = RunToolBar(
            self, self.commands, self.document, self.runner, self.data_bar, self.speed
        )
        self.addToolBar(self.toolbar)
        self.addToolBarBreak()
        self.addToolBar(strip(self, self.run_panel))
        self.menus = Menus(
            self,
            self.commands,
            self.document,
            self.files,
            self.panels,
            self.preferences,
            self.canvas.add_layer,
            self.speed,
            self._open_recent_data,
        )
        self.facts = QLabel(self)
        self.facts.setObjectName("quiet")
        self.engine = EngineNote(self)
        self.opening = OpeningBar(self)
        self.statusBar().addPermanentWidget(self.opening)
        self.statusBar().addPermanentWidget(self.engine)
        self.statusBar().addPermanentWidget(self.facts)
        self.bubble: Bubble | None = None
        self._help: HelpWindow | None = None
        self._fitted = False
        self._unasked = False
        self.log_path: Path | None = None
        self._connect()
        self.panels.recall(self.preferences)
        self._retitle()
        self._tell_facts()
        self._tell_preferences()

    def minimumSizeHint(self) -> QSize:
        """Everything still has its place at 1024 × 640."""
        return QSize(800, 520)

    # -- what the application asks

    def start_with(self, project: str | None) -> None:
        """Open a project, the digits without one, and offer work kept from a run that was ended."""
        self._start_with(project)
        self.files.offer_kept_work()

    def _start_with(self, project: str | None) -> None:
        """Open a project, or at the first start the digits with a bubble that points at Train."""
        if project is not None:
            self.document.load(State(Graph().with_node(Input())), dataset=None)
            self.files.open_path(Path(project))
            return
        self.files.open_sample("digits.nnd")
        if not self.preferences.get("train_pressed", bool, False):
            self.bubble = Bubble("Press Train and watch it learn", self.toolbar.train_button, self)
            self.bubble.show()

    def show_engine_progress(self, share: float, text: str) -> None:
        """Say how far the engine's preparation is; a share of 1 takes the note away."""
        self.engine.show_progress(share, text)

    def close_now(self) -> None:
        """End without a question, as the system asks for it: stop training, keep unsaved work."""
        self.runner.shut_down()
        if recovery.keep(self.document) is not None:  # else the copy of the minute before stays
            self.document.mark_discarded()
        self._unasked = True
        self.close()

    # -- events

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once if something would be lost, stop training, remember the layout."""
        if not self._unasked and not self.files.may_leave():
            event.ignore()
            return
        self.panels.remember(self.preferences)
        self.hide()  # gone at once for the person; the thread may take until its step has ended
        if not self._unasked:  # else it was waited for already
            self.runner.shut_down()
            self.document.mark_discarded()
        # A stack that is being deleted says that it is clean once more; nobody is left to hear it.
        self.document.undo_stack.blockSignals(True)
        event.accept()

    def showEvent(self, event: QShowEvent) -> None:
        """The network is fitted into the canvas as soon as that has its size."""
        super().showEvent(event)
        if not self._fitted:
            self._fitted = True
            QTimer.singleShot(0, self.canvas.fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A window that grows or shrinks much gives its panels other places."""
        super().resizeEvent(event)
        self.panels.follow(event.size())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files and folders."""
        if event.mimeData().hasUrls() and any(u.isLocalFile() for u in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            # After the drop has ended: a question inside it would hold the other program.
            QTimer.singleShot(0, self, lambda: self.files.open_path(paths[0]))
            if len(paths) > 1:
                self.notices.say(
                    f"One file at a time: {paths[0].name} is opened, the other "
                    f"{len(paths) - 1} are not"
                )

    # -- wiring

    def _connect(self) -> None:
        document, runner, files, canvas = self.document, self.runner, self.files, self.canvas
        verbs = {
            "new": files.new,
            "open": files.open,
            "save": files.save,
            "save_as": files.save_as,
            "export_weights": files.export_weights,
            "export_picture": lambda: files.export_picture(canvas.export_picture),
            "close": self.close,
            "cut": canvas.cut,
            "copy": canvas.copy,
            "paste": canvas.paste,
            "duplicate": canvas.duplicate,
            "delete": canvas.delete_selection,
            "select_all": canvas.select_all,
            "rename": canvas.rename_selected,
            "zoom_in": canvas.zoom_in,
            "zoom_out": canvas.zoom_out,
            "zoom_reset": canvas.zoom_reset,
            "fit": canvas.fit,
            "reset_layout": self.panels.arrange,
            "tidy": canvas.tidy,
            "quick_add": canvas.quick_add,
            "first_problem": self._show_first_problem,
            "pause": runner.pause,
            "step": runner.step,
            "stop": runner.stop,
            "continue": self._continue,
            "reset": runner.reset,
            "new_seed": runner.new_seed,
            "open_data": files.open_data,
            "get_data": self.getting.get,
            "paste_data": self.getting.paste,
            "make_points": self.making.make,
            "paint_points": self.making.paint,
            "regenerate": self.making.regenerate,
            "cross_validate": self.judging.cross_validate,
            "prepare_data": self.judging.prepare_again,
            "help_here": self._help_here,
            "keys": lambda: self._help_window().show_keys(self.commands),
            "about": lambda: self._help_window().show_about(),
            "show_log": lambda: self.log_path and show_in_folder(self.log_path),
        }
        for name, verb in verbs.items():
            self.commands[name].triggered.connect(lambda _=False, verb=verb: verb())
        self.commands["train"].triggered.connect(self._train)
        self.commands["full_screen"].toggled.connect(self._full_screen)
        self.commands["own_target"].triggered.connect(self.making.use_own_target)
        document.data_changed.connect(self._tell_target)
        self._connect_data()
        self.palette_panel.layer_chosen.connect(canvas.add_layer)
        self.problems.node_wanted.connect(self._show_node)
        self.run_panel.problem_wanted.connect(self._show_first_problem)
        canvas.data_pasted.connect(self.getting.paste)
        canvas.status_message.connect(self.statusBar().showMessage)
        canvas.help_requested.connect(lambda kind: self._help_window().show_layer(kind))
        for view in self.live.views:
            view.message.connect(lambda text: self.statusBar().showMessage(text, MESSAGE_MS))
        runner.changed.connect(self._run_changed)
        runner.failed.connect(lambda text: self.notices.say(text, "error"))
        files.busy.connect(self.statusBar().showMessage)
        files.opening.connect(self.opening.set_active)
        files.progressed.connect(self.opening.show_progress)
        self.opening.cancelled.connect(files.cancel_opening)
        document.title_changed.connect(self._retitle)
        document.checked.connect(self._tell_facts)
        document.loaded.connect(self._loaded)
        document.checked.connect(self._point_at_train)
        for signal in (runner.attached, runner.changed, document.data_changed):
            signal.connect(self._title_views)

    def _connect_data(self) -> None:
        bar, files, preferences = self.data_bar, self.files, self.preferences
        bar.set_recent(p for p in preferences.get("recent_data", list, []) if isinstance(p, str))
        bar.recent_changed.connect(lambda: preferences.set(recent_data=list(bar.recent)))
        bar.open_requested.connect(lambda kind: files.open_data(kind=kind))
        bar.sample_chosen.connect(files.open_named_data)
        bar.recent_chosen.connect(self._open_recent_data)
        names = ("get_data", "paste_data", "make_points", "paint_points")
        bar.add_commands([self.commands[name] for name in names])
        bar.set_regenerate(self.commands["regenerate"])

    def _tell_target(self) -> None:
        """The menu says whether rows are their own targets."""
        spec = self.document.spec
        self.commands["own_target"].setChecked(spec is not None and spec.same_as_input)

    def _open_recent_data(self, path: str) -> None:
        if not Path(path).exists():
            self.data_bar.forget_recent(path)
        self.files.open_data(Path(path))

    def _train(self) -> None:
        """Train, or pause what runs: the key for both is F5."""
        if self.bubble is not None:
            self.bubble.dismiss()
        self.preferences.set(train_pressed=True)
        self.runner.train()

    def _point_at_train(self) -> None:
        """The bubble does not ask to press what cannot be pressed."""
        if self.bubble is not None:
            self.bubble.point(self.document.verdict.can_train)

    def _continue(self) -> None:
        """Train what is left of the epochs, or ask how many more."""
        if self.runner.cannot_continue or self.runner.epochs_left:
            self.runner.go_on()
            return
        self.more_epochs = ask_more_epochs(self, self.runner.go_on)

    def _full_screen(self, on: bool) -> None:
        if on:
            self.showFullScreen()
        else:
            self.showNormal()

    def _run_changed(self) -> None:
        running = self.runner.state in ("preparing", "running")
        # F5 trains or pauses: one key for what comes next.
        pausing = running and not self.runner.stopping
        self.commands["train"].setShortcut("" if pausing else "F5")
        self.commands["pause"].setShortcut("F5" if pausing else "")
        self.canvas.set_running(running)
        self.settings_panel.set_running(self.runner.active)

    def _show_node(self, node_id: str) -> None:
        if self.document.graph.has(node_id):
            self.canvas.show_node(node_id)
            self.panels.show("inspector")

    def _show_first_problem(self) -> None:
        problem = next(iter(self.document.verdict.problems), None)
        if problem is None:
            self.statusBar().showMessage("There is no problem", MESSAGE_MS)
        elif problem.node is not None:
            self._show_node(problem.node)
        else:
            self.panels.show("problems")

    def _help_here(self) -> None:
        """Help on the selected layer, else all keys."""
        chosen = [n for n in self.document.graph.nodes if n.id in self.document.selection]
        if len(chosen) == 1:
            self._help_window().show_layer(chosen[0].layer.kind)
        else:
            self._help_window().show_keys(self.commands)

    def _help_window(self) -> HelpWindow:
        if self._help is None:
            self._help = HelpWindow(self)
        return self._help

    def _title_views(self) -> None:
        """Views of a run say whose it is while other data is open."""
        info, spec = self.runner.info, self.document.spec
        other = f" of {info.spec.name}" if info is not None and info.spec != spec else ""
        for view in self.live.views:
            self.panels.docks[view.kind].setWindowTitle(f"{view.panel_title}{other}")

    def _loaded(self) -> None:
        QTimer.singleShot(0, self.canvas.fit)
        self._retitle()

    def _retitle(self) -> None:
        self.setWindowTitle(f"{self.document.title}[*] — nndesigner")
        self.setWindowModified(self.document.unsaved)

    def _tell_facts(self) -> None:
        report = self.document.verdict.report
        layers = len(self.document.graph.nodes)
        text = f"{layers:,} {'layer' if layers == 1 else 'layers'}"
        text += f", {report.parameters_text}"
        needed = self.document.verdict.memory_bytes
        self.facts.setText(f"{text}, {bytes_text(needed)} to train  " if needed else f"{text}  ")
        self.facts.setToolTip(MEMORY_HELP if needed else "")

    def _tell_preferences(self) -> None:
        if self.preferences.notice:
            self.notices.say(self.preferences.notice, "warning")
