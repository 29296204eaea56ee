"""Opens projects, weights and data: what to ask before, and what to say afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QWidget

from nndesigner.data.again import under_its_name
from nndesigner.data.dataset import Dataset
from nndesigner.data.formats import dialog_filter, patterns
from nndesigner.data.made_table import MadeTable
from nndesigner.data.progress import Progress
from nndesigner.errors import DesignerError, FileError
from nndesigner.files.project import SUFFIX, backup_of
from nndesigner.files.weights import SUFFIXES, import_weights, is_data_archive
from nndesigner.graph import Graph
from nndesigner.layers import Input
from nndesigner.shipped import shipped
from nndesigner.training.feed import Feed
from nndesigner.training.settings import Settings
from nndesigner.ui import recovery
from nndesigner.ui.background import LongJob
from nndesigner.ui.data_notices import DataNotices
from nndesigner.ui.dialogs.open_data import DataDialog
from nndesigner.ui.document import Document, State
from nndesigner.ui.notices import NoticeBar
from nndesigner.ui.opened import Opened, read_project, written_at
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.runner import Runner
from nndesigner.ui.stopping import stop_and_wait
from nndesigner.ui.writing import PROJECTS, Writing

EVERYTHING = (
    f"Projects and data (*{SUFFIX} *.safetensors {patterns()});;{PROJECTS};;{dialog_filter()}"
)


@dataclass(frozen=True, eq=False)
class _Held:
    """What stood in the window at one moment: enough to see whether something came since."""

    state: State
    feed: Feed | None


class FilesController(Writing):
    """All that has to do with files. What is open stays untouched until the new has loaded."""

    #: Whether something is being opened beside the window, and how far that is.
    opening = Signal(bool)
    progressed = Signal(float, str)

    def __init__(
        self,
        window: QWidget,
        document: Document,
        runner: Runner,
        notices: NoticeBar,
        preferences: Preferences,
    ) -> None:
        super().__init__(window, document, notices, preferences)
        self._runner = runner
        self.said = DataNotices(window, document, notices)
        self._job: LongJob | None = None
        self.dialog: QDialog | None = None

    # -- opening

    def new(self) -> None:
        """Start an empty project: an Input, and the data that is open."""
        if not self.may_leave():
            return
        self._let_go()
        document = self._document
        graph = Graph().with_node(Input())
        state = State(graph, Settings(), document.state.origin, document.spec)
        document.load(state, dataset=document.dataset)
        # What was said of the project before is true no more; a lone Input is offered a network.
        self._notices.clear()
        if document.dataset is not None:
            self.said.offer(document.dataset)

    def open(self) -> None:
        """Ask for a project or data and open it."""
        path = self.ask_open("Open a project or data", EVERYTHING)
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open whatever this is: a project, exported weights, or data."""
        suffix = path.suffix.lower()
        if suffix == SUFFIX:
            self.open_project(path)
        elif suffix in SUFFIXES and not is_data_archive(path):
            self._open_weights(path)
        else:
            self.open_data(path)

    def open_project(self, path: Path, *, sample: bool = False) -> None:
        """Open a project beside the window; a sample is saved elsewhere, never over itself."""
        if not self.may_leave():
            return

        def work(progress: Progress) -> Opened:
            return read_project(path, progress)

        agreed = self._held()

        def done(opened: Opened) -> None:
            if self._may_replace(agreed, path):
                self._show_project(opened, None if sample else path, path.stem)

        def failed(error: str) -> None:
            backup = backup_of(path)
            button = None
            written = written_at(backup)
            if written and backup != path:
                button = ("Open the kept version", lambda: self.open_project(backup))
                error = f"{error}. The version before the last save, of {written}, was kept"
            self._notices.say(error, "error", button)

        self._begin(f"Opening {path.name}…", work, done, failed)

    def offer_kept_work(self) -> None:
        """Say that unsaved work was kept when the program was ended, and offer to open it."""
        newest = next(iter(recovery.kept()), None)
        if newest is not None:
            self._notices.say(
                f"Unsaved work was kept when the program was ended: {newest.stem}",
                "warning",
                ("Open it", lambda: self._open_kept(newest)),
                stays=True,
            )

    def _open_kept(self, path: Path) -> None:
        """Kept work stays unsaved until the person saves it."""
        if not self.may_leave():
            return

        def work(progress: Progress) -> Opened:
            return read_project(path, progress)

        agreed = self._held()

        def done(opened: Opened) -> None:
            if not self._may_replace(agreed, path):
                return
            self._show_project(opened, None, recovery.title_of(path))
            self._document.set_trained(opened.project.trained)
            recovery.opened(path)

        def failed(error: str) -> None:
            place = recovery.put_aside(path)
            self._notices.say(f"{error}. It lies in {place.parent} now", "error")
            self.offer_kept_work()

        self._begin(f"Opening {path.name}…", work, done, failed)

    def open_sample(self, name: str) -> None:
        """Open a project that comes with the program."""
        try:
            self.open_project(shipped("samples", name), sample=True)
        except FileError as error:
            self._notices.say(str(error), "error")

    def open_data(
        self,
        path: Path | None = None,
        kind: str = "table",
        *,
        options: Mapping[str, Any] | None = None,
        again: Dataset | None = None,
        made: MadeTable | None = None,
        pictures: bool = False,
    ) -> None:
        """Show what a data file holds and take it if the person agrees.

        ``again`` is the open data that ``path`` and ``options`` are of: a sample stays that sample.
        ``pictures`` says that the options are those of pictures. ``made`` are points without a
        file, ``path`` is then their name.
        """
        path = path or self.ask_data(kind)
        if path is None:
            return
        try:
            settings = self._document.settings
            dialog = DataDialog(
                path,
                self._window,
                options=options,
                validation_share=settings.validation_share,
                seed=settings.seed,
                made=made,
                pictures=pictures,
                own_target=again is not None and again.spec.same_as_input,
            )
        except DesignerError as error:
            self._notices.say(str(error), "error")
            return
        self.dialog = dialog
        dialog.accepted.connect(lambda: self._take_from(dialog, again))
        dialog.finished.connect(self._dialog_closed)
        dialog.open()

    def open_named_data(self, name: str) -> None:
        """Open a sample data set."""
        from nndesigner.data import open_data

        self._begin(
            f"Opening {name}…", lambda progress: open_data(name, progress=progress), self.take_data
        )

    def locate_data(self) -> None:
        """Ask where the data of this project lies now, and open it as it was opened before."""
        origin = self._document.state.origin
        if origin is None:
            return
        path = self.ask_open(f"Where is {Path(origin.path).name}?", "All files (*)", origin)
        if path is None:
            return
        # The labels of idx files lie beside their images and are found there.
        options = {name: value for name, value in origin.options.items() if name != "labels"}
        labels = origin.options.get("labels")
        if isinstance(labels, str):
            beside = path.parent / Path(labels).name
            if beside.exists() or Path(labels).exists():
                options["labels"] = str(beside if beside.exists() else labels)
        moved = msgspec.structs.replace(origin, path=str(path), options=options, content_hash="")

        def work(progress: Progress) -> Dataset:
            from nndesigner.data import open_origin

            return open_origin(moved, path.parent, progress)

        self._begin(f"Opening {path.name}…", work, self.take_data)

    # -- what would be lost

    def may_leave(self) -> bool:
        """Whether the open project may go: asks once if something would be lost."""
        if self._busy_writing():
            return False
        running = self._runner.active
        if not (running or self._document.unsaved):
            return True
        answer = self.ask_unsaved(running)
        if answer == "cancel":
            return False
        if answer == "discard":
            self._runner.stop()  # it ends its step by itself: nobody waits for what is given up
            return True
        # The weights are there only when the thread has ended: a save before that loses the run.
        return stop_and_wait(self._runner, self._window) and self.save()

    def _held(self) -> _Held:
        """What the person agreed to leave; what comes later was never asked about."""
        return _Held(self._document.state, self._runner.feed)

    def _may_replace(self, agreed: _Held, path: Path) -> bool:
        """Whether what has loaded may take the place of what is open by now."""
        run_since = self._runner.feed is not None and self._runner.feed is not agreed.feed
        if self._document.state == agreed.state and not (run_since or self._writing):
            return True
        if self.may_leave():
            return True
        self._notices.say(
            f"{path.name} was not opened: this project was changed while it was read",
            "information",
            ("Open it", lambda: self.open_path(path)),
        )
        return False

    # -- inside

    def _begin(
        self,
        text: str,
        work: Callable[[Progress], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Do slow work beside the window; a newer wish replaces one that is under way."""
        self._let_go()
        job = LongJob(work, self)
        self._job = job
        job.progressed.connect(self.progressed)
        job.done.connect(lambda result: self._end(job, done, result))
        job.failed.connect(lambda error: self._end(job, failed or self._failed, error))
        self.busy.emit(text)
        self.opening.emit(True)
        job.start()

    def cancel_opening(self) -> None:
        """Give up what is being opened; what is open stays as it is."""
        if self._job is not None:
            self._let_go()
            self._notices.say("Opening was cancelled")

    def _let_go(self) -> None:
        """Forget what is being opened."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self._idle()

    def _idle(self) -> None:
        self.busy.emit("")
        self.opening.emit(False)

    def _end(self, job: LongJob, then: Callable[[Any], None], result: Any) -> None:
        if job is self._job:
            self._job = None
            self._idle()
            then(result)

    def _failed(self, error: str) -> None:
        self._notices.say(error, "error")

    def _show_project(self, opened: Opened, path: Path | None, name: str) -> None:
        project = opened.project
        self._notices.clear()
        state = State(project.graph, project.settings, project.origin, project.spec)
        if opened.dataset is not None:
            state = msgspec.structs.replace(
                state, origin=opened.dataset.origin, spec=opened.dataset.spec
            )
        self._document.load(
            state, dataset=opened.dataset, trained=project.trained, path=path, name=name
        )
        if path is not None:
            self._preferences.add_recent(path)
        if opened.missing:
            self._notices.say(opened.missing, "warning", ("Locate…", self.locate_data))

    def _open_weights(self, path: Path) -> None:
        """Exported weights carry their design: they open as a project without data."""
        if not self.may_leave():
            return

        agreed = self._held()

        def done(trained: Any) -> None:
            if not self._may_replace(agreed, path):
                return
            self._notices.clear()
            same = self._document.spec == trained.spec
            origin = self._document.state.origin if same else None
            state = State(trained.graph, trained.settings, origin, trained.spec)
            dataset = self._document.dataset if same else None
            self._document.load(state, dataset=dataset, trained=trained, name=path.stem)
            if not same:
                self._notices.say(
                    f"The weights of {path.name} are loaded. Open the data that they belong to "
                    "to train on",
                    "information",
                    ("Open data…", self.open_data),
                )

        self._begin(f"Opening {path.name}…", lambda _: import_weights(path), done)

    def _take_from(self, dialog: DataDialog, again: Dataset | None) -> None:
        dataset = dialog.dataset
        if dataset is not None and again is not None:
            dataset = under_its_name(dataset, again)
        self.take_data(dataset)

    def take_data(self, dataset: Dataset | None) -> None:
        """Make this the open data, say what was decided, and offer a network where none fits."""
        if dataset is None:
            return
        self._document.set_dataset(dataset)
        self.said.tell(dataset)

    def _dialog_closed(self) -> None:
        if self.dialog is not None:
            with contextlib.suppress(RuntimeError):
                self.dialog.deleteLater()
        self.dialog = None
