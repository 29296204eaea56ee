"""The questions that files raise: which one to open, where to write, what may be lost."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from nndesigner.data.dataset import Origin
from nndesigner.files.apart import data_in_use, same_file
from nndesigner.ui.dialogs.open_data_ask import ask_data_path
from nndesigner.ui.document import Document
from nndesigner.ui.preferences import Preferences

Answer = Literal["save", "discard", "cancel"]


class Asking(QObject):
    """Asks with the system's dialogs, starting where the person was last."""

    def __init__(self, window: QWidget, document: Document, preferences: Preferences) -> None:
        super().__init__(window)
        self._window, self._document, self._preferences = window, document, preferences

    def ask_unsaved(self, running: bool) -> Answer:
        """Ask whether to save, discard, or stay."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        title = self._document.title
        box.setWindowTitle("Training is running" if running else "Unsaved changes")
        if running:
            box.setText("Training is still running.")
            box.setInformativeText(f"Stop it and save what {title} has learnt so far?")
            save, discard = "Stop and save", "Stop without saving"
        else:
            box.setText(f"Save the changes to {title}?")
            box.setInformativeText("Without saving, they are lost.")
            save, discard = "Save", "Discard"
        roles = QMessageBox.ButtonRole
        keep = box.addButton(save, roles.AcceptRole)
        lose = box.addButton(discard, roles.DestructiveRole)
        stay = box.addButton("Keep training" if running else "Cancel", roles.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(stay)
        box.exec()
        if box.clickedButton() is keep:
            return "save"
        return "discard" if box.clickedButton() is lose else "cancel"

    def ask_open(self, title: str, kinds: str, origin: Origin | None = None) -> Path | None:
        """Ask for a file (or the folder of pictures) that is there."""
        start = self._folder()
        if origin is not None and origin.kind == "images":
            text = QFileDialog.getExistingDirectory(self._window, title, start)
        else:
            text, _ = QFileDialog.getOpenFileName(self._window, title, start, kinds)
        return self._remember(text)

    def ask_data(self, kind: str) -> Path | None:
        """Ask for data of a kind: ``table``, ``images`` or ``idx``."""
        path = ask_data_path(kind, self._window, self._folder())
        return self._remember(str(path)) if path is not None else None

    def ask_save(self, title: str, name: str, kinds: str) -> Path | None:
        """Ask for a place to write to."""
        start = str(Path(self._folder()) / name)
        text, _ = QFileDialog.getSaveFileName(self._window, title, start, kinds)
        return self._remember(text)

    def in_use(self, path: Path) -> str:
        """Why a table, weights or a picture must not be written there; empty where they may."""
        document = self._document
        if document.path is not None and same_file(path, document.path):
            return f"{path.name} is the open project, which would be lost: choose another name"
        return data_in_use(path, document.state.origin)

    def _folder(self) -> str:
        if self._document.path is not None:
            return str(self._document.path.parent)
        return str(self._preferences.get("folder", str, str(Path.home())))

    def _remember(self, text: str) -> Path | None:
        if not text:
            return None
        self._preferences.set(folder=str(Path(text).parent))
        return Path(text)
