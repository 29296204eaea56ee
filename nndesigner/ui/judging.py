"""The verbs behind Cross-validate and Prepare the data again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from nndesigner.data.again import made_again, pictures_again, table_again
from nndesigner.errors import DesignerError
from nndesigner.ui.dialogs.cross_validation import CrossValidationDialog
from nndesigner.ui.document import Document
from nndesigner.ui.files_controller import FilesController
from nndesigner.ui.notices import NoticeBar


class Judging(QObject):
    """Judges the drawn network fold by fold, and opens the data's choices anew."""

    def __init__(
        self, window: QWidget, document: Document, files: FilesController, notices: NoticeBar
    ) -> None:
        super().__init__(window)
        self._window, self._document = window, document
        self._files, self._notices = files, notices
        self.dialog: QDialog | None = None

    def cross_validate(self) -> None:
        """Train the drawn network once a fold; what was learnt before stays."""
        document = self._document
        if document.dataset is None:
            self._notices.say("Open data first: cross-validation trains on them")
            return
        if not document.verdict.can_train:
            self._notices.say(document.verdict.first_error, "error")
            return
        dialog = CrossValidationDialog(
            document.graph, document.settings, document.dataset, self._window
        )
        self.dialog = dialog
        dialog.open()

    def prepare_again(self) -> None:
        """Show the choices that the open data were taken with, to change them."""
        dataset = self._document.dataset
        if dataset is None:
            self._notices.say("Open data first: they can then be prepared anew")
            return
        try:
            made = made_again(dataset)
            found = table_again(dataset) if made is None else None
            pictures = pictures_again(dataset)
        except DesignerError as error:
            self._notices.say(str(error), "error")
            return
        if made is not None:
            table, options = made
            self._files.open_data(Path(table.name), options=options, again=dataset, made=table)
            return
        if pictures is not None:
            path, options = pictures
            self._files.open_data(path, options=options, again=dataset, pictures=True)
            return
        if found is None:
            self._notices.say("These data have no file to prepare anew: open them again")
            return
        path, options = found
        self._files.open_data(path, options=options, again=dataset)
