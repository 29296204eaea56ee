"""Saves and exports: at once what is small, beside the window what takes long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, Signal
from PySide6.QtWidgets import QWidget

from nndesigner.errors import DesignerError, FileError
from nndesigner.files.project import SUFFIX, save_project
from nndesigner.files.weights import SUFFIXES, export_weights
from nndesigner.training.trained import Trained
from nndesigner.ui import recovery
from nndesigner.ui.asking import Asking
from nndesigner.ui.background import Job
from nndesigner.ui.document import Document
from nndesigner.ui.notices import NoticeBar
from nndesigner.ui.preferences import Preferences

PROJECTS = f"Projects (*{SUFFIX})"
#: Weights above this size are written beside the window, which would stand still meanwhile.
LARGE_BYTES = 8_000_000


class Writing(Asking):
    """Writes the project, the weights and the picture of the drawing."""

    #: What is being opened or written, empty when nothing is.
    busy = Signal(str)

    def __init__(
        self,
        window: QWidget,
        document: Document,
        notices: NoticeBar,
        preferences: Preferences,
    ) -> None:
        super().__init__(window, document, preferences)
        self._notices = notices
        #: The file that is being written beside the window.
        self._writing = ""

    def save(self) -> bool:
        """Save where the project lies; ask where it has no place yet."""
        path = self._document.path
        return self.save_as() if path is None else self._write(path)

    def save_as(self) -> bool:
        """Ask for a place and save there."""
        path = self.ask_save("Save the project", f"{self._document.title}{SUFFIX}", PROJECTS)
        if path is None:
            return False
        if path.suffix.lower() != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        return self._write(path)

    def export_weights(self) -> None:
        """Write the trained weights to a file that other programs read."""
        trained = self._document.trained
        if trained is None:
            self._notices.say("There are no weights yet: train first")
            return
        kinds = ";;".join(f"{title} (*{suffix})" for suffix, title in SUFFIXES.items())
        path = self.ask_save("Export weights", f"{self._document.title}.npz", kinds)
        if path is None:
            return
        if not path.suffix:
            path = path.with_name(f"{path.name}.npz")
        if self._refused(path) or self._busy_writing():
            return
        try:
            self._write_large(path, trained, lambda: export_weights(trained, path))
        except FileError as error:
            self._notices.say(str(error), "error")
            return
        whose = self._document.whose_weights.removeprefix("weights") or f" of {trained.spec.name}"
        count = f"{trained.parameter_count:,} weights{whose}"
        self._notices.say_written(f"{count} were written to {path.name}", path)

    def export_picture(self, draw: Callable[[Path], object]) -> None:
        """Write the drawing as an image."""
        path = self.ask_save(
            "Export picture", f"{self._document.title}.png", "PNG image (*.png);;SVG (*.svg)"
        )
        if path is None:
            return
        if not path.suffix:
            path = path.with_name(f"{path.name}.png")
        if self._refused(path):
            return
        try:
            draw(path)
        except (DesignerError, OSError) as error:
            self._notices.say(str(error), "error")
            return
        self._notices.say_written(f"The picture was written to {path.name}", path)

    def _write(self, path: Path) -> bool:
        document = self._document
        if self._busy_writing():
            return False
        project, state = recovery.project_of(document), document.state
        try:
            notes = self._write_large(path, project.trained, lambda: save_project(path, project))
        except FileError as error:
            self._notices.say(str(error), "error", ("Save as…", self.save_as))
            return False
        if document.state is state and document.trained is project.trained:
            document.mark_saved(path)
        else:  # what was changed while the file was written is not in it
            document.mark_placed(path)
        self._preferences.add_recent(path)
        for note in notes or ():
            self._notices.say(note, "warning")
        return True

    def _write_large(self, path: Path, trained: Trained | None, work: Callable[[], Any]) -> Any:
        """Write at once, or beside the window what takes long; gives what the work returned.

        Raises: FileError.
        """
        size = sum(array.nbytes for array in trained.weights.values()) if trained else 0
        if size <= LARGE_BYTES:
            return work()
        loop = QEventLoop()
        errors: list[str] = []
        results: list[Any] = []
        job = Job(work, self)
        job.done.connect(results.append)
        job.done.connect(loop.quit)
        job.failed.connect(errors.append)
        job.failed.connect(loop.quit)
        self._writing = path.name
        self.busy.emit(f"Saving {path.name}…")
        job.start()
        loop.exec()
        self._writing = ""
        self.busy.emit("")
        if errors:
            raise FileError(errors[0])
        return results[0] if results else None

    def _refused(self, path: Path) -> bool:
        """Whether a file is in use, which is then said."""
        reason = self.in_use(path)
        if reason:
            self._notices.say(reason, "error")
        return bool(reason)

    def _busy_writing(self) -> bool:
        if self._writing:
            self._notices.say(f"{self._writing} is still being written: try again in a moment")
        return bool(self._writing)
