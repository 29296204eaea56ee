"""Data from elsewhere: a known set from the internet, or cells copied in a spreadsheet."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from nndesigner.data.pasted import keep_pasted
from nndesigner.errors import DataError
from nndesigner.ui.dialogs.fetch_data import FetchDialog
from nndesigner.ui.files_controller import FilesController
from nndesigner.ui.notices import NoticeBar
from nndesigner.ui.preferences import Preferences


class Getting(QObject):
    """The verbs behind Get a data set and Paste data."""

    def __init__(
        self,
        window: QWidget,
        files: FilesController,
        notices: NoticeBar,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window, self._files = window, files
        self._notices, self._preferences = notices, preferences
        self.dialog: FetchDialog | None = None

    def get(self) -> None:
        """Show the known sets, get one, and open it if the person wants it."""
        mirror = self._preferences.get("data_mirror", str, "") or None
        dialog = FetchDialog(self._window, mirror=mirror)
        dialog.accepted.connect(lambda: self._files.open_named_data(dialog.chosen))
        dialog.finished.connect(lambda _: self._closed(dialog))
        self.dialog = dialog
        dialog.open()

    def paste(self) -> None:
        """Open the table, or the file, that the clipboard holds."""
        content = QGuiApplication.clipboard().mimeData()
        paths = [Path(url.toLocalFile()) for url in content.urls() if url.isLocalFile()]
        if paths:
            self._files.open_path(paths[0])
            return
        try:
            self._files.open_data(keep_pasted(content.text() if content.hasText() else ""))
        except DataError as error:
            self._notices.say(str(error), "warning")

    def _closed(self, dialog: FetchDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()
