"""The verb behind Predict new data, and whether there is something to predict with."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from nndesigner import api
from nndesigner.data.pixels import PixelEncoding
from nndesigner.data.same import SameEncoding
from nndesigner.data.table_encoding import TableEncoding
from nndesigner.ui.dialogs.predict_new import PredictDialog
from nndesigner.ui.document import Document
from nndesigner.ui.files_controller import FilesController


class Predicting(QObject):
    """Opens the dialog with the weights that the project would save now."""

    def __init__(
        self, window: QWidget, document: Document, files: FilesController, command: QAction
    ) -> None:
        super().__init__(window)
        self._window, self._document, self._files = window, document, files
        self._command, self._tip = command, command.statusTip()
        self._text = command.text()
        self.dialog: PredictDialog | None = None
        command.triggered.connect(self.predict_new)
        document.trained_changed.connect(self._show_state)
        self._show_state()

    @property
    def cannot(self) -> str:
        """Why nothing can be predicted, in a few words; empty where it can."""
        trained = self._document.trained
        if trained is None:
            return "train first"
        if not isinstance(trained.encoding, TableEncoding | PixelEncoding | SameEncoding):
            return "these weights do not say how their data were read"
        return ""

    def predict_new(self) -> None:
        """Let a person choose new data and show what the network says."""
        trained = self._document.trained
        if trained is None or self.cannot:
            return
        document = self._document
        # Weights of other data than those that are open were read in a way not known any more.
        same = document.spec == trained.spec
        origin = document.state.origin if same else None
        whose = document.whose_weights or f"weights of {trained.spec.name}"
        dialog = PredictDialog(
            api.Learnt(trained, api.table_options(origin), origin),
            whose,
            self._window,
            ask=self._files.ask_data,
            ask_save=self._files.ask_save,
            in_use=self._files.in_use,
        )
        self.dialog = dialog
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_state(self) -> None:
        """A command that cannot be used says why, in the menu itself."""
        reason = self.cannot
        self._command.setEnabled(not reason)
        self._command.setText(f"{self._text} ({reason})" if reason else self._text)
        self._command.setStatusTip(f"{self._tip}: {reason}" if reason else self._tip)
